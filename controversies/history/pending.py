"""Revisions that are put off: a change of a backer that thousands of pages show is recorded on them in batches.

Whoever records all of them in one transaction keeps everybody else from saving any of them until the last is written.
So the first BATCH pages are recorded with the change itself. For the others the database notes who changed what and
why (`models.PutOffRevision`, `sql/pending.sql`), and they follow, BATCH in a transaction. Readers see each page whole:
with the change once it is recorded, as it was until then. The row cannot be changed again before all are recorded.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from time import monotonic
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction

from controversies.document import rows
from controversies.document.types import SHARED
from controversies.kit.accounts import Account
from controversies.models import PutOffRevision

from . import locks, read
from .revisions import append_revisions

BATCH = 25  # pages that are recorded at once: a third of a second
SECONDS = 10.0  # for which somebody who made the change waits; the rest is for the next one who comes, or the worker


def put_off(keys: Iterable[str], *, author: Account | None, author_name: str, summary: str) -> bool:
    """Put off the revisions of these pages until this transaction has ended; return whether that can be.

    It can if the transaction has changed one backer, source or topic and nothing else of any page.
    """
    author_id = author.pk if author is not None else None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT controversies_put_off(%s::uuid[], %s::integer, %s, %s)",
            [list(keys), author_id, author_name, summary],
        )
        is_put_off: bool = cursor.fetchone()[0]
    if is_put_off:
        transaction.on_commit(record_all, robust=True)
    return is_put_off


def is_waiting() -> bool:
    """Whether any page still has to be recorded."""
    return PutOffRevision.objects.exists()


def count(key: str | None = None) -> int:
    """Return how many pages still have to be recorded; with the key of a shared row, with its change."""
    pending = PutOffRevision.objects.all() if key is None else PutOffRevision.objects.filter(key=key)
    return pending.values("controversy_id").distinct().count()


def record_all(seconds: float = SECONDS) -> int:
    """Record pages with what was put off, in batches, until none is left or the time is over; return how many were."""
    end, recorded = monotonic() + seconds, 0
    while batch := record_batch():
        recorded += batch
        if monotonic() > end:
            break
    return recorded


def record_batch() -> int:
    """Record BATCH pages with what was put off, in one transaction; return how many. One query if there are none."""
    waiting = PutOffRevision.objects.order_by("controversy_id").values_list("controversy_id", flat=True)
    keys = [str(key) for key in waiting.distinct()[:BATCH]]
    if keys:
        with transaction.atomic():
            locks.lock_pages(keys)
            record_put_off(keys)
    return len(keys)


def record_put_off(keys: Iterable[str]) -> None:
    """Record these pages, which this transaction has locked, with what was put off; one query if nothing was."""
    pending = list(
        PutOffRevision.objects.raw("SELECT * FROM controversies_take_up(%s::uuid[])", [list(keys)])
    )
    made_by = attrgetter("time", "author_id", "author_name", "summary")
    for (_time, author_id, author_name, summary), changes in groupby(sorted(pending, key=_order), made_by):
        author = get_user_model().objects.filter(pk=author_id).first() if author_id else None
        _record(list(changes), author, author_name, summary)


def _order(pending: PutOffRevision) -> tuple[object, ...]:
    return (pending.time, pending.author_id or 0, pending.author_name, pending.summary)


def _record(changes: list[PutOffRevision], author: Account | None, author_name: str, summary: str) -> None:
    """Record pages with the changes that one person made for one reason."""
    blocks: dict[str, Any] = {}
    for block_type in SHARED:
        keys = {str(each.key) for each in changes if each.type == block_type.name}
        if keys:
            blocks |= rows.shared_blocks(block_type.part, keys)
    changed: dict[str, dict[str, Any]] = defaultdict(dict)
    for each in changes:
        if (block := blocks.get(str(each.key))) is not None:  # else it was merged into another
            changed[str(each.controversy_id)][str(each.key)] = block
    pairs = [
        (head, head.document.with_shared(changed[key])) for key, head in read.heads(list(changed)).items()
    ]
    append_revisions(
        [(head, document) for head, document in pairs if document is not head.document],
        author=author,
        name=author_name,
        summary=summary,
        time=None,
        kind=None,
    )
