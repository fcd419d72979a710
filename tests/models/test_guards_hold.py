# ruff: noqa: S608 - attacks are SQL
"""Guards that hold against the role that the site runs as: every way round them that we know, each really tried.

One database with two roles serves all: what a test tries is refused, so that it leaves the database as it was.
"""

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice, product
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction

from controversies import history
from controversies import models as m
from controversies.history import privileges
from controversies.history.revisions import revision_digest
from tests.factories import ControversyFactory, Recorded

from .attacks import DEEDS, shadows
from .two_roles import TwoRoles, two_roles

# All that readers see and all of the record.
TABLES = (
    *(
        m.Topic,
        m.Backer,
        m.Source,
        m.Controversy,
        m.ContestedPoint,
        m.Position,
        m.Backing,
        m.Stance,
        m.Citation,
    ),
    *(
        m.Revision,
        m.Block,
        m.SearchIndex,
        m.SearchBlock,
        m.SearchWord,
        m.SearchTerm,
        m.Arrival,
        m.Log,
        m.Leaf,
        m.TreeHash,
    ),
    *(m.Checkpoint, m.PageUse, m.PublicUse, m.ListedName, m.ListedPage, m.PublicChange, m.UseChange),
)


@dataclass
class Besieged:
    """The database, a published page and a draft in it, and all that readers see of them."""

    site: TwoRoles
    page: Recorded
    draft: Recorded
    owner: psycopg.Connection
    app: psycopg.Connection
    before: str = ""

    def state(self) -> str:
        """All that readers see, and all of the record."""
        parts = " UNION ALL ".join(
            f"SELECT '{model._meta.model_name}' || to_jsonb(t)::text AS row FROM {model._meta.db_table} t"
            for model in TABLES
        )
        [(digest,)] = self.owner.execute(
            f"SELECT md5(string_agg(row, ',' ORDER BY row)) FROM ({parts}) every"
        )
        return digest

    def filled(self, statement: str) -> str:
        return statement.format(page=self.page.key, draft=self.draft.key)

    def attempt(self, *statements: str, by: psycopg.Connection | None = None) -> str:
        """Run these in one transaction and COMMIT; why they were refused, or '' if they were not."""
        by = by or self.app
        try:
            with by.transaction():
                for statement in statements:
                    by.execute(statement)
        except psycopg.Error as error:
            return str(error)
        finally:
            by.execute("DISCARD ALL")
        return ""

    def refuses(self, *statements: str, because: str, by: psycopg.Connection | None = None) -> None:
        """The statements are refused for this reason, and readers see what they saw before."""
        said = self.attempt(*statements, by=by)
        assert because in said
        assert self.state() == self.before


@pytest.fixture(scope="module")
def besieged(django_db_setup: None, django_db_blocker: Any) -> Iterator[Besieged]:
    with django_db_blocker.unblock(), two_roles() as site:
        with site.django(site.app):  # the site itself can do all that it must
            page = ControversyFactory(positions=2, points=2, stances=3, citations=9)
            draft = ControversyFactory(publication="draft", positions=2)
        superuser = site.connect()
        superuser.execute(f"CREATE SCHEMA evil AUTHORIZATION {site.app}")
        made = Besieged(site, page, draft, site.connect(site.owner), site.connect(site.app))
        made.before = made.state()
        yield made
        assert made.state() == made.before


PINNED = "search_path=pg_catalog, pg_temp"
UNRECORDED = "was changed without a revision"
NO_RIGHT = "permission denied"


# -- as the issue has it --


def test_table_in_pg_temp_takes_no_marks(besieged: Besieged) -> None:
    besieged.refuses(
        "CREATE TEMP TABLE controversies_unrecordedchange(controversy_id uuid, transaction bigint, document bytea,"
        " PRIMARY KEY (controversy_id, transaction))",
        "UPDATE public.controversies_position SET claim = 'x ' || id",
        because=UNRECORDED,
    )


