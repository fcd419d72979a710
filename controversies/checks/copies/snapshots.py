"""Public snapshots by the Internet Archive (the setting `CHECKS_ARCHIVE`), for sources of published pages only.

Save Page Now is asked by its plain address (`/save/…`), and its answer is not believed: it reports failures of what
succeeded, and snapshots of error pages. So the index (CDX) is asked for what is there, the snapshot is read, and it
counts only if it has the quotations that the source has. It is proposed to editors; nothing is saved by itself.
"""

import datetime
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from controversies.document import redact
from controversies.models import (
    Citation,
    FetchResult,
    Publication,
    QuoteCheck,
    QuoteVerdict,
    SnapshotRequest,
    Source,
    SourceCopy,
    SourceState,
    SourceVerdict,
    UncopiedSource,
    on_pages,
)

from .. import clock
from ..digests import quote_digest
from ..fetch import AddressRefused, FetchAnswer, NotYet, fetch, fetch_beside, parse_address
from ..metadata import page_title
from ..quotations import match
from ..text import read_text

ARCHIVE = "https://web.archive.org"
_LEASE = datetime.timedelta(minutes=5)
# After Save Page Now was asked: when the index is asked for what came of it.
_LOOKS = [datetime.timedelta(minutes=10), datetime.timedelta(hours=1), datetime.timedelta(days=1)]
_AGAIN = datetime.timedelta(days=90)  # after all of those, and where it was refused
_THROTTLED = datetime.timedelta(hours=1)
_BATCH = 200
_BEGINNING = 5_000  # characters


@dataclass(frozen=True, slots=True)
class _Snapshot:
    url: str
    time: datetime.datetime
    answer: FetchAnswer
    text: str


def _archivable() -> Q:
    """Return the condition of a source that may be archived: public, there, and without a copy on record."""
    on_published = Citation.objects.filter(on_pages(Citation, "publication", Publication.PUBLISHED))
    held = SourceCopy.objects.filter(deleted_at=None).exclude(snapshot_url="")
    return (
        Q(pk__in=on_published.values("source"), archive_url="")
        & ~Q(url="")
        & Q(pk__in=SourceState.objects.filter(verdict=SourceVerdict.VERIFIED).values("source"))
        & ~Q(pk__in=held.values("source"))
        & ~Q(pk__in=UncopiedSource.objects.values("source"))
    )


def _is_marked(source: Source) -> bool:
    """Whether words were removed from a source or from what is quoted of it: then nothing that it says is kept."""
    quotes = Citation.objects.filter(source=source).values_list("quote", flat=True)
    texts = (source.title, source.authors, source.publisher, source.url, source.doi, *quotes)
    return any(redact.MARKED.search(text) for text in texts)


def request_snapshots() -> int:
    """Note all sources that may be archived and are not yet; return how many are new. Every night."""
    if not settings.CHECKS_ARCHIVE:
        return 0
    keys = Source.objects.filter(_archivable()).exclude(pk__in=SnapshotRequest.objects.values("source"))
    now = clock.now()
    rows = [SnapshotRequest(source_id=key, due_at=now) for key in keys.values_list("pk", flat=True)[:_BATCH]]
    return len(SnapshotRequest.objects.bulk_create(rows, ignore_conflicts=True))


def advance_snapshot() -> bool:
    """Take the one request that is due longest a step on: look for a snapshot, or ask for one. Every minute.

    Returns whether there was one. At most three requests of the archive; outside of transactions.
    """
    if not settings.CHECKS_ARCHIVE:
        return False
    now = clock.now()
    with transaction.atomic():
        request = (
            SnapshotRequest.objects.select_for_update(skip_locked=True)
            .filter(due_at__lte=now)
            .order_by("due_at", "pk")
            .first()
        )
        if request is None:
            return False
        source = Source.objects.filter(_archivable(), pk=request.source_id).first()
        if source is None or _is_marked(source):
            request.delete()  # it comes back by night if it may be archived again
            return True
        request.due_at = now + _LEASE
        request.save(update_fields=["due_at"])
    try:
        due_at = _step(request, source)
    except NotYet as not_yet:
        due_at = not_yet.until
    except AddressRefused:
        due_at = now + _AGAIN
    SnapshotRequest.objects.filter(pk=request.pk).update(
        due_at=due_at, requested_at=request.requested_at, looks=request.looks
    )
    return True


