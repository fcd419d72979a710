# ruff: noqa: S608 - made of constants
"""Search in earlier revisions: texts that public pages had and have no longer (`models.EarlierText`).

A text matches if the passages that left a block with one revision have all words together. Those that left last come
first: the list of the rarest word is walked in that order, `WALKED` texts at most, and the other words are looked up
text by text, until there are enough for a page of results. So a search costs the same however many revisions there
are, and each page of results goes on from the key of a text. Where no text has all words, those with the weightiest
are found, as in searches of today's pages. A phrase is looked for in the texts themselves, `READ` at a time.

Nothing is shown from the index: results are read from the blocks on record, and only those whose revisions readers may
see now. A text is found where it stood last; what a page says again is no earlier text.
"""

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import batched
from typing import Any

from django.db import connection

from controversies.document import canonical
from controversies.document.passages import passages
from controversies.document.types import Block
from controversies.history.earlier_texts import kept_passages
from controversies.history.public_revisions import DatedRevision, nearest_of_pages

from .query import COUNTED, SearchQuery, WordQuery, quote, read_query
from .ranking import ANY_WORDS, BETWEEN, HEADLINE, LEAST, PagePlace

PAGE = 10  # results
WALKED = 4000  # texts of the rarest word that are looked at, at most
READ = 100  # texts in which a phrase is looked for
ANY_LIMIT = 40  # texts of each of the rarest words, where none has all
VERSIONS = 30  # of a block that are read to tell since when it had a passage
SHOWN = 2  # passages of a result
_PASSAGES = 200  # of a result that are looked through
_KEY = re.compile(r"([0-9]{1,16})-([1-9][0-9]{0,17})")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_NOT_A_WORD = re.compile(r"[\W_]+")

type TextKey = tuple[datetime.datetime, int]  # when a text left its page, and its number


@dataclass(frozen=True, slots=True)
class EarlierHit:
    """A text that a block had in earlier revisions: where it stood, and from which revision to which.

    `title` is that of today's page. `first` is None where the block has had more versions than are read; `last` is the
    newest revision that had the text, `next` the one that had it no longer. `key` is the block, for a comparison.
    """

    slug: str
    title: str
    key: str
    place: PagePlace
    first: DatedRevision | None
    last: DatedRevision
    next: DatedRevision


@dataclass(frozen=True, slots=True)
class EarlierResults:
    """A page of results, and the key after which the next page begins, "" if there is none.

    Without `has_all` the texts have some of the words. `is_exact` is false where none has a quoted phrase as it is.
    """

    hits: tuple[EarlierHit, ...] = ()
    next: str = ""
    has_all: bool = True
    is_exact: bool = True

    def __bool__(self) -> bool:
        return bool(self.hits)


def search_earlier(words: str, after: str = "") -> EarlierResults:
    """Find what public pages said in these words and say no longer; a constant number of queries.

    `after` is the key that another page of results named; one that is none counts as "".
    """
    if not words:
        return EarlierResults()
    query = read_query(words, count=_COUNT)
    start = parse_key(after)
    keys, end = _walk(query, start)
    texts = _read([text for _time, text in keys], versions=1 if query.quoted else VERSIONS)
    matches = _matches(query, texts)
    if query.quoted:
        if len(matches) > PAGE:
            matches = matches[:PAGE]
            end = next(key for key in keys if key[1] == matches[-1].text.number)
        with_versions = {
            each.number: each for each in _read([match.text.number for match in matches], versions=VERSIONS)
        }
        matches = [
            replace(match, text=with_versions[match.text.number])
            for match in matches
            if match.text.number in with_versions
        ]
    onward = _text_of_key(end) if end is not None else ""
    if matches or start is not None or query.quoted or end is not None:
        return EarlierResults(_hits(matches), onward, is_exact=bool(matches) or not query.quoted)
    matches = _matches(query, _read(_walk_any(query), versions=VERSIONS))
    return EarlierResults(_hits(matches), has_all=False)


