"""One source through its life: what is seen, the verdict, quotations, tasks, and what never changes."""

import pytest

from controversies import history
from controversies import models as m
from controversies.checks.digests import quote_digest
from controversies.checks.tasks import text_digest

from .sites import OTHER_QUOTE, QUOTE, TITLE, article, checked, cited_source, requote, tasks
from .world import html, redirect, with_etag

pytestmark = pytest.mark.django_db
URL = "https://journal.example/2026/weights"


def quote_row(quote: str = QUOTE) -> m.QuoteCheck:
    return m.QuoteCheck.objects.get(quote_sha256=quote_digest(quote))


def test_source_that_says_what_is_quoted_is_verified(world, clock):
    world.page(URL, article())
    page, source = cited_source(URL, QUOTE)

    state = checked(source, clock)

    assert (state.verdict, state.since, state.held_by) == ("verified", clock.time, "live")
    check = m.SourceCheck.objects.get()
    assert (check.seen, check.status, check.title, check.title_match) == ("ok", 200, TITLE, "same")
    quote = quote_row()
    assert (quote.verdict, quote.selector["exact"], quote.copy) == ("found", QUOTE.rstrip("."), None)
    assert quote.selector["prefix"].endswith("continents. ")
    assert tasks() == []
    assert page.head.number == 1
    assert m.SourceCopy.objects.get().text.count(QUOTE) == 1


def test_the_same_again_is_one_check_and_one_copy(world, clock):
    world.page(URL, article())
    _page, source = cited_source(URL)
    checked(source, clock)
    first = clock.time
    clock.advance(days=1)
    checked(source, clock)

    check = m.SourceCheck.objects.get()
    assert (check.first, check.last, check.count) == (first, clock.time, 2)
    assert m.SourceCopy.objects.count() == 1
    assert m.SourceState.objects.get().since == first


def test_unchanged_answer_is_read_from_the_copy(world, clock):
    world.page(URL, with_etag(article()))
    page, source = cited_source(URL)
    checked(source, clock)
    requote(page, QUOTE, OTHER_QUOTE)
    clock.advance(days=1)

    state = checked(source, clock)

    assert world.requests[-1].headers["if-none-match"] == '"v1"'
    assert list(m.SourceCheck.objects.order_by("pk").values_list("seen", flat=True)) == ["ok", "unchanged"]
    assert (state.verdict, quote_row(OTHER_QUOTE).verdict) == ("verified", "found")


def test_quotation_that_was_never_there_opens_its_task_after_a_day(world, clock):
    world.page(URL, article())
    page, source = cited_source(URL, QUOTE, "Weights must never be published by anybody at all.", "")

    checked(source, clock)
    absent = quote_row("Weights must never be published by anybody at all.")
    assert (absent.verdict, tasks()) == ("absent", [])

    clock.advance(days=1)
    state = checked(source, clock)
    assert (state.verdict, tasks()) == ("altered", [("quote", "open")])
    task = m.CitationTask.objects.get()
    assert task.citation_id == m.Citation.objects.get(quote__startswith="Weights").pk
    assert task.controversy_id == m.Controversy.objects.get(pk=page.key).pk

    clock.advance(days=3)
    checked(source, clock)
    assert tasks() == [("quote", "open")]

    # The editor quotes what is there.
    requote(page, "Weights must never be published by anybody at all.", OTHER_QUOTE)
    state = checked(source, clock)
    task.refresh_from_db()
    assert (state.verdict, task.state, task.revision) == ("verified", "done", 2)


def test_altered_source_opens_tasks_for_what_is_lost_only_and_they_lapse(world, clock):
    world.page(URL, article())
    _page, source = cited_source(URL, QUOTE, OTHER_QUOTE)
    checked(source, clock)
    clock.advance(days=8)
    world.page(URL, article(TITLE, OTHER_QUOTE))

    assert checked(source, clock).verdict == "verified"
    assert (quote_row().verdict, tasks()) == ("found", [])
    lost = clock.time
    clock.advance(days=1, hours=2)
    state = checked(source, clock)

    assert (state.verdict, state.since, state.held_by) == ("altered", lost, "nothing")
    quote = quote_row()
    assert (quote.verdict, quote.since) == ("absent", lost)
    assert quote.copy is not None
    assert tasks() == [("altered", "open")]
    assert m.CitationTask.objects.get().citation_id == m.Citation.objects.get(quote=QUOTE).pk

    world.page(URL, article())
    clock.advance(days=3)
    assert checked(source, clock).verdict == "verified"
    assert tasks() == [("altered", "lapsed")]
    assert quote_row().verdict == "found"


def test_title_of_another_work_is_a_task_for_each_citation_until_an_editor_accepts_it(world, clock):
    other = "A Cook's Guide to Winter Vegetables and Roots"
    world.page(URL, article(other))
    _page, source = cited_source(URL, QUOTE, OTHER_QUOTE, "")
    checked(source, clock)
    clock.advance(days=1)
    state = checked(source, clock)
    assert (state.verdict, tasks()) == ("altered", [("title", "open")] * 3)

    m.SourceState.objects.update(accepted_title=text_digest(other))
    clock.advance(days=1)
    assert checked(source, clock).verdict == "verified"
    assert tasks() == [("title", "lapsed")] * 3