def test_draft_is_not_published_and_hidden_again(besieged: Besieged) -> None:
    besieged.refuses(
        "CREATE TEMP TABLE controversies_unrecordedchange(controversy_id uuid, transaction bigint, document bytea,"
        " PRIMARY KEY (controversy_id, transaction))",
        f"UPDATE public.controversies_controversy SET publication = 'published' WHERE id = '{besieged.draft.key}'",
        because=f"{besieged.draft.key} {UNRECORDED}",
    )


@pytest.mark.parametrize("schema", ["pg_temp", "evil"])
def test_guard_is_not_lent_to_a_table_of_ones_own(besieged: Besieged, schema: str) -> None:
    besieged.refuses(
        f"CREATE TABLE {schema}.x (LIKE public.controversies_revision)",
        f"CREATE TRIGGER t BEFORE INSERT ON {schema}.x FOR EACH ROW"
        " EXECUTE FUNCTION public.controversies_append_revision()",
        because="permission denied for function",
    )


def test_writer_is_not_believed(besieged: Besieged) -> None:
    besieged.refuses(
        "UPDATE controversies_position SET claim = 'Changed.'",
        f"UPDATE controversies_unrecordedchange SET transaction = 0 WHERE controversy_id = '{besieged.page.key}'",
        because="permission denied for table controversies_unrecordedchange",
    )
    besieged.refuses(
        "UPDATE controversies_position SET claim = 'Changed.'",
        f"SELECT controversies_prove_unchanged('{{{besieged.page.key},{besieged.draft.key}}}')",
        because=UNRECORDED,
    )


# -- everything that the guards use, in pg_temp and in a schema put first --


def test_nothing_that_is_shadowed_opens_a_way(besieged: Besieged) -> None:
    """Each shadow with two deeds by turns, or with all where time does not matter.

    Within savepoints; the guards are asked at once, as COMMIT would.
    """
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
    tried, open_ways = siege(besieged, len(DEEDS) if thorough else 2)

    assert open_ways == []
    assert tried > 1_000
    assert besieged.state() == besieged.before


def siege(besieged: Besieged, deeds: int) -> tuple[int, list[str]]:
    """Try all shadows with so many deeds each; how many ways were tried, and which were not refused."""
    app, tried, open_ways = besieged.app, 0, []
    turns = cycle(DEEDS.items())
    for shadow in shadows(besieged.owner):
        with app.transaction(force_rollback=True):
            try:
                with app.transaction():
                    app.execute(shadow.create)
            except psycopg.Error:
                continue  # PostgreSQL has no such thing
            app.execute(f"SET LOCAL search_path = {shadow.path}")
            for deed, statements in islice(turns, deeds):
                tried += 1
                done = 0
                try:
                    with app.transaction():
                        for statement in statements:
                            cursor = app.execute(besieged.filled(statement))
                            done = max(done, cursor.rowcount if statement.startswith(("U", "D", "I")) else 0)
                        app.execute("SET CONSTRAINTS ALL IMMEDIATE")
                        if done:
                            open_ways.append(f"{deed}: {shadow.create}; {shadow.path}")
                        raise psycopg.errors.RaiseException  # back to before the deed
                except psycopg.Error:
                    continue
    return tried, open_ways


def test_all_shadows_at_once_open_no_way_either(besieged: Besieged) -> None:
    """In transactions that commit, with everything shadowed that can be."""
    app = besieged.app
    for shadow in shadows(besieged.owner):
        if " evil." in shadow.create:
            try:
                app.execute(shadow.create)
            except psycopg.Error:
                continue
    try:
        for deed, statements in DEEDS.items():
            filled = [besieged.filled(statement) for statement in statements]
            assert besieged.attempt("SET LOCAL search_path = evil, pg_catalog, public, pg_temp", *filled), (
                deed
            )
            assert besieged.state() == besieged.before, deed
    finally:
        superuser = besieged.site.connect()
        superuser.execute("DROP SCHEMA evil CASCADE")
        superuser.execute(f"CREATE SCHEMA evil AUTHORIZATION {besieged.site.app}")


