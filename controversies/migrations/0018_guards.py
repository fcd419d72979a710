# ruff: noqa: S608 - made of constants
"""Guards that hold against the role that the site runs as: they believe no writer and look up no name of his.

- Functions have a fixed search path and name tables with their schema, so that nothing in `pg_temp`, or in a schema
  put first, stands for what they use. Only those that the site itself calls may be called by others.
- A trigger function works on its own table only, so that nobody can put it on one of theirs.
- Whether a page is as it was is proven at COMMIT by the ledger: it notes each changed row as it was before.
- `touched`, the ledger, search words and arrivals are written by these functions alone, as their owner.
- A revision with a wrong digest is refused. The database notes who wrote it, and when, whatever the writer says.
"""

import importlib
import re
from typing import Any

from django.db import migrations, models

arrivals = importlib.import_module("controversies.migrations.0010_arrivals")
guards = importlib.import_module("controversies.migrations.0002_guards")
ledger = importlib.import_module("controversies.migrations._ledger")
unchanged = importlib.import_module("controversies.migrations.0011_unchanged")
withheld = importlib.import_module("controversies.migrations.0012_withheld")
words = importlib.import_module("controversies.migrations.0005_words")

DEFINER, GUARD, OUTLINE, PINNED = ledger.DEFINER, ledger.GUARD, ledger.OUTLINE, ledger.PINNED
READ_COMMITTED, TRANSACTION, only_on = ledger.READ_COMMITTED, ledger.TRANSACTION, ledger.only_on
SIZE, CHANGED = words.SIZE, arrivals.CHANGED
WAS = f"(jsonb_path_query_first(t.changes, {CHANGED}) ->> 3)"


def check_digests(unless: str = "") -> str:
    """The trigger function that refuses a revision's wrong digests.

    `unless` is an SQL condition on `revision` under which its own digest is not checked: its text was redacted.
    """
    guard = f"IF NOT ({unless}) AND" if unless else "IF"
    return f"""
CREATE OR REPLACE FUNCTION §.controversies_check_digests() RETURNS trigger
{DEFINER} SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    revision CONSTANT §.controversies_revision := NEW;
    whole bytea;
    before bytea;
BEGIN {only_on("revision")}
    SELECT sha256(convert_to('[' || string_agg('["' || k.key || '","' || encode((
        SELECT b.digest FROM §.controversies_block b
        WHERE b.controversy_id = revision.controversy_id AND b.key = k.key AND b.since <= revision.number
        ORDER BY b.since DESC LIMIT 1
    ), 'hex') || '"]', ',') || ']', 'UTF8')) INTO whole
    FROM unnest((
        SELECT o.outline FROM §.controversies_block o
        WHERE o.controversy_id = revision.controversy_id AND o.key = '{OUTLINE}' AND o.since <= revision.number
        ORDER BY o.since DESC LIMIT 1
    )) k (key);  -- an array's elements come in its order
    IF whole IS DISTINCT FROM revision.document THEN
        RAISE EXCEPTION 'The document digest of revision % of controversy % is not that of its blocks.',
            revision.number, revision.controversy_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT r.digest INTO before FROM §.controversies_revision r
    WHERE r.controversy_id = revision.controversy_id AND r.number = revision.number - 1;
    {guard} sha256(convert_to(concat(
        '{{"author":', to_json(revision.author_name::text),
        ',"document":"', encode(revision.document, 'hex'),
        '","parent":', coalesce('"' || encode(before, 'hex') || '"', 'null'),
        CASE WHEN revision.reviewer_name::text <> '' THEN ',"reviewer":' || to_json(revision.reviewer_name::text)::text END,
        ',"summary":', to_json(revision.summary),
        ',"time":"', to_char(revision.time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '+00:00"}}'
    ), 'UTF8')) <> revision.digest THEN
        RAISE EXCEPTION 'The digest of revision % of controversy % is not that of its parent, document, author, '
            'time, reviewer and summary.', revision.number, revision.controversy_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""


RECORD = f"""
{check_digests()}
CREATE TRIGGER digests AFTER INSERT ON §.controversies_revision FOR EACH ROW WHEN (NEW.withheld = '')
    EXECUTE FUNCTION §.controversies_check_digests();

