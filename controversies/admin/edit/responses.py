"""The responses of the edit page: drawn, previewed, recorded, proposed, or drawn again with its errors."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin import presence
from controversies.admin.edit import preview, quote_checks
from controversies.admin.edit.conflicts import read_resolutions
from controversies.admin.edit.convert import convert_form
from controversies.admin.edit.page import draw_block, draw_page
from controversies.admin.edit.page_form import PageForm
from controversies.admin.edit.proposal_edit import ProposalEdit
from controversies.admin.edit.request import EditRequest
from controversies.admin.edit.saved_messages import own_revision_since, report_saved, report_unchanged
from controversies.admin.edit.shown_document import ShownRestoration, ShownRevision
from controversies.admin.log_row import log_row
from controversies.admin.review.suggestion_notice import mark_suggestion_used
from controversies.checks.saving import follow_up
from controversies.document import compare, evidence_words, labels, parse, say
from controversies.document.merge import merge
from controversies.document.parse import InvalidDocument
from controversies.document.types import Document
from controversies.kit.metrics import CONFLICTS
from controversies.models import ChangeClass
from controversies.workflow import proposals


def respond(edit: EditRequest, form: PageForm, model_admin: ModelAdmin) -> HttpResponse:
    """Draw the page, or do what the button says that was pressed."""
    if edit.http.method != "POST":
        return draw_block(edit, form) if "block" in edit.http.GET else draw_page(edit, form, model_admin)
    if "_restore" in edit.data:
        if _is_recorded(edit, form):
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        return draw_page(edit, form, model_admin, is_restored=True)
    if "reason" in edit.http.GET:
        return JsonResponse({"reason": _reason_of_change(edit, form)})
    if "_turn" in edit.data:
        converted = convert_form(form)
        if converted is None:  # then nothing is dropped: it stays as it is, with its errors
            return draw_page(edit, form, model_admin, is_conversion_blocked=True)
        return draw_page(edit, converted, model_admin, is_converted=True)
    is_valid = form.is_valid()
    if "_preview" in edit.data:
        if not is_valid:
            return preview.preview_problems(edit.http, form.problems())
        today = edit.current.document if edit.current is not None else None
        return preview.preview(edit.http, form.valid_document, edit.base + 1, today)
    if edit.proposal_edit is not None:
        return _save_proposal(edit, form, edit.proposal_edit, model_admin, is_valid=is_valid)
    return _save(edit, form, model_admin, is_valid=is_valid)


def _is_recorded(edit: EditRequest, form: PageForm) -> bool:
    """Whether all that was typed is recorded or proposed already, or nothing was typed."""
    document = form.document
    if form.is_untouched:
        return True
    if (
        document is None
        or not form.is_complete
        or (form.reason.value("summary") and "_sent" not in edit.data)
    ):
        return False
    if parse.check(document, known=form.shown):
        return document == form.shown
    document = document.with_blocks()
    if document == form.shown or (edit.proposal_edit is not None and edit.proposal_edit.proposes(document)):
        return True
    if edit.current is None:
        recorded = history.head(document.key)
        return recorded is not None and recorded.document == document
    base = edit.revision(edit.base).document
    own = own_revision_since(edit.user, document.key, edit.base)
    resolutions = read_resolutions(edit.data, may_publish=form.may_publish)
    for number in dict.fromkeys((edit.current.number, own or edit.current.number)):
        recorded_document = edit.revision(number).document
        merged = merge(base, recorded_document, document, resolutions)
        if not merged.conflicts and merged.document == recorded_document:
            return True
    return False


def _reason_of_change(edit: EditRequest, form: PageForm) -> str:
    """A reason for the change, made from what changed."""
    if form.document is None:
        return ""
    if edit.proposal_edit is not None and edit.proposal_edit.is_accepting:
        return say.reason(compare.compare(edit.proposal_edit.outcome.result, form.document))
    base = edit.revision(edit.base).document if edit.current is not None else None
    return say.reason(compare.compare(base, form.document))


def _ask_for_reason(edit: EditRequest, form: PageForm) -> None:
    """Ask for a reason, and offer one made from what changed."""
    form.offer_reason(
        _reason_of_change(edit, form),
        _("Readers will see why the page changed. Keep this reason or improve it, and save again."),
    )


def _save(edit: EditRequest, form: PageForm, model_admin: ModelAdmin, *, is_valid: bool) -> HttpResponse:
    """Record the document, if it is valid and has a reason."""
    current = edit.current
    if is_valid and current is not None and form.valid_document == current.document:
        report_unchanged(edit.http, current, edit.base)
        return _after_saving(edit, form, current.document, model_admin)
    if current is not None:
        edit.revision(edit.base)  # which must be there
    summary = form.reason.value("summary")
    questions = quote_checks.questions(edit, form) if is_valid else []
    if is_valid and _asks_for_confidence_reasons(edit, form):
        is_valid = False
    if is_valid and not summary and form.needs_reason:
        _ask_for_reason(edit, form)
        is_valid = False
    if not is_valid or questions:
        return draw_page(edit, form, model_admin, quote_questions=questions)
    document = form.valid_document
    try:
        with transaction.atomic():
            saved = history.save(
                document,
                base=edit.base,
                choices=read_resolutions(edit.data, may_publish=form.may_publish),
                author=edit.user,
                summary=summary,
                kind=ChangeClass.RESTORE if edit.shown != ShownRevision(edit.base) else None,
            )
            if saved.revision is not None:
                log = model_admin.log_addition if current is None else model_admin.log_change
                log(edit.http, log_row(document), summary)
                mark_suggestion_used(edit.http, saved.revision)
                follow_up(saved, document, user=edit.user)
    except history.Stale as stale:
        raise BadRequest("This key belongs to another page.") from stale
    except InvalidDocument as invalid:
        form.place(invalid.faults)
        return draw_page(edit, form, model_admin)
    if saved.conflicts:
        CONFLICTS.labels("asked").inc()
        return draw_page(edit, form, model_admin, saved=saved)
    is_restoration = isinstance(edit.shown, ShownRestoration)
    report_saved(edit.http, saved, current.number if current is not None and is_restoration else edit.base)
    if saved.revision is not None:
        _report_unrecorded(edit, form, _("New on record: %s."))
        _warn_of_confidence(edit, form)
        _report_checks(edit, document)
    return _after_saving(edit, form, document, model_admin)


def _save_proposal(
    edit: EditRequest,
    form: PageForm,
    proposal_edit: ProposalEdit,
    model_admin: ModelAdmin,
    *,
    is_valid: bool,
) -> HttpResponse:
    """Propose, amend or accept the document; if that cannot be done, draw the page with the reason."""
    summary = form.reason.value("summary")
    questions = quote_checks.questions(edit, form) if is_valid else []
    if is_valid and _asks_for_confidence_reasons(edit, form):
        is_valid = False
    if is_valid and not summary and not proposal_edit.is_accepting:
        _ask_for_reason(edit, form)
        is_valid = False
    if not is_valid or questions:
        return draw_page(edit, form, model_admin, quote_questions=questions)
    resolutions = read_resolutions(edit.data, may_publish=form.may_publish)
    try:
        with transaction.atomic():
            proposal, saved = proposal_edit.save(
                form.valid_document, base=edit.base, reason=summary, resolutions=resolutions
            )
            if saved is None or not saved.conflicts:
                is_new = proposal_edit.proposal is None
                log = model_admin.log_addition if is_new else model_admin.log_change
                log(edit.http, proposal, summary or _("Accepted."))
                if saved is not None:
                    follow_up(saved, form.valid_document, user=edit.user)
    except proposals.ProposalRefused as refused:
        form.general.append(str(refused))
        return draw_page(edit.with_new_proposal_version(), form, model_admin)
    except InvalidDocument as invalid:
        form.place(invalid.faults)
        return draw_page(edit, form, model_admin)
    if saved is not None and saved.conflicts:
        CONFLICTS.labels("asked").inc()
        return draw_page(edit, form, model_admin, saved=saved)
    if edit.current is not None:
        presence.leave(edit.key, edit.user)
    messages.success(edit.http, proposal_edit.outcome_message(saved, summary))
    _report_unrecorded(
        edit,
        form,
        _("New on record: %s.") if proposal_edit.is_accepting else _("Recorded once this is accepted: %s."),
    )
    _warn_of_confidence(edit, form)
    return HttpResponseRedirect(proposal.get_absolute_url())


def _known_documents(edit: EditRequest) -> list[Document]:
    """Return the recorded documents whose positions an edit may leave as they are."""
    shown = [] if edit.is_proposed else [edit.document]
    if edit.current is None:
        return shown
    return [*shown, edit.current.document, edit.revision(edit.base).document]


def _asks_for_confidence_reasons(edit: EditRequest, form: PageForm) -> bool:
    """Ask in a form of fields why confidence is high where the evidence cited is thin; return whether it asks."""
    if form.is_text:
        return False
    faults = evidence_words.reason_faults(form.valid_document, *_known_documents(edit))
    form.place(faults)
    return bool(faults)


def _warn_of_confidence(edit: EditRequest, form: PageForm) -> None:
    """Say the same after a text was saved."""
    if form.is_text:
        for warning in evidence_words.reason_warnings(form.valid_document, *_known_documents(edit)):
            messages.warning(edit.http, warning)


def _report_unrecorded(edit: EditRequest, form: PageForm, message: str) -> None:
    """Warn about newly created backers, sources and topics: a name may be misspelt."""
    if names := form.unrecorded_names():
        messages.info(edit.http, message % labels.conjunction(names))


def _report_checks(edit: EditRequest, document: Document) -> None:
    """Say that changed quotations are being checked, and where the result will be."""
    base = edit.revision(edit.base).document if edit.current is not None else None
    if message := quote_checks.saved_message(base, document):
        messages.info(edit.http, message)


def _after_saving(
    edit: EditRequest, form: PageForm, document: Document, model_admin: ModelAdmin
) -> HttpResponse:
    if "_continue" in edit.data:
        url = reverse("admin:controversies_controversy_change", args=[document.key])
        return HttpResponseRedirect(f"{url}{form.query}")
    presence.leave(document.key, edit.user)
    return model_admin.response_post_save_change(edit.http, log_row(document))
