"""Draw a document as HTML, a pure function of the record.

A page is made of pieces, one or a few for each block. A piece is cached by the digests of everything it shows, so it is
never stale: after an edit only the changed pieces are drawn again, and an old revision shares most pieces with today's
page, which the same code draws.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from controversies.checks.digests import quote_digest
from controversies.checks.display import ShownCheck
from controversies.document.types import (
    BLOCK_TYPES,
    BLOCKS,
    Backer,
    Backing,
    Block,
    BlockType,
    Citation,
    Context,
    Head,
    Part,
    Point,
    Position,
    Source,
    Stance,
    citations_of,
    label,
)
from controversies.document.words import marked_numbers
from controversies.history import Reading, words_removed
from controversies.kit.keys import ANCHOR, anchor
from controversies.kit.segmented import SegmentedStore
from controversies.models import Publication, Relation

from .evidence import evidence_view
from .footnotes import BackLink, CitedSource, Footnotes
from .language import text_attributes

MOST_TILES = 26  # letters of positions beside a point; of more it is told how many address it
MOST_CELLS = 200  # of the table that are drawn as tiles, too; a larger table is shut
MOST_CITATIONS = 3  # shown at once; more are shut, with their counts
MOST_LINKS = 12  # positions that the contents of a page link to

_PARAGRAPH = re.compile(r'<p( dir="auto")?>((?:(?!</?p\b).)*)</p>', re.DOTALL)  # and nothing else

# Blocks that the page lists, each as a piece of its own.
LISTED_TYPES = tuple(block_type for block_type in BLOCKS if block_type.many and not block_type.shared)


class CitationView(NamedTuple):
    """A citation, ready to be drawn: `about` names the part of the position that it is for, if not the whole.

    `part` is the anchor of that part, "" where it has none; `links_back` lead to the texts that refer to the citation.
    `relation` is "" where the place says it: evidence that a backer holds a position is listed with the backer.
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
    part: str
    links_back: tuple[BackLink, ...]
    check: ShownCheck | None
    is_past: bool
    is_again: bool


class RelationCount(NamedTuple):
    """The number of citations of one relation, in words."""

    relation: str
    words: str


class CitationList(NamedTuple):
    """The citations of a block, and how many of each relation there are where the list is shut."""

    views: tuple[CitationView, ...]
    counts: tuple[RelationCount, ...]

    @property
    def is_long(self) -> bool:
        return bool(self.counts)


class BackingView(NamedTuple):
    """A backer holding a position, ready to be drawn: with its note as HTML, and the evidence that it holds it."""

    backer: Backer
    backing: Backing
    note: SafeString = SafeString()
    citations: tuple[CitationView, ...] = ()


