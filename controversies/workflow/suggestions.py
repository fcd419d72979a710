"""What readers without an account say should be put right: taken in, limited, used or declined, forgotten.

The limits are counted in the database, so that all workers share them and a restart forgets nothing.
"""

import datetime
import hashlib
import hmac
import ipaddress
import logging
import uuid
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies import history
from controversies.document import labels, parse
from controversies.document.present import PageNames
from controversies.document.types import Context, Document, Head, Point, Position
from controversies.history.record import check_summary
from controversies.models import Controversy, Revision, Suggestion, SuggestionState

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
FROM_ONE_SENDER = 5  # suggestions an hour from one address
FROM_ALL = 60  # …and from everybody together
KEPT = datetime.timedelta(
    days=90
)  # how long a suggestion that nobody decides on keeps what tells who sent it
_NAMED = 120  # characters of a block's own words in its name

logger = logging.getLogger(__name__)


class TooMany(Exception):
    """A limit is met; nothing was kept. `everybody` tells whether it is that of all readers together."""

    def __init__(self, *, everybody: bool) -> None:
        super().__init__(everybody)
        self.everybody = everybody


class Decided(Exception):
    """Somebody has decided on the suggestion already; the text says who."""


# -- what a suggestion is about --


def part(document: Document, block: str | None) -> Any:
    """The block of the page that a suggestion is about: its head for the whole page; None if it is no longer there."""
    if block is None:
        return document.head
    found = document.by_key.get(block)
    return found if isinstance(found, Head | Context | Point | Position) else None


def name(document: Document, block: str | None) -> str:
    """The block in words, as in “Position B: Weights must stay open”."""
    if block is None:
        return _("The page as a whole")
    found = part(document, block)
    if isinstance(found, Head):
        return _("State of the dispute")
    if found is None:
        return _("Context")
    title = found.display_name
    title = title if len(title) <= _NAMED else title[: _NAMED - 1].rstrip() + "…"
    return PageNames(document).block_with_title(found, title)


# -- taking it in --


def sender(address: str) -> bytes:
    """A keyed digest that is the same for the same address, and tells nobody without the key which it is.

    Of an IPv6 address, only the network counts: whoever has one address there has all of them.
    """
    try:
        known = ipaddress.ip_address(address.strip())
        if isinstance(known, ipaddress.IPv6Address):
            known = known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False).network_address
        address = str(known)
    except ValueError:
        pass  # a socket's, or nothing: all of those share one limit
    key = f"controversies.suggestions {settings.SECRET_KEY}".encode()
    return hmac.digest(key, address.encode(errors="replace"), hashlib.sha256)


def suggest(
    document: Document,
    *,
    key: str,
    block: str | None,
    number: int,
    address: str,
    wrong: str,
    instead: str = "",
    source: str = "",
    reader: str = "",
    credit: bool = False,
    email: str = "",
) -> Suggestion:
    """Keep what a reader of revision `number`, which is `document`, says. Raises TooMany.

    `key` is the suggestion's own, chosen when the form was drawn: the same once more (a second click) is the one
    that there is. `address` is the sender's, of which only a digest is kept.
    """
    who, now = sender(address), timezone.now()
    _check_limits(who, now)  # so that a flood is turned away without waiting in line
    with transaction.atomic():
        with connection.cursor() as cursor:  # one at a time, or two would both be the last that is let in
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('controversies.suggest', 0))")
        known = Suggestion.objects.filter(pk=key).first()
        if known is not None:
            return known
        _check_limits(who, now)
        Suggestion.objects.filter(sender__isnull=False, created__lt=now - DAY).update(sender=None)
        return Suggestion.objects.create(
            id=uuid.UUID(key),
            controversy_id=document.key,
            block=block,
            block_name=name(document, block),
            number=number,
            wrong=wrong,
            instead=instead,
            source=source,
            name=reader,
            credit=credit,
            email=email,
            sender=who,
            created=now,
        )


def _check_limits(who: bytes, now: datetime.datetime) -> None:
    lately = Suggestion.objects.filter(created__gt=now - HOUR)
    if lately.filter(sender=who).count() >= FROM_ONE_SENDER:
        raise TooMany(everybody=False)
    if lately.count() >= FROM_ALL:
        raise TooMany(everybody=True)


