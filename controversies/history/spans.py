"""One page through time: the spans of its status and publication, and what lies within those that readers see.

Everything is bounded, and counted by what is at hand. `every` is for those who may see revisions that readers may not.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from controversies.kit.keys import MAX_NUMBER
from controversies.models import Publication

from .log_lines import IS_EDITED, OPENS, UNREADABLE, decode_head, fetch, publication_of

_VERSIONS = 200  # of a head block are read for its spans
_AUTHORS = 1000  # newest revisions whose authors are offered
COUNTED = 99  # versions of one block at most; beyond that, "more"
# SQL condition: a revision is within the ranges of numbers that are given as two lists (`_ranges()`).
_WITHIN = "EXISTS (SELECT FROM unnest(%s::int[], %s::int[]) s (first, after) WHERE {0} >= s.first AND {0} < s.after)"


@dataclass(frozen=True, slots=True)
class Span:
    """A time through which a page's status and publication were the same: from one revision to before another."""

    first: int  # revision
    time: datetime.datetime  # …and when
    status: str
    publication: str
    end: int | None = None  # the revision that ended it, None if it lasts
    until: datetime.datetime | None = None  # …and when
    withheld: bool = False  # whether its documents never came here

    @property
    def is_public(self) -> bool:
        return self.publication == Publication.PUBLISHED

    def __contains__(self, number: int) -> bool:
        return self.first <= number and (self.end is None or number < self.end)


def read_spans(controversy: str) -> tuple[Span, ...]:
    """Return the spans of a page's status and publication, oldest first; one query, bounded.

    Of a page whose head has changed very often, the latest part only.
    """
    rows = fetch(
        f"""
        SELECT head.since, r.time, r.withheld, head.body, basis.body FROM (
            (
                SELECT since, body, basis FROM controversies_block
                WHERE controversy_id = %s AND key = %s ORDER BY since DESC LIMIT {_VERSIONS}
            ) UNION ALL (
                SELECT number, NULL, NULL FROM controversies_revision
                WHERE controversy_id = %s AND withheld <> '' ORDER BY number DESC LIMIT {_VERSIONS}
            ) ORDER BY since DESC LIMIT {_VERSIONS}
        ) head
        JOIN controversies_revision r ON r.controversy_id = %s AND r.number = head.since
        LEFT JOIN controversies_block basis ON basis.controversy_id = %s AND basis.key = %s
            AND basis.since = head.basis
        ORDER BY head.since
        """,  # noqa: S608 - a number of ours
        [controversy] * 6,
    )
    spans: list[Span] = []
    for since, time, withheld, body, basis in rows:
        if withheld:
            state = (spans[-1].status if spans else "", withheld, True)
        elif publication_of(body, basis) == UNREADABLE:
            continue
        else:
            head = decode_head(body, basis)
            state = (head.status, head.publication, False)
        if not spans or (spans[-1].status, spans[-1].publication, spans[-1].withheld) != state:
            spans.append(Span(since, time, state[0], state[1], withheld=state[2]))
    ended = [replace(span, end=following.first, until=following.time) for span, following in pairwise(spans)]
    return (*ended, *spans[-1:])


def is_public(through: Iterable[Span], number: int) -> bool:
    """Whether the revision of this number was public, as far as the spans tell."""
    return any(span.is_public and number in span for span in through)


def is_shown(through: Iterable[Span], number: int, *, every: bool) -> bool:
    """Whether the revision is shown: to those who may see `every` revision that is here, or to readers."""
    return any((span.is_public or (every and not span.withheld)) and number in span for span in through)


def _ranges(through: Iterable[Span], every: bool) -> list[list[int]]:
    """Return the numbers from and below which revisions are shown, as two lists for `unnest`."""
    spans = list(through)
    if every and not any(span.withheld for span in spans):
        return [[0], [MAX_NUMBER]]
    shown = [span for span in spans if span.is_public or (every and not span.withheld)]
    return [[span.first for span in shown], [span.end or MAX_NUMBER for span in shown]]


