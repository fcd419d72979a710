"""Reads the record: a revision with its document, whole lists of revisions, the history of one block."""

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from django.db import connection

from controversies.document import canonical
from controversies.document.types import Document
from controversies.models import Block


@dataclass(frozen=True, slots=True)
class Entry:
    """What the record says of one revision, without its document."""

    controversy: str  # key
    number: int
    time: datetime.datetime
    author: int | None  # account's id; the name is what was recorded
    author_name: str
    summary: str
    document: bytes  # digest
    digest: bytes
    classes: tuple[str, ...]
    changes: list[Any]  # compare.Outline
    added: int
    removed: int
    reviewer_name: str = ""  # who accepted what the author proposed


class Stored(NamedTuple):
    """A block as it is stored: since which revision, its digest and body, and what it was packed against."""

    since: int
    digest: bytes
    body: bytes
    basis: int | None
    basis_body: bytes | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A revision and the document it recorded, with what is stored of each block by key, in order."""

    entry: Entry
    document: Document
    stored: dict[str, Stored]

    @property
    def number(self) -> int:
        return self.entry.number


_COLUMNS = (
    "controversy_id",
    "number",
    "time",
    "author_id",
    "author_name",
    "summary",
    "document",
    "digest",
    "classes",
    "changes",
    "added",
    "removed",
    "reviewer_name",
)
_SELECT = ", ".join(f"r.{name}" for name in _COLUMNS)

MAX_NUMBER = 2**31 - 1  # of an integer column

# The blocks of one revision, a row each in order, each found by one descent of the primary key, however many
# versions it has had. The first row has the revision's own columns too; the others have none.
_BLOCKS = f"""
    SELECT k.key, b.since, b.digest, b.body, b.basis, b.basis_body, entry.* FROM {{source}}
    CROSS JOIN LATERAL (
        SELECT o.outline FROM controversies_block o
        WHERE o.controversy_id = r.controversy_id AND o.key = '{Block.OUTLINE}' AND o.since <= r.number
        ORDER BY o.since DESC LIMIT 1
    ) o
    CROSS JOIN LATERAL unnest(o.outline) WITH ORDINALITY AS k (key, place)
    CROSS JOIN LATERAL (
        SELECT b.since, b.digest, b.body, b.basis, CASE WHEN b.basis IS NOT NULL THEN (
            SELECT basis.body FROM controversies_block basis
            WHERE basis.controversy_id = b.controversy_id AND basis.key = b.key AND basis.since = b.basis
        ) END AS basis_body
        FROM controversies_block b
        WHERE b.controversy_id = r.controversy_id AND b.key = k.key AND b.since <= r.number
        ORDER BY b.since DESC LIMIT 1
    ) b
    LEFT JOIN LATERAL (SELECT {_SELECT} WHERE k.place = 1) entry ON true
    WHERE {{where}} ORDER BY r.controversy_id, r.number, k.place
"""  # noqa: S608 - made of constants
_AT = _BLOCKS.format(source="controversies_revision r", where="r.controversy_id = %s AND r.number = {number}")
_HEAD = """controversies_controversy c CROSS JOIN LATERAL (
        SELECT * FROM controversies_revision r WHERE r.controversy_id = c.id ORDER BY number DESC LIMIT 1
    ) r"""


def _entry(row: tuple[Any, ...]) -> Entry:
    controversy, number, time, author, name, summary, document, digest, classes, changes, *rest = row
    return Entry(
        str(controversy),
        number,
        time,
        author,
        name,
        summary,
        bytes(document),
        bytes(digest),
        tuple(classes),
        json.loads(changes),
        *rest,
    )


def _readings(sql: str, params: list[Any]) -> list[Reading]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    starts = [i for i, row in enumerate(rows) if row[6] is not None]
    return [_reading(rows[i:j]) for i, j in pairwise([*starts, len(rows)])]


def _reading(rows: list[tuple[Any, ...]]) -> Reading:
    stored = {str(row[0]): Stored(*row[1:6]) for row in rows}
    blocks = [canonical.decode(block.body, block.basis_body) for block in stored.values()]
    return Reading(_entry(rows[0][6:]), canonical.assemble(blocks), stored)


def at(controversy: str, number: int) -> Reading | None:
    """The revision of this number of the controversy with this key, or None; one query."""
    found = _readings(_AT.format(number="%s"), [controversy, number]) if number <= MAX_NUMBER else []
    return found[0] if found else None


def head(controversy: str) -> Reading | None:
    """The newest revision of the controversy with this key, or None; one query."""
    found = _readings(_BLOCKS.format(source=_HEAD, where="c.id = %s"), [controversy])
    return found[0] if found else None


def heads(controversies: Iterable[str]) -> dict[str, Reading]:
    """The newest revision of each of these controversies by key; one query."""
    sql = _BLOCKS.format(source=_HEAD, where="c.id = ANY(%s::uuid[])")
    return {reading.document.key: reading for reading in _readings(sql, [list(controversies)])}


def pair(controversy: str, numbers: tuple[int, int]) -> list[Reading]:
    """The revisions of these numbers that there are, oldest first; one query."""
    if max(numbers) > MAX_NUMBER:
        return []
    return _readings(_AT.format(number="ANY(%s)"), [controversy, list(numbers)])


def newest_number(controversy: str) -> int:
    """The number of the newest revision, which is how many there are: numbers have no gaps; 0 if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(number), 0) FROM controversies_revision WHERE controversy_id = %s",
            [controversy],
        )
        return cursor.fetchone()[0]


def entries(
    where: str, params: list[Any], *, order: str = "r.number DESC", limit: int | None = None
) -> list[Entry]:
    """Revisions without their documents; `where` is SQL of this package's callers, about `r`."""
    tail = f" LIMIT {int(limit)}" if limit is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_SELECT} FROM controversies_revision r WHERE {where} ORDER BY {order}{tail}",  # noqa: S608 - no value of a reader's is in it
            params,
        )
        return [_entry(row) for row in cursor.fetchall()]
