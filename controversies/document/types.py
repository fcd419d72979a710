"""A controversy as one immutable value, and the registry of the blocks that it is made of.

Everything that a reader of its page sees is in a `Document`, the names of backers and the metadata of sources
included. It is made of blocks: its head, its context, each contested point, each position, and each backer and
source that they refer to. Blocks refer to one another by key. Their fields are declared in `parts`.
"""

import dataclasses
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from controversies.models import ChangeClass

from .parts import (
    ATTRIBUTION,
    TOPIC_DESCRIPTION,
    Backer,
    Backing,
    Citation,
    Context,
    Head,
    Point,
    Position,
    Source,
    Stance,
    Topic,
)
from .schema import LINE, PROSE, Kind, Part, Search, Spec, Widget
from .words import marked_numbers

type SharedBlock = Backer | Source | Topic
type Block = Head | Context | Point | Position | Backer | Source


class Numbering(StrEnum):
    """The numbering of the blocks of one type on the page."""

    LETTERS = "letters"  # A, B, C…
    NUMBERS = "numbers"  # 1, 2, 3…


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)  # a type is itself, and quick to look up
class BlockType:
    """One kind of block. `name` is its name in the canonical JSON, `attribute` where a document has its blocks.

    `named` and `named_plural` have a place for a number, letter or title (“Position %s”) where there are several.
    `in_sentence` is the same within a sentence (“point %s”), `counted` a number of blocks (“%(n)s points”, by `count`).
    `many`: the attribute is a tuple, else it is the one block. `ordered`: editors choose the order, so that a new
    order is a change; `order_label` names it in a question (“order of the positions”). `shared`: several pages show
    the block, which has a page of its own; a document holds those that it refers to. `change_class` is the class of a
    change of a shared block.
    """

    name: str
    part: type[Part]
    attribute: str
    label: Promise
    label_plural: Promise
    named: Promise
    named_plural: Promise
    in_sentence: Promise | str
    counted: Promise
    many: bool = True
    ordered: bool = False
    order_label: Promise | str = ""
    numbering: Numbering | None = None
    shared: bool = False
    change_class: ChangeClass = ChangeClass.SUBSTANTIVE

    @property
    def model(self) -> type[models.Model]:
        """The model whose rows index the blocks."""
        return self.part.MODEL

    def blocks(self, document: "Document") -> tuple[Any, ...]:
        """The blocks of this type in a document, in its order."""
        blocks = getattr(document, self.attribute)
        return blocks if self.many else (blocks,)

    def number(self, index: int) -> str:
        """The letter or number of the block at this index, from 0; "" if the page does not number this type."""
        if self.numbering is Numbering.LETTERS:
            return label(index)
        return str(index + 1) if self.numbering is Numbering.NUMBERS else ""


