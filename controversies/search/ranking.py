# ruff: noqa: S608 - made of constants
"""Pages that have the words of a query: which, in which order, and where on the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from .facets import PUBLISHED
from .query import COUNTED, SearchQuery, WordQuery, quote

RANKED = 50  # pages by their titles, and as many by all their words
READ = 1000  # pages on which a phrase is looked for, at most
WALKED = 4000  # pages of the rarest word that are looked at, at most
LISTED = 1000  # pages of a filter, at most
ANY_WORDS = 6  # of a query whose words no page has all: the rarest
ANY_LIMIT = 40  # pages of each of these, by title and by all words
LEAST = 0.5  # of the weight of the words, which a page must have that has not all
_EXACT = 24  # pages on which a phrase is looked for word for word
_BLOCKS = 300  # of one page
PLACES = 2  # on a page that are shown
BEGIN, END, BETWEEN = "\x02", "\x03", "\x04"  # around a word found, and between fragments: no text has these

HEADLINE = (
    f"StartSel={BEGIN}, StopSel={END}, MaxFragments=2, MaxWords=22, MinWords=8, FragmentDelimiter={BETWEEN}"
)
WHOLE = f"StartSel={BEGIN}, StopSel={END}, HighlightAll=true"

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


@dataclass(frozen=True, slots=True)
class PagePlace:
    """A place on a page that has words of the query: the block that stands there, and the text around the words.

    `kind` and `key` are those of a block of the page, `place` counts its blocks of that kind from 0. A source stands
    with the first block that cites it, a backer with the first position that it holds; `shared` is then its kind.
    """

    kind: str
    key: str
    place: int
    snippet: str  # with BEGIN and END around the words, and BETWEEN between fragments
    shared: str = ""


@dataclass(frozen=True, slots=True)
class PageHit:
    """A page that a search finds. `title` has marks around the words, as the snippets of its places have."""

    slug: str
    title: str
    status: str
    places: tuple[PagePlace, ...]


@dataclass(frozen=True, slots=True)
class RankedPages:
    """The pages that a query finds, best first, by their numbers in the index.

    `is_capped`: there may be more. `has_all`: they have all words of the query.
    """

    numbers: tuple[int, ...] = ()
    is_capped: bool = False
    has_all: bool = True

    def __len__(self) -> int:
        return len(self.numbers)


def _pages_of(
    query: WordQuery, *, limit: int, is_title: bool, only: Sequence[str] = ()
) -> tuple[str, list[Any]]:
    """Return the query for the numbers of the newest pages that match and have the facets `only`, and its values."""
    words = [(word, is_title and not word.startswith("=")) for word in query.words]
    words.sort(key=lambda each: not each[1])  # of titles, one is walked: a stable sort keeps the rarest first
    words += [(word, False) for word in only]
    rows, conditions, values = "SELECT id AS page FROM controversies_searchindex w", ["true"], list[Any]()
    if words:
        (first, in_title), *others = words
        rows = (
            "SELECT w.page FROM (SELECT w.page FROM controversies_searchword w"
            f" WHERE w.word = %s AND w.is_title = {_flag(in_title)} ORDER BY w.page DESC LIMIT {WALKED}) w"
        )
        conditions = [_HAS_WORD.format(is_title=_flag(is_title_word)) for _word, is_title_word in others]
        values += [first, *(word for word, _is_title in others)]
    costly = [_HAS_PHRASE] * len(query.phrases) + [f"NOT {_HAS_PHRASE}"] * len(query.excluded_phrases)
    if costly or not words:
        where = " AND ".join(conditions) or "true"
        rows = f"SELECT w.page FROM ({rows} WHERE {where} ORDER BY page DESC LIMIT {READ}) w"
        conditions = costly
        values += [*query.phrases, *query.excluded_phrases]
    conditions += ["NOT " + _HAS_WORD.format(is_title="false")] * len(query.excluded_words)
    values += query.excluded_words
    where = " AND ".join(conditions) or "true"
    return f"({rows} WHERE {where} ORDER BY w.page DESC LIMIT {limit})", values


def _flag(value: object) -> str:
    return "true" if value else "false"


def _candidates(
    queries: Iterable[WordQuery], *, limit: int, only: Sequence[str] = ()
) -> tuple[str, list[Any]]:
    """Return the query for the numbers of pages that match one of the alternatives, by title or not, and its values."""
    parts, values = [], list[Any]()
    for query in queries:
        has_text = any(not word.startswith("=") for word in query.words)
        for is_title in (True, False) if has_text else (False,):
            part, more = _pages_of(query, limit=limit, is_title=is_title, only=only)
            parts.append(part)
            values += more
    return " UNION ".join(parts), values


def matching_keys(query: SearchQuery, *, limit: int, is_public: bool) -> list[str]:
    """Return the keys of the newest pages that match, `limit` of each alternative; drafts too if not public."""
    if not query.alternatives:
        return []
    candidates, values = _candidates(query.alternatives, limit=limit, only=[PUBLISHED] if is_public else [])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT i.controversy_id::text FROM controversies_searchindex i WHERE i.id IN ({candidates})",
            values,
        )
        return [key for (key,) in cursor.fetchall()]


# Titles count most; a word of many blocks counts more than one of one. `coverage` is the weight of the words it has.
_RANK = """
    WITH candidates AS MATERIALIZED ({candidates}), words AS MATERIALIZED (
        SELECT %s::text[] AS words, %s::float8[] AS weights
    )
    SELECT p.page, r.coverage FROM candidates p
    CROSS JOIN LATERAL (
        SELECT sum(q.weights[array_position(q.words, w.word)]
                * CASE WHEN w.is_title THEN 4 ELSE 1 + ln(greatest(w.blocks, 1)) END) AS rank,
            sum(q.weights[array_position(q.words, w.word)]) FILTER (WHERE NOT w.is_title) AS coverage
        FROM words q CROSS JOIN LATERAL (
            SELECT w.word, w.is_title, w.blocks FROM controversies_searchword w
            WHERE w.word = ANY (q.words) AND w.is_title = ANY ('{{{{t,f}}}}') AND w.page = p.page OFFSET 0
        ) w
    ) r
    JOIN controversies_searchindex i ON i.id = p.page
    JOIN controversies_controversy c ON c.id = i.controversy_id
    WHERE c.publication = 'published' AND coalesce(r.coverage, 0) >= %s
    ORDER BY {order}, c.title, c.id
