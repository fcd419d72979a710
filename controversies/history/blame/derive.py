"""Deriving blame: with each revision that is recorded and, where that was not done, when somebody asks for it.

A database of an earlier release, a corpus that was loaded and a page from which words were removed have none yet. It is
derived in batches, each a transaction of its own, from where the last one ended.
"""

import itertools
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from controversies.document.blame import ReplayedRevision, attribute, replay
from controversies.document.types import Document
from controversies.history import read
from controversies.history.read import Reading, UnreadableRevision
from controversies.models import ChangeClass, Publication

from . import storage
from .revisions import BlamedRevisions, blamed_revisions, readings
from .storage import GoneRequest, LockedBlame, LookUpDeferred, Place

logger = logging.getLogger(__name__)

BATCH_SECONDS = 0.5  # of one transaction: so long its locks are held
PATIENCE = 4.0  # seconds that one request derives; then it is told to come again
RETRY_SECONDS = 5  # after which it may
_CATCH_UP = 20  # revisions that a save derives for earlier ones


class BlameUnderway(Exception):
    """The blame of a long history is still being derived: up to revision `done`, of `number`. Ask again later."""

    def __init__(self, done: int, number: int) -> None:
        super().__init__(
            _("Who wrote what on this page is still being worked out. Try again in a few seconds.")
        )
        self.done, self.number = done, number


def restores(reading: Reading) -> bool:
    """Whether the revision restores or undoes an earlier one."""
    return ChangeClass.RESTORE.value in reading.entry.classes


# -- with each revision --


@dataclass(frozen=True, slots=True)
class RecordedRevision:
    """A revision that this transaction has written after `head`, and the keys of the head's blocks that it changed."""

    head: Reading | None
    document: Document
    number: int
    changed: Sequence[str]
    restores: bool


def attribute_recorded(revisions: Sequence[RecordedRevision]) -> None:
    """Derive readers' blame of the revisions that were just written, as far as what was before them is derived.

    Never fails and never waits: what is not done here is derived when somebody asks for it. The functions of the
    database undo what they did if they fail, so no savepoint is needed.
    """
    public = [each for each in revisions if _is_public(each.document)]
    if not public:
        return
    try:
        _attribute_recorded(public)
    except Exception:  # a save is not refused for it
        logger.exception(
            "The blame of %s could not be derived.", ", ".join(each.document.key for each in public)
        )


def _attribute_recorded(revisions: Sequence[RecordedRevision]) -> None:
    places = [
        Place(each.document.key, each.number - 1, each.changed if each.head else ()) for each in revisions
    ]
    locked = storage.lock(places, every=False)
    work: list[tuple[LockedBlame, RecordedRevision]] = []
    behind: list[LockedBlame] = []
    for each in revisions:
        blame = locked.get(each.document.key)
        if blame is None:
            continue
        follows = each.head is None or (_is_public(each.head.document) and blame.number == each.head.number)
        if follows and not blame.is_outdated:
            work.append((blame, each))
        else:
            behind.append(blame)
    if work:
        storage.write(list(_attribute_all(work)), every=False)
    for blame in behind:
        with transaction.atomic():
            _catch_up(blame)


def _attribute_all(work: list[tuple[LockedBlame, RecordedRevision]]) -> Iterator[storage.Derived]:
    """Yield the attribution of each revision, in as many queries whatever the number of pages.

    Of several pages, all go on to where they need an answer, and begin again with the answers.
    """
    is_one = len(work) == 1
    while work:
        waiting: list[tuple[LockedBlame, RecordedRevision]] = []
        requests: list[GoneRequest] = []
        for blame, each in work:
            blame.defers = not is_one
            old = each.head.document if each.head else None
            try:
                outcome = attribute(old, each.document, each.number, blame, restores=each.restores)
            except LookUpDeferred as deferred:
                waiting.append((blame, each))
                requests.append(deferred.request)
            else:
                yield blame, each.number, outcome
        if requests:
            answers = storage.gone_texts(requests, every=False)
            for (blame, _each), request in zip(waiting, requests, strict=True):
                blame.answers[request] = answers[request]
        work = waiting


