"""A revision as one line of a list: its glyph, what changed in words, its tags."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from controversies.document import labels, say
from controversies.history.log import UNREADABLE, Line
from controversies.history.public import publication_changes
from controversies.models import ChangeClass, Publication

from . import timeline

_APART = (ChangeClass.RESTORE.value, ChangeClass.IMPORT.value)


@dataclass(frozen=True, slots=True)
class Tag:
    """A kind of change in words; dashed where it says what the page became, not what was changed in it."""

    words: str
    meaning: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line and what is drawn of it. `shown` is whether more may be told than that there was a revision."""

    line: Line
    shown: bool
    glyph: str
    words: str
    tags: tuple[Tag, ...]
    sized: bool  # whether its size says something to the reader
    hidden: str = ""  # why it is not shown

    @property
    def entry(self) -> Any:
        return self.line.entry


def row(line: Line, *, every: bool = False) -> Row:
    """The row of a line; `every` for those who may see what is not public."""
    if line.entry.withheld or (not line.is_public and not every):
        return Row(
            line, shown=False, glyph="", words="", tags=(), sized=False, hidden=_hidden(line.publication)
        )
    entry = line.entry
    told = line.follows_public or every
    return Row(
        line,
        shown=True,
        glyph=timeline.kind(entry.classes, opens=not line.follows_public),
        words=words(line, every=every),
        tags=tuple(_tags(line, told=told)),
        sized=told or entry.number == 1,
    )


def words(line: Line, *, every: bool = False) -> str:
    """What changed, in a line. Of what differs from a revision that readers may not see, nothing is told."""
    changes = line.entry.changes
    if not every and not line.follows_public and line.number > 1:
        changes = publication_changes(line.entry)
    return say.changes(changes)


def classes(line: Line, *, told: bool) -> list[str]:
    """The kinds of change; where what was changed may not be `told`, only those that say how it came about."""
    return [name for name in line.entry.classes if told or name in _APART]


def how(line: Line) -> list[str]:
    """The kinds of change that say how a revision came about, whatever it changed."""
    return [name for name in line.entry.classes if name in _APART]


def tag(name: str) -> Tag:
    """The tag of a kind of change."""
    return Tag(labels.change_class(name), _meaning(name), name in _APART)


def _hidden(publication: str) -> str:
    if publication == UNREADABLE:
        return _("cannot be shown: a part of it is missing")
    if publication == Publication.WITHDRAWN:
        return _("made while the page was withdrawn")
    return _("made before the page was public")


def _tags(line: Line, *, told: bool) -> list[Tag]:
    found = [tag(name) for name in classes(line, told=told)]
    before = say.publication_before(line.entry.changes)
    if before is not None:
        publication = Publication._value2member_map_.get(line.publication)
        if publication is not None:
            found.append(Tag(str(publication.label).lower(), str(publication.meaning), dashed=True))  # type: ignore[attr-defined]  # an Explained
    return found


def _meaning(name: str) -> str:
    member: Any = ChangeClass._value2member_map_.get(name)
    return str(member.meaning) if member else ""
