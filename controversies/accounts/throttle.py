"""Slow down guesses, before any password is hashed.

Attempts are counted in the database, so that all processes share them and a restart resets nothing. Each attempt is
counted before it is checked, so that many at once cannot all pass; a correct one takes its count back.

A known device of an account has a count of its own: nobody can lock out an editor by guessing from elsewhere, for
what strangers do under the account's name counts against their networks, and against unknown devices.
"""

import datetime
import hashlib
import hmac
import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import connection
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies.kit.events import log_event
from controversies.kit.metrics import LOGINS
from controversies.kit.networks import client_address, network_of
from controversies.models import LoginThrottle

from . import devices

logger = logging.getLogger(__name__)

MINUTE, HOUR, DAY = 60, 3600, 86400  # seconds


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of free attempts; each further one doubles the wait, up to a longest, until a quiet time has passed."""

    kind: str
    free: int
    wait: int  # seconds after the first attempt beyond the free ones
    longest: int  # seconds
    forgotten: int = DAY  # seconds without an attempt


@dataclass(frozen=True, slots=True)
class TurnLimit:
    """A number of free e-mails; further ones get their turns, one every so many seconds.

    Nobody is refused but who would wait for longer than LONGEST_TURN.
    """

    kind: str
    free: int
    seconds: int


LONGEST_TURN = 12 * HOUR

# Under one name from one network; from one network under any name; under one name from all unknown devices; from one
# known device. The third is short: it slows a guesser with many networks, and is all that a stranger can do to others.
PAIR = Limit("name-and-network", 5, 30, 15 * MINUTE)
NETWORK = Limit("network", 20, 30, 15 * MINUTE, HOUR)
NAME = Limit("name", 50, 5, MINUTE, HOUR)
DEVICE = Limit("device", 10, 30, 15 * MINUTE)
# Codes of a second factor: whoever sends one knows the password.
CODE_PAIR = Limit("code-and-network", 5, 30, 15 * MINUTE)
CODE = Limit("code", 10, 30, 15 * MINUTE)
CODE_DEVICE = Limit("code-and-device", 10, 30, 15 * MINUTE)
# E-mails that anybody can have sent: to one address, from one network.
MAIL_ADDRESS = Limit("mail-to-address", 3, 5 * MINUTE, HOUR)
MAIL_NETWORK = Limit("mail-from-network", 10, 5 * MINUTE, HOUR)
# Requests of readers to follow something by e-mail: from one network, from one site; and the e-mails that these send to
# one mailbox, so that nobody can flood a stranger's.
FOLLOW_NETWORK = Limit("follow-from-network", 20, 30, 10 * MINUTE, HOUR)
FOLLOW_SITE = Limit("follow-from-site", 100, 10, 10 * MINUTE, HOUR)
FOLLOW_MAILBOX = Limit("follow-to-mailbox", 3, HOUR, DAY)
# The same e-mails from one provider and to one domain, and all that the site sends, so that nobody spoils the name that
# it has with mail servers. Providers that have sent many share a smaller number, so that others need not wait for them.
FOLLOW_PROVIDER = TurnLimit("follow-from-provider", 20, 30)
FOLLOW_DOMAIN = TurnLimit("follow-to-domain", 60, 10)
FOLLOW_ALL = TurnLimit("follow", 200, 6)
FOLLOW_BUSY = TurnLimit("follow-from-busy-providers", 20, 30)
_WARNING = Limit("warning", 1, HOUR, HOUR)

type Counts = list[tuple[Limit, str]]


class LoginRefused(Exception):
    """The attempt came too soon after others. `seconds`: until the next one is looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Attempt:
    """An attempt that has been counted: `forget()` it once it was right, or once it was never checked."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts

    def succeed(self) -> None:
        """Take back the counts of this person; those that others share lose only this attempt."""
        own = [count for count in self.counts if count[0] in (PAIR, DEVICE, CODE_PAIR, CODE_DEVICE, CODE)]
        LoginThrottle.objects.filter(key__in=[_key(*count) for count in own]).delete()
        self._uncount(count for count in self.counts if count not in own)

    def forget(self) -> None:
        """Take back this one attempt, which was not checked."""
        self._uncount(self.counts)

    def _uncount(self, counts: Iterable[tuple[Limit, str]]) -> None:
        keys = [_key(*count) for count in counts]
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE controversies_loginthrottle SET attempts = attempts - 1, blocked_until = time"
                " WHERE key = ANY (%s) AND attempts > 0",
                [keys],
            )


def sender_network(request: HttpRequest) -> str:
    """Return the network that one sender has all addresses of: an IPv4 address, or the /64 of an IPv6 address.

    All that come without an address, over a Unix socket, count as one.
    """
    return network_of(client_address(request), v4=32, v6=64)


def count_password(request: HttpRequest, name: str) -> Attempt:
    """Count an attempt to log in under a name, whether there is such an account or not. Raises LoginRefused."""
    network, name = sender_network(request), " ".join(name.casefold().split())
    device = devices.known_device(request, name)
    if device:
        return _count(request, [(DEVICE, device)])
    return _count(request, [(PAIR, f"{name} {network}"), (NETWORK, network), (NAME, name)])


def count_code(request: HttpRequest, name: str) -> Attempt:
    """Count an attempt to enter a code of an account's second factor. Raises LoginRefused."""
    network, device = sender_network(request), devices.known_device(request, name.casefold())
    if device:
        return _count(request, [(CODE_DEVICE, device)])
    return _count(request, [(CODE_PAIR, f"{name} {network}"), (CODE, name)])


