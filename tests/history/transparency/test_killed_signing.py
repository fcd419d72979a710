"""`logkey` and `checkpoint`, killed by SIGKILL before every step: nothing is torn, and the next run goes on."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from controversies import models as m
from controversies.history import replay
from controversies.history.transparency import keys
from controversies.history.transparency.folder import LogFolder
from controversies.history.verify.public_log import LogCheck
from tests.history.test_verify import without_guards

from .signing import ORIGIN, assert_signs, fill, newest, read, run
from .witness_process import RunningWitness, witness

pytestmark = pytest.mark.django_db(transaction=True)

# Reads a request a line; a child of its own runs the command and kills itself before its n-th step: a statement, a
# COMMIT, the writing, syncing and renaming of a file, asking witnesses and having asked them, and the end.
PROGRAM = """
    import json, os, signal, sys
    import django
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from controversies.history.transparency import witnesses

    def one(request):
        left = request["n"]
        def step():
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        def before(function):
            def stepped(*args, **options):
                step()
                return function(*args, **options)
            return stepped
        def around(function):
            def stepped(*args, **options):
                step()
                answer = function(*args, **options)
                step()
                return answer
            return stepped
        for name in ("fchmod", "fsync", "replace", "unlink"):
            setattr(os, name, before(getattr(os, name)))
        witnesses.ask_all = around(witnesses.ask_all)
        connection.ensure_connection()
        connection._commit = before(connection._commit)
        with connection.execute_wrapper(lambda execute, *args: (step(), execute(*args))[1]):
            call_command(*request["command"], verbosity=0, stdout=open(os.devnull, "w"))
            step()
        os._exit(0)

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                one(json.loads(line))
            finally:
                os._exit(1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
MANY = 100  # steps: beyond this something is wrong

type Kill = Callable[[int, str], int]  # before which step of which command; returns the exit code


@pytest.fixture
def folder(tmp_path, settings) -> Path:
    settings.LOG_DIR = tmp_path / "log"
    return settings.LOG_DIR


@pytest.fixture
def kill(folder: Path) -> Iterator[Kill]:
    base, _, _old = os.environ["DATABASE_URL"].rpartition("/")
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_DIR": str(folder),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def request(n: int, command: str) -> int:
        process.stdin.write(json.dumps({"n": n, "command": command.split()}) + "\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    try:
        yield request
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(60)


def each_step(kill: Kill, command: str) -> Iterator[int]:
    """Kill the command before its first step, its second, and so on, until it reaches its end."""
    for n in range(1, MANY):
        code = kill(n, command)
        assert code in {0, -signal.SIGKILL}, n
        yield n
        if code == 0:
            assert n > 10  # else nothing was watched
            return
    raise AssertionError(f"{command} took more than {MANY} steps")


@contextmanager
def watched_log(folder: Path, tmp_path: Path) -> Iterator[RunningWitness]:
    """A log with a key, an entry, and a witness that must cosign."""
    fill(1)
    run("logkey", ORIGIN)
    with witness(tmp_path / "w", m.Log.objects.get().vkey, name="w.example") as server:
        (folder / "policy").write_text(f"witness w {server.vkey} {server.url}\nquorum w\n")
        yield server


def size_of(server: RunningWitness) -> int:
    """How many entries the witness has signed."""
    [line] = [line for line in server.ask("GET", "/").text.splitlines() if line.startswith(f"{ORIGIN}: ")]
    return 0 if "nothing" in line else int(line.split("signed ")[1].split()[0])


def test_checkpoint_killed_anywhere_has_shown_nothing_that_it_does_not_know(folder, tmp_path, kill):
    with watched_log(folder, tmp_path) as server:
        run("checkpoint")
        fill(1)
        for _n in each_step(kill, "checkpoint"):
            note = (folder / "last-checkpoint").read_text()
            known = read(note)[1].size
            assert_signs(note, known)
            assert newest().size <= known
            assert size_of(server) <= known
            assert known <= m.Leaf.objects.count()

            run("checkpoint")

            assert newest().size == size_of(server) == m.Leaf.objects.count()
            assert newest().is_witnessed
            assert_signs(newest().note, newest().size, 1, server)
            fill(1)
        sizes = list(m.Checkpoint.objects.order_by("id").values_list("size", flat=True))
        assert sizes == sorted(sizes)


def test_logkey_killed_anywhere_leaves_one_key_that_can_sign(folder, kill):
    def reset() -> None:
        with without_guards(), connection.cursor() as cursor:
            for table in ("checkpoint", "leaf", "log"):
                cursor.execute(f"DELETE FROM controversies_{table}")  # noqa: S608 - of these three
        shutil.rmtree(folder, ignore_errors=True)
        fill(2)

    reset()
    for _n in each_step(kill, f"logkey {ORIGIN}"):
        before = (folder / "key").read_text() if (folder / "key").exists() else ""
        try:
            run("logkey")
        except CommandError as error:
            assert "has its key already" in str(error)  # noqa: PT017 - it may have got that far
        assert not before or (folder / "key").read_text() == before
        run("checkpoint")
        assert_signs(newest().note, 2)
        reset()


def test_rotation_killed_anywhere_is_done_or_not(folder, kill):
    fill(2)
    run("logkey", ORIGIN)
    run("checkpoint")
    done = 0
    for _n in each_step(kill, "logkey --rotate"):
        done = m.Log.objects.count()
        fill(1)

        run("checkpoint")

        log = m.Log.objects.order_by("-id")[0]
        assert log.pk == done  # what was begun is the newest log, with its key in place
        assert str(keys.read(folder / "key").public) == log.vkey
        assert not (folder / "key.next").exists()
        assert_signs(newest(log.pk).note, m.Leaf.objects.filter(log=log).count(), log.pk)
        check = LogCheck(LogFolder(folder))
        with replay.snapshot():
            faults = [fault for _name, fault in check.faults() if "is not what its row says" not in fault]
        assert faults == []  # entries of these tests say nothing of pages
    assert done > 2  # killed after it was begun, and not at all