"""


def rank(query: SearchQuery) -> RankedPages:
    """Find the public pages that have all words of one of the query's alternatives; one query, two for a phrase."""
    if not query.alternatives:
        return RankedPages()
    candidates, values = _candidates(query.alternatives, limit=RANKED, only=[PUBLISHED])
    ranked = _rank(query, candidates, values, by_rank=True)
    rarest = [query.pages.get(each.words[0], 0) if each.words else COUNTED for each in query.alternatives]
    is_capped = len(ranked) >= RANKED or max(rarest) >= COUNTED
    if query.quoted:
        return RankedPages(_with_exact(query, [page for page, _coverage in ranked[:_EXACT]]), is_capped)
    return RankedPages(tuple(page for page, _coverage in ranked), is_capped)


def rank_any(query: SearchQuery, least: float) -> RankedPages:
    """Find the public pages that have the weightiest words of a query, `least` of all their weight; one query."""
    words = sorted(
        {word for word in query.lexemes if not word.startswith("=")},
        key=lambda each: query.pages.get(each, 0),
    )
    facets = [word for word in query.lexemes if word.startswith("=")]
    excluded = next((each for each in query.alternatives), WordQuery())
    alternatives = [
        replace(excluded, words=[word, *facets], phrases=[])
        for word in words[:ANY_WORDS]
        if query.pages.get(word)
    ]
    if not alternatives:
        return RankedPages()
    candidates, values = _candidates(alternatives, limit=ANY_LIMIT, only=[PUBLISHED])
    ranked = _rank(query, candidates, values, by_rank=False, least=least)
    return RankedPages(tuple(page for page, _coverage in ranked), is_capped=True, has_all=False)


