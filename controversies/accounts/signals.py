"""Reactions to log-ins, changed passwords and changed second factors."""

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import password_changed, password_reset
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.http import HttpRequest

from controversies.kit.accounts import Account
from controversies.kit.events import log_event

from . import devices, second_factor, sessions


def connect() -> None:
    """Connect these reactions, once the apps are ready."""
    user_logged_in.connect(_begin_session, dispatch_uid="crux")
    post_save.connect(_adopt_address, sender=User, dispatch_uid="crux-address")
    password_changed.connect(_end_other_sessions, dispatch_uid="crux")
    password_reset.connect(_end_all_sessions, dispatch_uid="crux")
    authenticator_added.connect(_factor_added, dispatch_uid="crux")
    authenticator_removed.connect(_factor_removed, dispatch_uid="crux")


def _adopt_address(instance: Account, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
    """Take an account's address for confirmed: an administrator gave it, or its owner followed a link."""
    if instance.email and (update_fields is None or "email" in update_fields):
        is_first = not EmailAddress.objects.filter(user=instance, primary=True).exists()
        confirmed = {"verified": True, "primary": True} if is_first else {"verified": True}
        EmailAddress.objects.update_or_create(user=instance, email=instance.email.lower(), defaults=confirmed)


def _begin_session(request: HttpRequest, **kwargs: Any) -> None:
    sessions.begin(request)


def _end_other_sessions(request: HttpRequest, user: Account, **kwargs: Any) -> None:
    """Django refuses the others at their next request; their rows and known browsers go at once."""
    log_event("password-changed", account=user.pk)
    devices.forget_devices(user)
    sessions.end_others(request, user)


def _end_all_sessions(user: Account, **kwargs: Any) -> None:
    log_event("password-reset", account=user.pk)
    devices.forget_devices(user)
    sessions.end_all(user)


def _factor_added(request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    """Sessions that began without the factor end, but for this one; the code that proved it is spent."""
    log_event("second-factor-added", account=user.pk, type=str(authenticator.type))
    if authenticator.type == Authenticator.Type.TOTP:
        second_factor.spend_code(authenticator, request.POST.get("code", ""))
    sessions.end_others(request, user)


def _factor_removed(request: HttpRequest, user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    log_event("second-factor-removed", account=user.pk, type=str(authenticator.type))
    sessions.end_others(request, user)
