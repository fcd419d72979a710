"""Citations of a page at a revision, of all its sources, and of one source; in words and as files."""

import datetime
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _

from controversies.document import rows, types
from controversies.history import Reading, redactions
from controversies.history.transparency.public_log import SignedPlace, signed_place
from controversies.interchange import cite as citations
from controversies.interchange.cite import FORMATS, CitedWork
from controversies.models import Source
from controversies.pages import access, cache, cited_parts, credit, embed, metadata, versions
from controversies.pages.access import PageState, public_view
from controversies.pages.as_of import keep_time, requested_time
from controversies.pages.as_of import versions as time_versions
from controversies.pages.cited_parts import CitedPart
from controversies.pages.former_address import row_at
from controversies.pages.language import text_attributes
from controversies.pages.policy import PAGE, SOURCE
from controversies.pages.public_rows import public_backers, public_sources
from controversies.public.old_revision import banner_context


class CitationFile(NamedTuple):
    """A file of citations: the name of its format, its URL and its content."""

    name: str
    href: str
    text: str = ""

    @property
    def rows(self) -> int:
        return self.text.count("\n")


@public_view(reads=("as_of",), versions=versions.of_page_on_day, subject=PAGE)
def cite(request: HttpRequest, slug: str, number: int = 0) -> HttpResponse:
    """Show how to cite and use today's page, the page as of a time, or one revision of it, and all its sources."""
    return _page(request, slug, number)


@public_view(reads=("as_of",), versions=versions.of_page_on_day, subject=PAGE)
def cite_part(request: HttpRequest, slug: str, part: str, number: int = 0) -> HttpResponse:
    """Show how to cite and use one position or contested point, as the page has it or had it at a time or revision."""
    return _page(request, slug, number, part)


def _page(request: HttpRequest, slug: str, number: int, part: str = "") -> HttpResponse:
    page = access.page(request, slug)
    requested = None if number else requested_time(request)
    number = number or _number_then(request, page)
    reading = access.reading_at(request, page, number or None)
    cited = _part(reading, part)
    today = versions.today().isoformat()
    place = signed_place(page.key, reading.number)
    return cache.respond(
        request,
        f"cite {part}" if number else f"cite today's {part}",
        (page.version, reading.entry.digest, today.encode(), repr(place).encode(), *time_versions(requested)),
        lambda: keep_time(
            _html(request, page, reading, cited, today, place, permanent=bool(number)), requested
        ),
    )


@public_view(reads=("as_of",), versions=versions.of_page_on_day, subject=PAGE)
def page_file(request: HttpRequest, slug: str, form: str, number: int = 0) -> HttpResponse:
    """Return a file that cites the page at a revision; a new one each day, because it has the day of access."""
    return _page_file(request, slug, form, number)


@public_view(reads=("as_of",), versions=versions.of_page_on_day, subject=PAGE)
def part_file(request: HttpRequest, slug: str, part: str, form: str, number: int = 0) -> HttpResponse:
    """Return a file that cites one position or contested point at a revision of its page."""
    return _page_file(request, slug, form, number, part)


def _page_file(request: HttpRequest, slug: str, form: str, number: int, part: str = "") -> HttpResponse:
    page = access.page(request, slug)
    reading = access.reading_at(request, page, number or _number_then(request, page) or None)
    cited = _part(reading, part)
    today = versions.today().isoformat()
    place = signed_place(page.key, reading.number)
    return _file(
        request,
        f"cite{part}.{form}",
        (reading.entry.digest, page.removals, today.encode(), repr(place).encode()),
        lambda: (_of_page(request, page, reading, cited, today, place),),
        "-".join(filter(None, (slug, "revision", str(reading.number), part))),
        form,
    )


@public_view(reads=("as_of",), versions=versions.of_page, subject=PAGE, is_old=True)
def sources_file(request: HttpRequest, slug: str, form: str, number: int = 0) -> HttpResponse:
    """Return a file of all sources of the page."""
    page = access.page(request, slug)
    reading = access.reading_at(request, page, number or _number_then(request, page) or None)
    return _file(
        request,
        f"sources.{form}",
        (reading.entry.digest, page.removals),
        lambda: citations.of_document(reading.document),
        f"{slug}-sources-{reading.number}",
        form,
    )


