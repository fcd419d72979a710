"""Taking a published page off the public site, with a reason. Its history stays."""

import uuid
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin import presence as company
from controversies.admin.edit import request_params as sent
from controversies.admin.edit.part_forms import FormContext, ReasonForm
from controversies.document.parse import InvalidDocument
from controversies.models import Publication

TEMPLATE = "admin/controversies/controversy/withdraw.html"


def view(site: Any, request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Ask why, and withdraw the page when that is sent. `site` is the ModelAdmin."""
    if not (
        site.has_change_permission(request) and request.user.has_perm("controversies.publish_controversy")
    ):
        raise PermissionDenied
    current = history.head(str(key))
    if current is None:
        return site.missing(request)
    if current.document.head.publication != Publication.PUBLISHED:
        site.message_user(
            request, _("The page is not public, so there is nothing to withdraw."), messages.INFO
        )
        return HttpResponseRedirect(reverse("admin:controversies_controversy_change", args=[key]))
    form = ReasonForm(
        request.POST if request.method == "POST" else None, "reason", None, FormContext(request.user)
    )
    moved = None
    if request.method == "POST":
        summary = form.value("summary")
        if not summary:
            form.add_error("summary", _("Say in a few words why the page is withdrawn: readers see it."))
        else:
            moved = _withdraw(site, request, form, current, sent.number(request.POST.get("base")), summary)
            if moved is None and form.is_valid():
                company.leave(str(key), request.user)
                site.message_user(
                    request,
                    _("“%s” is withdrawn: readers see it no longer.") % current.document.head.title,
                    messages.SUCCESS,
                )
                return HttpResponseRedirect(reverse("admin:controversies_controversy_changelist"))
    company.touch(str(key), request.user)
    context = {
        **site.admin_site.each_context(request),
        "title": _("Withdraw this page"),
        "subtitle": current.document.head.title,
        "opts": site.opts,
        "original": site.row(current.document),
        "base": (moved or current).number,
        "moved": moved.entry if moved else None,
        "reason": form,
        "company": company.others(str(key), request.user),
        "ping": company.EVERY,
    }
    request.current_app = site.admin_site.name
    return TemplateResponse(request, TEMPLATE, context)


def _withdraw(
    site: Any, request: HttpRequest, form: ReasonForm, current: history.Reading, base: int, summary: str
) -> history.Reading | None:
    """Record the withdrawal; gives the newest revision instead if it is not the one that was looked at."""
    if base != current.number:
        return current
    head = replace(current.document.head, publication=Publication.WITHDRAWN.value)
    document = replace(current.document, head=head)
    try:
        with transaction.atomic():
            history.record(document, author=request.user, summary=summary, base=current)
            site.log_change(request, site.row(document), summary)
    except history.Stale as stale:
        return stale.head
    except InvalidDocument as invalid:
        form.add_error("summary", [fault.message for fault in invalid.faults])
    return None
