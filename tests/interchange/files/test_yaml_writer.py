"""The YAML that files are written in: read by any YAML reader, it is what it was."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from controversies.interchange.files import yaml_writer
from tests import strategies

ODD = [
    "null",
    "~",
    "yes",
    "1984",
    "2024-01-02",
    "1e3",
    "0x1f",
    "=",
    "<<",
    "- a",
    "a: b",
    "a #b",
    "'",
    '"',
    "@a",
]
TEXTS = strategies.lines() | strategies.proses() | st.sampled_from(ODD)


@given(
    st.recursive(
        TEXTS,
        lambda inner: (
            st.lists(inner.filter(lambda item: not isinstance(item, list)), min_size=1, max_size=3)
            | st.dictionaries(strategies.slugs().map("a{}".format), inner, min_size=1, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_dump_is_read_as_what_it_was(value):
    text = yaml_writer.dump({"a": value})

    assert yaml.load(text, Loader=yaml.CSafeLoader) == {"a": value}
    assert yaml.safe_load(text) == {"a": value}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("A claim.", ["a: A claim."]),
        ("A claim: with a colon", ['a: "A claim: with a colon"']),
        ("1984", ['a: "1984"']),
        ("say \u202ethis\u202c", ['a: "say \\u202Ethis\\u202C"']),
        ("نمی\u200cدانم", ["a: نمی\u200cدانم"]),
        ("one\n\n two ", ["a: |-", "  one", "", "   two "]),
        (
            "First " * 9 + "end. " + "Second " * 9 + "end.",
            ["a: >-", "  " + "First " * 9 + "end.", "  " + "Second " * 9 + "end."],
        ),
        ("word " * 30 + "end", ["a: >-", "  " + "word " * 18 + "word", "  " + "word " * 11 + "end"]),
    ],
)
def test_text_is_as_plain_as_it_can_be(text, lines):
    assert yaml_writer.dump({"a": text}).removesuffix("\n").split("\n") == lines


def test_a_changed_clause_changes_one_line():
    text = "The first clause says this; the second one, which is longer than the first, says that. A third one ends it."
    changed = text.replace("says that", "says something else")

    old, new = yaml_writer.dump({"a": text}).split("\n"), yaml_writer.dump({"a": changed}).split("\n")

    assert len(old) == len(new)
    assert sum(a != b for a, b in zip(old, new, strict=True)) == 1
