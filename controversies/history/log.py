"""Lists of revisions, paged by key: the log of one controversy, and recent changes over all.

Numbers have no gaps, so the newest is the count. Lines that were not public then are for those who may see `every` one.
"""

import datetime
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from controversies.kit.keys import MAX_NUMBER, revision_number
from controversies.kit.keyset import KeysetPage, make_page
from controversies.models import ChangeClass, PublicChange

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
    public_line_of,
)
from .read import ENTRY_COLUMNS

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

# A list of changes is one walk of the primary key of `PublicChange`, `w`: public revisions of pages that are public. It
# is cut before anything is joined, for what a planner expects of joins is not to be relied on.
_CHANGES = """
    SELECT r.*, c.slug, c.title
    FROM ({chosen}) w
    JOIN controversies_revision r ON r.controversy_id = w.controversy_id AND r.number = w.number
    JOIN controversies_controversy c ON c.id = w.controversy_id
"""
_IN_LIST = """
    SELECT w.time, w.controversy_id, w.number FROM controversies_publicchange w
    WHERE w.subject = {subject} AND w.kind = %(kind)s {conditions} ORDER BY {order} LIMIT %(limit)s
"""
# The changes of an author are walked in the index of these and looked up in the list, unless the list is short.
_OF_AUTHOR = """
    SELECT * FROM (
        (
            SELECT w.time, w.controversy_id, w.number FROM controversies_publicchange w
            WHERE {is_short} AND w.subject = {subject} AND w.kind = %(kind)s AND (
                SELECT r.author_name = %(author)s FROM controversies_revision r
                WHERE r.controversy_id = w.controversy_id AND r.number = w.number
            ) {conditions} ORDER BY {order} LIMIT %(limit)s
        ) UNION ALL (
            SELECT w.time, w.controversy_id, w.number FROM controversies_revision w
            WHERE NOT {is_short} AND w.author_name = %(author)s AND (
                SELECT true FROM controversies_publicchange l WHERE l.subject = {subject} AND l.kind = %(kind)s
                    AND l.time = w.time AND l.controversy_id = w.controversy_id AND l.number = w.number
            ) {conditions} ORDER BY {order} LIMIT %(limit)s
        )
    ) w
"""
_IS_SHORT = """(
    SELECT count(*) < 2000 FROM (
        SELECT FROM controversies_publicchange l WHERE l.subject = {subject} AND l.kind = %(kind)s LIMIT 2000
    ) l
)"""
_PLACE = ("time", "controversy_id", "number")


def _order(row: str, *, upwards: bool = False) -> str:
    return ", ".join(f"{row}.{name} {'ASC' if upwards else 'DESC'}" for name in _PLACE)


def over_all(
    *,
    topic: str = "",
    kind: str = "",
    author: str = "",
    before: str = "",
    after: str = "",
    since: datetime.datetime | None = None,
    limit: int = PAGE,
) -> LogPage[str]:
    """Return public revisions of all public controversies, newest first; two queries with a cursor, else one.

    `topic` is a slug, `author` a name, `since` the time of the first of them, at the earliest. A cursor is a line's
    (`LogLine.cursor`). Raises LookupError for one that is no public page's.

    Depends on the newest arrival, on the checkpoint of the public log, and on redactions.
    """
    subject = (
        "(SELECT t.id FROM controversies_topic t WHERE t.slug = %(subject)s)" if topic else "%(subject)s"
    )
    params: dict[str, Any] = {
        "subject": topic or PublicChange.ALL,
        "kind": kind,
        "author": author,
        "limit": limit + 1,
    }
    upwards = bool(after) and not before
    conditions = ""
    if since is not None:
        params["since"] = since
        conditions = " AND w.time >= %(since)s"
    for cursor, sign in ((before, "<"), (after, ">")):
        if cursor:
            params |= {f"{name}{sign}": value for name, value in zip(_PLACE, _place(cursor), strict=True)}
            values = ", ".join(f"%({name}{sign})s" for name in _PLACE)
            conditions += f" AND (w.time, w.controversy_id, w.number) {sign} ({values})"
    chosen = (_OF_AUTHOR if author else _IN_LIST).format(
        subject=subject,
        is_short=_IS_SHORT.format(subject=subject) if topic or kind else "false",
        conditions=conditions,
        order=_order("w", upwards=upwards),
    )
    keyset_page = make_page(
        _lines(_CHANGES.format(chosen=chosen), params, upwards=upwards),
        limit,
        backwards=upwards,
        is_first=not before,
    )
    return _log_page(keyset_page, lambda line: line.cursor)


