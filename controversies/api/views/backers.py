"""Backers: those that hold a position on a public page."""

from django.http import HttpRequest

from controversies.api import objects
from controversies.api.addresses import next_page_url
from controversies.api.endpoint import Answer, Params
from controversies.api.objects import Row
from controversies.api.shape import ListPage
from controversies.models import Backer
from controversies.pages import past_rows
from controversies.pages.public_rows import listed_uses, rows_of

from .lists import corpus_versions, filter_then, page_by_slug, shared_block_then, shared_row, shared_then


def backers(request: HttpRequest, params: Params) -> Answer:
    """Answer with the list, as it is or as it was at a time."""

    def draw() -> dict[str, object]:
        if params["as_of"]:
            then = shared_then("backer", params, filter_then(params))
            items = [Row(request, past_rows.row_of(each.block), each.uses) for each in then.rows]
            return objects.BACKERS.values(
                ListPage(items, next_page_url(request, then.next.slug if then.next else ""))
            )
        page = page_by_slug(listed_uses("backer", kind=params["kind"] or "", text=params["q"] or ""), params)
        items = [Row(request, row, row.held) for row in rows_of(page.rows, "held")]
        url = next_page_url(request, page.next.slug if page.next else "")
        return objects.BACKERS.values(ListPage(items, url))

    return Answer(corpus_versions(), draw)


def backer(request: HttpRequest, params: Params) -> Answer:
    """Answer with one of them, as it is or as it was at a time."""

    def draw() -> dict[str, object]:
        if params["as_of"]:
            then = shared_block_then(request, Backer, params)
            return objects.BACKER.values(Row(request, past_rows.row_of(then.block), then.uses))
        row = shared_row(request, "backer", params, "held")
        return objects.BACKER.values(Row(request, row, row.held))

    return Answer(corpus_versions(), draw)
