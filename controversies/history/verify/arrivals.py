"""The list of arrivals, held against the revisions: nothing missing, forged or out of order."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import NamedTuple

from django.utils.translation import gettext as _

from controversies.models import Publication

from .chain_rows import rows
from .running import Running

_ARRIVALS = """
    SELECT controversy_id::text, position, number, withdrawn FROM controversies_arrival
    WHERE controversy_id = ANY(%s::uuid[]) ORDER BY controversy_id, position
"""


_IN_ORDER = """
    SELECT position, controversy_id::text, number, withdrawn, seal FROM controversies_arrival ORDER BY position
"""


class Event(NamedTuple):
    """A revision that became public, or the one with which the page ceased to be."""

    number: int
    withdrawn: bool

    def __str__(self) -> str:
        if self.withdrawn:
            return _("that the page was withdrawn with revision %s") % self.number
        return _("that revision %s became public") % self.number


@dataclass(frozen=True, slots=True)
class PageSpans:
    """The publication of a page since each revision that changed it, and its newest revision.

    `again` are the ranges of revisions that arrive again because words were removed from them.
    """

    publications: tuple[tuple[int, str], ...]
    newest: int
    again: tuple[range, ...] = field(default=())


def event_sequence(shown: PageSpans) -> Iterator[Event]:
    """Yield what must arrive of a page: each public revision, and earlier ones where it was published again."""
    ends = [*(first for first, _state in shown.publications), shown.newest + 1]
    earlier: list[range] = []
    before = ""
    for (_first, state), (first, end) in zip(shown.publications, pairwise(ends), strict=True):
        if state == Publication.PUBLISHED:
            if before:
                yield from (Event(number, False) for span in earlier for number in span)
            yield from (Event(number, False) for number in range(first, end))
            earlier.append(range(first, end))
        elif before == Publication.PUBLISHED:
            yield Event(first, True)
        before = state


def faults(pages: dict[str, PageSpans]) -> Iterator[tuple[str, str]]:
    """Yield the keys of pages whose arrivals are not what became public, each with the fault; one query."""
    seen: set[str] = set()
    arrivals = rows(_ARRIVALS, [list(pages)], tuple)
    for key, arrived in groupby(arrivals, key=lambda row: row[0]):
        seen.add(key)
        for fault in _page_faults(((row[1], Event(row[2], row[3])) for row in arrived), pages[key]):
            yield key, fault
    for key, shown in pages.items():
        if key not in seen and (missing := next(event_sequence(shown), None)) is not None:
            yield key, _missing(missing)


def _page_faults(arrived: Iterable[tuple[int, Event]], shown: PageSpans) -> Iterator[str]:
    """Yield the first fault of a page's arrivals: what follows a gap is out of step with the rest."""
    coming = event_sequence(shown)
    event = next(coming, None)
    for position, arrival in arrived:
        if arrival == event:
            event = next(coming, None)
        elif not _is_repeated(arrival, shown):
            yield _("Arrival %(position)s tells followers %(arrival)s; expected: %(expected)s.") % {
                "position": position,
                "arrival": arrival,
                "expected": event or _("nothing"),
            }
            return
    if event is not None:
        yield _missing(event)


def _is_repeated(event: Event, shown: PageSpans) -> bool:
    return not event.withdrawn and any(event.number in span for span in shown.again)


def _missing(event: Event) -> str:
    return _("No arrival tells followers %s.") % str(event)


class Sequence:
    """The arrivals of all pages in their order: each sealed after the one before."""

    def __init__(self, watch: int = 0) -> None:
        self.watch = watch  # after how many entries the digest is kept
        self.watched_digest = ""
        self.running = Running()

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield the keys of pages with an arrival that is not sealed for its place, each with the fault."""
        before = b""
        for position, key, number, withdrawn, sealed in rows(_IN_ORDER, [], tuple):
            if sealed is None:
                yield (
                    key,
                    _("Arrival %s was written past the database's triggers: it has no seal.") % position,
                )
            elif sealed != _seal(before, position, key, number, withdrawn):
                fault = _(
                    "Arrival %s is sealed for another place in the list: it or the one before was changed or lost."
                )
                yield key, fault % position
            before = sealed or b""
            self.running.add([position, key, number, withdrawn])
            if self.running.count == self.watch:
                self.watched_digest = self.running.state[1]


def _seal(before: bytes, position: int, key: str, number: int, withdrawn: bool) -> bytes:
    """Return the seal of an arrival, as the database makes it (`sql/seals.sql`)."""
    text = f"{position}|{key}|{number}|{int(withdrawn)}"
    return hashlib.sha256(before + text.encode()).digest()[:8]
