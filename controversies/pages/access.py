"""Load a page and check permission, for every view of readers, so that hidden pages are hidden in one place.

Everybody sees a published page. A draft answers 404, as if there were none; a withdrawn page answers 410. Users who
may view controversies in the admin see both, marked as such and never cached. The same holds for a revision that was
not public when it was made (`may_read`).
"""

import datetime
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import connection
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotFound,
    HttpResponsePermanentRedirect,
)
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from controversies import history
from controversies.history import Reading, UnreadableRevision, public_revisions, read, redactions
from controversies.models import Publication

from .as_of import RequestedTime, keep_time
from .former_address import PageMoved
from .policy import LISTS, FindVersions, PublicPolicy, set_public_headers
from .refusals import refuse, refuse_method

logger = logging.getLogger("django.request")
_READ, _SEND = ("GET", "HEAD"), ("GET", "HEAD", "POST")


class PageWithdrawn(Exception):
    """The page was public once and has been withdrawn: answer 410."""


class NotPublicThen(Exception):
    """The page is public, and was not at the time asked about: answer 404 and say since when it is."""

    def __init__(self, page: "PageState", requested: RequestedTime, number: int) -> None:
        super().__init__(page.slug, requested.text)
        self.page = page
        self.requested = requested
        self.number = number  # of the newest revision at the time, 0 without one


@dataclass(frozen=True, slots=True)
class PageState:
    """The state of a controversy's page: its publication and its newest revision, read before anything is drawn."""

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
    # Version of what today's page shows of checks. What is remembered of a page's history does not depend on it.
    checks: int = field(default=0, compare=False)
    log: int = field(default=0, compare=False)  # which public log is the newest with a key, 0 without one

    @property
    def version(self) -> bytes:
        """Return the version of everything on the page: its history, and what was removed from it."""
        return self.digest + self.removals

    @property
    def version_today(self) -> bytes:
        """Return the version of everything on today's page, which alone shows what is known of its sources now."""
        return b"%s checks %d" % (self.version, self.checks) if self.checks else self.version

    @property
    def removals(self) -> bytes:
        """Return the part of an old revision's cache key that its digest does not cover."""
        return str(self.epoch).encode()

    @property
    def version_in_log(self) -> bytes:
        """Return the version of what says where its revisions are in the public log, too."""
        return b"%s log %d" % (self.version_today, self.log)

    @property
    def is_public(self) -> bool:
        return self.publication == Publication.PUBLISHED


_PAGE = """
    SELECT p.*, coalesce(c.version, 0), coalesce((SELECT max(l.id) FROM controversies_log l WHERE l.vkey <> ''), 0)
    FROM controversies_page(%s) p LEFT JOIN controversies_pagechecks c ON c.controversy_id = p.key
"""  # `sql/reading.sql`


def find(request: HttpRequest, slug: str) -> PageState | None:
    """Return the page at this address, for whatever user; one query a request."""
    pages = _known_pages(request)
    if slug not in pages:
        with connection.cursor() as cursor:
            cursor.execute(_PAGE, [slug])
            row = cursor.fetchone()
        if row is None:
            pages[slug] = None
        else:
            (
                key,
                _slug,
                title,
                publication,
                number,
                digest,
                time,
                follows_public,
                imported,
                epoch,
                checks,
                log,
            ) = row
            redactions.notice_epoch(epoch)
            pages[slug] = PageState(
                *(str(key), slug, title, publication, number, bytes(digest), time, follows_public),
                is_imported=imported,
                epoch=epoch,
                checks=checks,
                log=log,
            )
    return pages[slug]


def use(request: HttpRequest, page: PageState) -> None:
    """Have the request take this for the page's state, instead of asking the database."""
    _known_pages(request)[page.slug] = page


def _known_pages(request: HttpRequest) -> dict[str, PageState | None]:
    pages: dict[str, PageState | None] = request.__dict__.setdefault("_crux_pages", {})
    return pages


def page(request: HttpRequest, slug: str) -> PageState:
    """Return the page at this address, if the user may see it. Raise Http404 or PageWithdrawn."""
    state = find(request, slug)
    if state is None:
        raise Http404
    if state.is_public or sees_hidden(request):
        return state
    if state.publication == Publication.WITHDRAWN:
        raise PageWithdrawn
    raise Http404


def public_page(request: HttpRequest, slug: str) -> PageState:
    """Return the page at this address, if readers see it, for whatever user. Raise Http404 or PageWithdrawn."""
    state = page(request, slug)
    if state.publication == Publication.WITHDRAWN:
        raise PageWithdrawn
    if not state.is_public:
        raise Http404
    return state


def reading_at(request: HttpRequest, page: PageState, number: int | None = None) -> Reading:
    """Return the page's revision with this number, the newest without one. Raise Http404 if the user may not see it."""
    return may_read(request, history.at(page.key, page.number if number is None else number))


def may_read(request: HttpRequest, reading: Reading | None) -> Reading:
    """Return the reading, if there is one and the user may see it: it was public when it was made. Raise Http404."""
    if reading is None:
        raise Http404
    if reading.document.head.publication != Publication.PUBLISHED and not sees_hidden(request):
        raise Http404
    return reading


