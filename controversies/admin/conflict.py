"""A comparison as plain lines of words, for the edit page to say what changed meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from controversies.document import labels, types
from controversies.document.compare import Action, BlockChange, Comparison, FieldChange, ItemChange
from controversies.document.words import Op, Run

_LONG = 160  # characters of unchanged text that are shown whole; of more, the two ends


@dataclass(frozen=True)
class Line:
    """One thing that changed: where in the block, and either what became of the words or a phrase."""

    where: str
    phrase: str = ""
    runs: list[Run] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    """What changed in one block."""

    title: str
    lines: list[Line]


def sections(comparison: Comparison) -> list[Section]:
    """All that changed, block by block."""
    made = []
    for change in comparison.reported_changes:
        name = getattr(change.block, "title", "") or getattr(change.block, "claim", "")
        title = labels.block_name(change.kind, change.label or getattr(change.block, "name", ""))
        if change.kind != "head" and name:
            title = f"{title}: {name}"
        made.append(Section(title, list(_lines(comparison, change, ""))))
    return made


def _lines(comparison: Comparison, change: BlockChange | ItemChange, where: str) -> Iterator[Line]:
    if change.action is not Action.CHANGED:
        yield Line(where, _actions()[change.action])
        return
    if change.moved:
        yield Line(where, _actions()[Action.MOVED])
    for each in change.fields:
        label = _joined(where, str(each.label))
        if each.is_prose:
            yield Line(label, runs=_shortened(each.runs()))
        else:
            yield Line(label, f"{_value(each, each.old)} → {_value(each, each.new)}")
    for changed in change.lists:
        for item in changed.items:
            yield from _lines(
                comparison, item, _joined(where, f"{changed.label}: {_name(comparison, item.part)}")
            )


def _joined(where: str, label: str) -> str:
    return f"{where} › {label}" if where else label


def _actions() -> dict[Action, str]:
    return {
        Action.ADDED: _("added"),
        Action.REMOVED: _("removed"),
        Action.MOVED: _("moved"),
    }


def _value(change: FieldChange, value: Any) -> str:
    if isinstance(value, types.Topic):
        return value.title
    if isinstance(value, tuple):
        return ", ".join(value) or "–"
    return labels.value(change.spec, value) or "–"


def _name(comparison: Comparison, part: Any) -> str:
    """What people call the backer, source or point that a part of a list is about."""
    key: str = getattr(part, "backer", "") or getattr(part, "source", "") or getattr(part, "point", "")
    found = comparison.new.by_key.get(key) or (comparison.old.by_key.get(key) if comparison.old else None)
    return str(getattr(found, "name", None) or getattr(found, "title", None) or "")


def _shortened(runs: list[Run]) -> list[Run]:
    """The runs, with what is unchanged and long cut in the middle."""
    return [
        Run(run.op, f"{run.text[: _LONG // 2]} … {run.text[-_LONG // 2 :]}")
        if run.op is Op.KEPT and len(run.text) > _LONG
        else run
        for run in runs
    ]
