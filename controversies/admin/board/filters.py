"""Filters of the lists of sources and controversies by what checks saw, for users who decide on it."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.admin.board.view import may_decide
from controversies.admin.lists.filters import Choices
from controversies.models import CitationTask, SourceVerdict, TaskCause, TaskState

ANY = "any"


class OpenTaskFilter(admin.SimpleListFilter):
    """Base of filters by the open questions of the sources board, of any cause or of one."""

    title = gettext_lazy("open question")
    parameter_name = "task"
    column: ClassVar[str]  # of CitationTask, which refers to the rows of the list

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:
        if not may_decide(request.user):
            return []
        return [(ANY, _("Has an open question")), *((each.value, str(each.label)) for each in TaskCause)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        tasks = CitationTask.objects.filter(state=TaskState.OPEN, **{self.column: OuterRef("pk")})
        return queryset.filter(Exists(tasks if self.value() == ANY else tasks.filter(cause=self.value())))


class SourceTaskFilter(OpenTaskFilter):
    """Filters sources by their open questions."""

    column = "source"


class PageTaskFilter(OpenTaskFilter):
    """Filters controversies by the open questions about their citations."""

    column = "controversy_id"


class SourceVerdictFilter(admin.SimpleListFilter):
    """Filters sources by the verdict of the checks."""

    title = gettext_lazy("checks")
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:
        return [(each.value, str(each.label)) for each in SourceVerdict]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        condition = Q(state__verdict=self.value())
        if self.value() == SourceVerdict.UNCHECKED:
            condition |= Q(state=None)
        return queryset.filter(condition)
