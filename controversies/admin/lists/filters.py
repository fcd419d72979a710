"""What is left to do for a page, as a filter of the list of controversies."""

import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.models import Citation, Confidence, Controversy, Position, Publication

YEAR = datetime.timedelta(days=365)


class WorkToDoFilter(admin.SimpleListFilter):
    """What is left to do for a page."""

    title = gettext_lazy("work to do")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("source", _("Needs a source")),
            ("review", _("Not reviewed for a year")),
            ("draft", _("Draft")),
            ("reason", _("No reason for a confidence")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Controversy]) -> QuerySet[Controversy]:
        positions = Position.objects.filter(controversy=OuterRef("pk"))
        if self.value() == "source":
            cited = [
                Exists(Citation.objects.filter(**{name: OuterRef("pk")}))
                for name in ("position", "backing__position", "stance__position")
            ]
            return queryset.filter(Exists(positions.exclude(cited[0] | cited[1] | cited[2])))
        if self.value() == "review":
            since = timezone.localdate() - YEAR
            return queryset.filter(Q(reviewed_on=None) | Q(reviewed_on__lt=since))
        if self.value() == "draft":
            return queryset.filter(publication=Publication.DRAFT)
        if self.value() == "reason":
            rated = positions.exclude(confidence=Confidence.NOT_RATED)
            return queryset.filter(Exists(rated.filter(confidence_reason="")))
        return queryset
