"""E-mails to readers: the changes of all that the address follows, or what it is asked to confirm.

The changes are read when the e-mail is written, from what is public at that moment, so that nothing is told that was
withdrawn or removed before.
"""

import datetime
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from controversies.history import log
from controversies.history.log_lines import LogLine
from controversies.models import DigestPace, SubjectType, Subscription
from controversies.pages import lines, markdown, versions

from . import subscriptions
from .changes import SHOWN, ChangeWindow, FollowedChange, Place, TopicMove
from .subjects import FollowSubject, public_subjects

MOST = 100  # changes of a digest, however many subjects it tells of
_REASON = 400  # characters of the reason for a change
_KEPT_TEXTS, _KEPT_ENTRIES = 200, 2000  # of a run, to use again
# What is nearest to the reader first: a change is told once, in the first section that has it.
_ORDER = [SubjectType.PAGE, SubjectType.BACKER, SubjectType.TOPIC, SubjectType.SITE]


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """One change: on which page, what changed, why, and where to see it. `move` says how the page changed its topic."""

    title: str
    url: str  # of the page
    time: datetime.datetime
    words: str
    reason: str
    before: int  # the revision to compare with; 0 if the change is told by its revision alone
    number: int
    change_url: str
    move: str = ""


@dataclass(frozen=True, slots=True)
class DigestSection:
    """The changes of one subject, newest first; `has_more` if there were more than an e-mail has."""

    subject: FollowSubject
    url: str
    entries: list[DigestEntry]
    has_more: bool


