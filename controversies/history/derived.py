"""What the record keeps of a comparison with the revision before: derived from the two documents, in no digest."""

from dataclasses import dataclass

from controversies.document import compare
from controversies.document.types import Document


@dataclass(frozen=True, slots=True)
class Derived:
    """Columns of a revision, and the keys of its blocks in which only numbers of sources differ."""

    classes: list[str]  # without the kind (import, restore), which no document tells
    changes: compare.Outline
    added: int
    removed: int
    renumbered: frozenset[str] = frozenset()


def derive(old: Document | None, new: Document) -> Derived:
    """What follows from a revision's document and the one before; `old` is None for the first."""
    comparison = compare.compare(old, new)
    added, removed = compare.size(comparison)
    return Derived(
        [each.value for each in compare.classes(comparison)],
        compare.outline(comparison),
        added,
        removed,
        comparison.renumbered,
    )


def publication_changes(was: str, now: str) -> compare.Outline:
    """The outline of a revision of which no more is known than whether readers could see it: "" for no revision."""
    return [] if was in ("", now) else [["head", "", "publication", was, now]]