def _is_public(document: Document) -> bool:
    return document.head.publication == Publication.PUBLISHED


def _catch_up(blame: LockedBlame) -> None:
    """Derive what is missing, if it is little: a page that was shown again, or one that was read when it was saved."""
    numbers = blamed_revisions(blame.page)
    missing = sum(max(0, each.stop - max(each.start, blame.number + 1)) for each in numbers.public)
    if missing <= _CATCH_UP and not blame.is_outdated:
        for _reading in _extend(blame, numbers):
            pass


# -- when somebody asks --


def derive(page: str, number: int, *, every: bool) -> None:
    """Derive the page's blame up to this revision. Raises BlameUnderway after PATIENCE seconds.

    Raises UnreadableRevision, and DatabaseError or BlameFailed where nothing can be written.
    """
    end = time.monotonic() + PATIENCE
    done = 0
    while done < number:
        reached = _derive_batch(page, number, every=every)
        if reached is not None and reached == done:  # nothing is left that can be derived
            return
        done = reached if reached is not None else storage.derived_number(page, every=every)
        if done < number and time.monotonic() > end:
            raise BlameUnderway(done, number)
        if reached is None:
            time.sleep(0.05)


def _derive_batch(page: str, number: int, *, every: bool) -> int | None:
    """Derive a batch of the page's blame in a transaction, and return how far it is; None if others have locked it."""
    end = time.monotonic() + BATCH_SECONDS
    with transaction.atomic():
        blame = storage.lock([Place(page, 0, ())], every=every).get(page)
        if blame is None:
            return None
        if blame.is_outdated:
            storage.forget(blame)
        if blame.number < number:
            for reading in _extend(blame, blamed_revisions(page)):
                if reading.number >= number or time.monotonic() > end:
                    break
        return blame.number


def rebuild(page: str) -> Iterator[int]:
    """Derive the page's blame anew, whatever is stored of it. Yields the revision up to which it is, batch by batch."""
    number = read.newest_number(page)
    for every in (True, False):
        with transaction.atomic():
            while (blame := storage.lock([Place(page, 0, ())], every=every).get(page)) is None:
                time.sleep(0.05)
            is_there = bool(blame.number) or blame.is_outdated
            storage.forget(blame)
        if every and not is_there:  # nobody has asked for it
            continue
        done = 0
        while (reached := _derive_batch(page, number, every=every)) != done:
            if reached is None:
                time.sleep(0.05)
                continue
            done = reached
            yield done


def _extend(blame: LockedBlame, numbers: BlamedRevisions) -> Iterator[Reading]:
    """Derive and store one revision after the other, and yield each once it is stored. Raises UnreadableRevision."""
    try:
        before = read.at(blame.page, blame.number) if blame.number else None
        for reading in readings(blame.page, numbers.of(every=blame.every), before):
            old = before.document if before else None
            outcome = attribute(old, reading.document, reading.number, blame, restores=restores(reading))
            storage.write([(blame, reading.number, outcome)], every=blame.every)
            before = reading
            yield reading
    except (TypeError, ValueError, LookupError) as error:
        raise UnreadableRevision(_("A part of an earlier revision is missing.")) from error


# -- without storing anything --


def replay_page(
    page: str, number: int, *, every: bool, patience: float | None = None
) -> Iterator[ReplayedRevision]:
    """Yield each revision of the page up to this one with its attribution, derived from the first one in memory.

    Raises BlameUnderway after `patience` seconds, if given, and UnreadableRevision.
    """
    end = None if patience is None else time.monotonic() + patience
    revisions = readings(page, blamed_revisions(page).of(every=every), None)
    columns = ((each.number, each.document, restores(each)) for each in revisions)
    try:
        for each in replay(itertools.takewhile(lambda revision: revision[0] <= number, columns)):
            yield each
            if end is not None and time.monotonic() > end:
                raise BlameUnderway(each.number, number)
    except (TypeError, ValueError, LookupError) as error:
        raise UnreadableRevision(_("A part of an earlier revision is missing.")) from error
