"""E-mail to accounts: all notices that wait for one in one e-mail, as often as that account chose.

The worker sends them. While no worker runs, the site itself does so after COMMIT, within the same limits. What cannot
be sent stays and is tried again. No e-mail shows anybody's address to anybody else.
"""

import datetime
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.tasks import task
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.checks.worker import is_silent, show_life
from controversies.kit.metrics import MAILS
from controversies.models import (
    MailKind,
    MailNotice,
    MailPace,
    Preference,
    Proposal,
    Revision,
    Suggestion,
    SuggestionState,
)

BETWEEN = {
    MailPace.AT_ONCE.value: datetime.timedelta(0),
    MailPace.HOURLY.value: datetime.timedelta(hours=1),
    MailPace.DAILY.value: datetime.timedelta(days=1),
}
RETRY = datetime.timedelta(minutes=10)  # after an e-mail that could not be sent
SHOWN = 30  # notices that an e-mail has; of others it has the number

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class MailPart:
    """The text of one notice in an e-mail, and the subject if there is no other."""

    subject: str
    text: str


@task
def send_mails() -> None:
    """Send what is due, every minute."""
    show_life()
    deliver()


def deliver_without_worker(users: Iterable[int]) -> None:
    """Send what is due for these accounts if no worker runs that would."""
    if is_silent():
        deliver(users)


def deliver(users: Iterable[int] | None = None) -> int:
    """Send an e-mail to each account that has notices and whose turn it is; return the number of e-mails."""
    waiting = MailNotice.objects.order_by("user_id").values_list("user_id", flat=True).distinct()
    if users is not None:
        waiting = waiting.filter(user__in=list(users))
    return sum(_deliver_to(user) for user in list(waiting))


@transaction.atomic
def _deliver_to(user_id: int) -> bool:
    """Send one e-mail with all notices of an account, unless another process does so at this moment."""
    Preference.objects.bulk_create([Preference(user_id=user_id)], ignore_conflicts=True)
    locked = Preference.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user")
    preference, now = locked.filter(pk=user_id).first(), timezone.now()
    if preference is None or not _is_due(preference, now):
        return False
    related = ("proposal__controversy", "controversy", "redaction_request__controversy")
    notices = list(MailNotice.objects.filter(user=user_id).select_related(*related))
    account = preference.user
    if not (account.is_active and account.email and preference.mail):
        _delete(notices)
        return False
    parts = {notice: part for notice in notices if (part := _part(notice)) is not None}
    held = [notice for notice in notices if notice not in parts and _is_held(notice)]
    if parts and not _send(list(parts.values()), account.email, user_id):
        preference.mail_failed_at = now
        preference.save(update_fields=["mail_failed_at"])
        return False
    _delete(notice for notice in notices if notice not in held)
    if parts:
        preference.mailed_at, preference.mail_failed_at = now, None
        preference.save(update_fields=["mailed_at", "mail_failed_at"])
    return bool(parts)


def _is_due(preference: Preference, now: datetime.datetime) -> bool:
    if preference.mail_failed_at is not None and now - preference.mail_failed_at < RETRY:
        return False
    return preference.mailed_at is None or now - preference.mailed_at >= BETWEEN[preference.mail_pace]


def _delete(notices: Iterable[MailNotice]) -> None:
    MailNotice.objects.filter(pk__in=[notice.pk for notice in notices]).delete()


def _send(parts: list[MailPart], address: str, user_id: int) -> bool:
    """Send the e-mail; log why if it cannot be sent."""
    if len(parts) == 1:
        subject = parts[0].subject
    else:
        subject = ngettext(
            "%(count)s notice from %(site)s", "%(count)s notices from %(site)s", len(parts)
        ) % {
            "count": len(parts),
            "site": settings.SITE_NAME,
        }
    context = {
        "parts": [part.text for part in parts[:SHOWN]],
        "more": max(len(parts) - SHOWN, 0),
        "site": settings.SITE_NAME,
        "desk_url": settings.SITE_URL + reverse("admin:index"),
        "choice_url": settings.SITE_URL + reverse("admin:controversies_proposal_mail"),
    }
    try:
        text = render_to_string("mail/notices.txt", context)
        EmailMessage(" ".join(subject.split())[:200], text, to=[address]).send()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".replace(address, "(address)")
        logger.error("An e-mail to account %s could not be sent and is tried again: %s", user_id, reason)
        MAILS.labels("failure").inc()
        return False
    MAILS.labels("success").inc()
    return True


# -- what an e-mail says --


def _part(notice: MailNotice) -> MailPart | None:
    """Return what to say of a notice; None if it is out of date."""
    if notice.proposal is not None:
        return _proposal_part(notice, notice.proposal)
    if notice.redaction_request is not None:
        request = notice.redaction_request
        if not request.is_waiting:
            return None
        title = request.controversy.title
        url = reverse("admin:controversies_redactionrequest_change", args=[request.pk])
        return _rendered(notice, _("Removal to confirm: %s") % title, url, request=request, title=title)
    page = notice.controversy
    count = Suggestion.objects.waiting().filter(controversy=page).count()
    if page is None or not count:
        return None
    url = reverse("admin:controversies_proposal_queue")
    return _rendered(
        notice, _("Suggestion from a reader: %s") % page.title, url, title=page.title, count=count
    )


def _is_held(notice: MailNotice) -> bool:
    """Whether the suggestions of a notice are held back, so that there will be something to say."""
    page = notice.controversy_id
    return (
        page is not None and Suggestion.objects.filter(controversy=page, state=SuggestionState.OPEN).exists()
    )


def _proposal_part(notice: MailNotice, proposal: Proposal) -> MailPart | None:
    if notice.kind in (MailKind.PROPOSED, MailKind.AMENDED) and not proposal.is_open:
        return None
    names = {"who": proposal.author_name, "title": proposal}
    subjects = {
        MailKind.PROPOSED.value: _("Proposal by %(who)s: %(title)s"),
        MailKind.AMENDED.value: _("Proposal changed by %(who)s: %(title)s"),
        MailKind.WITHDRAWN.value: _("Proposal withdrawn by %(who)s: %(title)s"),
        MailKind.DECIDED.value: _("Accepted: %(title)s")
        if proposal.revision
        else _("Not accepted: %(title)s"),
    }
    revisions = Revision.objects.filter(controversy=proposal.controversy_id)
    return _rendered(
        notice,
        subjects[notice.kind] % names,
        proposal.get_absolute_url(),
        proposal=proposal,
        title=str(proposal),
        page_url=_page_url(proposal),
        accepted=notice.accepted,
        edit=revisions.filter(number=notice.edit).first() if notice.edit else None,
    )


def _rendered(notice: MailNotice, subject: str, path: str, **context: object) -> MailPart:
    text = render_to_string(
        f"mail/notices/{notice.kind}.txt",
        {**context, "url": settings.SITE_URL + path, "site": settings.SITE_NAME},
    )
    return MailPart(subject, text.strip())


def _page_url(proposal: Proposal) -> str:
    """Return the address of the proposal's revision, or else of its page; "" for a new page."""
    page = proposal.controversy
    if page is None:
        return ""
    if proposal.revision:
        return settings.SITE_URL + reverse("revision", args=[page.slug, proposal.revision])
    return settings.SITE_URL + page.get_absolute_url()
