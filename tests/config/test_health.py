"""`/healthz`, `/readyz`, `/metrics`"""

import datetime
import re

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from controversies import models as m
from tests.factories import ControversyFactory


@pytest.mark.django_db
def test_healthz_is_ok_while_the_database_answers(client):
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response["Cache-Control"]


def test_healthz_is_503_without_secrets_when_the_database_does_not_answer(client, monkeypatch):
    def refuse():
        raise OperationalError("connection to u:password@h failed")

    monkeypatch.setattr(connection, "cursor", refuse)

    response = client.get("/healthz")

    assert (response.status_code, response.content) == (503, b"the database does not answer")


def test_healthz_refuses_to_be_written_to(client):
    assert client.post("/healthz").status_code == 405


def test_healthz_needs_no_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.post("/healthz").status_code == 405
    assert client.get("/admin/").status_code == 301


# -- readiness and figures --


def sign(size: int, *, is_witnessed: bool = False) -> None:
    """Store a checkpoint as `manage.py checkpoint` does; what it says does not matter here."""
    m.Checkpoint.objects.create(
        log_id=1, size=size, root=bytes(32), time=timezone.now(), note="-", is_witnessed=is_witnessed
    )


def begin_log(policy: str = "quorum none\n") -> None:
    connection.check_constraints()  # as COMMIT does: entries follow then
    with connection.cursor() as cursor:
        cursor.execute("SELECT controversies_name_log('crux.example', 'crux.example+0+0', %s)", [policy])


def figures(client) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    assert {line.split()[0] for line in lines if line.startswith("#")} <= {"#"}
    lines = [line for line in lines if not line.startswith("#")]
    return {
        name: float(value) for name, value in map(str.split, lines) if not name.startswith("crux_checks_")
    }


@pytest.mark.django_db
def test_readyz_tells_operators_what_the_log_lacks(client):
    checks = b"\nchecks of sources: no worker yet, 0 sources due; run manage.py ox_worker"
    assert client.get("/readyz").content == b"ready\npublic log: no key yet; run manage.py logkey" + checks

    page = ControversyFactory(revisions=2)
    begin_log()
    assert b"2 entries, nothing signed yet; run manage.py checkpoint" in client.get("/readyz").content

    sign(2)
    page.edit(title="Once more")
    connection.check_constraints()
    response = client.get("/readyz")

    assert response.status_code == 200
    assert re.fullmatch(
        r"ready\npublic log: 3 entries, 1 not signed; signed \d+ seconds ago; no witnesses\n.*",
        response.content.decode(),
    )
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_figures_are_those_of_the_log(client, django_assert_num_queries):
    assert figures(client) == {}

    page = ControversyFactory(revisions=3)
    begin_log("witness w key https://w.example\nquorum w\n")
    assert figures(client) == {
        "crux_log_entries": 3,
        "crux_log_unsigned_entries": 3,
        "crux_log_unwitnessed_entries": 3,
    }

    sign(2, is_witnessed=True)
    sign(3)
    page.edit(title="Once more")
    connection.check_constraints()
    with django_assert_num_queries(1 + 4):  # and those of checks
        shown = figures(client)

    assert 0 <= shown.pop("crux_log_checkpoint_age_seconds") < 3600
    assert shown == {
        "crux_log_entries": 4,
        "crux_log_unsigned_entries": 1,
        "crux_log_unwitnessed_entries": 2,
    }
    assert b"not cosigned by enough witnesses since entry 2" in client.get("/readyz").content

    sign(4, is_witnessed=True)
    assert b"cosigned by witnesses" in client.get("/readyz").content


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_they_are_503_without_secrets_when_the_database_does_not_answer(client, monkeypatch, path):
    def refuse():
        raise OperationalError("connection to u:password@h failed")

    monkeypatch.setattr(connection, "cursor", refuse)

    response = client.get(path)

    assert (response.status_code, response.content) == (503, b"the database does not answer")
    assert client.post(path).status_code == 405


# -- checks of sources --


def check_figures(client) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if line.startswith("crux_checks_")]
    return {name.removeprefix("crux_checks_"): float(value) for name, value in pairs}


@pytest.mark.django_db
def test_worker_s_work_is_told_of_published_pages_alone(client):
    now = timezone.now()
    for publication, verdict in (("published", "verified"), ("published", "gone"), ("draft", "blocked")):
        page = ControversyFactory(positions=1, citations=1, publication=publication)
        source = m.Source.objects.get(pk=page.document.sources[0].key)
        m.SourceState.objects.create(source=source, verdict=verdict, due_at=now)
        m.CitationTask.objects.create(
            citation_id=page.document.key, source=source, controversy_id=page.key, cause="gone", opened_at=now
        )
    assert check_figures(client) == {
        "due": 2,
        'sources{verdict="gone"}': 1,
        'sources{verdict="verified"}': 1,
        'open_tasks{cause="gone"}': 2,
    }
    assert client.get("/readyz").content.endswith(
        b"\nchecks of sources: no worker yet, 2 sources due; run manage.py ox_worker"
    )

    m.CheckWorker.objects.create(seen_at=now)
    assert 0 <= check_figures(client)["worker_age_seconds"] < 60
    assert re.search(
        rb"checks of sources: the worker last ran \d seconds ago, 2 sources due$",
        client.get("/readyz").content,
    )
    m.CheckWorker.objects.update(seen_at=now - datetime.timedelta(hours=1))
    assert client.get("/readyz").content.endswith(b"3600 seconds ago, 2 sources due; run manage.py ox_worker")


@pytest.mark.django_db
def test_checks_that_are_off_say_so(client, settings):
    settings.CHECKS = False

    assert check_figures(client) == {}
    assert client.get("/readyz").content.endswith(b"\nchecks of sources: off")
