"""Own copies: written when a source says something new, read back, and deleted when they have served."""

import datetime
import hashlib
import logging
from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from controversies.models import QuoteCheck, SourceCopy, UncopiedSource

from .. import clock
from ..fetch import FetchAnswer
from . import store, warc
from .warc import CopiedPage

logger = logging.getLogger(__name__)

KEPT = 3  # newest copies of a source
KEPT_DAYS = 90  # of all others
_STRAY = 60 * 60.0  # seconds after which a file has its row, or will never have one
_BATCH = 500


def is_new(source_id: UUID, answer: FetchAnswer, text: str = "") -> bool:
    """Whether a source's answer differs from its newest copy: in its bytes, and in its text if both have one.

    Never of a source of which no copy may be kept.
    """
    if not answer.body or UncopiedSource.objects.filter(source=source_id).exists():
        return False
    newest = (
        SourceCopy.objects.filter(source=source_id, deleted_at=None, snapshot_url="")
        .order_by("-time", "-pk")
        .values_list("body_sha256", "text")
        .first()
    )
    if newest is None:
        return True
    return newest[0] != hashlib.sha256(answer.body).hexdigest() and (not text or newest[1] != text)


def write_copy(answer: FetchAnswer) -> SourceCopy | None:
    """Write an answer to a file, and return the unsaved row of it; the source, the time and the text are the caller's.

    None if there is nothing to keep or the disk has no room, which is logged: a check goes on without a copy. Call it
    outside of transactions; a file whose row is never saved is deleted at night.
    """
    if not answer.body:
        return None
    try:
        warc_sha256 = store.write(warc.pack(answer))
    except OSError as error:
        logger.error("A copy of a source cannot be kept: %s", error)
        return None
    return SourceCopy(
        time=answer.time,
        media_type=answer.media_type[:100],
        body_sha256=hashlib.sha256(answer.body).hexdigest(),
        size=len(answer.body),
        warc_sha256=warc_sha256,
    )


def read_copy(copy: SourceCopy) -> CopiedPage:
    """Read an own copy back. Raises CopyDamaged."""
    return warc.unpack(store.read(copy.warc_sha256))


def delete_copies(keys: Iterable[int]) -> int:
    """Delete copies: their text and their files; digests stay. Returns how many there were. Outside of transactions."""
    rows = SourceCopy.objects.filter(pk__in=list(keys), deleted_at=None)
    digests = set(rows.values_list("warc_sha256", flat=True))
    count = rows.update(deleted_at=clock.now(), text="", snapshot_url="")
    _delete_files(digests)
    return count


def forbid_copies(source_id: UUID) -> int:
    """Delete all copies of a source and keep none from now on; return their number. Outside of transactions."""
    UncopiedSource.objects.get_or_create(source_id=source_id, defaults={"since": clock.now()})
    keys = SourceCopy.objects.filter(source=source_id, deleted_at=None).values_list("pk", flat=True)
    return delete_copies(keys)


def allow_copies(source_id: UUID) -> bool:
    """Let copies of a source be kept again; return whether they were not."""
    return bool(UncopiedSource.objects.filter(source=source_id).delete()[0])


def delete_old_copies() -> int:
    """Delete own copies that have served: not among the newest of their source, and no quotation depends on them.

    Returns their number. Files that lost their rows go too. Every night.
    """
    limit = clock.now() - datetime.timedelta(days=KEPT_DAYS)
    own = SourceCopy.objects.filter(deleted_at=None, snapshot_url="")
    newest_first = [F("time").desc(), F("pk").desc()]
    ranked = own.annotate(rank=Window(RowNumber(), partition_by=F("source"), order_by=newest_first))
    old = own.filter(time__lt=limit).exclude(pk__in=ranked.filter(rank__lte=KEPT).values("pk"))
    needed = set(QuoteCheck.objects.exclude(copy=None).values_list("copy", flat=True))
    keys = [key for key in old.values_list("pk", flat=True) if key not in needed]
    count = sum(delete_copies(keys[at : at + _BATCH]) for at in range(0, len(keys), _BATCH))
    digests = list(store.all_digests(older_than=_STRAY))
    for at in range(0, len(digests), _BATCH):
        _delete_files(set(digests[at : at + _BATCH]))
    return count


def delete_stray_files() -> int:
    """Delete the files of copies that were deleted in the last days, as by a removal of words. Every minute.

    Returns how many files there were. One query if there is nothing to do.
    """
    limit = clock.now() - datetime.timedelta(days=2)
    rows = SourceCopy.objects.filter(deleted_at__gte=limit).exclude(warc_sha256="")
    return _delete_files(set(rows.values_list("warc_sha256", flat=True)))


def _delete_files(digests: set[str]) -> int:
    """Delete those of the files that no copy needs. Returns how many were there."""
    digests = digests - {""}
    if not digests:
        return 0
    needed = SourceCopy.objects.filter(warc_sha256__in=digests, deleted_at=None)
    return sum(store.delete(sha256) for sha256 in digests - set(needed.values_list("warc_sha256", flat=True)))
