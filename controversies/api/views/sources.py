"""Sources that pages cite, and where each is cited, and what for."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse

from controversies.api.endpoint import Answer, Asked, address, api, following
from controversies.document import types
from controversies.document.types import label
from controversies.models import Citation, Source, page_paths
from controversies.pages import shelf
from controversies.pages.draw import anchor

from .controversies import corpus, cut


def sources(request: HttpRequest, asked: Asked) -> Answer:
    """The list."""

    def draw() -> dict[str, Any]:
        rows, q = _shown(), asked["q"]
        if asked["kind"]:
            rows = rows.filter(kind=asked["kind"])
        if q:
            rows = rows.filter(Q(title__icontains=q) | Q(authors__icontains=q) | Q(publisher__icontains=q))
        if asked["doi"]:
            rows = rows.filter(doi=asked["doi"])
        if asked["cursor"]:
            rows = rows.filter(slug__gt=asked["cursor"])
        found, cursor = cut(rows, asked, by=lambda row: row.slug)
        return {"items": [_value(request, row) for row in found], "next": following(request, cursor)}

    return Answer(corpus(), draw)


def source(request: HttpRequest, asked: Asked) -> Answer:
    """One of them."""

    def draw() -> dict[str, Any]:
        found = _shown().filter(slug=asked["slug"]).first()
        if found is None:
            raise Http404
        return _value(request, found)

    return Answer(corpus(), draw)


def uses(request: HttpRequest, asked: Asked) -> Answer:
    """Where one is cited."""

    def draw() -> dict[str, Any]:
        key = _shown().filter(slug=asked["slug"]).values_list("pk", flat=True).first()
        if key is None:
            raise Http404
        rows = shelf.public_citations().filter(source=key)
        if asked["cursor"]:
            rows = rows.filter(pk__gt=asked["cursor"])
        rows = rows.order_by("pk").select_related(*page_paths(Citation))
        found, cursor = cut(rows, asked, by=lambda row: str(row.pk))
        return {"items": [_use(request, row) for row in found], "next": following(request, cursor)}

    return Answer(corpus(), draw)


def _shown() -> QuerySet[Any]:
    cited = shelf.counted(shelf.public_citations(), "source")
    return Source.objects.annotate(cited=cited).filter(cited__gt=0).order_by("slug")


def _value(request: HttpRequest, row: Any) -> dict[str, Any]:
    return {
        **{spec.name: getattr(row, spec.name) for spec in types.Source.SPECS if spec.name != "key"},
        "key": str(row.pk),
        "citations": row.cited,
        "cited": api(request, f"/sources/{row.slug}/citations"),
        "self": api(request, f"/sources/{row.slug}"),
        "page": address(request, reverse("source", args=[row.slug])),
    }


def _use(request: HttpRequest, row: Citation) -> dict[str, Any]:
    serves, about, position, page = _served(row)
    where = reverse("controversy", args=[page.slug]) + "#" + anchor("source", str(row.pk))
    return {
        "key": str(row.pk),
        "controversy": {"key": str(page.pk), "slug": page.slug, "title": page.title},
        "serves": serves,
        "position": label(position.order - 1) if position else None,
        "about": about,
        "relation": row.relation,
        "quote": row.quote,
        "locator": row.locator,
        "page": address(request, where),
    }


def _served(row: Citation) -> tuple[str, str, Any, Any]:
    """What a citation serves, in its own words; the position that it is part of, if any; and the page."""
    if row.controversy is not None:
        return "context", "", None, row.controversy
    if row.point is not None:
        return "point", row.point.title, None, row.point.controversy
    if row.stance is not None:
        return "stance", row.stance.text, row.stance.position, row.stance.position.controversy
    if row.backing is not None:
        return "backing", row.backing.note, row.backing.position, row.backing.position.controversy
    if row.position is not None:
        return "position", row.position.claim, row.position, row.position.controversy
    raise TypeError("A citation serves exactly one thing; the database sees to it.")
