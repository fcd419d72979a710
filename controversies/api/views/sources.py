"""Sources that public pages cite, and their citations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.db.models import QuerySet
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
from controversies.models import Citation, PublicUse, Source
from controversies.models.owners import page_paths
from controversies.pages import past_rows
from controversies.pages.public_rows import listed_uses, public_citations, rows_of

from .lists import (
    BY_SLUG,
    corpus_versions,
    cursor_key,
    filter_then,
    key_then,
    page_by_key,
    page_by_slug,
    shared_block_then,
    shared_row,
    shared_then,
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
                filter_then(params),
            )
            items = [Row(request, past_rows.row_of(each.block), each.uses) for each in then.rows]
            return objects.SOURCES.values(
                ListPage(items, next_page_url(request, then.next.slug if then.next else ""))
            )
        listed = listed_uses("source", kind=params["kind"] or "", text=params["q"] or "")
        if params["doi"]:
            listed = listed.filter(key__in=Source.objects.filter(doi=params["doi"]).values("pk"))
        page = _page_of_verdict(listed, params) if params["verdict"] else page_by_slug(listed, params)
        rows = rows_of(page.rows, "cited")
        known = _checks_of(rows)
        items = [Row(request, row, row.cited, known[str(row.pk)]) for row in rows]
        url = next_page_url(request, page.next.slug if page.next else "")
        return objects.SOURCES.values(ListPage(items, url))

    return Answer(corpus_versions(), draw)


def source(request: HttpRequest, params: Params) -> Answer:
    """Answer with one of them, as it is or as it was at a time."""

    def draw() -> dict[str, object]:
        if params["as_of"]:
            then = shared_block_then(request, Source, params)
            return objects.SOURCE.values(Row(request, past_rows.row_of(then.block), then.uses))
        row = shared_row(request, "source", params, "cited")
        return objects.SOURCE.values(Row(request, row, row.cited, _checks_of([row])[str(row.pk)]))

    return Answer(corpus_versions(), draw)


def uses(request: HttpRequest, params: Params) -> Answer:
    """Answer with the citations of one source, as they are or as they were at a time."""

    def draw() -> dict[str, object]:
        if params["as_of"]:
            rows_then, cursor = _citations_then(request, params)
            items = [CitationOnPage.of(request, each) for each in rows_then]
            return objects.USES.values(ListPage(items, next_page_url(request, cursor)))
        source = shared_row(request, "source", params, "cited")
        rows = public_citations().filter(source=source.pk).select_related(*page_paths(Citation))
        page = page_by_key(rows, params)
        known = _checks_of([source], (row.quote for row in page.rows))[str(source.pk)]
        link = display.address_of(source)
        items = [
            replace(CitationOnPage.of(request, row), checks=CitationChecks.of(known, row.quote, link))
            for row in page.rows
        ]
        url = next_page_url(request, str(page.next.pk) if page.next else "")
        return objects.USES.values(ListPage(items, url))

    return Answer(corpus_versions(), draw)


def _page_of_verdict(uses: QuerySet[PublicUse], params: Params) -> KeysetPage[PublicUse]:
    """The page of the uses whose source has the verdict that is asked for. One query."""
    parts = [
        BY_SLUG.select(uses.filter(condition), params["limit"], after=cursor_key(params))
        for condition in display.verdict_conditions(params["verdict"])
    ]
    rows = parts[0] if len(parts) == 1 else parts[0].union(*parts[1:], all=True).order_by("slug")
    return make_page(list(rows[: params["limit"] + 1]), params["limit"], is_first=not params["cursor"])


def _checks_of(rows: Sequence[Source], quotes: Iterable[str] = ()) -> Mapping[str, SourceChecks]:
    """Return what is known of public sources and of these quotations on public pages, by key. Two queries."""
    digests = {quote_digest(quote) for quote in quotes if quote}
    return display.read_checks(rows, digests | display.absent_quotes(rows))


def _citations_then(request: HttpRequest, params: Params) -> tuple[list[Citation], str]:
    """The same page of the citations of a time, by page and key, and the cursor of the next one. Five queries."""
    key, limit = key_then(request, Source, params), params["limit"]
    page, _dot, after = (params["cursor"] or "").partition(".")
    shown = as_of.pages_showing(
        BY_NAME["source"], key, params["as_of"], pages=limit + 2, order=as_of.KEY, after=page
    )
    if shown is None:
        if page:
            return [], ""
        raise Http404
    places = {
        (reading.document.key, str(row.pk)): row
        for reading in shown.readings
        for row in past_rows.rows_of([reading.document], Citation)
        if str(row.source_id) == key
    }
    beyond = sorted(place for place in places if place > (page, after))
    listed = beyond[:limit]
    has_more = len(beyond) > limit or bool(shown.next)
    return [places[place] for place in listed], ".".join(listed[-1]) if listed and has_more else ""
