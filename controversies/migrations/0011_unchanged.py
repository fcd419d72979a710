"""Rows that were changed and changed back need no revision: "no change in content: no revision" (design.md).

Whoever says so names the digest of the document that the rows are, as whoever records a revision does. If that is
the newest revision's, nothing is left to record; anything else is refused as before.
"""

from django.db import migrations, models

KEEP = """
CREATE OR REPLACE FUNCTION controversies_keep_touched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() >= 2 THEN  -- on behalf of a new revision, or of what follows here
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.document = (
        SELECT document FROM controversies_revision
        WHERE controversy_id = OLD.controversy_id ORDER BY number DESC LIMIT 1
    ) THEN
        DELETE FROM controversies_touched
        WHERE controversy_id = OLD.controversy_id AND transaction = OLD.transaction;
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'An unrecorded change cannot be declared recorded.'
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Record a revision.';
END $$;
"""

KEPT_BEFORE = """
CREATE OR REPLACE FUNCTION controversies_keep_touched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN  -- not on behalf of a new revision
        RAISE EXCEPTION 'An unrecorded change cannot be declared recorded.'
            USING ERRCODE = 'integrity_constraint_violation', HINT = 'Record a revision.';
    END IF;
    RETURN OLD;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("controversies", "0010_arrivals")]

    operations = [
        migrations.AddField(
            "touched",
            "document",
            models.BinaryField(
                max_length=32, null=True, verbose_name="digest of the document that the rows are"
            ),
        ),
        migrations.RunSQL(KEEP, KEPT_BEFORE),
    ]
