"""Reading whole histories in order, however long: a revision at a time, with bounded memory and few queries.

Everything here is to be read within `snapshot()`, so that what others save meanwhile is either all there or not.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched

from django.db import connection, transaction
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import canonical
from controversies.document.types import Block

from . import read
from .read import Entry, Reading, StoredBlock

BATCH = 200  # revisions a query, without their documents
_WHOLE = 20  # revisions a query with the whole of theirs
_BLOCKS = 200  # rows at a time


@contextmanager
def snapshot() -> Iterator[None]:
    """One state of the database, read only, though others write; within a test's transaction, that transaction."""
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


@dataclass(frozen=True, slots=True)
class Step:
    """A revision with the rows of the blocks that it changed or removed; its outline among them, if that changed."""

    entry: Entry
    blocks: tuple[m.Block, ...]


def steps(key: str, after: int = 0) -> Iterator[Step]:
    """Yield the revisions of the controversy with this key after that number, oldest first, as they are stored.

    Hidden ones too. Nothing is decoded: a query for all blocks, and one for each `BATCH` revisions.
    """
    blocks = _blocks(key, after)
    pending = next(blocks, None)
    for entry in _entries(key, after):
        changed = []
        while pending is not None and pending.since <= entry.number:
            changed.append(pending)
            pending = next(blocks, None)
        yield Step(entry, tuple(changed))


def page(key: str, after: Reading | None = None) -> Iterator[Reading]:
    """Yield the revisions of the controversy with this key, oldest first, hidden ones too; not those withheld.

    All of them, or those after a revision. Each is what `read.at()` gives. Every block is read and decoded once, when
    it changes; queries are those of `steps()`.
    """
    outline: list[str] = []
    live: dict[str, tuple[StoredBlock, Block]] = {}
    standing: dict[str, tuple[int, bytes]] = {}  # the newest version of each block that stands by itself
    if after is not None:
        outline = list(after.stored)
        live = {name: (stored, after.document.by_key[name]) for name, stored in after.stored.items()}
        standing = {name: basis for name, stored in after.stored.items() if (basis := _basis(stored))}
    for step in steps(key, after.number if after else 0):
        for block in step.blocks:
            name = str(block.key)
            if block.key == m.Block.OUTLINE:
                outline = [str(each) for each in block.outline or ()]
            elif block.digest is None:
                live.pop(name, None)
            else:
                body = bytes(block.body or b"")
                if block.basis is None:
                    if canonical.is_basis(body, None):
                        standing[name] = (block.since, body)
                    stored = StoredBlock(block.since, bytes(block.digest), body, None, None)
                else:
                    if standing.get(name, (0, b""))[0] != block.basis:  # older than where the replay began
                        standing[name] = (block.basis, _body(key, name, block.basis))
                    stored = StoredBlock(block.since, bytes(block.digest), body, *standing[name])
                live[name] = (stored, canonical.decode(body, stored.basis_body))
        if step.entry.withheld:
            continue
        document = canonical.assemble(live[name][1] for name in outline)
        yield Reading(step.entry, document, {name: live[name][0] for name in outline})


def _body(key: str, name: str, since: int) -> bytes:
    """Return the stored body of one version of a block; one query. Raises UnreadableRevision if it is not there."""
    body = (
        m.Block.objects.filter(controversy_id=key, key=name, since=since)
        .values_list("body", flat=True)
        .first()
    )
    if body is None:
        raise read.UnreadableRevision(_("A part of revision %s is missing.") % since)
    return bytes(body)


def _basis(stored: StoredBlock) -> tuple[int, bytes] | None:
    """Return the version of a block that its next one may be packed against, None if there is none."""
    if stored.basis is not None and stored.basis_body is not None:
        return stored.basis, stored.basis_body
    return (stored.since, stored.body) if canonical.is_basis(stored.body, None) else None


def public(keys: Iterable[str] | None = None) -> Iterator[Reading]:
    """Yield every public revision of all public controversies, or of those with these keys, in order of time.

    What was made at the same time follows in the order of keys and numbers. A query for the order, and one for
    each `_WHOLE` revisions.
    """
    shown = m.Controversy.objects.public()
    if keys is not None:
        shown = shown.filter(pk__in=list(keys))
    order = (
        m.Revision.objects.filter(controversy__in=shown)
        .order_by("time", "controversy_id", "number")
        .values_list("controversy_id", "number")
        .iterator(chunk_size=1000)
    )
    for chosen in batched(order, _WHOLE):
        for reading in read.several((str(key), number) for key, number in chosen):
            if reading.document.head.publication == m.Publication.PUBLISHED:
                yield reading


def _entries(key: str, last: int) -> Iterator[Entry]:
    while batch := read.entries(
        "r.controversy_id = %s AND r.number > %s", [key, last], order="r.number", limit=BATCH
    ):
        yield from batch
        last = batch[-1].number


def _blocks(key: str, after: int) -> Iterator[m.Block]:
    rows = m.Block.objects.filter(controversy_id=key, since__gt=after).order_by("since", "key")
    return rows.iterator(chunk_size=_BLOCKS)