def _rank(
    query: SearchQuery, candidates: str, values: list[Any], *, by_rank: bool, least: float = 0
) -> list[Any]:
    words = [word for word in query.lexemes if not word.startswith("=")]
    order = "r.rank DESC NULLS LAST" if by_rank else "r.coverage DESC, r.rank DESC"
    with connection.cursor() as cursor:
        cursor.execute(
            _RANK.format(candidates=candidates, order=order),
            [*values, words, [query.weight(word) for word in words], least],
        )
        return cursor.fetchall()


# Word for word: spelling and endings count, capitals and punctuation do not.
_EXACTLY = """
    SELECT p.page FROM unnest(%s::integer[]) WITH ORDINALITY p (page, place)
    CROSS JOIN LATERAL (
        SELECT i.controversy_id, i.config FROM controversies_searchindex i WHERE i.id = p.page OFFSET 0
    ) i
    WHERE (
        SELECT bool_and(EXISTS (
            SELECT FROM (
                SELECT array_agg(b.key) AS keys FROM (
                    SELECT b.key FROM controversies_searchblock b
                    WHERE b.page = p.page AND b.vector @@ phraseto_tsquery(i.config::regconfig, q.phrase) LIMIT 8
                ) b
            ) b CROSS JOIN LATERAL controversies_search_texts(i.controversy_id, b.keys) t
            WHERE b.keys IS NOT NULL AND concat(
                ' ', regexp_replace(lower(concat_ws(E'\\n', t.a, t.b, t.c, t.d)), '[^[:alnum:]]+', ' ', 'g'), ' '
            ) LIKE concat('%% ', btrim(regexp_replace(lower(q.phrase), '[^[:alnum:]]+', ' ', 'g')), ' %%')
        )) FROM unnest(%s::text[]) q (phrase)
    ) ORDER BY p.place
"""


def _with_exact(query: SearchQuery, pages: Sequence[int]) -> tuple[int, ...]:
    """Return those of the pages that have the quoted phrases word for word, each in one block."""
    with connection.cursor() as cursor:
        cursor.execute(_EXACTLY, [list(pages), list(query.quoted)])
        return tuple(page for (page,) in cursor.fetchall())


# The best blocks of each page: first those with all words, or with the phrase.
_HITS = f"""
    SELECT c.id::text, c.slug, c.status, ts_headline(i.config::regconfig, c.title, %(any)s::tsquery, '{WHOLE}'),
        t.key::text, t.kind, ts_headline(
            i.config::regconfig,
            regexp_replace(btrim(concat_ws(E'\\n', t.b, t.c, t.d), E'\\n'), '\\s*\\n\\s*', ' · ', 'g'),
            %(any)s::tsquery, '{HEADLINE}'
        )
    FROM unnest(%(pages)s::integer[]) WITH ORDINALITY p (page, place)
    JOIN controversies_searchindex i ON i.id = p.page
    JOIN controversies_controversy c ON c.id = i.controversy_id
    LEFT JOIN LATERAL (
        SELECT array_agg(k.key ORDER BY k.number) AS keys FROM (
            SELECT b.key, row_number() OVER (ORDER BY b.is_whole DESC, b.rank DESC, b.key <> c.id, b.key) AS number
            FROM (
                SELECT b.key, b.vector @@ %(all)s::tsquery AS is_whole,
                    ts_rank('{{0.2, 0.3, 0.5, 1}}', b.vector, %(any)s::tsquery) AS rank
                FROM (
                    SELECT b.key, b.vector FROM controversies_searchblock b WHERE b.page = p.page LIMIT {_BLOCKS}
                ) b WHERE b.vector @@ %(any)s::tsquery
            ) b
            ORDER BY number LIMIT {PLACES}
        ) k
    ) k ON true
    LEFT JOIN LATERAL controversies_search_texts(c.id, k.keys) t ON k.keys IS NOT NULL
    WHERE c.publication = 'published'
    ORDER BY p.place, array_position(k.keys, t.key)
"""

