"""E-mails to readers: the changes of all that the address follows, or what it is asked to confirm.

The changes are read when the e-mail is written, from what is public at that moment, so that nothing is told that was
withdrawn or removed before.
"""

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.history import log
from controversies.history.log_lines import LogLine
from controversies.models import DigestPace, SubjectType, Subscription
from controversies.pages import lines, markdown

from . import subscriptions
from .changes import SHOWN, ChangeWindow, Place
from .subjects import FollowSubject, public_subjects

_REASON = 400  # characters of the reason for a change
# What is nearest to the reader first: a change is told once, in the first section that has it.
_ORDER = [SubjectType.PAGE, SubjectType.BACKER, SubjectType.TOPIC, SubjectType.SITE]


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """One change: on which page, what changed, why, and where to see it."""

    title: str
    url: str  # of the page
    time: datetime.datetime
    words: str
    reason: str
    before: int  # the revision to compare with; 0 if the change is told by its revision alone
    number: int
    change_url: str


@dataclass(frozen=True, slots=True)
class DigestSection:
    """The changes of one subject, newest first; `has_more` if there were more than an e-mail has."""

    subject: FollowSubject
    url: str
    entries: list[DigestEntry]
    has_more: bool


def manage_url(row: Subscription) -> str:
    """Return the address where the owner confirms and ends subscriptions."""
    return settings.SITE_URL + reverse("subscriptions", args=[row.token])


def compose_digest(
    rows: Iterable[Subscription], window: ChangeWindow, address: str
) -> EmailMultiAlternatives | None:
    """Return the e-mail with the changes of these subscriptions of one address; None without any; five queries."""
    rows = sorted(rows, key=lambda row: (_ORDER.index(SubjectType(row.type)), row.pk))
    wanted = {row.pk: window.places(row) for row in rows}
    every = {place for places in wanted.values() for place in places}
    if not every:
        return None
    entries = {_place(line): _entry(line) for line in log.of_revisions(every)}
    known, covered, sections = public_subjects(rows), set[Place](), []
    for row in rows:
        subject = known.get((row.type, row.key))
        places = [place for place in wanted[row.pk] if place in entries and place not in covered]
        if subject is None or not places:
            continue
        covered.update(places)
        section = [entries[place] for place in places[:SHOWN]]
        sections.append(
            DigestSection(subject, settings.SITE_URL + subject.path, section, len(places) > SHOWN)
        )
    if not sections:
        return None
    context = {"sections": sections, "count": sum(len(each.entries) for each in sections)}
    paces = {row.pace for row in rows}
    context["is_daily"], context["is_weekly"] = DigestPace.DAILY in paces, DigestPace.WEEKLY in paces
    mail = _compose("digest", _subject(sections), rows[0], address, context)
    mail.extra_headers |= {
        "List-Unsubscribe": f"<{manage_url(rows[0])}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
        "List-ID": f"<changes.{_host()}>",
        # The same if the e-mail is sent again, because nobody could know that it was: mailboxes drop the second.
        "Message-ID": f"<{uuid.uuid5(uuid.NAMESPACE_URL, f'{rows[0].secret} {rows[0].arrival}')}@{_host()}>",
    }
    mail.attach_alternative(render_to_string("mail/digest.html", _context(rows[0], context)), "text/html")
    return mail


def compose_request(rows: list[Subscription], address: str) -> EmailMultiAlternatives | None:
    """Return the e-mail that asks an address to confirm what it is to follow; None if nothing of it is public now."""
    known = public_subjects(rows)
    wanted = [(known[row.type, row.key], row) for row in rows if (row.type, row.key) in known]
    if not wanted:
        return None
    context = {
        "wanted": [(subject.label, row.asked_pace == DigestPace.WEEKLY) for subject, row in wanted],
        "days": subscriptions.UNCONFIRMED_DAYS,
    }
    subject = _("Confirm that you want e-mails from %(site)s") % {"site": settings.SITE_NAME}
    return _compose("subscription", subject, rows[0], address, context)


def _compose(
    template: str, subject: str, row: Subscription, address: str, context: dict[str, object]
) -> EmailMultiAlternatives:
    text = render_to_string(f"mail/{template}.txt", _context(row, context))
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMultiAlternatives(
        " ".join(subject.split())[:200], text.strip() + "\n", to=[address], headers=headers
    )


def _context(row: Subscription, context: dict[str, object]) -> dict[str, object]:
    return {
        **context,
        "site": settings.SITE_NAME,
        "site_url": f"{settings.SITE_URL}/",
        "manage_url": manage_url(row),
    }


def _subject(sections: list[DigestSection]) -> str:
    if len(sections) == 1:
        return _("Changes: %(name)s") % {"name": sections[0].subject.label}
    count = len({(each.change_url, each.number) for section in sections for each in section.entries})
    return ngettext(
        "%(count)s change in what you follow on %(site)s",
        "%(count)s changes in what you follow on %(site)s",
        count,
    ) % {"count": count, "site": settings.SITE_NAME}


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def _place(line: LogLine) -> Place:
    return uuid.UUID(line.entry.controversy), line.number


def _entry(line: LogLine) -> DigestEntry:
    path = (
        reverse("compare", args=[line.slug, line.before, line.number])
        if line.before
        else reverse("revision", args=[line.slug, line.number])
    )
    return DigestEntry(
        title=line.title,
        url=settings.SITE_URL + reverse("controversy", args=[line.slug]),
        time=line.entry.time,
        words=lines.words(line) or (_("This page is new, or public again.") if not line.before else ""),
        reason=markdown.shorten(" ".join(line.entry.summary.split()), _REASON),
        before=line.before,
        number=line.number,
        change_url=settings.SITE_URL + path,
    )