def _lines(chosen: str, params: Mapping[str, Any], *, upwards: bool = False) -> list[LogLine]:
    """Return the lines of a query for public revisions, with the address and title of each one's page; one query."""
    rows = fetch(
        f"SELECT {ENTRY_COLUMNS}, r.slug, r.title, {LOG_INDEX} FROM ({chosen}) r"  # noqa: S608 - made of constants
        f" ORDER BY {_order('r', upwards=upwards)}",
        params,
    )
    return [public_line_of(row) for row in rows]


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
    time, key, number = rows[0]
    return time, key, number


# The revisions that changed what a backer holds today, or its own record, since it first came to the page; and those
# that took it off a page, but for one that follows a revision that readers may not see. The pages that were changed
# last are looked at first: they mostly have all that is wanted, and the others are looked at only if they have not.
# (Each is looked up from its page, the newest first, and whether readers see it is asked of no more than are needed.)
_ABOUT_BACKER = f"""
    SELECT entry.time, entry.controversy_id, entry.number FROM (
        SELECT DISTINCT r.time, g.controversy_id, r.number FROM {{pages}} g
        CROSS JOIN LATERAL (
            SELECT p.id AS key FROM controversies_position p
            JOIN controversies_backing k ON k.position_id = p.id AND k.backer_id = %(backer)s
            WHERE p.controversy_id = g.controversy_id
            UNION ALL SELECT %(backer)s
        ) held
        CROSS JOIN LATERAL (
            SELECT b.since FROM controversies_block b
            WHERE b.controversy_id = g.controversy_id AND b.key = held.key AND {IS_EDITED} AND b.since >= (
                SELECT min(first.since) FROM controversies_block first
                WHERE first.controversy_id = g.controversy_id AND first.key = %(backer)s
            )
            ORDER BY b.since DESC LIMIT %(limit)s
        ) b
        CROSS JOIN LATERAL (
            SELECT n.time, n.number FROM controversies_revision n
            WHERE n.controversy_id = g.controversy_id AND n.number = b.since LIMIT 1
        ) r
        ORDER BY r.time DESC, g.controversy_id DESC, r.number DESC OFFSET 0
    ) entry
    WHERE (
        SELECT true FROM controversies_publicchange w WHERE w.subject = %(all)s AND w.kind = ''
            AND w.time = entry.time AND w.controversy_id = entry.controversy_id AND w.number = entry.number
    )
    LIMIT %(limit)s
"""  # noqa: S608 - made of constants
_TOOK_BACKER_OFF = f"""
    SELECT w.time, w.controversy_id, w.number FROM controversies_block b
    JOIN controversies_revision r
        ON r.controversy_id = b.controversy_id AND r.number = b.since AND NOT {OPENS}
    JOIN controversies_publicchange w ON w.subject = %(all)s AND w.kind = ''
        AND w.time = r.time AND w.controversy_id = r.controversy_id AND w.number = r.number
    WHERE b.key = %(backer)s AND b.digest IS NULL AND b.outline IS NULL
"""  # noqa: S608 - made of constants
_OF_A_BACKER = _CHANGES.format(
    chosen=f"""
    WITH pages AS MATERIALIZED (
        SELECT u.controversy_id, (
            SELECT l.changed FROM controversies_listedpage l WHERE l.controversy_id = u.controversy_id
        ) AS changed
        FROM (
            SELECT controversy_id FROM controversies_pageuse
            WHERE type = 'backer' AND key = %(backer)s AND uses > former
            UNION SELECT controversy_id FROM controversies_pageuse
            WHERE type = 'backer' AND key = %(backer)s AND former > 0
        ) u
        ORDER BY changed DESC, controversy_id
    ), latest AS MATERIALIZED (
        {_ABOUT_BACKER.format(pages="(SELECT * FROM pages LIMIT %(pages_at_first)s)")}
    ), earlier AS (
        SELECT * FROM pages WHERE %(limit)s > (
            SELECT count(*) FROM latest WHERE latest.time > (
                SELECT pages.changed FROM pages OFFSET %(pages_at_first)s LIMIT 1
            )
        ) OFFSET %(pages_at_first)s
    )
    SELECT * FROM (
        SELECT * FROM latest UNION ({_ABOUT_BACKER.format(pages="earlier")}) UNION ({_TOOK_BACKER_OFF})
    ) w
    ORDER BY {_order("w")} LIMIT %(limit)s
"""  # noqa: S608 - made of constants
)
# The same of one that many pages show, among the newest changes of all pages. (Scalar subqueries and CASE, so that no
# more of them are looked at than are needed.)
_OF_A_COMMON_BACKER = _CHANGES.format(
    chosen=f"""
    SELECT * FROM (
        (
            SELECT w.time, w.controversy_id, w.number FROM controversies_publicchange w
            WHERE w.subject = %(all)s AND w.kind = '' AND CASE WHEN (
                SELECT true FROM controversies_pageuse u
                WHERE u.controversy_id = w.controversy_id AND u.type = 'backer' AND u.key = %(backer)s
            ) THEN (
                SELECT true FROM (
                    SELECT g.position_id FROM controversies_position p
                    JOIN controversies_backing g ON g.position_id = p.id AND g.backer_id = %(backer)s
                    WHERE p.controversy_id = w.controversy_id
                    UNION ALL SELECT %(backer)s
                ) held (key)
                JOIN controversies_block b
                    ON b.controversy_id = w.controversy_id AND b.key = held.key AND b.since = w.number
                WHERE {IS_EDITED} AND b.since >= (
                    SELECT min(first.since) FROM controversies_block first
                    WHERE first.controversy_id = w.controversy_id AND first.key = %(backer)s
                ) LIMIT 1
            ) END
            ORDER BY {_order("w")} LIMIT %(limit)s
        ) UNION ({_TOOK_BACKER_OFF})
    ) w
    ORDER BY {_order("w")} LIMIT %(limit)s
"""  # noqa: S608 - made of constants
)
COMMON = 3000  # public pages that show a backer: more of them are not sorted by their last change
PAGES_AT_FIRST = 120  # of those that show a backer, by their last change, that are looked through in any case


