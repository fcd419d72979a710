"""The row of a revision in a list: its glyph, its changes in words, its tags."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from controversies.document import labels, say
from controversies.history.log_lines import UNREADABLE, LogLine
from controversies.history.public import publication_changes
from controversies.models import ChangeClass, Publication

from . import timeline

_APART = (ChangeClass.RESTORE.value, ChangeClass.IMPORT.value)


@dataclass(frozen=True, slots=True)
class Tag:
    """A kind of change in words; dashed if it says what became of the page, not what changed in it."""

    words: str
    meaning: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class ListedRevision:
    """A revision and its texts. Unless `shown`, readers only see that there was a revision."""

    line: LogLine
    shown: bool
    glyph: str
    words: str
    tags: tuple[Tag, ...]
    sized: bool  # whether its size is shown
    hidden: str = ""  # why it is not shown

    @property
    def entry(self) -> Any:
        return self.line.entry


@dataclass(frozen=True, slots=True)
class WholeWords:
    """The changes of a revision in words: those that are told at once, and `more` that are told on demand."""

    first: str
    rest: str
    more: int


def row(line: LogLine, *, every: bool = False) -> ListedRevision:
    """Return the row of a revision; with `every`, for a user who may see unpublished pages."""
    if line.entry.withheld or (not line.is_public and not every):
        return ListedRevision(
            line,
            shown=False,
            glyph="",
            words="",
            tags=(),
            sized=False,
            hidden=_reason_hidden(line.publication),
        )
    entry = line.entry
    whole = line.follows_public or every
    return ListedRevision(
        line,
        shown=True,
        glyph=timeline.kind(entry.classes, opens=not line.follows_public),
        words=words(line, every=every),
        tags=tuple(_tags(line, whole=whole)),
        sized=whole or entry.number == 1,
    )


def words(line: LogLine, *, every: bool = False) -> str:
    """Return the changes in words. Changes since a revision that readers may not see are left out."""
    return say.changes(_changes(line, every=every))


def whole_words(line: LogLine) -> WholeWords:
    """Return all of the changes in words, as readers may see them."""
    return WholeWords(*say.all_changes(_changes(line, every=False)))


def _changes(line: LogLine, *, every: bool) -> object:
    """The outline of the changes, without those since a revision that readers may not see."""
    if not every and not line.follows_public and line.number > 1:
        return publication_changes(line.entry)
    return line.entry.changes


def classes(line: LogLine, *, whole: bool) -> list[str]:
    """Return the kinds of change; unless `whole`, only those that say how the revision was made."""
    return [name for name in line.entry.classes if whole or name in _APART]


def tag(name: str) -> Tag:
    """Return the tag of a kind of change."""
    return Tag(labels.change_class(name), _meaning(name), name in _APART)


def _reason_hidden(publication: str) -> str:
    if publication == UNREADABLE:
        return _("This revision cannot be shown: a part of it is missing.")
    if publication == Publication.WITHDRAWN:
        return _("Made while the page was withdrawn.")
    return _("Made before the page was public.")


def _tags(line: LogLine, *, whole: bool) -> list[Tag]:
    tags = [tag(name) for name in classes(line, whole=whole)]
    before = say.publication_before(line.entry.changes)
    if before is not None:
        publication: Any = Publication._value2member_map_.get(line.publication)
        if publication is not None:
            tags.append(
                Tag(labels.in_small_letters(str(publication.label)), str(publication.meaning), dashed=True)
            )
    return tags


def _meaning(name: str) -> str:
    member: Any = ChangeClass._value2member_map_.get(name)
    return str(member.meaning) if member else ""
