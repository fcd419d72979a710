"""An edit that makes, amends or accepts a proposal instead of recording a revision at once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin.edit.shown_document import Shown, ShownProposal
from controversies.admin.part_form import ReasonForm
from controversies.document import canonical
from controversies.document.merge import Conflict, Resolution
from controversies.document.types import Document
from controversies.document.words import WordRun
from controversies.kit.accounts import Account
from controversies.kit.keys import is_key
from controversies.models import Proposal, Revision
from controversies.workflow import proposals
from controversies.workflow.proposals import ProposalMerge


class ProposalAction(Enum):
    """The ways in which saving the edit page can concern a proposal."""

    PROPOSE = "propose"
    AMEND = "amend"
    ACCEPT = "accept"


@dataclass(frozen=True)
class ProposalEdit:
    """The way in which saving concerns a proposal. `version` and `head` are those that the form was drawn from.

    `key` is that of a new proposal, chosen when the form is drawn, so that a second click proposes nothing else.
    """

    action: ProposalAction
    user: Account = field(repr=False)
    proposal: Proposal | None = None
    version: int = 0
    head: int | None = None
    key: str = ""

    @cached_property
    def outcome(self) -> ProposalMerge:
        """The proposal as it would be merged with the page: the form is drawn from its result."""
        if self.proposal is None:
            raise TypeError("Nothing is proposed yet.")
        try:
            return proposals.merge_with_page(self.proposal, head=self.head)
        except history.UnknownRevision as error:
            raise BadRequest("There is no such revision.") from error

    @property
    def base(self) -> int:
        """The revision that the proposal is merged with."""
        return self.outcome.head_number

    @property
    def shown_document(self) -> ShownProposal | None:
        """The name of the document that the form is drawn from; None while nothing is proposed."""
        return ShownProposal(str(self.proposal.pk), self.version, self.base) if self.proposal else None

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return self.outcome.conflicts if self.proposal else ()

    @property
    def conflict_sides(self) -> list[tuple[str, list[tuple[str, list[WordRun]]]]]:
        """The conflicts of the page and the proposal: the name of each, and its sides with their titles."""
        titles = (_("When it was proposed"), _("On today’s page"), _("Proposed"))
        return [
            (conflict.label, list(zip(titles, conflict.side_runs, strict=True)))
            for conflict in self.conflicts
        ]

    @property
    def title(self) -> str:
        """The title of the edit page."""
        if self.action is ProposalAction.ACCEPT:
            return _("Edit and accept a proposal")
        if self.action is ProposalAction.AMEND:
            return _("Amend a proposal")
        return _("Propose a page") if self.head == 0 else _("Propose a change")

    @property
    def button(self) -> str:
        """The label of the button that saves."""
        if self.action is ProposalAction.ACCEPT:
            return _("Accept and save")
        return _("Amend the proposal") if self.action is ProposalAction.AMEND else _("Propose")

    @property
    def is_accepting(self) -> bool:
        return self.action is ProposalAction.ACCEPT

    @property
    def is_closed(self) -> bool:
        """Whether this user can no longer amend or accept the proposal."""
        if self.proposal is None:
            return False
        if not self.proposal.is_open:
            return True
        return self.is_accepting and not proposals.may_decide(self.proposal, self.user)

    def label_reason(self, form: ReasonForm) -> None:
        """Ask a reviewer for the reason of their own changes only: the proposal has its own."""
        if self.is_accepting and self.proposal is not None:
            form.fields["summary"].label = _("Reason for your own changes")
            form.fields["summary"].help_text = _(
                "Only if you change something. Without one, readers see: “%s”"
            ) % proposals.editing_reason(self.proposal)

    def outcome_message(self, saved: history.SaveResult | None, reason: str) -> str:
        """Return what to say once it is saved."""
        if self.proposal is not None and saved is not None and saved.revision is not None:
            return _accepted_message(self.proposal, saved.revision, saved.edit, reason)
        if self.action is ProposalAction.AMEND:
            return _(
                "You amended the proposal. Another editor will decide on it. Until then, readers see none of it."
            )
        return _(
            "Your change is proposed. Another editor will decide on it. Until then, readers see none of it. Below you "
            "can follow what happens to it, amend it or withdraw it."
        )

    def proposes(self, document: Document) -> bool:
        """Whether this very document is what is proposed."""
        proposal = self.proposal
        if proposal is None:
            proposal = Proposal.objects.filter(pk=self.key, author=self.user.pk).first()
        return proposal is not None and proposal.document == canonical.document_json(document, full=False)

    def refreshed(self) -> "ProposalEdit":
        """The same edit, drawn from the proposal's newest version."""
        if self.proposal is None:
            return replace(self, key=str(uuid.uuid4()))
        versions = Proposal.objects.values_list("version", flat=True)
        return replace(self, version=versions.get(pk=self.proposal.pk))

    def save(
        self, document: Document, *, base: int, reason: str, resolutions: Mapping[str, Resolution]
    ) -> tuple[Proposal, history.SaveResult | None]:
        """Propose, amend or accept; conflicts are in what is returned. Raises Refused and InvalidDocument."""
        if self.proposal is None:
            proposal = proposals.propose(document, author=self.user, reason=reason, base=base, key=self.key)
            return proposal, None
        if self.action is ProposalAction.AMEND:
            proposal = proposals.amend(
                self.proposal, document, author=self.user, reason=reason, base=base, version=self.version
            )
            return proposal, None
        saved = proposals.accept(
            self.proposal,
            reviewer=self.user,
            version=self.version,
            edited=document,
            base=base,
            reason=reason,
            choices=resolutions,
        )
        return self.proposal, saved


