"""The passage of a source that is most like a quotation: a hint for people, never a verdict."""

import re
from collections import Counter

from rapidfuzz import fuzz

_LONGEST_QUOTE = 1_000  # characters of a quotation that are looked for
_LEAST_LIKE = 50  # per cent: below this the passage is another one
_WORD = re.compile(r"\w+")
_RAREST = 12  # words by which windows are alignment
_MOST_PLACES = 20_000


def nearest_passage(quote: str, text: str) -> str:
    """Return the words of the text that are most like the quotation, whole words, or "" if none are."""
    quote = quote[:_LONGEST_QUOTE].strip()
    lowered = text.lower()
    if len(lowered) != len(text) or not _WORD.search(quote):
        return ""
    window = _densest_window(quote.lower(), lowered)
    if window < 0:
        return ""
    start, end = max(0, window - len(quote)), min(len(text), window + 2 * len(quote))
    alignment = fuzz.partial_ratio_alignment(quote.lower(), lowered[start:end], score_cutoff=_LEAST_LIKE)
    if alignment is None:
        return ""
    return _whole_words(text, start + alignment.dest_start, start + alignment.dest_end)


def _densest_window(quote: str, text: str) -> int:
    """Return where a stretch as long as the quotation begins that has most of its rarest words; -1 if none has any."""
    words = set(_WORD.findall(quote))
    counts = Counter(word for word in _WORD.findall(text) if word in words)
    rarest = {word for word, _count in sorted(counts.items(), key=lambda item: item[1])[:_RAREST]}
    places = [(match.start(), match.group()) for match in _WORD.finditer(text) if match.group() in rarest][
        :_MOST_PLACES
    ]
    best, best_place, first = 0.0, -1, 0
    inside: Counter[str] = Counter()
    score = 0.0
    for place, word in places:
        if not inside[word]:
            score += 1 / counts[word]
        inside[word] += 1
        while place - places[first][0] > len(quote):
            old = places[first][1]
            inside[old] -= 1
            if not inside[old]:
                score -= 1 / counts[old]
            first += 1
        if score > best + 1e-9:
            best, best_place = score, places[first][0]
    return best_place


def _whole_words(text: str, start: int, end: int) -> str:
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return " ".join(text[start:end].split())
