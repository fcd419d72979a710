"""What moved from one part of a page to another is told once, where it stands now."""

from dataclasses import replace

from hypothesis import given

from controversies.document import compare
from controversies.document.compare import Action
from controversies.document.types import Backing, Document, Stance
from tests import factories

from .edits import PAGE, edited, edits
from .test_compare import rebuilt, without_keys

FIRST = "Those who publish weights cannot take them back. Misuse was shown in laboratories."
SECOND = "Independent researchers found faults that the makers had missed, and said so in public."
THIRD = "Costs fall on people who were never asked. They have no seat at the table."


def a_page() -> Document:
    document = factories.document_factory(positions=3, points=2, citations=0, backings=3)
    texts = (f"{FIRST}\n\n{SECOND}", THIRD, "A third argument, about something else altogether.")
    sources = [factories.source_block() for _ in texts]
    return document.with_blocks(
        positions=tuple(
            replace(
                position, argument=text, claim=f"Claim number {i}", citations=(factories.citation(source),)
            )
            for i, (position, text, source) in enumerate(zip(document.positions, texts, sources, strict=True))
        ),
        sources=tuple(sources),
    )


def with_positions(document: Document, *positions) -> Document:
    return document.with_blocks(positions=positions)


def told(comparison: compare.Comparison) -> list[tuple[str, str, str, str]]:
    """Each change in a list: the block's label, the list, the action, and where the member came from."""
    return [
        (change.label, each.name, item.action.value, item.origin.label if item.origin else "")
        for change in comparison.reported_changes
        for each in change.lists
        for item in each.items
    ]


def test_a_source_moved_to_another_position_is_one_change():
    old = a_page()
    a, b, c = old.positions
    cited = replace(a.citations[0], key=factories.new_key())
    new = with_positions(old, replace(a, citations=()), replace(b, citations=(*b.citations, cited)), c)

    comparison = compare.compare(old, new)

    assert told(comparison) == [("B", "citations", "moved", "A")]
    [departure] = comparison.blocks[0].departures
    assert (departure.part, departure.to.label) == (a.citations[0], "B")
    assert compare.outline(comparison) == [
        ["position", "A", "citations", "to", "B", 1],
        ["position", "B", "citations", "from", "A", 1],
    ]
    assert compare.size(comparison) == (0, 0)
    assert [each.value for each in compare.classes(comparison)] == ["source"]


def test_a_source_moved_to_a_stance_of_the_same_position_is_one_change():
    old = a_page()
    a, b, c = old.positions
    stance = replace(a.stances[0], citations=(replace(a.citations[0], key=factories.new_key()),))
    new = with_positions(old, replace(a, citations=(), stances=(stance, *a.stances[1:])), b, c)

    comparison = compare.compare(old, new)

    [change] = comparison.reported_changes
    [stances] = change.lists
    [item] = stances.items
    [citations] = item.lists
    assert [(each.action, each.origin.name) for each in citations.items] == [(Action.MOVED, "citations")]


def test_a_backer_moved_and_changed_is_one_change():
    old = a_page()
    a, b, c = old.positions
    backing = Backing(key=factories.new_key(), backer=a.backings[0].backer, note="Since its report.")
    new = with_positions(old, replace(a, backings=()), replace(b, backings=(*b.backings, backing)), c)

    comparison = compare.compare(old, new)

    assert told(comparison) == [("B", "backings", "changed", "A")]
    [item] = comparison.reported_changes[0].lists[0].items
    assert item.moved
    assert "note" in {field.name for field in item.fields}
    assert [each.value for each in compare.classes(comparison)] == ["attribution"]


def test_a_stance_moved_to_another_position_is_one_change():
    old = a_page()
    a, b, c = old.positions
    stance, *rest = a.stances
    others = tuple(each for each in b.stances if each.point != stance.point)
    old = with_positions(old, a, replace(b, stances=others), c)
    new = with_positions(old, replace(a, stances=tuple(rest)), replace(b, stances=(*others, stance)), c)

    assert told(compare.compare(old, new)) == [("B", "stances", "moved", "A")]


