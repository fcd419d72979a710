"""Sending e-mails to readers: requests to confirm, and digests that are due.

That an e-mail was sent is written down in the transaction in which the mail server took it, so what fails is sent again
later, two workers never send the same one, and a worker that is killed meanwhile causes one e-mail to be sent twice at
most. Logs, metrics and errors have no address.
"""

import datetime
import enum
import logging
import smtplib
from collections.abc import Callable
from contextlib import closing
from time import monotonic

from django.core.mail import EmailMessage, mailers
from django.db import DatabaseError, transaction
from django.db.models import Min, QuerySet
from django.tasks import task
from django.utils import timezone, translation

from controversies.accounts import throttle
from controversies.checks.worker import is_silent, show_life
from controversies.kit.metrics import FOLLOW_MAILS
from controversies.models import DigestPace, Subscription

from . import addresses, digests, subscriptions
from .changes import ChangeWindow

RETRY = datetime.timedelta(minutes=10)  # after an e-mail that could not be sent
WAIT_FOR_KEY = datetime.timedelta(hours=1)
SECONDS = 50  # of one run: the next one begins after 60
PATIENCE = 10  # seconds, where a reader waits for the page meanwhile
BATCH = 200  # addresses that are looked at together
MOST_FAILURES = 3  # in a row; then the mail server is left alone until the next run
_PERMANENT = 500  # replies of mail servers from here on will not change

logger = logging.getLogger(__name__)


class MailOutcome(enum.Enum):
    """The result of sending an e-mail. Of the last two, another attempt follows."""

    DELIVERED = "success"
    FAILED = "failure"
    REFUSED = "refused"  # the mail server will not send to this address


class Mailer:
    """The connection to the mail server for one run, for as long as that may last."""

    def __init__(self, seconds: float) -> None:
        self._backend = mailers.default
        self._failures = 0
        self._end = monotonic() + seconds

    @property
    def is_done(self) -> bool:
        """Whether the rest has to wait for the next run."""
        return self._failures >= MOST_FAILURES or monotonic() >= self._end

    def send(self, compose: Callable[[], EmailMessage | None]) -> MailOutcome | None:
        """Write and send an e-mail; return None if there is nothing to send."""
        try:
            mail = compose()
            if mail is None:
                return None
            self._backend.open()
            outcome = MailOutcome.DELIVERED if self._backend.send_messages([mail]) else MailOutcome.FAILED
        except DatabaseError:
            raise
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _text in error.recipients.values()]
            is_permanent = all(code >= _PERMANENT for code in codes)
            outcome = MailOutcome.REFUSED if is_permanent else MailOutcome.FAILED
            logger.warning("The mail server refuses a reader's address: %s", codes)
        except Exception as error:
            # Neither the error's text nor its traceback, which may have the address.
            reason = f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()
            logger.error("An e-mail to a reader could not be sent and is tried again: %s", reason)
            outcome = MailOutcome.FAILED
        if outcome == MailOutcome.FAILED:
            self.close()  # whatever state it is in
        self._failures = self._failures + 1 if outcome == MailOutcome.FAILED else 0
        FOLLOW_MAILS.labels(outcome.value).inc()
        return outcome

    def close(self) -> None:
        """Close the connection."""
        self._backend.close()


@task
def send_follow_mails() -> None:
    """Send what is due to readers, every minute."""
    show_life()
    deliver()


def deliver(seconds: float = SECONDS) -> None:
    """Send what is due for so long at most: requests to confirm first, for somebody waits for those."""
    now = timezone.now()
    subscriptions.forget_addresses(now)
    with closing(Mailer(seconds / 2)) as mailer:
        _send_requests(mailer)
    with closing(Mailer(seconds / 2)) as mailer:
        _send_digests(mailer, now)


def request_without_worker() -> None:
    """Send requests to confirm if no worker runs that would."""
    if is_silent():
        with closing(Mailer(PATIENCE)) as mailer:
            _send_requests(mailer)


# -- requests to confirm --


def _send_requests(mailer: Mailer) -> None:
    tried: set[bytes] = set()  # another worker may be at work on one of them
    while not mailer.is_done:
        now = timezone.now()
        due = Subscription.objects.filter(ask_at__lte=now).order_by("ask_at", "digest")
        batch = _untried(due, tried)
        if not batch:
            break
        for digest in batch:
            if mailer.is_done:
                break
            _send_request(mailer, digest, now)


