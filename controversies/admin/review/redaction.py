"""Removing words from a page's whole record: what and why, every place that holds them, a second person's yes."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controversies.document.parse import InvalidDocument
from controversies.models import Controversy, RedactionGround, RedactionRequest, RedactionState
from controversies.models.redaction import REASON
from controversies.workflow import redaction, redaction_requests
from controversies.workflow.redaction import KIND_NAMES, Finding, RedactionRefused
from controversies.workflow.redaction_requests import RequestDecided

TEMPLATE = "admin/controversies/redaction/redact.html"
REQUEST = "admin/controversies/redaction/request.html"
_SHOWN = 100  # places that are listed one by one


class RedactForm(forms.Form):
    """The form that asks what to remove, and why."""

    words = forms.CharField(
        label=gettext_lazy("Words to remove"),
        help_text=gettext_lazy(
            "Exactly as they stand, without what is around them. Line breaks and spaces between them do not matter."
        ),
        widget=forms.Textarea({"rows": 2, "autocomplete": "off", "spellcheck": "false", "dir": "auto"}),
        max_length=5000,
    )
    ignore_case = forms.BooleanField(
        label=gettext_lazy("Find them in capitals and small letters"), required=False
    )
    whole_field = forms.BooleanField(
        label=gettext_lazy("Remove all of each text that holds them"),
        help_text=gettext_lazy("Else a mark stands where the words were, and the rest of the text stays."),
        required=False,
    )
    everywhere = forms.BooleanField(label=gettext_lazy("On all pages of the site"), required=False)
    ground = forms.ChoiceField(
        label=gettext_lazy("Ground"),
        choices=[("", "–"), *((each.value, f"{each.label}: {each.meaning}") for each in RedactionGround)],
        help_text=gettext_lazy("Readers see it."),
    )
    reason = forms.CharField(
        label=gettext_lazy("More about why"),
        help_text=gettext_lazy("Readers see it, so do not repeat the words. May be empty."),
        max_length=REASON,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "dir": "auto"}),
    )


def grouped(findings: list[Finding]) -> list[dict[str, Any]]:
    """The places found, by kind, each kind's first ones in full."""
    kinds: dict[Any, list[Finding]] = {}
    for finding in findings:
        kinds.setdefault(finding.kind, []).append(finding)
    return [
        {
            "name": KIND_NAMES[where],
            "count": len(found),
            "places": found[:_SHOWN],
            "more": len(found[_SHOWN:]),
        }
        for where, found in kinds.items()
    ]


