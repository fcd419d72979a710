"""Sentences on single changes of an outline: each a whole one for translators, with names put into their places."""

from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.models import ChangeClass, Publication

from .changes import Action
from .labels import (
    block_name,
    block_names,
    conjunction,
    day,
    field_in_sentence,
    in_small_letters,
    lower,
    name_in_sentence,
    number,
    number_of,
    spec_of,
    value,
)
from .types import BY_NAME, Kind, Spec


class Weight(IntEnum):
    """The order of sentences: the change that matters most comes first."""

    PUBLICATION = 0
    BLOCK = 1
    CLAIM = 2
    STATUS = 3
    TEXT = 4
    BACKERS = 5
    SOURCES = 6
    VALUE = 7
    WORDING = 8
    TYPO = 9
    ORDER = 10


_WEIGHTS = {
    ChangeClass.CONFIDENCE: Weight.CLAIM,
    ChangeClass.STATUS: Weight.STATUS,
    ChangeClass.ATTRIBUTION: Weight.BACKERS,
    ChangeClass.SOURCE: Weight.SOURCES,
}


def _weight(kind: str, spec: Spec | None) -> Weight:
    """The weight of a change of a field or list."""
    block_type = BY_NAME.get(kind)
    if block_type is None or spec is None:
        return Weight.TEXT
    if block_type.shared:
        return _WEIGHTS.get(block_type.change_class, Weight.TEXT)
    if spec.goes_with:
        return _weight(kind, spec_of(kind, spec.goes_with))
    if spec.leads:
        return Weight.CLAIM
    if spec.kind is Kind.DAY:
        return Weight.VALUE
    return _WEIGHTS.get(spec.change_class, Weight.TEXT) if spec.change_class else Weight.TEXT


class Sentence(NamedTuple):
    """A sentence without its full stop, its rank, and the numbered changes of a comparison's page that it tells."""

    weight: Weight
    text: str
    total: int = 1


class OutlineEntry(NamedTuple):
    """An entry of an outline: `name` is of a field or list, or an action.

    `total` is how many numbered changes it is, 0 where another entry stands for the same one.
    """

    kind: str
    label: str
    name: str
    details: list[Any]
    total: int
    others: tuple[str, ...] = ()  # labels of other blocks of the kind to which the same happened

    @property
    def spec(self) -> Spec | None:
        return spec_of(self.kind, self.name)

    @property
    def block(self) -> str:
        """The name of the block within a sentence."""
        if self.others:
            names = conjunction(name_in_sentence(self.kind, label) for label in (self.label, *self.others))
            return _("each of %(blocks)s") % {"blocks": names}
        return name_in_sentence(self.kind, self.label)

    @property
    def field(self) -> str:
        """The name of the field within a sentence, that of its block included."""
        return field_in_sentence(self.kind, self.label, self.name)

    @property
    def way(self) -> str:
        """The word that says in which direction something moved; "" if nothing did."""
        is_move = self.details[:1] and self.details[0] in _WAYS and 2 <= len(self.details) <= 4  # noqa: PLR2004
        return str(self.details[0]) if is_move else ""

    @property
    def is_count(self) -> bool:
        """Whether it tells how many members were added, removed and changed."""
        return len(self.details) == 3 and all(isinstance(n, int) for n in self.details)  # noqa: PLR2004


_WAYS = ("from", "to", "into", "with")


def block_sentences(entries: list[OutlineEntry]) -> Iterator[Sentence]:
    """Blocks of one kind that came, went or moved in one sentence."""
    for action, weight in (
        (Action.ADDED, Weight.BLOCK),
        (Action.REMOVED, Weight.BLOCK),
        (Action.MOVED, Weight.ORDER),
    ):
        blocks: dict[str, list[str]] = {}
        for entry in entries:
            if entry.name != action:
                continue
            if not entry.details:
                blocks.setdefault(entry.kind, []).append(entry.label)
            elif action is Action.MOVED and len(entry.details) == 1:
                blocks.setdefault(entry.kind, []).append(_now_called(str(entry.details[0]), entry.label))
        for kind, names in blocks.items():
            count = len(names)
            phrase = {
                Action.ADDED: ngettext("%(blocks)s added", "%(blocks)s added", count),
                Action.REMOVED: ngettext("%(blocks)s removed", "%(blocks)s removed", count),
                Action.MOVED: ngettext("%(blocks)s moved", "%(blocks)s moved", count),
            }[action]
            yield Sentence(weight, phrase % {"blocks": block_names(kind, names)}, count)


def _now_called(old: str, new: str) -> str:
    """“B (now A)”."""
    return _("%(old)s (now %(new)s)") % {"old": old, "new": new}


