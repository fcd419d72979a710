"""Lists of revisions, paged by key: the log of one controversy, and recent changes over all.

Numbers have no gaps, so the newest is the count. Lines that were not public then are for those who may see `every` one.
"""

import datetime
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from controversies.kit.keys import MAX_NUMBER, revision_number
from controversies.kit.keyset import KeysetPage, make_page
from controversies.models import ChangeClass

from .log_lines import (
    HEAD_JOIN,
    IS_EDITED,
    LINE_COLUMNS,
    LOG_INDEX,
    OPENS,
    LogLine,
    fetch,
    indexed_line_of,
    line_of,
    titled_line_of,
)
from .public import WAS_PUBLIC

PAGE = 50

# The classes of changes that lists of the latest changes show.
SUBSTANTIVE = [
    ChangeClass.SUBSTANTIVE.value,
    ChangeClass.ATTRIBUTION.value,
    ChangeClass.SOURCE.value,
    ChangeClass.CONFIDENCE.value,
    ChangeClass.STATUS.value,
]

# The kind of a change that readers cannot compare is not shown, but how it came about is.
_IS_OF_SHOWN_KIND = f"(%s = ANY(r.classes) AND (r.number = 1 OR %s IN ('restore', 'import') OR NOT {OPENS}))"


@dataclass(frozen=True, slots=True)
class LogPage[Place]:
    """Lines, newest first, and the places to go on from: None where there is nothing older or newer.

    A place is a revision's number in the log of one controversy, a line's cursor over all.
    """

    lines: tuple[LogLine, ...] = ()
    older: Place | None = None
    newer: Place | None = None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """The revisions of a controversy to list. A block is given by its key."""

    block: str = ""
    author: str = ""
    kind: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None

    def __bool__(self) -> bool:
        return bool(self.block or self.author or self.kind or self.since or self.until)


def page(
    controversy: str,
    filters: LogFilter | None = None,
    *,
    before: int | None = None,
    after: int | None = None,
    every: bool = False,
    public: bool = False,
    limit: int = PAGE,
) -> LogPage[int]:
    """Return revisions of one controversy, newest first: those numbered below `before`, above `after`; one query.

    With filters, lines that are not public are left out, for a filter would tell what they hide; `public` leaves
    them out in any case.
    """
    filters = filters or LogFilter()
    source, where, params = _conditions(controversy, filters, every=every)
    for number, sign in ((before, "<"), (after, ">")):
        if number is not None:
            where.append(f"{'b.since' if filters.block else 'r.number'} {sign} %s")
            params.append(min(max(number, 0), MAX_NUMBER))
    upwards = after is not None and before is None
    hides = public or (bool(filters) and not every)
    order = f"{'b.since' if filters.block else 'r.number'} {'ASC' if upwards else 'DESC'}"
    read = _ahead(limit) if hides else limit
    chosen = f"SELECT r.* FROM {source} WHERE {' AND '.join(where)} ORDER BY {order} LIMIT {int(read) + 1}"  # noqa: S608 - made of constants
    rows = fetch(
        f"SELECT {LINE_COLUMNS}, {LOG_INDEX} FROM ({chosen}) r {HEAD_JOIN}"  # noqa: S608 - made of constants
        f" ORDER BY r.number {'ASC' if upwards else 'DESC'}",
        params,
    )
    keyset_page = make_page(
        [indexed_line_of(row) for row in rows],
        limit,
        backwards=upwards,
        is_first=before is None,
        batch=read,
        shows=_is_public if hides else None,
    )
    return _log_page(keyset_page, lambda line: line.number)


def _conditions(controversy: str, filters: LogFilter, *, every: bool) -> tuple[str, list[str], list[Any]]:
    source = "controversies_revision r"
    where: list[str] = ["r.controversy_id = %s"]
    params: list[Any] = [controversy]
    if filters.block:
        source = (
            "controversies_block b JOIN controversies_revision r"
            " ON r.controversy_id = b.controversy_id AND r.number = b.since"
        )
        where += ["b.controversy_id = %s", "b.key = %s", IS_EDITED]
        params += [controversy, filters.block]
    if filters.author:
        where.append("r.author_name = %s")
        params.append(filters.author)
    if filters.kind and every:
        where.append("%s = ANY(r.classes)")
        params.append(filters.kind)
    elif filters.kind:
        where.append(_IS_OF_SHOWN_KIND)
        params += [filters.kind, filters.kind]
    if filters.since:
        where.append("r.time >= %s")
        params.append(_midnight(filters.since))
    if filters.until:
        where.append("r.time < %s")
        params.append(_midnight(filters.until) + datetime.timedelta(days=1))
    return source, where, params


