"""How to read the site: what its words and marks mean. Its sentences are the vocabulary's own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from controversies.models import BackerKind, ChangeClass, Confidence, PointKind, Polarity, Relation, Status
from controversies.pages import cache, linked
from controversies.pages.access import public_view


@public_view
def about(request: HttpRequest) -> HttpResponse:
    origin = cache.origin(request)
    return render(
        request,
        "about.html",
        {
            "section": "about",
            "facts": {"breadcrumb": linked.crumbs(origin, (_("How to read this site"), request.path))},
            "confidences": list(Confidence),
            "statuses": list(Status),
            "polarities": list(Polarity),
            "points": list(PointKind),
            "backers": list(BackerKind),
            "relations": list(Relation),
            "classes": list(ChangeClass),
        },
    )