def entry_sentences(entry: OutlineEntry, names: set[str], *, is_apart: bool) -> Iterator[Sentence]:
    spec = entry.spec
    if entry.name in (Action.ADDED, Action.REMOVED):
        if len(entry.details) > 1:
            yield Sentence(Weight.BLOCK, _descent(entry))
    elif entry.way in ("to", "with") and not is_apart:
        return  # told where it is now
    elif entry.way and (spec is None or spec.choices is None):
        is_list = spec is not None and spec.kind is Kind.ITEMS
        yield _moved_members(entry) if is_list else _moved_text(entry)
    elif entry.is_count:
        yield from _list_sentences(entry)
    elif spec is None or spec.goes_with not in names:
        yield _field_sentence(entry)


def _descent(entry: OutlineEntry) -> str:
    """“Position C split off from A”."""
    other, also = str(entry.details[1]), entry.details[2:3]
    names = {"block": block_name(entry.kind, entry.label)}
    if entry.name == Action.ADDED:
        return _("%(block)s split off from %(other)s") % {**names, "other": _origin(other, also)}
    if also == [""]:
        return _("%(block)s merged into the new %(other)s") % {**names, "other": other}
    other = _now_called(str(also[0]), other) if also else other
    return _("%(block)s merged into %(other)s") % {**names, "other": other}


def _origin(label: str, now: list[Any]) -> str:
    """The place that something came from, in a sentence: “A”, “A (now B)”, “the former A”, “point 2”, “the context”.

    An outline has only the labels of blocks: letters are of positions, numbers of points, and the context has none.
    """
    kind = "context" if not label else "point" if label[:1].isdigit() else "position"
    name = name_in_sentence(kind, label)
    if not label or not now:
        return name
    return _("the former %(block)s") % {"block": name} if now == [""] else _now_called(name, str(now[0]))


def _moved_text(entry: OutlineEntry) -> Sentence:
    """Sentences that came from another block, or went to one."""
    way, other, *now = entry.details
    names = {"text": entry.field, "other": _origin(str(other), now if way == "from" else [])}
    if way == "from":
        return Sentence(Weight.TEXT, _("Sentences moved from %(other)s to %(text)s") % names)
    return Sentence(Weight.TEXT, _("Sentences moved from %(text)s to %(other)s") % names)


def _moved_members(entry: OutlineEntry) -> Sentence:
    """Members of a list that came from another block, or left this one."""
    way, other, *more = entry.details
    count = more.pop(0) if more else 1
    count = count if isinstance(count, int) else 1
    names = {"members": _members(entry.spec, count), "block": entry.block}
    if way == "with":
        names["point"] = name_in_sentence("point", str(other))
        phrase = ngettext(
            "%(members)s of %(block)s removed with %(point)s",
            "%(members)s of %(block)s removed with %(point)s",
            count,
        )
        return Sentence(Weight.TEXT, phrase % names)
    if str(other) == entry.label and not more:
        phrase = ngettext("%(members)s moved within %(block)s", "%(members)s moved within %(block)s", count)
        return Sentence(_weight(entry.kind, entry.spec), phrase % names)
    other = _origin(str(other), more if way == "from" else [])
    names["origin"], names["to"] = (other, entry.block) if way == "from" else (entry.block, other)
    phrase = ngettext(
        "%(members)s moved from %(origin)s to %(to)s", "%(members)s moved from %(origin)s to %(to)s", count
    )
    return Sentence(_weight(entry.kind, entry.spec), phrase % names)


def _members(spec: Spec | None, count: int) -> str:
    """A number of members of a list: “two sources”."""
    if spec is not None and spec.counted:
        return number_of(spec.counted, count)
    return ngettext("%(n)s part", "%(n)s parts", count) % {"n": number(count)}


