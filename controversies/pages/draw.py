"""Draw a document: HTML as a pure function of what was recorded.

A page is made of pieces, one or a few a block. A piece is drawn once and remembered by the digests of all that
it shows, so that it can never be stale: after an edit only what the edit changed is drawn anew, and an old
revision shares most pieces with today's page, which the same code draws.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from controversies.document.types import (
    Backer,
    Backing,
    Citation,
    Context,
    Point,
    Position,
    Source,
    Stance,
    label,
)
from controversies.history import Reading
from controversies.models import Publication

ANCHOR = 8  # characters of a key


def anchor(kind: str, key: str) -> str:
    """Where a block or citation stands on its page: the same for ever, whatever is added or moved."""
    return f"{kind}-{key[:ANCHOR]}"


class Cited(NamedTuple):
    """A citation, ready to be drawn: `about` says what of the position it serves, if not the whole."""

    anchor: str
    number: int
    source: Source
    relation: str
    quote: str
    locator: str
    about: str


class Backed(NamedTuple):
    """A backer holding a position, ready to be drawn."""

    backer: Backer
    backing: Backing


class Said(NamedTuple):
    """A cell of the positions × points table: the stance, or None for silence, and the sources it cites."""

    point: Point
    number: int
    stance: Stance | None
    refs: tuple[tuple[int, str], ...]


class Held(NamedTuple):
    """A position in its place."""

    position: Position
    label: str
    anchor: str
    backers: tuple[Backed, ...]


class _Work:
    """A piece to be drawn: equal to any other of the same key, whose HTML then serves for both."""

    __slots__ = ("draw", "key")

    def __init__(self, key: tuple[Any, ...], draw: Callable[[], SafeString]) -> None:
        self.key = key
        self.draw: Callable[[], SafeString] | None = draw

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Work) and self.key == other.key


@lru_cache(maxsize=2048)
def _drawn(work: _Work) -> SafeString:
    draw, work.draw = work.draw, None  # the key stays in memory, the document need not
    if draw is None:
        raise RuntimeError("A piece is drawn once.")
    return draw()


@dataclass(frozen=True)
class Drawing:
    """One reading's pieces. `counts` says how many revisions changed each block, for its link to them.

    `alone`: one piece stands on a page of its own, so it has no links to the others.
    """

    reading: Reading
    slug: str
    counts: dict[str, int]
    alone: bool = False

    def pieces(self) -> dict[str, Any]:
        """All pieces of the page, by the names that its template knows them by."""
        return {
            "index": self.index(),
            "context": self.context(),
            "points": [self.point(i) for i in range(len(self.reading.document.points))],
            "table": self.table(),
            "positions": [self.position(i) for i in range(len(self.reading.document.positions))],
        }

    def index(self) -> SafeString:
        """The positions at a glance."""
        return self._piece("index", self._positions, (), lambda: {"positions": self.held})

    def block(self, part: Any) -> SafeString:
        """The piece that shows this head, context, point or position of the document."""
        document = self.reading.document
        if isinstance(part, Point):
            return self.point(document.points.index(part))
        if isinstance(part, Position):
            return self.position(document.positions.index(part))
        return self.context() if isinstance(part, Context) else self.status()

    def status(self) -> SafeString:
        """The state of the dispute: for a page of its own, being part of the head band elsewhere."""
        head = self.reading.document.head
        return self._piece("status", (self._digest(head.key),), (), lambda: {"head": head})

    def context(self) -> SafeString:
        document = self.reading.document
        return self._piece(
            "context",
            (self._digest(document.context.key),),
            (bool(document.points), bool(document.positions)),
            lambda: {
                "context": document.context,
                "citations": [self._cited(citation) for citation in document.context.citations],
                "document": document,
            },
        )

    def point(self, index: int) -> SafeString:
        """A contested point, and which positions speak to it."""
        point = self.reading.document.points[index]
        speaking = tuple(
            (held.label, held.anchor, any(s.point == point.key for s in held.position.stances))
            for held in self.held
        )
        count = self.counts.get(point.key, 0)
        return self._piece(
            "point",
            (self._digest(point.key),),
            (index, speaking, count),
            lambda: {
                "point": point,
                "number": index + 1,
                "anchor": anchor("point", point.key),
                "speaking": speaking,
                "silent": [letter for letter, _anchor, speaks in speaking if not speaks],
                "citations": [self._cited(citation) for citation in point.citations],
                "count": count,
            },
        )

    def table(self) -> SafeString:
        """Positions × points; nothing where there is neither."""
        return self._piece(
            "table",
            (*self._positions, *(self._digest(point.key) for point in self.reading.document.points)),
            (),
            lambda: {
                "points": self.reading.document.points,
                "rows": [(held, self._said(held.position)) for held in self.held],
            },
        )

    def position(self, index: int) -> SafeString:
        """A position, whole."""
        held = self.held[index]
        count = self.counts.get(held.position.key, 0)
        titles = tuple(point.key + point.title for point in self.reading.document.points)
        return self._piece(
            "position",
            (self._digest(held.position.key),),
            (index, count, titles),
            lambda: {
                "held": held,
                "position": held.position,
                "citations": list(self._evidence(held.position)),
                # Elsewhere the table says it.
                "said": self._said(held.position) if self.alone else (),
                "count": count,
            },
        )

    @cached_property
    def held(self) -> tuple[Held, ...]:
        """The positions, lettered, with their backers."""
        document = self.reading.document
        return tuple(
            Held(
                position,
                label(i),
                anchor("position", position.key),
                tuple(Backed(document.by_key[b.backer], b) for b in position.backings),  # type: ignore[arg-type]
            )
            for i, position in enumerate(document.positions)
        )

    @cached_property
    def refs(self) -> tuple[tuple[int, str], ...]:
        """Where the page first cites each source, by its number: what `[3]` in its text links to."""
        if self.alone:
            return ()
        numbers = self.reading.document.source_numbers
        first: dict[int, str] = {}
        for citation in self.reading.document.citations():
            first.setdefault(numbers[citation.source], anchor("source", citation.key))
        return tuple(first.items())

    def frame(self, name: str, versions: tuple[Any, ...], context: dict[str, Any]) -> SafeString:
        """A piece that tells of the record too; `versions` are all that it depends on besides this reading."""
        return self._piece(name, (self.reading.entry.digest,), versions, lambda: context)

    def kept(
        self, name: str, keys: Iterable[str], besides: tuple[Any, ...], draw: Callable[[], SafeString]
    ) -> SafeString:
        """What `draw` makes of the blocks with these keys and what they refer to, or has made before."""
        digests = tuple(map(self._digest, keys))
        return _drawn(_Work((name, digests, besides, self._shared, get_language()), draw))

    def _piece(
        self,
        name: str,
        digests: tuple[bytes, ...],
        besides: tuple[Any, ...],
        context: Callable[[], dict[str, Any]],
    ) -> SafeString:
        key = (name, digests, besides, self._shared, get_language())

        def draw() -> SafeString:
            return render_to_string(
                f"controversy/{name}.html",
                {
                    **context(),
                    "slug": self.slug,
                    "refs": self.refs,
                    "alone": self.alone,
                    "open": self._is_open,
                },
            )

        return _drawn(_Work(key, draw))

    def _digest(self, key: str) -> bytes:
        """What a block's piece depends on: its digest, and its stored bytes, which a redaction changes."""
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
    def _shared(self) -> tuple[Any, ...]:
        """What any piece may show besides its own block: in short, being part of every piece's key."""
        document = self.reading.document
        blocks: Iterable[Any] = (*document.backers, *document.sources)
        referred = sha256(repr(self.refs).encode())
        for block in blocks:
            referred.update(self._digest(block.key))
        return (self.slug, self.alone, self._is_open, referred.digest())

    def _cited(self, citation: Citation, about: str = "") -> Cited:
        document = self.reading.document
        return Cited(
            anchor("source", citation.key),
            document.source_numbers[citation.source],
            document.by_key[citation.source],  # type: ignore[arg-type]  # a citation's source is a Source
            citation.relation,
            citation.quote,
            citation.locator,
            about,
        )

    def _evidence(self, position: Position) -> Iterator[Cited]:
        """All that a position cites: for itself, for who holds it, for what it says on each point."""
        document = self.reading.document
        for citation in position.citations:
            yield self._cited(citation)
        for backing in position.backings:
            who = document.by_key[backing.backer]
            for citation in backing.citations:
                yield self._cited(citation, _("That %s holds it") % who.name)  # type: ignore[union-attr]
        stances = {stance.point: stance for stance in position.stances}
        for number, point in enumerate(document.points, 1):
            if point.key in stances:
                for citation in stances[point.key].citations:
                    yield self._cited(
                        citation,
                        _("On point %(number)d, %(title)s") % {"number": number, "title": point.title},
                    )

    def _said(self, position: Position) -> list[Said]:
        document = self.reading.document
        stances = {stance.point: stance for stance in position.stances}
        cells = []
        for number, point in enumerate(document.points, 1):
            stance = stances.get(point.key)
            cells.append(
                Said(
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


def forget() -> None:
    """Forget every piece: for tests and benchmarks, which must see one drawn."""
    _drawn.cache_clear()
