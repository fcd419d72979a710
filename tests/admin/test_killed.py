"""A process that dies by SIGKILL between any two statements of a save: all of the save is there, or none of it."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client

from controversies import history
from controversies import models as m
from controversies.document import rows
from controversies.history import verify
from tests.admin.editing import change_url, opened
from tests.factories import ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

# Reads a request a line; a child of its own sends it to the site and kills itself before its n-th statement. COMMIT
# counts as one, and so does the end: whoever dies after the last statement has got no answer, but all is written.
PROGRAM = """
    import json, os, signal, sys
    import django
    django.setup()
    from django.db import connection
    from django.test import Client

    def one(request):
        left = request["n"]
        def step():
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        def watch(execute, *args):
            step()
            return execute(*args)
        client = Client(headers={"host": "localhost"})
        client.cookies["sessionid"] = request["session"]
        connection.ensure_connection()
        commit = connection._commit
        def watched_commit():
            step()
            commit()
        connection._commit = watched_commit
        with connection.execute_wrapper(watch):
            response = client.post(request["url"], request["data"])
            step()
        os._exit(0 if response.status_code == 302 else 1)

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            one(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
MANY = 100  # statements: beyond this something is wrong


def test_killed_between_any_two_statements_of_a_save_leaves_all_of_it_or_nothing() -> None:
    client = Client()
    client.force_login(UserFactory(role="editor"))
    base, _, _old = os.environ["DATABASE_URL"].rpartition("/")
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    ended: list[tuple[int, bool]] = []  # how the process ended, and whether the save is there
    try:
        for n in range(1, MANY):
            made = ControversyFactory(positions=1, points=1, backings=1, citations=1)
            sent = opened(client, change_url(made.key))
            sent["head-question"], sent["reason-summary"] = "Is this mine?", "Why"
            made.edit(status_summary="Theirs")  # so that it is merged, which takes the most statements
            request: dict[str, Any] = {
                "n": n,
                "session": client.cookies["sessionid"].value,
                "url": change_url(made.key),
                "data": {**sent.data(), "_save": "1"},
            }
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            code = int(process.stdout.readline())
            head = history.head(made.key)
            assert head is not None
            is_there = head.number == 3
            ended.append((code, is_there))
            assert head.document.head.status_summary == "Theirs"
            assert (head.document.head.question == "Is this mine?") == is_there
            assert head.document == rows.from_rows([made.key])[made.key]
            assert m.Block.objects.filter(controversy=made.key, since=3).exists() == is_there
            assert LogEntry.objects.filter(object_id=made.key).count() == is_there
            assert list(verify.faults(made.key)) == []
            if code == 0:
                break
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(60)

    # Killed before its first statement and before each that follows; nothing is there until all is.
    assert ended[0] == (-signal.SIGKILL, False)
    assert ended[-1] == (0, True)
    assert {code for code, _is_there in ended[:-1]} == {-signal.SIGKILL}
    found = [is_there for _code, is_there in ended]
    assert found == sorted(found)
    assert found.count(False) > 15
    assert found.count(True) > 1  # killed after COMMIT, and not at all
