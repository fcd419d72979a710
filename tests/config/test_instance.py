"""The start line that is shipped for production: reloaded, killed, stopped and restarted under load."""

import os
import signal
import socket
import stat
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from django.db import connection

from config import instance as instances
from config.instance import answers

from .instances import Readers, instance, wait_for, wait_until_answering

pytestmark = pytest.mark.django_db(transaction=True)


def workers(pid: int) -> set[int]:
    """Return the ids of the instance's processes that answer requests."""
    return {child.pid for child in psutil.Process(pid).children()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "site.sock"


def test_reload_fails_no_request(path: Path):
    with instance(path) as process, Readers(path) as readers:
        wait_until_answering(path)
        readers.answers.clear()
        before = workers(process.pid)
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: workers(process.pid) and not workers(process.pid) & before)
        readers.wait_for_answers(500)

    assert set(readers.answers) == {200}


def test_killed_worker_is_replaced_and_the_site_stays(path: Path):
    with instance(path) as process, Readers(path) as readers:
        wait_until_answering(path)
        [worker] = workers(process.pid)
        readers.answers.clear()
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: workers(process.pid) - {worker} and not psutil.pid_exists(worker))
        readers.wait_for_answers(500)
        assert process.poll() is None
        assert answers(path)

    failed = readers.answers.total() - readers.answers[200]
    assert failed <= 6  # what each reader had asked of that very process


def test_restart_of_two_instances_in_turn_fails_no_request(tmp_path: Path):
    first, second = tmp_path / "1.sock", tmp_path / "2.sock"
    with ExitStack() as running:
        one, two = running.enter_context(instance(first)), running.enter_context(instance(second))
        wait_until_answering(first)
        wait_until_answering(second)
        with Readers(first, second) as readers:
            readers.wait_for_answers(100)
            one.terminate()
            assert one.wait(60) == 0
            assert not list(tmp_path.glob("1.*"))
            running.enter_context(instance(first))
            wait_until_answering(first)
            two.terminate()
            assert two.wait(60) == 0
            readers.wait_for_answers(400)

    assert set(readers.answers) == {200}


def test_workers_do_not_outlive_an_instance_that_is_killed(path: Path):
    with instance(path) as process:
        wait_until_answering(path)
        left = workers(process.pid)
        assert left
        process.kill()
        process.wait()
        wait_for(lambda: not any(map(psutil.pid_exists, left)))

        with instance(path):  # where the killed one left its socket
            wait_until_answering(path)


def test_instance_refuses_tables_of_another_release(path: Path):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'controversies' AND name LIKE '0022%'")
    try:
        with instance(path) as process:
            output, _ = process.communicate(timeout=60)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied)"
                " VALUES ('controversies', '0022_release_2', now())"
            )

    assert process.returncode == 1
    assert (
        "The site does not start: the database does not have the tables of this release: run manage.py migrate"
        " (1 migrations are missing, the first is controversies.0022_release_2).\n"
    ) in output
    assert not path.exists()


def test_instance_starts_without_its_database_and_says_so(path: Path):
    with instance(path, DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing") as process:
        wait_until_answering(path)
        process.terminate()
        output, _ = process.communicate(timeout=60)

    assert "The database does not answer yet: " in output


def test_socket_is_for_its_group_and_is_asked_by_health_checks(
    path: Path, capsys: pytest.CaptureFixture[str]
):
    with instance(path):
        wait_until_answering(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with pytest.raises(SystemExit) as ended:
            instances.main([str(path), "--ask", "/healthz"])
        assert (ended.value.code, capsys.readouterr().out) == (0, "ok\n")
        with pytest.raises(SystemExit) as ended:
            instances.main([str(path), "--ask", "/nowhere/"])
        assert ended.value.code == 1
    with pytest.raises(SystemExit, match=r"none\.sock: .*No such file"):
        instances.main([str(path.with_name("none.sock")), "--ask", "/healthz"])
    with pytest.raises(SystemExit, match="make its folder first"):
        instances.main([str(path / "none" / "site.sock")])


def test_systemd_is_told_when_the_site_answers(tmp_path: Path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        with instance(tmp_path / "site.sock", NOTIFY_SOCKET=str(tmp_path / "notify")):
            systemd.settimeout(60)
            assert systemd.recv(100) == b"READY=1"
            assert answers(tmp_path / "site.sock")
