"""Marks of sources in prose follow their source, not its number."""

import re
from dataclasses import replace

import pytest
from hypothesis import given

from controversies.document import merge, references
from controversies.document.merge import Resolution, Take
from controversies.document.types import Citation, Document, Position
from tests.factories import new_key

from .edits import PAGE, SOURCES, Edit, edited, edits, key
from .test_merge import A, B, change, cite, only, position

TITLES = references.titles([PAGE])


def cited(name: str, source: int) -> Citation:
    return Citation(key=key("made citation", name), source=key("source", source), relation="supports")


def first(document: Document, *citations: Citation) -> Document:
    """The document with these cited before all others."""
    context = replace(document.context, citations=(*citations, *document.context.citations))
    return document.with_blocks(context=context, sources=(*SOURCES, *document.sources))


def mark(document: Document, source: int) -> str:
    return f"[{document.source_numbers[key('source', source)]}]"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("See [1], [2] and [9].", "See [2], [1] and [9]."),
        ("[1](https://example.org/) [1]", "[1](https://example.org/) [2]"),
        ("[01] [0] [] [x] [12345]", "[01] [0] [] [x] [12345]"),
        ("[3]", "(“Gone”)"),
    ],
)
def test_marks_are_written_anew_by_what_the_numbers_meant(text: str, written: str) -> None:
    one, two = (each.key for each in PAGE.sources[:2])
    turned = replace(PAGE, sources=(PAGE.sources[1], PAGE.sources[0]), points=(), positions=())
    document = replace(turned, context=replace(PAGE.context, text=text))

    made = references.renumber_marks(
        document, [one, two, key("source", "gone")], {key("source", "gone"): "Gone"}
    )

    assert made.context.text == written


def test_unchanged_numbers_change_nothing() -> None:
    document = change(PAGE, A, argument="See [1] and [99].")

    assert references.renumber_marks(document, references.numbering(document, PAGE), {}) is document


def test_quotes_are_kept_word_for_word() -> None:
    quoted = replace(PAGE.context.citations[0], quote="As [1] says.")
    document = replace(PAGE, context=replace(PAGE.context, citations=(quoted,)))

    made = references.renumber_marks(document, [s.key for s in reversed(document.sources)], TITLES)

    assert made.context.citations[0].quote == "As [1] says."


def test_merge_keeps_each_mark_with_its_source_whatever_the_numbers_become() -> None:
    base = cite(PAGE, A, cited("a", 1), cited("b", 2))
    base = change(base, A, argument=f"As {mark(base, 1)} says.")
    theirs = first(base, cited("c", 5))
    theirs = change(theirs, A, argument=f"As {mark(theirs, 1)} says.\n\nAnd {mark(theirs, 5)}.")
    mine = first(base, cited("d", 6))
    mine = change(mine, B, argument=f"But {mark(mine, 6)} and {mark(mine, 2)} do not.")
    mine = change(mine, A, argument=f"As {mark(mine, 1)} says.")

    merged = merge.merge(base, theirs, mine)

    assert merged.conflicts == ()
    result = merged.document
    assert position(result, A).argument == f"As {mark(result, 1)} says.\n\nAnd {mark(result, 5)}."
    assert position(result, B).argument == f"But {mark(result, 6)} and {mark(result, 2)} do not."
    assert len({mark(result, each) for each in (1, 2, 5, 6)}) == 4


def test_merge_names_what_the_other_side_no_longer_cites() -> None:
    base = cite(PAGE, A, cited("a", 7))
    theirs = PAGE
    mine = change(base, B, argument=f"As {mark(base, 7)} says.")

    merged = merge.merge(base, theirs, mine)

    title = next(source.title for source in base.sources if source.key == key("source", 7))
    assert position(merged.document, B).argument == f"As (“{title}”) says."


def test_conflict_is_put_in_the_numbers_of_mine_and_answered_in_them() -> None:
    base = change(cite(PAGE, A, cited("a", 1)), B, argument="Nothing.")
    theirs = first(base, cited("c", 5))
    theirs = change(theirs, B, argument=f"Theirs {mark(theirs, 1)} {mark(theirs, 5)}")
    mine = change(base, B, argument=f"Mine {mark(base, 1)}")
    title = next(source.title for source in theirs.sources if source.key == key("source", 5))

    conflict = only(merge.merge(base, theirs, mine))

    assert conflict.shown == ("Nothing.", f"Theirs {mark(base, 1)} (“{title}”)", f"Mine {mark(base, 1)}")
    for take, typed, said in (
        (Take.THEIRS, "", "Theirs {1} {5}"),
        (Take.OWN_TEXT, f"Both {mark(base, 1)}", "Both {1}"),
    ):
        done = merge.merge(base, theirs, mine, {conflict.path: Resolution(take, conflict.seen, (typed,))})
        assert done.conflicts == ()
        numbers = {str(each): mark(done.document, each) for each in (1, 5)}
        expected = said.replace("{1}", numbers["1"]).replace("{5}", numbers["5"])
        assert position(done.document, B).argument == expected


def with_marks(document: Document) -> Document:
    """The document with a mark in each position's argument, which says whose it is."""

    def marked(position: Position) -> Position:
        for citation in position.citations[:1]:
            number = document.source_numbers[citation.source]
            return replace(position, argument=f"{position.argument}\n\n{citation.source}: [{number}]")
        return position

    return replace(document, positions=tuple(map(marked, document.positions)))


@given(edits, edits)
def test_merge_keeps_every_mark_with_its_source(one: list[Edit], other: list[Edit]) -> None:
    base = with_marks(PAGE)

    def side(made: list[Edit], salt: str) -> Document:
        document = edited(base, made, salt)
        numbers = references.numbering(document, base)
        return with_marks(references.renumber_marks(document, numbers, references.titles([document, base])))

    document = merge.merge(base, side(one, "theirs"), side(other, "mine")).document

    for each in document.positions:
        for source, number in re.findall(r"([0-9a-f-]{36}): \[([0-9]+)\]", each.argument):
            assert document.source_numbers[source] == int(number)


def test_mark_of_a_source_that_nobody_knows_stays_as_it_is_written() -> None:
    text = f"Said [source:{new_key()}]."

    assert references.text_to_number_marks(text, PAGE, {}) == text
