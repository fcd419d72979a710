"""Turns of hosts: one request at a time, some seconds apart, longer after failures.

A host is a row; a request takes it by one conditional UPDATE, so threads, workers and machines need no other lock.
Call nothing here within a transaction that lasts: the row's lock would last with it.
"""

import datetime
from collections.abc import Iterable

from controversies.models import FetchHost

from .. import clock

GAP = 10.0  # seconds between two requests
GAPS = {
    **dict.fromkeys(("arxiv.org", "export.arxiv.org"), 3.0),  # as arXiv asks
    # Interfaces for programs, far below what each allows.
    **dict.fromkeys(("api.crossref.org", "api.datacite.org", "openlibrary.org"), 1.0),
    **dict.fromkeys(("eutils.ncbi.nlm.nih.gov", "pmc.ncbi.nlm.nih.gov", "www.ncbi.nlm.nih.gov"), 1.0),
    "web.archive.org": 20.0,  # Save Page Now takes three requests a minute
}
_HELD = 60.0  # seconds: a request ends within 30, and a worker that was killed holds its host no longer
_LONGEST_BACKOFF = 60 * 60.0  # seconds
LONGEST_RETRY_AFTER = 24 * 60 * 60  # seconds
_LONGEST_CRAWL_DELAY = 60.0


class NotYet(Exception):
    """A host may not be asked before `until`. Try again then; nothing was requested of it."""

    def __init__(self, until: datetime.datetime) -> None:
        super().__init__(f"not before {until:%Y-%m-%d %H:%M:%S}")
        self.until = until


def reserve(name: str) -> None:
    """Take a host for one request, to be given back by `settle`. Raises NotYet."""
    now = clock.now()
    held = now + datetime.timedelta(seconds=_HELD)
    free = FetchHost.objects.filter(name=name, next_at__lte=now)
    if free.update(next_at=held):
        return
    inserted = FetchHost.objects.bulk_create([FetchHost(name=name, next_at=now)], ignore_conflicts=True)
    if inserted and free.update(next_at=held):
        return
    until = FetchHost.objects.filter(name=name).values_list("next_at", flat=True).first()
    raise NotYet(until or held)


def settle(
    name: str, *, is_failure: bool = False, retry_after: int | None = None, delay: float | None = None
) -> None:
    """Give a host back: say when it may be asked again.

    `retry_after` are the seconds that the host asked for, `delay` those of its robots.txt.
    """
    now = clock.now()
    gap = max(GAPS.get(name, GAP), min(delay or 0.0, _LONGEST_CRAWL_DELAY))
    failures = 0
    if is_failure:
        known = FetchHost.objects.filter(name=name).values_list("failures", flat=True).first()
        failures = min((known or 0) + 1, 1_000)
        gap = max(gap, min(GAP * 2.0 ** min(failures, 20), _LONGEST_BACKOFF))
    wait = max(gap, min(retry_after or 0, LONGEST_RETRY_AFTER))
    FetchHost.objects.bulk_create(
        [FetchHost(name=name, next_at=now + datetime.timedelta(seconds=wait), failures=failures)],
        update_conflicts=True,
        update_fields=["next_at", "failures"],
        unique_fields=["name"],
    )


def next_times(names: Iterable[str]) -> dict[str, datetime.datetime]:
    """Return when each of the hosts may be asked again, of those that are waiting. One query."""
    rows = FetchHost.objects.filter(name__in=set(names), next_at__gt=clock.now())
    return dict(rows.values_list("name", "next_at"))


def delete_forgotten(days: int = 180) -> int:
    """Delete hosts that nobody asked for so many days. Returns their number."""
    limit = clock.now() - datetime.timedelta(days=days)
    return FetchHost.objects.filter(next_at__lt=limit).delete()[0]
