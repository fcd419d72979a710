"""Topics, backers and sources that hold the words, which several pages show."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from controversies import models as m
from controversies.document import canonical, redact, rows
from controversies.document.redact import TextMatch
from controversies.document.types import SHARED, Topic

from .order import Finding, PlaceKind, RedactionOrder


@dataclass(slots=True)
class SharedRow:
    """A row that several pages show, with its values without the words."""

    model: type[Model]
    key: str
    name: str
    values: dict[str, Any]
    matches: list[TextMatch]

    def findings(self) -> Iterator[Finding]:
        for match in self.matches:
            yield Finding(PlaceKind.SHARED, "", self.name, 0, match)

    def write(self) -> None:
        self.model._base_manager.filter(pk=self.key).update(**self.values)


def shared_rows(order: RedactionOrder, keys: list[str] | None) -> Iterator[SharedRow]:
    """The topics, backers and sources that hold the words: all of them, or those of some pages."""
    if PlaceKind.SHARED not in order.kinds:
        return
    for block_type in SHARED:
        cls, model = block_type.part, block_type.model
        queryset = model._base_manager.order_by("pk")
        if keys is not None:
            on_pages = m.Block.objects.filter(controversy_id__in=keys).values("key")
            lookup = {"controversies__in": keys} if cls is Topic else {"pk__in": on_pages}
            queryset = queryset.filter(**lookup)
        for row in queryset.distinct().values_list(*rows.columns(cls)):
            data = canonical.to_json(rows.from_row(cls, row))
            matches = redact.part_places(order.words, data, cls)
            is_redacted = redact.redact_part(order.words, data, cls)
            values = {
                spec.column: data[spec.name]
                for spec in cls.VALUES
                if is_redacted and spec.name != "key" and spec.name in data
            }
            if matches:
                yield SharedRow(model, str(row[0]), str(model._meta.verbose_name), values, matches)
