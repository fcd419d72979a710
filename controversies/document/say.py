"""What changed, in words: from the outline that a revision keeps, or from a whole comparison.

`changes()` never fails: an outline written by another version is told as far as it is understood.
"""

from collections import Counter
from collections.abc import Iterator
from enum import IntEnum
from itertools import groupby
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.document.compare import Action, Comparison, number_of_changes, outline
from controversies.document.labels import (
    SPECS,
    block_name,
    block_names,
    capital,
    conjunction,
    day,
    number,
    value,
)
from controversies.document.types import TOPIC_DESCRIPTION, Kind, Spec
from controversies.models import ChangeClass, Publication

# -- what changed, in sentences: from the outline of a revision, or of a comparison --

_SHOWN = 3  # the weightiest changes; the rest is counted


class _Weight(IntEnum):
    """How much a change matters: what weighs most is told first."""

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


class _Sentence(NamedTuple):
    weight: _Weight
    text: str
    total: int = 1  # of the changes that it tells, as the page of a comparison numbers them


class _Entry(NamedTuple):
    """An entry of an outline, and how many numbered changes it is: 0 where another entry tells of the same one."""

    kind: str
    label: str
    what: str
    rest: list[Any]
    total: int


def changes(outline: Any, *, is_apart: bool = False, total: int | None = None) -> str:
    """What a revision changed, in up to three sentences and a count of the rest, the last full stop left out.

    An outline that speaks of one part alone `is_apart`: what left the part is told, too. `total` is how many changes
    there are where that is known; an outline does not tell sources of a position from those of its stances.
    """
    entries = list(_entries(outline))
    if entries and entries[0][0] == "first":
        return _first(entries[0])
    counted = _counted(entries, is_apart=is_apart)
    sentences = [
        *_together(counted),
        *(
            sentence
            for _block, group in groupby(_joined(counted), key=lambda entry: (entry.kind, entry.label))
            for sentence in _sentences(list(group), is_apart=is_apart)
        ),
    ]
    sentences.sort(key=lambda sentence: sentence.weight)
    return _shortened([sentence for sentence in sentences if sentence.text], total)


def _shortened(sentences: list[_Sentence], total: int | None) -> str:
    """The first sentences, and how many more changes there are; a single further sentence is shown as well."""
    shown, rest = sentences[:_SHOWN], sentences[_SHOWN:]
    more = sum(sentence.total for sentence in rest)
    if total is not None:
        more = max(0, total - sum(sentence.total for sentence in shown))
    if len(rest) < 2 or not more:  # noqa: PLR2004 - one more sentence is told
        shown, rest = sentences, []
    texts = [capital(sentence.text) for sentence in shown]
    if rest:
        texts.append(capital(ngettext("and %s more change", "and %s more changes", more) % number(more)))
    return ". ".join(texts)


def _counted(entries: list[list[Any]], *, is_apart: bool) -> list[_Entry]:
    """The entries, with how many changes each is: all that happened to one list is one, as is all of a confidence."""
    names = {(kind, label, what) for kind, label, what, *_rest in entries}
    departures = Counter(
        (label, str(rest[1]))
        for _kind, label, _what, *rest in entries
        if rest[:1] == ["to"] and len(rest) == 2  # noqa: PLR2004 - a text
    )
    lists: set[tuple[str, str, str]] = set()
    counted = []
    for kind, label, what, *rest in entries:
        count = 1
        spec = SPECS.get(kind, {}).get(what)
        is_list = spec.kind is Kind.ITEMS if spec is not None else what in _LIST_WEIGHTS
        if is_list:
            count = 0 if (kind, label, what) in lists or rest[:1] in (["to"], ["into"], ["with"]) else 1
            lists |= {(kind, label, what)} if count else set()
        elif what == "confidence_reason" and (kind, label, "confidence") in names:
            count = 0
        elif rest[:1] == ["to"]:
            count = int(is_apart)
        elif rest[:1] == ["from"] and not is_apart:
            count += departures[str(rest[1]) if len(rest) < 3 else str(rest[2] or rest[1]), label]  # noqa: PLR2004
        counted.append(_Entry(kind, label, what, rest, count))
    return counted


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


