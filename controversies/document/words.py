"""Differences of two texts by words, paragraphs kept together."""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

# Vowel signs, accents and joiners belong to the letter before them, which Python's \w does not know.
COMBINING = "".join(
    chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code)) in ("Mn", "Mc")
)
_LETTER = rf"[\w\u200c\u200d{COMBINING}]"
MARK = re.compile(
    r"\[([1-9][0-9]{0,3})\](?!\()"
)  # of a source, by its number on the page; `[3](…)` is a link


def marked_numbers(text: str) -> set[int]:
    """Return the numbers of the sources that a text refers to."""
    return {int(number) for number in MARK.findall(text)} if "[" in text else set()


_TOKENS = re.compile(
    r"\[[1-9][0-9]{0,3}\](?!\()[^\S\n]*"
    rf"|\n+|{_LETTER}+(?:['’\-]{_LETTER}+)*[^\S\n]*|[^\w\s\u200c\u200d{COMBINING}][^\S\n]*|[^\S\n]+"
)
# difflib finds what reads best, in time that grows with the square of the length and worse where words repeat.
# So it is given stretches up to this many tokens, and up to this many pairs of equal ones; longer stretches are
# first cut where both have the same words exactly once. What cannot be cut is told as removed and added.
_LONG = 1_000
_PAIRS = 20_000
_GRAMS = (6, 3, 1)  # words in a row by which to cut, in turn


class Op(StrEnum):
    """The fate of a run of words."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


class WordRun(NamedTuple):
    """A run of words with one fate."""

    op: Op
    text: str


def tokens(text: str) -> list[str]:
    """The text as words, each with the white space after it; line breaks are tokens of their own."""
    return _TOKENS.findall(text)


type Marks = tuple[
    Sequence[str], Sequence[str]
]  # what the marks of the old text and of the new mean, by number


def runs(old: str, new: str, marks: Marks | None = None) -> list[WordRun]:
    """Return the runs to keep, remove and add that turn `old` into `new`; removed before added.

    The kept and removed runs joined are `old`; the kept and added ones are `new`. With `marks`, the keys of the
    sources that either text numbers, a mark of a source is kept if it means the same: kept runs have the numbers of
    `new`, removed ones those of `old`.
    """
    a, b = tokens(old), tokens(new)
    # Words are the same whatever white space follows them: it is compared after.
    x, y = ([token.rstrip() or token for token in part] for part in (a, b))
    if marks is not None:
        x, y = _meanings(x, marks[0]), _meanings(y, marks[1])
    diff: list[WordRun] = []
    i = k = 0
    for start, other, length in _slid(x, y, list(_merge_neighbours([*matches(x, y), (len(a), len(b), 0)]))):
        if i < start:
            diff.append(WordRun(Op.REMOVED, "".join(a[i:start])))
        if k < other:
            diff.append(WordRun(Op.ADDED, "".join(b[k:other])))
        i, k = start + length, other + length
        diff += _kept_runs(a[start:i], b[other:k])
    return list(_without_islands(diff))


def _meanings(words: list[str], keys: Sequence[str]) -> list[str]:
    """The words with the source's key in each mark that has one."""
    return [with_source_keys(word, keys) if word[0] == "[" else word for word in words]


