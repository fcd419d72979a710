"""Requests for checks cost a save next to nothing, and nobody waits for another site."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.tasks import task_backends
from django.utils import timezone

from controversies import models as m
from controversies.checks import worker
from controversies.checks.requests import QuoteAnswerState, request_check, request_quote
from controversies.checks.status import worker_status
from controversies.kit.request_ids import use_request_id
from tests.factories import ControversyFactory, SourceFactory, new_key

pytestmark = pytest.mark.django_db

OX = {"default": {"BACKEND": "django_ox.backend.OxBackend", "QUEUES": ["default"]}}


def enqueued() -> list[str]:
    return [result.task.name for result in task_backends["default"].results]


@pytest.fixture(autouse=True)
def _no_results() -> None:
    task_backends["default"].clear()


def test_request_marks_a_source_as_due_and_wakes_the_worker():
    source = SourceFactory()

    request_check([source.pk], urgent=True)

    state = m.SourceState.objects.get()
    assert (state.source_id, state.verdict, state.is_urgent) == (source.pk, "unchecked", True)
    assert state.due_at <= timezone.now()
    assert enqueued() == ["check_urgent"]


def test_task_logs_under_the_id_of_the_request_that_wants_it(settings, monkeypatch, json_log):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
    monkeypatch.setattr(worker, "work", lambda **_options: worker.logger.warning("at work"))
    with use_request_id("0123456789abcdef"):
        request_check([SourceFactory().pk], urgent=True)
        with use_request_id("another-request"):
            worker.check_urgent.enqueue(request_id="0123456789abcdef")

    lines = [line for line in json_log() if line["event"] == "at work"]
    assert [line["request_id"] for line in lines] == ["0123456789abcdef"] * 2


def test_request_costs_two_statements_in_the_worker_s_own_queue(settings, django_assert_num_queries):
    settings.TASKS = OX
    keys = [SourceFactory().pk for _number in range(10)]

    with django_assert_num_queries(2):
        request_check(keys, urgent=True)

    assert m.SourceState.objects.count() == 10


def test_request_that_can_wait_wakes_nobody_and_takes_nobody_s_turn():
    source = SourceFactory()
    request_check([source.pk], urgent=True)
    before = m.SourceState.objects.get()

    request_check([source.pk], urgent=False)

    now = m.SourceState.objects.get()
    assert (now.due_at, now.is_urgent) == (before.due_at, True)
    assert enqueued() == ["check_urgent"]


def test_request_for_what_is_not_there_does_nothing():
    request_check([new_key()], urgent=True)
    request_check([], urgent=True)

    connection.check_constraints()
    assert not m.SourceState.objects.exists()
    assert enqueued() == []


def test_nothing_is_asked_for_while_checks_are_off(settings, django_assert_num_queries):
    settings.CHECKS = False
    source = SourceFactory()

    with django_assert_num_queries(0):
        request_check([source.pk], urgent=True)
        assert request_quote(source.pk, "Some words").state is QuoteAnswerState.OFF
        assert worker_status().is_on is False

    assert enqueued() == []


def test_worker_is_known_to_run_by_its_sign_of_life():
    source = SourceFactory()
    request_check([source.pk], urgent=False)
    assert (worker_status().is_running, worker_status().due) == (False, 1)

    m.CheckWorker.objects.create(seen_at=timezone.now())
    assert worker_status().is_running
    m.CheckWorker.objects.update(seen_at=timezone.now() - datetime.timedelta(minutes=6))
    assert not worker_status().is_running


def test_check_stays_as_it_was_seen_and_goes_with_its_source():
    page = ControversyFactory(positions=1, citations=1)
    source = m.Source.objects.get()
    now = timezone.now()
    check = m.SourceCheck.objects.create(
        source=source,
        address="https://example.org/",
        first=now,
        last=now,
        seen="ok",
        title="A title",
        engine=1,
    )
    later = now + datetime.timedelta(days=1)
    rows = m.SourceCheck.objects.filter(pk=check.pk)

    rows.update(last=later, count=2)
    rows.update(title="")
    for change in ({"seen": "blocked"}, {"title": "Another"}, {"count": 1}, {"last": now}, {"first": later}):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rows.delete()

    lone = SourceFactory()
    m.SourceCheck.objects.create(source=lone, address="", first=now, last=now, seen="ok", engine=1)
    lone.delete()
    assert list(m.SourceCheck.objects.values_list("pk", flat=True)) == [check.pk]
    assert page.head.number == 1