@dataclass(frozen=True, slots=True)
class SubjectChanges:
    """The changes of one subject that a digest is to tell, and whether there were more."""

    type: str
    key: uuid.UUID
    changes: tuple[FollowedChange, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class DigestText:
    """A digest in one language, the same for all who are told the same, but for the link that each reader has."""

    subject: str
    text: str
    html: str


class DigestWriter:
    """Writes the digests of one run. What many readers are told is looked up and drawn once.

    It is used again only while the version of all that readers see is the same, so that nothing is told that was
    withdrawn or removed meanwhile.
    """

    def __init__(self, window: ChangeWindow) -> None:
        self.window = window
        self._version = b""
        self._texts: dict[tuple[str, tuple[SubjectChanges, ...]], DigestText | None] = {}
        self._entries: dict[tuple[str, Place], DigestEntry | None] = {}
        self._link = f"link-{secrets.token_hex(16)}"  # stands for the reader's own in what is kept

    def compose(self, rows: Iterable[Subscription], address: str) -> EmailMultiAlternatives | None:
        """Return the e-mail with the changes of these subscriptions of one address, in the active language.

        None without any. One query, and up to four more for what this run has not told of yet.
        """
        rows = sorted(rows, key=lambda row: (_ORDER.index(SubjectType(row.type)), row.pk))
        selected = tuple(self._select(rows))
        if not selected:
            return None
        self._check_version()
        key = (_language(), selected)
        if key not in self._texts:
            _make_room(self._texts, _KEPT_TEXTS)
            self._texts[key] = self._draw(selected)
        text = self._texts[key]
        if text is None:
            return None
        link = _manage_url(rows[0])
        mail = _message(text.subject, text.text.replace(self._link, link), address)
        mail.extra_headers |= {
            "List-Unsubscribe": f"<{link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
            "List-ID": f"<changes.{_host()}>",
            # The same if the e-mail is sent again, because nobody could know that it was: mailboxes drop the second.
            "Message-ID": f"<{uuid.uuid5(uuid.NAMESPACE_URL, f'{rows[0].secret} {rows[0].arrival}')}@{_host()}>",
        }
        mail.attach_alternative(text.html.replace(self._link, link), "text/html")
        return mail

    def _select(self, rows: list[Subscription]) -> Iterable[SubjectChanges]:
        """Choose what to tell: of each subject SHOWN changes, MOST in all. A subject beyond that has none of them."""
        covered, budget = set[Place](), MOST
        for row in rows:
            changes = self.window.changes(row.type, row.key, row.arrival or 0)
            # That a page moved is told to its topics, wherever else the change is told.
            fresh = [change for change in changes if change.move or change.place not in covered]
            if not fresh:
                continue
            covered.update(change.place for change in fresh)
            chosen = tuple(fresh[: min(SHOWN, budget)])
            budget -= len(chosen)
            yield SubjectChanges(row.type, row.key, chosen, has_more=len(fresh) > len(chosen))
            if not chosen:
                return

    def _check_version(self) -> None:
        """Forget what was drawn before a change of what readers see."""
        version = versions.read_corpus()
        if version != self._version:
            self._version = version
            self._texts.clear()
            self._entries.clear()

    def _draw(self, selected: tuple[SubjectChanges, ...]) -> DigestText | None:
        """Draw what is public of it; None if nothing is."""
        entries = self._look_up({change.place for each in selected for change in each.changes})
        known = public_subjects((each.type, each.key) for each in selected)
        sections, is_cut = [], False
        for each in selected:
            subject = known.get((each.type, each.key)) or self._former_topic(each)
            public_entries = [
                replace(entry, move=_move_sentence(change)) if change.move else entry
                for change in each.changes
                if (entry := entries[change.place]) is not None
            ]
            if subject is not None and public_entries:
                url = settings.SITE_URL + subject.path
                sections.append(DigestSection(subject, url, public_entries, each.has_more))
            is_cut |= not each.changes
        if not sections:
            return None
        context = {
            "sections": sections,
            "is_cut": is_cut,
            "changes_url": settings.SITE_URL + reverse("changes"),
            **_context(self._link),
        }
        return DigestText(
            _subject(sections),
            render_to_string("mail/digest.txt", context),
            render_to_string("mail/digest.html", context),
        )

    def _look_up(self, places: set[Place]) -> dict[Place, DigestEntry | None]:
        """Return the entries of those of these revisions that are public now; one query for those not known yet."""
        language = _language()
        _make_room(self._entries, _KEPT_ENTRIES)
        missing = {place for place in places if (language, place) not in self._entries}
        if missing:
            self._entries |= {(language, place): None for place in missing}
            self._entries |= {(language, _place(line)): _entry(line) for line in log.of_revisions(missing)}
        return {place: self._entries.get((language, place)) for place in places}

    def _former_topic(self, selected: SubjectChanges) -> FollowSubject | None:
        """Return the topic that its last public page left: then the page's history shows its name, nothing else."""
        title = self.window.former_topics.get(selected.key)
        is_left = selected.type == SubjectType.TOPIC and any(
            change.move is TopicMove.DEPARTED for change in selected.changes
        )
        return FollowSubject(SubjectType.TOPIC, selected.key, "", title) if title and is_left else None


def compose_request(rows: list[Subscription], address: str) -> EmailMultiAlternatives | None:
    """Return the e-mail that asks an address to confirm what it is to follow; None if nothing of it is public now."""
    known = public_subjects((row.type, row.key) for row in rows)
    wanted = [(known[row.type, row.key], row) for row in rows if (row.type, row.key) in known]
    if not wanted:
        return None
    context = {
        "wanted": [(subject.label, row.asked_pace == DigestPace.WEEKLY) for subject, row in wanted],
        "days": subscriptions.UNCONFIRMED_DAYS,
        **_context(_manage_url(rows[0])),
    }
    subject = _("Confirm that you want e-mails from %(site)s") % {"site": settings.SITE_NAME}
    return _message(subject, render_to_string("mail/subscription.txt", context), address)


def _message(subject: str, text: str, address: str) -> EmailMultiAlternatives:
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMultiAlternatives(
        " ".join(subject.split())[:200], text.strip() + "\n", to=[address], headers=headers
    )


def _context(link: str) -> dict[str, object]:
    return {"site": settings.SITE_NAME, "manage_url": link}


def _manage_url(row: Subscription) -> str:
    """Return the address where the owner confirms and ends subscriptions."""
    return settings.SITE_URL + reverse("subscriptions", args=[row.token])


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


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _make_room(kept: dict[Any, Any], limit: int) -> None:
    """Forget all that is kept once there is too much of it."""
    if len(kept) >= limit:
        kept.clear()


def _place(line: LogLine) -> Place:
    return uuid.UUID(line.entry.controversy), line.number


def _move_sentence(change: FollowedChange) -> str:
    if change.move is TopicMove.DEPARTED:
        return _("The page left this topic. Its topic is now: %(topic)s") % {"topic": change.topic}
    return _("The page came to this topic. Its topic was: %(topic)s") % {"topic": change.topic}


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
