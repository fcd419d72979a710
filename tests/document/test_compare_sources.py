"""Marks of sources in comparisons: what only got another number is no change, what got another meaning is one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.document import compare, references, words
from controversies.document.words import Op
from tests import factories
from tests.factories import cited_first, cited_page


def test_a_source_added_first_is_one_change():
    old = cited_page()
    new = cited_first(old)

    comparison = compare.compare(old, new)

    assert new.positions[1].argument == "A study agrees [4]. See [2] and [5] too."
    assert compare.outline(comparison) == [["position", "A", "citations", 1, 0, 0]]
    assert [each.value for each in compare.classes(comparison)] == ["source"]
    assert comparison.renumbered == {new.positions[1].key}
    assert new.positions[1] in comparison.unchanged
    assert compare.size(comparison) == compare.size(
        compare.compare(old, replace(old, sources=(*old.sources, new.sources[0])))
    )
    [change] = comparison.reported_changes
    assert change.fields == ()


def test_a_renumbered_mark_in_a_changed_sentence_is_kept_with_the_new_number():
    old = cited_page()
    new = cited_first(old)
    a, b = new.positions
    new = new.with_blocks(positions=(a, replace(b, argument="A new study agrees [4]. See [2] and [5] too.")))

    [_added, change] = compare.compare(old, new).reported_changes

    [field] = change.fields
    assert (field.old, field.new) == (old.positions[1].argument, new.positions[1].argument)
    assert field.runs() == [
        (Op.KEPT, "A "),
        (Op.ADDED, "new "),
        (Op.KEPT, "study agrees [4]. See [2] and [5] too."),
    ]


def test_a_mark_that_reads_as_before_and_means_another_source_is_a_change():
    old = cited_page()
    source = factories.source_block()
    a, b = old.positions
    new = old.with_blocks(
        positions=(replace(a, citations=(factories.citation(source), *a.citations)), b),
        sources=(*old.sources, source),
    )

    comparison = compare.compare(old, new)

    assert compare.outline(comparison) == [
        ["position", "A", "argument", "source"],
        ["position", "A", "citations", 1, 0, 0],
        ["position", "B", "argument", "source"],
    ]
    assert [each.value for each in compare.classes(comparison)] == ["source"]
    assert comparison.renumbered == set()
    assert comparison.reported_changes[1].fields[0].runs() == [
        (Op.KEPT, "A study agrees "),
        (Op.REMOVED, "[3]"),
        (Op.ADDED, "[3]"),
        (Op.KEPT, ". See "),
        (Op.REMOVED, "[1] "),
        (Op.ADDED, "[1] "),
        (Op.KEPT, "and "),
        (Op.REMOVED, "[4] "),
        (Op.ADDED, "[4] "),
        (Op.KEPT, "too."),
    ]


def test_a_mark_changed_to_another_source_is_told_as_a_change_of_sources():
    old = cited_page()
    new = old.with_blocks(
        positions=(
            old.positions[0],
            replace(old.positions[1], argument="A study agrees [2]. See [1] and [4] too."),
        )
    )

    comparison = compare.compare(old, new)

    assert compare.outline(comparison) == [["position", "B", "argument", "source"]]
    assert [each.value for each in compare.classes(comparison)] == ["source"]


def test_a_mark_beyond_the_sources_is_text_until_there_is_such_a_source():
    old = cited_page()
    a, b = old.positions
    old = old.with_blocks(positions=(a, replace(b, argument="A study [5] agrees.")))
    source = factories.source_block()
    new = old.with_blocks(
        positions=(a, replace(old.positions[1], citations=(*b.citations, factories.citation(source)))),
        sources=(*old.sources, source),
    )

    [change] = compare.compare(old, new).reported_changes

    assert [field.name for field in change.fields] == ["argument"]
    assert not compare.compare(old, replace(old, sources=old.sources)).reported_changes


def test_quotes_and_titles_know_no_numbers():
    old = cited_page()
    a, b = old.positions
    old = old.with_blocks(
        positions=(
            replace(a, citations=(replace(a.citations[0], quote="As we said [2]."), *a.citations[1:])),
            b,
        )
    )
    new = cited_first(old)

    assert compare.outline(compare.compare(old, new)) == [["position", "A", "citations", 1, 0, 0]]


def test_positions_in_another_order_change_no_text():
    old = cited_page()
    turned = old.with_blocks(positions=tuple(reversed(old.positions)))
    new = references.renumber_marks(turned, references.numbering(old), references.titles((old,)))

    comparison = compare.compare(old, new)

    assert new.positions[0].argument == "A study agrees [1]. See [3] and [2] too."
    assert compare.outline(comparison) == [["position", "A", "moved", "B"]]
    assert comparison.renumbered == {old.positions[0].key}


@given(
    st.lists(st.sampled_from(["word ", "[1]", "[2] ", "[3], ", "[9]", ". ", "\n\n", "[4](x)"]), max_size=12),
    st.permutations("abcd"),
)
def test_runs_of_renumbered_texts_hold_both_whole(pieces, keys):
    old = "".join(pieces)
    now = {key: number for number, key in enumerate(keys, 1)}
    new = words.MARK.sub(
        lambda mark: f"[{now['abcd'[int(mark[1]) - 1]]}]" if int(mark[1]) <= 4 else mark[0], old
    )

    assert [run.op for run in words.runs(old, new, ("abcd", keys))] == [Op.KEPT] * bool(old)

    made = words.runs(old, f"{new} [1]. More", ("abcd", keys))
    assert "".join(run.text for run in made if run.op is not Op.REMOVED) == f"{new} [1]. More"


@pytest.mark.parametrize("texts", [("a [1] b", "a [2] b"), ("[1][2]", "[1] [2]"), ("[12]", "[1]2]")])
def test_a_mark_is_one_token(texts):
    for text in texts:
        assert "".join(words.tokens(text)) == text
    assert words.tokens("a [12] b") == ["a ", "[12] ", "b"]
    assert words.tokens("[3](x)")[0] == "["


def test_marks_of_a_source_that_goes_become_its_title_and_nothing_more():
    old = cited_page()
    a, b = old.positions
    title = old.sources[0].title
    without = old.with_blocks(positions=(replace(a, citations=a.citations[1:]), b))
    new = references.renumber_marks(without, references.numbering(old), references.titles((old,)))
    assert new.positions[0].argument == f"One court said so (“{title}”). Another did not [1]."

    for one, other, counts in ((old, new, [0, 1, 0]), (new, old, [1, 0, 0])):
        comparison = compare.compare(one, other)
        assert compare.outline(comparison) == [
            ["position", "A", "argument", "source"],
            ["position", "A", "citations", *counts],
            ["position", "B", "argument", "source"],
        ]
        assert [each.value for each in compare.classes(comparison)] == ["source"]
