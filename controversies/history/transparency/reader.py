"""Reads the public log from the database: tiles, roots, proofs, checkpoints. One query each, however long the log is.

Of a log, `number` is its row's; the newest one is that which grows. Every function but `newest_checkpoint` is for trees
that there are: up to the number of entries, or to the size of a signed checkpoint where others may ask.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from . import merkle
from .merkle import Lookup, Range
from .notes import InclusionProof, parse_note
from .tiles import place_of


class BrokenLog(RuntimeError):
    """A hash or entry of the log is missing: rows were removed past the database's guards."""


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A signed checkpoint: of which log, for how many entries, and the note with all its signatures."""

    log: int
    size: int
    root: bytes
    note: str
    is_witnessed: bool


# -- checkpoints --

_NEWEST = """
    SELECT l.id, c.size, c.root, c.note, c.is_witnessed FROM controversies_log l
    CROSS JOIN LATERAL (
        SELECT * FROM controversies_checkpoint c WHERE c.log_id = l.id ORDER BY c.size DESC, c.id DESC LIMIT 1
    ) c
    WHERE l.id = coalesce(%s, (SELECT max(id) FROM controversies_log))
"""


def newest_checkpoint(log: int | None = None) -> StoredCheckpoint | None:
    """Return the newest checkpoint of this log, or of the newest log; None before the first."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [log])
        row = cursor.fetchone()
    if row is None:
        return None
    number, size, root, note, is_witnessed = row
    return StoredCheckpoint(number, size, bytes(root), note, is_witnessed)


def size_of(log: int) -> int:
    """Return the number of entries of a log, signed or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT index + 1 FROM controversies_leaf WHERE log_id = %s ORDER BY index DESC LIMIT 1", [log]
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


# -- tiles --

_LEAVES = (
    "SELECT {column} FROM controversies_leaf WHERE log_id = %s AND index >= %s AND index < %s ORDER BY index"
)
_HASHES = (
    "SELECT hash FROM controversies_treehash"
    " WHERE log_id = %s AND level = %s AND index >= %s AND index < %s ORDER BY index"
)


def tile_hashes(log: int, level: int, first: int, count: int) -> list[bytes]:
    """Return consecutive hashes of a level of tiles. Raises BrokenLog unless all are there."""
    if level == 0:
        return _column(_LEAVES.format(column="hash"), [log, first, first + count], count)
    return _column(_HASHES, [log, level, first, first + count], count)


def entries(log: int, first: int, count: int) -> list[bytes]:
    """Return consecutive entries. Raises BrokenLog unless all are there."""
    return _column(_LEAVES.format(column="entry"), [log, first, first + count], count)


def _column(sql: str, params: list[int], count: int) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        values = [bytes(value) for (value,) in cursor.fetchall()]
    if len(values) != count:
        raise BrokenLog(f"Of {count} hashes or entries of log {params[0]}, {len(values)} are there.")
    return values


# -- roots and proofs --

_PLACES = """
    SELECT h.level, h.index, h.hash FROM unnest(%(levels)s::smallint[], %(firsts)s::bigint[], %(ends)s::bigint[]) p (
        level, first, beyond
    )
    CROSS JOIN LATERAL (
        SELECT 0 AS level, l.index, l.hash FROM controversies_leaf l
        WHERE p.level = 0 AND l.log_id = %(log)s AND l.index >= p.first AND l.index < p.beyond
        UNION ALL
        SELECT t.level, t.index, t.hash FROM controversies_treehash t
        WHERE t.log_id = %(log)s AND t.level = p.level AND t.index >= p.first AND t.index < p.beyond
    ) h
"""


def lookup(log: int, ranges: Iterable[Range]) -> Lookup:
    """Return the hashes of the full subtrees of these nodes; at most 256 rows are read for each level of tiles.

    Raises BrokenLog unless all are there.
    """
    subtrees = [subtree for each in ranges for subtree in merkle.full_subtrees(each)]
    places = [place_of(subtree) for subtree in subtrees]
    parameters: dict[str, Any] = {
        "log": log,
        "levels": [level for level, _first, _count in places],
        "firsts": [first for _level, first, _count in places],
        "ends": [first + count for _level, first, count in places],
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, parameters)
        hashes = {(level, index): bytes(value) for level, index, value in cursor.fetchall()}
    try:
        roots = {
            subtree: merkle.root_of(hashes[level, index] for index in range(first, first + count))
            for subtree, (level, first, count) in zip(subtrees, places, strict=True)
        }
    except KeyError as error:
        raise BrokenLog(f"Hash {error} of log {log} is missing.") from error
    return roots.__getitem__


def root(log: int, size: int) -> bytes:
    """Return the root of a log's first `size` entries."""
    whole = Range(0, size)
    return merkle.range_hash(whole, lookup(log, [whole]))


def inclusion_proof(log: int, index: int, size: int) -> list[bytes]:
    """Return the proof that an entry is among a log's first `size`. Raises ValueError for one that is not."""
    return merkle.inclusion_proof(index, size, lookup(log, merkle.inclusion_ranges(index, size)))


def consistency_proof(log: int, old: int, new: int) -> list[bytes]:
    """Return the proof that a log's first `new` entries begin with its first `old`. Raises ValueError if old > new."""
    return merkle.consistency_proof(old, new, lookup(log, merkle.consistency_ranges(old, new)))


_OF_REVISION = """
    SELECT l.log_id, l.index, c.size, c.note FROM (
        SELECT log_id, index FROM controversies_leaf
        WHERE controversy_id = %(page)s AND number = %(number)s AND kind = 'revision'
        UNION ALL
        SELECT log_id, index FROM controversies_leaf
        WHERE controversy_id = %(page)s AND number = %(number)s AND kind = 'replacement'
            AND NOT convert_from(entry, 'UTF8')::jsonb ? 'withdrawn'
    ) l
    LEFT JOIN LATERAL (
        SELECT c.size, c.note FROM controversies_checkpoint c WHERE c.log_id = l.log_id AND c.size > l.index
        ORDER BY c.size DESC, c.id DESC LIMIT 1
    ) c ON true
    ORDER BY c.size IS NULL, l.log_id DESC, l.index DESC LIMIT 1
"""


def proof_of_revision(controversy: str, number: int) -> InclusionProof | None:
    """Return the proof that a revision is in the newest log with a checkpoint that covers it; two queries.

    None while no checkpoint does. Of a revision that was made again without words that had to go, it is the proof of
    the entry that says so. Raises LookupError for one that has no entry: it was never public.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OF_REVISION, {"page": controversy, "number": number})
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"Revision {number} of {controversy} is not in the log.")
    log, index, size, note = row
    if note is None:
        return None
    return InclusionProof(index, tuple(inclusion_proof(log, index, size)), parse_note(note))
