"""The public log as readers are told of it: its newest checkpoint, who confirmed that, and what is not signed yet."""

import datetime
import hashlib
from dataclasses import dataclass
from functools import cached_property

from django.db import connection

from .notes import Algorithm, MalformedNote, SignedNote, VerifierKey, encode_base64, parse_key, parse_note
from .policy import InvalidPolicy, TrustPolicy, parse_policy

_NEWEST = """
    SELECT l.origin, l.vkey, l.policy, coalesce((
        SELECT f.index + 1 FROM controversies_leaf f WHERE f.log_id = l.id ORDER BY f.index DESC LIMIT 1
    ), 0), c.size, c.root, c.time, c.note, coalesce(c.is_witnessed, false), ARRAY(
        SELECT o.vkey FROM controversies_log o WHERE o.id < l.id AND o.vkey <> '' ORDER BY o.id
    )
    FROM (SELECT * FROM controversies_log ORDER BY id DESC LIMIT 1) l
    LEFT JOIN LATERAL (
        SELECT * FROM controversies_checkpoint c WHERE c.log_id = l.id ORDER BY c.size DESC, c.id DESC LIMIT 1
    ) c ON true
"""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A witness's cosignature of a checkpoint: the name of its key, and the time that it says."""

    name: str
    time: datetime.datetime


@dataclass(frozen=True)
class PublicLog:
    """The newest log. Texts are "" without a key, and `note` is before the first checkpoint."""

    origin: str
    vkey: str
    policy: str
    entries: int  # signed or not
    size: int
    root: bytes
    time: datetime.datetime | None  # when the checkpoint was stored
    note: str
    is_witnessed: bool  # by as many as the policy asks for
    earlier_keys: tuple[str, ...]

    @property
    def is_signed(self) -> bool:
        return bool(self.note)

    @property
    def unsigned(self) -> int:
        return self.entries - self.size

    @property
    def root_text(self) -> str:
        return encode_base64(self.root)

    @property
    def version(self) -> bytes:
        """Equal only if readers are told the same."""
        facts = (self.origin, self.vkey, self.policy, self.entries, self.note, self.time, self.is_witnessed)
        return hashlib.sha256(repr(facts).encode()).digest()

    @cached_property
    def trusted(self) -> TrustPolicy:
        """The policy, an empty one where it cannot be read."""
        try:
            return parse_policy(self.policy)
        except InvalidPolicy:
            return TrustPolicy()

    @cached_property
    def confirmations(self) -> list[Confirmation]:
        """The cosignatures by witnesses of the policy, which were verified before they were stored."""
        if not self.note:
            return []
        note = parse_note(self.note)
        return [each for key in self.trusted.witness_keys for each in _confirmations(note, key)]

    @property
    def readers_policy(self) -> str:
        """The policy for readers: without comments, and with the keys of earlier logs, whose ends the entries hold."""
        known = {str(each.key) for each in self.trusted.logs}
        earlier = [vkey for vkey in self.earlier_keys if vkey not in known and _is_key(vkey)]
        lines = [line for line in self.policy.splitlines(keepends=True) if not line.strip().startswith("#")]
        return "".join([*(f"log {vkey}\n" for vkey in earlier), *lines])


def _confirmations(note: SignedNote, key: VerifierKey) -> list[Confirmation]:
    if key.algorithm == Algorithm.ED25519:
        return []
    times = [int.from_bytes(each.value[:8], "big") for each in note.signatures if each.is_of(key)]
    return [
        Confirmation(key.name, datetime.datetime.fromtimestamp(time, datetime.UTC))
        for time in times[:1]
        if time < _LATEST
    ]


_LATEST = 253402300800  # seconds to the year 10000, the first that cannot be written


def _is_key(vkey: str) -> bool:
    try:
        parse_key(vkey)
    except MalformedNote:
        return False
    return True


def public_log() -> PublicLog | None:
    """Return the newest log; None before the first entry; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST)
        row = cursor.fetchone()
    if row is None:
        return None
    origin, vkey, policy, entries, size, root, time, note, is_witnessed, earlier = row
    return PublicLog(
        origin,
        vkey,
        policy,
        entries,
        size or 0,
        bytes(root or b""),
        time,
        note or "",
        is_witnessed,
        tuple(earlier),
    )


@dataclass(frozen=True, slots=True)
class SignedPlace:
    """A revision's entry in the newest log, and the newest checkpoint, which covers it."""

    index: int
    origin: str
    size: int
    root: bytes

    @property
    def root_text(self) -> str:
        return encode_base64(self.root)


_PLACE = """
    SELECT f.index, l.origin, c.size, c.root FROM controversies_leaf f
    JOIN controversies_log l ON l.id = f.log_id
    CROSS JOIN LATERAL (
        SELECT c.size, c.root FROM controversies_checkpoint c
        WHERE c.log_id = l.id ORDER BY c.size DESC, c.id DESC LIMIT 1
    ) c
    WHERE f.log_id = (SELECT max(id) FROM controversies_log) AND f.controversy_id = %(page)s AND f.number = %(number)s
        AND f.kind IN ('revision', 'replacement') AND f.index < c.size
    ORDER BY f.index DESC LIMIT 1
"""


def signed_place(controversy: str, number: int) -> SignedPlace | None:
    """Return the newest entry of a revision that the newest checkpoint covers, None without one; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, {"page": controversy, "number": number})
        row = cursor.fetchone()
    return SignedPlace(row[0], row[1], row[2], bytes(row[3])) if row else None
