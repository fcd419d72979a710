"""A removal that dies by SIGKILL, or meets somebody's save, is done or not done, and brings nothing back."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from controversies import history
from controversies import models as m
from controversies.document import rows
from controversies.history import verify
from controversies.workflow import redaction
from tests.admin.test_killed import PROGRAM
from tests.factories import UserFactory

from .test_erase import order, retitled, said

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Zoë Qüxly"
STEP = 6  # statements: one in so many is died at


def test_killed_removal_is_done_or_not_done():
    client = Client()
    client.force_login(UserFactory(role="publisher"))
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
    ended: list[tuple[int, bool]] = []
    try:
        for n in range(1, 100 * STEP, STEP):
            page = said()
            request = {
                "n": n,
                "session": client.cookies["sessionid"].value,
                "url": f"/admin/controversies/controversy/{page.key}/redact/",
                "data": {"words": WORDS, "ground": "privacy", "_remove": "1"},
            }
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            code = int(process.stdout.readline())
            mine = order(WORDS, pages=(page.key,))
            traces = {
                not redaction.find(mine),
                m.Redaction.objects.filter(controversy=page.key).exists(),
                history.head(page.key).number == 3,
            }
            assert len(traces) == 1, n
            ended.append((code, traces.pop()))
            assert history.head(page.key).document == rows.from_rows([page.key])[page.key]
            assert list(verify.faults(page.key)) == []
            if code == 0:
                break
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(60)

    assert ended[0] == (-signal.SIGKILL, False)
    assert ended[-1] == (0, True)
    assert {code for code, _is_done in ended[:-1]} == {-signal.SIGKILL}
    assert sorted(is_done for _code, is_done in ended) == [is_done for _code, is_done in ended]


def test_save_waits_for_a_removal_and_does_not_bring_the_words_back():
    page = said()
    typed = retitled(page.document)

    def save() -> None:
        history.save(typed, author_name="Ada", base=2, summary="x")
        connection.close()

    with transaction.atomic():
        redaction.apply(order(WORDS))
        saving = threading.Thread(target=save)
        saving.start()
        time.sleep(0.5)
        assert saving.is_alive()
    saving.join(30)

    head = history.head(page.key)
    assert (head.number, head.document.head.title) == (4, "Another title")
    assert not redaction.find(order(WORDS))
    assert list(verify.faults(page.key)) == []


def test_removal_waits_for_a_save_and_takes_its_words_too():
    page = said()
    first, second = page.document.positions
    more = page.document.with_blocks(positions=(replace(first, argument=f"{WORDS} and {WORDS}."), second))

    def remove() -> None:
        redaction.apply(order(WORDS))
        connection.close()

    with transaction.atomic():
        history.save(more, author_name="Ada", base=2, summary="x")
        removing = threading.Thread(target=remove)
        removing.start()
        time.sleep(0.5)
        assert removing.is_alive()
    removing.join(30)

    assert not redaction.find(order(WORDS))
    assert history.head(page.key).number == 4
    assert list(verify.faults(page.key)) == []


def test_removals_draw_their_numbers_in_the_order_in_which_they_are_seen():
    """What is kept of pages goes when the highest number has changed: a lower one that comes later would be missed."""
    said()
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value, is_called FROM controversies_redaction_id_seq")
        before = cursor.fetchone()

    def remove() -> None:
        redaction.apply(order(WORDS))
        connection.close()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock('controversies_arrival'::regclass::oid::integer, 0)")
        removing = threading.Thread(target=remove)
        removing.start()
        waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
        for _turn in range(300):
            cursor.execute(waiting)
            if cursor.fetchone() == (True,):
                break
            time.sleep(0.1)
        cursor.execute(f"{waiting}, last_value, is_called FROM controversies_redaction_id_seq")
        assert cursor.fetchone() == (True, *before)
    removing.join(30)

    assert m.Redaction.objects.exists()
