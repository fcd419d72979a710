"""Long alphabetical lists, searched and paged by key; and what "readers see it" means for backers and sources."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from controversies.kit.keyset import Keyset
from controversies.models import Backing, Citation, Controversy, Topic, page_of

SIZE = 60
_SOUGHT = 100  # characters of what is searched for


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of an alphabetical list; `before` and `after` are slugs to go on from, "" where there is nothing."""

    items: tuple[Any, ...]
    before: str
    after: str


def shelf(
    shown: QuerySet, items: QuerySet, by: str, *, before: str = "", after: str = "", size: int = SIZE
) -> Shelf | None:
    """The page of the items in the order of the field `by` that lies before or after one, given by its slug.

    None if none of `shown`, all that readers see, has that slug. One query; two with a place to go on from.
    """
    place = after or before
    key = None
    if place:
        value = shown.filter(slug=place).values_list(by, flat=True).first()
        if value is None:
            return None
        key = (value, place)
    page = Keyset((by, "slug")).page(
        items, size, after=key if after else None, before=key if before else None
    )
    return Shelf(
        page.rows,
        before=page.previous.slug if page.previous else "",
        after=page.next.slug if page.next else "",
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of a list. What makes no sense is left out, and `faults` says so."""

    q: str
    kind: str
    before: str
    after: str
    faults: list[str]

    @property
    def kept(self) -> str:
        """The filters as a query, to which links to other pages of the list add their place."""
        return urlencode({name: value for name, value in (("q", self.q), ("kind", self.kind)) if value})

    @property
    def is_plain(self) -> bool:
        return not (self.q or self.kind or self.before or self.after)


def ask(query: QueryDict, kinds: list[str]) -> Asked:
    """What the address asks for; a kind must be one of these."""
    faults = []
    kind = query.get("kind", "")
    if kind and kind not in kinds:
        faults.append(_("“%s” is not something to filter by here, and was left out.") % kind[:80])
        kind = ""
    sought = " ".join(query.get("q", "").split())[:_SOUGHT]
    return Asked(sought, kind, query.get("before", "")[:_SOUGHT], query.get("after", "")[:_SOUGHT], faults)


def placed(shown: QuerySet, items: QuerySet, by: str, asked: Asked) -> tuple[Shelf, Asked]:
    """The page that is asked for; the first one, and a word about it, if it goes on from nothing known."""
    found = shelf(shown, items, by, before=asked.before, after=asked.after)
    if found is None:
        faults = [*asked.faults, _("There is no such place in the list; this is its beginning.")]
        asked = Asked(asked.q, asked.kind, "", "", faults)
        found = shelf(shown, items, by)
    return found or Shelf((), "", ""), asked


# -- what readers see --


def public_topics() -> QuerySet[Topic]:
    """The topics that readers see: those of which some page is public."""
    return Topic.objects.filter(pk__in=Controversy.objects.public().order_by().values("topic"))


def public_backings() -> QuerySet[Backing]:
    """The backings that readers see."""
    return Backing.objects.filter(position__controversy__in=Controversy.objects.public())


def public_citations() -> QuerySet[Citation]:
    """The citations that readers see."""
    return Citation.objects.annotate(page=page_of(Citation)).filter(
        page__in=Controversy.objects.public().values("pk")
    )


def counted(related: QuerySet, name: str) -> Subquery:
    """How many of these there are of a row, which they refer to by the field `name`."""
    of_row = related.filter(**{name: OuterRef("pk")}).order_by().values(name)
    return Subquery(of_row.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
