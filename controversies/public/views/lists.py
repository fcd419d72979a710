"""The home page, the list of controversies, and the pages of topics."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.document.text import headline
from controversies.history import log
from controversies.history.log_lines import LogLine
from controversies.kit.keyset import Keyset, KeysetPage
from controversies.models import Confidence, Controversy, Revision, Status
from controversies.pages import cache, lines, metadata
from controversies.pages.access import public_view
from controversies.pages.public_rows import public_topics

PAGE = 20
RECENT = 5
CHANGED, TITLE = "changed", "title"
ORDERS = {CHANGED: gettext_lazy("Last changed"), TITLE: gettext_lazy("Title")}
_KEYSETS = {CHANGED: Keyset(("changed", "pk"), descending=True), TITLE: Keyset(("sorted_title", "pk"))}


@dataclass
class ControversyQuery:
    """The query of a list's URL. Invalid values are left out, and `faults` says so."""

    topic: str = ""
    status: str = ""
    order: str = CHANGED
    after: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def filters(self) -> str:
        """The filters as a query string, for the link to the next page."""
        filters = QueryDict(mutable=True)
        for name, default in (("topic", ""), ("status", ""), ("order", CHANGED)):
            if getattr(self, name) != default:
                filters[name] = getattr(self, name)
        return filters.urlencode()

    @property
    def is_narrowed(self) -> bool:
        return bool(self.topic or self.status)


@public_view
def home(request: HttpRequest) -> HttpResponse:
    """Show current controversies, recent changes and the meaning of the marks."""
    origin = cache.origin(request)
    context = _context(parse(request.GET)) | {
        "recent": [(line, lines.words(line)) for line in log.latest_changes(RECENT, substantive=False)],
        "confidences": list(Confidence),
        "statuses": list(Status),
        "origin": origin,
    }
    context["facts"] = {"isPartOf": metadata.searchable(origin), "mainEntity": _items(context, origin)}
    return render(request, "lists/home.html", context)


@public_view
def controversies(request: HttpRequest) -> HttpResponse:
    """List all controversies."""
    origin = cache.origin(request)
    context = _context(parse(request.GET)) | {"origin": origin}
    context["facts"] = {
        "breadcrumb": metadata.crumbs(origin, (_("Controversies"), request.path)),
        "mainEntity": _items(context, origin),
    }
    return render(request, "lists/controversies.html", context)


@public_view
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a topic and its controversies. A topic without public pages is not public either."""
    row = public_topics().filter(slug=slug).first()
    if row is None:
        raise Http404
    query = parse(request.GET)
    query.topic = row.slug
    origin = cache.origin(request)
    context = _context(query) | {"topic": row, "origin": origin}
    context["facts"] = {
        "breadcrumb": metadata.crumbs(
            origin, (_("Controversies"), reverse("controversies")), (row.title, request.path)
        ),
        "mainEntity": _items(context, origin),
    }
    return render(request, "lists/topic.html", context)


def _items(context: dict[str, Any], origin: str) -> dict[str, Any]:
    """Return the controversies on this page of the list as linked data."""
    return metadata.items(
        origin, "controversy", [(each.title, each.slug) for each, *_rest in context["listed"]]
    )


def parse(params: QueryDict) -> ControversyQuery:
    """Read the query of a list's URL."""
    query = ControversyQuery(topic=params.get("topic", ""), after=params.get("after", ""))
    status, order = params.get("status", ""), params.get("order", CHANGED)
    if not status or status in Status.values:
        query.status = status
    else:
        query.faults.append(_("There is no status “%s”.") % status[:80])
    if order in ORDERS:
        query.order = order
    else:
        query.faults.append(_("We can’t sort by “%s”.") % order[:80])
    return query


def _context(query: ControversyQuery) -> dict[str, Any]:
    """Return the context of a list's template: one page of controversies; a constant number of queries."""
    topics = list(public_topics().order_by("title"))
    if query.topic and query.topic not in {topic.slug for topic in topics}:
        query.faults.append(_("There is no topic “%s”.") % query.topic[:80])
        query.topic = ""
    page = _page(query)
    latest = log.latest([str(each.pk) for each in page.rows])
    listed = []
    for each in page.rows:
        line = latest.get(str(each.pk))
        listed.append((each, line, _reason(line) if line else ""))
    return {
        "query": query,
        "topics": topics,
        "statuses": list(Status),
        "orders": ORDERS.items(),
        "listed": listed,
        "next": page.next.slug if page.next else "",
    }


def _reason(line: LogLine) -> str:
    """Return the reason for the last substantive change; without one, the change in words."""
    return headline(line.entry.summary) or lines.words(line)


def _page(query: ControversyQuery) -> KeysetPage[Any]:
    """Return one page of the list, which begins after the controversy that the query names."""
    newest = Revision.objects.filter(controversy=OuterRef("pk")).order_by("-number").values("time")[:1]
    rows: QuerySet[Any] = Controversy.objects.public().annotate(
        changed=Subquery(newest), sorted_title=Lower("title")
    )
    keyset = _KEYSETS[query.order]
    key = None
    if query.after:
        key = rows.filter(slug=query.after).values_list(*keyset.fields).first()
        if key is None:
            query.faults.append(_("“%s” is not in this list, so this is its first page.") % query.after[:80])
    if query.topic:
        rows = rows.filter(topic__slug=query.topic)
    if query.status:
        rows = rows.filter(status=query.status)
    rows = (
        rows.select_related("topic")
        .annotate(points_count=Count("points"))
        .defer("context", "attribution")
        .prefetch_related("positions")
    )
    return keyset.page(rows, PAGE, after=key)


__all__ = ["controversies", "home", "parse", "topic"]
