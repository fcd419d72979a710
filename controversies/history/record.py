"""The one writer: every change of what readers see ends in `record()` or `act()`."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import batched
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from controversies import models as m
from controversies import rights
from controversies.document import parse, rows
from controversies.document import text as texts
from controversies.document.parse import Fault, InvalidDocument
from controversies.document.types import BLOCKS, Block, Document, Head, Kind, Spec
from controversies.kit.accounts import Account
from controversies.models import ChangeClass

from . import former, locks, pending, read, shared_rows
from .read import Reading
from .refusals import constraint_name, explain_refusal
from .revisions import append_revisions

KEY = Head.SPECS[0]
SUMMARY_LIMIT, AUTHOR_LIMIT = 1000, 150
IMPORTED_SUMMARY_LIMIT = 20_000  # whole messages of commits: they were written elsewhere, under other limits
_NAME = Spec("author", Kind.LINE, "", limit=AUTHOR_LIMIT)


class Stale(Exception):
    """The edit started from a revision that is no longer the newest; `head` is what is. Nothing was written."""

    def __init__(self, head: Reading | None) -> None:
        super().__init__(_("Somebody else saved this page meanwhile. Nothing was written."))
        self.head = head


def public_name(user: Account) -> str:
    """Return the name under which a user's changes are recorded for everybody to see; never an e-mail address."""
    for name in (user.get_full_name(), user.get_username()):
        public = texts.line(name.partition("@")[0])[:AUTHOR_LIMIT].strip()
        if texts.is_visible(public):
            return public
    return _("An editor")


