"""Digests that a removal of words replaced, held against the revisions that have the new ones."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection
from django.utils.translation import gettext as _

_REPLACED = """
    SELECT d.number, encode(d.digest, 'hex'), encode(d.now, 'hex'), d.time, encode(r.digest, 'hex')
    FROM controversies_digestreplacement d
    LEFT JOIN controversies_revision r ON r.controversy_id = d.controversy_id AND r.number = d.number
    WHERE d.controversy_id = %s ORDER BY d.number, d.id
"""


@dataclass(slots=True)
class Replacements:
    """The replaced digests of one page: by revision and digest, the digest that came for it."""

    by_digest: dict[tuple[int, str], str] = field(default_factory=dict)
    newest: dict[int, tuple[str, str | None]] = field(
        default_factory=dict
    )  # the last new digest, and the revision's
    times: dict[datetime.datetime, range] = field(default_factory=dict)  # the revisions of each replacement

    def faults(self) -> Iterator[str]:
        """Yield the revisions whose digest is not the one that replaced another."""
        for number, (now, digest) in self.newest.items():
            if now != digest:
                yield _("Revision %s: its digest is not the one that replaced an earlier one.") % number

    def follow(self, number: int, digest: str) -> str:
        """Return the digest that a revision has now if it once had this one; this one if it was never replaced."""
        seen = {digest}
        while (following := self.by_digest.get((number, digest))) is not None and following not in seen:
            seen.add(following)
            digest = following
        return digest

    def notices(self) -> Iterator[str]:
        """Yield a sentence for each replacement: when, and of which revisions."""
        for time, numbers in self.times.items():
            yield _(
                "The digests of revisions %(first)s to %(last)s were replaced on %(day)s, with a removal."
            ) % {
                "first": numbers.start,
                "last": numbers.stop - 1,
                "day": f"{time:%Y-%m-%d %H:%M}",
            }


def of_page(key: str) -> Replacements:
    """Return the replaced digests of a page; one query."""
    replaced = Replacements()
    with connection.cursor() as cursor:
        cursor.execute(_REPLACED, [key])
        for number, digest, now, time, current in cursor.fetchall():
            replaced.by_digest[number, digest] = now
            replaced.newest[number] = (now, current)
            first = replaced.times[time].start if time in replaced.times else number
            replaced.times[time] = range(first, number + 1)
    return replaced
