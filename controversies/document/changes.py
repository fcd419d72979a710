"""The values that a comparison of two documents is made of, in the order of the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise

from . import words
from .types import BLOCK_TYPES, Block, Document, Part, Spec


class Action(StrEnum):
    """The kinds of change of a block, a part or a field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value replaced by another; `spec` says how to name and draw it.

    Texts are as readers saw them, with the numbers that sources had then. Where sources are numbered in another way
    now, `marks` has the keys of the sources of either document, in the order of their numbers. `titles` are those of
    sources that only one of them has, by key: where a source goes, its title takes the place of its marks.
    """

    spec: Spec
    old: Any
    new: Any
    marks: words.Marks | None = None
    titles: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def label(self) -> Promise | str:
        return self.spec.label

    @property
    def is_prose(self) -> bool:
        """Whether the two are texts to be compared by words."""
        return self.spec.is_text

    def runs(self) -> list[words.WordRun]:
        """The change by words; what was kept has today's numbers of sources."""
        return words.runs(self.old, self.new, self.marks)

    @property
    def texts(self) -> tuple[str, str]:
        """The two texts with equal marks for equal sources, to be measured and classified."""
        if self.marks is None:
            return self.old, self.new
        known = {key: i for i, key in enumerate(dict.fromkeys([*self.marks[1], *self.marks[0]]), 1)}
        old, new = (
            words.renumber_marks(self._with_title_marks(text, known), [known[key] for key in keys])
            for text, keys in zip((self.old, self.new), self.marks, strict=True)
        )
        return old, new

    def _with_title_marks(self, text: str, known: Mapping[str, int]) -> str:
        """Return the text with a mark that no source has for each title that took the place of marks."""
        if "(“" in text:
            for key, title in self.titles.items():
                text = text.replace(f"(“{title}”)", f"[0{known[key]}]")
        return text


@dataclass(frozen=True, slots=True)
class PlaceOnPage:
    """The place of a part or a text in one of the two documents: in a list or field of a block.

    `within` is the stance or backing of the block that holds it, if one does; `index` is the block's place among its
    like, from 0.
    """

    block: Any
    index: int
    name: str
    within: Part | None = None

    @property
    def kind(self) -> str:
        return BLOCK_TYPES[type(self.block)].name

    @property
    def key(self) -> str:
        return self.block.key

    @property
    def label(self) -> str:
        """The letter of a position or the number of a point; "" for what has neither."""
        return BLOCK_TYPES[type(self.block)].number(self.index)


@dataclass(frozen=True, slots=True)
class Departure:
    """A member of a list that stands elsewhere now, and is reported there: `to` is in the newer document.

    `to` is None for a stance that went with its contested point, whose removal includes it. What went `into_new`,
    a block or part that is new as a whole, is reported here.
    """

    part: Any
    origin: PlaceOnPage
    to: PlaceOnPage | None
    into_new: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """Sentences that stand in another text now, word for word but for the numbers of sources, as they read now."""

    text: str
    origin: PlaceOnPage  # in the older document
    to: PlaceOnPage  # in the newer


@dataclass(frozen=True, slots=True)
class PartChange:
    """A change of a block or of a member of a list.

    `was` and `now` are its places among its like, from 0, None where it was not; `moved` is besides being changed.
    """

    action: Action
    old: Any
    new: Any
    was: int | None = None
    now: int | None = None
    fields: tuple[FieldChange, ...] = ()
    lists: tuple["ListChange", ...] = ()
    moved: bool = False

    @property
    def part(self) -> Any:
        """The part as the newer document that has it says."""
        return self.new if self.new is not None else self.old


@dataclass(frozen=True, slots=True)
class ItemChange(PartChange):
    """A change of one member of a list.

    One that came from another list, as of another position, has that place as its `origin`; `was` is its place there.
    """

    origin: PlaceOnPage | None = None


@dataclass(frozen=True, slots=True)
class ListChange:
    """The changes of the members of a list, in the order in which a reader meets them."""

    spec: Spec
    items: tuple[ItemChange, ...]
    unchanged: int

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def label(self) -> Promise | str:
        return self.spec.label

    def count(self, action: Action) -> int:
        return sum(item.action is action for item in self.items)


@dataclass(frozen=True, slots=True)
class BlockChange(PartChange):
    """A change of one block. `place` is its place among its like, from 0, in the newer document that has it.

    `departures` are members that left it and are reported where they stand now; a block that differs in nothing else
    has neither fields nor lists. Half or more of the argument of a new position stood at `origins` before; that of a
    removed one stands at `heirs` now.
    """

    departures: tuple[Departure, ...] = ()
    origins: tuple[PlaceOnPage, ...] = ()
    heirs: tuple[PlaceOnPage, ...] = ()

    @property
    def block(self) -> Any:
        return self.part

    @property
    def kind(self) -> str:
        return BLOCK_TYPES[type(self.block)].name

    @property
    def key(self) -> str:
        return self.block.key

    @property
    def place(self) -> int:
        return (self.now if self.now is not None else self.was) or 0

    @property
    def label(self) -> str:
        """The letter of a position or the number of a point; "" for what has neither."""
        return BLOCK_TYPES[type(self.block)].number(self.place)

    @property
    def is_reported_elsewhere(self) -> bool:
        """Whether members left it and nothing else changed: they are reported at their new places."""
        return (
            self.action is Action.CHANGED
            and not (self.fields or self.lists or self.moved)
            and not any(departure.into_new for departure in self.departures)
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two documents, in the order of the page. `old` is None for the first revision.

    Blocks in which nothing but the numbers of sources differs are among the unchanged; `renumbered` has their keys.
    """

    old: Document | None
    new: Document
    blocks: tuple[BlockChange, ...]
    unchanged: tuple[Block, ...]
    renumbered: frozenset[str] = frozenset()
    passages: tuple[Passage, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.blocks)

    @property
    def reported_changes(self) -> tuple[BlockChange, ...]:
        """The changes that have entries of their own.

        Backers and sources that came or went are reported where they are used, members that left a block where they
        stand now.
        """
        return tuple(
            change
            for change in self.blocks
            if not change.is_reported_elsewhere
            and (change.action is Action.CHANGED or not BLOCK_TYPES[type(change.block)].shared)
        )
