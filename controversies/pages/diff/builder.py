"""Builds the view of a comparison: numbered changes under the names by which readers know the blocks.

A block that came or went is shown field by field like any other, against nothing.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.document import labels, prose, wording
from controversies.document.compare import (
    Action,
    BlockChange,
    Comparison,
    Departure,
    FieldChange,
    ItemChange,
    ListChange,
    PlaceOnPage,
)
from controversies.document.prose import Fate, ParagraphChange
from controversies.document.types import (
    Backer,
    Backing,
    Block,
    Citation,
    Context,
    Document,
    Head,
    Kind,
    Part,
    Point,
    Position,
    Source,
    Stance,
    label,
)
from controversies.models import ChangeClass

from .overview import overview
from .passages import ComparedText, ComparedTexts, only_broken, only_moved, replaced
from .pieces import (
    REPLACED,
    SIGNS,
    ChangeReference,
    DepartureNote,
    DiffParagraph,
    DiffValue,
    DiffView,
    ListMember,
    ListPiece,
    MovePiece,
    NumberedChange,
    ProsePiece,
    UnchangedBlocks,
    ValuesPiece,
    action_word,
)
from .relocated import Relocations

_FOLDED = 2  # unchanged paragraphs in a row are folded
_ASPECTS = {"confidence_reason": "confidence", "backings": "backers", "citations": "sources"}


def diff_view(comparison: Comparison, *, part: str = "") -> DiffView:
    """The comparison as a page shows it; with the key of a part, of that one alone."""
    return DiffBuilder(comparison).view(part)


# -- prose --


def _drawn(text: ComparedText) -> tuple[DiffParagraph, ...]:
    """The paragraphs of a compared text, with those folded away that did not change."""
    made: list[DiffParagraph] = []
    groups = groupby(enumerate(text.changes), key=lambda each: each[1].fate is Fate.KEPT)
    for same, group in groups:
        alike = [_paragraph(text, i, change) for i, change in group]
        if same and len(alike) >= _FOLDED and len(alike) < len(text.changes):
            made.append(DiffParagraph(folded=tuple(alike)))
        else:
            made.extend(alike)
    return (*made, *(DiffParagraph(note=note, reference=reference) for note, reference in text.notes))


def _paragraph(text: ComparedText, place: int, change: ParagraphChange) -> DiffParagraph:
    if place in text.went:
        reference = text.went[place]
        return DiffParagraph(note=_("A paragraph moved to %s"), reference=reference)
    if place in text.came:
        reference, runs = text.came[place]
        return DiffParagraph(tuple(prose.paragraphs(runs)), _("Moved here from %s"), reference)
    texts = tuple(tuple(each) for runs in change.runs for each in prose.paragraphs(runs))
    return DiffParagraph(texts, _note(change))


def _note(change: ParagraphChange) -> str:
    if change.fate is Fate.MOVED:
        return _("Moved: paragraph %(old)d before, now paragraph %(new)d") % {
            "old": change.old[0] + 1,
            "new": change.new[0] + 1,
        }
    if change.fate is Fate.SPLIT:
        return _("One paragraph split into %s") % labels.number(len(change.new))
    if change.fate is Fate.JOINED:
        return _("%s paragraphs joined into one") % labels.capital(labels.number(len(change.old)))
    return ""


# -- everything else --


class DiffBuilder:
    """Makes the view of one comparison."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.new = comparison.new
        self.old = comparison.old
        self.number = 0
        self.labels = _labels(self.new)
        self.former = _labels(self.old) if self.old else {}
        self.relocations = Relocations(comparison, self._place)
        self.left_at: dict[int, str] = {}  # anchors of notes of what left a part, by id of the member
        self.texts = ComparedTexts()
        self.text_keys: dict[tuple[int, int, str], Hashable] = {}  # by ids of block and part, and field
        self.drawn: dict[Hashable, int] = {}  # the number of the change in which each text is
        self.told = {id(change) for change in comparison.reported_changes}
        for change in comparison.reported_changes:
            self._collect(change)
        self.texts.link()
        for passage in comparison.passages:
            origin, to = (self.text_keys.get(_text_key(place)) for place in (passage.origin, passage.to))
            self.texts.note(origin, to, passage.text)

    # -- names --

    def shared(self, key: str) -> Any:
        """The backer, source or point of this key, as it is in the newer document that has it."""
        return self.new.by_key.get(key) or (self.old.by_key.get(key) if self.old else None)

    def source_number(self, key: str) -> str:
        number = self.new.source_numbers.get(key)
        return f"[{number}]" if number else ""

    @staticmethod
    def name(block: Any) -> str:
        if isinstance(block, Position):
            return block.claim
        return block.name if isinstance(block, Backer) else getattr(block, "title", "")

    def _path(self, change: BlockChange) -> str:
        """The name of a block on the newer page, and on the older where that is another."""
        if isinstance(change.block, Backer):
            return _("Backer “%s”") % change.block.name
        return self._block_name(change.block, change.kind, change.label)

    def _block_name(self, block: Any, kind: str, label: str) -> str:
        was, now = self.former.get(block.key, ""), self.labels.get(block.key, "")
        name = labels.block_name(kind, now or label)
        if was and now and was != now:
            return _("%(name)s (was\N{NO-BREAK SPACE}%(label)s)") % {"name": name, "label": was}
        return name

    def _place(self, place: PlaceOnPage) -> str:
        """The name of the part that has a place, in either document."""
        name = self._block_name(place.block, place.kind, place.label)
        return f"{name} › {self._named(place.within)[0]}" if place.within is not None else name

    # -- all texts, before any is drawn --

    def _collect(self, change: BlockChange) -> None:
        where = self._path(change)
        if change.action in (Action.ADDED, Action.REMOVED):
            self._collect_part(change, change.block, change.action, where)
            return
        self._collect_fields(change, change, where)

    def _collect_fields(self, block: BlockChange, change: BlockChange | ItemChange, where: str) -> None:
        for field in change.fields:
            if field.is_prose:
                self._add(id(field), where, field.spec, field.old, field.new, field)
                for whole, part in ((block.old, change.old), (block.new, change.new)):
                    self.text_keys[id(whole), id(part), field.name] = id(field)
        for each in change.lists:
            for item in each.items:
                inner = f"{where} › {self._named(item.part)[0]}"
                if item.action in (Action.ADDED, Action.REMOVED):
                    self._collect_part(block, item.part, item.action, inner)
                else:
                    self._collect_fields(block, item, inner)

    def _collect_part(self, block: BlockChange, part: Part, action: Action, where: str) -> None:
        for spec in part.SPECS:
            value = getattr(part, spec.name)
            if spec.kind is Kind.ITEMS:
                for item in value:
                    self._collect_part(block, item, action, f"{where} › {self._named(item)[0]}")
            elif spec.kind in (Kind.LINE, Kind.PROSE) and value:
                old, new = ("", value) if action is Action.ADDED else (value, "")
                self._add((id(part), spec.name), where, spec, old, new, None)
                whole = block.new if action is Action.ADDED else block.old
                self.text_keys[id(whole), id(part), spec.name] = (id(part), spec.name)

    def _add(
        self, key: Hashable, where: str, spec: Any, old: str, new: str, field: FieldChange | None
    ) -> None:
        named = where if spec.name == "text" else f"{where} › {spec.label}"
        is_quote = spec.name == "quote"
        self.texts.add(key, named, old, new, field.marks if field else None, may_move=not is_quote)

    # -- the whole --

    def view(self, part: str = "") -> DiffView:
        """The view; with the key of a part, of that one alone."""
        entries: list[NumberedChange | DepartureNote | UnchangedBlocks] = []
        alike: list[Block] = []
        for row in [*self._rows(), None]:
            if row is not None and not isinstance(row, BlockChange):
                if not isinstance(row, Head):
                    alike.append(row)
                continue
            if alike:
                entries.append(self._unchanged(alike))
                alike = []
            if row is not None:
                if id(row) in self.told:
                    entries.extend(self._block(row))
                if row.action is not Action.REMOVED:
                    entries.extend(self._departures(row))
        for reference, text in self.texts.references:
            reference.number = self.drawn.get(text, 0)
        changes = [entry for entry in entries if isinstance(entry, NumberedChange)]
        if part:
            return self._only(part, changes, entries)
        self.relocations.link(self.left_at, lambda number: number)
        return DiffView(
            tuple(entries),
            len(changes),
            len({change.part for change in changes}),
            overview(self.old, self.new, [e for e in entries if not isinstance(e, UnchangedBlocks)]),
        )

    def _only(self, part: str, changes: list[NumberedChange], entries: list[Any]) -> DiffView:
        """The view of one part; its changes are numbered by themselves."""
        mine = [change for change in changes if change.part == part]
        numbers = {change.number: i for i, change in enumerate(mine, 1)}
        for reference, _text in self.texts.references:
            reference.elsewhere = reference.target
            reference.number = numbers.get(reference.number, 0)
        self.relocations.link(self.left_at, lambda number: number)
        for reference in self.relocations.references:
            reference.elsewhere, reference.anchor = reference.target, ""
        notes = [each for each in entries if isinstance(each, DepartureNote) and each.part == part]
        here = {note.anchor for note in notes}
        left_at = {member: anchor for member, anchor in self.left_at.items() if anchor in here}
        self.relocations.link(left_at, lambda number: numbers.get(number, 0))
        shown: tuple[NumberedChange | DepartureNote, ...] = (
            *(replace(change, number=numbers[change.number]) for change in mine),
            *notes,
        )
        return DiffView(shown, len(mine), min(len(mine), 1), others=len(changes) - len(mine))

    def _rows(self) -> Iterator[BlockChange | Block]:
        """Changes and unchanged blocks in the order of the page; what was removed, where it was."""
        order = {Head: 0, Context: 1, Point: 2, Position: 3, Backer: 4, Source: 5}
        placed: list[tuple[tuple[int, int, int], BlockChange | Block]] = []
        lists: list[tuple[Any, ...]] = [
            self.new.points,
            self.new.positions,
            self.new.backers,
            self.new.sources,
        ]
        places = {block.key: place for blocks in lists for place, block in enumerate(blocks)}
        for change in self.comparison.blocks:
            if id(change) in self.told or change.departures:
                at = (change.now, 1) if change.now is not None else (change.was or 0, 0)
                placed.append(((order[type(change.block)], *at), change))
        placed += [
            ((order[type(block)], places.get(block.key, 0), 1), block) for block in self.comparison.unchanged
        ]
        placed.sort(key=lambda each: each[0])
        return (each for _place, each in placed)

    def _change(
        self,
        change: BlockChange,
        aspect: str,
        path: Iterable[str],
        sort: tuple[str, str, str],
        pieces: Iterable[Any],
        css: str = "",
    ) -> NumberedChange:
        """The next change; `sort` is its sign, its word, and what to call it in the overview."""
        sign, word, brief = sort
        return NumberedChange(
            self.number, tuple(path), sign, word, tuple(pieces), css, change.key, aspect, brief
        )

    def _next(self) -> None:
        """Begin the next change: texts drawn from here on are in it."""
        self.number += 1

    def _block(self, change: BlockChange) -> Iterator[NumberedChange]:
        path = self._path(change)
        if change.action in (Action.ADDED, Action.REMOVED):
            self._next()
            whole = tuple(self._against_nothing(change.block, change.action))
            if not whole:  # an empty context is nothing against nothing
                self.number -= 1
                return
            word = action_word(change.action)
            if change.origins:
                word = _("Split off from %s") % labels.conjunction(map(self._place, change.origins))
            elif change.heirs:
                word = _("Merged into %s") % labels.conjunction(map(self._place, change.heirs))
            sort = (SIGNS[change.action], word, word[:1].lower() + word[1:])
            yield self._change(change, "whole", [path], sort, whole, "whole")
            return
        if change.moved:
            self._next()
            yield self._moved(change)
        if isinstance(change.block, Head):
            yield from self._head(change)
            return
        fields = {field.name: field for field in change.fields}
        reason = fields.get("confidence_reason") if "confidence" in fields else None
        for field in change.fields:
            if field is reason:
                continue
            self._next()
            where = [path] if isinstance(change.block, Context) else [path, str(field.label)]
            pieces = [self._field(field, claim=field.name == "claim")]
            if field.name == "confidence" and reason is not None:
                pieces.append(self._field(reason))
            aspect = _ASPECTS.get(field.name, field.name)
            yield self._change(change, aspect, where, self._sort(field), pieces)
        for each in change.lists:
            self._next()
            aspect = _ASPECTS.get(each.name, each.name)
            sort = (*self._counted(each), self._signed(each))
            yield self._change(change, aspect, [path, str(each.label)], sort, [self._members(each)])

    def _departures(self, change: BlockChange) -> Iterator[DepartureNote]:
        """What left a block that is still there, by list."""
        for name, group in groupby(change.departures, key=lambda departure: departure.origin.name):
            departures = list(group)
            anchor = f"left-{len(self.left_at) + 1}"
            self.left_at |= {id(departure.part): anchor for departure in departures}
            labels = Counter(departure.to.label for departure in departures if departure.to is not None)
            origin = departures[0].origin
            yield DepartureNote(
                (self._path(change), str(_spec(type(origin.within or origin.block), name).label)),
                tuple(self._departed(departure) for departure in departures),
                anchor,
                change.key,
                _ASPECTS.get(name, name),
                ", ".join(_("%(n)d to %(label)s") % {"n": n, "label": each} for each, n in labels.items()),
            )

    def _departed(self, departure: Departure) -> tuple[str, str, ChangeReference]:
        note = _("moved to %s") if departure.to is not None else _("removed with its contested point")
        return self._named(departure.part)[0], note, self.relocations.left[id(departure.part)][1]

    def _head(self, change: BlockChange) -> Iterator[NumberedChange]:
        paths = {
            "status_summary": (_("Status"), _("Summary")),
            "reviewed_on": (_("Review"), _("Day")),
            "reviewed_by": (_("Review"), _("By")),
        }
        order = ["status", "status_summary"]
        fields = sorted(change.fields, key=lambda field: (field.name not in order, 0))
        for field in fields:
            self._next()
            path = paths.get(field.name, (str(field.label),))
            piece = self._field(field, claim=field.name == "title")
            yield self._change(change, field.name, path, self._sort(field), [piece])

    def _moved(self, change: BlockChange) -> NumberedChange:
        blocks: tuple[Any, ...] = self.new.points if isinstance(change.block, Point) else self.new.positions
        now, was = change.now or 0, change.was or 0
        places = {"old": was + 1, "new": now + 1}
        if now and now == was:  # what stood around it went or came
            words = _("Now below “%s”") % self.name(blocks[now - 1]).rstrip(".")
        elif now:
            words = _("From place %(old)d to place %(new)d, below “%(name)s”") % {
                **places,
                "name": self.name(blocks[now - 1]).rstrip("."),
            }
        else:
            words = _("From place %(old)d to place %(new)d, now the first") % places
        same = "" if change.fields or change.lists else " " + _("Its words are unchanged.")
        word = action_word(Action.MOVED)
        return self._change(
            change,
            "order",
            [self._path(change)],
            (SIGNS[Action.MOVED], word, _("moved")),
            [MovePiece(self.name(change.block), f"{words}.{same}")],
        )

    # -- fields --

    def _sort(self, field: FieldChange) -> tuple[str, str, str]:
        """The sign of a change of a field, its word, and what to call it in the overview."""
        if not field.old:
            return SIGNS[Action.ADDED], action_word(Action.ADDED), _("added")
        if not field.new:
            return SIGNS[Action.REMOVED], action_word(Action.REMOVED), _("removed")
        if not field.is_prose:
            old, new = (self._value(field, each) for each in (field.old, field.new))
            brief = (
                f"{old.text} → {new.text}" if old and new and field.name == "confidence" else _("replaced")
            )
            return REPLACED, _("Replaced"), brief
        changes = self.texts.by_id[id(field)].changes
        if replaced(changes):
            return REPLACED, _("Rewritten"), _("rewritten")
        if only_moved(changes):
            return SIGNS[Action.MOVED], _("Paragraphs moved"), _("order")
        if only_broken(changes):
            return "¶", _("Paragraph breaks"), _("breaks")
        kinds = wording.kinds(*field.texts)
        if kinds == {ChangeClass.TYPO}:
            return "±", _("Spelling or punctuation"), _("spelling")
        if kinds == {ChangeClass.SOURCE}:
            return "±", _("Marks of sources"), _("marks")
        return "±", _("Words"), _("reworded")

    def _field(self, field: FieldChange, *, labelled: bool = False, claim: bool = False) -> Any:
        name = str(field.label) if labelled else ""
        if field.is_prose:
            css = "claim" if claim else ("prose" if field.spec.kind is Kind.PROSE else "line")
            return self._prose(id(field), name, css)
        return ValuesPiece(self._value(field, field.old), self._value(field, field.new), name)

    def _prose(self, key: Hashable, name: str, css: str) -> ProsePiece:
        self.drawn[key] = self.number
        return ProsePiece(_drawn(self.texts.by_id[key]), name, css)

    def _value(self, field: FieldChange, value: Any) -> DiffValue | None:
        if not value:
            return None
        if field.spec.kind is Kind.PART:
            return DiffValue(value.title)
        if field.spec.kind is Kind.LINES:
            return DiffValue(", ".join(value))
        if field.spec.kind is Kind.KEY:
            named = self.shared(value)
            return DiffValue(self.name(named) if named else value)
        if field.spec.kind in (Kind.DAY, Kind.DATE):
            return DiffValue(labels.day(value))
        family = field.name if field.name in ("status", "confidence") else ""
        return DiffValue(labels.value(field.spec, value), family, value if family else "")

    # -- blocks that came or went --

    def _against_nothing(self, part: Part, action: Action) -> Iterator[Any]:
        """Each field and list of a part that came or went."""
        for spec in part.SPECS:
            value = getattr(part, spec.name)
            if spec.name == "key" or not value or (spec.kind is Kind.KEY):
                continue
            if spec.kind is Kind.ITEMS:
                items = tuple(
                    ItemChange(action, None, item, None, i)
                    if action is Action.ADDED
                    else ItemChange(action, item, None, i, None)
                    for i, item in enumerate(value)
                )
                yield self._members(ListChange(spec, items, 0), labelled=True)
            elif spec.kind in (Kind.LINE, Kind.PROSE):
                css = (
                    "claim"
                    if spec.name in ("claim", "title")
                    else "prose"
                    if spec.kind is Kind.PROSE
                    else "line"
                )
                yield self._prose((id(part), spec.name), str(spec.label), css)
            else:
                made = self._value(FieldChange(spec, "", value), value)
                old, new = (None, made) if action is Action.ADDED else (made, None)
                yield ValuesPiece(old, new, str(spec.label))

    # -- lists --

    @staticmethod
    def _counted(changed: ListChange) -> tuple[str, str]:
        """The sign of what happened to a list, and how many members it happened to."""
        phrases = {
            Action.CHANGED: _("%d changed"),
            Action.ADDED: _("%d added"),
            Action.REMOVED: _("%d removed"),
            Action.MOVED: _("%d moved"),
        }
        counts = {action: changed.count(action) for action in phrases}
        words = [phrase % counts[action] for action, phrase in phrases.items() if counts[action]]
        only = [action for action in phrases if counts[action]]
        sign = SIGNS[only[0]] if len(only) == 1 else "±"
        return sign, ", ".join(words)

    def _signed(self, changed: ListChange) -> str:
        """What happened to a list in signs, as “+1 −2”."""
        signs = {Action.ADDED: "+%d", Action.REMOVED: "−%d", Action.CHANGED: "±%d", Action.MOVED: "↕%d"}
        own = Counter(item.action for item in changed.items if item.origin is None)
        told = [" ".join(sign % own[action] for action, sign in signs.items() if own[action])]
        places = [item.origin for item in changed.items if item.origin is not None]
        origins = Counter(self.labels.get(place.key, place.label) for place in places)
        told += [_("%(n)d from %(label)s") % {"n": n, "label": label} for label, n in origins.items()]
        return ", ".join(filter(None, told))

    def _members(self, changed: ListChange, *, labelled: bool = False) -> ListPiece:
        return ListPiece(
            tuple(self._member(item) for item in changed.items),
            changed.unchanged,
            str(changed.label) if labelled else "",
        )

    def _member(self, item: ItemChange) -> ListMember:
        part = item.part
        name, about, sort = self._named(part)
        relocated = self._relocated(item)
        if relocated is not None and item.action in (Action.ADDED, Action.REMOVED):
            return ListMember(Action.MOVED, name, about, sort, (), *relocated)
        pieces: list[Any] = []
        if item.action in (Action.ADDED, Action.REMOVED):
            skip = {"relation"}  # told before the name
            pieces += [piece for piece, field in self._labelled(part, item.action) if field not in skip]
        else:
            pieces += [self._field(field, labelled=True) for field in item.fields]
            pieces += [self._members(each, labelled=True) for each in item.lists]
        if relocated is not None:
            return ListMember(item.action, name, about, sort, tuple(pieces), *relocated)
        moved = ""
        if item.moved and item.was is not None and item.now is not None and item.was != item.now:
            moved = _("moved from place %(old)d to place %(new)d") % {
                "old": item.was + 1,
                "new": item.now + 1,
            }
        return ListMember(item.action, name, about, sort, tuple(pieces), moved)

    def _relocated(self, item: ItemChange) -> tuple[str, ChangeReference] | None:
        """Where a member came from or went to, and a link there, if it stood in another list."""
        self.relocations.draw(item.part, self.number)
        if item.action is Action.REMOVED:
            left = self.relocations.left.get(id(item.old))
            return (_("moved to %s"), left[1]) if left is not None and left[0].to is not None else None
        here = self.relocations.arrived.get(id(item.new))
        return (_("moved here from %s"), here) if here is not None else None

    def _labelled(self, part: Part, action: Action) -> Iterator[tuple[Any, str]]:
        """The pieces of a part that came or went, each with the name of its field."""
        names = [spec.name for spec in part.SPECS if spec.kind is not Kind.KEY and getattr(part, spec.name)]
        return zip(self._against_nothing(part, action), names, strict=True)

    def _named(self, part: Part) -> tuple[str, str, str]:
        """What a member of a list is called; what to say before its name, and after it."""
        if isinstance(part, Citation):
            source = self.shared(part.source)
            relation = labels.value(_spec(Citation, "relation"), part.relation)
            about = f"{relation} · {self.source_number(part.source)}".rstrip(" ·")
            return (source.title if source else part.source), about, ""
        if isinstance(part, Backing):
            backer = self.shared(part.backer)
            kind = labels.value(_spec(Backer, "kind"), backer.kind).lower() if backer else ""
            return (backer.name if backer else part.backer), "", kind
        if isinstance(part, Stance):
            point = self.shared(part.point)
            return (point.title if point else part.point), _("on"), ""
        return str(part.identity), "", ""

    # -- what did not change --

    def _unchanged(self, blocks: list[Block]) -> UnchangedBlocks:
        phrases: list[str] = []
        listed: list[tuple[str, str, tuple[str, ...]]] = []
        for cls, group in groupby(blocks, key=type):
            alike = list(group)
            phrases.append(self._phrase(cls, alike))
            listed += [self._listed(block) for block in alike]
        return UnchangedBlocks(" ".join(phrases), tuple(listed))

    def _phrase(self, cls: type, blocks: list[Any]) -> str:
        if cls is Context:
            count = len(prose.split(blocks[0].text))
            return (
                ngettext("Context: %d paragraph, unchanged.", "Context: %d paragraphs, unchanged.", count)
                % count
            )
        if cls is Backer:
            return ngettext("%d backer: unchanged.", "%d backers: unchanged.", len(blocks)) % len(blocks)
        if cls is Source:
            return ngettext("%d source: unchanged.", "%d sources: unchanged.", len(blocks)) % len(blocks)
        numbers = [self._label(block) for block in blocks]
        return _("%s: unchanged.") % labels.block_names("point" if cls is Point else "position", numbers)

    def _label(self, block: Any) -> str:
        return self.labels.get(block.key, "")

    def _listed(self, block: Any) -> tuple[str, str, tuple[str, ...]]:
        if isinstance(block, Source):
            return self.source_number(block.key), block.title, ()
        field = {Context: "text", Point: "body", Position: "argument"}.get(type(block))
        text = getattr(block, field) if field else ""
        split = tuple(prose.split(text))
        return self._label(block), self.name(block) or (_("Context") if not split else ""), split


def _text_key(place: PlaceOnPage) -> tuple[int, int, str]:
    return id(place.block), id(place.within or place.block), place.name


def _labels(document: Document) -> dict[str, str]:
    """The letters of positions and numbers of points, by key."""
    found = {block.key: label(i) for i, block in enumerate(document.positions)}
    return found | {block.key: str(i) for i, block in enumerate(document.points, 1)}


def _spec(cls: type[Part], name: str) -> Any:
    return next(spec for spec in cls.SPECS if spec.name == name)
