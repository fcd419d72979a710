"""How to read the site: what its words and marks mean. Its sentences are the vocabulary's own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from controversies.models import BackerKind, ChangeClass, Confidence, PointKind, Polarity, Relation, Status
from controversies.public.access import public_view


@public_view
def about(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "about.html",
        {
            "section": "about",
            "confidences": list(Confidence),
            "statuses": list(Status),
            "polarities": list(Polarity),
            "points": list(PointKind),
            "backers": list(BackerKind),
            "relations": list(Relation),
            "classes": list(ChangeClass),
        },
    )
