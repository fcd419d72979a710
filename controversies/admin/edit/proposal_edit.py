"""The edit page when it makes, amends or decides on a proposal instead of a revision."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin.edit import conflicts as resolve
from controversies.admin.edit.part_forms import ReasonForm
from controversies.document import canonical
from controversies.document.merge import Conflict, Resolution
from controversies.document.types import Document
from controversies.document.words import WordRun
from controversies.history import UnknownRevision
from controversies.kit.keys import is_key
from controversies.models import Proposal, Revision
from controversies.workflow import proposals
from controversies.workflow.proposals import ProposalMerge

# A proposal as the form is drawn from it: its key, its version, and the page's revision that it was merged with.
SHOWN = re.compile(r"p(?P<key>[0-9a-f-]{36})(?::(?P<version>[0-9]{1,9}):(?P<head>[0-9]{1,9}))?")


class ProposalAction(Enum):
    """What saving does."""

    PROPOSE = "propose"
    AMEND = "amend"
    ACCEPT = "accept"


@dataclass(frozen=True)
class ProposalEdit:
    """What is proposed, how it was drawn, and what saving does with it."""

    act: ProposalAction
    user: Any = field(repr=False)
    proposal: Proposal | None = None
    version: int = 0  # as drawn
    head: int | None = None
    key: str = (
        ""  # of what is proposed, chosen when the form is drawn, so that a second click proposes nothing else
    )

    @cached_property
    def outcome(self) -> ProposalMerge:
        """What the form is drawn from: the proposal as it would be merged with the page."""
        if self.proposal is None:
            raise TypeError("Nothing is proposed yet.")
        try:
            return proposals.merge_with_page(self.proposal, head=self.head)
        except UnknownRevision as error:
            raise BadRequest("There is no such revision.") from error

    @property
    def base(self) -> int:
        return self.outcome.head_number

    @property
    def shown(self) -> str:
        return f"p{self.proposal.pk}:{self.version}:{self.base}" if self.proposal else ""

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return self.outcome.conflicts if self.proposal else ()

    @property
    def clashes(self) -> list[tuple[str, list[tuple[str, list[WordRun]]]]]:
        """What the page and the proposal both changed: its name, and what each says, with what is new in it."""
        titles = (_("When it was proposed"), _("On today’s page"), _("Proposed"))
        return [(each.label, list(zip(titles, resolve.marked(each), strict=True))) for each in self.conflicts]

    @property
    def title(self) -> str:
        if self.act is ProposalAction.ACCEPT:
            return _("Edit and accept a proposal")
        if self.act is ProposalAction.AMEND:
            return _("Amend a proposal")
        return _("Propose a page") if self.proposal is None and self.head == 0 else _("Propose a change")

    @property
    def button(self) -> str:
        if self.act is ProposalAction.ACCEPT:
            return _("Accept and save")
        return _("Amend the proposal") if self.act is ProposalAction.AMEND else _("Propose")

    @property
    def is_accepting(self) -> bool:
        return self.act is ProposalAction.ACCEPT

    def label_reason(self, form: ReasonForm) -> None:
        """Ask a reviewer for the reason of their own changes only: the proposal has its own."""
        if self.is_accepting and self.proposal is not None:
            form.fields["summary"].label = _("Reason for your own changes")
            form.fields["summary"].help_text = _(
                "Only if you change something. Without one, readers see: “%s”"
            ) % proposals.editing_reason(self.proposal)

    def outcome_message(self, saved: history.SaveResult | None, reason: str) -> str:
        """Say what came of it, once it is done."""
        if self.proposal is not None and saved is not None and saved.revision is not None:
            return _accepted(self.proposal, saved.revision, saved.edit, reason)
        if self.act is ProposalAction.AMEND:
            return _(
                "The proposal is amended. It waits for somebody to decide on it; until then, readers see nothing of it."
            )
        return _(
            "Proposed. Somebody else decides on it now; until then, readers see nothing of it. Below you can see"
            " what became of it, amend it or take it back."
        )

    def has(self, document: Document) -> bool:
        """Whether this very document is what is proposed."""
        proposal = self.proposal
        if proposal is None:
            proposal = Proposal.objects.filter(pk=self.key, author=self.user.pk).first()
        return proposal is not None and proposal.document == canonical.document_json(document, full=False)

    def again(self) -> "ProposalEdit":
        """The same, drawn from the proposal as it is now."""
        if self.proposal is None:
            return replace(self, key=str(uuid.uuid4()))
        return replace(
            self, version=Proposal.objects.values_list("version", flat=True).get(pk=self.proposal.pk)
        )

    def save(
        self, document: Document, *, base: int, reason: str, choices: Mapping[str, Resolution] | None = None
    ) -> tuple[Proposal, history.SaveResult | None]:
        """Do it. Raises Refused, InvalidDocument; conflicts are in what is given back."""
        if self.proposal is None:
            done = proposals.propose(document, author=self.user, reason=reason, base=base, key=self.key)
            return done, None
        if self.act is ProposalAction.AMEND:
            done = proposals.amend(
                self.proposal, document, author=self.user, reason=reason, base=base, version=self.version
            )
            return done, None
        saved = proposals.accept(
            self.proposal,
            reviewer=self.user,
            version=self.version,
            edited=document,
            base=base,
            reason=reason,
            choices=choices,
        )
        return self.proposal, saved


def _accepted(proposal: Proposal, revision: Revision, edit: Revision | None, reason: str) -> str:
    words = {"who": proposal.author_name, "number": revision.number}
    if edit is not None:
        message = _(
            "Accepted. Revision %(number)s is what %(who)s proposed; revision %(edit)s is your own edit."
        )
        return message % (words | {"edit": edit.number})
    if not revision.reviewer_name:
        message = _(
            "Accepted. The page contradicts what %(who)s proposed, so revision %(number)s is your own edit."
        )
        return message % words
    message = _("Accepted as proposed: it is revision %(number)s of the page.") % words
    if reason:
        return message + " " + _("You changed nothing in it, so your reason was not recorded.")
    return message


def find(request: HttpRequest, current: history.Reading | None, *, may_save: bool) -> ProposalEdit | None:
    """What saving this form would propose or decide on; None if it records a revision, as it does for editors.

    Raises PermissionDenied, Http404 and BadRequest.
    """
    sent = (request.POST if request.method == "POST" else request.GET).get("shown", "")
    user = request.user
    if not sent.startswith("p"):
        if may_save or not user.has_perm("controversies.propose_controversy"):
            return None
        key = request.POST.get("proposal") or str(uuid.uuid4())
        if not is_key(key):
            raise BadRequest("The proposal's key is not a UUID.")
        return ProposalEdit(ProposalAction.PROPOSE, user, head=current.number if current else 0, key=key)
    known = SHOWN.fullmatch(sent)
    if known is None:
        raise BadRequest("This is not a proposal's key.")
    if not is_key(known["key"]):
        raise BadRequest("This is not a proposal's key.")
    proposal = Proposal.objects.filter(pk=known["key"]).first()
    if proposal is None:
        raise Http404
    if not Proposal.objects.visible_to(user).filter(pk=proposal.pk).exists():
        raise PermissionDenied
    if proposal.document["key"] != (current.document.key if current else proposal.document["key"]) or (
        current is None and not proposal.is_new
    ):
        raise BadRequest("This proposal is about another page.")
    is_mine = proposal.author_id == user.pk
    if not is_mine and not user.has_perm("controversies.change_controversy"):
        raise PermissionDenied
    if is_mine and not (may_save or user.has_perm("controversies.propose_controversy")):
        raise PermissionDenied
    return ProposalEdit(
        ProposalAction.AMEND if is_mine else ProposalAction.ACCEPT,
        user,
        proposal,
        int(known["version"] or proposal.version),
        int(known["head"]) if known["head"] and proposal.controversy_id else None,
    )
