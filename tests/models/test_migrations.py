"""Every database ends with the same schema: new ones, those of the last release, and those that ran the files again."""

import datetime
import gzip
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import timezone

from controversies import history, sql
from controversies import models as m
from controversies.document import redact, types
from controversies.history import read
from controversies.history.verify import schema
from controversies.sql import pieces
from tests.factories import ControversyFactory

from .two_roles import TwoRoles

LAST_RELEASE = Path(__file__).with_name(
    "last_release.sql.gz"
)  # pg_dump of a small site with migrations 0001 to 0023

CATALOGUE = {
    "tables": """
        SELECT c.relname, c.relkind, c.relpersistence, c.relacl::text, obj_description(c.oid, 'pg_class'), c.reloptions
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind <> 'i' ORDER BY 1
    """,
    "columns": """
        SELECT c.relname, row_number() OVER (PARTITION BY c.relname ORDER BY a.attnum), a.attname,
            format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1, 2
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
    """,
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled FROM pg_trigger
        WHERE NOT tgisinternal ORDER BY 1, 2
    """,
    "functions": r"""
        SELECT proname, pg_get_functiondef(oid), proacl::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'controversies\_%' ORDER BY 1, 2
    """,
}


def catalogue(site: psycopg.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Return what the database is made of, by kind."""
    kinds = {name: site.execute(query).fetchall() for name, query in CATALOGUE.items()}
    # A condition that came with a dump is written with other casts and brackets.
    plain = re.compile(r"::(?:text|character varying)|[()\s\[\]]")
    kinds["constraints"] = [
        (*names, plain.sub("", text), valid) for *names, text, valid in kinds["constraints"]
    ]
    return kinds


@contextmanager
def database(name: str, dump: str = "") -> Iterator[TwoRoles]:
    """A database of one role, as the dump has it; empty without one."""
    settings = {**connections["default"].settings_dict}
    site = TwoRoles(settings, f"crux_{name}_{os.getpid()}", "", "")
    server = TwoRoles(settings, "postgres", "", "").connect()
    server.execute(f"CREATE DATABASE {site.name}")
    try:
        if dump:
            site.connect().execute(dump)
        yield site
    finally:
        for each in site.opened:
            each.close()
        server.execute(f"DROP DATABASE {site.name} WITH (FORCE)")
        server.close()


def dump_of_last_release() -> str:
    return gzip.decompress(LAST_RELEASE.read_bytes()).decode()


@pytest.fixture(scope="module")
def fresh(django_db_setup: None, django_db_blocker: object) -> Iterator[TwoRoles]:
    with django_db_blocker.unblock(), database("fresh") as site, site.django():  # type: ignore[attr-defined]
        call_command("migrate", verbosity=0)
        yield site


@pytest.fixture(scope="module")
def upgraded(django_db_setup: None, django_db_blocker: object) -> Iterator[TwoRoles]:
    with django_db_blocker.unblock(), database("upgraded", dump_of_last_release()) as site:  # type: ignore[attr-defined]
        with site.django():
            call_command("migrate", verbosity=0)
        yield site


# -- a new database --


def test_fresh_database_has_what_the_files_make(fresh: TwoRoles) -> None:
    with fresh.django():
        assert list(schema.faults()) == []
    made = schema.guards_of_files()
    assert len(made.functions) >= 39
    assert len(made.triggers) >= 63


@pytest.mark.parametrize("name", sorted(schema.guards_of_files().functions))
def test_function_reads_as_in_its_file(fresh: TwoRoles, name: str) -> None:
    with fresh.connect() as connected:
        [(source, is_definer, settings)] = connected.execute(
            "SELECT prosrc, prosecdef, proconfig FROM pg_proc WHERE proname = %s", [name]
        ).fetchall()
    function = schema.guards_of_files().functions[name]

    assert source == function.source.replace("§", "public")
    assert is_definer == function.is_definer
    assert settings[0] == "search_path=pg_catalog, pg_temp"


def test_fresh_database_grants_what_the_files_say(fresh: TwoRoles) -> None:
    rows = fresh.connect().execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'controversies\\_%'"
        " AND has_function_privilege('public', oid, 'EXECUTE') ORDER BY 1"
    )
    assert [name for (name,) in rows] == sorted(f"controversies_{name}" for name in pieces.CALLED_BY_THE_SITE)


def test_every_table_that_pages_are_made_of_is_guarded() -> None:
    """A model that is left out of `models.OWNERS` is neither noted nor searched for on a page."""
    parts = {model for model in m.OWNERS if model is not m.Controversy}
    owned = {
        model
        for model in apps.get_models()
        for each in model._meta.related_objects
        if each.related_model in parts
    }

    assert owned <= {*m.OWNERS, m.Topic, m.Backer, m.Source}
    declared = {part.MODEL for part in types.part_classes() if part.MODEL is not None}
    assert set(pieces.TABLES) == {str(model._meta.model_name) for model in {*declared, m.Topic}}
    assert {"controversy", "contestedpoint", "stance", "citation", "topic", "source"} <= set(pieces.TABLES)


# -- a database of the last release --


@pytest.mark.parametrize("kind", CATALOGUE)
def test_database_of_the_last_release_ends_as_a_fresh_one(
    fresh: TwoRoles, upgraded: TwoRoles, kind: str
) -> None:
    new, old = catalogue(fresh.connect())[kind], catalogue(upgraded.connect())[kind]

    assert len(new) > 20
    assert old == new


