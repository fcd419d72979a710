"""Pages over all controversies that may be asked about an earlier time: how they are drawn, and where there is none."""

import datetime
from typing import Any

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import render
from django.template.loader import render_to_string

from controversies.history import as_of
from controversies.history.as_of import SlugMatch
from controversies.pages.as_of import PARAMETER, RequestedTime, keep_time
from controversies.pages.former_address import check_moved

_PLACES = ("after", "before")  # parameters that name a place in a list


def respond(
    request: HttpRequest, template: str, context: dict[str, Any], requested: RequestedTime | None
) -> HttpResponse:
    """Draw a page as it is today or, with a requested time, with its banner and links that stay in that time."""
    if requested is None:
        return render(request, template, context)
    context = context | {"as_of": requested, "today": _address_today(request), "facts": None}
    return HttpResponse(keep_time(render_to_string(template, context, request), requested))


def find_then(
    request: HttpRequest, block_type: str, slug: str, requested: RequestedTime, today: Model | None
) -> SlugMatch:
    """Return what had this address at the time, or has it `today`: whether it was public, and since when.

    Raise Http404 if nothing ever had the address, and PageMoved if what had it was merged into another.
    """
    match = as_of.find_slug(block_type, slug, requested.time, today=str(today.pk) if today else None)
    if match is None:
        raise Http404
    if not match.is_public and today is None and match.first <= requested.time:
        check_moved(request, block_type, slug)
    return match


def not_there_then(
    request: HttpRequest, requested: RequestedTime, match: SlugMatch, *, is_there_today: bool
) -> HttpResponse:
    """Return the page that says that a topic, backer or source was on no public page, and on which day it first was."""
    context = {
        "as_of": requested,
        "title": match.title,
        "first": match.first,
        "first_day": match.first.astimezone(datetime.UTC).date().isoformat(),
        "today": request.path if is_there_today else "",
        "action": request.path,
    }
    html = render_to_string("lists/not-then.html", context, request)
    return HttpResponseNotFound(keep_time(html, requested))


def _address_today(request: HttpRequest) -> str:
    """Return the address of the page as it is today, with its filters, from the beginning of its list."""
    query = request.GET.copy()
    for name in (PARAMETER, *_PLACES):
        query.pop(name, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path
