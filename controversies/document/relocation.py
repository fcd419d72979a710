"""Moves of sources, backers and sentences between parts of the page, each told once, where it stands now."""

import itertools
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from . import words
from .changes import (
    Action,
    BlockChange,
    Departure,
    FieldChange,
    ItemChange,
    ListChange,
    Passage,
    PlaceOnPage,
)
from .types import BLOCK_TYPES, Backing, Block, Citation, Context, Kind, Part, Point, Position, Stance

_SHORTEST = 24  # characters of a sentence that is looked for elsewhere; shorter ones may be there by chance
_HALF, _QUARTER = 0.5, 0.25  # of an argument
_FEWEST = 12  # pairs of words: two sentences, which are not alike by chance


class Differences(Protocol):
    """A function that returns the fields and lists in which two versions of a part differ."""

    def __call__(self, old: Part, new: Part, /) -> tuple[tuple[FieldChange, ...], tuple[ListChange, ...]]: ...


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    """A member that came or went; `item` tells it unless it came or went with what holds it."""

    part: Any
    place: PlaceOnPage
    at: int
    item: ItemChange | None


@dataclass(frozen=True, slots=True, eq=False)
class _Text:
    """A text before and after, with its place; "" and None where the part was not."""

    origin: Any
    to: Any
    old: str
    new: str


def relocate(
    changes: list[BlockChange], differences: Differences, marks: words.Marks | None
) -> tuple[list[BlockChange], tuple[Passage, ...]]:
    """The same changes with each move between parts told once, and the sentences that moved."""
    if len(changes) > 1 or any(change.lists for change in changes):
        changes = _Members(changes, differences, marks).changes()
    passages = tuple(_passages(changes, marks))
    if passages or any(map(_is_position, changes)):
        changes = _with_descent(changes, passages, marks)
    return changes, passages


def _place(change: BlockChange, block: Block, name: str, within: Part | None) -> PlaceOnPage:
    index = change.was if block is change.old else change.now
    return PlaceOnPage(block, index or 0, name, within)


