"""Sources, as editors see them."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from controversies import checks
from controversies.admin.board.copies_view import copy_view
from controversies.admin.board.filters import SourceTaskFilter, SourceVerdictFilter
from controversies.admin.board.source_checks import read_source_checks
from controversies.admin.board.view import board_url, board_view, first_page_section, may_decide
from controversies.admin.lists.bulk import MAX_ROWS, BulkEdit, pages_by_value
from controversies.admin.lists.filters import NeedFilter, Needs
from controversies.admin.shared.lookup import lookup_response
from controversies.admin.shared.shared_admin import SharedAdmin, declared_fields
from controversies.checks import requests
from controversies.checks.saving import follow_up_source
from controversies.document.types import BY_NAME
from controversies.kit.accounts import signed_in
from controversies.models import Citation, Source, SourceKind, SourceVerdict

_CITATIONS = Citation.objects.filter(source=OuterRef("pk"))


class SourceNeeds(NeedFilter):
    def needs(self) -> Needs:
        return {
            "place": (_("Not cited"), ~Exists(_CITATIONS), ""),
            "archive": (_("No archived copy"), Q(archive_url=""), "id_archive_url"),
            "date": (_("No date"), Q(date=""), "id_date"),
            "authors": (_("No authors"), Q(authors=""), "id_authors"),
            "link": (_("No link and no DOI"), Q(url="", doi=""), "id_url"),
        }


@admin.register(Source)
class SourceAdmin(SharedAdmin):
    about = _("Published works that are cited as evidence, each under its own title.")
    reasons = (
        _("Archived copy added."),
        _("Details of the source corrected."),
        _("The source has moved: link brought up to date."),
    )
    fields = declared_fields(BY_NAME["source"].part)
    prepopulated_fields = {"slug": ["title"]}
    search_fields = ["title", "authors"]  # Django's autocompletion wants some; `is_called` is what looks
    search_help_text = _("Looks in titles and authors. A link, DOI or ISBN finds its source.")
    list_display = ["title", "kind", "date", "times_cited", "shown_on", "verdict"]
    orders: ClassVar[dict[str, tuple[str, ...]]] = {"title": ("title", "id"), "times_cited": ("uses", "key")}
    use_columns = ("times_cited",)
    list_filter = [SourceNeeds, SourceTaskFilter, SourceVerdictFilter, "kind"]
    ordering = ["title", "pk"]
    bulk_edits = (
        BulkEdit(
            name="kind",
            column="kind",
            title=_("Set the kind"),
            question=_("New kind"),
            button=_("Set the kind"),
            choices=lambda: SourceKind.choices,
            pages=partial(pages_by_value, BY_NAME["source"], "kind"),
            reasons=(_("Kind of the source corrected."),),
        ),
    )
    actions = [*SharedAdmin.actions, "check_selected"]

    def with_usage(self, queryset: QuerySet) -> QuerySet:
        return super().with_usage(queryset).annotate(checked=F("state__verdict"))

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        actions = super().get_actions(request, action_location)
        if not checks.is_on():
            actions.pop("check_selected", None)
        return actions

    @admin.action(permissions=["change"], description=_("Check again now"))
    def check_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Have the chosen sources checked by the worker, as far as a page cites them."""
        cited = queryset.filter(Exists(_CITATIONS)).order_by("pk").values_list("pk", flat=True)
        keys = list(cited[: MAX_ROWS + 1])
        if len(keys) > MAX_ROWS:
            self.message_user(request, gettext("Choose at most %s at once.") % MAX_ROWS, messages.WARNING)
            return
        requests.request_check(keys, urgent=True)
        self.message_user(
            request,
            ngettext(
                "%s source is checked in the next few minutes.",
                "%s sources are checked one after the other, in the next minutes.",
                len(keys),
            )
            % len(keys),
            messages.SUCCESS if keys else messages.WARNING,
        )

    def told_apart(self, obj: Source) -> str:
        beside = ", ".join(filter(None, [Truncator(obj.authors).chars(60), obj.date]))
        return f"{obj.title} ({beside})" if beside else obj.title

    @admin.display(description=_("cited"), ordering="uses")
    def times_cited(self, obj: Source) -> str:
        count: int = obj.uses  # type: ignore[attr-defined]  # annotated
        return ngettext("%s time", "%s times", count) % count if count else str(_("not cited"))

    # -- what checks saw --

    @admin.display(description=_("checks"))
    def verdict(self, obj: Source) -> str:
        verdict: str = obj.checked or ""  # type: ignore[attr-defined]  # annotated
        return str(SourceVerdict(verdict).label) if verdict else str(_("not checked"))

    def get_urls(self) -> list[URLPattern]:
        board, copy = (
            self.admin_site.admin_view(partial(view, model_admin=self)) for view in (board_view, copy_view)
        )
        return [
            path("board/", board, name="controversies_source_board"),
            path("lookup/", self.admin_site.admin_view(self.lookup_view), name="controversies_source_lookup"),
            path("<uuid:key>/copies/<int:number>/", copy, name="controversies_source_copy"),
            *super().get_urls(),
        ]

    def lookup_view(self, request: HttpRequest) -> HttpResponse:
        """Look up what registries say of a new source."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return lookup_response(request)

    def waits(self, request: HttpRequest) -> dict[str, Any] | None:
        """The board's section at the top of the desk's first page."""
        return first_page_section(request.user)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        link = board_url() if may_decide(request.user) else ""
        return super().changelist_view(request, {"board_url": link, **(extra_context or {})})

    def more_context(self, request: HttpRequest, obj: Model) -> dict[str, object]:
        return {"source_checks": read_source_checks(obj, request.user) if isinstance(obj, Source) else None}

    def follow_up(self, request: HttpRequest, obj: Model, fields: tuple[str, ...]) -> None:
        follow_up_source(obj.pk, fields, user=signed_in(request))