def _joined(entries: list[_Entry]) -> Iterator[_Entry]:
    """The entries, those of lists that changed alike in several positions or points as one."""
    alike: dict[Any, list[_Entry]] = {}
    for entry in entries:
        if entry.kind in _LISTED and _is_count(entry.rest):
            alike.setdefault((entry.kind, entry.what, *entry.rest), []).append(entry)
    for entry in entries:
        if entry.kind in _LISTED and _is_count(entry.rest):
            same = alike.pop((entry.kind, entry.what, *entry.rest), [])
            if not same:
                continue
            if len(same) > 1:
                label = _("each of %s") % conjunction(each.label for each in same)
                entry = entry._replace(label=label, total=sum(each.total for each in same))  # noqa: PLW2901
        yield entry


_LISTED = ("position", "point")


def _is_count(rest: list[Any]) -> bool:
    """Whether this tells how many members were added, removed and changed."""
    return len(rest) == 3 and all(isinstance(n, int) for n in rest) and any(rest)  # noqa: PLR2004


def _together(entries: list[_Entry]) -> Iterator[_Sentence]:
    """Blocks of one kind that came, went or moved in one sentence."""
    for action, phrase, weight in (
        (Action.ADDED, _("%s added"), _Weight.BLOCK),
        (Action.REMOVED, _("%s removed"), _Weight.BLOCK),
        (Action.MOVED, _("%s moved"), _Weight.ORDER),
    ):
        labels: dict[str, list[str]] = {}
        for kind, label, what, rest, _count in entries:
            if what != action:
                continue
            if not rest:
                labels.setdefault(kind, []).append(label)
            elif action is Action.MOVED and len(rest) == 1:
                labels.setdefault(kind, []).append(_relabelled(str(rest[0]), label))
        for kind, found in labels.items():
            yield _Sentence(weight, phrase % block_names(kind, found), len(found))


def _relabelled(old: str, new: str) -> str:
    """“B (now A)”."""
    return _("%(old)s (now %(new)s)") % {"old": old, "new": new}


def _sentences(entries: list[_Entry], *, is_apart: bool) -> Iterator[_Sentence]:
    """What happened to one block; that it came, went or moved is told apart (`_together`)."""
    names = {entry.what for entry in entries}
    if entries[0].kind in ("backer", "source") and len(entries) > 1:
        yield _record(entries)._replace(total=sum(entry.total for entry in entries))
        return
    sentences: list[_Sentence] = []
    untold = 0
    for entry in entries:
        if entry.what in (Action.ADDED, Action.REMOVED, Action.MOVED) and (
            not entry.rest or entry.what == Action.MOVED
        ):
            continue
        made = list(_entry_sentences(entry, names, is_apart=is_apart))
        sentences += (each._replace(total=0 if i else entry.total) for i, each in enumerate(made))
        untold += 0 if made else entry.total
    # What is told with another entry, as the words of a status are with the status, counts with it.
    yield from (each._replace(total=each.total + (0 if i else untold)) for i, each in enumerate(sentences))


def _entry_sentences(entry: _Entry, names: set[str], *, is_apart: bool) -> Iterator[_Sentence]:
    kind, label, what, rest, _count = entry
    way = rest[0] if rest and rest[0] in _WAYS and 2 <= len(rest) <= 4 else ""  # noqa: PLR2004 - way, label, count, other label
    if what in (Action.ADDED, Action.REMOVED):
        if len(rest) > 1:
            yield _Sentence(_Weight.BLOCK, _descent(kind, label, what, rest))
    elif way in ("to", "with") and not is_apart:
        return  # told where it is now
    elif way and _is_closed(kind, what) is not True:
        yield _moved(kind, label, what, rest)
    elif kind == "head":
        yield from _head(what, rest, names)
    elif len(rest) == 3 and all(isinstance(n, int) for n in rest):  # noqa: PLR2004 - added, removed, changed
        yield from _list(kind, label, what, *rest)
    elif what != "confidence_reason" or "confidence" not in names:
        yield _field(kind, label, what, rest)


