"""Saving edits that began with some revision: merged with what was recorded since, or not at all.

`record()` takes a document as the next revision. People's edits go through `save()`, which merges them with what was
recorded meanwhile and returns the conflicts, where two edits changed the same. Restoring an old revision and undoing
one are edits like any other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import parse
from controversies.document.merge import Conflict, MergeResult, Resolution, Take, merge
from controversies.document.parse import InvalidDocument
from controversies.document.types import BLOCKS, Document
from controversies.document.unite import rename_keys
from controversies.kit import retry
from controversies.kit.accounts import Account
from controversies.models import ChangeClass

from . import former, read, redactions, shared_rows
from .read import Reading
from .record import KEY, Stale, record
from .refusals import explain_refusal


class UnknownRevision(LookupError):
    """No revision has this number."""


@dataclass(frozen=True, slots=True)
class SaveResult:
    """The outcome of an edit.

    With `conflicts` nothing was written. Without, `revision` is the one made, or None if the newest revision says
    it all already (as after a double click). `head` is the newest revision that the edit was compared with, None
    for a new controversy; `merged` tells what came in since the edit began, None if nothing had. `edit` is the
    reviewer's own revision after it, where `save_accepted()` recorded both.
    """

    revision: m.Revision | None
    head: Reading | None
    merged: MergeResult | None = None
    edit: m.Revision | None = None

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return self.merged.conflicts if self.merged else ()


def save(
    document: Document,
    *,
    author: Account | None = None,
    author_name: str = "",
    summary: str = "",
    base: int,
    choices: Mapping[str, Resolution] | None = None,
    kind: ChangeClass | None = None,
    reviewer: Account | None = None,
) -> SaveResult:
    """Record an edit that began with revision `base` (0: a new controversy), merged with what was recorded since.

    `choices` resolve conflicts, by path. Saves of one controversy wait for one another; a deadlock with somebody
    who changes shared rows is tried again. Raises UnknownRevision, InvalidDocument with every fault, and Stale if
    a new controversy's key is another's already.
    """
    return _save_in_turn(
        document.key,
        lambda: _save(
            document,
            base=base,
            choices=choices or {},
            author=author,
            author_name=author_name,
            summary=summary,
            kind=kind,
            reviewer=reviewer,
        ),
    )


@dataclass(frozen=True, slots=True)
class AcceptedProposal:
    """A proposal to be accepted: the document proposed after revision `base` (0: a new page), its author and reason."""

    document: Document
    base: int
    author: Account | None
    author_name: str
    summary: str


def save_accepted(
    proposed: AcceptedProposal,
    edited: Document,
    *,
    base: int,
    reviewer: Account | None,
    summary: str,
    choices: Mapping[str, Resolution] | None = None,
) -> SaveResult:
    """Record a proposal as its author wrote it, and then, by itself, what the reviewer made of it.

    `edited` began with revision `base` and ends up as the page, merged and resolved as in save(). Before it stands what
    was proposed, without what the page contradicts by now, unless `edited` keeps just that. The first revision is the
    author's, accepted by the reviewer; the second is the reviewer's, for the reason `summary`. One that would change
    nothing is left out. Nothing is recorded where the page would be as it was. Raises as save() does.
    """
    return _save_in_turn(
        edited.key,
        lambda: _save_accepted(
            proposed, edited, base=base, reviewer=reviewer, summary=summary, choices=choices or {}
        ),
    )


def _save_in_turn(key: str, attempt: Callable[[], SaveResult]) -> SaveResult:
    """Make the attempt in a transaction, after other saves of this page, and again after a deadlock."""
    parse.value(KEY, key)

    def locked_attempt() -> SaveResult:
        # The controversy's row is locked by record(), after the shared rows that it newly refers to, and that is when
        # the head is compared. This lock is only of saves among themselves, so that they queue and none starts over.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        return attempt()

    try:
        return retry.in_transaction(locked_attempt)
    except IntegrityError as error:  # what COMMIT refused
        raise explain_refusal(error) from error


def _save(document: Document, *, base: int, choices: Mapping[str, Resolution], **options: Any) -> SaveResult:
    if not base:
        return _save_new(document, **options)
    start = _at(document.key, base)
    head: Reading | None = start
    while True:
        newest = read.newest_number(document.key)
        if head is None or head.number != newest:
            head = read.head(document.key)
        if head is None:
            raise UnknownRevision(base)
        merged = _merge(start, head, document, choices)
        if merged is not None and merged.conflicts:
            return SaveResult(None, head, merged)
        try:
            return SaveResult(
                record(merged.document if merged else document, base=head, **options), head, merged
            )
        except Stale as stale:  # a shared row was renamed between reading and locking
            head = stale.head


def _merge(
    start: Reading, head: Reading, document: Document, choices: Mapping[str, Resolution]
) -> MergeResult | None:
    """Merge the edit that began with `start` with what was recorded since; None if nothing was."""
    if head.number == start.number:
        return None
    faults = parse.check(document, known=start.document) or redactions.brought_back(start, document)
    if faults:
        raise InvalidDocument(faults)
    began, mine = former.follow_mergers((start.document, document), head.document)
    return merge(began, head.document, mine, choices)


def _save_new(document: Document, **options: Any) -> SaveResult:
    try:
        return SaveResult(record(document, base=None, **options), None)
    except Stale as stale:
        if stale.head is None or not _is_recorded(document, stale.head.document):
            raise
        return SaveResult(None, stale.head)


def _save_accepted(
    proposed: AcceptedProposal,
    edited: Document,
    *,
    base: int,
    reviewer: Account | None,
    summary: str,
    choices: Mapping[str, Resolution],
) -> SaveResult:
    first, head, merged = proposed.document, None, None
    start = _at(edited.key, base) if proposed.base else None
    faults = parse.check(edited, known=start.document if start else None)
    if faults:
        raise InvalidDocument(faults)
    if start is not None:
        head = read.head(edited.key) or start
        merged = _merge(start, head, edited, choices)
        if merged is not None and merged.conflicts:
            return SaveResult(None, head, merged)
    result = (merged.document if merged else edited).with_blocks()
    if head is not None:
        if result == head.document:
            return SaveResult(None, head, merged)
        began, first = former.follow_mergers((_at(edited.key, proposed.base).document, first), head.document)
        first = _without_conflicts(began, head.document, first, result)
    else:
        first, result = former.follow_mergers((first, result), None)
        # The words proposed are as public as the page: where it is published at once, so are they
        first = replace(first, head=replace(first.head, publication=result.head.publication))
    first = replace(first, head=replace(first.head, slug=result.head.slug))  # the other may be taken by now
    fresh = shared_rows.unrecorded_keys(first)
    known = shared_rows.find_twins(first, fresh)
    first, fresh = rename_keys(first, known), fresh - known.keys()
    shared_rows.lock(
        result, head.document if head else None
    )  # before the page's own lock, which record() takes
    try:
        revision = record(
            first,
            base=head,
            author=proposed.author,
            author_name=proposed.author_name,
            reviewer=reviewer,
            summary=proposed.summary,
        )
    except Stale as stale:
        if head is not None:  # a shared row was renamed between reading and locking
            return _save_accepted(
                proposed, edited, base=base, reviewer=reviewer, summary=summary, choices=choices
            )
        if stale.head is None or not _is_recorded(edited, stale.head.document):
            raise
        return SaveResult(None, stale.head)
    known = shared_rows.find_twins(result, shared_rows.unrecorded_keys(result))
    result = rename_keys(result, {key: there for key, there in known.items() if there in fresh})
    shared_rows.update_rows(fresh, result)
    edit = record(result, base=read.head(edited.key), author=reviewer, summary=summary)
    return (
        SaveResult(revision, head, merged, edit) if revision is not None else SaveResult(edit, head, merged)
    )


def _without_conflicts(base: Document, now: Document, proposed: Document, result: Document) -> Document:
    """Merge a proposal with the page. Conflicts stay as on the page, unless `result` has exactly what is proposed.

    So nobody overwrites, under their name, what they never saw.
    """
    resolutions: dict[str, Resolution] = {}
    while True:
        merged = merge(base, now, proposed, resolutions)
        if not merged.conflicts:
            return merged.document
        for conflict in merged.conflicts:
            if conflict.path in resolutions:  # no resolution settles it
                return now
        choices = {each.path: Resolution(Take.THEIRS, each.seen) for each in merged.conflicts}
        plain = merge(base, now, proposed, resolutions | choices).document
        for each in merged.conflicts:
            kept = choices | {each.path: Resolution(Take.MINE, each.seen)}
            alone = merge(base, now, proposed, resolutions | kept).document
            seen = merge(plain, result, alone)
            if not seen.conflicts and seen.document == result:
                choices[each.path] = kept[each.path]
        resolutions |= choices


def _is_recorded(document: Document, recorded: Document) -> bool:
    """Whether the document is recorded, but for how shared rows are shown."""
    document = replace(document, head=replace(document.head, topic=recorded.head.topic))
    return all(
        getattr(document, each.attribute) == getattr(recorded, each.attribute)
        for each in BLOCKS
        if not each.shared
    )


def revert(
    key: str,
    number: int,
    *,
    base: int | None = None,
    publication: bool = False,
    summary: str = "",
    **options: Any,
) -> SaveResult:
    """Record that the page is again as revision `number` was; the rest is as for save().

    `base` is the revision that the editor has seen as the newest. Its address stays as it is now, and so does its
    publication unless asked for too. Backers, sources and topics are shown as they are now.
    """
    old = _at(key, number)
    now = read.head(key) if base is None else read.at(key, base)
    if now is None:
        raise UnknownRevision(base)
    return save(
        restored_document(old.document, now.document, publication=publication),
        base=now.number,
        summary=_summary(_("Revision %s restored.") % number, summary),
        kind=ChangeClass.RESTORE,
        **options,
    )


def undo(
    key: str, number: int, *, publication: bool = False, summary: str = "", **options: Any
) -> SaveResult:
    """Record the page without what revision `number` changed, and with all that came after; the rest is as for save().

    The first revision cannot be undone (UnknownRevision). The page's address stays, and so does its publication
    unless asked for too. What a revision changed of a backer, source or topic is undone where those are edited.
    """
    undone, before = _at(key, number), _at(key, number - 1)
    return save(
        restored_document(before.document, undone.document, publication=publication),
        base=number,
        summary=_summary(_("Revision %s undone.") % number, summary),
        kind=ChangeClass.RESTORE,
        **options,
    )


def _at(key: str, number: int) -> Reading:
    reading = read.at(key, number) if number > 0 else None
    if reading is None:
        raise UnknownRevision(number)
    return reading


def restored_document(old: Document, now: Document, *, publication: bool = False) -> Document:
    """Return `old` with the address of the page as `now`, and its publication unless that is restored, too."""
    state = (old if publication else now).head.publication
    return replace(old, head=replace(old.head, slug=now.head.slug, publication=state))


def _summary(act: str, reason: str) -> str:
    return f"{act} {reason}".strip()
