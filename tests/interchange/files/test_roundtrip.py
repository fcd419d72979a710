"""What was written is read as what it was: every document, with all that is on record and with nothing."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from controversies.document import canonical, parse
from controversies.document.types import Backer
from controversies.interchange import files
from controversies.interchange.files import Catalogue
from tests import strategies
from tests.factories import BIG, document_factory
from tests.interchange.files.pages import PAGE, page

NOTHING = Catalogue()


def again(document, *, known=NOTHING, before=None, **options):
    text = files.write(document, **options)
    return files.read(text, name="page.md", known=known, before=before)


def on_record(document):
    return Catalogue(document.backers, document.sources, (document.head.topic,))


@given(strategies.documents())
def test_a_document_is_read_as_it_was_without_anything_else(document):
    found = again(document, updated=date(2026, 3, 8), revision=files.mark(7, canonical.digest(document)))

    assert found == document
    assert canonical.digest(found) == canonical.digest(document)


@given(strategies.documents())
def test_a_document_is_read_as_it_was_beside_what_is_on_record(document):
    known = on_record(document)

    assert again(document, known=known) == document
    assert again(document, known=known, before=document) == document
    assert files.read(files.write(document, known=known), name="page.md", known=known) == document


@given(strategies.pairs())
def test_an_edited_document_is_read_as_it_was_whatever_it_was_made_from(pair):
    old, new = pair

    assert again(new, known=on_record(new), before=old) == new


@given(strategies.documents())
def test_each_backer_is_read_as_it_was(document):
    for backer in document.backers:
        assert files.read_actor(files.write_actor(backer), name="actor.yml") == backer


@given(strategies.documents())
def test_line_breaks_of_other_systems_and_a_byte_order_mark_change_nothing(document):
    text = files.write(document)
    bytes_ = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()

    assert files.document(files.PageFile(bytes_, name="page.md"), known=NOTHING) == document


def test_the_page_of_these_tests_is_read_as_it_was():
    assert files.read(PAGE, name="page.md", known=NOTHING) == page()


def test_a_page_made_by_a_file_needs_no_keys():
    document = files.read(PAGE, name="page.md", known=NOTHING)

    assert "keys:" not in files.write(document)


def test_a_large_document_is_read_as_it_was():
    document = document_factory(**BIG)

    assert again(document) == document


def test_a_backer_with_all_facts_is_read_as_it_was():
    backer = Backer(
        key="6f8f57e0-6b0c-4e5e-8e55-3c4a1f0f7f0e",
        slug="fair",
        name="FAIR: a lab",
        kind="research-lab",
        description="One.\n\nTwo.",
        website="https://crux.example/",
        aliases=("null", "Meta: AI"),
    )

    assert files.read_actor(files.write_actor(backer), name="actor.yml") == backer
    assert files.read_actor(files.write_actor(replace(backer, aliases=())), name="a.yml").aliases == ()


SCRAPS = st.sampled_from(
    [
        "---",
        "- ",
        "  ",
        "\t",
        ": ",
        "#",
        "[",
        "{",
        '"',
        "'",
        "|-",
        "&a",
        "*a",
        "!!x ",
        "null",
        "\n",
        "## Status",
        "\x00",
    ]
)


@given(
    strategies.documents(most=2),
    st.lists(st.tuples(st.integers(0), st.sampled_from("dix"), SCRAPS), max_size=6),
)
def test_whatever_becomes_of_a_text_it_is_read_or_its_faults_are_told(document, edits):
    lines = files.write(document).split("\n")
    for number, action, scrap in edits:
        i = number % len(lines)
        middle = len(lines[i]) // 2
        changed = {"d": [], "i": [scrap, lines[i]], "x": [lines[i][:middle] + scrap + lines[i][middle:]]}
        lines[i : i + 1] = changed[action]
    text = "\n".join(lines)

    try:
        found = files.read(text, name="a.md", known=NOTHING, before=document)
    except files.InvalidFile as error:
        found, faults = None, error.faults

    assert parse.check(found) == [] if found else faults
    assert found or all(1 <= fault.line <= text.count("\n") + 1 for fault in faults)
