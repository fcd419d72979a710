"""The one writer. Everything that changes what readers see ends in `record()` or `act()`."""

import datetime
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import batched
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import canonical, compare, parse, rows
from controversies.document import text as texts
from controversies.document.parse import Fault, InvalidDocument
from controversies.document.types import Block, Document, Head, Kind, Spec
from controversies.models import ChangeClass

from . import read, shared_rows
from .read import Reading

_KEY = Head.SPECS[0]
SUMMARY_LIMIT, AUTHOR_LIMIT = 1000, 150
IMPORTED_SUMMARY_LIMIT = 20_000  # whole messages of commits: they were written elsewhere, under other limits
_NAME = Spec("author", Kind.LINE, "", limit=AUTHOR_LIMIT)

# Sent within the transaction, once its revisions are written, for what remembers the newest of any page.
revisions_recorded = Signal()


class Stale(Exception):
    """The edit started from a revision that is no longer the newest; `head` is what is. Nothing was written."""

    def __init__(self, head: Reading | None) -> None:
        super().__init__(_("Somebody else saved this page meanwhile. Nothing was written."))
        self.head = head


def public_name(user: Any) -> str:
    """The name under which a user's changes are recorded for everybody to see; never an e-mail address."""
    for name in (user.get_full_name(), user.get_username()):
        public = texts.line(name.partition("@")[0])[:AUTHOR_LIMIT].strip()
        if texts.is_visible(public):
            return public
    return _("An editor")