def test_a_part_under_another_key_is_the_same_part():
    old = a_page()
    a, b, c = old.positions
    same = replace(
        a,
        key=factories.new_key(),
        citations=tuple(replace(each, key=factories.new_key()) for each in a.citations),
        backings=tuple(replace(each, key=factories.new_key()) for each in a.backings),
    )
    comparison = compare.compare(old, with_positions(old, same, b, c))

    assert comparison.reported_changes == ()
    assert compare.outline(comparison) == []

    other = replace(same, argument=f"{same.argument} More.")
    [change] = compare.compare(old, with_positions(old, other, b, c)).reported_changes
    assert (change.action, change.label, [f.name for f in change.fields]) == (
        Action.CHANGED,
        "A",
        ["argument"],
    )


def test_a_citation_put_in_the_place_of_another_of_its_source_is_a_change_of_it():
    old = a_page()
    a, b, c = old.positions
    cited = replace(a.citations[0], key=factories.new_key(), relation="contradicts")
    comparison = compare.compare(old, with_positions(old, replace(a, citations=(cited,)), b, c))

    assert told(comparison) == [("A", "citations", "changed", "")]


def test_sentences_moved_to_another_position_are_told_as_moved():
    old = a_page()
    a, b, c = old.positions
    new = with_positions(old, replace(a, argument=FIRST), replace(b, argument=f"{THIRD}\n\n{SECOND}"), c)

    comparison = compare.compare(old, new)

    [passage] = comparison.passages
    assert passage.text == SECOND
    assert (passage.origin.label, passage.origin.name) == ("A", "argument")
    assert (passage.to.label, passage.to.name) == ("B", "argument")
    assert compare.outline(comparison) == [
        ["position", "A", "argument", "to", "B"],
        ["position", "B", "argument", "from", "A"],
    ]
    assert [each.value for each in compare.classes(comparison)] == ["substantive"]


def test_a_position_split_in_two_is_told_as_a_split():
    old = a_page()
    a, b, c = old.positions
    split = replace(
        a,
        key=factories.new_key(),
        claim="What the second half said",
        argument=SECOND,
        stances=(),
        backings=(),
        citations=(replace(a.citations[0], key=factories.new_key()),),
    )
    comparison = compare.compare(
        old, with_positions(old, replace(a, argument=FIRST, citations=()), split, b, c)
    )

    kept, added = comparison.reported_changes
    assert (added.action, [place.label for place in added.origins]) == (Action.ADDED, ["A"])
    assert [field.name for field in kept.fields] == ["argument"]
    assert kept.lists == ()
    assert compare.outline(comparison) == [
        ["position", "A", "argument", "to", "B"],
        ["position", "A", "citations", "into", "B", 1],
        ["position", "B", "added", "from", "A"],
    ]


def test_two_positions_merged_are_told_as_a_merger():
    old = a_page()
    a, b, c = old.positions
    merged = replace(
        a,
        argument=f"{a.argument}\n\n{THIRD}",
        backings=(*a.backings, replace(b.backings[0], key=factories.new_key())),
        citations=(*a.citations, replace(b.citations[0], key=factories.new_key())),
    )
    comparison = compare.compare(old, with_positions(old, merged, c))

    _kept, removed = comparison.reported_changes
    assert (removed.action, [place.label for place in removed.heirs]) == (Action.REMOVED, ["A"])
    assert told(comparison) == [("A", "backings", "moved", "B"), ("A", "citations", "moved", "B")]
    assert compare.outline(comparison)[-1] == ["position", "B", "removed", "into", "A"]


