# ruff: noqa: S608 - made of constants
"""The ledger: what each row was before the running transaction changed it, and the proof at COMMIT (`0018_guards`)."""

# In all SQL here, `§` stands for the schema that holds the tables. Names come from pg_catalog, or are qualified:
# even an operator in that schema which fits better is never found.
PINNED = "SET search_path = pg_catalog, pg_temp"
# One plan serves every call: planned anew for each value, as PostgreSQL is tempted to, they would take twice as long.
DEFINER = f"LANGUAGE plpgsql SECURITY DEFINER {PINNED} SET plan_cache_mode = force_generic_plan"
TRANSACTION = "pg_current_xact_id()::text::bigint"
NO_TABLE = "0"  # the source of a ledger's row that notes nothing: it has the ledger emptied at COMMIT
GUARD = "controversies.guard"  # set while a function writes that is called by no trigger
OUTLINE = "00000000-0000-0000-0000-000000000000"  # models.Block.OUTLINE

# table: (columns that lead to its page, the row that it is part of, how a row r finds the pages that show it)
TABLES = {
    "controversy": ("id", "{r}.id", "SELECT r.id"),
    "contestedpoint": ("controversy_id", "{r}.controversy_id", "SELECT r.controversy_id"),
    "position": ("controversy_id", "{r}.controversy_id", "SELECT r.controversy_id"),
    "stance": (
        "position_id",
        "{r}.position_id",
        "SELECT p.controversy_id FROM §.controversies_position p WHERE p.id = r.position_id",
    ),
    "backing": (
        "position_id",
        "{r}.position_id",
        "SELECT p.controversy_id FROM §.controversies_position p WHERE p.id = r.position_id",
    ),
    "citation": (
        "controversy_id, point_id, position_id, stance_id, backing_id",
        "coalesce({r}.controversy_id, {r}.point_id, {r}.position_id, {r}.stance_id, {r}.backing_id)",
        """
        SELECT r.controversy_id WHERE r.controversy_id IS NOT NULL
        UNION ALL SELECT k.controversy_id FROM §.controversies_contestedpoint k WHERE k.id = r.point_id
        UNION ALL SELECT p.controversy_id FROM §.controversies_position p WHERE p.id = coalesce(
            r.position_id,
            (SELECT s.position_id FROM §.controversies_stance s WHERE s.id = r.stance_id),
            (SELECT b.position_id FROM §.controversies_backing b WHERE b.id = r.backing_id))""",
    ),
    "topic": ("id", "NULL", "SELECT c.id FROM §.controversies_controversy c WHERE c.topic_id = r.id"),
    "backer": (
        "id",
        "NULL",
        """
        SELECT p.controversy_id FROM §.controversies_backing b
        JOIN §.controversies_position p ON p.id = b.position_id WHERE b.backer_id = r.id""",
    ),
    "source": (
        "id",
        "NULL",
        """
        SELECT coalesce(c.controversy_id, point.controversy_id, position.controversy_id)
        FROM §.controversies_citation c
        LEFT JOIN §.controversies_stance stance ON stance.id = c.stance_id
        LEFT JOIN §.controversies_backing backing ON backing.id = c.backing_id
        LEFT JOIN §.controversies_contestedpoint point ON point.id = c.point_id
        LEFT JOIN §.controversies_position position
            ON position.id = coalesce(c.position_id, stance.position_id, backing.position_id)
        WHERE c.source_id = r.id""",
    ),
}


def only_on(*tables: str) -> str:
    """Refuse to work as the trigger of any other table, whoever put it there."""
    own = " AND ".join(f"TG_RELID <> '§.controversies_{table}'::regclass" for table in tables)
    return f"""
    IF {own} THEN
        RAISE EXCEPTION 'This function guards controversies_{tables[0]} and no other table.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;"""


READ_COMMITTED = """
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'The record is written in READ COMMITTED transactions only.'
            USING ERRCODE = 'invalid_transaction_state',
                  HINT = 'In others the guards of history do not see what was committed meanwhile.';
    END IF;"""


def image(row: str) -> str:
    """The SHA-256 of a row, which tells it from every other. Its JSON depends on no setting, as its text would."""
    return f"sha256(convert_to(to_jsonb({row})::text, 'UTF8'))"


