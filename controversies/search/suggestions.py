# ruff: noqa: S608 - made of constants
"""Suggestions for the beginning of a word: titles of public pages and names."""

import re
from dataclasses import dataclass
from itertools import chain, zip_longest

from django.db import connection

LIMIT = 8
LEAST = 2  # letters of the last word
_TERMS = 20  # words of the index that begin like the one that is being typed
_PAGES = 3  # of each
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

# Titles with a word of the index that begins so, or that what was typed begins with: words have lost their endings.
_TITLES = f"""
    WITH terms AS MATERIALIZED (
        SELECT t.word FROM controversies_searchterm t WHERE t.word = ANY (ARRAY(
            SELECT left(%(last)s, n) FROM generate_series(4, length(%(last)s)) n
        ) || tsvector_to_array(to_tsvector('english', %(last)s)))
        UNION (
            SELECT t.word FROM controversies_searchterm t
            WHERE t.word >= %(last)s AND t.word < %(after)s AND EXISTS (
                SELECT FROM controversies_searchword w WHERE w.word = t.word AND NOT w.is_title AND EXISTS (
                    SELECT FROM controversies_searchword o
                    WHERE o.word = '=published' AND NOT o.is_title AND o.page = w.page OFFSET 0
                ) OFFSET 0
            ) ORDER BY t.word LIMIT {_TERMS}
        )
    )
    SELECT DISTINCT c.slug, c.title FROM terms t
    CROSS JOIN LATERAL (
        SELECT w.page FROM controversies_searchword w
        WHERE w.word = t.word AND w.is_title AND EXISTS (
            SELECT FROM controversies_searchword o
            WHERE o.word = '=published' AND NOT o.is_title AND o.page = w.page OFFSET 0
        ) ORDER BY w.page DESC LIMIT {_PAGES}
    ) p
    JOIN controversies_searchindex i ON i.id = p.page
    JOIN controversies_controversy c ON c.id = i.controversy_id AND c.publication = 'published'
    ORDER BY c.title, c.slug
"""
# Names that begin so, with small and capital letters as people may write them.
_NAMED = f"""
    SELECT n.type, n.slug, n.title FROM unnest(%(types)s::text[], %(beginnings)s::text[]) b (type, beginning)
    CROSS JOIN LATERAL (
        SELECT p.type, p.slug, p.title FROM controversies_publicuse p
        WHERE p.type = b.type AND p.title >= b.beginning AND p.title < b.beginning || U&'\\+10FFFF'
        ORDER BY p.title, p.slug LIMIT {LIMIT}
    ) n
"""


@dataclass(frozen=True, slots=True)
class SearchSuggestion:
    """A public page, topic, backer or source: its type, address and title. Pages are of type "controversy"."""

    type: str
    slug: str
    title: str


def suggest(text: str) -> list[SearchSuggestion]:
    """Return what has all these words in its title or name, the last of them begun; two queries, `LIMIT` at most."""
    words = [word.lower() for word in _WORD.findall(text)]
    if not words or len(words[-1]) < LEAST:
        return []
    beginning = text.strip()
    spellings = dict.fromkeys((beginning, beginning.capitalize(), beginning.title(), beginning.upper()))
    types = ("topic", "backer", "source")
    pairs = [(type_, each) for type_ in types for each in spellings]
    with connection.cursor() as cursor:
        cursor.execute(_TITLES, {"last": words[-1], "after": words[-1] + "\U0010ffff"})
        pages = [SearchSuggestion("controversy", *row) for row in cursor.fetchall()]
        cursor.execute(
            _NAMED,
            {"types": [type_ for type_, _each in pairs], "beginnings": [each for _type, each in pairs]},
        )
        names = list(dict.fromkeys(SearchSuggestion(*row) for row in cursor.fetchall()))
    fitting = [each for each in pages if _has(each.title, words)]
    by_type = [[each for each in names if each.type == type_] for type_ in types]
    mixed = chain.from_iterable(zip_longest(fitting[:LIMIT], *by_type))
    return [each for each in mixed if each is not None][:LIMIT]


def _has(title: str, words: list[str]) -> bool:
    """Whether a title has all these words, the last of them at least begun."""
    own = [word.lower() for word in _WORD.findall(title)]
    return all(word in own for word in words[:-1]) and any(word.startswith(words[-1]) for word in own)
