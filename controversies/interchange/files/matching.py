"""Matches the parts of a file's text with those of the page that it was made from.

Parts are known by the keys that the file gives, by those that follow from their names, and by their texts.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from controversies.document.types import Citation

_ALIKE = 0.5  # the likeness, from 0 to 1, from which two parts are taken for one

_MOST_PAIRS = 1_000_000  # compared; a page that a person can read has fewer than ten thousand

type Features = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A part that needs a key: its path and name, the key that a name of it would give, and its features."""

    path: str
    name: str
    derive: Callable[[str], str]
    features: Any


class KeyAssigner:
    """Gives the parts of one page their keys; `explicit` are those in the file, by path."""

    def __init__(self, explicit: dict[str, str], used: Iterable[str]) -> None:
        self.explicit = explicit
        self.used = set(used)

    def assign(
        self,
        requests: Sequence[KeyRequest],
        old: Sequence[tuple[str, Any]],
        likeness: Callable[[Any, Any], float],
    ) -> list[str]:
        """Return a key for each request. `old` are the keys of the page before, each with its part's features."""
        keys: dict[int, str] = {}

        def use(i: int, key: str) -> None:
            keys[i] = key
            self.used.add(key)

        for i, request in enumerate(requests):
            explicit = self.explicit.get(request.path)
            if explicit and explicit not in self.used:
                use(i, explicit)
        old_keys = {key for key, _features in old}
        for i, request in enumerate(requests):
            if i not in keys and (key := request.derive(request.name)) in old_keys and key not in self.used:
                use(i, key)
        rest = [i for i in range(len(requests)) if i not in keys]
        before = [(key, features) for key, features in old if key not in self.used]
        before = before[: _MOST_PAIRS // max(len(rest), 1)]
        pairs = [
            (-likeness(requests[i].features, features), abs(i - j), i, key)
            for i in rest
            for j, (key, features) in enumerate(before)
        ]
        for unlike, _distance, i, key in sorted(pairs):
            if -unlike >= _ALIKE and i not in keys and key not in self.used:
                use(i, key)
        last: dict[str, int] = {}
        for i in rest:
            if i not in keys:
                use(i, self._fresh(requests[i], last))
        return [keys[i] for i in range(len(requests))]

    def _fresh(self, request: KeyRequest, last: dict[str, int]) -> str:
        """The key that follows from the name, or from that with a number where another part has it.

        `last` remembers the number that a name was tried with before.
        """
        number = last.get(request.name, 1)
        while (
            key := request.derive(f"{request.name}-{number}" if number > 1 else request.name)
        ) in self.used:
            number += 1
        last[request.name] = number
        return key


def words(*texts: str) -> frozenset[str]:
    """The words of a text, as far as likeness looks at them."""
    return frozenset(re.findall(r"\w+", " ".join(text[:2000] for text in texts).casefold()))


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """The share that two sets have in common, from 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0


def same(one: object, other: object) -> float:
    """1 for equal features, else 0."""
    return float(one == other)


def like_blocks(one: Features, other: Features) -> float:
    """The likeness of two blocks, from 0 to 1: in the words of their titles, or in the rest of what they hold."""
    return max(overlap(one[0], other[0]), overlap(one[1], other[1]) * 0.9)


def citation_features(citation: Citation) -> tuple[str, str, str, str]:
    """The fields by which a citation is recognised."""
    return citation.source, citation.quote, citation.relation, citation.locator


def like_citations(one: tuple[str, str, str, str], other: tuple[str, str, str, str]) -> float:
    """The likeness of two citations, from 0 to 1; those of two sources are not alike."""
    if one[0] != other[0]:
        return 0.0
    return 0.6 + 0.2 * (one[1] == other[1]) + 0.1 * (one[2] == other[2]) + 0.1 * (one[3] == other[3])