def parse_key(text: str) -> TextKey | None:
    """Return the key of a text that a page of results named; None for anything else."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    try:
        return _EPOCH + datetime.timedelta(microseconds=int(match[1])), int(match[2])
    except OverflowError:
        return None


def _text_of_key(key: TextKey) -> str:
    return f"{(key[0] - _EPOCH) // datetime.timedelta(microseconds=1)}-{key[1]}"


# -- which texts --

_COUNT = f"""
    SELECT w.word, (
        SELECT count(*) FROM (SELECT FROM controversies_earlierword e WHERE e.word = w.word LIMIT {COUNTED}) e
    ) FROM unnest(%s::text[]) w (word)
"""
_HAS_WORD = (
    "EXISTS (SELECT FROM controversies_earlierword o"
    " WHERE o.word = %s AND o.time = w.time AND o.text = w.text OFFSET 0)"
)
_IS_PUBLIC = """EXISTS (
    SELECT FROM controversies_earliertext t
    JOIN controversies_controversy c ON c.id = t.controversy_id AND c.publication = 'published'
    WHERE t.id = w.text OFFSET 0
)"""
_WALK = """
    (SELECT w.time, w.text FROM (
        SELECT w.time, w.text FROM controversies_earlierword w
        WHERE w.word = %s AND (w.time, w.text) < (%s, %s) ORDER BY w.time DESC, w.text DESC LIMIT {walked}
    ) w WHERE {conditions} ORDER BY w.time DESC, w.text DESC LIMIT {limit})
"""
_END = f"""
    SELECT e.time, e.text FROM unnest(%s::text[]) q (word) CROSS JOIN LATERAL (
        SELECT w.time, w.text FROM controversies_earlierword w
        WHERE w.word = q.word AND (w.time, w.text) < (%s, %s) ORDER BY w.time DESC, w.text DESC
        OFFSET {WALKED - 1} LIMIT 1
    ) e ORDER BY e.time DESC, e.text DESC LIMIT 1
"""
_LAST: TextKey = (datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC), 0)


def _alternative(query: WordQuery, start: TextKey, *, walked: int, limit: int) -> tuple[str, list[Any]]:
    """Return the query for the keys of the newest texts that have all words of an alternative, and its values."""
    first, *others = query.words
    conditions = [_HAS_WORD] * len(others) + [f"NOT {_HAS_WORD}"] * len(query.excluded_words) + [_IS_PUBLIC]
    sql = _WALK.format(walked=walked, conditions=" AND ".join(conditions), limit=limit)
    return sql, [first, *start, *others, *query.excluded_words]


def _walk(query: SearchQuery, after: TextKey | None) -> tuple[list[TextKey], TextKey | None]:
    """Return the newest texts with all words, and the key from which to go on, None at the end; one or two queries."""
    alternatives = [each for each in query.alternatives if each.words]
    if not alternatives:
        return [], None
    start = after or _LAST
    limit = READ if query.quoted else PAGE
    parts, values = [], list[Any]()
    for each in alternatives:
        part, more = _alternative(each, start, walked=WALKED, limit=limit + 1)
        parts.append(part)
        values += more
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT time, text FROM ({' UNION '.join(parts)}) w ORDER BY time DESC, text DESC", values
        )
        rows: list[TextKey] = cursor.fetchall()
        end = rows[limit - 1] if len(rows) > limit else None
        long = [each.words[0] for each in alternatives if query.pages.get(each.words[0], 0) >= COUNTED]
        if long:  # whose lists may not have been walked to their ends
            cursor.execute(_END, [long, *start])
            ends = [row for row in (end, cursor.fetchone()) if row is not None]
            end = max(ends, default=None)
    return [row for row in rows[:limit] if end is None or row >= end], end


_ANY = """
    WITH candidates AS MATERIALIZED (SELECT DISTINCT time, text FROM ({parts}) w), words AS MATERIALIZED (
        SELECT %s::text[] AS words, %s::float8[] AS weights
    )
    SELECT w.text FROM candidates w CROSS JOIN LATERAL (
        SELECT sum(q.weights[array_position(q.words, o.word)]) AS coverage FROM words q CROSS JOIN LATERAL (
            SELECT o.word FROM controversies_earlierword o
            WHERE o.word = ANY (q.words) AND o.time = w.time AND o.text = w.text OFFSET 0
        ) o
    ) r WHERE r.coverage >= %s ORDER BY r.coverage DESC, w.time DESC, w.text DESC LIMIT {limit}