@dataclass(frozen=True, slots=True)
class RevisionMark:
    """The facts of one revision that a timeline draws."""

    number: int
    time: datetime.datetime
    classes: tuple[str, ...]
    opens: bool  # whether readers could not see the revision before it


def read_marks(
    controversy: str, through: Iterable[Span], *, limit: int = 40, every: bool = False
) -> tuple[RevisionMark, ...]:
    """Return the first shown revision and the latest ones, oldest first; one query, bounded."""
    ranges = _ranges(through, every)
    one = (
        f"SELECT number, time, classes, {OPENS} FROM controversies_revision r"  # noqa: S608 - made of constants
        f" WHERE controversy_id = %s AND {_WITHIN.format('r.number')}"
    )
    rows = fetch(
        f"(({one} ORDER BY number LIMIT 1) UNION ({one} ORDER BY number DESC LIMIT {int(limit)}))"
        " ORDER BY number",
        [controversy, *ranges, controversy, *ranges],
    )
    return tuple(RevisionMark(number, time, tuple(classes), opens) for number, time, classes, opens in rows)


def authors(controversy: str, through: Iterable[Span], *, every: bool = False) -> list[str]:
    """Return the authors of the latest shown revisions, in alphabetical order; one query."""
    rows = fetch(
        f"""
        SELECT DISTINCT author_name FROM (
            SELECT number, author_name FROM controversies_revision
            WHERE controversy_id = %s ORDER BY number DESC LIMIT {_AUTHORS}
        ) r WHERE {_WITHIN.format("r.number")}
        """,  # noqa: S608 - a number of ours
        [controversy, *_ranges(through, every)],
    )
    return sorted((name for (name,) in rows), key=str.casefold)


def people_between(controversy: str, through: Iterable[Span], a: int, b: int, *, every: bool = False) -> int:
    """Count the authors of the shown revisions between two, of the nearest thousand; one query."""
    low, high = sorted((a, b))
    [(count,)] = fetch(
        f"""
        SELECT count(DISTINCT author_name) FROM (
            SELECT number, author_name FROM controversies_revision
            WHERE controversy_id = %s AND number > %s AND number < %s ORDER BY number DESC LIMIT {_AUTHORS}
        ) r WHERE {_WITHIN.format("r.number")}
        """,  # noqa: S608 - a number of ours
        [controversy, low, high, *_ranges(through, every)],
    )
    return int(count)


def block_counts(
    controversy: str, keys: Iterable[str], through: Iterable[Span], *, every: bool = False
) -> dict[str, int]:
    """Count the shown revisions that changed each of these blocks, by key; one query.

    As the history filtered by a block lists them. Counted to `COUNTED`, and one more for “more than that”.
    """
    rows = fetch(
        f"""
        SELECT k.key, (
            SELECT count(*) FROM (
                SELECT FROM controversies_block b
                WHERE b.controversy_id = %s AND b.key = k.key AND {IS_EDITED}
                    AND {_WITHIN.format("b.since")}
                LIMIT {COUNTED + 1}
            ) versions
        ) FROM unnest(%s::uuid[]) k (key)
        """,  # noqa: S608 - a number of ours
        [controversy, *_ranges(through, every), list(keys)],
    )
    return {str(key): count for key, count in rows}


def revisions_around(controversy: str, key: str, low: int, high: int) -> tuple[int | None, int | None]:
    """Return the newest revision up to `low` that changed this block, and the oldest after `high`; one query.

    Revisions that only gave other numbers to the sources in its texts do not count.
    """
    edited = f"FROM controversies_block b WHERE controversy_id = %s AND key = %s AND {IS_EDITED} AND since"
    [(before, after)] = fetch(
        f"SELECT (SELECT max(since) {edited} <= %s), (SELECT min(since) {edited} > %s)",
        [controversy, key, low, controversy, key, high],
    )
    return before, after
