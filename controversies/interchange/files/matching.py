"""Which part of a file's text is which part of the page that it was made from.

Parts are known by the keys that the file gives, by those that follow from their names, and by what they say.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from controversies.document.types import Citation

_ALIKE = 0.5  # how much two parts share, from 0 to 1, to be taken for one

_MOST_PAIRS = 1_000_000  # looked at for likeness; a page that a person can read has fewer than ten thousand


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A part of the text: its path, its name, the key that a name of it would give, and what it is known by."""

    path: str
    name: str
    derive: Callable[[str], str]
    known_by: Any


class KeyAssigner:
    """The keys of one page: `given` by the file, by path."""

    def __init__(self, given: dict[str, str], taken: Iterable[str]) -> None:
        self.given = given
        self.taken = set(taken)

    def give(
        self,
        items: Sequence[KeyRequest],
        old: Sequence[tuple[str, Any]],
        likeness: Callable[[Any, Any], float],
    ) -> list[str]:
        """A key for each item. `old` are the keys there were, each with what the part was known by."""
        made: dict[int, str] = {}

        def take(i: int, key: str) -> None:
            made[i] = key
            self.taken.add(key)

        for i, item in enumerate(items):
            given = self.given.get(item.path)
            if given and given not in self.taken:
                take(i, given)
        there = {key for key, _known_by in old}
        for i, item in enumerate(items):
            if i not in made and (key := item.derive(item.name)) in there and key not in self.taken:
                take(i, key)
        rest = [i for i in range(len(items)) if i not in made]
        before = [(key, known_by) for key, known_by in old if key not in self.taken]
        before = before[: _MOST_PAIRS // max(len(rest), 1)]
        pairs = [
            (-likeness(items[i].known_by, known_by), abs(i - j), i, key)
            for i in rest
            for j, (key, known_by) in enumerate(before)
        ]
        for unlike, _distance, i, key in sorted(pairs):
            if -unlike >= _ALIKE and i not in made and key not in self.taken:
                take(i, key)
        last: dict[str, int] = {}
        for i in rest:
            if i not in made:
                take(i, self._fresh(items[i], last))
        return [made[i] for i in range(len(items))]

    def _fresh(self, item: KeyRequest, last: dict[str, int]) -> str:
        """The key that follows from the name, or from that with a number where another part has it.

        `last` remembers the number that a name was tried with before.
        """
        number = last.get(item.name, 1)
        while (key := item.derive(f"{item.name}-{number}" if number > 1 else item.name)) in self.taken:
            number += 1
        last[item.name] = number
        return key


def words(*texts: str) -> frozenset[str]:
    """The words of a text, as far as likeness looks at them."""
    return frozenset(re.findall(r"\w+", " ".join(text[:2000] for text in texts).casefold()))


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """How much two sets share, from 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0


def same(one: Any, other: Any) -> float:
    """1 for what is the same, else 0."""
    return float(one == other)


def like_positions(
    one: tuple[frozenset[str], frozenset[str]], other: tuple[frozenset[str], frozenset[str]]
) -> float:
    """How alike two positions are: in the words of their claims, or in who holds them and what they cite."""
    return max(overlap(one[0], other[0]), overlap(one[1], other[1]) * 0.9)


def like_points(
    one: tuple[frozenset[str], frozenset[str]], other: tuple[frozenset[str], frozenset[str]]
) -> float:
    """How alike two contested points are: in their titles, or in their texts."""
    return max(overlap(one[0], other[0]), overlap(one[1], other[1]) * 0.9)


def citation_features(citation: Citation) -> tuple[str, str, str, str]:
    """What a citation is known by."""
    return citation.source, citation.quote, citation.relation, citation.locator


def like_citations(one: tuple[str, str, str, str], other: tuple[str, str, str, str]) -> float:
    """How alike two citations of one source are; those of two are not alike."""
    if one[0] != other[0]:
        return 0.0
    return 0.6 + 0.2 * (one[1] == other[1]) + 0.1 * (one[2] == other[2]) + 0.1 * (one[3] == other[3])
