"""The pages that tell who wrote each statement and set each value of a page, today's or an old revision's."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from controversies.history import Reading, redactions
from controversies.history.blame import ALGORITHM, RETRY_SECONDS, BlameUnderway, blame_of
from controversies.pages import access, cache, metadata, tombstones
from controversies.pages.access import PageState, public_view
from controversies.pages.as_of import keep_time, requested_time, versions
from controversies.pages.blame.origins import AGES
from controversies.pages.blame.view import blame_view
from controversies.pages.blame.wordings import statement_history
from controversies.pages.language import text_attributes
from controversies.pages.policy import PAGE
from controversies.pages.versions import of_page

_NAME = 150  # characters of an author's name


@public_view(reads=("author", "statement", "as_of"), versions=of_page, subject=PAGE, is_old=True)
def blame(request: HttpRequest, slug: str, number: int | None = None) -> HttpResponse:
    """Show who wrote today's page, the page as of a time, or the revision of this number.

    `author` in the query shows only what one person wrote; `statement`, the earlier wordings of one statement.
    """
    page = access.page(request, slug)
    requested = requested_time(request) if number is None else None
    if requested is not None:
        number = access.reading_then(request, page, requested).number
    reading = access.reading_at(request, page, number)
    author = request.GET.get("author", "")[:_NAME]
    statement = request.GET.get("statement", "")
    is_old = number is not None and number != page.number
    query = f"{number is None} {author or statement}".encode()
    version = (page.version, reading.entry.digest, bytes([ALGORITHM, bool(statement)]), query)
    every = access.sees_hidden(request)
    context = {
        **text_attributes(reading.document.head.language),
        "page": page,
        "section": "controversies",
        "topic": reading.document.head.topic,
        "entry": reading.entry,
        "path": metadata.at("blame", slug) if number is None else metadata.at("revision_blame", slug, number),
        "is_old": is_old,
    }

    def draw() -> str:
        if statement:
            return keep_time(_statement_html(request, reading, context, statement, every=every), requested)
        return keep_time(_html(request, reading, context, author, every=every), requested)

    try:
        return cache.respond(request, "blame", (*version, *versions(requested)), draw)
    except BlameUnderway as underway:
        response = render(request, "blame/underway.html", {**context, "underway": underway}, status=503)
        response["Retry-After"] = str(RETRY_SECONDS)
        return response


def _html(
    request: HttpRequest, reading: Reading, context: dict[str, Any], author: str, *, every: bool
) -> str:
    page: PageState = context["page"]
    view = blame_view(blame_of(reading, every=every), page.slug, author=author)
    return render_to_string(
        "blame/blame.html",
        {
            **context,
            **_facts(request, context, reading),
            "view": view,
            "author": author if author in view.authors else "",
            "fault": _("Nothing by %s stands on this page.") % author
            if author and author not in view.authors
            else "",
            "ages": AGES,
            "tombstones": tombstones.of_reading(reading, redactions.notices(reading)) if page.epoch else [],
        },
    )


def _statement_html(
    request: HttpRequest, reading: Reading, context: dict[str, Any], statement: str, *, every: bool
) -> str:
    slug = context["page"].slug
    try:
        story = statement_history(blame_of(reading, every=every), slug, statement)
    except LookupError as error:
        raise Http404 from error
    return render_to_string(
        "blame/statement.html",
        {**context, **_facts(request, context, reading), "story": story, "anchor": statement},
    )


def _facts(request: HttpRequest, context: dict[str, Any], reading: Reading) -> dict[str, Any]:
    origin = cache.origin(request)
    head = reading.document.head
    return {
        "origin": origin,
        "facts": metadata.of_page(origin, head, context["page"].slug, _("Who wrote this?"), context["path"]),
    }
