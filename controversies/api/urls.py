"""The addresses below /api/: the endpoints, the page to try them at, and 404 for all others."""

import re
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, register_converter
from django.views.decorators.csrf import csrf_exempt

from controversies.pages import cache, versions
from controversies.pages.policy import RELEASE, PublicPolicy

from .addresses import VERSION
from .endpoint import Endpoint, respond
from .endpoints import ENDPOINTS, INDEX
from .openapi import text
from .page import page


class AnythingConverter:
    """The rest of an address, whatever it is."""

    regex = "(?s:.*)"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(AnythingConverter, "anything")


_OF_RELEASE = PublicPolicy(frozenset(), versions.of_release, RELEASE, is_for_all=True)


@csrf_exempt
def openapi(request: HttpRequest) -> HttpResponse:
    """The description of the API."""
    return respond(
        request, lambda: cache.respond(request, "openapi", (), text, "application/json"), _OF_RELEASE
    )


@csrf_exempt
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer 404 at any other address."""

    def nothing() -> HttpResponse:
        raise Http404

    return respond(request, nothing, PublicPolicy())


def _view(endpoint: Endpoint) -> Callable[..., HttpResponse]:
    """Return Django's view, which tells its policy."""
    view: Any = csrf_exempt(endpoint)
    view.policy = endpoint.policy
    return view


openapi.policy = _OF_RELEASE  # type: ignore[attr-defined]


def _address(template: str) -> str:
    return VERSION.removeprefix("/api/") + re.sub(r"\{([a-z]+)\}", r"<str:\1>", template)


urlpatterns = [
    path("", page, name="api"),
    path("v1/openapi.json", openapi, name="api_openapi"),
    *(path(_address(each.path), _view(each), name=f"api_{each.name}") for each in ENDPOINTS),
    path("v1", _view(INDEX), name="api_index"),  # as people type it
    path("<anything:rest>", unknown, name="api_unknown"),
]
