"""Feeds that somebody opens in a browser: it draws XML by its stylesheet, but shows the source of Atom's own type."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from .cache import ATOM, XML

_HEADER = "Sec-Fetch-Dest"  # what a browser wants an answer for: “document” is a page in a window; readers send none


class OpenedFeeds:
    """Middleware around the cache: gives a feed that is opened as a page the type of XML."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.endswith(".atom"):
            patch_vary_headers(response, [_HEADER])
            if response.get("Content-Type") == ATOM and request.headers.get(_HEADER) == "document":
                response["Content-Type"] = XML
        return response
