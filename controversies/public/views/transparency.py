"""The public log, for programs: checkpoint, tiles and entries (c2sp.org/tlog-tiles), and proofs (c2sp.org/tlog-proof).

Nothing beyond the newest signed checkpoint is served, so what is served never changes: a tile has all of its hashes, or
there is none. The log that grows is at the site's root; each log, older ones too, is at `/log/<number>/`.
"""

import hashlib
from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from controversies import history
from controversies.history.transparency import evidence, reader, tiles
from controversies.history.transparency.tiles import ENTRIES, Tile
from controversies.pages import access
from controversies.pages.policy import PAGE

TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"
_ASK_AGAIN = "no-cache"
_FOR_GOOD = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=60"  # the full tile follows

type View = Callable[..., HttpResponse]


def log_view(view: View) -> View:
    """Wrap a view of the log: GET and HEAD only, an ETag, 304 to who has it, readable by other sites' pages.

    The answer is the same for everybody, whoever is logged in.
    """

    @wraps(view)
    def view_with_headers(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", _ASK_AGAIN)
        response["Access-Control-Allow-Origin"] = "*"
        if response.status_code != 200:  # noqa: PLR2004 - OK
            return response
        response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        return get_conditional_response(request, etag=response["ETag"], response=response) or response

    return csrf_exempt(require_safe(view_with_headers))


def _missing(why: str) -> HttpResponse:
    return HttpResponse(f"{why}\n", content_type=TEXT, status=404)


def _unsigned() -> HttpResponse:
    return _missing(_("This log has no signed checkpoint yet."))


@log_view
def checkpoint(request: HttpRequest, log: int | None = None) -> HttpResponse:
    """Answer with the newest signed checkpoint, with all its signatures; one query."""
    newest = reader.newest_checkpoint(log)
    return HttpResponse(newest.note, content_type=TEXT) if newest else _unsigned()


@gzip_page
@log_view
def tile(request: HttpRequest, address: str, log: int | None = None) -> HttpResponse:
    """Answer with a tile's hashes or, under `entries/`, with its entries; two queries, of at most 256 rows."""
    wanted = tiles.parse_address(address)
    if wanted is None:
        return _missing(_("The address of a tile is written like tile/0/x001/234 or tile/0/x001/234.p/9."))
    newest = reader.newest_checkpoint(log)
    if newest is None:
        return _unsigned()
    if not wanted.is_in(newest.size):
        return _missing(
            _(
                "The signed log has %(size)s entries, and no such tile; its partial tiles end in .p/ and a number."
            )
            % {"size": newest.size}
        )
    response = HttpResponse(_content(newest.log, wanted), content_type=BYTES)
    response["Cache-Control"] = _FOR_GOOD if wanted.is_full else _SHORT
    return response


def _content(log: int, wanted: Tile) -> bytes:
    if wanted.level == ENTRIES:
        return tiles.join_entries(reader.entries(log, wanted.first, wanted.width))
    return b"".join(reader.tile_hashes(log, wanted.level, wanted.first, wanted.width))


@access.public_view(reads=(), subject=PAGE)
@log_view
def proof(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Answer with the proof that a revision is in the log, against its newest checkpoint, and what its JSON lacks.

    Six queries, seven where words were removed.
    """
    page = access.public_page(request, slug)
    try:
        inclusion = reader.proof_of_revision(page.key, number)
    except LookupError:
        raise Http404 from None
    if inclusion is None:
        return _missing(_("No signed checkpoint covers this revision yet. Please try again later."))
    reading = history.at(page.key, number)
    if reading is None:
        raise Http404
    return HttpResponse(str(evidence.with_evidence(inclusion, reading)), content_type=TEXT)
