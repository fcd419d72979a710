"""The site's answers to django-allauth: who may log in, where links lead, how e-mails look."""

import logging
from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from controversies.kit.networks import client_address, parse_address

from . import devices, hashing, throttle

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts of the desk: nobody signs up, links lead to SITE_URL, guesses are slowed down before hashing."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Return the account with this name and password, if it may use the desk.

        Raises LoginRefused before anything is hashed, and HashingBusy. Names that nobody has take as long.
        """
        name = str(credentials.get("username", ""))
        attempt = throttle.count_password(request, name)
        is_known = bool(devices.known_device(request, name))
        try:
            with hashing.known_lane(is_known):
                user = authenticate(request, username=name, password=credentials["password"])
        except hashing.HashingBusy:
            attempt.forget()
            raise
        if isinstance(user, User) and user.is_staff:
            attempt.succeed()
            return user
        if user is not None:  # right, but of no account of the desk: Django reports the others
            user_login_failed.send(__name__, credentials={"username": name}, request=request)
        return None

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Answer a passkey of an account that was closed."""
        self.add_message(
            request, messages.ERROR, message=gettext("This passkey does not open an account here.")
        )
        return redirect("account_login")

    def is_safe_url(self, url: str) -> bool:
        """Whether a log-in may lead there: only to this site."""
        request = allauth_context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the network address, "0.0.0.0" over a Unix socket."""
        return str(parse_address(client_address(request)) or "0.0.0.0")  # noqa: S104 - a value, bound to nothing

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", quote(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return reverse("account_email" if self.request.user.is_authenticated else "account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_overview")

    # -- e-mail --

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one e-mail. A failure is logged and stops nothing: no answer may tell whether there is an account."""
        variables = {**context, "site": settings.SITE_NAME, "site_url": settings.SITE_URL}
        variables.pop("request", None)
        subject = render_to_string(f"{template_prefix}_subject.txt", variables)
        text = render_to_string(f"{template_prefix}_message.txt", variables)
        try:
            EmailMessage(" ".join(subject.split())[:200], text, to=[email]).send()
        except Exception:
            logger.exception("An e-mail to an account could not be sent.")

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Write to the account's own address, if it has one."""
        super().send_notification_mail(template_prefix, user, context, email or getattr(user, "email", ""))

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Show allauth's messages, but not that somebody has logged in or out: the page says so."""
        if message_template not in ("account/messages/logged_in.txt", "account/messages/logged_out.txt"):
            super().add_message(request, level, message_template, *args, **kwargs)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Remember the browser, and write to the account's address if it is a new one."""
        response = super().post_login(request, user, **kwargs)
        if isinstance(user, User) and devices.remember_device(request, response, user):
            self.send_notification_mail("account/email/new_device", user)
        return response
