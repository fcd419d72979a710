"""Proposals: changes that one person proposes and another decides on.

A proposal is a document, a base and a reason. To accept it is an edit like any other, merged with newer revisions, that
names both people. The admin checks who may open a proposal. These functions check whose it is, that nobody decides on
their own (unless the setting ONE_PERSON_DESK allows it), and the right to publish.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies import history, rights
from controversies.document import canonical, parse
from controversies.document.merge import Conflict, MergeResult, Resolution, merge
from controversies.document.parse import Fault, InvalidDocument
from controversies.document.types import Document
from controversies.history import Reading, SaveResult, UnknownRevision
from controversies.history.record import check_summary
from controversies.kit.accounts import Account, Visitor
from controversies.models import Controversy, Proposal, ProposalState, Publication, Revision
from controversies.workflow import notify


class ProposalRefused(Exception):
    """The action is not possible; the text tells the user why."""


class ProposalOutdated(ProposalRefused):
    """The proposal or the page has changed since the user saw it."""


def proposed_document(proposal: Proposal) -> Document:
    """The proposed document. Raises InvalidDocument if a later version of the rules forbids it."""
    return parse.document(proposal.document)


@dataclass(frozen=True)
class ProposalMerge:
    """A proposal merged with its page: `result` follows `head`; `proposed` is what the author wrote after `base`."""

    proposed: Document
    base: Reading | None  # None: a new page
    head: Reading | None
    merged: MergeResult | None  # None: nobody saved the page meanwhile

    @property
    def result(self) -> Document:
        return self.merged.document if self.merged else self.proposed

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return self.merged.conflicts if self.merged else ()

    @property
    def head_number(self) -> int:
        return self.head.number if self.head else 0


def merge_with_page(proposal: Proposal, *, head: int | None = None) -> ProposalMerge:
    """Merge the proposal with its page at revision `head`, or the newest, and record nothing.

    Raises InvalidDocument, and UnknownRevision for a head before the proposal's base.
    """
    proposed = proposed_document(proposal)
    if proposal.controversy_id is None:
        return ProposalMerge(proposed, None, None, None)
    current = history.head(proposed.key) if head is None else history.at(proposed.key, head)
    if current is None or current.number < proposal.base:
        raise UnknownRevision(head)
    base = current if current.number == proposal.base else history.at(proposed.key, proposal.base)
    if base is None:
        return ProposalMerge(proposed, None, current, None)
    merged = merge(base.document, current.document, proposed) if current is not base else None
    return ProposalMerge(proposed, base, current, merged)


# -- the author --


def propose(
    document: Document, *, author: Account, reason: str, base: int, key: str | None = None
) -> Proposal:
    """Create a proposal from a document that began with revision `base`, 0 for a new page.

    `key` is the proposal's own. The same key again (a second click, or the form changed after the back button) amends
    the proposal. Raises InvalidDocument with every fault, and ProposalRefused if it would change nothing.
    """
    document, reason = _validate(document, reason, base)
    rights.check_topics(author, [document.head.topic.key])
    rights.check_pages(author, [document.key])
    with transaction.atomic():
        _lock_author(author)
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
        notify.send_proposal(proposal)
    return proposal


def amend(
    proposal: Proposal, document: Document, *, author: Account, reason: str, base: int, version: int
) -> Proposal:
    """Replace the content of a proposal; `version` is the one that its author has seen. Raises as propose() does."""
    document, reason = _validate(document, reason, base)
    with transaction.atomic():
        proposal = _reload(proposal)
        _check_author(proposal, author)
        if proposal.is_new != (not base) or document.key != proposal.document["key"]:
            raise ProposalRefused(_("This proposal is about another page."))
        data = canonical.document_json(document, full=False)
        if (proposal.document, proposal.reason, proposal.base) == (data, reason, base):
            return proposal
        if proposal.version != version:
            raise ProposalOutdated(
                _("You have changed this proposal in another tab. What you typed here is not saved yet.")
            )
        proposal.document, proposal.reason, proposal.base = data, reason, base
        proposal.version += 1
        proposal.changed = max(timezone.now(), proposal.created)
        proposal.save()
        notify.send_amendment(proposal)
    return proposal


def withdraw(proposal: Proposal, *, author: Account) -> Proposal:
    """Withdraw a proposal of one's own."""
    with transaction.atomic():
        proposal = _reload(proposal)
        _check_author(proposal, author)
        proposal.state = ProposalState.WITHDRAWN
        proposal.decided_at = max(timezone.now(), proposal.created)
        proposal.save()
        notify.send_withdrawal(proposal)
    return proposal


