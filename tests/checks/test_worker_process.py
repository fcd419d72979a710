"""The worker as it runs on a site: a process of its own, a queue in the database, kill -9 and a database that goes."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as site
from django.db import connection

from controversies import models as m
from controversies.checks.requests import request_check

from .sites import QUOTE, article, cited_source
from .world import Reply, Request, World

pytestmark = pytest.mark.django_db(transaction=True)
URL = "https://journal.example/2026/weights"
OX = {
    "default": {
        "BACKEND": "django_ox.backend.OxBackend",
        "QUEUES": ["default"],
        "OPTIONS": {"LOCK_TIMEOUT": 2},
    }
}
PROGRAM = """
    import json, os, sys
    import django
    from django.conf import settings
    options = json.loads(sys.argv[1])
    settings.CHECKS_ALLOWED = {(host, port): at for host, port, at in options["allowed"]}
    settings.TASKS = options["tasks"]
    settings.CHECKS_CONTACT = "https://crux.example/about/checks/"
    django.setup()
    from django.core.management import call_command
    call_command("ox_worker", concurrency=2, interval=0.1, verbosity=0)
"""


@pytest.fixture
def start(world: World, tmp_path: object, settings: object) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Return a function that starts a worker on the test's database and world."""
    settings.TASKS = OX  # type: ignore[attr-defined]
    base, _, _old = os.environ["DATABASE_URL"].rpartition("/")
    processes: list[subprocess.Popen[str]] = []

    def run() -> subprocess.Popen[str]:
        options = {"allowed": [[*key, port] for key, port in world.allowed.items()], "tasks": OX}
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(PROGRAM), json.dumps(options)],
                cwd=site.BASE_DIR,
                env={
                    **os.environ,
                    "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
                    "DJANGO_SETTINGS_MODULE": "config.settings",
                    "CHECKS_DIR": str(tmp_path),
                    "HTTPS": "0",
                },
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


def test_worker_killed_in_mid_check_leaves_nothing_half_done_and_the_next_one_does_it(world, start):
    asked, released = threading.Event(), threading.Event()

    def answer(_request: Request) -> Reply:
        asked.set()
        released.wait(30)
        return article()

    world.page(URL, answer)
    page, source = cited_source(URL)
    request_check([source.pk], urgent=True)
    worker = start()
    assert asked.wait(60)
    # While the other site is waited for, no transaction is open.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
        )
        assert cursor.fetchone() == (0,)

    worker.send_signal(signal.SIGKILL)
    worker.wait(30)
    released.set()

    state = m.SourceState.objects.get()
    assert (state.verdict, state.claims, state.is_urgent) == ("unchecked", 1, True)
    assert (m.SourceCheck.objects.count(), m.SourceCopy.objects.count(), m.QuoteCheck.objects.count()) == (
        0,
        0,
        0,
    )

    # Time passes: the source and its host are held no longer. The task that was lost is taken up again.
    m.SourceState.objects.update(due_at=state.due_at.replace(year=2026, month=1))
    m.FetchHost.objects.all().delete()
    start()
    wait_for(lambda: m.SourceState.objects.get().checked_at)

    assert (m.SourceState.objects.get().verdict, m.SourceState.objects.get().claims) == ("verified", 0)
    assert m.SourceCheck.objects.get().count == 1
    assert m.QuoteCheck.objects.get().selector["exact"].startswith(QUOTE[:20])
    assert m.Revision.objects.filter(controversy=page.key).count() == 1


def test_worker_outlives_a_database_that_goes_and_comes_back(world, start):
    first = cited_source(URL)[1]
    other = "https://press.example/a"
    second = cited_source(other)[1]
    world.page(URL, article())
    world.page(other, article())
    request_check([first.pk], urgent=True)
    worker = start()
    wait_for(lambda: m.SourceState.objects.filter(checked_at__isnull=False).exists())

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    time.sleep(0.5)
    request_check([second.pk], urgent=True)
    wait_for(lambda: m.SourceState.objects.filter(checked_at__isnull=False).count() == 2)

    assert worker.poll() is None
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(15) == 0


def test_two_workers_check_each_source_once(world, start):
    keys = []
    for number in range(12):
        address = f"https://host{number}.example/{number}"
        world.page(address, article(f"Report {number} of the committee on weights"))
        keys.append(cited_source(address, title=f"Report {number} of the committee on weights")[1].pk)
    start()
    start()
    request_check(keys, urgent=True)
    wait_for(lambda: m.SourceState.objects.exclude(checked_at=None).count() == 12)

    assert sorted(request.host for request in world.requests) == sorted(f"host{n}.example" for n in range(12))
    assert set(m.SourceState.objects.values_list("verdict", flat=True)) == {"verified"}


def test_sources_of_one_host_are_checked_one_after_the_other_while_an_editor_waits(world, start):
    keys = []
    for number in range(2):
        address = f"https://journal.example/{number}"
        title = f"Report {number} of the committee on weights"
        world.page(address, article(title))
        keys.append(cited_source(address, title=title)[1].pk)
    request_check(keys, urgent=True)
    start()

    wait_for(lambda: m.SourceState.objects.exclude(checked_at=None).count() == 2)

    first, second = (request.time for request in world.requests)
    assert 10 <= (second - first).total_seconds() < 45
