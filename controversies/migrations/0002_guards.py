"""The database's own guards of history (design.md, invariants 1 and 3).

- A change of a row that readers see marks its controversy as touched by this transaction; a new revision
  of the controversy unmarks it; COMMIT with a mark left is refused. Only triggers may unmark.
- Revisions and blocks are never changed or deleted, are numbered without gaps, and are written together.
- TRUNCATE of either is refused too, but in a test's database, where Django empties tables that way.
"""

from django.db import migrations

# table: how a row of it, as r, finds the controversies whose page shows it
SHOWN_BY = {
    "controversy": "SELECT r.id",
    "contestedpoint": "SELECT r.controversy_id",
    "position": "SELECT r.controversy_id",
    "stance": "SELECT controversy_id FROM controversies_position WHERE id = r.position_id",
    "backing": "SELECT controversy_id FROM controversies_position WHERE id = r.position_id",
    "citation": """
        SELECT r.controversy_id WHERE r.controversy_id IS NOT NULL
        UNION ALL SELECT controversy_id FROM controversies_contestedpoint WHERE id = r.point_id
        UNION ALL SELECT controversy_id FROM controversies_position WHERE id = coalesce(
            r.position_id,
            (SELECT position_id FROM controversies_stance WHERE id = r.stance_id),
            (SELECT position_id FROM controversies_backing WHERE id = r.backing_id))""",
    "topic": "SELECT id FROM controversies_controversy WHERE topic_id = r.id",
    "backer": """
        SELECT p.controversy_id FROM controversies_backing b
        JOIN controversies_position p ON p.id = b.position_id WHERE b.backer_id = r.id""",
    "source": """
        SELECT coalesce(c.controversy_id, point.controversy_id, position.controversy_id)
        FROM controversies_citation c
        LEFT JOIN controversies_stance stance ON stance.id = c.stance_id
        LEFT JOIN controversies_backing backing ON backing.id = c.backing_id
        LEFT JOIN controversies_contestedpoint point ON point.id = c.point_id
        LEFT JOIN controversies_position position
            ON position.id = coalesce(c.position_id, stance.position_id, backing.position_id)
        WHERE c.source_id = r.id""",
}

# What of a shared row no page of a controversy shows; a change of it alone touches none.
UNSEEN = {"topic": ["description"]}

TOUCH = """
CREATE FUNCTION controversies_touch_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r controversies_{table};
BEGIN
    IF TG_OP <> 'INSERT' THEN
        r := OLD;
        INSERT INTO controversies_touched (controversy_id, transaction)
        SELECT DISTINCT shown.id, pg_current_xact_id()::text::bigint FROM ({shown_by}) shown (id)
        WHERE shown.id IS NOT NULL ON CONFLICT DO NOTHING;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        r := NEW;
        INSERT INTO controversies_touched (controversy_id, transaction)
        SELECT DISTINCT shown.id, pg_current_xact_id()::text::bigint FROM ({shown_by}) shown (id)
        WHERE shown.id IS NOT NULL ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER touch_by_change AFTER UPDATE ON controversies_{table}
    FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION controversies_touch_{table}();
CREATE TRIGGER touch AFTER INSERT OR DELETE ON controversies_{table}
    FOR EACH ROW EXECUTE FUNCTION controversies_touch_{table}();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON controversies_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION controversies_refuse_truncate();
"""

UNTOUCH = """
DROP TRIGGER no_truncate ON controversies_{table};
DROP TRIGGER touch ON controversies_{table};
DROP TRIGGER touch_by_change ON controversies_{table};
DROP FUNCTION controversies_touch_{table}();
"""

