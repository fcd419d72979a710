import re
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controversies.document import canonical, merge, paragraphs, parse
from controversies.document.merge import Clash, Conflict, MergeResult, Resolution, Take
from controversies.document.types import Backing, Citation, Document, Point, Position, Stance
from tests import strategies

from .edits import BACKERS, PAGE, SOURCES, edited, edits, key

A, B, C = (key("position", i) for i in range(3))
P, Q, R = (key("point", i) for i in range(3))


def position(document: Document, which: str) -> Position:
    found = document.by_key[which]
    assert isinstance(found, Position)
    return found


def put(document: Document, block: Any) -> Document:
    """The document with this block in the place of the one that has its key."""
    name = "points" if isinstance(block, Point) else "positions"
    blocks = tuple(block if each.key == block.key else each for each in getattr(document, name))
    backers, sources = (*BACKERS, *document.backers), (*SOURCES, *document.sources)
    return document.with_blocks(**{name: blocks}, backers=backers, sources=sources)


def change(document: Document, which: str, **fields: Any) -> Document:
    return put(document, replace(document.by_key[which], **fields))


def head(document: Document, **fields: Any) -> Document:
    return replace(document, head=replace(document.head, **fields))


def without(document: Document, which: str) -> Document:
    positions = tuple(
        replace(each, stances=tuple(s for s in each.stances if s.point != which))
        for each in document.positions
        if each.key != which
    )
    return document.with_blocks(
        points=tuple(p for p in document.points if p.key != which), positions=positions
    )


def ordered(document: Document, *which: str) -> Document:
    return document.with_blocks(positions=tuple(position(document, each) for each in which))


def backing(name: str, backer: int, **fields: Any) -> Backing:
    return Backing(key=key("made", name), backer=key("backer", backer), **fields)


def citation(name: str, source: int, **fields: Any) -> Citation:
    return Citation(
        key=key("made citation", name), source=key("source", source), relation="supports", **fields
    )


def back(document: Document, which: str, *more: Backing) -> Document:
    return change(document, which, backings=(*position(document, which).backings, *more))


def cite(document: Document, which: str, *more: Citation) -> Document:
    return change(document, which, citations=(*position(document, which).citations, *more))


def moved(document: Document, which: str, start: str, end: str) -> Document:
    """The document with this backing moved to the end of another position's."""
    [found] = [each for each in position(document, start).backings if each.key == which]
    kept = tuple(each for each in position(document, start).backings if each.key != which)
    return back(change(document, start, backings=kept), end, found)


def only(merged: MergeResult) -> Conflict:
    [conflict] = merged.conflicts
    return conflict


def resolved(theirs: Document, mine: Document, take: Take, *typed: str) -> Document:
    """What the two make of PAGE when every conflict is resolved this way."""
    asked = merge.merge(PAGE, theirs, mine).conflicts
    assert asked
    merged = merge.merge(
        PAGE, theirs, mine, {each.path: Resolution(take, each.seen, typed) for each in asked}
    )
    assert merged.conflicts == ()
    assert parse.check(merged.document) == []
    return merged.document


# -- fields --


def test_merge_of_different_fields_keeps_both_and_tells_what_came_in() -> None:
    theirs = change(head(PAGE, question="Whether?"), A, claim="Their claim")
    mine = change(head(PAGE, status="resolved"), A, confidence="high")

    merged = merge.merge(PAGE, theirs, mine)

    assert merged.conflicts == ()
    assert (merged.document.head.question, merged.document.head.status) == ("Whether?", "resolved")
    assert position(merged.document, A).claim == "Their claim"
    assert position(merged.document, A).confidence == "high"
    assert [(each.kind, [f.name for f in each.fields]) for each in merged.incoming.blocks] == [
        ("head", ["question"]),
        ("position", ["claim"]),
    ]


def test_merge_of_one_field_changed_differently_is_a_conflict_named_in_words() -> None:
    theirs, mine = change(PAGE, B, claim="Their claim"), change(PAGE, B, claim="My claim")

    merged = merge.merge(PAGE, theirs, mine)

    conflict = only(merged)
    assert (conflict.path, conflict.label, conflict.kind) == (
        f"positions/{B}/claim",
        "Position B: Claim",
        Clash.FIELD,
    )
    assert (conflict.base, conflict.theirs, conflict.mine) == (("Claim 1",), ("Their claim",), ("My claim",))
    assert conflict.shown == ("Claim 1", "Their claim", "My claim")
    assert position(merged.document, B).claim == "My claim"


@pytest.mark.parametrize(
    ("take", "typed", "claim"),
    [
        (Take.THEIRS, [], "Their claim"),
        (Take.MINE, [], "My claim"),
        (Take.OWN_TEXT, [" A  third\r\nclaim "], "A third claim"),
    ],
)
def test_choice_resolves_by_theirs_mine_or_what_was_typed(take: Take, typed: list[str], claim: str) -> None:
    theirs, mine = change(PAGE, B, claim="Their claim"), change(PAGE, B, claim="My claim")

    assert resolved(theirs, mine, take, *typed) == change(PAGE, B, claim=claim)


