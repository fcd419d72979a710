"""Bootstrap: run a command in a fresh clone, with the standard library alone.

An interpreter that has all packages of the project is used as it is. Otherwise `.venv` is made, the exact versions in
pyproject.toml are installed there, and the command starts again inside it. A `.venv` that somebody else made (uv, say)
is used as it is; only missing packages are added. When nothing changed, nothing is done.
"""

import contextlib
import fcntl
import importlib.metadata
import os
import secrets
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from config import secret
from config.owner import hand_over_all

BASE = Path(__file__).resolve().parent.parent
UNFINISHED = "unfinished"
NOTE = "installed-by-crux"
OLDEST = (3, 12)
AGAIN = "CRUX_STARTED_AGAIN"  # set for the process that follows an installation: it must not begin another


class CannotInstall(Exception):
    """Nothing was installed; the text gives the reason in one line."""


def run(argv: list[str]) -> None:
    """Run a management command, installing first what it needs; end with one clear line if it cannot."""
    try:
        secret.read_files()
        install(argv)
    except (CannotInstall, secret.UnreadableSecret) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    manage(argv)


def install(argv: list[str]) -> None:
    """Return if this interpreter has all that the command needs; otherwise start it again in one that has."""
    direct, indirect = pins(BASE, local=not os.environ.get("DATABASE_URL"), dev=argv[1:2] == ["test"])
    venv = Venv(BASE)
    inside = Path(sys.prefix).resolve() == venv.path.resolve()
    is_current = not (inside and venv.is_ours) or venv.has(direct + indirect)
    lacking = missing(direct)
    if is_current and not lacking:
        os.environ.pop(AGAIN, None)
        return
    if inside and os.environ.pop(AGAIN, ""):
        names = ", ".join(lacking) or "the versions that pyproject.toml names"
        raise CannotInstall(f"{venv.path} still lacks {names}. Move it away, and Crux makes one of its own.")
    venv.install(direct + indirect)
    os.environ[AGAIN] = "1"
    os.execv(venv.python, [str(venv.python), *argv])  # noqa: S606  no shell is meant


def manage(argv: list[str]) -> None:
    """Run the command with Django; say in one line what is wrong with the environment or the server."""
    # Only here, after install(): before, there may be no Django.
    from django.conf import settings  # noqa: PLC0415
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db import OperationalError, ProgrammingError  # noqa: PLC0415
    from django.db.migrations.exceptions import MigrationSchemaMissing  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = "".join(argv[1:2])
    try:
        if command in {"quickstart", "test"}:
            _set_local_defaults(command)
        settings.INSTALLED_APPS  # noqa: B018  reads the settings: Django would only say "unknown command"
        execute_from_command_line(argv)
    except ImproperlyConfigured as error:
        if "--traceback" in argv:
            raise
        sys.exit(" ".join(str(error).split()))
    except OperationalError as error:
        if "--traceback" in argv or not str(error).startswith(("connection ", "failed to resolve")):
            raise
        sys.exit(f"The database cannot be reached: {' '.join(str(error).split())}")
    except (ProgrammingError, MigrationSchemaMissing) as error:
        is_denied = any(words in str(error) for words in ("permission denied", "must be owner of"))
        if is_denied and "--traceback" not in argv:
            role = settings.DATABASES["default"]["USER"]
            sys.exit(
                f"The role “{role}”, which DATABASE_URL names, may not do this ({denial_reason(error)})."
                f" Let it name the owner of the tables to {command}."
            )
        missing = type(error.__cause__).__name__ in {"UndefinedTable", "UndefinedColumn", "UndefinedFunction"}
        if "--traceback" in argv or not missing:
            raise
        reason = str(error).splitlines()[0]
        sys.exit(
            f"The database does not have the tables of this version ({reason}). Run manage.py migrate first."
        )
    except OSError as error:
        if "--traceback" in argv or not str(error.filename or "").startswith(f"{BASE}{os.sep}"):
            raise
        sys.exit(f"{error.filename}: {error.strerror}. Work in a clone that is your own.")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        hand_over_all(BASE)


def denial_reason(error: Exception) -> str:
    """Return the first line of what the database says about a denied statement."""
    words = str(error).split("(", 1)[-1] if str(error).startswith("Unable") else str(error)
    return words.splitlines()[0].strip()


