"""Session cookies without a session: their senders get what everybody gets."""

import re
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest

_KEY = re.compile(r"[a-z0-9]{32}")  # as Django makes them


def drop_unknown_session(request: HttpRequest) -> None:
    """Take the session cookie out of a request if nobody is logged in by it; one query if it may be one."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if key is None:
        return
    if _KEY.fullmatch(key):
        session = import_module(settings.SESSION_ENGINE).SessionStore(key)
        if SESSION_KEY in session:
            request.session = session
            return
    del request.COOKIES[settings.SESSION_COOKIE_NAME]


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's middleware, which does not read a session again that was read before it."""

    def process_request(self, request: HttpRequest) -> Any:
        if not hasattr(request, "session"):
            super().process_request(request)
