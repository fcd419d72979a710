"""Topics, as editors see them."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from controversies import rights
from controversies.admin.lists.filters import NeedFilter, Needs
from controversies.admin.shared.shared_admin import SharedAdmin
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
    list_display = ["title", "shown_on"]
    orders: ClassVar[dict[str, tuple[str, ...]]] = {"title": ("title", "id"), "shown_on": ("uses", "key")}
    use_columns = ("shown_on",)
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
