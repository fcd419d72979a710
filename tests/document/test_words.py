"""Word-level differences: complete for any two texts, readable, and never slow."""

import itertools
import random
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from controversies.document.words import Op, runs, size, tokens
from tests.strategies import ODD

TEXTS = st.lists(st.sampled_from([*ODD, "a", "b ", "c, ", "\n", "\n\n", " ", "word "]), max_size=12).map(
    "".join
)


def joined(made, *ops):
    return "".join(run.text for run in made if run.op in ops)


@given(TEXTS | st.text(), TEXTS | st.text())
@example("", "")
@example("a", "")
@example("a\x1cb", "a\x1cc")
@example("a, b. c", "x, y. z")
def test_runs_hold_both_texts_whole(old, new):
    made = runs(old, new)

    assert joined(made, Op.KEPT, Op.REMOVED) == old
    assert joined(made, Op.KEPT, Op.ADDED) == new
    assert all(run.text for run in made)
    assert all(a.op is not b.op for a, b in itertools.pairwise(made))
    if old == new:
        assert {run.op for run in made} <= {Op.KEPT}


@given(TEXTS | st.text())
def test_tokens_hold_the_text_whole(text):
    assert "".join(tokens(text)) == text


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ("one two three", "one 2 three", "one [-two ][+2 ]three"),
        ("one two", "one two three", "one two[+ three]"),
        ("one two.", "one two, three.", "one two[+, three]."),
        ("don't stop", "do not stop", "[-don't ][+do not ]stop"),
        ("First.\n\nSecond.", "First.\n\nInserted.\n\nSecond.", "First.\n\n[+Inserted.\n\n]Second."),
        ("a b, c d", "x y, z w", "[-a b, c d][+x y, z w]"),  # no lonely comma kept between
        ("", "new", "[+new]"),
        ("old", "", "[-old]"),
    ],
)
def test_runs_mark_words(old, new, marked):
    signs = {Op.KEPT: "{}", Op.REMOVED: "[-{}]", Op.ADDED: "[+{}]"}

    assert "".join(signs[op].format(text) for op, text in runs(old, new)) == marked


@pytest.mark.parametrize("words", [1, 2, 3, 50, 5000])
@pytest.mark.parametrize("breaks", [" ", "\n"])
def test_runs_are_quick_for_the_longest_texts(words, breaks):
    seed = random.Random(words)
    old, new = (breaks.join(f"w{seed.randrange(words)}" for _ in range(25_000))[:100_000] for _ in range(2))

    start = time.process_time()
    made = runs(old, new)

    assert time.process_time() - start < 4
    assert joined(made, Op.KEPT, Op.REMOVED) == old
    assert joined(made, Op.KEPT, Op.ADDED) == new


@pytest.mark.parametrize("words", [1, 2, 3, 50])
def test_runs_are_quick_for_repeated_words(words):
    """Where difflib takes longest: just too short to be compared by paragraphs, of few different words."""
    seed = random.Random(words)
    old, new = (" ".join(f"w{seed.randrange(words)}" for _ in range(5_900)) for _ in range(2))

    start = time.process_time()
    made = runs(old, new)

    assert time.process_time() - start < 4
    assert joined(made, Op.KEPT, Op.REMOVED) == old


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", (0, 0)),
        ("same", "same", (0, 0)),
        ("", "new", (3, 0)),
        ("old", "", (0, 3)),
        ("colour", "color", (0, 1)),
        ("one two three", "one 2 three", (1, 3)),
        ("aaa", "aaaa", (1, 0)),
        ("abcabc", "abc", (0, 3)),
    ],
)
def test_size_counts_what_differs_between_common_ends(old, new, expected):
    assert size(old, new) == expected


@given(st.text(), st.text())
def test_size_explains_the_difference_in_length(old, new):
    added, removed = size(old, new)

    assert added >= 0
    assert removed >= 0
    assert added - removed == len(new) - len(old)
    assert ((added, removed) == (0, 0)) is (old == new)
