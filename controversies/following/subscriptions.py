"""Subscriptions by e-mail: requested by anybody, confirmed and ended by the owner of the address, forgotten in time.

A request answers the same whether an address is known or not, and sends one e-mail to it in any case. E-mails to one
mailbox are counted (`accounts.throttle`), so that nobody can have a stranger's flooded: what comes too soon waits, and
all that waits for one address is asked for in one e-mail.
"""

import datetime
import hmac
import re
import secrets

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from controversies.models import Arrival, DigestPace, Subscription

from . import addresses
from .subjects import FollowSubject

UNCONFIRMED_DAYS = 7  # after that, a request that nobody has confirmed is deleted
REFUSED_DAYS = 30  # …and an address that has refused every e-mail since then
DEFERRED_DAYS = 90  # …or for which the mail server has taken none since then
MOST_REQUESTS = 20  # of one address that wait to be confirmed; further ones are passed over
MOST_FOLLOWED = 500  # of one address
_TOKEN = re.compile(r"([A-Za-z0-9_-]{12})-([A-Za-z0-9_-]{32})")
_HOUR, _MONDAY = 6, 0  # digests are due at six in the morning, in UTC; weekly ones on Mondays


def next_due(pace: str, now: datetime.datetime) -> datetime.datetime:
    """Return the time of the next digest after `now`."""
    due = now.astimezone(datetime.UTC).replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    if due <= now:
        due += datetime.timedelta(days=1)
    if pace == DigestPace.WEEKLY:
        due += datetime.timedelta(days=(_MONDAY - due.weekday()) % 7)
    return due


@transaction.atomic
def request_subscription(
    subject: FollowSubject, address: str, *, pace: str, language: str, wait: int = 0
) -> None:
    """Note that somebody asks for e-mails about a subject; its owner is asked by e-mail to confirm it.

    `address` is normalised; the e-mail has to `wait` for so many seconds (`throttle.reserve_follow_mail`). What is
    confirmed already is asked for again: then another pace or language takes effect.
    """
    now, known = timezone.now(), addresses.digests(address)
    rows = list(Subscription.objects.filter(digest__in=known).select_for_update().order_by("pk"))
    row = next((each for each in rows if (each.type, each.key) == (subject.type, subject.key)), None)
    if row is None:
        unconfirmed = sum(each.confirmed_at is None for each in rows)
        if unconfirmed >= MOST_REQUESTS or len(rows) >= MOST_FOLLOWED:
            return
        row = Subscription(
            type=subject.type,
            key=subject.key,
            address=addresses.encrypt(address),
            digest=rows[0].digest if rows else known[0],
            handle=rows[0].handle if rows else secrets.token_urlsafe(9),
            secret=rows[0].secret if rows else secrets.token_urlsafe(24),
        )
    row.asked_at, row.asked_pace, row.asked_language = now, pace, language
    row.ask_at = row.ask_at or now + datetime.timedelta(seconds=wait)
    if row.pk is None:
        Subscription.objects.bulk_create([row], ignore_conflicts=True)  # a second click at this very moment
    else:
        row.save(update_fields=["asked_at", "asked_pace", "asked_language", "ask_at"])


def find(token: str) -> list[Subscription]:
    """Return what the owner of a link follows or is asked to confirm; [] if the link is none of ours, or no more."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return []
    handle, secret = match.groups()
    rows = Subscription.objects.filter(handle=handle)
    owned = {bytes(row.digest) for row in rows if hmac.compare_digest(row.secret, secret)}
    return list(Subscription.objects.filter(digest__in=owned).order_by("pk"))


@transaction.atomic
def confirm(token: str, number: str) -> None:
    """Begin to follow what was asked for, given its number; nothing happens if it was confirmed before, or is gone."""
    row = _reload(token, number)
    if row is None or row.asked_at is None:
        return
    now = timezone.now()
    if row.confirmed_at is None:
        row.confirmed_at, row.arrival = now, newest_arrival()
    row.pace, row.language, row.due_at = row.asked_pace, row.asked_language, next_due(row.asked_pace, now)
    row.asked_at, row.asked_pace, row.asked_language, row.ask_at = None, "", "", None
    row.save()


def _reload(token: str, number: str) -> Subscription | None:
    """Reload one of the subscriptions of a link, with a row lock; None if it is gone."""
    keys = [row.pk for row in find(token) if str(row.pk) == number]
    return Subscription.objects.select_for_update().filter(pk__in=keys).first()


def leave(token: str, number: str | None = None) -> None:
    """Delete one subscription of a link, or all of them: the address, with the last one."""
    rows = find(token)
    keys = [row.pk for row in rows if number in (None, str(row.pk))]
    Subscription.objects.filter(pk__in=keys).delete()


def newest_arrival() -> int:
    """Return the position of the newest arrival, 0 before the first."""
    return Arrival.objects.order_by("-position").values_list("position", flat=True).first() or 0


def forget_addresses(now: datetime.datetime) -> int:
    """Delete what nobody has confirmed in time, and addresses that refuse e-mail; return the number of rows."""
    old = now - datetime.timedelta(days=UNCONFIRMED_DAYS)
    Subscription.objects.filter(asked_at__lte=old, confirmed_at__isnull=False).update(
        asked_at=None, asked_pace="", asked_language="", ask_at=None
    )
    refused = now - datetime.timedelta(days=REFUSED_DAYS)
    deferred = now - datetime.timedelta(days=DEFERRED_DAYS)
    useless = (
        Q(asked_at__lte=old, confirmed_at=None) | Q(refused_at__lte=refused) | Q(deferred_at__lte=deferred)
    )
    return Subscription.objects.filter(useless).delete()[0]
