"""A small table at the head of a long comparison: positions by the fields and lists that changed."""

from collections.abc import Iterable, Sequence

from controversies.document.types import BY_NAME, Document, Kind, Spec

from .pieces import DepartureNote, DiffOverview, NumberedChange, OverviewRow

FEW = 3  # changes that need no table
_POSITION = BY_NAME["position"]


def overview(
    old: Document | None, new: Document, changes: Sequence[NumberedChange | DepartureNote]
) -> DiffOverview | None:
    """Return the table of these changes, or None if they are few or no position is among them."""
    if old is None or sum(isinstance(change, NumberedChange) for change in changes) <= FEW:
        return None
    by_part: dict[str, list[NumberedChange | DepartureNote]] = {}
    for change in changes:
        by_part.setdefault(change.part, []).append(change)
    columns = _columns({change.aspect for change in changes})
    rows = [
        _row(number, claim, by_part.pop(key), columns)
        for key, number, claim in _positions(old, new)
        if key in by_part
    ]
    if not rows:
        return None
    others = tuple(change for each in by_part.values() for change in each)
    return DiffOverview(tuple(str(spec.label) for spec in columns), tuple(rows), others)


def _columns(aspects: set[str]) -> list[Spec]:
    """The fields and lists of positions: short ones first, then texts, then lists; answers to points if any changed."""
    specs = [spec for spec in _POSITION.part.SPECS if spec.kind is not Kind.KEY and not spec.goes_with]
    specs.sort(key=lambda spec: (spec.kind is Kind.ITEMS, spec.kind is Kind.PROSE))
    return [
        spec for spec in specs if spec.name in aspects or spec.part is None or spec.part.IDENTITY == "key"
    ]


def _positions(old: Document, new: Document) -> Iterable[tuple[str, str, str]]:
    """Key, letter and claim of the positions of the new document, and of those of the old that are gone."""
    for i, position in enumerate(new.positions):
        yield position.key, _POSITION.number(i), position.claim
    for i, position in enumerate(old.positions):
        if position.key not in new.by_key:
            yield position.key, _POSITION.number(i), position.claim


def _row(
    number: str, claim: str, changes: list[NumberedChange | DepartureNote], columns: list[Spec]
) -> OverviewRow:
    cells = tuple(
        (str(spec.label), tuple(change for change in changes if change.aspect == spec.name))
        for spec in columns
    )
    placed = {id(change) for _title, cell in cells for change in cell}
    whole = tuple(change for change in changes if id(change) not in placed)
    return OverviewRow(number, claim, cells, whole, alone=not placed)
