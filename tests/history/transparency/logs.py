"""Logs to test with: entries by the thousand, a key, and signed checkpoints."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from controversies.history.transparency import reader
from controversies.history.transparency.notes import Algorithm, Signature, SignedNote, TreeHead, VerifierKey
from controversies.models import Checkpoint, Log

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def sql(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def fill(count: int) -> None:
    """Append so many entries, {"n": 1}, {"n": 2}, … to the newest log, in one statement."""
    sql(
        "SELECT controversies_append_leaf(NULL, n::integer, 'redaction', jsonb_build_object('n', n))"
        " FROM generate_series(1, %s) n",
        count,
    )


def load(count: int) -> None:
    """Bring so many entries into an empty log: for long ones, as it is quicker."""
    sql(
        "SELECT controversies_load_leaves(0, array_agg(NULL::uuid), array_agg(NULL::integer),"
        """ array_agg('redaction'::text), array_agg('{"n":' || n || '}')) FROM generate_series(1, %s) n""",
        count,
    )


def key(origin: str = "log.example") -> VerifierKey:
    """The public key that checkpoints of `sign()` verify with."""
    return VerifierKey(origin, Algorithm.ED25519, PRIVATE.public_key().public_bytes_raw())


def sign(size: int | None = None, origin: str = "log.example") -> Checkpoint:
    """Store a signed checkpoint of the newest log: of all its entries, or of the first `size`."""
    log = Log.objects.order_by("-id").first()
    if log is None or not log.vkey:
        sql("SELECT controversies_name_log(%s, %s, 'quorum none')", origin, str(key(origin)))
        log = Log.objects.latest("id")
    size = reader.size_of(log.pk) if size is None else size
    root = reader.root(log.pk, size)
    text = str(TreeHead(log.origin, size, root))
    note = SignedNote(text, (Signature(log.origin, key(log.origin).id, PRIVATE.sign(text.encode())),))
    return Checkpoint.objects.create(
        log=log, size=size, root=root, time="2026-01-01T00:00Z", note=str(note), is_witnessed=False
    )


def follow() -> None:
    """Begin another log after the newest, which has been signed."""
    note = Checkpoint.objects.latest("id").note
    sql("SELECT controversies_follow_log('b.example', 'b', 'quorum none', %s)", note)
