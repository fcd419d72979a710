"""The list of backers, and the page of each with every position it holds."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.document.types import BY_NAME, label
from controversies.history.as_of import PagesShowing
from controversies.kit.keys import anchor
from controversies.models import Backer, BackerKind, Backing, Citation
from controversies.pages import (
    alphabetical,
    cache,
    holdings,
    markdown,
    metadata,
    past_rows,
    uses_by_page,
    versions,
)
from controversies.pages.access import public_view
from controversies.pages.as_of import requested_time
from controversies.pages.former_address import check_moved
from controversies.pages.holdings import HeldPosition
from controversies.pages.pictures.matrix import MatrixChart
from controversies.pages.pictures.of_lists import allies_chart
from controversies.pages.policy import BACKER
from controversies.pages.public_rows import listed_uses, public_backings
from controversies.pages.timeline import Tenure, tenure
from controversies.pages.uses_by_page import UseBatch
from controversies.public import rendering
from controversies.public.chart_files import ChartFigure, list_charts, list_credit, list_file, list_files

_BACKER = BY_NAME["backer"]


@public_view(reads=("q", "kind", "before", "after", "as_of"), versions=versions.of_corpus)
def backers(request: HttpRequest) -> HttpResponse:
    """List all backers of positions on public pages, by name."""
    query, requested = alphabetical.parse(request.GET, BackerKind.values), requested_time(request)
    if requested:
        page, query = alphabetical.page_then(_BACKER, requested, query, count="held")
    else:
        page, query = alphabetical.page(_BACKER, query, count="held")
    held = [] if requested else holdings.of_backers(row.pk for row in page.rows)
    for row in page.rows:
        row.positions_held = [each for each in held if each.backer == str(row.pk)]
    context = {
        "section": "backers",
        "origin": cache.origin(request),
        "figures": _list_figures(request, held),
        "query": query,
        "list_page": page,
        "kinds": BackerKind.choices,
        "facts": metadata.listing(
            cache.origin(request),
            _("Backers"),
            "backers",
            "backer",
            [(each.name, each.slug) for each in page.rows],
        ),
    }
    return rendering.respond(request, "backers/backers.html", context, requested)


def _list_figures(request: HttpRequest, held: list[HeldPosition]) -> list[ChartFigure]:
    """Return the charts of a part of the list of backers that show anything."""
    charts = list_charts(request, held)
    return [
        ChartFigure(name, chart, list_files("backers_picture", request, chart=name))
        for name, chart in charts.items()
        if not chart.is_empty
    ]


@public_view(reads=("q", "kind", "before", "after"), is_for_all=True)
def backers_picture(request: HttpRequest, chart: str, suffix: str) -> HttpResponse:
    """Return a chart of a part of the list of backers as a file."""
    query = alphabetical.parse(request.GET, BackerKind.values)

    def draw() -> bytes:
        page, _query = alphabetical.page(_BACKER, query, count="held")
        return list_charts(request, holdings.of_backers(row.pk for row in page.rows))[chart].file(suffix)

    return list_file(request, f"backers-{chart}", suffix, draw)


@public_view(reads=("before", "after"), subject=BACKER, is_for_all=True)
def backer_picture(request: HttpRequest, slug: str, suffix: str) -> HttpResponse:
    """Return the chart of who stands with a backer as a file."""
    row = Backer.objects.filter(slug=slug).first()
    public = listed_uses("backer").filter(key=row.pk).first() if row else None
    if row is None or public is None:
        check_moved(request, "backer", slug)
        raise Http404
    place = uses_by_page.parse(request.GET)

    def draw() -> bytes:
        batch = uses_by_page.batch(public, place)
        return _allies(request, row, holdings.on_pages(batch.lasting)).file(suffix)

    return list_file(request, f"{slug}-together", suffix, draw)


def _figure(
    request: HttpRequest, row: Backer, held: list[HeldPosition], *, is_today: bool
) -> ChartFigure | None:
    """Return who stands with a backer, without files of an earlier time; None where it is alone."""
    chart = _allies(request, row, held)
    if chart.is_empty:
        return None
    files = list_files("backer_picture", request, slug=row.slug) if is_today else {}
    return ChartFigure("together", chart, files)


def _allies(request: HttpRequest, row: Backer, held: list[HeldPosition]) -> MatrixChart:
    credit = list_credit(request, row.name, reverse("backer", args=[row.slug]))
    return allies_chart(str(row.pk), row.name, held, credit)


@dataclass(frozen=True, slots=True)
class Holding:
    """A position that the backer holds or held, with everything that the page shows of it."""

    backing: Backing
    label: str
    anchor: str
    tenure: Tenure
    citations: tuple[Citation, ...]
    others: tuple[Backer, ...]

    @property
    def position(self) -> Any:
        return self.backing.position


@public_view(reads=("before", "after", "as_of"), versions=versions.of_corpus, subject=BACKER)
def backer(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a backer: its kind, the positions it holds and held, since when and on what evidence.

    Positions on many pages are shown some pages at a time: all that it holds first, then those it held.
    """
    requested, place = requested_time(request), uses_by_page.parse(request.GET)
    own: tuple[Holding, ...] = ()
    held: list[HeldPosition] = []
    row = Backer.objects.filter(slug=slug).first()
    has_imported = False
    if requested:
        match = rendering.find_then(request, "backer", slug, requested, row)
        if not match.is_public:
            return rendering.not_there_then(request, requested, match, is_there_today=row is not None)
        row = past_rows.shared_row(_BACKER, match.key, requested.time)
        shown, batch = uses_by_page.batch_then(_BACKER, match.key, requested.time, place)
        if shown is not None:
            own, has_imported = _holdings_then(shown, match.key), shown.is_older_than_here
            held = holdings.in_documents(reading.document for reading in shown.readings)
    else:
        public = listed_uses("backer").filter(key=row.pk).first() if row else None
        if public is not None:
            batch = uses_by_page.batch(public, place)
            own = _holdings(public.key, batch)
            held = holdings.on_pages(batch.lasting)
    if row is None or not own:
        check_moved(request, "backer", slug)
        raise Http404
    origin = cache.origin(request)
    context = {
        "section": "backers",
        "origin": origin,
        "facts": {
            "breadcrumb": metadata.crumbs(
                origin, (_("Backers"), reverse("backers")), (row.name, request.path)
            ),
            "mainEntity": metadata.full_backer_data(row, origin),
        },
        "backer": row,
        "page_type": metadata.backer_page_type(row.kind),
        "kind": BackerKind(row.kind),
        "description": markdown.plain(row.description),
        "holds": [holding for holding in own if not holding.backing.until],
        "held": [holding for holding in own if holding.backing.until],
        "figure": _figure(request, row, held, is_today=requested is None),
        "batch": batch,
        "has_imported": has_imported,
        "site": row.website.partition("://")[2].rstrip("/"),
    }
    return rendering.respond(request, "backers/backer.html", context, requested)


