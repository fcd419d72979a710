# ruff: noqa: S608 - made of constants
"""Topics, backers, sources and authors by their names, titles and identifiers: those that public pages show."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from controversies.kit.identifiers import identify
from controversies.models import PublicChange
from controversies.sql import search_pieces

from .query import SearchQuery
from .ranking import WHOLE

LIMIT = 20  # of each kind
_RANKED = 200  # backers or sources
_DESCRIBED = 240  # characters of a backer's description
_AUTHORS = 300  # names that are looked through


@dataclass(frozen=True, slots=True)
class NameHit:
    """A topic, backer, source or author that a search finds, with an excerpt that has marks around the words.

    `is_same`: its whole name is what was typed. An author has no address but the name.
    """

    type: str
    slug: str
    title: str
    kind: str = ""  # of a backer or source
    snippet: str = ""
    is_same: bool = False


def words_of(name: str, row: str) -> str:
    """Return the text search vector of a row of backers or sources, as its index has it."""
    return f"controversies_{name}_words({', '.join(f'{row}.{each}' for each in search_pieces.word_columns(name))})"


def _shared_rows(name: str, title: str, excerpt: str) -> str:
    """Return the query for hits among backers or sources: the words of those that are ranked are read again."""
    return f"""
        WITH candidates AS MATERIALIZED (
            SELECT r.* FROM controversies_{name} r
            WHERE {words_of(name, "r")} @@ websearch_to_tsquery('english', %(words)s) AND EXISTS (
                SELECT FROM controversies_publicuse p WHERE p.type = '{name}' AND p.key = r.id OFFSET 0
            ) LIMIT {_RANKED}
        ), hits AS MATERIALIZED (
            SELECT r.*, ts_rank({words_of(name, "r")}, websearch_to_tsquery('english', %(words)s)) AS rank
            FROM candidates r ORDER BY rank DESC, r.{title}, r.id LIMIT {LIMIT + 1}
        )
        SELECT r.slug, r.{title}, r.kind,
            ts_headline('english', {excerpt}, websearch_to_tsquery('english', %(words)s), %(whole)s)
        FROM hits r ORDER BY r.rank DESC, r.{title}, r.id
    """


_BACKERS = _shared_rows(
    "backer",
    "name",
    f"""concat_ws('. ', nullif(array_to_string(r.aliases, ', '), ''), nullif(left(r.description, {_DESCRIBED}) ||
            CASE WHEN length(r.description) > {_DESCRIBED} THEN '…' ELSE '' END, ''))""",
)
_SOURCES = _shared_rows(
    "source",
    "title",
    "concat_ws('. ', nullif(r.authors, ''), nullif(r.publisher, ''), nullif(r.date, ''))",
)

# By name, whole: the lists' names stand in capitals, a line each. Of a source, the title alone is its name.
_SAME = """
    SELECT n.type, n.slug, n.title, n.label FROM (
        SELECT p.type, p.slug, p.title, p.label, p.uses, p.key FROM controversies_publicuse p
        WHERE p.type <> 'source' AND string_to_array(p.words, E'\\n') @> ARRAY[upper(%(text)s)]
        UNION ALL
        SELECT p.type, p.slug, p.title, p.label, p.uses, p.key FROM controversies_publicuse p
        WHERE p.type = 'source' AND upper(p.title) = upper(%(text)s)
    ) n ORDER BY n.type, n.uses DESC, n.key LIMIT 5
"""
_TOPICS = f"""
    SELECT 'topic', p.slug, p.title, '' FROM controversies_publicuse p
    WHERE p.type = 'topic' AND (
        SELECT bool_and(p.words LIKE ANY (string_to_array(w.forms, E'\\n'))) FROM unnest(%s::text[]) w (forms)
    ) ORDER BY p.pages DESC, p.title LIMIT {LIMIT + 1}
"""
_KEYED = """
    SELECT 'source', r.slug, r.title, r.kind, r.id::text FROM controversies_source r
    WHERE controversies_source_keys(r.doi, r.url, r.isbn) && %s::text[] AND EXISTS (
        SELECT FROM controversies_publicuse p WHERE p.type = 'source' AND p.key = r.id OFFSET 0
    ) ORDER BY r.title, r.id LIMIT 5
