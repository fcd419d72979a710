"""The worker: what is due and nothing else, one host's turn at a time, whatever goes wrong meanwhile."""

import datetime
from dataclasses import replace
from itertools import pairwise

import pytest
from django.db import connection
from django.tasks import TaskContext

from controversies import history
from controversies import models as m
from controversies.checks import inspection, recording, worker
from controversies.checks.requests import QuoteAnswerState, request_check, request_quote
from controversies.history import verify
from tests.factories import SourceFactory

from .sites import OTHER_QUOTE, QUOTE, TITLE, article, checked, cited_source, run_until
from .world import Reply, html

pytestmark = pytest.mark.django_db
URL = "https://journal.example/2026/weights"


def due(source: m.Source, at: datetime.datetime, **values: object) -> None:
    m.SourceState.objects.update_or_create(source=source, defaults={"due_at": at, **values})


def context_of(enqueued_at: datetime.datetime) -> TaskContext:
    """The context of a tick that was enqueued at this time."""
    result = worker.tick.enqueue()
    return TaskContext(task_result=replace(result, enqueued_at=enqueued_at))


def test_tick_adopts_what_pages_cite_and_checks_it(world, clock):
    world.page(URL, article())
    _page, source = cited_source(URL)
    SourceFactory()  # which nobody cites

    worker.run_lane()
    assert world.asked("journal.example") == [
        "/robots.txt"
    ]  # and then it is the host's turn again after ten seconds
    clock.advance(10)
    worker.run_lane()

    assert [state.source_id for state in m.SourceState.objects.all()] == [source.pk]
    assert (m.SourceState.objects.get().verdict, m.SourceState.objects.get().claims) == ("verified", 0)
    assert m.CheckWorker.objects.get().seen_at == clock.time
    before = len(world.requests)
    worker.run_lane()
    assert len(world.requests) == before  # ticks that pile up do nothing


def test_nothing_is_done_while_checks_are_off(world, clock, settings):
    settings.CHECKS = False
    world.page(URL, article())
    _page, source = cited_source(URL)
    due(source, clock.time, is_urgent=True)

    worker.tick.call(context_of(clock.time))
    worker.check_urgent.call()

    assert (world.requests, m.CheckWorker.objects.count()) == ([], 0)


def test_tick_that_waited_behind_others_does_nothing(world, clock):
    world.page(URL, article())
    _page, source = cited_source(URL)
    due(source, clock.time, is_urgent=True)

    worker.tick.call(context_of(clock.time - datetime.timedelta(seconds=51)))
    assert (world.requests, m.CheckWorker.objects.count()) == ([], 0)
    worker.tick.call(context_of(clock.time - datetime.timedelta(seconds=49)), lane=2)
    assert m.SourceState.objects.get().verdict == "verified"


def test_editors_come_first_and_a_host_waits_its_turn(world, clock):
    sources = []
    for number in range(4):
        address = f"https://{'one' if number < 3 else 'two'}.example/{number}"
        world.page(address, article())
        sources.append(cited_source(address)[1])
        due(sources[-1], clock.time - datetime.timedelta(hours=number))
    request_check([sources[0].pk], urgent=True)

    assert worker.claim() == (sources[0].pk, True)
    assert worker.claim(urgent=True) is None
    due(sources[0], clock.time, is_urgent=True)
    worker.work(seconds=60, urgent=True)
    assert [request.target for request in world.requests] == ["/0"]  # an editor's click asks no robots.txt
    # The host was just asked: of the others that are due, only the other host's has its turn.
    assert worker.claim() == (sources[3].pk, False)
    assert worker.claim() is None
    clock.advance(10)
    assert worker.claim() == (sources[2].pk, False)


def test_source_whose_check_crashes_is_put_off_further_each_time_and_blocks_nobody(
    world, clock, monkeypatch, caplog
):
    poison = cited_source(URL)[1]
    world.page("https://press.example/a", article())
    good = cited_source("https://press.example/a")[1]

    def crash(subject: inspection.Subject, *, scheduled: bool) -> inspection.SourceSight:
        if subject.source.pk == poison.pk:
            raise ZeroDivisionError("a parser's fault")
        return inspection.look(subject, scheduled=scheduled)

    monkeypatch.setattr(worker, "look", crash)
    due(poison, clock.time, is_urgent=True)
    due(good, clock.time, is_urgent=True)

    worker.work(seconds=60)
    assert m.SourceState.objects.get(source=good).verdict == "verified"
    assert caplog.text.count(f"Source {poison.pk} could not be checked") == 1
    waits = []
    for _number in range(8):
        state = m.SourceState.objects.get(source=poison)
        assert not state.is_urgent
        waits.append(state.due_at - clock.time)
        clock.move_to(state.due_at)
        worker.work(seconds=60)
    assert waits[0] == datetime.timedelta(minutes=3)
    assert all(later == min(4 * earlier, datetime.timedelta(days=7)) for earlier, later in pairwise(waits))
    assert m.SourceState.objects.get(source=good).verdict == "verified"

    monkeypatch.setattr(worker, "look", inspection.look)
    world.page(URL, article())
    clock.move_to(m.SourceState.objects.get(source=poison).due_at)
    run_until(clock, 0.1)
    assert (
        m.SourceState.objects.get(source=poison).verdict,
        m.SourceState.objects.get(source=poison).claims,
    ) == (
        "verified",
        0,
    )


