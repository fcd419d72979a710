"""What readers are told of words from before a page was public, or while it was hidden: nothing that a corpus lacks."""

import io
from dataclasses import replace

import pytest
from django.core.management import call_command

from controversies import history
from controversies import models as m
from controversies.history.blame import blame_of
from controversies.interchange.corpus import dump, load
from tests.factories import ControversyFactory

from .test_reading import argument, readings, revisions, with_argument

pytestmark = pytest.mark.django_db


def hidden_page():
    """A draft of two authors, published by a third with a correction; edited; withdrawn, edited, published; edited."""
    page = ControversyFactory(authors=("Dora Draft",), publication="draft")
    page.save(with_argument(page.document, "Rivers flood in spring. Dams hold."), author_name="Dirk Draft")
    page.save(
        with_argument(
            replace(page.document, head=replace(page.document.head, publication="published")),
            "Rivers flood in spring. Dams hold. Most of them.",
        ),
        author_name="Paul Publisher",
        summary="Ready to be read.",
    )
    page.save(
        with_argument(page.document, "Rivers flood in spring. Old dams hold. Most of them."),
        author_name="Ada",
    )
    page.edit(publication="withdrawn", author_name="Paul Publisher")
    page.save(
        with_argument(page.document, "Rivers flood in spring. Old dams hold. A secret."),
        author_name="Hidden Hand",
    )
    page.save(
        with_argument(page.document, "Rivers flood in spring. Old dams hold. A secret. Shown again."),
        author_name="Hidden Hand",
    )
    page.edit(publication="published", author_name="Paul Publisher", summary="Shown again.")
    page.save(
        with_argument(page.document, "Rivers flood in spring. Old dams hold. A secret. Shown again. By me."),
        author_name="Bea",
    )
    return page


PUBLIC = (3, 4, 8, 9)


def test_words_from_before_publication_are_nobodys():
    page = hidden_page()

    blame = blame_of(history.at(page.key, 3))

    assert set(revisions(argument(blame))) == {3}
    [entry] = blame.entries.values()
    assert (entry.number, entry.before_publication) == (3, True)
    assert (entry.author_name, entry.reviewer_name, entry.summary) == ("", "", "")


def test_words_that_came_while_hidden_are_nobodys():
    page = hidden_page()

    blame = blame_of(page.head)

    assert [(span.text.strip(), span.revision) for span in argument(blame)] == [
        ("Rivers flood in spring.", 3),
        ("Old", 4),
        ("dams hold.", 3),
        ("A secret.", 8),
        ("Shown again.", 8),
        ("By me.", 9),
    ]
    assert {n: entry.author_name for n, entry in blame.entries.items()} == {3: "", 4: "Ada", 8: "", 9: "Bea"}
    assert {n for n, entry in blame.entries.items() if entry.before_publication} == {3, 8}


def test_no_name_or_number_of_a_hidden_revision_is_told():
    page = hidden_page()

    for number in PUBLIC:
        blame = blame_of(history.at(page.key, number))
        assert set(blame.entries) <= set(PUBLIC)
        text = repr(blame.entries)
        assert not any(name in text for name in ("Draft", "Hidden Hand", "Paul Publisher"))


def test_desk_is_told_who_wrote_it():
    page = hidden_page()

    blame = blame_of(page.head, every=True)

    assert [(span.text.strip(), blame.entries[span.revision].author_name) for span in argument(blame)] == [
        ("Rivers flood in spring.", "Dirk Draft"),
        ("Old", "Ada"),
        ("dams hold.", "Dirk Draft"),
        ("A secret.", "Hidden Hand"),
        ("Shown again.", "Hidden Hand"),
        ("By me.", "Bea"),
    ]
    assert not any(entry.before_publication for entry in blame.entries.values())


def test_desk_needs_no_blame_of_its_own_where_nothing_was_hidden():
    page = ControversyFactory(revisions=3)

    assert blame_of(page.head, every=True).blocks == blame_of(page.head).blocks
    assert not m.Blame.objects.filter(every=True).exists()


def test_draft_costs_nothing_until_it_is_published():
    page = ControversyFactory(revisions=3, publication="draft")

    assert not m.Blame.objects.exists()
    page.edit(publication="published")
    assert m.Blame.objects.get().number == 4


@pytest.mark.django_db(transaction=True)
def test_public_blame_follows_from_the_corpus():
    page = hidden_page()
    here = {number: told(blame_of(history.at(page.key, number))) for number in PUBLIC}
    corpus = b"".join(dump.corpus())
    call_command("flush", interactive=False, verbosity=0)

    load.load(io.BytesIO(corpus))

    assert not m.Blame.objects.exists()
    for number in (9, 3, 8, 4):
        assert told(blame_of(history.at(page.key, number))) == here[number]
    # The desk of that site knows no more.
    assert told(blame_of(history.at(page.key, 9), every=True)) == here[9]
    history.record(
        with_argument(history.head(page.key).document, "Nothing is left."),
        author_name="Cem",
        base=9,
    )
    assert m.Blame.objects.get().number == 10
    assert set(revisions(argument(blame_of(history.head(page.key))))) == {10}


def told(blame):
    """All that a blame tells."""
    return blame.blocks, blame.entries


def test_revisions_of_a_page_are_those_that_blame_goes_over():
    page = hidden_page()

    assert [reading.document.head.publication == "published" for reading in readings(page.key)] == [
        number in PUBLIC for number in range(1, 10)
    ]