CREATE OR REPLACE FUNCTION §.controversies_append_revision() RETURNS trigger {DEFINER} AS $$
BEGIN {only_on("revision")} {READ_COMMITTED}
    -- Whoever adds blocks holds this lock: a revision has exactly the blocks that its transaction sees.
    PERFORM FROM §.controversies_controversy c WHERE c.id = NEW.controversy_id FOR NO KEY UPDATE;
    IF NEW.number <> 1 AND NOT EXISTS (
        SELECT FROM §.controversies_revision r
        WHERE r.controversy_id = NEW.controversy_id AND r.number = NEW.number - 1
    ) OR NEW.number < 1 THEN
        RAISE EXCEPTION 'Revision % of controversy % would follow none.', NEW.number, NEW.controversy_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.recorded_by := session_user;
    NEW.recorded_at := clock_timestamp();
    IF NEW.withheld::text <> '' THEN
        IF EXISTS (SELECT FROM §.controversies_words w WHERE w.controversy_id = NEW.controversy_id)
            OR EXISTS (SELECT FROM §.controversies_arrival a WHERE a.controversy_id = NEW.controversy_id)
        THEN
            RAISE EXCEPTION 'Controversy % is on record: no revision of it can be withheld.', NEW.controversy_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    DELETE FROM §.controversies_touched t
    WHERE t.transaction = {TRANSACTION} AND t.controversy_id = NEW.controversy_id;
    IF FOUND THEN  -- what is changed from here on is compared with what the page is now
        INSERT INTO §.controversies_ledger (transaction, source, key)
        VALUES ({TRANSACTION}, TG_RELID, NEW.controversy_id);
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION §.controversies_require_following() RETURNS trigger {DEFINER} AS $$
BEGIN {only_on("revision")}
    IF NOT EXISTS (
        SELECT FROM §.controversies_revision r
        WHERE r.controversy_id = NEW.controversy_id AND r.number > NEW.number AND r.withheld::text = ''
    ) THEN
        RAISE EXCEPTION 'Revision % of controversy % is withheld, and nothing follows it.',
            NEW.number, NEW.controversy_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION §.controversies_append_block() RETURNS trigger {DEFINER} AS $$
BEGIN {only_on("block")} {READ_COMMITTED}
    -- Wait for whoever is recording these pages: what he commits is seen below.
    PERFORM FROM §.controversies_controversy c WHERE c.id IN (SELECT a.controversy_id FROM came a)
    ORDER BY c.id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM (SELECT a.controversy_id, min(a.since) AS since FROM came a GROUP BY a.controversy_id) added
        CROSS JOIN LATERAL (
            SELECT r.number FROM §.controversies_revision r
            WHERE r.controversy_id = added.controversy_id ORDER BY r.number DESC LIMIT 1
        ) newest
        WHERE newest.number >= added.since
    ) THEN
        RAISE EXCEPTION 'A block of a revision that is recorded already cannot be added.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER append ON §.controversies_block;
CREATE TRIGGER append AFTER INSERT ON §.controversies_block REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_append_block();

CREATE OR REPLACE FUNCTION §.controversies_refuse_change() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: what was recorded stays as it was.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'Record a new revision instead.';
END $$;

CREATE OR REPLACE FUNCTION §.controversies_refuse_truncate() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
BEGIN
    IF NOT starts_with(current_database()::text, 'test_') THEN
        RAISE EXCEPTION '% holds recorded history and cannot be emptied.', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'Withdraw a controversy instead; to start anew, create another database.';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION §.controversies_refuse_writing() RETURNS trigger LANGUAGE plpgsql {PINNED} AS $$
