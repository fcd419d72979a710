"""The query of a search, as words and phrases of the index, with how many pages have each.

Words are taken as PostgreSQL's `websearch_to_tsquery` takes them ("quoted phrase", or, -not), which fails for no input,
by each text search configuration that pages are indexed by.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db import connection

COUNTED = 1000  # pages of a word that are counted, at most
_EXACT = 100  # public pages of a word up to which hidden pages are left out of their number
_UNKNOWN, _WEAK = (
    0.6,
    0.3,
)  # of the weight of a word that no page has, and of a word that questions are made of
_QUESTION_WORDS = frozenset(
    """
    anybody anyone argue bad begin believe best better big can come consider could different do does done everybody
    everyone fact favour favor find get give go good happen have help hold idea keep kind know let like look make many
    may mean much must need new opinion ought people person really reason right say says should side somebody someone
    start started take tell thing think thought true try use used view want way well whether wrong would
    """.split()  # noqa: SIM905 - read as lines
)
ALTERNATIVES = 8  # that are looked for: of a query with "or", in each language
_PLAIN = str.maketrans("“”„«»’", '"""""\'')  # typographic quotation marks and apostrophes
_QUERY_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_QUOTED = re.compile(r'"([^"]*)"')
_EXCLUDED = re.compile(r'(?:^|\s)-(?:"[^"]*"|\S+)')
_WORD = re.compile(r"'(?:[^'\\]|''|\\.)*'", re.DOTALL)
_PHRASE = rf"{_WORD.pattern}(?: <(?:-|\d+)> {_WORD.pattern})*"
# What `websearch_to_tsquery` gives: words and phrases, some of them excluded (twice: not), with & and | between.
_TERM = re.compile(rf"(?P<or>\|)|(?P<not>!*)(?:\( )?(?P<text>{_PHRASE})(?: \))?", re.DOTALL)


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


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A word as it was typed, and the words of the index that it stands for; none for a very common one."""

    text: str
    lexemes: frozenset[str]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query, read: its alternatives, each with its rarest word first, and what they are made of.

    `pages` is the number of public pages that have each word, no more than `COUNTED`; it decides on the order in which
    words are looked up, on their weight, and so on what is found. `known` are the words that some public page has.
    """

    text: str
    alternatives: tuple[WordQuery, ...]
    query_words: tuple[QueryWord, ...]
    quoted: tuple[str, ...]  # phrases, word for word
    pages: dict[str, int] = field(default_factory=dict)
    known: frozenset[str] = frozenset()

    @property
    def lexemes(self) -> list[str]:
        """The words that pages may have, in order."""
        return sorted({word for query in self.alternatives for word in query.words})

    @property
    def unknown(self) -> tuple[QueryWord, ...]:
        """The typed words that no public page has."""
        return tuple(each for each in self.query_words if each.lexemes and not each.lexemes & self.known)

    def weight(self, word: str) -> float:
        """Return the weight of a word: the more, the fewer pages have it."""
        weight = 1 + math.log(COUNTED / max(1, min(COUNTED, self.pages.get(word, 0))))
        if not self.pages.get(word):
            weight *= _UNKNOWN
        is_weak = any(
            word in each.lexemes and each.text.lower() in _QUESTION_WORDS for each in self.query_words
        )
        return weight * _WEAK if is_weak else weight

    @property
    def total_weight(self) -> float:
        """The weight of all the words that were typed, whether pages have them or not."""
        return sum(max(map(self.weight, each.lexemes)) for each in self.query_words if each.lexemes)

    def without_phrases(self) -> "SearchQuery":
        """Return the query for the words of its phrases, wherever they stand."""
        return replace(
            self, quoted=(), alternatives=tuple(replace(each, phrases=[]) for each in self.alternatives)
        )


def _unquote(word: str) -> str:
    return re.sub(r"''|\\(.)", lambda escaped: escaped[1] or "'", word[1:-1])


def quote(word: str) -> str:
    """Return a word as a tsquery has it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def parse(query: str) -> list[WordQuery]:
    """Return the alternatives of a query in the form of PostgreSQL's `tsquery`; none of an empty one."""
    alternatives = [WordQuery()]
    for term in _TERM.finditer(query):
        if term["or"]:
            alternatives.append(WordQuery())
        else:
            alternatives[-1].add(term["text"], is_excluded=len(term["not"]) % 2 == 1)
    return alternatives if query else []


# By each configuration in use: the query, and the words of the index of each typed word.
_READ = """
    WITH RECURSIVE used (config) AS (
        (SELECT i.config FROM controversies_searchindex i ORDER BY i.config LIMIT 1)
        UNION ALL SELECT (
            SELECT i.config FROM controversies_searchindex i WHERE i.config > used.config ORDER BY i.config LIMIT 1
        ) FROM used WHERE used.config IS NOT NULL
    )
    SELECT websearch_to_tsquery(u.config::regconfig, %(text)s)::text, ARRAY(
        SELECT array_to_string(tsvector_to_array(to_tsvector(u.config::regconfig, t.word)), E'\\n')
        FROM unnest(%(words)s::text[]) WITH ORDINALITY t (word, place) ORDER BY t.place
    ) FROM used u WHERE u.config IS NOT NULL
"""
_COUNT = f"""
    SELECT w.word, CASE WHEN p.number < {_EXACT} THEN p.number ELSE (
        SELECT count(*) FROM (
            SELECT FROM controversies_searchword s WHERE s.word = w.word AND NOT s.is_title LIMIT {COUNTED}
        ) s
    ) END
    FROM unnest(%s::text[]) w (word) CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM (
            SELECT FROM (
                SELECT s.page FROM controversies_searchword s WHERE s.word = w.word AND NOT s.is_title LIMIT {COUNTED}
            ) s WHERE EXISTS (
                SELECT FROM controversies_searchword o
                WHERE o.word = '=published' AND NOT o.is_title AND o.page = s.page OFFSET 0
            ) LIMIT {_EXACT}
        ) s
    ) p
"""  # noqa: S608 - made of constants


def read_query(text: str, facets: Sequence[str] = (), *, count: str = _COUNT) -> SearchQuery:
    """Return what somebody typed as a query for pages that have these facets, too; two queries.

    `count` is the query that counts words: the parameter is their list, the rows are (word, number).
    """
    text = text.translate(_PLAIN)
    plain = _EXCLUDED.sub(" ", text)
    words = [word for word in dict.fromkeys(_QUERY_WORD.findall(plain)) if word.lower() not in ("or", "and")]
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"text": text, "words": words})
        rows = cursor.fetchall()
        alternatives: list[WordQuery] = []
        lexemes: list[set[str]] = [set() for _ in words]
        for query, of_words in rows:
            alternatives += [each for each in parse(query) if each not in alternatives]
            for each, stems in zip(lexemes, of_words, strict=True):
                each.update(filter(None, stems.split("\n")))
        alternatives = alternatives[:ALTERNATIVES]
        every = set[str]().union(*lexemes, *(each.words for each in alternatives), facets)
        cursor.execute(count, [sorted(every)])
        counts = cursor.fetchall()
    pages = dict(counts)
    for query in alternatives:
        query.words = sorted([*query.words, *facets], key=lambda word: pages.get(word, 0))
    return SearchQuery(
        text,
        tuple(alternatives),
        tuple(QueryWord(*each) for each in zip(words, map(frozenset, lexemes), strict=True)),
        tuple(phrase for phrase in map(str.strip, _QUOTED.findall(plain)) if _QUERY_WORD.search(phrase)),
        pages,
        frozenset(word for word, count in counts if count),
    )
