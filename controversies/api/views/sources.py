"""Sources that public pages cite, and their citations."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from controversies.api import objects
from controversies.api.addresses import next_page_url
from controversies.api.endpoint import Answer, Params
from controversies.api.objects import CitationOnPage, Row
from controversies.api.shape import ListPage
from controversies.models import Citation, Source
from controversies.models.owners import page_paths
from controversies.pages.public_rows import count_of, public_citations

from .lists import corpus_versions, page_by_key, page_by_slug


def sources(request: HttpRequest, params: Params) -> Answer:
    """Answer with the list."""

    def draw() -> dict[str, object]:
        rows = _public_sources()
        if params["kind"]:
            rows = rows.filter(kind=params["kind"])
        if q := params["q"]:
            rows = rows.filter(Q(title__icontains=q) | Q(authors__icontains=q) | Q(publisher__icontains=q))
        if params["doi"]:
            rows = rows.filter(doi=params["doi"])
        page = page_by_slug(rows, params)
        items = [Row(request, row, row.cited) for row in page.rows]
        url = next_page_url(request, page.next.slug if page.next else "")
        return objects.SOURCES.values(ListPage(items, url))

    return Answer(corpus_versions(), draw)


def source(request: HttpRequest, params: Params) -> Answer:
    """Answer with one of them."""

    def draw() -> dict[str, object]:
        row = _public_sources().filter(slug=params["slug"]).first()
        if row is None:
            raise Http404
        return objects.SOURCE.values(Row(request, row, row.cited))

    return Answer(corpus_versions(), draw)


def uses(request: HttpRequest, params: Params) -> Answer:
    """Answer with the citations of one source."""

    def draw() -> dict[str, object]:
        key = _public_sources().filter(slug=params["slug"]).values_list("pk", flat=True).first()
        if key is None:
            raise Http404
        rows = public_citations().filter(source=key).select_related(*page_paths(Citation))
        page = page_by_key(rows, params)
        items = [CitationOnPage.of(request, row) for row in page.rows]
        url = next_page_url(request, str(page.next.pk) if page.next else "")
        return objects.USES.values(ListPage(items, url))

    return Answer(corpus_versions(), draw)


def _public_sources() -> QuerySet[Any]:
    cited = count_of(public_citations(), "source")
    return Source.objects.annotate(cited=cited).filter(cited__gt=0)
