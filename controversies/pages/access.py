"""Load and authorise: every public view asks here, so what is hidden is hidden in one place.

Published: everybody sees it. A draft answers 404, like a thing that does not exist; what was withdrawn, 410.
Those who may view controversies in the admin see both, marked as such, and nothing of it is cached. The same
holds for a revision that was not public when it was made (`may_read`).
"""

import datetime
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from controversies.history import Reading, UnreadableRevision, redactions
from controversies.models import Publication

logger = logging.getLogger("django.request")


class Gone(Exception):
    """What was here has been withdrawn: the answer is 410."""


@dataclass(frozen=True, slots=True)
class Page:
    """What must be known of a controversy before its page is drawn: whether it may be, and its newest revision."""

    key: str
    slug: str
    title: str
    publication: str
    number: int  # of the newest revision
    digest: bytes  # …and its digest: equal only if the whole history is
    time: datetime.datetime  # …and when it was made
    follows_public: bool  # whether readers may see the revision before it
    is_imported: bool = False  # whether it began with an import, so that its text was not written here
    epoch: int = 0  # of redactions: `history.redactions.epoch()`

    @property
    def version(self) -> bytes:
        """The version of all that is drawn of the page: its history, and what was taken out of it."""
        return self.digest + self.removals

    @property
    def removals(self) -> bytes:
        """The part of an old revision's cache key that its digest does not cover."""
        return str(self.epoch).encode()

    @property
    def is_public(self) -> bool:
        return self.publication == Publication.PUBLISHED


_PAGE = "SELECT * FROM controversies_page(%s)"  # migration `redactions`


def find(request: HttpRequest, slug: str) -> Page | None:
    """The page at this address, whoever asks; one query a request."""
    known: dict[str, Page | None] = request.__dict__.setdefault("_crux_pages", {})
    if slug not in known:
        with connection.cursor() as cursor:
            cursor.execute(_PAGE, [slug])
            row = cursor.fetchone()
        if row is None:
            known[slug] = None
        else:
            key, _slug, title, publication, number, digest, time, follows_public, imported, epoch = row
            redactions.notice_epoch(epoch)
            known[slug] = Page(
                *(str(key), slug, title, publication, number, bytes(digest), time, follows_public),
                is_imported=imported,
                epoch=epoch,
            )
    return known[slug]


def page(request: HttpRequest, slug: str) -> Page:
    """The page at this address, if whoever asks may see it. Raises Http404 or Gone."""
    found = find(request, slug)
    if found is None:
        raise Http404
    if found.is_public or sees_hidden(request):
        return found
    if found.publication == Publication.WITHDRAWN:
        raise Gone
    raise Http404


def public_page(request: HttpRequest, slug: str) -> Page:
    """The page at this address, if readers see it, whoever asks. Raises Http404 or Gone."""
    found = page(request, slug)
    if found.publication == Publication.WITHDRAWN:
        raise Gone
    if not found.is_public:
        raise Http404
    return found


def may_read(request: HttpRequest, reading: Reading | None) -> Reading:
    """The reading, if there is one and it was public when it was made. Raises Http404."""
    if reading is None:
        raise Http404
    if reading.document.head.publication != Publication.PUBLISHED and not sees_hidden(request):
        raise Http404
    return reading


def is_known(request: HttpRequest) -> bool:
    """Whether somebody may be logged in; asks neither the session nor the database."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def sees_hidden(request: HttpRequest) -> bool:
    """Whether whoever asks may see what readers may not: drafts and what was withdrawn."""
    return is_known(request) and request.user.has_perm("controversies.view_controversy")


def may_restore(request: HttpRequest) -> bool:
    """Whether whoever asks may bring revisions back and undo them at the desk."""
    return (
        is_known(request)
        and request.user.is_staff
        and request.user.has_perm("controversies.change_controversy")
    )


def may_redact(request: HttpRequest) -> bool:
    """Whether whoever asks may remove words from the record at the desk."""
    return (
        is_known(request)
        and request.user.is_staff
        and request.user.has_perm("controversies.publish_controversy")
    )


type View = Callable[..., HttpResponse]


def public_view(view: View) -> View:
    """A view of the public site: GET and HEAD only, no NUL, 410 for what is gone, and honest caching.

    What anonymous readers get may be kept by anybody who asks whether it is still so (an ETag makes that
    cheap): a page that is withdrawn must be gone at once. What is drawn for somebody with a session is theirs.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = _answer(view, request, *args, **kwargs)
        if is_known(request):
            patch_cache_control(response, private=True, no_store=True)
        else:
            patch_cache_control(response, no_cache=True)
        patch_vary_headers(response, ["Cookie"])
        return response

    return csrf_exempt(require_safe(wrapped))  # nothing is written: a POST is told 405, not asked for a token


def form_view(view: View) -> View:
    """A view that takes what readers send: GET, HEAD and POST, no NUL, 410 for what is gone, kept by nobody.

    A POST's token is for the view to check (`is_from_here`): what was typed must not be lost to a bare refusal.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = _answer(view, request, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response

    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(wrapped))


def is_from_here(request: HttpRequest) -> bool:
    """Whether a POST comes from a form of this site, drawn for this browser: Django's own check."""
    return _Check(gone).process_view(request, gone, (), {}) is None


class _Check(CsrfViewMiddleware):
    """Says no and leaves the answer to whoever asks."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(reason, status=403)


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    if "\0" in request.path:
        raise Http404
    if any("\0" in value for values in request.GET.lists() for value in (values[0], *values[1])):
        raise BadRequest("NUL in the query")
    try:
        return view(request, *args, **kwargs)
    except Gone:
        return gone(request)
    except UnreadableRevision as unreadable:
        logger.error("%s: %s", request.path, unreadable)
        return render(request, "unreadable.html", status=410)


def gone(request: HttpRequest) -> HttpResponse:
    """The page that stands where a withdrawn one was."""
    return render(request, "410.html", status=410)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page that stands where there is none; nobody keeps it, for there may be one tomorrow."""
    response = render(request, "404.html", status=404)
    patch_cache_control(response, no_cache=True)
    return response
