"""Lists of revisions: the log of one controversy, recent changes over all, how often each block changed.

Everything is paged by key and counted by what is at hand: numbers have no gaps, so the newest is the count.
Each line knows whether its own document was public: what was made while it was not is not shown to readers
(`every=True` is for those who may see it). Whether it was stands in the head block as it was then.
"""

import datetime
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from django.db import connection

from controversies.document import canonical
from controversies.document.types import Head
from controversies.kit.keys import MAX_NUMBER, revision_number
from controversies.kit.keyset import KeysetPage, make_page
from controversies.models import ChangeClass, Publication

from .public import CHANGES_PUBLICATION, follows_public
from .read import _SELECT, Entry, _entry

PAGE = 50
_VERSIONS = 200  # of a head block are read for its spans
_AUTHORS = 1000  # newest revisions whose authors are offered
COUNTED = 99  # versions of one block at most; beyond that, "more"

# What a change must be for readers to be told of it first.
SUBSTANTIVE = [
    ChangeClass.SUBSTANTIVE.value,
    ChangeClass.ATTRIBUTION.value,
    ChangeClass.SOURCE.value,
    ChangeClass.CONFIDENCE.value,
    ChangeClass.STATUS.value,
]

# The head block as it was at the revision r, and what it was packed against: two descents of the primary key.
_THEN = """
    LEFT JOIN LATERAL (
        SELECT b.body, b.basis FROM controversies_block b
        WHERE b.controversy_id = r.controversy_id AND b.key = r.controversy_id AND b.since <= r.number
        ORDER BY b.since DESC LIMIT 1
    ) head ON r.withheld = ''
    LEFT JOIN controversies_block basis ON basis.controversy_id = r.controversy_id
        AND basis.key = r.controversy_id AND basis.since = head.basis
"""
# Whether a revision that is public follows one that is not.
_OPENS = f"(r.number = 1 OR {CHANGES_PUBLICATION})"
# Of what differs from a revision that readers may not see, not even the kind is told; how it came about is.
_TOLD_OF_KIND = f"(%s = ANY(r.classes) AND (r.number = 1 OR %s IN ('restore', 'import') OR NOT {_OPENS}))"
# Whether more of a block than the numbers of sources in its texts differs from the version before.
_IS_EDITED = "b.renumbered IS NOT TRUE"
UNREADABLE = "unreadable"  # what a page was whose head was lost: nothing of that revision is shown
_HEAD_COLUMNS = "head.body, basis.body"


@dataclass(frozen=True, slots=True)
class Line:
    """One revision in a list: what the record says of it, and whether its document was public then."""

    entry: Entry
    publication: str
    follows_public: bool  # whether the revision before it was public too
    slug: str = ""  # of the controversy today, in lists over all
    title: str = ""

    @property
    def number(self) -> int:
        return self.entry.number

    @property
    def is_public(self) -> bool:
        return self.publication == Publication.PUBLISHED

    @property
    def before(self) -> int:
        """The revision to compare this one with: the one before it, or 0, nothing."""
        return self.number - 1 if self.follows_public else 0

    @property
    def cursor(self) -> str:
        """Where this line stands in a list over all controversies."""
        return f"{self.slug}:{self.number}"


