import datetime
from dataclasses import replace

import pytest
from django.db import connection

from controversies import history
from controversies.history import log, spans
from controversies.kit.keys import MAX_NUMBER
from controversies.models import Block, ChangeClass
from tests.factories import ControversyFactory, TopicFactory, cited_first, cited_page

pytestmark = pytest.mark.django_db


def numbers(page):
    return [line.number for line in page.lines]


@pytest.fixture
def made():
    """Twelve revisions by three people, all public."""
    return ControversyFactory(positions=2, points=1, revisions=12)


@pytest.fixture
def hidden():
    """Drafts 1 and 2; public 3 and 4; withdrawn 5; public again 6 and 7."""
    made = ControversyFactory(positions=2, points=1, revisions=4, published_at=3)
    made.edit(publication="withdrawn")
    made.edit(publication="published", author_name="Paul Publisher")
    made.edit(title=made.document.head.title.replace("Contro", "Contor"))
    return made


def test_page_begins_with_the_newest_and_goes_on_from_its_last(made):
    first = log.page(made.key, limit=5)
    second = log.page(made.key, before=first.older, limit=5)
    third = log.page(made.key, before=second.older, limit=5)

    assert [numbers(page) for page in (first, second, third)] == [
        [12, 11, 10, 9, 8],
        [7, 6, 5, 4, 3],
        [2, 1],
    ]
    assert (first.newer, third.older) == (None, None)


def test_page_goes_back_to_newer_ones(made):
    page = log.page(made.key, after=log.page(made.key, before=8, limit=5).newer, limit=3)

    assert numbers(page) == [10, 9, 8]
    assert (page.older, page.newer) == (8, 10)
    assert numbers(log.page(made.key, after=10, limit=5)) == [12, 11]
    assert log.page(made.key, after=10, limit=5).newer is None


def test_page_between_two_lists_those_between(made):
    assert numbers(log.page(made.key, after=3, before=7)) == [6, 5, 4]


@pytest.mark.parametrize("place", [0, -5, 10**30])
def test_page_from_a_number_that_no_revision_has(made, place):
    assert set(numbers(log.page(made.key, before=place))) in ({}.keys(), set(range(1, 13)))
    assert set(numbers(log.page(made.key, after=place))) in ({}.keys(), set(range(1, 13)))


def test_page_filtered_by_block_lists_what_changed_it(made):
    block = made.document.positions[1].key
    versions = [
        number
        for number in range(1, 13)
        if connection.cursor()
        .execute(
            "SELECT 1 FROM controversies_block WHERE controversy_id = %s AND key = %s AND since = %s",
            [made.key, block, number],
        )
        .fetchone()
    ]

    found = log.page(made.key, log.LogFilter(block=block))

    assert numbers(found) == versions[::-1]
    assert 1 < len(versions) < 12
    assert spans.block_counts(made.key, [block], spans.read_spans(made.key)) == {block: len(versions)}


def test_history_of_a_part_leaves_out_what_only_renumbered_its_sources():
    old = cited_page()
    position = old.positions[1].key
    history.record(old, author_name="Ada", base=None)
    history.record(cited_first(old), author_name="Ada", base=1)

    assert numbers(log.page(old.key, log.LogFilter(block=position))) == [1]
    assert numbers(log.page(old.key, log.LogFilter(block=old.positions[0].key))) == [2, 1]
    assert spans.block_counts(old.key, [position], spans.read_spans(old.key)) == {position: 1}
    versions = Block.objects.filter(controversy=old.key, key=position).order_by("since")
    assert list(versions.values_list("since", "renumbered")) == [(1, None), (2, True)]


def test_page_filtered_by_author_class_and_day(made):
    by = log.page(made.key, log.LogFilter(author="Paul Publisher"))
    kind = log.page(made.key, log.LogFilter(kind="confidence"))
    days = log.page(made.key, log.LogFilter(since=datetime.date(2026, 1, 7), until=datetime.date(2026, 1, 8)))

    assert numbers(by) == [11, 8, 5, 2]
    assert {line.entry.author_name for line in by.lines} == {"Paul Publisher"}
    assert numbers(kind)
    assert all("confidence" in line.entry.classes for line in kind.lines)
    assert numbers(days) == [4, 3]


def test_page_filtered_goes_on_in_both_directions(made):
    filters = log.LogFilter(author="Paul Publisher")
    first = log.page(made.key, filters, limit=2)
    second = log.page(made.key, filters, before=first.older, limit=2)

    assert (numbers(first), numbers(second)) == ([11, 8], [5, 2])
    assert second.older is None
    assert numbers(log.page(made.key, filters, after=second.newer, limit=2)) == [11, 8]


