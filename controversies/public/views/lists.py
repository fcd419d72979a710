"""The list of controversies, and the pages of topics."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.document import types
from controversies.document.text import headline
from controversies.history import Reading, as_of, log
from controversies.history.as_of import PageFilter
from controversies.history.log_lines import LogLine
from controversies.kit.keys import MAX_NUMBER
from controversies.kit.keyset import Keyset, KeysetPage, make_page
from controversies.models import (
    ContestedPoint,
    Controversy,
    ListedPage,
    PageUpkeep,
    Publication,
    Status,
    Topic,
)
from controversies.pages import cache, lines, metadata, past_rows, upkeep, versions
from controversies.pages.access import public_view
from controversies.pages.as_of import RequestedTime, requested_time
from controversies.pages.former_address import address_now, check_moved
from controversies.pages.policy import TOPIC
from controversies.pages.public_rows import public_topics
from controversies.public import rendering

PAGE = 20
LIST_PARAMETERS = ("topic", "status", "order", "after", "as_of")
CHANGED, TITLE = as_of.CHANGED, as_of.TITLE
OLDEST, UNREVIEWED = "oldest", "unreviewed"
ORDERS = {
    CHANGED: gettext_lazy("Last changed"),
    OLDEST: gettext_lazy("Oldest first"),
    UNREVIEWED: gettext_lazy("Never reviewed first"),
    TITLE: gettext_lazy("Title"),
}
_KEYSETS = {
    CHANGED: Keyset(("changed", "pk"), descending=True),
    OLDEST: Keyset(("changed", "pk")),
    UNREVIEWED: upkeep.KEYSET,
    TITLE: Keyset(("sorted_title", "pk")),
}


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


@dataclass(frozen=True, slots=True)
class PageSummary:
    """A controversy in a list, as it is or as it was at a time, and the number of its newest revision."""

    key: str
    number: int
    slug: str
    title: str
    question: str
    status: str
    topic: Any  # slug and title
    positions: tuple[Any, ...]  # claim and confidence of each
    points: int
    language: str = ""
    is_older_than_here: bool = False  # whether its newest revision came here later than its time says

    @classmethod
    def of_row(cls, row: Controversy | ListedPage | PageUpkeep) -> "PageSummary":
        """Make one of a row of `_page()`."""
        page = row if isinstance(row, Controversy) else row.controversy
        return cls(
            *(str(page.pk), MAX_NUMBER, page.slug, page.title, page.question, page.status, page.topic),
            positions=tuple(page.positions.all()),
            points=row.points_count,  # type: ignore[union-attr]  # annotated
            language=page.language,
        )

    @classmethod
    def of_reading(cls, reading: Reading, *, is_older_than_here: bool) -> "PageSummary":
        """Make one of a revision."""
        document, head = reading.document, reading.document.head
        return cls(
            *(document.key, reading.number, head.slug, head.title, head.question, head.status, head.topic),
            positions=document.positions,
            points=len(document.points),
            language=head.language,
            is_older_than_here=is_older_than_here,
        )


@public_view(reads=LIST_PARAMETERS, versions=versions.of_corpus)
def controversies(request: HttpRequest) -> HttpResponse:
    """List all controversies."""
    origin, requested = cache.origin(request), requested_time(request)
    context = list_context(parse(request.GET), requested, topics_to_choose(requested)) | {"origin": origin}
    context["facts"] = {
        "breadcrumb": metadata.crumbs(origin, (_("Controversies"), request.path)),
        "mainEntity": linked_items(context, origin),
    }
    return rendering.respond(request, "lists/controversies.html", context, requested)


@public_view(reads=LIST_PARAMETERS, versions=versions.of_corpus, subject=TOPIC)
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a topic and its controversies. A topic without public pages is not public either."""
    requested = requested_time(request)
    row = public_topics().filter(slug=slug).first()
    if requested:
        match = rendering.find_then(request, "topic", slug, requested, row)
        if not match.is_public:
            return rendering.not_there_then(request, requested, match, is_there_today=row is not None)
        [topic_then] = _topics_then(requested, match.key)
        row = topic_then
    if row is None:
        check_moved(request, "topic", slug)
        raise Http404
    query = parse(request.GET)
    query.topic = row.slug
    origin = cache.origin(request)
    context = list_context(query, requested, [row]) | {"topic": row, "section": "topics", "origin": origin}
    context["facts"] = {
        "breadcrumb": metadata.crumbs(origin, (_("Topics"), reverse("topics")), (row.title, request.path)),
        "mainEntity": linked_items(context, origin),
    }
    return rendering.respond(request, "lists/topic.html", context, requested)


def linked_items(context: dict[str, Any], origin: str) -> dict[str, Any]:
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


