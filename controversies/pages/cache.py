"""The one cache of answers: whatever was drawn before is answered again, where a new one is sure to be the same.

An answer is a pure function of its address with the parameters that its view reads, of the versions that the view
declares (`policy.PublicPolicy`), of the language, the host and scheme it is served at, the settings that pages show,
and the release (`release_id()`). Those are the cache key, so no entry is ever stale. Only answers that are the same for
everybody are kept (`policy.is_shareable`); whether readers may see the page is decided before.
"""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language

from . import compression, tombstones
from .access import has_session
from .as_of import PARAMETER, requested_time
from .policy import PublicPolicy, Versions, is_shareable, policy_of, set_public_headers
from .release import release_id
from .session import drop_unknown_session
from .versions import CORPUS, corpus

HTML, JSON = "text/html; charset=utf-8", "application/json"
ATOM, XML = "application/atom+xml; charset=utf-8", "application/xml; charset=utf-8"
PREFIX = "crux:"  # a cache server may serve others too; keys that begin so name their content
TTL = 24 * 60 * 60  # seconds; then it is drawn again, and comes out the same


_OF_BODY = ("Content-Type", "Content-Length", "Content-Encoding")


class CachedAnswer(NamedTuple):
    """A whole answer as it left the rest of the stack: its body, the same compressed or None, and its headers."""

    body: bytes
    packed: bytes | None
    headers: tuple[tuple[str, str], ...]


class Route(NamedTuple):
    """The view of an address of the public site: its policy, the name of its URL, and its arguments."""

    policy: PublicPolicy
    name: str
    arguments: dict[str, Any]


def respond(
    request: HttpRequest,
    name: str,
    versions: Versions,
    draw: Callable[[], str],
    content_type: str = HTML,
) -> HttpResponse:
    """Return the answer that `draw` makes, or 304, without drawing, if the reader has that of the same digests."""
    if has_session(request):
        return HttpResponse(_encode(draw, content_type), content_type=content_type)
    known = tuple(corpus(request) if each is CORPUS else each for each in versions)
    etag = f'"{_key(name, known, origin(request))[:32]}"'
    unchanged = _unchanged(request, etag)
    if unchanged is not None:
        return unchanged
    return HttpResponse(_encode(draw, content_type), content_type=content_type, headers={"ETag": etag})


def respond_to_all(
    request: HttpRequest, name: str, versions: Versions, draw: Callable[[], bytes], content_type: str
) -> HttpResponse:
    """Return an answer that is costly to draw, and the same at every address and for every user.

    Each process draws one at a time; no header or query makes it draw one again.
    """
    key = _key(name, versions)
    etag = f'"{key[:32]}"'
    unchanged = _unchanged(request, etag)
    if unchanged is not None:
        return unchanged
    body = cache.get(PREFIX + key)
    if body is None:
        with _drawing:
            body = cache.get(PREFIX + key)
            if body is None:
                body = draw()
                cache.set(PREFIX + key, body, TTL)
    return HttpResponse(body, content_type=content_type, headers={"ETag": etag})


_drawing = Lock()


def _encode(draw: Callable[[], str], content_type: str) -> bytes:
    text = draw()
    return (tombstones.draw(text) if content_type == HTML else text).encode()


def _unchanged(request: HttpRequest, etag: str) -> HttpResponse | None:
    """Return 304 if the reader has the answer with this ETag."""
    if not request.META.get("HTTP_IF_NONE_MATCH"):
        return None
    response = get_conditional_response(request, etag=etag)
    if response is not None:
        response["ETag"] = etag
    return response


class PageCache:
    """Middleware: answer what was drawn before ahead of the rest of the stack, and keep what is drawn now.

    It takes what a view does not read out of a request for the public site: other parameters, and a session cookie by
    which nobody is logged in. One small query asks for the versions.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        release_id()  # now: a file that is changed while the server runs belongs to the next release

    def __call__(self, request: HttpRequest) -> HttpResponse:
        route = _find_route(request.path_info) if request.method in ("GET", "HEAD") else None
        if route is None:
            return self.get_response(request)
        if request.META.get("QUERY_STRING"):
            _drop_unread(request, route.policy)
        if request.META.get("HTTP_COOKIE"):
            if route.policy.is_for_all:
                request.COOKIES = {}
            drop_unknown_session(request)
        if has_session(request):
            return self.get_response(request)
        key = _answer_key(request, route)
        if key is None:
            return compression.pack(request, self.get_response(request))
        answer: CachedAnswer | None = cache.get(PREFIX + key)
        if answer is None:
            unchanged = _unchanged(request, f'"{key[:32]}"')
            if unchanged is not None:
                set_public_headers(unchanged, route.policy, route.arguments)
                return unchanged
            response = self.get_response(request)
            if request.method != "GET" or not _is_to_be_kept(response):
                return compression.pack(request, response)
            answer = _keep(request, key, response)
        elif answer.packed is None and compression.accepts(request):
            answer = _keep_packed(key, answer)
        return _respond_again(request, answer)


@lru_cache(maxsize=4096)
def _find_route(path: str) -> Route | None:
    """Return the view of the public site at an address, None if there is none."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    policy = policy_of(match.func)
    return Route(policy, match.view_name, match.kwargs) if policy is not None else None


