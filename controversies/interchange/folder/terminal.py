"""A comparison as lines of text, for a terminal: [-removed words-], {+added words+}."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from controversies.document.compare import Action, Comparison
from controversies.document.present import (
    BlockEntry,
    FieldEntry,
    ListEntry,
    PartEntry,
    main_text,
    present,
)

from .. import word_diff
from ..word_diff import AROUND, shorten


def terminal_diff(comparison: Comparison) -> Iterator[str]:
    """Yield the lines of a comparison, block by block."""
    for entry in present(comparison).reported:
        title = _title(entry)
        if entry.action is Action.ADDED:
            yield _("%(name)s: new") % {"name": entry.name}
            yield f"  {{+{title}+}}" if title else "  " + _("as the file has it")
        elif entry.action is Action.REMOVED:
            yield _("%(name)s: removed") % {"name": entry.name}
            yield f"  [-{title}-]"
        else:
            yield _("%(name)s (moved)") % {"name": entry.name} if entry.is_moved else entry.name
            yield from (f"  {line}" for line in _contents(entry))


def _title(entry: BlockEntry) -> str:
    """The title of a block, or else its text, in one line."""
    spec = main_text(entry.change.block)
    text = entry.title or (getattr(entry.change.block, spec.name) if spec is not None else "")
    return shorten(" ".join(text.split()), 2 * AROUND)


def _contents(entry: PartEntry[Any]) -> Iterator[str]:
    for field in entry.fields:
        yield _field(field)
    for changed in entry.lists:
        yield from _list(changed)


def _field(field: FieldEntry) -> str:
    if field.is_text:
        words = word_diff.inline(field.old, field.new, marks=field.change.marks)
    else:
        values = (f"[-{field.old}-]" if field.old else "", f"{{+{field.new}+}}" if field.new else "")
        words = " ".join(filter(None, values))
    return f"{field.label}: {words}"


def _list(changed: ListEntry) -> Iterator[str]:
    for member in changed.members:
        name = shorten(member.name.name, 2 * AROUND)
        if member.action is Action.ADDED:
            yield f"{changed.label}: {{+{name}+}}"
        elif member.action is Action.REMOVED:
            yield f"{changed.label}: [-{name}-]"
        else:
            name = _("%(name)s (moved)") % {"name": name} if member.is_moved else name
            yield f"{changed.label}: {name}"
            yield from (f"  {line}" for line in _contents(member))