# Where blocks stand on their pages: backers with their first position, sources with the first block that cites them.
# (OFFSET 0: each is asked of the page's own rows; the planner would read all citations of a source on any page.)
_STAND = """
    SELECT h.page::text, h.key::text, o.kind, o.key::text, o.place
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) h (page, key, kind)
    CROSS JOIN LATERAL (
        (
            SELECT 'position' AS kind, p.id AS key, p."order" AS place FROM (
                SELECT p.id, p."order" FROM controversies_position p
                WHERE p.controversy_id = h.page AND h.kind IN ('position', 'backer', 'source') OFFSET 0
            ) p WHERE CASE h.kind
                WHEN 'position' THEN p.id = h.key
                WHEN 'backer' THEN EXISTS (
                    SELECT FROM controversies_backing b WHERE b.position_id = p.id AND b.backer_id = h.key OFFSET 0
                )
                ELSE EXISTS (
                    SELECT FROM controversies_citation c
                    WHERE c.position_id = p.id AND c.source_id = h.key OFFSET 0
                ) OR EXISTS (
                    SELECT FROM controversies_stance s WHERE s.position_id = p.id AND EXISTS (
                        SELECT FROM controversies_citation c
                        WHERE c.stance_id = s.id AND c.source_id = h.key OFFSET 0
                    ) OFFSET 0
                ) OR EXISTS (
                    SELECT FROM controversies_backing b WHERE b.position_id = p.id AND EXISTS (
                        SELECT FROM controversies_citation c
                        WHERE c.backing_id = b.id AND c.source_id = h.key OFFSET 0
                    ) OFFSET 0
                )
            END ORDER BY p."order" LIMIT 1
        ) UNION ALL (
            SELECT 'point', p.id, p."order" FROM (
                SELECT p.id, p."order" FROM controversies_contestedpoint p
                WHERE p.controversy_id = h.page AND h.kind IN ('point', 'source') OFFSET 0
            ) p WHERE CASE h.kind WHEN 'point' THEN p.id = h.key ELSE EXISTS (
                SELECT FROM controversies_citation c WHERE c.point_id = p.id AND c.source_id = h.key OFFSET 0
            ) END ORDER BY p."order" LIMIT 1
        ) UNION ALL
        SELECT CASE h.kind WHEN 'head' THEN 'head' ELSE 'context' END, h.page, 1
        LIMIT 1
    ) o
"""


def hits(query: SearchQuery, pages: Sequence[int]) -> list[PageHit]:
    """Return these pages, by their numbers in the index, with the best places of the words on each; two queries."""
    if not pages:
        return []
    words = [word for word in query.lexemes if not word.startswith("=")] or [""]
    any_word = " | ".join(map(quote, filter(None, words)))
    together = " | ".join(phrase for each in query.alternatives for phrase in each.phrases)
    for each in query.alternatives:
        if not together and (own := [word for word in each.words if not word.startswith("=")]):
            together = " & ".join(map(quote, own))
    params: dict[str, Any] = {"any": any_word, "all": together or any_word, "pages": list(pages)}
    with connection.cursor() as cursor:
        cursor.execute(_HITS, params)
        rows = cursor.fetchall()
        blocks = {(page, key): kind for page, _slug, _status, _title, key, kind, _text in rows if key}
        cursor.execute(
            _STAND,
            [[page for page, _key in blocks], [key for _page, key in blocks], list(blocks.values())],
        )
        stands = {(page, key): (kind, own, place - 1) for page, key, kind, own, place in cursor.fetchall()}
    by_page: dict[str, PageHit] = {}
    for page, slug, status, title, key, kind, snippet in rows:
        hit = by_page.setdefault(page, PageHit(slug, title, status, ()))
        if (page, key) in stands and (kind != "head" or BEGIN in snippet):
            own_kind, own, place = stands[page, key]
            shared = kind if kind in ("backer", "source") else ""
            places = (*hit.places, PagePlace(own_kind, own, place, snippet, shared))
            by_page[page] = replace(hit, places=places)
    return list(by_page.values())