def reading_then(request: HttpRequest, page: PageState, requested: RequestedTime) -> Reading:
    """Return the page's newest revision at a time, if the user may see it; two queries. Raise NotPublicThen."""
    number = read.as_of(page.key, requested.time)
    try:
        return reading_at(request, page, number)
    except Http404:
        raise NotPublicThen(page, requested, number) from None


def has_session(request: HttpRequest) -> bool:
    """Whether the request has a session cookie, so that somebody may be logged in; no query."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def sees_hidden(request: HttpRequest) -> bool:
    """Whether the user may see unpublished pages: drafts and withdrawn ones."""
    return has_session(request) and request.user.has_perm("controversies.view_controversy")


def may_restore(request: HttpRequest) -> bool:
    """Whether the user may restore and undo revisions at the desk."""
    return (
        has_session(request)
        and request.user.is_staff
        and request.user.has_perm("controversies.change_controversy")
    )


def may_redact(request: HttpRequest) -> bool:
    """Whether the user may remove words from the record at the desk."""
    return (
        has_session(request)
        and request.user.is_staff
        and request.user.has_perm("controversies.publish_controversy")
    )


type View = Callable[..., HttpResponse]


def public_view(
    *,
    reads: Iterable[str] | None = None,
    versions: FindVersions | None = None,
    subject: str = LISTS,
    is_old: bool = False,
    is_for_all: bool = False,
) -> Callable[[View], View]:
    """Wrap a view of the public site: GET and HEAD only, no NUL, 410 for a withdrawn page, and headers for caches.

    The view declares the parameters that it reads (others are taken out of the query before it runs), what its answers
    depend on (`pages.versions`; then they are remembered and have an ETag), and the rest of its `PublicPolicy`.
    Answers to a user with a session are private, unless they are the same for all.
    """
    policy = PublicPolicy(
        None if reads is None else frozenset(reads), versions, subject, is_old=is_old, is_for_all=is_for_all
    )

    def wrap(view: View) -> View:
        @wraps(view)
        def view_with_headers(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if request.method not in _READ:
                return refuse_method(request, _READ)
            response = _respond(view, request, *args, **kwargs)
            if has_session(request) and not policy.is_for_all:
                patch_cache_control(response, private=True, no_store=True)
                patch_vary_headers(response, ["Cookie"])
            else:
                set_public_headers(response, policy, kwargs)
            return response

        wrapped = csrf_exempt(view_with_headers)  # so that a POST gets 405, not a CSRF failure
        wrapped.policy = policy  # type: ignore[attr-defined]
        return wrapped

    return wrap


def form_view(view: View) -> View:
    """Wrap a view of a form for readers: GET, HEAD and POST, no NUL, 410 for a withdrawn page, never cached.

    The view itself checks the CSRF token (`is_from_here`), so that a failure does not lose what the reader typed.
    """

    @wraps(view)
    def view_without_cache(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method not in _SEND:
            return refuse_method(request, _SEND)
        response = _respond(view, request, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response

    return csrf_exempt(view_without_cache)


def is_from_here(request: HttpRequest) -> bool:
    """Whether a POST comes from a form that this site drew for this browser: Django's own CSRF check."""
    return _Check(withdrawn_page).process_view(request, withdrawn_page, (), {}) is None


class _Check(CsrfViewMiddleware):
    """Django's check, which returns a response instead of a page of its own."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(reason, status=403)


def _respond(view: View, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    if "\0" in request.path:
        raise Http404
    if any("\0" in value for values in request.GET.lists() for value in (values[0], *values[1])):
        raise BadRequest("NUL in the query")
    try:
        return view(request, *args, **kwargs)
    except PageWithdrawn:
        return withdrawn_page(request)
    except PageMoved as moved:
        return HttpResponsePermanentRedirect(moved.url)
    except NotPublicThen as error:
        return page_of_another_time(request, error)
    except UnreadableRevision as unreadable:
        logger.error("%s: %s", request.path, unreadable)
        return render(request, "unreadable.html", status=410)


def withdrawn_page(request: HttpRequest) -> HttpResponse:
    """Return the answer in place of what was withdrawn."""
    return refuse(request, HTTPStatus.GONE)


def page_of_another_time(request: HttpRequest, error: NotPublicThen) -> HttpResponse:
    """Return the page shown where a page was not public at the time asked about."""
    page, requested = error.page, error.requested
    first, following = public_revisions.nearest(page.key, (1, True), (max(error.number, 1), True))
    again = following if first and following and following.number > first.number else None
    since = public_revisions.shown_since(page.key, first) if first else None
    context = {"page": page, "as_of": requested, "first": first, "shown_since": since, "again": again}
    html = render_to_string("controversy/not-then.html", context, request)
    return HttpResponseNotFound(keep_time(html, requested))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the answer "not found"; caches must ask again, because a page may be published there."""
    response = refuse(request, HTTPStatus.NOT_FOUND)
    patch_cache_control(response, no_cache=True)
    return response
