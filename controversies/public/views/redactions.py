"""The list of removals of words that readers saw: date, ground and office; no names, no words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from controversies.history import redactions as record
from controversies.kit.keys import revision_number
from controversies.models import RedactedPart, RedactionGround, RedactionOffice
from controversies.pages import cache, metadata, versions
from controversies.pages.access import public_view


@public_view(reads=("before",), versions=versions.of_corpus)
def redactions(request: HttpRequest) -> HttpResponse:
    """List the removals, newest first."""
    place = request.GET.get("before", "")
    before = revision_number(place)
    removals, more = record.public(before=before)
    origin = cache.origin(request)
    rows = [
        {
            "removal": each,
            "ground": RedactionGround(each.ground),
            "office": RedactionOffice(each.office).label,
            "parts": [RedactedPart(part).label for part in each.parts],
        }
        for each in removals
    ]
    context = {
        "section": "about",
        "origin": origin,
        "facts": {"breadcrumb": metadata.crumbs(origin, (_("Words removed"), request.path))},
        "rows": rows,
        "grounds": list(RedactionGround),
        "older": removals[-1].id if more else None,
        "fault": _("“%s” is not in this list, so this is its first page.") % place[:80]
        if place and before is None
        else "",
    }
    return render(request, "redactions/redactions.html", context)
