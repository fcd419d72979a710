from dataclasses import replace

import pytest
from hypothesis import given

from controversies.document import say
from controversies.document.compare import compare, number_of_changes, outline
from controversies.document.types import BLOCKS, TOPIC_DESCRIPTION, Citation
from controversies.pages.diff import diff_view
from tests import factories

from .edits import PAGE, edited, edits


def position_changed(document, index, **fields):
    positions = list(document.positions)
    positions[index] = replace(positions[index], **fields)
    return document.with_blocks(positions=tuple(positions))


@pytest.mark.parametrize(
    ("outline", "words"),
    [
        ([["first", 4, 3]], "First revision: 4 positions, 3 contested points"),
        ([["first", 1, 1]], "First revision: 1 position, 1 contested point"),
        (
            [
                ["head", "", "status_summary"],
                ["position", "B", "claim"],
                ["position", "B", "confidence", "medium", "high"],
                ["position", "B", "citations", 1, 1, 0],
            ],
            "B’s claim changed. B’s confidence: medium → high. The summary of the status changed. And one more change",
        ),
        (
            [["head", "", "status", "emerging", "active"], ["head", "", "status_summary"]],
            "Status: emerging → active",
        ),
        (
            [
                ["position", "A", "backings", 2, 0, 0],
                ["position", "B", "backings", 2, 0, 0],
                ["position", "D", "backings", 2, 0, 0],
            ],
            "Two backers added to each of A, B and D",
        ),
        ([["position", "A", "stances", 0, 0, 2]], "Two stances of A changed"),
        ([["position", "A", "backings", 0, 0, 0]], "Backers of A in another order"),
        (
            [["point", "2", "added"], ["point", "3", "moved"]],
            "Contested point 2 added. Contested point 3 moved",
        ),
        ([["context", "", "text"]], "The context changed"),
        ([["context", "", "citations", 1, 0, 0]], "One source added to the context"),
        ([["backer", "Meta AI", "name"]], "Name of Meta AI changed"),
        ([["source", "5", "title"], ["source", "5", "date"]], "Title and date of source 5 changed"),
        ([["head", "", "publication", "draft", "published"]], "Published"),
        ([["head", "", "publication", "published", "withdrawn"]], "Withdrawn"),
        ([["head", "", "publication", "published", "draft"]], "Made a draft again"),
        (
            [["head", "", "reviewed_on", "", "2026-03-02"], ["head", "", "reviewed_by"]],
            "Reviewed on 2 March 2026",
        ),
        (
            [["head", "", "title"], ["head", "", "polarity", "binary", "multi-axis"]],
            "The page’s title changed. Polarity: binary → multi-axis",
        ),
        ([["point", "1", "kind", "", "legal"]], "The kind of dispute of point 1: none → legal"),
        ([["position", "A", "argument", "typo", 1]], "One spelling corrected in A’s argument"),
        ([["position", "A", "argument", "typo", 3]], "Three spellings corrected in A’s argument"),
        ([["position", "A", "argument", "typo", 0]], "Punctuation or spacing corrected in A’s argument"),
        (
            [["position", "A", "moved", "D"], ["position", "C", "moved", "A"]],
            "Positions D (now A) and A (now C) moved",
        ),
        ([["point", "3", "moved", "1"]], "Contested point 1 (now 3) moved"),
        ([["position", "A", "argument", "rewritten"]], "A’s argument rewritten"),
        ([["position", "A", "argument", "paragraphs", 1, 1]], "One paragraph of A’s argument changed"),
        (
            [["position", "A", "argument", "paragraphs", 2, 2, "rewritten"]],
            "Two paragraphs of A’s argument rewritten",
        ),
        ([["context", "", "text", "paragraphs", 0, 1]], "One paragraph added to the context"),
        ([["context", "", "text", "paragraphs", 2, 0]], "Two paragraphs removed from the context"),
        ([["context", "", "text", "wording", "order"]], "The sentences of the context in another order"),
        ([["context", "", "text", "wording", "breaks"]], "The paragraphs of the context split or joined"),
        (
            [["context", "", "text", "wording", "breaks", 1, 3]],
            "One paragraph of the context split into three",
        ),
        (
            [["context", "", "text", "wording", "breaks", 2, 1]],
            "Two paragraphs of the context joined into one",
        ),
        (
            [["context", "", "text", "wording", "breaks", 3, 2]],
            "The paragraphs of the context split or joined",
        ),
        ([["head", "", "topic_description"]], "The topic’s description changed"),
        ([["source", "5", "title"], ["source", "5", "doi"]], "Title and DOI of source 5 changed"),
        ([["point", "2", "body", "wording"]], "The text of point 2 reworded"),
        ([["position", "A", "argument", "source"]], "A’s argument refers to other sources"),
        ([["head", "", "status_summary", "added"]], "The summary of the status added"),
        ([["position", "C", "added", "from", "A"]], "Position C split off from A"),
        ([["position", "C", "removed", "into", "A"]], "Position C merged into A"),
        ([["position", "A", "removed", "into", "A", "B"]], "Position A merged into B (now A)"),
        ([["position", "A", "removed", "into", "A", ""]], "Position A merged into the new A"),
        ([["position", "A", "added", "from", "A", "B"]], "Position A split off from A (now B)"),
        ([["position", "A", "added", "from", "A", ""]], "Position A split off from the former A"),
        (
            [["position", "A", "backings", "from", "A", 2, ""]],
            "Two backers moved from the former A to A",
        ),
        (
            [["position", "A", "citations", "from", "1", 1], ["point", "1", "citations", "to", "A", 1]],
            "One source moved from point 1 to A",
        ),
        (
            [["context", "", "text", "from", "A"], ["position", "A", "argument", "to", ""]],
            "Sentences moved from A to the context",
        ),
        (
            [["position", "A", "citations", "to", "B", 1], ["position", "B", "citations", "from", "A", 1]],
            "One source moved from A to B",
        ),
        ([["position", "A", "backings", "from", "A", 2]], "Two backers moved within A"),
        (
            [["position", "A", "argument", "to", "B"], ["position", "B", "argument", "from", "A"]],
            "Sentences moved from A to B’s argument",
        ),
        (
            [["point", "2", "removed"], ["position", "A", "stances", "with", "2", 1]],
            "Contested point 2 removed",
        ),
        (
            [
                ["context", "", "text", "typo", 1],
                ["position", "A", "moved"],
                ["position", "B", "claim"],
                ["position", "C", "citations", 1, 0, 0],
            ],
            "B’s claim changed. One source added to C. One spelling corrected in the context. Position A moved",
        ),
        ([["backer", "100% Open", "name"]], "Name of 100% Open changed"),
        (
            [["point", "1", "citations", 1, 0, 0], ["point", "3", "citations", 1, 0, 0]],
            "One source added to each of point 1 and point 3",
        ),
        (
            [["position", "A", "citations", "from", "2", 1, ""]],
            "One source moved from the former point 2 to A",
        ),
        ([["position", "A", "citations", 0, 0, 1]], "Details of one source of A changed"),
        ([["position", "A", "stances", 0, 0, 1]], "One stance of A changed"),
        ([], ""),
    ],
)
def test_changes_are_told_in_one_line(outline, words):
    assert say.changes(outline) == words