def touch(table: str) -> str:
    """The function that notes what a row of this table was, and marks the pages that show it."""
    columns, parent, shown_by = TABLES[table]
    old, new = (", ".join(f"{r}.{c} AS {c}" for c in columns.split(", ")) for r in ("OLD", "NEW"))

    def mark(rows: str) -> str:
        return f"""
        INSERT INTO §.controversies_touched (transaction, controversy_id)
        SELECT DISTINCT {TRANSACTION}, shown.id FROM {rows} r CROSS JOIN LATERAL ({shown_by}) shown (id)
        WHERE shown.id IS NOT NULL ON CONFLICT DO NOTHING;"""

    return f"""
CREATE OR REPLACE FUNCTION §.controversies_touch_{table}() RETURNS trigger {DEFINER} AS $$
BEGIN {only_on(table)} {READ_COMMITTED}
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO §.controversies_ledger (transaction, source, key, parent, image)
        VALUES ({TRANSACTION}, TG_RELID, OLD.id, {parent.format(r="OLD")}, {image("OLD")});
        IF NEW.id <> OLD.id THEN
            INSERT INTO §.controversies_ledger (transaction, source, key) VALUES ({TRANSACTION}, TG_RELID, NEW.id);
        END IF;{mark(f"(SELECT {old} UNION SELECT {new})")}
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO §.controversies_ledger (transaction, source, key)
        SELECT {TRANSACTION}, TG_RELID, r.id FROM came r;{mark("came")}
    ELSE
        INSERT INTO §.controversies_ledger (transaction, source, key, parent, image)
        SELECT {TRANSACTION}, TG_RELID, r.id, {parent.format(r="r")}, {image("r")} FROM gone r;{mark("gone")}
    END IF;
    IF NOT FOUND AND NOT EXISTS (SELECT FROM §.controversies_touched t WHERE t.transaction = {TRANSACTION}) THEN
        INSERT INTO §.controversies_ledger (transaction, source, key)
        VALUES ({TRANSACTION}, {NO_TABLE}, '{OUTLINE}');
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER touch ON §.controversies_{table};
CREATE TRIGGER touch AFTER INSERT ON §.controversies_{table} REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_touch_{table}();
CREATE TRIGGER touch_by_deletion AFTER DELETE ON §.controversies_{table} REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_touch_{table}();
"""


LEDGER = """
ALTER TABLE §.controversies_touched SET UNLOGGED;
CREATE UNLOGGED TABLE §.controversies_ledger (
    place bigint GENERATED ALWAYS AS IDENTITY,
    transaction bigint NOT NULL,
    source oid NOT NULL,  -- the row's table; that of revisions where a page was recorded
    key uuid NOT NULL,
    parent uuid,          -- the row that it was part of
    image bytea           -- of the row before the change; none if there was none
);
CREATE INDEX controversies_ledger_by_transaction ON §.controversies_ledger (transaction);
COMMENT ON TABLE §.controversies_ledger IS
    'Rows as they were before the running transaction changed them. Empty at every COMMIT.';
"""


def _shown() -> str:
    """What the pages of `mark` are made of: (page, table, key), first their own rows, then those that they share."""

    def part(table: str, joins: str, alias: str, page: str) -> str:
        return f"SELECT {page}, '§.controversies_{table}'::regclass::oid, {alias}.id FROM mark m {joins}"

    held = "JOIN §.controversies_position p ON p.controversy_id = m.page"
    targets = {
        "controversy": "c.controversy_id = m.page",
        "contestedpoint": "c.point_id = k.id",
        "position": "c.position_id = p.id",
        "stance": "c.stance_id = s.id",
        "backing": "c.backing_id = b.id",
    }
    joins = {
        "controversy": "",
        "contestedpoint": "JOIN §.controversies_contestedpoint k ON k.controversy_id = m.page",
        "position": held,
        "stance": f"{held} JOIN §.controversies_stance s ON s.position_id = p.id",
        "backing": f"{held} JOIN §.controversies_backing b ON b.position_id = p.id",
    }
    own = [
        part("controversy", "JOIN §.controversies_controversy h ON h.id = m.page", "h", "m.page"),
        part("contestedpoint", joins["contestedpoint"], "k", "m.page"),
        part("position", joins["position"], "p", "m.page"),
        part("stance", joins["stance"], "s", "m.page"),
        part("backing", joins["backing"], "b", "m.page"),
        *(
            part("citation", f"{joins[table]} JOIN §.controversies_citation c ON {target}", "c", "m.page")
            for table, target in targets.items()
        ),
    ]
    return "\n        UNION ALL ".join(own)


_IMAGE_NOW = "\n            ".join(
    f"WHEN '§.controversies_{table}'::regclass THEN"
    f" (SELECT {image('r')} FROM §.controversies_{table} r WHERE r.id = t.key)"
    for table in TABLES
)

