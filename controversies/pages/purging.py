"""Telling shared caches what to drop (`PURGE_URL`), after COMMIT and apart from the editor's request.

What has to be told is read from the record: the arrivals and removals of words after those that were told last, and
another release. So nothing is missed, and what fails is told with the next attempt. A thread of the
process that records tells it at once; the worker looks once a minute, for commands, other programs and failures. All is
told twice: an answer that was under way may reach a shared cache after it was told to drop it.
"""

import atexit
import datetime
import logging
from collections.abc import Iterable
from threading import Event, Lock, Thread
from time import sleep

from django.db import DatabaseError, connection, transaction
from django.tasks import task
from django.utils import timezone

from controversies.document.types import SHARED
from controversies.history import read, revisions_recorded, words_removed
from controversies.models import Arrival, PurgeState, Redaction

from . import proxies
from .policy import EVERYTHING, LISTS, PAGE, surrogate_key
from .release import release_id

logger = logging.getLogger(__name__)

AGAIN = datetime.timedelta(seconds=5)  # an answer takes no longer
MANY = 200  # revisions; beyond this everything is dropped
MOST_KEYS = 500
_LOGGED = 200  # characters of the keys
# Seconds before it is told: for a moment, other processes believe what was newest before (`versions.HEAD_TTL`). What
# they answer then must not reach a shared cache after it was told.
_SETTLE = 0.15
_RETRIES = (2.0, 5.0, 15.0, 30.0)  # seconds; then the worker tries each minute
_EXIT = 6.0  # seconds that a command waits for its last changes to be told


def tell_pending() -> bool:
    """Tell shared caches what they were not told yet; return whether something is to be told again later.

    One process at a time: others wait. Raises PurgeFailed, and then all of it is told again.
    """
    shared_caches = proxies.shared_caches()
    if not shared_caches:
        return False
    with transaction.atomic():
        now = timezone.now()
        arrival = Arrival.objects.order_by("-position").values_list("position", flat=True).first() or 0
        redaction = Redaction.objects.order_by("-id").values_list("id", flat=True).first() or 0
        release = bytes.fromhex(release_id())
        PurgeState.objects.bulk_create(
            [
                PurgeState(
                    arrival=arrival, redaction=redaction, release=b"", again_from=arrival, was_all=False
                )
            ],
            ignore_conflicts=True,
        )
        state = PurgeState.objects.select_for_update().get()
        is_all = redaction > state.redaction or bytes(state.release) != release
        is_due = state.again_at is not None and state.again_at <= now
        if not (is_all or is_due or arrival > state.arrival):
            return state.again_at is not None
        start = state.again_from if is_due else state.arrival
        keys = [EVERYTHING] if is_all or (is_due and state.was_all) else _keys_since(start, arrival)
        is_new = is_all or arrival > state.arrival
        for cache in shared_caches:
            proxies.purge(cache, keys)
        logger.info("Shared caches dropped what has these %d keys: %s", len(keys), " ".join(keys)[:_LOGGED])
        if is_due:
            state.again_from, state.again_at, state.was_all = state.arrival, None, False
        if is_new:
            state.again_at, state.was_all = now + AGAIN, is_all or state.was_all
        state.arrival, state.redaction, state.release = arrival, redaction, release
        state.save()
        return is_new


def _keys_since(start: int, newest: int) -> list[str]:
    """Return the keys of all answers that show what arrived after one arrival, up to another."""
    rows = list(
        Arrival.objects.filter(position__gt=start, position__lte=newest)
        .order_by("position")
        .values_list("controversy", "number")[: MANY + 1]
    )
    if len(rows) > MANY:
        return [EVERYTHING]
    keys = _keys_of({(str(page), each) for page, number in rows for each in (number - 1, number) if each})
    return keys if len(keys) <= MOST_KEYS else [EVERYTHING]


def _keys_of(places: Iterable[tuple[str, int]]) -> list[str]:
    """Return the keys of the pages of these revisions, and of the topics, backers and sources that they show."""
    keys = {LISTS: None}
    for reading in read.several(sorted(places)):
        keys[surrogate_key(PAGE, reading.document.head.slug)] = None
        for block_type in SHARED:
            for block in block_type.blocks(reading.document):
                keys[surrogate_key(block_type.name, block.slug)] = None
    return list(keys)


@task()
def tell_shared_caches() -> None:
    """Tell shared caches what nobody told them: the worker's task, once a minute."""
    try:
        tell_pending()
    except proxies.PurgeFailed as error:
        logger.warning("A shared cache could not be told what changed, and will be: %s", error)


# -- the thread --


class _Teller:
    """The thread of this process that tells shared caches; it begins with the first change."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._has_work = Event()
        self._is_idle = Event()
        self._is_idle.set()
        self._thread: Thread | None = None

    def wake(self) -> None:
        """Have it tell what there is, soon; return at once."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="purge", daemon=True)
                self._thread.start()
        self._is_idle.clear()
        self._has_work.set()

    def wait(self, seconds: float) -> bool:
        """Wait until all was told once, for this long at most; return whether it was."""
        return self._is_idle.wait(seconds)

    def _run(self) -> None:
        while True:
            self._has_work.wait()
            sleep(_SETTLE)
            self._has_work.clear()
            is_again = self._tell()
            if not self._has_work.is_set():
                self._is_idle.set()
            while is_again and not self._has_work.wait(AGAIN.total_seconds() + 0.1):
                is_again = self._tell()

    def _tell(self) -> bool:
        """Tell it, with a few attempts; return whether it is to be told again."""
        for pause in (*_RETRIES, 0.0):
            try:
                return tell_pending()
            except (proxies.PurgeFailed, DatabaseError) as error:
                logger.warning("A shared cache could not be told what changed, and will be: %s", error)
            except Exception:
                logger.exception("Shared caches could not be told what changed.")
            finally:
                connection.close()
            self._has_work.wait(pause)
            self._has_work.clear()
        return False


teller = _Teller()


def _tell_after_commit(*_args: object, **_named: object) -> None:
    """Have shared caches told once the transaction is committed: the editor waits for none."""
    if proxies.are_told():
        transaction.on_commit(teller.wake, robust=True)


def _finish() -> None:
    """Wait for what a command changed to be told before its process ends; the worker tells the rest."""
    if not teller.wait(_EXIT):
        logger.warning("Shared caches were not told what changed within %d seconds: the worker will.", _EXIT)


def connect() -> None:
    """Listen for changes; once, when the app is ready."""
    revisions_recorded.connect(_tell_after_commit)
    words_removed.connect(_tell_after_commit)
    atexit.register(_finish)
