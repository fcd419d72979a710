"""A controversy as one immutable value.

Everything that a reader of its page sees is in a `Document`, the names of backers and the metadata of sources
included. It is made of blocks: its head, its context, each contested point, each position, and each backer and
source that they refer to. Blocks refer to one another by key.

Every field says what it holds (`kind`), so that parsing, comparing and merging need no code per class. A value
that equals its field's default is left out of the canonical form: a field added later changes no digest of
what was recorded before.
"""

import dataclasses
import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controversies.models import (
    BackerKind,
    Confidence,
    PointKind,
    Polarity,
    Publication,
    Relation,
    SourceKind,
    Status,
)

LINE, PROSE = 500, 100_000  # characters at most


class Kind(StrEnum):
    """What a field holds."""

    KEY = "key"  # a UUID in its canonical text form
    LINE = "line"  # text of one line
    PROSE = "prose"  # Markdown of several lines
    CHOICE = "choice"
    SLUG = "slug"
    URL = "url"  # http(s) or ""
    DOI = "doi"
    DAY = "day"  # "2024-07-23" or ""
    DATE = "date"  # as far as it is known: "2024", "2024-07", "2024-07-23" or ""
    LINES = "lines"  # a list of LINE
    ITEMS = "items"  # a list of parts, each with an identity, in an order that means something
    PART = "part"  # one part


_LIMITS = {Kind.PROSE: PROSE, Kind.SLUG: 100, Kind.URL: 2000, Kind.DOI: 200}  # where it is not LINE


@dataclass(frozen=True, slots=True)
class Spec:
    """What is to know of a field: its kind, its name in words, and what it may hold."""

    name: str
    kind: Kind
    label: Promise | str
    choices: type[models.TextChoices] | None = None
    part: "type[Part] | None" = None
    required: bool = False
    limit: int = LINE
    default: Any = ""


def _field(kind: Kind, label: Promise | str, **spec: Any) -> Any:
    default: Any = () if kind in (Kind.ITEMS, Kind.LINES) else spec.pop("default", "")
    given = {"kind": kind, "label": label, "default": default, **spec}
    if kind in _LIMITS:
        given.setdefault("limit", _LIMITS[kind])
    if spec.get("required") and not default:
        return dataclasses.field(metadata=given)
    return dataclasses.field(default=default, metadata=given)


class Part:
    """A block, or a part of one. `IDENTITY` names the field by which a list tells its members apart."""

    __slots__ = ()
    IDENTITY: ClassVar[str] = "key"
    SPECS: ClassVar[tuple[Spec, ...]] = ()

    @property
    def identity(self) -> str:
        return getattr(self, self.IDENTITY)


