"""Removing words from a page's whole record: the request, every place that holds them, and the second decision."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controversies.admin.not_found import controversy_not_found
from controversies.admin.review.decisions import DecisionAdmin, draw_privately
from controversies.document.parse import InvalidDocument
from controversies.kit.accounts import signed_in
from controversies.models import Controversy, RedactionGround, RedactionRequest, RedactionState
from controversies.models.redaction import REASON
from controversies.workflow import redaction, redaction_requests
from controversies.workflow.redaction import KIND_NAMES, Finding, RedactionRefused
from controversies.workflow.redaction_requests import RequestDecided

FORM_TEMPLATE = "admin/controversies/redaction/redact.html"
REQUEST_TEMPLATE = "admin/controversies/redaction/request.html"
MAX_PLACES = 100  # of one kind that are listed one by one
MAX_WORDS = 5000  # characters to search for
TITLE_LENGTH = 80


class RedactForm(forms.Form):
    """The form that asks what to remove, and why."""

    words = forms.CharField(
        label=gettext_lazy("Words to remove"),
        help_text=gettext_lazy(
            "Exactly as they are on the page. Line breaks and spaces between the words do not matter."
        ),
        widget=forms.Textarea({"rows": 2, "autocomplete": "off", "spellcheck": "false", "dir": "auto"}),
        max_length=MAX_WORDS,
    )
    ignore_case = forms.BooleanField(label=gettext_lazy("Ignore capital letters"), required=False)
    whole_field = forms.BooleanField(
        label=gettext_lazy("Remove the whole of each text that contains them"),
        help_text=gettext_lazy("Otherwise a mark replaces the words, and the rest of the text stays."),
        required=False,
    )
    everywhere = forms.BooleanField(label=gettext_lazy("On all pages of the site"), required=False)
    ground = forms.ChoiceField(
        label=gettext_lazy("Ground"),
        choices=[("", "–"), *((each.value, f"{each.label}: {each.meaning}") for each in RedactionGround)],
        help_text=gettext_lazy("Readers see it."),
    )
    reason = forms.CharField(
        label=gettext_lazy("More about the reason"),
        help_text=gettext_lazy("Optional. Readers see it, so do not repeat the words."),
        max_length=REASON,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "dir": "auto"}),
    )


def _report_context(report: redaction.RemovalReport | None) -> dict[str, Any]:
    """The template's context of a report: places by kind, the first of each kind in full."""
    kinds: dict[Any, list[Finding]] = {}
    for finding in report.findings if report else ():
        kinds.setdefault(finding.kind, []).append(finding)
    return {
        "report": report,
        "total": len(report.findings) if report else 0,
        "kinds": [
            {
                "name": KIND_NAMES[where],
                "count": len(findings),
                "places": findings[:MAX_PLACES],
                "more": len(findings[MAX_PLACES:]),
            }
            for where, findings in kinds.items()
        ],
    }


def redact_view(request: HttpRequest, *, model_admin: admin.ModelAdmin, key: uuid.UUID) -> HttpResponse:
    """Ask what to remove, show every place that holds it, and remove it or request a second person's confirmation."""
    user = signed_in(request)
    if not redaction_requests.may_redact(user):
        raise PermissionDenied
    page = Controversy.objects.filter(pk=key).first()
    if page is None:
        return controversy_not_found(request)
    form = RedactForm(request.POST if request.method == "POST" else None)
    report = None
    needs_second = redaction_requests.needs_second(user)
    if request.method == "POST" and form.is_valid():
        try:
            removal = redaction_requests.new_request(page, author=user, **form.cleaned_data)
            if "_remove" in request.POST:
                return _request_or_remove(request, model_admin, page, removal, needs_second=needs_second)
            report = redaction.find(redaction_requests.order_of(removal))
        except RedactionRefused as impossible:
            form.add_error(None, str(impossible))
        except InvalidDocument as invalid:
            form.add_error(None, [fault.message for fault in invalid.faults])
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Remove words from the record"),
        "subtitle": page.title,
        "opts": model_admin.opts,
        "original": page,
        "form": form,
        "needs_second": needs_second,
        **_report_context(report),
    }
    return draw_privately(request, model_admin, FORM_TEMPLATE, context)


