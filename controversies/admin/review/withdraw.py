"""The page that withdraws a published page from the public site, with a reason. Its history stays."""

import uuid
from dataclasses import replace

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin import presence
from controversies.admin.form_context import FormContext
from controversies.admin.log_row import log_row
from controversies.admin.not_found import controversy_not_found
from controversies.admin.part_form import ReasonForm
from controversies.document.parse import InvalidDocument
from controversies.kit.accounts import signed_in
from controversies.kit.keys import revision_number
from controversies.models import Publication

TEMPLATE = "admin/controversies/controversy/withdraw.html"


def withdraw_view(request: HttpRequest, *, model_admin: ModelAdmin, key: uuid.UUID) -> HttpResponse:
    """Ask for the reason, and withdraw the page when that is sent."""
    may_publish = request.user.has_perm("controversies.publish_controversy")
    if not (may_publish and model_admin.has_change_permission(request)):
        raise PermissionDenied
    current = history.head(str(key))
    if current is None:
        return controversy_not_found(request)
    head = current.document.head
    if head.publication != Publication.PUBLISHED:
        messages.info(request, _("The page is not public, so there is nothing to withdraw."))
        return HttpResponseRedirect(reverse("admin:controversies_controversy_change", args=[key]))
    data = request.POST if request.method == "POST" else None
    form = ReasonForm(data, "reason", None, FormContext(signed_in(request)))
    newer = None
    if data is not None and not form.value("summary"):
        form.add_error("summary", _("Give a short reason for the withdrawal: readers see it."))
    elif data is not None:
        base = revision_number(data.get("base"))
        if base is None:
            raise BadRequest("This is not a revision's number.")
        newer = _withdraw(request, model_admin, form, current, base)
        if newer is None and form.is_valid():
            presence.leave(str(key), request.user)
            messages.success(request, _("“%s” is withdrawn. Readers no longer see it.") % head.title)
            return HttpResponseRedirect(reverse("admin:controversies_controversy_changelist"))
    presence.touch(str(key), request.user)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Withdraw this page"),
        "subtitle": head.title,
        "opts": model_admin.opts,
        "original": log_row(current.document),
        "base": (newer or current).number,
        "newer": newer.entry if newer else None,
        "reason": form,
        "other_editors": presence.other_editors(str(key), request.user),
        "ping_seconds": presence.PING_SECONDS,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, TEMPLATE, context)


def _withdraw(
    request: HttpRequest, model_admin: ModelAdmin, form: ReasonForm, current: history.Reading, base: int
) -> history.Reading | None:
    """Record the withdrawal; return the newest revision instead if it is not the one that the editor has seen."""
    if base != current.number:
        return current
    summary = form.value("summary")
    head = replace(current.document.head, publication=Publication.WITHDRAWN.value)
    document = replace(current.document, head=head)
    try:
        with transaction.atomic():
            history.record(document, author=signed_in(request), summary=summary, base=current)
            model_admin.log_change(request, log_row(document), summary)
    except history.Stale as stale:
        return stale.head
    except InvalidDocument as invalid:
        form.add_error("summary", [fault.message for fault in invalid.faults])
    return None
