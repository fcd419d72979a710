"""The pages “How to read this site”, with the vocabulary's own sentences, and “How we check sources”."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies import checks
from controversies.models import (
    BackerKind,
    ChangeClass,
    Confidence,
    EvidenceStrength,
    PointKind,
    Polarity,
    Relation,
    Status,
)
from controversies.pages import cache, metadata, versions
from controversies.pages.access import public_view
from controversies.pages.policy import RELEASE


@public_view(reads=(), versions=versions.of_release, subject=RELEASE)
def about_page(request: HttpRequest) -> HttpResponse:
    origin = cache.origin(request)
    return render(
        request,
        "about.html",
        {
            "section": "about",
            "facts": {"breadcrumb": metadata.crumbs(origin, (_("How to read this site"), request.path))},
            "confidences": list(Confidence),
            "strengths": list(EvidenceStrength),
            "statuses": list(Status),
            "polarities": list(Polarity),
            "points": list(PointKind),
            "backers": list(BackerKind),
            "relations": list(Relation),
            "classes": list(ChangeClass),
        },
    )


@public_view(reads=(), versions=versions.of_release, subject=RELEASE)
def checks_page(request: HttpRequest) -> HttpResponse:
    """Tell readers how sources are checked, and people whose site is visited who asks."""
    origin, title = cache.origin(request), _("How we check sources")
    steps = ((_("How to read this site"), reverse("about")), (title, request.path))
    return render(
        request,
        "about/checks.html",
        {
            "section": "about",
            "facts": {"breadcrumb": metadata.crumbs(origin, *steps)},
            "is_on": checks.is_on(),
        },
    )
