"""Readers' suggestions, for those who may change pages.

The review queue (`queue`) shows those that wait for a decision.
"""

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies import history, rights
from controversies.admin.lists.columns import day_and_age, state_text
from controversies.admin.lists.filters import PAGE_REFERENCE, AgeFilter, ChosenRowFilter, StateFilter
from controversies.admin.review import queue
from controversies.admin.review.decisions import DecisionAdmin, draw_privately
from controversies.admin.review.suggestion_notice import place_in_form
from controversies.document import compare
from controversies.history import Reading
from controversies.kit.accounts import signed_in
from controversies.models import Suggestion, SuggestionState
from controversies.pages import diff
from controversies.pages.draw import Drawing
from controversies.workflow import suggestions

TEMPLATE = "admin/controversies/suggestion/suggestion.html"
NAME_LENGTH, TEXT_WORDS = 80, 20


class SuggestionStateFilter(StateFilter):
    """Filters suggestions by their state."""

    states = SuggestionState


class SuggestionPageFilter(ChosenRowFilter):
    """Filters suggestions by the page that they are about."""

    title = gettext_lazy("controversy")
    parameter_name = "page"
    reference = PAGE_REFERENCE
    field = "controversy"


@admin.register(Suggestion)
class SuggestionAdmin(DecisionAdmin):
    """Reviewers see all suggestions."""

    about = gettext_lazy("Corrections that readers without an account suggest.")
    list_display = ["subject", "page", "text_start", "age", "decision_state"]
    list_display_links = ["subject"]
    list_filter = [SuggestionStateFilter, SuggestionPageFilter, AgeFilter]
    list_select_related = ["controversy"]
    refusals = (suggestions.SuggestionDecided,)
    not_found = gettext_lazy("Suggestion not found.")

    def has_view_permission(self, request: HttpRequest, obj: Suggestion | None = None) -> bool:
        is_within = obj is None or rights.may_work_on_pages(request.user, [obj.controversy_id])
        return queue.may_review(request.user) and is_within

    # -- the list --

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suggestion]:
        # The list shows neither the address nor the digest of the sender.
        rows, allowed = (
            super().get_queryset(request).defer("email", "sender"),
            rights.allowed_topics(request.user),
        )
        return rows if allowed is None else rows.filter(controversy__topic__in=allowed)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            "title": _("Readers’ suggestions, newest first"),
            "queue_url": reverse("admin:controversies_proposal_queue"),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    @admin.display(description=gettext_lazy("about"), ordering="block_name")
    def subject(self, obj: Suggestion) -> str:
        return Truncator(obj.block_name).chars(NAME_LENGTH)

    @admin.display(description=gettext_lazy("page"), ordering="controversy__title")
    def page(self, obj: Suggestion) -> str:
        return obj.controversy.title

    @admin.display(description=gettext_lazy("what is wrong"))
    def text_start(self, obj: Suggestion) -> str:
        return Truncator(obj.wrong).words(TEXT_WORDS)

    @admin.display(description=gettext_lazy("received"), ordering="created")
    def age(self, obj: Suggestion) -> str:
        return day_and_age(obj.created, is_open=obj.is_open)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def decision_state(self, obj: Suggestion) -> str:
        return state_text(str(SuggestionState(obj.state).label), obj.revision, obj.answer)

    # -- one suggestion --

    def decide(self, request: HttpRequest, obj: Suggestion) -> HttpResponse:
        answer = request.POST.get("answer", "")
        with transaction.atomic():  # the decision, and the desk's log of it
            suggestions.decline(obj, editor=signed_in(request), answer=answer)
            self.log_change(request, obj, _("Declined."))
        messages.success(
            request, _("Declined. The reader will get your answer.") if obj.email else _("Declined.")
        )
        return HttpResponseRedirect(reverse("admin:controversies_proposal_queue"))

    def draw(self, request: HttpRequest, obj: Suggestion, error: str) -> HttpResponse:
        """Draw the suggestion beside what the page said then and says now."""
        key = str(obj.controversy_id)
        now, then = history.head(key), history.at(key, obj.number)
        if now is None or then is None:  # the database forbids it
            raise LookupError(obj.pk)
        block = str(obj.block) if obj.block else None
        place = place_in_form(now.document, obj)
        changes = _changes_since(then, now, obj.key)
        anchor = f"#{place if place in ('head', 'context') else f'block-{place}'}" if place else ""
        edit = reverse("admin:controversies_controversy_change", args=[key])
        context = {
            "suggestion": obj,
            "section": "",
            "state": SuggestionState(obj.state),
            "page": obj.controversy,
            "error": error,
            "answer": request.POST.get("answer", ""),
            "draft_name": f"{request.user.pk}:{request.path}",
            "is_gone": not place,
            "is_whole_page": block is None,
            "head": now.document.head,
            "block_html": _draw_block(now if place else then, block),
            "changes": changes if changes.changes else None,
            "edit_url": f"{edit}?suggestion={obj.pk}{anchor}",
        }
        return draw_privately(request, self, TEMPLATE, context)


def _draw_block(reading: Reading, block: str | None) -> SafeString:
    """The block as the page shows it, by the readers' code."""
    drawing = Drawing(reading, reading.document.head.slug, {}, alone=True)
    part = suggestions.suggestion_block(reading.document, block)
    return drawing.block(part) if part is not None else SafeString("")


def _changes_since(then: Reading, now: Reading, key: str) -> diff.DiffView:
    """The changes of one block since the reader saw it."""
    comparison = compare.compare(then.document, now.document)
    own = tuple(change for change in comparison.blocks if change.key == key)
    return diff.diff_view(replace(comparison, blocks=own, unchanged=()))