PROOF = f"""
CREATE FUNCTION §.controversies_changed_pages(running bigint) RETURNS SETOF uuid {DEFINER} AS $$
BEGIN
    -- A page is as it was if each row of it is, none was taken from it, and all that it shows of shared rows is.
    RETURN QUERY WITH mark AS MATERIALIZED (
        SELECT t.controversy_id AS page, coalesce((
            SELECT max(l.place) FROM §.controversies_ledger l
            WHERE l.transaction = running AND l.key = t.controversy_id
                AND l.source = '§.controversies_revision'::regclass
        ), 0) AS recorded
        FROM §.controversies_touched t WHERE t.transaction = running
    ), own (page, source, key) AS MATERIALIZED (
        {_shown()}
    ), shown (page, source, key) AS MATERIALIZED (
        SELECT * FROM own
        UNION ALL
        SELECT m.page, '§.controversies_topic'::regclass::oid, c.topic_id
        FROM mark m JOIN §.controversies_controversy c ON c.id = m.page
        UNION ALL
        SELECT o.page, '§.controversies_backer'::regclass::oid, b.backer_id
        FROM own o JOIN §.controversies_backing b ON b.id = o.key
        WHERE o.source = '§.controversies_backing'::regclass
        UNION ALL
        SELECT o.page, '§.controversies_source'::regclass::oid, c.source_id
        FROM own o JOIN §.controversies_citation c ON c.id = o.key
        WHERE o.source = '§.controversies_citation'::regclass
    ), noted AS MATERIALIZED (
        SELECT l.* FROM §.controversies_ledger l
        WHERE l.transaction = running AND l.source <> '§.controversies_revision'::regclass
    ), touching AS MATERIALIZED (
        SELECT s.page, s.source, s.key, true AS is_shown FROM shown s JOIN noted USING (source, key)
        UNION
        SELECT o.page, n.source, n.key, false FROM own o JOIN noted n ON n.parent = o.key
        WHERE NOT EXISTS (SELECT FROM shown s WHERE (s.page, s.source, s.key) = (o.page, n.source, n.key))
        UNION
        SELECT m.page, '§.controversies_controversy'::regclass::oid, m.page, false FROM mark m
        WHERE NOT EXISTS (SELECT FROM §.controversies_controversy c WHERE c.id = m.page)
    ), compared AS (
        SELECT t.page, t.is_shown, before.parent, before.image, t.key, before.source, CASE WHEN t.is_shown THEN CASE t.source
            {_IMAGE_NOW}
        END END AS now
        FROM touching t
        JOIN mark m ON m.page = t.page
        CROSS JOIN LATERAL (
            SELECT n.source, n.parent, n.image FROM noted n
            WHERE n.source = t.source AND n.key = t.key AND n.place > m.recorded ORDER BY n.place LIMIT 1
        ) before
    )
    SELECT DISTINCT c.page FROM compared c
    WHERE CASE WHEN c.is_shown THEN c.image IS DISTINCT FROM c.now ELSE c.image IS NOT NULL AND (
        c.parent = c.page OR EXISTS (SELECT FROM own o WHERE o.page = c.page AND o.key = c.parent)
    ) END;
END $$;

CREATE FUNCTION §.controversies_prove_unchanged(pages uuid[]) RETURNS void {DEFINER} AS $$
BEGIN
    PERFORM set_config('{GUARD}', 'on', true);
    DELETE FROM §.controversies_touched t
    WHERE t.transaction = {TRANSACTION} AND t.controversy_id = ANY (pages)
        AND t.controversy_id NOT IN (SELECT §.controversies_changed_pages({TRANSACTION}));
    PERFORM set_config('{GUARD}', '', true);
END $$;

CREATE OR REPLACE FUNCTION §.controversies_require_revision() RETURNS trigger {DEFINER} AS $$
DECLARE
    changed uuid;
BEGIN {only_on("touched", "ledger")}
    IF EXISTS (SELECT FROM §.controversies_touched t WHERE t.transaction = NEW.transaction) THEN
        SELECT min(page::text) INTO changed FROM §.controversies_changed_pages(NEW.transaction) page;
        IF changed IS NOT NULL THEN
            RAISE EXCEPTION 'Controversy % was changed without a revision.', changed
                USING ERRCODE = 'integrity_constraint_violation',
                      HINT = 'Nothing was saved. Change it through history.record() or within history.act(), '
                             'which say who changed it and why.';
        END IF;
    END IF;
    -- Every page of this transaction is as its newest revision has it: from here on, that is what it was.
    DELETE FROM §.controversies_ledger WHERE transaction = NEW.transaction;
    DELETE FROM §.controversies_touched WHERE transaction = NEW.transaction;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER require_revision AFTER INSERT ON §.controversies_touched
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION §.controversies_require_revision();
CREATE CONSTRAINT TRIGGER require_revision AFTER INSERT ON §.controversies_ledger
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.source = {NO_TABLE})
    EXECUTE FUNCTION §.controversies_require_revision();
"""
