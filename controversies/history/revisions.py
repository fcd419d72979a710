"""Revisions as they are written: their digest, and the blocks that they change."""

import datetime
import hashlib

from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import canonical
from controversies.document.parse import Fault, InvalidDocument
from controversies.document.types import BLOCKS, Document
from controversies.kit.accounts import Account
from controversies.models import ChangeClass

from . import periods
from .blame.derive import RecordedRevision, attribute_recorded
from .change_columns import change_columns
from .read import Reading

# Sent within the transaction, once its revisions are written, for what remembers the newest of any page. `pairs` are
# the newest revisions before (None of a new page) and the documents after; without them, all pages may have changed.
revisions_recorded = Signal()


def revision_digest(
    *,
    parent: bytes | None,
    document: bytes,
    author: str,
    time: datetime.datetime,
    summary: str,
    reviewer: str = "",
) -> bytes:
    """Return the SHA-256 of the canonical JSON of what identifies a revision: parent, document, author, time, summary.

    Digests are hexadecimal, the first revision's parent is null, the time is in UTC to the microsecond. Where
    somebody accepted what the author proposed, their name is in it too, and no "reviewer" otherwise.
    """
    return hashlib.sha256(
        canonical.dumps(
            {
                "author": author,
                "document": document.hex(),
                "parent": parent.hex() if parent else None,
                "summary": summary,
                "time": time.astimezone(datetime.UTC).isoformat(timespec="microseconds"),
                **({"reviewer": reviewer} if reviewer else {}),
            }
        )
    ).digest()


def append_revisions(
    pairs: list[tuple[Reading | None, Document]],
    *,
    author: Account | None,
    name: str,
    summary: str,
    time: datetime.datetime | None,
    kind: ChangeClass | None,
    reviewer: Account | None = None,
    reviewer_name: str = "",
) -> list[m.Revision]:
    """Write a revision of each document after the one that is its newest, and the blocks that it changed.

    Raises InvalidDocument if `time` is before that of a newest revision.
    """
    blocks: list[m.Block] = []
    revisions: list[m.Revision] = []
    recorded: list[RecordedRevision] = []
    now = timezone.now()
    for head, document in pairs:
        number = head.number + 1 if head else 1
        known = head.document.by_key if head else {}
        digests: dict[str, bytes] = {}
        first = len(blocks)  # of those of this page
        same_order = head is not None and _order(head.document) == _order(document)
        columns = change_columns(head.document if head else None, document)
        for block in document.blocks():
            if head and known.get(block.key) == block and (same_order or block is not document.head):
                digests[block.key] = head.stored[block.key].digest
                continue
            text = canonical.encode(document, block)
            digest = hashlib.sha256(text).digest()
            digests[block.key] = digest
            since, basis = _packing_basis(head, block.key)
            body, is_delta = canonical.pack(text, basis)
            blocks.append(
                m.Block(
                    controversy_id=document.key,
                    key=block.key,
                    since=number,
                    digest=digest,
                    body=body,
                    basis=since if is_delta else None,
                    renumbered=block.key in columns.renumbered or None,
                )
            )
        removed = [key for key in head.stored if key not in digests] if head else []
        blocks.extend(m.Block(controversy_id=document.key, key=key, since=number) for key in removed)
        if head is None or list(digests) != list(head.stored):
            blocks.append(
                m.Block(controversy_id=document.key, key=m.Block.OUTLINE, since=number, outline=list(digests))
            )
        if head is not None and time is not None and time < head.entry.time:
            raise InvalidDocument([_backdated(head, time)])
        changed = [str(block.key) for block in blocks[first:]]
        recorded.append(
            RecordedRevision(head, document, number, changed, restores=kind is ChangeClass.RESTORE)
        )
        when = time or now
        if time is None and head is not None and when <= head.entry.time:  # the clock was set back
            when = head.entry.time + datetime.timedelta(microseconds=1)
        whole = canonical.combine(digests.items())
        revisions.append(
            m.Revision(
                controversy_id=document.key,
                number=number,
                time=when,
                author=author,
                author_name=name,
                reviewer=reviewer,
                reviewer_name=reviewer_name,
                summary=summary,
                document=whole,
                digest=revision_digest(
                    parent=head.entry.digest if head else None,
                    document=whole,
                    author=name,
                    time=when,
                    summary=summary,
                    reviewer=reviewer_name,
                ),
                classes=[*([kind.value] if kind else []), *columns.classes],
                changes=columns.changes,
                added=columns.added,
                removed=columns.removed,
            )
        )
    m.Block.objects.bulk_create(blocks, batch_size=1000)
    m.Revision.objects.bulk_create(revisions, batch_size=500)
    periods.write(
        (head.document if head else None, revision, document)
        for (head, document), revision in zip(pairs, revisions, strict=True)
    )
    attribute_recorded(recorded)
    revisions_recorded.send(m.Revision, pairs=pairs)
    return revisions


def _backdated(head: Reading, time: datetime.datetime) -> Fault:
    """Return the fault of a revision that would be dated before the one that it follows."""
    return Fault(
        "time",
        _(
            "The new revision of “%(page)s” would be of %(time)s, but revision %(number)d is of %(last)s. "
            "Give it that time or a later one."
        )
        % {
            "page": head.document.head.title,
            "time": time.isoformat(),
            "number": head.number,
            "last": head.entry.time.isoformat(),
        },
    )


def _order(document: Document) -> list[list[str]]:
    """Return the keys of the blocks whose order editors choose."""
    return [[block.key for block in each.blocks(document)] for each in BLOCKS if each.ordered]


def _packing_basis(head: Reading | None, key: str) -> tuple[int | None, bytes | None]:
    """Return the version of a block that its next one may be packed against: one that stands by itself."""
    stored = head.stored.get(key) if head else None
    if stored is None or stored.body.startswith(canonical.PLAIN):
        return None, None
    if stored.basis is None or stored.basis_body is None:
        return stored.since, canonical.unpack(stored.body)
    return stored.basis, canonical.unpack(stored.basis_body)
