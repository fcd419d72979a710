"""The notice on the desk's first page that a second factor has to be set up."""

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from . import second_factor


def factor_demand(request: HttpRequest) -> dict[str, Any] | None:
    """Return the notice, None for an account that has all that its role requires."""
    deadline = second_factor.open_deadline(request.user) if isinstance(request.user, User) else None
    if deadline is None:
        return None
    return {
        "name": _("Set up a second factor"),
        "url": reverse("mfa_index"),
        "about": _("Your role requires a passkey or an authenticator app beside the password."),
        "words": _("After %(day)s, the desk stays closed until you have one.")
        % {"day": date_format(deadline)},
    }
