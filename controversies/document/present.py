"""The presentation of a comparison: one tree of immutable values in readers' words, drawn by every face in its own way.

`present()` names each block, field, list and member once; `pages/diff` draws the tree as HTML, the desk's conflict page
and the reports of imported folders as lines, and `sentences` tells the outline of the same comparison. It iterates over
the declaration (`types.BLOCKS`, `Part.SPECS`): a field or block that is added there is presented without a line here.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from . import labels
from .changes import (
    Action,
    BlockChange,
    Comparison,
    FieldChange,
    ItemChange,
    ListChange,
    PartChange,
    PlaceOnPage,
)
from .types import BLOCK_TYPES, BLOCKS, BY_NAME, Block, Document, Kind, Part, Spec
from .words import WordRun


@dataclass(frozen=True, slots=True)
class MemberName:
    """The name of a member of a list: of what it refers to, with what to say before it and after it."""

    name: str
    before: str = ""  # “Supports · [3]”
    after: str = ""  # “company”


@dataclass(frozen=True, slots=True, eq=False)
class FieldEntry:
    """A field that changed. `old` and `new` are texts as they are and other values in words; "" is nothing."""

    change: FieldChange
    old: str
    new: str
    is_title: bool  # a block that this page alone shows is called by it
    is_all: bool  # its part says nothing else, so that the part's name will do for the field

    @property
    def spec(self) -> Spec:
        return self.change.spec

    @property
    def label(self) -> str:
        return str(self.change.label)

    @property
    def is_text(self) -> bool:
        """Whether it is compared by words."""
        return self.change.is_prose

    @property
    def runs(self) -> list[WordRun]:
        """The words that were kept, removed and added, of a text."""
        return self.change.runs()


@dataclass(frozen=True, slots=True, eq=False)
class PartEntry[C: PartChange]:
    """A part that changed. Of one that came or went, `fields` and `lists` have all that it says, against nothing."""

    change: C
    fields: tuple[FieldEntry, ...]
    lists: tuple["ListEntry", ...]

    @property
    def action(self) -> Action:
        return self.change.action

    @property
    def is_moved(self) -> bool:
        """Whether it has another place among its like, and whatever else changed."""
        return self.change.moved or self.action is Action.MOVED


@dataclass(frozen=True, slots=True, eq=False)
class MemberEntry(PartEntry[ItemChange]):
    """A member of a list that changed."""

    name: MemberName

    @property
    def details(self) -> tuple[FieldEntry, ...]:
        """The fields but for those of a new or removed member that its name has words of."""
        if self.action not in (Action.ADDED, Action.REMOVED):
            return self.fields
        kinds = _kinds(self.change.part)
        return tuple(field for field in self.fields if field.spec not in kinds)


@dataclass(frozen=True, slots=True, eq=False)
class BlockEntry(PartEntry[BlockChange]):
    """A block that changed: `name` is “Position B”, `title` its claim, title or name."""

    name: str
    title: str


@dataclass(frozen=True, slots=True, eq=False)
class ListEntry:
    """A list whose members changed, in the order in which a reader meets them."""

    change: ListChange
    members: tuple[MemberEntry, ...]

    @property
    def label(self) -> str:
        return str(self.change.label)


class PageNames:
    """The names of the parts of a page, and of an older version of it: the newer one has the say."""

    def __init__(self, new: Document, old: Document | None = None) -> None:
        self.new, self.old = new, old
        self.numbers = _numbers(new)
        self.former_numbers = _numbers(old) if old is not None else {}

    def referred(self, key: str) -> Part | None:
        """The block of this key in the newer document that has it."""
        return self.new.by_key.get(key) or (self.old.by_key.get(key) if self.old is not None else None)

    def former(self, block: Block) -> str:
        """The letter or number of a block on the older page, if it has another on the newer."""
        if not BLOCK_TYPES[type(block)].ordered:  # other numbers of sources are no move
            return ""
        was, now = self.former_numbers.get(block.key, ""), self.numbers.get(block.key, "")
        return was if was and now and was != now else ""

    def block(self, block: Block, label: str = "") -> str:
        """“Position B”. `label` is the number of a block that the newer page does not have."""
        block_type = BLOCK_TYPES[type(block)]
        return labels.block_name(block_type.name, self.numbers.get(block.key) or label or block.display_name)

    def block_then_and_now(self, block: Block, label: str = "") -> str:
        """“Position B (was C)”, where the older page has it under another letter or number."""
        name, was = self.block(block, label), self.former(block)
        return _("%(name)s (was\N{NO-BREAK SPACE}%(label)s)") % {"name": name, "label": was} if was else name

    def place(self, place: PlaceOnPage) -> str:
        """The name of the part that has a place, in either document: “Position B › Meta AI”."""
        name = self.block_then_and_now(place.block, place.label)
        return f"{name} › {self.member(place.within).name}" if place.within is not None else name

    def member(self, part: Part) -> MemberName:
        """The name of a member of a list."""
        reference = reference_field(part)
        if reference is None:
            return MemberName(str(part.identity))
        key = getattr(part, reference.name)
        block = self.referred(key)
        name = block.display_name if block is not None else key
        if not BY_NAME[reference.refers_to].shared:
            return MemberName(name, before=_("on"))
        words = [labels.value(spec, getattr(part, spec.name)) for spec in _kinds(part)]
        if BY_NAME[reference.refers_to].numbering is not None:
            number = self.numbers.get(key)
            return MemberName(name, before=" · ".join([*words, *([f"[{number}]"] if number else [])]))
        kinds = (
            [labels.in_small_letters(labels.value(spec, getattr(block, spec.name))) for spec in _kinds(block)]
            if block
            else []
        )
        return MemberName(name, before=" · ".join(words), after=", ".join(kinds))

    def value(self, spec: Spec, value: object) -> str:
        """The value of a field in words; "" if there is none."""
        if isinstance(value, Part):
            return value.display_name
        if isinstance(value, tuple):
            return ", ".join(value)
        text = str(value)
        block = self.referred(text) if spec.kind is Kind.KEY else None
        return block.display_name if block is not None else labels.value(spec, text)


@dataclass(frozen=True, slots=True, eq=False)
class PresentedComparison:
    """A comparison with an entry for each block that changed, in its order."""

    comparison: Comparison
    names: PageNames
    blocks: tuple[BlockEntry, ...]

    @property
    def reported(self) -> tuple[BlockEntry, ...]:
        """The blocks with changes of their own; the others are told where they are used or stand now."""
        own = {id(change) for change in self.comparison.reported_changes}
        return tuple(entry for entry in self.blocks if id(entry.change) in own)


def present(comparison: Comparison) -> PresentedComparison:
    """Return the comparison in readers' words."""
    names = PageNames(comparison.new, comparison.old)
    entries = (
        BlockEntry(
            change,
            *_contents(names, change),
            names.block(change.block, change.label),
            change.block.display_name,
        )
        for change in comparison.blocks
    )
    return PresentedComparison(comparison, names, tuple(entries))