_WAYS = ("from", "to", "into", "with")


def _is_closed(kind: str, name: str) -> bool:
    """Whether a field holds words of a closed vocabulary."""
    spec = SPECS.get(kind, {}).get(name)
    return spec is not None and spec.choices is not None


def _descent(kind: str, label: str, what: str, rest: list[Any]) -> str:
    """“Position C split off from A”."""
    other, also = str(rest[1]), rest[2:3]
    if what == Action.ADDED:
        names = {"block": block_name(kind, label), "other": _origin(other, also)}
        return _("%(block)s split off from %(other)s") % names
    if also == [""]:
        other = _("the new %s") % other
    elif also:
        other = _relabelled(str(also[0]), other)
    return _("%(block)s merged into %(other)s") % {"block": block_name(kind, label), "other": other}


def _origin(label: str, now: list[Any]) -> str:
    """Where something came from, within a sentence: “A”, “A (now B)”, “the former A”, “point 2”, “the context”."""
    if not label:
        return _("the context")
    if now == [""]:
        label = _("the former %s") % label
    elif now:
        label = _relabelled(label, str(now[0]))
    return _("point %s") % label if label[:1].isdigit() else label


def _moved(kind: str, label: str, what: str, rest: list[Any]) -> _Sentence:
    """What came from another block, or left this one."""
    way, other, *more = rest
    spec = SPECS.get(kind, {}).get(what)
    is_text = spec is None or spec.kind is not Kind.ITEMS
    count = more.pop(0) if more and not is_text else 1
    is_within = str(other) == label and not more
    other = str(other) if way == "with" else _origin(str(other), more if way == "from" else [])
    names = {"block": _within(kind, label), "other": other}
    if is_text:
        if way == "from":
            return _Sentence(
                _Weight.TEXT,
                _("Sentences moved from %(other)s to %(text)s") % {**names, "text": _text(kind, label, what)},
            )
        return _Sentence(
            _Weight.TEXT,
            _("Sentences moved from %(text)s to %(other)s") % {**names, "text": _text(kind, label, what)},
        )
    count = count if isinstance(count, int) else 1
    names |= {"n": number(count)}
    if way == "with":
        phrase = ngettext(
            "%(n)s stance of %(block)s removed with point %(other)s",
            "%(n)s stances of %(block)s removed with point %(other)s",
            count,
        )
        return _Sentence(_Weight.TEXT, phrase % names)
    if way == "from":
        names["block"], names["other"] = names["other"], names["block"]
    if is_within:
        phrase = {
            "citations": ngettext(
                "%(n)s source moved within %(block)s", "%(n)s sources moved within %(block)s", count
            ),
        }.get(
            what, ngettext("%(n)s part moved within %(block)s", "%(n)s parts moved within %(block)s", count)
        )
    else:
        phrase = {
            "citations": ngettext(
                "%(n)s source moved from %(block)s to %(other)s",
                "%(n)s sources moved from %(block)s to %(other)s",
                count,
            ),
            "backings": ngettext(
                "%(n)s backer moved from %(block)s to %(other)s",
                "%(n)s backers moved from %(block)s to %(other)s",
                count,
            ),
            "stances": ngettext(
                "%(n)s stance moved from %(block)s to %(other)s",
                "%(n)s stances moved from %(block)s to %(other)s",
                count,
            ),
        }.get(
            what,
            ngettext(
                "%(n)s part moved from %(block)s to %(other)s",
                "%(n)s parts moved from %(block)s to %(other)s",
                count,
            ),
        )
    return _Sentence(_LIST_WEIGHTS.get(what, _Weight.TEXT), phrase % names)