# Every kind of block, in the order of a document and of its JSON, single ones first. Faces iterate over this.
BLOCKS: tuple[BlockType, ...] = (
    BlockType(
        name="head",
        part=Head,
        attribute="head",
        label=_("Page"),
        label_plural=_("Pages"),
        named=_("Page"),
        named_plural=_("Pages"),
        in_sentence=_("the page"),
        counted=ngettext_lazy("%(n)s page", "%(n)s pages", "count"),
        many=False,
    ),
    BlockType(
        name="context",
        part=Context,
        attribute="context",
        label=_("Context"),
        label_plural=_("Contexts"),
        named=_("Context"),
        named_plural=_("Contexts"),
        in_sentence=_("the context"),
        counted=ngettext_lazy("%(n)s context", "%(n)s contexts", "count"),
        many=False,
    ),
    BlockType(
        name="point",
        part=Point,
        attribute="points",
        order_label=_("order of the points"),
        label=_("Contested point"),
        label_plural=_("Contested points"),
        named=_("Contested point %s"),
        named_plural=_("Contested points %s"),
        in_sentence=_("point %s"),
        counted=ngettext_lazy("%(n)s contested point", "%(n)s contested points", "count"),
        ordered=True,
        numbering=Numbering.NUMBERS,
    ),
    BlockType(
        name="position",
        part=Position,
        attribute="positions",
        order_label=_("order of the positions"),
        label=_("Position"),
        label_plural=_("Positions"),
        named=_("Position %s"),
        named_plural=_("Positions %s"),
        in_sentence="%s",
        counted=ngettext_lazy("%(n)s position", "%(n)s positions", "count"),
        ordered=True,
        numbering=Numbering.LETTERS,
    ),
    BlockType(
        name="backer",
        part=Backer,
        attribute="backers",
        label=_("Backer"),
        label_plural=_("Backers"),
        named=_("Backer %s"),
        named_plural=_("Backers %s"),
        in_sentence="%s",
        counted=ngettext_lazy("%(n)s backer", "%(n)s backers", "count"),
        shared=True,
        change_class=ChangeClass.ATTRIBUTION,
    ),
    BlockType(
        name="source",
        part=Source,
        attribute="sources",
        label=_("Source"),
        label_plural=_("Sources"),
        named=_("Source %s"),
        named_plural=_("Sources %s"),
        in_sentence=_("source %s"),
        counted=ngettext_lazy("%(n)s source", "%(n)s sources", "count"),
        numbering=Numbering.NUMBERS,
        shared=True,
        change_class=ChangeClass.SOURCE,
    ),
)
# Topics are shared as backers and sources are, and recorded within the head: no block of their own.
TOPIC = BlockType(
    name="topic",
    part=Topic,
    attribute="topics",
    label=_("Topic"),
    label_plural=_("Topics"),
    named=_("Topic %s"),
    named_plural=_("Topics %s"),
    in_sentence=_("topic %s"),
    counted=ngettext_lazy("%(n)s topic", "%(n)s topics", "count"),
    shared=True,
)
SHARED = (*(block_type for block_type in BLOCKS if block_type.shared), TOPIC)
BLOCK_TYPES: dict[type[Part], BlockType] = {block_type.part: block_type for block_type in BLOCKS}
BY_NAME: dict[str, BlockType] = {block_type.name: block_type for block_type in (*BLOCKS, TOPIC)}


def part_classes() -> tuple[type[Part], ...]:
    """Every class of parts: the blocks, and what they are made of, in the order in which they are first met."""
    classes: dict[type[Part], None] = {}

    def visit(cls: type[Part]) -> None:
        classes.setdefault(cls)
        for spec in cls.SPECS:
            if spec.part is not None:
                visit(spec.part)

    for block_type in BLOCKS:
        visit(block_type.part)
    return tuple(classes)


def context_key(controversy_key: str) -> str:
    """The key of a controversy's context block: derived, there being exactly one."""
    return single_key(controversy_key, "context")


def single_key(controversy_key: str, name: str) -> str:
    """The key of the one block of the type of this name."""
    return str(uuid.uuid5(uuid.UUID(controversy_key), name))


def label(index: int) -> str:
    """The letter of the position at this index: A, B, … Z, AA, AB, …"""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


_OWN = tuple(block_type for block_type in BLOCKS if not block_type.shared)
_SHARED = tuple(block_type for block_type in BLOCKS if block_type.shared)
_SINGLE_BLOCKS = attrgetter(*(block_type.attribute for block_type in BLOCKS if not block_type.many))
_OWN_LISTS = attrgetter(*(block_type.attribute for block_type in _OWN if block_type.many))
_LISTS_OF_BLOCKS = attrgetter(*(block_type.attribute for block_type in BLOCKS if block_type.many))
# Of each class: its lists in the order of the page, the lists without an order of their own, and the fields that refer
# to shared blocks, each with a getter, since documents are put together often.
_LISTS: dict[type[Part], tuple[tuple[str, type[Part]], ...]] = {
    cls: tuple((spec.name, spec.part) for spec in cls.SHOWN_LISTS if spec.part is not None)
    for cls in part_classes()
}
_UNORDERED = {
    cls: tuple(
        (spec.name, attrgetter(spec.part.IDENTITY))
        for spec in cls.LISTS
        if spec.part is not None and spec.part.IDENTITY != "key"
    )
    for cls in part_classes()
}
_WITH_UNORDERED = tuple(block_type for block_type in _OWN if _UNORDERED[block_type.part])
_REFERENCES = {
    cls: tuple(
        (attrgetter(spec.name), spec.refers_to)
        for spec in cls.VALUES
        if spec.refers_to and BY_NAME[spec.refers_to].shared
    )
    for cls in part_classes()
}