def _step(request: SnapshotRequest, source: Source) -> datetime.datetime | None:
    """Look for a snapshot of a source, and ask for one if there is none; return when to come back, None for never."""
    now = clock.now()
    address = parse_address(source.url).url
    index = fetch(f"{ARCHIVE}/cdx/search/cdx?{_index_query(address)}", scheduled=False)
    if index.seen != FetchResult.OK:
        return now + max(_THROTTLED, datetime.timedelta(seconds=index.retry_after or 0))
    snapshot = _read_snapshot(index, source)
    if snapshot is not None:
        _store(source, snapshot)
        return None
    if request.requested_at is None:
        saved = fetch_beside(index, f"{ARCHIVE}/save/{address}")
        if saved.retry_after is not None or saved.status == 429:  # noqa: PLR2004
            return now + max(_THROTTLED, datetime.timedelta(seconds=saved.retry_after or 0))
        request.requested_at, request.looks = now, 0
        return now + _LOOKS[0]
    request.looks += 1
    if request.looks < len(_LOOKS):
        return now + _LOOKS[request.looks]
    request.requested_at, request.looks = None, 0
    return now + _AGAIN


def _index_query(address: str) -> str:
    return urlencode(
        [
            ("url", address),
            ("output", "json"),
            ("fl", "timestamp,original"),
            ("filter", "statuscode:200"),
            ("limit", "-1"),
        ]
    )


def _read_snapshot(index: FetchAnswer, source: Source) -> _Snapshot | None:
    """Read the newest snapshot that the index has; None if there is none that has what the source has."""
    entry = _newest_entry(index.body)
    if entry is None:
        return None
    timestamp, original = entry
    answer = fetch_beside(index, f"{ARCHIVE}/web/{timestamp}id_/{original}")
    if answer.seen != FetchResult.OK:
        return None
    text = read_text(answer.body, answer.content_type, url=original)
    if text.failure or not _holds(source, f"{page_title(answer).title} {text.text}"):
        return None
    time = datetime.datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=datetime.UTC)
    return _Snapshot(f"{ARCHIVE}/web/{timestamp}/{original}", time, answer, text.text)


def _newest_entry(body: bytes) -> tuple[str, str] | None:
    """Return the timestamp and the address of the last row of the index; None of anything else."""
    try:
        rows = json.loads(body)
        timestamp, original = rows[1:][-1]
        datetime.datetime.strptime(timestamp, "%Y%m%d%H%M%S")  # noqa: DTZ007 - only its form
        parse_address(original)
    except (ValueError, TypeError, IndexError, KeyError, RecursionError, AddressRefused):
        return None
    return (timestamp, original) if re.fullmatch(r"\d{14}", timestamp, re.ASCII) else None


def _holds(source: Source, text: str) -> bool:
    """Whether a snapshot has the quotations that the source has; at its beginning the title, if nothing is quoted."""
    confirmed = set(
        QuoteCheck.objects.filter(
            source=source, verdict__in=(QuoteVerdict.CONFIRMED, QuoteVerdict.PUNCTUATION)
        ).values_list("quote_sha256", flat=True)
    )
    quotes = set(Citation.objects.filter(source=source).exclude(quote="").values_list("quote", flat=True))
    quotes = {quote for quote in quotes if quote_digest(quote) in confirmed}
    if quotes:
        verdicts = {match(quote, text).verdict for quote in quotes}
        return verdicts <= {QuoteVerdict.CONFIRMED, QuoteVerdict.PUNCTUATION}
    return f" {_plain(source.title)} " in f" {_plain(text[:_BEGINNING])} "


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _store(source: Source, snapshot: _Snapshot) -> None:
    """Store a snapshot that was read, unless words were removed from its source meanwhile."""
    with transaction.atomic():
        current = Source.objects.select_for_update().filter(pk=source.pk).first()
        if current is None or current.url != source.url or _is_marked(current):
            return
        SourceCopy.objects.create(
            source=source,
            time=snapshot.time,
            media_type=snapshot.answer.media_type[:100],
            size=len(snapshot.answer.body),
            snapshot_url=snapshot.url,
            text=snapshot.text,
        )


def proposed_snapshots(source_ids: Iterable[UUID | str]) -> dict[str, SourceCopy]:
    """Return the newest snapshot of each source without an archived copy on record, by the source's key. One query."""
    rows = (
        SourceCopy.objects.filter(source__in=list(source_ids), deleted_at=None, source__archive_url="")
        .exclude(snapshot_url="")
        .order_by("time", "pk")
    )
    return {str(row.source_id): row for row in rows}