def test_the_rest_is_counted_by_changes_not_by_sentences():
    outline = [
        ["position", "A", "claim"],
        ["position", "B", "claim"],
        ["position", "C", "claim"],
        ["position", "A", "citations", 1, 1, 1],  # one list
        ["position", "A", "argument", "from", "B"],  # two texts
        ["position", "B", "argument", "to", "A"],
        ["position", "D", "citations", 2, 0, 0],  # two lists in one sentence
        ["position", "E", "citations", 2, 0, 0],
        ["position", "D", "moved", "E"],
        ["position", "E", "moved", "D"],
        ["head", "", "reviewed_on", "", "2026-03-02"],
        ["head", "", "reviewed_by"],
    ]

    assert (
        say.changes(outline)
        == "A’s claim changed. B’s claim changed. C’s claim changed. And nine more changes"
    )


def test_the_summary_counts_what_the_page_numbers():
    old = factories.document_factory(positions=4, points=2, citations=2, backings=2)
    a, b, c, d = old.positions
    new = old.with_blocks(
        head=replace(old.head, status="resolved", status_summary="It is settled."),
        positions=(
            replace(d, claim="Another claim", confidence="high", confidence_reason="Three trials agree."),
            a,
            replace(b, citations=b.citations[:1], backings=b.backings[1:], argument="Put in other words."),
            c,
        ),
    )
    comparison = compare(old, new)
    words = say.changes(outline(comparison))

    assert diff_view(comparison).changes == 7
    assert words.count(". ") == 3
    assert words.endswith("And three more changes")  # the status and its summary are one sentence


def test_changes_of_one_part_tell_what_left_it():
    outline = [
        ["position", "A", "argument", "to", "B"],
        ["position", "A", "citations", "to", "B", 1],
        ["position", "A", "stances", "with", "2", 3],
    ]

    assert say.changes(outline) == ""
    assert say.changes(outline, is_apart=True) == (
        "Sentences moved from A’s argument to B. Three stances of A removed with point 2."
        " One source moved from A to B"
    )