def _holds_marks(spec: Spec) -> bool:
    """Whether a field, or a field of the parts that it lists, may refer to sources by number."""
    inner = spec.part if spec.kind is Kind.ITEMS else None
    return spec.has_marks or (inner is not None and any(map(_holds_marks, inner.SPECS)))


_MARKED_FIELDS = {
    cls: tuple(attrgetter(spec.name) for spec in cls.SPECS if spec.has_marks) for cls in part_classes()
}
FIELDS_WITH_MARKS = {cls: tuple(spec for spec in cls.SPECS if _holds_marks(spec)) for cls in part_classes()}


def _sort_lists(block: Any) -> Any:
    """The block with the lists that have no order of their own sorted by identity; the same object if they are."""
    new = {}
    for name, identity in _UNORDERED[type(block)]:
        items = getattr(block, name)
        keys = list(map(identity, items))
        if keys != sorted(keys):
            new[name] = tuple(sorted(items, key=identity))
    return dataclasses.replace(block, **new) if new else block


def _add_references(part: Any, keys: dict[str, dict[str, None]]) -> None:
    """Add the keys of the shared blocks that a part and all within it refer to, by the name of their type."""
    cls = type(part)
    for get, refers_to in _REFERENCES[cls]:
        keys[refers_to].setdefault(get(part))
    for name, inner in _LISTS[cls]:
        items = getattr(part, name)
        if not items:
            continue
        if _LISTS[inner]:
            for item in items:
                _add_references(item, keys)
        else:
            for get, refers_to in _REFERENCES[inner]:
                keys[refers_to].update(dict.fromkeys(map(get, items)))


def parts_of(part: Any) -> Iterator[Any]:
    """The part itself and all that it is made of, in the order of the page."""
    yield part
    for name, _inner in _LISTS[type(part)]:
        for item in getattr(part, name):
            yield from parts_of(item)


def _marks_in(block: Part) -> set[int]:
    """Return the numbers of the sources that the texts of a block refer to."""
    return {
        number
        for part in parts_of(block)
        for get in _MARKED_FIELDS[type(part)]
        for number in marked_numbers(get(part))
    }


def citations_of(part: Part) -> list[Citation]:
    """Every citation of a part and of what it is made of, in the order of the page."""
    citations: list[Citation] = []
    for name, inner in _LISTS[type(part)]:
        if inner is Citation:
            citations += getattr(part, name)
        else:
            for item in getattr(part, name):
                citations += citations_of(item)
    return citations