# -- what every function and table of ours must have, those of later migrations included --


def ours(besieged: Besieged) -> list[tuple[str, str, str, list[str], bool]]:
    """The name, type, source, settings and whether everybody may call it, of each function of ours."""
    return besieged.owner.execute(
        """
        SELECT proname, format_type(prorettype, NULL), prosrc, coalesce(proconfig, '{}'),
            has_function_privilege('public', oid, 'EXECUTE')
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'controversies\\_%' ORDER BY 1
        """
    ).fetchall()


def test_every_function_looks_up_names_in_pg_catalog_only(besieged: Besieged) -> None:
    bare = re.compile(r"(?<![.\w\"'])controversies_\w+")
    functions = ours(besieged)

    assert len(functions) > 20
    assert {name for name, _type, _source, settings, _open in functions if settings[0] != PINNED} == set()
    assert {
        (name, found)
        for name, _type, source, _settings, _open in functions
        for found in bare.findall(re.sub(r"'[^']*'", "''", source))
    } == set()


def test_every_trigger_function_works_on_its_own_table_only(besieged: Besieged) -> None:
    """Those that refuse whatever they are asked need not know their table."""
    loose = {
        name
        for name, kind, source, _settings, _open in ours(besieged)
        if kind == "trigger" and "TG_RELID" not in source
    }

    assert {name for name in loose if not name.startswith("controversies_refuse_")} == set()


def test_nobody_may_call_a_guard(besieged: Besieged) -> None:
    everybody = {name for name, _type, _source, _settings, is_open in ours(besieged) if is_open}

    # Those of blame do what their caller may do anyway: the site writes its tables itself.
    blame = ("begin_blame", "gone_texts", "store_blame")
    # These reckon with the text that they are given, and read nothing.
    reckoning = (
        "search_config",
        "spellings",
        "percent",
        "address",
        "doi_key",
        "source_keys",
        "backer_words",
        "source_words",
    )
    assert everybody == {
        f"controversies_{name}"
        for name in (
            "page",
            "reading",
            "number_at",
            "search_texts",
            "page_config",
            "words_of",
            "text_of",  # empty: for the release before
            "prove_unchanged",
            *blame,
            *reckoning,
        )
    }


def test_site_has_no_right_that_it_does_not_need(besieged: Besieged, settings: Any) -> None:
    site, superuser = besieged.site, besieged.site.connect()
    settings.DATABASE_IS_LOCAL = False

    def said(role: str) -> list[str]:
        with site.django(role):
            return privileges.excess()

    def kinds(insert: str) -> str:
        return f"DELETE, {insert}REFERENCES, TRIGGER, TRUNCATE, UPDATE"

    temporary = f"{site.app} may make temporary tables. REVOKE TEMP ON DATABASE … FROM PUBLIC."
    assert said(site.app) == [temporary]
    assert said(site.owner) == [
        f"The site runs as {site.owner}, which can act as the owner of the tables and so can switch the guards off."
    ]
    assert said("")[0].startswith("The site runs as the superuser ")
    superuser.execute(f"GRANT CREATE ON SCHEMA public TO {site.app}")
    superuser.execute(f"GRANT ALL ON controversies_arrival, controversies_revision TO {site.app}")
    superuser.execute(f"ALTER ROLE {site.app} CREATEROLE")
    try:
        assert said(site.app) == [
            f"{site.app} has CREATEROLE or BYPASSRLS. ALTER ROLE takes both away.",
            temporary,
            f"{site.app} may make tables and functions beside ours. REVOKE CREATE ON SCHEMA … FROM it and PUBLIC.",
            f"{site.app} may {kinds('INSERT, ')} on controversies_arrival. REVOKE it.",
            f"{site.app} may {kinds('')} on controversies_revision. REVOKE it.",
        ]
    finally:
        superuser.execute(f"REVOKE CREATE ON SCHEMA public FROM {site.app}")
        superuser.execute(f"REVOKE ALL ON controversies_arrival, controversies_revision FROM {site.app}")
        superuser.execute(f"GRANT SELECT ON controversies_arrival TO {site.app}")
        superuser.execute(f"GRANT SELECT, INSERT ON controversies_revision TO {site.app}")
        superuser.execute(f"ALTER ROLE {site.app} NOCREATEROLE")
    errors = io.StringIO()
    with site.django(site.app):
        call_command("checkhistory", stdout=io.StringIO(), stderr=errors)
    assert errors.getvalue() == f"{temporary}\n"
    settings.DATABASE_IS_LOCAL = True
    assert said("") == []


