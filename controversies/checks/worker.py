"""The worker's tasks. One process, `manage.py ox_worker`, runs them and makes every request to other sites.

What is due stands in rows (`SourceState.due_at`), never in the queue: a task that is lost costs a minute, one too many
does nothing.
"""

import datetime
import logging
from time import monotonic, sleep
from uuid import UUID

from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.tasks import TaskContext, task

from controversies.kit.request_ids import keep_request_id
from controversies.models import (
    CheckWorker,
    Citation,
    QuoteCheck,
    Source,
    SourceState,
)

from . import clock, copies, display, is_on
from .digests import quote_digest
from .fetch import NotYet, hosts
from .inspection import look, read_subject
from .metadata import delete_old_lookups, refresh_notices
from .recording import record, rest
from .tasks import sync_tasks
from .verdicts import DAY, OVERDUE

logger = logging.getLogger(__name__)

SECONDS = 50  # of one tick: the next one is due after 60
SILENT = datetime.timedelta(minutes=3)  # without a sign of life for so long, the worker is not running
STALE = datetime.timedelta(seconds=SECONDS)
NOTICES_EVERY = 7 * DAY
NOTICES_AGAIN = datetime.timedelta(hours=1)  # after no answer
NOTICES_BATCH = 20
_CLAIMED = datetime.timedelta(
    minutes=3
)  # a check takes less; a worker that was killed holds a source no longer
_CLAIMED_AT_MOST = 7 * DAY
# The source whose turn it is: editors' first, none whose host is not to be asked yet. It is put off before anything is
# asked, further each time that no result comes of it, so that one source that ends the worker does not end all checks.
_ADOPT = """
    INSERT INTO controversies_sourcestate (
        source_id, verdict, held_by, strike, strikes, steps, moved_to, accepted_title, due_at, is_urgent, claims, engine
    )
    SELECT w.id, 'unchecked', 'nothing', '', 0, 0, '', '', %s, false, 0, 0 FROM controversies_source w
    WHERE EXISTS (SELECT FROM controversies_citation c WHERE c.source_id = w.id)
        AND NOT EXISTS (SELECT FROM controversies_sourcestate s WHERE s.source_id = w.id)
    ORDER BY w.id ON CONFLICT DO NOTHING
"""
_CLAIM = """
    UPDATE controversies_sourcestate SET
        due_at = %(now)s + make_interval(secs => least(%(claimed)s * power(4, least(claims, 20)), %(at_most)s)),
        claims = least(claims + 1, 1000)
    WHERE source_id = (
        SELECT s.source_id FROM controversies_sourcestate s
        JOIN controversies_source w ON w.id = s.source_id
        LEFT JOIN controversies_fetchhost h ON h.name = lower(regexp_replace(
            substring(coalesce(nullif(w.url, ''), 'https://doi.org/') FROM '^https?://([^/?#]+)'), ':(80|443)$', ''
        ))
        WHERE s.due_at <= %(now)s AND (h.next_at IS NULL OR h.next_at <= %(now)s) {condition}
        ORDER BY s.due_at LIMIT 1 FOR UPDATE OF s SKIP LOCKED
    )
    RETURNING source_id, is_urgent
"""
# Each in the order of an index, so that of thousands that are due only the first are looked at.
_CLAIM_URGENT, _CLAIM_ANY = _CLAIM.format(condition="AND s.is_urgent"), _CLAIM.format(condition="")

# -- tasks --


@task(takes_context=True)
def tick(context: TaskContext, lane: int = 0) -> None:
    """Check what is due, for most of a minute. Lanes work beside one another, as many as the worker runs at once."""
    enqueued_at = context.task_result.enqueued_at
    if enqueued_at is not None and clock.now() - enqueued_at > STALE:
        return  # it waited behind others, and the next one is due
    if is_on():
        run_lane(lane)


@task(priority=10)
@keep_request_id
def check_urgent() -> None:
    """Check what an editor waits for."""
    if is_on():
        show_life()
        work(seconds=SECONDS, urgent=True, is_patient=True)


@task
def tidy() -> None:
    """Delete what has had its time, every night."""
    delete_old_lookups()
    hosts.delete_forgotten()
    delete_old_quotes()
    copies.delete_old_copies()
    copies.request_snapshots()
    call_command("ox_prune", older_than="7d", include_failed=True, verbosity=0)


# -- what the tasks do --


def run_lane(lane: int = 0) -> None:
    """Do what a tick does; the first lane also looks for what is new, and asks for retractions."""
    show_life()
    if lane == 0:
        copies.delete_stray_files()
        adopt_sources()
        ask_for_notices()
        copies.advance_snapshot()
    work(seconds=SECONDS, is_patient=lane == 0)


def show_life() -> None:
    """Write down that the worker runs."""
    CheckWorker.objects.update_or_create(pk=1, defaults={"seen_at": clock.now()})


def is_silent() -> bool:
    """Whether no worker has shown a sign of life for so long that none runs."""
    seen_at = CheckWorker.objects.values_list("seen_at", flat=True).first()
    return seen_at is None or clock.now() - seen_at > SILENT