def test_choice_does_not_count_once_theirs_has_changed_again() -> None:
    theirs, mine = change(PAGE, B, claim="Their claim"), change(PAGE, B, claim="My claim")
    seen = only(merge.merge(PAGE, theirs, mine))
    later = change(PAGE, B, claim="Their second thought")

    merged = merge.merge(PAGE, later, mine, {seen.path: Resolution(Take.MINE, seen.seen)})

    assert only(merged).theirs == ("Their second thought",)


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        (["x" * 501], "At most 500 characters; this has 501."),
        ([" "], "This cannot be left empty."),
        ([], "This is required."),
    ],
)
def test_choice_of_a_typed_value_that_cannot_be_is_asked_again_with_the_reason(
    typed: list[str], fault: str
) -> None:
    theirs, mine = change(PAGE, B, claim="Their claim"), change(PAGE, B, claim="My claim")
    seen = only(merge.merge(PAGE, theirs, mine))

    merged = merge.merge(PAGE, theirs, mine, {seen.path: Resolution(Take.OWN_TEXT, seen.seen, tuple(typed))})

    assert only(merged).fault == fault
    assert position(merged.document, B).claim == "My claim"


def test_choice_cannot_be_typed_where_it_has_a_key() -> None:
    theirs = change(PAGE, A, backings=(replace(position(PAGE, A).backings[0], backer=key("backer", 5)),))
    mine = change(PAGE, A, backings=(replace(position(PAGE, A).backings[0], backer=key("backer", 6)),))
    conflict = only(merge.merge(PAGE, theirs, mine))

    merged = merge.merge(
        PAGE, theirs, mine, {conflict.path: Resolution(Take.OWN_TEXT, conflict.seen, (key("backer", 7),))}
    )

    assert not conflict.can_type
    assert conflict.shown == ("Backer 0", "Backer 5", "Backer 6")
    assert merged.conflicts == (conflict,)


def test_conflicts_come_in_the_order_of_the_page() -> None:
    def edit(who: str) -> Document:
        return head(change(change(PAGE, A, claim=who), P, title=who), title=who)

    theirs, mine = without(edit("Theirs"), B), change(edit("Mine"), B, claim="Mine")

    assert [each.label for each in merge.merge(PAGE, theirs, mine).conflicts] == [
        "Title",
        "Contested point 1: Title",
        "Position A: Claim",
        "Position B",
    ]


@pytest.mark.parametrize(
    ("name", "theirs", "mine"), [("publication", "published", "withdrawn"), ("status", "resolved", "dormant")]
)
def test_merge_of_two_new_publications_or_states_is_a_conflict(name: str, theirs: str, mine: str) -> None:
    merged = merge.merge(PAGE, head(PAGE, **{name: theirs}), head(PAGE, **{name: mine}))

    assert only(merged).path == f"head/{name}"
    assert only(merged).shown[1:] == (theirs.capitalize(), mine.capitalize())


def test_merge_keeps_a_publication_that_happened_while_somebody_edited() -> None:
    merged = merge.merge(PAGE, head(PAGE, publication="published"), change(PAGE, A, claim="My claim"))

    assert merged.document == head(change(PAGE, A, claim="My claim"), publication="published")


def test_merge_of_two_reviews_is_one_conflict_of_day_and_name_together() -> None:
    base = head(PAGE, reviewed_on="2025-01-01", reviewed_by="Ada")
    theirs, mine = head(base, reviewed_on="2025-02-02"), head(base, reviewed_by="Bea")

    conflict = only(merge.merge(base, theirs, mine))

    assert conflict.label == "Reviewed on / Reviewed by"
    assert (conflict.theirs, conflict.mine) == (("2025-02-02", "Ada"), ("2025-01-01", "Bea"))
    wrong = merge.merge(
        base, theirs, mine, {conflict.path: Resolution(Take.OWN_TEXT, conflict.seen, ("", "Cleo"))}
    )
    assert only(wrong).fault == "Give both the day of the review and the reviewer, or neither."
    right = merge.merge(
        base, theirs, mine, {conflict.path: Resolution(Take.OWN_TEXT, conflict.seen, ("2025-03-03", "Cleo"))}
    )
    assert right.document == head(base, reviewed_on="2025-03-03", reviewed_by="Cleo")


def _dates(document: Document, since: str, until: str) -> Document:
    first, *rest = position(document, A).backings
    return change(document, A, backings=(replace(first, since=since, until=until), *rest))


def test_merge_of_since_and_until_keeps_both_where_they_agree() -> None:
    merged = merge.merge(PAGE, _dates(PAGE, "2019", ""), _dates(PAGE, "2020", "2024"))

    assert merged.conflicts == ()
    assert merged.document == _dates(PAGE, "2019", "2024")


def test_merge_of_two_new_beginnings_is_one_conflict_of_since_and_until() -> None:
    base = _dates(PAGE, "2019", "")

    conflict = only(merge.merge(base, _dates(PAGE, "2020", ""), _dates(PAGE, "2021", "2024")))

    assert (conflict.theirs, conflict.mine) == (("2020", ""), ("2021", "2024"))