# -- trigger functions on other tables --


def trigger_functions(besieged: Besieged) -> list[str]:
    rows = besieged.owner.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND proname LIKE 'controversies\\_%' AND prorettype = 'trigger'::regtype"
    )
    return sorted(name for (name,) in rows)


@pytest.mark.parametrize("granted", [False, True])
def test_no_trigger_function_is_lent(besieged: Besieged, granted: bool) -> None:
    """Nobody may put one on a table of his; and if somebody grants that right later, they do not work there."""
    tables = [model._meta.db_table for model in (m.Position, m.Backer, m.Revision, m.Block, m.SearchWord)]
    functions = trigger_functions(besieged)
    assert len(functions) > 15
    if granted:
        besieged.owner.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {besieged.site.app}")
    try:
        open_ways = [
            way for schema in ("pg_temp", "evil") for table in tables for way in lent(besieged, schema, table)
        ]
    finally:
        for function in functions:
            besieged.owner.execute(f"REVOKE EXECUTE ON FUNCTION {function}() FROM {besieged.site.app}")
    # This one does nothing at all but for TRUNCATE.
    assert {way.split()[0] for way in open_ways} <= ({"controversies_refuse_truncate"} if granted else set())
    assert besieged.state() == besieged.before


def lent(besieged: Besieged, schema: str, table: str) -> Iterator[str]:
    """The trigger functions that can be made to work on a table of one's own that is like one of ours."""
    app = besieged.app
    functions = trigger_functions(besieged)
    with app.transaction(force_rollback=True):
        app.execute(f"CREATE TABLE {schema}.x (LIKE public.{table})")
        for function, timing in product(
            functions,
            ("BEFORE INSERT ON {} FOR EACH ROW", "AFTER INSERT ON {} REFERENCING NEW TABLE AS came"),
        ):
            try:
                with app.transaction(force_rollback=True):
                    app.execute(
                        f"CREATE TRIGGER t {timing.format(f'{schema}.x')} EXECUTE FUNCTION public.{function}()"
                    )
                    app.execute(f"INSERT INTO {schema}.x SELECT * FROM public.{table}")
                    yield f"{function} on {schema}, like {table}"
            except psycopg.Error:
                continue


# -- direct writes --

WRITES = {
    "controversies_unrecordedchange": "VALUES (pg_current_xact_id()::text::bigint, gen_random_uuid())",
    "controversies_ledger": "(transaction, source, key) VALUES (1, 0, gen_random_uuid())",
    "controversies_searchindex": "(controversy_id) VALUES (gen_random_uuid())",
    "controversies_searchblock": "VALUES (1, gen_random_uuid(), '')",
    "controversies_searchword": "VALUES (1, 1, false, 'scam')",
    "controversies_searchterm": "VALUES ('scam')",
    "controversies_listedpage": "VALUES (gen_random_uuid(), 'published', gen_random_uuid(), 'active', 1, now())",
    "controversies_publicchange": "(subject, kind, time, controversy_id, number)"
    " VALUES (gen_random_uuid(), '', now(), gen_random_uuid(), 1)",
    "controversies_arrival": "(controversy_id, number, withdrawn) VALUES (gen_random_uuid(), 1, true)",
    "controversies_listedname": "(type, key) VALUES ('topic', gen_random_uuid())",
    "controversies_pageuse": "VALUES ('topic', gen_random_uuid(), 'A page', 1, 0, gen_random_uuid())",
    "controversies_publicuse": "(type, key) VALUES ('topic', gen_random_uuid())",
    "controversies_usechange": "VALUES ('topic', gen_random_uuid(), now(), 1, 1)",
    "controversies_pageupkeep": "VALUES (gen_random_uuid(), 'active', now(), now(), true, true, 0, gen_random_uuid())",
}
COLUMNS = {
    "controversies_unrecordedchange": "transaction = 0",
    "controversies_ledger": "image = NULL",
    "controversies_searchindex": "id = 0",
    "controversies_searchblock": "vector = ''",
    "controversies_searchword": "word = 'scam'",
    "controversies_searchterm": "word = 'scam'",
    "controversies_listedpage": "status = ''",
    "controversies_publicchange": "number = 9",
    "controversies_arrival": "withdrawn = true",
    "controversies_listedname": "slug = ''",
    "controversies_pageuse": "uses = 0",
    "controversies_publicuse": "pages = 0",
    "controversies_pageupkeep": "silent_cells = 0",
    "controversies_usechange": "pages = 0",
    "controversies_revision": "summary = ''",
    "controversies_block": "body = NULL",
}