def _drop_unread(request: HttpRequest, policy: PublicPolicy) -> None:
    """Leave the parameters that the view reads, sorted by name: others are as if they had not been sent."""
    query = request.META["QUERY_STRING"]
    if policy.reads is None:
        return
    read = sorted(
        (pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] in policy.reads),
        key=lambda pair: pair[0],
    )
    request.META["QUERY_STRING"] = urlencode(read)
    request.GET = QueryDict(request.META["QUERY_STRING"])


def _answer_key(request: HttpRequest, route: Route) -> str | None:
    """Return the digest of all that the answer depends on; None if it must not be remembered."""
    if route.policy.find_versions is None:
        return None
    try:
        versions = route.policy.find_versions(request, **route.arguments)
    except Exception:  # the view meets the same, and says so in its own way
        return None
    if versions is None:
        return None
    query = request.META.get("QUERY_STRING", "")
    if query and PARAMETER in request.GET:
        try:
            requested = requested_time(request)
        except BadRequest:
            return None
        versions = (*versions, requested.version if requested else b"")
    return _key(f"{route.name} {request.path} {query}", versions, origin(request))


def _is_to_be_kept(response: HttpResponse) -> bool:
    return response.status_code == HTTPStatus.OK and not response.streaming and is_shareable(response)


def _keep(request: HttpRequest, key: str, response: HttpResponse) -> CachedAnswer:
    """Keep an answer, with an ETag unless its view has set one, and return it."""
    response.headers.setdefault("ETag", f'"{key[:32]}"')
    if compression.is_compressible(response):
        patch_vary_headers(response, ["Accept-Encoding"])
    answer = CachedAnswer(response.content, None, tuple(response.items()))
    if compression.accepts(request):
        answer = answer._replace(packed=compression.compress(answer.body, response["Content-Type"]))
    cache.set(PREFIX + key, answer, TTL)
    return answer


def _keep_packed(key: str, answer: CachedAnswer) -> CachedAnswer:
    """Compress an answer that was kept without, once, and return it."""
    packed = compression.compress(answer.body, dict(answer.headers)["Content-Type"])
    if packed is not None:
        answer = answer._replace(packed=packed)
        cache.set(PREFIX + key, answer, TTL)
    return answer


def _respond_again(request: HttpRequest, answer: CachedAnswer) -> HttpResponse:
    is_packed = answer.packed is not None and compression.accepts(request)
    response = HttpResponse(answer.packed if is_packed else answer.body, headers=dict(answer.headers))
    if is_packed:
        compression.mark_packed(response)
    if request.META.get("HTTP_IF_NONE_MATCH"):
        unchanged = get_conditional_response(request, etag=response["ETag"], response=response)
        if unchanged is not None and unchanged.status_code == HTTPStatus.NOT_MODIFIED:
            for name, value in response.items():
                if name not in _OF_BODY:
                    unchanged.headers.setdefault(name, value)
            return unchanged
    if request.method == "HEAD":
        response.content = b""  # its Content-Length stays
    return response


def _key(name: str, versions: Versions, address: str = "") -> str:
    """Return the digest of all that an answer depends on, in hexadecimal."""
    shown = (settings.SITE_NAME, settings.SITE_URL, settings.CHECKS, settings.CHECKS_CONTACT)
    headers = (settings.CACHE_SECONDS, settings.PURGE_URL)
    parts = (name, *(version.hex() for version in versions), get_language() or "", address)
    return hashlib.sha256("\n".join((*parts, repr((shown, headers)), release_id())).encode()).hexdigest()


def origin(request: HttpRequest) -> str:
    """Return the site's address as the request names it, as "https://example.org"."""
    return f"{request.scheme}://{request.get_host()}"