@dataclass(frozen=True, kw_only=True)
class Document:
    """The whole controversy. `backers` and `sources` hold just those referred to, in order of first mention.

    Make one with `parse.document()`, `rows.from_rows()` or `with_blocks()`, which keep that so.
    """

    head: Head
    context: Context
    points: tuple[Point, ...] = ()
    positions: tuple[Position, ...] = ()
    backers: tuple[Backer, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def key(self) -> str:
        return self.head.key

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topic, as TOPIC finds it."""
        return (self.head.topic,)

    def blocks(self) -> tuple[Block, ...]:
        """Every block, in the document's order."""
        return tuple(chain(_SINGLE_BLOCKS(self), *_LISTS_OF_BLOCKS(self)))

    def own_blocks(self) -> tuple[Block, ...]:
        """Every block but the shared ones, in the document's order."""
        return tuple(chain(_SINGLE_BLOCKS(self), *_OWN_LISTS(self)))

    def shared_blocks(self) -> list[Any]:
        """The backers, the sources and the topic."""
        return [block for block_type in SHARED for block in block_type.blocks(self)]

    def with_shared(self, blocks: Mapping[str, Any]) -> "Document":
        """Replace shared blocks by those of the same key in `blocks`; return the same object if none differs."""

        def change(block: Any) -> Any:
            if block is self.head:
                topic = blocks.get(block.topic.key, block.topic)
                return block if topic == block.topic else dataclasses.replace(block, topic=topic)
            new = blocks.get(block.key, block)
            return block if new == block else new

        return self.mapped(change)

    def mapped(self, change: Callable[[Any], Any], *, shared: bool = True) -> "Document":
        """Replace each block by what `change` returns for it; shared ones only if `shared`.

        The same object if no block changes. `with_blocks()` brings the result into canonical form where needed.
        """
        new: dict[str, Any] = {}
        for block_type in BLOCKS if shared else _OWN:
            old = block_type.blocks(self)
            blocks = tuple(map(change, old))
            if any(after is not before for before, after in zip(old, blocks, strict=True)):
                new[block_type.attribute] = blocks if block_type.many else blocks[0]
        return dataclasses.replace(self, **new) if new else self

    @cached_property
    def by_key(self) -> dict[str, Block]:
        return {block.key: block for block in self.blocks()}

    @cached_property
    def source_numbers(self) -> dict[str, int]:
        """The number by which the page refers to each source, counted from 1, by key."""
        return {source.key: number for number, source in enumerate(self.sources, 1)}

    @cached_property
    def first_citations(self) -> dict[str, str]:
        """The first citation of each source, by key. Evidence that a backer holds a position comes after all other."""
        held = {
            citation.key
            for position in self.positions
            for backing in position.backings
            for citation in backing.citations
        }
        first: dict[str, str] = {}
        for citation in sorted(self.citations(), key=lambda each: each.key in held):
            first.setdefault(citation.source, citation.key)
        return first

    @cached_property
    def cross_references(self) -> dict[str, dict[str, list[str]]]:
        """The keys of the blocks that refer to a source which they do not cite themselves.

        They are by the key of the source's first citation, and those by the key of the block that it belongs to.
        """
        cited = {block.key: citations_of(block) for block in self.own_blocks()}
        home = {citation.key: key for key, citations in cited.items() for citation in citations}
        references: dict[str, dict[str, list[str]]] = {}
        for block in self.own_blocks():
            marked = _marks_in(block)
            if not marked:
                continue
            for number in sorted(marked - {self.source_numbers[each.source] for each in cited[block.key]}):
                if number <= len(self.sources):
                    citation = self.first_citations[self.sources[number - 1].key]
                    references.setdefault(home[citation], {}).setdefault(citation, []).append(block.key)
        return references

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each block among its like, from 0, by key."""
        return {
            block.key: place for block_type in BLOCKS for place, block in enumerate(block_type.blocks(self))
        }

    def citations(self) -> Iterator[Citation]:
        """Every citation, in the order in which the page shows them."""
        for block in self.own_blocks():
            yield from citations_of(block)

    def with_blocks(self, **blocks: Any) -> "Document":
        """Replace blocks, and bring the document into canonical form.

        Shared blocks become those referred to, in order of first mention, and lists without an order of their own
        are sorted by identity: the stances of a position by the key of their point, so that moving a point changes no
        position. Raises KeyError for a reference to a shared block that is in neither.
        """
        new = dataclasses.replace(self, **blocks)
        for block_type in _WITH_UNORDERED:
            old = block_type.blocks(new)
            if any(after is not before for before, after in zip(old, map(_sort_lists, old), strict=True)):
                new = new.mapped(_sort_lists, shared=False)
        keys: dict[str, dict[str, None]] = {block_type.name: {} for block_type in _SHARED}
        for block in new.own_blocks():
            _add_references(block, keys)
        shared: dict[str, Any] = {}
        for block_type in _SHARED:
            known = {block.key: block for block in block_type.blocks(new)}
            shared[block_type.attribute] = tuple([known[key] for key in keys[block_type.name]])
        return dataclasses.replace(new, **shared)


__all__ = [
    "ATTRIBUTION",
    "BLOCKS",
    "BLOCK_TYPES",
    "BY_NAME",
    "FIELDS_WITH_MARKS",
    "LINE",
    "PROSE",
    "SHARED",
    "TOPIC",
    "TOPIC_DESCRIPTION",
    "Backer",
    "Backing",
    "Block",
    "BlockType",
    "Citation",
    "Context",
    "Document",
    "Head",
    "Kind",
    "Numbering",
    "Part",
    "Point",
    "Position",
    "Search",
    "SharedBlock",
    "Source",
    "Spec",
    "Stance",
    "Topic",
    "Widget",
    "citations_of",
    "context_key",
    "label",
    "part_classes",
    "parts_of",
    "single_key",
]
