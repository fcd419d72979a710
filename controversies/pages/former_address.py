"""Redirects from the addresses of backers, sources and topics that were merged into others."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse

from controversies.document.types import BY_NAME
from controversies.history import former

from .public_rows import is_public


class PageMoved(Exception):
    """A redirect for good, from a former address to `url`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


def check_moved(request: HttpRequest, type_name: str, slug: str) -> None:
    """Raise PageMoved if the backer, source or topic of this address was merged into one that readers see.

    The new address is that of the same view, with the same query. For addresses that no row has: two queries at most.
    """
    key = former.find_living(type_name, slug)
    if key is None or request.resolver_match is None:
        return
    slugs = BY_NAME[type_name].model._default_manager.filter(is_public(type_name), pk=key)
    now = slugs.values_list("slug", flat=True).first()
    if now is None:
        return
    url = reverse(request.resolver_match.view_name, kwargs={**request.resolver_match.kwargs, "slug": now})
    query = request.META.get("QUERY_STRING", "")
    raise PageMoved(f"{url}?{query}" if query else url)


def row_at(request: HttpRequest, rows: QuerySet[Any], slug: str) -> Any:
    """Return the one with this address of topics, backers or sources that readers see.

    Raise PageMoved if it was merged into another, and Http404 if there is none.
    """
    row = rows.filter(slug=slug).first()
    if row is None:
        check_moved(request, str(rows.model._meta.model_name), slug)
        raise Http404
    return row


def address_now(type_name: str, slug: str) -> str:
    """Return the address of today for one that may be a former one; one query, two more if it is."""
    return slug if not slug else former.living_slug(type_name, slug) or slug