def direct_writes() -> list[str]:
    found = [f"INSERT INTO {table} {values}" for table, values in WRITES.items()]
    for table, change in COLUMNS.items():
        found += [f"UPDATE {table} SET {change}", f"DELETE FROM {table}", f"TRUNCATE {table}"]
        found.append(f"MERGE INTO {table} t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE")
    found.append(
        "INSERT INTO controversies_searchindex SELECT * FROM controversies_searchindex"
        " ON CONFLICT (controversy_id) DO UPDATE SET id = 0"
    )
    found.append("COPY controversies_arrival (controversy_id, number, withdrawn) FROM PROGRAM 'true'")
    return found


@pytest.mark.parametrize("statement", direct_writes())
def test_direct_write_is_denied(besieged: Besieged, statement: str) -> None:
    change = "UPDATE controversies_position SET claim = 'Changed.'"

    besieged.refuses(statement, because=NO_RIGHT)
    besieged.refuses(change, statement, because=NO_RIGHT)


def test_privileges_granted_later_open_nothing(besieged: Besieged) -> None:
    """The triggers refuse what privileges would allow, also from within a trigger of one's own."""
    app, owner = besieged.site.app, besieged.owner
    kept = owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND relname LIKE 'controversies\\_%'"
    ).fetchall()
    owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}")
    owner.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {app}")
    owner.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {app}")
    change = "UPDATE controversies_position SET claim = 'Changed.'"
    try:
        for statement in direct_writes():
            if statement.startswith(("TRUNCATE", "COPY")):
                continue
            assert besieged.attempt(change, statement), statement
            deep = [
                "CREATE TABLE evil.x (n integer)",
                "CREATE FUNCTION evil.f() RETURNS trigger LANGUAGE plpgsql AS"
                f" $x$ BEGIN {statement}; RETURN NULL; END $x$",
                "CREATE TRIGGER t AFTER INSERT ON evil.x FOR EACH ROW EXECUTE FUNCTION evil.f()",
                "INSERT INTO evil.x VALUES (1)",
            ]
            assert besieged.attempt(change, *deep), statement
            assert besieged.attempt("SET controversies.guard = 'on'", change, statement), statement
            assert besieged.state() == besieged.before, statement
        for call in (
            f"SELECT controversies_index_words('{besieged.page.key}', NULL)",
            "SELECT controversies_changed_pages(pg_current_xact_id()::text::bigint)",
        ):
            assert UNRECORDED in besieged.attempt(change, call)
    finally:
        for (table,) in kept:
            owner.execute(f"REVOKE ALL ON {table} FROM {app}")
            owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {app}")
        for table in COLUMNS:
            owner.execute(f"REVOKE UPDATE, DELETE ON {table} FROM {app}")
        for table in WRITES:
            owner.execute(f"REVOKE INSERT ON {table} FROM {app}")
        owner.execute(f"REVOKE ALL ON controversies_ledger FROM {app}")
        owner.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {app}")
        for (function,) in owner.execute(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND proname LIKE 'controversies\\_%'"
        ).fetchall():
            owner.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM {app}")