def _request_or_remove(
    request: HttpRequest,
    model_admin: admin.ModelAdmin,
    page: Controversy,
    removal: RedactionRequest,
    *,
    needs_second: bool,
) -> HttpResponse:
    if needs_second:
        redaction_requests.submit(removal)
        messages.success(request, _("Another publisher must confirm this. Nothing is removed yet."))
        url = reverse("admin:controversies_redactionrequest_change", args=[removal.pk])
        return HttpResponseRedirect(url)
    report = redaction_requests.carry_out(removal)
    model_admin.log_change(request, page, _("Words removed from the record."))
    report_removal(request, report)
    return HttpResponseRedirect(reverse("history", args=[Controversy.objects.get(pk=page.pk).slug]))


def report_removal(request: HttpRequest, report: redaction.RemovalReport) -> None:
    """Say what was removed, and what is left to do."""
    total = len(report.findings)
    if not total:
        messages.info(request, _("These words are not in the record any more."))
        return
    message = ngettext(
        "The words were removed from %s place.", "The words were removed from %s places.", total
    )
    messages.success(request, message % total)
    messages.warning(
        request,
        _(
            "The database files still hold old bytes. Ask the operator to run “manage.py redact --rewrite” and to deal "
            "with backups."
        ),
    )
    for line in report.manual_steps:
        messages.warning(request, line)


@admin.register(RedactionRequest)
class RedactionRequestAdmin(DecisionAdmin):
    """Requests to remove words, for publishers."""

    about = gettext_lazy("Words that a publisher wants to remove from the record. Another publisher decides.")
    list_display = ["requested_by", "page", "ground", "state", "created"]
    list_select_related = ["controversy"]
    refusals = (RequestDecided, RedactionRefused)
    not_found = gettext_lazy("Request not found.")

    def has_view_permission(self, request: HttpRequest, obj: RedactionRequest | None = None) -> bool:
        return redaction_requests.may_redact(request.user)

    # -- the list, and the desk's first page --

    def get_queryset(self, request: HttpRequest) -> QuerySet[RedactionRequest]:
        return super().get_queryset(request).defer("words")

    def waits(self, request: HttpRequest) -> dict[str, Any] | None:
        """The section at the top of the desk's first page: requests that this publisher can decide on."""
        waiting = redaction_requests.waiting(request.user).order_by("created")
        total = waiting.count()
        if not total:
            return None
        first = waiting.values_list("pk", flat=True).first()
        url = reverse("admin:controversies_redactionrequest_change", args=[first])
        message = ngettext(
            "%d request is waiting for your decision.", "%d requests are waiting for your decision.", total
        )
        return {
            "name": _("Words to remove"),
            "url": url if total == 1 else reverse("admin:controversies_redactionrequest_changelist"),
            "about": _("Another publisher wants to remove words from the record. Confirm or refuse it."),
            "words": message % total,
        }

    @admin.display(description=gettext_lazy("requested by"), ordering="author_name")
    def requested_by(self, obj: RedactionRequest) -> str:
        return obj.author_name

    @admin.display(description=gettext_lazy("page"), ordering="controversy__title")
    def page(self, obj: RedactionRequest) -> str:
        return Truncator(obj.controversy.title).chars(TITLE_LENGTH)

    # -- one request --

    def decide(self, request: HttpRequest, obj: RedactionRequest) -> HttpResponse:
        user = signed_in(request)
        if "_confirm" in request.POST:
            report = redaction_requests.confirm(obj, second=user)
            self.log_change(request, obj, _("Words removed from the record."))
            report_removal(request, report)
        else:
            redaction_requests.refuse(obj, second=user, answer=request.POST.get("answer", ""))
            self.log_change(request, obj, _("Refused."))
            messages.success(request, _("Nothing was removed. The request no longer keeps the words."))
        return HttpResponseRedirect(reverse("admin:controversies_redactionrequest_change", args=[obj.pk]))

    def draw(self, request: HttpRequest, obj: RedactionRequest, error: str) -> HttpResponse:
        """Draw the request with every place that holds the words."""
        report = redaction.find(redaction_requests.order_of(obj)) if obj.is_waiting else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Remove words from the record"),
            "subtitle": obj.controversy.title,
            "opts": self.opts,
            "removal": obj,
            "state": RedactionState(obj.state),
            "ground": RedactionGround(obj.ground),
            "is_own": obj.author_id == request.user.pk,
            "error": error,
            "answer": request.POST.get("answer", ""),
            **_report_context(report),
        }
        return draw_privately(request, self, REQUEST_TEMPLATE, context)
