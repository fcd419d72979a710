# ruff: noqa: S608 - made of constants
"""Full text search, by PostgreSQL, of public controversies and the backers and sources that they show.

Only what a published page shows is searched. Words are taken as PostgreSQL's `websearch_to_tsquery` takes
them ("quoted phrase", or, -not), which fails for no input. Text is English to it, so that "models" finds "model".

The words of each page are indexed by the database with every revision, block by block (`sql/search.sql`). A page
matches if it has all words, in whichever blocks; the words of a phrase stand in one. The search walks the list of the
pages of its rarest word, newest pages first, and looks up the others page by page, so that it costs the same on a site
of any size: it ends when `RANKED` pages match by their titles and as many by all their words. These are ranked; of a
search that more pages match, older pages without the words in their titles are left out. A phrase is looked for on the
newest `READ` pages that have all its words, and so is what a search has that names only words to leave out. Of
backers and sources the first `RANKED_NAMES` that the index gives are ranked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from controversies.sql import pieces

LIMIT = 20  # of each kind
RANKED = 50  # pages by their titles, and as many by all their words
RANKED_NAMES = 200  # backers or sources
READ = 1000  # pages on which a phrase is looked for, at most
LENGTH = 200  # characters of the query
LISTED = 1000  # pages of a filter, at most
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


# -- the query --


@dataclass(slots=True)
class WordQuery:
    """Words and phrases that a page must have and must not have; phrases as in a tsquery (`'open' <-> 'weight'`)."""

    words: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    excluded_words: list[str] = field(default_factory=list)
    excluded_phrases: list[str] = field(default_factory=list)

    def add(self, text: str, *, is_excluded: bool) -> None:
        """Add a word or a phrase."""
        words = list(map(_unquote, _WORD.findall(text)))
        if is_excluded:
            if len(words) == 1:
                self.excluded_words += words
            else:
                self.excluded_phrases.append(text)
            return
        self.words += [word for word in words if word not in self.words]
        if len(words) > 1:
            self.phrases.append(text)


_WORD = re.compile(r"'(?:[^'\\]|''|\\.)*'", re.DOTALL)
_PHRASE = rf"{_WORD.pattern}(?: <(?:-|\d+)> {_WORD.pattern})*"
# What `websearch_to_tsquery` gives: words and phrases, some of them excluded, with & and | between.
_TERM = re.compile(rf"(?P<or>\|)|(?P<not>!)?(?:\( )?(?P<text>{_PHRASE})(?: \))?", re.DOTALL)


def _unquote(word: str) -> str:
    return re.sub(r"''|\\(.)", lambda escaped: escaped[1] or "'", word[1:-1])


def parse(query: str) -> list[WordQuery]:
    """Return the alternatives of a query in the form of PostgreSQL's `tsquery`; none of an empty one."""
    alternatives = [WordQuery()]
    for term in _TERM.finditer(query):
        if term["or"]:
            alternatives.append(WordQuery())
        else:
            alternatives[-1].add(term["text"], is_excluded=bool(term["not"]))
    return alternatives if query else []


