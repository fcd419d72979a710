"""E-mail about proposals: sent after COMMIT; a failure to send is logged and stops nothing.

No e-mail goes to accounts without an address, to inactive ones, or to those that have switched it off. No e-mail shows
anybody's address to anybody else.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.kit.accounts import Account, Visitor
from controversies.models import Preference, Proposal, Revision

RECENT = 20  # newest revisions of a page, whose authors and reviewers are notified of proposals

logger = logging.getLogger(__name__)


def wants_mail(user: Visitor) -> bool:
    """Whether this account gets e-mail about proposals."""
    return Preference.objects.filter(pk=user.pk).values_list("mail", flat=True).first() is not False


def set_mail(user: Account, wanted: bool) -> None:
    Preference.objects.update_or_create(user=user, defaults={"mail": wanted})


def send_proposal(proposal: Proposal) -> None:
    """Notify the recent editors of the page, or, if there are none, everybody who may decide on the proposal."""
    subject = _("Proposal by %(who)s: %(title)s") % {"who": proposal.author_name, "title": proposal}
    _after_commit(proposal, subject, "mail/proposed.txt", partial(_editor_addresses, proposal))


def send_amendment(proposal: Proposal) -> None:
    """Notify the same people that its author has changed the proposal."""
    subject = _("Proposal changed by %(who)s: %(title)s") % {"who": proposal.author_name, "title": proposal}
    _after_commit(proposal, subject, "mail/amended.txt", partial(_editor_addresses, proposal))


def send_withdrawal(proposal: Proposal) -> None:
    """Notify the same people that there is nothing left to decide."""
    subject = _("Proposal withdrawn by %(who)s: %(title)s") % {"who": proposal.author_name, "title": proposal}
    _after_commit(proposal, subject, "mail/withdrawn.txt", partial(_editor_addresses, proposal))


def send_decision(proposal: Proposal, accepted: Revision | None = None, edit: Revision | None = None) -> None:
    """Notify the author of the decision, unless it was their own.

    `accepted` is the revision with their words, `edit` the reviewer's own.
    """
    if proposal.author_id is None or proposal.author_id == proposal.reviewer_id:
        return
    subject = _("Accepted: %s") if proposal.revision else _("Not accepted: %s")
    author = get_user_model()._default_manager.filter(pk=proposal.author_id)
    _after_commit(
        proposal,
        subject % proposal,
        "mail/decided.txt",
        partial(_addresses, author),
        accepted=accepted,
        edit=edit,
    )


def _after_commit(
    proposal: Proposal,
    subject: str,
    template: str,
    recipients: Callable[[], list[str]],
    **context: Revision | None,
) -> None:
    transaction.on_commit(partial(_send, proposal, subject, template, recipients, **context), robust=True)


def _send(
    proposal: Proposal,
    subject: str,
    template: str,
    recipients: Callable[[], list[str]],
    **context: Revision | None,
) -> None:
    text = render_to_string(
        template,
        {
            **context,
            "proposal": proposal,
            "title": str(proposal),
            "site": settings.SITE_NAME,
            "url": settings.SITE_URL + proposal.get_absolute_url(),
            "page_url": _page_url(proposal),
            "off_url": settings.SITE_URL + reverse("admin:controversies_proposal_mail"),
        },
    )
    for address in recipients():
        # One each, so that no address is shown to others and one failure does not stop the rest.
        try:
            EmailMessage(" ".join(subject.split())[:200], text, to=[address]).send()
        except Exception:
            logger.exception("An e-mail about proposal %s could not be sent.", proposal.pk)


def _page_url(proposal: Proposal) -> str:
    """The address of the proposal's revision, or else of its page; "" for a new page."""
    page = proposal.controversy
    if page is None:
        return ""
    if proposal.revision:
        return settings.SITE_URL + reverse("revision", args=[page.slug, proposal.revision])
    return settings.SITE_URL + page.get_absolute_url()


def _addresses(users: QuerySet[Any]) -> list[str]:
    """The addresses of those users who get e-mail."""
    reachable = users.filter(is_active=True).exclude(email="").exclude(preference__mail=False)
    return list(dict.fromkeys(reachable.order_by("pk").values_list("email", flat=True)))


def _editor_addresses(proposal: Proposal) -> list[str]:
    """The addresses of those who may decide on the proposal and know the page."""
    reviewers = get_user_model()._default_manager.with_perm("controversies.change_controversy")
    reviewers = reviewers.filter(is_staff=True).exclude(pk=proposal.author_id or 0)
    latest = Revision.objects.filter(controversy=proposal.controversy_id).order_by("-number")
    accounts = {
        account for pair in latest.values_list("author_id", "reviewer_id")[:RECENT] for account in pair
    }
    recent = reviewers.filter(pk__in=accounts - {None})
    return _addresses(recent if recent.exists() else reviewers)
