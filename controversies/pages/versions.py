"""Versions of what readers see: equal only if an answer is. They are asked for before anything is drawn.

Each is one small query, whose result is used for a twentieth of a second, unless this process itself records a
revision: an edit shows, and a withdrawn page is gone, almost at once; a crowd of readers costs the database nothing.
"""

import datetime
import re
from collections.abc import Callable
from time import monotonic

from django.db import OperationalError, connection
from django.http import HttpRequest
from django.utils import timezone

from controversies.checks import display
from controversies.history import earlier_texts, revisions_recorded, words_removed

from . import access
from .policy import Versions

HEAD_TTL = 0.05  # seconds
_MAX_HEADS = 1000  # pages
_SLUG = re.compile(r"[a-z0-9][-a-z0-9]{0,99}")
_heads: dict[str, tuple[float, access.PageState]] = {}
_corpus: list[tuple[float, bytes]] = []

CORPUS = b"all pages"  # stands for the version of all pages where `cache.respond` is given versions

# The newest arrival stands for all public pages and what they show, the newest removal for words taken out of them. The
# rest is what lists show besides: checks of sources, addresses of what was merged (a merge that is undone is deleted),
# and the public log with its newest checkpoint, which its witnesses may sign later.
_CORPUS = """
    SELECT (
        SELECT concat(a.position, ' ', encode(r.digest, 'hex')) FROM controversies_arrival a
        JOIN controversies_revision r ON r.controversy_id = a.controversy_id AND r.number = a.number
        ORDER BY a.position DESC LIMIT 1
    ), (SELECT max(d.id) FROM controversies_redaction d),
    (SELECT c.version FROM controversies_pagechecks c WHERE c.controversy_id = %s),
    (SELECT concat(count(*), ' ', max(m.id)) FROM controversies_merger m),
    (SELECT concat(l.id, ' ', l.vkey, ' ', md5(l.policy)) FROM controversies_log l ORDER BY l.id DESC LIMIT 1),
    (
        SELECT concat(c.id, ' ', c.is_witnessed, ' ', md5(c.note)) FROM controversies_checkpoint c
        WHERE c.log_id = (SELECT max(id) FROM controversies_log) ORDER BY c.size DESC, c.id DESC LIMIT 1
    )
"""


def forget(*_args: object, **_kwargs: object) -> None:
    """Forget which revisions are the newest."""
    _heads.clear()
    _corpus.clear()


revisions_recorded.connect(forget)
words_removed.connect(forget)


def newest(request: HttpRequest, slug: str) -> access.PageState | None:
    """Return the page's state as it is, or was at most HEAD_TTL ago; None if no page has this address."""
    if not _SLUG.fullmatch(slug):
        return None
    now = monotonic()
    read_at, page = _heads.get(slug, (0.0, None))
    if page is not None and now - read_at < HEAD_TTL:
        access.use(request, page)  # what draws the answer must not ask again
        return page
    page = _ask(lambda: access.find(request, slug))
    if page is not None:
        if len(_heads) >= _MAX_HEADS:
            _heads.clear()
        _heads[slug] = (now, page)
    return page


def corpus(request: HttpRequest) -> bytes:
    """Return the version of all that readers see over all pages, as it is, or was at most HEAD_TTL ago.

    One query a request at most.
    """
    known: bytes | None = request.__dict__.get("_crux_corpus")
    if known is None:
        now = monotonic()
        if not _corpus or now - _corpus[0][0] >= HEAD_TTL:
            _corpus[:] = [(now, _ask(read_corpus))]
        known = request.__dict__["_crux_corpus"] = _corpus[0][1]
    return known


def read_corpus() -> bytes:
    """Return the version of all that readers see over all pages, as it is; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_CORPUS, [display.CORPUS])
        return repr(cursor.fetchone()).encode()


def _ask[T](question: Callable[[], T]) -> T:
    """Ask without Django's health check of a persistent connection: the query itself is one."""
    was_connected = connection.connection is not None
    connection.health_check_done = True  # type: ignore[attr-defined]  # the stubs lack it
    try:
        return question()
    except OperationalError:
        if not was_connected:
            raise
        connection.close()  # the database was restarted meanwhile
        return question()


# -- what views declare --


def of_release(_request: HttpRequest, **_arguments: object) -> Versions:
    """Return the version of what only a release or a setting changes: none of its own."""
    return ()


def of_corpus(request: HttpRequest, **_arguments: object) -> Versions:
    """Return the version of a list over all pages."""
    return (corpus(request),)


def of_search(request: HttpRequest, **_arguments: object) -> Versions:
    """Return the version of a search: what arrived is found in earlier revisions once the worker has derived it."""
    is_earlier = request.GET.get("in") == "earlier"
    return (corpus(request), earlier_texts.version()) if is_earlier else (corpus(request),)


def of_corpus_on_day(request: HttpRequest, **_arguments: object) -> Versions:
    """Return the version of a list over all pages that also depends on the day, in UTC."""
    return (corpus(request), today().isoformat().encode())


def of_today(request: HttpRequest, slug: str, **_arguments: object) -> Versions | None:
    """Return the version of today's page, with what is known of its sources; None unless it is public."""
    page = newest(request, slug)
    return (page.version_today,) if page is not None and page.is_public else None


def of_page(request: HttpRequest, slug: str, **_arguments: object) -> Versions | None:
    """Return the version of what is told of a page's history; None unless it is public."""
    page = newest(request, slug)
    return (page.version,) if page is not None and page.is_public else None


def of_page_in_log(request: HttpRequest, slug: str, **_arguments: object) -> Versions | None:
    """Return the version of what is told of a page, with the places of its revisions in the public log."""
    page = newest(request, slug)
    return (page.version_in_log,) if page is not None and page.is_public else None


def of_signed_page(request: HttpRequest, slug: str, **_arguments: object) -> Versions | None:
    """Return the version of what is told of a page and of the newest checkpoint; None unless the page is public."""
    page = newest(request, slug)
    return (page.version_in_log, corpus(request)) if page is not None and page.is_public else None


def of_page_on_day(request: HttpRequest, slug: str, **_arguments: object) -> Versions | None:
    """Return the same of what also says which day it is, in UTC."""
    versions = of_signed_page(request, slug)
    return (*versions, today().isoformat().encode()) if versions is not None else None


def today() -> datetime.date:
    """Return which day it is, in UTC."""
    return timezone.now().astimezone(datetime.UTC).date()
