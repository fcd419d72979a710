import datetime
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from controversies.document.blame import replay
from controversies.document.types import BLOCKS, Kind, part_classes
from controversies.history import Entry, Reading
from controversies.history.blame import BlameEntry, BlameSpan, BlameValue, PageBlame
from controversies.pages.blame.tags import blame_field
from controversies.pages.blame.view import BlamedList, BlamedText, blame_view, blamed_part
from tests.factories import START, document_factory
from tests.strategies import documents, edits


def blame_after(documents_in_order):
    """The blame of the last of these documents, each recorded a day after the one before by another author."""
    *_earlier, last = replay((n, each, False) for n, each in enumerate(documents_in_order, 1))
    number = len(documents_in_order)
    entries = {
        n: BlameEntry(n, START + datetime.timedelta(days=n), f"Author {n}", summary=f"Reason {n}.")
        for n in range(1, number + 1)
    }
    entry = Entry(
        last.document.key, number, entries[number].time, None, f"Author {number}", "", b"", b"", (), [], 0, 0
    )
    return PageBlame(Reading(entry, last.document, {}), every=False, blocks=last.blame(), entries=entries)


def fields(view):
    """Every field of a view, those of lists' members too."""

    def within(these):
        for each in these:
            yield each
            if isinstance(each, BlamedList):
                for member in each.members:
                    yield from within(member.fields)

    for section in view.sections:
        for block in section.blocks:
            yield from within(block.fields)


@given(st.data())
def test_every_word_of_every_text_has_an_author_whatever_the_history(data):
    document = data.draw(documents())
    recorded = [document]
    for _number in range(3):
        document = replace(data.draw(edits(document)), head=replace(document.head))
        recorded.append(document)
    blame = blame_after(recorded)
    view = blame_view(blame, "slug")
    html = "".join(
        str(blame_field(each))
        for section in view.sections
        for block in section.blocks
        for each in block.fields
    )

    by_anchor = {each.anchor: each for each in fields(view)}
    for key, paths in blame.blocks.items():
        for path, blamed in paths.items():
            if isinstance(blamed, BlameValue) or not any(isinstance(each, BlameSpan) for each in blamed):
                continue
            text = "".join(span.text for span in blamed if isinstance(span, BlameSpan))
            if not text.strip() or path.startswith("topic."):
                continue
            shown = by_anchor[f"{key}.{path}"]
            assert isinstance(shown, BlamedText)
            numbers = [statement.number for row in shown.rows for statement in row.statements]
            spans = [span for span in blamed if isinstance(span, BlameSpan)]
            said = {span.place + 1 for span in spans if any(map(str.isalnum, span.text))}
            assert numbers == sorted(set(numbers))
            assert said <= set(numbers)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert "<script" not in html


def test_sections_follow_the_declaration():
    view = blame_view(blame_after([document_factory(positions=2, points=2, backings=2, citations=2)]), "slug")

    assert [section.anchor for section in view.sections] == [each.attribute for each in BLOCKS]
    assert [len(section.blocks) for section in view.sections] == [1, 1, 2, 2, 2, 2]
    assert view.authors == ("Author 1",)
    assert not view.has_ages


def test_ages_run_from_the_first_revision_to_this_one():
    document = document_factory(positions=1, points=0)
    recorded = [document]
    for number in range(2, 12):
        document = replace(document, head=replace(document.head, question=f"Question {number}?"))
        [position] = document.positions
        argument = f"{position.argument} Here is sentence {number}."
        document = document.with_blocks(positions=(replace(position, argument=argument),))
        recorded.append(document)
    view = blame_view(blame_after(recorded), "slug")

    [argument] = [each for each in fields(view) if each.anchor.endswith(".argument")]
    assert isinstance(argument, BlamedText)
    ages = [row.age for row in argument.rows]
    assert ages == sorted(ages)
    assert set(ages) == {"age-1", "age-2", "age-3", "age-4", "age-5"}
    assert view.has_ages


def test_what_one_wrote_is_all_that_is_left_for_one():
    document = document_factory(positions=2, points=1)
    first, second = document.positions
    changed = document.with_blocks(positions=(replace(first, argument="All of it is new here."), second))
    blame = blame_after([document, changed])
    view = blame_view(blame, "slug", author="Author 2")

    assert [each.anchor for each in fields(view)] == [f"{first.key}.argument"]
    assert blame_view(blame, "slug", author="Nobody").sections == ()
    assert view.authors == ("Author 1", "Author 2")


def test_one_part_can_be_had_by_its_path():
    document = document_factory(positions=1, points=1, backings=1, citations=3)
    blame = blame_after([document])
    [position] = document.positions
    [backing] = position.backings

    for path in ("", "claim", f"stances.{position.stances[0].point}", f"backings.{backing.key}"):
        anchors = [each.anchor for each in blamed_part(blame, "slug", position.key, path)]
        assert anchors
        assert all(each.startswith(position.key) for each in anchors)
    assert blamed_part(blame, "slug", document.key, "no.such.path") == ()
    assert blamed_part(blame, "slug", backing.key, "") == ()


def test_no_kind_of_field_is_forgotten():
    """Else a field of a new kind would be in no blame."""
    assert {spec.kind for cls in part_classes() for spec in cls.SPECS} <= set(Kind)
    document = document_factory(positions=1, points=1, backings=1, citations=3, attribution="Somebody")
    anchors = {each.anchor for each in fields(blame_view(blame_after([document]), "slug"))}
    expected = {
        f"{block.key}.{spec.name}"
        for block_type in BLOCKS
        for block in block_type.blocks(document)
        for spec in block_type.part.SPECS
        if spec.kind not in (Kind.KEY, Kind.SLUG) and getattr(block, spec.name)
    }
    assert expected <= anchors | {f"{block.key}.aliases" for block in document.backers}
