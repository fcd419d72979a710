"""Readers' suggestions, for those who may change pages, and what the edit page shows of one.

What waits for a decision is in the review queue (`queue`).
"""

import uuid
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies import history
from controversies.admin.review import queue
from controversies.admin.review.proposals import ByAge
from controversies.document import compare, types
from controversies.document.parse import InvalidDocument
from controversies.history import Reading
from controversies.kit.accounts import signed_in
from controversies.models import Controversy, Revision, Suggestion, SuggestionState
from controversies.pages import diff  # editors see what readers see, so readers' code draws it
from controversies.pages.draw import Drawing
from controversies.workflow import suggestions

TEMPLATE = "admin/controversies/suggestion/suggestion.html"
ALL = "all"


# -- beside the edit page's form --


@dataclass(frozen=True)
class SuggestionNotice:
    """A suggestion as the edit page shows it; `place` is the part of the form it is about, "" if that is gone."""

    suggestion: Suggestion
    place: str

    @property
    def is_open(self) -> bool:
        return self.suggestion.is_open

    @property
    def reason(self) -> str:
        """The reason for the change, ready-made, while the suggestion waits."""
        return suggestions.change_reason(self.suggestion) if self.is_open else ""


def beside(request: HttpRequest, current: Reading | None) -> SuggestionNotice | None:
    """The suggestion that the form was opened for, if this user may see it and it is about this page."""
    sent = (request.POST if request.method == "POST" else request.GET).get("suggestion", "")
    if not sent or current is None or not queue.reviews(request.user):
        return None
    found = _find(sent)
    if found is None or str(found.controversy_id) != current.document.key:
        return None
    return SuggestionNotice(found, place(current.document, found))


def place(document: types.Document, suggestion: Suggestion) -> str:
    """The part of the edit page that a suggestion is about."""
    found = suggestions.suggestion_block(document, str(suggestion.block) if suggestion.block else None)
    if isinstance(found, types.Head):
        return "head"
    if isinstance(found, types.Context):
        return "context"
    return found.key if found is not None else ""


def use(request: HttpRequest, revision: Revision) -> None:
    """Mark the suggestion that the form was opened for as used in this revision, and say so."""
    found = _find(request.POST.get("suggestion", ""))
    if found is None or str(found.controversy_id) != str(revision.controversy_id):
        return
    if found.revision == revision.number:  # a second click
        return
    try:
        suggestions.mark_used(found, editor=signed_in(request), revision=revision)
    except suggestions.SuggestionDecided as decided:
        messages.warning(request, str(decided))
    else:
        messages.success(
            request, _("The reader’s suggestion is marked as used in revision %s.") % revision.number
        )


def _find(key: str) -> Suggestion | None:
    try:
        found = uuid.UUID(key)
    except ValueError:
        return None
    return Suggestion.objects.select_related("controversy").filter(pk=found).first()


# -- the list --


