"""A comparison as plain lines of words, for the edit page to tell what changed meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from controversies.document import prose
from controversies.document.compare import Action, Comparison
from controversies.document.present import BlockEntry, PartEntry, name_with_title, present
from controversies.document.words import Op, WordRun

_LONG = 160  # characters of unchanged text that are shown whole; of more, the two ends


@dataclass(frozen=True)
class ChangeLine:
    """One change within a block: its place there, and either the runs of a text or a phrase."""

    where: str
    phrase: str = ""
    runs: list[WordRun] = field(default_factory=list)


@dataclass(frozen=True)
class ChangedBlockSection:
    """The changes of one block, under its name."""

    title: str
    lines: list[ChangeLine]


def sections(comparison: Comparison) -> list[ChangedBlockSection]:
    """Return all changes, block by block."""
    return [
        ChangedBlockSection(_title(entry), list(_lines(entry, ""))) for entry in present(comparison).reported
    ]


def _title(entry: BlockEntry) -> str:
    """The name of a block, and the title of one that is called by a letter or number."""
    return name_with_title(entry.name, entry.title if entry.change.label else "")


def _lines(entry: PartEntry[Any], where: str) -> Iterator[ChangeLine]:
    if entry.action is not Action.CHANGED:
        yield ChangeLine(where, _phrases()[entry.action])
        return
    if entry.is_moved:
        yield ChangeLine(where, _phrases()[Action.MOVED])
    for each in entry.fields:
        place = _join(where, each.label)
        if each.is_text:
            yield ChangeLine(place, runs=_with_ends_only(each.runs))
        else:
            yield ChangeLine(place, f"{each.old or '–'} → {each.new or '–'}")
    for changed in entry.lists:
        for member in changed.members:
            yield from _lines(member, _join(where, f"{changed.label}: {member.name.name}"))


def _join(where: str, label: str) -> str:
    return f"{where} › {label}" if where else label


def _phrases() -> dict[Action, str]:
    return {
        Action.ADDED: _("added"),
        Action.REMOVED: _("removed"),
        Action.MOVED: _("moved"),
    }


def _with_ends_only(runs: list[WordRun]) -> list[WordRun]:
    """The runs, with what is unchanged and long cut in the middle, between two words."""
    return [
        WordRun(run.op, f"{_start(run.text)} … {_start(run.text[::-1])[::-1]}")
        if run.op is Op.KEPT and len(run.text) > _LONG
        else run
        for run in prose.with_space_outside(runs)
    ]


def _start(text: str) -> str:
    """The first words of a text; a word that is too long is cut."""
    start = text[: _LONG // 2]
    return start.rsplit(" ", 1)[0] if " " in start.strip() else start
