"""Recording one look at a source: its check, verdict, quotations, copies and tasks, all of it or nothing.

Nobody waits for another site while the transaction is open. A look is worth nothing if the source was changed or
deleted meanwhile, or if another worker's look came first.
"""

import datetime
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from django.db import IntegrityError, transaction

from controversies.models import (
    FetchResult,
    HeldBy,
    QuoteCheck,
    QuoteVerdict,
    Source,
    SourceCheck,
    SourceCopy,
    SourceState,
    SourceVerdict,
)

from . import clock, display
from .inspection import CopyText, QuoteSight, SourceSight, Subject, identity_of
from .tasks import CONFIRMED, sync_tasks
from .verdicts import DAY, Standing, judge, next_check

ENGINE = 1  # raise it when the same answer would be judged otherwise
_RESTING = 90 * DAY  # of sources that no page cites, or that have no address
_REACHED = {
    *(FetchResult.OK, FetchResult.UNCHANGED, FetchResult.UNREADABLE, FetchResult.NOT_FOUND),
    *(FetchResult.SOFT_404, FetchResult.BLOCKED, FetchResult.SERVER_ERROR, FetchResult.TOO_LARGE),
}
_FOLDED = (
    *("address", "seen", "status", "hops", "etag", "last_modified", "body_sha256", "text_sha256"),
    *("title", "title_origin", "authors", "title_match", "copy_id", "strike", "engine"),
)


def record(subject: Subject, sight: SourceSight, copy: SourceCopy | None = None) -> bool:
    """Store a look at a source, with an unsaved row for a copy whose file is written; return whether it counted."""
    now = clock.now()
    try:
        with transaction.atomic():
            state = lock_state(subject.source.pk, now)
            source = Source.objects.filter(pk=subject.source.pk).first()
            if state is None or source is None:
                return False
            if state.checked_at is not None and subject.began <= state.checked_at <= now:
                return False
            if identity_of(source) != subject.identity:
                SourceState.objects.filter(pk=state.pk).update(due_at=now, claims=0)
                return False
            copies = _store_copies(subject, sight, copy, now)
            if sight.seen in (FetchResult.NO_HOST, FetchResult.NO_ANSWER) and _is_offline(subject, now):
                sight = replace(sight, strike="")
            if _is_moved_by_editor(subject):
                apply_standing(state, Standing())
            _store_check(subject, sight, copies, now)
            _store_standing(state, subject, sight, now)
            _store_quotes(subject, sight, copies, state, now)
            _store_holder(state, source)
            sync_tasks(source.pk, now=now)
            display.bump(source)
    except IntegrityError:
        if Source.objects.filter(pk=subject.source.pk).exists():
            raise
        return False  # deleted between two statements
    return True


def rest(subject: Subject) -> None:
    """Let a source be that no page cites: its tasks are moot, and it waits until a page does."""
    now = clock.now()
    with transaction.atomic():
        state = lock_state(subject.source.pk, now)
        if state is not None:
            sync_tasks(subject.source.pk, now=now)
            due = now + _RESTING
            SourceState.objects.filter(pk=state.pk).update(due_at=due, is_urgent=False, claims=0)


def lock_state(source_id: UUID, now: datetime.datetime) -> SourceState | None:
    """Return a source's row of its verdict, locked; made if there is none. None if the source is gone."""
    rows = SourceState.objects.select_for_update().filter(pk=source_id)
    state = rows.first()
    if state is None and Source.objects.filter(pk=source_id).exists():
        SourceState.objects.bulk_create([SourceState(pk=source_id, due_at=now)], ignore_conflicts=True)
        state = rows.first()
    return state


def _store_copies(
    subject: Subject, sight: SourceSight, copy: SourceCopy | None, now: datetime.datetime
) -> dict[str, SourceCopy]:
    """Store the copies that a look made: "live" and "snapshot"."""
    copies: dict[str, SourceCopy] = {}
    if subject.holds_no_words:
        return copies
    if copy is not None:
        copy.source, copy.time, copy.text = subject.source, now, sight.text
        copy.save(force_insert=True)
        copies["live"] = copy
    if sight.snapshot is not None:
        address, text = sight.snapshot
        copies["snapshot"] = SourceCopy.objects.create(
            source=subject.source, time=now, snapshot_url=address, text=text, size=len(text.encode())
        )
    return copies