@pytest.mark.parametrize(
    ("outline", "words"),
    [
        ([["hologram", "7", "shade_of_blue"]], "Shade of blue of hologram 7 changed"),
        ([["position", "B", "mood", "low", "high"]], "Mood of B: low → high"),
        (
            [["position", "B", "confidence", "low", "astronomical"]],
            "B’s confidence: low → astronomical",
        ),
        ([["first"]], "First revision: 0 positions, 0 contested points"),
        ([["first", "x", -3]], "First revision: 0 positions, 0 contested points"),
        ([["head", "", "publication", "draft", "embargoed"]], "Publication changed"),
        ([None, [], 3, "text", {"a": 1}, [4, 5, 6], ["position", "B"], ["position", "B", None]], ""),
        (None, ""),
        ({"first": 1}, ""),
        ([["head", "", "reviewed_on", "", "tomorrow"]], "Reviewed on tomorrow"),
    ],
)
def test_changes_of_an_unknown_kind_are_told_as_far_as_they_are_understood(outline, words):
    assert say.changes(outline) == words


def test_changes_of_every_field_are_told_without_a_format_of_ours():
    """Each field that there is, as outline() writes it, gives words and no field's raw name."""
    for block_type in BLOCKS:
        specs = [*block_type.part.SPECS, *([TOPIC_DESCRIPTION] if block_type.name == "head" else [])]
        for spec in specs:
            if spec.name == "key":
                continue
            values = ["a", "b"] if spec.choices else []
            if spec.kind == "items":
                values = [1, 2, 3]

            words = say.changes([[block_type.name, "1", spec.name, *values]])

            assert words
            assert "_" not in words
            assert "%" not in words


def test_publication_before_is_found_only_where_it_changed():
    assert (
        say.publication_before([["head", "", "title"], ["head", "", "publication", "draft", "published"]])
        == "draft"
    )
    assert say.publication_before([["position", "A", "publication", "draft", "published"]]) is None
    assert say.publication_before([["first", 1, 2]]) is None


def test_summary_of_a_comparison_is_one_sentence():
    old = factories.document_factory(positions=3, points=2, status="emerging", backings=3)
    new = replace(old, head=replace(old.head, status="active"))
    new = position_changed(new, 1, claim="Another claim", confidence="low", backings=())
    new = new.with_blocks(points=(new.points[1], new.points[0]))

    words = say.summary(compare(old, new))

    assert words == (
        "B’s claim changed. B’s confidence: medium → low. Status: emerging → active. And two more changes."
    )


def test_summary_against_nothing_counts_what_there_is():
    document = factories.document_factory(positions=2, points=1, backings=2, citations=1)

    assert say.summary(compare(None, document)) == (
        "First version: one contested point, two positions, two backers and one source."
    )


def test_summary_of_many_changes_is_bounded():
    old = factories.document_factory(positions=30, points=2)
    new = old.with_blocks(positions=tuple(replace(p, claim=f"{p.claim} Not so.") for p in old.positions))

    words = say.summary(compare(old, new))

    assert words == "A’s claim changed. B’s claim changed. C’s claim changed. And 27 more changes."


def test_reason_is_ready_made_from_the_change():
    old = factories.document_factory(positions=2, points=1, citations=1)
    old = position_changed(old, 1, confidence="medium")
    cited = Citation(key=factories.new_key(), source=old.sources[0].key, relation="supports")
    new = position_changed(old, 1, confidence="high", citations=(*old.positions[1].citations, cited))

    assert say.reason(compare(old, new)) == "B’s confidence: medium → high. One source added to B"
    assert say.reason(compare(None, old)) == "First revision: 2 positions, 1 contested point"
    assert say.reason(compare(old, old)) == ""


def test_reason_of_a_slip_says_that_it_is_one():
    old = factories.document_factory(context="Somebody recieved the weights.")
    new = replace(old, context=replace(old.context, text="Somebody received the weights."))

    assert say.reason(compare(old, new)) == "One spelling corrected in the context"


def test_reason_fits_the_record_whatever_changed():
    old = factories.document_factory(positions=30, points=10)
    new = old.with_blocks(
        positions=tuple(
            replace(p, claim=f"New {p.claim}", confidence="low") for p in reversed(old.positions)
        ),
        points=tuple(reversed(old.points)),
    )

    reason = say.reason(compare(old, new))

    assert 0 < len(reason) <= 1000
    assert "more changes" in reason


def test_outline_and_words_agree_on_a_real_change():
    old = factories.document_factory(positions=2, points=1)
    new = position_changed(old, 0, claim="What they would sign")

    assert say.changes(outline(compare(old, new))) == "A’s claim changed"


@given(edits, edits)
def test_changes_are_counted_as_the_page_numbers_them(one, other):
    comparison = compare(edited(PAGE, one, "one"), edited(PAGE, other, "other"))

    assert number_of_changes(comparison) == diff_view(comparison).changes
