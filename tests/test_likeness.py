"""What on record a text may mean: identifiers, addresses, names in any spelling and names that are like."""

from typing import Any

import pytest

from controversies import likeness
from controversies.document.types import Backer, Source, Topic
from tests.factories import BackerFactory, SourceFactory, TopicFactory, new_key

pytestmark = pytest.mark.django_db


def meant(cls: Any, text: str) -> list[tuple[str, bool]]:
    return [(match.part.display_name, match.is_same) for match in likeness.matches(cls, [text]).get(text, [])]


@pytest.mark.parametrize(
    ("text", "is_same"),
    [
        ("Huggingface", True), ("hugging  face", True), ("HUGGING-FACE", True), ("HF", True), ("hugging-face", True),
        ("Hugging", False), ("Hugingface", False), ("Hugging Fase", False),
    ],
)  # fmt: skip
def test_names_are_matched_in_every_spelling(text: str, is_same: bool) -> None:
    BackerFactory(slug="hugging-face", name="Hugging Face", aliases=["HF"])
    BackerFactory(name="Anthropic")

    assert meant(Backer, text) == [("Hugging Face", is_same)]


@pytest.mark.parametrize(
    "text", ["Čapek Muller", "Capek Müller", "開放", "K. Esvelt", "Kevin Eswelt", "kevin es"]
)
def test_names_that_are_like_are_matched(text: str) -> None:
    for name in ("Karel Čapek-Müller", "開放模型", "Kevin Esvelt"):
        BackerFactory(name=name, slug=f"b-{len(name)}")

    assert len(meant(Backer, text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "10.1126/SCIENCE.adp1848", "doi:10.1126/science.ADP1848", "https://doi.org/10.1126/science.adp1848",
        "http://example.org/a", "https://www.example.org/a/?utm_source=x&fbclid=1", "ISBN 978-0-306-40615-7",
        "0-306-40615-2", "on-drives",
    ],
)  # fmt: skip
def test_identifiers_and_addresses_are_one_however_they_are_written(text: str) -> None:
    SourceFactory(
        slug="on-drives", title="On Drives", doi="10.1126/science.ADP1848", url="https://example.org/a/",
        isbn="9780306406157",
    )  # fmt: skip
    SourceFactory(title="Another", doi="10.1126/science.adp1849", url="https://example.org/b")

    assert meant(Source, text) == [("On Drives", True)]


def test_a_link_that_nobody_has_recorded_is_like_nothing() -> None:
    SourceFactory(title="https example org new", url="https://example.org/old")

    assert meant(Source, "https://example.org/new") == []


def test_the_same_comes_first_and_no_more_than_asked_for() -> None:
    for number in range(20):
        TopicFactory(title=f"Robots {number}")
    TopicFactory(title="Robots")

    assert meant(Topic, "robots")[0] == ("Robots", True)
    assert len(meant(Topic, "robots")) == likeness.LIMIT


def test_questions_are_asked_in_a_constant_number_of_queries(django_assert_num_queries: Any) -> None:
    BackerFactory(name="Kevin Esvelt")
    new = [Backer(key=new_key(), slug=f"k-{n}", name="Kevin Eswelt", kind="person") for n in range(9)]
    new.append(Backer(key=new_key(), slug="b", name="Nobody Like That", kind="person"))

    with django_assert_num_queries(2):
        questions = likeness.questions(new)

    assert list(questions.values()) == ["Did you mean “Kevin Esvelt”?"] * 9
    assert likeness.notes(new[:1]) == ["New backer “Kevin Eswelt”. Did you mean “Kevin Esvelt”?"]


def test_a_part_is_not_like_itself_and_others_are_no_question() -> None:
    known = BackerFactory(name="Meta AI", kind="company")
    itself = Backer(key=str(known.pk), slug="meta-ai", name="Meta AI", kind="company")
    others = [
        Backer(key=new_key(), slug=f"o-{n}", name=name, kind="company")
        for n, name in enumerate(["Delta Air", "Meteor"])
    ]

    assert likeness.questions([itself, *others]) == {}
    assert likeness.questions([Backer(key=new_key(), slug="m", name="Meta", kind="company")]) != {}


@pytest.mark.parametrize(
    "text", ["", " ", "%", "_", "\\", "'", "🦜", "a" * 10_000, "\u202e", "10.", "doi:", "("]
)
def test_whatever_is_typed_is_looked_for(text: str) -> None:
    for cls in (Backer, Source, Topic):
        assert likeness.matches(cls, [text, "x"]).get(text, []) == []
