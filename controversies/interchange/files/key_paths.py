"""The keys of a document by the names of their parts, and the key that would follow from each name.

A path is a name under `keys` in a file: `position/<claim>/proponents/meta-ai`.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from controversies.document.types import BLOCKS, Citation, Document, Position
from controversies.models import stance_key

from ..derived_keys import controversy_key, derive_key
from . import names

PAGE, THREAD = "page", "thread"


class KeyPath(NamedTuple):
    """The path and key of a part, and the key that follows from its name."""

    path: str
    key: str
    derived: str


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
    """The key of a point, position or other block of this name, of the page with this key."""
    return derive_key(kind, name, under=page)


def backing_key(position: str, backer: str) -> str:
    """The key of the backing of a position by the backer of this address."""
    return derive_key("backing", backer, under=position)


def citation_key(owner: str, name: str) -> str:
    """The key of a citation of the source of this name by a part."""
    return derive_key("citation", name, under=owner)


def uniques(texts: Iterable[str]) -> list[str]:
    """Return these names, with a number behind each that repeats an earlier one."""
    used: set[str] = set()
    last: dict[str, tuple[str, int]] = {}

    def unique(name: str) -> str:
        used.add(numbered := names.unique(name, used, last))
        return numbered

    return [unique(name) for name in texts]


def key_paths(document: Document) -> Iterator[KeyPath]:
    """Yield every key of the document that a file may have to give, in the document's order."""
    head = document.head
    slugs = {source.key: source.slug for source in document.sources}
    slugs |= {backer.key: backer.slug for backer in document.backers}
    yield KeyPath(PAGE, head.key, page_key(head.slug))
    yield KeyPath(THREAD, head.topic.key, thread_key(head.topic.slug))
    yield from _citations("context", document.context.key, document.context.citations, slugs)
    block_names: dict[str, str] = {}  # of points, by key
    for block_type in BLOCKS:
        blocks = block_type.blocks(document)
        if block_type.shared:
            kind, derived = _SHARED_PATHS[block_type.name]
            for shared in blocks:
                yield KeyPath(f"{kind}/{shared.slug}", shared.key, derived(shared.slug))
        elif block_type.many:
            for name, block in zip(
                uniques([names.slug(b.display_name) for b in blocks]), blocks, strict=True
            ):
                block_names[block.key] = name
                path = f"{block_type.name}/{name}"
                yield KeyPath(path, block.key, part_key(head.key, block_type.name, name))
                if isinstance(block, Position):
                    yield from _position(path, block, block_names, slugs)
                else:
                    yield from _citations(path, block.key, getattr(block, "citations", ()), slugs)


_SHARED_PATHS: dict[str, Any] = {"backer": ("proponent", backer_key), "source": ("source", source_key)}


def _position(
    path: str, position: Position, points: dict[str, str], slugs: dict[str, str]
) -> Iterator[KeyPath]:
    yield from _citations(f"{path}/sources", position.key, position.citations, slugs)
    for backing in position.backings:
        where = f"{path}/proponents/{slugs[backing.backer]}"
        yield KeyPath(where, backing.key, backing_key(position.key, slugs[backing.backer]))
        yield from _citations(where, backing.key, backing.citations, slugs)
    for stance in position.stances:
        key = stance_key(position.key, stance.point)
        yield from _citations(f"{path}/stances/{points[stance.point]}", key, stance.citations, slugs)


def _citations(
    path: str, owner: str, citations: tuple[Citation, ...], slugs: dict[str, str]
) -> Iterator[KeyPath]:
    cited = uniques(slugs[citation.source] for citation in citations)
    for name, citation in zip(cited, citations, strict=True):
        yield KeyPath(f"{path}/{name}", citation.key, citation_key(owner, name))
