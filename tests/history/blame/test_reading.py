"""The blame of pages as readers and the desk read it: the same of any revision, whoever derived it and when."""

from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from controversies import history
from controversies import models as m
from controversies.document import blame as attribution
from controversies.document.types import Kind, parts_of
from controversies.history.blame import BlameSpan, BlameValue, blame_of, earlier_wordings
from controversies.history.blame.revisions import blamed_revisions
from tests.factories import BIG, ControversyFactory
from tests.strategies import documents, edits

pytestmark = pytest.mark.django_db


def readings(key):
    """Every revision of a page, oldest first."""
    return [history.at(key, number) for number in range(1, history.head(key).number + 1)]


def texts(blame):
    """By block and path, the text that the spans of each text field give."""
    return {
        (key, path): "".join(span.text for span in field)
        for key, fields in blame.blocks.items()
        for path, field in fields.items()
        if isinstance(field, list) and all(isinstance(span, BlameSpan) for span in field)
    }


def revisions(field):
    """The revisions of a text's words, in order."""
    return [span.revision for span in field]


def with_argument(document, text):
    position, *others = document.positions
    return document.with_blocks(positions=(replace(position, argument=text), *others))


def argument(blame):
    """The blame of the first position's argument."""
    return blame.blocks[blame.reading.document.positions[0].key]["argument"]


def forget(key):
    """Delete what is derived of a page, as in a database of an earlier release."""
    for model in (m.Blame, m.Origin, m.GoneText):
        model.objects.filter(controversy_id=key).delete()


# -- spans and values --


def test_spans_of_every_revision_join_to_its_texts_and_values_are_its_own():
    page = ControversyFactory(revisions=9, **BIG)

    for reading in readings(page.key):
        blame = blame_of(reading)
        joined = texts(blame)
        for block in reading.document.blocks():
            fields = blame.blocks[block.key]
            for spec in type(block).VALUES:
                value = getattr(block, spec.name)
                if spec.is_text:
                    assert joined[block.key, spec.name] == value
                elif spec.kind is Kind.LINES:
                    assert [each.value for each in fields[spec.name]] == list(value)
                elif spec.kind is not Kind.PART:
                    assert fields[spec.name].value == value
        quotes = {
            part.quote
            for block in reading.document.own_blocks()
            for part in parts_of(block)
            if hasattr(part, "quote")
        }
        assert quotes <= set(joined.values())


def test_words_belong_to_whoever_wrote_them_first():
    page = ControversyFactory(authors=("Ada",))
    page.save(
        with_argument(page.document, "Rivers flood in spring. Dams hold the water back."), author_name="Bea"
    )
    page.save(
        with_argument(page.document, "Rivers flood in spring. Old dams hold the water back."),
        author_name="Cem",
    )

    blame = blame_of(page.head)

    assert [(span.text, span.revision, span.wording) for span in argument(blame)] == [
        ("Rivers flood in spring. ", 2, 2),
        ("Old ", 3, 3),
        ("dams hold the water back.", 2, 3),
    ]
    assert {n: blame.entries[n].author_name for n in (2, 3)} == {2: "Bea", 3: "Cem"}
    assert blame.entries[2].summary == "A change for a test."


def test_value_belongs_to_whoever_set_it():
    page = ControversyFactory(authors=("Ada",), status="active")
    page.edit(status="resolved", author_name="Bea", summary="The court has decided.")
    page.edit(title="Another title", author_name="Cem")

    blame = blame_of(page.head)

    assert blame.blocks[page.key]["status"] == BlameValue("resolved", 2)
    assert blame.blocks[page.key]["polarity"].revision == 1
    assert (blame.entries[2].author_name, blame.entries[2].summary) == ("Bea", "The court has decided.")


def test_revert_gives_words_back_to_their_authors():
    page = ControversyFactory(authors=("Ada",))
    page.save(with_argument(page.document, "Rivers flood in spring. Dams hold."), author_name="Bea")
    page.save(with_argument(page.document, "Nothing of it is true!"), author_name="Vandal")
    history.revert(page.key, 2, author_name="Cem")

    blame = blame_of(history.head(page.key))

    assert revisions(argument(blame)) == [2, 2]


def test_reviewer_is_named():
    page = ControversyFactory(authors=("Ada",))
    page.save(with_argument(page.document, "Dams hold."), author_name="Cora", reviewer_name="Edith Editor")

    entry = blame_of(page.head).entries[2]

    assert (entry.author_name, entry.reviewer_name) == ("Cora", "Edith Editor")


# -- flat --