BEGIN
    IF TG_TABLE_NAME::text IN ('controversies_touched', 'controversies_ledger') THEN
        RAISE EXCEPTION 'An unrecorded change cannot be declared recorded.'
            USING ERRCODE = 'integrity_constraint_violation', HINT = 'Record a revision.';
    END IF;
    RAISE EXCEPTION '% is written by the database alone.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'It follows from the revisions: record one.';
END $$;
"""


def written_by_guards(table: str, events: str = "INSERT OR UPDATE OR DELETE") -> str:
    """Refuse writing to a table unless a function of its owner does it, whatever privileges are granted.

    For the owner's own statements it is a reminder; he can switch any trigger off.
    """
    return f"""
CREATE TRIGGER keep BEFORE {events} ON §.controversies_{table} FOR EACH STATEMENT WHEN (
    NOT pg_catalog.has_table_privilege('§.controversies_{table}'::pg_catalog.regclass, 'TRUNCATE WITH GRANT OPTION')
    OR pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.=) 0
    AND coalesce(pg_catalog.current_setting('{GUARD}', true), '') OPERATOR(pg_catalog.<>) 'on'
) EXECUTE FUNCTION §.controversies_refuse_writing();
"""


WORDS = f"""
CREATE OR REPLACE FUNCTION §.controversies_text_of(controversy uuid) RETURNS text LANGUAGE sql STABLE {PINNED} AS $$
    SELECT left(concat_ws(E'\\n', c.question, (
        SELECT string_agg(p.claim, E'\\n' ORDER BY p."order")
        FROM §.controversies_position p WHERE p.controversy_id = c.id
    ), (
        SELECT string_agg(concat_ws(E'\\n', k.title, k.body), E'\\n' ORDER BY k."order")
        FROM §.controversies_contestedpoint k WHERE k.controversy_id = c.id
    ), c.status_summary, c.context, (
        SELECT string_agg(concat_ws(E'\\n', p.argument, p.confidence_reason, (
            SELECT string_agg(s.text, E'\\n') FROM §.controversies_stance s WHERE s.position_id = p.id
        )), E'\\n' ORDER BY p."order")
        FROM §.controversies_position p WHERE p.controversy_id = c.id
    )), {SIZE})
    FROM §.controversies_controversy c WHERE c.id = controversy
$$;

CREATE OR REPLACE FUNCTION §.controversies_index_words(controversy uuid) RETURNS void {DEFINER} AS $$
DECLARE
    words tsvector;
    name tsvector;
BEGIN
    SELECT setweight(to_tsvector('pg_catalog.english', c.title), 'A') INTO name
    FROM §.controversies_controversy c WHERE c.id = controversy;
    BEGIN
        words := name || to_tsvector('pg_catalog.english', §.controversies_text_of(controversy));
    EXCEPTION WHEN program_limit_exceeded THEN
        words := name;  -- more different words than a vector holds: found by its title
    END;
    PERFORM set_config('{GUARD}', 'on', true);
    INSERT INTO §.controversies_words AS w (controversy_id, vector) VALUES (controversy, words)
    ON CONFLICT (controversy_id) DO UPDATE SET vector = EXCLUDED.vector WHERE w.vector <> EXCLUDED.vector;
    PERFORM set_config('{GUARD}', '', true);
END $$;

CREATE OR REPLACE FUNCTION §.controversies_index_revision() RETURNS trigger {DEFINER} AS $$
BEGIN {only_on("revision")}
    PERFORM §.controversies_index_words(page.key)
    FROM (SELECT DISTINCT m.controversy_id FROM made m ORDER BY m.controversy_id) page (key);
    RETURN NULL;
