"""Merge two edits of one text by paragraphs."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from . import text

_MANY = 1_000  # paragraphs: difflib takes quadratic time,
_ALIKE = 8  # …and cubic where more than a few are equal

type _Edit = tuple[int, int, list[str]]  # from where to where in the old paragraphs which new ones stand


@dataclass(frozen=True, slots=True)
class ParagraphConflict:
    """Paragraphs that both changed, or put in at one place: numbers `start` to `end` of the old ones, counted from 0.

    The three texts are what stands there, paragraphs with an empty line between; `first` is where mine has them.
    """

    start: int
    end: int
    base: str
    theirs: str
    mine: str
    first: int


def merge(base: str, theirs: str, mine: str) -> str | None:
    """The text with the paragraphs that either changed; None if they changed, or put something in, the same place."""
    parts = pieces(base, theirs, mine)
    if parts is None or any(isinstance(piece, ParagraphConflict) for piece in parts):
        return None
    return join(str(piece) for piece in parts)


def pieces(base: str, theirs: str, mine: str) -> list[str | ParagraphConflict] | None:
    """The merged text in pieces, and what is to be decided between them; None if it has too many paragraphs."""
    was, there, here = map(_paragraphs, (base, theirs, mine))
    if max(len(was), len(there), len(here)) > _MANY:
        return None
    merged: list[str | ParagraphConflict] = []
    done, shift = 0, 0
    for start, end, ours, others in _places(list(_edits(was, there)), list(_edits(was, here))):
        merged += was[done:start]
        one, other = _with_edits(was, start, end, ours), _with_edits(was, start, end, others)
        if one == other or not others:
            merged += one
        elif not ours:
            merged += other
        else:
            old, one_text, other_text = map(_text, (was[start:end], one, other))
            merged.append(ParagraphConflict(start, end, old, one_text, other_text, start + shift))
        shift += sum(len(new) - (j - i) for i, j, new in others)
        done = end
    return [*merged, *was[done:]]


def join(texts: Iterator[str]) -> str:
    """Return the text of these pieces."""
    return text.prose(
        "".join(piece if piece.endswith("\n") or not piece else f"{piece}\n\n" for piece in texts)
    )


def count(prose: str) -> int:
    """Count the paragraphs of a text."""
    return len(_paragraphs(prose))


def _paragraphs(prose: str) -> list[str]:
    """The paragraphs, each with the empty lines after it; the last has one too, so that it is like the others."""
    return re.findall(r"(?:.+\n)+\n+", prose + "\n\n") if prose else []


def _text(paragraphs: list[str]) -> str:
    return "".join(paragraphs).strip("\n")


def _places(theirs: list[_Edit], mine: list[_Edit]) -> Iterator[tuple[int, int, list[_Edit], list[_Edit]]]:
    """Yield each changed place: its start, its end, and the edits of each side there, which touch one another."""
    edits = sorted([*((*each, 0) for each in theirs), *((*each, 1) for each in mine)])
    here: tuple[list[_Edit], list[_Edit]] = ([], [])
    start = end = 0
    for i, j, new, side in edits:
        if any(here) and not (i < end or (i, j) == (start, end)):
            yield start, end, *here
            here = ([], [])
        if not any(here):
            start = end = i
        end = max(end, j)
        here[side].append((i, j, new))
    if any(here):
        yield start, end, *here


def _with_edits(was: list[str], start: int, end: int, edits: list[_Edit]) -> list[str]:
    """Return the old paragraphs from start to end with these edits applied."""
    paragraphs: list[str] = []
    for i, j, new in edits:
        paragraphs += [*was[start:i], *new]
        start = j
    return [*paragraphs, *was[start:end]]


def _edits(old: list[str], new: list[str]) -> Iterator[_Edit]:
    """Yield the replacements; where as many paragraphs came as went, one by one."""
    many_alike = any(count > _ALIKE for each in (old, new) for count in Counter(each).values())
    a, b = (_with_occurrence(each) if many_alike else [(one, 0) for one in each] for each in (old, new))
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    for op, i, j, k, end in matcher.get_opcodes():
        if op == "replace" and j - i == end - k:
            yield from ((i + n, i + n + 1, [new[k + n]]) for n in range(j - i))
        elif op != "equal":
            yield i, j, new[k:end]


def _with_occurrence(paragraphs: list[str]) -> list[tuple[str, int]]:
    """Each paragraph with how often it came before, so that no two are equal."""
    seen: Counter[str] = Counter()
    counted = []
    for paragraph in paragraphs:
        counted.append((paragraph, seen[paragraph]))
        seen[paragraph] += 1
    return counted
