"""`manage.py quickstart` as a newcomer runs it: a process, an empty database, a port."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from config import serve
from controversies.management.commands import quickstart
from controversies.models import Controversy

BASE = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def empty(django_db_blocker) -> Iterator[str]:
    """An empty database on the tests' server, as a DATABASE_URL."""
    database = connection.settings_dict
    name = f"test_quickstart_{os.getpid()}"
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    login = database["USER"] + (f":{database['PASSWORD']}" if database["PASSWORD"] else "")
    host, port = database["HOST"], f":{database['PORT']}" if database["PORT"] else ""
    yield (
        f"postgres://{login}@/{host}/{name}"
        if host.startswith("/")
        else f"postgres://{login}@{host}{port}/{name}"
    )
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def environment(**variables: str) -> dict[str, str]:
    """Nothing of this run's own settings, so that the defaults are what is tried."""
    ours = {
        "DATABASE_URL",
        "SECRET_KEY",
        "DEBUG",
        "HTTPS",
        "ALLOWED_HOSTS",
        "DJANGO_SETTINGS_MODULE",
        "LOG_DIR",
    }
    return {name: value for name, value in os.environ.items() if name not in ours} | variables


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def start(empty: str, tmp_path: Path) -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    """Return a function that starts quickstart on the empty database."""
    started: list[subprocess.Popen[str]] = []

    def on(port: int) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "manage.py", "quickstart", "--port", str(port)],
                cwd=BASE,
                env=environment(DATABASE_URL=empty, LOG_DIR=str(tmp_path / "log")),
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield on
    for process in started:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    """Read what it says until it is ready."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line == "Ctrl-C stops it.\n":
            break
    return "".join(lines)


def get(port: int, path: str) -> tuple[int, str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as response:
        return response.status, response.read().decode()


def workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children()


def ended(processes: list[psutil.Process]) -> bool:
    return psutil.wait_procs(processes, timeout=10)[1] == []


def test_quickstart_goes_from_nothing_to_a_site_and_a_login_and_back(start):
    port = free_port()

    # The first time: everything is made.
    process = start(port)
    words = said(process)
    assert (
        f"Crux is at http://127.0.0.1:{port}/ and its editors' desk at http://127.0.0.1:{port}/admin/\n"
        in words
    )
    assert re.search(
        r"^Log in there as editor with the password [\w-]{16} \(it is not shown again\)\.$", words, re.M
    )
    assert get(port, "/healthz") == (200, "ok")
    status, page = get(port, "/admin/login/")
    assert status == 200
    # Every address that it tells leads back to it.
    sitemap = get(port, "/robots.txt")[1].split("Sitemap: ")[1].strip()
    assert sitemap == f"http://localhost:{port}/sitemap.xml"
    listed = re.findall(r"<loc>([^<]*)</loc>", get(port, "/sitemap.xml")[1])
    assert listed
    assert all(each.startswith(f"http://localhost:{port}/") for each in listed)
    # Static files are served, under the hashed names that let them be cached for good.
    stylesheet = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)[1]
    assert get(port, stylesheet)[0] == 200

    # The public log is signed.
    assert re.fullmatch(
        r"ready\npublic log: [1-9]\d* entries, 0 not signed; signed \d+ seconds ago; no witnesses\n"
        r"checks of sources: .+",
        get(port, "/readyz")[1],
    )
    assert get(port, "/checkpoint")[1].startswith(f"localhost:{port}\n")

    # Ctrl-C.
    children = workers(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert ended(children)

    # The second time: nothing is left to do, and the password is not shown again.
    process = start(port)
    assert "password" not in said(process)

    # Killed, it takes its worker with it.
    children = workers(process)
    assert children
    process.kill()
    assert ended(children)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_quickstart_ends_when_told_to_or_when_its_terminal_closes(start, number):
    process = start(free_port())
    said(process)
    children = workers(process)

    process.send_signal(number)

    assert process.wait(10) == 0
    assert ended(children)


def test_quickstart_says_which_port_to_take_instead_of_one_in_use():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CommandError) as caught:
            call_command("quickstart", port=str(port))

    assert str(caught.value) == f"Port {port} is used by another program. Choose another: --port {port + 1}"


def test_quickstart_sees_a_port_that_would_be_shared():
    """Granian lets others listen beside it; two sites on one port would answer in turn."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()

        assert serve.why_not(other.getsockname()[1]).startswith("Port ")