def of_backer(backer: str, pages: int, *, limit: int) -> tuple[LogLine, ...]:
    """Return the newest public revisions about a backer, given its key and the number of public pages that show it.

    They are what changed the positions that it holds and its own record, and what took it off a page; one query.
    """
    params = {"backer": uuid.UUID(backer), "all": PublicChange.ALL, "limit": limit}
    params |= {"pages_at_first": PAGES_AT_FIRST}
    return tuple(_lines(_OF_A_COMMON_BACKER if pages > COMMON else _OF_A_BACKER, params))


_OF_REVISIONS = _CHANGES.format(
    chosen="""
    SELECT w.time, w.controversy_id, w.number
    FROM unnest(%(pages)s::uuid[], %(numbers)s::integer[]) k (page, number)
    JOIN controversies_revision t ON t.controversy_id = k.page AND t.number = k.number
    JOIN controversies_publicchange w ON w.subject = %(all)s AND w.kind = ''
        AND w.time = t.time AND w.controversy_id = t.controversy_id AND w.number = t.number
"""
)


def of_revisions(places: Iterable[tuple[uuid.UUID, int]]) -> tuple[LogLine, ...]:
    """Return those of these revisions (keys of pages, numbers) that are public now, newest first; one query."""
    pages, numbers = zip(*places, strict=True) if (places := list(places)) else ((), ())
    params = {"pages": list(pages), "numbers": list(numbers), "all": PublicChange.ALL}
    return tuple(_lines(_OF_REVISIONS, params))


def latest_changes(limit: int = 5) -> tuple[LogLine, ...]:
    """Return the latest public changes over all public controversies, newest first; one query."""
    return over_all(limit=limit).lines


# Of the pages that were public at the time, by the address and title that they had: each is looked up on the way.
_CHANGES_THEN = f"""
    SELECT r.*, p.slug, p.title
    FROM (
        SELECT w.time, w.controversy_id, w.number FROM controversies_publicchange w
        WHERE w.subject = %(all)s AND w.kind = '' AND w.time <= %(time)s AND (
            SELECT true FROM controversies_listedperiod p
            WHERE p.controversy_id = w.controversy_id AND p.key = w.controversy_id
                AND p.begins <= %(time)s AND (p.ends IS NULL OR p.ends > %(time)s) LIMIT 1
        )
        ORDER BY {_order("w")} LIMIT %(limit)s
    ) w
    JOIN controversies_revision r ON r.controversy_id = w.controversy_id AND r.number = w.number
    JOIN controversies_listedperiod p ON p.controversy_id = w.controversy_id AND p.key = w.controversy_id
        AND p.begins <= %(time)s AND (p.ends IS NULL OR p.ends > %(time)s)
    ORDER BY {_order("w")}
"""  # noqa: S608 - made of constants


def latest_changes_at(time: datetime.datetime, limit: int) -> tuple[LogLine, ...]:
    """Return the same as of a time, with the pages' addresses and titles then; one query."""
    return tuple(_lines(_CHANGES_THEN, {"time": time, "all": PublicChange.ALL, "limit": limit}))


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