def _accepted_message(proposal: Proposal, revision: Revision, edit: Revision | None, reason: str) -> str:
    values = {"who": proposal.author_name, "number": revision.number}
    if edit is not None:
        message = _(
            "Accepted. Revision %(number)s is what %(who)s proposed; revision %(edit)s is your own edit."
        )
        return message % (values | {"edit": edit.number})
    if not revision.reviewer_name:
        message = _(
            "Accepted. The page contradicts what %(who)s proposed, so revision %(number)s is your own edit."
        )
        return message % values
    if reason:
        message = _(
            "Accepted as proposed: it is revision %(number)s of the page. "
            "You changed nothing in it, so your reason was not recorded."
        )
        return message % values
    return _("Accepted as proposed: it is revision %(number)s of the page.") % values


def find_proposal_edit(
    user: Account, shown: Shown, current: history.Reading | None, *, may_save: bool, key: str
) -> ProposalEdit | None:
    """Return what saving would propose or decide on; None if it records a revision, or may do neither.

    `key` is that of the new proposal that the form sent, "" if it sent none.
    Raises PermissionDenied, Http404 and BadRequest.
    """
    may_propose = user.has_perm("controversies.propose_controversy")
    if not isinstance(shown, ShownProposal):
        if may_save or not may_propose:
            return None
        key = key or str(uuid.uuid4())
        if not is_key(key):
            raise BadRequest("The proposal's key is not a UUID.")
        return ProposalEdit(ProposalAction.PROPOSE, user, head=current.number if current else 0, key=key)
    proposal = Proposal.objects.filter(pk=shown.key).first()
    if proposal is None:
        raise Http404
    if not Proposal.objects.visible_to(user).filter(pk=proposal.pk).exists():
        raise PermissionDenied
    if proposal.document["key"] != (current.document.key if current else proposal.document["key"]) or (
        current is None and not proposal.is_new
    ):
        raise BadRequest("This proposal is about another page.")
    is_own = proposal.author_id == user.pk
    if not (may_save or may_propose if is_own else user.has_perm("controversies.change_controversy")):
        raise PermissionDenied
    return ProposalEdit(
        ProposalAction.AMEND if is_own else ProposalAction.ACCEPT,
        user,
        proposal,
        version=shown.version or proposal.version,
        head=shown.head if proposal.controversy_id else None,
    )