RECORD = """
CREATE FUNCTION controversies_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_database() NOT LIKE 'test\\_%' THEN
        RAISE EXCEPTION '% holds recorded history and cannot be emptied.', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Withdraw a controversy instead; to start anew, create another database.';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION controversies_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: what was recorded stays as it was.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'Record a new revision instead.';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON controversies_revision
    FOR EACH ROW EXECUTE FUNCTION controversies_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON controversies_block
    FOR EACH ROW EXECUTE FUNCTION controversies_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON controversies_revision
    FOR EACH STATEMENT EXECUTE FUNCTION controversies_refuse_truncate();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON controversies_block
    FOR EACH STATEMENT EXECUTE FUNCTION controversies_refuse_truncate();

CREATE FUNCTION controversies_append_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number <> 1 AND NOT EXISTS (
        SELECT FROM controversies_revision
        WHERE controversy_id = NEW.controversy_id AND number = NEW.number - 1
    ) OR NEW.number < 1 THEN
        RAISE EXCEPTION 'Revision % of controversy % would follow none.', NEW.number, NEW.controversy_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    DELETE FROM controversies_touched WHERE controversy_id = NEW.controversy_id
        AND transaction = pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
CREATE TRIGGER append BEFORE INSERT ON controversies_revision
    FOR EACH ROW EXECUTE FUNCTION controversies_append_revision();

CREATE FUNCTION controversies_append_block() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM controversies_revision
        WHERE controversy_id = NEW.controversy_id AND number >= NEW.since
    ) THEN
        RAISE EXCEPTION 'A block of a revision that is recorded already cannot be added.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER append BEFORE INSERT ON controversies_block
    FOR EACH ROW EXECUTE FUNCTION controversies_append_block();
ALTER TABLE controversies_block ADD CONSTRAINT controversies_block_is_of_a_revision
    FOREIGN KEY (controversy_id, since) REFERENCES controversies_revision (controversy_id, number)
    DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION controversies_keep_touched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN  -- not on behalf of a new revision
        RAISE EXCEPTION 'An unrecorded change cannot be declared recorded.'
            USING ERRCODE = 'integrity_constraint_violation', HINT = 'Record a revision.';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON controversies_touched
    FOR EACH ROW EXECUTE FUNCTION controversies_keep_touched();

CREATE FUNCTION controversies_require_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM controversies_touched
        WHERE controversy_id = NEW.controversy_id AND transaction = NEW.transaction
    ) THEN
        RAISE EXCEPTION 'Controversy % was changed without a revision.', NEW.controversy_id
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Nothing was saved. Change it through history.record() or within history.act(), '
                         'which say who changed it and why.';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER require_revision AFTER INSERT ON controversies_touched
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION controversies_require_revision();
"""

UNRECORD = """
DROP TRIGGER require_revision ON controversies_touched;
DROP FUNCTION controversies_require_revision();
DROP TRIGGER keep ON controversies_touched;
DROP FUNCTION controversies_keep_touched();
ALTER TABLE controversies_block DROP CONSTRAINT controversies_block_is_of_a_revision;
DROP TRIGGER append ON controversies_block;
DROP FUNCTION controversies_append_block();
DROP TRIGGER append ON controversies_revision;
DROP FUNCTION controversies_append_revision();
DROP TRIGGER no_truncate ON controversies_block;
DROP TRIGGER no_truncate ON controversies_revision;
DROP TRIGGER append_only ON controversies_block;
DROP TRIGGER append_only ON controversies_revision;
DROP FUNCTION controversies_refuse_change();
DROP FUNCTION controversies_refuse_truncate();
"""


def changed(table: str) -> str:
    if table not in UNSEEN:
        return "OLD.* IS DISTINCT FROM NEW.*"
    hidden = " || ".join(f"jsonb_build_object('{c}', '')" for c in UNSEEN[table])
    return f"to_jsonb(OLD) || {hidden} IS DISTINCT FROM to_jsonb(NEW) || {hidden}"


class Migration(migrations.Migration):
    dependencies = [("controversies", "0001_content")]

    operations = [
        migrations.RunSQL(RECORD, UNRECORD),
        *(
            migrations.RunSQL(
                TOUCH.format(table=table, shown_by=shown_by, changed=changed(table)),
                UNTOUCH.format(table=table),
            )
            for table, shown_by in SHOWN_BY.items()
        ),
    ]
