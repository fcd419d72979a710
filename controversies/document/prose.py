"""Differences of two texts by paragraphs: which were kept, reworded, rewritten, moved, split or joined.

A paragraph of which about half of the words are gone is not compared word by word: the old one is removed, and the
new one added. `words` compares what is left.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from . import words
from .words import Op, WordRun

_BREAK = re.compile(r"\n{2,}")
_WORD = re.compile(r"\w+")
_MANY = 400  # paragraphs of one text: beyond, the texts are compared as one
_ALIKE = 0.5  # share of words that two paragraphs have in common to be compared by words
_WHOLE = 0.9  # …and of the shorter one's words, if the other only has more
_NEAR = 12  # places by which a paragraph may be further on, where all pairs would be too many
_PAIRS = 2_500  # of paragraphs that are all looked at
_TRIES = 400  # of them compared by words
_PIECES = 4  # at most, into which one paragraph is split
_WITHIN = 0.8  # share of the words of a paragraph that its pieces have, and of each piece's that it has


class Fate(StrEnum):
    """The fate of a paragraph."""

    KEPT = "kept"
    REWORDED = "reworded"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    SPLIT = "split"
    JOINED = "joined"


@dataclass(frozen=True, slots=True)
class ParagraphChange:
    """One paragraph, or those that one became, or that became one: their words as the newer text has them.

    `old` and `new` are the places of the paragraphs in either text, from 0.
    """

    fate: Fate
    runs: tuple[tuple[WordRun, ...], ...]
    old: tuple[int, ...] = ()
    new: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The words that the newer text has, or of what was removed, the older."""
        other = Op.ADDED if self.fate is Fate.REMOVED else Op.REMOVED
        return "\n\n".join("".join(run.text for run in runs if run.op is not other) for runs in self.runs)


def split(text: str) -> list[str]:
    """The paragraphs of a text."""
    return [part for part in _BREAK.split(text) if part]


def compare(old: str, new: str, marks: words.Marks | None = None) -> list[ParagraphChange]:
    """Return the fates of the paragraphs of `old` in `new`, in reading order.

    `marks` are as for `words.runs()`.
    """
    return _ParagraphComparer(split(old), split(new), marks).changes()


def kept_share(runs: Iterable[WordRun]) -> float:
    """The share of the words of the longer text that the other has, too; 1 if one has only more than the other."""
    kept = removed = added = 0
    for run in runs:
        count = len(_WORD.findall(run.text))
        if run.op is Op.KEPT:
            kept += count
        elif run.op is Op.REMOVED:
            removed += count
        else:
            added += count
    if not kept:
        return 0.0 if removed or added else 1.0
    if kept / (kept + min(removed, added)) >= _WHOLE:
        return 1.0
    return kept / (kept + max(removed, added))


