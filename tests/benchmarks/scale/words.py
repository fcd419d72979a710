"""Words for generated pages: English sentences of the fixtures, and invented words of 7 letters, a few of them common.

All invented words are equally long and are their own stem (PostgreSQL's `english`), so a page's words can be exchanged
without any length or place on the page changing.
"""

import random
import re
from functools import cache
from itertools import accumulate

from django.conf import settings

_CONSONANTS, _VOWELS, _ENDS = "bdfgklmnprtvz", "aeiou", "bkpxz"  # no English suffix ends so
_WORDS = (len(_CONSONANTS) * len(_VOWELS)) ** 3 * len(_ENDS)
_STEP = 648_199  # prime to the number of words: neighbours look nothing alike
_SENTENCE = re.compile(r"[A-Z][\w ,;’–-]{40,200}\.")


def word(number: int) -> str:
    """Return invented word `number`; different numbers give different words, up to 1.3 million."""
    rest = (number * _STEP + 7) % _WORDS
    rest, end = divmod(rest, len(_ENDS))
    letters = []
    for _ in range(3):
        rest, consonant = divmod(rest, len(_CONSONANTS))
        rest, vowel = divmod(rest, len(_VOWELS))
        letters += [_CONSONANTS[consonant], _VOWELS[vowel]]
    return "".join(letters) + _ENDS[end]


def placeholder(number: int) -> str:
    """Return a word as long as an invented one that none of them is, and that is its own stem as well."""
    first, second = divmod(number, len(_CONSONANTS))
    return f"qz{_CONSONANTS[first]}a{_CONSONANTS[second]}ax"


class Vocabulary:
    """So many invented words, word k k times as rare as the first (Zipf)."""

    def __init__(self, size: int, *, seed: int) -> None:
        self._random = random.Random(seed)
        self._numbers = range(size)
        self._weights = list(accumulate(1 / (k + 1) for k in self._numbers))

    def draw(self, count: int) -> list[str]:
        """Return words drawn at random."""
        return [word(n) for n in self._random.choices(self._numbers, cum_weights=self._weights, k=count)]


@cache
def sentences() -> tuple[str, ...]:
    """Return sentences of the pages in `fixtures/`, without marks of sources and Markdown."""
    texts = [
        re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))
        for path in sorted((settings.BASE_DIR / "fixtures").glob("*.yaml"))
    ]
    return tuple(dict.fromkeys(sentence for text in texts for sentence in _SENTENCE.findall(text)))
