"""Revisions that came without their content (`loadcorpus`): what they may be, and what must not be done with them.

- They come with a page's whole history, in the statement that writes it, and never to a page that is on record.
- They record nothing: rows that were changed still need a revision. The newest revision is never one of them.
- They cannot be read, as there is nothing; what they say of the page's publication counts like anybody's.

Two things so that a long history can be loaded at all: the words of a page are indexed once a statement, not once a
revision; and what ended a page's publication is found by an index, not by going through all that followed.
"""

import importlib

from django.db import migrations, models

guards = importlib.import_module("controversies.migrations.0002_guards")
words = importlib.import_module("controversies.migrations.0005_words")
reading = importlib.import_module("controversies.migrations.0009_reading")
arrivals = importlib.import_module("controversies.migrations.0010_arrivals")

APPEND = """
CREATE OR REPLACE FUNCTION controversies_append_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number <> 1 AND NOT EXISTS (
        SELECT FROM controversies_revision
        WHERE controversy_id = NEW.controversy_id AND number = NEW.number - 1
    ) OR NEW.number < 1 THEN
        RAISE EXCEPTION 'Revision % of controversy % would follow none.', NEW.number, NEW.controversy_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.withheld <> '' THEN
        IF EXISTS (SELECT FROM controversies_words WHERE controversy_id = NEW.controversy_id)
            OR EXISTS (SELECT FROM controversies_arrival WHERE controversy_id = NEW.controversy_id)
        THEN
            RAISE EXCEPTION 'Controversy % is on record: no revision of it can be withheld.', NEW.controversy_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    DELETE FROM controversies_touched WHERE controversy_id = NEW.controversy_id
        AND transaction = pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;

CREATE FUNCTION controversies_require_following() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM controversies_revision
        WHERE controversy_id = NEW.controversy_id AND number > NEW.number AND withheld = ''
    ) THEN
        RAISE EXCEPTION 'Revision % of controversy % is withheld, and nothing follows it.',
            NEW.number, NEW.controversy_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER require_following AFTER INSERT ON controversies_revision
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.withheld <> '')
    EXECUTE FUNCTION controversies_require_following();
"""

_START = guards.RECORD.index("CREATE FUNCTION controversies_append_revision")
_END = guards.RECORD.index("CREATE TRIGGER append BEFORE INSERT ON controversies_revision")
UNAPPEND = f"""
DROP TRIGGER require_following ON controversies_revision;
DROP FUNCTION controversies_require_following();
{guards.RECORD[_START:_END].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")}
"""

WORDS = """
DROP TRIGGER words ON controversies_revision;
CREATE OR REPLACE FUNCTION controversies_index_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM controversies_index_words(page.key)
    FROM (SELECT DISTINCT controversy_id FROM made ORDER BY controversy_id) page (key);
    RETURN NULL;
END $$;
CREATE TRIGGER words AFTER INSERT ON controversies_revision REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION controversies_index_revision();
"""

_START = words.FORWARDS.index("CREATE FUNCTION controversies_index_revision")
_END = words.FORWARDS.index("SELECT controversies_index_words(id)")
WORDS_BEFORE = (
    "DROP TRIGGER words ON controversies_revision;"
    f"{words.FORWARDS[_START:_END].replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION')}"
)

_WHICH = "WHERE r.controversy_id = controversy AND r.number = revision"
READ_BEFORE = reading.FORWARDS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
READ = READ_BEFORE.replace(_WHICH, f"{_WHICH} AND r.withheld = ''")
if READ == READ_BEFORE:
    raise AssertionError(_WHICH)

INDEX = f"""
CREATE INDEX revision_of_publication ON controversies_revision (controversy_id, number)
    WHERE changes @? {arrivals.CHANGED};
"""


class Migration(migrations.Migration):
    dependencies = [("controversies", "0011_unchanged")]

    operations = [
        migrations.AddField(
            model_name="revision",
            name="withheld",
            field=models.CharField(
                blank=True,
                choices=[("draft", "Draft"), ("withdrawn", "Withdrawn")],
                db_default="",
                help_text="What the page was when this was made, if its content did not come along.",
                max_length=10,
                verbose_name="withheld",
            ),
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(
                models.F("controversy"),
                models.F("number"),
                condition=models.Q(("withheld", ""), _negated=True),
                name="revision_withheld",
            ),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withheld", ""),
                    models.Q(
                        ("added", 0),
                        ("author", None),
                        ("author_name", ""),
                        ("removed", 0),
                        ("reviewer_name", ""),
                        ("summary", ""),
                        ("withheld__in", ["draft", "withdrawn"]),
                    ),
                    _connector="OR",
                ),
                name="controversies_revision_withheld_says_nothing",
                violation_error_message="Of what is withheld nothing is told but when it was.",
            ),
        ),
        migrations.RunSQL(APPEND, UNAPPEND),
        migrations.RunSQL(WORDS, WORDS_BEFORE),
        migrations.RunSQL(READ, READ_BEFORE),
        migrations.RunSQL(INDEX, "DROP INDEX revision_of_publication;"),
    ]
