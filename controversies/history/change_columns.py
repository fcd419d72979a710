"""The columns of a revision that follow from its document and the one before. No digest covers them."""

from dataclasses import dataclass

from controversies.document import compare
from controversies.document.types import Document


@dataclass(frozen=True, slots=True)
class ChangeColumns:
    """Columns of a revision, and the keys of its blocks in which only numbers of sources differ."""

    classes: list[str]  # without the kind (import, restore), which no document tells
    changes: compare.Outline
    added: int
    removed: int
    renumbered: frozenset[str] = frozenset()


def change_columns(old: Document | None, new: Document) -> ChangeColumns:
    """Compare a revision's document with the one before; `old` is None for the first."""
    comparison = compare.compare(old, new)
    added, removed = compare.size(comparison)
    return ChangeColumns(
        [each.value for each in compare.classes(comparison)],
        compare.outline(comparison),
        added,
        removed,
        comparison.renumbered,
    )
