"""A comparison as lines of text, for a terminal: what was is [-in these-], what will be {+in these+}."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from controversies.document import labels
from controversies.document.compare import (
    Action,
    BlockChange,
    Comparison,
    FieldChange,
    ItemChange,
    ListChange,
)
from controversies.document.types import Backing, Citation, Document, Kind, Stance

from .. import word_diff
from ..word_diff import AROUND, shorten


def lines(comparison: Comparison) -> Iterator[str]:
    """What differs, block by block."""
    names = _names(comparison.new) | (_names(comparison.old) if comparison.old else {})
    for change in comparison.reported_changes:
        label = change.label or (change.block.name if hasattr(change.block, "name") else "")
        if change.action is Action.ADDED:
            yield f"{labels.block_name(change.kind, label)}: {_('new')}"
            yield f"  {{+{_title(change)}+}}" if _title(change) else f"  {_('as the file has it')}"
            continue
        if change.action is Action.REMOVED:
            yield f"{labels.block_name(change.kind, label)}: {_('removed')}"
            yield f"  [-{_title(change)}-]"
            continue
        moved = f" ({_('moved')})" if change.moved or change.action is Action.MOVED else ""
        yield f"{labels.block_name(change.kind, label)}{moved}"
        yield from (f"  {line}" for field in change.fields for line in _field(field, names))
        yield from (f"  {line}" for changed in change.lists for line in _list(changed, names))


def _names(document: Document) -> dict[str, str]:
    """What people call what a document refers to by key."""
    names = {backer.key: backer.name for backer in document.backers}
    names |= {source.key: source.title for source in document.sources}
    return names | {point.key: point.title for point in document.points}


def _title(change: BlockChange) -> str:
    block = change.block
    for name in ("claim", "title", "name", "text"):
        if hasattr(block, name):
            return shorten(" ".join(str(getattr(block, name)).split()), 2 * AROUND)
    return ""


def _field(field: FieldChange, names: dict[str, str]) -> Iterator[str]:
    label = labels.capital(str(field.label))
    if field.is_prose:
        yield f"{label}: {word_diff.inline(field.old, field.new, marks=field.marks)}"
        return
    old, new = (
        ", ".join(value)
        if isinstance(value, tuple)
        else value.title
        if field.spec.kind is Kind.PART
        else names.get(value) or labels.value(field.spec, value)
        for value in (field.old, field.new)
    )
    yield f"{label}: " + " ".join(filter(None, (f"[-{old}-]" if old else "", f"{{+{new}+}}" if new else "")))


def _list(changed: ListChange, names: dict[str, str]) -> Iterator[str]:
    label = labels.capital(str(changed.label))
    for item in changed.items:
        name = shorten(_item(item, names), 2 * AROUND)
        if item.action is Action.ADDED:
            yield f"{label}: {{+{name}+}}"
        elif item.action is Action.REMOVED:
            yield f"{label}: [-{name}-]"
        else:
            moved = f" ({_('moved')})" if item.moved or item.action is Action.MOVED else ""
            yield f"{label}: {name}{moved}"
            yield from (f"  {line}" for field in item.fields for line in _field(field, names))
            yield from (f"  {line}" for inner in item.lists for line in _list(inner, names))


def _item(item: ItemChange, names: dict[str, str]) -> str:
    part = item.part
    if isinstance(part, Backing):
        return names.get(part.backer, part.backer)
    if isinstance(part, Citation):
        return names.get(part.source, part.source)
    return names.get(part.point, part.point) if isinstance(part, Stance) else ""
