"""An address of the API, declared once, and how a request for it is answered.

In this order: the method, the parameters, access, whether the client has it already (304, from digests, before anything
is drawn), and only then the answer itself.
"""

import datetime
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.functional import Promise
from django.utils.http import http_date
from django.utils.translation import gettext as _

from controversies import history
from controversies.history.blame import RETRY_SECONDS, BlameUnderway
from controversies.kit.outages import outage_of
from controversies.pages import access, cache, versions
from controversies.pages.former_address import PageMoved
from controversies.pages.policy import (
    BACKER,
    LISTS,
    PAGE,
    SOURCE,
    TOPIC,
    FindVersions,
    PublicPolicy,
    set_public_headers,
)

from . import parameters
from .parameters import InvalidRequest, Parameter
from .problems import problem

METHODS = "GET, HEAD, OPTIONS"
# Pages of other sites may read, and ask whether they have it already. Never with cookies.
_CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Content-Location, ETag, Link"}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-Modified-Since, If-None-Match",
    "Access-Control-Max-Age": "86400",  # seconds
}

_SUBJECTS = {"controversies": PAGE, "topics": TOPIC, "backers": BACKER, "sources": SOURCE}

logger = logging.getLogger("django.request")


@dataclass(frozen=True)
class Answer:
    """The facts that are known before anything is drawn, and the function that draws.

    `versions` are digests of all that the body depends on besides the address. `draw` gives JSON values, or their
    text. A list has its `next` among them.
    """

    versions: tuple[bytes, ...]
    draw: Callable[[], dict[str, object] | str]
    name: str = ""  # in the cache, if not the address's own
    modified: datetime.datetime | None = None
    links: tuple[tuple[str, str], ...] = ()  # relation and address
    location: str = ""  # the permanent address of just this


class ProblemResponse(Exception):
    """An error with its response."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


type Params = dict[str, Any]  # the values of a request's parameters, by name


@dataclass(frozen=True)
class Endpoint:
    """One address: its path under /api/v1, its parameters, and the function that answers with which component."""

    name: str
    path: str
    summary: Promise
    about: Promise | str
    group: Promise
    parameters: tuple[Parameter, ...]
    component: str  # of the description: the schema of the answer
    answer: Callable[[HttpRequest, Params], Answer]
    problems: tuple[int, ...] = ()  # besides those of every address
    shows_checks: bool = False  # of one page, with what is known of its sources now

    do_not_call_in_templates: ClassVar[bool] = True

    @property
    def in_path(self) -> set[str]:
        return {each.name for each in self.parameters if f"{{{each.name}}}" in self.path}

    @property
    def policy(self) -> PublicPolicy:
        """The policy for caches: each address is about one page, topic, backer or source, or about all pages."""
        noun, *rest = self.path.strip("/").split("/")
        subject = _SUBJECTS.get(noun, LISTS) if rest else LISTS
        find_versions: FindVersions = versions.of_corpus
        if subject == PAGE:
            find_versions = versions.of_signed_page if self.shows_checks else versions.of_page_in_log
        return PublicPolicy(None, find_versions, subject, is_old=True, is_for_all=True)

    def __call__(self, request: HttpRequest, **path: str) -> HttpResponse:
        """Django's view."""
        return respond(request, lambda: self._get(request, path), self.policy, path)

    def _get(self, request: HttpRequest, path: dict[str, str]) -> HttpResponse:
        in_path = tuple(each for each in self.parameters if each.name in path)
        in_query = tuple(each for each in self.parameters if each.name not in path)
        try:
            params = parameters.read(path, "", in_path)
        except InvalidRequest:  # no such address can exist
            raise Http404 from None
        params |= parameters.read({}, request.META.get("QUERY_STRING", ""), in_query)
        answer = self.answer(request, params)
        links = list(answer.links)

        def draw() -> str:
            drawn = answer.draw()
            if isinstance(drawn, str):
                return drawn
            if drawn.get("next"):
                links.append(("next", str(drawn["next"])))
            return json.dumps(drawn, ensure_ascii=False, indent=1) + "\n"

        name = answer.name or f"api {self.name} {json.dumps(params, default=str, sort_keys=True)}"
        response = cache.respond(request, name, answer.versions, draw, cache.JSON)
        if links:
            response["Link"] = ", ".join(f'<{address}>; rel="{relation}"' for relation, address in links)
        if answer.modified is not None:
            response["Last-Modified"] = http_date(answer.modified.timestamp())
        if answer.location:
            response["Content-Location"] = answer.location
        return response


def respond(
    request: HttpRequest,
    answer: Callable[[], HttpResponse],
    policy: PublicPolicy,
    path: Mapping[str, str] = {},
) -> HttpResponse:
    """The response to a request of any method, with the headers that all of them have; errors as problems."""
    request.COOKIES = {}  # the API knows no users
    if request.method == "OPTIONS":
        response = HttpResponse(headers={"Allow": METHODS, **_PREFLIGHT})
        del response["Content-Type"]
    elif request.method not in ("GET", "HEAD"):
        response = problem(405)
        response["Allow"] = METHODS
    else:
        response = _answer_or_problem(answer, request)
    for name, value in _CORS.items():
        response[name] = value
    set_public_headers(response, policy, path)
    if request.method == "HEAD":
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def _answer_or_problem(answer: Callable[[], HttpResponse], request: HttpRequest) -> HttpResponse:
    try:
        return answer()
    except InvalidRequest as error:
        return problem(400, error.detail, faults=error.faults)
    except Http404:
        return problem(404)
    except access.PageWithdrawn:
        return problem(410)
    except PageMoved as moved:
        return HttpResponsePermanentRedirect(moved.url)
    except history.UnreadableRevision as error:
        logger.error("%s: %s", request.path, error)
        return problem(410, _("This version cannot be shown: a part of it is missing from the record."))
    except BlameUnderway:
        response = problem(503)
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
    except ProblemResponse as error:
        return error.response
    except Exception as error:
        if outage_of(error):
            raise  # for all pages alike (handler500)
        got_request_exception.send(sender=None, request=request)
        logger.exception(
            "Internal Server Error: %s", request.path, extra={"status_code": 500, "request": request}
        )
        return problem(500)
