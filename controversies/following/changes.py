"""The changes since the last digests, by what readers follow: read once for all digests that are due.

Arrivals stand in the order of commits, so a digest that has told all up to one has missed nothing. What is told is what
lists of changes call substantive, that a page appeared, and, to those who follow a topic, that a page came to it or
left it. A change is one of the topic that the page had at the time. Of a page that was withdrawn meanwhile, nothing
before that is told.
"""

import enum
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from controversies.document.types import Topic
from controversies.history.log import SUBSTANTIVE
from controversies.history.log_lines import IS_EDITED
from controversies.history.public import CHANGES_PUBLICATION
from controversies.history.topic_moves import CHANGES_TOPIC, topic_moves
from controversies.models import SubjectType, Subscription

SHOWN = 30  # changes of one subject that a digest has

type Place = tuple[uuid.UUID, int]  # a page's key, and the number of a revision

# A walk of the arrivals since the oldest digest. Whatever only followers of few things need is read for those alone.
_CHANGES = f"""
    SELECT a.position, a.controversy_id, a.number, c.topic_id, a.withdrawn, {CHANGES_PUBLICATION},
        c.publication = 'published', {CHANGES_TOPIC}, a.number = 1 OR r.classes && %(classes)s::varchar[],
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
        a.withdrawn OR a.number = 1 OR {CHANGES_PUBLICATION} OR {CHANGES_TOPIC} OR r.classes && %(classes)s::varchar[]
    )
    ORDER BY a.position DESC
"""  # noqa: S608 - made of constants
# Which of the followed backers were taken off which page since, and when.
_REMOVED = """
    SELECT b.controversy_id, b.since, b.key FROM controversies_block b
    WHERE b.digest IS NULL AND b.outline IS NULL AND (b.controversy_id, b.since) IN (
        SELECT a.controversy_id, a.number FROM controversies_arrival a
        WHERE a.position > %(start)s AND a.position <= %(end)s
    ) AND EXISTS (
        SELECT FROM controversies_subscription s
        WHERE s.type = 'backer' AND s.key = b.key AND s.due_at IS NOT NULL
    )
"""
_MANY = 2000  # rows that are read at a time


class TopicMove(enum.StrEnum):
    """The direction of a page's move, as followers of a topic see it."""

    ARRIVED = enum.auto()
    DEPARTED = enum.auto()


@dataclass(frozen=True, slots=True)
class FollowedChange:
    """A revision to tell of. `topic` is the other topic, of a page that moved."""

    page: uuid.UUID
    number: int
    move: TopicMove | None = None
    topic: str = ""

    @property
    def place(self) -> Place:
        return self.page, self.number


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A row of _CHANGES."""

    position: int
    page: uuid.UUID
    number: int
    topic: uuid.UUID  # today
    is_withdrawn: bool
    changes_publication: bool
    is_public: bool
    changes_topic: bool
    is_substantive: bool
    is_followed: bool
    backers: list[uuid.UUID]


class ChangeWindow:
    """The public changes after one arrival, up to another."""

    def __init__(self, start: int, end: int) -> None:
        self.end = end
        self.former_topics: dict[uuid.UUID, str] = {}  # titles of those that pages left
        self._changes: dict[tuple[str, uuid.UUID], list[tuple[int, FollowedChange]]] = {}
        if start < end:
            self._read(start, end)

    def _read(self, start: int, end: int) -> None:
        removed = _removed_backers(start, end)
        ended: set[uuid.UUID] = set()  # pages of which nothing earlier is told
        topics: dict[
            uuid.UUID, uuid.UUID
        ] = {}  # of pages that moved, at the arrival that the walk has come to
        for arrivals in _read_arrivals(start, end):
            moves = topic_moves((each.page, each.number) for each in arrivals if each.changes_topic)
            for arrival in arrivals:
                if arrival.page in ended:
                    continue
                if arrival.is_withdrawn or arrival.changes_publication or not arrival.is_public:
                    ended.add(arrival.page)
                if arrival.is_withdrawn or not arrival.is_public:
                    continue
                place = (arrival.page, arrival.number)
                taken_off = () if arrival.changes_publication else removed.get(place, ())
                topic = topics.get(arrival.page, arrival.topic)
                if place in moves and not arrival.changes_publication:
                    topics[arrival.page] = self._add_move(arrival, moves[place])
                elif arrival.is_substantive or arrival.changes_publication:
                    self._add(SubjectType.TOPIC, topic, arrival.position, FollowedChange(*place))
                if arrival.is_substantive or arrival.changes_publication:
                    self._add_to_followers(arrival, {*arrival.backers, *taken_off})

    def _add_move(self, arrival: _Arrival, move: tuple[Topic, Topic]) -> uuid.UUID:
        """Tell both topics of a move; return the key of the former one."""
        before, after = move
        former = uuid.UUID(before.key)
        self.former_topics.setdefault(former, before.title)
        for key, change in (
            (former, FollowedChange(arrival.page, arrival.number, TopicMove.DEPARTED, after.title)),
            (
                uuid.UUID(after.key),
                FollowedChange(arrival.page, arrival.number, TopicMove.ARRIVED, before.title),
            ),
        ):
            self._add(SubjectType.TOPIC, key, arrival.position, change)
        return former

    def _add_to_followers(self, arrival: _Arrival, backers: set[uuid.UUID]) -> None:
        change = FollowedChange(arrival.page, arrival.number)
        self._add(SubjectType.SITE, Subscription.SITE, arrival.position, change)
        if arrival.is_followed:
            self._add(SubjectType.PAGE, arrival.page, arrival.position, change)
        for backer in backers:
            self._add(SubjectType.BACKER, backer, arrival.position, change)

    def _add(self, subject_type: SubjectType, key: uuid.UUID, position: int, change: FollowedChange) -> None:
        changes = self._changes.setdefault((subject_type, key), [])
        if len(changes) <= SHOWN:
            changes.append((position, change))

    def changes(self, subject_type: str, key: uuid.UUID, arrival: int) -> list[FollowedChange]:
        """Return what to tell of a subject after an arrival, newest first: SHOWN and one more at most."""
        changes = self._changes.get((subject_type, key), ())
        return [change for position, change in changes if position > arrival]


def _read_arrivals(start: int, end: int) -> Iterator[list[_Arrival]]:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_CHANGES, {"start": start, "end": end, "classes": SUBSTANTIVE})
        while rows := cursor.fetchmany(_MANY):
            yield [_Arrival(*row) for row in rows]


def _removed_backers(start: int, end: int) -> dict[Place, list[uuid.UUID]]:
    removed: dict[Place, list[uuid.UUID]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_REMOVED, {"start": start, "end": end})
        for page, number, backer in cursor.fetchall():
            removed.setdefault((page, number), []).append(backer)
    return removed