def test_merge_that_would_end_before_it_begins_is_one_conflict() -> None:
    theirs, mine = _dates(PAGE, "2023", ""), _dates(PAGE, "2020", "2021")

    conflict = only(merge.merge(PAGE, theirs, mine))

    assert conflict.label == "Position A › Backer 0: Since / Until"
    assert [[(run.op.value, run.text) for run in runs] for runs in conflict.side_runs[1:]] == [
        [("removed", conflict.shown[0].strip()), ("kept", " "), ("added", conflict.shown[side].strip())]
        for side in (1, 2)
    ]
    assert (conflict.base, conflict.theirs, conflict.mine) == (("2020", ""), ("2023", ""), ("2020", "2021"))
    assert resolved(theirs, mine, Take.THEIRS) == theirs
    assert resolved(theirs, mine, Take.OWN_TEXT, "2021", "2023") == _dates(PAGE, "2021", "2023")


def test_merge_takes_the_topic_by_its_key_so_that_a_renamed_topic_is_no_conflict() -> None:
    renamed = replace(PAGE.head.topic, title="Renamed")
    other = replace(PAGE.head.topic, key=key("topic", 1), slug="other", title="Other")
    third = replace(PAGE.head.topic, key=key("topic", 2), slug="third", title="Third")

    assert merge.merge(PAGE, head(PAGE, topic=renamed), head(PAGE, topic=other)).document.head.topic == other
    assert only(merge.merge(PAGE, head(PAGE, topic=third), head(PAGE, topic=other))).shown == (
        "Topic 0",
        "Third",
        "Other",
    )
    assert resolved(head(PAGE, topic=third), head(PAGE, topic=other), Take.THEIRS).head.topic == third


def test_merge_shows_backers_and_sources_as_theirs_shows_them() -> None:
    def renamed(who: str) -> Document:
        return PAGE.with_blocks(
            backers=tuple(replace(each, name=f"{who} {each.name}") for each in PAGE.backers)
        )

    mine = head(renamed("My"), title="My title")

    merged = merge.merge(PAGE, renamed("Their"), mine)

    assert merged.conflicts == ()
    assert merged.document == head(renamed("Their"), title="My title")
    assert merge.merge(PAGE, head(PAGE, title="Their title"), renamed("My")).document == head(
        renamed("My"), title="Their title"
    )


# -- prose --


@pytest.mark.parametrize(
    ("theirs", "mine", "merged"),
    [
        ("a!\n\nb\n\nc", "a\n\nb\n\nc!", "a!\n\nb\n\nc!"),
        ("a!\n\nb\n\nc", "a\n\nb!\n\nc", "a!\n\nb!\n\nc"),  # neighbours
        ("a\n\nc", "a\n\nb\n\nc\n\nd", "a\n\nc\n\nd"),
        ("z\n\na\n\nb\n\nc", "a\n\nb\n\nc\n\nd", "z\n\na\n\nb\n\nc\n\nd"),
        ("a!\n\nb\n\nc", "a!\n\nb\n\nc\n\nd", "a!\n\nb\n\nc\n\nd"),  # partly the same
        ("a\n\n\n\nb\n\nc", "a\n\nb\n\nc!", "a\n\n\n\nb\n\nc!"),
        ("a\n\nc", "b\n\nc", "c"),  # one removed by each
        ("b\n\nc", "a\n\nb\n\nb\n\nc", "b\n\nb\n\nc"),  # one more like another
        ("a!\n\nb\n\nc", "a?\n\nb\n\nc", None),
        ("a\n\nb\n\nc\n\nd", "a\n\nb\n\nc\n\ne", None),  # something new in the same place
        ("", "a\n\nb!\n\nc", None),
    ],
)
def test_prose_is_merged_by_paragraphs(theirs: str, mine: str, merged: str | None) -> None:
    assert paragraphs.merge("a\n\nb\n\nc", theirs, mine) == merged
    assert paragraphs.merge("a\n\nb\n\nc", mine, theirs) == merged


def test_prose_of_very_many_paragraphs_is_not_merged() -> None:
    text = "\n\n".join("a" * 1_001)

    assert paragraphs.merge(text, f"b\n\n{text}", f"{text}\n\nb") is None


def test_prose_of_many_equal_paragraphs_is_merged_in_good_time() -> None:
    base = ["a"] * 900
    theirs = [f"x{i}" if i % 3 == 0 else each for i, each in enumerate(base)]

    started = time.process_time()
    merged = paragraphs.merge("\n\n".join(base), "\n\n".join(theirs), "\n\n".join([*base, "b"]))

    assert merged == "\n\n".join([*theirs, "b"])
    assert (
        time.process_time() - started < 3
    )  # measured: 0.2 s; left to difflib alone, 400 paragraphs took 3 s


def test_merge_of_all_paragraphs_changed_by_both_is_a_conflict_of_the_text() -> None:
    theirs = change(PAGE, A, argument="All of it, theirs.")
    mine = change(PAGE, A, argument="All of it, mine.\n\nAnd more.")

    assert only(merge.merge(PAGE, theirs, mine)).label == "Position A: Argument"
    assert resolved(theirs, mine, Take.OWN_TEXT, "Both.").positions[0].argument == "Both."


