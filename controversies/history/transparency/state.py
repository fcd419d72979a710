"""State of the public log: how far it is signed and witnessed, in one query."""

import datetime
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class LogState:
    """Entries of the newest log, and its newest checkpoint; sizes are 0 and times None where there is none."""

    origin: str  # "" without a key
    entries: int
    signed: int
    signed_at: datetime.datetime | None
    is_witnessed: bool  # by the policy's quorum
    witnessed: int  # size of the newest checkpoint that was
    has_witnesses: bool

    @property
    def unsigned(self) -> int:
        return self.entries - self.signed

    @property
    def unwitnessed(self) -> int:
        return self.entries - self.witnessed

    def age(self, now: datetime.datetime) -> float | None:
        """Return the age of the newest checkpoint in seconds."""
        return (now - self.signed_at).total_seconds() if self.signed_at else None


_STATE = """
    SELECT l.origin, coalesce((
        SELECT f.index + 1 FROM controversies_leaf f WHERE f.log_id = l.id ORDER BY f.index DESC LIMIT 1
    ), 0), coalesce(c.size, 0), c.time, coalesce(c.is_witnessed, false), coalesce((
        SELECT w.size FROM controversies_checkpoint w
        WHERE w.log_id = l.id AND w.is_witnessed ORDER BY w.size DESC, w.id DESC LIMIT 1
    ), 0), l.policy ~ '(^|\\n)[ \\t]*witness[ \\t]'
    FROM (SELECT * FROM controversies_log ORDER BY id DESC LIMIT 1) l
    LEFT JOIN LATERAL (
        SELECT * FROM controversies_checkpoint c WHERE c.log_id = l.id ORDER BY c.size DESC, c.id DESC LIMIT 1
    ) c ON true
"""


def log_state() -> LogState | None:
    """Return the state of the newest log; None before the first entry."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        row = cursor.fetchone()
    return LogState(*row) if row else None
