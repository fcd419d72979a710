"""The filters of the lists. A value that a filter does not offer matches nothing."""

import datetime
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, TextChoices
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.models import Citation, Confidence, Position, Publication

ALL = "all"
YEAR = datetime.timedelta(days=365)
AGES = {  # by the value in the address: days, and the label
    "day": (1, gettext_lazy("More than a day")),
    "week": (7, gettext_lazy("More than a week")),
    "month": (30, gettext_lazy("More than a month")),
}

type Choices = list[tuple[str, str]]  # values and labels
type Needs = dict[
    str, tuple[Promise | str, Q | Combinable]
]  # labels and conditions, by values in the address


def age_choices() -> Choices:
    """Return the ages to filter by."""
    return [(value, str(label)) for value, (_days, label) in AGES.items()]


def is_older(age: str) -> Q:
    """Return the condition of rows created longer ago than this age."""
    days, _label = AGES[age]
    return Q(created__lt=timezone.now() - datetime.timedelta(days=days))


class OfferedFilter(admin.SimpleListFilter):
    """Base of filters by the values of one field."""

    field: ClassVar[str]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        offered = [str(value) for value, _label in self.lookup_choices]
        return queryset.filter(**{self.field: self.value()}) if self.value() in offered else queryset.none()


class StateFilter(admin.SimpleListFilter):
    """Base of filters by the state of a proposal or suggestion; "All" is chosen at first."""

    title = gettext_lazy("state")
    parameter_name = "state"
    states: ClassVar[type[TextChoices]]

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:
        return [*((state.value, str(state.label)) for state in self.states), (ALL, _("All"))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        chosen = self.value() or ALL
        for value, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": value == chosen, "query_string": query, "display": label}

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(state=self.value()) if self.value() in self.states.values else queryset


class AgeFilter(admin.SimpleListFilter):
    """Filters by the time since a row was created."""

    title = gettext_lazy("age")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:
        return age_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        age = self.value() or ""
        return queryset.filter(is_older(age)) if age in AGES else queryset


class NeedFilter(admin.SimpleListFilter):
    """Base of filters by the work that is left to do on a row."""

    title = gettext_lazy("what is missing")
    parameter_name = "needs"

    def needs(self) -> Needs:
        """The label and the condition of each need, by its value in the address."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:
        return [(name, str(label)) for name, (label, _condition) in self.needs().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        need = self.needs().get(self.value() or "")
        return queryset.filter(need[1]) if need else queryset


class WorkToDoFilter(NeedFilter):
    """Filters controversies by the work that is left to do."""

    title = gettext_lazy("work to do")

    def needs(self) -> Needs:
        positions = Position.objects.filter(controversy=OuterRef("pk"))
        cited = Q()
        for name in ("position", "backing__position", "stance__position"):
            cited |= Q(Exists(Citation.objects.filter(**{name: OuterRef("pk")})))
        rated = positions.exclude(confidence=Confidence.NOT_RATED)
        long_ago = timezone.localdate() - YEAR
        return {
            "source": (_("Needs a source"), Exists(positions.exclude(cited))),
            "review": (
                _("Not reviewed for a year"),
                Q(reviewed_on=None) | Q(reviewed_on__lt=long_ago),
            ),
            "draft": (_("Draft"), Q(publication=Publication.DRAFT)),
            "reason": (_("No reason for a confidence"), Exists(rated.filter(confidence_reason=""))),
        }


def page_choices(pages: QuerySet[Model]) -> Choices:
    """Return keys and titles of these controversies."""
    return [(str(key), title) for key, title in pages.values_list("pk", "title")]
