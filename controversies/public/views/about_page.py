"""The page “How to read this site”, which explains words and marks with the vocabulary's own sentences."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from controversies.models import BackerKind, ChangeClass, Confidence, PointKind, Polarity, Relation, Status
from controversies.pages import cache, metadata
from controversies.pages.access import public_view


@public_view
def about_page(request: HttpRequest) -> HttpResponse:
    origin = cache.origin(request)
    return render(
        request,
        "about.html",
        {
            "section": "about",
            "facts": {"breadcrumb": metadata.crumbs(origin, (_("How to read this site"), request.path))},
            "confidences": list(Confidence),
            "statuses": list(Status),
            "polarities": list(Polarity),
            "points": list(PointKind),
            "backers": list(BackerKind),
            "relations": list(Relation),
            "classes": list(ChangeClass),
        },
    )
