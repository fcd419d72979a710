"""The filters of the lists. A value that a filter does not offer matches nothing."""

import datetime
from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import (
    Exists,
    ForeignKey,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    TextField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.kit.keys import is_key
from controversies.models import (
    REVIEW_EVERY,
    Citation,
    Confidence,
    Controversy,
    Position,
    Publication,
    Suggestion,
)

ALL = "all"
AGES = {  # by the value in the address: days, and the label
    "day": (1, gettext_lazy("More than a day")),
    "week": (7, gettext_lazy("More than a week")),
    "month": (30, gettext_lazy("More than a month")),
}

# Foreign keys whose rows autocompletion offers: topics, and pages.
TOPIC_REFERENCE = Controversy._meta.get_field("topic")
PAGE_REFERENCE = Suggestion._meta.get_field("controversy")

type Choices = list[tuple[str, str]]  # values and labels
# By values in the address: labels, conditions, and the place on the row’s page where the work is done, "" for none.
type Needs = dict[str, tuple[Promise | str, Q | Combinable, str | Combinable]]


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


class ChosenRowFilter(admin.SimpleListFilter):
    """Base of filters by a row of another list, chosen by autocompletion: there may be any number of them.

    `reference` is a foreign key to it, `field` the condition that the key of the chosen row is filtered by.
    """

    template = "admin/chosen_row_filter.html"
    reference: ClassVar[Any]
    field: ClassVar[str]
    others: ClassVar[tuple[tuple[str, Promise], ...]] = ()  # values that are no row, and their labels

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:
        return []

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        name = str(self.parameter_name)
        params = {each: value for each, value in changelist.params.items() if each != name}
        others = [
            {
                "selected": self.value() == value,
                "query": changelist.get_query_string({name: value}),
                "label": label,
            }
            for value, label in self.others
        ]
        yield {
            "form": row_chooser(self.reference, name, str(self.title), self.value() or ""),
            "params": params,
            "others": others,
            "all": changelist.get_query_string(remove=[name]) if self.value() else "",
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value() or ""
        if not value:
            return queryset
        return queryset.filter(**{self.field: value}) if is_key(value) else queryset.none()


class _NamedAutocomplete(AutocompleteSelect):
    """Django's autocompletion, with a word in it as long as nothing is chosen: else the box has no name."""

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        return {**super().build_attrs(base_attrs, extra_attrs), "data-placeholder": _("Any")}


def row_chooser(reference: ForeignKey[Any, Any], name: str, label: str, value: str = "") -> forms.Form:
    """Return a form with one field, in which a row is chosen that a foreign key may refer to, by autocompletion."""
    rows = reference.remote_field.model._default_manager.all()
    widget = _NamedAutocomplete(reference, admin.site)
    field = forms.ModelChoiceField(rows, label=label, required=False, widget=widget)
    chosen = rows.filter(pk=value).values_list("pk", flat=True).first() if is_key(value) else None
    return type("RowChooser", (forms.Form,), {name: field})(initial={name: chosen}, label_suffix="")


class TopicFilter(ChosenRowFilter):
    """Filters controversies by their topic."""

    title = gettext_lazy("topic")
    parameter_name = "topic"
    reference = TOPIC_REFERENCE
    field = "topic"


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
        return [(name, str(label)) for name, (label, *_rest) in self.needs().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        need = self.needs().get(self.value() or "")
        if not need:
            return queryset
        _label, condition, anchor = need
        return queryset.filter(condition).annotate(
            need_anchor=Value(anchor) if isinstance(anchor, str) else anchor
        )


class WorkToDoFilter(NeedFilter):
    """Filters controversies by the work that is left to do."""

    title = gettext_lazy("work to do")

    def needs(self) -> Needs:
        positions = Position.objects.filter(controversy=OuterRef("pk"))
        without_source = positions.filter(~is_cited())  # as `ListedPage.lacks_source` has it of the page
        without_reason = positions.exclude(confidence=Confidence.NOT_RATED).filter(confidence_reason="")
        long_ago = timezone.localdate() - REVIEW_EVERY
        return {
            "source": (
                _("Needs a source"),
                Q(listed__lacks_source=True),
                _place_in_first(without_source, "/add-source"),
            ),
            "review": (
                _("Not reviewed for a year"),
                Q(reviewed_on=None) | Q(reviewed_on__lt=long_ago),
                "id_head-reviewed",
            ),
            "draft": (_("Draft"), Q(publication=Publication.DRAFT), "id_head-publication"),
            "reason": (
                _("No reason for a confidence"),
                Exists(without_reason),
                _place_in_first(without_reason, "/id_", "-confidence_reason"),
            ),
        }


def is_cited() -> Q:
    """Return the condition that something of a position has a source: itself, a backer of it, or a stance."""
    cited = Q()
    for name in ("position", "backing__position", "stance__position"):
        cited |= Q(Exists(Citation.objects.filter(**{name: OuterRef("pk")})))
    return cited


def _place_in_first(positions: QuerySet[Position], before: str, after: str = "") -> Combinable:
    """The anchor (`edit/reveal.js`) of a place in the first of these positions; `after` follows its key there, too."""
    key = Cast("pk", TextField())
    parts = [Value("in-"), key, Value(before), *([key, Value(after)] if after else [])]
    return Subquery(
        positions.order_by("order")
        .annotate(anchor=Concat(*parts, output_field=TextField()))
        .values("anchor")[:1]
    )