class StanceCell(NamedTuple):
    """A cell of the positions × points table: the stance, None if none is recorded, and the sources it cites.

    `html` is its text, without its paragraph if it is one alone; `attributes` are those of the element around it.
    `anchor` is "" where nothing leads there.
    """

    point: Point
    number: int
    stance: Stance | None
    html: SafeString
    attributes: SafeString
    anchor: str
    refs: tuple[CitedSource, ...]


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
            "status": self.status(),
            "context": self.context(),
            "points": [self.point(i) for i in range(len(self.reading.document.points))],
            "table": self.table(),
            "silence": self.silence(),
            "positions": [self.position(i) for i in range(len(self.reading.document.positions))],
        }
        for block_type in LISTED_TYPES:
            if block_type.attribute not in pieces:
                blocks = block_type.blocks(self.reading.document)
                pieces[block_type.attribute] = [self.listed_block(block_type, i) for i in range(len(blocks))]
        return pieces

    def index(self) -> SafeString:
        """The positions at a glance, and links to the parts of the page, which stay in sight."""
        document = self.reading.document
        return self._piece(
            "index",
            self._positions,
            (bool(document.points),),
            lambda: {
                "positions": self.lettered_positions,
                "has_table": bool(document.points and document.positions),
                "has_letters": 0 < len(document.positions) <= MOST_LINKS,
            },
        )

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
        """Draw the status of the dispute."""
        head = self.reading.document.head
        return self._piece(
            "status",
            (self._digest(head.key),),
            (),
            lambda: {"head": head, "text": self._footnotes(head, ()).draw(head.status_summary, 2)},
        )

    def context(self) -> SafeString:
        context = self.reading.document.context

        def draw() -> dict[str, Any]:
            notes = self._footnotes(context, context.citations)
            return {
                "context": context,
                "text": notes.draw(context.text, 2),
                "citations": self._citation_list(context, notes),
            }

        return self._piece("context", (self._digest(context.key),), self._evidence_key(context), draw)

    def point(self, index: int) -> SafeString:
        """Draw a contested point, and which positions address it."""
        point = self.reading.document.points[index]
        addressing = tuple(
            (each.label, each.anchor, any(s.point == point.key for s in each.position.stances))
            for each in self.lettered_positions
        )
        count = self.counts.get(point.key, 0)

        def draw() -> dict[str, Any]:
            notes = self._footnotes(point, point.citations)
            return {
                "point": point,
                "text": notes.draw(point.body),
                "number": index + 1,
                "anchor": anchor("point", point.key),
                "addressing": addressing,
                "silent": [letter for letter, _anchor, addresses in addressing if not addresses],
                "with_tiles": len(addressing) <= MOST_TILES,
                "addressed_by": sum(addresses for _letter, _anchor, addresses in addressing),
                "citations": self._citation_list(point, notes),
                "count": count,
            }

        versions = (index, addressing, count, *self._evidence_key(point))
        return self._piece("point", (self._digest(point.key),), versions, draw)

    def listed_block(self, block_type: BlockType, index: int) -> SafeString:
        """Draw a block of a type that needs nothing besides its own fields, number and citations."""
        block = block_type.blocks(self.reading.document)[index]
        count = self.counts.get(block.key, 0)
        return self._piece(
            block_type.name,
            (self._digest(block.key),),
            (index, count, *self._evidence_key(block)),
            lambda: {
                block_type.name: block,
                "number": block_type.number(index),
                "anchor": anchor(block_type.name, block.key),
                "citations": self._citation_list(block, self._footnotes(block, block.citations)),
                "count": count,
            },
        )

    def table(self) -> SafeString:
        """Draw the table positions × points; nothing without both."""
        document = self.reading.document

        def draw() -> dict[str, Any]:
            rows = [(each, self._stance_cells(each.position)) for each in self.lettered_positions]
            recorded = sum(1 for _each, cells in rows for cell in cells if cell.stance)
            return {
                "points": document.points,
                "rows": rows,
                "recorded": recorded,
                "total": len(rows) * len(document.points),
                "has_tiles": self._has_tiles,
                "is_shut": not self._has_tiles or 2 * recorded <= len(rows) * len(document.points),
            }

        return self._piece(
            "table", (*self._positions, *(self._digest(point.key) for point in document.points)), (), draw
        )

    def position(self, index: int) -> SafeString:
        """Draw a position in full."""
        lettered = self.lettered_positions[index]
        position = lettered.position
        count = self.counts.get(position.key, 0)
        titles = tuple(point.key + point.title for point in self.reading.document.points)

        def draw() -> dict[str, Any]:
            notes = self._footnotes(
                position,
                position.citations,
                *(stance.citations for stance in position.stances),
                *(backing.citations for backing in position.backings),
            )
            argument = notes.draw(position.argument)
            reason = notes.draw(position.confidence_reason, 4)
            backed = [
                notes.draw(each.note, 4, self._cited_sources(each.citations)) for each in position.backings
            ]
            for number, point, stance in self._stances(position):
                if cell := self._cell_anchor(position, point):
                    notes.add(stance.text, BackLink(cell, _("Back to point %d in the table") % number))
            return {
                "lettered": lettered,
                "position": position,
                "argument": argument,
                "reason": reason,
                "backers": [
                    BackingView(each.backer, each.backing, note, self._holding(each.backing, notes))
                    for each, note in zip(lettered.backers, backed, strict=True)
                ],
                "citations": _shut(tuple(self._evidence(position, notes))),
                "evidence": evidence_view(
                    self.reading.document,
                    position,
                    lambda key: "" if self.alone else anchor("source", key),
                    self.checks,
                ),
                # Elsewhere the table has them.
                "stances": self._stance_cells(position) if self.alone else (),
                "silent": self._silent_everywhere,
                "count": count,
            }

        versions = (
            index,
            count,
            titles,
            self._silent_everywhere,
            self._has_tiles,
            *self._evidence_key(position),
        )
        return self._piece("position", (self._digest(position.key),), versions, draw)

    @cached_property
    def _silent_everywhere(self) -> tuple[str, ...]:
        """The texts that none of several positions has, which the page says once above them all."""
        positions = self.reading.document.positions
        if self.alone or len(positions) < 2:  # noqa: PLR2004 - "none of several"
            return ()
        return tuple(
            name
            for name in ("argument", "confidence_reason")
            if not any(getattr(each, name) for each in positions)
        )

    def silence(self) -> SafeString:
        """Draw what none of the positions has, and the invitation to suggest it; nothing if there is nothing."""
        if not self._silent_everywhere:
            return SafeString()
        return self._piece(
            "silence", (), self._silent_everywhere, lambda: {"silent": self._silent_everywhere}
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
            for source, citation in self.reading.document.first_citations.items()
        )

    @cached_property
    def _anchors(self) -> dict[int, str]:
        return dict(self.refs)

    def _cited_sources(self, *lists: Iterable[Citation]) -> list[CitedSource]:
        """Return the citations of these lists as marks may lead to them; none where the piece is drawn alone."""
        if self.alone:
            return []
        numbers = self.reading.document.source_numbers
        return [
            CitedSource(numbers[each.source], anchor("source", each.key))
            for citations in lists
            for each in citations
        ]

    def _footnotes(self, block: Part, *lists: Iterable[Citation]) -> Footnotes:
        """Return the footnotes of a block with these citations, those to prefer first."""
        language = self.reading.document.head.language
        return Footnotes(
            self._cited_sources(*lists), self._anchors, language, self._links_from_elsewhere(block)
        )

    def _links_from_elsewhere(self, block: Part) -> dict[str, list[BackLink]]:
        """Return the links from citations of a block to other blocks that refer to them, by the citation's anchor."""
        references = self.reading.document.cross_references.get(block.identity)
        if self.alone or not references:
            return {}
        by_key = self.reading.document.by_key
        return {
            anchor("source", citation): [self._link_to(by_key[key]) for key in keys]
            for citation, keys in references.items()
        }

    def _link_to(self, block: Block) -> BackLink:
        """Return a link back to a block."""
        block_type = BLOCK_TYPES[type(block)]
        place = self.reading.document.places[block.key]
        where = anchor(block_type.name, block.key)
        if isinstance(block, Head):
            return BackLink("status", _("Back to the status"))
        if isinstance(block, Context):
            return BackLink("context", _("Back to the context"))
        if isinstance(block, Point):
            return BackLink(where, _("Back to point %d") % (place + 1))
        if isinstance(block, Position):
            return BackLink(where, _("Back to position %s") % label(place))
        return BackLink(where, _("Back to the text"))

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

    def _evidence_key(self, block: Part) -> tuple[Any, ...]:
        """Return the versions of what the citations of a block show besides themselves."""
        links = self._links_from_elsewhere(block)
        return (self._checks_of(block), tuple((key, *each) for key, each in links.items()))

    def _check_of(self, citation: Citation) -> ShownCheck | None:
        if not self.checks:
            return None
        return self.checks.get((citation.source, quote_digest(citation.quote)))

    def _citation_view(
        self,
        citation: Citation,
        notes: Footnotes,
        *,
        about: str = "",
        part: str = "",
        is_of_backer: bool = False,
    ) -> CitationView:
        document = self.reading.document
        here = anchor("source", citation.key)
        return CitationView(
            here,
            document.source_numbers[citation.source],
            document.by_key[citation.source],  # type: ignore[arg-type]  # a citation's source is a Source
            "" if is_of_backer and citation.relation == Relation.SUPPORTS else citation.relation,
            citation.quote,
            citation.locator,
            about,
            part,
            tuple(notes.links_back(here)),
            self._check_of(citation),
            self.checks is None and not self.alone,
            not self.alone and document.first_citations[citation.source] != citation.key,
        )

    def _citation_list(self, block: Part, notes: Footnotes) -> CitationList:
        """Return all citations of a block that has no parts with citations of their own."""
        return _shut(tuple(self._citation_view(citation, notes) for citation in citations_of(block)))

    def _evidence(self, position: Position, notes: Footnotes) -> Iterator[CitationView]:
        """Yield the evidence cited for a position: its own citations, then those of its stances."""
        for citation in position.citations:
            yield self._citation_view(citation, notes)
        for number, point, stance in self._stances(position):
            about = _("On point %(number)d, %(title)s") % {"number": number, "title": point.title}
            part = self._cell_anchor(position, point)
            for citation in stance.citations:
                yield self._citation_view(citation, notes, about=about, part=part)

    def _stances(self, position: Position) -> Iterator[tuple[int, Point, Stance]]:
        """Yield the number of each contested point that a position addresses, the point, and the stance on it."""
        stances = {stance.point: stance for stance in position.stances}
        for number, point in enumerate(self.reading.document.points, 1):
            if point.key in stances:
                yield number, point, stances[point.key]

    def _holding(self, backing: Backing, notes: Footnotes) -> tuple[CitationView, ...]:
        """Return the evidence that a backer holds a position."""
        return tuple(self._citation_view(each, notes, is_of_backer=True) for each in backing.citations)

    @cached_property
    def _has_tiles(self) -> bool:
        """Whether the table is drawn as tiles, too, which lead to its cells."""
        positions, points = len(self.reading.document.positions), len(self.reading.document.points)
        return max(positions, points) <= MOST_TILES and positions * points <= MOST_CELLS

    def _cell_anchor(self, position: Position, point: Point) -> str:
        """Return the anchor of a cell; "" where the table is large, and where there is none."""
        if self.alone or not self._has_tiles:
            return ""
        return f"{anchor('stance', position.key)}-{point.key[:ANCHOR]}"

    def _stance_cells(self, position: Position) -> list[StanceCell]:
        document = self.reading.document
        stances = {stance.point: stance for stance in position.stances}
        # The marks of a cell lead to the position's citations, which link back to the cell.
        marks = {each.number: each.anchor for each in reversed(self._cited_sources(citations_of(position)))}
        language = text_attributes(document.head.language)["text_attrs"]
        cells = []
        for number, point in enumerate(document.points, 1):
            stance = stances.get(point.key)
            text = stance.text if stance else ""
            cited = self._cited_sources(stance.citations if stance else ())
            html = Footnotes((), self._anchors | marks, document.head.language).draw(text, 3, cited)
            line = _PARAGRAPH.fullmatch(html)
            attributes = language if stance else SafeString()
            if line:
                attributes += SafeString(line[1] or "")
                html = mark_safe(line[2])  # noqa: S308 - safe as the whole is
            cells.append(
                StanceCell(
                    point,
                    number,
                    stance,
                    html,
                    attributes,
                    self._cell_anchor(position, point),
                    tuple(each for each in cited if each.number not in marked_numbers(text)),
                )
            )
        return cells


def _shut(views: tuple[CitationView, ...]) -> CitationList:
    """Return a list of citations, with their counts if it is long."""
    if len(views) <= MOST_CITATIONS:
        return CitationList(views, ())
    counts = Counter(view.relation for view in views)
    words = {
        Relation.SUPPORTS: ngettext("%(n)d supports it", "%(n)d support it", counts[Relation.SUPPORTS]),
        Relation.CONTRADICTS: ngettext(
            "%(n)d contradicts it", "%(n)d contradict it", counts[Relation.CONTRADICTS]
        ),
        Relation.CONTEXT: ngettext("%(n)d gives context", "%(n)d give context", counts[Relation.CONTEXT]),
    }
    return CitationList(
        views,
        tuple(
            RelationCount(relation, text % {"n": counts[relation]})
            for relation, text in words.items()
            if counts[relation]
        ),
    )


def forget(**_named: object) -> None:
    """Forget every piece: words were removed, or a test or benchmark must see one drawn."""
    _pieces.clear()


words_removed.connect(forget)
