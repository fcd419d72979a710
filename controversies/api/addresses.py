"""Whole addresses of pages and of the API, for whatever host the request came to."""

from django.http import HttpRequest, QueryDict

from controversies.pages import cache
from controversies.pages.as_of import PARAMETER

VERSION = "/api/v1"


def address(request: HttpRequest, path: str, **parameters: str | int | None) -> str:
    """The whole address of a path of the site, with those of the parameters that have a value."""
    query = QueryDict(mutable=True)
    for name, value in parameters.items():
        if value is not None and value != "":
            query[name] = str(value)
    return f"{cache.origin(request)}{path}{'?' + query.urlencode() if query else ''}"


def api(request: HttpRequest, path: str, **parameters: str | int | None) -> str:
    """The whole address of a path of the API."""
    return address(request, VERSION + path, **parameters)


def address_then(request: HttpRequest, path: str, **parameters: str | int | None) -> str:
    """The same address of a page that takes `as_of`, at the time that the request asks about, if it asks about one."""
    return address(request, path, **parameters, **{PARAMETER: request.GET.get(PARAMETER)})


def api_then(request: HttpRequest, path: str, **parameters: str | int | None) -> str:
    """The same address of the API, at the time that the request asks about, if it asks about one."""
    return address_then(request, VERSION + path, **parameters)


def next_page_url(request: HttpRequest, cursor: str) -> str | None:
    """The address of the next page of the list at hand, None without a cursor."""
    if not cursor:
        return None
    query = QueryDict(request.META.get("QUERY_STRING", ""), mutable=True)
    query["cursor"] = cursor
    return f"{cache.origin(request)}{request.path}?{query.urlencode()}"
