"""E-mail to the people whom a proposal concerns: sent after COMMIT, and never a reason for anything to fail.

Nobody is written to who has no address, no account in use any more, or who has switched it off. No mail shows
anybody's address to anybody else.
"""

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.models import Preference, Proposal, Revision

LATELY = 20  # newest revisions of a page whose authors and reviewers are told of what is proposed for it

logger = logging.getLogger(__name__)


def wants_mail(user: Any) -> bool:
    """Whether this account is to be told of proposals by e-mail."""
    return Preference.objects.filter(pk=user.pk).values_list("mail", flat=True).first() is not False


def set_mail(user: Any, wanted: bool) -> None:
    Preference.objects.update_or_create(user=user, defaults={"mail": wanted})


def proposed(proposal: Proposal) -> None:
    """Tell those who have edited the page lately, or for want of them everybody who may decide on it."""
    subject = _("Proposed by %(who)s: %(title)s") % {"who": proposal.author_name, "title": proposal}
    _after_commit(proposal, subject, "mail/proposed.txt", partial(_editors, proposal))


def amended(proposal: Proposal) -> None:
    """Tell the same people that its author has changed it: what they may have read is not what waits any more."""
    subject = _("Amended by %(who)s: %(title)s") % {"who": proposal.author_name, "title": proposal}
    _after_commit(proposal, subject, "mail/amended.txt", partial(_editors, proposal))


def withdrawn(proposal: Proposal) -> None:
    """Tell the same people that there is nothing to decide on any more."""
    subject = _("Taken back by %(who)s: %(title)s") % {"who": proposal.author_name, "title": proposal}
    _after_commit(proposal, subject, "mail/withdrawn.txt", partial(_editors, proposal))


def decided(proposal: Proposal, accepted: Revision | None = None, edit: Revision | None = None) -> None:
    """Tell the author what was decided, unless they decided it themselves.

    `accepted` is the revision with their words, `edit` the reviewer's own.
    """
    if proposal.author_id is None or proposal.author_id == proposal.reviewer_id:
        return
    words = _("Accepted: %s") if proposal.revision else _("Not accepted: %s")
    author = get_user_model()._default_manager.filter(pk=proposal.author_id)
    _after_commit(
        proposal,
        words % proposal,
        "mail/decided.txt",
        partial(_reachable, author),
        accepted=accepted,
        edit=edit,
    )


def _after_commit(proposal: Proposal, subject: str, template: str, recipients: Any, **words: Any) -> None:
    transaction.on_commit(partial(_send, proposal, subject, template, recipients, **words), robust=True)


def _send(proposal: Proposal, subject: str, template: str, recipients: Any, **words: Any) -> None:
    text = render_to_string(
        template,
        {
            **words,
            "proposal": proposal,
            "title": str(proposal),
            "site": settings.SITE_NAME,
            "url": settings.SITE_URL + proposal.get_absolute_url(),
            "page_url": _page_url(proposal),
            "off_url": settings.SITE_URL + reverse("admin:controversies_proposal_mail"),
        },
    )
    for address in recipients():
        # One each, so that nobody reads who else is told, and one that fails leaves the others alone.
        try:
            EmailMessage(" ".join(subject.split())[:200], text, to=[address]).send()
        except Exception:
            logger.exception("An e-mail about proposal %s could not be sent.", proposal.pk)


def _page_url(proposal: Proposal) -> str:
    """The address of the revision that the proposal became, or else of its page; "" for a new page."""
    page = proposal.controversy
    if page is None:
        return ""
    if proposal.revision:
        return settings.SITE_URL + reverse("revision", args=[page.slug, proposal.revision])
    return settings.SITE_URL + page.get_absolute_url()


def _reachable(users: Any) -> Iterable[str]:
    found = users.filter(is_active=True).exclude(email="").exclude(preference__mail=False)
    return list(dict.fromkeys(found.order_by("pk").values_list("email", flat=True)))


def _editors(proposal: Proposal) -> Iterable[str]:
    """The addresses of those who may decide on it and know the page."""
    may = get_user_model()._default_manager.with_perm("controversies.change_controversy")
    may = may.filter(is_staff=True).exclude(pk=proposal.author_id or 0)
    latest = Revision.objects.filter(controversy=proposal.controversy_id).order_by("-number")
    known = {account for pair in latest.values_list("author_id", "reviewer_id")[:LATELY] for account in pair}
    lately = may.filter(pk__in=known - {None})
    return _reachable(lately if lately.exists() else may)
