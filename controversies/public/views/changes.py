"""Recent changes over all public controversies, day by day."""

import datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from controversies.history import log
from controversies.kit import times
from controversies.models import ChangeClass
from controversies.pages import cache, lines, metadata, versions
from controversies.pages.access import public_view
from controversies.pages.former_address import address_now
from controversies.pages.public_rows import public_topics

_NAME = 150  # characters of an author's name


@public_view(reads=("topic", "kind", "by", "since", "before", "after"), versions=versions.of_corpus)
def changes(request: HttpRequest) -> HttpResponse:
    """List the changes of all public pages, newest first."""
    query = request.GET
    faults: list[str] = []
    topics = list(public_topics().order_by("title").values_list("slug", "title"))
    topic, kind, author = query.get("topic", ""), query.get("kind", ""), query.get("by", "")[:_NAME]
    if topic and topic not in dict(topics):
        topic = address_now("topic", topic)
    if topic and topic not in dict(topics):
        faults.append(_("We can’t filter by “%s”.") % topic[:80])
        topic = ""
    if kind and kind not in ChangeClass.values:
        faults.append(_("We can’t filter by “%s”.") % kind[:80])
        kind = ""
    since_text, since = query.get("since", "").strip(), None
    if since_text:
        try:
            since = times.first_moment(since_text)
        except ValueError:
            faults.append(
                _("“%s” is not a day or time. Write a day like 2026-03-08, so this list has all changes.")
                % since_text[:80]
            )
            since_text = ""
    before, after = query.get("before", ""), query.get("after", "")
    try:
        log_page = log.over_all(
            topic=topic, kind=kind, author=author, before=before, after=after, since=since
        )
    except LookupError:
        faults.append(_("We can’t find that place in the list, so these are the latest changes."))
        before = after = ""
        log_page = log.over_all(topic=topic, kind=kind, author=author, since=since)
    rows = [(lines.row(line), lines.whole_words(line)) for line in log_page.lines]
    days = [(day, list(group)) for day, group in groupby(rows, key=lambda row: _day(row[0].entry.time))]
    values = (("topic", topic), ("kind", kind), ("by", author), ("since", since_text))
    filters = {name: value for name, value in values if value}
    origin = cache.origin(request)
    context: dict[str, Any] = {
        "section": "changes",
        "origin": origin,
        "facts": {"breadcrumb": metadata.crumbs(origin, (_("Recent changes"), request.path))},
        "days": days,
        "log_page": log_page,
        "faults": faults,
        "topics": topics,
        "topic": topic,
        "kinds": ChangeClass.choices,
        "kind": kind,
        "author": author,
        "since": since,
        "since_text": since_text,
        "is_filtered": bool(filters),
        "is_plain": not filters and not before and not after,
        "filters": urlencode(filters),
    }
    return render(request, "changes/changes.html", context)


def _day(time: datetime.datetime) -> datetime.date:
    return time.astimezone(datetime.UTC).date()
