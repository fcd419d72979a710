"""Whole histories read in order: each revision is what `at()` gives, whatever the history and however long."""

import datetime
import tracemalloc
import uuid
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from controversies import history
from controversies import models as m
from controversies.document import canonical
from controversies.document.redact import RemovedWords
from controversies.history import replay
from controversies.workflow import redaction
from tests.factories import BIG, START, BackerFactory, ControversyFactory, backer_block, document_factory
from tests.strategies import documents, edits

pytestmark = pytest.mark.django_db


def every(key):
    """What `at()` gives for each revision."""
    newest = history.head(key)
    return [history.at(key, number) for number in range(1, newest.number + 1)]


def named(readings):
    return [(reading.document.head.slug, reading.number) for reading in readings]


@given(st.data())
def test_page_gives_each_revision_as_at_does(data):
    with transaction.atomic():
        document = data.draw(documents())
        key, slug = document.key, document.head.slug
        for number in range(4):
            head = replace(document.head, slug=slug, publication="draft", question=f"Is it {number}?")
            history.record(replace(document, head=head), base=number, author_name="A")
            document = data.draw(edits(history.head(key).document))

        assert list(replay.page(key)) == every(key)
        transaction.set_rollback(True)


def test_page_follows_blocks_that_come_change_go_and_come_back():
    made = ControversyFactory(revisions=9, **BIG)
    whole = made.document
    made.save(whole.with_blocks(positions=whole.positions[1:]))
    made.save(whole)
    made.save(whole.with_blocks(positions=whole.positions[::-1], points=whole.points[::-1]))
    for number in range(3):
        body = f"{whole.points[0].body} Sentence {number}."
        made.save(made.document.with_blocks(points=(replace(whole.points[0], body=body), *whole.points[1:])))
    expected = every(made.key)

    assert list(replay.page(made.key)) == expected
    assert any(stored.basis for stored in expected[-1].stored.values())  # some are packed against others
    assert [canonical.digest(r.document) for r in replay.page(made.key)] == [
        r.entry.document for r in expected
    ]


def test_page_goes_on_after_any_revision():
    page = ControversyFactory(revisions=5, **BIG)
    whole = page.document
    page.save(whole.with_blocks(positions=whole.positions[1:]))
    page.save(whole)
    for number in range(4):
        page.edit(question=f"Question {number}?")
        point = replace(whole.points[0], body=f"{whole.points[0].body} Sentence {number}.")
        page.save(page.document.with_blocks(points=(point, *whole.points[1:])))
    expected = every(page.key)

    assert any(stored.basis for stored in expected[-1].stored.values())
    for i, reading in enumerate(expected, 1):
        assert list(replay.page(page.key, reading)) == expected[i:]


def test_page_goes_on_where_later_versions_are_packed_against_one_long_before():
    page = ControversyFactory(positions=2)
    first, second = page.document.positions
    for words in ("Zoë Qüxly said so.", "Zoë Qüxly said no.", "Nobody said so."):
        argument = f"{first.argument} {words}"
        page.save(page.document.with_blocks(positions=(replace(first, argument=argument), second)))
    removal = redaction.RedactionOrder(RemovedWords("Zoë Qüxly"), ground="privacy", by_name="Olga Operator")
    redaction.apply(removal)  # versions that hold a mark of it stand by themselves
    expected = every(page.key)
    assert [expected[i].stored[first.key].basis for i in (1, 2, 3)] == [None, None, 1]

    for i, reading in enumerate(expected, 1):
        assert list(replay.page(page.key, reading)) == expected[i:]


def test_page_asks_little_however_long_the_history():
    made = ControversyFactory(revisions=12)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert len(list(replay.page(made.key))) == made.head.number
        counts.append(len(queries))
        for number in range(8):
            made.edit(question=f"Question {made.head.number + number}?")

    assert counts == [3, 3]  # the blocks, the revisions, and that there are no more


def test_page_needs_no_more_memory_for_a_longer_history(monkeypatch):
    monkeypatch.setattr(replay, "BATCH", 10)
    monkeypatch.setattr(replay, "_BLOCKS", 10)
    short, long = ControversyFactory(revisions=20), ControversyFactory(revisions=120)

    def peak(key):
        tracemalloc.start()
        for _reading in replay.page(key):
            pass
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(short.key)  # what is made once
    peak(long.key)

    assert peak(long.key) < 1.5 * peak(short.key)


def test_page_of_no_controversy_is_empty():
    assert list(replay.page(str(uuid.uuid4()))) == []


def test_public_gives_revisions_in_order_of_time():
    first = ControversyFactory(revisions=3, slug="first")
    second = ControversyFactory(revisions=2, slug="second", start=START + datetime.timedelta(hours=1))

    found = list(replay.public())

    assert named(found) == [("first", 1), ("second", 1), ("first", 2), ("second", 2), ("first", 3)]
    assert [r for r in found if r.document.key == first.key] == every(first.key)
    assert named(replay.public([second.key])) == [("second", 1), ("second", 2)]
    assert named(replay.public([])) == []


def test_public_orders_what_was_made_at_once_by_key_and_number():
    low, high = (str(uuid.UUID(int=n)) for n in (1, 2))
    shared = BackerFactory()
    for key, slug in ((high, "high"), (low, "low")):
        document = document_factory(key=key, slug=slug, backers=[backer_block(shared)])
        history.record(document, base=None, author_name="A", time=START)
    with history.act(author_name="A", time=START):
        m.Backer.objects.filter(pk=shared.pk).update(name="Another name")

    assert named(replay.public()) == [("low", 1), ("low", 2), ("high", 1), ("high", 2)]


def test_public_gives_nothing_that_readers_may_not_see():
    ControversyFactory(revisions=3, publication="draft")
    ControversyFactory(revisions=3, publication="withdrawn")
    made = ControversyFactory(revisions=4, published_at=3, slug="shown")
    made.edit(publication="withdrawn")
    made.edit(publication="published")

    assert named(replay.public()) == [("shown", 3), ("shown", 4), ("shown", 6)]


def test_public_asks_once_for_many_revisions(monkeypatch):
    monkeypatch.setattr(replay, "_WHOLE", 5)
    for _ in range(4):
        ControversyFactory(revisions=5)

    with CaptureQueriesContext(connection) as queries:
        assert len(list(replay.public())) == 20

    assert len(queries) == 1 + 20 // 5


@pytest.mark.django_db(transaction=True)
def test_snapshot_is_one_state_and_writes_nothing():
    made = ControversyFactory()
    with replay.snapshot():
        assert len(list(replay.page(made.key))) == 1
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            assert cursor.fetchone() == ("on",)
            cursor.execute("SHOW transaction_isolation")
            assert cursor.fetchone() == ("repeatable read",)
