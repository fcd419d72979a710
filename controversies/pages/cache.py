"""One cache for answers that were drawn before, where a new one is sure to be the same.

A page is a pure function of the history that its digest stands for, of what was taken out of that history
(`redactions.epoch()`), of what today's page shows of checks (`PageState.checks`), of the language, the site's name, the
address it is served at, and the release (`release_id()`). Those are the cache key and the ETag, so no entry is ever
stale. Only anonymous readers are served from the cache; whether they may see the page is decided before.
"""

import hashlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from threading import Lock
from time import monotonic
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from controversies.history import revisions_recorded, words_removed

from . import access, tombstones
from .access import has_session
from .release import release_id

HTML, JSON = "text/html; charset=utf-8", "application/json"
ATOM, XML = "application/atom+xml; charset=utf-8", "application/xml; charset=utf-8"
PREFIX = "crux:"  # a cache server may serve others too
TTL = 24 * 60 * 60  # seconds; then it is drawn again, and comes out the same
_PAGE_PATH = re.compile(r"/controversies/([-a-z0-9]+)/")


class CachedAnswer(NamedTuple):
    """A body, with all headers of its response once that has passed the whole stack (`PageCache`)."""

    body: bytes
    headers: dict[str, str]


def respond(
    request: HttpRequest,
    name: str,
    versions: tuple[bytes, ...],
    draw: Callable[[], str],
    content_type: str = HTML,
    *,
    cacheable: bool = True,
) -> HttpResponse:
    """Return the answer that `draw` makes, or has made for the same digests; 304 if the reader has it.

    If there are too many variants to be cached, it is drawn each time, but a reader who has it still gets 304.
    """

    def encode() -> bytes:
        text = draw()
        return (tombstones.draw(text) if content_type == HTML else text).encode()

    if has_session(request):
        return HttpResponse(encode(), content_type=content_type)
    key = _key(name, versions, origin(request))
    return _conditional(request, key, encode, content_type, cacheable=cacheable)


def respond_to_all(
    request: HttpRequest,
    name: str,
    versions: tuple[bytes, ...],
    draw: Callable[[], bytes],
    content_type: str,
) -> HttpResponse:
    """Return an answer that is costly to draw, and the same at every address and for every user.

    Each process draws one at a time; no header or query makes it draw one again.
    """
    return _conditional(request, _key(name, versions), draw, content_type, lock=_drawing)


_drawing = Lock()


def _conditional(
    request: HttpRequest,
    key: str,
    draw: Callable[[], bytes],
    content_type: str,
    *,
    cacheable: bool = True,
    lock: AbstractContextManager[object] | None = None,
) -> HttpResponse:
    etag = f'"{key[:32]}"'
    if request.headers.get("if-none-match"):
        unchanged = get_conditional_response(request, etag=etag)
        if unchanged is not None:
            unchanged["ETag"] = etag
            return unchanged
    answer = cache.get(PREFIX + key) if cacheable else None
    if answer is None:
        with lock or nullcontext():
            answer = cache.get(PREFIX + key) if lock else None
            if answer is None:
                answer = CachedAnswer(draw(), {})
                if cacheable:
                    cache.set(PREFIX + key, answer, TTL)
    return HttpResponse(answer.body, content_type=content_type, headers={"ETag": etag})


class PageCache:
    """Middleware: answer today's page of a controversy before the rest of the stack runs.

    One small query asks whether readers may see the page, and which revision is its newest. The answer is used for a
    twentieth of a second (unless this process itself records a revision): an edit shows, and a withdrawn page is
    gone, almost at once, and a crowd of readers costs the database nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        release_id()  # now: a file that is changed while the server runs belongs to the next release

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or request.META.get("QUERY_STRING") or has_session(request):
            return self.get_response(request)
        path = _PAGE_PATH.fullmatch(request.path_info)
        page = _newest(request, path[1]) if path else None
        if page is None or not page.is_public:
            return self.get_response(request)
        key = page_key(request, page)
        answer = cache.get(PREFIX + key)
        if answer is None or not answer.headers:
            response = self.get_response(request)
            if response.status_code == HTTPStatus.OK:
                cache.set(PREFIX + key, CachedAnswer(response.content, dict(response.items())), TTL)
            return response
        response = HttpResponse(answer.body, headers=answer.headers)
        if request.headers.get("if-none-match"):
            etag = answer.headers.get("ETag")
            return get_conditional_response(request, etag=etag, response=response) or response
        return response


PAGE = "page"


def page_key(request: HttpRequest, page: access.PageState) -> str:
    """Return the cache key of today's page."""
    return _key(PAGE, (page.version_today,), origin(request))


HEAD_TTL = 0.05  # seconds
_MAX_HEADS = 1000  # pages
_heads: dict[str, tuple[float, access.PageState]] = {}


def forget(*_args: object, **_kwargs: object) -> None:
    """Forget which revisions are the newest."""
    _heads.clear()


revisions_recorded.connect(forget)
words_removed.connect(forget)


def _newest(request: HttpRequest, slug: str) -> access.PageState | None:
    """Return the page's state as it is, or was at most HEAD_TTL ago."""
    now = monotonic()
    read_at, page = _heads.get(slug, (0.0, None))
    if page is not None and now - read_at < HEAD_TTL:
        access.use(request, page)  # what draws the answer must not ask again
        return page
    page = _find(request, slug)
    if page is not None:
        if len(_heads) >= _MAX_HEADS:
            forget()
        _heads[slug] = (now, page)
    return page


def _find(request: HttpRequest, slug: str) -> access.PageState | None:
    """Call access.find() without Django's health check of a persistent connection: the query itself is one."""
    connection.health_check_done = True  # type: ignore[attr-defined]  # the stubs lack it
    was_connected = connection.connection is not None
    try:
        return access.find(request, slug)
    except OperationalError:  # the database was restarted meanwhile, or is down
        connection.close()
        if not was_connected:
            raise
        return access.find(request, slug)


def _key(name: str, versions: tuple[bytes, ...], address: str = "") -> str:
    """Return the digest of all that an answer depends on, in hexadecimal."""
    parts = (name, *(version.hex() for version in versions), get_language() or "", address)
    return hashlib.sha256("\n".join((*parts, settings.SITE_NAME, release_id())).encode()).hexdigest()


def origin(request: HttpRequest) -> str:
    """Return the site's address as the request names it, as "https://example.org"."""
    return f"{request.scheme}://{request.get_host()}"