END $$;
"""

ARRIVALS = f"""
CREATE OR REPLACE FUNCTION §.controversies_publication_at(controversy uuid, revision integer) RETURNS text
LANGUAGE sql STABLE {PINNED} AS $$
    SELECT coalesce((
        SELECT {WAS} FROM §.controversies_revision t
        WHERE t.controversy_id = controversy AND t.number > revision AND t.changes @? {CHANGED}
        ORDER BY t.number LIMIT 1
    ), (SELECT c.publication FROM §.controversies_controversy c WHERE c.id = controversy))
$$;

CREATE OR REPLACE FUNCTION §.controversies_arrive() RETURNS trigger {DEFINER} AS $$
DECLARE
    is_public boolean;
    was text := jsonb_path_query_first(NEW.changes, {CHANGED}) ->> 3;
BEGIN {only_on("revision")}
    is_public := §.controversies_publication_at(NEW.controversy_id, NEW.number) = 'published';
    IF NOT is_public AND was IS DISTINCT FROM 'published' THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock('§.controversies_arrival'::regclass::oid::integer, 0);
    IF is_public AND was <> 'published' THEN  -- published again: what was public before is so once more
        INSERT INTO §.controversies_arrival (controversy_id, number, withdrawn)
        SELECT r.controversy_id, r.number, false
        FROM §.controversies_revision r
        JOIN LATERAL (
            SELECT ended.was FROM (
                SELECT t.number, {WAS} AS was FROM §.controversies_revision t
                WHERE t.controversy_id = NEW.controversy_id AND t.number <= NEW.number AND t.changes @? {CHANGED}
            ) ended
            WHERE ended.number > r.number ORDER BY ended.number LIMIT 1
        ) before ON before.was = 'published'
        WHERE r.controversy_id = NEW.controversy_id AND r.number < NEW.number ORDER BY r.number;
    END IF;
    INSERT INTO §.controversies_arrival (controversy_id, number, withdrawn)
    VALUES (NEW.controversy_id, NEW.number, NOT is_public);
    RETURN NULL;
END $$;
"""

READ = f"""
CREATE OR REPLACE FUNCTION §.controversies_reading(controversy uuid, revision integer) RETURNS TABLE (
    place bigint, key text, since integer, digest bytea, body bytea, basis integer, basis_body bytea,
    controversy_id uuid, number integer, "time" timestamptz, author_id integer, author_name varchar, summary text,
    document bytea, revision_digest bytea, classes varchar[], changes jsonb, added integer, removed integer,
    reviewer_name varchar
) LANGUAGE plpgsql STABLE {PINNED} SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    IF revision IS NULL THEN
        SELECT max(r.number) INTO revision FROM §.controversies_revision r WHERE r.controversy_id = controversy;
    END IF;
    RETURN QUERY SELECT k.place, k.key::text, b.since, b.digest, b.body, b.basis, b.basis_body, entry.*
    FROM §.controversies_revision r
    CROSS JOIN LATERAL (
        SELECT o.outline FROM §.controversies_block o
        WHERE o.controversy_id = r.controversy_id AND o.key = '{OUTLINE}' AND o.since <= r.number
        ORDER BY o.since DESC LIMIT 1
    ) o
    CROSS JOIN LATERAL unnest(o.outline) WITH ORDINALITY AS k (key, place)
    CROSS JOIN LATERAL (
        SELECT b.since, b.digest, b.body, b.basis, CASE WHEN b.basis IS NOT NULL THEN (
            SELECT basis.body FROM §.controversies_block basis
            WHERE basis.controversy_id = b.controversy_id AND basis.key = b.key AND basis.since = b.basis
        ) END AS basis_body
        FROM §.controversies_block b
        WHERE b.controversy_id = r.controversy_id AND b.key = k.key AND b.since <= r.number
        ORDER BY b.since DESC LIMIT 1
    ) b
    LEFT JOIN LATERAL (
        SELECT r.controversy_id, r.number, r.time, r.author_id, r.author_name, r.summary, r.document, r.digest,
            r.classes, r.changes, r.added, r.removed, r.reviewer_name
        WHERE k.place = 1
    ) entry ON true
    WHERE r.controversy_id = controversy AND r.number = revision AND r.withheld::text = '' ORDER BY k.place;