@dataclass(frozen=True, slots=True)
class LogPage[Place]:
    """Some lines, newest first; `older` and `newer` say from where to go on, None where there is nothing.

    A place is a revision's number in the log of one controversy, a line's cursor over all.
    """

    lines: tuple[Line, ...] = ()
    older: Place | None = None
    newer: Place | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which revisions of a controversy to list. A block is given by its key."""

    block: str = ""
    author: str = ""
    kind: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None

    def __bool__(self) -> bool:
        return bool(self.block or self.author or self.kind or self.since or self.until)


def _head(body: Any, basis: Any) -> Head:
    block = canonical.decode(bytes(body), bytes(basis) if basis is not None else None)
    if not isinstance(block, Head):
        raise TypeError("The block with the controversy's key is not its head.")
    return block


def _publication(body: Any, basis: Any) -> str:
    try:
        return _head(body, basis).publication
    except (TypeError, ValueError):
        return UNREADABLE


def _line(row: tuple[Any, ...], *shown: str) -> Line:
    *columns, body, basis = row
    entry = _entry(tuple(columns))
    publication = entry.withheld or _publication(body, basis)
    return Line(entry, publication, follows_public(entry, publication), *shown)


def page(
    controversy: str,
    filters: Filter | None = None,
    *,
    before: int | None = None,
    after: int | None = None,
    every: bool = False,
    public: bool = False,
    limit: int = PAGE,
) -> LogPage[int]:
    """Revisions of one controversy, newest first: those numbered below `before`, above `after`; one query.

    With filters, lines that are not public are left out, for a filter would tell what they hide; `public` leaves
    them out in any case.
    """
    filters = filters or Filter()
    source, where, params = _where(controversy, filters, every=every)
    for number, sign in ((before, "<"), (after, ">")):
        if number is not None:
            where.append(f"{'b.since' if filters.block else 'r.number'} {sign} %s")
            params.append(min(max(number, 0), MAX_NUMBER))
    upwards = after is not None and before is None
    hides = public or (bool(filters) and not every)
    order = f"{'b.since' if filters.block else 'r.number'} {'ASC' if upwards else 'DESC'}"
    read = _ahead(limit) if hides else limit
    chosen = f"SELECT r.* FROM {source} WHERE {' AND '.join(where)} ORDER BY {order} LIMIT {int(read) + 1}"  # noqa: S608 - made of constants
    rows = _fetch(
        f"SELECT {_SELECT}, {_HEAD_COLUMNS} FROM ({chosen}) r {_THEN}"  # noqa: S608 - made of constants
        f" ORDER BY r.number {'ASC' if upwards else 'DESC'}",
        params,
    )
    found = make_page(
        [_line(row) for row in rows],
        limit,
        backwards=upwards,
        is_first=before is None,
        batch=read,
        shows=_is_public if hides else None,
    )
    return _log_page(found, lambda line: line.number)


def _where(controversy: str, filters: Filter, *, every: bool) -> tuple[str, list[str], list[Any]]:
    source = "controversies_revision r"
    where: list[str] = ["r.controversy_id = %s"]
    params: list[Any] = [controversy]
    if filters.block:
        source = (
            "controversies_block b JOIN controversies_revision r"
            " ON r.controversy_id = b.controversy_id AND r.number = b.since"
        )
        where += ["b.controversy_id = %s", "b.key = %s", _IS_EDITED]
        params += [controversy, filters.block]
    if filters.author:
        where.append("r.author_name = %s")
        params.append(filters.author)
    if filters.kind and every:
        where.append("%s = ANY(r.classes)")
        params.append(filters.kind)
    elif filters.kind:
        where.append(_TOLD_OF_KIND)
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
    """How many lines to read where those that are not public are passed over."""
    return max(2 * limit, 60)


def _fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _is_public(line: Line) -> bool:
    return line.is_public


def _log_page[Place](found: KeysetPage[Line], place: Callable[[Line], Place]) -> LogPage[Place]:
    """The page of the log for these lines, newest first."""
    return LogPage(
        found.rows,
        older=place(found.next) if found.next else None,
        newer=place(found.previous) if found.previous else None,
    )


# -- one controversy through time --


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


def spans(controversy: str) -> tuple[Span, ...]:
    """The page's status and publication through time, oldest first; one query, bounded.

    Of a page whose head has changed very often, the latest part only.
    """
    rows = _fetch(
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
    found: list[Span] = []
    for since, time, withheld, body, basis in rows:
        if withheld:
            state = (found[-1].status if found else "", withheld, True)
        elif _publication(body, basis) == UNREADABLE:
            continue
        else:
            head = _head(body, basis)
            state = (head.status, head.publication, False)
        if not found or (found[-1].status, found[-1].publication, found[-1].withheld) != state:
            found.append(Span(since, time, state[0], state[1], withheld=state[2]))
    ended = [replace(span, end=following.first, until=following.time) for span, following in pairwise(found)]
    return (*ended, *found[-1:])


def is_public(through: Iterable[Span], number: int) -> bool:
    """Whether the revision of this number was public, as far as the spans tell."""
    return any(span.is_public and number in span for span in through)


def is_shown(through: Iterable[Span], number: int, *, every: bool) -> bool:
    """The same of those who may see `every` revision that is here."""
    return any((span.is_public or (every and not span.withheld)) and number in span for span in through)


def _ranges(through: Iterable[Span], every: bool) -> list[list[int]]:
    """The numbers from and below which revisions are shown, as two lists for `unnest`."""
    spans = list(through)
    if every and not any(span.withheld for span in spans):
        return [[0], [MAX_NUMBER]]
    shown = [span for span in spans if span.is_public or (every and not span.withheld)]
    return [[span.first for span in shown], [span.end or MAX_NUMBER for span in shown]]


@dataclass(frozen=True, slots=True)
class Mark:
    """What is drawn of one revision."""

    number: int
    time: datetime.datetime
    classes: tuple[str, ...]
    opens: bool  # whether readers could not see the revision before it


def marks(
    controversy: str, through: Iterable[Span], *, limit: int = 40, every: bool = False
) -> tuple[Mark, ...]:
    """The first revision and the latest ones that are shown, oldest first; one query, bounded."""
    shown = (
        "EXISTS (SELECT FROM unnest(%s::int[], %s::int[]) s (first, after)"
        " WHERE r.number >= s.first AND r.number < s.after)"
    )
    ranges = _ranges(through, every)
    one = (
        f"SELECT number, time, classes, {_OPENS} FROM controversies_revision r"  # noqa: S608 - made of constants
        f" WHERE controversy_id = %s AND {shown}"
    )
    rows = _fetch(
        f"(({one} ORDER BY number LIMIT 1) UNION ({one} ORDER BY number DESC LIMIT {int(limit)}))"
        " ORDER BY number",
        [controversy, *ranges, controversy, *ranges],
    )
    return tuple(Mark(number, time, tuple(classes), opens) for number, time, classes, opens in rows)


def authors(controversy: str, through: Iterable[Span], *, every: bool = False) -> list[str]:
    """The names of those who made the latest revisions that are shown, in alphabetical order; one query."""
    rows = _fetch(
        f"""
        SELECT DISTINCT author_name FROM (
            SELECT number, author_name FROM controversies_revision
            WHERE controversy_id = %s ORDER BY number DESC LIMIT {_AUTHORS}
        ) r WHERE EXISTS (
            SELECT FROM unnest(%s::int[], %s::int[]) s (first, after)
            WHERE r.number >= s.first AND r.number < s.after
        )
        """,  # noqa: S608 - a number of ours
        [controversy, *_ranges(through, every)],
    )
    return sorted((name for (name,) in rows), key=str.casefold)


def people_between(controversy: str, through: Iterable[Span], a: int, b: int, *, every: bool = False) -> int:
    """How many people made the shown ones of the revisions between two; of the nearest thousand. One query."""
    low, high = sorted((a, b))
    [(count,)] = _fetch(
        f"""
        SELECT count(DISTINCT author_name) FROM (
            SELECT number, author_name FROM controversies_revision
            WHERE controversy_id = %s AND number > %s AND number < %s ORDER BY number DESC LIMIT {_AUTHORS}
        ) r WHERE EXISTS (
            SELECT FROM unnest(%s::int[], %s::int[]) s (first, after)
            WHERE r.number >= s.first AND r.number < s.after
        )
        """,  # noqa: S608 - a number of ours
        [controversy, low, high, *_ranges(through, every)],
    )
    return int(count)


def block_counts(
    controversy: str, keys: Iterable[str], through: Iterable[Span], *, every: bool = False
) -> dict[str, int]:
    """How many of the revisions that are shown changed each of these blocks, by key; one query.

    What the history filtered by a block lists; counted to `COUNTED`, and one more for “more than that”.
    """
    rows = _fetch(
        f"""
        SELECT k.key, (
            SELECT count(*) FROM (
                SELECT FROM controversies_block b
                WHERE b.controversy_id = %s AND b.key = k.key AND {_IS_EDITED} AND EXISTS (
                    SELECT FROM unnest(%s::int[], %s::int[]) s (first, after)
                    WHERE b.since >= s.first AND b.since < s.after
                ) LIMIT {COUNTED + 1}
            ) versions
        ) FROM unnest(%s::uuid[]) k (key)
        """,  # noqa: S608 - a number of ours
        [controversy, *_ranges(through, every), list(keys)],
    )
    return {str(key): count for key, count in rows}


# -- over all controversies --

_OVER_ALL = """
    SELECT r.*, c.slug, c.title
    FROM controversies_revision r
    JOIN controversies_controversy c ON c.id = r.controversy_id AND c.publication = 'published'
    JOIN controversies_topic t ON t.id = c.topic_id