def count_mail(request: HttpRequest, address: str) -> Attempt:
    """Count an e-mail that somebody asks to have sent to an address. Raises LoginRefused."""
    network = sender_network(request)
    return _count(request, [(MAIL_ADDRESS, address.casefold().strip()), (MAIL_NETWORK, network)])


def count_follow_request(request: HttpRequest) -> int:
    """Count a reader's request to follow something; return 0, or the seconds until one from there is accepted."""
    address = client_address(request)
    counted: Counts = []
    for limit, value in (
        (FOLLOW_NETWORK, network_of(address, v4=32, v6=64)),
        (FOLLOW_SITE, network_of(address)),
    ):
        seconds = _count_one(limit, value)
        if seconds:
            Attempt(counted).forget()
            return seconds
        counted.append((limit, value))
    return 0


class NoTurn(Exception):
    """Refusal of an e-mail for so many `seconds`, because so many others wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def reserve_follow_mail(request: HttpRequest, address: str) -> int:
    """Return the seconds that an e-mail to the address has to wait for its turn, whoever owns it. Raises NoTurn.

    Those who send few need not wait for those who send many.
    """
    provider = _reserve(FOLLOW_PROVIDER, network_of(client_address(request), v4=16, v6=32))
    everybody = _reserve(FOLLOW_BUSY if provider else FOLLOW_ALL, "")
    return max(provider, everybody, _reserve(FOLLOW_DOMAIN, address.rpartition("@")[2].lower()))


def count_follow_mail(mailbox: str) -> int:
    """Count an e-mail that asks a mailbox to confirm; return 0, or the seconds until it may be sent."""
    return _count_one(FOLLOW_MAILBOX, mailbox)


def forget_follow_mail(mailbox: str) -> None:
    """Take back the count of an e-mail that could not be sent."""
    Attempt([(FOLLOW_MAILBOX, mailbox)]).forget()


_COUNT = """
    INSERT INTO controversies_loginthrottle AS t (key, attempts, time, blocked_until)
    VALUES (%(key)s, 1, %(now)s, %(now)s + CASE WHEN %(free)s = 1 THEN %(wait)s ELSE 0 END * interval '1 second')
    ON CONFLICT (key) DO UPDATE SET
        attempts = CASE
            WHEN t.blocked_until > %(now)s THEN t.attempts
            WHEN t.time < %(now)s - %(forgotten)s * interval '1 second' THEN 1
            ELSE t.attempts + 1 END,
        time = CASE WHEN t.blocked_until > %(now)s THEN t.time ELSE %(now)s END,
        blocked_until = CASE
            WHEN t.blocked_until > %(now)s THEN t.blocked_until
            WHEN t.time < %(now)s - %(forgotten)s * interval '1 second' OR t.attempts + 1 < %(free)s THEN %(now)s
            ELSE %(now)s + least(%(longest)s, %(wait)s * 2 ^ least(t.attempts + 1 - %(free)s, 20))
                * interval '1 second' END
    RETURNING blocked_until, time = %(now)s