def _midnight(day: datetime.date) -> datetime.datetime:
    """The day's beginning; the last day that a computer knows has no end, so it is not let be filtered by."""
    day = min(day, datetime.date.max - datetime.timedelta(days=2))
    return datetime.datetime.combine(day, datetime.time(), tzinfo=datetime.UTC)


def _ahead(limit: int) -> int:
    """Return how many lines to read where those that are not public are left out."""
    return max(2 * limit, 60)


def _is_public(line: LogLine) -> bool:
    return line.is_public


def _log_page[Place](keyset_page: KeysetPage[LogLine], place: Callable[[LogLine], Place]) -> LogPage[Place]:
    """Return the page of the log for these lines, newest first."""
    return LogPage(
        keyset_page.rows,
        older=place(keyset_page.next) if keyset_page.next else None,
        newer=place(keyset_page.previous) if keyset_page.previous else None,
    )


# -- over all controversies --

_OVER_ALL = """
    SELECT r.*, c.slug, c.title
    FROM controversies_revision r
    JOIN controversies_controversy c ON c.id = r.controversy_id AND c.publication = 'published'
    JOIN controversies_topic t ON t.id = c.topic_id
"""
# The same as of a time: of the pages that were public then, by the address and title that they had.
_OVER_ALL_THEN = """
    SELECT r.*, p.slug, p.title
    FROM controversies_revision r
    JOIN controversies_controversy c ON c.id = r.controversy_id AND c.publication = 'published'
    JOIN controversies_listedperiod p ON p.controversy_id = r.controversy_id AND p.key = r.controversy_id
        AND p.begins <= %s AND (p.ends IS NULL OR p.ends > %s)
"""
# The revisions that changed what a backer holds today, or its own record, since it first came to the page; and those
# that took it off a page, but for one that follows a revision that readers may not see.
_OF_A_BACKER = f"""
    JOIN (
        SELECT each.controversy_id, each.since, bool_and(each.is_removed) AS is_removed FROM (
            SELECT b.controversy_id, b.since, false AS is_removed FROM (
                SELECT p.controversy_id, k.key FROM controversies_backing g
                JOIN controversies_position p ON p.id = g.position_id
                CROSS JOIN LATERAL (VALUES (p.id), (g.backer_id)) k (key)
                WHERE g.backer_id = %s
            ) held
            JOIN controversies_block b ON b.controversy_id = held.controversy_id AND b.key = held.key
            WHERE {IS_EDITED} AND b.since >= (
                SELECT min(first.since) FROM controversies_block first
                WHERE first.controversy_id = held.controversy_id AND first.key = %s
            )
            UNION ALL
            SELECT controversy_id, since, true FROM controversies_block
            WHERE key = %s AND digest IS NULL AND outline IS NULL
        ) each
        GROUP BY each.controversy_id, each.since
    ) changed ON changed.controversy_id = r.controversy_id AND changed.since = r.number
        AND NOT (changed.is_removed AND {OPENS})
"""  # noqa: S608 - made of constants
# A page that became public changed nothing else, perhaps, and is news all the same.
_IS_SUBSTANTIVE = f"(r.classes && %s::varchar[] OR {OPENS})"


