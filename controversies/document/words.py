"""Differences of two texts by words, paragraphs kept together."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

_TOKENS = re.compile(r"\n+|\w+(?:['’\-]\w+)*[^\S\n]*|[^\w\s][^\S\n]*|[^\S\n]+")
# Beyond this many tokens on either side that differ, whole paragraphs are compared: difflib takes quadratic time.
_MANY = 6_000


class Op(StrEnum):
    """What became of a run of words."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


class Run(NamedTuple):
    """A run of words with one fate."""

    op: Op
    text: str


def tokens(text: str) -> list[str]:
    """The text as words, each with the white space after it; line breaks are tokens of their own."""
    return _TOKENS.findall(text)


def runs(old: str, new: str) -> list[Run]:
    """What to keep, remove and add to make `new` of `old`; removed before added.

    The kept and removed runs joined are `old`; the kept and added ones are `new`.
    """
    a, b = tokens(old), tokens(new)
    if max(len(a), len(b)) > _MANY:
        a, b = re.findall(r"[^\n]+\n*|\n+", old), re.findall(r"[^\n]+\n*|\n+", new)
    made: list[Run] = []
    for op, i, j, k, l in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():  # noqa: E741 - as difflib's documentation
        if op == "equal":
            made.append(Run(Op.KEPT, "".join(a[i:j])))
            continue
        if i < j:
            made.append(Run(Op.REMOVED, "".join(a[i:j])))
        if k < l:
            made.append(Run(Op.ADDED, "".join(b[k:l])))
    return list(_without_islands(made))


def _without_islands(made: list[Run]) -> Iterator[Run]:
    """Join changes that only a space or a comma keeps apart: such islands make a diff unreadable."""
    i = 0
    while i < len(made):
        if made[i].op is Op.KEPT:
            yield made[i]
            i += 1
            continue
        removed, added = "", ""
        while i < len(made):
            run = made[i]
            if run.op is Op.KEPT:
                last = i + 1 == len(made)
                if last or "\n" in run.text or re.search(r"\w", run.text):
                    break
                removed, added = removed + run.text, added + run.text
            elif run.op is Op.REMOVED:
                removed += run.text
            else:
                added += run.text
            i += 1
        if removed:
            yield Run(Op.REMOVED, removed)
        if added:
            yield Run(Op.ADDED, added)


def size(old: str, new: str) -> tuple[int, int]:
    """How many characters were added and removed, not counting what the two have in common at either end."""
    if old == new:
        return 0, 0
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and old[start] == new[start]:
        start += 1
    end = 0
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return len(new) - start - end, len(old) - start - end


def is_slip(old: str, new: str) -> bool:
    """Whether only spelling or punctuation changed: the same words but for a letter or two in one of them."""
    if old == new:
        return False
    a, b = re.findall(r"\w+", old.casefold()), re.findall(r"\w+", new.casefold())
    if len(a) != len(b) or not a:
        return False
    differing = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    if not differing:
        return True
    if len(differing) > 1:
        return False
    added, removed = size(*differing[0])
    [(x, y)] = differing
    return max(added, removed) <= 2 and min(len(x), len(y)) >= 4 and not (x + y).isnumeric()  # noqa: PLR2004 - a letter or two, in a word and not an article
