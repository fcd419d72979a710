"""A database as the README has it set up for others: one role owns it, the site runs as another."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from django.db.utils import ConnectionHandler
from psycopg import sql

PASSWORD = "a password of one test"


@dataclass
class TwoRoles:
    """The database, and connections to it by role; `superuser` is the server's own."""

    settings: dict[str, Any]
    name: str
    owner: str
    app: str
    opened: list[psycopg.Connection] = field(default_factory=list)

    def connect(self, role: str = "") -> psycopg.Connection:
        """A connection as this role, or as the server's superuser."""
        made = psycopg.connect(
            host=self.settings["HOST"] or None,
            port=self.settings["PORT"] or None,
            user=role or self.settings["USER"],
            password=PASSWORD if role else self.settings["PASSWORD"] or None,
            dbname=self.name,
            autocommit=True,
            prepare_threshold=None,  # DISCARD ALL would take them away
        )
        self.opened.append(made)
        return made

    @contextmanager
    def django(self, role: str = "") -> Iterator[None]:
        """Let Django use this database as this role."""
        before = connections["default"]
        more = {"USER": role, "PASSWORD": PASSWORD} if role else {}
        handler = ConnectionHandler({"default": {**self.settings, "NAME": self.name, **more}})
        connections["default"] = handler["default"]
        ContentType.objects.clear_cache()  # their numbers are each database's own
        try:
            yield
        finally:
            handler["default"].close()
            connections["default"] = before
            ContentType.objects.clear_cache()


@contextmanager
def two_roles(*migrate: str) -> Iterator[TwoRoles]:
    """Make the database and the roles as the README says, and drop them after.

    Everybody may make temporary tables, though, as PostgreSQL has it: attacks may use them.
    """
    settings = {**connections["default"].settings_dict}
    test = os.getpid()
    # Not "test_…": a test's database may be emptied.
    site = TwoRoles(settings, f"crux_roles_{test}", f"crux_owner_{test}", f"crux_app_{test}")
    names = {
        "owner": sql.Identifier(site.owner),
        "app": sql.Identifier(site.app),
        "database": sql.Identifier(site.name),
        "password": sql.Literal(PASSWORD),
    }

    def run(connection: psycopg.Connection, *statements: str) -> None:
        for statement in statements:
            connection.execute(sql.SQL(statement).format(**names))

    server = TwoRoles(settings, "postgres", "", "").connect()
    run(
        server,
        "CREATE ROLE {owner} LOGIN PASSWORD {password}",
        "CREATE ROLE {app} LOGIN PASSWORD {password}",
        "CREATE DATABASE {database} OWNER {owner}",
    )
    try:
        run(
            site.connect(),
            "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
            "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE ON SEQUENCES TO {app}",
        )
        with site.django(site.owner):
            call_command("migrate", *migrate, verbosity=0)
        yield site
    finally:
        for connection in site.opened:
            connection.close()
        run(
            server,
            "DROP DATABASE {database} WITH (FORCE)",
            "DROP ROLE {app}",
            "DROP ROLE {owner}",
        )
        server.close()
