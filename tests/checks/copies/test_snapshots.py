"""The Internet Archive is asked for sources of published pages only, and believed where a snapshot has the words."""

import datetime
import itertools
import json
from dataclasses import dataclass, field, replace

import pytest
from django.db import connection

from controversies import history
from controversies.checks.copies import advance_snapshot, forbid_copies, proposed_snapshots, request_snapshots
from controversies.checks.digests import quote_digest
from controversies.models import (
    Controversy,
    QuoteCheck,
    QuoteVerdict,
    SnapshotRequest,
    Source,
    SourceCopy,
    SourceState,
    SourceVerdict,
)
from tests.checks.world import Reply, Request, World, html, typed
from tests.factories import ControversyFactory, cited_page

pytestmark = pytest.mark.django_db
QUOTE = "The weights of a model cannot be called back."


@dataclass
class Archive:
    """The Internet Archive, as the world plays it: what it has, and what it does with a request."""

    world: World
    snapshots: dict[str, tuple[str, Reply]] = field(default_factory=dict)  # by address: timestamp, page
    on_save: str = "keep"  # or: lie (keep it and say 500), fail, throttle
    page: Reply = field(default_factory=lambda: html("The work", f"<p>{QUOTE}</p>"))
    saves: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world.handle("web.archive.org", "/cdx/search/cdx", self.index)
        self.world.handle("web.archive.org", "/web/", self.snapshot)
        self.world.handle("web.archive.org", "/save/", self.save)

    def index(self, request: Request) -> Reply:
        assert request.query["output"] == "json"
        assert request.query["filter"] == "statuscode:200"
        address = request.query["url"]
        held = self.snapshots.get(address)
        rows = [["timestamp", "original"], [held[0], address]] if held else []
        return typed("application/json", json.dumps(rows).encode())

    def snapshot(self, request: Request) -> Reply:
        timestamp, _, address = request.target.removeprefix("/web/").partition("id_/")
        held = self.snapshots.get(address)
        return held[1] if held and held[0] == timestamp else html("Not here", status=404)

    def save(self, request: Request) -> Reply:
        address = request.target.removeprefix("/save/")
        self.saves.append(address)
        if self.on_save == "throttle":
            return html("Too many", status=429, retry_after="7200")
        if self.on_save != "fail":
            self.snapshots[address] = (f"{request.time:%Y%m%d%H%M%S}", self.page)
        return html("Job failed", status=500) if self.on_save in {"lie", "fail"} else html("Saved")


@pytest.fixture
def archive(world, settings) -> Archive:
    settings.CHECKS_ARCHIVE = True
    return Archive(world)


def sources_on(publication: str, *, count: int = 1, quote: str = QUOTE, **options: object) -> list[Source]:
    """Return so many sources of a page, verified, each cited with the quotation; `options` are the first one's."""
    page = cited_page()
    quoted = tuple(
        replace(position, citations=tuple(replace(each, quote=quote) for each in position.citations))
        for position in page.positions
    )
    sources = (replace(page.sources[0], **options), *page.sources[1:])
    ControversyFactory(document=replace(page, positions=quoted, sources=sources), publication=publication)
    rows = [Source.objects.get(pk=each.key) for each in page.sources]
    now = datetime.datetime.now(datetime.UTC)
    for row in rows:
        SourceState.objects.update_or_create(
            source=row, defaults={"verdict": SourceVerdict.VERIFIED, "due_at": now}
        )
        if quote:
            QuoteCheck.objects.create(
                source=row,
                quote_sha256=quote_digest(quote),
                verdict=QuoteVerdict.CONFIRMED,
                since=now,
                checked_at=now,
                engine=1,
            )
    for extra in rows[count:]:
        SourceState.objects.filter(source=extra).update(verdict=SourceVerdict.BLOCKED)
    return rows[:count]


def work(clock, hours: float) -> int:
    """Live through so many hours, with a step a minute where there is work; return the steps that had some."""
    end, steps = clock.now() + datetime.timedelta(hours=hours), 0
    while clock.now() < end:
        steps += advance_snapshot()
        clock.advance(60)
        due = SnapshotRequest.objects.exclude(due_at=None).order_by("due_at").values_list("due_at", flat=True)
        clock.move_to(min(due.first() or end, end))
    return steps


