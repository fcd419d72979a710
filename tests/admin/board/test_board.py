"""The sources board: what it lists, in which order and words, its filters, its pages, its cost."""

import datetime
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from controversies import models as m
from controversies.admin.board import groups
from tests.factories import (
    CitationTaskFactory,
    ControversyFactory,
    QuoteCheckFactory,
    Recorded,
    SourceCheckFactory,
    SourceFactory,
    SourceStateFactory,
    UserFactory,
    text_digest,
)
from tests.markup import one_line

pytestmark = pytest.mark.django_db
BOARD = "/admin/controversies/source/board/"
DAY = datetime.timedelta(days=1)


@pytest.fixture
def edith(client: Client) -> Any:
    made = UserFactory(role="editor", first_name="Edith", last_name="")
    client.force_login(made)
    return made


def cited(page: Recorded, index: int = 0) -> Any:
    return list(page.document.citations())[index]


def quoted(page: Recorded) -> Any:
    return next(each for each in page.document.citations() if each.quote)


def source_of(citation: Any) -> m.Source:
    return m.Source.objects.get(pk=citation.source)


def board(client: Client, query: str = "") -> str:
    response = client.get(f"{BOARD}?{query}")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return one_line(response.content.decode())


def listed(client: Client, query: str = "") -> list[int]:
    """The first task of each item shown, in order."""
    return [
        int(number) for number in re.findall(r'<li class="board-item" id="item-(\d+)"', board(client, query))
    ]


def test_empty_board_says_what_it_is_for_and_when_the_worker_ran(client: Client, edith: Any) -> None:
    html = board(client)
    assert "Nothing needs a decision." in html
    assert "quotations that were not found" in html
    assert "the worker has never run" in html

    m.CheckWorker.objects.create(seen_at=timezone.now())
    assert "The worker last ran on" in board(client)
    m.CheckWorker.objects.update(seen_at=timezone.now() - DAY)
    assert "The worker has not run since" in board(client)
    with override_settings(CHECKS=False):
        assert "Checks of sources are switched off on this site." in board(client)


def test_an_item_names_the_page_and_the_place_in_words(client: Client, edith: Any) -> None:
    page = ControversyFactory(title="May robots vote?", positions=2, points=1, citations=8)
    citation = quoted(page)
    passage = citation.quote.replace("found", "lost", 1) + " And more."
    QuoteCheckFactory(
        source=source_of(citation), quote=citation.quote, verdict=m.QuoteVerdict.ABSENT, nearest=passage
    )
    task = CitationTaskFactory(
        page=page, citation=citation, cause=m.TaskCause.QUOTE, subject=text_digest(citation.quote)
    )

    html = board(client)

    number = page.document.source_numbers[citation.source]
    assert f"source [{number}]</a>" in html
    assert f"/controversy/{page.key}/change/?open={citation.key}#block-{citation.key}" in html
    assert "in “<bdi>May robots vote?</bdi>”" in html
    day = date_format(timezone.localtime(task.opened_at), "DATE_FORMAT")
    assert f"The quotation has not been found since {day}" in html
    assert "<ins>" in html
    assert "1 quotation was not found." in html


def test_a_source_that_is_gone_is_one_item_with_each_place_that_depends_on_it(
    client: Client, edith: Any
) -> None:
    source = SourceFactory(title="A work <b>gone</b>")
    first = ControversyFactory(title="First", sources=[source], citations=3)
    second = ControversyFactory(title="Second", sources=[source], citations=1, publication="draft")
    SourceStateFactory(source=source, verdict=m.SourceVerdict.DEAD)
    tasks = [
        CitationTaskFactory(page=page, citation=citation, subject=text_digest(source.url))
        for page in (first, second)
        for citation in page.document.citations()
    ]

    html = board(client)

    assert listed(client) == [tasks[0].pk]
    assert html.count("?open=") == 4
    assert "A work &lt;b&gt;gone&lt;/b&gt;" in html
    assert "1 source is gone." in html
    assert '<span class="usage-mark">Draft</span>' in html
    assert "No copy of it is on record." in html


def test_items_come_by_cause_and_then_by_age(client: Client, edith: Any) -> None:
    page = ControversyFactory(positions=4, citations=8)
    now = timezone.now()
    young, old = (
        CitationTaskFactory(page=page, citation=cited(page, index), opened_at=now - days * DAY)
        for index, days in ((0, 2), (1, 9))
    )
    moved = CitationTaskFactory(page=page, citation=cited(page, 2), cause="moved", opened_at=now - 90 * DAY)
    retracted = [
        CitationTaskFactory(page=page, citation=cited(page, index), cause="retracted") for index in (3, 4)
    ]

    assert listed(client) == [retracted[0].pk, retracted[1].pk, old.pk, young.pk, moved.pk]


def test_filters(client: Client, edith: Any) -> None:
    first, second = ControversyFactory(author=edith), ControversyFactory()
    dead = CitationTaskFactory(page=first, citation=cited(first))
    moved = CitationTaskFactory(page=second, citation=cited(second), cause="moved")
    closed = CitationTaskFactory(
        page=second,
        citation=cited(second, 1),
        state="dismissed",
        reason="It is <fine>.",
        closed_at=timezone.now(),
        closed_by=edith,
    )

    assert listed(client) == [dead.pk, moved.pk]
    assert listed(client, "cause=moved") == [moved.pk]
    assert listed(client, f"page={first.key}") == [dead.pk]
    assert listed(client, "mine=1") == [dead.pk]
    assert listed(client, f"source={cited(second).source}") == [moved.pk]
    assert listed(client, "state=dismissed") == [closed.pk]
    html = board(client, "state=dismissed")
    assert "It is &lt;fine&gt;." in html
    assert re.search(r"Dismissed on [^<]+ by Edith:", html)
    assert "Nothing on the board matches these filters." in board(client, "cause=title")


