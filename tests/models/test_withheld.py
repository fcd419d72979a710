"""Revisions without their content: the database takes them with a page's whole history, and at no other time."""

import hashlib
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from controversies import history
from controversies import models as m
from controversies.history import log, replay, spans, verify
from controversies.history.revisions import revision_digest
from tests.factories import START, ControversyFactory, document_factory
from tests.history.test_verify import check, tamper

pytestmark = pytest.mark.django_db(transaction=True)


def withheld(key: str, number: int, **values: Any) -> m.Revision:
    values = {
        "time": START,
        "author_name": "",
        "document": b"",
        "digest": hashlib.sha256(b"%d" % number).digest(),
        "withheld": "draft",
        **values,
    }
    return m.Revision(controversy_id=key, number=number, **values)


def with_hole() -> str:
    """A page whose first revision was withheld, made by hand of one that has it; its key."""
    made = ControversyFactory(revisions=3, published_at=2)
    tamper(
        "UPDATE controversies_revision SET withheld = 'draft', author_name = '', summary = '', document = '',"
        " changes = '[]', added = 0, removed = 0 WHERE controversy_id = %s AND number = 1",
        made.key,
    )
    tamper(
        "UPDATE controversies_revision SET classes = '{}', added = 0, removed = 0,"
        """ changes = '[["head", "", "publication", "draft", "published"]]'"""
        " WHERE controversy_id = %s AND number = 2",
        made.key,
    )
    tamper(
        "UPDATE controversies_revision r SET seal = controversies_seal_of_revision(r) WHERE controversy_id = %s",
        made.key,
    )
    return made.key


def test_page_on_record_takes_none():
    made = ControversyFactory(revisions=2)

    with (
        pytest.raises(IntegrityError, match="is on record: no revision of it can be withheld"),
        transaction.atomic(),
    ):
        withheld(made.key, 3).save(force_insert=True)
    assert m.Revision.objects.count() == 2


def test_draft_on_record_takes_none():
    made = ControversyFactory(revisions=2, publication="draft")

    with pytest.raises(IntegrityError, match="is on record"), transaction.atomic():
        withheld(made.key, 3).save(force_insert=True)


def made_with_nothing_else(constraint: str) -> None:
    """A page with a withheld revision, as far as this constraint."""
    document = document_factory()
    topic = document.head.topic
    with transaction.atomic(), connection.cursor() as cursor:
        m.Topic.objects.create(id=topic.key, slug=topic.slug, title=topic.title)
        m.Controversy.objects.create(id=document.key, slug="a", title="A", topic_id=topic.key)
        m.Revision.objects.bulk_create([withheld(document.key, 1)])
        cursor.execute(f"SET CONSTRAINTS {constraint} IMMEDIATE")


def test_it_records_nothing():
    """Rows that were made with it still want a revision, which it is not."""
    with pytest.raises(IntegrityError, match="was changed without a revision"):
        made_with_nothing_else("require_revision")
    assert m.UnrecordedChange.objects.count() == 0


def test_newest_is_never_one():
    with pytest.raises(IntegrityError, match="is withheld, and nothing follows it"):
        made_with_nothing_else("require_following")


@pytest.mark.parametrize(
    "values",
    [
        {"author_name": "A"},
        {"summary": "Why"},
        {"reviewer_name": "B"},
        {"withheld": "published"},
        {"added": 1},
    ],
    ids=str,
)
def test_it_tells_nothing(values):
    with pytest.raises(IntegrityError, match="withheld_says_nothing"), transaction.atomic():
        withheld(document_factory().key, 1, **values).save(force_insert=True)


def test_it_is_never_read_and_the_chain_is_followed_through_it():
    key = with_hole()

    assert history.at(key, 1) is None
    assert [reading.number for reading in replay.page(key)] == [2, 3]
    assert [reading.number for reading in replay.public()] == [2, 3]
    assert [step.entry.withheld for step in replay.steps(key)] == ["draft", "", ""]
    assert list(verify.faults(key)) == []
    assert [(line.number, line.publication) for line in log.page(key).lines] == [
        (3, "published"),
        (2, "published"),
        (1, "draft"),
    ]
    assert [(span.first, span.publication, span.withheld) for span in spans.read_spans(key)] == [
        (1, "draft", True),
        (2, "published", False),
    ]
    assert spans.authors(key, spans.read_spans(key), every=True) == ["Cora Contributor", "Paul Publisher"]
    assert [mark.number for mark in spans.read_marks(key, spans.read_spans(key), every=True)] == [2, 3]


def test_checkhistory_finds_a_digest_of_one_altered():
    key = with_hole()
    forged = hashlib.sha256(b"forged").digest()
    tamper(
        "UPDATE controversies_revision SET digest = %s WHERE controversy_id = %s AND number = 1", forged, key
    )

    seal, fault = list(verify.faults(key))

    assert seal.startswith("Revision 1: its seal is broken: ")
    assert fault.startswith("Revision 2: its digest does not follow from the revision before")


def test_checkhistory_finds_one_that_is_the_newest():
    made = ControversyFactory(revisions=2)
    tamper(
        "UPDATE controversies_revision SET withheld = 'draft', author_name = '', summary = '', added = 0, removed = 0"
        " WHERE controversy_id = %s AND number = 2",
        made.key,
    )

    printed, error = check()

    assert "The newest revision cannot be read" in printed
    assert error is not None


def test_digest_of_what_follows_covers_it():
    key = with_hole()
    first = m.Revision.objects.get(controversy=key, number=1)
    second = history.at(key, 2).entry

    assert second.digest == revision_digest(
        parent=bytes(first.digest),
        document=second.document,
        author=second.author_name,
        time=second.time,
        summary=second.summary,
    )


def test_words_are_indexed_once_a_statement():
    """Of the rows as they then are, for each page that the statement recorded."""
    made = ControversyFactory(revisions=2)
    with history.act(author_name="A"):
        m.Position.objects.filter(controversy=made.key).update(claim="A zygomorphic claim")

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM controversies_searchword WHERE word = 'zygomorph'")
        assert cursor.fetchone() == (1,)
