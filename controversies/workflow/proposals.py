"""Changes that one person proposes and another decides on. A proposal is a document, a base and a reason; accepting it
is an edit like any other, merged with what came in meanwhile, which names both.

Who may open what is the desk's to ask; whose a proposal is, that nobody decides on their own (unless the setting
ONE_PERSON_DESK allows it), and that publishing needs the right to, is decided here.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies import history
from controversies.document import canonical, parse
from controversies.document.merge import Conflict, MergeResult, Resolution, merge
from controversies.document.parse import Fault, InvalidDocument
from controversies.document.types import Document
from controversies.history import Reading, SaveResult, UnknownRevision
from controversies.history.record import check_summary
from controversies.models import Controversy, Proposal, ProposalState, Publication, Revision
from controversies.workflow import notify


class Refused(Exception):
    """What was asked was not done; the text says why, for whoever asked."""


class Amended(Refused):
    """The proposal, or the page, is not what whoever decides has seen."""


def document(proposal: Proposal) -> Document:
    """What is proposed. Raises InvalidDocument if a later version of the rules forbids it."""
    return parse.document(proposal.document)


@dataclass(frozen=True)
class Outcome:
    """What would become of the page: `result`, after `head`; `mine` is what the author wrote, after `base`."""

    mine: Document
    base: Reading | None  # None: a new page
    head: Reading | None
    merged: MergeResult | None  # None: nobody saved the page meanwhile

    @property
    def result(self) -> Document:
        return self.merged.document if self.merged else self.mine

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return self.merged.conflicts if self.merged else ()

    @property
    def head_number(self) -> int:
        return self.head.number if self.head else 0


def outcome(proposal: Proposal, *, head: int | None = None) -> Outcome:
    """What accepting the proposal would make of the page, as of revision `head` or of its newest."""
    mine = document(proposal)
    if proposal.controversy_id is None:
        return Outcome(mine, None, None, None)
    now = history.head(mine.key) if head is None else history.at(mine.key, head)
    if now is None or now.number < proposal.base:
        raise UnknownRevision(head)
    base = now if now.number == proposal.base else history.at(mine.key, proposal.base)
    if base is None:
        return Outcome(mine, None, now, None)
    merged = merge(base.document, now.document, mine) if now is not base else None
    return Outcome(mine, base, now, merged)


# -- what its author does --


def propose(document: Document, *, author: Any, reason: str, base: int, key: str | None = None) -> Proposal:
    """Keep this for somebody to decide on; `base` is the revision that it began with, 0 for a new page.

    `key` is the proposal's own. The same key once more (a second click, or the form changed after the back button)
    amends the proposal that there is. Raises InvalidDocument with every fault, and Refused if it would change nothing.
    """
    document, reason = _checked(document, reason, base)
    with transaction.atomic():
        _queue(author)
        known = Proposal.objects.filter(pk=key).first() if key else None
        if known is not None:
            return amend(known, document, author=author, reason=reason, base=base, version=known.version)
        now = timezone.now()
        proposal = Proposal.objects.create(
            id=key or uuid.uuid4(),
            controversy_id=document.key if base else None,
            base=base,
            document=canonical.document_json(document, full=False),
            reason=reason,
            author=author,
            author_name=history.public_name(author),
            created=now,
            changed=now,
        )
        notify.proposed(proposal)
    return proposal


def amend(
    proposal: Proposal, document: Document, *, author: Any, reason: str, base: int, version: int
) -> Proposal:
    """Put this in its place; `version` is the one that its author has seen."""
    document, reason = _checked(document, reason, base)
    with transaction.atomic():
        proposal = _lock(proposal)
        _check_mine(proposal, author)
        if proposal.is_new != (not base) or document.key != proposal.document["key"]:
            raise Refused(_("This proposal is about another page."))
        made = canonical.document_json(document, full=False)
        if (proposal.document, proposal.reason, proposal.base) == (made, reason, base):
            return proposal
        if proposal.version != version:
            raise Amended(
                _("You amended this proposal meanwhile, in another tab. What you typed here is not kept yet.")
            )
        proposal.document, proposal.reason, proposal.base = made, reason, base
        proposal.version += 1
        proposal.changed = max(timezone.now(), proposal.created)
        proposal.save()
        notify.amended(proposal)
    return proposal


def withdraw(proposal: Proposal, *, author: Any) -> Proposal:
    """Take it back."""
    with transaction.atomic():
        proposal = _lock(proposal)
        _check_mine(proposal, author)
        proposal.state = ProposalState.WITHDRAWN
        proposal.decided_at = max(timezone.now(), proposal.created)
        proposal.save()
        notify.withdrawn(proposal)
    return proposal


# -- what a reviewer does --


def may_decide(proposal: Proposal, user: Any) -> bool:
    """Whether this user may accept or decline it."""
    return (
        proposal.is_open
        and user.has_perm("controversies.change_controversy")
        and (not proposal.is_new or user.has_perm("controversies.add_controversy"))
        and (proposal.author_id != user.pk or settings.ONE_PERSON_DESK)
    )


def accept(
    proposal: Proposal,
    *,
    reviewer: Any,
    version: int,
    head: int | None = None,
    edited: Document | None = None,
    base: int | None = None,
    reason: str | None = None,
    choices: Mapping[str, Resolution] | None = None,
    publish: bool = False,
) -> SaveResult:
    """Record what is proposed, merged with what came in since its base, in its author's name and its reviewer's.

    `version` is the one that the reviewer has read, `head` the page's revision that they saw it merged with: if
    either is another by now, Amended is raised. `edited` is what they made of it, after revision `base`: what differs
    from what is proposed is a second revision, in their own name and for their own `reason`, for which there is a
    plain one. With conflicts in what is given back, nothing was written. Of two reviewers at once, the second is
    Refused. The proposal names the revision with its author's words, or the reviewer's where the page contradicts all
    that is proposed.
    """
    with transaction.atomic():
        proposal = _lock(proposal)
        _check_open(proposal)
        if not may_decide(proposal, reviewer):
            raise Refused(_("Somebody else must decide on this proposal."))
        if proposal.version != version:
            raise Amended(
                _("%s amended this proposal meanwhile. Look at it once more.") % proposal.author_name
            )
        mine = document(proposal)
        if edited is not None and edited.key != mine.key:
            raise Refused(_("This proposal is about another page."))
        if head is not None and head != history.read.newest_number(mine.key):
            raise Amended(_("Somebody saved the page meanwhile. Look once more at what it would become."))
        made = edited or mine
        if publish:
            made = replace(made, head=replace(made.head, publication=Publication.PUBLISHED.value))
        number = proposal.base if base is None else base
        if made.head.publication != _publication(made.key, number) and not reviewer.has_perm(
            "controversies.publish_controversy"
        ):
            raise Refused(_("You may not publish or withdraw a page."))
        if edited is None:
            saved = history.save(
                made,
                author=proposal.author,
                author_name=proposal.author_name,
                reviewer=reviewer,
                summary=proposal.reason,
                base=number,
                choices=choices,
            )
        else:
            saved = history.save_accepted(
                history.AcceptedProposal(
                    mine, proposal.base, proposal.author, proposal.author_name, proposal.reason
                ),
                made,
                base=number,
                reviewer=reviewer,
                summary=reason or editing_reason(proposal),
                choices=choices,
            )
        if saved.conflicts:
            return saved
        if saved.revision is None:
            raise Refused(_("The page says all of this already. Decline the proposal with that reason."))
        proposal.controversy_id = made.key
        proposal.revision = saved.revision.number
        is_own = (
            not saved.revision.reviewer_name
        )  # the reviewer's: nothing of the proposal was left to record
        accepted, edit = (None, saved.revision) if is_own else (saved.revision, saved.edit)
        _decide(proposal, ProposalState.ACCEPTED, reviewer, accepted, edit)
    return saved


def editing_reason(proposal: Proposal) -> str:
    """The plain reason for what a reviewer changes in accepting: it says whose proposal the change follows."""
    return _("Edited while accepting the proposal by %s.") % proposal.author_name


@dataclass(frozen=True)
class ProposalRevisions:
    """The revisions that an accepted proposal became: with its author's words, and with what the reviewer changed."""

    proposed: Revision | None
    edit: Revision | None


