"""Frames on other sites: a page in brief, or one position or point of it; the newest revision, or a fixed one.

The same for everybody: no session is read, no cookie is set.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

from controversies.document.types import Document, Source, citations_of
from controversies.history import Reading
from controversies.pages import access, cache, cited_parts, credit
from controversies.pages.access import PageState, public_view
from controversies.pages.cited_parts import CitedPart
from controversies.pages.draw import Drawing
from controversies.pages.framing import allow_frames
from controversies.pages.language import text_attributes
from controversies.pages.policy import PAGE
from controversies.pages.versions import of_page


@public_view(reads=(), versions=of_page, subject=PAGE, is_for_all=True)
def embed(request: HttpRequest, slug: str, number: int = 0, part: str = "") -> HttpResponse:
    """Show a public page in a frame: today's, or the revision of this number; the whole in brief, or one part of it."""
    page = access.public_page(request, slug)
    reading = access.reading_at(request, page, number or None)
    cited = cited_parts.find(reading.document, part)
    if part and cited is None:
        raise Http404
    return allow_frames(
        cache.respond(
            request,
            "embed",
            (page.version, reading.entry.digest),
            lambda: _html(request, page, reading, cited, is_live=not number),
        )
    )


def _html(
    request: HttpRequest, page: PageState, reading: Reading, cited: CitedPart | None, *, is_live: bool
) -> str:
    document, entry = reading.document, reading.entry
    drawing = Drawing(reading, page.slug, {}, alone=True)
    whole = reverse("controversy", args=[page.slug])
    if not is_live:
        whole = reverse("revision", args=[page.slug, entry.number])
    context: dict[str, Any] = {
        **text_attributes(document.head.language),
        "head": document.head,
        "entry": entry,
        "is_live": is_live,
        "later": page.number - entry.number,
        "last": page.time,
        "canonical": cache.origin(request) + reverse("controversy", args=[page.slug]),
        "whole": whole,
        "part": cited,
        "address": f"{whole}#{cited.anchor}" if cited else whole,
        "attribution": credit.attribution(document, imported=page.is_imported),
    }
    if cited is None:
        context["positions"] = drawing.lettered_positions
    else:
        context["sources"] = _sources(document, cited)
        if cited.is_position:
            context["lettered"] = drawing.lettered_positions[cited.place]
    template = "embed/part.html" if cited else "embed/page.html"
    return render_to_string(template, context)


def _sources(document: Document, cited: CitedPart) -> list[tuple[int, Source]]:
    """Return the sources that a part cites by itself, each once, with the number that its text calls them by."""
    keys = dict.fromkeys(citation.source for citation in citations_of(cited.block))
    numbered = [(document.source_numbers[key], document.by_key[key]) for key in keys]
    return sorted(numbered, key=lambda each: each[0])  # type: ignore[arg-type]  # each key is a source's
