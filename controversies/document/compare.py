"""Comparison of two documents: data first; words and marks are drawn from it elsewhere.

Blocks and parts are matched by key, never by place; where a key is gone and another is new, by what they say. A block
that is equal is not looked into. What stands in another block now is one change, told there (`relocation`).

A mark of a source in prose (`[3]`) is compared by what it means: other numbers for the same sources are no change, and
the same number for another source is one.
"""

import operator
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from controversies.models import ChangeClass

from . import relocation, wording, words
from .changes import (
    Action,
    BlockChange,
    Comparison,
    Departure,
    FieldChange,
    ItemChange,
    ListChange,
    Passage,
    PlaceOnPage,
)
from .types import (
    BLOCK_TYPES,
    BLOCKS,
    FIELDS_WITH_MARKS,
    TOPIC_DESCRIPTION,
    Block,
    Document,
    Head,
    Kind,
    Part,
    Spec,
    Topic,
)


def compare(old: Document | None, new: Document) -> Comparison:
    """Return the changes from the old document, or from nothing, to the new."""
    return _DocumentComparer(old, new).comparison()


class _DocumentComparer:
    """Two documents, and what the marks of sources in their texts mean."""

    def __init__(self, old: Document | None, new: Document) -> None:
        self.old, self.new = old, new
        self.marks: words.Marks | None = None
        self.titles: dict[str, str] = {}  # of sources that only one of the documents has
        self.turned: frozenset[int] = frozenset()  # numbers that have another meaning now
        self.twins: dict[str, str] = {}  # keys of new parts that are old ones under another key
        if old is not None and old.sources != new.sources:
            was, now = ([source.key for source in each.sources] for each in (old, new))
            if was != now:
                self.marks = (was, now)
                self.titles = {
                    source.key: source.title
                    for source in (*old.sources, *new.sources)
                    if (source.key in old.by_key) is not (source.key in new.by_key)
                }
                self.turned = frozenset(n for n, (a, b) in enumerate(zip_longest(was, now), 1) if a != b)

    def comparison(self) -> Comparison:
        old, new = self.old, self.new
        changes: list[BlockChange] = []
        unchanged: list[Block] = []
        for block_type in BLOCKS:
            before, after = block_type.blocks(old) if old else (), block_type.blocks(new)
            if not self.turned and len(before) == len(after) and all(map(operator.is_, before, after)):
                unchanged += after
                continue
            for item in self._items(before, after, block_type.ordered):
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
        passages: tuple[Passage, ...] = ()
        if old is not None:
            changes, passages = relocation.relocate(changes, self._differences, self.marks)
        return Comparison(
            old, new, tuple(changes), tuple(unchanged), self._renumbered_keys(unchanged), passages
        )

    def _renumbered_keys(self, unchanged: list[Block]) -> frozenset[str]:
        """The keys of the unchanged blocks that are not letter by letter what they were."""
        if self.old is None or (self.marks is None and not self.twins):
            return frozenset()
        known = self.old.by_key
        return frozenset(block.key for block in unchanged if block.key in known and known[block.key] != block)

    def _items(self, old: tuple[Any, ...], new: tuple[Any, ...], ordered: bool) -> Iterator[ItemChange | Any]:
        """A change for each member that is not as it was, and the member itself where it is."""
        if old is new and not self.turned:
            yield from new
            return
        if not self.twins and [part.identity for part in old] == [part.identity for part in new]:
            yield from self._pairs(old, new)
            return
        before = {part.identity: (i, part) for i, part in enumerate(old)}
        names = [self.twins.get(part.identity, part.identity) for part in new]
        names = self._with_twins(before, new, names)
        after = {name: i for i, name in enumerate(names)}
        moved = _find_moved({key: i for key, (i, _part) in before.items()}, after) if ordered else set()
        removed = [(i, part) for i, part in enumerate(old) if part.identity not in after]
        for now, (name, part) in enumerate(zip(names, new, strict=True)):
            while removed and removed[0][0] <= now:
                was, lost = removed.pop(0)
                yield ItemChange(Action.REMOVED, lost, None, was, None)
            if name not in before:
                yield ItemChange(Action.ADDED, None, part, None, now)
                continue
            was, earlier = before[name]
            is_moved = name in moved
            fields, lists = self._differences(earlier, part)
            if fields or lists:
                yield ItemChange(Action.CHANGED, earlier, part, was, now, fields, lists, is_moved)
            else:
                yield ItemChange(Action.MOVED, earlier, part, was, now, moved=True) if is_moved else part
        for was, lost in removed:
            yield ItemChange(Action.REMOVED, lost, None, was, None)

    def _pairs(self, old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[ItemChange | Any]:
        """The same of two lists with the same members in the same order."""
        for place, (earlier, part) in enumerate(zip(old, new, strict=True)):
            if earlier is part and not self.turned:
                yield part
                continue
            fields, lists = self._differences(earlier, part)
            is_changed = bool(fields or lists)
            yield (
                ItemChange(Action.CHANGED, earlier, part, place, place, fields, lists) if is_changed else part
            )

    def _with_twins(
        self, before: dict[str, tuple[int, Any]], new: tuple[Any, ...], names: list[str]
    ) -> list[str]:
        """The names of the new parts, those that only got another key with the old one."""
        added = [i for i, name in enumerate(names) if name not in before]
        removed = [key for key in before if key not in set(names)] if added else []
        if not removed:
            return names
        for fields in new[added[0]].TWINS:
            waiting: dict[tuple[str, ...], list[str]] = {}
            for key in removed:
                waiting.setdefault(_sign(before[key][1], fields), []).append(key)
            for i in added:
                sign = _sign(new[i], fields)
                alike = waiting.get(sign)
                if alike and any(sign):
                    names[i] = alike.pop(0)
                    self.twins[new[i].identity] = names[i]
                    removed.remove(names[i])
            added = [i for i in added if names[i] not in before]
        return names

    def _differences(self, old: Part, new: Part) -> tuple[tuple[FieldChange, ...], tuple[ListChange, ...]]:
        """The fields and lists of a part that changed, of one that both documents have."""
        if (old is new or old == new) and not self._is_turned(new):
            return (), ()
        fields: list[FieldChange] = []
        lists: list[ListChange] = []
        for spec in new.SPECS:
            was, now = getattr(old, spec.name), getattr(new, spec.name)
            if spec.name == new.IDENTITY:
                continue
            if spec.kind is Kind.ITEMS:
                if was == now and not self.turned:
                    continue
                ordered = spec.part is not None and spec.part.IDENTITY == "key"
                items = list(self._items(was, now, ordered))
                changed = tuple(item for item in items if isinstance(item, ItemChange))
                if changed:
                    lists.append(ListChange(spec, changed, len(items) - len(changed)))
            elif self.marks is not None and spec.has_marks and ("[" in was or "[" in now):
                if words.with_source_keys(was, self.marks[0]) != words.with_source_keys(now, self.marks[1]):
                    fields.append(FieldChange(spec, was, now, self.marks, self.titles))
            elif spec.kind is Kind.PART:
                fields += _part_changes(spec, was, now)
            elif was != now:
                fields.append(FieldChange(spec, was, now))
        return tuple(fields), tuple(lists)

    def _is_turned(self, part: Part) -> bool:
        """Whether a mark in the texts of this part, or of one within it, reads as before and means something else."""
        if not self.turned:
            return False
        for spec in FIELDS_WITH_MARKS[type(part)]:
            value = getattr(part, spec.name)
            if spec.kind is Kind.ITEMS:
                if any(map(self._is_turned, value)):
                    return True
            elif "[" in value and any(int(mark[1]) in self.turned for mark in words.MARK.finditer(value)):
                return True
        return False


def _sign(part: Part, fields: tuple[str, ...]) -> tuple[str, ...]:
    """The values by which a part is known under another key; its title without regard to capitals."""
    return tuple(
        getattr(part, name).casefold() if name == part.TITLE else getattr(part, name) for name in fields
    )


def _find_moved(old: dict[str, int], new: dict[str, int]) -> set[str]:
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
        longest = None
        at = rank[key]
        while at > 0:
            longest = _better(longest, best[at])
            at -= at & -at
        length, stayed, way = longest[0] if longest else (0, 0, 0)
        links[key] = longest[1] if longest else None
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

# One entry is [block kind, label, what, …]:
#   […, "added" | "removed" | "moved"]          of the block
#   […, "moved", label]                         …with the letter or number that it had
#   […, "added", "from", label]                 …a position split off from another, with the letter that this had
#   […, "removed", "into", label]               …a position merged into another, with the letter that this has
#   […, field, old, new]                        where they are words of a closed vocabulary
#   […, field]                                  of a text: it says something else
#   […, field, "rewritten"]                     …less than half of its words were kept
#   […, field, "paragraphs", n, m]              …n of its paragraphs became m others; "rewritten" may follow
#   […, field, "typo", n]                       …n words corrected; 0: punctuation, capitals or white space
#   […, field, "wording" | "source"]            …said in other words; with other marks of sources
#   […, field, "wording", "order"]              …the same sentences in another order
#   […, field, "wording", "breaks", n, m]       …the same words, n of their paragraphs now m
#   […, field, "added" | "removed"]             …there was none before, or is none now
#   […, field, "from" | "to", label]            …sentences came from another position or went to it, and nothing else
#   […, list, added, removed, changed]          how many members; all 0: in another order
#   […, list, "from" | "to", label, n]          n members came from another block or went to it
#   […, list, "into", label, n]                 …to a block that is new, which does not tell of them
#   […, "stances", "with", label, n]            n went with their contested point
# What went elsewhere is told there: "to" and "with" are for the history of the part that it left.
# Where the block named by "from" or "into" has another letter in the other document, that letter is put last; where it
# is not in that document and has the same letter as this block, "" is.
type Outline = list[list[Any]]


def outline(comparison: Comparison) -> Outline:
    """Return the changes in a few bytes and in no language: `sentences` makes sentences of them."""
    if comparison.old is None:
        new = comparison.new
        return [["first", len(new.positions), len(new.points)]]
    entries: Outline = []
    presented = {id(change) for change in comparison.reported_changes}
    arrivals = set(_arrivals_of_sentences(comparison))
    for change in comparison.blocks:
        where = [change.kind, change.label or _title(change.block)]
        if id(change) in presented:
            entries += ([*where, *entry] for entry in _block_entries(comparison, change, arrivals))
        if change.action is not Action.REMOVED and change.departures:
            entries += ([*where, *entry] for entry in _departure_entries(comparison, change.departures))
    return entries


type _Arrivals = set[
    tuple[str, str]
]  # keys of a block that tells of sentences that came to it, and of their origin


def _arrivals_of_sentences(comparison: Comparison) -> Iterator[tuple[str, str]]:
    for change in comparison.blocks if comparison.passages else ():
        yield from ((change.key, place.key) for place in change.origins[:1])
        for field in change.fields:
            move = _move_of_sentences(comparison, change, field)
            if move is not None and move[0] == "from":
                yield change.key, move[1].key


def _move_of_sentences(
    comparison: Comparison, change: BlockChange, field: FieldChange
) -> tuple[str, PlaceOnPage] | None:
    if not comparison.passages or field.spec.kind is not Kind.PROSE or not field.old or not field.new:
        return None
    return relocation.move_of_sentences(change, field, comparison.passages)


def _label_in(document: Document | None, place: PlaceOnPage, beside: str) -> list[str]:
    """The label of the place's block in the other document, if it is another one.

    Where the block is not there, it is "" if what happened is told under the same label, `beside`, else left out.
    """
    if document is None or not place.label:
        return []
    index = document.places.get(place.key)
    if index is None:
        return [""] if place.label == beside else []
    label = replace(place, index=index).label
    return [label] if label != place.label else []


def _title(block: Part) -> str:
    """The name of a block that pages share and do not number."""
    return block.display_name if BLOCK_TYPES[type(block)].shared else ""


def _block_entries(comparison: Comparison, change: BlockChange, arrivals: _Arrivals) -> Iterator[list[Any]]:
    if change.action is not Action.CHANGED:
        descent = [
            [word, places[0].label, *_label_in(other, places[0], change.label)]
            for word, places, other in (
                ("from", change.origins, comparison.new),
                ("into", change.heirs, comparison.old),
            )
            if places
        ]
        yield _move_entry(change) if change.moved else [change.action.value, *(descent[0] if descent else [])]
        return
    if change.moved:
        yield _move_entry(change)
    for field in change.fields:
        yield [field.name, *_field_entry(comparison, change, field, arrivals)]
    yield from _list_entries(comparison, change)


def _move_entry(change: BlockChange) -> list[Any]:
    """The entry of a block that moved, with the letter or number that it had, if it has another now."""
    was = PlaceOnPage(change.old, change.was or 0, "").label
    return [Action.MOVED.value, *([was] if was != change.label else [])]


def _field_entry(
    comparison: Comparison, change: BlockChange, field: FieldChange, arrivals: _Arrivals
) -> list[Any]:
    """The rest of the entry of a changed field, after its name."""
    if field.spec.kind in (Kind.CHOICE, Kind.DAY):
        return [field.old, field.new]
    if not field.is_prose or field.spec.change_class is None:
        return []
    if not field.old or not field.new:
        return [(Action.REMOVED if field.old else Action.ADDED).value]
    move = _move_of_sentences(comparison, change, field)
    if move is not None:
        word, place = move
        if word == "from":
            return [word, place.label, *_label_in(comparison.new, place, change.label)]
        # What left a text is told where it stands now, unless that text changed in other ways, too.
        return [word, place.label] if (place.key, change.key) in arrivals else []
    edit = wording.edit(*field.texts)
    if edit.kinds == {ChangeClass.TYPO}:
        return [ChangeClass.TYPO.value, edit.corrections]
    if edit.kinds == {ChangeClass.WORDING}:
        return [ChangeClass.WORDING.value, *([edit.way] if edit.way else []), *edit.paragraphs]
    return [ChangeClass.SOURCE.value] if edit.kinds == {ChangeClass.SOURCE} else []


def _list_entries(comparison: Comparison, change: BlockChange) -> Iterator[list[Any]]:
    """An entry for each list, its members' own lists included: a source of a stance is one of the position's."""
    counts: dict[str, Counter[Action]] = {}
    arrivals: Counter[tuple[str, ...]] = Counter()

    def count(changed: ListChange) -> None:
        here = counts.setdefault(changed.name, Counter())
        for item in changed.items:
            if item.origin is not None:
                arrivals[changed.name, *_origin(comparison, change, item.origin)] += 1
                if item.fields:
                    here[Action.CHANGED] += 1
            elif item.action is not Action.CHANGED or item.fields or item.moved:
                here[item.action if item.fields or not item.moved else Action.MOVED] += 1
            for inner in item.lists:
                count(inner)

    for each in change.lists:
        count(each)
    for name, here in counts.items():
        if here:
            yield [name, *(here[action] for action in (Action.ADDED, Action.REMOVED, Action.CHANGED))]
    for (name, label, *other), n in arrivals.items():
        yield [name, "from", label, n, *other]


def _origin(comparison: Comparison, change: BlockChange, place: PlaceOnPage) -> list[str]:
    """The label of where a member came from; of the block itself, the one that it has now."""
    if place.key == change.key:
        return [change.label]
    return [place.label, *_label_in(comparison.new, place, change.label)]


def _departure_entries(comparison: Comparison, departures: Iterable[Departure]) -> Iterator[list[Any]]:
    points = {point.key: i for i, point in enumerate(comparison.old.points, 1)} if comparison.old else {}
    went: Counter[tuple[str, str, str]] = Counter()
    for each in departures:
        if each.to is not None:
            went[each.origin.name, "into" if each.into_new else "to", each.to.label] += 1
        else:
            went[each.origin.name, "with", str(points[each.part.point])] += 1
    for entry, n in went.items():
        yield [*entry, n]


def number_of_changes(comparison: Comparison) -> int:
    """Return the number of changes, as the page of a comparison counts them."""
    total = 0
    for change in comparison.reported_changes:
        names = {field.name for field in change.fields}
        total += (change.action in (Action.ADDED, Action.REMOVED)) + change.moved
        if not isinstance(change.block, Head):  # whose page shows each by itself
            names -= {field.name for field in change.fields if field.spec.goes_with in names}
        total += len(names) + len(change.lists)
    return total


def classes(comparison: Comparison) -> list[ChangeClass]:
    """The kinds of change, by rule, in the order of ChangeClass. Of the first revision: none."""
    if comparison.old is None:
        return []
    classes: set[ChangeClass] = set()
    for change in comparison.blocks:
        classes |= set(_block_classes(change))
    if len(classes) > 1:
        classes.discard(ChangeClass.TYPO)
    return [each for each in ChangeClass if each in classes]


def _block_classes(change: BlockChange) -> Iterator[ChangeClass]:
    block_type = BLOCK_TYPES[type(change.block)]
    if block_type.shared:
        if change.action is not Action.CHANGED:
            return  # what uses it tells of that
        if all(field.spec.kind is Kind.PROSE for field in change.fields):
            yield from _field_kinds(change.fields, block_type.change_class)
        else:
            yield block_type.change_class
        return
    if change.action in (Action.ADDED, Action.REMOVED):
        yield ChangeClass.SUBSTANTIVE
        return
    if change.moved:
        yield ChangeClass.WORDING
    for field in change.fields:
        if field.spec.change_class is not None:
            yield from _field_kinds([field], field.spec.change_class)
    for changed in change.lists:
        yield from _list_classes(changed)
    for departure in change.departures:
        holder = departure.origin.within or departure.origin.block
        yield type(holder).spec(departure.origin.name).change_class or ChangeClass.SUBSTANTIVE


def _field_kinds(fields: Iterable[FieldChange], kind: ChangeClass) -> Iterator[ChangeClass]:
    """The kinds of change of these fields, `kind` being that of one that says something else now."""
    for field in fields:
        if not field.is_prose:
            yield kind
            continue
        for each in wording.kinds(*field.texts):
            yield kind if each is ChangeClass.SUBSTANTIVE else each


def _list_classes(changed: ListChange) -> Iterator[ChangeClass]:
    kind = changed.spec.change_class or ChangeClass.SUBSTANTIVE
    for item in changed.items:
        if item.origin is not None or item.action in (Action.ADDED, Action.REMOVED):
            yield kind
            continue
        if item.moved:
            yield ChangeClass.WORDING
        if kind is ChangeClass.SOURCE and item.fields:
            yield kind
        else:
            yield from _field_kinds(item.fields, kind)
        for inner in item.lists:
            yield from _list_classes(inner)


def size(comparison: Comparison) -> tuple[int, int]:
    """Return how many characters of text were added and removed."""
    added = removed = 0
    for change in comparison.blocks:
        more, less = _item_size(change)
        added, removed = added + more, removed + less
    moved = sum(len(passage.text) for passage in comparison.passages)
    return max(0, added - moved), max(0, removed - moved)


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
    "Departure",
    "FieldChange",
    "ItemChange",
    "ListChange",
    "Passage",
    "PlaceOnPage",
    "classes",
    "compare",
    "number_of_changes",
    "outline",
    "size",
]