def test_source_of_a_published_page_is_archived_and_proposed(archive, clock):
    (source,) = sources_on("published")
    before = list(Source.objects.values())

    assert request_snapshots() == 1
    assert request_snapshots() == 0
    start = clock.now()
    work(clock, 1)

    copy = proposed_snapshots([source.pk])[str(source.pk)]
    assert archive.saves == [source.url]
    assert copy.snapshot_url == f"https://web.archive.org/web/{start:%Y%m%d%H%M%S}/{source.url}"
    assert copy.time == start
    assert QUOTE in copy.text
    assert copy.warc_sha256 == ""
    assert list(Source.objects.values()) == before  # nobody's record is changed
    asked = len(archive.world.requests)
    clock.advance(days=1)
    assert request_snapshots() == 0
    assert work(clock, 1) == 0
    assert len(archive.world.requests) == asked


@pytest.mark.parametrize("publication", ["draft", "withdrawn"])
def test_nothing_of_other_pages_leaves_the_house(archive, clock, publication):
    sources_on(publication)

    assert request_snapshots() == 0
    work(clock, 0.5)
    assert archive.world.requests == []


def test_nothing_leaves_the_house_unless_it_is_switched_on(archive, clock, settings):
    sources_on("published")
    request_snapshots()
    settings.CHECKS_ARCHIVE = False

    assert request_snapshots() == 0
    assert advance_snapshot() is False
    assert archive.world.requests == []


def test_page_that_was_withdrawn_meanwhile_is_not_archived(archive, clock):
    sources_on("published")
    request_snapshots()
    head = history.head(Controversy.objects.get().pk)
    document = replace(head.document, head=replace(head.document.head, publication="withdrawn"))
    history.record(document, author_name="Paul Publisher", summary="Withdrawn.", base=head)

    assert advance_snapshot() is True
    assert archive.world.requests == []
    assert not SnapshotRequest.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"url": "", "doi": ""},
        {"archive_url": "https://archive.example/1"},
        {"url": "https://journal.example/a?token=abc"},
        {"title": "⟦removed⟧"},
    ],
)
def test_source_that_needs_or_bears_no_copy_is_not_archived(archive, clock, change):
    (source,) = sources_on("published", **change)
    request_snapshots()
    work(clock, 1)

    assert archive.world.requests == []
    assert proposed_snapshots([source.pk]) == {}


@pytest.mark.parametrize("verdict", [SourceVerdict.UNCHECKED, SourceVerdict.ALTERED, SourceVerdict.BLOCKED])
def test_only_what_was_verified_is_archived(archive, clock, verdict):
    (source,) = sources_on("published")
    SourceState.objects.filter(source=source).update(verdict=verdict)

    assert request_snapshots() == 0


def test_source_of_which_no_copy_is_wanted_is_not_archived(archive, clock):
    (source,) = sources_on("published")
    forbid_copies(source.pk)

    assert request_snapshots() == 0


def test_snapshot_that_is_there_already_is_used(archive, clock):
    (source,) = sources_on("published")
    archive.snapshots[source.url] = ("20240102030405", archive.page)
    request_snapshots()

    assert advance_snapshot() is True

    copy = proposed_snapshots([source.pk])[str(source.pk)]
    assert copy.snapshot_url == f"https://web.archive.org/web/20240102030405/{source.url}"
    assert copy.time == datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    assert archive.saves == []


@pytest.mark.parametrize(
    "page",
    [
        html("The work", "<p>The weights of a model can be called back.</p>"),
        html("404 Not Found", "Nothing is here."),
        html("Just a moment...", "<p>Checking</p>"),
        html("Gone", status=404),
        typed("image/png", b"\x89PNG"),
    ],
)
def test_snapshot_without_the_quotation_is_not_believed(archive, clock, page):
    (source,) = sources_on("published")
    archive.page = page
    request_snapshots()

    work(clock, 48)

    assert proposed_snapshots([source.pk]) == {}
    assert archive.saves == [source.url]
    assert len(archive.world.requests) <= 8


