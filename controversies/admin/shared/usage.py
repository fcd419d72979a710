"""Where a backer, source or topic is shown: what to know before changing it. As many queries however many pages."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Model, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from controversies.document.types import label
from controversies.models import Backer, Backing, Citation, Controversy, Publication, Source, Topic, page_of

LISTED = 50  # pages that are listed one by one
PLACES = 10  # places on one page that are listed one by one


@dataclass
class UsagePage:
    """One controversy that shows the thing, and where on it."""

    controversy: Controversy
    places: list[str] = field(default_factory=list)
    more: int = 0  # places not listed

    @property
    def is_public(self) -> bool:
        return self.controversy.publication == Publication.PUBLISHED

    @property
    def mark(self) -> str:
        """What to say beside a page that readers do not see."""
        return "" if self.is_public else self.controversy.get_publication_display()


@dataclass
class Usage:
    """How many pages show the thing, and the first of those that this user may see."""

    count: int  # pages: as many revisions does a change of it record
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


def pages(thing: Model) -> QuerySet[Controversy]:
    """The controversies that show this backer, source or topic."""
    if isinstance(thing, Topic):
        return Controversy.objects.filter(topic=thing)
    return Controversy.objects.filter(pk__in=_places(thing).values("page"))


def usage(thing: Model, user: Any) -> Usage:
    """Where this backer, source or topic is shown, as far as this user may see; four queries at most."""
    showing = pages(thing)
    counts = showing.aggregate(
        count=Count("pk"), public=Count("pk", filter=Q(publication=Publication.PUBLISHED))
    )
    if not counts["count"]:
        return Usage(0, 0, [], 0)
    visible = Controversy.objects.visible_to(user).filter(pk__in=showing.values("pk"))
    seen = visible.count()
    listed = {each.pk: UsagePage(each) for each in visible.defer("context").order_by("title", "pk")[:LISTED]}
    if not isinstance(thing, Topic):
        for key, places in _words(thing, list(listed)).items():
            listed[key].places = places[:PLACES]
            listed[key].more = len(places[PLACES:])
    return Usage(counts["count"], counts["public"], list(listed.values()), counts["count"] - seen)


def _places(thing: Model) -> QuerySet[Any]:
    """The backings or citations that refer to it, each with the key of its `page`."""
    if isinstance(thing, Backer):
        return Backing.objects.filter(backer=thing).annotate(page=page_of(Backing))
    if isinstance(thing, Source):
        return Citation.objects.filter(source=thing).annotate(page=page_of(Citation))
    raise TypeError(f"{thing._meta.verbose_name} is not shared between pages.")


def _words(thing: Model, keys: list[Any]) -> dict[Any, list[str]]:
    """Where on each of these pages it is shown, in words."""
    found: dict[Any, list[str]] = defaultdict(list)
    places = _places(thing).filter(page__in=keys)
    if isinstance(thing, Backer):
        for page, order, claim in places.order_by("position__order").values_list(
            "page", "position__order", "position__claim"
        ):
            found[page].append(_position(order, claim))
        return found
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
        if words not in found[page]:  # cited there more than once
            found[page].append(words)
    return found


def _position(order: int, claim: str) -> str:
    return _("Position %(letter)s: %(claim)s") % {"letter": label(order - 1), "claim": claim}