# -- what else SQL has --


@pytest.mark.parametrize(
    ("statements", "because"),
    [
        (["SET session_replication_role = replica"], NO_RIGHT),
        (["SET ROLE {owner}"], NO_RIGHT),
        (["SET SESSION AUTHORIZATION {owner}"], NO_RIGHT),
        (["ALTER TABLE controversies_position DISABLE TRIGGER ALL"], "must be owner"),
        (["DROP TRIGGER touch ON controversies_position"], "must be owner"),
        (["ALTER TABLE controversies_unrecordedchange ADD x integer"], "must be owner"),
        (["ALTER TABLE controversies_arrival ALTER withdrawn SET DEFAULT true"], "must be owner"),
        (
            ["CREATE RULE r AS ON INSERT TO controversies_unrecordedchange DO INSTEAD NOTHING"],
            "must be owner",
        ),
        (["CREATE POLICY p ON controversies_unrecordedchange"], "must be owner"),
        (["ALTER TABLE controversies_unrecordedchange ENABLE ROW LEVEL SECURITY"], "must be owner"),
        (["CREATE TABLE evil.x () INHERITS (controversies_unrecordedchange)"], "must be owner"),
        (["CREATE TABLE evil.x () INHERITS (controversies_position)"], "must be owner"),
        (["CREATE INDEX ON controversies_position (claim)"], "must be owner"),
        (["CREATE STATISTICS evil.s ON claim, argument FROM controversies_position"], "must be owner"),
        (["CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION controversies_arrive()"], NO_RIGHT),
        (
            [
                "CREATE TRIGGER a BEFORE INSERT ON controversies_unrecordedchange"
                " FOR EACH ROW EXECUTE FUNCTION evil.f()"
            ],
            NO_RIGHT,
        ),
        (
            [
                "CREATE TRIGGER z BEFORE INSERT ON controversies_revision FOR EACH ROW EXECUTE FUNCTION evil.f()"
            ],
            NO_RIGHT,
        ),
        (
            ["CREATE TABLE evil.x (id uuid REFERENCES controversies_position ON UPDATE CASCADE)"],
            NO_RIGHT,
        ),
        (["CREATE TABLE public.x (n integer)"], NO_RIGHT),
        (["CREATE FUNCTION public.x() RETURNS integer LANGUAGE sql AS 'SELECT 1'"], NO_RIGHT),
        (
            [
                "CREATE OR REPLACE FUNCTION public.controversies_require_revision() RETURNS trigger"
                " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
            ],
            NO_RIGHT,
        ),
        (["ALTER FUNCTION controversies_require_revision() RESET ALL"], "must be owner"),
        (["DROP FUNCTION controversies_require_revision() CASCADE"], "must be owner"),
        (["CREATE CAST (uuid AS bigint) WITH FUNCTION evil.cast(uuid)"], "must be owner"),
        (["SELECT setval('controversies_arrival_position_seq', 1)"], NO_RIGHT),
        (["SELECT nextval('controversies_ledger_place_seq')"], NO_RIGHT),
        (["SELECT * FROM controversies_ledger"], NO_RIGHT),
        (["LOCK TABLE controversies_ledger"], NO_RIGHT),
        (["ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT ALL ON TABLES TO {app}"], NO_RIGHT),
        (["SET CONSTRAINTS ALL DEFERRED", "{change}"], UNRECORDED),
        (["SET CONSTRAINTS ALL IMMEDIATE", "{change}"], UNRECORDED),
        (["{change}", "SET CONSTRAINTS ALL IMMEDIATE"], UNRECORDED),
        (["SET CONSTRAINTS require_revision DEFERRED", "{change}"], UNRECORDED),
        (["SET plan_cache_mode = force_custom_plan", "{change}"], UNRECORDED),
        (["SET check_function_bodies = off", "{change}"], UNRECORDED),
        (["SET standard_conforming_strings = off", "{change}"], UNRECORDED),
        (["SET transform_null_equals = on", "{change}"], UNRECORDED),
        (["SET row_security = off", "{change}"], UNRECORDED),
        (["SET default_transaction_isolation = 'repeatable read'", "{change}"], UNRECORDED),
        (["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "{change}"], "READ COMMITTED transactions only"),
        (["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "{change}"], "READ COMMITTED transactions only"),
        (["{change}", "PREPARE TRANSACTION 'x'"], UNRECORDED),
        (["DO $$ BEGIN {change}; EXCEPTION WHEN others THEN NULL; END $$"], UNRECORDED),
        (["PREPARE p AS {change}", "EXECUTE p"], UNRECORDED),
        (
            [
                "DECLARE c CURSOR FOR SELECT id FROM controversies_position FOR UPDATE",
                "FETCH c",
                "{change} WHERE CURRENT OF c",
            ],
            UNRECORDED,
        ),
        (
            ["CREATE VIEW evil.v AS SELECT * FROM controversies_position", "UPDATE evil.v SET claim = 'x'"],
            UNRECORDED,
        ),
        (
            [  # a trigger of one's own that strikes at COMMIT, after the guards were asked
                "CREATE TABLE evil.x (n integer)",
                "CREATE FUNCTION evil.g() RETURNS trigger LANGUAGE plpgsql AS $x$ BEGIN {change}; RETURN NULL; END $x$",
                "CREATE CONSTRAINT TRIGGER z AFTER INSERT ON evil.x DEFERRABLE INITIALLY DEFERRED"
                " FOR EACH ROW EXECUTE FUNCTION evil.g()",
                "UPDATE controversies_position SET claim = claim",
                "INSERT INTO evil.x VALUES (1)",
            ],
            UNRECORDED,
        ),
    ],
    ids=lambda value: "; ".join(value)[:70] if isinstance(value, list) else None,
)
def test_means_of_sql_open_no_way(besieged: Besieged, statements: list[str], because: str) -> None:
    change = "UPDATE controversies_position SET claim = 'Changed in silence.'"
    besieged.app.execute(
        "CREATE FUNCTION evil.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    )
    besieged.app.execute("CREATE FUNCTION evil.cast(uuid) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'")
    try:
        filled = [
            statement.replace("{change}", change)
            .replace("{owner}", besieged.site.owner)
            .replace("{app}", besieged.site.app)
            for statement in statements
        ]
        besieged.refuses(*filled, because=because)
    finally:
        besieged.app.execute("DROP FUNCTION evil.f()")
        besieged.app.execute("DROP FUNCTION evil.cast(uuid)")
        besieged.app.execute("RESET ALL")


def test_without_the_right_to_make_temporary_tables_there_are_none(besieged: Besieged) -> None:
    superuser = besieged.site.connect()
    superuser.execute(f"REVOKE TEMP ON DATABASE {besieged.site.name} FROM PUBLIC")
    try:
        besieged.refuses(
            "CREATE TEMP TABLE x (n integer)", because="permission denied to create temporary tables"
        )
        with besieged.site.django(besieged.site.app), pytest.raises(history.Stale):
            history.record(besieged.page.document, author_name="Edith", base=7)
    finally:
        superuser.execute(f"GRANT TEMP ON DATABASE {besieged.site.name} TO PUBLIC")


# -- the owner, and the local server's only role --


@pytest.mark.parametrize("statement", [each for each in direct_writes() if not each.startswith("COPY")])
def test_owner_is_refused_too_while_the_triggers_are_on(besieged: Besieged, statement: str) -> None:
    for by in (besieged.owner, besieged.site.connect()):
        said = besieged.attempt("UPDATE controversies_position SET claim = 'Changed.'", statement, by=by)
        assert said
        assert besieged.state() == besieged.before


# -- revisions --


def forged(besieged: Besieged, **values: Any) -> str:
    """An INSERT of a revision that says what the newest says, under somebody's name, with right digests."""
    head = besieged.page.head.entry
    said = {
        "author_name": "Edith “E” \\ Editor",
        "summary": 'Why?\n\t"Because" é \x7f',
        "reviewer_name": "Rä",
        **values,
    }
    values = {
        "controversy_id": besieged.page.key,
        "number": head.number + 1,
        "time": head.time,
        "document": head.document,
        "digest": revision_digest(
            parent=head.digest,
            document=head.document,
            author=said["author_name"],
            time=head.time,
            summary=said["summary"],
            reviewer=said["reviewer_name"],
        ),
        **said,
    }
    names = ", ".join(values)
    literals = ", ".join(psycopg.sql.Literal(value).as_string(besieged.app) for value in values.values())
    return (
        f"INSERT INTO controversies_revision ({names}, classes, changes, added, removed)"
        f" VALUES ({literals}, '{{}}', '[]', 0, 0)"
    )


@pytest.mark.parametrize(
    ("values", "because"),
    [
        ({"digest": b"\0" * 32}, "The digest of revision 2 of controversy"),
        ({"document": b"\0" * 32}, "The document digest of revision 2 of controversy"),
        ({"number": 3}, "would follow none"),
        ({"number": 1}, "duplicate key value"),
    ],
    ids=str,
)
def test_revision_with_a_wrong_digest_is_refused(
    besieged: Besieged, values: dict[str, Any], because: str
) -> None:
    besieged.refuses(forged(besieged, **values), because=because)


def test_revision_with_a_right_digest_says_who_wrote_it(besieged: Besieged) -> None:
    """The database cannot tell who uses the site's role; but that it was this role, and when, it says itself."""
    app = besieged.app
    with app.transaction(force_rollback=True):
        app.execute(forged(besieged, recorded_by="somebody else", recorded_at="2001-01-01"))
        row = app.execute(
            "SELECT recorded_by, recorded_at BETWEEN transaction_timestamp() AND clock_timestamp()"
            " FROM controversies_revision WHERE number = 2"
        ).fetchone()

    assert row == (besieged.site.app, True)


def test_checkhistory_names_what_another_role_wrote(besieged: Besieged) -> None:
    site, out = besieged.site, io.StringIO()
    with site.django(site.owner), transaction.atomic():
        ControversyFactory(slug="by-the-owner")
        connection.check_constraints()  # as COMMIT would: only then has it arrived
        call_command("checkhistory", stdout=out, stderr=io.StringIO())
        transaction.set_rollback(True)

    assert out.getvalue().splitlines() == [
        f"Database: 1 revision was written by the role {site.owner}, not by {site.app}: by-the-owner 1.",
        "3 controversies, 3 revisions: the record is whole.",
    ]


def test_change_after_its_revision_cannot_be_taken_back_in_silence(besieged: Besieged) -> None:
    """What a revision recorded is what later changes of its transaction are compared with, not what was before."""
    change = "UPDATE controversies_position SET claim = claim || ' Changed.'"
    back = "UPDATE controversies_position SET claim = replace(claim, ' Changed.', '')"
    only = f" WHERE controversy_id = '{besieged.page.key}'"

    besieged.refuses(change + only, forged(besieged), back + only, because=UNRECORDED)


def test_block_cannot_slip_into_a_revision_that_another_session_records(besieged: Besieged) -> None:
    """Whoever adds a block keeps others from recording the page, and cannot commit without a revision of his own."""
    other = besieged.site.connect(besieged.site.app)
    other.execute("SET lock_timeout = '100ms'")
    block = (
        "INSERT INTO controversies_block (controversy_id, key, since, digest, body)"
        f" SELECT controversy_id, key, 2, digest, body FROM controversies_block"
        f" WHERE controversy_id = '{besieged.page.key}' AND since = 1 AND digest IS NOT NULL LIMIT 1"
    )

    def add() -> None:
        with besieged.app.transaction():
            besieged.app.execute(block)
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute(forged(besieged))

    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        add()
    assert besieged.state() == besieged.before