"""


def _walk_any(query: SearchQuery) -> list[int]:
    """Return the texts that have most of the weight of the words, the heaviest first; one query, none without words."""
    words = sorted(query.lexemes, key=lambda each: query.pages.get(each, 0))
    known = [word for word in words if query.pages.get(word)][:ANY_WORDS]
    if not known:
        return []
    excluded = query.alternatives[0].excluded_words
    parts, values = [], list[Any]()
    for word in known:
        part, more = _alternative(
            WordQuery([word], excluded_words=excluded), _LAST, walked=ANY_LIMIT, limit=ANY_LIMIT
        )
        parts.append(part)
        values += more
    least = LEAST * query.total_weight
    values += [words, [query.weight(word) for word in words], least]
    with connection.cursor() as cursor:
        cursor.execute(_ANY.format(parts=" UNION ALL ".join(parts), limit=PAGE), values)
        return [text for (text,) in cursor.fetchall()]


# -- what they say --

# Of each text its page, and the versions of its block up to the last that had it, newest first.
_TEXTS = """
    SELECT t.id, t.controversy_id::text, c.slug, c.title, i.config, t.key::text, t.kind, t.place_kind,
        t.place_key::text, t.place, t.last, t.next, t.hashes, v.sinces, v.bodies, v.bases
    FROM unnest(%s::bigint[]) WITH ORDINALITY asked (id, rank)
    JOIN controversies_earliertext t ON t.id = asked.id
    JOIN controversies_controversy c ON c.id = t.controversy_id AND c.publication = 'published'
    JOIN controversies_searchindex i ON i.controversy_id = c.id
    CROSS JOIN LATERAL (
        SELECT array_agg(b.since ORDER BY b.since DESC) AS sinces, array_agg(b.body ORDER BY b.since DESC) AS bodies,
            array_agg(b.basis_body ORDER BY b.since DESC) AS bases
        FROM (
            SELECT b.since, b.body, CASE WHEN b.basis IS NOT NULL THEN (
                SELECT o.body FROM controversies_block o
                WHERE o.controversy_id = b.controversy_id AND o.key = b.key AND o.since = b.basis
            ) END AS basis_body
            FROM controversies_block b
            WHERE b.controversy_id = t.controversy_id AND b.key = t.key AND b.since <= t.last
            ORDER BY b.since DESC LIMIT %s
        ) b
    ) v
    ORDER BY asked.rank
