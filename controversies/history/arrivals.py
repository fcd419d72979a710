"""Arrivals: revisions in the order in which they became public, for those who keep a copy and ask what is new.

A cursor names the last arrival that was seen. Nothing ever arrives before one that could be seen (`models.Arrival`),
so nothing is missed, whatever transactions were under way. Of a page that is no longer public, only that is told.
"""

import re
from dataclasses import dataclass

from .log_lines import HEAD_JOIN, LINE_COLUMNS, LOG_INDEX, LogLine, fetch, indexed_line_of, titled_line_of

_CURSOR = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{12})")
CURSOR = rf"^{_CURSOR.pattern}$"


class UnknownCursor(LookupError):
    """No arrival of this record: perhaps it was restored from an earlier backup."""


@dataclass(frozen=True, slots=True)
class ArrivalItem:
    """A revision that became public; or, without its line, that the page with this key ceased to be."""

    cursor: str
    controversy: str  # key
    line: LogLine | None


@dataclass(frozen=True, slots=True)
class ArrivalPage:
    """A page of arrivals, oldest first, the cursor to go on from, and whether there is more already."""

    items: tuple[ArrivalItem, ...]
    cursor: str
    more: bool


# The one at the cursor is read too: its digest tells whether this is the record that the cursor was given for.
_SINCE = f"""
    SELECT a.position, a.withdrawn, {LINE_COLUMNS}, c.slug, c.title, {LOG_INDEX}
    FROM (
        SELECT a.* FROM controversies_arrival a
        JOIN controversies_controversy c ON c.id = a.controversy_id
        WHERE a.position >= %s AND (a.withdrawn OR c.publication = 'published' OR a.position = %s)
        ORDER BY a.position LIMIT %s
    ) a
    JOIN controversies_controversy c ON c.id = a.controversy_id
    JOIN controversies_revision r ON r.controversy_id = a.controversy_id AND r.number = a.number
    {HEAD_JOIN}
    ORDER BY a.position
"""  # noqa: S608 - made of constants


def since(cursor: str = "", *, limit: int) -> ArrivalPage:
    """Return the arrivals after the cursor, or from the beginning; one query. Raises UnknownCursor."""
    position, digest = 0, ""
    if cursor:
        match = _CURSOR.fullmatch(cursor)
        if match is None:
            raise UnknownCursor(cursor)
        position, digest = int(match[1]), match[2]
    rows = fetch(_SINCE, [position, position, limit + (2 if cursor else 1)])
    items = [_item(*row) for row in rows]
    if cursor:
        if not items or (items[0].cursor != cursor and not _was_replaced(position, digest)):
            raise UnknownCursor(cursor)
        items = items[1:]
    shown = items[:limit]
    return ArrivalPage(tuple(shown), shown[-1].cursor if shown else cursor, len(items) > limit)


def _was_replaced(position: int, digest: str) -> bool:
    """Whether the revision at this position had a digest that begins so, until a removal of words replaced it."""
    rows = fetch(
        "SELECT 1 FROM controversies_arrival a JOIN controversies_digestreplacement d"
        " ON d.controversy_id = a.controversy_id AND d.number = a.number"
        " WHERE a.position = %s AND starts_with(encode(d.digest, 'hex'), %s)",
        [position, digest],
    )
    return bool(rows)


def newest() -> str:
    """Return the cursor of the newest arrival, "" if there is none: equal only if readers see the same of all pages."""
    rows = fetch(
        "SELECT a.position, r.digest FROM controversies_arrival a"
        " JOIN controversies_revision r ON r.controversy_id = a.controversy_id AND r.number = a.number"
        " ORDER BY a.position DESC LIMIT 1",
        [],
    )
    return _cursor(rows[0][0], bytes(rows[0][1])) if rows else ""


def _cursor(position: int, digest: bytes) -> str:
    return f"{position}-{digest.hex()[:12]}"


def _item(position: int, withdrawn: bool, *row: object) -> ArrivalItem:
    line = indexed_line_of(row, titled_line_of)
    return ArrivalItem(
        _cursor(position, line.entry.digest), line.entry.controversy, None if withdrawn else line
    )
