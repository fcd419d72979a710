"""Summaries of changes, for feeds, messages and lists: of the outline that a revision keeps, or of a comparison.

`changes()` never fails: of an outline that another version wrote, it tells as much as it understands.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .compare import Action, Comparison, number_of_changes, outline
from .labels import capital, conjunction, number, number_of, spec_of
from .sentences import OutlineEntry, Sentence, block_sentences, entry_sentences, record_sentence
from .types import BLOCKS, BY_NAME, Kind

_SHOWN = 3  # the weightiest changes; the rest is counted


def changes(outline: object, *, is_apart: bool = False, total: int | None = None) -> str:
    """Return the changes of a revision in up to three sentences and a count of the rest, without the last full stop.

    An outline that speaks of one part alone `is_apart`: what left the part is told, too. `total` is the number of
    changes where that is known; an outline does not tell sources of a position from those of its stances.
    """
    entries = list(_entries(outline))
    if entries and entries[0][0] == "first":
        return _first(entries[0])
    return _shorten(_weighed_sentences(entries, is_apart=is_apart), total)


def all_changes(outline: object) -> tuple[str, str, int]:
    """Return the sentences that `changes()` begins with, those that it only counts, and that count (0 with "")."""
    entries = list(_entries(outline))
    if entries and entries[0][0] == "first":
        return _first(entries[0]), "", 0
    sentences = _weighed_sentences(entries, is_apart=False)
    shown, counted = _part(sentences, None)
    more = sum(sentence.total for sentence in counted)
    return _join(shown), _join(counted), more


def _weighed_sentences(entries: list[list[Any]], *, is_apart: bool) -> list[Sentence]:
    """The sentences of an outline's entries, the weightiest first."""
    counted = _with_totals(entries, is_apart=is_apart)
    sentences = [
        *block_sentences(counted),
        *(
            sentence
            for _block, group in groupby(_merge_alike(counted), key=lambda entry: (entry.kind, entry.label))
            for sentence in _sentences(list(group), is_apart=is_apart)
        ),
    ]
    sentences.sort(key=lambda sentence: sentence.weight)
    return [sentence for sentence in sentences if sentence.text]


def _shorten(sentences: list[Sentence], total: int | None) -> str:
    """The first sentences, and how many more changes there are."""
    first, rest = _part(sentences, total)
    if not rest:
        return _join(first)
    more = _count_more(first, rest, total)
    words = ngettext("And %(n)s more change", "And %(n)s more changes", more) % {"n": number(more)}
    return f"{_join(first)}. {words}"


def _part(sentences: list[Sentence], total: int | None) -> tuple[list[Sentence], list[Sentence]]:
    """The sentences to tell and those to count; a single further sentence is told as well."""
    first, rest = sentences[:_SHOWN], sentences[_SHOWN:]
    if len(rest) < 2 or not _count_more(first, rest, total):  # noqa: PLR2004 - one more sentence is told
        return sentences, []
    return first, rest


def _count_more(first: list[Sentence], rest: list[Sentence], total: int | None) -> int:
    if total is None:
        return sum(sentence.total for sentence in rest)
    return max(0, total - sum(sentence.total for sentence in first))


def _join(sentences: list[Sentence]) -> str:
    return ". ".join(capital(sentence.text) for sentence in sentences)


def _with_totals(entries: list[list[Any]], *, is_apart: bool) -> list[OutlineEntry]:
    """The entries, with how many changes each is: all that happened to one list is one, as is all of a confidence."""
    names = {(kind, label, name) for kind, label, name, *_details in entries}
    departures = Counter(
        (label, str(details[1]))
        for _kind, label, _name, *details in entries
        if details[:1] == ["to"] and len(details) == 2  # noqa: PLR2004 - a text
    )
    lists: set[tuple[str, str, str]] = set()
    counted = []
    for kind, label, name, *details in entries:
        total = 1
        spec = spec_of(kind, name)
        if spec is not None and spec.kind is Kind.ITEMS:
            is_first = (kind, label, name) not in lists and details[:1] not in (["to"], ["into"], ["with"])
            total = int(is_first)
            lists |= {(kind, label, name)} if is_first else set()
        elif spec is not None and kind != "head" and (kind, label, spec.goes_with) in names:
            total = 0
        elif details[:1] == ["to"]:
            total = int(is_apart)
        elif details[:1] == ["from"] and not is_apart:
            origin = details[1] if len(details) < 3 else details[2] or details[1]  # noqa: PLR2004
            total += departures[str(origin), label]
        counted.append(OutlineEntry(kind, label, name, details, total))
    return counted