_LIST_WEIGHTS = {"citations": _Weight.SOURCES, "backings": _Weight.BACKERS, "stances": _Weight.TEXT}


def _within(kind: str, label: str) -> str:
    """A block within a sentence: “A”, “point 2”, “the context”."""
    return {
        "position": "%s",
        "point": _("point %s"),
        "context": _("the context"),
        "head": _("the page"),
        "source": _("source %s"),
        "backer": "%s",
    }.get(kind, kind.replace("_", " ") + " %s").replace("%s", label)


def _text(kind: str, label: str, name: str) -> str:
    """A field of a block within a sentence: “A’s argument”, “the title of point 2”."""
    whole = {
        ("position", "claim"): _("%s’s claim"),
        ("position", "argument"): _("%s’s argument"),
        ("position", "confidence"): _("%s’s confidence"),
        ("position", "confidence_reason"): _("the reason for %s’s confidence"),
        ("point", "title"): _("the title of point %s"),
        ("point", "body"): _("the text of point %s"),
        ("point", "kind"): _("the kind of dispute of point %s"),
        ("context", "text"): _("the context"),
        ("head", "title"): _("the page’s title"),
        ("head", "question"): _("the question"),
        ("head", "status_summary"): _("the summary of the status"),
        ("head", "attribution"): _("the attribution"),
        ("head", "topic"): _("the topic"),
        ("head", TOPIC_DESCRIPTION.name): _("the topic’s description"),
        ("head", "slug"): _("the page’s address"),
        ("head", "polarity"): _("polarity"),
    }.get((kind, name))
    if whole is not None:
        return whole.replace("%s", label)
    spec = SPECS.get(kind, {}).get(name)
    field = _name(spec) if spec else name.replace("_", " ")
    return _("%(field)s of %(block)s") % {"field": field, "block": _within(kind, label)}


def _field(kind: str, label: str, name: str, rest: list[Any]) -> _Sentence:
    spec = SPECS.get(kind, {}).get(name)
    text = _text(kind, label, name)
    weight = {
        ("position", "claim"): _Weight.CLAIM,
        ("position", "confidence"): _Weight.CLAIM,
        ("position", "confidence_reason"): _Weight.CLAIM,
        ("head", "question"): _Weight.CLAIM,
        ("head", "status_summary"): _Weight.STATUS,
    }.get((kind, name))
    if weight is None:
        weight = {"backer": _Weight.BACKERS, "source": _Weight.SOURCES}.get(kind, _Weight.TEXT)
    match rest:
        case [ChangeClass.TYPO.value, int(count)] if count > 0:
            phrase = ngettext(
                "%(n)s spelling corrected in %(text)s", "%(n)s spellings corrected in %(text)s", count
            )
            return _Sentence(_Weight.TYPO, phrase % {"n": number(count), "text": text})
        case [ChangeClass.TYPO.value, *_rest]:
            return _Sentence(_Weight.TYPO, _("Punctuation or spacing corrected in %s") % text)
        case [ChangeClass.WORDING.value, "order"]:
            return _Sentence(_Weight.ORDER, _("The sentences of %s in another order") % text)
        case [ChangeClass.WORDING.value, "breaks", int(old), int(new)] if old > new == 1:
            phrase = _("%(n)s paragraphs of %(text)s joined into one")
            return _Sentence(_Weight.ORDER, phrase % {"n": number(old), "text": text})
        case [ChangeClass.WORDING.value, "breaks", 1, int(new)] if new > 1:
            phrase = _("One paragraph of %(text)s split into %(n)s")
            return _Sentence(_Weight.ORDER, phrase % {"n": number(new), "text": text})
        case [ChangeClass.WORDING.value, "breaks", *_rest]:
            return _Sentence(_Weight.ORDER, _("The paragraphs of %s split or joined") % text)
        case ["paragraphs", int(gone), int(come), *more]:
            return _Sentence(weight, _paragraphs(gone, come, "rewritten" in more) % {"text": text})
        case ["rewritten"]:
            return _Sentence(weight, _("%s rewritten") % text)
        case [ChangeClass.WORDING.value]:
            return _Sentence(_Weight.WORDING, _("%s reworded") % text)
        case [ChangeClass.SOURCE.value]:
            return _Sentence(_Weight.SOURCES, _("%s refers to other sources") % text)
        case [Action.ADDED.value]:
            return _Sentence(weight, _("%s added") % text)
        case [Action.REMOVED.value]:
            return _Sentence(weight, _("%s removed") % text)
        case [str(old), str(new)]:
            words = {"text": text, "old": _value(spec, old), "new": _value(spec, new)}
            weight = weight if weight is not _Weight.TEXT else _Weight.VALUE
            return _Sentence(weight, _("%(text)s: %(old)s → %(new)s") % words)
    return _Sentence(weight, _("%s changed") % text)


