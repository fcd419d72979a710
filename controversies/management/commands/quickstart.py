"""`manage.py quickstart`: set up a site on this machine, to read and to edit, and serve it."""

import contextlib
import fcntl
import logging
import os
import secrets
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from config.owner import hand_over_all
from config.serve import HOST, serve, why_not
from controversies.history.transparency.state import log_state
from controversies.models import Controversy

ROLES = "roles"
FIRST = "open_weights"
EDITOR, PUBLISHER = "editor", "Publisher"
SETUP_LOCK = 0x43525558  # "CRUX": one at a time on one database


class Command(BaseCommand):
    help = "Prepare the database, load the example controversies into an empty one, create a login, and serve the site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default="8000", help="port on 127.0.0.1 (default: 8000)")

    def handle(self, *args: object, **options: Any) -> None:
        port = port_number(options["port"])
        self.refuse_if_taken(port)
        logging.getLogger("crux.events").setLevel(logging.WARNING)  # newcomers look for the password
        with setup_lock():
            call_command("migrate", interactive=False, verbosity=0)
            call_command("collectstatic", interactive=False, verbosity=0)
            self.load_fixtures()
            if not os.environ.get("SITE_URL"):  # for processes that follow: links must lead back to the site
                os.environ["SITE_URL"] = settings.SITE_URL = f"{settings.SITE_URL}:{port}"
            self.sign_public_log()
            password = make_editor()
        connections.close_all()
        hand_over_all(settings.BASE_DIR)
        self.refuse_if_taken(port)
        serve(port, greeting(port, password), with_worker=settings.CHECKS, announced=activate_editor)

    def refuse_if_taken(self, port: int) -> None:
        if reason := why_not(port):
            raise CommandError(reason)

    def load_fixtures(self) -> None:
        if not Group.objects.filter(name=PUBLISHER).exists():
            call_command("loaddata", ROLES, verbosity=0)
        if (names := fixtures()) and not Controversy.objects.exists():
            self.stdout.write(f"Loading {', '.join(names)} …")
            call_command("loaddata", *names, verbosity=0)

    def sign_public_log(self) -> None:
        """Make the public log's key and sign what is new: by commands of their own, so that no server has the key."""
        state = log_state()
        has_key = state is not None and state.origin
        commands = [*([] if has_key else ["logkey"]), *(["checkpoint"] if state and state.unsigned else [])]
        for command in commands:
            ended = subprocess.run(  # noqa: S603  our own commands
                [sys.executable, "manage.py", command],
                cwd=settings.BASE_DIR,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
            if ended.returncode != 0:
                self.stderr.write(f"The public log is not signed. {ended.stderr.strip()}")
                return


def greeting(port: int, password: str) -> str:
    """Return the addresses of the site and, for a new login, its name and password."""
    site = f"http://{HOST}:{port}/"
    lines = [f"{settings.SITE_NAME} is at {site} and its editors' desk at {site}admin/"]
    if password:
        lines.append(f"Log in there as {EDITOR} with the password {password} (it is not shown again).")
    return "\n".join([*lines, "Ctrl-C stops it."])


def port_number(text: str) -> int:
    """Read a port. (The message of argparse would not say which ports are valid.)"""
    if text.isascii() and text.isdigit() and 0 < int(text) < 2**16:
        return int(text)
    raise CommandError(f"--port takes a number from 1 to 65535, not “{text}”.")


def fixtures() -> list[str]:
    """Return the names of the controversies in the fixtures' folder, the seed first."""
    names = {
        path.stem for path in Path(settings.FIXTURE_DIRS[0]).iterdir() if path.suffix in {".yaml", ".json"}
    }
    return sorted(names - {ROLES}, key=lambda name: (name != FIRST, name))


def make_editor() -> str:
    """Create a login with the rights of a publisher if there is none; return its password, or "".

    It is not active until its password was shown (`activate_editor`): what was killed before makes another.
    """
    User.objects.filter(username=EDITOR, is_active=False, last_login=None).delete()
    if User.objects.exists():
        return ""
    password = secrets.token_urlsafe(12)
    user = User.objects.create_user(EDITOR, password=password, is_staff=True, is_active=False)
    user.groups.add(Group.objects.get(name=PUBLISHER))
    return password


def activate_editor() -> None:
    """Let the login be used that `make_editor` has made."""
    User.objects.filter(username=EDITOR, is_active=False, last_login=None).update(is_active=True)
    connections.close_all()


@contextlib.contextmanager
def setup_lock() -> Iterator[None]:
    """Let one process at a time set up this database and this folder."""
    folder = os.open(settings.BASE_DIR, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    holder = connection.copy()  # of its own: loaddata closes the usual one, and with it goes the lock
    try:
        with holder.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [SETUP_LOCK])
        yield
    finally:
        holder.close()
        os.close(folder)