@pytest.mark.parametrize("length", [2, 60])
def test_any_revision_is_two_queries_however_long_the_history(django_assert_num_queries, length):
    page = ControversyFactory(revisions=length)

    for number in (1, length // 2, length):
        with django_assert_num_queries(1):
            reading = history.at(page.key, number)
        with django_assert_num_queries(2):
            blame_of(reading)


@pytest.mark.parametrize("length", [3, 40])
def test_desk_takes_three_queries_however_long_the_history(django_assert_num_queries, length):
    page = ControversyFactory(revisions=length, published_at=2)
    blame_of(page.head, every=True)

    for reading in (history.at(page.key, 1), page.head):
        with django_assert_num_queries(3):
            blame_of(reading, every=True)


# -- stored with each revision, or derived later --


def rows(key):
    """All that is stored of a page, but for the row's own counters."""
    return {
        model.__name__: sorted(model.objects.filter(controversy_id=key).values_list(*columns), key=repr)
        for model, columns in (
            (m.Blame, ("every", "number", "algorithm")),
            (m.Origin, ("every", "key", "since", "runs")),
            (m.GoneText, ("every", "hash", "key", "since", "grams", "body")),
        )
    }


@given(st.data())
def test_what_is_stored_with_each_revision_is_what_is_derived_from_all(data):
    with transaction.atomic():
        document = data.draw(documents())
        key, slug = document.key, document.head.slug
        for number in range(6):
            publication = data.draw(st.sampled_from(["published", "published", "withdrawn"]))
            head = replace(document.head, slug=slug, publication=publication, question=f"Is it {number}?")
            history.record(replace(document, head=head), base=number, author_name="A")
            document = data.draw(edits(history.head(key).document))
        ranges = blamed_revisions(key).public
        for reading in readings(key):
            if any(reading.number in each for each in ranges):
                blame_of(reading)
        stored = rows(key)
        every = [blame_of(reading, every=True) for reading in readings(key)]

        forget(key)
        later = [
            blame_of(reading) for reading in readings(key) if any(reading.number in each for each in ranges)
        ]
        assert rows(key) == stored
        public = [each for each in readings(key) if any(each.number in span for span in ranges)]
        replayed = list(
            attribution.replay(
                (each.number, each.document, "restore" in each.entry.classes) for each in public
            )
        )
        assert [each.blocks for each in later] == [each.blame() for each in replayed]
        forget(key)
        assert [blame_of(reading, every=True) for reading in readings(key)] == every
        transaction.set_rollback(True)


def test_save_stores_who_wrote_it():
    page = ControversyFactory(revisions=4)

    for number in range(5, 9):
        page.edit(question=f"Is it {number}?")
        assert m.Blame.objects.get(controversy_id=page.key).number == number == page.head.number


def test_save_takes_few_queries_more_and_as_many_whatever_the_size():
    counts = []
    for size in ({}, BIG):
        page = ControversyFactory(revisions=3, **size)
        document = with_argument(page.document, "Rivers flood in spring. Dams hold the water back.")
        with CaptureQueriesContext(connection) as queries:
            page.save(document)
        counts.append(sum("_blame(" in each["sql"] or "_gone_texts(" in each["sql"] for each in queries))

    # Lock and read, texts that are equal to one that left, texts that are like one, store.
    assert counts == [4, 4]
    page.edit(status="resolved")
    with CaptureQueriesContext(connection) as queries:
        page.edit(status="dormant")
    assert sum("_blame(" in each["sql"] or "_gone_texts(" in each["sql"] for each in queries) == 2


def test_earlier_wordings_are_told_newest_first():
    page = ControversyFactory(authors=("Ada",))
    for number, text in enumerate(
        ("Dams hold water.", "Most dams hold water.", "Most dams hold the water back."), 2
    ):
        page.save(
            with_argument(page.document, f"Rivers flood in spring. {text}"), author_name=f"Author {number}"
        )

    blame = blame_of(page.head)
    key = page.document.positions[0].key
    earlier = earlier_wordings(blame, key, "argument", 1)

    assert [(each.text, each.entry.number, each.entry.author_name) for each in earlier] == [
        ("Most dams hold water.", 3, "Author 3"),
        ("Dams hold water.", 2, "Author 2"),
    ]
    assert earlier_wordings(blame, key, "argument", 0) == []
    assert len(earlier_wordings(blame, key, "argument", 1, limit=1)) == 1
    with pytest.raises(LookupError):
        earlier_wordings(blame, key, "argument", 2)
    with pytest.raises(LookupError):
        earlier_wordings(blame, key, "confidence", 0)