def _paragraphs(gone: int, come: int, is_rewritten: bool) -> str:
    """A sentence on some paragraphs of a text; it has a place for the text."""
    if not gone:
        phrase = ngettext("%(n)s paragraph added to %(text)s", "%(n)s paragraphs added to %(text)s", come)
    elif not come:
        phrase = ngettext(
            "%(n)s paragraph removed from %(text)s", "%(n)s paragraphs removed from %(text)s", gone
        )
    elif is_rewritten:
        phrase = ngettext(
            "%(n)s paragraph of %(text)s rewritten", "%(n)s paragraphs of %(text)s rewritten", come
        )
    else:
        phrase = ngettext("%(n)s paragraph of %(text)s changed", "%(n)s paragraphs of %(text)s changed", come)
    return phrase.replace("%(n)s", number(come or gone))


def _record(entries: list[_Entry]) -> _Sentence:
    """What changed in the record of a backer or source."""
    kind, label = entries[0].kind, entries[0].label
    specs = SPECS[kind]
    names = [
        _name(specs[name]) if name in specs else name.replace("_", " ") for name in (e.what for e in entries)
    ]
    words = {"fields": conjunction(names), "block": _within(kind, label)}
    weight = _Weight.BACKERS if kind == "backer" else _Weight.SOURCES
    return _Sentence(weight, _("%(fields)s of %(block)s changed") % words)


def _name(spec: Spec) -> str:
    """A field's name within a sentence."""
    label = str(spec.label)
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]  # “DOI” stays so


def _value(spec: Spec | None, text: str) -> str:
    """A value within a sentence."""
    return value(spec, text).lower() if text else _("none")


def _head(name: str, rest: list[Any], names: set[str]) -> Iterator[_Sentence]:
    """What changed in the head of the page."""
    old, new = rest if len(rest) == 2 and all(isinstance(each, str) for each in rest) else ("", "")  # noqa: PLR2004
    if name == "publication":
        yield _Sentence(_Weight.PUBLICATION, _publication(new))
    elif name == "status":
        spec = SPECS["head"]["status"]
        words = _("Status: %(old)s → %(new)s") % {"old": _value(spec, old), "new": _value(spec, new)}
        yield _Sentence(_Weight.STATUS, words if rest else _("Status changed"))
    elif name == "reviewed_on":
        words = _("Reviewed on %s") % day(new) if new else _("Review taken back")
        yield _Sentence(_Weight.VALUE, words)
    elif name == "reviewed_by":
        if "reviewed_on" not in names:
            yield _Sentence(_Weight.VALUE, _("Reviewer’s name changed"))
    elif name != "status_summary" or "status" not in names:
        yield _field("head", "", name, rest)


def _publication(new: str) -> str:
    return {
        Publication.PUBLISHED.value: _("Published"),
        Publication.WITHDRAWN.value: _("Withdrawn"),
        Publication.DRAFT.value: _("Made a draft again"),
    }.get(new, _("Publication changed"))


