"""`manage.py test`: every test, through pytest."""

import sys
import warnings

import pytest
from django.core.management.base import BaseCommand
from django.db import connection

WORKERS = ["-n", "2", "--dist", "worksteal"]


class Command(BaseCommand):
    help = "Run the tests with pytest; all arguments are pytest's own."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Pass all arguments to pytest; use two processes if none of them selects tests."""
        # One line from manage.py if there is no server, instead of an error for each test. Only the server is
        # asked: the tests make databases of their own, so the one named in DATABASE_URL need not be there.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # says at length that "postgres" could not be had
            with connection._nodb_cursor() as cursor:
                cursor.execute("SELECT 1")
        connection.close()
        arguments = argv[2:]
        sys.exit(
            pytest.main(arguments if any(not a.startswith("-") for a in arguments) else WORKERS + arguments)
        )

    def handle(self, *args: object, **options: object) -> None:
        """Run them all, for `call_command`."""
        self.run_from_argv(["manage.py", "test"])