def revision_digest(
    *,
    parent: bytes | None,
    document: bytes,
    author: str,
    time: datetime.datetime,
    summary: str,
    reviewer: str = "",
) -> bytes:
    """SHA-256 of the canonical JSON of what identifies a revision: parent, document, author, time, summary.

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


def record(
    document: Document,
    *,
    author: Any = None,
    author_name: str = "",
    summary: str = "",
    base: Reading | int | None,
    time: datetime.datetime | None = None,
    kind: ChangeClass | None = None,
    reviewer: Any = None,
    reviewer_name: str = "",
) -> m.Revision | None:
    """Record the document as the controversy's next revision and bring its rows into agreement, or do neither.

    `base` is the revision that the edit started from: a Reading, its number, or None (or 0) for a new
    controversy. Raises Stale if it is not the newest, and InvalidDocument with every fault.
    `author` is an account; `author_name` names whoever has none here. `kind` marks an import or a restoration,
    `reviewer` is the account of whoever accepted what the author proposed, `reviewer_name` names one who has none.
    Who may do what is not asked here but by who calls: the desk of accounts, `proposals` of who decides, a fixture of
    the names that it calls contributors; what comes from elsewhere is recorded as it was there.
    Gives None, and writes nothing, where nothing changed. What the document says of backers, sources and
    topics that are on record gives way to what the record says; those that are not are made.
    """
    name, summary = _author(author, author_name), check_summary(summary, kind)
    reviewer_name = parse.value(_NAME, reviewer_name)
    parse.value(_KEY, document.key)
    try:
        with transaction.atomic():
            start = base if isinstance(base, Reading) else read.head(document.key) if base else None
            faults = parse.check(document, known=start.document if start else None)
            locked = {} if faults else shared_rows.lock(document, start.document if start else None)
            head, touched = _lock(document.key, start)
            if not _is_same(head, start if isinstance(base, Reading) else base):
                raise Stale(head)
            if faults:
                raise InvalidDocument(faults)
            before = head.document if head else None
            document = shared_rows.resolve(document.with_blocks(), before, locked, reread=touched)
            _check_head(document, head)
            if touched:
                rows.sync_rows([document])
            if before == document:
                if touched:
                    _prove_unchanged([document.key])
                return None
            if not touched:
                rows.apply(before, document)
            [revision] = _append(
                [(head, document)],
                author=author,
                name=name,
                summary=summary,
                time=time,
                kind=kind,
                reviewer=reviewer,
                reviewer_name=reviewer_name,
            )
            return revision
    except IntegrityError as error:
        if _constraint(error) == f"{m.Controversy._meta.db_table}_pkey" and (head := read.head(document.key)):
            raise Stale(head) from error  # somebody else made it at the same moment
        raise _explained(error) from error


def _is_same(head: Reading | None, base: Reading | int | None) -> bool:
    """Whether the edit started from the newest revision."""
    if isinstance(base, Reading):
        return head is not None and head.entry.digest == base.entry.digest
    return (head.number if head else 0) == (base or 0)


@contextmanager
def act(
    *,
    author: Any = None,
    author_name: str = "",
    summary: str = "",
    time: datetime.datetime | None = None,
    kind: ChangeClass | None = None,
    reviewer_name: str = "",
) -> Iterator[list[str]]:
    """Record every controversy whose rows are changed within, once each, in one transaction.

    For what does not go through a document: a renamed backer, a corrected source. What was changed and changed
    back is not recorded. Gives a list that holds the keys of the controversies recorded once it has ended. `kind`
    marks an import.
    """
    name, summary = _author(author, author_name), check_summary(summary, kind)
    recorded: list[str] = []
    with transaction.atomic():
        yield recorded
        for keys in batched(unrecorded(), 200):
            _lock_all(keys)
            documents = rows.from_rows(keys)
            before = read.heads(keys)
            pairs = [
                (before.get(key), _sharing(documents[key], before.get(key)))
                for key in keys
                if key in documents
            ]
            for head, document in pairs:
                faults = parse.check(document, known=head.document if head else None)
                if faults:
                    raise InvalidDocument(faults)
            rows.sync_rows(document for _head, document in pairs)
            _prove_unchanged([document.key for head, document in pairs if head and head.document == document])
            pairs = [(head, document) for head, document in pairs if not head or head.document != document]
            _append(
                pairs,
                author=author,
                name=name,
                summary=summary,
                time=time,
                kind=kind,
                reviewer_name=reviewer_name,
            )
            recorded.extend(document.key for _head, document in pairs)


def _sharing(document: Document, head: Reading | None) -> Document:
    """The document with the very blocks of the newest revision where they are equal: none is checked again."""
    if head is None:
        return document
    known = head.document.by_key

    def same(block: Block) -> Any:
        found = known.get(block.key)
        return found if found == block else block

    return replace(
        document,
        head=same(document.head),
        context=same(document.context),
        **{
            name: tuple(map(same, getattr(document, name)))
            for name in ("points", "positions", "backers", "sources")
        },
    )


def _author(author: Any, name: str) -> str:
    """The name to record, in canonical form."""
    name = parse.value(_NAME, name)
    if not name and author is not None:
        name = public_name(author)
    if not name:
        raise ValueError("A revision needs an author.")
    return name


def check_summary(summary: str, kind: ChangeClass | None = None) -> str:
    """The reason for a change of this kind in canonical form. Raises InvalidDocument if it is too long."""
    limit = IMPORTED_SUMMARY_LIMIT if kind is ChangeClass.IMPORT else SUMMARY_LIMIT
    return parse.value(Spec("summary", Kind.PROSE, "", limit=limit), summary)


def _lock(key: str, base: Reading | int | None) -> tuple[Reading | None, bool]:
    """Keep others from recording this controversy until COMMIT; its newest revision, and whether rows changed.

    A base that is the newest revision is not read again: its digest says that it is the same.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.id, EXISTS (
                SELECT FROM controversies_unrecordedchange t
                WHERE t.controversy_id = c.id
                    AND t.transaction = pg_current_xact_id_if_assigned()::text::bigint
            ) FROM controversies_controversy c WHERE c.id = %s FOR NO KEY UPDATE
            """,
            [key],
        )
        row = cursor.fetchone()
        if row is None:
            return None, False
        touched = row[1]
        if isinstance(base, Reading):
            cursor.execute(
                "SELECT digest FROM controversies_revision WHERE controversy_id = %s"
                " ORDER BY number DESC LIMIT 1",
                [key],
            )
            newest = cursor.fetchone()
            if newest is not None and bytes(newest[0]) == base.entry.digest:
                return base, touched
    return read.head(key), touched


def _lock_all(keys: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM controversies_controversy WHERE id = ANY(%s::uuid[])"
            " ORDER BY id FOR NO KEY UPDATE",
            [list(keys)],
        )


def _prove_unchanged(keys: list[str]) -> None:
    """Have the database prove that every row of these pages is as it was; a page of which it is not stays touched."""
    if keys:
        with connection.cursor() as cursor:
            cursor.execute("SELECT controversies_prove_unchanged(%s::uuid[])", [keys])


def unrecorded() -> list[str]:
    """The keys of the controversies whose rows this transaction has changed without a revision so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT controversy_id FROM controversies_unrecordedchange
            WHERE transaction = pg_current_xact_id_if_assigned()::text::bigint ORDER BY controversy_id
            """
        )
        return [str(key) for (key,) in cursor.fetchall()]


def _check_head(document: Document, head: Reading | None) -> None:
    """Refuse an address that another page has, and what would pull a page from under those who link to it."""
    new, old = document.head, head.document.head if head else None
    faults = []
    if old is None or old.slug != new.slug:
        if m.Controversy.objects.filter(slug=new.slug).exclude(pk=document.key).exists():
            faults.append(Fault("slug", _("Another controversy has this address.")))
        elif old is not None and old.publication != m.Publication.DRAFT:
            faults.append(Fault("slug", _("The address cannot change once readers have seen the page.")))
    if old is not None and old.publication != new.publication and new.publication == m.Publication.DRAFT:
        faults.append(
            Fault("publication", _("Readers have seen this page: withdraw it instead of making it a draft."))
        )
    if faults:
        raise InvalidDocument(faults)


def _append(
    pairs: list[tuple[Reading | None, Document]],
    *,
    author: Any,
    name: str,
    summary: str,
    time: datetime.datetime | None,
    kind: ChangeClass | None,
    reviewer: Any = None,
    reviewer_name: str = "",
) -> list[m.Revision]:
    """Write a revision of each document after the one that is its newest, and the blocks that it changed."""
    blocks: list[m.Block] = []
    revisions: list[m.Revision] = []
    now = timezone.now()
    reviewer_name = public_name(reviewer) if reviewer is not None else reviewer_name
    for head, document in pairs:
        number = head.number + 1 if head else 1
        known = head.document.by_key if head else {}
        digests: dict[str, bytes] = {}
        same_order = head is not None and (
            [p.key for p in head.document.points] == [p.key for p in document.points]
            and [p.key for p in head.document.positions] == [p.key for p in document.positions]
        )
        comparison = compare.compare(head.document if head else None, document)
        for block in document.blocks():
            if head and known.get(block.key) == block and (same_order or block is not document.head):
                digests[block.key] = head.stored[block.key].digest
                continue
            text = canonical.encode(document, block)
            digest = hashlib.sha256(text).digest()
            digests[block.key] = digest
            since, basis = _basis(head, block.key)
            body, is_delta = canonical.pack(text, basis)
            blocks.append(
                m.Block(
                    controversy_id=document.key,
                    key=block.key,
                    since=number,
                    digest=digest,
                    body=body,
                    basis=since if is_delta else None,
                    renumbered=block.key in comparison.renumbered or None,
                )
            )
        gone = [key for key in head.stored if key not in digests] if head else []
        blocks.extend(m.Block(controversy_id=document.key, key=key, since=number) for key in gone)
        if head is None or list(digests) != list(head.stored):
            blocks.append(
                m.Block(controversy_id=document.key, key=m.Block.OUTLINE, since=number, outline=list(digests))
            )
        when = time or now
        if time is None and head is not None and when <= head.entry.time:  # the clock was set back
            when = head.entry.time + datetime.timedelta(microseconds=1)
        whole = canonical.combine(digests.items())
        added, removed = compare.size(comparison)
        classes = compare.classes(comparison)
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
                classes=[each.value for each in ([kind, *classes] if kind else classes)],
                changes=compare.outline(comparison),
                added=added,
                removed=removed,
            )
        )
    m.Block.objects.bulk_create(blocks, batch_size=1000)
    made = m.Revision.objects.bulk_create(revisions, batch_size=500)
    revisions_recorded.send(m.Revision)
    return made


def _basis(head: Reading | None, key: str) -> tuple[int | None, bytes | None]:
    """The version of a block that its next one may be packed against: one that stands by itself."""
    stored = head.stored.get(key) if head else None
    if stored is None or stored.body.startswith(canonical.PLAIN):
        return None, None
    if stored.basis is None or stored.basis_body is None:
        return stored.since, canonical.unpack(stored.body)
    return stored.basis, canonical.unpack(stored.basis_body)


def _constraint(error: IntegrityError) -> str:
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""


def _explained(error: IntegrityError) -> Exception:
    """The fault that a refusal by the database stands for, where it is one of the document's."""
    constraint = _constraint(error)
    if constraint.endswith("_pkey"):
        table = constraint.removesuffix("_pkey").removeprefix("controversies_")
        return InvalidDocument(
            [
                Fault(
                    "",
                    _("A key of this page is already used elsewhere (%s).") % table,
                )
            ]
        )
    for model in (m.Backer, m.Source, m.Topic, m.Controversy, m.Position, m.ContestedPoint, m.Backing):
        for each in model._meta.constraints:
            if each.name == constraint:
                return InvalidDocument(
                    [Fault("", f"{model._meta.verbose_name}: {each.violation_error_message}")]
                )
        if constraint.startswith(f"{model._meta.db_table}_slug"):
            return InvalidDocument([Fault("", _("%s: this address is taken.") % model._meta.verbose_name)])
    return error
