"""A request for the edit page, read into values: who edits which page, from which document, to save what."""

import uuid
from dataclasses import dataclass, replace

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.functional import cached_property

from controversies import history
from controversies.admin.edit.proposal_edit import ProposalEdit, find_proposal_edit
from controversies.admin.edit.restoration import restored_document
from controversies.admin.edit.shown_document import (
    Shown,
    ShownProposal,
    ShownRestoration,
    ShownRevision,
    parse_shown,
)
from controversies.admin.not_found import controversy_not_found, redirect_to_list
from controversies.document.types import Context, Document, Head, Topic, context_key
from controversies.kit.accounts import Account
from controversies.kit.keys import is_key, revision_number
from controversies.models import Polarity, Publication, Status

NO_REVISION = "There is no such revision."


@dataclass(frozen=True)
class EditRequest:
    """A request for the edit page. Its change is measured against revision `base`; the form is drawn from `shown`.

    The two differ for an old revision, one that is restored, and a proposal. `key` is the page's.
    """

    http: HttpRequest
    user: Account
    key: str
    current: history.Reading | None  # the newest revision, None for a new page
    base: int
    shown: Shown
    proposal_edit: ProposalEdit | None = None

    @property
    def data(self) -> QueryDict:
        """The submitted form; empty if none was submitted."""
        return self.http.POST

    @cached_property
    def document(self) -> Document:
        """The document that the form is drawn from. Raises BadRequest if there is none of that name."""
        if isinstance(self.shown, ShownProposal) and self.proposal_edit is not None:
            return self.proposal_edit.outcome.result
        if self.current is None:
            return blank_document(self.key)
        if isinstance(self.shown, ShownRestoration):
            return restored_document(self.key, self.shown)
        if not isinstance(self.shown, ShownRevision):
            raise BadRequest(NO_REVISION)
        return self.revision(self.shown.number).document

    @property
    def is_proposed(self) -> bool:
        """Whether the form is drawn from a proposal."""
        return isinstance(self.shown, ShownProposal)

    @property
    def restores_publication(self) -> bool:
        """Whether the page is to be as public as the revision that is restored."""
        return isinstance(self.shown, ShownRestoration) and self.shown.with_publication

    @property
    def shows_older(self) -> bool:
        """Whether the form is drawn from a revision that is neither the newest nor the base."""
        if self.current is None or not isinstance(self.shown, ShownRevision):
            return False
        return self.shown.number not in (self.base, self.current.number)

    def revision(self, number: int) -> history.Reading:
        """Return this revision of the page. Raises BadRequest."""
        if self.current is not None and number == self.current.number:
            return self.current
        reading = history.at(self.key, number)
        if reading is None:
            raise BadRequest(NO_REVISION)
        return reading

    def with_new_proposal_version(self) -> "EditRequest":
        """The same request, drawn from the newest version of its proposal."""
        if self.proposal_edit is None:
            return self
        again = self.proposal_edit.refreshed()
        return replace(self, proposal_edit=again, shown=again.shown_document or self.shown)


def blank_document(key: str) -> Document:
    """Return the document that the form of a new page is drawn from."""
    return Document(
        head=Head(
            key=key,
            slug="",
            title="",
            topic=Topic(key="", slug="", title=""),
            status=Status.EMERGING.value,
            polarity=Polarity.MULTI_AXIS.value,
            publication=Publication.DRAFT.value,
        ),
        context=Context(key=context_key(key)),
    )


def read_edit_request(
    request: HttpRequest, user: Account, key: str | None, *, may_save: bool, may_view: bool
) -> EditRequest | HttpResponse:
    """Return the request for the page of this key, or of a new page; or the response if nothing can be edited.

    Raises PermissionDenied, Http404, and BadRequest for what no page of ours sends.
    """
    current = None
    if key is not None:
        try:
            current = history.head(key) if is_key(key) else None
        except history.UnreadableRevision as error:
            return redirect_to_list(request, "controversy", messages.ERROR, str(error))
        if current is None:
            return controversy_not_found(request)
    if not (may_save or _may_work_on_proposals(user)):
        return _read_only_page(current, may_view=may_view)
    is_submitted = request.method == "POST"
    shown = _read_shown(request, current)
    edit = find_proposal_edit(user, shown, current, may_save=may_save, key=request.POST.get("proposal", ""))
    if edit is None and not may_save:
        return _read_only_page(current, may_view=may_view)
    if "ping" in request.GET:
        newest = current.number if current is not None else 0
        return EditRequest(request, user, key or "", current, newest, shown, edit)
    if edit is not None and edit.proposal is not None:
        if not is_submitted and edit.is_closed:
            return HttpResponseRedirect(edit.proposal.get_absolute_url())
        base, newest = edit.base, edit.base
        page_key = edit.proposal.document["key"]
        shown = shown if is_submitted else edit.shown_document or shown
    else:
        base = newest = current.number if current is not None else 0
        page_key = key or (_read_key(request) if is_submitted else str(uuid.uuid4()))
    if is_submitted:
        base = _read_number(request.POST.get("base"))
    elif current is not None and (edit is None or edit.proposal is None):
        base = _read_number(request.GET.get("base", str(newest)))
    if base > newest:
        raise BadRequest(NO_REVISION)
    return EditRequest(request, user, page_key, current, base, shown, edit)


def _may_work_on_proposals(user: Account) -> bool:
    """Whether this user may make proposals, or decide on them."""
    return user.has_perm("controversies.propose_controversy") or user.has_perm(
        "controversies.change_controversy"
    )


def _read_only_page(current: history.Reading | None, *, may_view: bool) -> HttpResponse:
    """Send a user who cannot edit to the public page. Raises PermissionDenied if they may not see drafts either."""
    if current is None or not may_view:
        raise PermissionDenied
    return HttpResponseRedirect(reverse("controversy", args=[current.document.head.slug]))


def _read_shown(request: HttpRequest, current: history.Reading | None) -> Shown:
    newest = str(current.number) if current is not None else "0"
    is_submitted = request.method == "POST"
    text = request.POST.get("shown", "") if is_submitted else request.GET.get("shown", newest)
    try:
        shown = parse_shown(text)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    if current is None and not isinstance(shown, ShownProposal):
        if is_submitted and shown != ShownRevision(0):
            raise BadRequest("A new page follows no revision.")
        return ShownRevision(0)
    return shown


def _read_number(text: str | None) -> int:
    number = revision_number(text)
    if number is None:
        raise BadRequest("This is not a revision's number.")
    return number


def _read_key(request: HttpRequest) -> str:
    key = request.POST.get("key", "")
    if not is_key(key):
        raise BadRequest("The page's key is not a UUID.")
    return key