def _key() -> Any:
    return _field(Kind.KEY, _("Key"), required=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation(Part):
    key: str = _key()
    source: str = _field(Kind.KEY, _("Source"), required=True)
    relation: str = _field(Kind.CHOICE, _("Relation"), choices=Relation, required=True)
    quote: str = _field(Kind.PROSE, _("Quote"))
    locator: str = _field(Kind.LINE, _("Where in the source"), limit=200)


def _citations() -> Any:
    return _field(Kind.ITEMS, _("Sources"), part=Citation)


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic(Part):
    key: str = _key()
    slug: str = _field(Kind.SLUG, _("Address"), required=True)
    title: str = _field(Kind.LINE, _("Title"), required=True, limit=200)
    description: str = _field(Kind.PROSE, _("Description"))  # shown on the topic's own page


@dataclass(frozen=True, kw_only=True, slots=True)
class Head(Part):
    key: str = _key()
    slug: str = _field(Kind.SLUG, _("Address"), required=True)
    title: str = _field(Kind.LINE, _("Title"), required=True, limit=200)
    question: str = _field(Kind.LINE, _("Question"))
    topic: Topic = _field(Kind.PART, _("Topic"), part=Topic, required=True)
    status: str = _field(Kind.CHOICE, _("Status"), choices=Status, required=True)
    status_summary: str = _field(Kind.PROSE, _("Status in words"))
    polarity: str = _field(Kind.CHOICE, _("Polarity"), choices=Polarity, required=True)
    publication: str = _field(Kind.CHOICE, _("Publication"), choices=Publication, required=True)
    attribution: str = _field(Kind.PROSE, _("Attribution"))
    reviewed_on: str = _field(Kind.DAY, _("Reviewed on"))
    reviewed_by: str = _field(Kind.LINE, _("Reviewed by"), limit=150)


@dataclass(frozen=True, kw_only=True, slots=True)
class Context(Part):
    key: str = _key()
    text: str = _field(Kind.PROSE, _("Text"))
    citations: tuple[Citation, ...] = _citations()


@dataclass(frozen=True, kw_only=True, slots=True)
class Point(Part):
    key: str = _key()
    title: str = _field(Kind.LINE, _("Title"), required=True, limit=200)
    body: str = _field(Kind.PROSE, _("Text"))
    kind: str = _field(Kind.CHOICE, _("Kind of dispute"), choices=PointKind)
    citations: tuple[Citation, ...] = _citations()


@dataclass(frozen=True, kw_only=True, slots=True)
class Stance(Part):
    IDENTITY: ClassVar[str] = "point"

    point: str = _field(Kind.KEY, _("Contested point"), required=True)
    text: str = _field(Kind.PROSE, _("Text"), required=True)
    citations: tuple[Citation, ...] = _citations()


@dataclass(frozen=True, kw_only=True, slots=True)
class Backing(Part):
    key: str = _key()
    backer: str = _field(Kind.KEY, _("Backer"), required=True)
    note: str = _field(Kind.PROSE, _("Note"))
    since: str = _field(Kind.DATE, _("Since"))
    until: str = _field(Kind.DATE, _("Until"))
    citations: tuple[Citation, ...] = _citations()


@dataclass(frozen=True, kw_only=True, slots=True)
class Position(Part):
    key: str = _key()
    claim: str = _field(Kind.LINE, _("Claim"), required=True)
    argument: str = _field(Kind.PROSE, _("Argument"))
    confidence: str = _field(
        Kind.CHOICE, _("Confidence"), choices=Confidence, default=Confidence.NOT_RATED.value
    )
    confidence_reason: str = _field(Kind.PROSE, _("Reason for the confidence"))
    stances: tuple[Stance, ...] = _field(Kind.ITEMS, _("Stances"), part=Stance)
    backings: tuple[Backing, ...] = _field(Kind.ITEMS, _("Backers"), part=Backing)
    citations: tuple[Citation, ...] = _citations()


@dataclass(frozen=True, kw_only=True, slots=True)
class Backer(Part):
    key: str = _key()
    slug: str = _field(Kind.SLUG, _("Address"), required=True)
    name: str = _field(Kind.LINE, _("Name"), required=True, limit=200)
    kind: str = _field(Kind.CHOICE, _("Kind"), choices=BackerKind, required=True)
    description: str = _field(Kind.PROSE, _("Description"))
    website: str = _field(Kind.URL, _("Website"))
    aliases: tuple[str, ...] = _field(Kind.LINES, _("Also called"), limit=200)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source(Part):
    key: str = _key()
    slug: str = _field(Kind.SLUG, _("Address"), required=True)
    title: str = _field(Kind.LINE, _("Title"), required=True)
    authors: str = _field(Kind.LINE, _("Authors"))
    publisher: str = _field(Kind.LINE, _("Published in"), limit=300)
    date: str = _field(Kind.DATE, _("Date"))
    kind: str = _field(Kind.CHOICE, _("Kind"), choices=SourceKind, default=SourceKind.OTHER.value)
    url: str = _field(Kind.URL, _("Link"))
    doi: str = _field(Kind.DOI, _("DOI"))
    archive_url: str = _field(Kind.URL, _("Archived copy"))


for _cls in (Citation, Topic, Head, Context, Point, Stance, Backing, Position, Backer, Source):
    _cls.SPECS = tuple(Spec(name=f.name, **f.metadata) for f in dataclasses.fields(_cls))

# How a comparison names a topic's description among the fields of the head.
TOPIC_DESCRIPTION = Spec("topic_description", Kind.PROSE, _("Topic’s description"), limit=PROSE)

ATTRIBUTION = next(spec for spec in Head.SPECS if spec.name == "attribution")

type Block = Head | Context | Point | Position | Backer | Source


def context_key(controversy_key: str) -> str:
    """The key of a controversy's context block: derived, there being exactly one."""
    return str(uuid.uuid5(uuid.UUID(controversy_key), "context"))


def label(index: int) -> str:
    """How the position at this index is shown: A, B, … Z, AA, AB, …"""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _is_sorted(position: Position) -> bool:
    stances = position.stances
    return all(a.point <= b.point for a, b in itertools.pairwise(stances))


def _sorted(position: Position) -> Position:
    if _is_sorted(position):
        return position
    return dataclasses.replace(position, stances=tuple(sorted(position.stances, key=lambda s: s.point)))


@dataclass(frozen=True, kw_only=True)
class Document:
    """The whole controversy. `backers` and `sources` hold just those referred to, in order of first mention.

    Make one with `parse.document()`, `rows.from_rows()` or `changed()`, which keep that so.
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

    def blocks(self) -> tuple[Block, ...]:
        """Every block, in the document's order."""
        return (self.head, self.context, *self.points, *self.positions, *self.backers, *self.sources)

    @cached_property
    def by_key(self) -> dict[str, Block]:
        return {block.key: block for block in self.blocks()}

    @cached_property
    def source_numbers(self) -> dict[str, int]:
        """The number by which the page refers to each source, counted from 1, by key."""
        return {source.key: number for number, source in enumerate(self.sources, 1)}

    def citations(self) -> Iterator[Citation]:
        """Every citation, in the order in which the page shows them."""
        yield from self.context.citations
        for point in self.points:
            yield from point.citations
        for position in self.positions:
            yield from position.citations
            for backing in position.backings:
                yield from backing.citations
            for stance in position.stances:
                yield from stance.citations

    def changed(self, **blocks: Any) -> "Document":
        """This document with other blocks, brought into canonical form.

        `backers` and `sources` become those referred to, in order of first mention, and each position's
        stances are sorted by the key of their point, so that moving a point changes no position.
        Raises KeyError for a reference to a backer or source that is in neither.
        """
        new = dataclasses.replace(self, **blocks)
        if not all(map(_is_sorted, new.positions)):
            new = dataclasses.replace(new, positions=tuple(map(_sorted, new.positions)))
        backers = {backer.key: backer for backer in new.backers}
        sources = {source.key: source for source in new.sources}
        held = dict.fromkeys(b.backer for position in new.positions for b in position.backings)
        cited = dict.fromkeys(citation.source for citation in new.citations())
        return dataclasses.replace(
            new,
            backers=tuple(backers[key] for key in held),
            sources=tuple(sources[key] for key in cited),
        )
