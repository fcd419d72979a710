"""The pictures of a page: confidence over time, its evidence, and its stances; each drawn, as a table and as files."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.history import Reading
from controversies.history.spans import read_spans
from controversies.pages import access, cache, metadata, versions
from controversies.pages.access import PageState, public_view
from controversies.pages.as_of import RequestedTime, keep_time, requested_time
from controversies.pages.as_of import versions as time_versions
from controversies.pages.language import text_attributes
from controversies.pages.pictures.charts import FORMS
from controversies.pages.pictures.of_record import charts_of
from controversies.pages.policy import PAGE
from controversies.public.chart_files import chart_file
from controversies.public.old_revision import banner_context


@public_view(reads=("as_of",), versions=versions.of_page, subject=PAGE)
def pictures(request: HttpRequest, slug: str, number: int = 0) -> HttpResponse:
    """Show the pictures of today's page, of the page as of a time, or of one revision."""
    page = access.page(request, slug)
    requested = None if number else requested_time(request)
    if requested:
        reading = access.reading_then(request, page, requested)
    else:
        reading = access.reading_at(request, page, number or None)
    return cache.respond(
        request,
        "pictures" if number else "pictures today",
        (page.version, reading.entry.digest, *time_versions(requested)),
        lambda: keep_time(_html(request, page, reading, requested, is_permanent=bool(number)), requested),
    )


def _html(
    request: HttpRequest,
    page: PageState,
    reading: Reading,
    requested: RequestedTime | None,
    *,
    is_permanent: bool,
) -> str:
    head, entry, origin = reading.document.head, reading.entry, cache.origin(request)
    is_old = entry.number != page.number
    charts = charts_of(page, reading, read_spans(page.key), origin, is_old=is_old and not requested)
    context: dict[str, Any] = {
        **text_attributes(head.language),
        "section": "controversies",
        "page": page,
        "head": head,
        **banner_context(request, page, entry),
        "origin": origin,
        "is_permanent": is_permanent,
        "as_of": requested,
        "figures": [
            {"name": name, "chart": chart, "files": _files(page, entry.number, name)}
            for name, chart in charts.items()
        ],
        "facts": {
            "breadcrumb": metadata.crumbs(
                origin,
                (_("Controversies"), reverse("controversies")),
                (head.title, reverse("controversy", args=[page.slug])),
                (_("Pictures"), reverse("pictures", args=[page.slug])),
            )
        },
    }
    return render_to_string("pictures/pictures.html", context, request)


def _files(page: PageState, number: int, name: str) -> Mapping[str, str]:
    """Return the addresses of a chart's files by form; none of a page that is not public."""
    if not page.is_public:
        return {}
    return {
        form.upper(): reverse("picture_file", args=[page.slug, name, form])
        if number == page.number
        else reverse("revision_picture_file", args=[page.slug, number, name, form])
        for form in FORMS
    }


@public_view(reads=(), subject=PAGE, is_for_all=True)
def picture_file(request: HttpRequest, slug: str, chart: str, suffix: str, number: int = 0) -> HttpResponse:
    """Return a chart of a public page as a file: of its newest revision, or of one that was public."""
    page = access.public_page(request, slug)
    reading = access.reading_at(request, page, number or None)
    origin = cache.origin(request)
    return chart_file(
        request,
        f"{slug}-{chart}-revision-{reading.number}",
        suffix,
        (page.version, reading.entry.digest),
        lambda: charts_of(page, reading, read_spans(page.key), origin, whole=suffix == "csv")[chart].file(
            suffix
        ),
    )
