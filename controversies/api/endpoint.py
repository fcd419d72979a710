"""An address of the API, declared once, and how a request for it is answered.

In this order: the method, the parameters, whether whoever asks may see it, whether they have it already (304, from
digests, before anything is drawn), and only then the answer itself.
"""

import datetime
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.cache import patch_cache_control
from django.utils.functional import Promise
from django.utils.http import http_date
from django.utils.translation import gettext as _

from controversies import history
from controversies.pages import access, cache

from . import parameters
from .parameters import Parameter, Unreadable
from .problems import problem

VERSION = "/api/v1"
METHODS = "GET, HEAD, OPTIONS"
# What pages of other sites may do: read, and ask whether they have it already. Never with anybody's cookies.
_CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Content-Location, ETag, Link"}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-Modified-Since, If-None-Match",
    "Access-Control-Max-Age": "86400",  # seconds
}

logger = logging.getLogger("django.request")


@dataclass(frozen=True)
class Answer:
    """What is known before anything is drawn, and how to draw it.

    `versions` are digests of all that the body depends on besides the address. `draw` gives JSON values, or their
    text. A list has its `next` among them. `kept`: worth keeping for others who ask the same.
    """

    versions: tuple[bytes, ...]
    draw: Callable[[], Any]
    kept: bool = False
    name: str = ""  # under which it is kept, if not the address's own
    modified: datetime.datetime | None = None
    links: tuple[tuple[str, str], ...] = ()  # relation and address
    location: str = ""  # the address of just this, for ever


class Problem(Exception):
    """An answer that says what is wrong."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


type Asked = dict[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """One address: its path under /api/v1, what is asked, what is answered and by which function."""

    name: str
    path: str
    summary: Promise
    about: Promise | str
    group: Promise
    parameters: tuple[Parameter, ...]
    shape: str  # the answer's, among `shapes.COMPONENTS`
    answer: Callable[[HttpRequest, Asked], Answer]
    problems: tuple[int, ...] = ()  # besides those of every address

    do_not_call_in_templates: ClassVar[bool] = True

    @property
    def in_path(self) -> set[str]:
        return {each.name for each in self.parameters if f"{{{each.name}}}" in self.path}

    def __call__(self, request: HttpRequest, **given: str) -> HttpResponse:
        """Django's view."""
        return served(request, lambda: self._get(request, given))

    def _get(self, request: HttpRequest, given: dict[str, str]) -> HttpResponse:
        try:
            path = parameters.read(given, "", self._of(given))
        except Unreadable:  # an address that nothing could be at
            raise Http404 from None
        asked = path | parameters.read({}, request.META.get("QUERY_STRING", ""), self._of(given, but=True))
        answer = self.answer(request, asked)
        links = list(answer.links)

        def draw() -> str:
            drawn = answer.draw()
            if isinstance(drawn, str):
                return drawn
            if drawn.get("next"):
                links.append(("next", drawn["next"]))
            return json.dumps(drawn, ensure_ascii=False, indent=1) + "\n"

        name = answer.name or f"api {self.name} {json.dumps(asked, default=str, sort_keys=True)}"
        response = cache.respond(request, name, answer.versions, draw, cache.JSON, cacheable=answer.kept)
        if links:
            response["Link"] = ", ".join(f'<{address}>; rel="{relation}"' for relation, address in links)
        if answer.modified is not None:
            response["Last-Modified"] = http_date(answer.modified.timestamp())
        if answer.location:
            response["Content-Location"] = answer.location
        return response

    def _of(self, given: dict[str, str], *, but: bool = False) -> tuple[Parameter, ...]:
        return tuple(each for each in self.parameters if (each.name in given) is not but)


def served(request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer for whatever method, with the headers that every answer has; problems where there are any."""
    request.COOKIES = {}  # nobody is known here
    if request.method == "OPTIONS":
        response = HttpResponse(headers={"Allow": METHODS, **_PREFLIGHT})
        del response["Content-Type"]
    elif request.method not in ("GET", "HEAD"):
        response = problem(405)
        response["Allow"] = METHODS
    else:
        response = _answered(request, answer)
    for name, value in _CORS.items():
        response[name] = value
    patch_cache_control(response, public=True, no_cache=True)
    if request.method == "HEAD":
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def _answered(request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        return answer()
    except Unreadable as unreadable:
        return problem(400, unreadable.detail, faults=unreadable.faults)
    except Http404:
        return problem(404)
    except access.PageWithdrawn:
        return problem(410)
    except history.UnreadableRevision as unreadable:
        logger.error("%s: %s", request.path, unreadable)
        return problem(410, _("This version cannot be shown: a part of it is missing from the record."))
    except Problem as found:
        return found.response
    except Exception:
        got_request_exception.send(sender=None, request=request)
        logger.exception(
            "Internal Server Error: %s", request.path, extra={"status_code": 500, "request": request}
        )
        return problem(500)


def address(request: HttpRequest, path: str, **query: Any) -> str:
    """The whole address of a path of the site, with those of the query that are given."""
    asked = QueryDict(mutable=True)
    for name, value in query.items():
        if value is not None and value != "":
            asked[name] = str(value)
    return f"{cache.origin(request)}{path}{'?' + asked.urlencode() if asked else ''}"


def api(request: HttpRequest, path: str, **query: Any) -> str:
    """The whole address of a path of the API."""
    return address(request, VERSION + path, **query)


def following(request: HttpRequest, cursor: str) -> str | None:
    """The address of this list's next part, or None if there is none."""
    if not cursor:
        return None
    asked = QueryDict(request.META.get("QUERY_STRING", ""), mutable=True)
    asked["cursor"] = cursor
    return f"{cache.origin(request)}{request.path}?{asked.urlencode()}"
