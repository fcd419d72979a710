"""Topics, as editors see them."""

from django.contrib import admin
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from controversies.admin.lists.filters import NeedFilter, Needs
from controversies.admin.shared.shared_admin import SharedAdmin, distinct_count, last_revised_time
from controversies.models import Controversy, Topic

_CONTROVERSIES = Controversy.objects.filter(topic=OuterRef("pk"))


class TopicNeeds(NeedFilter):
    def needs(self) -> Needs:
        return {
            "place": (_("No controversies"), ~Exists(_CONTROVERSIES), ""),
            "description": (_("No description"), Q(description=""), "id_description"),
        }


@admin.register(Topic)
class TopicAdmin(SharedAdmin):
    about = _("What groups controversies.")
    reasons = (_("Title corrected."), _("Title made clearer."))
    fields = ["title", "slug", "description"]
    prepopulated_fields = {"slug": ["title"]}
    search_fields = ["title", "slug"]
    list_display = ["title", "shown_on", "last_revised"]
    list_filter = [TopicNeeds]
    ordering = ["title", "pk"]

    def with_usage(self, queryset: QuerySet) -> QuerySet:
        return queryset.annotate(
            pages=distinct_count(_CONTROVERSIES, "pk", by="topic"),
            last=last_revised_time(_CONTROVERSIES, F("pk")),
        )