END $$;
"""

# What the site calls itself. The first two read in the caller's name; the third believes nobody, and so may be anybody's.
CALLED_BY_THE_SITE = ("controversies_reading", "controversies_text_of", "controversies_prove_unchanged")
WRITTEN_BY_GUARDS = ("touched", "ledger", "words", "arrival")
APPEND_ONLY = ("revision", "block")
SEQUENCES = ("controversies_arrival_position_seq", "controversies_ledger_place_seq")

PRIVILEGES = f"""
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        WITH held AS (
            SELECT c.oid, c.relname, c.relkind, a.grantee, a.privilege_type FROM pg_catalog.pg_class c
            CROSS JOIN LATERAL (
                SELECT * FROM pg_catalog.aclexplode(c.relacl)
                UNION ALL
                SELECT e.* FROM pg_catalog.pg_attribute t, pg_catalog.aclexplode(t.attacl) e WHERE t.attrelid = c.oid
            ) a
            WHERE c.relnamespace = '§'::regnamespace AND c.relkind IN ('r', 'S')
                AND starts_with(c.relname::text, 'controversies_') AND a.grantee <> c.relowner
        )
        SELECT format(
            'REVOKE %s ON %s §.%I FROM %s CASCADE', privilege_type,
            CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
        )
        FROM held WHERE privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')
            OR relname IN ({", ".join(f"'{name}'" for name in SEQUENCES)})
            OR relname = 'controversies_ledger'
            OR privilege_type IN ('INSERT', 'UPDATE', 'DELETE')
                AND relname IN ({", ".join(f"'controversies_{name}'" for name in WRITTEN_BY_GUARDS)})
            OR privilege_type IN ('UPDATE', 'DELETE')
                AND relname IN ({", ".join(f"'controversies_{name}'" for name in APPEND_ONLY)})
        UNION ALL
        SELECT format(
            'REVOKE ALL ON FUNCTION %s FROM %s CASCADE', p.oid::regprocedure,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
        )
        FROM pg_catalog.pg_proc p
        CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        WHERE p.pronamespace = '§'::regnamespace AND starts_with(p.proname::text, 'controversies_')
            AND a.grantee <> p.proowner
            AND p.proname NOT IN ({", ".join(f"'{name}'" for name in CALLED_BY_THE_SITE)})
    LOOP
        EXECUTE statement;
    END LOOP;
