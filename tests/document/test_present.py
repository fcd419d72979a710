"""The presentation of a comparison: names in readers' words, from the declaration alone."""

from dataclasses import replace

import pytest

from controversies.document.changes import Action, BlockChange, Comparison, FieldChange, PlaceOnPage
from controversies.document.compare import compare
from controversies.document.present import MemberName, PageNames, main_text, present
from controversies.document.types import BLOCKS, Kind, Spec
from controversies.models import BackerKind
from tests import factories


def document(**options):
    return factories.document_factory(
        **{"positions": 3, "points": 2, "backings": 1, "citations": 1, **options}
    )


def test_blocks_are_named_by_letter_number_or_title():
    page = document()
    names = PageNames(page)

    assert names.block(page.head) == "Page"
    assert names.block(page.context) == "Context"
    assert names.block(page.points[1]) == "Contested point 2"
    assert names.block(page.positions[2]) == "Position C"
    assert names.block(page.sources[0]) == "Source 1"
    assert names.block(page.backers[0]) == f"Backer “{page.backers[0].name}”"


def test_every_kind_of_block_has_a_name_and_one_within_a_sentence():
    page = document()
    names = PageNames(page)

    for block_type in BLOCKS:
        for block in block_type.blocks(page):
            assert "%" not in names.block(block)
            assert names.block(block).startswith(str(block_type.label))


def test_a_block_says_which_letter_it_had():
    old = document()
    a, b, c = old.positions
    new = old.with_blocks(positions=(c, a, b))
    names = PageNames(new, old)

    assert names.block(c) == "Position A"
    assert names.former(c) == "C"
    assert names.block_then_and_now(c) == "Position A (was\N{NO-BREAK SPACE}C)"
    assert names.block_then_and_now(old.sources[0]) == "Source 1"


def test_members_are_named_by_what_they_refer_to():
    page = document()
    names = PageNames(page)
    position = page.positions[0]
    [backing], [citation] = position.backings[:1], position.citations[:1]
    source = page.by_key[citation.source]
    backer = page.by_key[backing.backer]

    assert names.member(citation) == MemberName(
        source.title, before=f"Supports · [{page.source_numbers[source.key]}]"
    )
    assert names.member(backing).name == backer.name
    assert names.member(backing).after == BackerKind(backer.kind).label.lower()
    assert names.place(PlaceOnPage(position, 0, "note", backing)) == f"Position A › {backer.name}"


def test_a_member_whose_block_is_on_neither_page_is_named_by_its_key():
    page = document()
    citation = replace(page.positions[0].citations[0], source="no-such-key")

    assert PageNames(page).member(citation) == MemberName("no-such-key", before="Supports")


def test_a_part_that_came_has_all_its_fields_against_nothing():
    old = document(positions=1)
    new = old.with_blocks(
        positions=(
            *old.positions,
            replace(old.positions[0], key=factories.new_key(), claim="Another claim", citations=()),
        )
    )

    [entry] = present(compare(old, new)).reported

    assert (entry.action, entry.name, entry.title) == (Action.ADDED, "Position B", "Another claim")
    assert entry.fields[0].old == ""
    assert entry.fields[0].new == "Another claim"
    assert entry.fields[0].is_title
    assert "Key" not in [field.label for field in entry.fields]
    assert [each.label for each in entry.lists][-1] == "Backers"


@pytest.mark.parametrize(
    ("kind", "old", "new", "words"),
    [
        (Kind.DATE, "2024-07", "", ("July 2024", "")),
        (Kind.LINES, ("One", "Two"), (), ("One, Two", "")),
        (Kind.PROSE, "Old words.", "New words.", ("Old words.", "New words.")),
        (Kind.URL, "", "https://example.org/", ("", "https://example.org/")),
    ],
)
def test_a_field_that_nothing_here_knows_is_presented(kind, old, new, words):
    page = document()
    position = page.positions[1]
    spec = Spec("burden_of_proof", kind, "Burden of proof")
    change = BlockChange(Action.CHANGED, position, position, 1, 1, fields=(FieldChange(spec, old, new),))

    [entry] = present(Comparison(page, page, (change,), ())).reported

    [field] = entry.fields
    assert (entry.name, field.label) == ("Position B", "Burden of proof")
    assert (field.old, field.new) == words
    assert not field.is_title
    assert not field.is_all


def test_the_main_text_is_the_first_of_several_lines():
    page = document()

    assert [
        spec.name if (spec := main_text(block)) else None
        for block in (page.context, page.points[0], page.positions[0], page.sources[0])
    ] == ["text", "body", "argument", None]