def _list(kind: str, label: str, name: str, added: int, removed: int, changed: int) -> Iterator[_Sentence]:
    """“One source added to A”; a sentence for each thing that happened to members of a list."""
    weight = _LIST_WEIGHTS.get(name, _Weight.TEXT)
    where = _within(kind, label)
    for action, count in ((Action.ADDED, added), (Action.REMOVED, removed), (Action.CHANGED, changed)):
        if count:
            phrase = _list_phrase(name, action, count)
            yield _Sentence(weight, phrase % {"n": number(count), "block": where})
    if not (added or removed or changed):
        phrase = {
            "citations": _("Sources of %s in another order"),
            "backings": _("Backers of %s in another order"),
            "stances": _("Stances of %s in another order"),
        }.get(name, _("Parts of %s in another order"))
        yield _Sentence(_Weight.ORDER, phrase % where)


def _list_phrase(name: str, action: Action, count: int) -> str:
    phrases = {
        ("citations", Action.ADDED): ngettext(
            "%(n)s source added to %(block)s", "%(n)s sources added to %(block)s", count
        ),
        ("citations", Action.REMOVED): ngettext(
            "%(n)s source removed from %(block)s", "%(n)s sources removed from %(block)s", count
        ),
        ("citations", Action.CHANGED): ngettext(
            "%(n)s citation of %(block)s changed", "%(n)s citations of %(block)s changed", count
        ),
        ("backings", Action.ADDED): ngettext(
            "%(n)s backer added to %(block)s", "%(n)s backers added to %(block)s", count
        ),
        ("backings", Action.REMOVED): ngettext(
            "%(n)s backer removed from %(block)s", "%(n)s backers removed from %(block)s", count
        ),
        ("backings", Action.CHANGED): ngettext(
            "Details of %(n)s backer of %(block)s changed",
            "Details of %(n)s backers of %(block)s changed",
            count,
        ),
        ("stances", Action.ADDED): ngettext(
            "%(n)s stance added to %(block)s", "%(n)s stances added to %(block)s", count
        ),
        ("stances", Action.REMOVED): ngettext(
            "%(n)s stance removed from %(block)s", "%(n)s stances removed from %(block)s", count
        ),
        ("stances", Action.CHANGED): ngettext(
            "%(n)s stance of %(block)s changed", "%(n)s stances of %(block)s changed", count
        ),
    }
    other = {
        Action.ADDED: ngettext("%(n)s part added to %(block)s", "%(n)s parts added to %(block)s", count),
        Action.REMOVED: ngettext(
            "%(n)s part removed from %(block)s", "%(n)s parts removed from %(block)s", count
        ),
        Action.CHANGED: ngettext(
            "%(n)s part of %(block)s changed", "%(n)s parts of %(block)s changed", count
        ),
    }
    return phrases.get((name, action), other[action])


# -- from a comparison --


def summary(comparison: Comparison) -> str:
    """What changed between two revisions, for the head of a page."""
    if comparison.old is None:
        return _beginning(comparison)
    words = changes(outline(comparison), total=number_of_changes(comparison))
    return f"{words}." if words else _("Nothing that a reader sees differs.")


def _beginning(comparison: Comparison) -> str:
    new = comparison.new
    counts = [
        (len(new.positions), ngettext("%s position", "%s positions", len(new.positions))),
        (len(new.points), ngettext("%s contested point", "%s contested points", len(new.points))),
        (len(new.backers), ngettext("%s backer", "%s backers", len(new.backers))),
        (len(new.sources), ngettext("%s source", "%s sources", len(new.sources))),
    ]
    return _("The whole page, compared with nothing: %s.") % conjunction(
        phrase % number(count) for count, phrase in counts
    )


def reason(comparison: Comparison) -> str:
    """A reason for this change, ready for the editor to keep or to better: what changed, in a line."""
    return changes(outline(comparison), total=number_of_changes(comparison))
