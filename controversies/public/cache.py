"""Answer with what was drawn before, where that is sure to be the same.

A page is a pure function of the history that its digest stands for, of the language, the site's name, the
address it is served at, and this program. Those are the cache's key and the ETag: nothing ever expires, and
nothing is ever stale. Only anonymous readers are served so; whether they may see the page was asked before.
"""

import hashlib
from collections.abc import Callable
from functools import cache as remember
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from .access import is_known

HTML, JSON = "text/html; charset=utf-8", "application/json"
KEPT = 24 * 60 * 60  # seconds; then it is drawn again, and comes out the same


def respond(
    request: HttpRequest,
    what: str,
    versions: tuple[bytes, ...],
    draw: Callable[[], str],
    content_type: str = HTML,
) -> HttpResponse:
    """The answer that `draw` makes, or has made before for the same digests; 304 for who has it already."""
    if is_known(request):
        return HttpResponse(draw(), content_type=content_type)
    name = (what, *(version.hex() for version in versions), get_language() or "", origin(request))
    key = hashlib.sha256("\n".join((*name, settings.SITE_NAME, program())).encode()).hexdigest()
    etag = f'"{key[:32]}"'
    if request.headers.get("if-none-match"):
        unchanged = get_conditional_response(request, etag=etag)
        if unchanged is not None:
            return unchanged
    body = cache.get(f"crux:{key}")
    if body is None:
        body = draw().encode()
        cache.set(f"crux:{key}", body, KEPT)
    return HttpResponse(body, content_type=content_type, headers={"ETag": etag})


def origin(request: HttpRequest) -> str:
    """The site's address as whoever asks wrote it, as "https://example.org"."""
    return f"{request.scheme}://{request.get_host()}"


@remember
def program() -> str:
    """A digest of what draws pages: a new version of this program never serves what the old one drew."""
    here = Path(__file__).parent
    files = sorted(
        path
        for folder in (here, settings.BASE_DIR / "templates", here.parent / "static")
        for path in folder.rglob("*")
        if path.suffix in {".py", ".html", ".css", ".svg"}
    )
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