def test_merge_asks_only_of_the_paragraphs_that_both_changed_and_merges_the_others() -> None:
    base = change(PAGE, A, argument="First.\n\nSecond.\n\nThird.\n\nFourth.")
    theirs = change(base, A, argument="First!\n\nSecond, theirs.\n\nThird.\n\nFourth.\n\nTheir last.")
    mine = change(base, A, argument="Mine before.\n\nFirst.\n\nSecond, mine.\n\nFourth.\n\nMy last.")
    paths = [f"positions/{A}/argument/paragraphs/1-3", f"positions/{A}/argument/paragraphs/4-4"]

    merged = merge.merge(base, theirs, mine)

    assert [each.path for each in merged.conflicts] == paths
    assert [each.label for each in merged.conflicts] == [
        "Position A: Argument, paragraph 3",
        "Position A: Argument, paragraph 5",
    ]
    assert merged.conflicts[0].shown == ("Second.\n\nThird.", "Second, theirs.\n\nThird.", "Second, mine.")
    assert merged.conflicts[1].shown == ("", "Their last.", "My last.")
    choices = {
        paths[0]: Resolution(Take.OWN_TEXT, merged.conflicts[0].seen, ("Of both.\r\n\r\nIndeed.",)),
        paths[1]: Resolution(Take.THEIRS, merged.conflicts[1].seen),
    }
    done = merge.merge(base, theirs, mine, choices)
    assert done.conflicts == ()
    assert position(done.document, A).argument == (
        "Mine before.\n\nFirst!\n\nOf both.\n\nIndeed.\n\nFourth.\n\nTheir last."
    )
    # What is typed has the room that the rest of the text leaves.
    long = {**choices, paths[0]: Resolution(Take.OWN_TEXT, merged.conflicts[0].seen, ("x" * 99_990,))}
    assert only(merge.merge(base, theirs, mine, long)).fault.startswith("At most 99")


@pytest.mark.parametrize(
    ("theirs", "mine", "where"),
    [
        ("One!\n\nTwo.\n\nThree.", "Two.\n\nThree.", "at its beginning"),
        ("One.\n\nTwo!\n\nThree.", "One.\n\nThree.", "after paragraph 1"),
        ("One.\n\nTwo.\n\nThree!", "One.\n\nTwo.", "after paragraph 2"),
        ("One.\n\nTwo!\n\nThree.", "One.\n\nTwo, mine.\n\nThree.", "paragraph 2"),
        ("One.\n\nTwo!\n\nThree.", "One.\n\nTwo, mine.\n\nMore.\n\nThree.", "paragraphs 2 to 3"),
    ],
)
def test_conflict_of_paragraphs_says_which_of_mine_it_is_about(theirs: str, mine: str, where: str) -> None:
    base = change(PAGE, A, argument="One.\n\nTwo.\n\nThree.")

    merged = merge.merge(base, change(base, A, argument=theirs), change(base, A, argument=mine))

    assert only(merged).label == f"Position A: Argument, {where}"


def test_merge_never_leaves_a_text_empty_that_must_not_be() -> None:
    base = change(PAGE, A, stances=(Stance(point=P, text="One.\n\nTwo.\n\nThree."),))
    theirs = change(base, A, stances=(Stance(point=P, text="One.\n\nTwo."),))
    mine = change(base, A, stances=(Stance(point=P, text="Three?"),))

    conflict = only(merge.merge(base, theirs, mine))

    assert conflict.path == f"positions/{A}/stances/{P}/text"


def test_merge_that_would_make_a_text_too_long_is_a_conflict() -> None:
    base = change(PAGE, A, argument="First.\n\nLast.")
    theirs = change(base, A, argument=f"{'x' * 60_000}\n\nLast.")
    mine = change(base, A, argument=f"First.\n\n{'y' * 60_000}")

    assert only(merge.merge(base, theirs, mine)).path == f"positions/{A}/argument"


# -- lists --


def test_merge_keeps_a_move_and_an_edit_of_the_moved() -> None:
    merged = merge.merge(PAGE, ordered(PAGE, C, A, B), change(PAGE, C, claim="My claim"))

    assert merged.conflicts == ()
    assert merged.document == change(ordered(PAGE, C, A, B), C, claim="My claim")


def test_merge_of_two_orders_is_a_conflict_unless_they_are_equal() -> None:
    theirs, mine = ordered(PAGE, C, A, B), ordered(PAGE, B, A, C)

    conflict = only(merge.merge(PAGE, theirs, mine))

    assert (conflict.path, conflict.label, conflict.kind) == (
        "positions/order",
        "order of the positions",
        Clash.ORDER,
    )
    assert conflict.shown[1:] == ("Claim 2\nClaim 0\nClaim 1", "Claim 1\nClaim 0\nClaim 2")
    assert resolved(theirs, mine, Take.THEIRS) == theirs
    assert resolved(theirs, mine, Take.MINE) == mine
    both = merge.merge(PAGE, head(theirs, title="Theirs"), change(theirs, A, claim="Mine"))
    assert (both.document, both.conflicts) == (change(head(theirs, title="Theirs"), A, claim="Mine"), ())


