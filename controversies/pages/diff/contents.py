"""Builds the pieces of one change: fields, compared by words or shown as values, and lists with their members."""

from collections import Counter
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.document import labels, prose, wording
from controversies.document.compare import Action
from controversies.document.present import FieldEntry, ListEntry, MemberEntry, PageNames, PartEntry
from controversies.document.prose import Fate, ParagraphChange
from controversies.document.types import Kind
from controversies.models import ChangeClass

from .links import ChangeLinks, Relocations
from .passages import ComparedText, ComparedTexts, is_only_broken, is_only_moved, is_replaced
from .pieces import (
    REPLACED,
    SIGNS,
    DiffParagraph,
    ListMember,
    ListPiece,
    PlaceNote,
    ProsePiece,
    ValuesPiece,
    action_word,
)

_FOLDED = 2  # unchanged paragraphs in a row are folded


class ContentsBuilder:
    """Builds pieces, and tells the links in the change of which number each text and member is drawn."""

    def __init__(
        self, texts: ComparedTexts, relocations: Relocations, names: PageNames, links: ChangeLinks
    ) -> None:
        self.texts, self.relocations, self.names, self.links = texts, relocations, names, links
        self.number = 0

    def begin_change(self) -> None:
        """Begin the next change: what is drawn from here on is in it."""
        self.number += 1

    # -- fields --

    def field(self, field: FieldEntry, *, is_labelled: bool = False) -> ProsePiece | ValuesPiece:
        """The piece of a field."""
        name = field.label if is_labelled else ""
        if not field.is_text:
            return ValuesPiece(field, name)
        self.links.numbers[id(field)] = self.number
        css = "claim" if field.is_title else "prose" if field.spec.kind is Kind.PROSE else "line"
        return ProsePiece(_paragraphs(self.texts.by_id[id(field)]), name, css)

    def field_action(self, field: FieldEntry) -> tuple[str, str, str]:
        """The sign of a change of a field, its word, and what to call it in the overview."""
        if not field.old or not field.new:
            action = Action.REMOVED if field.old else Action.ADDED
            return SIGNS[action], action_word(action), action_word(action, is_brief=True)
        if not field.is_text:
            is_choice = field.spec.choices is not None
            return REPLACED, _("Replaced"), f"{field.old} → {field.new}" if is_choice else _("replaced")
        changes = self.texts.by_id[id(field)].changes
        if is_replaced(changes):
            return REPLACED, _("Rewritten"), _("rewritten")
        if is_only_moved(changes):
            return SIGNS[Action.MOVED], _("Paragraphs moved"), _("order")
        if is_only_broken(changes):
            return "¶", _("Paragraph breaks"), _("breaks")
        kinds = wording.kinds(*field.change.texts)
        if kinds == {ChangeClass.TYPO}:
            return "±", _("Spelling or punctuation"), _("spelling")
        if kinds == {ChangeClass.SOURCE}:
            return "±", _("Marks of sources"), _("marks")
        return "±", _("Words"), _("reworded")

    # -- lists --

    def whole(self, entry: PartEntry[Any]) -> tuple[Any, ...]:
        """The pieces of a block that came or went, or of a member of a list."""
        details = entry.details if isinstance(entry, MemberEntry) else entry.fields
        fields = [self.field(field, is_labelled=True) for field in details]
        return (*fields, *(self.members(changed, is_labelled=True) for changed in entry.lists))

    def members(self, changed: ListEntry, *, is_labelled: bool = False) -> ListPiece:
        """The piece of a list."""
        return ListPiece(
            tuple(self._member(member) for member in changed.members),
            changed.change.unchanged,
            changed.label if is_labelled else "",
        )

    def _member(self, member: MemberEntry) -> ListMember:
        name, item = member.name, member.change
        note = self._relocation(member)
        if note is not None and member.action in (Action.ADDED, Action.REMOVED):
            return ListMember(Action.MOVED, name, (), note)
        if (
            note is None
            and item.moved
            and item.was is not None
            and item.now is not None
            and item.was != item.now
        ):
            places = {"old": item.was + 1, "new": item.now + 1}
            note = PlaceNote(_("moved from place %(old)d to place %(new)d") % places)
        return ListMember(member.action, name, self.whole(member), note)

    def _relocation(self, member: MemberEntry) -> PlaceNote | None:
        """A link to where a member came from or went to, if it stood in another list."""
        item = member.change
        self.links.numbers[id(item.part)] = self.number
        if item.action is Action.REMOVED:
            there = self.relocations.destinations.get(id(item.old))
            return PlaceNote(_("moved to %(place)s"), there) if there is not None else None
        here = self.relocations.arrivals.get(id(item.new))
        return PlaceNote(_("moved here from %(place)s"), here) if here is not None else None

    def list_action(self, changed: ListEntry) -> tuple[str, str, str]:
        """The sign of what happened to a list, the numbers of members, and the same in signs, as “+1 −2”."""
        counts = {action: changed.change.count(action) for action in SIGNS}
        phrases = {
            Action.CHANGED: ngettext("%(n)d changed", "%(n)d changed", counts[Action.CHANGED]),
            Action.ADDED: ngettext("%(n)d added", "%(n)d added", counts[Action.ADDED]),
            Action.REMOVED: ngettext("%(n)d removed", "%(n)d removed", counts[Action.REMOVED]),
            Action.MOVED: ngettext("%(n)d moved", "%(n)d moved", counts[Action.MOVED]),
        }
        words = {
            action: phrase % {"n": counts[action]} for action, phrase in phrases.items() if counts[action]
        }
        sign = SIGNS[next(iter(words))] if len(words) == 1 else "±"
        return sign, ", ".join(words.values()), self._signs(changed)

    def _signs(self, changed: ListEntry) -> str:
        items = changed.change.items
        own = Counter(item.action for item in items if item.origin is None)
        signs = (Action.ADDED, Action.REMOVED, Action.CHANGED, Action.MOVED)
        parts = [" ".join(f"{SIGNS[action]}{own[action]}" for action in signs if own[action])]
        places = [item.origin for item in items if item.origin is not None]
        origins = Counter(self.names.numbers.get(place.key) or place.label for place in places)
        parts += [_("%(n)d from %(label)s") % {"n": n, "label": label} for label, n in origins.items()]
        return ", ".join(filter(None, parts))


