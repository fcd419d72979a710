"""Evidence beside a proof, which a page's JSON lacks for a stranger: the line `extra` of c2sp.org/tlog-proof.

Canonical JSON of an object: `parent`, the digest of the revision before (null of the first); `blocks`, the list of
[key, digest] of the page's blocks as the chain has them; where words were removed, `removals`, of each the `entry` of
the log, its `index` and its `proof` against the same checkpoint; and `replaces`, the digest before, of a revision that
was made again. Nothing of it is to be believed but what the digests lead to.
"""

import json
from dataclasses import replace
from typing import Any

from django.db import connection

from controversies.document import canonical
from controversies.history.read import Reading

from . import merkle, reader
from .notes import InclusionProof, encode_base64, parse_checkpoint

_ENTRIES = """
    SELECT f.log_id, f.index, f.kind, f.entry FROM controversies_leaf f
    JOIN controversies_log l ON l.id = f.log_id AND l.origin = %(origin)s
    WHERE f.controversy_id = %(page)s AND f.index < %(size)s AND (
        f.kind = 'redaction' OR f.kind = 'replacement' AND f.index = %(index)s
    ) ORDER BY f.index
"""
_PARENT = "SELECT digest FROM controversies_revision WHERE controversy_id = %s AND number = %s"


def with_evidence(proof: InclusionProof, reading: Reading) -> InclusionProof:
    """Return the proof of a public revision and what its JSON lacks; two queries, or three if words were removed."""
    page, number = reading.entry.controversy, reading.number
    head = parse_checkpoint(proof.checkpoint.text)
    with connection.cursor() as cursor:
        cursor.execute(_PARENT, [page, number - 1])
        parent = cursor.fetchone()
        cursor.execute(
            _ENTRIES, {"origin": head.origin, "page": page, "size": head.size, "index": proof.index}
        )
        entries = [
            (log, index, kind, json.loads(bytes(entry))) for log, index, kind, entry in cursor.fetchall()
        ]
    extra: dict[str, Any] = {
        "blocks": [[key, bytes(block.digest).hex()] for key, block in reading.stored.items()],
        "parent": bytes(parent[0]).hex() if parent else None,
    }
    removals: dict[tuple[str, str], tuple[int, int, dict[str, Any]]] = {}  # the newest of each part
    for log, index, kind, entry in entries:
        if kind == "replacement":
            extra["replaces"] = entry["replaces"]
        elif _is_of(entry, reading):
            removals[entry["part"], entry.get("key", "")] = (log, index, entry)
    if removals:
        extra["removals"] = _proven(list(removals.values()), head.size)
    return replace(proof, extra=canonical.dumps(extra))


def _is_of(entry: dict[str, Any], reading: Reading) -> bool:
    """Whether the entry is of words that a reader of this revision misses, so that a digest does not follow from it."""
    if "key" in entry:
        block = reading.stored.get(entry["key"])
        return block is not None and entry.get("erased") == bytes(block.digest).hex()
    return bool(entry["number"] == reading.number and entry.get("erased") == reading.entry.digest.hex())


def _proven(entries: list[tuple[int, int, dict[str, Any]]], size: int) -> list[dict[str, Any]]:
    """Return entries of one log with their proofs; one query."""
    ranges = [each for _log, index, _entry in entries for each in merkle.inclusion_ranges(index, size)]
    lookup = reader.lookup(entries[0][0], ranges)
    return [
        {
            "entry": entry,
            "index": index,
            "proof": [encode_base64(each) for each in merkle.inclusion_proof(index, size, lookup)],
        }
        for _log, index, entry in entries
    ]
