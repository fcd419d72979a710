"""The edit page as it is drawn: the form with all that was typed, and the messages about it."""

from collections.abc import Sequence

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin import presence
from controversies.admin.edit import quote_checks
from controversies.admin.edit.conflicts import ConcurrentEdits, concurrent_edits
from controversies.admin.edit.fields_form import FieldsForm
from controversies.admin.edit.page_form import PageForm
from controversies.admin.edit.quote_checks import QuoteQuestion
from controversies.admin.edit.request import EditRequest
from controversies.admin.edit.restoration import restore_notice
from controversies.admin.edit.script_messages import box_config, script_messages
from controversies.admin.edit.shown_document import ShownRestoration, draft_name, format_shown
from controversies.admin.log_row import log_row
from controversies.admin.review import queue
from controversies.admin.review.suggestion_notice import SuggestionNotice, suggestion_notice

TEMPLATES = "admin/controversies/controversy"


def draw_page(
    edit: EditRequest,
    form: PageForm,
    model_admin: ModelAdmin,
    *,
    saved: history.SaveResult | None = None,
    is_restored: bool = False,
    is_converted: bool = False,
    is_conversion_blocked: bool = False,
    quote_questions: Sequence[QuoteQuestion] = (),
) -> HttpResponse:
    """Draw the edit page.

    `saved` is the result of a save that left conflicts. `is_restored`: the form was typed before and kept in the
    browser. `is_converted`: it was typed in the other kind of form; `is_conversion_blocked`: it could not be converted.
    `quote_questions` are the quotations that are asked about before anything is saved.
    """
    request, proposal_edit = edit.http, edit.proposal_edit
    is_fresh = form.data is None or is_restored or is_converted  # nothing is held against it yet
    problems = [] if is_fresh else form.problems()
    if proposal_edit is not None:
        proposal_edit.label_reason(form.reason)
    suggestion = suggestion_notice(request, edit.current) if proposal_edit is None else None
    if form.data is None:
        _fill_reason(edit, form, suggestion)
    if not form.is_new:
        presence.touch(edit.key, edit.user)
    quote_checks.add_chips(form)
    original = log_row(edit.current.document) if edit.current is not None else None
    if proposal_edit is not None:
        title = proposal_edit.title
    else:
        title = _("Add controversy") if form.is_new else _("Edit controversy")
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "subtitle": str(original) if original else None,
        "opts": model_admin.opts,
        "add": form.is_new,
        "change": not form.is_new,
        "original": original,
        "is_nav_sidebar_enabled": False,  # the page needs the room; the breadcrumbs lead away
        "has_view_permission": True,
        "has_absolute_url": original is not None,
        "absolute_url": original.get_absolute_url() if original else None,
        "media": form.media,
        "script_messages": script_messages(),
        "box_config": box_config(form.context),
        "limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        "errors": problems,
        "form": form,
        "document": form.shown,
        "base": edit.base,
        "shown": format_shown(edit.shown),
        "problems": problems,
        "draft_name": draft_name(edit.shown, edit.base),
        "is_unsaved": form.data is not None and not (is_converted and form.is_unchanged),
        "ping_seconds": presence.PING_SECONDS,
        "other_editors": presence.other_editors(edit.key, edit.user) if not form.is_new else [],
        # A proposal meets what came in when somebody decides on it.
        "conflict": _concurrent_edits(edit, form, saved)
        if proposal_edit is None or proposal_edit.is_accepting
        else None,
        "suggestion_notice": suggestion,
        "waiting": _waiting(edit, suggestion),
        "withdraw_url": reverse("admin:controversies_controversy_withdraw", args=[form.shown.key]),
        "proposal_edit": proposal_edit,
        "is_restored": is_restored,
        "is_older": request.method != "POST" and edit.shows_older,
        "is_conversion_blocked": is_conversion_blocked,
        "quote_questions": quote_questions,
        "asked_digests": quote_checks.asked_digests(edit, quote_questions),
        "text_notes": quote_checks.text_notes(form),
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, f"{TEMPLATES}/{form.template}", context)


def draw_block(edit: EditRequest, form: PageForm) -> HttpResponse:
    """Draw the fields of one block, which the page fetches when it is opened; 410 if the document lost it."""
    node = form.open_block(edit.http.GET["block"]) if isinstance(form, FieldsForm) else None
    if node is None:
        return HttpResponse(_("This part is no longer there."), status=410)
    quote_checks.add_chips(form, quote_checks.with_descendants(node))
    return TemplateResponse(edit.http, f"{TEMPLATES}/block_fields.html", {"node": node, "form": form})


def _fill_reason(edit: EditRequest, form: PageForm, suggestion: SuggestionNotice | None) -> None:
    """Begin with a reason where one is known: of the proposal, the restoration or the suggestion."""
    proposal_edit = edit.proposal_edit
    if proposal_edit is not None and proposal_edit.proposal is not None:
        if not proposal_edit.is_accepting:
            form.reason.initial = {"summary": proposal_edit.proposal.reason}
    elif suggestion is not None:
        form.reason.initial = {"summary": suggestion.reason}
    elif "why" in edit.http.GET and edit.current is not None:
        form.reason.initial = {"summary": edit.http.GET["why"]}


def _waiting(edit: EditRequest, suggestion: SuggestionNotice | None) -> list[queue.QueueItem]:
    """Other proposals and suggestions for this page."""
    if edit.current is None:
        return []
    on_page = (edit.proposal_edit and edit.proposal_edit.proposal, suggestion and suggestion.suggestion)
    return queue.waiting_for_page(edit.user, edit.key, but=tuple(each.pk for each in on_page if each))


def _concurrent_edits(
    edit: EditRequest, form: PageForm, saved: history.SaveResult | None
) -> ConcurrentEdits | None:
    """The revisions recorded since the page was drawn, and their conflicts with the form; None if there are none."""
    head = saved.head if saved is not None else edit.current
    if edit.current is None or head is None or head.number == edit.base or form.document is None:
        return None
    return concurrent_edits(
        edit.revision(edit.base),
        head,
        form.document,
        edit.data,
        user=edit.user,
        conflicts=saved.conflicts if saved is not None else None,
        notice=restore_notice(edit.shown) if isinstance(edit.shown, ShownRestoration) else None,
    )
