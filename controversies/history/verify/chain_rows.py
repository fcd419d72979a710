"""The rows of a page's record as the check reads them, in order and a chunk at a time."""

import datetime
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection

from controversies import models as m
from controversies.document.types import Block
from controversies.models import ChangeClass

CHUNK = 1000  # rows a fetch
OUTLINE = str(m.Block.OUTLINE)
KINDS = {ChangeClass.IMPORT.value, ChangeClass.RESTORE.value}  # which no document tells


class RevisionRow(NamedTuple):
    """The columns of a revision."""

    number: int
    time: datetime.datetime
    author_id: int | None
    author_name: str
    reviewer_id: int | None
    reviewer_name: str
    summary: str
    document: bytes
    digest: bytes
    classes: list[str]
    changes: str  # JSON
    added: int
    removed: int
    withheld: str
    recorded_by: str
    recorded_at: int | None  # in microseconds since 1970
    seal: bytes | None


class WithheldRevision(NamedTuple):
    """A revision that came without its content: what the page was, and by which role and when it was loaded."""

    number: int
    state: str
    role: str
    day: str


class BlockRow(NamedTuple):
    """The columns of a version of a block."""

    since: int
    key: str
    digest: bytes | None
    body: bytes | None
    basis: int | None
    outline: list[str] | None
    renumbered: bool | None


_COLUMNS = {
    "changes": "changes::text",
    "recorded_at": "(extract(epoch FROM recorded_at) * 1000000)::bigint",
    "key": "key::text",
    "outline": "outline::text[]",
}
REVISIONS = f"""
    SELECT {", ".join(_COLUMNS.get(name, name) for name in RevisionRow._fields)} FROM controversies_revision
    WHERE controversy_id = %s ORDER BY number
"""  # noqa: S608 - made of constants
BLOCKS = f"""
    SELECT {", ".join(_COLUMNS.get(name, name) for name in BlockRow._fields)}
    FROM controversies_block WHERE controversy_id = %s ORDER BY since, key
"""  # noqa: S608 - made of constants


def rows[Row](sql: str, params: list[Any], make: Callable[[tuple[Any, ...]], Row]) -> Iterator[Row]:
    """Yield what `make` makes of each row of a query, read a chunk at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while chunk := cursor.fetchmany(CHUNK):
            yield from map(make, chunk)


@dataclass(slots=True)
class RemovedText:
    """Words removed from one place: the digest of its block or revision, and that of the text that stands there now."""

    digest: bytes
    now: bytes
    is_found: bool = False


@dataclass(slots=True)
class PageRemovals:
    """The texts that were removed from one page, by place."""

    blocks: dict[tuple[str, int], RemovedText] = field(default_factory=dict)  # by key and first revision
    texts: dict[tuple[int, str], RemovedText] = field(default_factory=dict)  # by revision and part


@dataclass(slots=True)
class BlockState:
    """A block as it stands at a revision; None for its content where that cannot be read."""

    since: int
    digest: bytes
    block: Block | None
    is_redacted: bool = False


def day(microseconds: int | None) -> str:
    """Return the day of a time in microseconds since 1970, as 2024-07-23; "" without one."""
    if microseconds is None:
        return ""
    return datetime.datetime.fromtimestamp(microseconds / 1_000_000, datetime.UTC).date().isoformat()


def seal(revision: RevisionRow) -> bytes:
    """Return the seal of a revision, as the database makes it (`sql/seals.sql`)."""
    kind = revision.classes[0] if revision.classes and revision.classes[0] in KINDS else ""
    parts = (
        revision.number,
        revision.digest.hex(),
        revision.withheld,
        kind,
        revision.author_id,
        revision.reviewer_id,
        revision.recorded_by,
        revision.recorded_at,
    )
    text = "|".join(["" if part is None else str(part) for part in parts])
    return hashlib.sha256(text.encode()).digest()[:8]
