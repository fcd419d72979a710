"""Sources, as editors see them."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from controversies.admin.board.copies_view import copy_view
from controversies.admin.board.filters import SourceTaskFilter, SourceVerdictFilter
from controversies.admin.board.source_checks import read_source_checks
from controversies.admin.board.view import board_url, board_view, first_page_section, may_decide
from controversies.admin.lists.filters import NeedFilter, Needs
from controversies.admin.shared.shared_admin import SharedAdmin, distinct_count, last_revised_time
from controversies.checks.saving import follow_up_source
from controversies.kit.accounts import signed_in
from controversies.models import Citation, Source, SourceVerdict, page_of

_CITATIONS = Citation.objects.filter(source=OuterRef("pk"))


class SourceNeeds(NeedFilter):
    def needs(self) -> Needs:
        return {
            "place": (_("Not cited"), ~Exists(_CITATIONS)),
            "archive": (_("No archived copy"), Q(archive_url="")),
            "date": (_("No date"), Q(date="")),
            "authors": (_("No authors"), Q(authors="")),
            "link": (_("No link and no DOI"), Q(url="", doi="")),
        }


@admin.register(Source)
class SourceAdmin(SharedAdmin):
    about = _("Published works that are cited as evidence, each under its own title.")
    reasons = (
        _("Archived copy added."),
        _("Details of the source corrected."),
        _("The source has moved: link brought up to date."),
    )
    fields = [
        "title",
        "slug",
        "authors",
        "publisher",
        "date",
        "kind",
        "url",
        "doi",
        "isbn",
        "archive_url",
        "read_on",
        "origin",
    ]
    prepopulated_fields = {"slug": ["title"]}
    search_fields = ["title", "authors", "publisher", "doi", "isbn", "url", "slug"]
    search_help_text = _("Looks in titles, authors, publishers, DOIs and links.")
    list_display = ["title", "kind", "date", "times_cited", "shown_on", "verdict", "last_revised"]
    list_filter = [SourceNeeds, SourceTaskFilter, SourceVerdictFilter, "kind"]
    ordering = ["title", "pk"]

    def with_usage(self, queryset: QuerySet) -> QuerySet:
        return queryset.annotate(
            citations_made=distinct_count(_CITATIONS, "pk", by="source"),
            pages=distinct_count(_CITATIONS.annotate(page=page_of(Citation)), "page", by="source"),
            last=last_revised_time(_CITATIONS, page_of(Citation)),
            checked=F("state__verdict"),
        )

    def told_apart(self, obj: Source) -> str:
        beside = ", ".join(filter(None, [Truncator(obj.authors).chars(60), obj.date]))
        return f"{obj.title} ({beside})" if beside else obj.title

    @admin.display(description=_("cited"), ordering="citations_made")
    def times_cited(self, obj: Source) -> str:
        count: int = obj.citations_made  # type: ignore[attr-defined]  # annotated
        return ngettext("%s time", "%s times", count) % count if count else str(_("not cited"))

    # -- what checks saw --

    @admin.display(description=_("checks"), ordering="checked")
    def verdict(self, obj: Source) -> str:
        verdict: str = obj.checked or ""  # type: ignore[attr-defined]  # annotated
        return str(SourceVerdict(verdict).label) if verdict else str(_("not checked"))

    def get_urls(self) -> list[URLPattern]:
        board, copy = (
            self.admin_site.admin_view(partial(view, model_admin=self)) for view in (board_view, copy_view)
        )
        return [
            path("board/", board, name="controversies_source_board"),
            path("<uuid:key>/copies/<int:number>/", copy, name="controversies_source_copy"),
            *super().get_urls(),
        ]

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
