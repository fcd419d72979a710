"""Recent changes over all public controversies, day by day."""

import datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from controversies.history import log
from controversies.models import ChangeClass
from controversies.pages import cache, lines, linked, shelf
from controversies.pages.access import public_view


@public_view
def changes(request: HttpRequest) -> HttpResponse:
    """What was changed on any page that readers see, newest first."""
    query = request.GET
    faults: list[str] = []
    topics = list(shelf.public_topics().order_by("title").values_list("slug", "title"))
    topic, kind = query.get("topic", ""), query.get("kind", "")
    if topic and topic not in dict(topics):
        faults.append(_("“%s” is not something to filter by here, and was left out.") % topic[:80])
        topic = ""
    if kind and kind not in ChangeClass.values:
        faults.append(_("“%s” is not something to filter by here, and was left out.") % kind[:80])
        kind = ""
    before, after = query.get("before", ""), query.get("after", "")
    try:
        found = log.over_all(topic=topic, kind=kind, before=before, after=after)
    except LookupError:
        faults.append(_("There is no such place in the list; these are the latest changes."))
        before = after = ""
        found = log.over_all(topic=topic, kind=kind)
    rows = [lines.row(line) for line in found.lines]
    days = [(day, list(group)) for day, group in groupby(rows, key=lambda row: _day(row.entry.time))]
    filters = {name: value for name, value in (("topic", topic), ("kind", kind)) if value}
    origin = cache.origin(request)
    context: dict[str, Any] = {
        "section": "changes",
        "origin": origin,
        "facts": {"breadcrumb": linked.crumbs(origin, (_("Recent changes"), request.path))},
        "days": days,
        "found": found,
        "faults": faults,
        "topics": topics,
        "topic": topic,
        "kinds": ChangeClass.choices,
        "kind": kind,
        "filtered": bool(filters),
        "plain": not filters and not before and not after,
        "kept": urlencode(filters),
    }
    return render(request, "changes/changes.html", context)


def _day(time: datetime.datetime) -> datetime.date:
    return time.astimezone(datetime.UTC).date()
