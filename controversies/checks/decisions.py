"""Editors' decisions on what checks saw: a revision of each page concerned, or a remark beside the record.

Each is safe to send twice and by two people at once: it says what it expects, changes nothing that has changed since,
and closes only tasks that are still open. Callers check who may do what.
"""

import uuid
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies import history
from controversies.document import parse
from controversies.document import text as texts
from controversies.document.types import Citation, Document
from controversies.document.types import Source as SourceBlock
from controversies.history import pending
from controversies.history.refusals import PUT_OFF, constraint_name, still_recorded
from controversies.kit.accounts import Account
from controversies.models import (
    Citation as CitationRow,
)
from controversies.models import (
    CitationTask,
    Controversy,
    QuoteCheck,
    QuoteVerdict,
    Revision,
    Source,
    SourceState,
    TaskCause,
    TaskState,
    page_of,
)

from .tasks import text_digest

REASON_LIMIT = 1000  # characters

# The causes of tasks that a change of a source answers, by its fields.
_ANSWERED_BY = {
    "url": (TaskCause.DEAD, TaskCause.MOVED, TaskCause.ALTERED),
    "doi": (TaskCause.DEAD, TaskCause.MOVED, TaskCause.ALTERED, TaskCause.RETRACTED),
    "title": (TaskCause.TITLE,),
    "archive_url": (TaskCause.DEAD, TaskCause.ALTERED),
}


class DecisionRefused(Exception):
    """A decision that cannot be carried out; the text is for the editor. Nothing was written."""


class AddressInUse(DecisionRefused):
    """Another source has the new address already."""

    def __init__(self, other: Source) -> None:
        super().__init__(_("“%s” has this address already. If it is the same work, merge the two.") % other)
        self.other = other


# -- decisions that change the record --


def use_address(source: uuid.UUID, *, old: str, new: str, user: Account, reason: str) -> int:
    """Give a source the address that it has moved to; return how many pages got a revision.

    Raises DecisionRefused if the source no longer has the old address or moved on, and AddressInUse.
    """
    state = SourceState.objects.filter(source=source).first()
    if state is not None and state.moved_to != new:
        raise DecisionRefused(_("The source has moved on since you opened the board. Look again."))
    return _change_source(source, "url", old=old, new=new, user=user, reason=reason)


def use_copy(source: uuid.UUID, *, old: str, new: str, user: Account, reason: str) -> int:
    """Record the address of a public copy of a source; return how many pages got a revision.

    Raises DecisionRefused if the source has another copy on record by now.
    """
    return _change_source(source, "archive_url", old=old, new=new, user=user, reason=reason)


def _change_source(source: uuid.UUID, name: str, *, old: str, new: str, user: Account, reason: str) -> int:
    """Change one field of a source from `old` to `new`, with a revision of each page that shows it.

    Raises InvalidDocument for what a source cannot have there.
    """
    parse.value(SourceBlock.spec(name), new)
    pending.record_all()
    try:
        with transaction.atomic():
            with history.act(author=user, summary=reason, in_batches=True) as recorded:
                row = Source.objects.select_for_update(no_key=True).filter(pk=source).first()
                if row is None:
                    raise DecisionRefused(_("This source is no longer on record."))
                current = getattr(row, name)
                if current not in (old, new):
                    raise DecisionRefused(
                        _(
                            "Somebody changed this source since you opened the board: it now has %s. Look again."
                        )
                        % (current or _("nothing there"))
                    )
                if current == old:
                    _check_unused(row, name, new)
                    setattr(row, name, new)
                    row.save(update_fields=[name])
            close_for_source(row.pk, [name], user=user)
    except IntegrityError as error:
        if constraint_name(error) == PUT_OFF:
            raise DecisionRefused(still_recorded()) from error
        # recorded by somebody else in this moment
        raise DecisionRefused(_("Another source has this address already.")) from error
    return len(recorded)


def _check_unused(row: Source, name: str, new: str) -> None:
    """Refuse an address that another source has."""
    other = Source.objects.filter(url=new).exclude(pk=row.pk).first() if name == "url" else None
    if other is not None:
        raise AddressInUse(other)