class _ParagraphComparer:
    """Pairs the paragraphs of two texts: equal ones first, then split and joined ones, then those with other words."""

    def __init__(self, old: list[str], new: list[str], marks: words.Marks | None) -> None:
        self.old, self.new, self.marks = old, new, marks
        self.a = [words.with_source_keys(text, marks[0]) if marks else text for text in old]
        self.b = [words.with_source_keys(text, marks[1]) if marks else text for text in new]
        self.bags = (
            [Counter(_WORD.findall(text)) for text in self.a],
            [Counter(_WORD.findall(text)) for text in self.b],
        )
        self.pairs: dict[int, int] = {}  # places of new paragraphs by those of the old ones they come of
        self.groups: list[ParagraphChange] = []
        self.grouped: tuple[set[int], set[int]] = (set(), set())

    def changes(self) -> list[ParagraphChange]:
        if max(len(self.old), len(self.new)) > _MANY:
            whole = self.runs("\n\n".join(self.old), "\n\n".join(self.new))
            return [
                ParagraphChange(
                    Fate.REWORDED,
                    tuple(paragraphs(whole)),
                    (*range(len(self.old)),),
                    (*range(len(self.new)),),
                )
            ]
        self._match_equal()
        self._match_split()
        self._match_alike()
        return self._in_reading_order()

    def runs(self, old: str, new: str) -> list[WordRun]:
        return words.runs(old, new, self.marks)

    def _unmatched(self) -> tuple[list[int], list[int]]:
        """The places of the paragraphs of either text whose fate is not known yet."""
        there = set(self.pairs.values())
        return (
            [i for i in range(len(self.old)) if i not in self.pairs and i not in self.grouped[0]],
            [k for k in range(len(self.new)) if k not in there and k not in self.grouped[1]],
        )

    def _match_equal(self) -> None:
        for i, k, length in SequenceMatcher(None, self.a, self.b, autojunk=False).get_matching_blocks():
            self.pairs |= {i + n: k + n for n in range(length)}
        old, new = self._unmatched()
        places: dict[str, list[int]] = {}
        for k in reversed(new):
            places.setdefault(self.b[k], []).append(k)
        for i in old:
            if places.get(self.a[i]):
                self.pairs[i] = places[self.a[i]].pop()

    # -- split and joined --

    def _match_split(self) -> None:
        for side, fate in ((0, Fate.SPLIT), (1, Fate.JOINED)):
            wholes, pieces = self._unmatched() if side == 0 else self._unmatched()[::-1]
            used: set[int] = set()
            for n, whole in enumerate(wholes):
                near = _near(n, wholes, pieces)
                pieces_of_it = self._pieces(side, whole, [each for each in near if each not in used])
                if pieces_of_it:
                    used.update(pieces_of_it)
                    pair = ((whole,), pieces_of_it) if side == 0 else (pieces_of_it, (whole,))
                    self._group(fate, *pair)

    def _pieces(self, side: int, whole: int, unmatched: list[int]) -> tuple[int, ...]:
        """The places in a row of the paragraphs of the other text that this one was split into, if it was."""
        bag, bags = self.bags[side][whole], self.bags[1 - side]
        best: tuple[float, tuple[int, ...]] = (0.0, ())
        for start in range(len(unmatched)):
            for count in range(2, _PIECES + 1):
                row = tuple(unmatched[start : start + count])
                if len(row) < count or row[-1] - row[0] != count - 1:
                    break
                if sum(bags[each].total() for each in row) > bag.total() / _WITHIN:
                    break
                if _share_within(bags[row[-1]], bag) < _WITHIN or _share_within(bags[row[0]], bag) < _WITHIN:
                    break
                together: Counter[str] = sum((bags[each] for each in row), Counter())
                share = min(_share_within(bag, together), _share_within(together, bag))
                if share >= _WITHIN and share > best[0]:
                    best = (share, row)
        return best[1]

    def _group(self, fate: Fate, old: tuple[int, ...], new: tuple[int, ...]) -> None:
        texts = ("\n\n".join(each) for each in ((self.old[i] for i in old), (self.new[k] for k in new)))
        self.groups.append(ParagraphChange(fate, tuple(paragraphs(self.runs(*texts))), old, new))
        self.grouped[0].update(old)
        self.grouped[1].update(new)

    # -- the same, with other words --

    def _match_alike(self) -> None:
        old, new = self._unmatched()
        pairs = (
            (_share(self.bags[0][i], self.bags[1][k]), -abs(i - k), i, k)
            for n, i in enumerate(old)
            for k in _near(n, old, new)
        )
        alike = sorted((pair for pair in pairs if pair[0] >= _ALIKE), reverse=True)
        there: set[int] = set()
        for _share_of_both, _apart, i, k in alike[:_TRIES]:
            if (
                i not in self.pairs
                and k not in there
                and kept_share(self.runs(self.old[i], self.new[k])) >= _ALIKE
            ):
                self.pairs[i] = k
                there.add(k)

    # -- in order --

    def _in_reading_order(self) -> list[ParagraphChange]:
        stayed = _longest_rise(sorted(self.pairs.items()))
        placed: list[tuple[tuple[float, float, int], ParagraphChange]] = []
        for i, k in self.pairs.items():
            same = self.a[i] == self.b[k]
            runs = (WordRun(Op.KEPT, self.new[k]),) if same else tuple(self.runs(self.old[i], self.new[k]))
            fate = Fate.MOVED if i not in stayed else Fate.KEPT if same else Fate.REWORDED
            placed.append(((k, 0, 0), ParagraphChange(fate, (runs,), (i,), (k,))))
        placed += [((group.new[0], 0, 0), group) for group in self.groups]
        old, new = self._unmatched()
        # What was removed stands after the paragraph it stood after; paragraphs that took its place, after it.
        anchors = {i: self.pairs[i] for i in stayed} | {group.old[-1]: group.new[-1] for group in self.groups}
        replacements = self._replacements(old, new, anchors)
        for i in old:
            before = max((anchors[each] for each in anchors if each < i), default=-1)
            at = replacements.get(i)
            place = (at, -1, 0) if at is not None else (before, 1, i)
            placed.append(
                (place, ParagraphChange(Fate.REMOVED, ((WordRun(Op.REMOVED, self.old[i]),),), (i,)))
            )
        for k in new:
            placed.append(
                ((k, 0, 0), ParagraphChange(Fate.ADDED, ((WordRun(Op.ADDED, self.new[k]),),), (), (k,)))
            )
        return [change for _place, change in sorted(placed, key=lambda each: each[0])]

    @staticmethod
    def _replacements(old: list[int], new: list[int], anchors: dict[int, int]) -> dict[int, int]:
        """Pair removed paragraphs with the new ones in their place, one for one between what was kept."""
        gaps: dict[int, tuple[list[int], list[int]]] = {}
        for i in old:
            before = max((anchors[each] for each in anchors if each < i), default=-1)
            gaps.setdefault(before, ([], []))[0].append(i)
        kept = sorted(anchors.values())
        for k in new:
            at = bisect_left(kept, k)
            gaps.setdefault(kept[at - 1] if at else -1, ([], []))[1].append(k)
        return {
            i: k
            for removed, added in gaps.values()
            if len(removed) == len(added)
            for i, k in zip(removed, added, strict=True)
        }