# -- deciding --


def reason(suggestion: Suggestion) -> str:
    """The ready-made reason for a change that follows it; names the reader only if they asked for it.

    It credits them with the suggestion, never with the words: those are the editor's.
    """
    block, _colon, _own = suggestion.block_name.partition(":")
    what = labels.block_name("head", "") if suggestion.block is None else block
    if suggestion.credit:
        return _("%(block)s corrected after a suggestion by %(name)s, a reader.") % {
            "block": what,
            "name": suggestion.name,
        }
    return _("%(block)s corrected after a suggestion by a reader.") % {"block": what}


def use(suggestion: Suggestion, *, editor: Any, revision: Revision) -> None:
    """Mark that this revision does what it says; to be called in the transaction that records it. Raises Decided."""
    with transaction.atomic():
        suggestion = _lock(suggestion)
        if str(revision.controversy_id) != str(suggestion.controversy_id):
            raise ValueError("The suggestion is about another page.")
        suggestion.revision = revision.number
        _decide(suggestion, SuggestionState.USED, editor)


def decline(suggestion: Suggestion, *, editor: Any, answer: str) -> None:
    """Say no, and why. Raises Decided, and InvalidDocument without a reason."""
    answer = check_summary(answer)
    if not answer:
        raise parse.InvalidDocument(
            [parse.Fault("answer", _("Say why: it is kept, and told to the reader who asked for an answer."))]
        )
    with transaction.atomic():
        suggestion = _lock(suggestion)
        suggestion.answer = answer
        _decide(suggestion, SuggestionState.DECLINED, editor)


def _lock(suggestion: Suggestion) -> Suggestion:
    """It as it is now, with nobody else deciding on it until COMMIT. Raises Decided."""
    now = Suggestion.objects.select_for_update().get(pk=suggestion.pk)
    if not now.is_open:
        raise Decided(_("%s has decided on this suggestion already.") % now.editor_name)
    return now


def _decide(suggestion: Suggestion, state: SuggestionState, editor: Any) -> None:
    address = suggestion.email
    suggestion.state = state
    suggestion.editor = editor
    suggestion.editor_name = history.public_name(editor)
    suggestion.decided_at = max(timezone.now(), suggestion.created)
    suggestion.email = ""
    if not suggestion.credit:
        suggestion.name = ""
    suggestion.save()
    if address:
        transaction.on_commit(partial(_tell, suggestion, address), robust=True)


def _tell(suggestion: Suggestion, address: str) -> None:
    """Tell the reader what became of it; that this fails is no reason for anything else to fail."""
    try:
        page = Controversy.objects.get(pk=suggestion.controversy_id)
        subject = _("Your suggestion for “%s”") % page.title
        words = render_to_string(
            "mail/suggestion.txt",
            {
                "suggestion": suggestion,
                "title": page.title,
                "site": settings.SITE_NAME,
                "url": settings.SITE_URL + page.get_absolute_url(),
            },
        )
        EmailMessage(" ".join(subject.split())[:200], words, to=[address]).send()
    except Exception:
        logger.exception("A reader could not be told what became of suggestion %s.", suggestion.pk)


# -- forgetting --


def forget(now: datetime.datetime | None = None) -> tuple[int, int]:
    """Remove what tells who sent a suggestion: digests after a day, names and addresses of the undecided after 90.

    A name that its owner wants to see published stays. Gives how many digests and how many readers were forgotten.
    """
    now = now or timezone.now()
    with transaction.atomic():
        digests = Suggestion.objects.filter(sender__isnull=False, created__lte=now - DAY).update(sender=None)
        old = Suggestion.objects.filter(created__lte=now - KEPT)
        told = old.exclude(email="") | old.filter(credit=False).exclude(name="")
        keys = list(told.values_list("pk", flat=True))
        found = Suggestion.objects.filter(pk__in=keys)
        readers = found.update(email="")
        found.filter(credit=False).update(name="")
    return digests, readers
