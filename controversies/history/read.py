"""Reads the record: a revision with its document, whole lists of revisions, the history of one block."""

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from controversies.document import canonical
from controversies.document.types import Document


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
)
_SELECT = ", ".join(f"r.{name}" for name in _COLUMNS)

# All blocks of one revision, each by one descent of the primary key, however many versions it has had.
_BLOCKS = """
    CROSS JOIN LATERAL (
        SELECT o.outline FROM controversies_block o
        WHERE o.controversy_id = r.controversy_id AND o.key = '00000000-0000-0000-0000-000000000000'
            AND o.since <= r.number
        ORDER BY o.since DESC LIMIT 1
    ) o
    CROSS JOIN LATERAL (
        SELECT array_agg(b.since ORDER BY k.place) AS since,
            array_agg(b.digest ORDER BY k.place) AS digests,
            array_agg(b.body ORDER BY k.place) AS bodies,
            array_agg(b.basis ORDER BY k.place) AS basis,
            array_agg(basis.body ORDER BY k.place) AS basis_bodies
        FROM unnest(o.outline) WITH ORDINALITY AS k (key, place)
        CROSS JOIN LATERAL (
            SELECT b.since, b.digest, b.body, b.basis FROM controversies_block b
            WHERE b.controversy_id = r.controversy_id AND b.key = k.key AND b.since <= r.number
            ORDER BY b.since DESC LIMIT 1
        ) b
        LEFT JOIN controversies_block basis
            ON basis.controversy_id = r.controversy_id AND basis.key = k.key AND basis.since = b.basis
    ) b
"""
MAX_NUMBER = 2**31 - 1  # of an integer column

_HEAD = """
    CROSS JOIN LATERAL (
        SELECT * FROM controversies_revision r WHERE r.controversy_id = c.id ORDER BY number DESC LIMIT 1
    ) r
"""


_WHOLE = f"SELECT {_SELECT}, o.outline, b.since, b.digests, b.bodies, b.basis, b.basis_bodies FROM"
_HEAD_OF = f"{_WHOLE} controversies_controversy c {_HEAD} {_BLOCKS}"
_AT = f"{_WHOLE} controversies_revision r {_BLOCKS} WHERE r.controversy_id = %s AND r.number = %s"


def _entry(row: tuple[Any, ...]) -> Entry:
    controversy, number, time, author, name, summary, document, digest, classes, changes, added, removed = row
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
        added,
        removed,
    )


def _reading(row: tuple[Any, ...]) -> Reading:
    *entry, outline, since, digests, bodies, basis, basis_bodies = row
    stored = map(Stored, since, digests, bodies, basis, basis_bodies)
    return Reading(
        _entry(tuple(entry)),
        canonical.assemble(map(canonical.decode, bodies, basis_bodies)),
        dict(zip(map(str, outline), stored, strict=True)),
    )


def _readings(sql: str, params: list[Any]) -> list[Reading]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [_reading(row) for row in cursor.fetchall()]


def at(controversy: str, number: int) -> Reading | None:
    """The revision of this number of the controversy with this key, or None; one query."""
    found = _readings(_AT, [controversy, number]) if number <= MAX_NUMBER else []
    return found[0] if found else None


def head(controversy: str) -> Reading | None:
    """The newest revision of the controversy with this key, or None; one query."""
    found = _readings(f"{_HEAD_OF} WHERE c.id = %s", [controversy])
    return found[0] if found else None


def heads(controversies: Iterable[str]) -> dict[str, Reading]:
    """The newest revision of each of these controversies by key; one query."""
    found = _readings(f"{_HEAD_OF} WHERE c.id = ANY(%s::uuid[])", [list(controversies)])
    return {reading.document.key: reading for reading in found}


def pair(controversy: str, numbers: tuple[int, int]) -> list[Reading]:
    """The revisions of these numbers that there are, oldest first; one query."""
    if max(numbers) > MAX_NUMBER:
        return []
    sql = f"{_AT.replace('r.number = %s', 'r.number = ANY(%s)')} ORDER BY r.number"
    return _readings(sql, [controversy, list(numbers)])


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
