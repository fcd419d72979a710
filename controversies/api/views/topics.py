"""Topics of public pages."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from controversies.api import objects
from controversies.api.addresses import next_page_url
from controversies.api.endpoint import Answer, Params
from controversies.api.objects import Row
from controversies.api.shape import ListPage
from controversies.models import PublicUse, Topic
from controversies.pages import past_rows
from controversies.pages.former_address import row_at
from controversies.pages.public_rows import public_topics

from .lists import corpus_versions, page_by_slug, shared_block_then, shared_then


def topics(request: HttpRequest, params: Params) -> Answer:
    """Answer with the list, as it is or as it was at a time."""

    def draw() -> dict[str, object]:
        if params["as_of"]:
            then = shared_then("topic", params)
            items = [Row(request, past_rows.row_of(each.block), each.uses) for each in then.rows]
            return objects.TOPICS.values(
                ListPage(items, next_page_url(request, then.next.slug if then.next else ""))
            )
        page = page_by_slug(_public_topics(), params)
        items = [Row(request, row, row.pages) for row in page.rows]
        url = next_page_url(request, page.next.slug if page.next else "")
        return objects.TOPICS.values(ListPage(items, url))

    return Answer(corpus_versions(), draw)


def topic(request: HttpRequest, params: Params) -> Answer:
    """Answer with one of them, as it is or as it was at a time."""

    def draw() -> dict[str, object]:
        if params["as_of"]:
            then = shared_block_then(request, Topic, params)
            return objects.TOPIC.values(Row(request, past_rows.row_of(then.block), then.uses))
        row = row_at(request, _public_topics(), params["slug"])
        return objects.TOPIC.values(Row(request, row, row.pages))

    return Answer(corpus_versions(), draw)


def _public_topics() -> QuerySet[Any]:
    uses = PublicUse.objects.filter(type="topic", key=OuterRef("pk"))
    return public_topics().annotate(pages=Subquery(uses.values("pages")))