def test_clock_that_was_wrong_leaves_no_source_behind(world, clock):
    world.page(URL, article())
    _page, source = cited_source(URL)
    due(source, clock.time + datetime.timedelta(days=3 * 365))

    worker.adopt_sources()
    assert worker.claim() == (source.pk, False)
    due(source, clock.time + datetime.timedelta(days=99))
    worker.adopt_sources()
    assert worker.claim() is None


# -- what changes while a check waits for the network --


def test_source_deleted_meanwhile_leaves_nothing(world, clock):
    world.page(URL, article())
    _page, source = cited_source(URL)
    lone = SourceFactory(url="https://press.example/lone", title=TITLE)
    world.page("https://press.example/lone", article())
    subject = inspection.read_subject(lone.pk)
    assert subject is not None
    sight = inspection.look(replace(subject, quotes={}), scheduled=False)
    lone.delete()

    assert recording.record(subject, sight) is False
    connection.check_constraints()
    assert not m.SourceState.objects.filter(source=lone.pk).exists()
    assert checked(source, clock).verdict == "verified"


def test_source_changed_meanwhile_is_checked_again_at_once(world, clock):
    world.page(URL, html("Gone", status=404))
    _page, source = cited_source(URL)
    subject = inspection.read_subject(source.pk)
    assert subject is not None
    sight = inspection.look(subject, scheduled=False)
    with history.act(author_name="Edith Editor", summary="It has moved."):
        m.Source.objects.filter(pk=source.pk).update(url="https://press.example/new")
    clock.advance(5)

    assert recording.record(subject, sight) is False
    state = m.SourceState.objects.get()
    assert (state.strikes, state.due_at, m.SourceCheck.objects.count()) == (0, clock.time, 0)


def test_look_that_another_worker_overtook_counts_nothing(world, clock):
    world.page(URL, html("Gone", status=404))
    _page, source = cited_source(URL)
    subject = inspection.read_subject(source.pk)
    assert subject is not None
    sight = inspection.look(subject, scheduled=False)
    clock.advance(10)
    checked(source, clock)

    assert recording.record(subject, sight) is False
    assert m.SourceState.objects.get().strikes == 1


def test_source_that_no_page_cites_any_more_rests_and_its_tasks_are_moot(world, clock):
    world.page(URL, article())
    page, source = cited_source(URL, "Weights must never be published by anybody at all.")
    checked(source, clock)
    clock.advance(days=1)
    checked(source, clock)
    assert m.CitationTask.objects.get().state == "open"
    head = history.head(page.key)
    assert head is not None
    first = replace(head.document.positions[0], citations=())
    page.save(head.document.with_blocks(positions=(first, *head.document.positions[1:]), sources=()))
    before = len(world.requests)

    state = checked(source, clock)

    assert len(world.requests) == before
    assert state.due_at > clock.time + datetime.timedelta(days=80)
    task = m.CitationTask.objects.get()
    assert (task.state, task.revision) == ("done", 2)


# -- quotations that no page has yet --


def test_quotation_that_is_not_saved_is_looked_for_in_the_copy(world, clock, django_assert_max_num_queries):
    world.page(URL, article())
    _page, source = cited_source(URL)
    assert request_quote(source.pk, OTHER_QUOTE).state is QuoteAnswerState.WAITING
    checked(source, clock)

    with django_assert_max_num_queries(3):
        answer = request_quote(source.pk, OTHER_QUOTE)
    assert (answer.state, answer.verdict) == ("done", "found")
    near = request_quote(source.pk, OTHER_QUOTE.replace("first", "last"))
    assert (near.verdict, "Nobody has counted" in near.nearest) == ("absent", True)
    assert m.QuoteCheck.objects.count() == 1  # that of the page
    assert request_quote(SourceFactory.build().pk, QUOTE).state is QuoteAnswerState.UNSAVED


def test_quotation_of_what_cannot_be_read_is_unread(world, clock):
    world.page(URL, html("Forbidden", status=403))
    _page, source = cited_source(URL)
    checked(source, clock)

    answer = request_quote(source.pk, OTHER_QUOTE)

    assert (answer.state, answer.verdict, answer.source_verdict) == ("done", "unread", "blocked")


# -- what never happens --


def test_no_check_moves_a_digest_or_writes_a_revision(world, clock):
    world.page(URL, article())
    page, source = cited_source(URL, QUOTE, "Weights must never be published by anybody at all.")
    before = (history.head(page.key), list(m.Revision.objects.values()), list(m.Block.objects.values()))
    json_before = _json(page.slug)

    for days, reply in (
        (0, article()),
        (1, article(TITLE, OTHER_QUOTE)),
        (1, html("Gone", status=410)),
        (9, Reply(500)),
    ):
        world.page(URL, reply)
        clock.advance(days=days)
        checked(source, clock)

    assert (
        history.head(page.key),
        list(m.Revision.objects.values()),
        list(m.Block.objects.values()),
    ) == before
    assert _json(page.slug) == json_before
    assert list(verify.faults(page.key)) == []


def _json(slug: str) -> bytes:
    from django.test import Client  # noqa: PLC0415

    return Client().get(f"/controversies/{slug}.json").content
