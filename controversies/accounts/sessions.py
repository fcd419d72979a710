"""Sessions of an account: listed, ended by their owner, by a change of password, by time.

A session ends 3 days after its last request (`SESSION_COOKIE_AGE`), and 14 days after its log-in however it is used.
"""

import datetime
import time

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from controversies.kit.accounts import Account

LONGEST = 14 * 24 * 3600  # seconds from the log-in
NOTED_EVERY = 600  # seconds: a request writes that the session was used, if the last note is older
_BEGUN, _USED = "crux_begun", "crux_used"


def begin(request: HttpRequest) -> None:
    """Note when the session began."""
    request.session[_BEGUN] = request.session[_USED] = int(time.time())


def is_too_old(request: HttpRequest) -> bool:
    """Whether the session began too long ago; one that says nothing of that began before there was a limit."""
    return time.time() - request.session.setdefault(_BEGUN, int(time.time())) > LONGEST


def note_use(request: HttpRequest) -> None:
    """Note that the session was used, every ten minutes, so that its owner sees when and its time begins anew."""
    if not isinstance(request.user, User) or time.time() - request.session.get(_USED, 0) < NOTED_EVERY:
        return
    request.session[_USED] = int(time.time())
    if not UserSession.objects.filter(session_key=request.session.session_key).update(
        last_seen_at=timezone.now()
    ):
        UserSession.objects.create_from_request(request)


def end_others(request: HttpRequest, user: Account) -> int:
    """End all sessions of an account but this one; return how many."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
    return _end(list(rows))


def end_all(user: Account) -> int:
    """End all sessions of an account; return how many."""
    return _end(list(UserSession.objects.filter(user=user)))


def end_one(user: Account, key: int) -> int:
    """End one session of this account, if it is one; return how many."""
    return _end(list(UserSession.objects.filter(user=user, pk=key)))


def _end(rows: list[UserSession]) -> int:
    for row in rows:
        row.end()
    return len(rows)


def forget_ended(now: datetime.datetime) -> int:
    """Delete the rows of sessions that have ended unused, with their network addresses; return how many."""
    last = now - datetime.timedelta(seconds=settings.SESSION_COOKIE_AGE + NOTED_EVERY)
    deleted, _each = UserSession.objects.filter(last_seen_at__lt=last).delete()
    return deleted