def adopt_sources() -> int:
    """Have sources checked that pages cite and nobody asked for, from fixtures, imports, before the first worker.

    So is a source whose time was written by a clock that was wrong.
    """
    now = clock.now()
    SourceState.objects.filter(due_at__gt=now + OVERDUE).update(due_at=now)
    with connection.cursor() as cursor:
        cursor.execute(_ADOPT, [now])
        return cursor.rowcount


def work(*, seconds: float, urgent: bool = False, is_patient: bool = False) -> int:
    """Check one source after the other until none is due, or the time is over. Returns their number.

    A patient one waits meanwhile for the turns of hosts that have several of the sources.
    """
    end, count = monotonic() + seconds, 0
    while monotonic() < end:
        claimed = claim(urgent=urgent)
        if claimed is not None:
            check(*claimed)
            count += 1
        elif is_patient and _are_due(urgent):
            sleep(1)
        else:
            break
    return count


def _are_due(urgent: bool) -> bool:
    due = SourceState.objects.filter(due_at__lte=clock.now())
    return (due.filter(is_urgent=True) if urgent else due).exists()


def claim(*, urgent: bool = False) -> tuple[UUID, bool] | None:
    """Take the source whose turn it is; return its key, and whether an editor waits. None if none is due."""
    values: dict[str, datetime.datetime | float] = {
        "now": clock.now(),
        "claimed": _CLAIMED.total_seconds(),
        "at_most": _CLAIMED_AT_MOST.total_seconds(),
    }
    with connection.cursor() as cursor:
        for query in (_CLAIM_URGENT,) if urgent else (_CLAIM_URGENT, _CLAIM_ANY):
            cursor.execute(query, values)
            if (row := cursor.fetchone()) is not None:
                return row
    return None


def check(source_id: UUID, is_urgent: bool) -> None:
    """Check a source that was taken; a check that fails by itself is logged, and the source stays put off."""
    try:
        check_source(source_id, scheduled=not is_urgent)
    except NotYet as not_yet:
        put_off(source_id, not_yet.until)
    except (OperationalError, InterfaceError):
        raise  # without the database nothing goes on
    except Exception:
        logger.exception("Source %s could not be checked; it is tried again later.", source_id)
        SourceState.objects.filter(pk=source_id).update(is_urgent=False)


def check_source(source_id: UUID | str, *, scheduled: bool) -> bool:
    """Look at a source and record what was seen; return whether that counted. Raises NotYet."""
    subject = read_subject(source_id)
    if subject is None:
        return False
    if not subject.is_cited:
        rest(subject)
        return False
    sight = look(subject, scheduled=scheduled)
    copy, answer = None, sight.answer
    is_readable = bool(sight.text) and not subject.holds_no_words
    if answer is not None and is_readable and copies.is_new(subject.source.pk, answer, sight.text):
        copy = copies.write_copy(answer)
    return record(subject, sight, copy)


def put_off(source_id: UUID, until: datetime.datetime) -> None:
    """Let a source wait for its host's turn, which is no failure of its own."""
    SourceState.objects.filter(pk=source_id).update(due_at=until, claims=Greatest(F("claims") - 1, 0))


def ask_for_notices() -> None:
    """Ask registries about retractions of the few works of which they were asked longest ago, each once a week."""
    now = clock.now()
    old = Q(notices_at=None) | Q(notices_at__lte=now - NOTICES_EVERY) | Q(notices_at__gt=now + DAY)
    cited = Citation.objects.values("source")
    states = SourceState.objects.filter(old, source__in=cited).order_by(
        F("notices_at").asc(nulls_first=True), "pk"
    )
    sources = list(Source.objects.filter(pk__in=list(states.values_list("pk", flat=True)[:NOTICES_BATCH])))
    if not sources:
        return
    refreshed = refresh_notices(sources, now)
    for source in sources:
        if str(source.pk) in refreshed.new:
            sync_tasks(source.pk, now=now)
            display.bump(source)
    all_states = SourceState.objects.filter(pk__in=[source.pk for source in sources])
    unasked = [UUID(key) for key in refreshed.unasked]
    all_states.exclude(pk__in=unasked).update(notices_at=now)
    all_states.filter(pk__in=unasked).update(notices_at=now - NOTICES_EVERY + NOTICES_AGAIN)


# -- what has had its time --


def delete_old_quotes() -> int:
    """Delete what was seen of quotations that no page has had for a month. Returns their number."""
    cited = Citation.objects.exclude(quote="").values_list("source", "quote").iterator(chunk_size=1000)
    digests = {(source, quote_digest(quote)) for source, quote in cited}
    old = QuoteCheck.objects.filter(checked_at__lt=clock.now() - 30 * DAY).values_list(
        "pk", "source", "quote_sha256"
    )
    forgotten = [
        pk for pk, source, digest in old.iterator(chunk_size=1000) if (source, digest) not in digests
    ]
    return QuoteCheck.objects.filter(pk__in=forgotten).delete()[0]