def view(site: Any, request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Ask what to remove, show every place that holds it, and remove it or ask for a second person's confirmation."""
    user: Any = request.user
    if not redaction_requests.may_redact(user):
        raise PermissionDenied
    page = Controversy.objects.filter(pk=key).first()
    if page is None:
        return site.missing(request)
    form = RedactForm(request.POST if request.method == "POST" else None)
    report, asked = None, None
    second = redaction_requests.needs_second(user)
    if request.method == "POST" and form.is_valid():
        try:
            asked = redaction_requests.new_request(page, author=user, **form.cleaned_data)
            if "_remove" in request.POST:
                return _ask_or_remove(site, request, page, asked, second=second)
            report = redaction.find(redaction_requests.order_of(asked))
        except RedactionRefused as impossible:
            form.add_error(None, str(impossible))
        except InvalidDocument as invalid:
            form.add_error(None, [fault.message for fault in invalid.faults])
    context = {
        **site.admin_site.each_context(request),
        "title": _("Remove words from the record"),
        "subtitle": page.title,
        "opts": site.opts,
        "original": page,
        "form": form,
        "report": report,
        "kinds": grouped(report.findings) if report else [],
        "total": len(report.findings) if report else 0,
        "second": second,
    }
    return _private(request, site, TEMPLATE, context)


def _ask_or_remove(
    site: Any, request: HttpRequest, page: Controversy, asked: RedactionRequest, *, second: bool
) -> HttpResponse:
    if second:
        asked.save(force_insert=True)
        messages.success(request, _("Another publisher has to confirm this. Nothing was removed yet."))
        return HttpResponseRedirect(reverse("admin:controversies_redactionrequest_change", args=[asked.pk]))
    report = redaction_requests.carry_out(asked)
    site.log_change(request, page, _("Words removed from the record."))
    tell(request, report)
    return HttpResponseRedirect(reverse("history", args=[Controversy.objects.get(pk=page.pk).slug]))


def tell(request: HttpRequest, report: redaction.RemovalReport) -> None:
    """Say what was removed, and what is left to do."""
    total = len(report.findings)
    if not total:
        messages.info(request, _("No place holds these words any more."))
        return
    messages.success(
        request,
        ngettext("The words were removed from %s place.", "The words were removed from %s places.", total)
        % total,
    )
    messages.warning(
        request,
        _(
            "Old bytes are still there: ask the operator to run “manage.py redact --rewrite”, and to see to backups."
        ),
    )
    for line in report.manual_steps:
        messages.warning(request, line)


def _private(request: HttpRequest, site: Any, template: str, context: dict[str, Any]) -> HttpResponse:
    request.current_app = site.admin_site.name
    response = TemplateResponse(request, template, context)
    response["Cache-Control"] = "private, no-store"
    return response


@admin.register(RedactionRequest)
class RedactionRequestAdmin(admin.ModelAdmin):
    """Requests to remove words, for publishers. Nothing is added, changed or deleted here but by deciding."""

    about = gettext_lazy("Words that a publisher wants to remove from the record, for another to confirm.")
    list_display = ["asked_for", "page", "ground", "state", "created"]
    list_select_related = ["controversy"]
    list_per_page = 50
    show_full_result_count = False
    actions = None
    ordering = ["-created", "id"]

    # -- rights --

    def has_module_permission(self, request: HttpRequest) -> bool:
        return redaction_requests.may_redact(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return redaction_requests.may_redact(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # -- the list, and the desk's first page --

    def get_queryset(self, request: HttpRequest) -> QuerySet[RedactionRequest]:
        return super().get_queryset(request).defer("words")

    def waits(self, request: HttpRequest) -> dict[str, Any] | None:
        """The requests that this publisher can confirm or refuse; None if there are none."""
        found = redaction_requests.waiting(request.user).order_by("created")
        total = found.count()
        if not total:
            return None
        first = found.values_list("pk", flat=True).first()
        one = reverse("admin:controversies_redactionrequest_change", args=[first])
        words = ngettext("%d request waits for you.", "%d requests wait for you.", total) % total
        return {
            "name": _("Words to remove"),
            "url": one if total == 1 else reverse("admin:controversies_redactionrequest_changelist"),
            "about": _("Another publisher wants to remove words from the record. Confirm it or refuse it."),
            "words": words,
        }

    @admin.display(description=gettext_lazy("asked for by"), ordering="author_name")
    def asked_for(self, obj: RedactionRequest) -> str:
        return obj.author_name

    @admin.display(description=gettext_lazy("page"), ordering="controversy__title")
    def page(self, obj: RedactionRequest) -> str:
        return Truncator(obj.controversy.title).chars(80)

    # -- one request --

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a request with every place that holds the words, and take the decision."""
        user: Any = request.user
        if object_id is None or not redaction_requests.may_redact(user):
            raise PermissionDenied
        found = self._find(object_id)
        if found is None:
            self.message_user(request, _("There is no such request."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:controversies_redactionrequest_changelist"))
        fault = ""
        if request.method == "POST":
            try:
                return self._decide(request, found)
            except (RequestDecided, RedactionRefused) as refused:
                fault = str(refused)
            except InvalidDocument as invalid:
                fault = " ".join(each.message for each in invalid.faults)
            found = self._find(object_id) or found
        report = redaction.find(redaction_requests.order_of(found)) if found.is_waiting else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Remove words from the record"),
            "subtitle": found.controversy.title,
            "opts": self.opts,
            "asked": found,
            "state": RedactionState(found.state),
            "ground": RedactionGround(found.ground),
            "own": found.author_id == user.pk,
            "fault": fault,
            "answer": request.POST.get("answer", ""),
            "report": report,
            "kinds": grouped(report.findings) if report else [],
            "total": len(report.findings) if report else 0,
        }
        return _private(request, self, REQUEST, context)

    def _find(self, key: str) -> RedactionRequest | None:
        try:
            return RedactionRequest.objects.select_related("controversy").filter(pk=uuid.UUID(key)).first()
        except ValueError:
            return None

    def _decide(self, request: HttpRequest, found: RedactionRequest) -> HttpResponse:
        user: Any = request.user
        if "_confirm" in request.POST:
            report = redaction_requests.confirm(found, second=user)
            self.log_change(request, found, _("Words removed from the record."))
            tell(request, report)
        else:
            redaction_requests.refuse(found, second=user, answer=request.POST.get("answer", ""))
            self.log_change(request, found, _("Refused."))
            messages.success(request, _("Nothing was removed, and the words are kept no longer."))
        return HttpResponseRedirect(reverse("admin:controversies_redactionrequest_change", args=[found.pk]))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Its own page says what became of it."""
        if not redaction_requests.may_redact(request.user):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:controversies_redactionrequest_change", args=[object_id]))