"""
# Uses that last and former ones have an index each.
_PAGES_OF = """
    SELECT i.id FROM (
        SELECT DISTINCT u.title, u.controversy_id FROM unnest(%s::uuid[]) k (key) CROSS JOIN LATERAL (
            (
                SELECT u.title, u.controversy_id FROM controversies_pageuse u
                WHERE u.type = 'source' AND u.key = k.key AND u.uses > u.former
                ORDER BY u.title, u.controversy_id LIMIT 20
            ) UNION ALL (
                SELECT u.title, u.controversy_id FROM controversies_pageuse u
                WHERE u.type = 'source' AND u.key = k.key AND u.former > 0
                ORDER BY u.title, u.controversy_id LIMIT 20
            )
        ) u ORDER BY u.title, u.controversy_id LIMIT 20
    ) u JOIN controversies_searchindex i ON i.controversy_id = u.controversy_id ORDER BY u.title, u.controversy_id
"""
# Each name is one descent of the index by author, however many revisions it has.
_AUTHOR_NAMES = f"""
    WITH RECURSIVE names (name) AS (
        (SELECT r.author_name FROM controversies_revision r ORDER BY r.author_name LIMIT 1) UNION ALL SELECT (
            SELECT r.author_name FROM controversies_revision r WHERE r.author_name > names.name
            ORDER BY r.author_name LIMIT 1
        ) FROM names WHERE names.name IS NOT NULL
    ), listed AS MATERIALIZED (SELECT name FROM names WHERE name <> '' LIMIT {_AUTHORS})
    SELECT s.name FROM (
        SELECT name FROM listed UNION
        (SELECT r.author_name FROM controversies_revision r WHERE r.author_name = %(text)s LIMIT 1)
    ) s
    WHERE upper(s.name) LIKE ALL (%(words)s::text[]) AND EXISTS (
        SELECT FROM controversies_revision r JOIN controversies_publicchange w ON (w.subject, w.kind) = (%(all)s, '')
            AND (w.time, w.controversy_id, w.number) = (r.time, r.controversy_id, r.number)
        WHERE r.author_name = s.name
    )
    ORDER BY upper(s.name) <> upper(%(text)s), s.name LIMIT {LIMIT + 1}
"""


def find_names(query: SearchQuery) -> list[NameHit]:
    """Find topics, backers, sources and authors by the words of a query, `LIMIT` + 1 of each kind; five queries."""
    text = " ".join(query.text.replace('"', " ").split())
    hits: list[NameHit] = []
    words = [each for each in query.query_words if each.lexemes]
    if not words:  # very common ones alone
        return hits
    with connection.cursor() as cursor:
        cursor.execute(_SAME, {"text": text})
        hits += [
            NameHit(type_, slug, title, kind, is_same=True) for type_, slug, title, kind in cursor.fetchall()
        ]
        cursor.execute(_TOPICS, [["\n".join(map(_like, (each.text, *each.lexemes))) for each in words]])
        hits += [NameHit(*row) for row in cursor.fetchall()]
        params: dict[str, Any] = {"text": text, "words": [_like(each.text) for each in words]}
        cursor.execute(_AUTHOR_NAMES, params | {"all": PublicChange.ALL})
        hits += [
            NameHit("author", name, name, is_same=name.upper() == text.upper())
            for (name,) in cursor.fetchall()
        ]
        for name, sql in (("backer", _BACKERS), ("source", _SOURCES)):
            cursor.execute(sql, {"words": query.text, "whole": WHOLE})
            hits += [NameHit(name, *row) for row in cursor.fetchall()]
    return hits


def find_identified(text: str) -> tuple[list[NameHit], list[int]]:
    """Return the sources that a DOI, ISBN, link or other identifier names, and the numbers of pages that cite them.

    Two queries, none for a text that is no identifier.
    """
    keys = sorted(identify(text).keys)
    if not keys:
        return [], []
    with connection.cursor() as cursor:
        cursor.execute(_KEYED, [keys])
        rows = cursor.fetchall()
        if not rows:
            return [], []
        cursor.execute(_PAGES_OF, [[key for *_row, key in rows]])
        pages = [page for (page,) in cursor.fetchall()]
    sources = [NameHit(type_, slug, title, kind, is_same=True) for type_, slug, title, kind, _key in rows]
    return sources, pages


def _like(word: str) -> str:
    return f"%{_escape_like(word.upper())}%"


def _escape_like(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
