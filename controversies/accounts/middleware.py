"""Refuse what a session may not do any more, and answer attempts that came too fast, on whatever page."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control
from django.utils.functional import SimpleLazyObject

from controversies.kit.accounts import Visitor

from . import second_factor, sessions
from .hashing import RETRY_AFTER, HashingBusy
from .throttle import LoginRefused
from .views import refusal

# Open to an account that has to set up a second factor, so that it can.
_DESK, _ACCOUNT, _LOGIN = "/admin/", "/admin/account/", "/admin/login/"
_OPEN = (_ACCOUNT, _LOGIN, "/admin/logout/", "/admin/jsi18n/")


class AccountGuard:
    """Ends sessions that are too old, holds accounts to their second factor, answers 429 to hasty attempts.

    Readers have no session, and cost nothing here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._respond(request)
        if request.path.startswith((_ACCOUNT, _LOGIN)):
            patch_cache_control(response, private=True, no_store=True)
        return response

    def _respond(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        if not request.path.startswith(_DESK):
            user = request.user
            request.user = SimpleLazyObject(lambda: _reader(request, user))  # type: ignore[assignment]
            return self.get_response(request)
        if isinstance(request.user, User):
            if sessions.is_too_old(request):
                logout(request)
            elif not request.path.startswith(_OPEN) and second_factor.is_shut_out(request.user):
                if request.method != "GET":
                    raise PermissionDenied
                return redirect("mfa_index")
            else:
                sessions.note_use(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, LoginRefused):
            return refusal(request, exception.seconds)
        if isinstance(exception, HashingBusy):
            return refusal(request, RETRY_AFTER, is_busy=True)
        return None


def _reader(request: HttpRequest, user: Visitor) -> Visitor:
    """Return the user of a page outside the desk: nobody, if the session or the account may not be used."""
    if isinstance(user, User) and (sessions.is_too_old(request) or second_factor.is_shut_out(user)):
        return AnonymousUser()
    return user
