"""What changed, in words: from the outline that a revision keeps, or from a whole comparison.

`changes()` never fails: an outline written by a later version is told as far as it is understood.
"""

import datetime
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from django.utils import formats
from django.utils.dateparse import parse_date
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controversies.document import canonical
from controversies.document.compare import Action, BlockChange, Comparison, ItemChange, ListChange, classes
from controversies.document.types import TOPIC_DESCRIPTION, Kind, Spec
from controversies.models import ChangeClass, Publication

_MANY = 6  # clauses of one sentence; the rest is counted

_SPECS: dict[str, dict[str, Spec]] = {
    kind: {spec.name: spec for spec in cls.SPECS} for kind, cls in canonical.TYPES.items()
}
_SPECS["head"][TOPIC_DESCRIPTION.name] = TOPIC_DESCRIPTION
_NUMBERS = (
    gettext_lazy("no"),
    gettext_lazy("one"),
    gettext_lazy("two"),
    gettext_lazy("three"),
    gettext_lazy("four"),
    gettext_lazy("five"),
    gettext_lazy("six"),
    gettext_lazy("seven"),
    gettext_lazy("eight"),
    gettext_lazy("nine"),
    gettext_lazy("ten"),
    gettext_lazy("eleven"),
    gettext_lazy("twelve"),
)


def number(n: int) -> str:
    """A count as a sentence has it: in words up to twelve."""
    return str(_NUMBERS[n]) if 0 <= n < len(_NUMBERS) else formats.number_format(n, use_l10n=True)


