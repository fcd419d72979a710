"""The calendar of reviews (iCalendar, RFC 5545): an all-day event for each page on the day when it is due.

A page is due a year after its last review. One that was never reviewed has no such day, and no event.
"""

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from controversies.models import NEVER, REVIEW_EVERY, PageUpkeep

CONTENT_TYPE = "text/calendar; charset=utf-8"
AHEAD = datetime.timedelta(days=365)  # of today: what a calendar of several pages has
BEHIND = datetime.timedelta(days=90)  # …and for how long it keeps what is overdue
MOST = 500  # events, the earliest: a calendar has no second page
_LATEST = (
    datetime.date.max - REVIEW_EVERY - datetime.timedelta(days=1)
)  # review of which there is a day when it is due
_LINE = 75  # octets of a line, without its end
_ESCAPED = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n", "\r": None})


@dataclass(frozen=True, slots=True)
class Review:
    """A page that is due for review: `changed` is the time of its newest revision."""

    key: uuid.UUID
    slug: str
    title: str
    reviewed_on: datetime.date
    changed: datetime.datetime

    @property
    def due_on(self) -> datetime.date:
        """The day on which the page is due."""
        return min(self.reviewed_on, _LATEST) + REVIEW_EVERY


def reviews(day: datetime.date, *, topic: uuid.UUID | None = None) -> list[Review]:
    """Return the public pages that are due within a year, or were lately, the earliest first: MOST; one query."""
    pages = PageUpkeep.objects.filter(
        reviewed__gte=day - BEHIND - REVIEW_EVERY, reviewed__lte=day + AHEAD - REVIEW_EVERY
    )
    return _read(pages.filter(topic=topic) if topic else pages)


def review_of(key: uuid.UUID) -> list[Review]:
    """Return the review of one public page; [] if it was never reviewed."""
    return _read(PageUpkeep.objects.filter(pk=key).exclude(reviewed=NEVER))


def _read(pages: QuerySet[PageUpkeep]) -> list[Review]:
    names = (
        "controversy_id",
        "controversy__slug",
        "controversy__title",
        "reviewed",
        "controversy__listed__changed",
    )
    return [Review(*row) for row in pages.order_by("reviewed", "controversy").values_list(*names)[:MOST]]


def draw(name: str, events: Iterable[Review], origin: str) -> str:
    """Return the calendar of these reviews; `origin` is like "https://example.org"."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_text(settings.SITE_NAME)}//Crux//EN",
        "CALSCALE:GREGORIAN",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:P1D",
        "X-PUBLISHED-TTL:P1D",
    ]
    drawn = [line for review in events for line in _event(review, origin)]
    lines += drawn or _NO_EVENTS
    lines.append("END:VCALENDAR")
    return "".join(f"{_fold(line)}\r\n" for line in lines)


# A calendar has a component, or it is none.
_NO_EVENTS = [
    "BEGIN:VTIMEZONE",
    "TZID:Etc/UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
]


def _event(review: Review, origin: str) -> list[str]:
    address = origin + reverse("controversy", args=[review.slug])
    due, end = review.due_on, review.due_on + datetime.timedelta(days=1)
    description = _("Last reviewed on %(day)s. Pages are due for review a year later.") % {
        "day": date_format(review.reviewed_on, "DATE_FORMAT")
    }
    return [
        "BEGIN:VEVENT",
        f"UID:{uuid.uuid5(review.key, 'review')}",
        f"DTSTAMP:{review.changed.astimezone(datetime.UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{due:%Y%m%d}",
        f"DTEND;VALUE=DATE:{end:%Y%m%d}",
        f"SUMMARY:{_text(_('Review due: %(page)s') % {'page': review.title})}",
        f"DESCRIPTION:{_text(description)}\\n{_text(address)}",
        f"URL:{address}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _text(words: str) -> str:
    """Escape a value of type TEXT, without control characters."""
    return "".join(each for each in words.translate(_ESCAPED) if each >= " " and each != "\x7f")


def _fold(line: str) -> str:
    """Fold a line into pieces of 75 octets at most, between characters."""
    pieces, piece, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _LINE:
            pieces.append(piece)
            piece, size = " ", 1
        piece += character
        size += octets
    return "\r\n".join([*pieces, piece])
