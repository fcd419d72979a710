"""What changed between two documents: data first; words and marks are drawn from it elsewhere.

Blocks and parts are matched by key, never by place. A block that is equal is not looked into.

A mark of a source in prose (`[3]`) is compared by what it means: other numbers for the same sources are no change, and
the same number for another source is one.
"""

import operator
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from django.utils.functional import Promise

from controversies.models import ChangeClass

from . import wording, words
from .types import (
    TOPIC_DESCRIPTION,
    Backer,
    Block,
    Citation,
    Document,
    Head,
    Kind,
    Part,
    Point,
    Position,
    Source,
    Spec,
    Topic,
    label,
)


class Action(StrEnum):
    """What happened to a block, a part or a field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value replaced by another; `spec` says how to name and draw it.

    Texts are as readers saw them, with the numbers that sources had then. Where sources are numbered in another way
    now, `marks` has the keys of the sources of either document, in the order of their numbers.
    """

    spec: Spec
    old: Any
    new: Any
    marks: words.Marks | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def label(self) -> Promise | str:
        return self.spec.label

    @property
    def is_prose(self) -> bool:
        """Whether the two are texts to be compared by words."""
        return self.spec.kind in (Kind.LINE, Kind.PROSE)

    def runs(self) -> list[words.Run]:
        """The change by words; what was kept has today's numbers of sources."""
        return words.runs(self.old, self.new, self.marks)

    @property
    def texts(self) -> tuple[str, str]:
        """The two texts with equal marks for equal sources, to be measured and classified."""
        if self.marks is None:
            return self.old, self.new
        known = {key: i for i, key in enumerate(dict.fromkeys([*self.marks[1], *self.marks[0]]), 1)}
        old, new = (
            words.renumbered(text, [known[key] for key in keys])
            for text, keys in zip((self.old, self.new), self.marks, strict=True)
        )
        return old, new


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What happened to one member of a list. Places are counted from 0; `was` or `now` is None where it was not."""

    action: Action
    old: Any
    new: Any
    was: int | None = None
    now: int | None = None
    fields: tuple[FieldChange, ...] = ()
    lists: tuple["ListChange", ...] = ()
    moved: bool = False  # besides being changed

    @property
    def part(self) -> Any:
        return self.new if self.new is not None else self.old


@dataclass(frozen=True, slots=True)
class ListChange:
    """What happened to the members of a list, in the order in which a reader meets them."""

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
class BlockChange:
    """What happened to one block. `place` is its place among its like, from 0, in the newer document that has it."""

    action: Action
    old: Any
    new: Any
    was: int | None
    now: int | None
    fields: tuple[FieldChange, ...] = ()
    lists: tuple[ListChange, ...] = ()
    moved: bool = False

    @property
    def block(self) -> Any:
        return self.new if self.new is not None else self.old

    @property
    def kind(self) -> str:
        return type(self.block).__name__.lower()

    @property
    def key(self) -> str:
        return self.block.key

    @property
    def place(self) -> int:
        found = self.now if self.now is not None else self.was
        return found or 0

    @property
    def label(self) -> str:
        """The letter of a position or the number of a point; "" for what has neither."""
        if isinstance(self.block, Position):
            return label(self.place)
        return str(self.place + 1) if isinstance(self.block, Point | Source) else ""


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

    def __bool__(self) -> bool:
        return bool(self.blocks)

    @property
    def told(self) -> tuple[BlockChange, ...]:
        """The changes worth telling: that a backer or source came or went is told where it is used."""
        return tuple(
            change
            for change in self.blocks
            if change.action is Action.CHANGED or not isinstance(change.block, Backer | Source)
        )


def compare(old: Document | None, new: Document) -> Comparison:
    """What changed from the old document, or from nothing, to the new."""
    return _Comparer(old, new).comparison()


class _Comparer:
    """Two documents, and what the marks of sources in their texts mean."""

    def __init__(self, old: Document | None, new: Document) -> None:
        self.old, self.new = old, new
        self.marks: words.Marks | None = None
        self.turned: frozenset[int] = (
            frozenset()
        )  # numbers that mean another source, or a source where there was none
        if old is not None and old.sources != new.sources:
            was, now = ([source.key for source in each.sources] for each in (old, new))
            if was != now:
                self.marks = (was, now)
                self.turned = frozenset(n for n, (a, b) in enumerate(zip_longest(was, now), 1) if a != b)

    def comparison(self) -> Comparison:
        old, new = self.old, self.new
        changes: list[BlockChange] = []
        unchanged: list[Block] = []
        for before, after in (
            ((old.head,) if old else (), (new.head,)),
            ((old.context,) if old else (), (new.context,)),
            (old.points if old else (), new.points),
            (old.positions if old else (), new.positions),
            (old.backers if old else (), new.backers),
            (old.sources if old else (), new.sources),
        ):
            if not self.turned and len(before) == len(after) and all(map(operator.is_, before, after)):
                unchanged += after
                continue
            ordered = bool(after) and isinstance(after[0], Point | Position)
            for item in self._items(before, after, ordered):
                if isinstance(item, ItemChange):
                    changes.append(
                        BlockChange(
                            item.action,
                            item.old,
                            item.new,
                            item.was,
                            item.now,
                            item.fields,
                            item.lists,
                            item.moved,
                        )
                    )
                else:
                    unchanged.append(item)
        return Comparison(old, new, tuple(changes), tuple(unchanged), self._renumbered(unchanged))

    def _renumbered(self, unchanged: list[Block]) -> frozenset[str]:
        """The keys of the unchanged blocks that are not letter by letter what they were."""
        if self.old is None or self.marks is None:
            return frozenset()
        known = self.old.by_key
        return frozenset(block.key for block in unchanged if known[block.key] != block)

    def _items(self, old: tuple[Any, ...], new: tuple[Any, ...], ordered: bool) -> Iterator[ItemChange | Any]:
        """A change for each member that is not as it was, and the member itself where it is."""
        if old is new and not self.turned:
            yield from new
            return
        before = {part.identity: (i, part) for i, part in enumerate(old)}
        after = {part.identity: i for i, part in enumerate(new)}
        moved = _moved({key: i for key, (i, _part) in before.items()}, after) if ordered else set()
        gone = [(i, part) for i, part in enumerate(old) if part.identity not in after]
        for now, part in enumerate(new):
            while gone and gone[0][0] <= now:
                was, lost = gone.pop(0)
                yield ItemChange(Action.REMOVED, lost, None, was, None)
            if part.identity not in before:
                yield ItemChange(Action.ADDED, None, part, None, now)
                continue
            was, earlier = before[part.identity]
            is_moved = part.identity in moved
            fields, lists = self._differences(earlier, part)
            if fields or lists:
                yield ItemChange(Action.CHANGED, earlier, part, was, now, fields, lists, is_moved)
            else:
                yield ItemChange(Action.MOVED, earlier, part, was, now, moved=True) if is_moved else part
        for was, lost in gone:
            yield ItemChange(Action.REMOVED, lost, None, was, None)

    def _differences(self, old: Part, new: Part) -> tuple[tuple[FieldChange, ...], tuple[ListChange, ...]]:
        """What changed in a part that both documents have."""
        if (old is new or old == new) and not self._is_turned(new):
            return (), ()
        fields: list[FieldChange] = []
        lists: list[ListChange] = []
        marks = None if isinstance(new, _UNMARKED) else self.marks
        for spec in new.SPECS:
            was, now = getattr(old, spec.name), getattr(new, spec.name)
            if spec.kind is Kind.ITEMS:
                if was == now and not self.turned:
                    continue
                ordered = spec.part is not None and spec.part.IDENTITY == "key"
                items = list(self._items(was, now, ordered))
                changed = tuple(item for item in items if isinstance(item, ItemChange))
                if changed:
                    lists.append(ListChange(spec, changed, len(items) - len(changed)))
            elif marks is not None and spec.kind is Kind.PROSE and ("[" in was or "[" in now):
                if words.named(was, marks[0]) != words.named(now, marks[1]):
                    fields.append(FieldChange(spec, was, now, marks))
            elif spec.kind is Kind.PART:
                fields += _part_changes(spec, was, now)
            elif was != now:
                fields.append(FieldChange(spec, was, now))
        return tuple(fields), tuple(lists)

    def _is_turned(self, part: Part) -> bool:
        """Whether a mark in the texts of this part, or of one within it, reads as before and means something else."""
        if not self.turned or isinstance(part, _UNMARKED):
            return False
        for spec in part.SPECS:
            value = getattr(part, spec.name)
            if spec.kind is Kind.PROSE:
                if "[" in value and any(int(mark[1]) in self.turned for mark in words.MARK.finditer(value)):
                    return True
            elif spec.kind is Kind.ITEMS and spec.part is not Citation and any(map(self._is_turned, value)):
                return True
        return False


_UNMARKED = (
    Citation,
    Backer,
    Source,
)  # quotes are kept word for word; what pages share knows no page's numbers


def _moved(old: dict[str, int], new: dict[str, int]) -> set[str]:
    """The fewest members whose moving explains the new order: all but a longest common run in order.

    Of several such, the one that leaves most members in their place, then the one whose members have moved the
    furthest, for what jumped is what somebody moved, then upwards. Places are those of each list, by key.
    """
    common = [key for key in new if key in old]
    rank = {key: i for i, key in enumerate(key for key in old if key in new)}
    if all(rank[key] == i for i, key in enumerate(common)):
        return set()
    # The best run that ends at each member, and in a Fenwick tree the best that ends at or before each old rank.
    best: list[tuple[tuple[int, int, int], str] | None] = [None] * (len(common) + 1)
    links: dict[str, str | None] = {}
    last: tuple[tuple[int, int, int], str] | None = None
    for i, key in enumerate(common):
        found = None
        at = rank[key]
        while at > 0:
            found = _better(found, best[at])
            at -= at & -at
        length, stayed, way = found[0] if found else (0, 0, 0)
        links[key] = found[1] if found else None
        stays = rank[key] == i or old[key] == new[key]
        run = ((length + 1, stayed + stays, way - abs(rank[key] - i)), key)
        last = _better(run, last)
        at = rank[key] + 1
        while at <= len(common):
            best[at] = _better(run, best[at])
            at += at & -at
    kept: set[str] = set()
    end = last[1] if last else None
    while end is not None:
        kept.add(end)
        end = links[end]
    return set(common) - kept


def _better[R: tuple[tuple[int, int, int], str]](one: R | None, other: R | None) -> R | None:
    return one if other is None or (one is not None and one[0] >= other[0]) else other


def _part_changes(spec: Spec, was: Topic, now: Topic) -> Iterator[FieldChange]:
    """The changes of a topic: which one it is or how it is called, and the description of one that stays."""
    if was.key != now.key:
        yield FieldChange(spec, was, now)
        return
    if replace(was, description=now.description) != now:
        yield FieldChange(spec, was, now)
    if was.description != now.description:
        yield FieldChange(TOPIC_DESCRIPTION, was.description, now.description)


# -- in short: what a revision keeps of its comparison with the one before --

# One entry is [block kind, label, what, …]. `what` is an action of the block; or a field's name, with its old and new
# value where they are words of a closed vocabulary, or with the kind of change of its text, if that can be told; or a
# list's name with how many were added, removed and changed.
type Outline = list[list[Any]]


def outline(comparison: Comparison) -> Outline:
    """What changed, in a few bytes and in no language: `say.changes()` makes a sentence of it."""
    if comparison.old is None:
        new = comparison.new
        return [["first", len(new.positions), len(new.points)]]
    entries: Outline = []
    for change in comparison.told:
        where = [change.kind, change.label or _title(change.block)]
        if change.action is not Action.CHANGED:
            entries.append([*where, change.action.value])
            continue
        if change.moved:
            entries.append([*where, Action.MOVED.value])
        for field in change.fields:
            closed = field.spec.kind is Kind.CHOICE or field.name == "reviewed_on"
            how = [field.old, field.new] if closed else []
            if field.is_prose and wording.kinds(*field.texts) == {ChangeClass.SOURCE}:
                how = [ChangeClass.SOURCE.value]
            entries.append([*where, field.name, *how])
        for changed in change.lists:
            counts = [changed.count(action) for action in (Action.ADDED, Action.REMOVED, Action.CHANGED)]
            entries.append([*where, changed.name, *counts])
    return entries


def _title(block: Any) -> str:
    return block.name if isinstance(block, Backer) else ""


_SUBSTANTIVE = {"claim", "question", "kind"}
_NOT_WORDS = {
    *("publication", "reviewed_on", "reviewed_by", "slug", "topic", TOPIC_DESCRIPTION.name, "attribution"),
}


def classes(comparison: Comparison) -> list[ChangeClass]:
    """The kinds of change, by rule, in the order of ChangeClass. Of the first revision: none."""
    if comparison.old is None:
        return []
    found: set[ChangeClass] = set()
    for change in comparison.blocks:
        found |= set(_block_classes(change))
    if len(found) > 1:
        found.discard(ChangeClass.TYPO)
    return [each for each in ChangeClass if each in found]


def _block_classes(change: BlockChange) -> Iterator[ChangeClass]:
    block = change.block
    if isinstance(block, Source):
        yield ChangeClass.SOURCE
        return
    if isinstance(block, Backer):
        yield ChangeClass.ATTRIBUTION
        return
    if change.action in (Action.ADDED, Action.REMOVED):
        yield ChangeClass.SUBSTANTIVE
        return
    if change.moved:
        yield ChangeClass.WORDING
    for field in change.fields:
        yield from _field_classes(block, field)
    for changed in change.lists:
        yield from _list_classes(changed)


def _field_classes(block: Any, field: FieldChange) -> Iterator[ChangeClass]:
    if isinstance(block, Head) and field.name in ("status", "status_summary"):
        yield ChangeClass.STATUS
    elif field.name in ("confidence", "confidence_reason"):
        yield ChangeClass.CONFIDENCE
    elif isinstance(block, Head) and field.name in _NOT_WORDS:
        return
    elif not field.is_prose:
        yield ChangeClass.SUBSTANTIVE if field.name in _SUBSTANTIVE else ChangeClass.WORDING
    else:
        for kind in wording.kinds(*field.texts):
            is_more = kind is ChangeClass.WORDING and field.name in _SUBSTANTIVE
            yield ChangeClass.SUBSTANTIVE if is_more else kind


def _list_classes(changed: ListChange) -> Iterator[ChangeClass]:
    kind = {"citations": ChangeClass.SOURCE, "backings": ChangeClass.ATTRIBUTION}.get(
        changed.name, ChangeClass.SUBSTANTIVE
    )
    for item in changed.items:
        if item.action is Action.MOVED:
            yield ChangeClass.WORDING
        elif item.action is not Action.CHANGED:
            yield kind
        else:
            if item.fields:
                slip = all(f.is_prose and words.is_slip(*f.texts) for f in item.fields)
                yield ChangeClass.TYPO if slip and kind is ChangeClass.SUBSTANTIVE else kind
            for inner in item.lists:
                yield from _list_classes(inner)


def size(comparison: Comparison) -> tuple[int, int]:
    """How many characters of text were added and removed."""
    added = removed = 0
    for change in comparison.blocks:
        more, less = _item_size(change)
        added, removed = added + more, removed + less
    return added, removed


def _item_size(change: ItemChange | BlockChange) -> tuple[int, int]:
    if change.action is Action.ADDED:
        return _length(change.new), 0
    if change.action is Action.REMOVED:
        return 0, _length(change.old)
    added = removed = 0
    for field in change.fields:
        if field.is_prose:
            more, less = words.size(*field.texts)
            added, removed = added + more, removed + less
    for changed in change.lists:
        for item in changed.items:
            more, less = _item_size(item)
            added, removed = added + more, removed + less
    return added, removed


def _length(part: Part) -> int:
    total = 0
    for spec in part.SPECS:
        value = getattr(part, spec.name)
        if spec.kind in (Kind.LINE, Kind.PROSE):
            total += len(value)
        elif spec.kind is Kind.ITEMS:
            total += sum(map(_length, value))
    return total


__all__ = [
    "Action",
    "BlockChange",
    "Comparison",
    "FieldChange",
    "ItemChange",
    "ListChange",
    "classes",
    "compare",
    "outline",
    "size",
]
