"""Sources that public pages cite, and their citations."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from controversies.api import objects
from controversies.api.addresses import next_page_url
from controversies.api.checks import CitationChecks
from controversies.api.endpoint import Answer, Params
from controversies.api.objects import CitationOnPage, Row
from controversies.api.shape import ListPage
from controversies.checks import display
from controversies.checks.digests import quote_digest
from controversies.checks.display import SourceChecks
from controversies.document.types import BY_NAME
from controversies.history import as_of
from controversies.kit.keyset import KeysetPage, make_page
from controversies.models import Citation, Source
from controversies.models.owners import page_paths
from controversies.pages import past_rows
from controversies.pages.former_address import check_moved
from controversies.pages.public_rows import count_of, public_citations

from .lists import (
    filter_then,
    key_then,
    page_by_key,
    page_by_slug,
    shared_block_then,
    shared_then,
    versions_with_checks,
)


def sources(request: HttpRequest, params: Params) -> Answer:
    """Answer with the list, as it is or as it was at a time."""

    def draw() -> dict[str, object]:
        if params["as_of"] and params["verdict"]:
            return objects.SOURCES.values(ListPage([]))  # verdicts are of today
        if params["as_of"]:
            then = shared_then(
                "source",
                params,
                filter_then(params, "kind", "doi"),
            )
            items = [Row(request, past_rows.row_of(each.block), each.uses) for each in then.rows]
            return objects.SOURCES.values(
                ListPage(items, next_page_url(request, then.next.slug if then.next else ""))
            )
        rows = _public_sources()
        if params["kind"]:
            rows = rows.filter(kind=params["kind"])
        if q := params["q"]:
            rows = rows.filter(Q(title__icontains=q) | Q(authors__icontains=q) | Q(publisher__icontains=q))
        if params["doi"]:
            rows = rows.filter(doi=params["doi"])
        if params["verdict"]:
            rows = rows.filter(display.has_verdict(params["verdict"]))
        page = page_by_slug(rows, params)
        known = _checks_of(page.rows)
        items = [Row(request, row, row.cited, known[str(row.pk)]) for row in page.rows]
        url = next_page_url(request, page.next.slug if page.next else "")
        return objects.SOURCES.values(ListPage(items, url))

    return Answer(versions_with_checks(params), draw)


def source(request: HttpRequest, params: Params) -> Answer:
    """Answer with one of them, as it is or as it was at a time."""

    def draw() -> dict[str, object]:
        if params["as_of"]:
            then = shared_block_then(request, Source, params)
            return objects.SOURCE.values(Row(request, past_rows.row_of(then.block), then.uses))
        row = _public_sources().filter(slug=params["slug"]).first()
        if row is None:
            check_moved(request, "source", params["slug"])
            raise Http404
        return objects.SOURCE.values(Row(request, row, row.cited, _checks_of([row])[str(row.pk)]))

    return Answer(versions_with_checks(params), draw)


def uses(request: HttpRequest, params: Params) -> Answer:
    """Answer with the citations of one source, as they are or as they were at a time."""

    def draw() -> dict[str, object]:
        if params["as_of"]:
            then = _citations_then(request, params)
            items = [CitationOnPage.of(request, each) for each in then.rows]
            return objects.USES.values(
                ListPage(items, next_page_url(request, str(then.next.pk) if then.next else ""))
            )
        source = _public_sources().filter(slug=params["slug"]).first()
        if source is None:
            check_moved(request, "source", params["slug"])
            raise Http404
        rows = public_citations().filter(source=source.pk).select_related(*page_paths(Citation))
        page = page_by_key(rows, params)
        known, link = _checks_of([source])[str(source.pk)], display.address_of(source)
        items = [
            replace(CitationOnPage.of(request, row), checks=CitationChecks.of(known, row.quote, link))
            for row in page.rows
        ]
        url = next_page_url(request, str(page.next.pk) if page.next else "")
        return objects.USES.values(ListPage(items, url))

    return Answer(versions_with_checks(params), draw)


def _checks_of(rows: Sequence[Source]) -> Mapping[str, SourceChecks]:
    """Return what is known of public sources and of their quotations on public pages, by key. Two queries."""
    cited = public_citations().filter(source__in=rows).order_by().values_list("quote", flat=True)
    return display.read_checks(rows, [quote_digest(quote) for quote in cited if quote])


def _citations_then(request: HttpRequest, params: Params) -> KeysetPage[Citation]:
    """The same page of the citations of a time: of all that public pages had then. Five queries."""
    key = key_then(request, Source, params)
    shown = as_of.pages_showing(BY_NAME["source"], key, params["as_of"])
    if shown is None:
        raise Http404
    rows = past_rows.rows_of([reading.document for reading in shown.readings], Citation)
    after = params["cursor"] or ""
    beyond = [each for each in rows if str(each.source_id) == shown.block.key and str(each.pk) > after]
    beyond.sort(key=lambda each: str(each.pk))
    return make_page(beyond[: params["limit"] + 1], params["limit"], is_first=not after)


def _public_sources() -> QuerySet[Any]:
    cited = count_of(public_citations(), "source")
    return Source.objects.annotate(cited=cited).filter(cited__gt=0)
