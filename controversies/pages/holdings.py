"""Positions that backers hold today, read for several backers or pages at once, at a flat cost."""

import uuid
from collections.abc import Iterable
from typing import NamedTuple

from controversies.document.types import Document, label
from controversies.history.log_lines import fetch
from controversies.models import Backing

from . import past_rows

PAGES = 8  # of each backer, by title
MOST = 2_000  # positions that are held on several pages


class HeldPosition(NamedTuple):
    """A backer that holds a position on a public page. Keys are strings."""

    backer: str
    backer_name: str
    backer_slug: str
    page: str
    page_title: str
    page_slug: str
    position: str
    label: str
    claim: str


# A backer's pages are those with the first titles, by an index; on each, its positions are looked up one by one, so
# that neither a backer of very many pages nor a page of very many backers makes it slower.
_OF_BACKERS = """
    SELECT h.backer, k.name, k.slug, h.page, h.title, c.slug, s.id, s.place, s.claim FROM (
        SELECT asked.key AS backer, u.controversy_id AS page, u.title FROM unnest(%(keys)s::uuid[]) asked (key)
        CROSS JOIN LATERAL (
            SELECT p.controversy_id, p.title FROM controversies_pageuse p
            WHERE p.type = 'backer' AND p.key = asked.key AND p.uses > p.former
            ORDER BY p.title, p.controversy_id LIMIT %(pages)s
        ) u
    ) h
    JOIN controversies_backer k ON k.id = h.backer
    JOIN controversies_controversy c ON c.id = h.page
    CROSS JOIN LATERAL (
        SELECT p.id, p."order" AS place, p.claim FROM controversies_position p
        WHERE p.controversy_id = h.page AND (
            SELECT true FROM controversies_backing b
            WHERE b.position_id = p.id AND b.backer_id = h.backer AND b.until = '' LIMIT 1
        )
    ) s
    ORDER BY h.title, h.page, s.place
"""


def of_backers(keys: Iterable[object]) -> list[HeldPosition]:
    """Return the positions that these backers hold on their first `PAGES` public pages by title; one query."""
    rows = fetch(_OF_BACKERS, {"keys": list(map(str, keys)), "pages": PAGES})
    return [
        HeldPosition(
            *(str(backer), name, slug, str(page), title, address, str(position), label(place - 1), claim)
        )
        for backer, name, slug, page, title, address, position, place, claim in rows
    ]


def on_pages(pages: Iterable[uuid.UUID]) -> list[HeldPosition]:
    """Return the positions that are held on these pages, which must be public, `MOST` at most; one query."""
    rows = Backing.objects.filter(position__controversy__in=list(pages), until="").select_related(
        "backer", "position__controversy"
    )
    rows = rows.order_by("position__controversy__title", "position__controversy", "position__order", "order")
    return [_of_row(row) for row in rows[:MOST]]


def in_documents(documents: Iterable[Document]) -> list[HeldPosition]:
    """Return the same of pages of an earlier time, from their documents."""
    return [_of_row(row) for row in past_rows.rows_of(documents, Backing) if not row.until][:MOST]


def _of_row(row: Backing) -> HeldPosition:
    page = row.position.controversy
    return HeldPosition(
        *(str(row.backer_id), row.backer.name, row.backer.slug, str(page.pk), page.title, page.slug),
        *(str(row.position_id), label(row.position.order - 1), row.position.claim),
    )
