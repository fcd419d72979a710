"""Find public controversies, and the backers and sources that they show, by words; PostgreSQL's full text.

Only what a published page shows is looked through. Words are taken as PostgreSQL's `websearch_to_tsquery` takes
them ("quoted phrase", or, -not), which fails for no input. Text is English to it, so that "models" finds "model".

The words of each page are indexed by the database with every revision (`sql/search.sql`); only what is shown of
those found is read. Backers and sources are short enough to be looked through.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import Model, QuerySet

from controversies.document import types
from controversies.models import Backing, Citation, SearchIndex
from controversies.sql import pieces

LIMIT = 20  # of each kind
LENGTH = 200  # characters of what is asked
DESCRIBED = 240  # characters of a backer's description
BEGIN, END = "\x02", "\x03"  # around a word found; no recorded text has control characters

_HEADLINE = (
    f"StartSel={BEGIN}, StopSel={END}, MaxFragments=2, MaxWords=22, MinWords=8, FragmentDelimiter=\x04"
)
_WHOLE = f"StartSel={BEGIN}, StopSel={END}, HighlightAll=true"


@dataclass(frozen=True, slots=True)
class Found:
    """One result: the thing's address and name, a word on it, and where the words were found."""

    slug: str
    title: str
    kind: str  # status, or kind of backer or source
    snippet: str  # with BEGIN and END around the words found, and "\x04" between fragments


@dataclass(frozen=True, slots=True)
class Results:
    """What was found, best first; of each kind `LIMIT` at most, and whether there is more."""

    controversies: tuple[Found, ...] = ()
    backers: tuple[Found, ...] = ()
    sources: tuple[Found, ...] = ()
    more: bool = False

    def __bool__(self) -> bool:
        return bool(self.controversies or self.backers or self.sources)


def _page_of(row: str, model: type[Model]) -> str:
    return pieces.page_of(row, model).replace("§.", "")  # the schema that the connection looks in


_CONTROVERSIES = f"""
    WITH q AS (SELECT websearch_to_tsquery('english', %(words)s) AS query),
    found AS (
        SELECT c.id, c.slug, c.title, c.status, ts_rank(w.vector, q.query) AS rank
        FROM controversies_searchindex w CROSS JOIN q
        JOIN controversies_controversy c ON c.id = w.controversy_id AND c.publication = 'published'
        WHERE w.vector @@ q.query
        ORDER BY rank DESC, c.title, c.id LIMIT {LIMIT + 1}
    )
    SELECT found.slug, found.title, found.status,
        ts_headline('english', controversies_text_of(found.id), q.query, %(headline)s)
    FROM found CROSS JOIN q ORDER BY found.rank DESC, found.title, found.id
"""  # noqa: S608 - made of constants

_BACKERS = f"""
    SELECT b.slug, b.name, b.kind, ts_headline('english', concat_ws('. ',
        nullif(array_to_string(b.aliases, ', '), ''),
        nullif(left(b.description, {DESCRIBED}) ||
            CASE WHEN length(b.description) > {DESCRIBED} THEN '…' ELSE '' END, '')
    ), q.query, %(whole)s)
    FROM controversies_backer b
    CROSS JOIN (SELECT websearch_to_tsquery('english', %(words)s) AS query) q
    CROSS JOIN LATERAL (SELECT {pieces.search_vector("b", types.Backer)} AS vector) v
    WHERE v.vector @@ q.query AND EXISTS (
        SELECT FROM controversies_backing h
        JOIN controversies_controversy c ON c.id = {_page_of("h", Backing)} AND c.publication = 'published'
        WHERE h.backer_id = b.id
    )
    ORDER BY ts_rank(v.vector, q.query) DESC, b.name, b.id LIMIT {LIMIT + 1}
"""  # noqa: S608 - made of constants

_SOURCES = f"""
    SELECT s.slug, s.title, s.kind, ts_headline(
        'english', concat_ws('. ', nullif(s.authors, ''), nullif(s.publisher, ''), nullif(s.date, '')),
        q.query, %(whole)s
    )
    FROM controversies_source s
    CROSS JOIN (SELECT websearch_to_tsquery('english', %(words)s) AS query) q
    CROSS JOIN LATERAL (SELECT {pieces.search_vector("s", types.Source)} AS vector) v
    WHERE v.vector @@ q.query AND EXISTS (
        SELECT FROM controversies_citation x
        JOIN controversies_controversy c ON c.id = {_page_of("x", Citation)} AND c.publication = 'published'
        WHERE x.source_id = s.id
    )
    ORDER BY ts_rank(v.vector, q.query) DESC, s.title, s.id LIMIT {LIMIT + 1}
"""  # noqa: S608 - made of constants


def pages(words: str) -> QuerySet[Any]:
    """The keys of all pages that say these words, drafts among them."""
    asked = SearchQuery(words, search_type="websearch", config="english")
    return SearchIndex.objects.filter(vector=asked).values("controversy")


def search(words: str) -> Results:
    """What is found by these words; three queries, whatever they are."""
    words = words.replace("\0", "")[:LENGTH].strip()
    if not words:
        return Results()
    groups: list[tuple[Found, ...]] = []
    more = False
    with connection.cursor() as cursor:
        for sql in (_CONTROVERSIES, _BACKERS, _SOURCES):
            cursor.execute(sql, {"words": words, "headline": _HEADLINE, "whole": _WHOLE})
            rows: list[Any] = cursor.fetchall()
            more = more or len(rows) > LIMIT
            groups.append(tuple(Found(*row) for row in rows[:LIMIT]))
    controversies, backers, sources = groups
    return Results(controversies, backers, sources, more)