class _Members:
    """The backings and citations that came and went, paired where they are the same."""

    def __init__(
        self, changes: list[BlockChange], differences: Differences, marks: words.Marks | None
    ) -> None:
        self.all, self.differences, self.marks = changes, differences, marks
        self.removed: list[_Member] = []
        self.added: list[_Member] = []
        self.pairs: dict[int, tuple[_Member, _Member]] = {}  # by the id of the ItemChange that came
        self.left: dict[int, tuple[_Member, _Member | None]] = {}  # by that of the one that went
        self.departures: dict[str, list[Departure]] = defaultdict(list)  # by key of the older block

    def changes(self) -> list[BlockChange]:
        for change in self.all:
            self._collect(change)
        points = {c.key for c in self.all if c.action is Action.REMOVED and isinstance(c.block, Point)}
        for member in self.removed:
            if isinstance(member.part, Stance) and member.part.point in points and member.item is not None:
                self.left[id(member.item)] = (member, None)
                self.departures[member.place.key].append(Departure(member.part, member.place, None))
        self._pair(Stance, lambda part, keys: (part.point, words.with_source_keys(part.text, keys)))
        self._pair(Backing, lambda part, _keys: part.key, lambda part, _keys: part.backer)
        self._pair(
            Citation,
            lambda part, _keys: part.key,
            lambda part, _keys: (part.source, part.relation, part.quote, part.locator),
        )
        if not self.left and not self.pairs:
            return self.all
        return [self._block(change) for change in self.all]

    # -- what came and went --

    def _collect(self, change: BlockChange) -> None:
        if BLOCK_TYPES[type(change.block)].shared:
            return
        if change.action is Action.CHANGED:
            self._lists(change, change.lists, None)
        elif change.action is not Action.MOVED:
            self._add_members(change, change.block, None)

    def _lists(self, change: BlockChange, lists: Iterable[ListChange], within: Part | None) -> None:
        for each in lists:
            for item in each.items:
                if item.action is Action.CHANGED:
                    self._lists(change, item.lists, item.new)
                elif item.action is Action.ADDED:
                    self.added.append(self._member(change, item.new, each.name, within, item.now or 0, item))
                    self._add_members(change, item.new, item.new, Action.ADDED)
                elif item.action is Action.REMOVED:
                    self.removed.append(
                        self._member(change, item.old, each.name, within, item.was or 0, item)
                    )
                    self._add_members(change, item.old, item.old, Action.REMOVED)

    def _add_members(
        self, change: BlockChange, part: Part, within: Part | None, action: Action | None = None
    ) -> None:
        """The members of what came or went as a whole."""
        action = action or change.action
        members = self.added if action is Action.ADDED else self.removed
        for spec in part.LISTS:
            for at, each in enumerate(getattr(part, spec.name)):
                members.append(self._member(change, each, spec.name, within, at, None))
                self._add_members(change, each, each, action)

    def _member(
        self,
        change: BlockChange,
        part: Part,
        name: str,
        within: Part | None,
        at: int,
        item: ItemChange | None,
    ) -> _Member:
        is_old = item.action is Action.REMOVED if item is not None else change.action is Action.REMOVED
        block = change.old if is_old or change.new is None else change.new
        return _Member(part, _place(change, block, name, within), at, item)

    # -- pairs --

    def _pair(self, cls: type[Part], *signs: Callable[[Any, Sequence[str]], Any]) -> None:
        """Pair members of this class: those whose first sign is equal, then the second.

        A sign is made of a part and of the keys of the sources in the order of its document.
        """
        was, now = self.marks or ((), ())
        moved = {id(lost.part) for lost, _new in self.pairs.values()} | {
            id(new.part) for _lost, new in self.pairs.values()
        }
        removed, added = (
            [m for m in members if isinstance(m.part, cls) and id(m.place.within) not in moved]
            for members in (self.removed, self.added)
        )
        for sign in signs:
            if not removed or not added:
                return
            waiting: dict[Any, deque[_Member]] = defaultdict(deque)
            for lost in removed:
                waiting[sign(lost.part, was)].append(lost)
            paired: set[int] = set()
            for new in added:
                lost_alike = waiting.get(sign(new.part, now))
                match = next(
                    (m for m in lost_alike or () if m.item is not None or new.item is not None), None
                )
                if match is None or lost_alike is None:
                    continue
                lost_alike.remove(match)
                paired |= {id(match), id(new)}
                self._move(match, new)
            removed, added = ([m for m in members if id(m) not in paired] for members in (removed, added))

    def _move(self, lost: _Member, new: _Member) -> None:
        if new.item is not None:
            self.pairs[id(new.item)] = (lost, new)
        if lost.item is not None:
            self.left[id(lost.item)] = (lost, new)
        self.departures[lost.place.key].append(Departure(lost.part, lost.place, new.place, new.item is None))

    # -- told once --

    def _block(self, change: BlockChange) -> BlockChange:
        departures = tuple(self.departures.get(change.old.key, ())) if change.old is not None else ()
        return replace(change, lists=self._own_lists(change.lists), departures=departures)

    def _own_lists(self, lists: tuple[ListChange, ...]) -> tuple[ListChange, ...]:
        own = (replace(each, items=tuple(self._items(each.items))) for each in lists)
        return tuple(each for each in own if each.items)

    def _items(self, items: Iterable[ItemChange]) -> Iterator[ItemChange]:
        for item in items:
            if id(item) in self.left:
                continue
            if id(item) in self.pairs:
                lost, new = self.pairs[id(item)]
                fields, lists = self.differences(lost.part, new.part)
                yield ItemChange(
                    Action.CHANGED if fields or lists else Action.MOVED,
                    lost.part,
                    new.part,
                    lost.at,
                    item.now,
                    fields,
                    lists,
                    moved=True,
                    origin=lost.place,
                )
                continue
            lists = self._own_lists(item.lists)
            if lists == item.lists:
                yield item
            elif lists or item.fields:
                yield replace(item, lists=lists)
            elif item.moved:
                yield replace(item, action=Action.MOVED, lists=())


# -- sentences --


