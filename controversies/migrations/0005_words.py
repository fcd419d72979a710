"""The words of each page, indexed for search: made anew by the database whenever a revision is recorded."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

# Of a page, as much as this many characters is looked through; a text search vector holds 1 MB at most.
SIZE = 200_000

FORWARDS = f"""
CREATE FUNCTION controversies_text_of(controversy uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT left(concat_ws(E'\\n', c.question, (
        SELECT string_agg(p.claim, E'\\n' ORDER BY p."order")
        FROM controversies_position p WHERE p.controversy_id = c.id
    ), (
        SELECT string_agg(concat_ws(E'\\n', k.title, k.body), E'\\n' ORDER BY k."order")
        FROM controversies_contestedpoint k WHERE k.controversy_id = c.id
    ), c.status_summary, c.context, (
        SELECT string_agg(concat_ws(E'\\n', p.argument, p.confidence_reason, (
            SELECT string_agg(s.text, E'\\n') FROM controversies_stance s WHERE s.position_id = p.id
        )), E'\\n' ORDER BY p."order")
        FROM controversies_position p WHERE p.controversy_id = c.id
    )), {SIZE})
    FROM controversies_controversy c WHERE c.id = controversy
$$;

CREATE FUNCTION controversies_index_words(controversy uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    words tsvector;
    name tsvector;
BEGIN
    SELECT setweight(to_tsvector('english', title), 'A') INTO name
    FROM controversies_controversy WHERE id = controversy;
    BEGIN
        words := name || to_tsvector('english', controversies_text_of(controversy));
    EXCEPTION WHEN program_limit_exceeded THEN
        words := name;  -- more different words than a vector holds: found by its title
    END;
    INSERT INTO controversies_words (controversy_id, vector) VALUES (controversy, words)
    ON CONFLICT (controversy_id) DO UPDATE SET vector = EXCLUDED.vector
    WHERE controversies_words.vector <> EXCLUDED.vector;
END $$;

CREATE FUNCTION controversies_index_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM controversies_index_words(NEW.controversy_id);
    RETURN NULL;
END $$;
CREATE TRIGGER words AFTER INSERT ON controversies_revision
    FOR EACH ROW EXECUTE FUNCTION controversies_index_revision();

SELECT controversies_index_words(id) FROM controversies_controversy;
"""  # noqa: S608 - made of a constant

BACKWARDS = """
DROP TRIGGER words ON controversies_revision;
DROP FUNCTION controversies_index_revision();
DROP FUNCTION controversies_index_words(uuid);
DROP FUNCTION controversies_text_of(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("controversies", "0004_backings")]

    operations = [
        migrations.CreateModel(
            name="Words",
            fields=[
                (
                    "controversy",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
                ("vector", django.contrib.postgres.search.SearchVectorField(verbose_name="words")),
            ],
            options={
                "verbose_name": "words of a page",
                "verbose_name_plural": "words of pages",
                "default_permissions": (),
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["vector"], name="words_of_pages")
                ],
            },
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
