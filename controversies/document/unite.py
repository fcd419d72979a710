"""One backer, source or topic in place of several in a document: what a merge of shared rows makes of each page.

Pure functions: what an editor is shown before a merge, what the merge records, and what becomes of an edit that began
before it are the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from . import references
from .types import Backing, Citation, Document, Kind, Part, Position, SharedBlock, Spec


def rename_keys(document: Document, keys: Mapping[str, str]) -> Document:
    """Return the document with these keys of shared blocks, and references to them, replaced."""
    if not keys:
        return document

    def with_keys(part: Part) -> Any:
        new: dict[str, Any] = {}
        for spec in part.SPECS:
            value = getattr(part, spec.name)
            if spec.kind is Kind.ITEMS:
                new[spec.name] = tuple(map(with_keys, value))
            elif spec.kind is Kind.PART:
                new[spec.name] = with_keys(value)
            elif spec.kind is Kind.KEY and value in keys:
                new[spec.name] = keys[value]
        return replace(part, **new) if new else part  # type: ignore[type-var]  # every part is a dataclass

    return document.mapped(with_keys).with_blocks()


def unite(document: Document, keys: Mapping[str, str], blocks: Mapping[str, SharedBlock]) -> Document:
    """Return the document with shared blocks replaced by those that they were merged into.

    `keys` leads from what was merged away to what stays; `blocks` has those that stay, by key, where they may differ
    from the document's own. Two backings of one backer on one position become one (`join_backings`). Citations stay as
    they are, also two of one source in one list. Marks of sources in prose follow their source. The same object if the
    document mentions none of them.
    """
    mentioned = {block.key for block in document.shared_blocks()}
    renamed = {former: kept for former, kept in keys.items() if former in mentioned}
    if not renamed:
        return document.with_shared(blocks) if mentioned & blocks.keys() else document
    numbers = [renamed.get(key, key) for key in references.numbering(document)]
    kept_backings = {
        backing.key
        for position in document.positions
        for backing in position.backings
        if backing.backer not in renamed
    }

    def with_joined_backings(block: Part) -> Part:
        if not isinstance(block, Position):
            return block
        joined = tuple(_join_all(block.backings, kept_backings))
        return block if len(joined) == len(block.backings) else replace(block, backings=joined)

    new = rename_keys(document, renamed).mapped(with_joined_backings, shared=False)
    new = new.with_shared(blocks).with_blocks()
    return references.renumber_marks(new, numbers, references.titles([new]))


def _join_all(backings: Iterable[Backing], kept: set[str]) -> Iterable[Backing]:
    """The backings with those of one backer joined, at the place of the first."""
    by_backer: dict[str, Backing] = {}
    for backing in backings:
        other = by_backer.get(backing.backer)
        if other is None:
            by_backer[backing.backer] = backing
        elif backing.key in kept and other.key not in kept:
            by_backer[backing.backer] = join_backings(backing, other)
        else:
            by_backer[backing.backer] = join_backings(other, backing)
    return by_backer.values()


def join_backings(first: Backing, second: Backing) -> Backing:
    """Return one backing of two, under the key of the first.

    Its note has both notes, its citations are those of both, the same one once; it begins with the earlier day and ends
    with the later one, or has no end if one of them has none.
    """
    values = {spec.name: _joined_value(spec, first, second) for spec in Backing.VALUES}
    same = {_says(citation) for citation in first.citations}
    added = tuple(citation for citation in second.citations if _says(citation) not in same)
    return replace(first, **values, citations=first.citations + added)


def _joined_value(spec: Spec, first: Backing, second: Backing) -> Any:
    one, other = getattr(first, spec.name), getattr(second, spec.name)
    if spec.name == "until":
        return _longer(one, other, max(one, other)) if one and other else ""
    if spec.kind is Kind.DATE and one and other:
        return _longer(one, other, min(one, other))
    if spec.kind is Kind.PROSE and one and other:
        return one if other in one else other if one in other else f"{one}\n\n{other}"
    return one or other


def _longer(one: str, other: str, otherwise: str) -> str:
    """The longer of two dates of which one begins with the other, as 2024-07 with 2024."""
    if one.startswith(other):
        return one
    return other if other.startswith(one) else otherwise


def _says(citation: Citation) -> tuple[str, ...]:
    return tuple(getattr(citation, spec.name) for spec in Citation.VALUES if spec.name != "key")


def repeated_sources(document: Document, source: str) -> int:
    """Return how many citations of this source stand in a list beside another one of it."""

    def count(part: Part) -> int:
        total = 0
        for spec in part.LISTS:
            items = getattr(part, spec.name)
            if spec.part is Citation:
                total += max(sum(item.source == source for item in items) - 1, 0)
            else:
                total += sum(map(count, items))
        return total

    return sum(map(count, document.own_blocks()))