def test_upgraded_database_keeps_its_data_and_goes_on(upgraded: TwoRoles) -> None:
    with upgraded.django():
        assert [str(each) for each in schema.faults()] == []
        out = io.StringIO()
        with suppress(CommandError):
            call_command("checkhistory", stdout=out)
        assert out.getvalue() == "2 controversies, 4 revisions: the record is whole.\n"
        counts = [
            model.objects.count()
            for model in (
                m.Controversy,
                m.Revision,
                m.Block,
                m.Position,
                m.Citation,
                m.SearchIndex,
                m.SearchBlock,
                m.Arrival,
                m.Leaf,
            )
        ]
        assert counts == [2, 4, 21, 3, 4, 2, 17, 3, 3]
        assert m.ImportedFile.objects.get().content == {"title": "As it was imported"}
        assert m.GitImportCursor.objects.get().number == 2
        with history.act(author_name="Edith", summary="After the upgrade.") as recorded:
            m.Position.objects.update(confidence_reason="Reviewed after the upgrade.")
        assert sorted(recorded) == sorted(
            str(each) for each in m.Controversy.objects.values_list("pk", flat=True)
        )
        models = "SELECT model FROM django_content_type WHERE app_label = 'controversies' ORDER BY 1"
        with connection.cursor() as cursor:
            cursor.execute(models)
            names = [name for (name,) in cursor.fetchall()]
    assert names == sorted(
        model._meta.model_name
        for model in m.Controversy._meta.apps.get_app_config("controversies").get_models()
    )


def test_database_whose_times_go_back_is_upgraded_and_goes_on(
    django_db_setup: None, django_db_blocker: Any
) -> None:
    """As any older version could write them: the rule of time is for new revisions."""
    with django_db_blocker.unblock(), database("backwards", dump_of_last_release()) as site:
        with site.connect() as old:
            old.execute("SET session_replication_role = replica")
            backdated = old.execute(
                "UPDATE controversies_revision SET time = '2001-01-01' WHERE number > 1"
                " RETURNING controversy_id, number"
            ).fetchall()
            old.execute("SET session_replication_role = DEFAULT")
        key, number = max(backdated, key=lambda row: row[1])
        with site.django():
            call_command("migrate", verbosity=0)
            assert read.as_of(str(key), timezone.now()) == number
            assert read.as_of(str(key), datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)) == 0
            with history.act(author_name="Edith", summary="After the upgrade.") as recorded:
                m.Position.objects.update(confidence_reason="Reviewed after the upgrade.")
            assert str(key) in recorded
            assert read.as_of(str(key), timezone.now()) == number + 1


def test_files_can_be_run_again(upgraded: TwoRoles) -> None:
    before = catalogue(upgraded.connect())
    with upgraded.django(), connection.schema_editor() as editor:
        state = ProjectState.from_apps(apps)
        sql.run(**dict.fromkeys(sql.FILES, "")).database_forwards("controversies", editor, state, state)

    assert catalogue(upgraded.connect()) == before


@pytest.mark.parametrize("name", ["tables", *sql.FILES])
def test_a_migration_has_run_each_file_since_it_changed(name: str) -> None:
    """Else new databases would have the change, and those that are there already would not."""
    loader = MigrationLoader(None)
    [leaf] = loader.graph.leaf_nodes("controversies")
    digests = [
        operation.digests[name]
        for key in loader.graph.forwards_plan(leaf)
        for operation in loader.get_migration(*key).operations
        if isinstance(operation, sql.RunFiles) and name in operation.digests
    ]

    assert digests[-1] == sql.digest(name), (
        f'{name}.sql has changed: add a migration that ends with sql.run({name}="{sql.digest(name)}").'
    )


def test_database_that_stopped_in_between_says_what_to_do() -> None:
    with database("stopped", dump_of_last_release()) as site:
        site.connect().execute("DELETE FROM django_migrations WHERE app = 'controversies' AND name > '0012'")
        with site.django(), pytest.raises(CommandError) as refused:
            call_command("migrate", verbosity=0)

    assert str(refused.value) == (
        "This database has only some of the migrations that were folded into one: check out the last commit that has"
        " controversies/migrations/0023_retold.py, run “manage.py migrate” there, then update again."
    )


# -- files and declaration --


def test_names_in_files_are_the_declarations() -> None:
    for name in ("tables", *sql.FILES):
        assert "§{" not in sql.text(name)
        assert not re.search(r"(?<![.\w'])controversies_\w+\s*\(", re.sub(r"--.*", "", sql.text(name)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("He said it.", f"He {redact.MARKER}."),
        ("Jane Doe", redact.NAME),
        ("https://a.example/b", f"{redact.URL}01234567"),
        ("10.1234/x", f"{redact.DOI}01234567"),
        ("jane-doe", f"{redact.SLUG}01234567"),
        ("Jane Doe", f"{redact.MARKER} 0a1b"),
    ],
)
def test_database_knows_each_marker(fresh: TwoRoles, before: str, after: str) -> None:
    query = "SELECT controversies_only_removes(%s, %s), controversies_only_removes(%s, %s)"
    [row] = fresh.connect().execute(query, [before, after, before, before + "!"]).fetchall()

    assert row == (True, False)


def test_page_of_a_citation_in_sql_is_that_of_its_target(fresh: TwoRoles) -> None:
    with fresh.django():
        page = ControversyFactory(positions=2, points=2, stances=3, citations=9)
        keys = dict(m.Citation.objects.annotate(page=m.page_of(m.Citation)).values_list("pk", "page"))
        expression = pieces.page_of("c", m.Citation).replace("§", "public")
        rows = fresh.connect().execute(f"SELECT c.id, {expression} FROM controversies_citation c").fetchall()  # noqa: S608

    assert {str(value) for value in keys.values()} == {page.key}
    assert dict(rows) == keys
