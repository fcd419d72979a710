"""Reading the record: revisions with their documents, one, several or the newest."""

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from controversies.document import canonical
from controversies.document.types import Document
from controversies.kit.keys import MAX_NUMBER
from controversies.models import ChangeClass


@dataclass(frozen=True, slots=True)
class Entry:
    """One revision without its document: who, when, why, digests and what changed."""

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
    withheld: str = ""  # what the page was, if the revision's content never came here (`models.Revision`)


class StoredBlock(NamedTuple):
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
    stored: dict[str, StoredBlock]

    @property
    def number(self) -> int:
        return self.entry.number


class UnreadableRevision(ValueError):
    """A revision that cannot be read: a block of it was lost or damaged. `checkhistory` names it."""


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
    "withheld",
)
ENTRY_COLUMNS = ", ".join(f"r.{name}" for name in _COLUMNS)

# Whether the first revision, `r`, says that the page was not written here.
IMPORTED = f"'{ChangeClass.IMPORT.value}' = ANY(r.classes)"

# One revision with its blocks (`sql/reading.sql`): `at` and `head` in one call, several in one query.
_ONE = "SELECT * FROM controversies_reading(%s, %s)"
_HEADS = """
    SELECT r.* FROM unnest(%s::uuid[]) WITH ORDINALITY AS asked (key, i)
    CROSS JOIN LATERAL controversies_reading(asked.key, NULL) r ORDER BY asked.i, r.place
"""
_PAIR = """
    SELECT r.* FROM (SELECT DISTINCT number FROM unnest(%s::integer[]) number) asked
    CROSS JOIN LATERAL controversies_reading(%s, asked.number) r ORDER BY asked.number, r.place
"""
_SEVERAL = """
    SELECT r.* FROM unnest(%s::uuid[], %s::integer[]) WITH ORDINALITY AS asked (key, number, i)
    CROSS JOIN LATERAL controversies_reading(asked.key, asked.number) r ORDER BY asked.i, r.place
"""


def entry_of(row: tuple[Any, ...]) -> Entry:
    """Make an entry of a row of ENTRY_COLUMNS."""
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


def _readings(sql: str, params: list[Any], *, skip: bool = False) -> list[Reading]:
    """Return the readings of these rows. Raises UnreadableRevision, or with `skip` leaves that one out."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    starts = [i for i, row in enumerate(rows) if row[0] == 1]
    readings = []
    for i, j in pairwise([*starts, len(rows)]):
        try:
            readings.append(_reading(rows[i:j]))
        except (TypeError, ValueError, LookupError) as error:
            if not skip:
                raise UnreadableRevision(_("A part of revision %s is missing.") % rows[i][8]) from error
    return readings


def _reading(rows: list[tuple[Any, ...]]) -> Reading:
    stored = {row[1]: StoredBlock(*row[2:7]) for row in rows}
    blocks = [canonical.decode(block.body, block.basis_body) for block in stored.values()]
    return Reading(entry_of(rows[0][7:]), canonical.assemble(blocks), stored)


def at(controversy: str, number: int) -> Reading | None:
    """Return the revision with this number of the controversy with this key, or None; one query.

    Raises UnreadableRevision.
    """
    readings = _readings(_ONE, [controversy, number]) if number <= MAX_NUMBER else []
    return readings[0] if readings else None


def as_of(controversy: str, time: datetime.datetime) -> int:
    """Return the number of the newest revision at this time, 0 if there was none; one query, flat by index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT controversies_number_at(%s, %s)", [controversy, time])
        return cursor.fetchone()[0]


def head(controversy: str) -> Reading | None:
    """Return the newest revision of the controversy with this key, or None; one query. Raises UnreadableRevision."""
    readings = _readings(_ONE, [controversy, None])
    return readings[0] if readings else None


def heads(controversies: Iterable[str]) -> dict[str, Reading]:
    """Return the newest revision of each of these controversies by key, without unreadable ones; one query."""
    return {reading.document.key: reading for reading in _readings(_HEADS, [list(controversies)], skip=True)}


def pair(controversy: str, numbers: tuple[int, int]) -> list[Reading]:
    """Return those revisions of these numbers that there are, oldest first; one query. Raises UnreadableRevision."""
    if max(numbers) > MAX_NUMBER:
        return []
    return _readings(_PAIR, [list(numbers), controversy])


def several(places: Iterable[tuple[str, int]]) -> list[Reading]:
    """Return the revisions of these controversies and numbers that can be read, in this order; one query."""
    pairs = list(places)
    keys, numbers = [key for key, _number in pairs], [number for _key, number in pairs]
    return _readings(_SEVERAL, [keys, numbers], skip=True)


def imported_keys(controversies: Iterable[str]) -> set[str]:
    """Return the keys of the controversies that began with an import: their text was not written here; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT r.controversy_id FROM controversies_revision r"  # noqa: S608 - a constant
            f" WHERE r.controversy_id = ANY(%s::uuid[]) AND r.number = 1 AND {IMPORTED}",
            [list(controversies)],
        )
        return {str(key) for (key,) in cursor.fetchall()}


def newest_number(controversy: str) -> int:
    """Return the number of the newest revision, 0 without one; numbers have no gaps, so it is the count as well."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(number), 0) FROM controversies_revision WHERE controversy_id = %s",
            [controversy],
        )
        return cursor.fetchone()[0]


def entries(
    where: str, params: list[Any], *, order: str = "r.number DESC", limit: int | None = None
) -> list[Entry]:
    """Return revisions without their documents; `where` is SQL about `r`, which never holds a reader's value."""
    tail = f" LIMIT {int(limit)}" if limit is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {ENTRY_COLUMNS} FROM controversies_revision r WHERE {where} ORDER BY {order}{tail}",  # noqa: S608 - no value of a reader's is in it
            params,
        )
        return [entry_of(row) for row in cursor.fetchall()]
