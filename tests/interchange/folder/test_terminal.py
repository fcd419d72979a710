"""Comparisons as text: what was in [-these-], what will be in {+these+}."""

from dataclasses import replace

from hypothesis import given

from controversies.document.compare import compare
from controversies.interchange.folder import terminal_diff
from tests import strategies
from tests.interchange.files.pages import page


def diff_lines(old, new):
    return list(terminal_diff(compare(old, new)))


@given(strategies.pairs())
def test_whatever_changed_can_be_told(pair):
    old, new = pair

    lines = diff_lines(old, new)

    assert bool(lines) == bool(compare(old, new).reported_changes)
    assert all("\n" not in line for line in lines)
    assert diff_lines(new, new) == []


def test_changes_of_every_part_are_told():
    old = page()
    first, second = old.positions
    stance = replace(first.stances[0], text="There are some.")
    backing = replace(first.backings[0], note="Says so seldom.", since="")
    citation = replace(first.citations[0], quote="One line.\n\nAnd another, longer.", relation="context")
    changed = replace(
        first, stances=(stance,), backings=(backing,), citations=(citation,), argument="", confidence="low"
    )
    new = old.with_blocks(
        head=replace(old.head, status="resolved", topic=replace(old.head.topic, title="All models")),
        points=old.points[:1],
        positions=(second, changed),
    )

    assert diff_lines(old, new) == [
        "Page",
        "  Topic: [-Models-] {+All models+}",
        "  Status: [-Active-] {+Resolved+}",
        "Contested point 2: removed",
        "  [-Costs-]",
        "Position A (moved)",
        "Position B",
        "  Argument: [-As its best advocates make it.-]",
        "  Confidence: [-High-] {+Low+}",
        "  Stances: Thresholds",
        "    Text: There are [-none-]{+some+}.",
        "  Backers: Yann LeCun",
        "    Note: Says so [-often-]{+seldom+}.",
        "    Since: [-July 2023-]",
        "  Backers: [-Academic researchers-]",
        "  Sources: The Path Forward",
        "    Relation: [-Supports-] {+Gives context+}",
        "    Quote: One line. ¶ And another{+, longer+}.",
    ]
