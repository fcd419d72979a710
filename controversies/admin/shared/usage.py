"""The pages that show a backer, source or topic: what to know before changing it. Constant queries for any number."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count, F, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.document.types import Backer as BackerPart
from controversies.document.types import Part, label
from controversies.document.types import Source as SourcePart
from controversies.kit.accounts import Visitor
from controversies.likeness import Match
from controversies.models import (
    Backer,
    BackerKind,
    Backing,
    Citation,
    Controversy,
    Publication,
    Source,
    Topic,
    page_of,
)

MAX_PAGES = 50  # that are listed one by one
MAX_PLACES = 10  # on one page that are listed one by one


@dataclass
class UsagePage:
    """One controversy that shows the row, and its places on the page."""

    controversy: Controversy
    places: list[str] = field(default_factory=list)
    more: int = 0  # places not listed

    @property
    def is_public(self) -> bool:
        return self.controversy.publication == Publication.PUBLISHED

    @property
    def mark(self) -> str:
        """The label of a page that readers do not see, "" for a public one."""
        return "" if self.is_public else self.controversy.get_publication_display()


@dataclass
class Usage:
    """The number of pages that show a row, and the first of those that this user may see."""

    count: int  # pages; a change of the row records as many revisions
    public: int
    listed: list[UsagePage]
    hidden: int  # pages that this user may not see

    @property
    def rest(self) -> int:
        return self.count - self.hidden - len(self.listed)

    @property
    def drafts(self) -> int:
        """Pages that readers do not see (drafts and withdrawn ones)."""
        return self.count - self.public


def pages_with(row: Model) -> QuerySet[Controversy]:
    """Return the controversies that show this backer, source or topic."""
    if isinstance(row, Topic):
        return Controversy.objects.filter(topic=row)
    return Controversy.objects.filter(pk__in=_places(row).values("page"))


def usage_of(row: Model, user: Visitor) -> Usage:
    """Return the usage of this backer, source or topic, as far as this user may see it; four queries at most."""
    showing = pages_with(row)
    counts = showing.aggregate(
        count=Count("pk"), public=Count("pk", filter=Q(publication=Publication.PUBLISHED))
    )
    if not counts["count"]:
        return Usage(0, 0, [], 0)
    visible = Controversy.objects.visible_to(user).filter(pk__in=showing.values("pk"))
    seen = visible.count()
    listed = {
        each.pk: UsagePage(each) for each in visible.defer("context").order_by("title", "pk")[:MAX_PAGES]
    }
    if not isinstance(row, Topic):
        for key, places in _place_names(row, list(listed)).items():
            listed[key].places = places[:MAX_PLACES]
            listed[key].more = len(places[MAX_PLACES:])
    return Usage(counts["count"], counts["public"], list(listed.values()), counts["count"] - seen)


def with_details(model: type[Model], matches: Iterable[Match], user: Visitor) -> list[Match]:
    """Return the matches, each with what tells it from others: authors, date, kind, pages; one query."""
    matches = list(matches)
    titles = _page_titles(model, [match.part.identity for match in matches], user)
    return [
        replace(
            match,
            detail=" · ".join(filter(None, [*_facts(match.part), _shown_on(titles[match.part.identity])])),
        )
        for match in matches
    ]


def _facts(part: Part) -> list[str]:
    if isinstance(part, SourcePart):
        return [Truncator(part.authors).chars(60), part.date, Truncator(part.publisher).chars(60)]
    if isinstance(part, BackerPart):
        return [str(BackerKind(part.kind).label), *part.aliases[:3]]
    return []


def _shown_on(titles: list[str]) -> str:
    """The first page that shows it, and how many others do."""
    if not titles:
        return ""
    title = Truncator(titles[0]).chars(60)
    if len(titles) == 1:
        return _("on “%s”") % title
    values = {"title": title, "more": len(titles) - 1}
    return (
        ngettext(
            "on “%(title)s” and %(more)s other page",
            "on “%(title)s” and %(more)s other pages",
            len(titles) - 1,
        )
        % values
    )


def _page_titles(model: type[Model], keys: list[str], user: Visitor) -> dict[str, list[str]]:
    """The titles of the pages that show each of these rows and that the user may see, by key; one query, or none."""
    titles: dict[str, list[str]] = {key: [] for key in keys}
    if model is Topic or not keys:
        return titles
    places: Any = Backing if model is Backer else Citation
    reference = "backer" if model is Backer else "source"
    visible = Controversy.objects.visible_to(user)
    pairs = (
        places.objects.filter(**{f"{reference}__in": keys})
        .annotate(page=page_of(places))
        .filter(page__in=visible.values("pk"))
        .annotate(title=Subquery(Controversy.objects.filter(pk=OuterRef("page")).values("title")))
        .order_by("title")
        .values_list(reference, "title")
        .distinct()
    )
    for key, title in pairs:
        titles[str(key)].append(title)
    return titles


def _places(row: Model) -> QuerySet[Any]:
    """The backings or citations that refer to it, each with the key of its `page`."""
    if isinstance(row, Backer):
        return Backing.objects.filter(backer=row).annotate(page=page_of(Backing))
    if isinstance(row, Source):
        return Citation.objects.filter(source=row).annotate(page=page_of(Citation))
    raise TypeError(f"{row._meta.verbose_name} is not shared between pages.")


def _place_names(row: Model, keys: list[Any]) -> dict[Any, list[str]]:
    """The places of the row on each of these pages, in words."""
    names: dict[Any, list[str]] = defaultdict(list)
    places = _places(row).filter(page__in=keys)
    if isinstance(row, Backer):
        for page, order, claim in places.order_by("position__order").values_list(
            "page", "position__order", "position__claim"
        ):
            names[page].append(_position(order, claim))
        return names
    order_of_position = Coalesce("position__order", "stance__position__order", "backing__position__order")
    columns = (
        "page",
        "point__order",
        "point__title",
        order_of_position,
        Coalesce("position__claim", "stance__position__claim", "backing__position__claim"),
        "stance__point__title",
        "backing__backer__name",
    )
    for page, number, title, order, claim, stance, backer in places.order_by(
        order_of_position.asc(nulls_first=True),
        F("point__order").asc(nulls_first=True),
        F("stance__point__order").asc(nulls_first=True),
        F("backing__order").asc(nulls_first=True),
        "order",
    ).values_list(*columns):
        if number is not None:
            words = _("Contested point %(number)s: %(title)s") % {"number": number, "title": title}
        elif order is None:
            words = _("Context")
        elif stance is not None:
            words = _("Position %(letter)s, on “%(point)s”: %(claim)s") % {
                "letter": label(order - 1),
                "point": stance,
                "claim": claim,
            }
        elif backer is not None:
            words = _("Position %(letter)s, for its backer %(backer)s: %(claim)s") % {
                "letter": label(order - 1),
                "backer": backer,
                "claim": claim,
            }
        else:
            words = _position(order, claim)
        if words not in names[page]:  # cited there more than once
            names[page].append(words)
    return names


def _position(order: int, claim: str) -> str:
    return _("Position %(letter)s: %(claim)s") % {"letter": label(order - 1), "claim": claim}
