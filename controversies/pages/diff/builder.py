"""Builds the view of a comparison: numbered changes under the names by which readers know the blocks.

A block that came or went is shown field by field like any other, against nothing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from controversies.document import labels
from controversies.document.compare import Action, BlockChange, Comparison, Departure, PlaceOnPage
from controversies.document.present import BlockEntry, PartEntry, present
from controversies.document.types import BLOCK_TYPES, BLOCKS, Block, Part
from controversies.models import ChangeClass

from .contents import ContentsBuilder
from .links import ChangeLinks, Relocations
from .overview import overview
from .passages import ComparedTexts
from .pieces import (
    SIGNS,
    DepartureNote,
    DiffView,
    MovePiece,
    NumberedChange,
    PlaceNote,
    UnchangedBlocks,
    action_word,
)
from .unchanged import unchanged_blocks


def diff_view(comparison: Comparison, *, part: str = "") -> DiffView:
    """Return the view of a comparison; with the key of a part, of that part alone."""
    return DiffBuilder(comparison).view(part)


class DiffBuilder:
    """Builds the view of one comparison. All texts are compared before any is drawn, so that they can be linked."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.presented = present(comparison)
        self.names = self.presented.names
        self.entries = {id(entry.change): entry for entry in self.presented.blocks}
        self.reported = {id(entry.change) for entry in self.presented.reported}
        self.links = ChangeLinks()
        self.relocations = Relocations(comparison, self.names, self.links)
        self.texts = ComparedTexts(self.links)
        text_keys: dict[tuple[int, int, str], int] = {}  # by ids of block and part, and field
        for entry in self.presented.reported:
            self._collect(entry, entry, self._path(entry), text_keys)
        self.texts.link()
        for passage in comparison.passages:
            origin, to = (text_keys.get(_text_key(place), 0) for place in (passage.origin, passage.to))
            self.texts.note(origin, to, passage.text)
        self.contents = ContentsBuilder(self.texts, self.relocations, self.names, self.links)

    def _collect(
        self,
        block: BlockEntry,
        entry: PartEntry[Any],
        where: str,
        keys: dict[tuple[int, int, str], int],
    ) -> None:
        """Compare the texts of a block, and of the members of its lists."""
        for field in entry.fields:
            if not field.is_text:
                continue
            self.texts.add(field, where if field.is_all else f"{where} › {field.label}")
            for whole, part in (
                (block.change.old, entry.change.old),
                (block.change.new, entry.change.new),
            ):
                if part is not None:
                    keys[id(whole), id(part), field.spec.name] = id(field)
        for changed in entry.lists:
            for member in changed.members:
                self._collect(block, member, f"{where} › {member.name.name}", keys)

    def _path(self, entry: BlockEntry) -> str:
        return self.names.block_then_and_now(entry.change.block, entry.change.label)

    # -- the whole --

    def view(self, part: str = "") -> DiffView:
        """Return the view; with the key of a part, of that part alone."""
        entries: list[NumberedChange | DepartureNote | UnchangedBlocks] = []
        for is_changed, rows in groupby(self._rows(), key=lambda row: isinstance(row, BlockChange)):
            if not is_changed:
                blocks = [row for row in rows if BLOCK_TYPES[type(row)] is not BLOCKS[0]]
                entries += [unchanged_blocks(blocks, self.names)] if blocks else []
                continue
            for change in rows:
                if id(change) in self.reported:
                    entries.extend(self._block(self.entries[id(change)]))
                if change.action is not Action.REMOVED:
                    entries.extend(self._departures(self.entries[id(change)]))
        changes = [entry for entry in entries if isinstance(entry, NumberedChange)]
        if part:
            return self._only(part, changes, entries)
        self.links.resolve()
        return DiffView(
            tuple(entries),
            len(changes),
            len({change.part for change in changes}),
            overview(
                self.comparison.old,
                self.comparison.new,
                [entry for entry in entries if not isinstance(entry, UnchangedBlocks)],
            ),
        )

    def _only(self, part: str, changes: list[NumberedChange], entries: list[Any]) -> DiffView:
        """The view of one part; its changes are numbered by themselves."""
        own = [change for change in changes if change.part == part]
        numbers = {change.number: i for i, change in enumerate(own, 1)}
        notes = [each for each in entries if isinstance(each, DepartureNote) and each.part == part]
        self.links.resolve_within(numbers, {note.anchor for note in notes})
        renumbered = (replace(change, number=numbers[change.number]) for change in own)
        return DiffView((*renumbered, *notes), len(own), min(len(own), 1), others=len(changes) - len(own))

    def _rows(self) -> Iterator[Any]:
        """Changes and unchanged blocks in the order of the page; what was removed, where it was."""
        order = {block_type.part: i for i, block_type in enumerate(BLOCKS)}
        new = self.comparison.new
        places = {
            block.key: place
            for block_type in BLOCKS
            for place, block in enumerate(block_type.blocks(new))
            if block_type.many
        }
        placed: list[tuple[tuple[int, int, int], BlockChange | Block]] = []
        for change in self.comparison.blocks:
            if id(change) in self.reported or change.departures:
                at = (change.now, 1) if change.now is not None else (change.was or 0, 0)
                placed.append(((order[type(change.block)], *at), change))
        placed += [
            ((order[type(block)], places.get(block.key, 0), 1), block) for block in self.comparison.unchanged
        ]
        placed.sort(key=lambda each: each[0])
        return (each for _place, each in placed)

    # -- one block --

    def _block(self, entry: BlockEntry) -> Iterator[NumberedChange]:
        change, path = entry.change, self._path(entry)
        if entry.action in (Action.ADDED, Action.REMOVED):
            if entry.fields or entry.lists:  # an empty context is nothing against nothing
                yield self._whole(entry, path)
            return
        if change.moved:
            yield self._move(entry, path)
        is_page = BLOCK_TYPES[type(change.block)] is BLOCKS[0]
        names = set() if is_page else {field.spec.name for field in entry.fields}
        details = [field for field in entry.fields if field.spec.goes_with in names]
        ordered = sorted(
            entry.fields, key=lambda field: is_page and field.spec.change_class is not ChangeClass.STATUS
        )
        for field in ordered:
            if field in details:
                continue
            self.contents.begin_change()
            own = [field, *(each for each in details if each.spec.goes_with == field.spec.name)]
            pieces = tuple(map(self.contents.field, own))
            where = (field.label,) if is_page else (path,) if field.is_all else (path, field.label)
            yield NumberedChange(
                self.contents.number,
                where,
                *self.contents.field_action(field),
                pieces,
                part=change.key,
                aspect=field.spec.goes_with if not is_page and field.spec.goes_with else field.spec.name,
            )
        for changed in entry.lists:
            self.contents.begin_change()
            yield NumberedChange(
                self.contents.number,
                (path, changed.label),
                *self.contents.list_action(changed),
                (self.contents.members(changed),),
                part=change.key,
                aspect=changed.change.name,
            )

    def _whole(self, entry: BlockEntry, path: str) -> NumberedChange:
        """A block that came or went."""
        self.contents.begin_change()
        change, names = entry.change, {}
        word, brief = action_word(entry.action), action_word(entry.action, is_brief=True)
        if change.origins:
            names = {"places": labels.conjunction(map(self.names.place, change.origins))}
            word, brief = _("Split off from %(places)s") % names, _("split off from %(places)s") % names
        elif change.heirs:
            names = {"places": labels.conjunction(map(self.names.place, change.heirs))}
            word, brief = _("Merged into %(places)s") % names, _("merged into %(places)s") % names
        pieces = self.contents.whole(entry)
        return NumberedChange(
            self.contents.number,
            (path,),
            SIGNS[entry.action],
            word,
            brief,
            pieces,
            "whole",
            part=change.key,
            aspect="whole",
        )

    def _move(self, entry: BlockEntry, path: str) -> NumberedChange:
        self.contents.begin_change()
        change = entry.change
        blocks = BLOCK_TYPES[type(change.block)].blocks(self.comparison.new)
        now, was = change.now or 0, change.was or 0
        names = {"old": was + 1, "new": now + 1}
        if now:
            names["name"] = blocks[now - 1].display_name.rstrip(".")
        if now and now == was:  # what stood around it went or came
            sentences = [_("Now below “%(name)s”.") % names]
        elif now:
            sentences = [_("From place %(old)d to place %(new)d, below “%(name)s”.") % names]
        else:
            sentences = [_("From place %(old)d to place %(new)d, now the first.") % names]
        if not (change.fields or change.lists):
            sentences.append(_("Its words are unchanged."))
        return NumberedChange(
            self.contents.number,
            (path,),
            SIGNS[Action.MOVED],
            action_word(Action.MOVED),
            action_word(Action.MOVED, is_brief=True),
            (MovePiece(entry.title, " ".join(sentences)),),
            part=change.key,
            aspect="order",
        )

    def _departures(self, entry: BlockEntry) -> Iterator[DepartureNote]:
        """Notes on the members that left a block which is still there, by list."""
        departures = entry.change.departures
        for name, group in groupby(departures, key=lambda departure: departure.origin.name):
            members = list(group)
            anchor = f"left-{len(self.links.anchors) + 1}"
            self.links.anchors |= {id(departure.part): anchor for departure in members}
            numbers = Counter(departure.to.label for departure in members if departure.to is not None)
            origin: Part = members[0].origin.within or members[0].origin.block
            yield DepartureNote(
                (self._path(entry), str(origin.spec(name).label)),
                tuple(self._departure(departure) for departure in members),
                anchor,
                entry.change.key,
                name,
                ", ".join(_("%(n)d to %(label)s") % {"n": n, "label": each} for each, n in numbers.items()),
            )

    def _departure(self, departure: Departure) -> PlaceNote:
        name = self.names.member(departure.part).name
        if departure.to is None:
            return PlaceNote(_("%(name)s removed with its contested point"), name=name)
        return PlaceNote(
            _("%(name)s moved to %(place)s"), self.relocations.destinations[id(departure.part)], name=name
        )


def _text_key(place: PlaceOnPage) -> tuple[int, int, str]:
    return id(place.block), id(place.within or place.block), place.name
