"""Topics, as editors see them."""

from django.contrib import admin
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from controversies import rights
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and rights.allowed_topics(request.user) is None

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the user may change this topic; the tools for several are for roles that reach all topics."""
        if not super().has_change_permission(request, obj):
            return False
        if obj is None:
            return rights.allowed_topics(request.user) is None
        return rights.may_work_on(request.user, [obj.pk])

    def with_usage(self, queryset: QuerySet) -> QuerySet:
        return queryset.annotate(
            pages=distinct_count(_CONTROVERSIES, "pk", by="topic"),
            last=last_revised_time(_CONTROVERSIES, F("pk")),
        )
