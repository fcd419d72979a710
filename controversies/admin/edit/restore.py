"""The page that brings an old revision back, or undoes one: what would change, the reason, and recording it.

Where something else was changed since, the editor decides about it on the edit page.
"""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import ModelAdmin
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin import presence
from controversies.admin.edit.request import NO_REVISION
from controversies.admin.edit.restoration import (
    RestoreAction,
    RestorePlan,
    plan_restore,
    with_shared_as_recorded,
)
from controversies.admin.edit.saved_messages import report_saved
from controversies.admin.edit.shown_document import format_shown
from controversies.admin.form_context import FormContext
from controversies.admin.log_row import log_row
from controversies.admin.part_form import ReasonForm
from controversies.checks.saving import follow_up
from controversies.document import compare
from controversies.document.parse import InvalidDocument
from controversies.kit.accounts import signed_in
from controversies.kit.keys import revision_number
from controversies.pages import diff
from controversies.workflow import proposals

TEMPLATE = "admin/controversies/controversy/restore.html"
MAX_REASON = 1000  # characters that are handed to the edit page in its address


def restore_view(
    request: HttpRequest, *, model_admin: ModelAdmin, action: RestoreAction, key: uuid.UUID, number: int
) -> HttpResponse:
    """Show what would change and ask for the reason; record it when that is sent."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    may_publish = request.user.has_perm("controversies.publish_controversy")
    plan = plan_restore(action, str(key), number)
    if plan is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = ReasonForm(data, "reason", None, FormContext(signed_in(request)))
    with_publication = may_publish and plan.publication is not None and "publication" in request.POST
    if data is not None:
        seen = revision_number(data.get("base"))
        if seen is None:
            raise BadRequest("This is not a revision's number.")
        if not form.value("summary"):
            form.add_error("summary", _("Give a short reason: readers see it."))
        else:
            response = _record(request, model_admin, plan, seen, form, with_publication=with_publication)
            if response is not None:
                return response
    presence.touch(str(key), request.user)
    head = plan.head.document.head
    comparison = compare.compare(with_shared_as_recorded(plan.head.document), plan.result)
    is_undo = action is RestoreAction.UNDO
    context = {
        "action": action.value,
        "number": number,
        "title": _("Undo revision %s") % number if is_undo else _("Restore revision %s") % number,
        "plan": plan,
        "accepted_with": proposals.revision_pair(str(key), number) if is_undo else None,
        "diff": diff.diff_view(comparison),
        "has_changes": bool(comparison.reported_changes),
        "publication": plan.publication if may_publish else None,
        "with_publication": with_publication,
        "other_editors": presence.other_editors(str(key), request.user),
        "ping_seconds": presence.PING_SECONDS,
        "draft_name": f"{request.user.pk}:{request.path}",
        "reason": form,
        "page_title": head.title,
        "slug": head.slug,
        "section": "",
        "edit_url": reverse("admin:controversies_controversy_change", args=[key]),
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, TEMPLATE, context)


def _record(
    request: HttpRequest,
    model_admin: ModelAdmin,
    plan: RestorePlan,
    seen: int,
    form: ReasonForm,
    *,
    with_publication: bool,
) -> HttpResponse | None:
    """Record the restoration; None if the form must be drawn again. `seen` is the newest revision that it showed."""
    key, summary = plan.head.document.key, form.value("summary")
    options: dict[str, Any] = {"author": request.user, "summary": summary, "publication": with_publication}
    try:
        with transaction.atomic():
            if plan.action is RestoreAction.UNDO:
                saved = history.undo(key, plan.number, **options)
            else:
                saved = history.revert(key, plan.number, base=seen, **options)
            if saved.revision is not None:
                model_admin.log_change(request, log_row(plan.head.document), saved.revision.summary)
                follow_up(saved, plan.result, user=signed_in(request))
    except history.UnknownRevision as error:
        raise BadRequest(NO_REVISION) from error
    except InvalidDocument as invalid:
        for fault in invalid.faults:
            form.add_error("summary", str(fault))
        return None
    if saved.conflicts:
        return _to_edit_page(plan, seen, summary, with_publication=with_publication)
    report_saved(request, saved, seen)
    return HttpResponseRedirect(reverse("admin:controversies_controversy_change", args=[key]))


def _to_edit_page(plan: RestorePlan, seen: int, summary: str, *, with_publication: bool) -> HttpResponse:
    """Let the editor decide about the conflicts on the edit page."""
    key = plan.head.document.key
    again = plan_restore(plan.action, key, plan.number, base=seen)
    if again is None:
        raise BadRequest(NO_REVISION)
    is_undo = plan.action is RestoreAction.UNDO
    beginning = _("Revision %s undone.") if is_undo else _("Revision %s restored.")
    query = urlencode(
        {
            "base": again.base.number,
            "shown": format_shown(again.shown_document(with_publication=with_publication)),
            "why": f"{beginning % plan.number} {summary}"[:MAX_REASON],
        }
    )
    return HttpResponseRedirect(f"{reverse('admin:controversies_controversy_change', args=[key])}?{query}")
