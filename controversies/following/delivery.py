"""Sending e-mails to readers: requests to confirm, and digests that are due.

That an e-mail was sent is written down in the transaction in which the mail server took it, so what fails is sent again
later, two workers never send the same one, and a worker that is killed meanwhile causes one e-mail to be sent twice at
most. Logs, metrics and errors have no address.
"""

import datetime
import enum
import logging
import smtplib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from time import monotonic

from django.core.mail import EmailMessage, mailers
from django.db import DatabaseError, transaction
from django.db.models import Exists, Min, OuterRef, QuerySet
from django.tasks import task
from django.utils import timezone, translation

from controversies.accounts import throttle
from controversies.checks.worker import is_silent, show_life
from controversies.kit.keyset import Keyset
from controversies.kit.metrics import FOLLOW_MAILS
from controversies.models import DigestPace, Subscription

from . import addresses, digests, subscriptions
from .changes import ChangeWindow

RETRY = datetime.timedelta(minutes=10)  # after an e-mail that could not be sent
LONGEST = datetime.timedelta(days=1)  # …to an address for which the mail server takes nothing at present
WAIT_FOR_KEY = datetime.timedelta(hours=1)
SECONDS = 50  # of one run: the next one begins after 60
PATIENCE = 10  # seconds, where a reader waits for the page meanwhile
BATCH = 1000  # subscriptions that are looked at together
_CHUNK = 2000  # rows that are read at a time
# So many in a row, and the mail server is left alone until the next run: that could not be sent at all; that it did
# not take for their addresses.
MOST_FAILURES, MOST_REFUSALS = 3, 20
_PERMANENT = 500  # replies of mail servers from here on will not change
_CLOSING = 421  # the server hangs up
_POLICY = b"5.7."  # …unless they are about the sender (RFC 3463)

logger = logging.getLogger(__name__)


class MailOutcome(enum.Enum):
    """The result of sending an e-mail. After all but the first, another attempt follows."""

    DELIVERED = "success"
    FAILED = "failure"
    DEFERRED = "deferred"  # the mail server takes it for others, not for this address at present
    REFUSED = "refused"  # …and not later either


class Mailer:
    """The connection to the mail server for one run. `end` is when the run is over, by `monotonic()`."""

    def __init__(self, end: float) -> None:
        self._backend = mailers.default
        self._failures = self._refusals = 0
        self._end = end

    @property
    def is_done(self) -> bool:
        """Whether the rest has to wait for the next run."""
        return self._failures >= MOST_FAILURES or self._refusals >= MOST_REFUSALS or monotonic() >= self._end

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
            outcome = _refusal(list(error.recipients.values()))
        except smtplib.SMTPDataError as error:
            outcome = _refusal([(error.smtp_code, _POLICY)])
        except Exception as error:
            # Neither the error's text nor its traceback, which may have the address.
            reason = f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()
            logger.error("An e-mail to a reader could not be sent and is tried again: %s", reason)
            outcome = MailOutcome.FAILED
        if outcome == MailOutcome.FAILED:
            self.close()  # whatever state it is in
        self._failures = self._failures + 1 if outcome == MailOutcome.FAILED else 0
        is_refusal = outcome in (MailOutcome.DEFERRED, MailOutcome.REFUSED)
        self._refusals = self._refusals + 1 if is_refusal else 0
        FOLLOW_MAILS.labels(outcome.value).inc()
        return outcome

    def close(self) -> None:
        """Close the connection."""
        self._backend.close()


def _refusal(replies: list[tuple[int, bytes]]) -> MailOutcome:
    """Return the outcome of these replies (code, text) of a mail server that did not take an e-mail."""
    codes = [code for code, _text in replies]
    logger.warning("The mail server does not take an e-mail for a reader: %s", codes)
    if _CLOSING in codes:
        return MailOutcome.FAILED
    if all(code >= _PERMANENT and not text.startswith(_POLICY) for code, text in replies):
        return MailOutcome.REFUSED
    return MailOutcome.DEFERRED


@task
def send_follow_mails() -> None:
    """Send what is due to readers, every minute."""
    show_life()
    deliver()


def deliver(seconds: float = SECONDS) -> None:
    """Send what is due for so long at most: requests to confirm first, for somebody waits for those."""
    now, start = timezone.now(), monotonic()
    subscriptions.forget_addresses(now)
    with closing(Mailer(start + seconds / 2)) as mailer:
        _send_requests(mailer)
    with closing(Mailer(start + seconds)) as mailer:
        _send_digests(mailer, now)


def request_without_worker() -> None:
    """Send requests to confirm if no worker runs that would."""
    if is_silent():
        with closing(Mailer(monotonic() + PATIENCE)) as mailer:
            _send_requests(mailer)


# -- requests to confirm --


def _send_requests(mailer: Mailer) -> None:
    now = timezone.now()
    for batch in _batches(Subscription.objects.filter(ask_at__lte=now), "ask_at"):
        for digest in _readable(batch, now):
            if mailer.is_done:
                return
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
    if outcome in (None, MailOutcome.DELIVERED):
        changed.update(ask_at=None, deferred_at=None)
        return
    throttle.forget_follow_mail(mailbox)
    if outcome == MailOutcome.FAILED:
        changed.update(ask_at=now + RETRY)
    else:
        changed.update(ask_at=now + _defer(changed, rows, now))


# -- digests --