@transaction.atomic
def _send_request(mailer: Mailer, digest: bytes, now: datetime.datetime) -> None:
    """Ask an address to confirm what was requested for it, in one e-mail, unless it has had too many."""
    rows = _lock(Subscription.objects.filter(digest=digest, ask_at__lte=now))
    address = _address_of(rows)
    if address is None:
        return
    changed = Subscription.objects.filter(pk__in=[row.pk for row in rows])
    mailbox = addresses.mailbox(address)
    seconds = throttle.count_follow_mail(mailbox)
    if seconds:
        changed.update(ask_at=now + datetime.timedelta(seconds=seconds))
        return
    with translation.override(rows[-1].asked_language):
        outcome = mailer.send(lambda: digests.compose_request(rows, address))
    if outcome in (MailOutcome.FAILED, MailOutcome.REFUSED):
        throttle.forget_follow_mail(mailbox)
        changed.update(ask_at=now + RETRY)
    else:
        changed.update(ask_at=None)


# -- digests --


def _send_digests(mailer: Mailer, now: datetime.datetime) -> None:
    """Send the digests that are due. All that have nothing to tell are put off by one query for many."""
    due = Subscription.objects.filter(due_at__lte=now)
    end = subscriptions.newest_arrival()
    start = due.aggregate(start=Min("arrival"))["start"]
    if start is None:
        return
    window, tried = ChangeWindow(start, end, now), set[bytes]()
    while not mailer.is_done:
        batch = _untried(due.order_by("due_at", "digest"), tried)
        if not batch:
            break
        rows = due.filter(digest__in=batch).order_by("due_at", "digest").defer("address")
        eventful = dict.fromkeys(bytes(row.digest) for row in rows if window.places(row))
        _put_off(due.filter(digest__in=[each for each in batch if each not in eventful]), end, now)
        for digest in eventful:
            if mailer.is_done:
                break
            _send_digest(mailer, digest, window, now)


@transaction.atomic
def _send_digest(mailer: Mailer, digest: bytes, window: ChangeWindow, now: datetime.datetime) -> None:
    """Send one address the changes of all that it follows and that is due, unless another worker does so just now."""
    rows = _lock(Subscription.objects.filter(digest=digest, due_at__lte=now))
    address = _address_of(rows)
    if address is None:
        return
    changed = Subscription.objects.filter(pk__in=[row.pk for row in rows])
    with translation.override(rows[-1].language):
        outcome = mailer.send(lambda: digests.compose_digest(rows, window, address))
    if outcome == MailOutcome.FAILED:
        changed.update(due_at=now + RETRY)
    elif outcome == MailOutcome.REFUSED:
        changed.filter(refused_at=None).update(refused_at=now)
        for pace in DigestPace:
            changed.filter(pace=pace).update(due_at=subscriptions.next_due(pace, now))
    else:
        _put_off(changed, window.end, now)
        if outcome == MailOutcome.DELIVERED:
            changed.update(refused_at=None)


def _untried(due: QuerySet[Subscription], tried: set[bytes]) -> list[bytes]:
    """Return the next addresses, by their digests, and note them: what another worker is at work on stays due."""
    batch = dict.fromkeys(bytes(each) for each in due.values_list("digest", flat=True)[:BATCH])
    fresh = [digest for digest in batch if digest not in tried]
    tried.update(fresh)
    return fresh


def _put_off(rows: QuerySet[Subscription], end: int, now: datetime.datetime) -> None:
    """Have these told of all up to an arrival, and due again at their next time."""
    for pace in DigestPace:
        rows.filter(pace=pace).update(arrival=end, due_at=subscriptions.next_due(pace, now))


def _lock(rows: QuerySet[Subscription]) -> list[Subscription]:
    """Load subscriptions with row locks, without those on which another worker is at work."""
    return list(rows.order_by("pk").select_for_update(skip_locked=True))


def _address_of(rows: list[Subscription]) -> str | None:
    """Return the address of these rows, encrypted again if it was with an earlier key; None without rows.

    What no key of today reads waits: whoever runs the site may have mistaken the key. In the end it is deleted.
    """
    if not rows:
        return None
    try:
        address = addresses.decrypt(rows[0].address)
    except addresses.LostAddress:
        now, lost = timezone.now(), Subscription.objects.filter(digest=bytes(rows[0].digest))
        lost.filter(refused_at=None, confirmed_at__isnull=False).update(refused_at=now)
        lost.filter(due_at__lte=now).update(due_at=now + WAIT_FOR_KEY)
        lost.filter(ask_at__lte=now).update(ask_at=now + WAIT_FOR_KEY)
        logger.error(
            "The address of a subscription cannot be read: add the former SECRET_KEY to SECRET_KEY_FALLBACKS."
        )
        return None
    if bytes(rows[0].digest) != addresses.digests(address)[0]:
        Subscription.objects.filter(digest=bytes(rows[0].digest)).update(
            digest=addresses.digests(address)[0], address=addresses.encrypt(address)
        )
    return address
