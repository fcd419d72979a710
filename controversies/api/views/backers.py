"""Backers: those that hold a position on a public page."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from controversies.api import objects
from controversies.api.addresses import next_page_url
from controversies.api.endpoint import Answer, Params
from controversies.api.objects import Row
from controversies.api.shape import ListPage
from controversies.models import Backer
from controversies.pages import past_rows
from controversies.pages.former_address import check_moved
from controversies.pages.public_rows import count_of, public_backings

from .lists import corpus_versions, filter_then, page_by_slug, shared_block_then, shared_then


def backers(request: HttpRequest, params: Params) -> Answer:
    """Answer with the list, as it is or as it was at a time."""

    def draw() -> dict[str, object]:
        if params["as_of"]:
            then = shared_then("backer", params, filter_then(params, "kind"))
            items = [Row(request, past_rows.row_of(each.block), each.uses) for each in then.rows]
            return objects.BACKERS.values(
                ListPage(items, next_page_url(request, then.next.slug if then.next else ""))
            )
        rows = _public_backers()
        if params["kind"]:
            rows = rows.filter(kind=params["kind"])
        if q := params["q"]:
            rows = rows.filter(Q(name__icontains=q) | Q(aliases__icontains=q))
        page = page_by_slug(rows, params)
        items = [Row(request, row, row.held) for row in page.rows]
        url = next_page_url(request, page.next.slug if page.next else "")
        return objects.BACKERS.values(ListPage(items, url))

    return Answer(corpus_versions(), draw)


def backer(request: HttpRequest, params: Params) -> Answer:
    """Answer with one of them, as it is or as it was at a time."""

    def draw() -> dict[str, object]:
        if params["as_of"]:
            then = shared_block_then(request, Backer, params)
            return objects.BACKER.values(Row(request, past_rows.row_of(then.block), then.uses))
        row = _public_backers().filter(slug=params["slug"]).first()
        if row is None:
            check_moved(request, "backer", params["slug"])
            raise Http404
        return objects.BACKER.values(Row(request, row, row.held))

    return Answer(corpus_versions(), draw)


def _public_backers() -> QuerySet[Any]:
    held = count_of(public_backings(), "backer")
    return Backer.objects.annotate(held=held).filter(held__gt=0)