def revisions(proposal: Proposal) -> ProposalRevisions:
    """The revisions that the proposal became. All that was recorded in accepting it is no later than the decision."""
    if proposal.revision is None:
        return ProposalRevisions(None, None)
    since = Revision.objects.filter(controversy=proposal.controversy_id, time__lte=proposal.decided_at)
    found = {
        revision.number: revision
        for revision in since.filter(number__in=(proposal.revision, proposal.revision + 1))
    }
    first, second = found.get(proposal.revision), found.get(proposal.revision + 1)
    if first is not None and not first.reviewer_name:
        return ProposalRevisions(None, first)
    return ProposalRevisions(first, second)


def accepted_with(key: str, number: int) -> ProposalRevisions | None:
    """The two revisions of a page recorded in accepting a proposal with changes, if this is one of them."""
    for proposal in Proposal.objects.filter(controversy_id=key, revision__in=(number, number - 1)):
        both = revisions(proposal)
        if both.proposed and both.edit and number in (both.proposed.number, both.edit.number):
            return both
    return None


def decline(proposal: Proposal, *, reviewer: Any, reason: str, version: int) -> Proposal:
    """Say no, and why: the author reads it. Raises as accept() does, and InvalidDocument without a reason."""
    reason = _reason(reason, _("Say why: whoever proposed it reads it."))
    with transaction.atomic():
        proposal = _lock(proposal)
        _check_open(proposal)
        if not may_decide(proposal, reviewer):
            raise Refused(_("Somebody else must decide on this proposal."))
        if proposal.version != version:
            raise Amended(
                _("%s amended this proposal meanwhile. Look at it once more.") % proposal.author_name
            )
        proposal.decision = reason
        _decide(proposal, ProposalState.DECLINED, reviewer)
    return proposal


