"""A comparison as a page tells it: numbered changes under the names by which readers know the blocks.

Everything here is data; the templates of `compare/` draw it, and escape it. A block that came or went is told
field by field like any other, against nothing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.document import say
from controversies.document.compare import (
    Action,
    BlockChange,
    Comparison,
    FieldChange,
    ItemChange,
    ListChange,
)
from controversies.document.types import (
    Backer,
    Backing,
    Block,
    Citation,
    Context,
    Head,
    Kind,
    Part,
    Point,
    Position,
    Source,
    Stance,
    label,
)
from controversies.document.words import Op, Run

SIGNS = {
    Action.ADDED: "+",
    Action.REMOVED: "−",
    Action.CHANGED: "±",
    Action.MOVED: "↕",
}
REPLACED = "→"
_COMPARED = 1_000_000  # characters of both sides compared by words; beyond, texts are told as replaced
_FOLDED = 2  # unchanged paragraphs in a row are folded


# -- pieces of what changed; `type` says which template draws it --


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or what is folded away of those that did not change."""

    runs: tuple[Run, ...] = ()
    folded: tuple["Paragraph", ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """Text compared by words."""

    paragraphs: tuple[Paragraph, ...]
    label: str = ""
    css: str = "prose"
    type: str = "words"


@dataclass(frozen=True, slots=True)
class Value:
    """A value that is replaced as a whole. `family` is that of its badge, if it has one."""

    text: str
    family: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    """One value replaced by another; either may be missing."""

    old: Value | None
    new: Value | None
    label: str = ""
    type: str = "values"


@dataclass(frozen=True, slots=True)
class Moved:
    """Something in another place, the same otherwise or not."""

    name: str
    words: str
    type: str = "moved"


@dataclass(frozen=True, slots=True)
class Member:
    """What happened to one member of a list."""

    action: Action
    name: str
    about: str  # what it does here, before its name
    sort: str = ""  # what it is, after its name
    pieces: tuple[Any, ...] = ()
    moved: str = ""

    @property
    def sign(self) -> str:
        return SIGNS[self.action]

    @property
    def word(self) -> str:
        return action_word(self.action)


@dataclass(frozen=True, slots=True)
class Members:
    """What happened to the members of a list, and how many are as they were."""

    members: tuple[Member, ...]
    unchanged: int
    label: str = ""
    type: str = "members"


@dataclass(frozen=True, slots=True)
class Change:
    """One numbered change: where, what sort, and what."""

    number: int
    path: tuple[str, ...]
    sign: str
    word: str
    pieces: tuple[Any, ...]
    css: str = ""

    @property
    def anchor(self) -> str:
        return f"change-{self.number}"


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Blocks in a row that are as they were: a line, and their words for who wants them."""

    words: str
    blocks: tuple[tuple[str, str, tuple[str, ...]], ...]  # label, name, paragraphs


@dataclass(frozen=True, slots=True)
class Told:
    """All of a comparison, in the order of the page."""

    entries: tuple[Change | Unchanged, ...]
    changes: int
    blocks: int


def action_word(action: Action) -> str:
    return {
        Action.ADDED: _("Added"),
        Action.REMOVED: _("Removed"),
        Action.CHANGED: _("Changed"),
        Action.MOVED: _("Moved"),
    }[action]


def told(comparison: Comparison) -> Told:
    """The comparison as a page tells it."""
    return _Teller(comparison).told()


# -- prose --


def paragraphs(runs: Iterable[Run]) -> tuple[Paragraph, ...]:
    """The runs in paragraphs; white space stands outside of marks, a paragraph break that went or came is “¶”."""
    done: list[list[Run]] = [[]]
    for op, text in runs:
        for i, piece in enumerate(re.split(r"\n{2,}", text)):
            if i:
                if op is not Op.KEPT and not text.strip():
                    done[-1].append(Run(op, "¶"))
                if op is not Op.REMOVED or text.strip():
                    done.append([])
            done[-1] += _outside(op, piece)
    return _fold([Paragraph(tuple(each)) for each in done if each])


def _outside(op: Op, text: str) -> Iterator[Run]:
    """The run without the white space around it, which is kept as if it had not changed."""
    inner = text.strip()
    if op is Op.KEPT or not inner:
        if text:
            yield Run(Op.KEPT, text)
        return
    start = text.index(inner)
    for part, fate in ((text[:start], Op.KEPT), (inner, op), (text[start + len(inner) :], Op.KEPT)):
        if part:
            yield Run(fate, part)


def _fold(found: list[Paragraph]) -> tuple[Paragraph, ...]:
    made: list[Paragraph] = []
    for same, group in groupby(found, key=lambda each: all(run.op is Op.KEPT for run in each.runs)):
        alike = tuple(group)
        if same and len(alike) >= _FOLDED and len(alike) < len(found):
            made.append(Paragraph(folded=alike))
        else:
            made.extend(alike)
    return tuple(made)


# -- everything else --


class _Teller:
    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.new = comparison.new
        self.old = comparison.old
        self.number = 0
        self.compared = 0
        self.labels = {block.key: label(i) for i, block in enumerate(self.new.positions)}
        self.labels |= {block.key: str(i) for i, block in enumerate(self.new.points, 1)}

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

    # -- the whole --

    def told(self) -> Told:
        entries: list[Change | Unchanged] = []
        rows = list(self._rows())
        changed = 0
        alike: list[Block] = []
        for row in [*rows, None]:
            if row is not None and not isinstance(row, BlockChange):
                if not isinstance(row, Head):
                    alike.append(row)
                continue
            if alike:
                entries.append(self._unchanged(alike))
                alike = []
            if row is not None:
                made = list(self._block(row))
                changed += bool(made)
                entries.extend(made)
        return Told(tuple(entries), self.number, changed)

    def _rows(self) -> Iterator[BlockChange | Block]:
        """Changes and unchanged blocks in the order of the page; what was removed, where it was."""
        told = {id(change) for change in self.comparison.told}
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
            if id(change) in told:
                at = (change.now, 1) if change.now is not None else (change.was or 0, 0)
                placed.append(((order[type(change.block)], *at), change))
        placed += [
            ((order[type(block)], places.get(block.key, 0), 1), block) for block in self.comparison.unchanged
        ]
        placed.sort(key=lambda each: each[0])
        return (each for _place, each in placed)

    def _change(
        self, path: Iterable[str], sign: str, word: str, pieces: Iterable[Any], css: str = ""
    ) -> Change:
        self.number += 1
        return Change(self.number, tuple(path), sign, word, tuple(pieces), css)

    def _path(self, change: BlockChange) -> str:
        if isinstance(change.block, Backer):
            return _("Backer “%s”") % change.block.name
        return say.block(change.kind, change.label)

    def _block(self, change: BlockChange) -> Iterator[Change]:
        path = self._path(change)
        if change.action in (Action.ADDED, Action.REMOVED):
            whole = tuple(self._against_nothing(change.block, change.action))
            if whole:  # an empty context is nothing against nothing
                yield self._change([path], SIGNS[change.action], action_word(change.action), whole, "whole")
            return
        if change.moved:
            yield self._moved(change)
        if isinstance(change.block, Head):
            yield from self._head(change)
            return
        fields = {field.name: field for field in change.fields}
        reason = fields.get("confidence_reason") if "confidence" in fields else None
        for field in change.fields:
            if field is reason:
                continue
            where = [path] if isinstance(change.block, Context) else [path, str(field.label)]
            pieces = [self._field(field, claim=field.name == "claim")]
            if field.name == "confidence" and reason is not None:
                pieces.append(self._field(reason))
            yield self._change(where, *self._sort(field), pieces)
        for each in change.lists:
            yield self._change([path, str(each.label)], *self._counted(each), [self._members(each)])

    def _head(self, change: BlockChange) -> Iterator[Change]:
        paths = {
            "status_summary": (_("Status"), _("Summary")),
            "reviewed_on": (_("Review"), _("Day")),
            "reviewed_by": (_("Review"), _("By")),
        }
        order = ["status", "status_summary"]
        fields = sorted(change.fields, key=lambda field: (field.name not in order, 0))
        for field in fields:
            path = paths.get(field.name, (str(field.label),))
            yield self._change(path, *self._sort(field), [self._field(field, claim=field.name == "title")])

    def _moved(self, change: BlockChange) -> Change:
        blocks: tuple[Any, ...] = self.new.points if isinstance(change.block, Point) else self.new.positions
        now, was = change.now or 0, change.was or 0
        words = _("from place %(old)d to place %(new)d") % {"old": was + 1, "new": now + 1}
        if now:
            words = _("%(places)s, below “%(name)s”") % {"places": words, "name": self.name(blocks[now - 1])}
        else:
            words = _("%s, now the first") % words
        same = "" if change.fields or change.lists else " " + _("Its words are unchanged.")
        path = _("Contested points") if isinstance(change.block, Point) else _("Positions")
        return self._change(
            [path],
            SIGNS[Action.MOVED],
            action_word(Action.MOVED),
            [Moved(self.name(change.block), f"{words}.{same}")],
        )

    # -- fields --

    @staticmethod
    def _sort(field: FieldChange) -> tuple[str, str]:
        """The sign of a change of a field, and its word."""
        if not field.old:
            return SIGNS[Action.ADDED], action_word(Action.ADDED)
        if not field.new:
            return SIGNS[Action.REMOVED], action_word(Action.REMOVED)
        return ("±", _("Words")) if field.is_prose else (REPLACED, _("Replaced"))

    def _field(self, field: FieldChange, *, labelled: bool = False, claim: bool = False) -> Any:
        name = str(field.label) if labelled else ""
        if field.is_prose:
            css = "claim" if claim else ("prose" if field.spec.kind is Kind.PROSE else "line")
            return Words(paragraphs(self._runs(field)), name, css)
        return Values(self._value(field, field.old), self._value(field, field.new), name)

    def _runs(self, field: FieldChange) -> list[Run]:
        """The change by words, until that has been done for as much text as a page may cost."""
        self.compared += len(field.old) + len(field.new)
        if self.compared <= _COMPARED:
            return field.runs()
        return [Run(op, text) for op, text in ((Op.REMOVED, field.old), (Op.ADDED, field.new)) if text]

    def _value(self, field: FieldChange, value: Any) -> Value | None:
        if not value:
            return None
        if field.spec.kind is Kind.PART:
            return Value(value.title)
        if field.spec.kind is Kind.LINES:
            return Value(", ".join(value))
        if field.spec.kind is Kind.KEY:
            named = self.shared(value)
            return Value(self.name(named) if named else value)
        if field.spec.kind in (Kind.DAY, Kind.DATE):
            return Value(say.day(value))
        family = field.name if field.name in ("status", "confidence") else ""
        return Value(say.value(field.spec, value), family, value if family else "")

    # -- blocks that came or went --

    def _against_nothing(self, part: Part, action: Action) -> Iterator[Any]:
        """Each field and list of a part that came or went."""
        op = Op.ADDED if action is Action.ADDED else Op.REMOVED
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
                yield Words(paragraphs([Run(op, value)]), str(spec.label), css)
            else:
                made = self._value(FieldChange(spec, "", value), value)
                old, new = (None, made) if action is Action.ADDED else (made, None)
                yield Values(old, new, str(spec.label))

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

    def _members(self, changed: ListChange, *, labelled: bool = False) -> Members:
        return Members(
            tuple(self._member(item) for item in changed.items),
            changed.unchanged,
            str(changed.label) if labelled else "",
        )

    def _member(self, item: ItemChange) -> Member:
        part = item.part
        name, about, sort = self._named(part)
        pieces: list[Any] = []
        if item.action in (Action.ADDED, Action.REMOVED):
            skip = {"relation"}  # told before the name
            pieces += [piece for piece, field in self._labelled(part, item.action) if field not in skip]
        else:
            pieces += [self._field(field, labelled=True) for field in item.fields]
            pieces += [self._members(each, labelled=True) for each in item.lists]
        moved = ""
        if item.moved and item.was is not None and item.now is not None:
            moved = _("moved from place %(old)d to place %(new)d") % {
                "old": item.was + 1,
                "new": item.now + 1,
            }
        return Member(item.action, name, about, sort, tuple(pieces), moved)

    def _labelled(self, part: Part, action: Action) -> Iterator[tuple[Any, str]]:
        """The pieces of a part that came or went, each with the name of its field."""
        names = [spec.name for spec in part.SPECS if spec.kind is not Kind.KEY and getattr(part, spec.name)]
        return zip(self._against_nothing(part, action), names, strict=True)

    def _named(self, part: Part) -> tuple[str, str, str]:
        """What a member of a list is called; what to say before its name, and after it."""
        if isinstance(part, Citation):
            source = self.shared(part.source)
            relation = say.value(_spec(Citation, "relation"), part.relation)
            about = f"{relation} · {self.source_number(part.source)}".rstrip(" ·")
            return (source.title if source else part.source), about, ""
        if isinstance(part, Backing):
            backer = self.shared(part.backer)
            kind = say.value(_spec(Backer, "kind"), backer.kind).lower() if backer else ""
            return (backer.name if backer else part.backer), "", kind
        if isinstance(part, Stance):
            point = self.shared(part.point)
            return (point.title if point else part.point), _("on"), ""
        return str(part.identity), "", ""

    # -- what did not change --

    def _unchanged(self, blocks: list[Block]) -> Unchanged:
        phrases: list[str] = []
        listed: list[tuple[str, str, tuple[str, ...]]] = []
        for cls, group in groupby(blocks, key=type):
            alike = list(group)
            phrases.append(self._phrase(cls, alike))
            listed += [self._listed(block) for block in alike]
        return Unchanged(" ".join(phrases), tuple(listed))

    def _phrase(self, cls: type, blocks: list[Any]) -> str:
        if cls is Context:
            count = len(re.split(r"\n{2,}", blocks[0].text)) if blocks[0].text else 0
            return (
                ngettext("Context: %d paragraph, unchanged.", "Context: %d paragraphs, unchanged.", count)
                % count
            )
        if cls is Backer:
            return ngettext("%d backer: unchanged.", "%d backers: unchanged.", len(blocks)) % len(blocks)
        if cls is Source:
            return ngettext("%d source: unchanged.", "%d sources: unchanged.", len(blocks)) % len(blocks)
        labels = [self._label(block) for block in blocks]
        return _("%s: unchanged.") % say.blocks("point" if cls is Point else "position", labels)

    def _label(self, block: Any) -> str:
        return self.labels.get(block.key, "")

    def _listed(self, block: Any) -> tuple[str, str, tuple[str, ...]]:
        if isinstance(block, Source):
            return self.source_number(block.key), block.title, ()
        field = {Context: "text", Point: "body", Position: "argument"}.get(type(block))
        text = getattr(block, field) if field else ""
        split = tuple(part for part in re.split(r"\n{2,}", text) if part)
        return self._label(block), self.name(block) or (_("Context") if not split else ""), split


def _spec(cls: type[Part], name: str) -> Any:
    return next(spec for spec in cls.SPECS if spec.name == name)
