"""The base of the admin's lists: read a page at a time by key, so that no page costs more on a site with many rows."""

from typing import Any, ClassVar, Literal

from django.contrib import admin, messages
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.db.models.expressions import Combinable
from django.forms import Media
from django.forms.widgets import Script
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from controversies.document import labels
from controversies.kit.keyset import Keyset, KeysetPage, make_page
from controversies.models import PublicUse

AFTER, BEFORE = "after", "before"
MAX_OFFERED = 200  # rows that autocompletion offers for one text


class TitledList(ChangeList):
    """A list with the plural of its rows as its title, as in “Controversies”."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.title = labels.capital(str(self.opts.verbose_name_plural))

    def url_for_result(self, result: Model) -> str:
        """Return the URL of the row's page, at the place of what the list is filtered by (`NeedFilter`)."""
        url = str(super().url_for_result(result))
        anchor = getattr(result, "need_anchor", "")
        return f"{url}#{anchor}" if anchor else url


class KeysetList(TitledList):
    """A list that is read by key.

    Its order is one of those of the model admin (`KeysetAdmin.orders`). `page` has the rows of this page, and those
    to go on from; rows are counted no further than the page.
    """

    model_admin: "KeysetAdmin"
    page: KeysetPage[Model]

    # -- the order --

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        self.after, self.before = (self.params.pop(name, "") for name in (AFTER, BEFORE))
        for name in (AFTER, BEFORE):
            self.filter_params.pop(name, None)
        return super().get_queryset(request, exclude_parameters)

    @cached_property
    def _sorted_by(self) -> tuple[str, bool]:
        """The column that the list is sorted by, and whether in descending order."""
        _before, sign, index = self.params.get(ORDER_VAR, "").partition(".")[0].rpartition("-")
        if index.isdecimal() and int(index) < len(self.list_display):
            column = str(self.list_display[int(index)])
            if column in self.model_admin.orders:
                return column, bool(sign)
        return next(iter(self.model_admin.orders)), self.model_admin.is_newest_first

    @property
    def keyset(self) -> Keyset:
        """The columns of the order."""
        column, is_descending = self._sorted_by
        return Keyset(self.model_admin.orders[column], is_descending)

    @property
    def is_by_use(self) -> bool:
        """Whether the list is sorted by kept numbers of uses; then it has only what public pages show."""
        return self._sorted_by[0] in self.model_admin.use_columns

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:
        return ["pk"] if self.is_by_use else [*self.keyset.terms()]

    def get_ordering_field_columns(self) -> dict[int, Literal["asc", "desc"]]:
        column, is_descending = self._sorted_by
        names = [str(name) for name in self.list_display]
        return {names.index(column): "desc" if is_descending else "asc"} if column in names else {}

    # -- the page --

    def get_results(self, request: HttpRequest) -> None:
        """Read the page."""
        key = self._key(self.after or self.before)
        if key is None and (self.after or self.before):
            messages.warning(request, _("That place in the list is no longer there. This is its beginning."))
            self.after = self.before = ""
        backwards = bool(self.before and not self.after)
        places = {"before" if backwards else "after": key}
        rows = (self._by_use if self.is_by_use else self._by_column)(places)
        self.page = make_page(rows, self.list_per_page, backwards=backwards, is_first=not self.after)
        self.result_list: Any = list(self.page.rows)
        self.has_more = self.page.previous is not None or self.page.next is not None
        # One more stands for all others: enough to offer them to actions.
        self.result_count = len(self.result_list) + self.has_more
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = bool(self.result_list)
        self.can_show_all = self.multi_page = False
        self.paginator = Paginator(self.result_list, self.list_per_page)

    def _by_column(self, places: dict[str, Any]) -> list[Model]:
        return list(self.keyset.select(self.queryset, self.list_per_page, **places))

    def _by_use(self, places: dict[str, Any]) -> list[Model]:
        """The rows in the order of their uses, which are kept beside them."""
        uses = self._uses().filter(key__in=self.queryset.order_by().values("pk"))
        keys = [use.key for use in self.keyset.select(uses, self.list_per_page, **places)]
        rows = self.queryset.in_bulk(keys)
        return [rows[key] for key in keys if key in rows]

    def _uses(self) -> QuerySet[PublicUse]:
        return PublicUse.objects.filter(type=self.opts.model_name)

    def _key(self, place: str) -> Any:
        """The key in the order of the row with this primary key, None without one."""
        rows: QuerySet[Any] = self._uses() if self.is_by_use else self.root_queryset
        try:
            at_place = rows.filter(**{"key" if self.is_by_use else "pk": place})
            key = at_place.values_list(*self.keyset.fields).first() if place else None
        except (ValidationError, ValueError):
            return None
        return None if key is None or None in key else key

    @property
    def previous_url(self) -> str:
        """The query of the page before, "" without one."""
        return self._place_url(BEFORE, self.page.previous)

    @property
    def next_url(self) -> str:
        """The query of the next page, "" without one."""
        return self._place_url(AFTER, self.page.next)

    @property
    def first_url(self) -> str:
        """The query of the first page, "" on it."""
        return self.get_query_string() if self.after or self.before else ""

    def _place_url(self, name: str, row: Model | None) -> str:
        return self.get_query_string({name: str(row.pk)}) if row is not None else ""


class OfferedRows(Paginator):
    """The rows that autocompletion offers: the first ones, so that none of the others is counted."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list  # a QuerySet
        return len(rows.values("pk")[:MAX_OFFERED])


class KeysetAdmin(admin.ModelAdmin):
    """Base of model admins whose lists are read by key.

    `orders` has the columns by which the list can be sorted, the first unless another is asked for, each with the
    fields of its order, which are unique together; of `use_columns` they are those of `PublicUse`.
    """

    orders: ClassVar[dict[str, tuple[str, ...]]]
    use_columns: ClassVar[tuple[str, ...]] = ()
    is_newest_first: ClassVar[bool] = False
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = OfferedRows

    @property
    def media(self) -> Media:
        """With what autocompletion needs, in which lists' filters are chosen."""
        names = Media(js=[Script("crux/admin/named-chooser.js", type="module")])  # type: ignore[list-item]
        return super().media + AutocompleteSelect(None, self.admin_site).media + names

    def get_sortable_by(self, request: HttpRequest) -> tuple[str, ...]:
        return tuple(self.orders)

    def get_changelist(self, request: HttpRequest, **options: object) -> type[KeysetList]:
        return KeysetList