def test_source_that_is_gone_is_held_by_the_copy(world, clock):
    world.page(URL, article())
    _page, source = cited_source(URL, QUOTE, "")
    checked(source, clock)
    kept = clock.time
    world.page(URL, html("Not found", status=404))
    for days in (1, 1, 2):
        clock.advance(days=days)
        assert checked(source, clock).verdict == "verified"
    clock.advance(days=5)
    state = checked(source, clock)

    assert (state.verdict, state.held_by, state.held_since) == ("gone", "copy", kept)
    assert (quote_row().verdict, quote_row().copy.time) == ("found", kept)
    assert tasks() == [("gone", "open")] * 2

    # An editor dismisses one; it does not come back.
    first = m.CitationTask.objects.order_by("pk")[0]
    m.CitationTask.objects.filter(pk=first.pk).update(state="dismissed", reason="A book has it.")
    clock.advance(days=7)
    checked(source, clock)
    assert tasks() == [("gone", "dismissed"), ("gone", "open")]


def test_page_that_says_not_found_with_status_200_is_gone(world, clock):
    world.page(URL, html("Page not found", "<p>Sorry.</p>"))
    _page, source = cited_source(URL)
    for days in (0, 1, 2, 5):
        clock.advance(days=days)
        state = checked(source, clock)

    assert (state.verdict, m.SourceCheck.objects.get().seen, state.held_by) == ("gone", "soft-404", "nothing")
    assert quote_row().verdict == "unread"


def test_moved_source_is_verified_and_then_moved(world, clock):
    new = "https://press.example/weights"
    world.page(URL, redirect(new, 301))
    world.page(new, article())
    _page, source = cited_source(URL)

    assert checked(source, clock).verdict == "verified"
    clock.advance(days=1, hours=3)
    state = checked(source, clock)

    assert (state.verdict, state.moved_to, state.held_by) == ("moved", new, "live")
    assert tasks() == [("moved", "open")]

    # An editor takes the new address.
    with history.act(author_name="Edith Editor", summary="It has moved."):
        m.Source.objects.filter(pk=source.pk).update(url=new)
    state = checked(source, clock)
    task = m.CitationTask.objects.get()
    assert (state.verdict, state.moved_to, task.state, task.revision) == ("verified", "", "done", 2)


@pytest.mark.parametrize(
    "to", ["http://journal.example/2026/weights", "https://www.journal.example/2026/weights/"]
)
def test_the_same_address_written_otherwise_is_no_move(world, clock, to):
    world.page(to, article())
    world.page("https://journal.example/2026/weights/", redirect(to, 301))
    _page, source = cited_source("https://journal.example/2026/weights/")
    for days in (0, 1, 7):
        clock.advance(days=days)
        state = checked(source, clock)

    assert (state.verdict, state.moved_to) == ("verified", "")


def test_blocked_is_never_gone(world, clock):
    world.page(URL, html("Forbidden", status=403))
    _page, source = cited_source(URL)
    for days in (0, 1, 3, 7, 30, 90):
        clock.advance(days=days)
        state = checked(source, clock)

    assert (state.verdict, tasks()) == ("blocked", [])


def test_recorded_copy_of_what_cannot_be_read_is_read_once(world, clock):
    archive = "https://archive.example/2026/weights"
    world.page(URL, html("Forbidden", status=403))
    world.page(archive, article())
    _page, source = cited_source(URL, QUOTE, archive_url=archive)

    state = checked(source, clock)

    assert (state.verdict, state.held_by, state.held_since) == ("blocked", "copy", clock.time)
    assert (quote_row().verdict, quote_row().copy.snapshot_url) == ("found", archive)
    clock.advance(days=1)
    checked(source, clock)
    assert world.asked("archive.example") == ["/2026/weights"]


def test_source_without_an_address_waits_for_one(world, clock):
    _page, source = cited_source("", QUOTE)

    state = checked(source, clock)

    assert (state.verdict, state.since, m.SourceCheck.objects.count()) == ("unchecked", None, 0)
    assert quote_row().verdict == "unread"
    assert (state.due_at - clock.time).days == 90


def test_machine_without_network_accuses_nobody(world, clock):
    world.no_host("journal.example")
    _page, source = cited_source(URL)
    for days in (0, 1, 3, 7, 14, 30, 60):
        clock.advance(days=days)
        state = checked(source, clock)
    assert (state.verdict, state.strikes, tasks()) == ("unchecked", 0, [])

    # Others answer: then it is this host that is gone.
    world.page("https://press.example/a", article())
    _other, answering = cited_source("https://press.example/a", OTHER_QUOTE, title=TITLE)
    for days in (0, 1, 3, 7, 14, 30):
        clock.advance(days=days)
        checked(answering, clock)
        state = checked(source, clock)
    assert (state.verdict, tasks()) == ("gone", [("gone", "open")])
