"""Functions, triggers and privileges: everything of `controversies/sql`.

A database of the versions before the first release has four tables under names that they had then.
"""

from django.db import migrations

from controversies import sql

RENAMES = """
DO $$
DECLARE
    renamed record;
    part record;
BEGIN
    FOR renamed IN
        SELECT 'controversies_' || v.old_name AS old_name, 'controversies_' || v.new_name AS new_name
        FROM (VALUES
            ('touched', 'unrecordedchange'),
            ('words', 'searchindex'),
            ('takenover', 'gitimportcursor'),
            ('imported', 'importedfile')
        ) v (old_name, new_name)
        WHERE to_regclass('controversies_' || v.old_name) IS NOT NULL
    LOOP
        EXECUTE format('ALTER TABLE %I RENAME TO %I', renamed.old_name, renamed.new_name);
        FOR part IN
            SELECT conname AS name, renamed.new_name || substr(conname, length(renamed.old_name) + 1) AS new_name
            FROM pg_constraint
            WHERE conrelid = renamed.new_name::regclass AND starts_with(conname, renamed.old_name) AND contype <> 'f'
        LOOP
            EXECUTE format('ALTER TABLE %I RENAME CONSTRAINT %I TO %I', renamed.new_name, part.name, part.new_name);
        END LOOP;
        IF to_regclass(renamed.old_name || '_id_seq') IS NOT NULL THEN
            EXECUTE format('ALTER SEQUENCE %I RENAME TO %I', renamed.old_name || '_id_seq', renamed.new_name || '_id_seq');
        END IF;
        IF to_regclass('django_content_type') IS NOT NULL THEN
            UPDATE django_content_type SET model = substr(renamed.new_name, length('controversies_') + 1)
            WHERE app_label = 'controversies' AND model = substr(renamed.old_name, length('controversies_') + 1);
        END IF;
        IF renamed.new_name = 'controversies_searchindex' THEN
            ALTER TABLE controversies_searchindex RENAME CONSTRAINT
                controversies_words_controversy_id_6e22fcf8_fk_controver
                TO controversies_search_controversy_id_4e5c2649_fk_controver;
        ELSIF renamed.new_name = 'controversies_importedfile' THEN
            ALTER TABLE controversies_importedfile RENAME COLUMN said TO content;
            IF EXISTS (  -- PostgreSQL names them since version 18
                SELECT FROM pg_constraint WHERE conname = 'controversies_importedfile_said_not_null'
            ) THEN
                ALTER TABLE controversies_importedfile RENAME CONSTRAINT
                    controversies_importedfile_said_not_null TO controversies_importedfile_content_not_null;
            END IF;
        END IF;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("controversies", "0001_tables")]

    operations = [
        migrations.RunSQL(RENAMES, migrations.RunSQL.noop),
        sql.run(
            guards="6332052e334d",
            changes="9a7b8f54c77c",
            ledger="2a00b1ac5154",
            record="723e2626cfd0",
            digests="e55451e7f6fc",
            seals="27305186fc3b",
            arrivals="da0735f25085",
            search="d7de560b656a",
            reading="f508277a1259",
            redactions="2dcfddd4313f",
            privileges="db8468ab3de6",
        ),
    ]
