"""Whether the database's tables are those of this release, or of the next one.

A release begins with an empty migration named `…_release_N`. Migrations after it only add to what the code of the
release before uses, so that this code works while, and after, the tables are migrated: an upgrade needs no pause, and
can be taken back. What nothing uses any more is dropped one release later.
"""

import re
from dataclasses import dataclass
from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

APP = "controversies"
RELEASE = re.compile(r"\d+_release_\d+")
NEWER_RELEASES = 1  # that this code still works with


@dataclass(frozen=True)
class SchemaState:
    """The migrations that the database lacks, and those that it has and this code does not know, by name."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def newer_releases(self) -> int:
        """Count the releases that began with a migration that this code does not know."""
        return sum(bool(RELEASE.fullmatch(name)) for name in self.unknown)

    @property
    def fault(self) -> str:
        """A sentence on why this code does not work with these tables, "" if it does."""
        if self.missing:
            return (
                "the database does not have the tables of this release: run manage.py migrate"
                f" ({len(self.missing)} migrations are missing, the first is {self.missing[0]})"
            )
        if self.newer_releases > NEWER_RELEASES:
            return (
                f"the database has the tables of a release that is {self.newer_releases} releases newer than this code:"
                " start the newest release"
            )
        return ""


def schema_state() -> SchemaState:
    """Compare the database's migrations with those of this code. Raises `django.db.Error` if it does not answer."""
    own, replaced = _own_migrations()
    applied = set(MigrationRecorder(connection).applied_migrations())
    done = applied | {key for key, parts in replaced.items() if parts and parts <= applied}
    missing = [f"{app}.{name}" for app, name in own if (app, name) not in done]
    known = set(own).union(*replaced.values())
    unknown = sorted(name for app, name in applied - known if app == APP)
    return SchemaState(tuple(missing), tuple(unknown))


@cache
def _own_migrations() -> tuple[list[tuple[str, str]], dict[tuple[str, str], set[tuple[str, str]]]]:
    """Return the migrations of this code in their order, and those that each replaces; read once."""
    migrations = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return sorted(migrations), {key: set(migration.replaces) for key, migration in migrations.items()}