def _holdings(key: uuid.UUID, batch: UseBatch) -> tuple[Holding, ...]:
    """Return the positions of the backer that are shown now, by title and order; three queries."""
    on_pages = public_backings().filter(backer=key, position__controversy__in=batch.keys)
    backings = [
        backing
        for backing in on_pages.select_related("position__controversy").order_by(
            "position__controversy__title", "position__controversy_id", "position__order"
        )
        if backing.position.controversy_id in (batch.former if backing.until else batch.lasting)
    ]
    if not backings:
        return ()
    citations: dict[Any, list[Citation]] = {}
    for citation in Citation.objects.filter(backing__in=backings).select_related("source").order_by("order"):
        citations.setdefault(citation.backing_id, []).append(citation)
    others: dict[Any, list[Backer]] = {}
    beside = (
        Backing.objects.filter(position__in=[backing.position_id for backing in backings], until="")
        .exclude(backer=key)
        .select_related("backer")
        .order_by("order")
    )
    for backing in beside:
        others.setdefault(backing.position_id, []).append(backing.backer)
    return _with_tenure(backings, citations, others)


def _holdings_then(shown: PagesShowing, key: str) -> tuple[Holding, ...]:
    """Return the positions of a backer on public pages of a time."""
    documents = [reading.document for reading in shown.readings]
    every = past_rows.rows_of(documents, Backing)
    backings = [backing for backing in every if backing.backer_id == key]
    citations: dict[Any, list[Citation]] = {}
    for citation in past_rows.rows_of(documents, Citation):
        citations.setdefault(citation.backing_id, []).append(citation)
    others: dict[Any, list[Backer]] = {}
    for backing in every:
        if backing.backer_id != key and not backing.until:
            others.setdefault(backing.position_id, []).append(backing.backer)
    return _with_tenure(backings, citations, others)


def _with_tenure(
    backings: list[Backing], citations: dict[Any, list[Citation]], others: dict[Any, list[Backer]]
) -> tuple[Holding, ...]:
    """Return the holdings of these backings, given the citations of each and who else backs each position."""
    earliest = min((backing.since for backing in backings if backing.since), default="")
    return tuple(
        Holding(
            backing,
            label(backing.position.order - 1),
            anchor("position", str(backing.position_id)),
            tenure(backing.since, backing.until, earliest=earliest),
            tuple(citations.get(backing.pk, ())),
            tuple(others.get(backing.position_id, ())),
        )
        for backing in backings
    )
