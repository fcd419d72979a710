"""Known devices: browsers in which an account has been used, by a random token in a cookie of the desk."""

import datetime
import hashlib
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from controversies.kit.accounts import Account
from controversies.models import KnownDevice

COOKIE = "crux_device"
PATH = "/admin/"  # readers' pages never get it
_LENGTH = 43  # of 32 random bytes in base64
LIFETIME = 180 * 24 * 3600  # seconds since the latest log-in


def known_device(request: HttpRequest, name: str) -> str:
    """Return a key of this browser if the account of this name has been used in it, else ""."""
    digest = _digest(request)
    if digest is None:
        return ""
    device = KnownDevice.objects.filter(digest=digest, user__username__iexact=name).first()
    return f"{device.user_id} {digest.hex()}" if device else ""


def remember_device(request: HttpRequest, response: HttpResponse, user: Account) -> bool:
    """Remember that the account is used in this browser; return whether it is the first time."""
    token = request.COOKIES.get(COOKIE, "")
    digest = _digest(request)
    if digest is None:
        token = secrets.token_urlsafe(32)
        digest = _digest_of(token)
    now, agent = timezone.now(), browser(request)
    _device, is_new = KnownDevice.objects.update_or_create(
        user=user,
        digest=digest,
        defaults={"last_used_at": now, "agent": agent},
        create_defaults={"last_used_at": now, "agent": agent, "first_used_at": now},
    )
    response.set_cookie(
        COOKIE,
        token,
        max_age=LIFETIME,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return is_new


def forget_devices(user: Account) -> None:
    """Forget all browsers of an account: its password may have been in other hands."""
    KnownDevice.objects.filter(user=user).delete()


def forget_unused(now: datetime.datetime) -> int:
    """Forget browsers whose cookie has expired; return how many."""
    last = now - datetime.timedelta(seconds=LIFETIME)
    deleted, _each = KnownDevice.objects.filter(last_used_at__lt=last).delete()
    return deleted


def browser(request: HttpRequest) -> str:
    """Return what the browser says of itself, cut to what the tables hold."""
    return " ".join(request.headers.get("User-Agent", "").split())[:200]


def _digest(request: HttpRequest) -> bytes | None:
    token = request.COOKIES.get(COOKIE, "")
    return _digest_of(token) if len(token) == _LENGTH else None


def _digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
