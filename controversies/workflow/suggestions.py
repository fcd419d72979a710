"""Suggestions of readers without an account: accept them within limits, use or decline them, delete personal data.

Nobody is turned away: who sends many is slowed down, and so are their networks. All is counted in the database, so
that all workers share it and a restart resets nothing.
"""

import datetime
import hashlib
import hmac
import logging
import uuid
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import Aggregate, Count, Max, Q
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from controversies import history, rights
from controversies.document import labels, parse
from controversies.document.present import PageNames, name_with_title
from controversies.document.text import headline
from controversies.document.types import BLOCK_TYPES, BY_NAME, Block, Document, Head
from controversies.history.record import check_summary
from controversies.kit.accounts import Account
from controversies.kit.networks import network_of
from controversies.models import Controversy, Revision, Suggestion, SuggestionState

from . import notify

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class NetworkLimit:
    """A size of network, in bits of the address, and how many suggestions an hour it sends without being slowed down.

    `fresh` is how many if the smaller network that this one comes from has sent none: it takes many networks to slow
    down somebody who has sent nothing. Each further suggestion doubles the wait, up to `longest`.
    """

    column: str
    v4: int
    v6: int
    free: int
    fresh: int
    longest: datetime.timedelta


# What one person has, one site, and one provider.
LIMITS = (
    NetworkLimit("sender", 32, 64, free=5, fresh=5, longest=HOUR),
    NetworkLimit("sender_site", 24, 48, free=10, fresh=50, longest=datetime.timedelta(minutes=10)),
    NetworkLimit("sender_provider", 16, 32, free=50, fresh=500, longest=datetime.timedelta(minutes=5)),
)
WAIT = datetime.timedelta(minutes=1)  # for the first suggestion beyond a limit
HELD = HOUR  # a suggestion whose turn is later than this is not taken in yet
BUSY = (
    60  # suggestions an hour from everybody: beyond that, the first of a sender is free and the others wait
)
KEPT = datetime.timedelta(
    days=90
)  # after that, a suggestion that nobody has decided on loses its personal data
_NAMED = 120  # characters of a title or claim in the name of a block

logger = logging.getLogger(__name__)


class TooManySuggestions(Exception):
    """The sender's networks have sent so many that this one has to be sent again after `wait`; nothing was saved."""

    def __init__(self, wait: datetime.timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


class SuggestionDecided(Exception):
    """The suggestion is decided already; the text names the decider."""


# -- the block that a suggestion is about --


def suggestion_block(document: Document, block: str | None) -> Block | None:
    """The block of this key; the head without a key, for the whole page; None if the page has it no longer."""
    if block is None:
        return document.head
    part = document.by_key.get(block)
    return None if part is None or BLOCK_TYPES[type(part)].shared else part


def block_name(document: Document, block: str | None) -> str:
    """The name of the block, as in “Position B: Weights must stay open”."""
    if block is None:
        return _("The page as a whole")
    part = suggestion_block(document, block)
    if isinstance(part, Head):
        return _("Status")
    if part is None:
        return str(BY_NAME["context"].label)
    return name_with_title(PageNames(document).block(part), headline(part.display_name, _NAMED))


# -- readers --


def sender_digests(address: str) -> dict[str, bytes]:
    """Return keyed digests of the networks of an address by column, which reveal nothing without the key."""
    key = f"controversies.suggestions {settings.SECRET_KEY}".encode()
    networks = {limit.column: network_of(address, v4=limit.v4, v6=limit.v6) for limit in LIMITS}
    return {
        # A Unix socket or nothing is a network, too: all of those are one sender.
        column: hmac.digest(key, f"{column} {network}".encode(), hashlib.sha256)
        for column, network in networks.items()
    }


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
    """Save the suggestion of a reader of revision `number`, which is `document`. Raises TooManySuggestions.

    Editors see it at once, or, if the sender's networks have sent many, a while later. `key` is the suggestion's own,
    chosen when the form was drawn: with the same key again (a second click), the first suggestion is returned.
    `address` is the sender's, of which only digests are stored.
    """
    digests, now = sender_digests(address), timezone.now()
    _find_turn(digests, now)  # refuse a flood without waiting for the lock
    with transaction.atomic():
        with connection.cursor() as cursor:  # one at a time, or two could both be the last within a limit
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('controversies.suggest', 0))")
        known = Suggestion.objects.filter(pk=key).first()
        if known is not None:
            return known
        turn = _find_turn(digests, now)
        old = Suggestion.objects.filter(sender__isnull=False, created__lt=now - DAY)
        old.update(**dict.fromkeys(digests))
        with translation.override(settings.LANGUAGE_CODE):  # the desk's
            about = block_name(document, block)
        suggestion = Suggestion.objects.create(
            id=uuid.UUID(key),
            controversy_id=document.key,
            block=block,
            block_name=about,
            number=number,
            wrong=wrong,
            instead=instead,
            source=source,
            name=reader,
            credit=credit,
            email=email,
            language=translation.get_language() or settings.LANGUAGE_CODE,
            created=now,
            held_until=turn if turn > now else None,
            **digests,
        )
        notify.send_suggestion(suggestion)
        return suggestion