def test_merge_puts_new_members_after_what_they_were_put_after_theirs_first() -> None:
    def put_in(name: str, at: int) -> Document:
        made = Position(key=key("made", name), claim=name)
        return PAGE.with_blocks(positions=(*PAGE.positions[:at], made, *PAGE.positions[at:]))

    def claims(theirs: Document, mine: Document) -> list[str]:
        merged = merge.merge(PAGE, theirs, mine)
        assert merged.conflicts == ()
        return [each.claim for each in merged.document.positions]

    assert claims(put_in("theirs", 1), put_in("mine", 2)) == [
        "Claim 0",
        "theirs",
        "Claim 1",
        "mine",
        "Claim 2",
    ]
    assert claims(put_in("theirs", 0), put_in("mine", 0)) == [
        "theirs",
        "mine",
        "Claim 0",
        "Claim 1",
        "Claim 2",
    ]
    assert claims(put_in("theirs", 3), put_in("mine", 3)) == [
        "Claim 0",
        "Claim 1",
        "Claim 2",
        "theirs",
        "mine",
    ]
    assert claims(without(PAGE, B), put_in("mine", 2)) == ["Claim 0", "mine", "Claim 2"]


def test_merge_of_an_edited_and_a_removed_block_is_one_conflict_of_the_whole_block() -> None:
    theirs = without(PAGE, B)
    mine = back(change(PAGE, B, claim="My claim"), B, backing("mine", 5, note="New."))

    merged = merge.merge(PAGE, theirs, mine)

    conflict = only(merged)
    assert (conflict.path, conflict.label, conflict.kind) == (f"positions/{B}", "Position B", Clash.REMOVED)
    assert (conflict.theirs, conflict.mine) == ((), (position(mine, B),))
    assert conflict.shown[1] == ""
    assert conflict.shown[2].startswith("My claim\n")
    assert "New." in conflict.shown[2]
    assert merged.document == mine
    assert resolved(theirs, mine, Take.THEIRS) == theirs
    assert resolved(theirs, mine, Take.MINE) == mine


def test_merge_names_an_item_edited_within_a_removed_block_by_the_block() -> None:
    mine = change(
        PAGE,
        B,
        stances=(replace(position(PAGE, B).stances[0], text="My stance"), *position(PAGE, B).stances[1:]),
    )

    assert only(merge.merge(PAGE, without(PAGE, B), mine)).path == f"positions/{B}"
    assert only(merge.merge(PAGE, mine, without(PAGE, B))).path == f"positions/{B}"


def test_merge_drops_what_one_removed_and_the_other_only_moved_among_its_like() -> None:
    merged = merge.merge(PAGE, without(PAGE, B), ordered(PAGE, B, A, C))

    assert (merged.document, merged.conflicts) == (without(PAGE, B), ())


def test_merge_of_a_removed_point_against_a_new_stance_on_it() -> None:
    stance = Stance(point=R, text="My stance")
    theirs, mine = without(PAGE, R), change(PAGE, A, stances=(*position(PAGE, A).stances, stance))

    conflict = only(merge.merge(PAGE, theirs, mine))

    assert (conflict.path, conflict.label, conflict.kind) == (
        f"points/{R}",
        "Contested point 3",
        Clash.REMOVED,
    )
    assert "My stance" in conflict.shown[2]
    assert resolved(theirs, mine, Take.THEIRS) == theirs
    assert resolved(theirs, mine, Take.MINE) == mine


def test_merge_of_a_removed_point_takes_its_untouched_stances_along() -> None:
    mine = change(PAGE, A, claim="My claim")

    merged = merge.merge(PAGE, without(PAGE, P), mine)

    assert (merged.document, merged.conflicts) == (change(without(PAGE, P), A, claim="My claim"), ())


def test_merge_of_a_removed_point_brings_all_its_stances_back_if_it_is_kept() -> None:
    mine = change(PAGE, P, title="My title")

    assert resolved(without(PAGE, P), mine, Take.MINE) == mine


def test_merge_of_a_kept_position_goes_without_its_stance_on_a_removed_point() -> None:
    """The stance goes with either of the two that hold it."""
    theirs, mine = without(without(PAGE, P), A), change(PAGE, A, claim="My claim")

    assert resolved(theirs, mine, Take.MINE) == change(without(PAGE, P), A, claim="My claim")
    assert resolved(theirs, mine, Take.THEIRS) == theirs


def test_merge_of_a_backing_moved_by_one_and_edited_by_the_other_keeps_both() -> None:
    which = key("backing", 0, 1)
    first, second = position(PAGE, A).backings
    theirs = moved(PAGE, which, A, C)
    mine = change(PAGE, A, backings=(first, replace(second, note="My note")))

    merged = merge.merge(PAGE, theirs, mine)

    assert merged.conflicts == ()
    assert position(merged.document, A).backings == (first,)
    assert position(merged.document, C).backings[-1] == replace(second, note="My note")


def test_merge_of_a_backing_moved_to_two_places_is_a_conflict() -> None:
    which = key("backing", 0, 0)
    theirs, mine = moved(PAGE, which, A, B), moved(PAGE, which, A, C)

    conflict = only(merge.merge(PAGE, theirs, mine))

    assert (conflict.kind, conflict.path) == (Clash.PLACE, f"positions/{A}/backings/{which}/place")
    assert conflict.label == "Position C › Backer 0: place"
    assert conflict.shown == ("Position A", "Position B", "Position C")
    assert resolved(theirs, mine, Take.THEIRS) == theirs
    assert resolved(theirs, mine, Take.MINE) == mine


