"""The revisions that a page's blame goes over: those that readers see, or every one whose content is here.

Of words that came while the page was hidden, the public revisions tell only that they were there when it was shown
again. So readers' blame is derived from public revisions alone, as anybody can with a corpus; the desk has one of its
own where there are others.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from controversies.history import read, replay
from controversies.history.log_lines import fetch
from controversies.history.read import Reading
from controversies.models import Publication, Revision

_CHANGE = f"jsonb_path_query_first(r.changes, '{Revision.PUBLICATION_CHANGED}')"
_COLUMNS = f"r.number, {_CHANGE} ->> 3, {_CHANGE} ->> 4, r.withheld"
_SPANS = f"""
    SELECT span.*, (SELECT max(n.number) FROM controversies_revision n WHERE n.controversy_id = %s), c.publication
    FROM (
        SELECT {_COLUMNS} FROM controversies_revision r WHERE r.controversy_id = %s AND r.number = 1
        UNION ALL SELECT {_COLUMNS} FROM controversies_revision r
        WHERE r.controversy_id = %s AND r.number > 1 AND r.changes @? '{Revision.PUBLICATION_CHANGED}'
    ) span (number, before, after, withheld)
    JOIN controversies_controversy c ON c.id = %s ORDER BY span.number
"""  # noqa: S608 - made of constants


@dataclass(frozen=True, slots=True)
class BlamedRevisions:
    """The numbers of a page's revisions, as ranges in order: those that are public, and every one that is here."""

    public: tuple[range, ...]
    every: tuple[range, ...]

    def of(self, *, every: bool) -> tuple[range, ...]:
        return self.every if every else self.public

    def opens(self, number: int, *, every: bool) -> bool:
        """Whether the revision's words may be older: the one before it is hidden, or is not here."""
        return number > 1 and any(number == each.start for each in self.of(every=every))

    def before(self, number: int, *, every: bool) -> int:
        """Return the last of the revisions before this number, 0 without one."""
        return max(
            (min(number, each.stop) - 1 for each in self.of(every=every) if each.start < number), default=0
        )


def blamed_revisions(key: str) -> BlamedRevisions:
    """Return the revisions of the page with this key; one query."""
    public: list[range] = []
    every: list[range] = []
    rows = fetch(_SPANS, [key] * 4)
    starts = [number for number, *_rest in rows]
    for i, (start, _before, after, withheld, newest, publication) in enumerate(rows):
        state = (rows[1][1] if len(rows) > 1 else publication) if i == 0 else after
        span = range(start, starts[i + 1] if i + 1 < len(rows) else newest + 1)
        for ranges, is_in in ((public, state == Publication.PUBLISHED), (every, not withheld)):
            if is_in and ranges and ranges[-1].stop == start:
                ranges[-1] = range(ranges[-1].start, span.stop)
            elif is_in:
                ranges.append(span)
    return BlamedRevisions(tuple(public), tuple(every))


def readings(key: str, ranges: tuple[range, ...], after: Reading | None) -> Iterator[Reading]:
    """Yield those revisions of the page that are within the ranges and after one of them, oldest first.

    A query for the beginning of each range, and those of `replay.page()`. Raises UnreadableRevision.
    """
    for each in ranges:
        if after is not None and after.number >= each.stop - 1:
            continue
        if after is None or after.number not in each:
            after = read.at(key, each.start)
            if after is None:
                raise read.UnreadableRevision(each.start)
            yield after
        for reading in replay.page(key, after):
            if reading.number not in each:
                break
            yield reading
        after = None