def _texts(changes: Iterable[BlockChange]) -> Iterator[_Text]:
    """Every text that changed, came or went."""
    for change in changes:
        if BLOCK_TYPES[type(change.block)].shared:
            continue
        if change.action is Action.CHANGED:
            yield from _changed_texts(change, change.fields, change.lists, None, None)
        elif change.action is not Action.MOVED:
            yield from _whole(change, change.block, None, change.action)


def _changed_texts(
    change: BlockChange,
    fields: Iterable[FieldChange],
    lists: Iterable[ListChange],
    was: Part | None,
    now: Part | None,
) -> Iterator[_Text]:
    for field in fields:
        if field.spec.kind is Kind.PROSE:
            yield _Text(
                _place(change, change.old, field.name, was),
                _place(change, change.new, field.name, now),
                field.old,
                field.new,
            )
    for each in lists:
        if each.spec.part is Citation:
            continue
        for item in each.items:
            if item.action in (Action.ADDED, Action.REMOVED):
                yield from _whole(change, item.part, item.part, item.action)
            else:
                yield from _changed_texts(change, item.fields, item.lists, item.old, item.new)


def _whole(change: BlockChange, part: Part, within: Part | None, action: Action) -> Iterator[_Text]:
    for spec in part.SPECS:
        value = getattr(part, spec.name)
        if spec.kind is Kind.PROSE and value:
            if action is Action.ADDED:
                yield _Text(None, _place(change, change.new, spec.name, within), "", value)
            else:
                yield _Text(_place(change, change.old, spec.name, within), None, value, "")
        elif spec.kind is Kind.ITEMS and spec.part is not Citation:
            for each in value:
                yield from _whole(change, each, each, action)


def _passages(changes: list[BlockChange], marks: words.Marks | None) -> Iterator[Passage]:
    """The sentences that stand in another text now, those in a row as one."""
    texts = list(_texts(changes))
    if len(texts) < 2:  # noqa: PLR2004 - a text to leave and one to come to
        return
    was, now = marks or ((), ())
    old = [Counter(_plain(s, was) for s in words.sentences(each.old)) for each in texts]
    new = [[(s, _plain(s, now)) for s in words.sentences(each.new)] for each in texts]
    lost: dict[str, deque[int]] = defaultdict(deque)
    for i, counts in enumerate(old):
        for sentence, count in (counts - Counter(plain for _s, plain in new[i])).items():
            if len(sentence) >= _SHORTEST:
                lost[sentence].extend([i] * count)
    if not lost:
        return
    for i, text in enumerate(texts):
        kept, origin = old[i].copy(), -1
        run: list[str] = []
        for sentence, plain in [*new[i], ("", "")]:
            source = -1
            if kept[plain]:
                kept[plain] -= 1
            elif lost.get(plain):
                source = origin if origin in lost[plain] else lost[plain][0]
                lost[plain].remove(source)
            if run and source != origin:
                yield _passage(texts[origin], text, run)
                run = []
            origin = source
            if source >= 0:
                run.append(sentence)


def _passage(origin: _Text, to: _Text, run: list[str]) -> Passage:
    start = to.new.find(run[0])
    end = to.new.find(run[-1], start + len(run[0]) if len(run) > 1 else start) + len(run[-1])
    return Passage(to.new[start:end], origin.origin, to.to)


def _plain(sentence: str, keys: Sequence[str]) -> str:
    return " ".join(words.with_source_keys(sentence, keys).split())


def move_of_sentences(
    change: BlockChange, field: FieldChange, passages: Iterable[Passage]
) -> tuple[str, PlaceOnPage] | None:
    """Return "from" or "to" and the other place if nothing happened to a text but that sentences came or went."""
    was, now = field.marks or ((), ())
    old, new = (
        Counter(_plain(each, keys) for each in words.sentences(text))
        for text, keys in ((field.old, was), (field.new, now))
    )
    arrived = [p for p in passages if p.to.block is change.new and p.to.name == field.name]
    departed = [p for p in passages if p.origin.block is change.old and p.origin.name == field.name]
    for counts, moved in ((new, arrived), (old, departed)):
        counts.subtract(_plain(each, now) for p in moved for each in words.sentences(p.text))
    if +old != +new or (arrived and departed):
        return None
    for word, moved in (("from", arrived), ("to", departed)):
        places = {place.key: place for place in ((p.origin if word == "from" else p.to) for p in moved)}
        if len(places) == 1 and change.key not in places:
            [place] = places.values()
            if place.label or isinstance(place.block, Context):
                return word, place
    return None