def record(
    document: Document,
    *,
    author: Account | None = None,
    author_name: str = "",
    summary: str = "",
    base: Reading | int | None,
    time: datetime.datetime | None = None,
    kind: ChangeClass | None = None,
    reviewer: Account | None = None,
    reviewer_name: str = "",
) -> m.Revision | None:
    """Record the document as the controversy's next revision and bring its rows into agreement, or do neither.

    `base` is the revision that the edit started from: a Reading, its number, or None (or 0) for a new
    controversy. Raises Stale if it is not the newest, and InvalidDocument with every fault. `time` is now unless given;
    one before the newest revision's is a fault.
    `author` is an account; `author_name` names an author without one here. `kind` marks an import or a restoration,
    `reviewer` is the account of the person who accepted what the author proposed, `reviewer_name` names one without.
    Callers check who may do what; what comes from elsewhere is recorded as it was there.
    Returns None, and writes nothing, where nothing changed. Of backers, sources and topics that are on record, the
    record counts and not the document; those that are not are created.
    """
    name, summary = _author(author, author_name), check_summary(summary, kind)
    reviewer_name = public_name(reviewer) if reviewer is not None else parse.value(_NAME, reviewer_name)
    parse.value(KEY, document.key)
    try:
        with transaction.atomic():
            start = base if isinstance(base, Reading) else read.head(document.key) if base else None
            faults = parse.check(document, known=start.document if start else None)
            known = start.document if start else None
            locked = {} if faults else shared_rows.lock(document, known)
            if not faults and not shared_rows.are_known(document, known, locked):
                [followed] = former.follow_mergers((document,), known)
                if followed is not document:
                    document, locked = followed, locked | shared_rows.lock(followed, known)
            head, is_changed = locks.lock_page(document.key, start)
            if not _is_same(head, start if isinstance(base, Reading) else base):
                raise Stale(head)
            if faults:
                raise InvalidDocument(faults)
            before = head.document if head else None
            if time is None:  # what was recorded elsewhere is recorded as it was there
                topics = {each.head.topic.key for each in (before, document) if each}
                rights.check_topics(reviewer or author, topics)
            document = shared_rows.resolve(document.with_blocks(), before, locked, reread=is_changed)
            _check_head(document, head)
            if is_changed:
                rows.sync_rows([document])
            if before == document:
                if is_changed:
                    locks.prove_unchanged([document.key])
                return None
            if not is_changed:
                rows.apply(before, document)
            [revision] = append_revisions(
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
        if constraint_name(error) == f"{m.Controversy._meta.db_table}_pkey" and (
            head := read.head(document.key)
        ):
            raise Stale(head) from error  # somebody else made it at the same moment
        raise explain_refusal(error) from error


def _is_same(head: Reading | None, base: Reading | int | None) -> bool:
    """Whether the edit started from the newest revision."""
    if isinstance(base, Reading):
        return head is not None and head.entry.digest == base.entry.digest
    return (head.number if head else 0) == (base or 0)


@contextmanager
def act(
    *,
    author: Account | None = None,
    author_name: str = "",
    summary: str = "",
    time: datetime.datetime | None = None,
    kind: ChangeClass | None = None,
    reviewer_name: str = "",
    in_batches: bool = False,
) -> Iterator[list[str]]:
    """Record every controversy whose rows are changed within, once each, in one transaction.

    For what does not go through a document: a renamed backer, a corrected source. What was changed and changed
    back is not recorded. Gives a list that holds the keys of the controversies recorded once it has ended. `kind`
    marks an import. `in_batches` is for a change of one row that many pages show: after the first pages the others
    follow, in transactions of their own (`pending`), so that nobody who edits one of them waits for all.
    """
    name, summary = _author(author, author_name), check_summary(summary, kind)
    recorded: list[str] = []
    if not connection.in_atomic_block and pending.is_waiting():
        pending.record_all()
    with transaction.atomic():
        yield recorded
        pages = locks.unrecorded()
        if time is None:
            rights.check_pages(author, pages)
        now, later = pages[: pending.BATCH], pages[pending.BATCH :]
        if in_batches and later and pending.put_off(later, author=author, author_name=name, summary=summary):
            pages = now
            recorded.extend(later)
        for keys in batched(pages, 200):
            locks.lock_pages(keys)
            pending.record_put_off(keys)
            documents = rows.from_rows(keys)
            before = read.heads(keys)
            pairs = [
                (before.get(key), _with_recorded_blocks(documents[key], before.get(key)))
                for key in keys
                if key in documents
            ]
            for head, document in pairs:
                faults = parse.check(document, known=head.document if head else None)
                if faults:
                    raise InvalidDocument(faults)
            if time is None:
                rights.check_topics(
                    author, {head.document.head.topic.key for head, _document in pairs if head}
                )
            rows.sync_rows(document for _head, document in pairs)
            locks.prove_unchanged(
                [document.key for head, document in pairs if head and head.document == document]
            )
            pairs = [(head, document) for head, document in pairs if not head or head.document != document]
            append_revisions(
                pairs,
                author=author,
                name=name,
                summary=summary,
                time=time,
                kind=kind,
                reviewer_name=reviewer_name,
            )
            recorded.extend(document.key for _head, document in pairs)


def _with_recorded_blocks(document: Document, head: Reading | None) -> Document:
    """Return the document with the very blocks of the newest revision where they are equal: none is checked again."""
    if head is None:
        return document
    known = head.document.by_key

    def same(block: Block) -> Block:
        recorded = known.get(block.key)
        return recorded if recorded is not None and recorded == block else block

    blocks: dict[str, Any] = {}
    for block_type in BLOCKS:
        parts = tuple(map(same, block_type.blocks(document)))
        blocks[block_type.attribute] = parts if block_type.many else parts[0]
    return replace(document, **blocks)


def _author(author: Account | None, name: str) -> str:
    """Return the name to record, in canonical form. Raises ValueError without one."""
    name = parse.value(_NAME, name)
    if not name and author is not None:
        name = public_name(author)
    if not name:
        raise ValueError("A revision needs an author.")
    return name


def check_summary(summary: str, kind: ChangeClass | None = None) -> str:
    """Return the reason for a change of this kind in canonical form. Raises InvalidDocument if it is too long."""
    limit = IMPORTED_SUMMARY_LIMIT if kind is ChangeClass.IMPORT else SUMMARY_LIMIT
    return parse.value(Spec("summary", Kind.PROSE, "", limit=limit), summary)


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