def _store_check(
    subject: Subject, sight: SourceSight, copies: dict[str, SourceCopy], now: datetime.datetime
) -> None:
    """Store what was seen at the address; the same thing again moves the last row on."""
    answer = sight.answer
    if answer is None:
        return
    is_kept = not subject.holds_no_words
    was_unchanged = sight.seen == FetchResult.UNCHANGED and subject.latest is not None
    copy = copies.get("live")
    check = SourceCheck(
        source=subject.source,
        address=subject.address if is_kept else "",
        first=now,
        last=now,
        seen=sight.seen,
        status=answer.status,
        hops=[list(hop) for hop in answer.hops] if is_kept else [],
        etag=answer.headers.get("etag", "")[:300] if is_kept else "",
        last_modified=answer.headers.get("last-modified", "")[:100],
        body_sha256=sha256(answer.body).hexdigest() if answer.body else "",
        text_sha256=sha256(sight.text.encode()).hexdigest() if sight.text else "",
        title=sight.title if is_kept else "",
        title_origin=sight.title_origin,
        authors=sight.authors if is_kept else "",
        title_match=sight.title_match,
        copy=copy,
        strike=sight.strike,
        engine=ENGINE,
    )
    if was_unchanged and subject.latest is not None:
        check.body_sha256, check.copy_id = subject.latest.body_sha256, subject.latest.copy_id
        check.etag = check.etag or subject.latest.etag
        check.last_modified = check.last_modified or subject.latest.last_modified
    elif copy is None and sight.text:
        check.copy_id = next((each.key for each in subject.copies if each.text == sight.text), None)
    before = SourceCheck.objects.filter(source=subject.source.pk).order_by("-last", "-pk").first()
    if before is not None and all(getattr(before, name) == getattr(check, name) for name in _FOLDED):
        SourceCheck.objects.filter(pk=before.pk).update(last=max(before.last, now), count=before.count + 1)
    else:
        check.save(force_insert=True)


def _is_moved_by_editor(subject: Subject) -> bool:
    """Tell whether the source had another address when it was checked last: what was seen there counts no more."""
    checks = SourceCheck.objects.filter(source=subject.source.pk).exclude(address="")
    before = checks.order_by("-last", "-pk").values_list("address", flat=True).first()
    return before is not None and before != subject.address


def standing_of(state: SourceState) -> Standing:
    """Return the standing that a row holds."""
    return Standing(
        SourceVerdict(state.verdict),
        state.since,
        state.strike,
        state.strikes,
        state.first_strike_at,
        state.steps,
        state.moved_to,
    )


def apply_standing(state: SourceState, standing: Standing) -> None:
    """Write a standing into a row, unsaved."""
    state.verdict, state.since, state.moved_to = standing.verdict, standing.since, standing.moved_to
    state.strike, state.strikes = standing.strike, standing.strikes
    state.first_strike_at, state.steps = standing.first_strike_at, standing.steps


def _store_standing(state: SourceState, subject: Subject, sight: SourceSight, now: datetime.datetime) -> None:
    standing = standing_of(state)
    if sight.answer is None:
        standing, due = Standing(), now + _RESTING
    elif not sight.strike:
        due = now + DAY
    else:
        standing = judge(standing, sight.strike, now, elsewhere=sight.elsewhere)
        due = next_check(standing, now, subject.source.pk, retry_after=sight.answer.retry_after)
    apply_standing(state, standing if not subject.holds_no_words else replace(standing, moved_to=""))
    state.checked_at, state.due_at, state.is_urgent = now, due, False
    state.claims, state.engine = 0, ENGINE


def _is_offline(subject: Subject, now: datetime.datetime) -> bool:
    """Tell whether no other source has answered for a month: then it is this machine that reaches nobody."""
    others = SourceCheck.objects.exclude(source=subject.source.pk)
    return not others.filter(last__gte=now - 30 * DAY, seen__in=_REACHED).exists()


# -- quotations --


