"""Invitations by e-mail: sent, sent again, withdrawn, accepted once."""

import datetime
import hashlib
import logging
import secrets
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies.kit.accounts import Account
from controversies.models import Invitation, Topic

from . import roles

LIFETIME = datetime.timedelta(days=7)

logger = logging.getLogger(__name__)


class InvitationOver(Exception):
    """The invitation was accepted, withdrawn, or is too old."""


def invite(email: str, role: roles.RoleName, topics: Iterable[Topic] | None, *, by: Account) -> Invitation:
    """Invite somebody with a role. Raises PermissionDenied for all but administrators."""
    if not by.is_superuser or role is roles.RoleName.NONE:
        raise PermissionDenied
    chosen = None if topics is None or role is roles.RoleName.ADMINISTRATOR else list(topics)
    token, now = secrets.token_urlsafe(32), timezone.now()
    with transaction.atomic():
        invitation = Invitation.objects.create(
            email=email,
            role=role.value,
            topics=None if chosen is None else [topic.pk for topic in chosen],
            digest=_digest(token),
            invited_by=by,
            sent_at=now,
            expires_at=now + LIFETIME,
        )
        roles.log_invitation(email, "invitation", role, chosen, by=by)
    _send(invitation, token)
    return invitation


def send_again(invitation: Invitation, *, by: Account) -> None:
    """Send another link, which lasts a week again; the one before works no more. Raises InvitationOver."""
    token, now = secrets.token_urlsafe(32), timezone.now()
    with transaction.atomic():
        current = _reload(invitation, by)
        current.digest, current.sent_at, current.expires_at = _digest(token), now, now + LIFETIME
        current.save()
        roles.log_invitation(current.email, "invitation-again", current.role, topics_of(current), by=by)
    _send(current, token)


def withdraw(invitation: Invitation, *, by: Account) -> None:
    """Withdraw an invitation: its link works no more. Raises InvitationOver."""
    with transaction.atomic():
        current = _reload(invitation, by)
        current.withdrawn_at = timezone.now()
        current.save()
        roles.log_invitation(current.email, "invitation-withdrawn", current.role, topics_of(current), by=by)


def find_open(token: str) -> Invitation | None:
    """Return the invitation that this link opens, None if there is none, or no more."""
    return Invitation.objects.filter(
        digest=_digest(token), accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
    ).first()


def accept(token: str, user: User, password: str) -> User:
    """Make the account that an invitation is for. Raises InvitationOver if its link was used meanwhile.

    `user` has a name and is not saved yet. The role is given by whoever invited; if that account is no
    administrator any more, the invitation is over.
    """
    with transaction.atomic():
        opened = find_open(token)
        invitation = Invitation.objects.select_for_update().filter(pk=opened.pk).first() if opened else None
        if invitation is None or not _is_open(invitation) or not _may_invite(invitation.invited_by):
            raise InvitationOver
        user.email = invitation.email
        user.set_password(password)
        user.save()
        assert invitation.invited_by is not None  # noqa: S101 - for the type checker: _may_invite says so
        topics = topics_of(invitation)
        roles.give(user, roles.RoleName(invitation.role), topics, by=invitation.invited_by)
        invitation.accepted_at = timezone.now()
        invitation.save()
        roles.log_invitation(invitation.email, "invitation-accepted", invitation.role, topics, by=user)
    return user


def topics_of(invitation: Invitation) -> list[Topic] | None:
    """Return the topics that the invitation's role will reach; None for all."""
    if invitation.topics is None:
        return None
    return list(Topic.objects.filter(pk__in=invitation.topics).order_by("title"))


def state_of(invitation: Invitation) -> str:
    """Return what became of the invitation, in a word."""
    if invitation.accepted_at:
        return _("Accepted")
    if invitation.withdrawn_at:
        return _("Withdrawn")
    return _("Waiting") if invitation.expires_at > timezone.now() else _("Expired")


def _may_invite(user: User | None) -> bool:
    return user is not None and user.is_active and user.is_superuser


def _is_open(invitation: Invitation) -> bool:
    return (
        invitation.accepted_at is None
        and invitation.withdrawn_at is None
        and invitation.expires_at > timezone.now()
    )


def _reload(invitation: Invitation, by: Account) -> Invitation:
    if not by.is_superuser:
        raise PermissionDenied
    current = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if current.accepted_at or current.withdrawn_at:
        raise InvitationOver
    return current


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()


def _send(invitation: Invitation, token: str) -> None:
    """Send the link. A failure is logged; the invitation can be sent again."""
    role = roles.ROLES[roles.RoleName(invitation.role)]
    text = render_to_string(
        "mail/invitation.txt",
        {
            "site": settings.SITE_NAME,
            "role": role.label,
            "about": role.about,
            "topics": topics_of(invitation),
            "url": settings.SITE_URL + reverse("account_invitation", args=[token]),
            "until": invitation.expires_at,
        },
    )
    subject = _("%(site)s: you are invited") % {"site": settings.SITE_NAME}
    try:
        EmailMessage(" ".join(subject.split())[:200], text, to=[invitation.email]).send()
    except Exception:
        logger.exception("An invitation could not be sent.")