def capital(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return str(capfirst(text))


def listed(items: Iterable[str]) -> str:
    """“a, b and c”."""
    return get_text_list(list(items), _("and"))


def block(kind: str, label: str) -> str:
    """The name of a block as a reader meets it: “Position B”, “Contested point 2”, “Backer Meta AI”."""
    names = {
        "head": _("Page"),
        "context": _("Context"),
        "point": _("Contested point %s"),
        "position": _("Position %s"),
        "backer": _("Backer %s"),
        "source": _("Source %s"),
    }
    name = names.get(kind) or capfirst(kind.replace("_", " ")) + " %s"
    return (name % label).strip() if "%s" in name else name


def blocks(kind: str, labels: list[str]) -> str:
    """The name of one block, or of several of a kind: “Positions A, B and C”."""
    names = {
        "point": _("Contested points %s"),
        "position": _("Positions %s"),
        "backer": _("Backers %s"),
        "source": _("Sources %s"),
    }
    if len(labels) > 1 and kind in names:
        return names[kind] % listed(labels)
    return block(kind, labels[0])


def value(spec: Spec | None, text: str) -> str:
    """A value of a closed vocabulary, or a day, as a reader meets it."""
    if spec is not None and spec.choices is not None and text in spec.choices.values:
        return str(spec.choices(text).label)
    if spec is not None and spec.kind is Kind.DAY:
        return day(text)
    return text


def status(text: str) -> str:
    """A status as a reader meets it."""
    return value(_SPECS["head"]["status"], text)


def kind(name: str) -> str:
    """A kind of change as a reader meets it."""
    member: Any = ChangeClass._value2member_map_.get(name)
    return str(member.label) if member else name


def day(text: str) -> str:
    """A date of ISO 8601 in words, as far as it is known: “2024”, “July 2024”, “23 July 2024”."""
    whole = text + "-01-01"[len(text) - 4 :] if len(text) in (4, 7) else text
    try:
        date = parse_date(whole)
    except ValueError:
        return text
    if date is None:
        return text
    return formats.date_format(date, {4: "Y", 7: "F Y"}.get(len(text), "j F Y"))


def day_of(time: datetime.datetime) -> str:
    """The day of a time, in words and in UTC, as all times of the site are."""
    return formats.date_format(time.astimezone(datetime.UTC), "j F Y")


# -- from an outline --


def changes(outline: Any) -> str:
    """What a revision changed, in one line.

    As in “Position B: claim, confidence medium → high; Sources +1 −1. Status: summary”.
    """
    entries = list(_entries(outline))
    if entries and entries[0][0] == "first":
        return _first(entries[0])
    told: list[tuple[str, str, _Phrase]] = []
    for (kind, label), group in groupby(entries, key=lambda entry: (entry[0], entry[1])):
        told += [(kind, label, phrase) for phrase in _phrases(kind, [entry[2:] for entry in group])]
    sentences: list[str] = []
    for (kind, phrase), same in groupby(told, key=lambda each: (each[0], each[2])):
        sentences.append(_sentence(blocks(kind, [label for _kind, label, _phrase in same]), phrase))
    return ". ".join(sentences)


def publication_before(outline: Any) -> str | None:
    """What the page's publication was before a revision with this outline, if it changed it."""
    for entry in _entries(outline):
        if entry[0] == "head" and entry[2:3] == ["publication"] and len(entry) > 3:  # noqa: PLR2004 - kind, label, name, old
            return str(entry[3])
    return None


def _entries(outline: Any) -> Iterator[list[Any]]:
    """The entries that have the shape of one."""
    for entry in outline if isinstance(outline, list | tuple) else ():
        if not isinstance(entry, list | tuple) or not entry or not isinstance(entry[0], str):
            continue
        if entry[0] == "first":
            yield list(entry)
        elif len(entry) > 2 and isinstance(entry[2], str):  # noqa: PLR2004 - kind, label, what
            yield [entry[0], str(entry[1]), *entry[2:]]


def _first(entry: list[Any]) -> str:
    positions, points = (
        n if isinstance(n, int) and not isinstance(n, bool) and n >= 0 else 0 for n in [*entry[1:3], 0, 0][:2]
    )
    return _("First revision: %(positions)s, %(points)s") % {
        "positions": ngettext("%d position", "%d positions", positions) % positions,
        "points": ngettext("%d contested point", "%d contested points", points) % points,
    }


class _Phrase(NamedTuple):
    """What happened to a block, apart from its name: `form` says how the two are joined."""

    form: str  # an Action, or "of" its parts, or "itself" and its parts, or "" where the name is not told
    text: str = ""


def _sentence(name: str, phrase: _Phrase) -> str:
    if phrase.form == "of":
        return f"{name}: {phrase.text}"
    if phrase.form == "itself":
        return f"{name}; {phrase.text}" if phrase.text else name
    if not phrase.form:
        return phrase.text
    return {
        Action.ADDED: _("%s added"),
        Action.REMOVED: _("%s removed"),
        Action.MOVED: _("%s moved"),
    }[Action(phrase.form)] % name


def _phrases(kind: str, entries: list[list[Any]]) -> Iterator[_Phrase]:
    """What happened to one block."""
    fields: list[str] = []
    lists: list[str] = []
    said: dict[str, str] = {}
    for what, *rest in entries:
        if kind == "head" and what in _APART:
            said[what] = _head_field(what, rest)
        elif what in (Action.ADDED, Action.REMOVED, Action.MOVED):
            yield _Phrase(str(what))
        elif len(rest) == 3 and all(isinstance(n, int) for n in rest):  # noqa: PLR2004 - added, removed, changed
            lists.append(_list(kind, what, *rest))
        else:
            fields.append(_field(kind, what, rest))
    if "publication" in said:
        yield _Phrase("", said["publication"])
    status = [said[name] for name in ("status", "status_summary") if name in said]
    if status:
        yield _Phrase("", _("Status: %s") % ", ".join(status))
    if "reviewed_on" in said or "reviewed_by" in said:
        yield _Phrase("", said.get("reviewed_on") or said["reviewed_by"])
    if kind == "head" and (fields or lists):
        yield _Phrase("", capfirst(", ".join([*fields, *lists])))
    elif kind == "context" and fields == [_name(_SPECS["context"]["text"])]:
        yield _Phrase("itself", "; ".join(lists))
    elif fields or lists:
        yield _Phrase("of", "; ".join(text for text in [", ".join(fields), *lists] if text))


_APART = (
    "publication",
    "status",
    "status_summary",
    "reviewed_on",
    "reviewed_by",
)  # fields of the head told apart


def _name(spec: Spec) -> str:
    """A field's name within a sentence."""
    label = str(spec.label)
    return label[:1].lower() + label[1:]


def _field(kind: str, name: str, rest: list[Any]) -> str:
    spec = _SPECS.get(kind, {}).get(name)
    label = _name(spec) if spec else name.replace("_", " ")
    replaced = _replaced(spec, rest)
    return f"{label} {replaced}" if replaced else label


def _replaced(spec: Spec | None, rest: list[Any]) -> str:
    """“medium → high”, if both are given."""
    if len(rest) != 2 or not all(isinstance(each, str) for each in rest):  # noqa: PLR2004 - old and new
        return ""
    return " → ".join(value(spec, each).lower() if each else _("none") for each in rest)


def _head_field(name: str, rest: list[Any]) -> str:
    new = rest[1] if len(rest) > 1 and isinstance(rest[1], str) else ""
    if name == "publication":
        return _publication(new)
    if name == "status_summary":
        return _("summary")
    if name == "status":
        return _replaced(_SPECS["head"]["status"], rest) or _("changed")
    if name == "reviewed_on":
        return _("Reviewed on %s") % day(new) if new else _("Review taken back")
    return _("Reviewer's name")


def _publication(new: str) -> str:
    return {
        Publication.PUBLISHED.value: _("Published"),
        Publication.WITHDRAWN.value: _("Withdrawn"),
        Publication.DRAFT.value: _("Made a draft again"),
    }.get(new, _("Publication changed"))


def _list(kind: str, name: str, added: int, removed: int, changed: int) -> str:
    spec = _SPECS.get(kind, {}).get(name)
    label = str(spec.label) if spec else capfirst(name.replace("_", " "))
    signs = [f"+{added}"] if added else []
    signs += [f"−{removed}"] if removed else []
    counts = [" ".join(signs)] if signs else []
    if changed:
        counts.append(ngettext("%d changed", "%d changed", changed) % changed)
    return f"{label} {', '.join(counts)}" if counts else _("%s in another order") % label


# -- from a comparison, at length --


def summary(comparison: Comparison) -> str:
    """What changed between two revisions, in one sentence for the head of a page."""
    if comparison.old is None:
        return _beginning(comparison)
    clauses = list(_clauses(comparison))
    if not clauses:
        return _("Nothing that a reader sees differs.")
    more = len(clauses) - _MANY
    if more > 1:
        clauses = clauses[:_MANY]
        clauses.append(ngettext("%d more block changed", "%d more blocks changed", more) % more)
    return capfirst("; ".join(clauses)) + "."


def _beginning(comparison: Comparison) -> str:
    new = comparison.new
    counts = [
        (len(new.positions), ngettext("%s position", "%s positions", len(new.positions))),
        (len(new.points), ngettext("%s contested point", "%s contested points", len(new.points))),
        (len(new.backers), ngettext("%s backer", "%s backers", len(new.backers))),
        (len(new.sources), ngettext("%s source", "%s sources", len(new.sources))),
    ]
    return _("The whole page, compared with nothing: %s.") % listed(
        phrase % number(count) for count, phrase in counts
    )


def _clauses(comparison: Comparison) -> Iterator[str]:
    told = list(comparison.told)
    for change in told:
        if change.kind == "head":
            yield from _head_clauses(change)
    for change in told:
        if change.kind == "context":
            parts = [_("was rewritten")] if change.fields else []
            parts += [phrase for each in change.lists for phrase in _gains(each)]
            yield _("the context %s") % listed(parts)
    for kind, one in (("point", _("contested point %s")), ("position", _("position %s"))):
        for action, verb in (
            (Action.ADDED, (_("%s was added"), _("%s were added"))),
            (Action.REMOVED, (_("%s was removed"), _("%s were removed"))),
        ):
            labels = [c.label for c in told if c.kind == kind and c.action is action]
            if labels:
                name = blocks(kind, labels)
                yield verb[len(labels) > 1] % (name[:1].lower() + name[1:])
        for change in told:
            if change.kind == kind and change.action in (Action.CHANGED, Action.MOVED):
                yield f"{one % change.label} {listed(_block_verbs(change))}"
    for kind, phrase in (
        (
            "backer",
            lambda n: ngettext("the record of %s backer changed", "the records of %s backers changed", n),
        ),
        (
            "source",
            lambda n: ngettext("the record of %s source changed", "the records of %s sources changed", n),
        ),
    ):
        count = sum(change.kind == kind for change in told)
        if count:
            yield phrase(count) % number(count)


def _head_clauses(change: BlockChange) -> Iterator[str]:
    fields = {field.name: field for field in change.fields}
    publication, status = fields.pop("publication", None), fields.pop("status", None)
    if publication:
        yield {
            Publication.PUBLISHED.value: _("the page was published"),
            Publication.WITHDRAWN.value: _("the page was withdrawn"),
        }.get(publication.new, _("the page was made a draft again"))
    summary_changed = fields.pop("status_summary", None)
    if status:
        yield _("the dispute went from %(old)s to %(new)s") % {
            "old": value(status.spec, status.old).lower(),
            "new": value(status.spec, status.new).lower(),
        }
    elif summary_changed:
        yield _("the summary of where the dispute stands was rewritten")
    reviewed = fields.pop("reviewed_on", None)
    fields.pop("reviewed_by", None)
    if reviewed:
        yield (
            _("the page was reviewed on %s") % day(reviewed.new)
            if reviewed.new
            else _("its review was taken back")
        )
    if fields:
        names = [_name(field.spec) for field in fields.values()]
        yield _("the page’s %s changed") % listed(names)


def _block_verbs(change: BlockChange) -> Iterator[str]:
    if change.moved and change.was is not None and change.now is not None:
        yield _("moved from place %(old)d to place %(new)d") % {"old": change.was + 1, "new": change.now + 1}
    for field in change.fields:
        if field.name == "confidence":
            yield _("went from %(old)s to %(new)s confidence") % {
                "old": value(field.spec, field.old).lower(),
                "new": value(field.spec, field.new).lower(),
            }
    rewritten = [_name(field.spec) for field in change.fields if field.name != "confidence"]
    if rewritten:
        yield _("has a new %s") % listed(rewritten)
    for each in change.lists:
        yield from _gains(each)


def _gains(changed: ListChange) -> Iterator[str]:
    """“gained one backer”, “lost two sources”."""
    nouns = {
        "backings": lambda n: ngettext("%s backer", "%s backers", n),
        "citations": lambda n: ngettext("%s source", "%s sources", n),
        "stances": lambda n: ngettext("%s stance", "%s stances", n),
    }
    noun = nouns.get(changed.name, lambda n: ngettext("%s part", "%s parts", n))
    moved = changed.count(Action.MOVED)
    for action, verb in (
        (Action.ADDED, _("gained %s")),
        (Action.REMOVED, _("lost %s")),
        (Action.CHANGED, _("changed what it says of %s")),
    ):
        count = changed.count(action)
        if count:
            yield verb % (noun(count) % number(count))
    if moved and moved == len(changed.items):
        yield _("has its %s in another order") % str(changed.label).lower()


# -- from a comparison, as a reason to save it --


def reason(comparison: Comparison) -> str:
    """A reason for this change, ready for the editor to keep or to better: what changed, in a line."""
    if comparison.old is None:
        return changes([["first", len(comparison.new.positions), len(comparison.new.points)]])
    if not comparison:
        return ""
    found = classes(comparison)
    if found == [ChangeClass.TYPO]:
        return _("Spelling or punctuation corrected")
    clauses = list(_reasons(comparison))
    more = len(clauses) - _MANY
    if more > 1:
        clauses = [*clauses[:_MANY], ngettext("%d more change", "%d more changes", more) % more]
    return capfirst("; ".join(clauses))


def _reasons(comparison: Comparison) -> Iterator[str]:
    told = comparison.told
    for change in told:
        if change.action in (Action.ADDED, Action.REMOVED) or change.moved:
            phrase = {Action.ADDED: _("%s added"), Action.REMOVED: _("%s removed")}.get(
                change.action, _("%s moved")
            )
            name = block(change.kind, change.label)
            yield phrase % (name[:1].lower() + name[1:])
        yield from _field_reasons(change)
    yield from _totals(told)


def _field_reasons(change: BlockChange) -> Iterator[str]:
    for field in change.fields:
        name = _name(field.spec)
        if field.name == "confidence_reason" and any(f.name == "confidence" for f in change.fields):
            continue
        if field.name == "reviewed_by" and any(f.name == "reviewed_on" for f in change.fields):
            continue
        if field.name == "publication":
            yield _publication(field.new).lower()
            continue
        if field.name == "reviewed_on":
            yield _("reviewed on %s") % day(field.new) if field.new else _("review taken back")
            continue
        where = change.label or getattr(change.block, "name", "")
        if change.kind == "point":
            where = _("point %s") % where
        elif change.kind == "source":
            where = _("source %s") % where
        elif change.kind == "context":
            name = _("context")
        if where:
            name = _("%(field)s of %(block)s") % {"field": name, "block": where}
        if field.spec.kind is Kind.CHOICE:
            old, new = (value(field.spec, each).lower() or _("none") for each in (field.old, field.new))
            yield f"{name} {old} → {new}"
        elif not field.old:
            yield _("%s added") % name
        elif not field.new:
            yield _("%s removed") % name
        else:
            yield _("%s reworded") % name


def _totals(told: tuple[BlockChange, ...]) -> Iterator[str]:
    """How many sources, backers and stances came, went and changed, over all blocks."""
    counts: dict[tuple[str, Action], int] = {}
    for change in told:
        for name, item in _members(change):
            counts[name, item.action] = counts.get((name, item.action), 0) + 1
    for (name, action), count in counts.items():
        phrases = {
            ("citations", Action.ADDED): ngettext("%d source added", "%d sources added", count),
            ("citations", Action.REMOVED): ngettext("%d source removed", "%d sources removed", count),
            ("citations", Action.CHANGED): ngettext("%d citation changed", "%d citations changed", count),
            ("citations", Action.MOVED): ngettext("%d source moved", "%d sources moved", count),
            ("backings", Action.ADDED): ngettext("%d backer added", "%d backers added", count),
            ("backings", Action.REMOVED): ngettext("%d backer removed", "%d backers removed", count),
            ("backings", Action.CHANGED): ngettext("%d backing changed", "%d backings changed", count),
            ("backings", Action.MOVED): ngettext("%d backer moved", "%d backers moved", count),
            ("stances", Action.ADDED): ngettext("%d stance added", "%d stances added", count),
            ("stances", Action.REMOVED): ngettext("%d stance removed", "%d stances removed", count),
            ("stances", Action.CHANGED): ngettext("%d stance changed", "%d stances changed", count),
        }
        phrase = phrases.get((name, action))
        if phrase:
            yield phrase % count


def _members(change: BlockChange | ItemChange) -> Iterator[tuple[str, ItemChange]]:
    for changed in change.lists:
        for item in changed.items:
            if item.action is not Action.CHANGED or item.fields:
                yield changed.name, item
            yield from _members(item)


def counted_changes(changes: int, blocks: int) -> str:
    """“Seven changes in three blocks”."""
    words = ngettext("%s change", "%s changes", changes) % number(changes)
    if changes > 1:
        where = ngettext("%s block", "%s blocks", blocks) % number(blocks)
        words = _("%(changes)s in %(blocks)s") % {"changes": words, "blocks": where}
    return capital(words)