END $$;
"""

FORWARDS = "".join(
    [
        ledger.LEDGER,
        *(ledger.touch(table) for table in ledger.TABLES),
        ledger.PROOF,
        RECORD,
        WORDS,
        ARRIVALS,
        READ,
        *(written_by_guards(table) for table in ("touched", "ledger", "words")),
        written_by_guards("arrival", "INSERT"),  # what is there is append-only already
        *(
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON §.controversies_{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION §.controversies_refuse_truncate();\n"
            for table in ("touched", "ledger", "words")
        ),
        "DROP FUNCTION IF EXISTS §.controversies_keep_touched();\n",
        PRIVILEGES,
    ]
)


def _before() -> str:
    """The functions as the migrations before this one left them."""
    texts = [
        guards.RECORD,
        *(
            guards.TOUCH.format(table=table, shown_by=shown_by, changed="")
            for table, shown_by in guards.SHOWN_BY.items()
        ),
        words.FORWARDS,
        arrivals.FORWARDS,
        unchanged.KEEP,
        withheld.APPEND,
        withheld.WORDS,
        withheld.READ,
    ]
    last: dict[str, str] = {}
    for text in texts:
        for found in re.finditer(
            r"CREATE (?:OR REPLACE )?FUNCTION (\w+)\(.*?AS \$\$.*?\$\$;", text, re.DOTALL
        ):
            last[found[1]] = re.sub(r"^CREATE (OR REPLACE )?", "CREATE OR REPLACE ", found[0])
    return "\n".join(last.values())


BACKWARDS = f"""
DROP TABLE controversies_ledger;
DROP TRIGGER digests ON controversies_revision;
DROP FUNCTION controversies_check_digests();
DROP FUNCTION controversies_prove_unchanged(uuid[]);
DROP FUNCTION controversies_changed_pages(bigint);
{"".join(f"DROP TRIGGER IF EXISTS keep ON controversies_{table};" for table in WRITTEN_BY_GUARDS[2:])}
DROP TRIGGER no_truncate ON controversies_words;
DROP TRIGGER append ON controversies_block;
{
    "".join(
        f"DROP TRIGGER touch ON controversies_{table}; DROP TRIGGER touch_by_deletion ON controversies_{table};"
        for table in ledger.TABLES
    )
}
{_before()}
CREATE TRIGGER append BEFORE INSERT ON controversies_block
    FOR EACH ROW EXECUTE FUNCTION controversies_append_block();
{
    "".join(
        f"CREATE TRIGGER touch AFTER INSERT OR DELETE ON controversies_{table}"
        f" FOR EACH ROW EXECUTE FUNCTION controversies_touch_{table}();"
        for table in ledger.TABLES
    )
}
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON controversies_touched
    FOR EACH ROW EXECUTE FUNCTION controversies_keep_touched();
CREATE CONSTRAINT TRIGGER require_revision AFTER INSERT ON controversies_touched
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION controversies_require_revision();
DROP TRIGGER IF EXISTS no_truncate ON controversies_touched;
DROP FUNCTION controversies_refuse_writing();
DO $$
DECLARE
    name regprocedure;
BEGIN
    FOR name IN SELECT oid FROM pg_proc WHERE proname LIKE 'controversies\\_%' LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', name);
    END LOOP;
END $$;
"""


class RunInSchema(migrations.RunSQL):
    """SQL in which `§` stands for the schema of our tables. `history.verify.schema` reads what it makes."""

    def _run_sql(self, schema_editor: Any, sqls: Any) -> None:
        if not sqls:
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE c.oid = 'controversies_controversy'::regclass"
            )
            [schema] = cursor.fetchone()
        schema_editor.execute(sqls.replace("§", schema), params=None)


def run(sql: str, backwards: str = "") -> RunInSchema:
    """The operation that runs this SQL with the schema of our tables for `§`."""
    return RunInSchema(sql, backwards)


class Migration(migrations.Migration):
    dependencies = [("controversies", "0017_topic_description")]

    operations = [
        # Of what the tables were changed to, the old functions come back last of all when going backwards.
        migrations.RunSQL(migrations.RunSQL.noop, BACKWARDS),
        migrations.DeleteModel("Touched"),
        migrations.CreateModel(
            name="Touched",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "transaction",
                        "controversy_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("transaction", models.BigIntegerField()),
                ("controversy_id", models.UUIDField()),
            ],
            options={
                "verbose_name": "unrecorded change",
                "verbose_name_plural": "unrecorded changes",
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            "revision",
            "recorded_by",
            models.CharField(
                blank=True,
                db_default="",
                editable=False,
                help_text="The role that wrote it, as the database saw it; empty before this was kept.",
                max_length=63,
                verbose_name="database role",
            ),
        ),
        migrations.AddField(
            "revision",
            "recorded_at",
            models.DateTimeField(
                editable=False,
                help_text="When the database wrote it; empty before this was kept.",
                null=True,
                verbose_name="written at",
            ),
        ),
        migrations.AlterField(
            "words",
            "controversy",
            models.OneToOneField(
                on_delete=models.DO_NOTHING,
                primary_key=True,
                related_name="+",
                serialize=False,
                to="controversies.controversy",
                verbose_name="controversy",
            ),
        ),
        run(FORWARDS),
    ]
