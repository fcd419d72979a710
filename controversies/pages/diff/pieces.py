"""The pieces of a comparison's view, as data: templates draw and escape them."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from controversies.document import labels
from controversies.document.compare import Action
from controversies.document.present import FieldEntry, MemberName
from controversies.document.words import WordRun

from .links import ChangeReference

SIGNS = {
    Action.ADDED: "+",
    Action.REMOVED: "−",
    Action.CHANGED: "±",
    Action.MOVED: "↕",
}
REPLACED = "→"


def action_word(action: Action, *, is_brief: bool = False) -> str:
    """The name of an action in words; a brief one stands within a line."""
    if is_brief:
        return {
            Action.ADDED: _("added"),
            Action.REMOVED: _("removed"),
            Action.CHANGED: pgettext("part of a page", "changed"),
            Action.MOVED: _("moved"),
        }[action]
    return {
        Action.ADDED: _("Added"),
        Action.REMOVED: pgettext("part of a page", "Removed"),
        Action.CHANGED: _("Changed"),
        Action.MOVED: pgettext("part of a page", "Moved"),
    }[action]


@dataclass(frozen=True, slots=True)
class PlaceNote:
    """A sentence with places for a link to another change (`%(place)s`), a name and a quote, as far as it has them."""

    sentence: str
    reference: ChangeReference | None = None
    name: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class DiffParagraph:
    """A paragraph, several that belong together, or those folded away that did not change.

    `note` tells what words and marks do not.
    """

    texts: tuple[tuple[WordRun, ...], ...] = ()
    note: PlaceNote | None = None
    folded: tuple["DiffParagraph", ...] = ()

    @property
    def runs(self) -> tuple[WordRun, ...]:
        """The runs of all its texts."""
        return tuple(run for text in self.texts for run in text)


@dataclass(frozen=True, slots=True)
class ProsePiece:
    """Text compared by paragraphs and words. `type` says which template draws it, here and below."""

    paragraphs: tuple[DiffParagraph, ...]
    label: str = ""
    css: str = "prose"
    type: str = "words"


@dataclass(frozen=True, slots=True)
class ValuesPiece:
    """One value replaced by another; either may be missing."""

    field: FieldEntry
    label: str = ""
    type: str = "values"


@dataclass(frozen=True, slots=True)
class MovePiece:
    """A block in another place, the same otherwise or not."""

    name: str
    words: str
    type: str = "moved"


@dataclass(frozen=True, slots=True)
class ListMember:
    """The change of one member of a list; `note` tells from where or to where it moved."""

    action: Action
    name: MemberName
    pieces: tuple[Any, ...] = ()
    note: PlaceNote | None = None

    @property
    def sign(self) -> str:
        return SIGNS[self.action]

    @property
    def word(self) -> str:
        return action_word(self.action)


@dataclass(frozen=True, slots=True)
class ListPiece:
    """The changed members of a list, and how many are unchanged."""

    members: tuple[ListMember, ...]
    unchanged: int
    label: str = ""
    type: str = "members"


@dataclass(frozen=True, slots=True)
class NumberedChange:
    """One numbered change: its place on the page, its sort, and its pieces.

    `part` is the key of its block and `aspect` the name of the field or list; `brief` is the change in a word or two.
    """

    number: int
    path: tuple[str, ...]
    sign: str
    word: str
    brief: str
    pieces: tuple[Any, ...]
    css: str = ""
    part: str = ""
    aspect: str = ""

    @property
    def anchor(self) -> str:
        return f"change-{self.number}"


@dataclass(frozen=True, slots=True)
class DepartureNote:
    """Members that left a part for another, in which they are shown: no change of its own, so it has no number."""

    path: tuple[str, ...]
    lines: tuple[PlaceNote, ...]
    anchor: str
    part: str
    aspect: str
    brief: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class UnchangedBlocks:
    """Blocks in a row that are as they were: a line, and their words for who wants them."""

    words: str
    blocks: tuple[tuple[str, str, tuple[str, ...]], ...]  # label, name, paragraphs


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """The changes of one position by column, and those of it as a whole."""

    label: str
    name: str
    cells: tuple[tuple[str, tuple[NumberedChange | DepartureNote, ...]], ...]  # each with its column's name
    whole: tuple[NumberedChange | DepartureNote, ...] = ()
    alone: bool = False  # it came or went, and has no columns


@dataclass(frozen=True, slots=True)
class DiffOverview:
    """A small table of the changes, positions by what was changed of them, and what else changed."""

    columns: tuple[str, ...]
    rows: tuple[OverviewRow, ...]
    others: tuple[NumberedChange | DepartureNote, ...] = ()


@dataclass(frozen=True, slots=True)
class DiffView:
    """All of a comparison, in the order of the page. `others` counts changes of other parts that are left out."""

    entries: tuple[NumberedChange | DepartureNote | UnchangedBlocks, ...]
    changes: int
    blocks: int
    overview: DiffOverview | None = None
    others: int = 0

    @property
    def heading(self) -> str:
        """The number of changes, and of the parts of the page that have them; "" if there is nothing to show."""
        if not self.changes:
            is_left = any(isinstance(entry, DepartureNote) for entry in self.entries)
            return _("Parts moved elsewhere, and nothing else") if is_left else ""
        words = ngettext("%(n)s change", "%(n)s changes", self.changes) % {"n": labels.number(self.changes)}
        if self.changes > 1 and self.blocks > 1:
            words = ngettext(
                "%(changes)s in %(parts)s part of the page",
                "%(changes)s in %(parts)s parts of the page",
                self.blocks,
            ) % {"changes": words, "parts": labels.number(self.blocks)}
        return labels.capital(words)
