"""The name of the document that a form is drawn from: one parser, one printer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.admin.edit.shown_document import (
    ShownProposal,
    ShownRestoration,
    ShownRevision,
    draft_name,
    format_shown,
    parse_shown,
)

KEY = "6f8f57e0-6b0c-4e5e-8e55-3c4a1f0f7f0e"
NUMBERS = st.integers(0, 999_999_999)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0", ShownRevision(0)),
        ("7", ShownRevision(7)),
        ("m4:9:2", ShownRestoration(4, 9, 2)),
        ("m4:9:2p", ShownRestoration(4, 9, 2, with_publication=True)),
        (f"p{KEY}", ShownProposal(KEY)),
        (f"p{KEY}:3:9", ShownProposal(KEY, 3, 9)),
        (f"p{KEY}:1:0", ShownProposal(KEY, 1, 0)),
    ],
)
def test_text_and_value_are_one(text, shown):
    assert parse_shown(text) == shown
    assert format_shown(shown) == text


@given(
    st.one_of(
        st.builds(ShownRevision, NUMBERS),
        st.builds(ShownRestoration, NUMBERS, NUMBERS, NUMBERS, st.booleans()),
        st.builds(ShownProposal, st.uuids().filter(lambda key: key.int).map(str)),
        st.builds(ShownProposal, st.uuids().filter(lambda key: key.int).map(str), NUMBERS, NUMBERS),
    )
)
def test_every_value_is_read_back(shown):
    assert parse_shown(format_shown(shown)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "-1",
        "1234567890",
        "7 ",
        "٧",
        "m4:9",
        "m4:9:2x",
        "m4:9:٢",
        "p",
        "pnonsense",
        f"p{KEY}:3",
        f"p{KEY}:3:",
        f"p{KEY.upper()}",
        "p00000000-0000-0000-0000-000000000000",
        f"{KEY}",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="This is not a"):
        parse_shown(text)


def test_drafts_are_told_apart_by_what_is_shown():
    assert draft_name(ShownRevision(3), 3) == ""
    assert draft_name(ShownRevision(2), 3) == ":2"
    assert draft_name(ShownRestoration(1, 3, 2), 3) == ":m1:3:2"
    # Versions of one proposal share a draft.
    assert draft_name(ShownProposal(KEY, 1, 3), 3) == draft_name(ShownProposal(KEY, 2, 4), 4) == f":p{KEY}"
