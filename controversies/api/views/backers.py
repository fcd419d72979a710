"""Backers: those that hold a position on a page that readers see."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse

from controversies.api.endpoint import Answer, Asked, address, api, following
from controversies.document import types
from controversies.models import Backer
from controversies.pages import shelf

from .controversies import corpus, cut


def backers(request: HttpRequest, asked: Asked) -> Answer:
    """The list."""

    def draw() -> dict[str, Any]:
        rows = _shown()
        if asked["kind"]:
            rows = rows.filter(kind=asked["kind"])
        if asked["q"]:
            rows = rows.filter(Q(name__icontains=asked["q"]) | Q(aliases__icontains=asked["q"]))
        if asked["cursor"]:
            rows = rows.filter(slug__gt=asked["cursor"])
        found, cursor = cut(rows, asked, by=lambda row: row.slug)
        return {"items": [_value(request, row) for row in found], "next": following(request, cursor)}

    return Answer(corpus(), draw)


def backer(request: HttpRequest, asked: Asked) -> Answer:
    """One of them."""

    def draw() -> dict[str, Any]:
        found = _shown().filter(slug=asked["slug"]).first()
        if found is None:
            raise Http404
        return _value(request, found)

    return Answer(corpus(), draw)


def _shown() -> QuerySet[Any]:
    held = shelf.counted(shelf.public_backings(), "backer")
    return Backer.objects.annotate(held=held).filter(held__gt=0).order_by("slug")


def _value(request: HttpRequest, row: Any) -> dict[str, Any]:
    return {
        **{spec.name: getattr(row, spec.name) for spec in types.Backer.SPECS if spec.name != "key"},
        "key": str(row.pk),
        "positions": row.held,
        "held": api(request, "/positions", backer=row.slug),
        "self": api(request, f"/backers/{row.slug}"),
        "page": address(request, reverse("backer", args=[row.slug])),
    }