@public_view(reads=(), versions=versions.of_corpus, subject=SOURCE)
def source_file(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """Return a file that cites one source, as it is recorded today."""
    item = _of_row(row_at(request, public_sources(), slug))
    return _file(request, f"source.{form}", (repr(item).encode(),), lambda: (item,), slug, form)


def source_files(slug: str) -> list[CitationFile]:
    """Return the files that cite the source with this slug."""
    return [
        CitationFile(each.name, reverse("source_file", args=[slug, form])) for form, each in FORMATS.items()
    ]


def _number_then(request: HttpRequest, page: PageState) -> int:
    """Return the number of the revision at the time that the address names, 0 without one. Raise NotPublicThen."""
    requested = requested_time(request)
    return access.reading_then(request, page, requested).number if requested else 0


def _part(reading: Reading, part: str) -> CitedPart | None:
    """Return the part at this address, None for the whole page. Raise Http404 for one that the revision lacks."""
    cited = cited_parts.find(reading.document, part)
    if part and cited is None:
        raise Http404
    return cited


def _of_page(
    request: HttpRequest,
    page: PageState,
    reading: Reading,
    cited: CitedPart | None,
    today: str,
    place: SignedPlace | None,
) -> CitedWork:
    entry = reading.entry
    return citations.of_page(
        reading.document,
        number=entry.number,
        date=entry.time.astimezone(datetime.UTC).date().isoformat(),
        digest=entry.digest.hex(),
        url=cache.origin(request) + reverse("revision", args=[page.slug, entry.number]),
        site=settings.SITE_NAME,
        licence=credit.credit_line(reading.document, imported=page.is_imported),
        accessed=today,
        logged=_logged(place),
        part=cited[:3] if cited else None,
    )


def _logged(place: SignedPlace | None) -> str:
    """Return the place of a revision in the public log in words; "" before it is signed."""
    if place is None:
        return ""
    return _(
        "Entry %(index)d of the public log of %(origin)s, whose first %(size)d entries have the root %(root)s."
    ) % {"index": place.index, "origin": place.origin, "size": place.size, "root": place.root_text}


def _of_row(row: Source) -> CitedWork:
    """Return the source as pages record it; backers of public positions are known by name. Two queries."""
    block = rows.shared_blocks(types.Source, [str(row.pk)])[str(row.pk)]
    names = citations.possible_names(block.authors)
    named = (
        public_backers()
        .annotate(lower_name=Lower("name"))
        .filter(Q(lower_name__in=names) | Q(aliases__overlap=names))
    )
    known = citations.name_index(
        types.Backer(
            key=str(each.pk), slug=each.slug, name=each.name, kind=each.kind, aliases=tuple(each.aliases)
        )
        for each in named
    )
    return citations.of_source(block, known)


def _file(
    request: HttpRequest,
    cache_name: str,
    version: tuple[bytes, ...],
    items: Callable[[], tuple[CitedWork, ...]],
    name: str,
    form: str,
) -> HttpResponse:
    """Return a file of this name in this format."""
    chosen = FORMATS[form]
    response = cache.respond(request, cache_name, version, lambda: chosen.write(items()), chosen.content_type)
    if response.status_code == HTTPStatus.OK:
        response["Content-Disposition"] = content_disposition_header(True, f"{name}.{chosen.suffix}")
    return response


def _html(
    request: HttpRequest,
    page: PageState,
    reading: Reading,
    cited: CitedPart | None,
    today: str,
    place: SignedPlace | None,
    *,
    permanent: bool,
) -> str:
    entry, document = reading.entry, reading.document
    part = cited.anchor if cited else ""
    item = _of_page(request, page, reading, cited, today, place)
    items = () if cited else citations.of_document(document)
    where = [page.slug, entry.number]
    origin = cache.origin(request)
    path = embed.address("cite", page.slug, 0, part)
    suffix = f"#{part}" if part else ""
    title = document.head.title if cited is None else f"{cited.name}: {cited.text}"
    context: dict[str, Any] = {
        **text_attributes(document.head.language),
        "page": page,
        "section": "controversies",
        "head": document.head,
        **banner_context(request, page, entry),
        "origin": origin,
        "facts": metadata.of_page(
            origin, reading.document.head, page.slug, _("Cite") if cited is None else cited.name, path
        ),
        "path": path,
        "part": cited,
        "parts": cited_parts.every(document) if cited is None else [],
        "live_address": origin + reverse("controversy", args=[page.slug]) + suffix,
        "fixed_address": origin + reverse("revision", args=where) + suffix,
        "live_frame": embed.frame(origin, title, page.slug, 0, part),
        "fixed_frame": embed.frame(origin, title, page.slug, entry.number, part),
        "oembed_query": urlencode({"url": origin + reverse("controversy", args=[page.slug]) + suffix}),
        "permanent": permanent,
        "place": place,
        "replaced": redactions.replaced_of(entry) if page.epoch else [],
        "may_restore": False,
        "words": item,
        "files": [
            CitationFile(each.name, _file_path(page.slug, entry.number, part, form), each.write((item,)))
            for form, each in FORMATS.items()
        ],
        "lists": [
            CitationFile(each.name, reverse("revision_sources_file", args=[*where, form]))
            for form, each in FORMATS.items()
        ],
        "sources": [
            (citations.plain(cited), CitationFile("BibTeX", "", FORMATS["bib"].write((cited,))))
            for cited in items
        ],
    }
    return render_to_string("cite/part.html" if cited else "cite/cite.html", context)


def _file_path(slug: str, number: int, part: str, form: str) -> str:
    if part:
        return reverse("revision_cite_part_file", args=[slug, number, part, form])
    return reverse("revision_cite_file", args=[slug, number, form])
