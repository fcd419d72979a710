"""Requests for checks, by those who save a page or edit one. Nothing here waits for another site."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from django.db import connection
from django.utils import timezone

from controversies.kit.request_ids import current_request_id
from controversies.models import (
    QuoteCheck,
    QuoteVerdict,
    Source,
    SourceCopy,
    SourceState,
    SourceVerdict,
)

from . import is_on
from .digests import quote_digest
from .quotations import match
from .worker import check_urgent

# One statement, which takes rows in the order of their keys, so that two who save at once do not wait for each other.
_MARK_DUE = """
    INSERT INTO controversies_sourcestate AS s (
        source_id, verdict, held_by, strike, strikes, steps, moved_to, accepted_title, due_at, is_urgent, claims, engine
    )
    SELECT id, 'unchecked', 'nothing', '', 0, 0, '', '', %(now)s, %(urgent)s, 0, 0
    FROM controversies_source WHERE id = ANY (%(keys)s::uuid[]) ORDER BY id
    ON CONFLICT (source_id) DO UPDATE SET
        due_at = least(s.due_at, excluded.due_at), is_urgent = s.is_urgent OR excluded.is_urgent,
        claims = CASE WHEN excluded.is_urgent THEN 0 ELSE s.claims END
"""


class QuoteAnswerState(StrEnum):
    """The stages of an answer about a quotation."""

    OFF = "off"  # checks are off
    UNSAVED = "unsaved"  # the source is new: it is looked at once the page is saved
    WAITING = "waiting"  # the worker is asked; ask again
    DONE = "done"


@dataclass(frozen=True, slots=True)
class QuoteAnswer:
    """All that is known of a quotation, saved or not. `exact` are the source's own words, `nearest` a similar passage.

    `verdict` is "" unless the state is DONE. `source_verdict` says why a quotation cannot be read.
    """

    state: QuoteAnswerState
    verdict: str = ""
    exact: str = ""
    nearest: str = ""
    page: int | None = None
    notes: list[str] = field(default_factory=list)
    since: datetime.datetime | None = None
    source_verdict: str = SourceVerdict.UNCHECKED.value


def request_check(source_ids: Iterable[str | UUID], *, urgent: bool) -> None:
    """Have these sources checked: at once if an editor waits (`urgent`), else as soon as their turn comes.

    Two statements at most, which take part in the transaction around them. Nothing while checks are off.
    """
    keys = sorted({str(key) for key in source_ids})
    if not keys or not is_on():
        return
    with connection.cursor() as cursor:
        cursor.execute(_MARK_DUE, {"keys": keys, "urgent": urgent, "now": timezone.now()})
        is_marked = cursor.rowcount > 0
    if urgent and is_marked:
        check_urgent.enqueue(request_id=current_request_id())


def request_quote(source_id: str | UUID, quote: str) -> QuoteAnswer:
    """Return what is known of a quotation of a source, which need not be saved; have the source checked if need be.

    A quotation that no page has is looked for in the newest copy, here and now: a fifth of a second for a long book.
    Its words go no further than this answer, and nothing of it is stored.
    """
    if not is_on():
        return QuoteAnswer(QuoteAnswerState.OFF)
    state = SourceState.objects.filter(source_id=source_id).first()
    source_verdict = state.verdict if state is not None else SourceVerdict.UNCHECKED.value
    check = QuoteCheck.objects.filter(source_id=source_id, quote_sha256=quote_digest(quote)).first()
    if check is not None and check.verdict != QuoteVerdict.UNREAD:
        return QuoteAnswer(
            QuoteAnswerState.DONE,
            verdict=check.verdict,
            exact=str(check.selector.get("exact", "")),
            nearest=check.nearest,
            page=check.page,
            notes=list(check.notes),
            since=check.since,
            source_verdict=source_verdict,
        )
    copy = (
        SourceCopy.objects.filter(source_id=source_id, deleted_at=None)
        .exclude(text="")
        .order_by("-time", "-pk")
        .first()
    )
    if copy is not None:
        agreement = match(quote, copy.text)
        return QuoteAnswer(
            QuoteAnswerState.DONE,
            verdict=str(agreement.verdict),
            exact=agreement.exact,
            nearest=agreement.nearest,
            notes=[str(note) for note in agreement.notes],
            since=copy.time,
            source_verdict=source_verdict,
        )
    if state is not None and state.checked_at is not None and not state.is_urgent:
        return QuoteAnswer(
            QuoteAnswerState.DONE, verdict=QuoteVerdict.UNREAD.value, source_verdict=source_verdict
        )
    if state is None or not state.is_urgent:
        if not Source.objects.filter(pk=source_id).exists():
            return QuoteAnswer(QuoteAnswerState.UNSAVED)
        request_check([source_id], urgent=True)
    return QuoteAnswer(QuoteAnswerState.WAITING, source_verdict=source_verdict)
