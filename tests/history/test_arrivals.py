"""The order in which revisions became public: nothing is missed, nothing hidden is told."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from controversies import history
from controversies.history import arrivals
from controversies.models import Arrival
from tests.factories import BackerFactory, ControversyFactory, document_factory
from tests.history.test_concurrency import Actor, wait_until_blocked, with_head

pytestmark = pytest.mark.django_db(transaction=True)


def told(found, names):
    """What arrived, as (name, number), or (name, "gone"), for pages named so by key."""
    return [(names[each.controversy], each.line.number if each.line else "gone") for each in found.items]


def everything(limit=100):
    return arrivals.since(limit=limit)


def follow(limit):
    """All that arrived, read page by page."""
    items, cursor, more = [], "", True
    while more:
        found = arrivals.since(cursor, limit=limit)
        assert len(found.items) <= limit
        items += found.items
        cursor, more = found.cursor, found.more
    return items


def test_revisions_arrive_in_the_order_of_commits_whatever_their_times():
    early = ControversyFactory(revisions=2)
    late = ControversyFactory(revisions=1)
    early.edit(title="Once more")
    names = {early.key: "early", late.key: "late"}

    assert told(everything(), names) == [("early", 1), ("early", 2), ("late", 1), ("early", 3)]
    assert [each.cursor for each in follow(1)] == [each.cursor for each in everything().items]


def test_slow_transaction_that_began_first_is_not_missed():
    """Its revision has the smaller time and, with a bare sequence, would have the smaller number."""
    slow, quick = ControversyFactory(), ControversyFactory()
    names = {slow.key: "slow", quick.key: "quick"}
    seen = everything()
    with Actor() as first, Actor() as second:
        first.begin()
        first.do(
            lambda: history.record(with_head(slow.document, title="Slow"), author_name="A", base=slow.head)
        )
        second.do(
            lambda: history.record(with_head(quick.document, title="Quick"), author_name="B", base=quick.head)
        )
        between = arrivals.since(seen.cursor, limit=10)
        first.commit()
    after = arrivals.since(between.cursor, limit=10)

    assert told(between, names) == [("quick", 2)]
    assert told(after, names) == [("slow", 2)]
    assert after.items[0].line.entry.time < between.items[0].line.entry.time
    assert told(arrivals.since(seen.cursor, limit=10), names) == [("quick", 2), ("slow", 2)]


def test_position_is_drawn_only_once_the_one_before_can_be_seen():
    """Two at COMMIT at once: the second waits there until the first is over, and comes after it."""
    one, two = ControversyFactory(), ControversyFactory()
    names = {one.key: "one", two.key: "two"}
    seen = everything()

    def settle() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with Actor() as first, Actor() as second:
        first.begin()
        first.do(lambda: history.record(with_head(one.document, title="1"), author_name="A", base=one.head))
        first.do(settle)  # what COMMIT begins with: it has its position now, and nobody sees it yet
        late = second.start(
            lambda: history.record(with_head(two.document, title="2"), author_name="B", base=two.head)
        )
        wait_until_blocked()
        waiting = arrivals.since(seen.cursor, limit=10)
        first.commit()
        late.result(60)

    assert waiting.items == ()
    assert told(arrivals.since(seen.cursor, limit=10), names) == [("one", 2), ("two", 2)]


def test_what_is_given_up_never_arrives():
    page = ControversyFactory()
    seen = everything()
    with transaction.atomic():
        history.record(with_head(page.document, title="Never"), author_name="A", base=page.head)
        transaction.set_rollback(True)
    page.edit(title="Ever")

    [arrived] = arrivals.since(seen.cursor, limit=10).items

    assert arrived.line.title == "Ever"
    assert Arrival.objects.count() == 2


def test_several_of_one_transaction_arrive_in_their_order():
    page = ControversyFactory(publication="draft")
    with transaction.atomic():
        for publication in ("draft", "published", "published", "withdrawn", "withdrawn", "published"):
            page.edit(publication=publication, title=f"{page.head.number}")
    backer = BackerFactory()
    with transaction.atomic():
        shown = ControversyFactory(backers=[backer], positions=1)
        with history.act(author_name="A", summary="renamed"):
            type(backer).objects.filter(pk=backer.pk).update(name="Another name")
    names = {page.key: "page", shown.key: "shown"}

    assert told(everything(), names) == [
        ("page", 3), ("page", 4), ("page", "gone"), ("page", 3), ("page", 4), ("page", 7), ("shown", 1), ("shown", 2),
    ]  # fmt: skip


def test_drafts_never_arrive_and_publishing_is_the_first_that_does():
    ControversyFactory(publication="draft", revisions=3)
    page = ControversyFactory(revisions=4, published_at=3)

    assert told(everything(), {page.key: "page"}) == [("page", 3), ("page", 4)]


def test_withdrawn_page_is_a_key_and_nothing_more():
    page = ControversyFactory(revisions=3, publication="withdrawn", title="Once shown")
    page.edit(title="Changed while withdrawn")

    [arrived] = everything().items

    assert (arrived.controversy, arrived.line) == (page.key, None)
    assert Arrival.objects.count() == 3


def test_page_that_readers_never_saw_leaves_no_trace_where_it_is_withdrawn():
    page = ControversyFactory(publication="draft")
    page.edit(publication="withdrawn")
    page.edit(title="Changed while withdrawn")

    assert everything().items == ()
    assert Arrival.objects.count() == 0


def test_page_published_again_has_all_it_showed_arrive_again():
    """Whoever came while it was withdrawn has not seen the earlier ones."""
    page = ControversyFactory(revisions=4, published_at=2, publication="withdrawn")
    page.edit(title="Changed while withdrawn")
    came = everything()
    page.edit(publication="published")
    page.edit(title="Afterwards")
    names = {page.key: "page"}

    assert told(came, names) == [("page", "gone")]
    assert told(arrivals.since(came.cursor, limit=10), names) == [
        ("page", 2), ("page", 3), ("page", 6), ("page", 7),
    ]  # fmt: skip
    assert told(everything(), names) == [
        ("page", 2), ("page", 3), ("page", "gone"), ("page", 2), ("page", 3), ("page", 6), ("page", 7),
    ]  # fmt: skip


def test_cursor_of_a_page_withdrawn_since_goes_on_working():
    page, other = ControversyFactory(), ControversyFactory()
    [first, _second] = everything().items
    page.edit(publication="withdrawn")

    found = arrivals.since(first.cursor, limit=10)

    assert told(found, {page.key: "page", other.key: "other"}) == [("other", 1), ("page", "gone")]


@pytest.mark.parametrize("cursor", ["1", "nonsense", "-", "0-000000000000", "9" * 18 + "-000000000000"])
def test_cursor_of_another_record_is_refused(cursor):
    ControversyFactory()

    with pytest.raises(arrivals.UnknownCursor):
        arrivals.since(cursor, limit=10)


def test_cursor_whose_place_another_revision_has_is_refused():
    """As after a restored backup, when other revisions followed."""
    ControversyFactory()
    position = everything().cursor.partition("-")[0]

    with pytest.raises(arrivals.UnknownCursor):
        arrivals.since(f"{position}-000000000000", limit=10)


def test_list_of_arrivals_is_append_only():
    ControversyFactory()

    for change in ("UPDATE controversies_arrival SET number = 9", "DELETE FROM controversies_arrival"):
        with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
            cursor.execute(change)


def test_reading_takes_one_query(django_assert_num_queries):
    ControversyFactory(revisions=20)
    ControversyFactory(publication="withdrawn", revisions=5)
    cursor = arrivals.since(limit=2).cursor

    for limit in (1, 50):
        with django_assert_num_queries(1):
            arrivals.since(cursor, limit=limit)


def test_new_page_of_many_parts_arrives_once():
    history.record(replace(document_factory(positions=5, points=5)), author_name="A", base=None)

    assert len(everything().items) == 1