def test_a_removed_point_takes_along_what_was_said_on_it():
    old = a_page()
    gone = old.points[0]
    new = old.with_blocks(
        points=old.points[1:],
        positions=tuple(
            replace(each, stances=tuple(s for s in each.stances if s.point != gone.key))
            for each in old.positions
        ),
    )

    comparison = compare.compare(old, new)

    assert [(change.kind, change.action) for change in comparison.reported_changes] == [
        ("point", Action.REMOVED)
    ]
    assert [len(change.departures) for change in comparison.blocks if change.kind == "position"] == [1, 1, 1]


def test_a_point_added_with_what_is_said_on_it_tells_each():
    old = a_page()
    point = replace(old.points[0], key=factories.new_key(), title="Something new", body="")
    a, b, c = old.positions
    new = old.with_blocks(
        points=(*old.points, point),
        positions=(replace(a, stances=(*a.stances, Stance(point=point.key, text="We say no."))), b, c),
    )

    comparison = compare.compare(old, new)

    assert [(change.kind, change.action) for change in comparison.reported_changes] == [
        ("point", Action.ADDED),
        ("position", Action.CHANGED),
    ]


def test_short_sentences_are_not_taken_for_moved():
    old = a_page()
    a, b, c = old.positions
    old = with_positions(old, replace(a, argument=f"It is so. {FIRST}"), b, c)
    new = with_positions(old, replace(a, argument=FIRST), replace(b, argument=f"{THIRD} It is so."), c)

    assert compare.compare(old, new).passages == ()


def test_a_position_that_became_two_is_told_as_split():
    old = a_page()
    a, b, c = old.positions
    first, second = (
        replace(
            a,
            key=factories.new_key(),
            claim=f"Half {n}",
            argument=text,
            stances=(),
            backings=(),
            citations=(),
        )
        for n, text in enumerate((FIRST, SECOND))
    )

    assert compare.outline(compare.compare(old, with_positions(old, first, second, b, c))) == [
        ["position", "A", "removed"],
        ["position", "A", "added", "from", "A", ""],
        ["position", "B", "added", "from", "A"],
    ]


def test_two_positions_that_became_one_are_told_as_merged():
    old = a_page()
    a, b, c = old.positions
    both = replace(
        a,
        key=factories.new_key(),
        claim="Both in one",
        argument=f"{a.argument}\n\n{b.argument}",
        stances=(),
        backings=(),
        citations=(),
    )

    assert compare.outline(compare.compare(old, with_positions(old, both, c))) == [
        ["position", "A", "removed", "into", "A", ""],
        ["position", "A", "added"],
        ["position", "B", "removed", "into", "A"],
    ]


REWORDED = (
    "Researchers who are independent found faults that the makers had missed, and said so to the public.",
    "The costs fall on people who were never asked about it. They have no seat at this table.",
)


def test_a_position_split_off_in_other_words_is_told_as_split():
    old = a_page()
    a, b, c = old.positions
    part = replace(
        a,
        key=factories.new_key(),
        claim="A new claim",
        argument=REWORDED[0],
        stances=(),
        backings=(),
        citations=(),
    )

    assert compare.outline(
        compare.compare(old, with_positions(old, replace(a, argument=FIRST), part, b, c))
    ) == [
        ["position", "A", "argument"],
        ["position", "B", "added", "from", "A"],
    ]


def test_a_position_merged_in_other_words_is_told_as_merged():
    old = a_page()
    a, _b, c = old.positions

    assert compare.outline(
        compare.compare(old, with_positions(old, replace(a, argument=f"{a.argument}\n\n{REWORDED[1]}"), c))
    ) == [
        ["position", "A", "argument"],
        ["position", "B", "removed", "into", "A"],
    ]


def test_a_new_position_beside_one_that_changed_is_no_split():
    old = a_page()
    a, b, c = old.positions
    new = replace(
        a,
        key=factories.new_key(),
        claim="A new claim",
        argument=REWORDED[1],
        stances=(),
        backings=(),
        citations=(),
    )

    assert compare.outline(
        compare.compare(old, with_positions(old, replace(a, argument=FIRST), new, b, c))
    ) == [
        ["position", "A", "argument"],
        ["position", "B", "added"],
    ]


