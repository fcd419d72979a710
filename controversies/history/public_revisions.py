"""The public revisions of one page: those nearest to a number, and those of a range of numbers.

Whether a revision was public follows from the changes of publication around it, which an index finds: each answer is a
few look-ups, however long the history. Nothing of hidden revisions is in it.
"""

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from controversies.models import Publication, Revision

from .log_lines import fetch

_PUBLIC = Publication.PUBLISHED.value
_CHANGED = f"t.changes @? '{Revision.PUBLICATION_CHANGED}'"
_BEFORE, _AFTER = (
    f"jsonb_path_query_first(t.changes, '{Revision.PUBLICATION_CHANGED}') ->> {place}" for place in (3, 4)
)
_CHANGES = f"SELECT t.number FROM controversies_revision t WHERE t.controversy_id = c.id AND {_CHANGED}"  # noqa: S608 - made of constants
# SQL: the publication of the page `c` at the revision of this number.
_PUBLICATION_AT = f"""coalesce((
    SELECT {_BEFORE} FROM controversies_revision t
    WHERE t.controversy_id = c.id AND t.number > {{number}} AND {_CHANGED} ORDER BY t.number LIMIT 1
), c.publication)"""  # noqa: S608 - made of constants

_NEAREST = f"""
    SELECT asked.place, r.number, r.time
    FROM unnest(%s::uuid[], %s::integer[], %s::boolean[]) WITH ORDINALITY AS asked (page, start, upwards, place)
    JOIN controversies_controversy c ON c.id = asked.page
    JOIN LATERAL (
        SELECT CASE WHEN {_PUBLICATION_AT.format(number="asked.start")} = '{_PUBLIC}' THEN asked.start
            WHEN asked.upwards THEN (
                {_CHANGES} AND t.number > asked.start AND {_AFTER} = '{_PUBLIC}' ORDER BY t.number LIMIT 1
            ) ELSE (
                {_CHANGES} AND t.number <= asked.start AND {_BEFORE} = '{_PUBLIC}' ORDER BY t.number DESC LIMIT 1
            ) - 1 END AS number
    ) nearest ON true
    JOIN controversies_revision r ON r.controversy_id = c.id AND r.number = nearest.number
"""  # noqa: S608 - made of constants

_IN_RANGE = f"""
    SELECT r.number, r.time FROM controversies_revision r JOIN controversies_controversy c ON c.id = r.controversy_id
    WHERE r.controversy_id = %s AND r.number BETWEEN %s AND %s
        AND {_PUBLICATION_AT.format(number="r.number")} = '{_PUBLIC}'
    ORDER BY r.number
"""  # noqa: S608 - made of constants

_LATER = datetime.timedelta(minutes=1)  # than its own time, which is taken before it is written


class DatedRevision(NamedTuple):
    """A revision that readers may see, and when it was made."""

    number: int
    time: datetime.datetime


def nearest(controversy: str, *starts: tuple[int, bool]) -> list[DatedRevision | None]:
    """Return for each start, a number and whether to look upwards, the public revision there or nearest to it.

    None if there is none in that direction, as above the newest number and from 0 downwards; one query.
    """
    return nearest_of_pages([(controversy, *start) for start in starts])


def nearest_of_pages(starts: Sequence[tuple[str, int, bool]]) -> list[DatedRevision | None]:
    """Return the same for several pages, each start with the key of its page; one query."""
    if not starts:
        return []
    rows = fetch(_NEAREST, [list(column) for column in zip(*starts, strict=True)])
    by_place = {place: DatedRevision(number, time) for place, number, time in rows}
    return [by_place.get(place) for place in range(1, len(starts) + 1)]


def in_range(controversy: str, low: int, high: int) -> list[DatedRevision]:
    """Return the public revisions from one number to another, both included, in order; one query."""
    return [DatedRevision(*row) for row in fetch(_IN_RANGE, [controversy, low, high])]


def shown_since(controversy: str, revision: DatedRevision) -> datetime.datetime | None:
    """Return when this database wrote the revision, if that was later than the revision says; one query.

    None if it was at about the same time, or was not kept. A revision that was imported says when it was made
    elsewhere, which may be long before it was here.
    """
    [(written,)] = fetch(
        "SELECT recorded_at FROM controversies_revision WHERE controversy_id = %s AND number = %s",
        [controversy, revision.number],
    )
    return written if written is not None and written - revision.time > _LATER else None