def _decide(
    proposal: Proposal,
    state: ProposalState,
    reviewer: Any,
    accepted: Revision | None = None,
    edit: Revision | None = None,
) -> None:
    proposal.state = state
    proposal.reviewer = reviewer
    proposal.reviewer_name = history.public_name(reviewer)
    proposal.decided_at = max(timezone.now(), proposal.created)
    proposal.save()
    notify.decided(proposal, accepted, edit)


# -- what both need --


def _lock(proposal: Proposal) -> Proposal:
    """The proposal as it is now, with nobody else deciding on it until COMMIT."""
    return Proposal.objects.select_for_update().get(pk=proposal.pk)


def _queue(author: Any) -> None:
    """Let one account propose one thing at a time, so that a second click sees what the first made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"controversies.propose {author.pk}"]
        )


def _check_open(proposal: Proposal) -> None:
    if proposal.state == ProposalState.WITHDRAWN:
        raise Refused(_("%s took this proposal back.") % proposal.author_name)
    if not proposal.is_open:
        raise Refused(
            (_("%s accepted this proposal.") if proposal.revision else _("%s declined this proposal."))
            % proposal.reviewer_name
        )


def _check_mine(proposal: Proposal, author: Any) -> None:
    if proposal.author_id != author.pk:
        raise Refused(_("This is somebody else’s proposal."))
    _check_open(proposal)


def _publication(key: str, number: int) -> str:
    """Whether readers saw the page when an edit of it began."""
    start = history.at(key, number) if number else None
    return start.document.head.publication if start else Publication.DRAFT.value


def _reason(text: str, message: str) -> str:
    text = check_summary(text)
    if not text:
        raise InvalidDocument([Fault("summary", message)])
    return text


def _checked(document: Document, reason: str, base: int) -> tuple[Document, str]:
    """The proposal in canonical form. Raises InvalidDocument, UnknownRevision and Refused."""
    reason = _reason(reason, _("Say why: whoever decides on it reads it."))
    document = document.with_blocks()
    start = history.at(document.key, base) if base else None
    if base and start is None:
        raise UnknownRevision(base)
    if document == (start.document if start else None):
        raise Refused(_("Nothing is changed, so there is nothing to propose."))
    faults = parse.check(document, known=start.document if start else None)
    if not base and not faults:
        if Controversy.objects.filter(pk=document.key).exists():
            raise Refused(_("This page exists already."))
        if Controversy.objects.filter(slug=document.head.slug).exists():
            faults.append(Fault("slug", _("Another controversy has this address.")))
    before = start.document.head.publication if start else Publication.DRAFT.value
    if document.head.publication != before:
        faults.append(Fault("publication", _("Publishing a page is no part of a proposal.")))
    if faults:
        raise InvalidDocument(faults)
    return document, reason