def publication_before(outline: object) -> str | None:
    """The page's publication before a revision with this outline, if it changed it."""
    for entry in _entries(outline):
        if entry[0] == "head" and entry[2:3] == ["publication"] and len(entry) > 3:  # noqa: PLR2004 - kind, label, name, old
            return str(entry[3])
    return None


def _entries(outline: object) -> Iterator[list[Any]]:
    """The entries that have the shape of one."""
    for entry in outline if isinstance(outline, list | tuple) else ():
        if not isinstance(entry, list | tuple) or not entry or not isinstance(entry[0], str):
            continue
        if entry[0] == "first":
            yield list(entry)
        elif len(entry) > 2 and isinstance(entry[2], str):  # noqa: PLR2004 - kind, label, name
            yield [entry[0], str(entry[1]), *entry[2:]]


def _first(entry: list[Any]) -> str:
    positions, points = (
        n if isinstance(n, int) and not isinstance(n, bool) and n >= 0 else 0 for n in [*entry[1:3], 0, 0][:2]
    )
    return _("First revision: %(positions)s, %(points)s") % {
        "positions": number_of(BY_NAME["position"].counted, positions, in_digits=True),
        "points": number_of(BY_NAME["point"].counted, points, in_digits=True),
    }


def _merge_alike(entries: list[OutlineEntry]) -> Iterator[OutlineEntry]:
    """The entries, those of lists that changed alike in several blocks of a kind as one."""

    def may_merge(entry: OutlineEntry) -> bool:
        block_type = BY_NAME.get(entry.kind)
        return block_type is not None and block_type.ordered and entry.is_count and any(entry.details)

    alike: dict[Any, list[OutlineEntry]] = {}
    for entry in filter(may_merge, entries):
        alike.setdefault((entry.kind, entry.name, *entry.details), []).append(entry)
    for entry in entries:
        if not may_merge(entry):
            yield entry
        elif same := alike.pop((entry.kind, entry.name, *entry.details), None):
            labels = tuple(each.label for each in same[1:])
            yield entry._replace(total=sum(each.total for each in same), others=labels)


def _sentences(entries: list[OutlineEntry], *, is_apart: bool) -> Iterator[Sentence]:
    """The changes of one block; that it came, went or moved is told with others (`block_sentences`)."""
    names = {entry.name for entry in entries}
    if entries[0].kind in BY_NAME and BY_NAME[entries[0].kind].shared and len(entries) > 1:
        yield record_sentence(entries)
        return
    sentences: list[Sentence] = []
    without = 0
    for entry in entries:
        if entry.name in (Action.ADDED, Action.REMOVED, Action.MOVED) and (
            not entry.details or entry.name == Action.MOVED
        ):
            continue
        own = list(entry_sentences(entry, names, is_apart=is_apart))
        sentences += (each._replace(total=0 if i else entry.total) for i, each in enumerate(own))
        without += 0 if own else entry.total
    # What is told with another entry, as the words of a status are with the status, counts with it.
    yield from (each._replace(total=each.total + (0 if i else without)) for i, each in enumerate(sentences))


# -- from a comparison --


def summary(comparison: Comparison) -> str:
    """The changes between two revisions, for the head of a page."""
    if comparison.old is None:
        return _("First version: %(blocks)s.") % {"blocks": _number_of_blocks(comparison)}
    words = reason(comparison)
    return f"{words}." if words else _("Readers see no difference.")


def _number_of_blocks(comparison: Comparison) -> str:
    return conjunction(
        number_of(block_type.counted, len(block_type.blocks(comparison.new)))
        for block_type in BLOCKS
        if block_type.many
    )


def reason(comparison: Comparison) -> str:
    """A reason for the change, for the editor to keep or to improve: the changes in a line."""
    return changes(outline(comparison), total=number_of_changes(comparison))
