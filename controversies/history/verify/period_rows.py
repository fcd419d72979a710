"""Listed periods of a page (`models.ListedPeriod`), held against its revisions, from which they follow."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from controversies import models as m
from controversies.history.periods import PeriodBuilder

_COLUMNS = [field.attname for field in m.ListedPeriod._meta.concrete_fields]


def faults(periods: PeriodBuilder) -> Iterator[str]:
    """Yield the fault of a page's periods, if they are not those that follow from its revisions."""
    stored = m.ListedPeriod.objects.filter(controversy_id=periods.page)
    if sorted(map(_values, stored)) != sorted(map(_values, periods.rows())):
        yield (
            _(
                "Lists of past days do not show it as its revisions do. Delete the page's rows of %s, and run migrate."
            )
            % m.ListedPeriod._meta.db_table
        )


def _values(period: m.ListedPeriod) -> str:
    return repr([str(getattr(period, name)) for name in _COLUMNS])
