"""Notices to accounts about proposals, suggestions and removals: who gets which, and what they chose.

A notice is a row, written with what it is about; `mailing` makes one e-mail of all that wait for an account.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from controversies import rights
from controversies.kit.accounts import Account, Visitor
from controversies.models import (
    Controversy,
    MailKind,
    MailNotice,
    MailPace,
    Preference,
    Proposal,
    RedactionRequest,
    Revision,
    Suggestion,
)

from . import mailing

RECENT = 20  # newest revisions of a page, whose authors and reviewers get notices of it
REVIEW = "controversies.change_controversy"
PUBLISH = "controversies.publish_controversy"


@dataclass(frozen=True)
class MailChoice:
    """Whether an account gets e-mail, and how often."""

    is_wanted: bool = True
    pace: str = MailPace.HOURLY.value


def mail_choice(user: Visitor) -> MailChoice:
    """Return what the account chose, the defaults if it chose nothing."""
    row = Preference.objects.filter(pk=user.pk).values_list("mail", "mail_pace").first()
    return MailChoice(*row) if row is not None else MailChoice()


def choose_mail(user: Account, choice: MailChoice) -> None:
    """Store what the account chose."""
    values = {"mail": choice.is_wanted, "mail_pace": choice.pace}
    Preference.objects.update_or_create(user=user, defaults=values)


def send_proposal(proposal: Proposal) -> None:
    """Notify the recent editors of the page, or, if there are none, everybody who may decide on the proposal."""
    _notify(_reviewers(proposal), MailKind.PROPOSED, proposal=proposal)


def send_amendment(proposal: Proposal) -> None:
    """Notify the same people that its author has changed the proposal, if they know of it already."""
    _notify(_reviewers(proposal), MailKind.AMENDED, proposal=proposal)


def send_withdrawal(proposal: Proposal) -> None:
    """Notify those who know of the proposal that there is nothing left to decide."""
    _notify(_reviewers(proposal), MailKind.WITHDRAWN, proposal=proposal)


def send_decision(proposal: Proposal, accepted: Revision | None = None, edit: Revision | None = None) -> None:
    """Notify the author of the decision, unless it was their own.

    `accepted` is the revision with their words, `edit` the reviewer's own.
    """
    if proposal.author_id is None or proposal.author_id == proposal.reviewer_id:
        return
    _notify(
        get_user_model()._default_manager.filter(pk=proposal.author_id),
        MailKind.DECIDED,
        proposal=proposal,
        accepted=accepted.number if accepted is not None else None,
        edit=edit.number if edit is not None else None,
    )


def send_suggestion(suggestion: Suggestion) -> None:
    """Notify the recent editors of the page that suggestions wait for it: once, however many come."""
    topic = Controversy.objects.values_list("topic_id", flat=True).get(pk=suggestion.controversy_id)
    staff = rights.reaching(_staff_with(REVIEW), str(topic))
    users = _recent_editors(suggestion.controversy_id, staff)
    _notify(users, MailKind.SUGGESTED, controversy_id=suggestion.controversy_id)


def send_redaction_request(request: RedactionRequest) -> None:
    """Notify the other publishers that one of them has to confirm a removal."""
    users = _staff_with(PUBLISH).exclude(pk=request.author_id or 0)
    _notify(users, MailKind.REDACTION, redaction_request=request)


def _notify(
    users: QuerySet[Any],
    kind: MailKind,
    *,
    proposal: Proposal | None = None,
    **about: RedactionRequest | UUID | int | None,
) -> None:
    """Write a notice for each account that can be reached, and see to it that it is sent."""
    reachable = users.filter(is_active=True).exclude(email="").exclude(preference__mail=False)
    keys = set(reachable.values_list("pk", flat=True))
    if proposal is not None:
        keys -= _settle(proposal, kind, keys)
    now = timezone.now()
    MailNotice.objects.bulk_create(
        [MailNotice(user_id=key, kind=kind, created=now, proposal=proposal, **about) for key in sorted(keys)],
        ignore_conflicts=True,
    )
    if keys:
        transaction.on_commit(partial(mailing.deliver_without_worker, sorted(keys)), robust=True)


def _settle(proposal: Proposal, kind: MailKind, keys: Iterable[int]) -> set[int]:
    """Drop what a new notice makes superfluous, and return the accounts that need no new one.

    An account that was not told yet of a proposal needs no notice that it was changed or withdrawn.
    """
    older = MailNotice.objects.filter(proposal=proposal, user__in=keys)
    untold = set(older.filter(kind=MailKind.PROPOSED).values_list("user_id", flat=True))
    if kind == MailKind.AMENDED:
        return untold | set(older.filter(kind=MailKind.AMENDED).values_list("user_id", flat=True))
    if kind == MailKind.WITHDRAWN:
        older.delete()
        return untold
    return set()


def _staff_with(permission: str) -> QuerySet[Any]:
    return get_user_model()._default_manager.with_perm(permission).filter(is_staff=True)


def _reviewers(proposal: Proposal) -> QuerySet[Any]:
    """Return those who may decide on the proposal and know the page."""
    users = rights.reaching(_staff_with(REVIEW), proposal.document["topic"]["key"])
    return _recent_editors(proposal.controversy_id, users.exclude(pk=proposal.author_id or 0))


def _recent_editors(controversy: UUID | None, users: QuerySet[Any]) -> QuerySet[Any]:
    """Return those of the users who edited or reviewed the page lately, or all if none did."""
    latest = Revision.objects.filter(controversy=controversy).order_by("-number")
    accounts = {
        account for pair in latest.values_list("author_id", "reviewer_id")[:RECENT] for account in pair
    }
    recent = users.filter(pk__in=accounts - {None})
    return recent if recent.exists() else users
