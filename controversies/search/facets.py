"""Facets by which a search narrows pages: they stand in the index among the words of pages, and begin with "="."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from django.db import connection
from django.utils import timezone

from controversies.models import BackerKind, Confidence

PUBLISHED = "=published"
YEARS = 12  # that are offered, up to this one
_COUNTED = 50  # pages, the best of a search


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """The facets that pages must have; "" where any will do."""

    topic: str = ""  # key
    status: str = ""
    confidence: str = ""  # of some position
    backer: str = ""  # kind of some backer
    year: str = ""  # of some source
    contested: str = ""  # "1": a source contradicts a position that it is cited for

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    @property
    def words(self) -> list[str]:
        """The facets as words of the index."""
        return [
            f"={each.name}" if each.name == "contested" else f"={each.name} {value}"
            for each in fields(self)
            if (value := getattr(self, each.name))
        ]


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """The number of pages of a search that have each facet, by its name and value: `("status", "active")`.

    `topics` are the topics of these pages: key, slug, title and number of pages, those with the most pages first.
    """

    numbers: dict[tuple[str, str], int]
    topics: tuple[tuple[str, str, str, int], ...] = ()


def years() -> list[str]:
    """Return the years that a search offers, newest first."""
    this_year = timezone.now().astimezone(datetime.UTC).year
    return [str(year) for year in range(this_year, this_year - YEARS, -1)]


_OF_ROWS = """
    SELECT t.id::text, t.slug, t.title, c.status, count(*)
    FROM controversies_searchindex i
    JOIN controversies_controversy c ON c.id = i.controversy_id
    JOIN controversies_topic t ON t.id = c.topic_id
    WHERE i.id = ANY (%s) GROUP BY t.id, c.status
"""
_OF_WORDS = """
    SELECT f.word, count(*) FROM unnest(%s::text[]) f (word) CROSS JOIN unnest(%s::integer[]) p (page)
    WHERE EXISTS (
        SELECT FROM controversies_searchword w
        WHERE w.word = f.word AND NOT w.is_title AND w.page = p.page OFFSET 0
    ) GROUP BY f.word
"""


def count(pages: Sequence[int]) -> FacetCounts:
    """Count the facets of these pages, by their numbers in the index; two queries, none without pages."""
    numbers: dict[tuple[str, str], int] = {}
    topics: dict[tuple[str, str, str], int] = {}
    if not pages:
        return FacetCounts(numbers)
    counted = list(pages[:_COUNTED])
    with connection.cursor() as cursor:
        cursor.execute(_OF_ROWS, [counted])
        for key, slug, title, status, number in cursor.fetchall():
            topics[key, slug, title] = topics.get((key, slug, title), 0) + number
            numbers["status", status] = numbers.get(("status", status), 0) + number
        words = {word: each for each in _choices() for word in SearchFilter(**{each[0]: each[1]}).words}
        cursor.execute(_OF_WORDS, [list(words), counted])
        numbers |= {words[word]: number for word, number in cursor.fetchall()}
    ordered = sorted(topics.items(), key=lambda item: (-item[1], item[0][2]))
    return FacetCounts(numbers, tuple((*topic, number) for topic, number in ordered))


def _choices() -> Iterable[tuple[str, str]]:
    yield from (("confidence", value) for value in Confidence.values)
    yield from (("backer", value) for value in BackerKind.values)
    yield from (("year", year) for year in years())
    yield "contested", "1"
