"""The list of authors, and the page of each: what they wrote that stands today, and their changes. Nothing is rated."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import pgettext

from controversies import history
from controversies.document.redact import MARKED
from controversies.history import Reading, log
from controversies.history import authors as record
from controversies.history.blame import BlameUnderway, PageBlame, blame_of, blames_of
from controversies.pages import access, cache, lines, metadata
from controversies.pages.access import public_view
from controversies.pages.blame.authored import AuthoredPart, authored_parts
from controversies.pages.tags import author_url
from controversies.public.views.about_page import about_versions
from controversies.workflow import site_texts

LATEST = 10  # revisions on an author's page
_NAME = 150  # characters of an author's name


@public_view(reads=("name", "after", "after_page"), versions=about_versions)
def authors(request: HttpRequest) -> HttpResponse:
    """List the authors of public revisions, or show the page of the one who is named."""
    name = request.GET.get("name", "")
    return _author(request, name) if name else _names(request)


def _names(request: HttpRequest) -> HttpResponse:
    after = request.GET.get("after", "")[:_NAME]
    names = record.names(after=after, every=access.sees_hidden(request))
    origin = cache.origin(request)
    context = {
        "section": "authors",
        "origin": origin,
        "facts": {
            "breadcrumb": metadata.crumbs(
                origin, (pgettext("people who wrote pages", "Authors"), request.path)
            )
        },
        "names": [each for each in names.rows if not MARKED.search(each)],
        "next": names.next,
        "is_first": not after,
    }
    return render(request, "authors/authors.html", context)


def _author(request: HttpRequest, name: str) -> HttpResponse:
    every = access.sees_hidden(request)
    if len(name) > _NAME or MARKED.search(name):
        raise Http404
    after = request.GET.get("after", ""), request.GET.get("after_page", "")
    pages = record.pages(name, after=after, every=every)
    if not pages.rows:
        raise Http404
    latest = log.over_all(author=name, limit=LATEST).lines if after == ("", "") else ()
    readings = history.heads(page.key for page in pages.rows)
    blames = {} if every else blames_of(readings.values())
    origin = cache.origin(request)
    steps = (pgettext("people who wrote pages", "Authors"), reverse("authors")), (name, author_url(name))
    context: dict[str, Any] = {
        "section": "authors",
        "origin": origin,
        "facts": {"breadcrumb": metadata.crumbs(origin, *steps)},
        "name": name,
        "is_listed": name in site_texts.listed_editors(),
        "latest": [(line, lines.whole_words(line)) for line in latest],
        "pages": [
            (page, _parts(name, readings[page.key], blames.get(page.key), every=every))
            for page in pages.rows
            if page.key in readings
        ],
        "next": pages.next,
        "is_first": after == ("", ""),
    }
    response = render(request, "authors/author.html", context)
    if any(parts is None for _page, parts in context["pages"]):
        response["Cache-Control"] = "no-cache"  # there may be more to say in a moment
    return response


def _parts(name: str, reading: Reading, blame: PageBlame | None, *, every: bool) -> list[AuthoredPart] | None:
    """Return what somebody wrote that stands in a page; None where that is being worked out, or cannot be.

    Without the `blame`, it is not worked out yet, or is for editors.
    """
    try:
        return authored_parts(blame or blame_of(reading, every=every), name)
    except (BlameUnderway, history.UnreadableRevision):
        return None