class State(admin.SimpleListFilter):
    """What has become of it."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*SuggestionState.choices, (ALL, _("All"))]

    def choices(self, changelist: Any) -> Any:
        chosen = self.value() or ALL
        for value, words in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": value == chosen, "query_string": query, "display": words}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Suggestion]) -> QuerySet[Suggestion]:
        chosen = self.value() or ALL
        return queryset.filter(state=chosen) if chosen in SuggestionState.values else queryset


class ByPage(admin.SimpleListFilter):
    """The page that it is about."""

    title = gettext_lazy("controversy")
    parameter_name = "page"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        pages = Controversy.objects.filter(suggestions__isnull=False).order_by("title", "pk").distinct()
        return [(str(key), title) for key, title in pages.values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Suggestion]) -> QuerySet[Suggestion]:
        if not self.value():
            return queryset
        try:
            return queryset.filter(controversy=uuid.UUID(self.value()))
        except ValueError:
            return queryset.none()


@admin.register(Suggestion)
class SuggestionAdmin(admin.ModelAdmin):
    """Who may change pages sees them all. Nothing is added, changed or deleted here."""

    about = gettext_lazy("What readers without an account say should be put right.")
    list_display = ["about_what", "page", "what", "age", "became"]
    list_display_links = ["about_what"]
    list_filter = [State, ByPage, ByAge]
    list_select_related = ["controversy"]
    list_per_page = 50
    show_full_result_count = False
    actions = None
    ordering = ["-created", "id"]

    # -- rights --

    def has_module_permission(self, request: HttpRequest) -> bool:
        return queue.reviews(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return queue.reviews(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # -- the list --

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suggestion]:
        # Neither the address nor the digest of the sender has any business here.
        return super().get_queryset(request).defer("email", "sender")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(
            request,
            {
                "title": _("Readers’ suggestions, newest first"),
                "queue_url": reverse("admin:controversies_proposal_queue"),
                **(extra_context or {}),
            },
        )

    @admin.display(description=gettext_lazy("about"), ordering="block_name")
    def about_what(self, obj: Suggestion) -> str:
        return Truncator(obj.block_name).chars(80)

    @admin.display(description=gettext_lazy("page"), ordering="controversy__title")
    def page(self, obj: Suggestion) -> str:
        return obj.controversy.title

    @admin.display(description=gettext_lazy("what is wrong"))
    def what(self, obj: Suggestion) -> str:
        return Truncator(obj.wrong).words(20)

    @admin.display(description=gettext_lazy("received"), ordering="created")
    def age(self, obj: Suggestion) -> str:
        day = date_format(timezone.localtime(obj.created), "DATE_FORMAT")
        if not obj.is_open:
            return day
        return _("%(day)s (%(ago)s ago)") % {"day": day, "ago": timesince(obj.created, depth=1)}

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def became(self, obj: Suggestion) -> str:
        label = SuggestionState(obj.state).label
        if obj.revision:
            return _("%(label)s, revision %(number)s") % {"label": label, "number": obj.revision}
        return f"{label}: {Truncator(obj.answer).words(12)}" if obj.answer else str(label)

    # -- one suggestion --

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What the reader says, beside what the page said then and says now; and what may be done with it."""
        if object_id is None or not queue.reviews(request.user):
            raise PermissionDenied
        suggestion = _find(object_id)
        if suggestion is None:
            self.message_user(request, _("There is no such suggestion."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:controversies_suggestion_changelist"))
        fault, answer = "", ""
        if request.method == "POST":
            answer = request.POST.get("answer", "")
            try:
                with transaction.atomic():  # the decision, and the desk's log of it
                    suggestions.decline(suggestion, editor=signed_in(request), answer=answer)
                    self.log_change(request, suggestion, _("Declined."))
            except suggestions.SuggestionDecided as decided:
                fault = str(decided)
            except InvalidDocument as invalid:
                fault = " ".join(each.message for each in invalid.faults)
            else:
                told = _("Declined. The reader is told why.") if suggestion.email else _("Declined.")
                self.message_user(request, told, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:controversies_proposal_queue"))
            suggestion = _find(object_id) or suggestion
        return self._draw(request, suggestion, fault, answer)

    def _draw(self, request: HttpRequest, suggestion: Suggestion, fault: str, answer: str) -> HttpResponse:
        key = str(suggestion.controversy_id)
        now, then = history.head(key), history.at(key, suggestion.number)
        if now is None or then is None:  # the database forbids it
            raise LookupError(suggestion.pk)
        block = str(suggestion.block) if suggestion.block else None
        at = place(now.document, suggestion)
        changed = _since(then, now, suggestion.key)
        anchor = f"#{at if at in ('head', 'context') else f'block-{at}'}" if at else ""
        edit = reverse("admin:controversies_controversy_change", args=[key])
        context = {
            "suggestion": suggestion,
            "section": "",
            "state": SuggestionState(suggestion.state),
            "page": suggestion.controversy,
            "now": now,
            "fault": fault,
            "answer": answer,
            "kept": f"{request.user.pk}:{request.path}",
            "is_gone": not at,
            "whole": block is None,
            "head": now.document.head,
            "piece": _piece(now if at else then, block),
            "changed": changed if changed.changes else None,
            "edit_url": f"{edit}?suggestion={suggestion.pk}{anchor}",
        }
        request.current_app = self.admin_site.name
        response = TemplateResponse(request, TEMPLATE, context)
        response["Cache-Control"] = "private, no-store"
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Its own page says what became of it."""
        if not queue.reviews(request.user):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:controversies_suggestion_change", args=[object_id]))


def _piece(reading: Reading, block: str | None) -> Any:
    """The block as the page shows it."""
    drawing = Drawing(reading, reading.document.head.slug, {}, alone=True)
    part = suggestions.suggestion_block(reading.document, block)
    return drawing.block(part) if part is not None else ""


def _since(then: Reading, now: Reading, key: str) -> diff.DiffView:
    """What became of one block since the reader saw it."""
    comparison = compare.compare(then.document, now.document)
    mine = tuple(change for change in comparison.blocks if change.key == key)
    return diff.diff_view(replace(comparison, blocks=mine, unchanged=()))
