"""Pages that cite sources of the loopback world, and the checks of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from controversies import history
from controversies import models as m
from controversies.checks import worker
from controversies.checks.fetch import NotYet
from controversies.document.types import Citation, Source
from tests.factories import ControversyFactory, Recorded, document_factory, new_key, source_block

from .clock import MovingClock
from .world import Reply, html

TITLE = "On the Release of Weights and Those Who Keep Them"
QUOTE = "Those who publish weights cannot take them back, whatever they may come to regret."
OTHER_QUOTE = "Nobody has counted the copies that were made in the first hour after the release."


def article(title: str = TITLE, *quotes: str, **options: Any) -> Reply:
    """Return a page with a title and paragraphs, the quotations among them."""
    quotes = quotes or (QUOTE, OTHER_QUOTE)
    filling = "The committee met in spring and heard eleven witnesses on three continents. "
    body = "".join(f"<p>{filling}{quote} {filling}</p>" for quote in quotes)
    return html(title, f"<h1>{title}</h1>{body}", **options)


def cited_source(
    url: str, *quotes: str, title: str = TITLE, publication: str = "published", **fields: Any
) -> tuple[Recorded, m.Source]:
    """Record a page whose first position cites a source, once for each quotation ("" for none); return both."""
    source = replace(source_block(), **{"url": url, "title": title, "doi": "", "archive_url": "", **fields})
    return page_citing({source: quotes or (QUOTE,)}, publication=publication), m.Source.objects.get(
        pk=source.key
    )


def page_citing(sources: dict[Source, Sequence[str]], publication: str = "published") -> Recorded:
    """Record a page whose first position cites sources with quotations."""
    document = document_factory(positions=2, citations=0)
    citations = tuple(
        Citation(key=new_key(), source=source.key, relation="supports", quote=quote)
        for source, quotes in sources.items()
        for quote in quotes
    )
    first = replace(document.positions[0], citations=citations)
    document = document.with_blocks(positions=(first, document.positions[1]), sources=tuple(sources))
    return ControversyFactory(document=document, publication=publication)


def requote(page: Recorded, before: str, after: str) -> None:
    """Let an editor replace a quotation on the page's first position."""
    head = history.head(page.key)
    assert head is not None
    first = head.document.positions[0]
    citations = tuple(
        replace(each, quote=after) if each.quote == before else each for each in first.citations
    )
    positions = (replace(first, citations=citations), *head.document.positions[1:])
    page.save(head.document.with_blocks(positions=positions))


def checked(source: m.Source, clock: MovingClock, *, scheduled: bool = False) -> m.SourceState:
    """Check a source now, moving on to when its host may be asked; return its verdict's row."""
    while True:
        try:
            worker.check_source(source.pk, scheduled=scheduled)
        except NotYet as not_yet:
            clock.move_to(not_yet.until)
        else:
            return m.SourceState.objects.get(pk=source.pk)


def run_until(clock: MovingClock, days: float) -> int:
    """Let the worker live so many days: whenever something is due, it is checked. Returns the number of checks."""
    end = clock.time.timestamp() + days * 86400
    count = 0
    while True:
        count += worker.work(seconds=60)
        due = m.SourceState.objects.order_by("due_at").values_list("due_at", flat=True).first()
        host = m.FetchHost.objects.filter(next_at__gt=clock.time).order_by("next_at").first()
        times = [due] if due is not None and due > clock.time else [host.next_at] if host is not None else []
        if not times or times[0].timestamp() > end:
            return count
        clock.move_to(times[0])


def tasks(**options: Any) -> list[tuple[str, str]]:
    """The causes and states of all tasks, in the order in which they were opened."""
    rows = m.CitationTask.objects.filter(**options).order_by("opened_at", "pk")
    return list(rows.values_list("cause", "state"))
