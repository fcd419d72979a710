"""A small table at the head of a long comparison: positions by what was changed of them."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from controversies.document.types import Document, label

from .pieces import DepartureNote, DiffOverview, NumberedChange, OverviewRow

FEW = 3  # changes that need no table
_ALWAYS = ("claim", "confidence", "argument", "backers", "sources")


def overview(
    old: Document | None, new: Document, changes: Sequence[NumberedChange | DepartureNote]
) -> DiffOverview | None:
    """The table of these changes, or None if they are few or no position is among them."""
    if old is None or sum(isinstance(change, NumberedChange) for change in changes) <= FEW:
        return None
    titles = {
        "claim": _("Claim"),
        "confidence": _("Confidence"),
        "argument": _("Argument"),
        "stances": _("Stances"),
        "backers": _("Backers"),
        "sources": _("Sources"),
    }
    by_part: dict[str, list[NumberedChange | DepartureNote]] = {}
    for change in changes:
        by_part.setdefault(change.part, []).append(change)
    aspects = {change.aspect for change in changes} | set(_ALWAYS)
    columns = [(name, title) for name, title in titles.items() if name in aspects]
    rows = [
        _row(name, claim, by_part.pop(key), columns)
        for key, name, claim in _positions(old, new)
        if key in by_part
    ]
    if not rows:
        return None
    others = tuple(change for each in by_part.values() for change in each)
    return DiffOverview(tuple(title for _name, title in columns), tuple(rows), others)


def _positions(old: Document, new: Document) -> Iterable[tuple[str, str, str]]:
    """Key, letter and claim of the positions of the new document, and of those of the old that are gone."""
    for i, position in enumerate(new.positions):
        yield position.key, label(i), position.claim
    for i, position in enumerate(old.positions):
        if position.key not in new.by_key:
            yield position.key, label(i), position.claim


def _row(
    name: str,
    claim: str,
    changes: list[NumberedChange | DepartureNote],
    columns: list[tuple[str, str]],
) -> OverviewRow:
    cells = tuple(
        (title, tuple(change for change in changes if change.aspect == column)) for column, title in columns
    )
    placed = {id(change) for _title, cell in cells for change in cell}
    whole = tuple(change for change in changes if id(change) not in placed)
    return OverviewRow(name, claim, cells, whole, alone=not placed)