def test_merge_of_a_removed_position_that_a_moved_backing_went_to() -> None:
    which = key("backing", 0, 0)
    theirs, mine = without(PAGE, C), moved(PAGE, which, A, C)

    conflict = only(merge.merge(PAGE, theirs, mine))

    assert (conflict.kind, conflict.path) == (Clash.REMOVED, f"positions/{C}")
    kept = resolved(theirs, mine, Take.THEIRS)
    assert Counter(b.key for b in position(kept, A).backings) == Counter(
        b.key for b in position(PAGE, A).backings
    )
    assert [each.key for each in kept.positions] == [A, B]
    assert resolved(theirs, mine, Take.MINE) == mine


def test_merge_of_a_removed_backing_that_the_other_moved_is_a_conflict_of_the_backing() -> None:
    which = key("backing", 0, 0)
    theirs, mine = change(PAGE, A, backings=position(PAGE, A).backings[1:]), moved(PAGE, which, A, C)

    conflict = only(merge.merge(PAGE, theirs, mine))

    assert (conflict.kind, conflict.path) == (Clash.REMOVED, f"positions/{A}/backings/{which}")
    assert resolved(theirs, mine, Take.THEIRS) == theirs
    assert resolved(theirs, mine, Take.MINE) == mine


@pytest.mark.parametrize(
    ("theirs", "mine", "kept"),
    [
        ({}, {}, {}),
        ({"quote": "Q"}, {}, {"quote": "Q"}),
        ({}, {"quote": "Q", "locator": "p. 1"}, {"quote": "Q", "locator": "p. 1"}),
        ({"quote": "Q"}, {"quote": "Q", "locator": "p. 1"}, {"quote": "Q", "locator": "p. 1"}),
    ],
)
def test_merge_of_one_source_added_by_both_keeps_theirs_and_fills_it(
    theirs: dict[str, str], mine: dict[str, str], kept: dict[str, str]
) -> None:
    merged = merge.merge(
        PAGE, cite(PAGE, A, citation("theirs", 5, **theirs)), cite(PAGE, A, citation("mine", 5, **mine))
    )

    assert merged.conflicts == ()
    assert merged.document == cite(PAGE, A, citation("theirs", 5, **kept))


def test_merge_of_two_passages_of_one_source_keeps_both() -> None:
    one, other = (
        citation("theirs", 5, quote="Q", locator="p. 1"),
        citation("mine", 5, quote="R", locator="p. 2"),
    )

    merged = merge.merge(PAGE, cite(PAGE, A, one), cite(PAGE, A, other))

    assert (merged.document, merged.conflicts) == (cite(PAGE, A, one, other), ())


def test_merge_of_one_source_added_in_two_relations_keeps_both() -> None:
    one, other = citation("theirs", 5), replace(citation("mine", 5), relation="contradicts")

    merged = merge.merge(PAGE, cite(PAGE, A, one), cite(PAGE, A, other))

    assert (merged.document, merged.conflicts) == (cite(PAGE, A, one, other), ())


def test_merge_of_one_backer_added_by_both_is_one_backing_with_what_both_say() -> None:
    theirs = back(PAGE, A, backing("theirs", 5, note="Noted.", citations=(citation("theirs", 5),)))
    mine = back(
        PAGE, A, backing("mine", 5, since="2021", citations=(citation("mine", 5), citation("more", 6)))
    )

    merged = merge.merge(PAGE, theirs, mine)

    assert merged.conflicts == ()
    assert position(merged.document, A).backings[-1] == backing(
        "theirs", 5, note="Noted.", since="2021", citations=(citation("theirs", 5), citation("more", 6))
    )


def test_merge_of_one_backer_added_by_both_with_different_notes_is_a_conflict_of_the_note() -> None:
    theirs, mine = (
        back(PAGE, A, backing("theirs", 5, note="Theirs.")),
        back(PAGE, A, backing("mine", 5, note="Mine.")),
    )

    assert only(merge.merge(PAGE, theirs, mine)).label == "Position A › Backer 5: Note"
    assert resolved(theirs, mine, Take.THEIRS) == theirs
    assert resolved(theirs, mine, Take.MINE) == back(PAGE, A, backing("theirs", 5, note="Mine."))


def test_merge_of_a_backer_that_came_twice_is_a_conflict_that_each_side_can_win() -> None:
    which = key("backing", 2, 0)  # of backer 2, moved from C to A by mine; added to A by theirs
    theirs, mine = back(PAGE, A, backing("theirs", 2)), moved(PAGE, which, C, A)

    conflict = only(merge.merge(PAGE, theirs, mine))

    assert (conflict.kind, conflict.label) == (Clash.TWICE, "Position A: “Backer 2”, twice")
    assert resolved(theirs, mine, Take.THEIRS) == theirs
    assert resolved(theirs, mine, Take.MINE) == mine


def test_merge_asks_at_once_what_depends_on_what_is_still_open() -> None:
    # Whether backer 2 comes to A twice depends on whether the removed backing, moved there by mine, is kept.
    theirs = back(change(PAGE, C, backings=position(PAGE, C).backings[1:]), A, backing("theirs", 2))
    mine = moved(PAGE, key("backing", 2, 0), C, A)

    for sides in ((theirs, mine), (mine, theirs)):
        merged = merge.merge(PAGE, *sides)
        assert [each.kind for each in merged.conflicts] == [Clash.TWICE, Clash.REMOVED]
    assert resolved(theirs, mine, Take.THEIRS) == theirs
    assert resolved(theirs, mine, Take.MINE) == mine


