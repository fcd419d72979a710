"""Lists of the API: their version, and one page of rows by key."""

from typing import Any

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from controversies.api.endpoint import Params, ProblemResponse
from controversies.api.problems import problem
from controversies.document.types import BY_NAME
from controversies.history import as_of
from controversies.history.as_of import SharedAtTime, SharedFilter
from controversies.kit.keyset import Keyset, KeysetPage, make_page
from controversies.pages import versions
from controversies.pages.former_address import check_moved
from controversies.pages.public_rows import listed_uses, rows_of

BY_SLUG = Keyset(("slug",))


def corpus_versions() -> tuple[bytes, ...]:
    """The version of every list over all pages. One query."""
    return (versions.CORPUS,)


def page_by_slug[Row](rows: QuerySet[Any, Row], params: Params) -> KeysetPage[Row]:
    """The page of rows that a request asks for, whose cursor is an address. One query."""
    return BY_SLUG.page(rows, params["limit"], after=cursor_key(params))


def cursor_key(params: Params) -> list[str] | None:
    """The key after which the page begins that a request asks for, None for the first."""
    return [params["cursor"]] if params["cursor"] else None


def page_by_key[Row](rows: QuerySet[Any, Row], params: Params) -> KeysetPage[Row]:
    """The same of rows whose cursor is a key."""
    after = (
        params["cursor"].rpartition(".")[2] if params["cursor"] else None
    )  # of a time, it has the page's key, too
    return Keyset(("pk",)).page(rows, params["limit"], after=[after] if after else None)


def shared_row(request: HttpRequest, type_name: str, params: Params, count: str) -> Any:
    """The public topic, backer or source of the address in the path, with the number of its uses. Two queries.

    Raises Http404 if no public page shows one of this address, and PageMoved if it was merged into another.
    """
    rows = rows_of(listed_uses(type_name).filter(slug=params["slug"]), count)
    if not rows:
        check_moved(request, type_name, params["slug"])
        raise Http404
    return rows[0]


# -- as of a time --


def filter_then(params: Params) -> SharedFilter:
    """The filter of a request for a list, by its words, kind and DOI."""
    doi = params.get("doi")
    return SharedFilter(kind=params["kind"] or "", labels=(doi,) if doi else (), text=params["q"] or "")


def shared_then(
    block_type: str, params: Params, filters: SharedFilter | None = None
) -> KeysetPage[SharedAtTime]:
    """The same page of the topics, backers or sources of a time. One query."""
    rows = as_of.shared_blocks(
        BY_NAME[block_type],
        params["as_of"],
        order=as_of.SLUG,
        limit=params["limit"] + 1,
        filters=filters,
        after=cursor_key(params),
    )
    return make_page(rows, params["limit"], is_first=not params["cursor"])


def key_then(request: HttpRequest, model: type[Model], params: Params) -> str:
    """The key of what had the address in the path at the time or, where it was there, has it today. Two queries.

    Raises Http404 if nothing public ever had it, ProblemResponse if it was not there then, and PageMoved if it was
    merged before.
    """
    name = str(model._meta.model_name)
    today = model._default_manager.filter(slug=params["slug"]).values_list("pk", flat=True).first()
    match = as_of.find_slug(name, params["slug"], params["as_of"], today=str(today) if today else None)
    if match is None:
        raise Http404
    if not match.is_public:
        if today is None and match.first <= params["as_of"]:
            check_moved(request, name, params["slug"])
        sentence = _("No public page showed this then. It was first shown at %s.") % match.first.isoformat()
        raise ProblemResponse(problem(404, sentence))
    return match.key


def shared_block_then(request: HttpRequest, model: type[Model], params: Params) -> SharedAtTime:
    """The topic, backer or source of the address in the path, as it was at the time. Three queries. Raises as above."""
    key = key_then(request, model, params)
    block_type = BY_NAME[str(model._meta.model_name)]
    rows = as_of.shared_blocks(block_type, params["as_of"], filters=SharedFilter(key=key))
    if not rows:
        raise Http404
    return rows[0]
