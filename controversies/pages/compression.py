"""Compression of answers, and the rule that keeps secrets out of it (BREACH).

Whoever can make a browser ask for an address, and see how long the encrypted answer is, can guess a secret in it from
how well it compresses beside text of their own. So only answers are compressed that say `Cache-Control: public` with a
time for shared caches: they are the same for everybody, hence hold no CSRF token, no session's data and no other
secret. Forms, the desk, log-in and everything for a user with a session are never compressed, by the shipped proxy
neither.
"""

import gzip
import re
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from .policy import is_shareable

LEAST: Final = 500  # bytes; less fits in a packet anyway
_LEVEL: Final = 5  # nearly as small as 9, in a third of the time
_TEXT: Final = re.compile(
    r"text/|application/(json|problem\+json|xml|atom\+xml|link-format|x-bibtex|vnd\.)|image/svg"
)
_ACCEPTS: Final = re.compile(r"(?:^|[,\s])(?:gzip|\*)(?![-\w])(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")


def compress(body: bytes, content_type: str) -> bytes | None:
    """Return the body compressed by gzip, None if it is too short or no text. Equal bodies give equal bytes."""
    if len(body) < LEAST or not _TEXT.match(content_type):
        return None
    return gzip.compress(body, _LEVEL, mtime=0)


def accepts(request: HttpRequest) -> bool:
    """Whether the client takes gzip."""
    header = request.META.get("HTTP_ACCEPT_ENCODING", "")
    return "gzip" in header and _ACCEPTS.search(header) is not None


def is_compressible(response: HttpResponse) -> bool:
    """Whether there is a compressed form of the answer for those who take it."""
    return (
        is_shareable(response)
        and "Content-Encoding" not in response
        and len(response.content) >= LEAST
        and _TEXT.match(response.get("Content-Type", "")) is not None
    )


def pack(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Compress an answer that is not kept, if it is the same for everybody and the client takes that."""
    if response.streaming or not is_compressible(response):
        return response
    patch_vary_headers(response, ["Accept-Encoding"])
    packed = compress(response.content, response["Content-Type"]) if accepts(request) else None
    if packed is not None:
        response.content = packed
        mark_packed(response)
    return response


def mark_packed(response: HttpResponse) -> None:
    """Set the headers of an answer whose body is compressed. Its ETag is weak: other bytes have the same."""
    response["Content-Encoding"] = "gzip"
    response["Content-Length"] = str(len(response.content))
    etag = response.get("ETag", "")
    if etag.startswith('"'):
        response["ETag"] = f"W/{etag}"
