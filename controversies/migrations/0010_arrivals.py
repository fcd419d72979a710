"""The order in which revisions became public, as a list that is written at COMMIT, one transaction at a time.

A sequence alone would not do: numbers are drawn before COMMIT, so that a slow transaction's smaller number appears
after greater ones were read. Here they are drawn by a deferred trigger that holds a lock until the transaction has
ended, so that whoever sees a number has seen, or can see, all below it. No transaction ids are kept: those begin
anew where a dump is restored.

Whether a revision was public is not in its row; but each revision that changed it says what it was before, and the
newest revision is as the page's row is. At COMMIT both are known, also of several revisions of one transaction.
"""

import django.db.models.deletion
from django.db import migrations, models

CHANGED = """'strict $[*] ? (@[2] == "publication")'"""
WAS = f"(jsonb_path_query_first(t.changes, {CHANGED}) ->> 3)"

FORWARDS = f"""
CREATE FUNCTION controversies_publication_at(controversy uuid, revision integer) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT {WAS} FROM controversies_revision t
        WHERE t.controversy_id = controversy AND t.number > revision AND t.changes @? {CHANGED}
        ORDER BY t.number LIMIT 1
    ), (SELECT publication FROM controversies_controversy WHERE id = controversy))
$$;

INSERT INTO controversies_arrival (controversy_id, number, withdrawn)
SELECT controversy_id, number, false FROM controversies_revision
WHERE controversies_publication_at(controversy_id, number) = 'published'
ORDER BY time, controversy_id, number;

CREATE FUNCTION controversies_arrive() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_public boolean := controversies_publication_at(NEW.controversy_id, NEW.number) = 'published';
    was text := jsonb_path_query_first(NEW.changes, {CHANGED}) ->> 3;
BEGIN
    IF NOT is_public AND was IS DISTINCT FROM 'published' THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock('controversies_arrival'::regclass::oid::integer, 0);
    IF is_public AND was <> 'published' THEN  -- published again: what was public before is so once more
        INSERT INTO controversies_arrival (controversy_id, number, withdrawn)
        SELECT r.controversy_id, r.number, false
        FROM controversies_revision r
        JOIN LATERAL (
            SELECT ended.was FROM (
                SELECT t.number, {WAS} AS was FROM controversies_revision t
                WHERE t.controversy_id = NEW.controversy_id AND t.number <= NEW.number AND t.changes @? {CHANGED}
            ) ended
            WHERE ended.number > r.number ORDER BY ended.number LIMIT 1
        ) before ON before.was = 'published'
        WHERE r.controversy_id = NEW.controversy_id AND r.number < NEW.number ORDER BY r.number;
    END IF;
    INSERT INTO controversies_arrival (controversy_id, number, withdrawn)
    VALUES (NEW.controversy_id, NEW.number, NOT is_public);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER arrive AFTER INSERT ON controversies_revision
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION controversies_arrive();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON controversies_arrival
    FOR EACH ROW EXECUTE FUNCTION controversies_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON controversies_arrival
    FOR EACH STATEMENT EXECUTE FUNCTION controversies_refuse_truncate();
"""  # noqa: S608 - made of constants

BACKWARDS = """
DROP TRIGGER no_truncate ON controversies_arrival;
DROP TRIGGER append_only ON controversies_arrival;
DROP TRIGGER arrive ON controversies_revision;
DROP FUNCTION controversies_arrive();
DROP FUNCTION controversies_publication_at(uuid, integer);
"""


class Migration(migrations.Migration):
    dependencies = [("controversies", "0009_reading")]

    operations = [
        migrations.CreateModel(
            name="Arrival",
            fields=[
                (
                    "position",
                    models.BigAutoField(primary_key=True, serialize=False, verbose_name="position"),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "withdrawn",
                    models.BooleanField(
                        help_text="The page ceased to be public with it.", verbose_name="withdrawn"
                    ),
                ),
                (
                    "controversy",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="controversies.controversy",
                        verbose_name="controversy",
                    ),
                ),
            ],
            options={
                "verbose_name": "arrival",
                "verbose_name_plural": "arrivals",
                "default_permissions": (),
            },
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
