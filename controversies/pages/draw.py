"""Draw a document as HTML, a pure function of the record.

A page is made of pieces, one or a few for each block. A piece is cached by the digests of everything it shows, so it is
never stale: after an edit only the changed pieces are drawn again, and an old revision shares most pieces with today's
page, which the same code draws.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from controversies.checks.digests import quote_digest
from controversies.checks.display import ShownCheck
from controversies.document.types import (
    BLOCK_TYPES,
    BLOCKS,
    Backer,
    Backing,
    BlockType,
    Citation,
    Context,
    Part,
    Point,
    Position,
    Source,
    Stance,
    citations_of,
    label,
)
from controversies.history import Reading, words_removed
from controversies.kit.segmented import SegmentedStore
from controversies.models import Publication

from .evidence import evidence_view
from .language import text_attributes

ANCHOR = 8  # characters of a key
MOST_TILES = 26  # letters of positions beside a point; of more it is told how many address it

# Blocks that the page lists, each as a piece of its own.
LISTED_TYPES = tuple(block_type for block_type in BLOCKS if block_type.many and not block_type.shared)


def anchor(kind: str, key: str) -> str:
    """Return the anchor of a block or citation: a permanent one, whatever is added or moved."""
    return f"{kind}-{key[:ANCHOR]}"


class CitationView(NamedTuple):
    """A citation, ready to be drawn: `about` names the part of the position that it is for, if not the whole.

    `check` is what is known of it today; `is_past` where that is not said, because the page is not today's. `is_again`
    is for a source that the page has cited before.
    """

    anchor: str
    number: int
    source: Source
    relation: str
    quote: str
    locator: str
    about: str
    check: ShownCheck | None
    is_past: bool
    is_again: bool


class BackingView(NamedTuple):
    """A backer holding a position, ready to be drawn."""

    backer: Backer
    backing: Backing


class StanceCell(NamedTuple):
    """A cell of the positions × points table: the stance, None if none is recorded, and the sources it cites."""

    point: Point
    number: int
    stance: Stance | None
    refs: tuple[tuple[int, str], ...]


class LetteredPosition(NamedTuple):
    """A position with its letter."""

    position: Position
    label: str
    anchor: str
    backers: tuple[BackingView, ...]


# HTML by all that it depends on; without the document, which must not stay in memory.
_pieces = SegmentedStore(settings.CACHE_MEMORY // 4)


def _cached(key: tuple[Any, ...], draw: Callable[[], SafeString]) -> SafeString:
    html: SafeString | None = _pieces.get(key)
    if html is None:
        html = draw()
        _pieces.set(key, html, len(html) if html.isascii() else 2 * len(html))
    return html


@dataclass(frozen=True)
class Drawing:
    """The pieces of one reading. `counts` has the number of revisions that changed each block, by its key.

    `alone` draws one piece for a page of its own, without links to the others. `checks` is what is known of the
    sources today, by source and quotation: only for today's page, None for any other.
    """

    reading: Reading
    slug: str
    counts: dict[str, int]
    alone: bool = False
    checks: Mapping[tuple[str, str], ShownCheck] | None = None

    def pieces(self) -> dict[str, Any]:
        """Draw all pieces of the page, by their names in its template."""
        pieces = {
            "index": self.index(),
            "context": self.context(),
            "points": [self.point(i) for i in range(len(self.reading.document.points))],
            "table": self.table(),
            "positions": [self.position(i) for i in range(len(self.reading.document.positions))],
        }
        for block_type in LISTED_TYPES:
            if block_type.attribute not in pieces:
                blocks = block_type.blocks(self.reading.document)
                pieces[block_type.attribute] = [self.listed_block(block_type, i) for i in range(len(blocks))]
        return pieces

    def index(self) -> SafeString:
        """The positions at a glance."""
        return self._piece("index", self._positions, (), lambda: {"positions": self.lettered_positions})

    def block(self, part: Part) -> SafeString:
        """Draw the piece that shows this head, context, point or position of the document."""
        document = self.reading.document
        if isinstance(part, Point):
            return self.point(document.points.index(part))
        if isinstance(part, Position):
            return self.position(document.positions.index(part))
        block_type = BLOCK_TYPES[type(part)]
        if block_type in LISTED_TYPES:
            return self.listed_block(block_type, document.places[part.identity])
        return self.context() if isinstance(part, Context) else self.status()

    def status(self) -> SafeString:
        """Draw the status of the dispute, for a page of its own; elsewhere it is part of the head band."""
        head = self.reading.document.head
        return self._piece("status", (self._digest(head.key),), (), lambda: {"head": head})

    def context(self) -> SafeString:
        document = self.reading.document
        return self._piece(
            "context",
            (self._digest(document.context.key),),
            (bool(document.points), bool(document.positions), self._checks_of(document.context)),
            lambda: {
                "context": document.context,
                "citations": [self._citation_view(citation) for citation in document.context.citations],
                "document": document,
            },
        )

    def point(self, index: int) -> SafeString:
        """Draw a contested point, and which positions address it."""
        point = self.reading.document.points[index]
        addressing = tuple(
            (each.label, each.anchor, any(s.point == point.key for s in each.position.stances))
            for each in self.lettered_positions
        )
        count = self.counts.get(point.key, 0)
        return self._piece(
            "point",
            (self._digest(point.key),),
            (index, addressing, count, self._checks_of(point)),
            lambda: {
                "point": point,
                "number": index + 1,
                "anchor": anchor("point", point.key),
                "addressing": addressing,
                "silent": [letter for letter, _anchor, addresses in addressing if not addresses],
                "with_tiles": len(addressing) <= MOST_TILES,
                "addressed_by": sum(addresses for _letter, _anchor, addresses in addressing),
                "citations": [self._citation_view(citation) for citation in point.citations],
                "count": count,
            },
        )

    def listed_block(self, block_type: BlockType, index: int) -> SafeString:
        """Draw a block of a type that needs nothing besides its own fields, number and citations."""
        block = block_type.blocks(self.reading.document)[index]
        count = self.counts.get(block.key, 0)
        return self._piece(
            block_type.name,
            (self._digest(block.key),),
            (index, count, self._checks_of(block)),
            lambda: {
                block_type.name: block,
                "number": block_type.number(index),
                "anchor": anchor(block_type.name, block.key),
                "citations": [self._citation_view(citation) for citation in block.citations],
                "count": count,
            },
        )

    def table(self) -> SafeString:
        """Draw the table positions × points; nothing without both."""
        return self._piece(
            "table",
            (*self._positions, *(self._digest(point.key) for point in self.reading.document.points)),
            (),
            lambda: {
                "points": self.reading.document.points,
                "rows": [(each, self._stance_cells(each.position)) for each in self.lettered_positions],
            },
        )

    def position(self, index: int) -> SafeString:
        """Draw a position in full."""
        lettered = self.lettered_positions[index]
        position = lettered.position
        count = self.counts.get(position.key, 0)
        titles = tuple(point.key + point.title for point in self.reading.document.points)
        return self._piece(
            "position",
            (self._digest(position.key),),
            (index, count, titles, self._checks_of(position)),
            lambda: {
                "lettered": lettered,
                "position": position,
                "citations": list(self._evidence(position)),
                "evidence": evidence_view(
                    self.reading.document,
                    position,
                    lambda key: "" if self.alone else anchor("source", key),
                    self.checks,
                ),
                # Elsewhere the table has them.
                "stances": self._stance_cells(position) if self.alone else (),
                "count": count,
            },
        )

    @cached_property
    def lettered_positions(self) -> tuple[LetteredPosition, ...]:
        """The positions with their letters and backers."""
        document = self.reading.document
        return tuple(
            LetteredPosition(
                position,
                label(i),
                anchor("position", position.key),
                tuple(BackingView(document.by_key[b.backer], b) for b in position.backings),  # type: ignore[arg-type]
            )
            for i, position in enumerate(document.positions)
        )

    @cached_property
    def refs(self) -> tuple[tuple[int, str], ...]:
        """The number of each source, and the anchor of its first citation, which `[3]` in the text links to."""
        if self.alone:
            return ()
        numbers = self.reading.document.source_numbers
        return tuple(
            (numbers[source], anchor("source", citation))
            for source, citation in self._first_citations.items()
        )

    @cached_property
    def _first_citations(self) -> dict[str, str]:
        """The key of the first citation of each source on the page, by the key of the source."""
        first: dict[str, str] = {}
        for citation in self.reading.document.citations():
            first.setdefault(citation.source, citation.key)
        return first

    def frame(self, name: str, versions: tuple[Any, ...], context: dict[str, Any]) -> SafeString:
        """Draw a piece that shows the record too; `versions` are all that it depends on besides this reading."""
        return self._piece(name, (self.reading.entry.digest,), versions, lambda: context)

    def cached(
        self, name: str, keys: Iterable[str], besides: tuple[Any, ...], draw: Callable[[], SafeString]
    ) -> SafeString:
        """Return what `draw` makes of the blocks with these keys and what they refer to, or has made before."""
        digests = tuple(map(self._digest, keys))
        return _cached((name, digests, besides, self._shared_key, get_language()), draw)

    def _piece(
        self,
        name: str,
        digests: tuple[bytes, ...],
        besides: tuple[Any, ...],
        context: Callable[[], dict[str, Any]],
    ) -> SafeString:
        key = (name, digests, besides, self._shared_key, get_language())

        def draw() -> SafeString:
            return render_to_string(
                f"controversy/{name}.html",
                {
                    **text_attributes(self.reading.document.head.language),
                    **context(),
                    "slug": self.slug,
                    "refs": self.refs,
                    "alone": self.alone,
                    "open": self._is_open,
                },
            )

        return _cached(key, draw)

    def _digest(self, key: str) -> bytes:
        """Return the version of a block: its digest, and its stored bytes, which a redaction changes."""
        stored = self.reading.stored[key]
        return stored.digest + hash((stored.body, stored.basis_body)).to_bytes(8, signed=True)

    @property
    def _is_open(self) -> bool:
        """Whether readers may suggest corrections: the page is public, and this is not the form for them."""
        return not self.alone and self.reading.document.head.publication == Publication.PUBLISHED

    @cached_property
    def _positions(self) -> tuple[bytes, ...]:
        return tuple(self._digest(position.key) for position in self.reading.document.positions)

    @cached_property
    def _shared_key(self) -> tuple[Any, ...]:
        """The version of what any piece may show besides its own block; part of every piece's key."""
        document = self.reading.document
        blocks: Iterable[Any] = (*document.backers, *document.sources)
        referred = sha256(repr(self.refs).encode())
        for block in blocks:
            referred.update(self._digest(block.key))
        return (self.slug, self.alone, self._is_open, document.head.language, referred.digest())

    def _checks_of(self, block: Part) -> tuple[ShownCheck | None, ...] | None:
        """Return what the piece of a block shows of checks, for its key; None where it shows a link instead."""
        if self.checks is None:
            return None if citations_of(block) else ()
        return tuple(map(self._check_of, citations_of(block))) if self.checks else ()

    def _check_of(self, citation: Citation) -> ShownCheck | None:
        if not self.checks:
            return None
        return self.checks.get((citation.source, quote_digest(citation.quote)))

    def _citation_view(self, citation: Citation, about: str = "") -> CitationView:
        document = self.reading.document
        return CitationView(
            anchor("source", citation.key),
            document.source_numbers[citation.source],
            document.by_key[citation.source],  # type: ignore[arg-type]  # a citation's source is a Source
            citation.relation,
            citation.quote,
            citation.locator,
            about,
            self._check_of(citation),
            self.checks is None and not self.alone,
            not self.alone and self._first_citations.get(citation.source) != citation.key,
        )

    def _evidence(self, position: Position) -> Iterator[CitationView]:
        """Yield all citations of a position: its own, those of its backings, those of its stances."""
        document = self.reading.document
        for citation in position.citations:
            yield self._citation_view(citation)
        for backing in position.backings:
            backer = document.by_key[backing.backer]
            for citation in backing.citations:
                yield self._citation_view(citation, _("Evidence that %s holds this position") % backer.name)  # type: ignore[union-attr]
        stances = {stance.point: stance for stance in position.stances}
        for number, point in enumerate(document.points, 1):
            if point.key in stances:
                for citation in stances[point.key].citations:
                    yield self._citation_view(
                        citation,
                        _("On point %(number)d, %(title)s") % {"number": number, "title": point.title},
                    )

    def _stance_cells(self, position: Position) -> list[StanceCell]:
        document = self.reading.document
        stances = {stance.point: stance for stance in position.stances}
        cells = []
        for number, point in enumerate(document.points, 1):
            stance = stances.get(point.key)
            cells.append(
                StanceCell(
                    point,
                    number,
                    stance,
                    tuple(
                        (document.source_numbers[c.source], anchor("source", c.key))
                        for c in (stance.citations if stance else ())
                    ),
                )
            )
        return cells


def forget(**_named: object) -> None:
    """Forget every piece: words were removed, or a test or benchmark must see one drawn."""
    _pieces.clear()


words_removed.connect(forget)