# -- the reviewer --


def may_decide(proposal: Proposal, user: Visitor) -> bool:
    """Whether this user may accept or decline the proposal."""
    return (
        proposal.is_open
        and user.has_perm("controversies.change_controversy")
        and (not proposal.is_new or user.has_perm("controversies.add_controversy"))
        and (proposal.author_id != user.pk or settings.ONE_PERSON_DESK)
        and rights.may_work_on(user, _topics(proposal))
    )


def _topics(proposal: Proposal) -> set[str]:
    """Return the keys of the topics that the proposal is about: the page's, and the one that it proposes."""
    page = proposal.controversy
    return {proposal.document["topic"]["key"], *([str(page.topic_id)] if page is not None else [])}


def accept(
    proposal: Proposal,
    *,
    reviewer: Account,
    version: int,
    head: int | None = None,
    edited: Document | None = None,
    base: int | None = None,
    reason: str | None = None,
    choices: Mapping[str, Resolution] | None = None,
    publish: bool = False,
) -> SaveResult:
    """Record the proposal, merged with newer revisions, in the names of its author and of its reviewer.

    `version` is the one that the reviewer has read, `head` the page's revision that they saw it merged with. If either
    has changed, ProposalOutdated is raised. `edited` is the reviewer's own version after revision `base`: its
    difference from the proposal becomes a second revision, in their name and for their `reason`, or for the usual one.
    If the result has conflicts, nothing was written. Of two reviewers at once, the second gets ProposalRefused. The
    proposal refers to the revision with its author's words, or to the reviewer's where the page contradicts all of it.
    """
    with transaction.atomic():
        proposal = _reload(proposal)
        _check_open(proposal)
        if not may_decide(proposal, reviewer):
            raise ProposalRefused(_("Somebody else has to decide on this proposal."))
        if proposal.version != version:
            raise ProposalOutdated(
                _("%s has changed this proposal in the meantime. Please check it again.")
                % proposal.author_name
            )
        proposed = proposed_document(proposal)
        if edited is not None and edited.key != proposed.key:
            raise ProposalRefused(_("This proposal is about another page."))
        if head is not None and head != history.read.newest_number(proposed.key):
            raise ProposalOutdated(
                _("Somebody has saved the page in the meantime. Please check again what it would become.")
            )
        accepted = edited or proposed
        if publish:
            accepted = replace(accepted, head=replace(accepted.head, publication=Publication.PUBLISHED.value))
        number = proposal.base if base is None else base
        if accepted.head.publication != _publication(accepted.key, number) and not reviewer.has_perm(
            "controversies.publish_controversy"
        ):
            raise ProposalRefused(_("You do not have permission to publish or withdraw a page."))
        if edited is None:
            saved = history.save(
                accepted,
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
                    proposed, proposal.base, proposal.author, proposal.author_name, proposal.reason
                ),
                accepted,
                base=number,
                reviewer=reviewer,
                summary=reason or editing_reason(proposal),
                choices=choices,
            )
        if saved.conflicts:
            return saved
        if saved.revision is None:
            raise ProposalRefused(
                _("The page says all of this already. Decline the proposal and give that as the reason.")
            )
        proposal.controversy_id = accepted.key
        proposal.revision = saved.revision.number
        # Without a reviewer's name it is the reviewer's own: nothing of the proposal was left to record.
        if saved.revision.reviewer_name:
            _decide(proposal, ProposalState.ACCEPTED, reviewer, saved.revision, saved.edit)
        else:
            _decide(proposal, ProposalState.ACCEPTED, reviewer, None, saved.revision)
    return saved


def editing_reason(proposal: Proposal) -> str:
    """The usual reason for a reviewer's changes to a proposal: it names the author of the proposal."""
    return _("Edited while accepting the proposal by %s.") % proposal.author_name


@dataclass(frozen=True)
class ProposalRevisions:
    """The revisions of an accepted proposal: one with its author's words, one with the reviewer's changes."""

    proposed: Revision | None
    edit: Revision | None