@pytest.mark.parametrize("port", ["abc", "0", "-1", "65536", "80 ", "٣"])
def test_quickstart_refuses_a_port_that_is_none(port):
    with pytest.raises(CommandError, match=r"^--port takes a number from 1 to 65535, not “"):
        call_command("quickstart", port=port)


@pytest.mark.parametrize("command", ["quickstart", "test"])
@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("postgres://u:hidden@127.0.0.1:1/d", "The database cannot be reached: connection failed: "),
        ("postgres://u:hidden@//nowhere/d", "The database cannot be reached: connection "),
        ("mysql://u:hidden@h/d", "DATABASE_URL cannot be used: "),
    ],
)
def test_commands_say_in_one_line_what_is_wrong_with_the_database(command, url, word):
    port = [f"--port={free_port()}"] if command == "quickstart" else []

    done = run(command, *port, DATABASE_URL=url)

    assert done.returncode == 1
    assert done.stderr.startswith(word)
    assert done.stderr.count("\n") == 1
    assert "hidden" not in done.stderr + done.stdout


def test_commands_say_in_one_line_that_tables_are_missing(empty):
    done = run("checkhistory", DATABASE_URL=empty, SECRET_KEY="a", DEBUG="1")

    assert done.returncode == 1
    assert done.stderr.startswith("The database does not have the tables of this version (relation ")
    assert done.stderr.endswith("Run manage.py migrate first.\n")
    assert done.stderr.count("\n") == 1


def test_check_that_fails_midway_ends(empty):
    """It would wait for ever if a bar of progress were still to be finished when the process ends."""
    assert run("migrate", DATABASE_URL=empty, SECRET_KEY="a", DEBUG="1").returncode == 0
    assert run("loaddata", "open_weights", DATABASE_URL=empty, SECRET_KEY="a", DEBUG="1").returncode == 0
    spoil = "from django.db import connection as c; c.cursor().execute('DROP FUNCTION controversies_reading CASCADE')"
    assert run("shell", "-c", spoil, DATABASE_URL=empty, SECRET_KEY="a", DEBUG="1").returncode == 0

    done = run("checkhistory", DATABASE_URL=empty, SECRET_KEY="a", DEBUG="1")

    assert done.returncode == 1
    assert "(function controversies_reading(" in done.stderr


def test_commands_say_in_one_line_that_the_key_is_missing():
    done = run("check", DATABASE_URL="postgres://u@h/d")

    assert (done.returncode, done.stderr[:15], done.stderr.count("\n")) == (1, "Set SECRET_KEY ", 1)


def test_fixtures_are_every_controversy_with_the_seed_first(settings, tmp_path):
    settings.FIXTURE_DIRS = [tmp_path]
    for name in ("b.yaml", "roles.json", "open_weights.yaml", "a.json", "notes.txt"):
        (tmp_path / name).touch()

    assert quickstart.fixtures() == ["open_weights", "a", "b"]


@pytest.mark.django_db
def test_make_editor_gives_the_rights_of_a_publisher_and_no_more():
    call_command("loaddata", "roles", verbosity=0)

    unseen = quickstart.make_editor()
    assert not Client().login(username="editor", password=unseen)
    password = quickstart.make_editor()  # the first was killed before it showed one
    User.objects.update(is_active=True)
    assert quickstart.make_editor() == ""

    editor = User.objects.get()
    assert (editor.username, editor.is_staff, editor.is_superuser) == ("editor", True, False)
    assert [group.name for group in editor.groups.all()] == ["Publisher"]
    assert not editor.has_perm("auth.add_user")
    assert Client().login(username="editor", password=password)


@pytest.mark.django_db
def test_make_editor_leaves_a_site_alone_that_has_users():
    User.objects.create_user("somebody")

    assert quickstart.make_editor() == ""
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_load_fixtures_fills_an_empty_database_only(monkeypatch):
    command = quickstart.Command()

    command.load_fixtures()
    loaded = set(Controversy.objects.values_list("pk", "title"))
    assert len(loaded) == len(quickstart.fixtures())
    assert Group.objects.filter(name="Publisher").exists()

    again: list[tuple[str, ...]] = []
    monkeypatch.setattr(quickstart, "call_command", lambda *names, **options: again.append(names))
    command.load_fixtures()
    assert again == []
