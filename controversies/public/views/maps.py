"""The map of a topic: how its pages relate, by the backers and sources that they share."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.kit.keyset import KeysetPage
from controversies.models import PageUse, Topic
from controversies.pages import cache, metadata, versions
from controversies.pages.access import public_view
from controversies.pages.former_address import row_at
from controversies.pages.pictures.matrix import MatrixChart
from controversies.pages.pictures.of_lists import topic_chart
from controversies.pages.policy import TOPIC
from controversies.pages.public_rows import public_topics
from controversies.pages.shared_uses import pages_of_topic, shared_uses
from controversies.public.chart_files import ChartFigure, list_credit, list_file, list_files


@public_view(reads=("before", "after"), versions=versions.of_corpus, subject=TOPIC)
def topic_map(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how the pages of a topic relate, some pages at a time by title."""
    topic = row_at(request, public_topics(), slug)
    page, is_misplaced = _pages(request, topic)
    origin = cache.origin(request)
    context = {
        "section": "controversies",
        "origin": origin,
        "topic": topic,
        "list_page": page,
        "is_misplaced": is_misplaced,
        "figure": ChartFigure(
            "map", _chart(request, topic, page), list_files("topic_picture", request, slug=topic.slug)
        ),
        "facts": {
            "breadcrumb": metadata.crumbs(
                origin,
                (_("Controversies"), reverse("controversies")),
                (topic.title, reverse("topic", args=[topic.slug])),
                (_("Map"), request.path),
            )
        },
    }
    return render(request, "pictures/topic.html", context)


@public_view(reads=("before", "after"), subject=TOPIC, is_for_all=True)
def topic_picture(request: HttpRequest, slug: str, suffix: str) -> HttpResponse:
    """Return the map of a part of a topic's pages as a file."""
    topic = row_at(request, public_topics(), slug)

    def draw() -> bytes:
        page, _is_misplaced = _pages(request, topic)
        return _chart(request, topic, page).file(suffix)

    return list_file(request, f"{slug}-map", suffix, draw)


def _pages(request: HttpRequest, topic: Topic) -> tuple[KeysetPage[PageUse], bool]:
    """Return the pages of the topic that the address asks for, and whether its place was not there."""
    after, before = request.GET.get("after", "")[:200], request.GET.get("before", "")[:200]
    page = pages_of_topic(topic.pk, after=after, before=before)
    return (page, False) if page is not None else (pages_of_topic(topic.pk) or KeysetPage(), True)


def _chart(request: HttpRequest, topic: Topic, page: KeysetPage[PageUse]) -> MatrixChart:
    notes = (_("A part of the topic’s pages, by title."),) if page.previous or page.next else ()
    return topic_chart(
        [(use.controversy_id, use.title, use.controversy.slug) for use in page.rows],
        shared_uses(page.rows),
        list_credit(request, topic.title, reverse("topic_map", args=[topic.slug])),
        notes,
    )
