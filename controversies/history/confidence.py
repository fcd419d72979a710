"""The confidence of a page's positions over time, as far as readers saw it.

A partial index has the revisions that changed a confidence, so this is flat however many others there are: of each
position its first version, those at which the page became public, and those with a change are read.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from controversies.document import canonical
from controversies.document.types import Position
from controversies.models import Revision

from .log_lines import fetch
from .spans import Span, is_shown

LATEST = 200  # revisions that changed a confidence, read for a drawing
_RUNS = 50  # times in which a page was public: the latest

_CHANGED = f"changes @? '{Revision.CONFIDENCE_CHANGED}'"
# Versions of the positions' blocks and the revision from which each counts: at the beginnings of what is shown, where
# it was first recorded, removed and recorded again, and where a confidence changed.
_VERSIONS = f"""
    WITH keys AS (SELECT unnest(%(keys)s::uuid[]) AS key), numbers AS MATERIALIZED (
        SELECT number FROM controversies_revision
        WHERE controversy_id = %(page)s AND number <= %(until)s AND {_CHANGED} ORDER BY number DESC LIMIT %(limit)s + 1
    ), changed AS (
        SELECT number FROM numbers ORDER BY number DESC LIMIT %(limit)s
    ), cut AS (
        SELECT CASE WHEN count(*) > %(limit)s THEN (SELECT min(number) FROM changed) ELSE 0 END AS since FROM numbers
    )
    SELECT cut.since, v.key, v.number, r.time, v.is_removed, v.body, basis.body FROM (
        SELECT k.key, s.number, b.is_removed, b.body, b.basis FROM keys k
        CROSS JOIN (
            SELECT DISTINCT greatest(n, cut.since) FROM unnest(%(begins)s::integer[]) n, cut
        ) s (number)
        CROSS JOIN LATERAL (
            SELECT digest IS NULL AS is_removed, body, basis FROM controversies_block
            WHERE controversy_id = %(page)s AND key = k.key AND since <= s.number ORDER BY since DESC LIMIT 1
        ) b
        UNION
        SELECT k.key, b.since, false, b.body, b.basis FROM keys k CROSS JOIN LATERAL (
            SELECT since, body, basis FROM controversies_block
            WHERE controversy_id = %(page)s AND key = k.key ORDER BY since LIMIT 1
        ) b
        UNION
        SELECT e.* FROM (
            SELECT key, since FROM controversies_block
            WHERE key IN (SELECT key FROM keys) AND digest IS NULL AND outline IS NULL AND controversy_id = %(page)s
        ) g CROSS JOIN LATERAL (
            (SELECT g.key, g.since, true, NULL::bytea, NULL::integer)
            UNION ALL
            (
                SELECT key, since, false, body, basis FROM controversies_block
                WHERE controversy_id = %(page)s AND key = g.key AND since > g.since ORDER BY since LIMIT 1
            )
        ) e
        UNION
        SELECT b.key, b.since, b.digest IS NULL, b.body, b.basis FROM changed c
        JOIN controversies_block b ON b.controversy_id = %(page)s AND b.since = c.number
        WHERE b.key IN (SELECT key FROM keys)
    ) v CROSS JOIN cut
    JOIN controversies_revision r ON r.controversy_id = %(page)s AND r.number = v.number
    LEFT JOIN controversies_block basis ON basis.controversy_id = %(page)s AND basis.key = v.key
        AND basis.since = v.basis
    WHERE v.number BETWEEN cut.since AND %(until)s
    ORDER BY v.key, v.number
"""  # noqa: S608 - made of constants


class ConfidenceChange(NamedTuple):
    """The confidence of a position from one revision on; "" from where readers did not see it."""

    number: int
    time: datetime.datetime
    value: str


@dataclass(frozen=True, slots=True)
class ConfidenceRecord:
    """The changes of each position, oldest first, by its key, until the time of a revision.

    `since` is the revision from which they are whole, 0 if they are from the beginning.
    """

    changes: Mapping[str, tuple[ConfidenceChange, ...]]
    until: datetime.datetime
    since: int = 0


def read_confidence(
    controversy: str,
    keys: Iterable[str],
    through: Iterable[Span],
    *,
    number: int,
    time: datetime.datetime,
    every: bool = False,
    limit: int = LATEST,
) -> ConfidenceRecord:
    """Return the confidence of the positions with these keys up to a revision, given its number and time; one query.

    `through` are the page's spans. `every` is for users who may see revisions that readers may not.
    """
    spans = list(through)
    changes: dict[str, list[ConfidenceChange]] = {key: [] for key in keys}
    runs = [first for first in _begins(spans, every=every) if first <= number]
    rows = fetch(
        _VERSIONS,
        {
            "page": controversy,
            "keys": list(changes),
            "begins": runs[-_RUNS:],
            "until": number,
            "limit": limit,
        },
    )
    since = rows[0][0] if rows else 0
    for _since, key, at, when, is_removed, body, basis in rows:
        if is_shown(spans, at, every=every):
            value = "" if is_removed else _confidence(body, basis)
            if value is not None:
                changes[str(key)].append(ConfidenceChange(at, when, value))
    ends = [span for span in spans if span.first <= number and not is_shown(spans, span.first, every=every)]
    return ConfidenceRecord({key: _steps(each, ends) for key, each in changes.items()}, time, since)


def _begins(spans: Iterable[Span], *, every: bool) -> list[int]:
    """Return the revisions with which the page began to be shown, each after a time when it was not."""
    begins: list[int] = []
    end: int | None = None
    for span in spans:
        if is_shown([span], span.first, every=every):
            if span.first != end:
                begins.append(span.first)
            end = span.end
    return begins


def _confidence(body: bytes, basis: bytes | None) -> str | None:
    """Return the confidence that a stored block says, None of one that cannot be read."""
    try:
        block = canonical.decode(bytes(body), bytes(basis) if basis is not None else None)
    except (TypeError, ValueError, LookupError):  # lost or damaged: its page says so
        return None
    return block.confidence if isinstance(block, Position) else None


def _steps(changes: list[ConfidenceChange], hidden: Iterable[Span]) -> tuple[ConfidenceChange, ...]:
    """Return the changes with those into hiding, and without those that change nothing."""
    marks = sorted(
        (*changes, *(ConfidenceChange(span.first, span.time, "") for span in hidden)), key=lambda c: c.number
    )
    steps: list[ConfidenceChange] = []
    for each in marks:
        if each.value != (steps[-1].value if steps else ""):
            steps.append(each)
    return tuple(steps)
