"""The labelled set of edits: that it is large, the same each time, and scored as it says."""

from collections import Counter

import pytest

from tests.benchmarks.compared import score
from tests.benchmarks.compared.by_hand import by_hand
from tests.benchmarks.compared.edits import labelled_edits
from tests.benchmarks.compared.labels import LabelledEdit, class_sets, match
from tests.benchmarks.compared.pages import generated_page

GOAL = 0.98
KINDS = {
    "add and remove", "first", "join", "mark", "merge positions", "move between", "renumber", "reorder", "revert",
    "rewrap", "rewrite", "several", "shared", "split", "split position", "substantive", "typo", "values", "wording",
}  # fmt: skip


STRICT = sorted(KINDS - {"wording", "typo", "split", "join"})


@pytest.fixture(scope="module")
def edits():
    return labelled_edits()


def test_set_is_large_and_of_every_kind(edits):
    assert len(edits) >= 250
    assert len(by_hand()) >= 60
    assert {edit.kind for edit in edits} == KINDS


def test_set_is_the_same_each_time(edits):
    again = labelled_edits()

    assert [(edit.name, edit.readings, edit.classes) for edit in again] == [
        (edit.name, edit.readings, edit.classes) for edit in edits
    ]
    assert [(edit.old, edit.new) for edit in again] == [(edit.old, edit.new) for edit in edits]


@pytest.fixture(scope="module")
def scores(edits):
    return score.scores(edits)


@pytest.mark.parametrize("kind", [*sorted(KINDS), "all"])
def test_what_is_told_is_what_a_person_says(scores, kind):
    found = scores[kind]

    assert min(found.precision, found.recall) >= GOAL, "\n".join(found.faults)


def test_nothing_substantive_is_called_less(scores):
    assert scores["all"].substantive >= 190
    assert scores["all"].called_less == 0


def test_classes_are_those_that_a_person_gives_but_for_words_in_doubt(scores):
    """What no rule can tell from another meaning is called substantive: nearly all of it other words for the same."""
    assert {kind: found.edits - found.same_classes for kind, found in scores.items() if kind in STRICT} == {
        kind: 0 for kind in STRICT
    }
    assert scores["all"].called_more <= 15


def test_every_edit_changes_the_page_and_has_a_name_of_its_own(edits):
    assert [edit.name for edit in edits if edit.old == edit.new] == []
    names = Counter((edit.kind, edit.name) for edit in edits)
    assert [name for name, count in names.items() if count > 1] == []


def _labelled(*readings: tuple[str, ...]) -> LabelledEdit:
    page = generated_page(1)
    return LabelledEdit("typo", "a slip", page, page, readings, class_sets("typo"))


def test_a_report_is_matched_with_the_reading_that_fits_best():
    edit = _labelled(("moved A",), ("moved B",))

    assert match(edit, ["moved B"]).right == ("moved B",)
    found = match(edit, ["moved B", "moved C"])
    assert (found.right, found.false, found.missed) == (("moved B",), ("moved C",), ())


def test_what_may_be_left_out_is_neither_false_nor_missed():
    edit = _labelled(("changed A/argument", "? moved A/argument -> B/argument"))

    for report in (["changed A/argument"], ["changed A/argument", "moved A/argument -> B/argument"]):
        found = match(edit, report)
        assert (found.right, found.false, found.missed) == (("changed A/argument",), (), ())
    assert match(edit, []).missed == ("changed A/argument",)
    assert match(edit, ["changed A/argument"] * 2).false == ("changed A/argument",)


def test_sets_of_classes_are_read():
    assert class_sets("source | source wording | -") == (
        frozenset({"source"}),
        frozenset({"source", "wording"}),
        frozenset(),
    )
