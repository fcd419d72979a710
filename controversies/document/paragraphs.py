"""Two edits of one text made one, by paragraphs."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from . import text

_MANY = 1_000  # paragraphs: difflib takes quadratic time,
_ALIKE = 8  # …and cubic where more than a few are equal


def merge(base: str, theirs: str, mine: str) -> str | None:
    """The text with the paragraphs that either changed; None if they changed, or put something in, the same place."""
    was, there, here = map(_paragraphs, (base, theirs, mine))
    if max(len(was), len(there), len(here)) > _MANY:
        return None
    made: list[str] = []
    end, last = 0, None
    for edit in sorted([*_edits(was, there), *_edits(was, here)]):
        if edit == last:
            continue
        i, j, new = edit
        if i < end or (last is not None and last[:2] == (i, j)):
            return None
        made += [*was[end:i], *new]
        end, last = j, edit
    return text.prose("".join([*made, *was[end:]]))


def _paragraphs(prose: str) -> list[str]:
    """The paragraphs, each with the empty lines after it; the last has one too, so that it is like the others."""
    return re.findall(r"(?:.+\n)+\n+", prose + "\n\n") if prose else []


def _edits(old: list[str], new: list[str]) -> Iterator[tuple[int, int, list[str]]]:
    """From where to where in the old paragraphs which new ones stand."""
    many_alike = any(count > _ALIKE for each in (old, new) for count in Counter(each).values())
    a, b = (_numbered(each) if many_alike else [(one, 0) for one in each] for each in (old, new))
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    for op, i, j, k, end in matcher.get_opcodes():
        if op != "equal":
            yield i, j, new[k:end]


def _numbered(paragraphs: list[str]) -> list[tuple[str, int]]:
    """Each paragraph with how often it came before, so that no two are equal."""
    seen: Counter[str] = Counter()
    made = []
    for paragraph in paragraphs:
        made.append((paragraph, seen[paragraph]))
        seen[paragraph] += 1
    return made