@pytest.mark.parametrize(
    "filters",
    [
        log.LogFilter(since=datetime.date.max),
        log.LogFilter(until=datetime.date.min),
        log.LogFilter(author="nobody"),
        log.LogFilter(kind="import"),
        log.LogFilter(block="00000000-0000-0000-0000-00000000000f"),
    ],
)
def test_page_that_nothing_matches_is_empty(made, filters):
    assert log.page(made.key, filters) == log.LogPage()


def test_lines_know_whether_they_were_public_and_what_they_followed(hidden):
    lines = log.page(hidden.key).lines

    assert [(line.number, line.publication, line.before) for line in lines] == [
        (7, "published", 6),
        (6, "published", 0),
        (5, "withdrawn", 4),
        (4, "published", 3),
        (3, "published", 0),
        (2, "draft", 0),
        (1, "draft", 0),
    ]


def test_filters_do_not_tell_what_is_not_public(hidden):
    drafted = log.page(hidden.key, log.LogFilter(author="Edith Editor"), every=True)
    shown = log.page(hidden.key, log.LogFilter(author="Edith Editor"))

    assert 1 in numbers(drafted)
    assert set(numbers(shown)) == {n for n in numbers(drafted) if n in (3, 4, 6, 7)}


def test_a_page_of_hidden_lines_still_leads_on():
    made = ControversyFactory(positions=1, revisions=1)
    made.edit(publication="withdrawn", author_name="A")
    for number in range(70):
        made.edit(title=f"Title {number}", author_name="A")
    made.edit(publication="published", author_name="A")

    first = log.page(made.key, log.LogFilter(author="A"), limit=5)
    second = log.page(made.key, log.LogFilter(author="A"), before=first.older, limit=5)

    assert numbers(first) == [73]
    assert numbers(second) == []
    assert second.older is None


def test_spans_follow_status_and_publication(hidden):
    hidden.edit(status="resolved")

    page_spans = spans.read_spans(hidden.key)

    assert [(span.first, span.end, span.status, span.publication) for span in page_spans] == [
        (1, 3, "active", "draft"),
        (3, 5, "active", "published"),
        (5, 6, "active", "withdrawn"),
        (6, 8, "active", "published"),
        (8, None, "resolved", "published"),
    ]
    assert [spans.is_public(page_spans, number) for number in range(10)] == [
        *[False, False, False, True, True, False, True, True, True],
        True,
    ]


def test_marks_authors_and_people_leave_out_what_was_not_public(hidden):
    page_spans = spans.read_spans(hidden.key)

    assert [(mark.number, mark.opens) for mark in spans.read_marks(hidden.key, page_spans)] == [
        (3, True),
        (4, False),
        (6, True),
        (7, False),
    ]
    assert spans.authors(hidden.key, page_spans) == ["Cora Contributor", "Edith Editor", "Paul Publisher"]
    assert spans.people_between(hidden.key, page_spans, 4, 7) == 1
    assert spans.people_between(hidden.key, page_spans, 7, 4) == 1
    assert spans.people_between(hidden.key, page_spans, 4, 7, every=True) == 2


def test_marks_are_the_first_and_the_latest(made):
    page_spans = spans.read_spans(made.key)

    assert [mark.number for mark in spans.read_marks(made.key, page_spans, limit=3)] == [1, 10, 11, 12]


def test_block_counts_count_what_readers_may_see(hidden):
    page_spans = spans.read_spans(hidden.key)
    head = hidden.key

    assert spans.block_counts(head, [head], page_spans) == {head: 3}  # 3 published it, 6 again, 7 renamed it
    assert spans.block_counts(head, [head], page_spans, every=True)[head] > 3


def test_block_counts_stop_counting():
    made = ControversyFactory(positions=1, revisions=1)
    for number in range(105):
        made.edit(title=f"Title {number}")

    assert spans.block_counts(made.key, [made.key], spans.read_spans(made.key)) == {made.key: 100}