def _store_quotes(
    subject: Subject,
    sight: SourceSight,
    copies: dict[str, SourceCopy],
    state: SourceState,
    now: datetime.datetime,
) -> None:
    """Store what was seen of each quotation; of one that is cited no more, nothing changes."""
    rows = QuoteCheck.objects.select_for_update().filter(
        source=subject.source.pk, quote_sha256__in=subject.quotes
    )
    known = {row.quote_sha256: row for row in rows}
    is_lost = standing_of(state).is_settled and state.verdict not in (
        SourceVerdict.VERIFIED,
        SourceVerdict.MOVED,
    )
    for digest, quote_sight in sight.quotes.items():
        row = known.get(digest)
        if row is None:
            row = QuoteCheck(
                source=subject.source,
                quote_sha256=digest,
                verdict=QuoteVerdict.UNREAD,
                since=now,
                checked_at=now,
                engine=ENGINE,
            )
        update_quote(row, quote_sight, now, _copy_key(quote_sight.copy, copies))
        if quote_sight.verdict == QuoteVerdict.UNREAD and is_lost and row.copy_id is None:
            _forget_place(row, state.since or now)
        row.save()


def _forget_place(row: QuoteCheck, since: datetime.datetime) -> None:
    """Note that a quotation can be read nowhere any more; when it was found last stays."""
    if row.verdict != QuoteVerdict.UNREAD:
        row.verdict, row.since = QuoteVerdict.UNREAD, since
        row.strikes, row.first_strike_at = 0, None


def _copy_key(copy: CopyText | None, copies: dict[str, SourceCopy]) -> int | None:
    if copy is None:
        return None
    return copy.key or copies["snapshot"].pk


def update_quote(row: QuoteCheck, sight: QuoteSight, now: datetime.datetime, copy_id: int | None) -> None:
    """Bring the row of a quotation up to date, unsaved: found at once; lost only when seen twice, a day apart."""
    row.engine = ENGINE
    if sight.verdict == QuoteVerdict.UNREAD:
        return
    is_new = row.pk is None or row.verdict == QuoteVerdict.UNREAD
    row.checked_at = now
    if sight.verdict == QuoteVerdict.CONFIRMED:
        if row.verdict != QuoteVerdict.CONFIRMED or (row.copy_id is None) != (copy_id is None):
            row.since = now
        row.verdict, row.strikes, row.first_strike_at = sight.verdict, 0, None
        at = sight.copy.time if sight.copy is not None else now
        row.last_found_at = max(row.last_found_at or at, at)
    else:
        first = min(row.first_strike_at or now, now)
        is_same = row.verdict == sight.verdict
        row.strikes = min(row.strikes + 1, 30_000) if row.first_strike_at is not None else 1
        row.first_strike_at = first
        if is_same:
            pass
        elif row.verdict != QuoteVerdict.CONFIRMED or is_new:
            row.verdict, row.since, row.strikes, row.first_strike_at = sight.verdict, now, 1, now
        elif row.strikes > 1 and now - first >= CONFIRMED:
            row.verdict, row.since = sight.verdict, first
        else:
            return  # still as it was found: once is no verdict
    row.selector, row.page, row.notes = sight.selector, sight.page, list(sight.notes)
    row.nearest, row.copy_id = sight.nearest, copy_id


def _store_holder(state: SourceState, source: Source) -> None:
    """Store the verdict's row, with where the words of the source can still be read."""
    if state.verdict in (SourceVerdict.VERIFIED, SourceVerdict.MOVED):
        state.held_by, state.held_since = HeldBy.LIVE, state.since
    else:
        rows = list(QuoteCheck.objects.filter(source=source.pk).select_related("copy"))
        kept = [row.copy for row in rows if row.copy is not None]
        if not rows:
            newest = SourceCopy.objects.filter(source=source.pk, deleted_at=None).exclude(text="")
            kept = list(newest.order_by("-time")[:1])
        is_kept = bool(kept) and len(kept) >= len(rows)
        state.held_by = HeldBy.COPY if is_kept else HeldBy.NOTHING
        state.held_since = min(copy.time for copy in kept) if is_kept else None
    state.save()