def _topics_then(requested: RequestedTime, key: str = "") -> list[Topic]:
    """Return the topics of a time, by title, or the one with this key; one query."""
    topics = as_of.shared_blocks(
        types.TOPIC, requested.time, filters=as_of.SharedFilter(key=key), counted=False
    )
    return [past_rows.row_of(each.block) for each in topics]


def topics_to_choose(requested: RequestedTime | None) -> list[Topic]:
    """Return all topics that a list can be filtered by, by title; one query."""
    return _topics_then(requested) if requested else list(public_topics().order_by("title"))


def list_context(
    query: ControversyQuery, requested: RequestedTime | None, topics: list[Topic]
) -> dict[str, Any]:
    """Return the context of a list's template: one page of controversies, of one of these topics if one is asked for.

    A constant number of queries.
    """
    keys = {topic.slug: topic.pk for topic in topics}
    if query.topic and query.topic not in keys:
        query.topic = address_now("topic", query.topic)
    if query.topic and query.topic not in keys:
        query.faults.append(_("There is no topic “%s”.") % query.topic[:80])
        query.topic = ""
    page = _page_then(query, requested) if requested else _page(query, keys.get(query.topic))
    latest = log.latest({each.key: each.number for each in page.rows})
    listed = []
    for each in page.rows:
        line = latest.get(each.key)
        listed.append((each, line, _reason(line) if line else ""))
    return {
        "query": query,
        "topics": topics,
        "statuses": list(Status),
        "orders": ORDERS.items(),
        "listed": listed,
        "has_imported": any(each.is_older_than_here for each in page.rows),
        "first_public": as_of.first_public_time() if requested and not listed else None,
        "next": page.next.slug if page.next else "",
    }


def _reason(line: LogLine) -> str:
    """Return the reason for the last substantive change; without one, the change in words."""
    return headline(line.entry.summary) or lines.words(line)


def _page_then(query: ControversyQuery, requested: RequestedTime) -> KeysetPage[PageSummary]:
    """Return one page of the list as it was at a time; two queries, three with a place to go on from."""
    if query.order not in (CHANGED, TITLE):
        fault = _("Lists of an earlier time can’t be sorted by “%s”, so this one is by last change.")
        query.faults.append(fault % ORDERS[query.order])
        query.order = CHANGED
    time, place = requested.time, None
    if query.after:
        at_slug = as_of.pages(time, as_of.SLUG, 1, filters=PageFilter(slug=query.after))
        if at_slug:
            place = at_slug[0].place(query.order)
        else:
            query.faults.append(_("“%s” is not in this list, so this is its first page.") % query.after[:80])
    filters = PageFilter(
        shows=(("topic", query.topic),) if query.topic else (), labels=(query.status,) if query.status else ()
    )
    places = as_of.pages(time, query.order, PAGE + 1, filters=filters, after=place)
    older = {each.key: each.is_older_than_here for each in places}
    rows = [
        PageSummary.of_reading(each, is_older_than_here=older[each.document.key])
        for each in as_of.readings_of(places)
    ]
    return make_page(rows, PAGE, is_first=place is None)


def _page(query: ControversyQuery, topic_key: object) -> KeysetPage[PageSummary]:
    """Return one page of the list, which begins after the controversy that the query names.

    The key of its topic is given, for then an index has the pages in their order. (Of a join, none has.)
    """
    by_title = query.order == TITLE
    keyset = _KEYSETS[query.order]
    rows = _rows_in_order(query.order)
    key = None
    if query.after:
        place = rows.filter(**{"slug" if by_title else "controversy__slug": query.after})
        key = place.values_list(*keyset.fields).first()
        if key is None:
            query.faults.append(_("“%s” is not in this list, so this is its first page.") % query.after[:80])
    if query.topic:
        rows = rows.filter(topic=topic_key)
    if query.status:
        rows = rows.filter(status=query.status)
    path = "" if by_title else "controversy__"
    points = ContestedPoint.objects.filter(controversy=OuterRef("pk")).order_by().values("controversy")
    rows = (
        rows.select_related(f"{path}topic")
        .annotate(points_count=Coalesce(Subquery(points.values(count=Count("pk"))), 0))
        .defer(f"{path}context", f"{path}attribution")
        .prefetch_related(f"{path}positions")
    )
    page = keyset.page(rows, PAGE, after=key)
    return KeysetPage(
        tuple(map(PageSummary.of_row, page.rows)),
        next=PageSummary.of_row(page.next) if page.next else None,
    )


def _rows_in_order(order: str) -> QuerySet[Any]:
    """The rows of public pages that have what a list of this order is sorted by."""
    if order == TITLE:
        return Controversy.objects.public().annotate(sorted_title=Lower("title"))
    if order == UNREVIEWED:
        return PageUpkeep.objects.all()
    return ListedPage.objects.filter(publication=Publication.PUBLISHED)


__all__ = [
    "LIST_PARAMETERS",
    "controversies",
    "linked_items",
    "list_context",
    "parse",
    "topic",
    "topics_to_choose",
]