def _read_query(words: str) -> list[WordQuery]:
    """Return the alternatives of what somebody typed, the words of each by how many pages have them, rarest first.

    Two queries, one where it is a single word. No more than 1,000 pages of each word are counted.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT websearch_to_tsquery('english', %s)::text", [words])
        alternatives = parse(cursor.fetchone()[0])
        lexemes = {word for query in alternatives if len(query.words) > 1 for word in query.words}
        if lexemes:
            cursor.execute(
                "SELECT w.word, (SELECT count(*) FROM (SELECT FROM controversies_searchword s"
                " WHERE s.word = w.word AND NOT s.is_title LIMIT 1000) s) FROM unnest(%s::text[]) w (word)",
                [list(lexemes)],
            )
            pages: dict[str, int] = dict(cursor.fetchall())
            for query in alternatives:
                query.words.sort(key=lambda word: pages.get(word, 0))
    return alternatives


# -- pages --

# Each condition is a subquery that the planner cannot turn into a join over all pages (OFFSET 0): it is asked of one
# page after another, until there are enough.
_HAS_WORD = (
    "EXISTS (SELECT FROM controversies_searchword o"
    " WHERE o.word = %s AND o.is_title = {is_title} AND o.page = w.page OFFSET 0)"
)
_HAS_PHRASE = (
    "EXISTS (SELECT FROM controversies_searchblock b"
    " WHERE b.page = w.page AND b.vector @@ %s::tsquery OFFSET 0)"
)
_IS_PUBLIC = (
    "EXISTS (SELECT FROM controversies_searchindex i JOIN controversies_controversy c ON c.id = i.controversy_id"
    " WHERE i.id = w.page AND c.publication = 'published' OFFSET 0)"
)


def _pages_of(query: WordQuery, *, limit: int, is_title: bool, is_public: bool) -> tuple[str, list[Any]]:
    """Return the query for the numbers of the newest pages that match, and its values."""
    flag = "true" if is_title else "false"
    rows, conditions, values = "SELECT id AS page FROM controversies_searchindex w", ["true"], list[Any]()
    if query.words:
        rows = "SELECT w.page FROM controversies_searchword w"
        conditions = [
            f"w.word = %s AND w.is_title = {flag}",
            *[_HAS_WORD.format(is_title=flag)] * len(query.words[1:]),
        ]
        values += query.words
    costly = [_HAS_PHRASE] * len(query.phrases) + [f"NOT {_HAS_PHRASE}"] * len(query.excluded_phrases)
    if costly or not query.words:
        rows = (
            f"SELECT w.page FROM ({rows} WHERE {' AND '.join(conditions)} ORDER BY page DESC LIMIT {READ}) w"
        )
        conditions = costly
        values += [*query.phrases, *query.excluded_phrases]
    conditions += ["NOT " + _HAS_WORD.format(is_title="false")] * len(query.excluded_words)
    values += query.excluded_words
    if is_public:
        conditions.append(_IS_PUBLIC)
    where = " AND ".join(conditions) or "true"
    return f"({rows} WHERE {where} ORDER BY w.page DESC LIMIT {limit})", values


def _candidates(queries: Iterable[WordQuery], *, limit: int, is_public: bool) -> tuple[str, list[Any]]:
    """Return the query for the numbers of pages that match one of the alternatives, by title or not, and its values."""
    parts, values = [], list[Any]()
    for query in queries:
        for is_title in (True, False) if query.words else (False,):
            part, more = _pages_of(query, limit=limit, is_title=is_title, is_public=is_public)
            parts.append(part)
            values += more
    return " UNION ".join(parts), values


_CONTROVERSIES = f"""
    WITH candidates AS MATERIALIZED ({{candidates}}), hits AS MATERIALIZED (
        SELECT p.page, c.id, c.slug, c.title, c.status, coalesce((
            SELECT sum(CASE WHEN w.is_title THEN 8 ELSE 1 + ln(w.blocks) END) FROM controversies_searchword w
            WHERE w.word = ANY (%s) AND w.is_title = ANY ('{{{{t,f}}}}') AND w.page = p.page
        ), 0) AS rank
        FROM candidates p
        CROSS JOIN LATERAL (SELECT i.controversy_id FROM controversies_searchindex i WHERE i.id = p.page LIMIT 1) i
        CROSS JOIN LATERAL (SELECT * FROM controversies_controversy c WHERE c.id = i.controversy_id LIMIT 1) c
        ORDER BY rank DESC, c.title, c.id LIMIT {LIMIT + 1}
    )
    SELECT h.slug, h.title, h.status, ts_headline('english', t.body, %s::tsquery, %s)
    FROM hits h
    CROSS JOIN LATERAL (
        SELECT string_agg(t.body, E'\\n' ORDER BY k.place) AS body FROM (
            SELECT b.key, row_number() OVER (
                ORDER BY b.vector @@ %s::tsquery DESC, ts_rank(b.vector, %s::tsquery) DESC, b.key <> h.id, b.key
            ) AS place FROM controversies_searchblock b WHERE b.page = h.page
            ORDER BY place LIMIT 2
        ) k
        JOIN LATERAL controversies_block_texts(h.id, ARRAY[k.key]) t ON true
    ) t
    ORDER BY h.rank DESC, h.title, h.id