"""


def _count(request: HttpRequest, counts: Counts) -> Attempt:
    """Count an attempt under each key. Raises LoginRefused, having taken back what was counted."""
    counted: Counts = []
    for limit, value in counts:
        seconds = _count_one(limit, value)
        if seconds:
            Attempt(counted).forget()
            _warn(request, limit, seconds)
            raise LoginRefused(seconds)
        counted.append((limit, value))
    return Attempt(counted)


def _count_one(limit: Limit, value: str) -> int:
    """Count one attempt; return 0, or the seconds until the next one if it is refused and was not counted."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "key": _key(limit, value),
                "now": now,
                "free": limit.free,
                "wait": limit.wait,
                "longest": limit.longest,
                "forgotten": limit.forgotten,
            },
        )
        blocked_until, is_counted = cursor.fetchone()
    return 0 if is_counted else math.ceil((blocked_until - now).total_seconds())


# `blocked_until` is when all that have their turn will have had it, if none were free.
_RESERVE = """
    INSERT INTO controversies_loginthrottle AS t (key, attempts, time, blocked_until)
    VALUES (%(key)s, 1, %(now)s, %(now)s + %(seconds)s * interval '1 second')
    ON CONFLICT (key) DO UPDATE SET
        attempts = t.attempts + 1,
        time = CASE WHEN t.blocked_until > %(latest)s THEN t.time ELSE %(now)s END,
        blocked_until = CASE
            WHEN t.blocked_until > %(latest)s THEN t.blocked_until
            ELSE greatest(t.blocked_until, %(now)s) + %(seconds)s * interval '1 second' END
    RETURNING blocked_until, time = %(now)s
"""


def _reserve(limit: TurnLimit, value: str) -> int:
    """Reserve a turn; return the seconds until then. Raises NoTurn."""
    now, each = timezone.now(), datetime.timedelta(seconds=limit.seconds)
    latest = now + limit.free * each + datetime.timedelta(seconds=LONGEST_TURN)
    with connection.cursor() as cursor:
        cursor.execute(
            _RESERVE, {"key": _key(limit, value), "now": now, "seconds": limit.seconds, "latest": latest}
        )
        end, is_reserved = cursor.fetchone()
    if not is_reserved:
        raise NoTurn(math.ceil((end - latest).total_seconds()))
    return max(0, math.ceil((end - now - each * (limit.free + 1)).total_seconds()))


def _key(limit: Limit | TurnLimit, value: str) -> bytes:
    key = f"controversies.accounts.throttle {settings.SECRET_KEY}".encode()
    return hmac.digest(key, f"{limit.kind}\0{value}".encode(errors="replace"), hashlib.sha256)


def _warn(request: HttpRequest, limit: Limit, seconds: int) -> None:
    """Log a refused attempt, and write to the administrators, at most once an hour."""
    network = sender_network(request)
    log_event(
        "login-throttled",
        level=logging.WARNING,
        limit=limit.kind,
        network=network_of(client_address(request)),
        seconds=seconds,
    )
    LOGINS.labels("throttled").inc()
    if _count_one(_WARNING, ""):
        return
    administrators = get_user_model()._default_manager.filter(is_superuser=True, is_active=True)
    subject = _("%(site)s: somebody is guessing passwords") % {"site": settings.SITE_NAME}
    text = render_to_string(
        "mail/throttled.txt",
        {"limit": limit.kind, "network": network, "site": settings.SITE_NAME, "time": timezone.now()},
    )
    for address in administrators.exclude(email="").values_list("email", flat=True):
        try:
            EmailMessage(" ".join(subject.split())[:200], text, to=[address]).send()
        except Exception:
            logger.exception("An e-mail about throttled log-ins could not be sent.")


def forget_old(now: datetime.datetime) -> int:
    """Delete counts that no longer matter; return how many."""
    deleted, _each = LoginThrottle.objects.filter(time__lt=now - datetime.timedelta(seconds=DAY)).delete()
    return deleted