def test_over_all_is_newest_first_and_pages_by_cursor():
    topic = TopicFactory.create()
    one = ControversyFactory(positions=1, revisions=4, topic=topic)
    two = ControversyFactory(positions=1, revisions=4, topic=topic)

    whole = log.over_all()
    first = log.over_all(limit=3)
    second = log.over_all(before=first.older, limit=3)

    assert [line.number for line in whole.lines] == [4, 4, 3, 3, 2, 2, 1, 1]
    assert {line.slug for line in whole.lines} == {one.slug, two.slug}
    assert [*first.lines, *second.lines] == list(whole.lines[:6])
    assert log.over_all(after=second.newer, limit=3).lines == first.lines
    assert log.over_all(before=second.older).older is None
    assert {line.title for line in whole.lines} == {one.document.head.title, two.document.head.title}


def test_over_all_tells_only_what_is_public(hidden):
    ControversyFactory(positions=1, revisions=2, publication="draft")
    ControversyFactory(positions=1, revisions=3, publication="withdrawn")

    found = log.over_all()

    assert [(line.slug, line.number) for line in found.lines] == [
        (hidden.slug, 7),
        (hidden.slug, 6),
        (hidden.slug, 4),
        (hidden.slug, 3),
    ]


def test_over_all_filters_by_topic_and_class():
    here = ControversyFactory(positions=2, revisions=4)
    ControversyFactory(positions=2, revisions=4)

    found = log.over_all(topic=here.document.head.topic.slug)
    kinds = log.over_all(kind=ChangeClass.CONFIDENCE.value)

    assert {line.slug for line in found.lines} == {here.slug}
    assert len(found.lines) == 4
    assert kinds.lines
    assert all("confidence" in line.entry.classes for line in kinds.lines)


@pytest.mark.parametrize(
    "cursor", ["", ":", "x", "x:1", "x:y", "x:-1", "x:²", "a:b:99999999999999", "%s:1", "':1"]
)
def test_over_all_knows_no_place_that_is_not_public(cursor):
    draft = ControversyFactory(positions=1, publication="draft")
    for place in (cursor, f"{draft.slug}:1"):
        if place:
            with pytest.raises(LookupError):
                log.over_all(before=place)


def test_latest_changes_are_of_any_kind():
    made = ControversyFactory(positions=1, revisions=1)
    made.save(
        made.document.with_blocks(
            positions=(
                replace(made.document.positions[0], argument=f"The {made.document.positions[0].argument}"),
            )
        )
    )
    made.edit(status="resolved")

    assert [line.number for line in log.latest_changes()] == [3, 2, 1]
    assert [line.number for line in log.latest_changes(limit=1)] == [3]


def test_latest_is_the_last_public_substantive_change_of_each(hidden):
    other = ControversyFactory(positions=1, revisions=1)
    draft = ControversyFactory(positions=1, publication="draft")

    found = log.latest(dict.fromkeys([hidden.key, other.key, draft.key], MAX_NUMBER))

    assert {key: line.number for key, line in found.items()} == {hidden.key: 6, other.key: 1}


@pytest.mark.parametrize("revisions", [3, 40])
def test_every_list_is_one_query_however_long_the_history(django_assert_num_queries, revisions):
    made = ControversyFactory(positions=1, points=1, revisions=revisions)
    page_spans = spans.read_spans(made.key)
    for ask in (
        lambda: log.page(made.key),
        lambda: log.page(made.key, log.LogFilter(author="Paul Publisher"), before=30),
        lambda: spans.read_spans(made.key),
        lambda: spans.read_marks(made.key, page_spans),
        lambda: spans.authors(made.key, page_spans),
        lambda: spans.block_counts(made.key, [made.key], page_spans),
        log.over_all,
        log.latest_changes,
        lambda: log.latest({made.key: MAX_NUMBER}),
    ):
        with django_assert_num_queries(1):
            ask()
    with django_assert_num_queries(2):
        log.over_all(before=f"{made.slug}:2")


def test_a_page_of_the_log_reads_no_more_than_it_shows():
    """The plan of a page deep in a history is an index scan that stops; nothing is counted or skipped over."""
    made = ControversyFactory(positions=1, points=1, revisions=130)
    connection.cursor().execute("ANALYZE controversies_revision")
    plans = []

    def explain(execute, sql, params, many, context):
        if sql.lstrip().startswith("SELECT r.controversy_id"):
            with connection.cursor() as cursor:
                cursor.cursor.execute("SET LOCAL enable_seqscan = off")  # as on a table too large for it
                cursor.cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF, SUMMARY OFF) {sql}", params)
                plans.append("\n".join(row[0] for row in cursor.cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        log.page(made.key, before=100, limit=10)

    [plan] = plans
    assert "Index Scan Backward using controversies_revision_pkey" in plan
    assert "Rows Removed by Filter" not in plan
    assert "Seq Scan" not in plan
