"""Long alphabetical lists of rows with a slug: filters in the URL, pages by key."""

from dataclasses import dataclass, replace

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from controversies.kit.keyset import Keyset, KeysetPage

SIZE = 60
_MAX_LENGTH = 100  # characters of a search


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The query of a list's URL. Invalid values are left out, and `faults` says so.

    `before` and `after` are slugs of rows to go on from, or "".
    """

    q: str
    kind: str
    before: str
    after: str
    faults: tuple[str, ...] = ()

    @property
    def filters(self) -> str:
        """The filters as a query string, for links to other pages of the list."""
        return urlencode({name: value for name, value in (("q", self.q), ("kind", self.kind)) if value})

    @property
    def is_plain(self) -> bool:
        return not (self.q or self.kind or self.before or self.after)


def parse(query: QueryDict, kinds: list[str]) -> ListQuery:
    """Read the query of a list's URL; a kind must be one of these."""
    faults: tuple[str, ...] = ()
    kind = query.get("kind", "")
    if kind and kind not in kinds:
        faults = (_("We can’t filter by “%s”.") % kind[:80],)
        kind = ""
    q = " ".join(query.get("q", "").split())[:_MAX_LENGTH]
    return ListQuery(
        q, kind, query.get("before", "")[:_MAX_LENGTH], query.get("after", "")[:_MAX_LENGTH], faults
    )


def page[M: Model](
    shown: QuerySet[M], rows: QuerySet[M], field: str, query: ListQuery
) -> tuple[KeysetPage[M], ListQuery]:
    """Return the page of the rows by this field that the query asks for, and the query.

    `shown` are all rows that readers see: if the place to go on from is none of them, the first page is returned and
    the query has a fault. One query; two with a place to go on from.
    """
    keyset = Keyset((field, "slug"))
    slug = query.after or query.before
    if not slug:
        return keyset.page(rows, SIZE), query
    key = shown.filter(slug=slug).values_list(field, "slug").first()
    if key is None:
        fault = _("We can’t find that place in the list, so this is its first page.")
        return keyset.page(rows, SIZE), replace(query, before="", after="", faults=(*query.faults, fault))
    if query.after:
        return keyset.page(rows, SIZE, after=key), query
    return keyset.page(rows, SIZE, before=key), query
