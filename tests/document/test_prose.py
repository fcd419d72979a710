"""Paragraphs of two versions of a text: kept, reworded, rewritten, moved, split, joined."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.document import prose, words
from controversies.document.prose import Fate
from controversies.document.words import Op, WordRun

ONE = "Those who publish weights cannot take them back. The evidence so far is thin."
TWO = "Independent researchers found faults that the makers had missed. Costs fall on people who were never asked."
THREE = (
    "Misuse has been shown in laboratories and seldom outside them. Comparable debates ended in publication."
)
OTHER = "A court in Delaware decided otherwise, on grounds which nobody had expected when the hearing began."


def told(old, new, marks=None):
    """Fate and places, from 1, of each paragraph."""
    return [
        (change.fate.value, [n + 1 for n in change.old], [n + 1 for n in change.new])
        for change in prose.compare(old, new, marks)
    ]


def text(*paragraphs):
    return "\n\n".join(paragraphs)


def test_a_paragraph_with_another_word_is_reworded():
    new = text(ONE, TWO.replace("missed", "overlooked"), THREE)

    assert told(text(ONE, TWO, THREE), new) == [
        ("kept", [1], [1]),
        ("reworded", [2], [2]),
        ("kept", [3], [3]),
    ]


def test_a_paragraph_written_anew_is_the_old_one_then_the_new():
    assert told(text(ONE, TWO, THREE), text(ONE, OTHER, THREE)) == [
        ("kept", [1], [1]),
        ("removed", [2], []),
        ("added", [], [2]),
        ("kept", [3], [3]),
    ]


def test_paragraphs_written_anew_stand_one_after_the_other_in_pairs():
    assert told(text(ONE, TWO), text(OTHER, "Nobody has measured it.")) == [
        ("removed", [1], []),
        ("added", [], [1]),
        ("removed", [2], []),
        ("added", [], [2]),
    ]


def test_words_scattered_over_a_new_sentence_do_not_make_it_the_old_one():
    old = "It was decided by the court that the use of the books was fair, for it was transformative."
    new = "By the spring the committee had the books of the firm, and it was for the board to act."

    assert told(old, new) == [("removed", [1], []), ("added", [], [1])]


def test_a_paragraph_that_grew_is_reworded():
    assert told(ONE, f"{ONE} {TWO} {THREE} {OTHER}") == [("reworded", [1], [1])]


def test_a_moved_paragraph_is_moved():
    assert told(text(ONE, TWO, THREE), text(THREE, ONE, TWO)) == [
        ("moved", [3], [1]),
        ("kept", [1], [2]),
        ("kept", [2], [3]),
    ]


def test_a_moved_paragraph_with_another_word_is_moved_and_its_words_are_compared():
    [moved, _first, _second] = prose.compare(
        text(ONE, TWO, THREE), text(THREE.replace("seldom", "rarely"), ONE, TWO)
    )

    assert moved.fate is Fate.MOVED
    assert [run.text.strip() for run in moved.runs[0] if run.op is not Op.KEPT] == ["seldom", "rarely"]


def test_a_split_paragraph_and_its_pieces_stay_together():
    first, second = THREE.split(". ")
    [_kept, split] = prose.compare(text(ONE, THREE), text(ONE, f"{first}.", second))

    assert (split.fate, split.old, split.new) == (Fate.SPLIT, (1,), (1, 2))
    assert ["".join(run.text for run in runs).split() for runs in split.runs] == [
        f"{first}. ¶".split(),
        second.split(),
    ]


def test_a_split_with_a_word_changed_is_a_split():
    first, second = THREE.split(". ")

    assert told(THREE, text(f"{first}.", second.replace("ended", "closed"))) == [("split", [1], [1, 2])]


def test_joined_paragraphs_are_joined():
    assert told(text(ONE, TWO, THREE), text(ONE, f"{TWO} {THREE}")) == [
        ("kept", [1], [1]),
        ("joined", [2, 3], [2]),
    ]


def test_a_removed_paragraph_stands_where_it_stood():
    assert told(text(ONE, TWO, THREE), text(ONE, THREE)) == [
        ("kept", [1], [1]),
        ("removed", [2], []),
        ("kept", [3], [2]),
    ]


def test_marks_are_compared_by_what_they_mean():
    marks = (["a", "b"], ["new", "a", "b"])

    assert told(f"{ONE} [1]", f"{ONE} [2]", marks) == [("kept", [1], [1])]
    assert told(f"{ONE} [1]", f"{ONE} [1]", marks) == [("reworded", [1], [1])]
    [kept] = prose.compare(f"{ONE} [1]", f"{ONE} [2]", marks)
    assert kept.runs == ((WordRun(Op.KEPT, f"{ONE} [2]"),),)


@pytest.mark.parametrize(("old", "new"), [("", ""), ("", ONE), (ONE, "")])
def test_nothing_is_no_paragraph(old, new):
    assert len(prose.compare(old, new)) == (old != new)


paragraphs = st.lists(st.sampled_from([ONE, TWO, THREE, OTHER, f"{ONE} {TWO}", "Short.", "!"]), max_size=6)


@given(paragraphs, paragraphs)
def test_each_paragraph_of_either_text_has_one_fate(old, new):
    changes = prose.compare(text(*old), text(*new))

    assert sorted(n for change in changes for n in change.old) == list(range(len(old)))
    assert sorted(n for change in changes for n in change.new) == list(range(len(new)))
    for change in changes:
        before = "".join(run.text for runs in change.runs for run in runs if run.op is not Op.ADDED)
        assert (
            before.replace("¶", "").split() == " ".join(old[n] for n in change.old).split()
            or change.fate is Fate.ADDED
        )


def test_very_many_paragraphs_are_compared_as_one(monkeypatch):
    monkeypatch.setattr(prose, "_MANY", 2)

    [change] = prose.compare(text(ONE, TWO, THREE), text(ONE, THREE))

    assert (change.fate, change.old, change.new) == (Fate.REWORDED, (0, 1, 2), (0, 1))


@pytest.mark.parametrize(
    ("old", "new", "share"),
    [
        ("a b c d", "a b c d", 1.0),
        ("a b c d", "a b x y", 0.5),
        ("a b", "a b c d e f", 1.0),
        ("a b", "c d", 0.0),
    ],
)
def test_share_of_words_that_were_kept(old, new, share):
    assert prose.kept_share(words.runs(old, new)) == share
