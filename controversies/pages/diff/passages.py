"""Texts compared by paragraphs; paragraphs that went from one text to another are shown once, where they are now."""

import re
from collections import Counter
from dataclasses import dataclass, field

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from controversies.document import prose, words
from controversies.document.present import FieldEntry
from controversies.document.prose import Fate, ParagraphChange
from controversies.document.types import Kind
from controversies.document.words import MARK, Op, WordRun

from .links import ChangeLinks, ChangeReference
from .pieces import PlaceNote

_COMPARED = 1_000_000  # characters of both sides compared by words; beyond, texts are shown as replaced
_QUOTED = 12  # words of sentences that went elsewhere
_LEAST = 8  # words that a paragraph must have for its coming back elsewhere to be no chance
_SAME = 0.8  # share of the words of each that the other has


@dataclass
class ComparedText:
    """A text of the page in two versions, paragraph by paragraph; `where` names it."""

    where: str
    changes: list[ParagraphChange]
    may_move: bool = True
    notes: list[PlaceNote] = field(default_factory=list)  # of sentences, below all
    departures: dict[int, ChangeReference] = field(default_factory=dict)  # by place in `changes`
    arrivals: dict[int, tuple[ChangeReference, tuple[WordRun, ...]]] = field(default_factory=dict)


class ComparedTexts:
    """All texts that changed, each compared once, until that has been done for as much text as a page may cost."""

    def __init__(self, links: ChangeLinks) -> None:
        self.links = links
        self.by_id: dict[int, ComparedText] = {}  # of the field
        self._linked: set[tuple[int, int]] = set()
        self._cost = 0
        self._marks: words.Marks | None = None  # the same for all texts of one comparison

    def add(self, field: FieldEntry, where: str) -> None:
        """Compare the two versions of a text; unless it is a quote, its paragraphs are looked for in others."""
        old, new, marks = field.old, field.new, field.change.marks
        may_move = field.spec.kind is not Kind.PROSE or field.spec.has_marks
        self._cost += len(old) + len(new)
        if self._cost <= _COMPARED or not (old and new):
            changes = prose.compare(old, new, marks)
        else:
            changes = [*prose.compare(old, ""), *prose.compare("", new)]
        self.by_id[id(field)] = ComparedText(where, changes, may_move)
        self._marks = marks or self._marks

    def link(self) -> None:
        """Find the paragraphs that were removed from one text and added to another."""
        removed, added = (
            [
                (key, i, Counter(re.findall(r"\w+", MARK.sub("", change.text).casefold())))
                for key, text in self.by_id.items()
                if text.may_move
                for i, change in enumerate(text.changes)
                if change.fate is fate
            ]
            for fate in (Fate.REMOVED, Fate.ADDED)
        )
        paired: set[tuple[int, int]] = set()
        for key, i, bag in removed:
            if bag.total() < _LEAST:
                continue
            for other, k, words_there in added:
                common = (bag & words_there).total()
                if (
                    other != key
                    and (other, k) not in paired
                    and common >= _SAME * max(bag.total(), words_there.total())
                ):
                    paired.add((other, k))
                    self._pair(key, i, other, k)
                    break

    def _pair(self, key: int, i: int, other: int, k: int) -> None:
        old, new = self.by_id[key], self.by_id[other]
        runs = words.runs(old.changes[i].text, new.changes[k].text, self._marks)
        old.departures[i] = self.links.refer(new.where, other)
        new.arrivals[k] = (self.links.refer(old.where, key), tuple(runs))
        self._linked.add((key, other))

    def note(self, key: int, other: int, passage: str) -> None:
        """Say in both texts that these sentences went from one to the other, unless whole paragraphs are shown so."""
        old, new = self.by_id.get(key), self.by_id.get(other)
        if old is None or new is None or (key, other) in self._linked:
            return
        to, origin = self.links.refer(new.where, other), self.links.refer(old.where, key)
        quote = Truncator(passage).words(_QUOTED)
        old.notes.append(PlaceNote(_("Moved to %(place)s: “%(quote)s”"), to, quote=quote))
        whole = next((i for i, change in enumerate(new.changes) if _is_just(change, passage)), None)
        if whole is not None:
            new.arrivals[whole] = (origin, (WordRun(Op.KEPT, new.changes[whole].text),))
        else:
            new.notes.append(PlaceNote(_("Moved here from %(place)s: “%(quote)s”"), origin, quote=quote))


def _is_just(change: ParagraphChange, passage: str) -> bool:
    """Whether a new paragraph has these sentences and no others."""
    return change.fate is Fate.ADDED and change.text.strip() == passage.strip()


def is_replaced(changes: list[ParagraphChange]) -> bool:
    """Whether nothing of the old text was kept."""
    fates = {change.fate for change in changes}
    return fates == {Fate.REMOVED, Fate.ADDED}


def is_only_moved(changes: list[ParagraphChange]) -> bool:
    """Whether paragraphs are in another order, and their words are the same."""
    return _fates(changes) == {Fate.MOVED} and not _has_marks(changes)


def is_only_broken(changes: list[ParagraphChange]) -> bool:
    """Whether paragraphs were split or joined, and their words are the same."""
    return _fates(changes) <= {Fate.SPLIT, Fate.JOINED} and not _has_marks(changes)


def _fates(changes: list[ParagraphChange]) -> set[Fate]:
    return {change.fate for change in changes} - {Fate.KEPT}


def _has_marks(changes: list[ParagraphChange]) -> bool:
    return any(
        run.op is not Op.KEPT and run.text.strip("¶ \n")
        for change in changes
        for runs in change.runs
        for run in runs
    )
