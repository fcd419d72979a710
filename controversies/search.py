"""Full text search, by PostgreSQL, of public controversies and the backers and sources that they show.

Only what a published page shows is searched. Words are taken as PostgreSQL's `websearch_to_tsquery` takes
them ("quoted phrase", or, -not), which fails for no input. Text is English to it, so that "models" finds "model".

The words of each page are indexed by the database with every revision (`sql/search.sql`); only the excerpts of
hits are read. Backers and sources are short enough to be read through.
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
LENGTH = 200  # characters of the query
DESCRIBED = 240  # characters of a backer's description
BEGIN, END = "\x02", "\x03"  # around a word found; no recorded text has control characters

_HEADLINE = (
    f"StartSel={BEGIN}, StopSel={END}, MaxFragments=2, MaxWords=22, MinWords=8, FragmentDelimiter=\x04"
)
_WHOLE = f"StartSel={BEGIN}, StopSel={END}, HighlightAll=true"


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One hit: address, name and kind of a page, backer or source, and an excerpt with the words."""

    slug: str
    title: str
    kind: str  # status, or kind of backer or source
    snippet: str  # with BEGIN and END around the words found, and "\x04" between fragments


@dataclass(frozen=True, slots=True)
class SearchResults:
    """Hits, best first: of each kind `LIMIT` at most, and whether there are more."""

    controversies: tuple[SearchHit, ...] = ()
    backers: tuple[SearchHit, ...] = ()
    sources: tuple[SearchHit, ...] = ()
    more: bool = False

    def __bool__(self) -> bool:
        return bool(self.controversies or self.backers or self.sources)


def _page_of(row: str, model: type[Model]) -> str:
    return pieces.page_of(row, model).replace("§.", "")  # the schema that the connection looks in


_CONTROVERSIES = f"""
    WITH q AS (SELECT websearch_to_tsquery('english', %(words)s) AS query),
    hits AS (
        SELECT c.id, c.slug, c.title, c.status, ts_rank(w.vector, q.query) AS rank
        FROM controversies_searchindex w CROSS JOIN q
        JOIN controversies_controversy c ON c.id = w.controversy_id AND c.publication = 'published'
        WHERE w.vector @@ q.query
        ORDER BY rank DESC, c.title, c.id LIMIT {LIMIT + 1}
    )
    SELECT hits.slug, hits.title, hits.status,
        ts_headline('english', controversies_text_of(hits.id), q.query, %(headline)s)
    FROM hits CROSS JOIN q ORDER BY hits.rank DESC, hits.title, hits.id
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
    """Return the keys of all pages that have these words, drafts among them."""
    query = SearchQuery(words, search_type="websearch", config="english")
    return SearchIndex.objects.filter(vector=query).values("controversy")


def search(words: str) -> SearchResults:
    """Find the public pages, backers and sources that have these words; three queries."""
    words = words.replace("\0", "")[:LENGTH].strip()
    if not words:
        return SearchResults()
    groups: list[tuple[SearchHit, ...]] = []
    more = False
    with connection.cursor() as cursor:
        for sql in (_CONTROVERSIES, _BACKERS, _SOURCES):
            cursor.execute(sql, {"words": words, "headline": _HEADLINE, "whole": _WHOLE})
            rows: list[Any] = cursor.fetchall()
            more = more or len(rows) > LIMIT
            groups.append(tuple(SearchHit(*row) for row in rows[:LIMIT]))
    controversies, backers, sources = groups
    return SearchResults(controversies, backers, sources, more)
