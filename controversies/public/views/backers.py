"""Backers: the list of those that readers see, and each one's page with every position it holds."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.document.types import label
from controversies.models import Backer, BackerKind, Backing, Citation
from controversies.pages import cache, linked, markdown, shelf
from controversies.pages.access import public_view
from controversies.pages.draw import anchor
from controversies.pages.timeline import Held, held


@public_view
def backers(request: HttpRequest) -> HttpResponse:
    """All backers of positions on public pages, by name."""
    asked = shelf.ask(request.GET, BackerKind.values)
    shown = items = Backer.objects.annotate(held=shelf.counted(shelf.public_backings(), "backer")).filter(
        held__gt=0
    )
    if asked.q:
        items = items.filter(Q(name__icontains=asked.q) | Q(aliases__icontains=asked.q))
    if asked.kind:
        items = items.filter(kind=asked.kind)
    found, asked = shelf.placed(shown, items, "name", asked)
    context = {
        "section": "backers",
        "origin": cache.origin(request),
        "asked": asked,
        "found": found,
        "kinds": BackerKind.choices,
        "facts": linked.listing(
            cache.origin(request),
            _("Backers"),
            "backers",
            "backer",
            [(each.name, each.slug) for each in found.items],
        ),
    }
    return render(request, "backers/backers.html", context)


@dataclass(frozen=True, slots=True)
class Holding:
    """A position that the backer holds or held, with all that its page says of it."""

    backing: Backing
    label: str
    anchor: str
    held: Held
    citations: tuple[Citation, ...]
    others: tuple[Backer, ...]

    @property
    def position(self) -> Any:
        return self.backing.position


@public_view
def backer(request: HttpRequest, slug: str) -> HttpResponse:
    """One backer: who or what it is, what it holds, since when and on what evidence; and what it held."""
    found = Backer.objects.filter(slug=slug).first()
    holdings = _holdings(found) if found else ()
    if found is None or not holdings:
        raise Http404
    origin = cache.origin(request)
    pages = {holding.position.controversy_id for holding in holdings}
    context = {
        "section": "backers",
        "origin": origin,
        "facts": {
            "breadcrumb": linked.crumbs(
                origin, (_("Backers"), reverse("backers")), (found.name, request.path)
            ),
            "mainEntity": linked.whole(found, origin),
        },
        "backer": found,
        "kind": BackerKind(found.kind),
        "description": markdown.plain(found.description),
        "holds": [holding for holding in holdings if not holding.backing.until],
        "held": [holding for holding in holdings if holding.backing.until],
        "pages": len(pages),
        "site": found.website.partition("://")[2].rstrip("/"),
    }
    return render(request, "backers/backer.html", context)


def _holdings(found: Backer) -> tuple[Holding, ...]:
    """What the backer holds on public pages, by title and place; three queries."""
    backings = list(
        shelf.public_backings()
        .filter(backer=found)
        .select_related("position__controversy")
        .order_by("position__controversy__title", "position__controversy_id", "position__order")
    )
    if not backings:
        return ()
    citations: dict[Any, list[Citation]] = {}
    for citation in Citation.objects.filter(backing__in=backings).select_related("source").order_by("order"):
        citations.setdefault(citation.backing_id, []).append(citation)
    others: dict[Any, list[Backer]] = {}
    beside = (
        Backing.objects.filter(position__in=[backing.position_id for backing in backings], until="")
        .exclude(backer=found)
        .select_related("backer")
        .order_by("order")
    )
    for backing in beside:
        others.setdefault(backing.position_id, []).append(backing.backer)
    earliest = min((backing.since for backing in backings if backing.since), default="")
    return tuple(
        Holding(
            backing,
            label(backing.position.order - 1),
            anchor("position", str(backing.position_id)),
            held(backing.since, backing.until, earliest=earliest),
            tuple(citations.get(backing.pk, ())),
            tuple(others.get(backing.position_id, ())),
        )
        for backing in backings
    )
