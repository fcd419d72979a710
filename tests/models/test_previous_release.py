"""An upgrade needs no pause: the code of the release before works with the tables of this one.

Tables and columns are held against those that the migrations themselves make up to where this release begins. Where the
clone has its history, the release before is taken from it, and used on a database of this one by readers, an editor and
commands.
"""

import io
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from config.schema import APP, RELEASE
from tests.config.instances import database_url, environment

from .test_migrations import CATALOGUE, database
from .two_roles import TwoRoles

BASE = Path(__file__).parents[2]
VISITORS = BASE / "tests" / "config" / "readers_and_writers.py"

type Column = tuple[str, bool, object]  # type, whether it must have a value, the value that it has by itself


def first_migration() -> str:
    """Return the name of the migration with which this release begins."""
    names = sorted(name for app, name in MigrationLoader(None).disk_migrations if app == APP)
    return [name for name in names if RELEASE.fullmatch(name)][-1]


def columns(site: TwoRoles) -> dict[tuple[str, str], Column]:
    rows = site.connect().execute(CATALOGUE["columns"]).fetchall()
    return {
        (table, name): (kind, is_required, bool(identity) or default)
        for table, _position, name, kind, is_required, identity, default in rows
        if table.startswith(f"{APP}_")
    }


@pytest.fixture(scope="module")
def upgraded(
    django_db_setup: None, django_db_blocker: Any
) -> Iterator[tuple[TwoRoles, dict[tuple[str, str], Column]]]:
    """A database that was migrated to the release before, and then to this one; and its columns in between."""
    [parent] = MigrationLoader(None).disk_migrations[APP, first_migration()].dependencies
    with django_db_blocker.unblock(), database("next_release") as site:
        with site.django():
            call_command("migrate", *parent, verbosity=0)
            before = columns(site)
            call_command("migrate", verbosity=0)
            call_command("loaddata", "roles", "open_weights", verbosity=0)
        yield site, before


def test_nothing_that_the_release_before_uses_is_taken_away_or_asked_for(
    upgraded: tuple[TwoRoles, dict[tuple[str, str], Column]],
) -> None:
    site, before = upgraded
    after = columns(site)
    tables = {table for table, _name in before}

    assert len(tables) > 30
    assert {key: kind for key, (kind, *_) in before.items() if after.get(key, ("gone",))[0] != kind} == {}
    needed = {
        key
        for key, (_kind, is_required, default) in after.items()
        if key not in before and key[0] in tables and is_required and not default
    }
    assert needed == set(), "the release before fills none of these: give them a default in the database"


@pytest.fixture(scope="module")
def release_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the release before, as the history has it."""

    def git(*arguments: str) -> bytes:
        command = ["git", "-c", f"safe.directory={BASE}", "-C", str(BASE), *arguments]
        return subprocess.run(command, capture_output=True, check=False).stdout

    migration = f"controversies/migrations/{first_migration()}.py"
    commit = git("log", "--diff-filter=A", "--format=%P", "--", migration).decode().split()
    archive = git("archive", commit[-1]) if commit else b""
    if not archive:
        pytest.skip("this clone has no history of the release before (git fetch --unshallow)")
    folder = tmp_path_factory.mktemp("release_before")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    assert not (folder / migration).exists()
    return folder


def test_release_before_reads_and_writes_a_database_of_this_one(
    upgraded: tuple[TwoRoles, dict[tuple[str, str], Column]], release_before: Path, tmp_path: Path
) -> None:
    site, _before = upgraded

    def run(*arguments: object, folder: Path = release_before) -> str:
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=folder,
            env=environment(DATABASE_URL=database_url(site.name), LOG_DIR=str(tmp_path / "log")),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    visits = run(VISITORS)
    assert re.fullmatch(r"done \d{3}\n", visits), visits

    files = tmp_path / "files"
    run("manage.py", "exportcontroversies", files)
    [page] = (files / "controversies").glob("*.md")
    page.write_text(page.read_text().replace("enable safety research", "help safety research"))
    run("manage.py", "importcontroversies", files, "--summary", "By the release before.")

    with site.django():
        out = io.StringIO()
        call_command("checkhistory", stdout=out)
    assert re.fullmatch(r"\d+ controvers\w+, \d+ revisions: the record is whole\.\n", out.getvalue())
    written = site.connect().execute(
        "SELECT count(*) FROM controversies_revision WHERE summary = 'By the release before.'"
    )
    assert written.fetchone() == (1,)