def _set_local_defaults(command: str) -> None:
    """Serve this machine alone, without TLS, with a key of our own."""
    os.environ.setdefault("HTTPS", "0")
    if not os.environ.get("SECRET_KEY"):
        is_stored = command == "quickstart"  # so that people stay logged in; tests need any key
        os.environ["SECRET_KEY"] = secret.local_key(BASE) if is_stored else secrets.token_urlsafe(50)


def pins(base: Path, *, local: bool, dev: bool) -> tuple[list[str], list[str]]:
    """Return what must be installed: the versions that the project asks for, and those that these need."""
    with (base / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    groups = project["dependency-groups"]
    direct, indirect = list(project["project"]["dependencies"]), list(groups["indirect"])
    for name, wanted in (("local", local), ("dev", dev)):
        if wanted:
            direct += groups[name]
            indirect += groups[f"{name}-indirect"]
    return direct, indirect


def missing(wanted: list[str]) -> list[str]:
    """Return the pins that this interpreter lacks. A Django of another minor version than pinned does not count."""
    absent = []
    for pin in wanted:
        name, version = pin.split("==")
        try:
            there = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            absent.append(pin)
            continue
        if name == "Django" and there.split(".")[:2] != version.split(".")[:2]:
            absent.append(pin)
    return absent


class Venv:
    """The project's `.venv`, with a note of what was installed. One without the note is somebody's own.

    In that, packages are added and none is removed; it is never deleted. Ours has its note from its first moment to its
    last, whenever the process is killed. A program that installs holds the lock, so that one whose parent was killed is
    waited for.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self.path = base / ".venv"
        self.python = self.path / "bin" / "python"
        self.note = self.path / NOTE
        self._held: tuple[int, ...] = ()  # the lock, while it is held

    @property
    def is_ours(self) -> bool:
        return self.note.exists()

    def read_note(self) -> list[str]:
        """Read the note: the versions installed, or `UNFINISHED`; nothing if there is none."""
        with contextlib.suppress(FileNotFoundError):
            return self.note.read_text().split()
        return []

    def has(self, wanted: list[str]) -> bool:
        """Tell whether all of these versions are installed, and the interpreter runs."""
        return set(wanted) <= set(self.read_note())

    def install(self, wanted: list[str]) -> None:
        """Install these versions, unless another process has just done so."""
        try:
            with self._lock():
                if self.path.exists() and not self.is_ours:
                    self._complete(wanted)
                elif not (self.has(wanted) and self._runs() and not self._missing(wanted)):
                    self._install(wanted)
        except OSError as error:
            raise CannotInstall(f"Nothing was installed: {error.strerror} ({error.filename}).") from error

    def _install(self, wanted: list[str]) -> None:
        before = self.read_note()
        if self.path.exists() and (before == [UNFINISHED] or not self._runs() or not self._installer()):
            self._remove()
            before = []
        removed = set(self._missing(before))  # `uv sync` removes packages that it does not know
        before = [pin for pin in before if pin not in removed]
        self._announce(len(set(wanted) - set(before)))
        if self.path.exists():
            self._write_note([UNFINISHED])
        else:
            self._make()
        self._run(*self._installer(), "--no-deps", *wanted)
        names = {name_of(pin) for pin in wanted}
        kept = [pin for pin in before if name_of(pin) not in names]
        self._write_note([*kept, *wanted])
        hand_over_all(self.base)

    def _write_note(self, lines: list[str]) -> None:
        """Write the note, whole or not at all."""
        unfinished = self.note.with_suffix(".new")
        unfinished.write_text("\n".join(lines) + "\n")
        unfinished.replace(self.note)

    def _remove(self) -> None:
        """Remove the folder: first its name, so that what is left of it is never taken for somebody's own."""
        rest = self.path.with_name(f"{self.path.name}.old")
        shutil.rmtree(rest, ignore_errors=True)
        self.path.rename(rest)
        shutil.rmtree(rest)

    def _complete(self, wanted: list[str]) -> None:
        """Add what is missing in a `.venv` that somebody else made."""
        if not self._runs():
            oldest = ".".join(map(str, OLDEST))
            raise CannotInstall(
                f"{self.path} has no Python of {oldest} or newer that runs, and was not made by Crux: move it away."
            )
        lacking = self._missing(wanted)
        if not lacking:
            return
        installer = self._installer()
        if not installer:
            raise CannotInstall(
                f"{self.path} was not made by Crux, lacks {len(lacking)} packages and has no pip. Run {self.python} -m"
                " ensurepip (or install uv) and try again; or move it away, and Crux makes one of its own."
            )
        self._announce(len(lacking))
        self._run(*installer, "--no-deps", *lacking)
        hand_over_all(self.base)

    def _announce(self, count: int) -> None:
        print(f"Installing {count} packages into {self.path} …", file=sys.stderr, flush=True)

    def _missing(self, wanted: list[str]) -> list[str]:
        """Return the pins that are not installed there: all if its Python does not run."""
        if not wanted or not self._runs():
            return wanted
        script = (
            "import sys; from config import bootstrap; print(*bootstrap.missing(sys.argv[1:]), sep='\\n')"
        )
        done = subprocess.run(  # noqa: S603  our own script
            [self.python, "-c", script, *wanted],
            cwd=self.base,
            env=os.environ | {"PYTHONPATH": str(BASE)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        return done.stdout.split() if done.returncode == 0 else wanted

    def _installer(self) -> list[str | Path]:
        """The beginning of a command that installs packages there; nothing if there is none."""
        uv, here = os.environ.get("UV") or "uv", sys.executable
        for program, *rest in (
            (self.python, "-m", "pip"),
            (uv, "pip"),
            *((*pip, "--python", self.python) for pip in ((here, "-m", "pip"), ("pip3",), ("pip",))),
        ):
            with contextlib.suppress(CannotInstall, OSError):
                if program == uv:
                    self._run(uv, "--version")
                    return [uv, "pip", "install", "--python", self.python]
                self._run(program, *rest, "--version")
                return [program, *rest, "install"]
        return []

    def _make(self) -> None:
        new = self.path.with_name(f"{self.path.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        (new / NOTE).write_text(f"{UNFINISHED}\n")
        new.rename(self.path)
        self._run(sys.executable, "-m", "venv", "--without-pip", self.path)
        try:
            self._run(self.python, "-m", "ensurepip")
        except CannotInstall:
            # Debian keeps ensurepip in a package of its own: have any pip of this machine install one.
            version = f"python{sys.version_info.major}.{sys.version_info.minor}"
            target = self.path / "lib" / version / "site-packages"
            for pip in ([sys.executable, "-m", "pip"], ["pip3"], ["pip"], ["python3", "-m", "pip"]):
                with contextlib.suppress(CannotInstall, FileNotFoundError):
                    self._run(*pip, "install", "--target", target, "pip")
                    return
            raise CannotInstall(
                f"{sys.executable} has no pip. On Debian or Ubuntu: apt-get install python3-pip; "
                f"elsewhere: {sys.executable} -m ensurepip."
            ) from None

    def _runs(self) -> bool:
        """Tell whether its Python can be started, and is new enough."""
        with contextlib.suppress(CannotInstall, OSError):
            self._run(self.python, "-c", f"import sys; sys.exit(sys.version_info < {OLDEST})")
            return True
        return False

    def _run(self, *command: str | Path) -> None:
        """Run a program quietly; if it fails, the last line of its output is the reason."""
        # What people set for their own pip must not send packages elsewhere.
        ours = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        done = subprocess.run(  # noqa: S603  our own commands
            command,
            env=os.environ | ours | {"PIP_NO_INPUT": "1", "PIP_ROOT_USER_ACTION": "ignore"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            pass_fds=self._held,
        )
        if done.returncode != 0:
            lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
            errors = [line for line in lines if line.startswith("ERROR")] or lines or ["it gave no reason"]
            raise CannotInstall(f"Installing failed: {errors[-1]}")

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Let one process at a time install."""
        with (self.base / "pyproject.toml").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Waiting for another installation …", file=sys.stderr, flush=True)
                fcntl.flock(file, fcntl.LOCK_EX)
            self._held = (file.fileno(),)
            try:
                yield
            finally:
                self._held = ()


def name_of(pin: str) -> str:
    """Return the package's name in "name==version"."""
    return pin.split("==", maxsplit=1)[0]
