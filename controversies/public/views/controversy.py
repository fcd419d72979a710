"""Today's page of a controversy, any old revision of it, and their JSON twins."""

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string

from controversies import history
from controversies.document import canonical
from controversies.document.types import Document
from controversies.history import Reading
from controversies.models import Block, Publication
from controversies.public import access, cache, markdown
from controversies.public.access import Page, public_view
from controversies.public.draw import Drawing

DESCRIPTION = 200  # characters


@public_view
def controversy(request: HttpRequest, slug: str) -> HttpResponse:
    """Today's page."""
    page = access.page(request, slug)
    return cache.respond(
        request, "page", (page.digest,), lambda: _html(request, page, _head(page), old=False)
    )


@public_view
def revision(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The page as one revision left it; drawn by the same code as today's, with a banner where it is older."""
    page = access.page(request, slug)
    reading = access.may_read(request, history.at(page.key, number))
    return cache.respond(
        request,
        "revision",
        (page.digest, reading.entry.digest),
        lambda: _html(request, page, reading, old=number != page.number),
    )


@public_view
def controversy_json(request: HttpRequest, slug: str) -> HttpResponse:
    """Today's document."""
    page = access.page(request, slug)
    return cache.respond(request, "json", (page.digest,), lambda: _json(_head(page).document), cache.JSON)


@public_view
def revision_json(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The document of one revision."""
    page = access.page(request, slug)
    reading = access.may_read(request, history.at(page.key, number))
    return cache.respond(
        request, "json", (reading.entry.digest,), lambda: _json(reading.document), cache.JSON
    )


def _head(page: Page) -> Reading:
    """The revision that the page's digest stands for, even if another has followed meanwhile."""
    reading = history.at(page.key, page.number)
    if reading is None:
        raise Http404
    return reading


def _json(document: Document) -> str:
    return json.dumps(canonical.document_json(document), ensure_ascii=False, indent=1) + "\n"


def _html(request: HttpRequest, page: Page, reading: Reading, *, old: bool) -> str:
    head, entry = reading.document.head, reading.entry
    drawing = Drawing(reading, page.slug, _counts(page))
    origin = cache.origin(request)
    follows_public = access.follows_public(entry) or (entry.number > 1 and access.sees_hidden(request))
    context: dict[str, Any] = {
        "page": page,
        "section": "controversies",
        "head": head,
        "entry": entry,
        "origin": origin,
        "description": describe(reading.document),
        "old": old,
        "previous": entry.number - 1,
        "next": entry.number + 1,
        "later": page.number - entry.number,
        "follows_public": follows_public,
    }
    return render_to_string(
        "controversy/controversy.html",
        {
            **context,
            **drawing.pieces(),
            "band": drawing.frame("band", (page.digest, old, follows_public), context),
            "about": drawing.frame("about", (origin, settings.SITE_NAME), context),
        },
    )


def describe(document: Document) -> str:
    """A sentence or two for those who list the page elsewhere: what is asked, and where it stands."""
    words = f"{document.head.question} {markdown.plain(document.head.status_summary)}".strip()
    return markdown.shortened(words or document.head.title, DESCRIPTION)


# How many revisions that readers may see changed each block. Which those are is told by the revisions that
# published or withdrew the page: each says what it was before and after.
_COUNTS = f"""
    WITH turns AS MATERIALIZED (
        SELECT r.number, change->>3 AS was, change->>4 AS became
        FROM controversies_revision r CROSS JOIN LATERAL jsonb_array_elements(r.changes) change
        WHERE r.controversy_id = %s AND r.changes @? '$[*] ? (@[2] == "publication")'
            AND change->>2 = 'publication'
    ), spans AS (
        SELECT number AS first, lead(number, 1, {2**31 - 1}) OVER (ORDER BY number) AS next, became AS state
        FROM turns
        UNION ALL
        SELECT 0, coalesce((SELECT min(number) FROM turns), {2**31 - 1}),
            coalesce((SELECT was FROM turns ORDER BY number LIMIT 1), %s)
    )
    SELECT b.key, count(*) FROM controversies_block b
    JOIN spans s ON s.state = '{Publication.PUBLISHED}' AND b.since >= s.first AND b.since < s.next
    WHERE b.controversy_id = %s AND b.key <> '{Block.OUTLINE}' AND b.since <= %s
    GROUP BY b.key
"""  # noqa: S608 - made of constants


@lru_cache(maxsize=1024)
def _counts(page: Page) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [page.key, page.publication, page.key, page.number])
        return {str(key): count for key, count in cursor.fetchall()}
