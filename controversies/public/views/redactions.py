"""Every removal of words from what readers saw: when, on which ground, by which office; no names, no words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from controversies.history import redactions as record
from controversies.kit.keys import revision_number
from controversies.models import RedactedPart, RedactionGround, RedactionOffice
from controversies.pages import cache, linked
from controversies.pages.access import public_view


@public_view
def redactions(request: HttpRequest) -> HttpResponse:
    """The list, newest first."""
    given = request.GET.get("before", "")
    before = revision_number(given)
    found, more = record.public(before=before)
    origin = cache.origin(request)
    rows = [
        {
            "removal": each,
            "ground": RedactionGround(each.ground),
            "office": RedactionOffice(each.office).label,
            "parts": [RedactedPart(part).label for part in each.parts],
        }
        for each in found
    ]
    context = {
        "section": "about",
        "origin": origin,
        "facts": {"breadcrumb": linked.crumbs(origin, (_("Words removed"), request.path))},
        "rows": rows,
        "grounds": list(RedactionGround),
        "older": found[-1].id if more else None,
        "fault": _("“%s” is no place in this list, so it is shown from its beginning.") % given[:80]
        if given and before is None
        else "",
    }
    return render(request, "redactions/redactions.html", context)
