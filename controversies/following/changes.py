"""The changes since the last digests, by what readers follow: read once for all digests that are due.

Arrivals stand in the order of commits, so a digest that has told all up to one has missed nothing. What is told is what
lists of changes call substantive, and that a page appeared. Of a page that was withdrawn meanwhile, nothing before that
is told.
"""

import datetime
import uuid
from collections.abc import Iterator

from django.db import connection, transaction

from controversies.history.log import SUBSTANTIVE
from controversies.history.log_lines import IS_EDITED
from controversies.history.public import CHANGES_PUBLICATION
from controversies.models import SubjectType, Subscription

SHOWN = 30  # changes of one subject that a digest has

type Place = tuple[uuid.UUID, int]  # a page's key, and the number of a revision

# A walk of the arrivals since the oldest digest. Whatever only followers of few things need is read for those alone.
_CHANGES = f"""
    SELECT a.position, a.controversy_id, a.number, c.topic_id, a.withdrawn, {CHANGES_PUBLICATION},
        c.publication = 'published',
        EXISTS (
            SELECT FROM controversies_subscription s
            WHERE s.type = 'page' AND s.key = a.controversy_id AND s.due_at IS NOT NULL
        ),
        ARRAY(
            SELECT u.key FROM controversies_pageuse u
            WHERE u.controversy_id = a.controversy_id AND u.type = 'backer' AND EXISTS (
                SELECT FROM controversies_subscription s
                WHERE s.type = 'backer' AND s.key = u.key AND s.due_at IS NOT NULL
            ) AND (a.number = 1 OR {CHANGES_PUBLICATION} OR EXISTS (
                SELECT FROM (
                    SELECT g.position_id FROM controversies_position p
                    JOIN controversies_backing g ON g.position_id = p.id AND g.backer_id = u.key
                    WHERE p.controversy_id = a.controversy_id
                    UNION ALL SELECT u.key
                ) held (key)
                JOIN controversies_block b
                    ON b.controversy_id = a.controversy_id AND b.key = held.key AND b.since = a.number
                WHERE {IS_EDITED} AND b.since >= (
                    SELECT min(first.since) FROM controversies_block first
                    WHERE first.controversy_id = a.controversy_id AND first.key = u.key
                )
            ))
        )
    FROM controversies_arrival a
    JOIN controversies_revision r ON r.controversy_id = a.controversy_id AND r.number = a.number
    JOIN controversies_controversy c ON c.id = a.controversy_id
    WHERE a.position > %(start)s AND a.position <= %(end)s AND (
        a.withdrawn OR a.number = 1 OR {CHANGES_PUBLICATION} OR r.classes && %(classes)s::varchar[]
    )
    ORDER BY a.position DESC
"""  # noqa: S608 - made of constants
# Which of the followed backers were taken off which page, and when.
_REMOVED = """
    SELECT b.controversy_id, b.since, b.key FROM (
        SELECT DISTINCT s.key FROM controversies_subscription s
        WHERE s.type = 'backer' AND s.due_at <= %(now)s
    ) f
    JOIN controversies_block b ON b.key = f.key AND b.digest IS NULL AND b.outline IS NULL
"""
_MANY = 2000  # rows that are read at a time


class ChangeWindow:
    """The public substantive changes after one arrival, up to another."""

    def __init__(self, start: int, end: int, now: datetime.datetime) -> None:
        self.end = end
        self._places: dict[tuple[str, uuid.UUID], list[tuple[int, Place]]] = {}
        removed = _removed_backers(now) if start < end else {}
        ended: set[uuid.UUID] = set()  # pages of which nothing earlier is told
        for row in _read_changes(start, end):
            (
                position,
                page,
                number,
                topic,
                is_withdrawn,
                changes_publication,
                is_public,
                is_followed,
                backers,
            ) = row
            if page in ended:
                continue
            if is_withdrawn or changes_publication or not is_public:
                ended.add(page)
            if is_withdrawn or not is_public:
                continue
            place = (page, number)
            self._add(SubjectType.SITE, Subscription.SITE, position, place)
            self._add(SubjectType.TOPIC, topic, position, place)
            if is_followed:
                self._add(SubjectType.PAGE, page, position, place)
            taken_off = () if changes_publication else removed.get(place, ())
            for backer in {*backers, *taken_off}:
                self._add(SubjectType.BACKER, backer, position, place)

    def _add(self, subject_type: SubjectType, key: uuid.UUID, position: int, place: Place) -> None:
        places = self._places.setdefault((subject_type, key), [])
        if len(places) <= SHOWN:
            places.append((position, place))

    def places(self, subscription: Subscription) -> list[Place]:
        """Return what to tell of a subscription, newest first: SHOWN and one more at most."""
        places = self._places.get((subscription.type, subscription.key), [])
        return [place for position, place in places if position > (subscription.arrival or 0)]


def _read_changes(
    start: int, end: int
) -> Iterator[tuple[int, uuid.UUID, int, uuid.UUID, bool, bool, bool, bool, list[uuid.UUID]]]:
    if start >= end:
        return
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_CHANGES, {"start": start, "end": end, "classes": SUBSTANTIVE})
        while rows := cursor.fetchmany(_MANY):
            yield from rows


def _removed_backers(now: datetime.datetime) -> dict[Place, list[uuid.UUID]]:
    removed: dict[Place, list[uuid.UUID]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_REMOVED, {"now": now})
        for page, number, backer in cursor.fetchall():
            removed.setdefault((page, number), []).append(backer)
    return removed
