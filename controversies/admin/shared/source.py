"""Sources, as editors see them."""

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from controversies.admin.lists.filters import NeedFilter, Needs
from controversies.admin.shared.shared_admin import SharedAdmin, distinct_count, last_revised_time
from controversies.models import Citation, Source, page_of

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
    list_display = ["title", "kind", "date", "times_cited", "shown_on", "last_revised"]
    list_filter = [SourceNeeds, "kind"]
    ordering = ["title", "pk"]

    def with_usage(self, queryset: QuerySet) -> QuerySet:
        return queryset.annotate(
            citations_made=distinct_count(_CITATIONS, "pk", by="source"),
            pages=distinct_count(_CITATIONS.annotate(page=page_of(Citation)), "page", by="source"),
            last=last_revised_time(_CITATIONS, page_of(Citation)),
        )

    def told_apart(self, obj: Source) -> str:
        beside = ", ".join(filter(None, [Truncator(obj.authors).chars(60), obj.date]))
        return f"{obj.title} ({beside})" if beside else obj.title

    @admin.display(description=_("cited"), ordering="citations_made")
    def times_cited(self, obj: Source) -> str:
        count: int = obj.citations_made  # type: ignore[attr-defined]  # annotated
        return ngettext("%s time", "%s times", count) % count if count else str(_("not cited"))
