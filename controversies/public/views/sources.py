"""Sources: the list of those that readers see, and each one's page with everything it is cited for."""

from dataclasses import dataclass
from itertools import groupby

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.document.types import label
from controversies.models import Citation, Controversy, Source, SourceKind, page_paths
from controversies.pages import cache, linked, shelf
from controversies.pages.access import public_view
from controversies.pages.draw import anchor
from controversies.public.views.cite import source_files


@public_view
def sources(request: HttpRequest) -> HttpResponse:
    """All sources cited on public pages, by title."""
    asked = shelf.ask(request.GET, SourceKind.values)
    shown = items = Source.objects.annotate(uses=shelf.counted(shelf.public_citations(), "source")).filter(
        uses__gt=0
    )
    if asked.q:
        items = items.filter(
            Q(title__icontains=asked.q) | Q(authors__icontains=asked.q) | Q(publisher__icontains=asked.q)
        )
    if asked.kind:
        items = items.filter(kind=asked.kind)
    found, asked = shelf.placed(shown, items, "title", asked)
    context = {
        "section": "sources",
        "origin": cache.origin(request),
        "asked": asked,
        "found": found,
        "kinds": SourceKind.choices,
        "facts": linked.listing(
            cache.origin(request),
            _("Sources"),
            "sources",
            "source",
            [(each.title, each.slug) for each in found.items],
        ),
    }
    return render(request, "sources/sources.html", context)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a source: for what, in words, and where on its page that is."""

    citation: Citation
    page: Controversy
    tile: str  # a position's letter, or ""
    what: str  # what it is used for
    text: str  # …in that one's own words
    anchor: str
    order: tuple[int, int, int]


@public_view
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """One source: what it is, where to find it, and everywhere it is cited, for what and how."""
    found = Source.objects.filter(slug=slug).first()
    uses = _uses(found) if found else []
    if found is None or not uses:
        raise Http404
    origin = cache.origin(request)
    pages = [(page, list(group)) for page, group in groupby(uses, key=lambda use: use.page)]
    context = {
        "section": "sources",
        "origin": origin,
        "facts": {
            "breadcrumb": linked.crumbs(
                origin, (_("Sources"), reverse("sources")), (found.title, request.path)
            ),
            "mainEntity": linked.work(found, origin) | {"mainEntityOfPage": origin + request.path},
        },
        "source": found,
        "kind": SourceKind(found.kind),
        "address": found.url or (f"https://doi.org/{found.doi}" if found.doi else ""),
        "uses": len(uses),
        "pages": pages,
        "files": source_files(found.slug),
    }
    return render(request, "sources/source.html", context)


def _uses(found: Source) -> list[Use]:
    """Every public use of the source, by page and in the order of the page; one query."""
    citations = (
        shelf.public_citations()
        .filter(source=found)
        .select_related(*page_paths(Citation), "stance__point", "backing__backer")
    )
    uses = [_use(citation) for citation in citations]
    return sorted(uses, key=lambda use: (use.page.title, str(use.page.pk), use.order))


def _use(citation: Citation) -> Use:
    where = anchor("source", str(citation.pk))
    if citation.controversy is not None:
        return Use(
            citation, citation.controversy, "", _("For the context"), "", where, (0, 0, citation.order)
        )
    if citation.point is not None:
        point = citation.point
        what = _("For contested point %d") % point.order
        return Use(
            citation, point.controversy, "", what, point.title, where, (1, point.order, citation.order)
        )
    if citation.stance is not None:
        stance = citation.stance
        position, text = stance.position, f"{stance.point.title}: {stance.text}"
        what, rank = _("For what position %(label)s says on point %(number)d"), 2
        what %= {"label": label(position.order - 1), "number": stance.point.order}
    elif citation.backing is not None:
        backing = citation.backing
        position, text, rank = backing.position, backing.note, 1
        what = _("That %(backer)s holds position %(label)s") % {
            "backer": backing.backer.name,
            "label": label(position.order - 1),
        }
    elif citation.position is not None:
        position, text, rank = citation.position, citation.position.claim, 0
        what = _("For position %s") % label(position.order - 1)
    else:
        raise TypeError("A citation serves exactly one thing; the database sees to it.")
    return Use(
        citation,
        position.controversy,
        label(position.order - 1),
        what,
        text,
        where,
        (2, position.order, rank * 1000 + citation.order),
    )
