"""What changed between two documents: data first; words and marks are drawn from it elsewhere.

Blocks and parts are matched by key, never by place. A block that is equal is not looked into.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise

from controversies.models import ChangeClass

from . import words
from .types import Backer, Block, Document, Head, Kind, Part, Point, Position, Source, Spec, label


class Action(StrEnum):
    """What happened to a block, a part or a field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value replaced by another; `spec` says how to name and draw it."""

    spec: Spec
    old: Any
    new: Any

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
        return words.runs(self.old, self.new)


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
    """All that differs between two documents, in the order of the page. `old` is None for the first revision."""

    old: Document | None
    new: Document
    blocks: tuple[BlockChange, ...]
    unchanged: tuple[Block, ...]

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
        ordered = bool(after) and isinstance(after[0], Point | Position)
        for item in _items(before, after, ordered):
            if item is None:
                continue
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
    return Comparison(old, new, tuple(changes), tuple(unchanged))


def _items(old: tuple[Any, ...], new: tuple[Any, ...], ordered: bool) -> Iterator[ItemChange | Any]:
    """A change for each member that is not as it was, and the member itself where it is."""
    if old is new:
        yield from new
        return
    before = {part.identity: (i, part) for i, part in enumerate(old)}
    after = {part.identity for part in new}
    moved = (
        _moved([key for key in before if key in after], [p.identity for p in new if p.identity in before])
        if ordered
        else set()
    )
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
        if earlier is part or earlier == part:
            yield ItemChange(Action.MOVED, earlier, part, was, now, moved=True) if is_moved else part
            continue
        fields, lists = _differences(earlier, part)
        yield ItemChange(Action.CHANGED, earlier, part, was, now, fields, lists, is_moved)
    for was, lost in gone:
        yield ItemChange(Action.REMOVED, lost, None, was, None)


def _moved(old: list[str], new: list[str]) -> set[str]:
    """The fewest members whose moving explains the new order: all but a longest common run in order."""
    if old == new:
        return set()
    place = {key: i for i, key in enumerate(old)}
    tails: list[int] = []  # patience sorting: a longest increasing subsequence of old places
    links: dict[str, str | None] = {}
    ends: list[str] = []
    for key in new:
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if tails[middle] < place[key] else (low, middle)
        links[key] = ends[low - 1] if low else None
        tails[low : low + 1] = [place[key]]
        ends[low : low + 1] = [key]
    kept: set[str] = set()
    last: str | None = ends[-1] if ends else None
    while last is not None:
        kept.add(last)
        last = links[last]
    return set(new) - kept


def _differences(old: Part, new: Part) -> tuple[tuple[FieldChange, ...], tuple[ListChange, ...]]:
    fields: list[FieldChange] = []
    lists: list[ListChange] = []
    for spec in new.SPECS:
        was, now = getattr(old, spec.name), getattr(new, spec.name)
        if was == now:
            continue
        if spec.kind is Kind.ITEMS:
            ordered = spec.part is not None and spec.part.IDENTITY == "key"
            items = list(_items(was, now, ordered))
            changed = tuple(item for item in items if isinstance(item, ItemChange))
            lists.append(ListChange(spec, changed, len(items) - len(changed)))
        else:
            fields.append(FieldChange(spec, was, now))
    return tuple(fields), tuple(lists)


# -- in short: what a revision keeps of its comparison with the one before --

# One entry is [block kind, label, what, …]; `what` is an action of the block, or a field's name with its old and new
# value where they are words of a closed vocabulary, or a list's name with how many were added, removed and changed.
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
            entries.append([*where, field.name, *([field.old, field.new] if closed else [])])
        for changed in change.lists:
            counts = [changed.count(action) for action in (Action.ADDED, Action.REMOVED, Action.CHANGED)]
            entries.append([*where, changed.name, *counts])
    return entries


def _title(block: Any) -> str:
    return block.name if isinstance(block, Backer) else ""


_SUBSTANTIVE = {"claim", "question", "kind"}
_NOT_WORDS = {"publication", "reviewed_on", "reviewed_by", "slug", "topic", "attribution"}


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
    elif field.is_prose and words.is_slip(field.old, field.new):
        yield ChangeClass.TYPO
    elif field.name in _SUBSTANTIVE:
        yield ChangeClass.SUBSTANTIVE
    else:
        yield ChangeClass.WORDING


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
                slip = all(f.is_prose and words.is_slip(f.old, f.new) for f in item.fields)
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
            more, less = words.size(field.old, field.new)
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
