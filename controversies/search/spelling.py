# ruff: noqa: S608 - made of constants
"""Words that no page has: the ones that pages have and that are spelled like them, as Britain or America spells them,
or with another letter or two."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import connection
from rapidfuzz.distance import OSA

from controversies.document.spelling import is_word, variant

from .query import QueryWord, SearchQuery
from .ranking import BEGIN, END

MOST = 3  # words of a query that are corrected
_CANDIDATES = 60  # by letters in common
_LEAST = 4  # letters of a word that is corrected


@dataclass(frozen=True, slots=True)
class Correction:
    """A query in which words that no page has are replaced by words that pages have."""

    text: str


# Words of the index with many letters in common, and for each how many pages have it, if a public one has.
_ALIKE = f"""
    SELECT a.place, t.word FROM unnest(%(words)s::text[]) WITH ORDINALITY a (word, place)
    CROSS JOIN LATERAL (
        SELECT t.word FROM (
            SELECT t.word, similarity(t.word, a.word) AS score FROM controversies_searchterm t
            WHERE t.word %% a.word ORDER BY score DESC, t.word LIMIT {_CANDIDATES}
        ) t
    ) t
    UNION SELECT s.place, t.word FROM unnest(%(places)s::integer[], %(swapped)s::text[]) s (place, word)
    JOIN controversies_searchterm t ON t.word = s.word
"""
# A word as a public page spells it: the newest of the pages that have it. Beside it, how many have it.
_SPELLED = f"""
    SELECT w.word, p.number, ts_headline(
        p.config::regconfig, concat_ws(E'\\n', t.a, t.b, t.c, t.d), quote_literal(w.word)::tsquery,
        'StartSel={BEGIN}, StopSel={END}, MaxWords=3, MinWords=1, ShortWord=0'
    ) FROM unnest(%s::text[]) w (word)
    CROSS JOIN LATERAL (
        SELECT s.page, i.controversy_id, i.config, count(*) OVER () AS number FROM (
            SELECT s.page FROM controversies_searchword s
            WHERE s.word = w.word AND NOT s.is_title ORDER BY s.page DESC LIMIT 100
        ) s JOIN controversies_searchindex i ON i.id = s.page
        JOIN controversies_controversy c ON c.id = i.controversy_id AND c.publication = 'published'
        ORDER BY s.page DESC LIMIT 1
    ) p
    CROSS JOIN LATERAL (
        SELECT b.key FROM controversies_searchblock b
        WHERE b.page = p.page AND b.vector @@ quote_literal(w.word)::tsquery LIMIT 1
    ) b
    CROSS JOIN LATERAL controversies_search_texts(p.controversy_id, ARRAY[b.key]) t
"""
_MARKED = re.compile(f"{BEGIN}([^{END}]+){END}")


def correct(query: SearchQuery) -> Correction | None:
    """Return the query with the likeliest words for those that no public page has; None without any. Two queries."""
    wanted = [each for each in query.unknown if _may_be_misspelled(each.text)][:MOST]
    if not wanted:
        return None
    candidates = _candidates(wanted)
    spelled = _spelled({word for words in candidates.values() for word in words})
    text, is_corrected = query.text, False
    for query_word in wanted:
        choices = [
            (
                min(distance, OSA.distance(query_word.text.lower(), spelled[word][1])),
                -spelled[word][0],
                spelled[word][1],
            )
            for word, distance in candidates[query_word.text].items()
            if word in spelled and _may_mean(query_word, word, spelled[word][1])
        ]
        choices = [choice for choice in choices if choice[0] <= _most(len(query_word.text))]
        if choices:
            best = min(choices)[2]
            written = best.replace("\\", r"\\")
            text = re.sub(rf"(?<!\w){re.escape(query_word.text)}(?!\w)", written, text)
            is_corrected = True
    return Correction(text) if is_corrected else None


def _may_be_misspelled(text: str) -> bool:
    return len(text) >= _LEAST and not any(char.isdigit() for char in text)


def _may_mean(query_word: QueryWord, word: str, spelled: str) -> bool:
    """Whether it may have been meant: a word of the dictionary is no slip, but may have another ending or spelling."""
    text = query_word.text.lower()
    return (
        variant(text) == variant(spelled)
        or any(_is_beginning(word, lexeme) or _is_beginning(lexeme, word) for lexeme in query_word.lexemes)
        or not is_word(text)
    )


def _is_beginning(word: str, of: str) -> bool:
    return len(word) > _LEAST and of.startswith(word) and len(of) - len(word) <= _LEAST


def _candidates(wanted: list[QueryWord]) -> dict[str, dict[str, int]]:
    """By typed word, the few likeliest words of the index and the number of letters in which they differ."""
    forms = [
        (query_word, form)
        for query_word in wanted
        for form in dict.fromkeys((*sorted(query_word.lexemes), variant(query_word.text.lower())))
    ]
    swapped = [
        (i, word) for i, (_query_word, form) in enumerate(forms, 1) for word in _with_swapped_letters(form)
    ]
    params: dict[str, Any] = {
        "words": [form for _query_word, form in forms],
        "places": [place for place, _word in swapped],
        "swapped": [word for _place, word in swapped],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, params)
        rows = cursor.fetchall()
    by_word: dict[str, dict[str, int]] = {query_word.text: {} for query_word in wanted}
    for place, word in rows:
        query_word, form = forms[place - 1]
        most = _most(len(query_word.text))
        # The word may have lost an ending that what was typed has, misspelled
        distance = min(
            OSA.distance(form[:length], word)
            for length in {len(form), len(word), len(word) - 1, len(word) + 1}
        )
        if distance <= (most if form[0] == word[0] else 1):
            by_word[query_word.text][word] = min(distance, by_word[query_word.text].get(word, distance))
    for text, words in by_word.items():
        by_word[text] = dict(sorted(words.items(), key=lambda item: item[1])[:6])
    return by_word


def _most(letters: int) -> int:
    """Return in how many letters two words of this length may differ."""
    return 1 if letters <= 7 else 2 if letters <= 11 else 3  # noqa: PLR2004 - letters


def _with_swapped_letters(word: str) -> list[str]:
    """Return the words that have two neighbouring letters of this one swapped: they have few others in common."""
    return [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)]


def _spelled(words: set[str]) -> dict[str, tuple[int, str]]:
    """By word of the index that public pages have: on how many, 100 at most, and as one of them spells it."""
    if not words:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SPELLED, [sorted(words)])
        rows = cursor.fetchall()
    return {
        word: (number, marked[1].strip().lower())
        for word, number, text in rows
        if (marked := _MARKED.search(text))
    }