def _near(place: int, of: list[int], others: list[int]) -> list[int]:
    """Return the others that one may be paired with: all, or if they are too many, those about as far on."""
    if len(of) * len(others) <= _PAIRS:
        return others
    middle = place * len(others) // len(of)
    return others[max(0, middle - _NEAR) : middle + _NEAR + 1]


def _share_within(part: Counter[str], whole: Counter[str]) -> float:
    """The share of the words of one that the other has, too."""
    total = part.total()
    return (part & whole).total() / total if total else 0.0


def _share(one: Counter[str], other: Counter[str]) -> float:
    longest = min(one.total(), other.total())
    return (one & other).total() / longest if longest else 0.0


def _longest_rise(pairs: Sequence[tuple[int, int]]) -> set[int]:
    """The old places of the most pairs that are in the same order in both texts."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, (_i, k) in enumerate(pairs):
        at = bisect_left(tails, k)
        before.append(ends[at - 1] if at else -1)
        tails[at : at + 1] = [k]
        ends[at : at + 1] = [n]
    rise: set[int] = set()
    n = ends[-1] if ends else -1
    while n >= 0:
        rise.add(pairs[n][0])
        n = before[n]
    return rise


def paragraphs(runs: Iterable[WordRun]) -> Iterator[tuple[WordRun, ...]]:
    """The runs in paragraphs; white space stands outside of marks, a paragraph break that went or came is “¶”."""
    done: list[list[WordRun]] = [[]]
    for op, text in runs:
        for i, piece in enumerate(_BREAK.split(text)):
            if i:
                if op is not Op.KEPT and not text.strip():
                    done[-1].append(WordRun(op, "¶"))
                if op is not Op.REMOVED or text.strip():
                    done.append([])
            done[-1] += _space_outside(op, piece)
    return (tuple(each) for each in done if each)


def with_space_outside(runs: Iterable[WordRun]) -> list[WordRun]:
    """Return the runs with the white space around what went or came as if it had not changed."""
    return [piece for op, text in runs for piece in _space_outside(op, text)]


def _space_outside(op: Op, text: str) -> Iterator[WordRun]:
    """The run without the white space around it, which is kept as if it had not changed."""
    inner = text.strip()
    if op is Op.KEPT or not inner:
        if text:
            yield WordRun(Op.KEPT, text)
        return
    start = text.index(inner)
    for part, fate in ((text[:start], Op.KEPT), (inner, op), (text[start + len(inner) :], Op.KEPT)):
        if part:
            yield WordRun(fate, part)


__all__ = ["Fate", "ParagraphChange", "compare", "kept_share", "paragraphs", "split", "with_space_outside"]