def test_failure_that_succeeded_is_found_in_the_index(archive, clock):
    (source,) = sources_on("published")
    archive.on_save = "lie"
    request_snapshots()

    work(clock, 1)

    assert str(source.pk) in proposed_snapshots([source.pk])


def test_failure_is_left_alone_for_a_season(archive, clock):
    (source,) = sources_on("published")
    archive.on_save = "fail"
    request_snapshots()

    work(clock, 48)
    assert archive.saves == [source.url]
    clock.advance(days=80)
    assert work(clock, 1) == 0
    clock.advance(days=11)
    archive.on_save = "keep"
    work(clock, 1)

    assert archive.saves == [source.url] * 2
    assert str(source.pk) in proposed_snapshots([source.pk])


def test_archive_that_has_enough_is_left_alone_for_as_long_as_it_says(archive, clock):
    (source,) = sources_on("published")
    archive.on_save = "throttle"
    request_snapshots()

    work(clock, 1.9)
    assert archive.saves == [source.url]
    work(clock, 0.5)
    assert archive.saves == [source.url] * 2


def test_archive_is_asked_three_times_a_minute_at_most(archive, clock):
    sources_on("published", count=4)
    assert request_snapshots() == 4

    for _ in range(60 * 60):
        advance_snapshot()
        clock.advance(1)

    assert len(archive.saves) == 4
    times = [request.time for request in archive.world.requests if request.path.startswith("/save/")]
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(times)]
    assert min(gaps) >= 20


@pytest.mark.parametrize(("title", "held"), [("{title}", True), ("Another work entirely, of others", False)])
def test_source_without_quotations_is_known_by_its_title(archive, clock, title, held):
    (source,) = sources_on("published", quote="")
    archive.page = html(title.format(title=source.title), "<p>Words enough to be a page.</p>")
    request_snapshots()

    work(clock, 1)

    assert bool(proposed_snapshots([source.pk])) is held


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"null",
            b"{}",
            b"[1]",
            b'[["a"],["b"]]',
            b'[["timestamp","original"],[20240101000000,"x"]]',
            b"<html>",
        ),
        b'[["timestamp","original"],["20240101000000","http://127.0.0.1/"]]',
        b'[["timestamp","original"],["2024/../../../","https://a.example/"]]',
        b"[" * 100_000,
    ],
)
def test_index_that_says_anything_harms_nobody(archive, clock, body):
    (source,) = sources_on("published")
    archive.world.handle(
        "web.archive.org", "/cdx/search/cdx", lambda request: typed("application/json", body)
    )
    request_snapshots()

    work(clock, 2)

    assert proposed_snapshots([source.pk]) == {}
    assert not [request for request in archive.world.requests if request.path.startswith("/web/")]


def test_source_that_lost_words_for_good_is_not_archived(archive, clock):
    (source,) = sources_on("published", quote="⟦removed⟧")
    archive.snapshots[source.url] = ("20240102030405", archive.page)
    request_snapshots()

    work(clock, 1)

    assert not SourceCopy.objects.exists()
    assert archive.world.requests == []


@pytest.mark.django_db(transaction=True)
def test_words_that_are_removed_meanwhile_are_not_kept(archive, clock):
    """A publisher removes words while the worker reads the snapshot: what it read is not stored."""
    (source,) = sources_on("published")
    archive.snapshots[source.url] = ("20240102030405", archive.page)

    def snapshot(request: Request) -> Reply:
        with history.act(author_name="Paul Publisher", summary="Removed."):
            Source.objects.filter(pk=source.pk).update(title="⟦removed⟧")
        connection.close()
        return archive.page

    archive.world.handle("web.archive.org", "/web/", snapshot)
    request_snapshots()
    advance_snapshot()

    assert archive.world.asked("web.archive.org")[-1].startswith("/web/")
    assert Source.objects.get(pk=source.pk).title == "⟦removed⟧"
    assert not SourceCopy.objects.exists()
