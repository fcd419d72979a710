"""The list of sources, and the page of each with all its citations."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.checks import display
from controversies.checks.digests import quote_digest
from controversies.checks.display import ShownCheck, SourceChecks
from controversies.document.types import BY_NAME, Position, label
from controversies.history.as_of import PagesShowing
from controversies.kit.identifiers import doi_address
from controversies.kit.keys import anchor
from controversies.models import Citation, Controversy, Source, SourceKind, page_paths
from controversies.pages import alphabetical, cache, metadata, past_rows, uses_by_page, versions
from controversies.pages.access import public_view
from controversies.pages.as_of import requested_time
from controversies.pages.draw import LISTED_TYPES
from controversies.pages.former_address import check_moved
from controversies.pages.policy import SOURCE
from controversies.pages.public_rows import citations_on, listed_uses
from controversies.pages.uses_by_page import UseBatch
from controversies.public import rendering
from controversies.public.views.cite import source_files

_SOURCE = BY_NAME["source"]


@public_view(reads=("q", "kind", "before", "after", "as_of"), versions=versions.of_corpus)
def sources(request: HttpRequest) -> HttpResponse:
    """List all sources cited on public pages, by title."""
    query, requested = alphabetical.parse(request.GET, SourceKind.values), requested_time(request)
    if requested:
        page, query = alphabetical.page_then(_SOURCE, requested, query, count="uses")
    else:
        page, query = alphabetical.page(_SOURCE, query, count="uses")
    context = {
        "section": "sources",
        "origin": cache.origin(request),
        "query": query,
        "list_page": page,
        "kinds": SourceKind.choices,
        "facts": metadata.listing(
            cache.origin(request),
            _("Sources"),
            "sources",
            "source",
            [(each.title, each.slug) for each in page.rows],
        ),
    }
    return rendering.respond(request, "sources/sources.html", context, requested)


@dataclass(frozen=True, slots=True)
class Use:
    """One citation of a source: its purpose in words, and its place on the page."""

    citation: Citation
    page: Controversy
    tile: str  # a position's letter, or ""
    purpose: str
    text: str  # of the statement it is cited for
    anchor: str
    order: tuple[int, int, int]
    check: ShownCheck | None = None

    @property
    def is_of_backer(self) -> bool:
        """Whether it is evidence that a backer holds a position, and not that the position is right."""
        return self.citation.backing_id is not None


@public_view(reads=("before", "after", "as_of"), versions=versions.of_corpus, subject=SOURCE)
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a source: its metadata, its links and all its citations, those of many pages some pages at a time."""
    requested, place = requested_time(request), uses_by_page.parse(request.GET)
    uses: list[Use] = []
    row = Source.objects.filter(slug=slug).first()
    has_imported = False
    if requested:
        match = rendering.find_then(request, "source", slug, requested, row)
        if not match.is_public:
            return rendering.not_there_then(request, requested, match, is_there_today=row is not None)
        row = past_rows.shared_row(_SOURCE, match.key, requested.time)
        shown, batch = uses_by_page.batch_then(_SOURCE, match.key, requested.time, place)
        if shown is not None:
            uses, has_imported = _uses_then(shown, match.key), shown.is_older_than_here
    else:
        public = listed_uses("source").filter(key=row.pk).first() if row else None
        if public is not None:
            batch = uses_by_page.batch(public, place)
            uses = _uses(public.key, batch)
    if row is None or not uses:
        check_moved(request, "source", slug)
        raise Http404
    origin = cache.origin(request)
    known = None if requested else _read_checks(row, uses, batch)
    if known:
        address = display.address_of(row)
        uses = [
            replace(use, check=known.for_citation(quote_digest(use.citation.quote), address)) for use in uses
        ]
    pages = [(page, list(group)) for page, group in groupby(uses, key=lambda use: use.page)]
    context = {
        "section": "sources",
        "origin": origin,
        "facts": {
            "breadcrumb": metadata.crumbs(
                origin, (_("Sources"), reverse("sources")), (row.title, request.path)
            ),
            "mainEntity": metadata.source_data(row, origin)
            | metadata.notices_data(known.notices if known else ())
            | {"mainEntityOfPage": origin + request.path},
        },
        "source": row,
        "kind": SourceKind(row.kind),
        "address": row.url or (doi_address(row.doi) if row.doi else ""),
        "batch": batch,
        "pages": pages,
        "known": known,
        "has_imported": has_imported,
        "files": source_files(row.slug),
    }
    return rendering.respond(request, "sources/source.html", context, requested)