def _find_turn(digests: dict[str, bytes], now: datetime.datetime) -> datetime.datetime:
    """Return when editors are to see a suggestion from these networks. Raises TooManySuggestions; one query.

    What others send does not matter, however much it is: only that of the same networks, and whether the sender is new.
    """
    recent = Suggestion.objects.filter(created__gt=now - HOUR)
    counted: dict[str, Aggregate] = {"everybody": Count("pk")}
    for column, digest in digests.items():
        is_same = Q(**{column: digest})
        counted[f"{column}_count"] = Count("pk", filter=is_same)
        counted[f"{column}_turn"] = Max(Coalesce("held_until", "created"), filter=is_same)
    figures = recent.aggregate(**counted)
    turn, is_fresh = now, True
    for limit in LIMITS:
        count = figures[f"{limit.column}_count"]
        free = limit.fresh if is_fresh else limit.free
        if limit is LIMITS[0] and figures["everybody"] >= BUSY:
            free = 1
        if count >= free:
            wait = min(WAIT * 2 ** min(count - free, 20), limit.longest)
            turn = max(turn, figures[f"{limit.column}_turn"] + wait)
        is_fresh = not count
    if turn > now + HELD:
        raise TooManySuggestions(turn - now - HELD)
    return turn


# -- editors --


def change_reason(suggestion: Suggestion) -> str:
    """The ready-made reason for a change that follows a suggestion. It names the reader only at their request.

    It credits them with the suggestion, never with the words, which are the editor's.
    """
    block, _colon, _own = suggestion.block_name.partition(":")
    if suggestion.block is None:
        block = labels.block_name("head", "")
    if suggestion.credit:
        return _("%(block)s corrected after a suggestion by %(name)s, a reader.") % {
            "block": block,
            "name": suggestion.name,
        }
    return _("%(block)s corrected after a suggestion by a reader.") % {"block": block}


def mark_used(suggestion: Suggestion, *, editor: Account, revision: Revision) -> None:
    """Mark the suggestion as used in this revision, in the transaction that records it. Raises SuggestionDecided."""
    with transaction.atomic():
        suggestion = _reload(suggestion)
        if str(revision.controversy_id) != str(suggestion.controversy_id):
            raise ValueError("The suggestion is about another page.")
        suggestion.revision = revision.number
        _decide(suggestion, SuggestionState.USED, editor)


def decline(suggestion: Suggestion, *, editor: Account, answer: str) -> None:
    """Decline a suggestion for a reason. Raises SuggestionDecided, and InvalidDocument without a reason."""
    answer = check_summary(answer)
    if not answer:
        raise parse.InvalidDocument(
            [
                parse.Fault(
                    "answer",
                    _("Give a reason. It is kept, and sent to the reader if they asked for an answer."),
                )
            ]
        )
    with transaction.atomic():
        suggestion = _reload(suggestion)
        suggestion.answer = answer
        _decide(suggestion, SuggestionState.DECLINED, editor)


def _reload(suggestion: Suggestion) -> Suggestion:
    """Reload the suggestion with a row lock. Raises SuggestionDecided."""
    current = Suggestion.objects.select_for_update().get(pk=suggestion.pk)
    if not current.is_open:
        raise SuggestionDecided(_("%s has already decided on this suggestion.") % current.editor_name)
    return current


def _decide(suggestion: Suggestion, state: SuggestionState, editor: Account) -> None:
    rights.check_pages(editor, [suggestion.controversy_id])
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
        transaction.on_commit(partial(_send_answer, suggestion, address), robust=True)


def _send_answer(suggestion: Suggestion, address: str) -> None:
    """E-mail the decision to the reader, in their language. A failure is logged and stops nothing."""
    try:
        page = Controversy.objects.get(pk=suggestion.controversy_id)
        with translation.override(suggestion.language or settings.LANGUAGE_CODE):
            subject = _("Your suggestion for “%s”") % page.title
            text = render_to_string(
                "mail/suggestion.txt",
                {
                    "suggestion": suggestion,
                    "about": _reader_block_name(suggestion),
                    "title": page.title,
                    "site": settings.SITE_NAME,
                    "url": settings.SITE_URL + page.get_absolute_url(),
                },
            )
        headers = {"Auto-Submitted": "auto-generated"}
        EmailMessage(" ".join(subject.split())[:200], text, to=[address], headers=headers).send()
    except Exception as error:  # neither its text nor its traceback, which may have the address
        reason = f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()
        logger.error("The answer to suggestion %s could not be sent: %s", suggestion.pk, reason)


def _reader_block_name(suggestion: Suggestion) -> str:
    """The name of the block in the active language, as the reader saw it."""
    if translation.get_language() == settings.LANGUAGE_CODE:
        return suggestion.block_name
    reading = history.at(str(suggestion.controversy_id), suggestion.number)
    if reading is None:
        return suggestion.block_name
    return block_name(reading.document, str(suggestion.block) if suggestion.block else None)


# -- personal data --


def forget_readers(now: datetime.datetime | None = None) -> tuple[int, int]:
    """Delete personal data: digests of senders after a day, names and addresses in undecided suggestions after 90.

    A name that its owner wants to have published stays. Returns the numbers of digests and of readers forgotten.
    """
    now = now or timezone.now()
    with transaction.atomic():
        senders = Suggestion.objects.filter(sender__isnull=False, created__lte=now - DAY)
        digests = senders.update(**dict.fromkeys(limit.column for limit in LIMITS))
        old = Suggestion.objects.filter(created__lte=now - KEPT)
        personal = old.exclude(email="") | old.filter(credit=False).exclude(name="")
        suggestions = Suggestion.objects.filter(pk__in=list(personal.values_list("pk", flat=True)))
        readers = suggestions.update(email="")
        suggestions.filter(credit=False).update(name="")
    return digests, readers
