"""Names and values as people read them."""

import pytest

from controversies.document import labels
from controversies.document.types import BY_NAME, Position, Source


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
    assert labels.day(text) == words


@pytest.mark.parametrize(
    ("kind", "names", "words"),
    [
        ("position", ["B"], "Position B"),
        ("position", ["A", "B", "D"], "Positions A, B and D"),
        ("point", ["1", "2"], "Contested points 1 and 2"),
        ("backer", ["Meta AI"], "Backer “Meta AI”"),
        ("backer", ["Meta AI", "100% Open"], "Backers “Meta AI” and “100% Open”"),
        ("context", [""], "Context"),
        ("head", [""], "Page"),
        ("hologram", ["7"], "Hologram 7"),
    ],
)
def test_block_names_are_those_of_the_declaration(kind, names, words):
    assert labels.block_names(kind, names) == words


@pytest.mark.parametrize(
    ("kind", "label", "name", "words"),
    [
        ("position", "A", "argument", "A’s argument"),
        ("position", "A", "confidence_reason", "the reason for A’s confidence"),
        ("point", "2", "kind", "the kind of dispute of point 2"),
        ("context", "", "text", "the context"),
        ("head", "", "question", "the question"),
        ("head", "", "topic_description", "the topic’s description"),
        ("source", "5", "doi", "DOI of source 5"),
        ("hologram", "7", "shade_of_blue", "shade of blue of hologram 7"),
    ],
)
def test_a_field_is_named_within_a_sentence(kind, label, name, words):
    assert labels.field_in_sentence(kind, label, name) == words


def test_values_are_words():
    assert labels.value(Position.spec("confidence"), "not-rated") == "Not rated"
    assert labels.value(Position.spec("confidence"), "astronomical") == "astronomical"
    assert labels.value(Source.spec("date"), "2024-07") == "July 2024"
    assert labels.value(None, "as it is") == "as it is"


def test_numbers_are_words_up_to_twelve():
    assert [labels.number(n) for n in (0, 1, 12, 13)] == ["no", "one", "twelve", "13"]
    assert labels.number_of(BY_NAME["position"].counted, 1) == "one position"
    assert labels.number_of(BY_NAME["position"].counted, 3, in_digits=True) == "3 positions"
