"""Lists of the API: their version, and one page of rows by key."""

from typing import Any

from django.db.models import QuerySet

from controversies.api.endpoint import Params
from controversies.history import arrivals
from controversies.kit.keyset import Keyset, KeysetPage

BY_SLUG = Keyset(("slug",))


def corpus_versions() -> tuple[bytes, ...]:
    """The version of every list over all pages: the newest arrival stands for all that is public. One query."""
    return (arrivals.newest().encode(),)


def page_by_slug[Row](rows: QuerySet[Any, Row], params: Params) -> KeysetPage[Row]:
    """The page of rows that a request asks for, whose cursor is an address. One query."""
    return BY_SLUG.page(rows, params["limit"], after=_key(params))


def _key(params: Params) -> list[str] | None:
    return [params["cursor"]] if params["cursor"] else None


def page_by_key[Row](rows: QuerySet[Any, Row], params: Params) -> KeysetPage[Row]:
    """The same of rows whose cursor is a key."""
    return Keyset(("pk",)).page(rows, params["limit"], after=_key(params))
