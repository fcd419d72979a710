"""Where readers begin: the home page, the list of controversies, a topic's page."""

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
from controversies.kit.keyset import Keyset, KeysetPage
from controversies.models import Confidence, Controversy, Revision, Status
from controversies.pages import cache, lines, linked, shelf
from controversies.pages.access import public_view

PAGE = 20
RECENT = 5
CHANGED, TITLE = "changed", "title"
ORDERS = {CHANGED: gettext_lazy("Last changed"), TITLE: gettext_lazy("Title")}
_KEYSETS = {CHANGED: Keyset(("changed", "pk"), descending=True), TITLE: Keyset(("sorted_title", "pk"))}


@dataclass
class Asked:
    """What the address asks for; `faults` names what cannot be made sense of, and is left out."""

    topic: str = ""
    status: str = ""
    order: str = CHANGED
    after: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def kept(self) -> str:
        """The filters as a query, to which the link to the next page adds its place."""
        kept = QueryDict(mutable=True)
        for name, default in (("topic", ""), ("status", ""), ("order", CHANGED)):
            if getattr(self, name) != default:
                kept[name] = getattr(self, name)
        return kept.urlencode()

    @property
    def is_narrowed(self) -> bool:
        return bool(self.topic or self.status)


@public_view
def home(request: HttpRequest) -> HttpResponse:
    """What is in dispute now, what changed lately, what the marks mean."""
    origin = cache.origin(request)
    context = _listed(ask(request.GET)) | {
        "recent": [(line, lines.words(line)) for line in log.recent(RECENT, substantive=False)],
        "confidences": list(Confidence),
        "statuses": list(Status),
        "origin": origin,
    }
    context["facts"] = {"isPartOf": linked.searchable(origin), "mainEntity": _items(context, origin)}
    return render(request, "lists/home.html", context)


@public_view
def controversies(request: HttpRequest) -> HttpResponse:
    """All controversies."""
    origin = cache.origin(request)
    context = _listed(ask(request.GET)) | {"origin": origin}
    context["facts"] = {
        "breadcrumb": linked.crumbs(origin, (_("Controversies"), request.path)),
        "mainEntity": _items(context, origin),
    }
    return render(request, "lists/controversies.html", context)


@public_view
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """A topic and its controversies. One that has none that is public is not public either."""
    found = shelf.public_topics().filter(slug=slug).first()
    if found is None:
        raise Http404
    asked = ask(request.GET)
    asked.topic = found.slug
    origin = cache.origin(request)
    context = _listed(asked) | {"topic": found, "origin": origin}
    context["facts"] = {
        "breadcrumb": linked.crumbs(
            origin, (_("Controversies"), reverse("controversies")), (found.title, request.path)
        ),
        "mainEntity": _items(context, origin),
    }
    return render(request, "lists/topic.html", context)


def _items(context: dict[str, Any], origin: str) -> dict[str, Any]:
    """The controversies on this page of the list, for machines."""
    return linked.items(
        origin, "controversy", [(each.title, each.slug) for each, *_rest in context["listed"]]
    )


def ask(query: QueryDict) -> Asked:
    """What the address asks for."""
    asked = Asked(topic=query.get("topic", ""), after=query.get("after", ""))
    status, order = query.get("status", ""), query.get("order", CHANGED)
    if not status or status in Status.values:
        asked.status = status
    else:
        asked.faults.append(_("“%s” is no status, and was left out.") % status[:80])
    if order in ORDERS:
        asked.order = order
    else:
        asked.faults.append(_("“%s” is no order, and was left out.") % order[:80])
    return asked


def _listed(asked: Asked) -> dict[str, Any]:
    """A page of the list with what its template needs; a constant number of queries."""
    topics = list(shelf.public_topics().order_by("title"))
    if asked.topic and asked.topic not in {topic.slug for topic in topics}:
        asked.faults.append(_("“%s” is no topic here, and was left out.") % asked.topic[:80])
        asked.topic = ""
    page = _page(asked)
    latest = log.latest([str(each.pk) for each in page.rows])
    listed = []
    for each in page.rows:
        line = latest.get(str(each.pk))
        listed.append((each, line, _reason(line) if line else ""))
    return {
        "asked": asked,
        "topics": topics,
        "statuses": list(Status),
        "orders": ORDERS.items(),
        "listed": listed,
        "next": page.next.slug if page.next else "",
    }


def _reason(line: log.Line) -> str:
    """Why the last substantive change was made, or what it was where no reason was given."""
    return headline(line.entry.summary) or lines.words(line)


def _page(asked: Asked) -> KeysetPage[Any]:
    """The controversies after the one named."""
    newest = Revision.objects.filter(controversy=OuterRef("pk")).order_by("-number").values("time")[:1]
    found: QuerySet[Any] = Controversy.objects.public().annotate(
        changed=Subquery(newest), sorted_title=Lower("title")
    )
    keyset = _KEYSETS[asked.order]
    place = None
    if asked.after:
        place = found.filter(slug=asked.after).values_list(*keyset.fields).first()
        if place is None:
            asked.faults.append(
                _("“%s” is not in this list: it is shown from its beginning.") % asked.after[:80]
            )
    if asked.topic:
        found = found.filter(topic__slug=asked.topic)
    if asked.status:
        found = found.filter(status=asked.status)
    found = (
        found.select_related("topic")
        .annotate(points_count=Count("points"))
        .defer("context", "attribution")
        .prefetch_related("positions")
    )
    return keyset.page(found, PAGE, after=place)


__all__ = ["ask", "controversies", "home", "topic"]