# -- paragraphs --


def prose_piece(old: str, new: str) -> ProsePiece:
    """Return the comparison of two versions of a text that is on no page of a controversy."""
    return ProsePiece(_paragraphs(ComparedText("", prose.compare(old, new), may_move=False)))


def _paragraphs(text: ComparedText) -> tuple[DiffParagraph, ...]:
    """The paragraphs of a compared text, with those folded away that did not change."""
    drawn: list[DiffParagraph] = []
    groups = groupby(enumerate(text.changes), key=lambda each: each[1].fate is Fate.KEPT)
    for is_kept, group in groups:
        alike = [_paragraph(text, i, change) for i, change in group]
        if is_kept and len(alike) >= _FOLDED and len(alike) < len(text.changes):
            drawn.append(DiffParagraph(folded=tuple(alike)))
        else:
            drawn.extend(alike)
    return (*drawn, *(DiffParagraph(note=note) for note in text.notes))


def _paragraph(text: ComparedText, place: int, change: ParagraphChange) -> DiffParagraph:
    if place in text.departures:
        return DiffParagraph(note=PlaceNote(_("A paragraph moved to %(place)s"), text.departures[place]))
    if place in text.arrivals:
        reference, runs = text.arrivals[place]
        note = PlaceNote(_("Moved here from %(place)s"), reference)
        return DiffParagraph(tuple(prose.paragraphs(runs)), note)
    texts = tuple(tuple(each) for runs in change.runs for each in prose.paragraphs(runs))
    return DiffParagraph(texts, _note(change))


def _note(change: ParagraphChange) -> PlaceNote | None:
    if change.fate is Fate.MOVED:
        places = {"old": change.old[0] + 1, "new": change.new[0] + 1}
        return PlaceNote(_("Moved: paragraph %(old)d before, now paragraph %(new)d") % places)
    if change.fate is Fate.SPLIT:
        return PlaceNote(_("One paragraph split into %(n)s") % {"n": labels.number(len(change.new))})
    if change.fate is Fate.JOINED:
        n = labels.capital(labels.number(len(change.old)))
        return PlaceNote(_("%(n)s paragraphs joined into one") % {"n": n})
    return None