"""
# The revisions that changed what a backer holds today, or its own record, since it first came to the page; and those
# that took it off a page, but for one that follows a revision that readers may not see.
_OF_A_BACKER = f"""
    JOIN (
        SELECT each.controversy_id, each.since, bool_and(each.gone) AS gone FROM (
            SELECT b.controversy_id, b.since, false AS gone FROM (
                SELECT p.controversy_id, k.key FROM controversies_backing g
                JOIN controversies_position p ON p.id = g.position_id
                CROSS JOIN LATERAL (VALUES (p.id), (g.backer_id)) k (key)
                WHERE g.backer_id = %s
            ) held
            JOIN controversies_block b ON b.controversy_id = held.controversy_id AND b.key = held.key
            WHERE {_IS_EDITED} AND b.since >= (
                SELECT min(first.since) FROM controversies_block first
                WHERE first.controversy_id = held.controversy_id AND first.key = %s
            )
            UNION ALL
            SELECT controversy_id, since, true FROM controversies_block
            WHERE key = %s AND digest IS NULL AND outline IS NULL
        ) each
        GROUP BY each.controversy_id, each.since
    ) touched ON touched.controversy_id = r.controversy_id AND touched.since = r.number
        AND NOT (touched.gone AND {_OPENS})
"""  # noqa: S608 - made of constants
# A page that became public changed nothing else, perhaps, and is news all the same.
_IS_SUBSTANTIVE = f"(r.classes && %s::varchar[] OR {_OPENS})"


def _line_over_all(row: tuple[Any, ...]) -> Line:
    *columns, slug, title = row
    return _line(tuple(columns), slug, title)


def over_all(
    *,
    topic: str = "",
    kind: str = "",
    backer: str = "",
    substantive: bool = False,
    before: str = "",
    after: str = "",
    limit: int = PAGE,
) -> LogPage[str]:
    """Public revisions of all public controversies, newest first; two queries with a cursor, else one.

    `topic` is a slug; `backer` the key of one, for what changed in the positions that it holds and in its own
    record, and where it was taken off a page. A cursor is a line's (`Line.cursor`). Raises LookupError for one that
    is no public page's.
    """
    where: list[str] = ["TRUE"]
    params: list[Any] = [backer] * 3 if backer else []
    if topic:
        where.append("t.slug = %s")
        params.append(topic)
    if kind:
        where.append(_TOLD_OF_KIND)
        params += [kind, kind]
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
    rows = _fetch(
        f"SELECT {_SELECT}, {_HEAD_COLUMNS}, r.slug, r.title"  # noqa: S608 - made of constants
        f" FROM ({chosen}) r {_THEN} ORDER BY {order}",
        params,
    )
    found = make_page(
        [_line_over_all(row) for row in rows],
        limit,
        backwards=upwards,
        is_first=not before,
        batch=read,
        shows=_is_public,
    )
    return _log_page(found, lambda line: line.cursor)


def _place(cursor: str) -> tuple[datetime.datetime, uuid.UUID, int]:
    slug, _colon, text = cursor.rpartition(":")
    number = revision_number(text)
    if number is None:
        raise LookupError(cursor)
    rows = _fetch(
        "SELECT r.time, r.controversy_id, r.number FROM controversies_revision r"
        " JOIN controversies_controversy c ON c.id = r.controversy_id AND c.publication = 'published'"
        " WHERE c.slug = %s AND r.number = %s",
        [slug, number],
    )
    if not rows:
        raise LookupError(cursor)
    time, key, found = rows[0]
    return time, key, found


def recent(limit: int = 5, *, substantive: bool = True) -> tuple[Line, ...]:
    """The latest public changes over all public controversies, newest first; one query."""
    return over_all(substantive=substantive, limit=limit).lines


def latest(controversies: Iterable[str]) -> dict[str, Line]:
    """The latest public substantive change of each of these controversies, by key; one query.

    Of those that have had none, the latest public revision. Of the latest twenty each only.
    """
    found: dict[str, Line] = {}
    rows = _fetch(
        f"""
        SELECT {_SELECT}, {_HEAD_COLUMNS} FROM unnest(%s::uuid[]) c (id)
        CROSS JOIN LATERAL (
            SELECT * FROM controversies_revision r WHERE r.controversy_id = c.id
            ORDER BY number DESC LIMIT 20
        ) r
        {_THEN}
        ORDER BY r.controversy_id, r.number DESC
        """,  # noqa: S608 - made of constants
        [list(controversies)],
    )
    for row in rows:
        line = _line(row)
        known = found.get(line.entry.controversy)
        if line.is_public and (known is None or (not _is_substantive(known) and _is_substantive(line))):
            found[line.entry.controversy] = line
    return found


def _is_substantive(line: Line) -> bool:
    return not line.follows_public or not set(line.entry.classes).isdisjoint(SUBSTANTIVE)