def test_merge_names_what_both_added_in_two_places_alike_for_both() -> None:
    theirs, mine = back(PAGE, A, backing("same", 5)), back(PAGE, B, backing("same", 5))

    one, other = only(merge.merge(PAGE, theirs, mine)), only(merge.merge(PAGE, mine, theirs))

    assert (one.path, one.kind) == (other.path, Clash.PLACE)
    assert one.shown == ("", "Position A", "Position B")


def test_merge_of_a_stance_given_by_both_is_a_conflict_of_its_text() -> None:
    def say(text: str) -> Document:
        return change(PAGE, A, stances=(*position(PAGE, A).stances, Stance(point=R, text=text)))

    assert only(merge.merge(PAGE, say("Theirs"), say("Mine"))).label == "Position A › Point 2: Text"
    assert resolved(say("Theirs"), say("Mine"), Take.MINE) == say("Mine")


def test_merge_that_would_break_a_rule_is_a_conflict_of_the_page_and_never_a_broken_document() -> None:
    def add(who: str, number: int) -> Document:
        made = replace(PAGE.backers[0], key=key("backer", number), slug="taken", name=who)
        data = canonical.document_json(PAGE)
        data["backers"].append({**canonical.to_json(made)})
        data["positions"][0]["backings"].append({"key": key("made", who), "backer": made.key})
        return parse.document(data)

    theirs, mine = add("Theirs", 50), add("Mine", 51)

    merged = merge.merge(PAGE, theirs, mine)

    conflict = only(merged)
    assert (conflict.kind, conflict.path, conflict.label) == (Clash.WHOLE, "", "The whole page")
    assert "Also used by backers" in conflict.fault
    assert merged.document == mine
    assert resolved(theirs, mine, Take.THEIRS) == theirs
    assert resolved(theirs, mine, Take.MINE) == mine


def test_merge_of_two_controversies_is_refused() -> None:
    other = head(PAGE, key=key("another"))

    with pytest.raises(ValueError, match="one controversy"):
        merge.merge(PAGE, other, PAGE)


# -- whatever the edits --

many = settings(max_examples=2 * settings.default.max_examples)


@st.composite
def triples(draw: st.DrawFn) -> tuple[Document, Document, Document]:
    if draw(st.integers(0, 4)) == 4:  # any document at all, with the oddest of texts
        base = draw(strategies.documents())
        return base, draw(strategies.edits(base)), draw(strategies.edits(base))
    base = edited(PAGE, draw(edits), "base")
    return base, edited(base, draw(edits), "theirs"), edited(base, draw(edits), "mine")


def whole(base: Document, theirs: Document, mine: Document) -> tuple[Document, tuple[Conflict, ...]]:
    """The merge without its short cuts."""
    return merge._Merge(base, theirs, mine, {}).result()


@many
@given(triples())
def test_merge_with_one_side_unchanged_or_both_alike_is_the_other(
    three: tuple[Document, Document, Document],
) -> None:
    base, _theirs, edit = three

    for made in (merge.merge, whole):
        for sides in ((base, edit), (edit, base), (edit, edit)):
            result: Any = made(base, *sides)
            document, conflicts = result if isinstance(result, tuple) else (result.document, result.conflicts)
            assert document == edit
            assert conflicts == ()


@many
@given(triples())
def test_merge_is_valid_canonical_repeatable_and_symmetric_in_conflicts(
    three: tuple[Document, Document, Document],
) -> None:
    base, theirs, mine = three

    merged, swapped = merge.merge(base, theirs, mine), merge.merge(base, mine, theirs)

    assert parse.check(merged.document) == []
    assert parse.document(canonical.document_json(merged.document)) == merged.document
    assert merge.merge(base, theirs, mine) == merged
    assert {(each.path, each.kind) for each in merged.conflicts} == {
        (each.path, each.kind) for each in swapped.conflicts
    }
    assert len({each.path for each in merged.conflicts}) == len(merged.conflicts)


@many
@given(triples(), st.lists(st.sampled_from([Take.THEIRS, Take.MINE]), min_size=1, max_size=5))
def test_merge_with_every_conflict_resolved_has_none(
    three: tuple[Document, Document, Document], takes: list[Take]
) -> None:
    conflicts = merge.merge(*three).conflicts
    choices = {each.path: Resolution(takes[i % len(takes)], each.seen) for i, each in enumerate(conflicts)}

    merged = merge.merge(*three, choices)

    assert merged.conflicts == ()
    assert parse.check(merged.document) == []


type Facts = dict[tuple[Any, ...], Any]


def facts(document: Document) -> Facts:
    """Everything that a document says, each by itself: of which part, what, and the value."""
    found: Facts = {}

    def walk(part: dict[str, Any], own: tuple[Any, ...], place: tuple[Any, ...]) -> None:
        found[own, "is in"] = place
        for name, value in part.items():
            if name in ("points", "positions", "stances", "backings", "citations"):
                for item in value:
                    inner = ("stance", own, item["point"]) if name == "stances" else (name, item["key"])
                    walk(item, inner, (own, name))
            elif name == "topic":
                found[own, name] = value["key"]  # how it is shown is not the page's
            elif name not in ("backers", "sources", "context"):
                found[own, name] = value

    data = canonical.document_json(document)
    walk(data, ("head",), ())
    walk(data["context"], ("context",), ())
    return found