def _send_digests(mailer: Mailer, now: datetime.datetime) -> None:
    """Send the digests that are due. All that have nothing to tell are put off by one query for many."""
    due = Subscription.objects.filter(due_at__lte=now)
    end = subscriptions.newest_arrival()
    start = due.aggregate(start=Min("arrival"))["start"]
    if start is None:
        return
    writer = digests.DigestWriter(ChangeWindow(start, end))
    for batch in _batches(due, "due_at"):
        followed = due.filter(digest__in=batch).values_list("digest", "type", "key", "arrival")
        eventful = {
            bytes(digest)
            for digest, subject_type, key, arrival in followed.iterator(_CHUNK)
            if writer.window.changes(subject_type, key, arrival or 0)
        }
        _put_off(due.filter(digest__in=[each for each in batch if each not in eventful]), end, now)
        if mailer.is_done:
            return
        for digest in _readable([each for each in batch if each in eventful], now):
            if mailer.is_done:
                return
            _send_digest(mailer, digest, writer, now)


@transaction.atomic
def _send_digest(mailer: Mailer, digest: bytes, writer: digests.DigestWriter, now: datetime.datetime) -> None:
    """Send one address the changes of all that it follows and that is due, unless another worker does so just now."""
    rows = _lock(Subscription.objects.filter(digest=digest, due_at__lte=now))
    address = _address_of(rows)
    if address is None:
        return
    changed = Subscription.objects.filter(pk__in=[row.pk for row in rows])
    paces = sorted({row.pace for row in rows})
    with translation.override(rows[-1].language):
        outcome = mailer.send(lambda: writer.compose(rows, address))
    if outcome is None:
        _put_off(changed, writer.window.end, now, paces)
    elif outcome == MailOutcome.DELIVERED:
        _put_off(changed, writer.window.end, now, paces, refused_at=None, deferred_at=None)
    elif outcome == MailOutcome.FAILED:
        changed.update(due_at=now + RETRY)
    elif outcome == MailOutcome.DEFERRED:
        changed.update(due_at=now + _defer(changed, rows, now))
    else:
        since = min((row.refused_at for row in rows if row.refused_at), default=now)
        for pace in paces:  # after twice as long each time, so that a dead mailbox is written to five times
            later = subscriptions.next_due(pace, now + (now - since))
            changed.filter(pace=pace).update(due_at=later, refused_at=since)


def _batches(due: QuerySet[Subscription], field: str) -> Iterator[list[bytes]]:
    """Walk what is due in the order of a field; yield the digests of the addresses, BATCH at most at a time.

    The walk never goes back: what another worker is at work on stays due, and is none of this run's business.
    """
    beyond, keyset = due, Keyset((field, "digest"))
    while rows := list(beyond.order_by(field, "digest").values_list(field, "digest")[:BATCH]):
        yield list(dict.fromkeys(bytes(digest) for _time, digest in rows))
        beyond = due.filter(keyset.beyond(rows[-1]))


def _put_off(
    rows: QuerySet[Subscription],
    end: int,
    now: datetime.datetime,
    paces: Iterable[str] = tuple(DigestPace),
    **values: None,
) -> None:
    """Have these told of all up to an arrival, and due again at their next time."""
    for pace in paces:
        rows.filter(pace=pace).update(arrival=end, due_at=subscriptions.next_due(pace, now), **values)


def _defer(
    changed: QuerySet[Subscription], rows: list[Subscription], now: datetime.datetime
) -> datetime.timedelta:
    """Note since when the mail server takes nothing for an address; return how long to wait, longer each time."""
    since = min((row.deferred_at for row in rows if row.deferred_at), default=now)
    changed.filter(deferred_at=None).update(deferred_at=since)
    return min(max(RETRY, now - since), LONGEST)


def _lock(rows: QuerySet[Subscription]) -> list[Subscription]:
    """Load subscriptions with row locks, without those on which another worker is at work."""
    return list(rows.order_by("pk").select_for_update(skip_locked=True))


def _readable(batch: list[bytes], now: datetime.datetime) -> list[bytes]:
    """Return those of these addresses that can be read; the others wait.

    Whoever runs the site may have mistaken the key. In the end they are deleted.
    """
    rows = Subscription.objects.filter(digest__in=batch).order_by("digest", "pk").distinct("digest")
    lost = [
        bytes(digest)
        for digest, address in rows.values_list("digest", "address")
        if not addresses.is_readable(address)
    ]
    if not lost:
        return batch
    unreadable = Subscription.objects.filter(digest__in=lost)
    unreadable.filter(refused_at=None, confirmed_at__isnull=False).update(refused_at=now)
    unreadable.filter(due_at__lte=now).update(due_at=now + WAIT_FOR_KEY)
    unreadable.filter(ask_at__lte=now).update(ask_at=now + WAIT_FOR_KEY)
    logger.error(
        "The addresses of %s readers cannot be read: add the former SECRET_KEY to SECRET_KEY_FALLBACKS.",
        len(lost),
    )
    return [digest for digest in batch if digest not in lost]


def _address_of(rows: list[Subscription]) -> str | None:
    """Return the address of these rows, encrypted again if it was with an earlier key; None without rows."""
    if not rows:
        return None
    try:
        address = addresses.decrypt(rows[0].address)
    except addresses.LostAddress:  # another process, with a newer key, has encrypted it again meanwhile
        return None
    former, current = bytes(rows[0].digest), addresses.digests(address)[0]
    if former != current:
        _forget_twice(former, current)
        Subscription.objects.filter(digest=former).update(digest=current, address=addresses.encrypt(address))
    return address


def _forget_twice(former: bytes, current: bytes) -> None:
    """Delete one of two subscriptions to the same, which nobody could tell while the key was lost.

    A subscription that waits for its owner goes rather than one that is confirmed.
    """
    rows = Subscription.objects.filter(type=OuterRef("type"), key=OuterRef("key"))
    Subscription.objects.filter(
        Exists(rows.filter(digest=former)), digest=current, confirmed_at=None
    ).delete()
    Subscription.objects.filter(Exists(rows.filter(digest=current)), digest=former).delete()