def _field_sentence(entry: OutlineEntry) -> Sentence:
    """The change of a text or value."""
    spec, names = entry.spec, {"text": entry.field}
    weight = _weight(entry.kind, spec)
    if entry.kind == "head" and entry.name in ("publication", "reviewed_on"):
        is_pair = len(entry.details) == 2 and all(isinstance(each, str) for each in entry.details)  # noqa: PLR2004
        new = entry.details[1] if is_pair else ""
        if entry.name == "publication":
            return Sentence(Weight.PUBLICATION, _publication(new))
        return Sentence(
            weight, _("Reviewed on %(day)s") % {"day": day(new)} if new else _("Review taken back")
        )
    match entry.details:
        case [ChangeClass.TYPO.value, int(count)] if count > 0:
            phrase = ngettext(
                "%(n)s spelling corrected in %(text)s", "%(n)s spellings corrected in %(text)s", count
            )
            return Sentence(Weight.TYPO, phrase % {**names, "n": number(count)})
        case [ChangeClass.TYPO.value, *_]:
            return Sentence(Weight.TYPO, _("Punctuation or spacing corrected in %(text)s") % names)
        case [ChangeClass.WORDING.value, "order"]:
            return Sentence(Weight.ORDER, _("The sentences of %(text)s in another order") % names)
        case [ChangeClass.WORDING.value, "breaks", int(old), int(new)] if old > new == 1:
            phrase = _("%(n)s paragraphs of %(text)s joined into one")
            return Sentence(Weight.ORDER, phrase % {**names, "n": number(old)})
        case [ChangeClass.WORDING.value, "breaks", 1, int(new)] if new > 1:
            phrase = _("One paragraph of %(text)s split into %(n)s")
            return Sentence(Weight.ORDER, phrase % {**names, "n": number(new)})
        case [ChangeClass.WORDING.value, "breaks", *_]:
            return Sentence(Weight.ORDER, _("The paragraphs of %(text)s split or joined") % names)
        case ["paragraphs", int(removed), int(added), *more]:
            phrase = _paragraphs(removed, added, is_rewritten="rewritten" in more)
            return Sentence(weight, phrase % {**names, "n": number(added or removed)})
        case ["rewritten"]:
            return Sentence(weight, _("%(text)s rewritten") % names)
        case [ChangeClass.WORDING.value]:
            return Sentence(Weight.WORDING, _("%(text)s reworded") % names)
        case [ChangeClass.SOURCE.value]:
            return Sentence(Weight.SOURCES, _("%(text)s refers to other sources") % names)
        case [Action.ADDED.value]:
            return Sentence(weight, _("%(text)s added") % names)
        case [Action.REMOVED.value]:
            return Sentence(weight, _("%(text)s removed") % names)
        case [str(old), str(new)]:
            weight = weight if weight is not Weight.TEXT else Weight.VALUE
            names |= {"old": _value(spec, old), "new": _value(spec, new)}
            return Sentence(weight, _("%(text)s: %(old)s → %(new)s") % names)
    return Sentence(weight, _("%(text)s changed") % names)


def _value(spec: Spec | None, text: str) -> str:
    """A value within a sentence."""
    return in_small_letters(value(spec, text), spec.choices if spec else None) if text else _("none")


def _publication(new: str) -> str:
    return {
        Publication.PUBLISHED.value: _("Published"),
        Publication.WITHDRAWN.value: _("Withdrawn"),
        Publication.DRAFT.value: _("Made a draft again"),
    }.get(new, _("Publication changed"))


def _paragraphs(removed: int, added: int, *, is_rewritten: bool) -> str:
    """A sentence on some paragraphs of a text, with places for their number and the text."""
    if not removed:
        return ngettext("%(n)s paragraph added to %(text)s", "%(n)s paragraphs added to %(text)s", added)
    if not added:
        return ngettext(
            "%(n)s paragraph removed from %(text)s", "%(n)s paragraphs removed from %(text)s", removed
        )
    if is_rewritten:
        return ngettext(
            "%(n)s paragraph of %(text)s rewritten", "%(n)s paragraphs of %(text)s rewritten", added
        )
    return ngettext("%(n)s paragraph of %(text)s changed", "%(n)s paragraphs of %(text)s changed", added)


def record_sentence(entries: list[OutlineEntry]) -> Sentence:
    """The changed fields of a block that several pages share."""
    fields = conjunction(
        lower(str(entry.spec.label)) if entry.spec else entry.name.replace("_", " ") for entry in entries
    )
    words = _("%(fields)s of %(block)s changed") % {"fields": fields, "block": entries[0].block}
    return Sentence(_weight(entries[0].kind, entries[0].spec), words, sum(entry.total for entry in entries))


def _list_sentences(entry: OutlineEntry) -> Iterator[Sentence]:
    """“One source added to A”; a sentence for each action on members of a list."""
    spec = entry.spec
    for action, count in zip((Action.ADDED, Action.REMOVED, Action.CHANGED), entry.details, strict=True):
        if count:
            names = {"members": _members(spec, count), "block": entry.block}
            yield Sentence(_weight(entry.kind, spec), _list_phrase(spec, action, count) % names)
    if not any(entry.details):
        names = {"list": str(spec.label) if spec is not None else _("Parts"), "block": entry.block}
        yield Sentence(Weight.ORDER, _("%(list)s of %(block)s in another order") % names)


def _list_phrase(spec: Spec | None, action: Action, count: int) -> str:
    if action is Action.ADDED:
        return ngettext("%(members)s added to %(block)s", "%(members)s added to %(block)s", count)
    if action is Action.REMOVED:
        return ngettext("%(members)s removed from %(block)s", "%(members)s removed from %(block)s", count)
    refers_to = [each.refers_to for each in spec.part.VALUES] if spec is not None and spec.part else []
    if any(name in BY_NAME and BY_NAME[name].shared for name in refers_to):
        # Not the source or backer itself: that would be on every page that shows it.
        return ngettext(
            "Details of %(members)s of %(block)s changed",
            "Details of %(members)s of %(block)s changed",
            count,
        )
    return ngettext("%(members)s of %(block)s changed", "%(members)s of %(block)s changed", count)
