"""Names to git and from it: safe whatever is in them, and no address of anybody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.interchange.git import identities


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("Edith Editor", "Edith Editor <edith-editor@crux.invalid>"),
        ("editor-1", "editor-1 <editor-1@crux.invalid>"),
        ("Zoë", "Zoë <zoe-c6a12698@crux.invalid>"),
        ("李雷", "李雷 <3a47328a@crux.invalid>"),
        ("A <b@c.example>", "A ‹b@c.example› <a-b-c-example-2c512808@crux.invalid>"),
        ("<", "‹ <dabd3aff@crux.invalid>"),
    ],
    ids=["plain", "hyphen", "accent", "no-latin", "brackets", "bracket"],
)
def test_identity_is_fit_for_git(name, identity):
    assert identities.identity(name) == identity


@given(st.text(max_size=200))
def test_identity_has_one_address_of_ours_and_is_the_same_each_time(name):
    made = identities.identity(name)

    assert made == identities.identity(name)
    assert made.count("<") == made.count(">") == 1
    assert made.endswith(f"@{identities.HOST}>")
    assert not set(made) & {"\n", "\0"}
    assert made.isascii() or made.partition(" <")[2].isascii()


def test_placeholders_of_names_that_look_alike_differ():
    names = ["Zoe", "Zoë", "zoe!", "Zo e"]

    assert len({identities.placeholder(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("ada@engine.example", "ada"),
        ("Ada <ada@engine.example>", "Ada"),
        ("Ada (ada@engine.example)", "Ada (ada)"),
        ("\u200b", ""),
        ("a" * 200, "a" * 150),
    ],
    ids=["plain", "address", "with-address", "in-brackets", "invisible", "long"],
)
def test_public_name_has_no_address(name, shown):
    assert identities.public_name(name) == shown


def test_without_addresses_leaves_the_rest():
    text = "Ask ed@desk.example, or @ed.\n\nSigned-off-by: Ed <ed@localhost>\nSee <https://a.example/@ed>."

    assert identities.without_addresses(text) == (
        "Ask …, or @ed.\n\nSigned-off-by: Ed\nSee <https://a.example/@ed>."
    )


def test_without_addresses_is_quick_with_what_almost_looks_like_one():
    assert identities.without_addresses("a" * 200_000 + "@") == "a" * 200_000 + "@"
