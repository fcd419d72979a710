"""Pages that need help: what they lack, lists of them by key, and their numbers.

All of it is read from `PageUpkeep`, which has public pages only. Who worked on a page alone is not told, only that it
was one person.
"""

import datetime
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.kit.keyset import Keyset, KeysetPage
from controversies.models import NEVER, REVIEW_EVERY, PageUpkeep

MOST_COUNTED = 1000  # pages; of more, a list says only that there are more
KEYSET = Keyset(("reviewed", "pk"))  # never reviewed, then reviewed longest ago


class Need(StrEnum):
    """The needs that a page may have, as the address of their list names them."""

    SOURCES = "sources"
    EDITORS = "editors"
    REVIEW = "review"
    CELLS = "cells"


@dataclass(frozen=True, slots=True)
class ExplainedNeed:
    """A need: its name in a heading, and what it means, in a sentence."""

    need: Need
    label: str | Promise
    about: str | Promise


NEEDS = {
    each.need: each
    for each in (
        ExplainedNeed(
            Need.REVIEW,
            gettext_lazy("Not reviewed for a year"),
            gettext_lazy("Nobody has checked the whole page against its sources in the last twelve months."),
        ),
        ExplainedNeed(
            Need.SOURCES,
            gettext_lazy("No primary source"),
            gettext_lazy("The page cites no research article, preprint, report, data set or legal document."),
        ),
        ExplainedNeed(
            Need.EDITORS,
            gettext_lazy("One editor only"),
            gettext_lazy(
                "Only one person has written the page, and nobody else has accepted a change of it."
            ),
        ),
        ExplainedNeed(
            Need.CELLS,
            gettext_lazy("Silent on some points"),
            gettext_lazy("The page does not say where some positions stand on some contested points."),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class CountedNeed(ExplainedNeed):
    """A need, and how many public pages have it."""

    pages: int

    @property
    def number(self) -> str:
        """The number in digits; of very many pages, that there are more than were counted."""
        if self.pages > MOST_COUNTED:
            return _("more than %(number)s") % {"number": number_format(MOST_COUNTED, force_grouping=True)}
        return number_format(self.pages, force_grouping=True)


@dataclass(frozen=True, slots=True)
class NeedyPage:
    """A public page, and what it lacks."""

    slug: str
    title: str
    topic: Any  # slug and title
    reviewed: datetime.date | None  # None: never
    needs: tuple[Need, ...]
    silent_cells: int

    @classmethod
    def of_row(cls, row: PageUpkeep) -> "NeedyPage":
        """Make one of a row of `_with_needs()`."""
        return cls(
            row.controversy.slug,
            row.controversy.title,
            row.topic,
            None if row.reviewed == NEVER else row.reviewed,
            tuple(need for need in NEEDS if getattr(row, f"needs_{need}")),
            row.silent_cells,
        )


def page(
    need: Need, today: datetime.date, *, topic: uuid.UUID | None = None, after: str = "", size: int
) -> KeysetPage[NeedyPage]:
    """Return some public pages with a need, those of a topic (its key) if one is given; two queries with a place.

    The place is the address of a page; raises LookupError if it is none that readers see.
    """
    rows, place = _rows(need, today), None
    if topic is not None:
        rows = rows.filter(topic=topic)
    if after:
        place = PageUpkeep.objects.filter(controversy__slug=after).values_list(*KEYSET.fields).first()
        if place is None:
            raise LookupError(after)
    listed = KEYSET.page(_with_needs(rows, today), size, after=place)
    return KeysetPage(
        tuple(map(NeedyPage.of_row, listed.rows)),
        next=NeedyPage.of_row(listed.next) if listed.next else None,
    )


def most_needy(today: datetime.date, size: int) -> list[NeedyPage]:
    """Return the public pages with some need that were not reviewed for longest; two queries."""
    some, *others = [KEYSET.select(_rows(need, today), size).values_list("pk", "reviewed") for need in Need]
    chosen = [key for key, _reviewed in some.union(*others).order_by("reviewed", "pk")[:size]]
    rows = _with_needs(PageUpkeep.objects.all(), today).in_bulk(chosen)
    return [NeedyPage.of_row(rows[key]) for key in chosen if key in rows]


def counted_needs(today: datetime.date, *, topic: uuid.UUID | None = None) -> list[CountedNeed]:
    """Return all needs with the numbers of public pages that have them, of a topic (its key) if given; a query each."""
    counted = []
    for need in NEEDS.values():
        rows = _rows(need.need, today)
        if topic is not None:
            rows = rows.filter(topic=topic)
        pages = rows.values("pk")[: MOST_COUNTED + 1].aggregate(pages=Count("*"))["pages"]
        counted.append(CountedNeed(need.need, need.label, need.about, pages))
    return counted


def _conditions(today: datetime.date) -> dict[Need, Q]:
    """Return the condition of each need."""
    return {
        Need.REVIEW: Q(reviewed__lt=today - REVIEW_EVERY),
        Need.SOURCES: Q(has_primary_source=False),
        Need.EDITORS: Q(has_one_editor=True),
        Need.CELLS: Q(silent_cells__gt=0),
    }


def _rows(need: Need, today: datetime.date) -> QuerySet[PageUpkeep]:
    return PageUpkeep.objects.filter(_conditions(today)[need])


def _with_needs(rows: QuerySet[PageUpkeep], today: datetime.date) -> QuerySet[PageUpkeep]:
    """Return the rows with their pages and topics, and with the needs of each: `needs_sources` and so on."""
    needs = {f"needs_{need}": condition for need, condition in _conditions(today).items()}
    return rows.select_related("controversy", "topic").annotate(**needs)