def revisions(proposal: Proposal) -> ProposalRevisions:
    """The revisions of a proposal. None of them is later than the decision."""
    if proposal.revision is None:
        return ProposalRevisions(None, None)
    since = Revision.objects.filter(controversy=proposal.controversy_id, time__lte=proposal.decided_at)
    by_number = {
        revision.number: revision
        for revision in since.filter(number__in=(proposal.revision, proposal.revision + 1))
    }
    first, second = by_number.get(proposal.revision), by_number.get(proposal.revision + 1)
    if first is not None and not first.reviewer_name:
        return ProposalRevisions(None, first)
    return ProposalRevisions(first, second)


def revision_pair(key: str, number: int) -> ProposalRevisions | None:
    """The two revisions of a proposal that was accepted with changes, if this revision is one of them."""
    for proposal in Proposal.objects.filter(controversy_id=key, revision__in=(number, number - 1)):
        both = revisions(proposal)
        if both.proposed and both.edit and number in (both.proposed.number, both.edit.number):
            return both
    return None


def decline(proposal: Proposal, *, reviewer: Account, reason: str, version: int) -> Proposal:
    """Decline a proposal for a reason, which its author reads. Raises as accept() does; InvalidDocument without one."""
    reason = _reason(reason, _("Give a reason. The author of the proposal will read it."))
    with transaction.atomic():
        proposal = _reload(proposal)
        _check_open(proposal)
        if not may_decide(proposal, reviewer):
            raise ProposalRefused(_("Somebody else has to decide on this proposal."))
        if proposal.version != version:
            raise ProposalOutdated(
                _("%s has changed this proposal in the meantime. Please check it again.")
                % proposal.author_name
            )
        proposal.decision = reason
        _decide(proposal, ProposalState.DECLINED, reviewer)
    return proposal


def _decide(
    proposal: Proposal,
    state: ProposalState,
    reviewer: Account,
    accepted: Revision | None = None,
    edit: Revision | None = None,
) -> None:
    proposal.state = state
    proposal.reviewer = reviewer
    proposal.reviewer_name = history.public_name(reviewer)
    proposal.decided_at = max(timezone.now(), proposal.created)
    proposal.save()
    notify.send_decision(proposal, accepted, edit)


# -- locks and checks --


def _reload(proposal: Proposal) -> Proposal:
    """Reload the proposal with a row lock."""
    return Proposal.objects.select_for_update().get(pk=proposal.pk)


def _lock_author(author: Account) -> None:
    """Let one account propose one thing at a time, so that a second click finds the proposal of the first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"controversies.propose {author.pk}"]
        )


def _check_open(proposal: Proposal) -> None:
    if proposal.state == ProposalState.WITHDRAWN:
        raise ProposalRefused(_("%s has withdrawn this proposal.") % proposal.author_name)
    if not proposal.is_open:
        raise ProposalRefused(
            (
                _("%s has accepted this proposal.")
                if proposal.revision
                else _("%s has declined this proposal.")
            )
            % proposal.reviewer_name
        )


def _check_author(proposal: Proposal, author: Account) -> None:
    if proposal.author_id != author.pk:
        raise ProposalRefused(_("This is somebody else’s proposal."))
    _check_open(proposal)


def _publication(key: str, number: int) -> str:
    """The publication of the page at this revision, that of a draft for 0."""
    start = history.at(key, number) if number else None
    return start.document.head.publication if start else Publication.DRAFT.value


def _reason(text: str, message: str) -> str:
    text = check_summary(text)
    if not text:
        raise InvalidDocument([Fault("summary", message)])
    return text


def _validate(document: Document, reason: str, base: int) -> tuple[Document, str]:
    """The document and reason in canonical form. Raises InvalidDocument, UnknownRevision and ProposalRefused."""
    reason = _reason(reason, _("Give a reason. The reviewer will read it."))
    document = document.with_blocks()
    start = history.at(document.key, base) if base else None
    if base and start is None:
        raise UnknownRevision(base)
    if document == (start.document if start else None):
        raise ProposalRefused(_("You have not changed anything, so there is nothing to propose."))
    faults = parse.check(document, known=start.document if start else None)
    if not base and not faults:
        if Controversy.objects.filter(pk=document.key).exists():
            raise ProposalRefused(_("This page exists already."))
        if Controversy.objects.filter(slug=document.head.slug).exists():
            faults.append(Fault("slug", _("Another controversy has this address.")))
    before = start.document.head.publication if start else Publication.DRAFT.value
    if document.head.publication != before:
        faults.append(Fault("publication", _("A proposal cannot publish a page.")))
    if faults:
        raise InvalidDocument(faults)
    return document, reason