def test_letters_that_pass_on_are_told_with_what_they_stood_for():
    old = a_page()
    a, b, c = old.positions
    both = replace(
        b,
        argument=f"{a.argument}\n\n{b.argument}",
        citations=(*b.citations, *a.citations),
        backings=(*b.backings, *a.backings),
    )

    merged = compare.outline(compare.compare(old, with_positions(old, both, c)))
    split = compare.outline(compare.compare(with_positions(old, both, c), old))

    assert merged == [
        ["position", "A", "removed", "into", "A", "B"],
        ["position", "A", "argument", "from", "A", ""],
        ["position", "A", "backings", "from", "A", 1, ""],
        ["position", "A", "citations", "from", "A", 1, ""],
    ]
    assert split[0] == ["position", "A", "added", "from", "A", "B"]


def test_what_stays_within_a_block_that_has_another_letter_now_is_told_as_moved_within_it():
    old = a_page()
    _a, b, c = old.positions
    cited = replace(b.citations[0], key=factories.new_key())
    backing = replace(b.backings[0], citations=(cited,))

    comparison = compare.compare(
        old, with_positions(old, replace(b, citations=(), backings=(backing, *b.backings[1:])), c)
    )

    assert compare.outline(comparison) == [
        ["position", "A", "removed"],
        ["position", "A", "citations", "from", "A", 1],
        ["position", "A", "citations", "to", "A", 1],
    ]


def test_a_paragraph_that_moved_between_a_position_and_the_context_is_one_change():
    old = a_page()
    a, b, c = old.positions
    old = replace(old, context=replace(old.context, text="It began so."))
    new = replace(
        with_positions(old, replace(a, argument=FIRST), b, c),
        context=replace(old.context, text=f"It began so.\n\n{SECOND}"),
    )

    assert compare.outline(compare.compare(old, new)) == [
        ["context", "", "text", "from", "A"],
        ["position", "A", "argument", "to", ""],
    ]
    assert compare.outline(compare.compare(new, old)) == [
        ["context", "", "text", "to", "A"],
        ["position", "A", "argument", "from", ""],
    ]


def test_a_move_of_sentences_is_told_where_letters_passed_on():
    old = a_page()
    _a, b, c = old.positions
    new = with_positions(
        old,
        replace(b, argument=FIRST.partition(" Misuse")[0]),
        replace(c, argument=f"{c.argument}\n\n{THIRD}"),
    )

    assert compare.outline(compare.compare(old, new))[-1] == ["position", "B", "argument", "from", "B", "A"]


def test_paragraphs_split_or_joined_are_told_with_their_numbers():
    old = a_page()
    a, b, c = old.positions
    new = with_positions(old, replace(a, argument=f"{FIRST} {SECOND}"), b, c)

    assert compare.outline(compare.compare(old, new)) == [
        ["position", "A", "argument", "wording", "breaks", 2, 1]
    ]
    assert compare.outline(compare.compare(new, old)) == [
        ["position", "A", "argument", "wording", "breaks", 1, 2]
    ]


def test_a_paragraph_that_left_is_told_here_if_nothing_tells_it_there():
    old = a_page()
    a, b, c = old.positions
    new = with_positions(
        old,
        replace(a, argument=FIRST),
        replace(b, argument=f"Something else entirely stands here now. {SECOND}"),
        c,
    )

    comparison = compare.compare(old, new)

    assert [passage.text for passage in comparison.passages] == [SECOND]
    assert compare.outline(comparison) == [["position", "A", "argument"], ["position", "B", "argument"]]


@given(edits, edits)
def test_comparison_explains_what_moved(first, second):
    old = edited(PAGE, first, "first")
    new = edited(old, second, "second")

    comparison = compare.compare(old, new)

    assert without_keys(rebuilt(old, comparison)) == without_keys(new)
    assert all(isinstance(entry[2], str) for entry in compare.outline(comparison))