"""


def _find_controversies(words: str) -> list[Any]:
    """Return the columns of hits among public pages, best first."""
    queries = _read_query(words)
    if not queries:
        return []
    lexemes = sorted({word for query in queries for word in query.words})
    marked = " | ".join(map(_quote, lexemes))
    sought = " | ".join(phrase for query in queries for phrase in query.phrases) or marked
    candidates, values = _candidates(queries, limit=RANKED, is_public=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _CONTROVERSIES.format(candidates=candidates),
            [*values, lexemes, marked, _HEADLINE, sought, marked],
        )
        return cursor.fetchall()


def _quote(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def pages(words: str, *, limit: int = LISTED, is_public: bool = False) -> list[str]:
    """Return the keys of the newest pages with these words, `limit` of each alternative; drafts too if not public."""
    queries = _read_query(words)
    if not queries:
        return []
    candidates, values = _candidates(queries, limit=limit, is_public=is_public)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT i.controversy_id::text FROM controversies_searchindex i WHERE i.id IN ({candidates})",
            values,
        )
        return [key for (key,) in cursor.fetchall()]


# -- backers and sources --


def _words_of(name: str, row: str) -> str:
    return f"controversies_{name}_words({', '.join(f'{row}.{each}' for each in pieces.word_columns(name))})"


def _shared_rows(name: str, title: str, excerpt: str) -> str:
    """Return the query for hits among backers or sources: the words of those that are ranked are read again."""
    return f"""
        WITH candidates AS MATERIALIZED (
            SELECT r.* FROM controversies_{name} r
            WHERE {_words_of(name, "r")} @@ websearch_to_tsquery('english', %(words)s) AND EXISTS (
                SELECT FROM controversies_publicuse p WHERE p.type = '{name}' AND p.key = r.id OFFSET 0
            ) LIMIT {RANKED_NAMES}
        ), hits AS MATERIALIZED (
            SELECT r.*, ts_rank({_words_of(name, "r")}, websearch_to_tsquery('english', %(words)s)) AS rank
            FROM candidates r ORDER BY rank DESC, r.{title}, r.id LIMIT {LIMIT + 1}
        )
        SELECT r.slug, r.{title}, r.kind,
            ts_headline('english', {excerpt}, websearch_to_tsquery('english', %(words)s), %(whole)s)
        FROM hits r ORDER BY r.rank DESC, r.{title}, r.id
    """


_BACKERS = _shared_rows(
    "backer",
    "name",
    f"""concat_ws('. ', nullif(array_to_string(r.aliases, ', '), ''), nullif(left(r.description, {DESCRIBED}) ||
            CASE WHEN length(r.description) > {DESCRIBED} THEN '…' ELSE '' END, ''))""",
)
_SOURCES = _shared_rows(
    "source",
    "title",
    "concat_ws('. ', nullif(r.authors, ''), nullif(r.publisher, ''), nullif(r.date, ''))",
)


def search(words: str) -> SearchResults:
    """Find the public pages, backers and sources that have these words; four queries, five for several words."""
    words = words.replace("\0", "")[:LENGTH].strip()
    if not words:
        return SearchResults()
    groups: list[list[Any]] = [_find_controversies(words)]
    with connection.cursor() as cursor:
        for sql in (_BACKERS, _SOURCES):
            cursor.execute(sql, {"words": words, "whole": _WHOLE})
            groups.append(cursor.fetchall())
    more = any(len(rows) > LIMIT for rows in groups)
    controversies, backers, sources = (tuple(SearchHit(*row) for row in rows[:LIMIT]) for rows in groups)
    return SearchResults(controversies, backers, sources, more)
