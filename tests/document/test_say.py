from dataclasses import replace

import pytest

from controversies.document import say
from controversies.document.compare import compare, outline
from controversies.document.types import Citation
from tests import factories


def position_changed(document, index, **fields):
    positions = list(document.positions)
    positions[index] = replace(positions[index], **fields)
    return document.changed(positions=tuple(positions))


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
            "Status: summary. Position B: claim, confidence medium → high; Sources +1 −1",
        ),
        (
            [["head", "", "status", "emerging", "active"], ["head", "", "status_summary"]],
            "Status: emerging → active, summary",
        ),
        (
            [
                ["position", "A", "backings", 2, 0, 0],
                ["position", "B", "backings", 2, 0, 0],
                ["position", "D", "backings", 2, 0, 0],
            ],
            "Positions A, B and D: Backers +2",
        ),
        ([["position", "A", "stances", 0, 0, 2]], "Position A: Stances 2 changed"),
        ([["position", "A", "backings", 0, 0, 0]], "Position A: Backers in another order"),
        (
            [["point", "2", "added"], ["point", "3", "moved"]],
            "Contested point 2 added. Contested point 3 moved",
        ),
        ([["context", "", "text"]], "Context"),
        ([["context", "", "citations", 1, 0, 0]], "Context: Sources +1"),
        ([["backer", "Meta AI", "name"]], "Backer Meta AI: name"),
        ([["source", "5", "title"], ["source", "5", "date"]], "Source 5: title, date"),
        ([["head", "", "publication", "draft", "published"]], "Published"),
        ([["head", "", "publication", "published", "withdrawn"]], "Withdrawn"),
        ([["head", "", "publication", "published", "draft"]], "Made a draft again"),
        (
            [["head", "", "reviewed_on", "", "2026-03-02"], ["head", "", "reviewed_by"]],
            "Reviewed on 2 March 2026",
        ),
        (
            [["head", "", "title"], ["head", "", "polarity", "binary", "multi-axis"]],
            "Title, polarity binary → multi-axis",
        ),
        ([["point", "1", "kind", "", "legal"]], "Contested point 1: kind of dispute none → legal"),
        ([["backer", "100% Open", "name"]], "Backer 100% Open: name"),
        ([], ""),
    ],
)
def test_changes_are_told_in_one_line(outline, words):
    assert say.changes(outline) == words


@pytest.mark.parametrize(
    ("outline", "words"),
    [
        ([["hologram", "7", "shade_of_blue"]], "Hologram 7: shade of blue"),
        ([["position", "B", "mood", "low", "high"]], "Position B: mood low → high"),
        (
            [["position", "B", "confidence", "low", "astronomical"]],
            "Position B: confidence low → astronomical",
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
    for kind, specs in say._SPECS.items():
        for name, spec in specs.items():
            if name == "key":
                continue
            values = ["a", "b"] if spec.choices else []
            if spec.kind == "items":
                values = [1, 2, 3]

            words = say.changes([[kind, "1", name, *values]])

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
    new = new.changed(points=(new.points[1], new.points[0]))

    words = say.summary(compare(old, new))

    assert words == (
        "The dispute went from emerging to active; contested point 1 moved from place 2 to place 1;"
        " position B went from medium to low confidence, has a new claim and lost one backer."
    )


def test_summary_against_nothing_counts_what_there_is():
    document = factories.document_factory(positions=2, points=1, backings=2, citations=1)

    assert say.summary(compare(None, document)) == (
        "The whole page, compared with nothing: two positions, one contested point, two backers and one source."
    )


def test_summary_of_many_changes_is_bounded():
    old = factories.document_factory(positions=30, points=2)
    new = old.changed(positions=tuple(replace(p, claim=f"{p.claim}!?") for p in old.positions))

    words = say.summary(compare(old, new))

    assert words.endswith("; 24 more blocks changed.")
    assert words.count(";") == 6


def test_reason_is_ready_made_from_the_change():
    old = factories.document_factory(positions=2, points=1, citations=1)
    old = position_changed(old, 1, confidence="medium")
    cited = Citation(key=factories.new_key(), source=old.sources[0].key, relation="supports")
    new = position_changed(old, 1, confidence="high", citations=(*old.positions[1].citations, cited))

    assert say.reason(compare(old, new)) == "Confidence of B medium → high; 1 source added"
    assert say.reason(compare(None, old)) == "First revision: 2 positions, 1 contested point"
    assert say.reason(compare(old, old)) == ""


def test_reason_of_a_slip_says_that_it_is_one():
    old = factories.document_factory(context="Somebody recieved the weights.")
    new = replace(old, context=replace(old.context, text="Somebody received the weights."))

    assert say.reason(compare(old, new)) == "Spelling or punctuation corrected"


def test_reason_fits_the_record_whatever_changed():
    old = factories.document_factory(positions=30, points=10)
    new = old.changed(
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

    assert say.changes(outline(compare(old, new))) == "Position A: claim"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2024", "2024"),
        ("2024-07", "July 2024"),
        ("2024-07-23", "23 July 2024"),
        ("", ""),
        ("soon", "soon"),
        ("2024-13", "2024-13"),
        ("2024-02-31", "2024-02-31"),
    ],
)
def test_day_tells_as_much_as_is_known(text, words):
    assert say.day(text) == words
