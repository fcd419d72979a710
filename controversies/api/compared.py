"""A comparison as JSON values, words included."""

from typing import Any

from controversies.document import canonical, say
from controversies.document.compare import (
    Action,
    BlockChange,
    FieldChange,
    ItemChange,
    ListChange,
    PlaceOnPage,
    compare,
)
from controversies.document.types import Document, Part


def comparison(old: Document | None, new: Document) -> dict[str, Any]:
    """What changed from the old document, or from nothing, to the new."""
    found = compare(old, new)
    return {
        "summary": say.summary(found),
        "blocks": [
            {
                "key": each.key,
                "kind": each.kind,
                "label": each.label,
                **_change(each),
                "departures": [
                    {
                        "part": _value(departure.part),
                        "origin": _place(departure.origin),
                        "to": _place(departure.to),
                    }
                    for departure in each.departures
                ],
                "origins": [_place(place) for place in each.origins],
                "heirs": [_place(place) for place in each.heirs],
            }
            for each in found.blocks
        ],
        "unchanged": len(found.unchanged),
        "renumbered": sorted(found.renumbered),
        "passages": [
            {"text": each.text, "origin": _place(each.origin), "to": _place(each.to)}
            for each in found.passages
        ],
    }


def _place(place: PlaceOnPage | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {
        "key": place.key,
        "kind": place.kind,
        "label": place.label,
        "name": place.name,
        "within": place.within.identity if place.within is not None else None,
    }


def _change(change: BlockChange | ItemChange) -> dict[str, Any]:
    """What happened to a block, or to a member of a list. What only moved is given once."""
    return {
        "action": change.action.value,
        "moved": change.moved,
        "was": change.was,
        "now": change.now,
        "fields": [_field(each) for each in change.fields],
        "lists": [_list(each) for each in change.lists],
        "old": _value(change.old) if change.action in (Action.REMOVED, Action.CHANGED) else None,
        "new": _value(change.new) if change.new is not None else None,
    }


def _field(field: FieldChange) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": str(field.label),
        "old": _value(field.old),
        "new": _value(field.new),
        "words": [{"op": run.op.value, "text": run.text} for run in field.runs()] if field.is_prose else None,
    }


def _list(changed: ListChange) -> dict[str, Any]:
    return {
        "name": changed.name,
        "label": str(changed.label),
        "unchanged": changed.unchanged,
        "items": [{**_change(item), "origin": _place(item.origin)} for item in changed.items],
    }


def _value(value: Any) -> Any:
    if isinstance(value, Part):
        return canonical.to_json(value, full=True)
    return list(value) if isinstance(value, tuple) else value