@pytest.mark.parametrize(
    "query",
    ["cause=x", "page=1", "mine=2", "state=%00", "source=x'", "after=x", "before=1_2_3", "after=" + "9" * 99],
)
def test_filters_that_make_no_sense_are_left_out(client: Client, edith: Any, query: str) -> None:
    page = ControversyFactory()
    task = CitationTaskFactory(page=page, citation=cited(page))

    assert listed(client, query) == [task.pk]
    assert 'class="board-fault"' in board(client, query)


def test_pages_follow_one_another_and_back(
    client: Client, edith: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ControversyFactory(positions=5, citations=9)
    now = timezone.now()
    tasks = [
        CitationTaskFactory(page=page, citation=citation, opened_at=now - index * DAY, cause="retracted")
        for index, citation in enumerate(page.document.citations())
    ]
    monkeypatch.setattr(groups.read_groups, "__kwdefaults__", {"size": 4})
    order = [task.pk for task in reversed(tasks)]

    assert listed(client) == order[:4]
    second = re.search(r'rel="next" href="\?([^"]+)"', board(client))
    assert second is not None
    assert listed(client, second[1]) == order[4:8]
    third = re.search(r'rel="next" href="\?([^"]+)"', board(client, second[1]))
    assert third is not None
    assert listed(client, third[1]) == order[8:]
    back = re.search(r'rel="prev" href="\?([^"]+)"', board(client, third[1]))
    assert back is not None
    assert listed(client, back[1]) == order[4:8]
    m.CitationTask.objects.filter(pk__in=order[8:]).delete()
    assert listed(client, third[1]) == order[:4]  # decided meanwhile: the board's beginning


def test_queries_do_not_grow_with_the_items(client: Client, edith: Any) -> None:
    def add(count: int) -> None:
        for _each in range(count):
            page = ControversyFactory(positions=4, citations=8)
            citations = sorted(page.document.citations(), key=lambda each: bool(each.quote))  # four of each
            for citation, cause in zip(citations, m.TaskCause, strict=False):
                source = source_of(citation)
                SourceStateFactory(source=source, verdict="moved", moved_to=f"{source.url}/new")
                SourceCheckFactory(source=source, title="Another")
                m.SourceCopy.objects.create(
                    source=source, time=timezone.now(), snapshot_url=f"https://archive.example/{source.slug}"
                )
                if citation.quote:
                    QuoteCheckFactory(source=source, quote=citation.quote)
                CitationTaskFactory(page=page, citation=citation, cause=cause)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            board(client)
        return len(queries)

    add(1)
    board(client)
    few = count()
    add(3)

    assert count() == few
    assert few <= 22


def test_contributors_see_no_board_and_readers_neither(client: Client) -> None:
    client.force_login(UserFactory(role="contributor"))
    assert client.get(BOARD).status_code == 403
    assert client.post(BOARD, {"action": "dismiss"}).status_code == 403
    assert "Sources board" not in client.get("/admin/").content.decode()
    assert "Sources board" not in client.get("/admin/controversies/source/").content.decode()
    assert "By open question" not in client.get("/admin/controversies/source/").content.decode()


def test_first_page_and_list_of_sources_lead_to_the_board(client: Client, edith: Any) -> None:
    page = ControversyFactory()
    for citation in page.document.citations():
        CitationTaskFactory(page=page, citation=citation)
    CitationTaskFactory(page=page, citation=cited(page), cause="quote")
    m.CheckWorker.objects.create(seen_at=timezone.now())

    html = one_line(client.get("/admin/").content.decode())

    assert "2 sources are gone and 1 quotation was not found." in html
    assert BOARD in html
    assert BOARD in client.get("/admin/controversies/source/").content.decode()


def test_lists_are_filtered_by_open_questions_and_verdict(client: Client, edith: Any) -> None:
    first, second = ControversyFactory(title="First of two"), ControversyFactory(title="Second of two")
    task = CitationTaskFactory(page=first, citation=cited(first))
    SourceStateFactory(source=source_of(cited(first)), verdict="gone")

    html = client.get("/admin/controversies/controversy/?task=any").content.decode()
    assert "First of two" in html
    assert "Second of two" not in html
    for query, count in (("task=gone", 1), ("task=moved", 0), ("task=any", 1), ("verdict=gone", 1)):
        html = one_line(client.get(f"/admin/controversies/source/?{query}").content.decode())
        assert len(re.findall(r'<th class="field-title', html)) == count, query
    unchecked = client.get("/admin/controversies/source/?verdict=unchecked").content.decode()
    assert str(task.source) not in unchecked
    assert str(source_of(cited(second))) in unchecked


@pytest.mark.parametrize(("title_match", "is_shown"), [("other", True), ("same", False)])
def test_altered_source_shows_its_title_only_if_that_is_another_works(
    client: Client, edith: Any, title_match: str, is_shown: bool
) -> None:
    page = ControversyFactory(citations=4)
    citation = next(each for each in page.document.citations() if not each.quote)
    SourceStateFactory(source=source_of(citation), verdict=m.SourceVerdict.ALTERED)
    SourceCheckFactory(source=source_of(citation), title="Bread", title_match=title_match)
    CitationTaskFactory(page=page, citation=citation, cause="altered")

    html = board(client)

    assert ("Title seen" in html, "This title is right" in html) == (is_shown, is_shown)
