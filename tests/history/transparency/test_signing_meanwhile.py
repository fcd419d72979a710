"""While the log is being signed, people save; and a process that signs again and again notices what they did."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from controversies import models as m
from tests.factories import ControversyFactory

from .signing import ORIGIN, assert_signs, fill, newest, refusal, run
from .witness_process import run as run_witness

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path, settings) -> Path:
    settings.LOG_DIR = tmp_path / "log"
    return settings.LOG_DIR


def test_witness_that_hangs_holds_no_save_up(folder, tmp_path):
    run_witness("init", "slow.example", folder=tmp_path / "w")
    key = run_witness("vkey", folder=tmp_path / "w").stdout.strip()
    page = ControversyFactory()
    run("logkey", ORIGIN)
    ended: list[tuple[int, str]] = []

    def checkpoint() -> None:
        ended.append(refusal("checkpoint", timeout=300))
        connections.close_all()

    with socket.create_server(("127.0.0.1", 0)) as slow:
        url = f"http://127.0.0.1:{slow.getsockname()[1]}"
        (folder / "policy").write_text(f"witness slow {key} {url}\nquorum slow\n")
        thread = threading.Thread(target=checkpoint)
        thread.start()
        asked, _address = slow.accept()  # it waits for the witness now
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '60s'")
        page.edit(title="Saved meanwhile")
        ControversyFactory(slug="another")
        assert m.Leaf.objects.count() == 3
        assert not m.Checkpoint.objects.exists()
        assert ended == []
        asked.close()
        thread.join()

    assert ended[0][0] == 3
    assert_signs(newest().note, 1)


def test_watching_process_signs_what_is_new(folder):
    fill(2)
    run("logkey", ORIGIN)
    base, _, _old = os.environ["DATABASE_URL"].rpartition("/")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "checkpoint", "--watch", "1"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
            "LOG_DIR": str(folder),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("Signed 2 entries (2 new). Root: ")
        (folder / "key").rename(folder / "mislaid")
        assert "There is no key in" in process.stdout.readline()
        fill(1)
        (folder / "mislaid").rename(folder / "key")
        # It says nothing while there is nothing new.
        lines = iter(process.stdout.readline, "")
        assert next(line for line in lines if "no key" not in line).startswith("Signed 3 entries (1 new).")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert_signs(newest().note, 3)
