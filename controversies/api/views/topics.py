"""Topics that readers see pages about."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse

from controversies.api.endpoint import Answer, Asked, address, api, following
from controversies.models import Publication, Topic

from .controversies import corpus, cut


def topics(request: HttpRequest, asked: Asked) -> Answer:
    """The list."""

    def draw() -> dict[str, Any]:
        rows = _shown()
        if asked["cursor"]:
            rows = rows.filter(slug__gt=asked["cursor"])
        found, cursor = cut(rows, asked, by=lambda row: row.slug)
        return {"items": [_value(request, row) for row in found], "next": following(request, cursor)}

    return Answer(corpus(), draw)


def topic(request: HttpRequest, asked: Asked) -> Answer:
    """One of them."""

    def draw() -> dict[str, Any]:
        found = _shown().filter(slug=asked["slug"]).first()
        if found is None:
            raise Http404
        return _value(request, found)

    return Answer(corpus(), draw)


def _shown() -> QuerySet[Any]:
    public = Count("controversies", filter=Q(controversies__publication=Publication.PUBLISHED))
    return Topic.objects.annotate(shown=public).filter(shown__gt=0).order_by("slug")


def _value(request: HttpRequest, row: Any) -> dict[str, Any]:
    return {
        "key": str(row.pk),
        "slug": row.slug,
        "title": row.title,
        "description": row.description,
        "controversies": row.shown,
        "listed": api(request, "/controversies", topic=row.slug),
        "self": api(request, f"/topics/{row.slug}"),
        "page": address(request, reverse("topic", args=[row.slug])),
    }
