"""Keyset pagination: a page of a list begins after, or ends before, the key of a row, so that no page costs more than
the first and nothing is skipped or shown twice when rows come and go.

A list is read forwards (in its order) or backwards (from the row at hand to its beginning). One more row than a page
has is read, to tell whether there is more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Model, Q, QuerySet


@dataclass(frozen=True, slots=True)
class KeysetPage[Row]:
    """Rows in the list's order, and those to go on from: None where the list begins or ends.

    `previous` is the row before which the previous page ends, `next` the one after which the next page begins.
    """

    rows: tuple[Row, ...] = ()
    previous: Row | None = None
    next: Row | None = None


def make_page[Row](
    rows: Sequence[Row],
    size: int,
    *,
    backwards: bool = False,
    is_first: bool = True,
    batch: int | None = None,
    shows: Callable[[Row], bool] | None = None,
) -> KeysetPage[Row]:
    """Make a page of the rows that were read in the direction of reading, one more than `batch` if there are more.

    `batch` is `size` unless rows are left out: those that `shows` refuses. Then the next page goes on from the last row
    that was looked at, shown or not. `is_first` says that a page read forwards begins with the list.
    """
    batch = size if batch is None else batch
    has_more = len(rows) > batch
    seen = rows[:batch]
    shown = [row for row in seen if shows is None or shows(row)]
    onward = seen[-1] if has_more else None
    if len(shown) > size:
        shown = shown[:size]
        onward = shown[-1]
    nearest = shown[0] if shown else None
    if backwards:
        return KeysetPage(tuple(reversed(shown)), previous=onward, next=nearest)
    return KeysetPage(tuple(shown), previous=None if is_first else nearest, next=onward)


type Key = Sequence[object]


@dataclass(frozen=True, slots=True)
class Keyset:
    """The order of a list: fields that are unique together, all ascending or, with `descending`, all descending."""

    fields: tuple[str, ...]
    descending: bool = False

    def terms(self, *, backwards: bool = False) -> list[str]:
        """The arguments of `order_by()` in the direction of reading."""
        sign = "-" if self.descending is not backwards else ""
        return [sign + field for field in self.fields]

    def beyond(self, key: Key, *, backwards: bool = False) -> Q:
        """The condition of the rows that come after this key in the direction of reading."""
        sign = "lt" if self.descending is not backwards else "gt"
        first, *_others = self.fields
        # Alone, this lets an index by the first field begin in the right place.
        condition = Q(**{f"{first}__{sign}e": key[0]}) if len(self.fields) > 1 else Q()
        ties = Q()
        either = Q()
        for field, value in zip(self.fields, key, strict=True):
            either |= ties & Q(**{f"{field}__{sign}": value})
            ties &= Q(**{field: value})
        return condition & either

    def select[M: Model, Row](
        self, rows: QuerySet[M, Row], size: int, *, after: Key | None = None, before: Key | None = None
    ) -> QuerySet[M, Row]:
        """The rows of one page in the direction of reading, and one more; backwards with `before` alone."""
        backwards = before is not None and after is None
        key = before if backwards else after
        if key is not None:
            rows = rows.filter(self.beyond(key, backwards=backwards))
        return rows.order_by(*self.terms(backwards=backwards))[: size + 1]

    def page[M: Model, Row](
        self, rows: QuerySet[M, Row], size: int, *, after: Key | None = None, before: Key | None = None
    ) -> KeysetPage[Row]:
        """One page of these rows, after or else before a key; one query."""
        return make_page(
            list(self.select(rows, size, after=after, before=before)),
            size,
            backwards=before is not None and after is None,
            is_first=after is None,
        )
