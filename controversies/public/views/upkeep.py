"""The pages that need help: what public pages lack, by need and topic."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from controversies.kit.keyset import KeysetPage
from controversies.models import Topic
from controversies.pages import cache, metadata, upkeep, versions
from controversies.pages.access import public_view
from controversies.pages.former_address import address_now
from controversies.pages.public_rows import public_topics
from controversies.pages.upkeep import Need, NeedyPage

PAGE, FEW = 25, 5  # pages on the list of one need, and on the board of all


@public_view(reads=("need", "topic", "after"), versions=versions.of_corpus_on_day)
def needs_help(request: HttpRequest) -> HttpResponse:
    """Show the board of all needs with a few pages each or, with a need, the list of the pages that have it."""
    faults: list[str] = []
    topics = list(public_topics().order_by("title"))
    topic = _topic(request.GET.get("topic", ""), topics, faults)
    key = topic.pk if topic else None
    need = _need(request.GET.get("need", ""), faults)
    today = versions.today()
    after = request.GET.get("after", "")[:100] if need else ""
    lists: list[tuple[Any, KeysetPage[NeedyPage]]] = []
    numbers = upkeep.counted_needs(today, topic=key)
    for each in numbers:
        if need not in (None, each.need):
            continue
        size = PAGE if need else FEW
        try:
            listed = upkeep.page(each.need, today, topic=key, after=after, size=size)
        except LookupError:
            faults.append(_("We can’t find that place in the list, so this is its first page."))
            listed = upkeep.page(each.need, today, topic=key, size=size)
        lists.append((each, listed))
    origin = cache.origin(request)
    context = {
        "section": "needs_help",
        "origin": origin,
        "facts": {"breadcrumb": metadata.crumbs(origin, (_("Pages that need help"), request.path))},
        "needs": numbers,
        "need": need,
        "lists": lists,
        "topics": topics,
        "topic": topic,
        "filters": urlencode({"topic": topic.slug} if topic else {}),
        "faults": faults,
        "is_plain": not (need or topic or after),
    }
    return render(request, "upkeep/needs-help.html", context)


def _topic(slug: str, topics: list[Topic], faults: list[str]) -> Topic | None:
    """The public topic at this address, or at the one that it has now; with a fault if there is none."""
    if not slug:
        return None
    by_slug = {each.slug: each for each in topics}
    topic = by_slug.get(slug) or by_slug.get(address_now("topic", slug))
    if topic is None:
        faults.append(_("There is no topic “%s”.") % slug[:80])
    return topic


def _need(value: str, faults: list[str]) -> Need | None:
    if not value:
        return None
    if value not in list(Need):
        faults.append(_("We can’t filter by “%s”.") % value[:80])
        return None
    return Need(value)