def with_source_keys(text: str, keys: Sequence[str]) -> str:
    """Return the text with the key of the source in place of each mark's number; `keys` are in the order of numbers."""

    def by_key(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        return f"[source:{keys[at]}]" if at < len(keys) else match[0]

    return MARK.sub(by_key, text) if "[" in text else text


def renumber_marks(text: str, numbers: Sequence[int]) -> str:
    """Return the text with other numbers in its marks: `numbers` in place of 1, 2, 3 and so on.

    Marks beyond them get numbers that no source has.
    """

    def by_number(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        return f"[{numbers[at]}]" if at < len(numbers) else f"[0{match[1]}]"

    return MARK.sub(by_number, text) if "[" in text else text


def _kept_runs(a: list[str], b: list[str]) -> Iterator[WordRun]:
    """The same words of both as the new text has them, and what differs in the white space after them."""
    if a == b:
        if a:
            yield WordRun(Op.KEPT, "".join(a))
        return
    kept = ""
    for x, y in zip(a, b, strict=True):
        word = y.rstrip()
        old, new = x[len(x.rstrip()) :], y[len(word) :]
        if old == new:
            kept += y
            continue
        yield WordRun(Op.KEPT, kept + word)
        kept = ""
        if old:
            yield WordRun(Op.REMOVED, old)
        if new:
            yield WordRun(Op.ADDED, new)
    if kept:
        yield WordRun(Op.KEPT, kept)


def _merge_neighbours(matches: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """The same matches with neighbouring ones made one."""
    i = k = length = 0
    for start, other, more in matches:
        if (start, other) == (i + length, k + length):
            length += more
            continue
        if length:
            yield i, k, length
        i, k, length = start, other, more
    yield i, k, length


def _slid(a: list[str], b: list[str], matches: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """The same matches, with what came or went between two of them begun where a reader would say it begins.

    “Five. Six.” came of “Five.” by adding “. Six” or “ Six.”: the same, but only one of them is a sentence.
    """
    for n in range(len(matches) - 1):
        (i, k, length), (next_i, next_k, next_length) = matches[n : n + 2]
        part, start, end = (b, k + length, next_k) if i + length == next_i else (a, i + length, next_i)
        if (i + length == next_i) == (k + length == next_k):
            yield matches[n]
            continue
        # To the left as far as the match before, to the right as far as the one after, but for its last word
        # unless nothing follows.
        room = (
            next_length
            if next_i + next_length == len(a) and next_k + next_length == len(b)
            else next_length - 1
        )
        back = right = 0
        while back < length and part[start - 1 - back] == part[end - 1 - back]:
            back += 1
        while right < room and part[start + right] == part[end + right]:
            right += 1
        by = max(range(-back, right + 1), key=lambda s: (_begins(part, start + s), -abs(s)))
        yield i, k, length + by
        matches[n + 1] = (next_i + by, next_k + by, next_length - by)
    yield from matches[-1:]


def _begins(part: list[str], place: int) -> int:
    """Rate this place as a beginning: of a paragraph 3, of a sentence 2, of a clause 1, else 0."""
    if place == 0 or place == len(part) or part[place].startswith("\n") or part[place - 1].startswith("\n"):
        return 3
    before = part[place - 1]
    return 2 if before in {".", "!", "?", "…"} else 1 if before in {",", ";", ":", "—", "–", ")"} else 0


def matches[T: Hashable](a: list[T], b: list[T]) -> Iterator[tuple[int, int, int]]:
    """Yield stretches that both have, in order: where in `a`, where in `b`, how long."""
    start, a_end, b_end = 0, len(a), len(b)
    while start < min(a_end, b_end) and a[start] == b[start]:
        start += 1
    while min(a_end, b_end) > start and a[a_end - 1] == b[b_end - 1]:
        a_end, b_end = a_end - 1, b_end - 1
    if start:
        yield 0, 0, start
    yield from _matches_between(a, b, (start, a_end), (start, b_end), _GRAMS)
    if a_end < len(a):
        yield a_end, b_end, len(a) - a_end


def _matches_between[T: Hashable](
    a: list[T],
    b: list[T],
    in_a: tuple[int, int],
    in_b: tuple[int, int],
    grams: tuple[int, ...],
) -> Iterator[tuple[int, int, int]]:
    """The matches between these places, found by difflib where that is quick; else cut first."""
    (i, j), (k, l) = in_a, in_b  # noqa: E741 - as difflib's documentation
    if i == j or k == l:
        return
    x, y = a[i:j], b[k:l]
    if max(len(x), len(y)) <= _LONG and _pairs(x, y) <= _PAIRS:
        for start, other, length in SequenceMatcher(None, x, y, autojunk=False).get_matching_blocks():
            if length:
                yield i + start, k + other, length
        return
    if not grams:
        return
    for start, other in [*_anchors(x, y, grams[0]), (len(x), len(y))]:
        yield from _matches_between(a, b, (i, in_a[0] + start), (k, in_b[0] + other), grams[1:])
        if start < len(x):
            yield in_a[0] + start, in_b[0] + other, 1
        i, k = in_a[0] + start + 1, in_b[0] + other + 1


def _pairs[T: Hashable](x: list[T], y: list[T]) -> int:
    """Count the pairs of equal tokens, which difflib looks at again and again."""
    counts = Counter(y)
    return sum(counts[token] for token in x)


def _anchors[T: Hashable](x: list[T], y: list[T], gram: int) -> list[tuple[int, int]]:
    """Return the starts of stretches of `gram` tokens that both have exactly once, as many as keep their order.

    (Patience diff, of stretches instead of lines.)
    """
    x_grams, y_grams = (list(zip(*(part[n:] for n in range(gram)), strict=False)) for part in (x, y))
    once = {each for each, count in Counter(x_grams).items() if count == 1}
    once &= {each for each, count in Counter(y_grams).items() if count == 1}
    there = {each: place for place, each in enumerate(y_grams) if each in once}
    pairs = [(place, there[each]) for place, each in enumerate(x_grams) if each in once]
    tails: list[int] = []  # a longest increasing run of places in y, by patience sorting
    ends: list[int] = []
    before: list[int] = []
    for n, (_place, other) in enumerate(pairs):
        at = bisect_left(tails, other)
        before.append(ends[at - 1] if at else -1)
        tails[at : at + 1] = [other]
        ends[at : at + 1] = [n]
    anchors: list[tuple[int, int]] = []
    n = ends[-1] if ends else -1
    while n >= 0:
        anchors.append(pairs[n])
        n = before[n]
    return anchors[::-1]


def _without_islands(runs: list[WordRun]) -> Iterator[WordRun]:
    """Join changes that only a space or a comma keeps apart: such islands make a diff unreadable."""
    i = 0
    while i < len(runs):
        if runs[i].op is Op.KEPT:
            yield runs[i]
            i += 1
            continue
        removed, added = "", ""
        while i < len(runs):
            run = runs[i]
            if run.op is Op.KEPT:
                last = i + 1 == len(runs)
                if last or "\n" in run.text or re.search(r"\w", run.text):
                    break
                removed, added = removed + run.text, added + run.text
            elif run.op is Op.REMOVED:
                removed += run.text
            else:
                added += run.text
            i += 1
        if removed:
            yield WordRun(Op.REMOVED, removed)
        if added:
            yield WordRun(Op.ADDED, added)


def size(old: str, new: str) -> tuple[int, int]:
    """Count the characters added and removed, without what the two have in common at either end."""
    if old == new:
        return 0, 0
    start, end = common_ends(old, new)
    return len(new) - start - end, len(old) - start - end


def common_ends(old: str, new: str) -> tuple[int, int]:
    """Count the characters two texts have in common at their beginning, and at their end beyond that."""
    shorter = min(len(old), len(new))
    start = _common(old[:shorter], new[:shorter])
    rest = shorter - start
    end = _common(old[len(old) - rest :][::-1], new[len(new) - rest :][::-1]) if rest else 0
    return start, end


def _common(a: str, b: str) -> int:
    """Count the characters two texts of one length have in common at their beginning, by bisection."""
    if a == b:
        return len(a)
    low, high = 0, len(a)  # equal up to `low`, different somewhere before `high`
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if a[low:middle] == b[low:middle] else (low, middle)
    return low


_SENTENCES = re.compile(
    r"\S.*?(?:[.!?…][\"”’»)\]*_]*(?:\s*\[[0-9]+\])*(?=\s)|(?=\n\s*\n)|\Z)",
    re.DOTALL,
)


def sentences(text: str) -> list[str]:
    """The sentences of a text, roughly, without the white space around them."""
    return [match[0].strip() for match in _SENTENCES.finditer(text)]
