"""What is shipped for operators: units, containers and roles name only what exists, and work as far as tests can go."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from config.instance import arguments
from controversies.kit.metrics import FOLDER_VARIABLE

from .test_readme import BASE, README

DEPLOY = BASE / "config" / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
CONTAINERFILE = (DEPLOY / "Containerfile").read_text().replace("\\\n", "")
VARIABLES = set(re.findall(r"^\| `([A-Z_]+)` \|", README.read_text(), re.MULTILINE))
LIBRARIES_VARIABLES = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", FOLDER_VARIABLE}

each_service = pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
each_container = pytest.mark.parametrize("name", COMPOSE["services"])


def entries(unit: Path) -> list[tuple[str, str]]:
    """Return the assignments of a unit's file in their order."""
    lines = [line for line in unit.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return [(key, value) for key, _, value in (line.partition("=") for line in lines)]


def check_command(words: list[str]) -> None:
    """Fail unless these words, which follow a Python, are a command of the project with options that it has."""
    if words[:2] == ["-m", "config.instance"]:
        arguments(words[2:])
        return
    assert words[0] == "manage.py"
    known = get_commands()
    name = words[1]
    assert name in known
    parser = load_command_class(known[name], name).create_parser("manage.py", name)
    parser.parse_args(words[2:])


def check_variable(name: str) -> None:
    assert name.removesuffix("_FILE") in VARIABLES | LIBRARIES_VARIABLES


# -- systemd --


@pytest.fixture(scope="module")
def systemd_analyze() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine (on Debian: apt-get install systemd)")
    return program


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_the_unit(unit: Path, systemd_analyze: str, tmp_path: Path):
    """The Python of a release stands in for the one that is installed at /srv/crux."""
    for each in UNITS:
        text = each.read_text().replace("/srv/crux/current/.venv/bin/python", f'"{sys.executable}"')
        (tmp_path / each.name).write_text(text)

    verified = subprocess.run(
        [systemd_analyze, "verify", "--man=no", tmp_path / unit.name],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (verified.stderr.strip(), verified.returncode) == ("", 0)


@each_service
def test_service_is_shut_in(unit: Path, systemd_analyze: str):
    """The exposure is 9.6 without any of the restrictions; systemd calls 2.0 “OK”, and most services are at 9."""
    command = [systemd_analyze, "security", "--offline=true", "--threshold=15", "--no-pager", str(unit)]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)

    assert judged.returncode == 0, judged.stdout[-300:]


@each_service
def test_service_runs_a_command_that_exists_with_known_variables(unit: Path):
    given = dict(entries(unit))
    python, *words = shlex.split(given["ExecStart"])

    assert python == "/srv/crux/current/.venv/bin/python"
    assert (given["User"], given["WorkingDirectory"]) in {
        ("crux", "/srv/crux/current"),
        ("crux-log", "/srv/crux/current"),
    }
    for command in ["forgetreaders", "clearsessions", "checkhistory"] if "%i" in words else ["1"]:
        check_command([word.replace("%i", command) for word in words])
    for key, value in entries(unit):
        if key == "Environment":
            check_variable(value.partition("=")[0])


@pytest.mark.parametrize(
    "unit", [unit for unit in UNITS if unit.suffix == ".timer"], ids=lambda unit: unit.name
)
def test_timer_has_a_service_and_is_enabled_by_its_target(unit: Path):
    assert unit.with_suffix(".service") in UNITS
    assert ("WantedBy", "timers.target") in entries(unit)


def test_instances_of_both_kinds_are_where_the_proxy_looks():
    commands = [shlex.split(dict(entries(DEPLOY / "systemd" / "crux-site@.service"))["ExecStart"])]
    sockets = {words[-1].replace("%i", number) for words in commands for number in "12"}

    assert sockets == {COMPOSE["services"][f"site{number}"]["command"][-1] for number in "12"}
    assert sockets == {"/run/crux/site-1.sock", "/run/crux/site-2.sock"}


# -- containers --


@each_container
def test_container_may_write_nothing_but_its_volumes_and_is_nobody(name: str):
    service = COMPOSE["services"][name]

    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    if name != "db":  # its image gives up root by itself, after it has made its folders
        assert service["read_only"] is True
        assert service["user"].split(":")[0] not in {"0", "root", ""}


@each_container
def test_container_names_only_what_exists(name: str):
    service = COMPOSE["services"][name]
    declared = {kind: set(COMPOSE[kind]) for kind in ("volumes", "secrets", "networks")}

    assert set(service.get("secrets", [])) <= declared["secrets"]
    assert set(service["networks"]) <= declared["networks"]
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if source not in declared["volumes"]:
            assert source.startswith("./")
            assert (DEPLOY / source).exists() or source == "./tls", source
    for other, condition in service.get("depends_on", {}).items():
        assert other in COMPOSE["services"]
        healthy = condition["condition"] == "service_healthy"
        assert not healthy or "test" in COMPOSE["services"][other]["healthcheck"]
    if str(service["image"]).startswith("crux:"):
        for variable, value in service["environment"].items():
            check_variable(variable)
            if str(value).startswith("/run/secrets/"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]
        script = [service["entrypoint"], service["command"]] if "entrypoint" in service else None
        if script is None:
            check_command(service["command"])
        else:
            check_script(service["command"][0])
    test = service.get("healthcheck", {}).get("test", [])
    if "config.instance" in test:
        check_command(test[test.index("-m") :])


def check_script(script: str) -> None:
    """Fail unless the shell can read it, and each command in it exists."""
    subprocess.run(["/bin/sh", "-nc", script], check=True)
    commands = re.findall(r"\.venv/bin/python (manage\.py [^;|&\n]+)", script)
    assert commands
    for command in commands:
        listed = re.search(r"for command in ([\w ]+);", script)
        for name in listed[1].split() if listed else [""]:
            check_command(shlex.split(command.replace("$$command", name)))


def test_secrets_are_only_in_files_and_given_to_those_who_need_them():
    files = {name: secret["file"] for name, secret in COMPOSE["secrets"].items()}
    holders = {
        name: {key for key, service in COMPOSE["services"].items() if name in service.get("secrets", [])}
        for name in files
    }

    assert all(path == f"./secrets/{name}" for name, path in files.items())
    assert holders["owner_database_url"] == {"migrate"}
    assert holders["postgres_password"] == {"db"}
    assert all(holders.values())
    assert not re.search(r"PASSWORD: (?!/)|postgres://\S+:\S+@", (DEPLOY / "compose.yaml").read_text())


def test_each_volume_is_used_and_the_log_s_key_is_seen_by_one_service():
    users = {
        volume: [
            name
            for name, service in COMPOSE["services"].items()
            if any(mount.startswith(f"{volume}:") for mount in service.get("volumes", []))
        ]
        for volume in COMPOSE["volumes"]
    }

    assert all(users.values())
    assert users["log"] == ["log"]
    assert users["database"] == ["db"]


def instructions(kind: str) -> list[str]:
    return re.findall(rf"^ *{kind} (.+)$", CONTAINERFILE, re.MULTILINE)


def test_image_runs_as_nobody_what_exists():
    assert instructions("USER") == ["10001:10001"] == [COMPOSE["services"]["site1"]["user"]]
    for variable in re.findall(r"(\w+)=", instructions("ENV")[0]):
        check_variable(variable)
    [entry] = instructions("ENTRYPOINT")
    assert entry == '[".venv/bin/python"]'
    health, command = sorted(map(yaml.safe_load, re.findall(r"\bCMD (\[.+\])", CONTAINERFILE)), key=len)[::-1]
    check_command(command)
    check_command(health[1:])
    for volume in COMPOSE["services"]["migrate"]["volumes"] + COMPOSE["x-site"]["volumes"]:
        assert volume.split(":")[1] in "".join(instructions("RUN"))


def test_image_has_what_the_site_needs_and_is_built(tmp_path: Path):
    """Run the steps in a folder with just what the context has; this Python has the packages, so none is fetched."""
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text().split()
    assert ignored[0] == "*"
    for name in (line.removeprefix("!") for line in ignored if line.startswith("!")):
        source = BASE / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, tmp_path / name)
    bin_ = tmp_path / ".venv" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "python").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    (bin_ / "python").chmod(0o755)
    (bin_ / "python3").symlink_to("python")
    build = CONTAINERFILE.split("\nFROM ")[1]
    steps = re.findall(r"^RUN (.+)$", build, re.MULTILINE)
    assert len(steps) == 2
    for step in steps:
        ran = subprocess.run(
            ["/bin/sh", "-ec", step],
            cwd=tmp_path,
            env={"PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
    static = tmp_path / "staticfiles"
    assert (static / "staticfiles.json").exists()
    assert list(static.glob("crux/site.*.css.gz"))


# -- upgrade --


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with two releases whose manage.py and systemctl only write down what they are told."""
    for release in ("one", "two"):
        folder = tmp_path / "releases" / release
        (folder / "staticfiles").mkdir(parents=True)
        (folder / "staticfiles" / f"site.{release}.css").write_text(release)
        (folder / "staticfiles" / "site.css").write_text(release)
        (folder / "manage.py").write_text(
            "import os, sys\nwith open(os.environ['JOURNAL'], 'a') as journal:\n"
            f"    print({release!r}, os.environ['DATABASE_URL'], *sys.argv[1:], file=journal)\n"
        )
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "systemctl").write_text(
        '#!/bin/sh\necho "$(readlink "$CRUX_ROOT/current")" "$@" >>"$JOURNAL"\n'
    )
    (tmp_path / "bin" / "systemctl").chmod(0o755)
    (tmp_path / "owner.env").write_text("DATABASE_URL=postgres://owner@db/crux\n")
    return tmp_path


def upgrade(machine: Path, release: str) -> list[str]:
    """Run the shipped script; return what manage.py and systemctl were told."""
    (machine / "journal").unlink(missing_ok=True)
    subprocess.run(
        [DEPLOY / "upgrade", machine / "releases" / release],
        env={
            "PATH": f"{machine / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "CRUX_ROOT": str(machine),
            "CRUX_OWNER_ENV": str(machine / "owner.env"),
            "JOURNAL": str(machine / "journal"),
        },
        check=True,
    )
    return (machine / "journal").read_text().replace(f"{machine}/", "").splitlines()


def test_upgrade_migrates_first_then_switches_and_restarts_one_instance_after_the_other(machine: Path):
    upgrade(machine, "one")

    assert upgrade(machine, "two") == [
        "two postgres://owner@db/crux migrate --no-input",
        "two postgres://owner@db/crux loaddata roles",
        "two postgres://owner@db/crux collectstatic --no-input --verbosity 0",
        "releases/two restart crux-site@1",
        "releases/two restart crux-site@2",
        "releases/two try-restart crux-worker",
    ]
    static = {path.name: path.read_text() for path in (machine / "static").iterdir()}
    assert static == {"site.one.css": "one", "site.two.css": "two", "site.css": "one"}
    assert upgrade(machine, "one")[-1] == "releases/one try-restart crux-worker"


def test_upgrade_that_cannot_migrate_switches_nothing(machine: Path):
    upgrade(machine, "one")
    (machine / "releases" / "two" / "manage.py").write_text("raise SystemExit('no')")

    with pytest.raises(subprocess.CalledProcessError):
        upgrade(machine, "two")

    assert os.readlink(machine / "current") == str(machine / "releases" / "one")
    assert not (machine / "journal").exists()