def is_told(
    conflicts: tuple[Conflict, ...], own: tuple[Any, ...], field: str, known: tuple[Facts, ...]
) -> bool:
    """Whether a conflict names this field, its part, or what its part is in."""
    parts = [own]
    for facts_of in known:
        place = facts_of.get((own, "is in"))
        while place:
            parts.append(place[0])
            place = facts_of.get((place[0], "is in"))
    names = {str(each) for part in parts for each in _keys(part)}
    own_name = own[0] if own[0] in ("head", "context") else str(_keys(own)[-1])
    pairs = {"reviewed_by": "reviewed_on", "until": "since", "is in": "place"}
    for conflict in conflicts:
        steps = conflict.path.split("/")
        if conflict.kind in (Clash.REMOVED, Clash.TWICE) and names & set(steps):
            return True
        if conflict.kind is Clash.WHOLE:
            return True
        if steps[-1] in (field, pairs.get(field)) and (own_name in steps):
            return True
    return False


def asked(conflicts: tuple[Conflict, ...], own: tuple[Any, ...], field: str) -> list[str]:
    """The paragraphs of this field that are in question."""
    name = own[0] if own[0] in ("head", "context") else str(_keys(own)[-1])
    found = [
        each for each in conflicts if f"/{field}/paragraphs/" in each.path and name in each.path.split("/")
    ]
    return [part for each in found for text in each.shown for part in re.split("\n\n+", text)]


def _keys(part: tuple[Any, ...]) -> list[Any]:
    return [key for each in part for key in (_keys(each) if isinstance(each, tuple) else [each])]


def is_twin(
    result: Facts, own: tuple[Any, ...], side: Facts, base: Facts, conflicts: tuple[Conflict, ...]
) -> bool:
    """Whether something that this side added is in the result under the key that the other side gave it."""
    if (own, "is in") in base or own[0] not in ("backings", "citations"):
        return False
    what = "backer" if own[0] == "backings" else "source"
    twins = [
        other
        for (other, name), value in result.items()
        if name == what and other[0] == own[0] and value == side[own, what] and (other, "is in") not in base
    ]
    texts = {
        name: value for (each, name), value in side.items() if each == own and name not in ("key", "is in")
    }
    return any(
        all(
            not value or result[twin, name] == value or is_told(conflicts, twin, name, (result,))
            for name, value in texts.items()
        )
        for twin in twins
    )


def assert_nothing_lost(
    base: Facts, side: Facts, other: Facts, result: Facts, conflicts: tuple[Conflict, ...]
) -> None:
    known = (side, other, base)
    for (own, field), value in side.items():
        if base.get((own, field)) == value:
            continue
        if result.get((own, field)) == value or is_told(conflicts, own, field, known):
            continue
        if is_twin(result, own, side, base, conflicts):
            continue
        place = side[own, "is in"]
        if field == "is in" and (own, "is in") in result and is_twin(result, place[0], side, base, conflicts):
            continue
        now = result.get((own, field))
        assert isinstance(value, str), (own, field, value, now)
        assert isinstance(now, str), (own, field, value, now)
        was = re.split("\n\n+", base.get((own, field), ""))
        for paragraph in re.split("\n\n+", value):  # merged prose: what is new in it is there
            kept = [*was, *re.split("\n\n+", now), *asked(conflicts, own, field)]
            assert paragraph in kept, (own, field, value, now)
    for own, field in base:
        if field == "is in" and (own, field) not in side and (own, field) in result:
            assert is_told(conflicts, own, field, (*known, result)), own


def orders(document: Document) -> dict[str, list[str]]:
    """The members of each ordered list."""
    found = {
        "points": [each.key for each in document.points],
        "positions": [each.key for each in document.positions],
        "context": [each.key for each in document.context.citations],
    }
    for block in (*document.points, *document.positions):
        found[f"{block.key} citations"] = [each.key for each in block.citations]
    for position in document.positions:
        found[f"{position.key} backings"] = [each.key for each in position.backings]
    return found


@many
@given(triples())
def test_merge_loses_no_order_of_either_side(three: tuple[Document, Document, Document]) -> None:
    merged = merge.merge(*three)

    if any(each.kind is Clash.WHOLE for each in merged.conflicts):
        return
    base, theirs, mine, result = map(orders, (*three, merged.document))
    for name, merged_order in result.items():
        was, there, here = (side.get(name, []) for side in (base, theirs, mine))
        common = set(was) & set(there) & set(here) & set(merged_order)
        was, there, here, now = (
            [each for each in side if each in common] for side in (was, there, here, merged_order)
        )
        told = any(each.kind is Clash.ORDER for each in merged.conflicts)
        assert told or now == (here if there == was else there), name
        assert told or here in (was, now), name


@many
@given(triples())
def test_merge_loses_no_field_of_either_side(three: tuple[Document, Document, Document]) -> None:
    merged = merge.merge(*three)

    base, theirs, mine = map(facts, three)
    result = facts(merged.document)
    assert_nothing_lost(base, theirs, mine, result, merged.conflicts)
    assert_nothing_lost(base, mine, theirs, result, merged.conflicts)
