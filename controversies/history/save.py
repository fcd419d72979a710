"""Saves an edit that began with some revision, whatever was recorded since: merged with it, or not at all.

`record()` takes a document as the next revision. `save()` is what people's edits go through: it merges them with
what came in meanwhile, and hands back what two edits both changed. Restoring an old revision and undoing one are
edits like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import parse
from controversies.document.merge import Choice, Conflict, Merged, merge
from controversies.document.parse import InvalidDocument
from controversies.document.types import Document
from controversies.models import ChangeClass

from . import read
from .read import Reading
from .record import _KEY, Stale, _explained, record

_TRIES = 5
_AGAIN = {
    "40P01",
    "40001",
}  # SQLSTATE: deadlock detected, serialization failure; the transaction left no trace


class UnknownRevision(LookupError):
    """There is no revision of this number."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of an edit.

    With `conflicts` nothing was written. Without, `revision` is the one made, or None if the newest revision says
    it all already (as after a double click). `head` is the newest revision that the edit was compared with, None
    for a new controversy; `merged` tells what came in since the edit began, None if nothing had.
    """

    revision: m.Revision | None
    head: Reading | None
    merged: Merged | None = None

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return self.merged.conflicts if self.merged else ()


def save(
    document: Document,
    *,
    author: Any = None,
    author_name: str = "",
    summary: str = "",
    base: int,
    choices: Mapping[str, Choice] | None = None,
    kind: ChangeClass | None = None,
    reviewer: Any = None,
) -> Saved:
    """Record an edit that began with revision `base` (0: a new controversy), merged with what was recorded since.

    `choices` resolve conflicts, by path. Saves of one controversy wait for one another; a deadlock with somebody
    who changes shared rows is tried again. Raises UnknownRevision, InvalidDocument with every fault, and Stale if
    a new controversy's key is another's already.
    """
    parse.value(_KEY, document.key)
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                return _save(
                    document,
                    base=base,
                    choices=choices or {},
                    author=author,
                    author_name=author_name,
                    summary=summary,
                    kind=kind,
                    reviewer=reviewer,
                )
        except OperationalError as error:
            if left == 0 or getattr(error.__cause__, "sqlstate", None) not in _AGAIN:
                raise
        except IntegrityError as error:  # what COMMIT refused
            raise _explained(error) from error
    raise AssertionError  # the last try returns or raises


def _save(document: Document, *, base: int, choices: Mapping[str, Choice], **options: Any) -> Saved:
    # The controversy's row is locked by record(), after the shared rows that it newly refers to, and that is when
    # the head is compared. This lock is only of saves among themselves, so that they queue and none starts over.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [document.key])
    if not base:
        return _save_new(document, **options)
    start = read.at(document.key, base)
    if start is None:
        raise UnknownRevision(base)
    head: Reading | None = start
    while True:
        newest = read.newest_number(document.key)
        if head is None or head.number != newest:
            head = read.head(document.key)
        if head is None:
            raise UnknownRevision(base)
        merged = None
        if head.number != start.number:
            faults = parse.check(document, known=start.document)
            if faults:
                raise InvalidDocument(faults)
            merged = merge(start.document, head.document, document, choices)
            if merged.conflicts:
                return Saved(None, head, merged)
        try:
            return Saved(record(merged.document if merged else document, base=head, **options), head, merged)
        except Stale as stale:  # a shared row was renamed between reading and locking
            head = stale.head


def _save_new(document: Document, **options: Any) -> Saved:
    try:
        return Saved(record(document, base=None, **options), None)
    except Stale as stale:
        if stale.head is None or not _is_said(document, stale.head.document):
            raise
        return Saved(None, stale.head)


def _is_said(document: Document, recorded: Document) -> bool:
    """Whether what is on record is this document, but for how shared rows are shown."""
    head = replace(document.head, topic=recorded.head.topic)
    return (head, document.context, document.points, document.positions) == (
        recorded.head,
        recorded.context,
        recorded.points,
        recorded.positions,
    )


def revert(
    key: str,
    number: int,
    *,
    base: int | None = None,
    publication: bool = False,
    summary: str = "",
    **options: Any,
) -> Saved:
    """Record that the page is again as revision `number` was; the rest is as for save().

    `base` is the revision that whoever asks has seen as the newest. Its address stays as it is now, and so does its
    publication unless asked for too. Backers, sources and topics are shown as they are now.
    """
    old = _at(key, number)
    now = read.head(key) if base is None else read.at(key, base)
    if now is None:
        raise UnknownRevision(base)
    return save(
        restored(old.document, now.document, publication=publication),
        base=now.number,
        summary=_said(_("Revision %s restored.") % number, summary),
        kind=ChangeClass.RESTORE,
        **options,
    )


def undo(key: str, number: int, *, publication: bool = False, summary: str = "", **options: Any) -> Saved:
    """Record the page without what revision `number` changed, and with all that came after; the rest is as for save().

    The first revision cannot be undone (UnknownRevision). The page's address stays, and so does its publication
    unless asked for too. What a revision changed of a backer, source or topic is undone where those are edited.
    """
    undone, before = _at(key, number), _at(key, number - 1)
    return save(
        restored(before.document, undone.document, publication=publication),
        base=number,
        summary=_said(_("Revision %s undone.") % number, summary),
        kind=ChangeClass.RESTORE,
        **options,
    )


def _at(key: str, number: int) -> Reading:
    found = read.at(key, number) if number > 0 else None
    if found is None:
        raise UnknownRevision(number)
    return found


def restored(old: Document, now: Document, *, publication: bool = False) -> Document:
    """What restoring `old` asks for where the page is as `now`: its address stays, its publication unless asked for."""
    taken = (old if publication else now).head.publication
    return replace(old, head=replace(old.head, slug=now.head.slug, publication=taken))


def _said(what: str, why: str) -> str:
    return f"{what} {why}".strip()