def _with_descent(
    changes: list[BlockChange], passages: tuple[Passage, ...], marks: words.Marks | None
) -> list[BlockChange]:
    """The changes, with where the argument of each new position came from and that of each removed one went."""
    arguments = _Arguments(changes, marks)

    def places(change: BlockChange) -> tuple[PlaceOnPage, ...]:
        size = len(change.block.argument)
        shares: dict[str, list[Any]] = {}
        for passage in passages:
            here, there = (
                (passage.to, passage.origin)
                if change.action is Action.ADDED
                else (passage.origin, passage.to)
            )
            is_here = here.block is change.block and here.name == "argument"
            if is_here and there.name == "argument" and isinstance(there.block, Position):
                share = shares.setdefault(there.key, [there, 0])
                share[1] += len(passage.text)
        if not size or sum(share for _place, share in shares.values()) < size * _HALF:
            return arguments.places(change)
        return tuple(place for place, share in shares.values() if share >= size * _QUARTER)

    places_by_change = {id(change): places(change) for change in changes if _is_position(change)}
    removed = {change.key for change in changes if change.action is Action.REMOVED}
    added = {change.key for change in changes if change.action is Action.ADDED}
    described = []
    for change in changes:
        there = places_by_change.get(id(change), ())
        if change.action is Action.ADDED and there:
            # Split off from what is still there; of what is removed only if that became several.
            several = Counter(
                p.key for c in changes if c.action is Action.ADDED for p in places_by_change.get(id(c), ())
            )
            kept = tuple(place for place in there if place.key not in removed or several[place.key] > 1)
            change = replace(change, origins=kept)  # noqa: PLW2901
        elif there:
            # Merged into what was there before; into what is new only if that is made of several.
            several = Counter(
                p.key for c in changes if c.action is Action.REMOVED for p in places_by_change.get(id(c), ())
            )
            kept = tuple(place for place in there if place.key not in added or several[place.key] > 1)
            change = replace(change, heirs=kept)  # noqa: PLW2901
        described.append(change)
    return described


class _Arguments:
    """The pairs of words that came to the argument of each position and that left it: a reworded text keeps most."""

    def __init__(self, changes: list[BlockChange], marks: words.Marks | None) -> None:
        was, now = marks or ((), ())
        self.added: dict[str, tuple[PlaceOnPage, Counter[Any]]] = {}
        self.removed: dict[str, tuple[PlaceOnPage, Counter[Any]]] = {}
        for change in changes:
            if not isinstance(change.block, Position):
                continue
            old, new = (
                self._pairs(block.argument, keys) if block is not None else Counter()
                for block, keys in ((change.old, was), (change.new, now))
            )
            if change.new is not None:
                self.added[change.key] = _place(change, change.new, "argument", None), new - old
            if change.old is not None:
                self.removed[change.key] = _place(change, change.old, "argument", None), old - new

    @staticmethod
    def _pairs(text: str, keys: Sequence[str]) -> Counter[Any]:
        return Counter(itertools.pairwise(re.findall(r"\w+", words.with_source_keys(text, keys).casefold())))

    def places(self, change: BlockChange) -> tuple[PlaceOnPage, ...]:
        """The one position from which at least half of a new argument came, or to which half of a removed one went."""
        here, there = (
            (self.added, self.removed) if change.action is Action.ADDED else (self.removed, self.added)
        )
        pairs = here[change.key][1]
        if pairs.total() < _FEWEST:
            return ()
        shares = [((pairs & others).total(), place) for place, others in there.values()]
        share, place = max(shares, key=lambda each: each[0], default=(0, None))
        return (place,) if place is not None and share >= pairs.total() * _HALF else ()


def _is_position(change: BlockChange) -> bool:
    return isinstance(change.block, Position) and change.action in (Action.ADDED, Action.REMOVED)