def name_with_title(name: str, title: str) -> str:
    """Return “Position B: Weights must stay open”; without a title, the name alone."""
    return _("%(name)s: %(title)s") % {"name": name, "title": title} if title else name


def reference_key(part: Part) -> str:
    """Return the key of the source, backer or point that a member of a list is about."""
    reference = reference_field(part)
    return getattr(part, reference.name) if reference is not None else part.identity


def main_text(block: Part) -> Spec | None:
    """Return the field with the text of a block: the first of its texts of several lines."""
    return next((spec for spec in type(block).SPECS if spec.kind is Kind.PROSE), None)


def _numbers(document: Document) -> dict[str, str]:
    """The letters and numbers of the blocks of a page, by key."""
    return {
        block.key: block_type.number(index)
        for block_type in BLOCKS
        if block_type.numbering is not None
        for index, block in enumerate(block_type.blocks(document))
    }


def reference_field(part: Part) -> Spec | None:
    """Return the field of a member of a list that refers to a block."""
    return next((spec for spec in part.VALUES if spec.refers_to), None)


def _kinds(part: Part) -> list[Spec]:
    """The fields that say what kind of thing a part is: words that must be chosen."""
    return [spec for spec in part.VALUES if spec.kind is Kind.CHOICE and spec.required]


def _contents(names: PageNames, change: PartChange) -> tuple[tuple[FieldEntry, ...], tuple[ListEntry, ...]]:
    fields, lists = change.fields, change.lists
    if change.action in (Action.ADDED, Action.REMOVED):
        fields, lists = _against_nothing(change.part, change.action)
    return (
        tuple(_field(names, change.part, field) for field in fields),
        tuple(
            ListEntry(
                each, tuple(MemberEntry(i, *_contents(names, i), names.member(i.part)) for i in each.items)
            )
            for each in lists
        ),
    )


def _against_nothing(part: Part, action: Action) -> tuple[tuple[FieldChange, ...], tuple[ListChange, ...]]:
    is_added = action is Action.ADDED
    fields = tuple(
        FieldChange(spec, "" if is_added else value, value if is_added else "")
        for spec in part.VALUES
        if (value := getattr(part, spec.name)) and spec.kind is not Kind.KEY
    )
    lists = tuple(
        ListChange(
            spec,
            tuple(
                ItemChange(action, None, member, None, i)
                if is_added
                else ItemChange(action, member, None, i, None)
                for i, member in enumerate(getattr(part, spec.name))
            ),
            0,
        )
        for spec in part.LISTS
        if getattr(part, spec.name)
    )
    return fields, lists


def _field(names: PageNames, part: Part, change: FieldChange) -> FieldEntry:
    old, new = (
        value if change.is_prose else names.value(change.spec, value) if value else ""
        for value in (change.old, change.new)
    )
    block_type = BLOCK_TYPES.get(type(part))
    is_own = block_type is not None and not block_type.shared
    values = [spec for spec in part.VALUES if spec.kind is not Kind.KEY]
    return FieldEntry(change, old, new, is_own and change.name == part.TITLE, is_all=values == [change.spec])


__all__ = [
    "BlockEntry",
    "FieldEntry",
    "ListEntry",
    "MemberEntry",
    "MemberName",
    "PageNames",
    "PartEntry",
    "PresentedComparison",
    "main_text",
    "name_with_title",
    "present",
    "reference_field",
    "reference_key",
]
