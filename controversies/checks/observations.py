"""Observations and verdicts of sources, read for the desk: as many queries for one source as for hundreds."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from controversies.document.types import Source as SourceBlock
from controversies.models import NoticeKind, QuoteCheck, SourceCheck, SourceState, WorkNotice

from .display import works_of

# Notices after which a work no longer stands as it was published.
GRAVE = (NoticeKind.RETRACTION, NoticeKind.WITHDRAWAL, NoticeKind.REMOVAL)


@dataclass(slots=True)
class SourceObservation:
    """The verdict on a source, the newest check that saw a title, and the notices on its work, gravest first."""

    state: SourceState | None = None
    check: SourceCheck | None = None
    notices: list[WorkNotice] = field(default_factory=list)

    @property
    def is_under_way(self) -> bool:
        """Whether somebody waits for a check of it."""
        return self.state is not None and self.state.is_urgent


def observe_sources(sources: Iterable[Any]) -> dict[str, SourceObservation]:
    """Return what was seen of sources (rows, or a document's), by key; three queries, or one if nothing was."""
    numbers: dict[str, list[str]] = {}
    for source in sources:
        key = source.key if isinstance(source, SourceBlock) else str(source.pk)
        numbers[key] = works_of(source)
    seen = {key: SourceObservation() for key in numbers}
    if not seen:
        return seen
    keys = [uuid.UUID(key) for key in seen]
    for state in SourceState.objects.filter(source__in=keys):
        seen[str(state.source_id)].state = state
    if not any(observation.state for observation in seen.values()):
        return seen
    checks = (
        SourceCheck.objects.filter(source__in=keys).exclude(title="").order_by("source_id", "-last", "-id")
    )
    for check in checks.distinct("source_id"):
        seen[str(check.source_id)].check = check
    works: dict[str, list[str]] = {}
    for key, names in numbers.items():
        for name in names:
            works.setdefault(name, []).append(key)
    if works:
        for notice in WorkNotice.objects.filter(doi__in=works).order_by("date", "pk"):
            for key in works[notice.doi]:
                seen[key].notices.append(notice)
    for observation in seen.values():
        observation.notices.sort(key=lambda notice: notice.kind not in GRAVE)
    return seen


def quote_checks(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], QuoteCheck]:
    """Return the verdicts on quotations, by the key of the source and the digest of the words; one query at most."""
    wanted = set(pairs)
    if not wanted:
        return {}
    rows = (
        QuoteCheck.objects.filter(
            source__in={source for source, _digest in wanted},
            quote_sha256__in={digest for _source, digest in wanted},
        )
        .select_related("copy")
        .defer("copy__text")
    )
    checks = {(str(row.source_id), row.quote_sha256): row for row in rows}
    return {pair: row for pair, row in checks.items() if pair in wanted}