def use_words(citation: uuid.UUID, *, digest: str, user: Account, reason: str) -> int | None:
    """Replace a quotation by the source's own words, where only punctuation differs; return the revision's number.

    `digest` is that of the quotation shown. None if it reads so already. Raises DecisionRefused.
    """
    with transaction.atomic():
        page: uuid.UUID | None = (
            CitationRow.objects.filter(pk=citation).values_list(page_of(CitationRow), flat=True).first()
        )
        if page is None:
            raise DecisionRefused(_("This citation is no longer on the page."))
        with history.act(author=user, summary=reason) as recorded:
            Controversy.objects.select_for_update(no_key=True).filter(pk=page).first()
            row = CitationRow.objects.filter(pk=citation).first()
            if row is None:
                raise DecisionRefused(_("This citation is no longer on the page."))
            check = QuoteCheck.objects.filter(source=row.source_id, quote_sha256=digest).first()
            exact = texts.prose(check.selector.get("exact", "")) if check is not None else ""
            if row.quote != exact:
                if text_digest(row.quote) != digest:
                    raise DecisionRefused(_("Somebody changed this quotation meanwhile. Look again."))
                if check is None or check.verdict != QuoteVerdict.PUNCTUATION or not exact:
                    raise DecisionRefused(_("The source has been read again since. Look again."))
                row.quote = exact
                row.save(update_fields=["quote"])
        close_by_revision(
            CitationTask.objects.filter(citation_id=citation, cause=TaskCause.QUOTE, subject=digest),
            user=user,
        )
    if not recorded:
        return None
    return Revision.objects.filter(controversy=page).order_by("-number").values_list("number", flat=True)[0]


# -- decisions beside the record --


def accept_title(source: uuid.UUID, *, seen: str, user: Account) -> int:
    """Remember that the title on record is right though the source shows the title `seen`; return the tasks closed."""
    with transaction.atomic():
        SourceState.objects.filter(source=source).update(accepted_title=text_digest(seen))
        causes = (TaskCause.TITLE, TaskCause.ALTERED)
        tasks = CitationTask.objects.filter(source=source, cause__in=causes, subject=text_digest(seen))
        return dismiss(tasks, user=user, reason=_("The title on record is right."))


def dismiss(tasks: QuerySet[CitationTask], *, user: Account, reason: str) -> int:
    """Close those of these tasks that are open, for a reason; return how many. They do not come back for the same.

    Raises DecisionRefused without a reason, or with one that is too long.
    """
    reason = texts.prose(reason)
    if not texts.is_visible(reason):
        raise DecisionRefused(_("Give a reason. Other editors see it."))
    if len(reason) > REASON_LIMIT:
        raise DecisionRefused(_("At most %s characters.") % REASON_LIMIT)
    return tasks.filter(state=TaskState.OPEN).update(
        state=TaskState.DISMISSED, closed_at=timezone.now(), closed_by=user.pk, reason=reason
    )


# -- tasks that a revision answers --


def close_by_revision(tasks: QuerySet[CitationTask], *, user: Account) -> int:
    """Close those of these tasks that are open with the newest revision of their page; return how many."""
    newest = Revision.objects.filter(controversy=OuterRef("controversy_id")).order_by("-number")
    return tasks.filter(state=TaskState.OPEN).update(
        state=TaskState.DONE,
        closed_at=timezone.now(),
        closed_by=user.pk,
        revision=Subquery(newest.values("number")[:1]),
    )


def close_for_source(source: uuid.UUID, fields: Iterable[str], *, user: Account) -> int:
    """Close the tasks that a recorded change of these fields of a source answers; one query, or none."""
    causes = {cause for name in fields for cause in _ANSWERED_BY.get(name, ())}
    if not causes:
        return 0
    return close_by_revision(CitationTask.objects.filter(source=source, cause__in=causes), user=user)


def close_for_page(before: Document | None, after: Document, *, user: Account) -> int:
    """Close the tasks of citations that a recorded revision removed or gave another source or quotation; one query.

    No query where it changed no citation that was there before.
    """
    if before is None:
        return 0
    now = {citation.key: citation for citation in after.citations()}
    answered = [old.key for old in before.citations() if _is_replaced(old, now.get(old.key))]
    requoted = [old.key for old in before.citations() if old.key in now and now[old.key].quote != old.quote]
    if not answered and not requoted:
        return 0
    concerned = Q(citation_id__in=answered) | Q(citation_id__in=requoted, cause=TaskCause.QUOTE)
    return close_by_revision(CitationTask.objects.filter(concerned), user=user)


def _is_replaced(old: Citation, new: Citation | None) -> bool:
    return new is None or new.source != old.source


def sources_to_check(before: Document | None, after: Document) -> list[str]:
    """Return the sources of the citations that a revision added, or whose source or quotation it changed."""
    known = {(citation.source, citation.quote) for citation in before.citations()} if before else set()
    changed = (each.source for each in after.citations() if (each.source, each.quote) not in known)
    return list(dict.fromkeys(changed))


__all__ = [
    "AddressInUse",
    "DecisionRefused",
    "accept_title",
    "close_by_revision",
    "close_for_page",
    "close_for_source",
    "dismiss",
    "sources_to_check",
    "use_address",
    "use_copy",
    "use_words",
]
