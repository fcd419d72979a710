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
from controversies.pages.public_rows import count_of, public_backings

from .lists import corpus_versions, page_by_slug


def backers(request: HttpRequest, params: Params) -> Answer:
    """Answer with the list."""

    def draw() -> dict[str, object]:
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
    """Answer with one of them."""

    def draw() -> dict[str, object]:
        row = _public_backers().filter(slug=params["slug"]).first()
        if row is None:
            raise Http404
        return objects.BACKER.values(Row(request, row, row.held))

    return Answer(corpus_versions(), draw)


def _public_backers() -> QuerySet[Any]:
    held = count_of(public_backings(), "backer")
    return Backer.objects.annotate(held=held).filter(held__gt=0)
