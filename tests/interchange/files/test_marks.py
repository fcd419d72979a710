"""Marks of sources in files: by the source's address, so that none ever points at another work unnoticed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.document.types import Citation, Document, Source
from controversies.interchange.files import Catalogue, InvalidFile, PageFile, document, read, write
from tests.factories import document_factory, new_key
from tests.strategies import documents, pairs

NOTHING = Catalogue()
PAGE = """\
---
id: tea
title: Tea
thread: tea
status: active
positions:
  - claim: Milk goes in first
    sources:
{sources}
    argument: {argument}
---

## Context

{context}
"""
WORKS = {
    "brew": "      - id: brew\n        title: On Brewing",
    "leaf": "      - id: leaf\n        title: A Leaf",
    "cup": "      - id: cup\n        title: The Cup",
}


def page(*works: str, argument: str = "Plain.", context: str = "Plain.") -> str:
    return PAGE.format(sources="\n".join(WORKS[work] for work in works), argument=argument, context=context)


def said(text: str, before: Document | None = None, **options) -> Document:
    return read(text, name="tea.md", known=NOTHING, before=before, **options)


def noted(text: str, before: Document) -> tuple[str, list[str]]:
    """The context that the text says, and what is to say about it."""
    opened = PageFile(text, name="tea.md")
    found = document(opened, known=NOTHING, before=before)
    return found.context.text, list(map(str, opened.notes))


def faults(text: str, before: Document | None = None) -> list[str]:
    with pytest.raises(InvalidFile) as caught:
        said(text, before)
    return list(map(str, caught.value.faults))


def with_texts(made: Document, text: str) -> Document:
    """The document with this text wherever there can be one with marks."""

    def stanced(position):
        stances = tuple(replace(stance, text=text) for stance in position.stances)
        backings = tuple(replace(backing, note=text) for backing in position.backings)
        return replace(position, argument=text, confidence_reason=text, stances=stances, backings=backings)

    return replace(
        made,
        head=replace(made.head, status_summary=text, attribution=text),
        context=replace(made.context, text=text),
        points=tuple(replace(point, body=text) for point in made.points),
        positions=tuple(map(stanced, made.positions)),
    )


def in_front(made: Document) -> Document:
    """The document with a source cited before all others, and its marks as they must be then."""
    source = Source(key=new_key(), slug="first-of-all", title="First of all")
    cited = Citation(key=new_key(), source=source.key, relation="supports")
    return made.with_blocks(
        context=replace(made.context, citations=(cited, *made.context.citations)),
        sources=(source, *made.sources),
    )


# -- writing and reading --


def test_marks_are_written_by_the_address_of_their_source() -> None:
    made = with_texts(document_factory(positions=1, citations=4), "As [1] says, and [2][3].")
    one, two, three, *_rest = (source.slug for source in made.sources)

    text = write(made)

    assert text.count(f"As [@{one}] says, and [@{two}][@{three}].") == 10
    assert "[1]" not in text
    assert read(text, name="", known=NOTHING) == made


@pytest.mark.parametrize(
    "text",
    [
        "No mark: [@nobody], [\\@nobody], [\\\\@nobody] and [@Not-A-Slug] and [@nobody](https://tea.example/).",
        "No source has [99], [\\99] or [\\\\99]; [0], [01] and [12345] are none; [1](https://tea.example/) is a link.",
        "Escaped: [\\1], [\\\\1], \\[1].",
        "`[1]` in code, and [@source-1] and [2]",
    ],
)
def test_whatever_else_looks_like_a_mark_comes_back_as_it_was(text: str) -> None:
    made = with_texts(document_factory(positions=2, citations=4), text)

    assert read(write(made), name="", known=NOTHING) == made


def test_a_source_in_front_changes_no_other_line_of_the_file() -> None:
    made = with_texts(document_factory(positions=2, citations=6), "As [1] says, and [2].")
    more = in_front(made)
    more = with_texts(more, "As [2] says, and [3].")

    before, after = write(made).splitlines(), write(more).splitlines()

    added = [line.strip() for line in after if line not in before]

    assert [line for line in before if line not in after] == []
    assert added[:2] == ["- id: first-of-all", "title: First of all"]
    assert [line.partition(":")[0] for line in added[2:]] == [
        "context/first-of-all",
        "source/first-of-all",
    ]  # their keys, which follow from no name here


marks = st.lists(
    st.sampled_from(
        ["[1]", "[2]", "[9]", "[\\1]", "[\\99]", "[@x]", "[\\@x]", "[@source-1]", "(", " and ", "\\"]
    ),
    max_size=8,
).map(lambda parts: f"It {''.join(parts)} ends")


@given(documents(), marks)
def test_any_document_with_any_marks_comes_back_as_it_was(made: Document, text: str) -> None:
    made = with_texts(made, text)

    assert read(write(made), name="", known=NOTHING) == made


@given(pairs(), marks, marks)
def test_an_edited_document_comes_back_as_it_was_whatever_the_file_was_made_from(
    pair: tuple[Document, Document], text: str, other: str
) -> None:
    before, made = with_texts(pair[0], other), with_texts(pair[1], text)

    known = Catalogue(made.backers, made.sources, (made.head.topic,))

    assert read(write(made), name="", known=known, before=before) == made


def test_numbers_are_those_of_the_file() -> None:
    found = said(page("brew", "leaf", context="See [2], [@brew] and [7]."))

    assert found.context.text == "See [2], [1] and [7]."


def test_a_source_is_named_by_the_id_that_the_file_has_for_it() -> None:
    """One that is on record under another address, too."""
    known = Catalogue(
        sources=(Source(key=new_key(), slug="on-brewing", title="On Brewing", url="https://tea.example/"),)
    )
    text = page("leaf", context="See [@mine].").replace(
        "title: A Leaf", "title: A Leaf\n      - id: mine\n        url: https://tea.example/"
    )

    found = read(text, name="", known=known)

    assert found.context.text == "See [2]."
    assert found.sources[1].slug == "on-brewing"


def test_a_mark_of_no_source_is_a_fault_with_its_line() -> None:
    assert faults(page("brew", "leaf", context="See\n[@brw] and [@nobody].", argument='"[@cup]"')) == [
        "tea.md:13: No source of this page is called “cup”. Cite it, or write the id of one that is cited."
        " If no source is meant, write [\\@cup].",
        "tea.md:19: No source of this page is called “brw”. Cite it, or write the id of one that is cited."
        " Did you mean “brew”? If no source is meant, write [\\@brw].",
        "tea.md:19: No source of this page is called “nobody”. Cite it, or write the id of one that is cited."
        " If no source is meant, write [\\@nobody].",
    ]


# -- numbers, in a file that was changed --


BEFORE = page("brew", "leaf", context="First [1].\n\nSecond [2].")


def test_numbers_left_alone_stay_at_their_works_and_that_is_said() -> None:
    now = page("cup", "brew", "leaf", context="First [1].\n\nSecond [2], edited.")

    text, notes = noted(now, said(BEFORE))

    assert text == "First [2].\n\nSecond [3], edited."
    assert notes == [
        "tea.md:20: [1] stays at “On Brewing”, which is source 2 now; write [@brew]",
        "tea.md:22: [2] stays at “A Leaf”, which is source 3 now; write [@leaf]",
    ]


def test_numbers_put_right_by_hand_are_those_of_the_file() -> None:
    now = page("cup", "brew", "leaf", context="First [2].\n\nSecond [3].\n\nThird [1].")

    assert noted(now, said(BEFORE)) == ("First [2].\n\nSecond [3].\n\nThird [1].", [])


def test_a_new_number_among_those_left_alone_is_refused_with_its_line() -> None:
    now = page("cup", "brew", "leaf", context="First [1].\n\nSecond [2].\n\nThird [1].")

    assert faults(now, said(BEFORE)) == [
        "tea.md:24: Sources have other numbers than in the version before, and other marks here still have the old"
        " ones: [1] may be “On Brewing” or “The Cup”. Write [@brew] or [@cup]."
    ]


def test_a_mark_whose_work_gave_way_to_another_is_said() -> None:
    now = page("cup", "leaf", context="First [1].\n\nSecond [2].")

    assert noted(now, said(BEFORE)) == (
        "First [1].\n\nSecond [2].",
        ["tea.md:18: [1] was “On Brewing”, which is no longer cited, and is “The Cup” now"],
    )


def test_marks_by_address_need_no_weighing() -> None:
    now = page("cup", "brew", "leaf", context="First [@brew].\n\nSecond [@leaf].\n\nThird [@cup].")

    assert noted(now, said(BEFORE)) == ("First [2].\n\nSecond [3].\n\nThird [1].", [])


def test_whoever_types_beside_a_page_means_its_numbers() -> None:
    before = said(BEFORE)
    numbers = [source.key for source in before.sources]
    now = page("cup", "leaf", context="First [1], second [2], new [3], [@leaf].")

    found = said(now, before, numbers=numbers)

    assert found.context.text == "First (“On Brewing”), second [2], new [1], [2]."
