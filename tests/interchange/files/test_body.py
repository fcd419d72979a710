"""Prose under its headings, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.interchange.files import body
from controversies.interchange.files.body import PointText
from tests import strategies

BREAKING = st.sampled_from(
    [
        "## Status",
        "a\n\n## Other\n\nb",
        "## key tensions ##",
        "a\n\n**Name:** b",
        "```\n## Status\n```",
        "```\nnever closed",
        "~~~\n```\n## Context",
        "**",
        "- a list\n- of two",
        "   ## Context\nx",
    ]
)
PROSE = strategies.proses() | BREAKING


@given(PROSE, st.lists(st.tuples(strategies.lines(required=True), PROSE), max_size=3), PROSE)
def test_what_a_body_holds_comes_back(context, points, status):
    context = context if body.holds_text("Context", context) else ""
    status = status if body.holds_text("Status", status) else ""
    points = [(title, text) for title, text in points if body.holds_point(title, text)]

    found = body.read(body.compose({"Context": context, "Status": status}, points))

    assert [found.texts.get(name, "") for name in ("Context", "Status")] == [context, status]
    assert [(point.title, point.body) for point in found.points] == points


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Prose.\n\nMore.", True),
        ("### A smaller heading\n\n**Bold:** is nothing special here.", True),
        ("## Background\n\nA section of another name.", True),
        ("## Status\n\nNot the section.", False),
        ("```\n## Status\n```", True),
        ("```\nnever closed", False),
    ],
)
def test_context_that_markdown_would_break_is_known(text, holds):
    assert body.holds_text("Context", text) is holds


def test_read_keeps_what_has_no_place_of_its_own():
    text = (
        "Before all.\n\n## Context\n\nContext.\n\n## Background\n\nMore.\n\n## Key tensions\n\nTold first.\n\n"
        "**One:** First.\n\nSecond.\n**Not:** a point.\n\n**Two**: Third.\n\n## Status\n\nOpen.\n\n## See also\n\nThis."
    )

    found = body.read(text, first=10)

    assert found.texts["Context"] == (
        "Before all.\n\nContext.\n\n## Background\n\nMore.\n\nTold first.\n\n## See also\n\nThis."
    )
    assert found.points == [
        PointText("One", "First.\n\nSecond.\n**Not:** a point.", 24),
        PointText("Two", "Third.", 29),
    ]
    assert found.texts["Status"] == "Open."
    assert (found.lines["Key Tensions"], found.lines["Status"], found.repeated) == (20, 31, [])


def test_read_tells_a_section_given_twice():
    found = body.read("## Status\n\nOne.\n\n## Status\n\nTwo.")

    assert (found.texts["Status"], found.repeated) == ("One.\n\nTwo.", [("Status", 5)])