def over_all(
    *,
    topic: str = "",
    kind: str = "",
    author: str = "",
    backer: str = "",
    substantive: bool = False,
    before: str = "",
    after: str = "",
    limit: int = PAGE,
) -> LogPage[str]:
    """Return public revisions of all public controversies, newest first; two queries with a cursor, else one.

    `topic` is a slug, `author` a name; `backer` the key of one, for what changed in the positions that it holds and
    in its own record, and where it was taken off a page. A cursor is a line's (`LogLine.cursor`). Raises LookupError
    for one that is no public page's.
    """
    where: list[str] = ["TRUE"]
    params: list[Any] = [backer] * 3 if backer else []
    if topic:
        where.append("t.slug = %s")
        params.append(topic)
    if kind:
        where.append(_IS_OF_SHOWN_KIND)
        params += [kind, kind]
    if author:
        where.append(
            f"r.author_name = %s AND {WAS_PUBLIC}"
        )  # an author of hidden ones alone has no place here
        params.append(author)
    if substantive:
        where.append(_IS_SUBSTANTIVE)
        params.append(SUBSTANTIVE)
    for cursor, sign in ((before, "<"), (after, ">")):
        if cursor:
            time, key, number = _place(cursor)
            # The first of these lets the index by time begin in the right place.
            where.append(f"r.time {sign}= %s AND (r.time, r.controversy_id, r.number) {sign} (%s, %s, %s)")
            params += [time, time, key, number]
    upwards = bool(after) and not before
    order = ", ".join(
        f"r.{name} {'ASC' if upwards else 'DESC'}" for name in ("time", "controversy_id", "number")
    )
    read = _ahead(limit)
    source = _OVER_ALL + (_OF_A_BACKER if backer else "")
    chosen = f"{source} WHERE {' AND '.join(where)} ORDER BY {order} LIMIT {int(read) + 1}"
    rows = fetch(
        f"SELECT {LINE_COLUMNS}, r.slug, r.title, {LOG_INDEX}"  # noqa: S608 - made of constants
        f" FROM ({chosen}) r {HEAD_JOIN} ORDER BY {order}",
        params,
    )
    keyset_page = make_page(
        [indexed_line_of(row, titled_line_of) for row in rows],
        limit,
        backwards=upwards,
        is_first=not before,
        batch=read,
        shows=_is_public,
    )
    return _log_page(keyset_page, lambda line: line.cursor)


def _place(cursor: str) -> tuple[datetime.datetime, uuid.UUID, int]:
    slug, _colon, text = cursor.rpartition(":")
    number = revision_number(text)
    if number is None:
        raise LookupError(cursor)
    rows = fetch(
        "SELECT r.time, r.controversy_id, r.number FROM controversies_revision r"
        " JOIN controversies_controversy c ON c.id = r.controversy_id AND c.publication = 'published'"
        " WHERE c.slug = %s AND r.number = %s",
        [slug, number],
    )
    if not rows:
        raise LookupError(cursor)
    time, key, newest = rows[0]
    return time, key, newest


def latest_changes(limit: int = 5, *, substantive: bool = True) -> tuple[LogLine, ...]:
    """Return the latest public changes over all public controversies, newest first; one query."""
    return over_all(substantive=substantive, limit=limit).lines


def latest_changes_at(time: datetime.datetime, limit: int) -> tuple[LogLine, ...]:
    """Return the same of any kind as of a time, with the pages' addresses and titles then; one query."""
    order = "r.time DESC, r.controversy_id DESC, r.number DESC"
    read = _ahead(limit)
    rows = fetch(
        f"SELECT {LINE_COLUMNS}, r.slug, r.title FROM ("  # noqa: S608 - made of constants
        f"{_OVER_ALL_THEN} WHERE r.time <= %s ORDER BY {order} LIMIT {int(read) + 1}) r {HEAD_JOIN} ORDER BY {order}",
        [time, time, time],
    )
    lines = (titled_line_of(row) for row in rows)
    return tuple(line for line in lines if line.is_public)[:limit]


def latest(controversies: Mapping[str, int]) -> dict[str, LogLine]:
    """Return the latest public substantive change of each of these controversies, by key; one query.

    They are given with the numbers of the newest revisions to look at. Of those that have had none, the latest public
    revision. Of the latest twenty each only.
    """
    lines: dict[str, LogLine] = {}
    rows = fetch(
        f"""
        SELECT {LINE_COLUMNS} FROM unnest(%s::uuid[], %s::integer[]) c (id, newest)
        CROSS JOIN LATERAL (
            SELECT * FROM controversies_revision r WHERE r.controversy_id = c.id AND r.number <= c.newest
            ORDER BY number DESC LIMIT 20
        ) r
        {HEAD_JOIN}
        ORDER BY r.controversy_id, r.number DESC
        """,  # noqa: S608 - made of constants
        [list(controversies), list(controversies.values())],
    )
    for row in rows:
        line = line_of(row)
        known = lines.get(line.entry.controversy)
        if line.is_public and (known is None or (not _is_substantive(known) and _is_substantive(line))):
            lines[line.entry.controversy] = line
    return lines


def _is_substantive(line: LogLine) -> bool:
    return not line.follows_public or not set(line.entry.classes).isdisjoint(SUBSTANTIVE)
