"""A reader who follows something, and the worker's minutes; time is simulated."""

import datetime
import re
from typing import Any

from django.core import mail
from django.db import connection
from django.db.models import Min

from controversies.following import addresses, delivery, subjects, subscriptions
from controversies.following.subjects import FollowSubject
from controversies.models import Backer, SubjectType, Subscription, Topic
from tests.factories import Recorded

ADDRESS = "rosa@reader.example"
START = datetime.datetime(2026, 3, 4, 12, 0, tzinfo=datetime.UTC)  # a Wednesday
MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)


class ReaderClock:
    """Simulated time: the worker looks when something is due and once a day, so no minute need be lived through."""

    def __init__(self) -> None:
        self.now = START

    def pass_hours(self, hours: int) -> None:
        end = self.now + datetime.timedelta(hours=hours)
        while self.now < end:
            self.now = min(end, self.now + DAY, max(_next_due() or end, self.now + MINUTE))
            work()

    def pass_days(self, days: int) -> None:
        self.pass_hours(24 * days)


def _next_due() -> datetime.datetime | None:
    times = Subscription.objects.aggregate(asks=Min("ask_at"), digests=Min("due_at"))
    return min((time for time in times.values() if time), default=None)


def work() -> None:
    """Let the worker send what is due, after what a COMMIT would have written."""
    commit()
    delivery.send_follow_mails.call()


def commit() -> None:
    """Have arrivals written, as COMMIT would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def page_subject(page: Recorded) -> FollowSubject:
    return FollowSubject(SubjectType.PAGE, page.row.pk, page.slug, page.row.title)


def topic_subject(topic: Topic) -> FollowSubject:
    return FollowSubject(SubjectType.TOPIC, topic.pk, topic.slug, topic.title)


def backer_subject(backer: Backer) -> FollowSubject:
    return FollowSubject(SubjectType.BACKER, backer.pk, backer.slug, backer.name)


def request(
    subject: FollowSubject | None = None, address: str = ADDRESS, pace: str = "daily", language: str = "en"
) -> None:
    """Ask to follow the subject, by default the whole site."""
    subscriptions.request_subscription(
        subject or subjects.whole_site(), address, pace=pace, language=language
    )


def follow(
    subject: FollowSubject | None = None, address: str = ADDRESS, pace: str = "daily", language: str = "en"
) -> Subscription:
    """Ask to follow it, and confirm that; nothing is left in the outbox."""
    commit()
    request(subject, address, pace, language)
    rows = Subscription.objects.filter(digest__in=addresses.digests(address), asked_at__isnull=False)
    row = rows.get()
    subscriptions.confirm(row.token, str(row.pk))
    row.refresh_from_db()
    return row


def link(message: Any) -> str:
    """Return the path of the link to confirm and to stop that an e-mail has."""
    match = re.search(r"https?://[^/\s]+(/follow/yours/[^/\s]+/)", message.body)
    assert match is not None, message.body
    return match[1]


def subjects_sent() -> list[str]:
    return [each.subject for each in mail.outbox]