def _read_checks(row: Source, uses: list[Use], batch: UseBatch) -> SourceChecks | None:
    """Return what is known of the source today, and of these quotations on public pages.

    One query; two more if there are others, which may decide on the verdict.
    """
    digests = {quote_digest(use.citation.quote) for use in uses if use.citation.quote}
    if not batch.is_whole:
        digests |= display.absent_quotes([row])
    known = display.read_checks([row], digests)[str(row.pk)]
    return known if known != SourceChecks() else None


def _uses(key: uuid.UUID, batch: UseBatch) -> list[Use]:
    """Return the public uses of the source that are shown now, by page and in the order of the page; two queries."""
    citations = (
        Citation.objects.filter(source=key) if batch.is_whole else citations_on(batch.lasting, source=key)
    )
    uses = _in_order(citations.select_related(*page_paths(Citation), "stance__point", "backing__backer"))
    return [use for use in uses if use.page.pk in batch.keys]


def _uses_then(shown: PagesShowing, key: str) -> list[Use]:
    """Return the uses of a source on these public pages of a time, in the same order."""
    citations = past_rows.rows_of([reading.document for reading in shown.readings], Citation)
    return _in_order(each for each in citations if str(each.source_id) == key)


def _in_order(citations: Iterable[Citation]) -> list[Use]:
    uses = [_use(citation) for citation in citations]
    return sorted(uses, key=lambda use: (use.page.title, str(use.page.pk), use.order))


def _use(citation: Citation) -> Use:
    place = anchor("source", str(citation.pk))
    if citation.controversy is not None:
        return Use(
            citation, citation.controversy, "", _("Cited in the context"), "", place, (0, 0, citation.order)
        )
    if citation.point is not None:
        point = citation.point
        purpose = _("Cited on contested point %d") % point.order
        return Use(
            citation, point.controversy, "", purpose, point.title, place, (1, point.order, citation.order)
        )
    for block_type in LISTED_TYPES:
        block = getattr(citation, block_type.name)
        if block is not None and block_type.part is not Position:
            purpose = _("Cited on %s") % (block_type.in_sentence % block_type.number(block.order - 1))
            order = (3, block.order, citation.order)
            return Use(citation, block.controversy, "", purpose, str(block), place, order)
    if citation.stance is not None:
        stance = citation.stance
        position, text = stance.position, f"{stance.point.title}: {stance.text}"
        purpose, rank = _("Cited on position %(label)s, point %(number)d"), 2
        purpose %= {"label": label(position.order - 1), "number": stance.point.order}
    elif citation.backing is not None:
        backing = citation.backing
        position, text, rank = backing.position, backing.note, 1
        purpose = _("Evidence that %(backer)s holds position %(label)s") % {
            "backer": backing.backer.name,
            "label": label(position.order - 1),
        }
    elif citation.position is not None:
        position, text, rank = citation.position, citation.position.claim, 0
        purpose = _("Cited on position %s") % label(position.order - 1)
    else:
        raise TypeError("A citation belongs to exactly one part; the database makes sure of it.")
    return Use(
        citation,
        position.controversy,
        label(position.order - 1),
        purpose,
        text,
        place,
        (2, position.order, rank * 1000 + citation.order),
    )