"""
_SNIPPETS = f"""
    SELECT p.text, p.passage, v.vector @@ %(all)s::tsquery, v.vector @@ %(excluded)s::tsquery,
        ts_rank_cd(v.vector, %(any)s::tsquery),
        ts_headline(p.config::regconfig, p.passage, %(any)s::tsquery, '{HEADLINE}')
    FROM unnest(%(texts)s::bigint[], %(configs)s::text[], %(passages)s::text[]) p (text, config, passage)
    CROSS JOIN LATERAL (
        SELECT to_tsvector(p.config::regconfig, translate(p.passage, '’', '''')) AS vector
    ) v WHERE v.vector @@ %(any)s::tsquery OR v.vector @@ %(excluded)s::tsquery
"""


@dataclass(frozen=True, slots=True)
class _StoredVersion:
    """A version of a block: the revision since which it stands, its stored body and what that was packed against."""

    since: int
    body: bytes | None
    basis: bytes | None

    def block(self) -> Block | None:
        """The block; None where it was removed."""
        return None if self.body is None else canonical.decode(self.body, self.basis)


@dataclass(frozen=True, slots=True)
class _StoredText:
    """A text of the index with its passages as they are on record, and the versions of its block, newest first."""

    number: int
    page: str  # key
    slug: str
    title: str
    config: str
    key: str
    place: PagePlace
    last: int
    next: int
    passages: tuple[str, ...]
    versions: tuple[_StoredVersion, ...]

    def since(self, wanted: Iterable[str]) -> int | None:
        """Return the revision since which the block has had these passages; None if the versions do not go so far."""
        missing = set(wanted)
        since = self.versions[0].since
        for version in self.versions[1:]:
            block = version.block()
            if block is None or not missing <= set(passages(block)):
                return since
            since = version.since
        return since if len(self.versions) < VERSIONS else None


@dataclass(frozen=True, slots=True)
class _Match:
    """A text that matches, with the passages of it that are shown and the words around."""

    text: _StoredText
    shown: tuple[str, ...]
    snippet: str
    rank: tuple[bool, float]


def _read(numbers: Sequence[int], *, versions: int) -> list[_StoredText]:
    """Return those of these texts that are of public pages, with some versions of their blocks; one query."""
    if not numbers:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS, [list(numbers), versions])
        rows = cursor.fetchall()
    texts = []
    for number, page, slug, title, config, key, kind, *rest, sinces, bodies, bases in rows:
        place_kind, place_key, place, last, next_, hashes = rest
        stored = [_StoredVersion(*each) for each in zip(sinces or (), bodies or (), bases or (), strict=True)]
        block = stored[0].block() if stored else None
        if block is not None:
            shared = kind if kind in ("backer", "source") else ""
            texts.append(
                _StoredText(
                    number,
                    page,
                    slug,
                    title,
                    config,
                    key,
                    PagePlace(place_kind, place_key, place, "", shared),
                    last,
                    next_,
                    tuple(kept_passages(block, hashes)),
                    tuple(stored),
                )
            )
    return texts


def _matches(query: SearchQuery, texts: Sequence[_StoredText]) -> list[_Match]:
    """Return the texts that have words of the query, and its quoted phrases, in the order given; one query."""
    if not texts:
        return []
    rows = [(each.number, each.config, passage) for each in texts for passage in each.passages[:_PASSAGES]]
    params = {
        "any": " | ".join(map(quote, query.lexemes)),
        "all": " | ".join(
            f"({' & '.join(map(quote, each.words))})" for each in query.alternatives if each.words
        ),
        "excluded": " | ".join(phrase for each in query.alternatives for phrase in each.excluded_phrases),
    } | dict(zip(("texts", "configs", "passages"), map(list, zip(*rows, strict=True)), strict=True))
    by_text: dict[int, list[tuple[bool, float, str, str]]] = {}
    excluded: set[int] = set()
    with connection.cursor() as cursor:
        cursor.execute(_SNIPPETS, params)
        for number, passage, has_all, is_excluded, rank, snippet in cursor.fetchall():
            if is_excluded:
                excluded.add(number)
            by_text.setdefault(number, []).append((has_all, rank, passage, snippet))
    matches = []
    for text in texts:
        passages_of_text = by_text.get(text.number, [])
        if query.quoted:
            passages_of_text = [each for each in passages_of_text if _has_phrases(each[2], query.quoted)]
        best = sorted(passages_of_text, key=lambda each: each[:2], reverse=True)[:SHOWN]
        if best and text.number not in excluded:
            if best[0][0]:
                best = best[:1]  # it has all words
            snippet = BETWEEN.join(each[3] for each in best)
            matches.append(_Match(text, tuple(each[2] for each in best), snippet, best[0][:2]))
    return matches


def _has_phrases(passage: str, phrases: Iterable[str]) -> bool:
    """Whether a passage has all phrases word for word: spelling counts, capitals and punctuation do not."""
    text = f" {_plain(passage)} "
    return all(f" {_plain(phrase)} " in text for phrase in phrases)


def _plain(text: str) -> str:
    return _NOT_A_WORD.sub(" ", text.lower()).strip()


def _hits(matches: Sequence[_Match]) -> tuple[EarlierHit, ...]:
    """Return the matches as results, those first whose words stand closest together; one query."""
    starts = [match.text.since(match.shown) for match in matches]
    starts_and_ends: list[tuple[str, int, bool]] = []
    for match, start in zip(matches, starts, strict=True):
        page = match.text.page
        starts_and_ends += [
            (page, start or match.text.last, True),
            (page, match.text.last, False),
            (page, match.text.next, True),
        ]
    dated = nearest_of_pages(starts_and_ends)
    hits: list[tuple[tuple[bool, float], EarlierHit]] = []
    for match, start, revisions in zip(matches, starts, batched(dated, 3), strict=True):
        first, last, next_ = revisions
        text = match.text
        if not (first and last and next_) or (last.number, next_.number) != (text.last, text.next):
            continue  # they are hidden from readers
        place = replace(text.place, snippet=match.snippet)
        hit = EarlierHit(text.slug, text.title, text.key, place, first if start else None, last, next_)
        hits.append((match.rank, hit))
    hits.sort(key=lambda each: each[0], reverse=True)
    return tuple(hit for _rank, hit in hits)
