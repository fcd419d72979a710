"""Answer with what was drawn before, where that is sure to be the same.

A page is a pure function of the history that its digest stands for, of what was taken out of that history
(`redactions.epoch()`), of the language, the site's name, the address it is served at, and this program. Those are
the cache's key and the ETag: nothing ever expires, and nothing is ever stale. Only anonymous readers are served so;
whether they may see the page was asked before.
"""

import hashlib
import re
from collections.abc import Callable
from functools import cache as remember
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from time import monotonic

from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from controversies.history import revisions_recorded, words_removed

from . import access, tombstones
from .access import is_known

HTML, JSON = "text/html; charset=utf-8", "application/json"
ATOM, XML = "application/atom+xml; charset=utf-8", "application/xml; charset=utf-8"
_ADDRESS = re.compile(r"/controversies/([-a-z0-9]+)/")
KEPT = 24 * 60 * 60  # seconds; then it is drawn again, and comes out the same


def respond(
    request: HttpRequest,
    what: str,
    versions: tuple[bytes, ...],
    draw: Callable[[], str],
    content_type: str = HTML,
    *,
    kept: bool = True,
) -> HttpResponse:
    """The answer that `draw` makes, or has made before for the same digests; 304 for who has it already.

    What is too various to be kept is drawn anew, unless whoever asks has it.
    """
    if is_known(request):
        drawn = draw()
        return HttpResponse(
            tombstones.draw(drawn) if content_type == HTML else drawn, content_type=content_type
        )
    key = _key(request, what, *versions)
    etag = f'"{key[:32]}"'
    if request.headers.get("if-none-match"):
        unchanged = get_conditional_response(request, etag=etag)
        if unchanged is not None:
            unchanged["ETag"] = etag
            return unchanged
    body = cache.get(f"crux:{key}") if kept else None
    if body is None:
        body = tombstones.draw(draw()).encode() if content_type == HTML else draw().encode()
        if kept:
            cache.set(f"crux:{key}", body, KEPT)
    return HttpResponse(body, content_type=content_type, headers={"ETag": etag})


def picture(
    request: HttpRequest, what: str, versions: tuple[bytes, ...], draw: Callable[[], bytes], content_type: str
) -> HttpResponse:
    """As respond(), for what costs much to draw and is the same at whatever address and for whomever.

    Each process draws one at a time; nothing that whoever asks sends along makes it draw one again.
    """
    name = (what, *(version.hex() for version in versions), get_language() or "", settings.SITE_NAME)
    key = hashlib.sha256("\n".join((*name, program())).encode()).hexdigest()
    etag = f'"{key[:32]}"'
    if request.headers.get("if-none-match"):
        unchanged = get_conditional_response(request, etag=etag)
        if unchanged is not None:
            return unchanged
    body = cache.get(f"crux:{key}")
    if body is None:
        with _drawing:
            body = cache.get(f"crux:{key}")
            if body is None:
                body = draw()
                cache.set(f"crux:{key}", body, KEPT)
    return HttpResponse(body, content_type=content_type, headers={"ETag": etag})


_drawing = Lock()


class Remembered:
    """Middleware: today's page of a controversy, answered before the rest of the stack runs.

    Whether readers may see the page, and which revision is its newest, is asked of the database in one small
    query, and believed for a twentieth of a second (unless this process itself records a revision): so an edit
    shows, and a withdrawn page is gone, as good as at once, and a crowd of readers costs the database nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or request.META.get("QUERY_STRING") or is_known(request):
            return self.get_response(request)
        address = _ADDRESS.fullmatch(request.path_info)
        page = _newest(request, address[1]) if address else None
        if page is None or not page.is_public:
            return self.get_response(request)
        name = f"crux:whole:{_key(request, 'page', page.version)}"
        whole = cache.get(name)
        if whole is None:
            response = self.get_response(request)
            if response.status_code == HTTPStatus.OK:
                cache.set(name, (dict(response.items()), response.content), KEPT)
            return response
        headers, body = whole
        response = HttpResponse(body, headers=headers)
        if request.headers.get("if-none-match"):
            return get_conditional_response(request, etag=headers.get("ETag"), response=response) or response
        return response


_BELIEVED = 0.05  # seconds
_MANY = 1000  # pages
_newest_known: dict[str, tuple[float, access.Page]] = {}


def forget(*_args: object, **_named: object) -> None:
    """Believe nothing about which revisions are the newest."""
    _newest_known.clear()


revisions_recorded.connect(forget)
words_removed.connect(forget)


def _newest(request: HttpRequest, slug: str) -> access.Page | None:
    """The page as it was known to be a moment ago, or is."""
    now = monotonic()
    asked, page = _newest_known.get(slug, (0.0, None))
    if page is not None and now - asked < _BELIEVED:
        return page
    page = _find(request, slug)
    if page is not None:
        if len(_newest_known) >= _MANY:
            forget()
        _newest_known[slug] = (now, page)
    return page


def _find(request: HttpRequest, slug: str) -> access.Page | None:
    """As access.find(); that a kept connection is alive is seen by the query itself, not asked before it."""
    connection.health_check_done = True  # type: ignore[attr-defined]  # the stubs lack it
    try:
        return access.find(request, slug)
    except OperationalError:  # the database was restarted meanwhile
        connection.close()
        return access.find(request, slug)


def _key(request: HttpRequest, what: str, *versions: bytes) -> str:
    """What the answer depends on, in short."""
    name = (what, *(version.hex() for version in versions), get_language() or "", origin(request))
    return hashlib.sha256("\n".join((*name, settings.SITE_NAME, program())).encode()).hexdigest()


def origin(request: HttpRequest) -> str:
    """The site's address as whoever asks wrote it, as "https://example.org"."""
    return f"{request.scheme}://{request.get_host()}"


@remember
def program() -> str:
    """A digest of what draws pages: a new version of this program never serves what the old one drew."""
    here = Path(__file__).parent
    files = sorted(
        path
        for folder in (
            here,
            here.parent / "public",
            here.parent / "api",
            here.parent / "document",
            here.parent / "interchange",
            settings.BASE_DIR / "templates",
            here.parent / "static",
        )
        for path in folder.rglob("*")
        if path.suffix in {".py", ".html", ".css", ".svg"}
    )
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
