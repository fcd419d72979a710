"""The keys of a document by the names of their parts, and what each would be if it followed from these.

A path is what the `keys` of a file name: `position/<claim>/proponents/meta-ai`.
"""

from collections.abc import Iterator
from typing import NamedTuple

from controversies.document.types import Citation, Document, Position
from controversies.models import stance_key

from ..derived_keys import controversy_key, derive_key
from . import names

PAGE, THREAD = "page", "thread"


class KeyPath(NamedTuple):
    """A part's path and key, and the key that follows from its name."""

    path: str
    key: str
    derive_key: str


def page_key(slug: str) -> str:
    """The key of the page of this address, if a file made it."""
    return controversy_key(slug)


def thread_key(slug: str) -> str:
    """The key of the topic of this address, if a file made it."""
    return derive_key("topics", slug)


def backer_key(slug: str) -> str:
    """The key of the backer of this address, if a file made it."""
    return derive_key("backers", slug)


def source_key(slug: str) -> str:
    """The key of the source of this address, if a file made it."""
    return derive_key("sources", slug)


def part_key(page: str, kind: str, name: str) -> str:
    """The key of a point or position of this name, of the page with this key."""
    return derive_key(kind, name, under=page)


def backing_key(position: str, backer: str) -> str:
    """The key of the backing of a position by the backer of this address."""
    return derive_key("backing", backer, under=position)


def citation_key(owner: str, name: str) -> str:
    """The key of a citation of the source of this name by a part."""
    return derive_key("citation", name, under=owner)


def uniques(given: Iterator[str] | list[str]) -> list[str]:
    """These names, each with a number behind it where it was there before."""
    taken: set[str] = set()
    last: dict[str, tuple[str, int]] = {}
    made = []
    for name in given:
        made.append(names.unique(name, taken, last))
        taken.add(made[-1])
    return made


def key_paths(document: Document) -> Iterator[KeyPath]:
    """Every key of the document that a file may have to give, in its order."""
    head = document.head
    sources = {source.key: source.slug for source in document.sources}
    backers = {backer.key: backer.slug for backer in document.backers}
    yield KeyPath(PAGE, head.key, page_key(head.slug))
    yield KeyPath(THREAD, head.topic.key, thread_key(head.topic.slug))
    yield from _citations("context", document.context.key, document.context.citations, sources)
    points: dict[str, str] = {}
    titles = uniques([names.slug(point.title) for point in document.points])
    for name, point in zip(titles, document.points, strict=True):
        points[point.key] = name
        yield KeyPath(f"point/{name}", point.key, part_key(head.key, "point", name))
        yield from _citations(f"point/{name}", point.key, point.citations, sources)
    claims = uniques([names.slug(position.claim) for position in document.positions])
    for name, position in zip(claims, document.positions, strict=True):
        yield KeyPath(f"position/{name}", position.key, part_key(head.key, "position", name))
        yield from _position(f"position/{name}", position, points, backers, sources)
    for backer in document.backers:
        yield KeyPath(f"proponent/{backer.slug}", backer.key, backer_key(backer.slug))
    for source in document.sources:
        yield KeyPath(f"source/{source.slug}", source.key, source_key(source.slug))


def _position(
    path: str, position: Position, points: dict[str, str], backers: dict[str, str], sources: dict[str, str]
) -> Iterator[KeyPath]:
    yield from _citations(f"{path}/sources", position.key, position.citations, sources)
    for backing in position.backings:
        where = f"{path}/proponents/{backers[backing.backer]}"
        yield KeyPath(where, backing.key, backing_key(position.key, backers[backing.backer]))
        yield from _citations(where, backing.key, backing.citations, sources)
    for stance in position.stances:
        key = stance_key(position.key, stance.point)
        yield from _citations(f"{path}/stances/{points[stance.point]}", key, stance.citations, sources)


def _citations(
    path: str, owner: str, citations: tuple[Citation, ...], sources: dict[str, str]
) -> Iterator[KeyPath]:
    cited = uniques([sources[citation.source] for citation in citations])
    for name, citation in zip(cited, citations, strict=True):
        yield KeyPath(f"{path}/{name}", citation.key, citation_key(owner, name))
