"""The pages that show a backer, source or topic: what to know before changing it. Constant queries for any number."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count, F, Model, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.admin.form_context import SHARED_TYPES
from controversies.document.types import Backer as BackerPart
from controversies.document.types import BlockType, Part, label
from controversies.document.types import Source as SourcePart
from controversies.history import merge
from controversies.kit.accounts import Visitor
from controversies.likeness import Match
from controversies.models import (
    Backer,
    BackerKind,
    Backing,
    Citation,
    Controversy,
    PageUse,
    Publication,
    Source,
    Topic,
    page_of,
)
from controversies.pages.public_rows import citations_on

MAX_PAGES = 50  # that are listed one by one
MAX_MENTIONED = 40  # places of a row that are read to tell it from others
MAX_PLACES = 10  # on one page that are listed one by one


# The rows that refer to a shared one, by the names of the relations.
_PLACES: dict[type[Model], str] = {Backer: "backings", Source: "citations", Topic: "controversies"}


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
    is_whole: bool = True  # whether all pages were counted: of very many, only the public ones are

    @property
    def rest(self) -> int:
        return self.count - self.hidden - len(self.listed)

    @property
    def drafts(self) -> int:
        """Pages that readers do not see (drafts and withdrawn ones)."""
        return self.count - self.public


def is_shown(row: Model) -> bool:
    """Whether a page shows this backer, source or topic."""
    places: QuerySet[Any] = getattr(row, _PLACES[type(row)])
    return places.exists()


def first_public_pages(block_type: BlockType, keys: Iterable[str]) -> list[Any]:
    """Return the keys of the first public pages by title that show one of these, where there are many; one query."""
    first, *others = (
        PageUse.objects.filter(type=block_type.name, key=key, uses__gt=F("former"))
        .order_by("title", "controversy")
        .values_list("title", "controversy")[:MAX_PAGES]
        for key in keys
    )
    pages = set(first.union(*others) if others else first)
    return [key for _title, key in sorted(pages)[:MAX_PAGES]]


def usage_of(row: Model, user: Visitor) -> Usage:
    """Return the usage of this backer, source or topic, as far as this user may see it; seven queries at most."""
    block_type = SHARED_TYPES[type(row)]
    [sample] = merge.sample_pages(block_type, [str(row.pk)]).values()
    if not sample.keys:
        return Usage(0, 0, [], 0)
    pages: Any = sample.keys if sample.is_whole else first_public_pages(block_type, [str(row.pk)])
    visible = Controversy.objects.visible_to(user).filter(pk__in=pages)
    listed = {
        each.pk: UsagePage(each) for each in visible.defer("context").order_by("title", "pk")[:MAX_PAGES]
    }
    if not isinstance(row, Topic):
        for key, places in _place_names(row, list(listed)).items():
            listed[key].places = places[:MAX_PLACES]
            listed[key].more = len(places[MAX_PLACES:])
    if not sample.is_whole:
        return Usage(sample.count, sample.count, list(listed.values()), 0, is_whole=False)
    counts = Controversy.objects.filter(pk__in=pages).aggregate(
        count=Count("pk"), public=Count("pk", filter=Q(publication=Publication.PUBLISHED))
    )
    seen = visible.count()
    return Usage(counts["count"], counts["public"], list(listed.values()), counts["count"] - seen)


def with_details(model: type[Model], matches: Iterable[Match], user: Visitor) -> list[Match]:
    """Return the matches, each with what tells it from others: authors, date, kind, pages; four queries."""
    matches = list(matches)
    titles, whole = _page_titles(model, [match.part.identity for match in matches], user)
    return [
        replace(
            match,
            detail=" · ".join(
                filter(
                    None,
                    [
                        *_facts(match.part),
                        _shown_on(titles[match.part.identity], is_whole=match.part.identity in whole),
                    ],
                )
            ),
        )
        for match in matches
    ]


def _facts(part: Part) -> list[str]:
    if isinstance(part, SourcePart):
        return [Truncator(part.authors).chars(60), part.date, Truncator(part.publisher).chars(60)]
    if isinstance(part, BackerPart):
        return [str(BackerKind(part.kind).label), *part.aliases[:3]]
    return []


def _shown_on(titles: list[str], *, is_whole: bool) -> str:
    """The first page that shows it, and how many others do."""
    if not titles:
        return ""
    title = Truncator(titles[0]).chars(60)
    if not is_whole:
        return _("on “%s” and many other pages") % title
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


def _page_titles(model: type[Model], keys: list[str], user: Visitor) -> tuple[dict[str, list[str]], set[str]]:
    """The titles of pages that show each of these rows and that the user may see, by key; four queries, or none.

    And the keys of the rows of which these are all pages, as far as the user may see them.
    """
    if model is Topic or not keys:
        return {key: [] for key in keys}, set(keys)
    samples = merge.sample_pages(SHARED_TYPES[model], keys, most=MAX_MENTIONED)
    every = set().union(*(sample.keys for sample in samples.values()))
    visible = Controversy.objects.visible_to(user).filter(pk__in=every)
    titles = {str(key): title for key, title in visible.values_list("pk", "title")}
    return {
        key: sorted(titles[page] for page in sample.keys if page in titles) for key, sample in samples.items()
    }, {key for key, sample in samples.items() if sample.is_whole}


def _places(row: Model, keys: list[Any]) -> QuerySet[Any]:
    """The backings or citations on these pages that refer to it, each with the key of its `page`."""
    if isinstance(row, Backer):
        on_pages = Backing.objects.filter(backer=row, position__controversy__in=keys)
        return on_pages.annotate(page=F("position__controversy"))
    if isinstance(row, Source):
        return citations_on(keys, source=row).annotate(page=page_of(Citation))
    raise TypeError(f"{row._meta.verbose_name} is not shared between pages.")


def _place_names(row: Model, keys: list[Any]) -> dict[Any, list[str]]:
    """The places of the row on each of these pages, in words."""
    names: dict[Any, list[str]] = defaultdict(list)
    places = _places(row, keys)
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
