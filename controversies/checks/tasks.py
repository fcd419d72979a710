"""Tasks for editors: opened for exactly the citations that a verdict concerns, once, and closed when they are moot."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from controversies.models import (
    Citation,
    CitationTask,
    QuoteCheck,
    QuoteVerdict,
    Revision,
    Source,
    SourceCheck,
    SourceState,
    SourceVerdict,
    TaskCause,
    TaskState,
    TitleMatch,
    WorkNotice,
    page_of,
)

from .digests import quote_digest
from .display import works_of

CONFIRMED = datetime.timedelta(hours=24)  # between the first time that something was wrong and the last


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal: of a title or an address."""
    return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CitedQuote:
    """A citation of a source: its key, its page's, and its quotation with its digest, both "" without one."""

    key: UUID
    page: UUID
    quote: str
    quote_sha256: str


@dataclass(slots=True)
class _Standing:
    """All that tasks about one source follow from."""

    source: Source
    state: SourceState
    latest: SourceCheck | None
    has_agreed: bool  # whether its title ever did
    notices: list[WorkNotice]
    quotes: dict[str, QuoteCheck]


def citations_of(source_id: UUID | str) -> list[CitedQuote]:
    """Return the citations of a source on all pages."""
    rows = (
        Citation.objects.filter(source_id=source_id)
        .annotate(page=page_of(Citation))
        .order_by("pk")
        .values_list("pk", "page", "quote")
    )
    return [CitedQuote(key, page, quote, quote_digest(quote)) for key, page, quote in rows]


def sync_tasks(source_id: UUID | str, *, now: datetime.datetime | None = None) -> None:
    """Open the tasks that follow from what is known of a source today, and close those that no longer do.

    A task that was dismissed does not come back for the same subject. Run it in the transaction that stores a check, or
    after a change of the source's notices, or of pages that cite it.
    """
    now = now or timezone.now()
    with transaction.atomic():
        state = SourceState.objects.select_for_update().filter(source_id=source_id).first()
        source = Source.objects.filter(pk=source_id).first()
        if state is None or source is None:
            return
        citations, standing = citations_of(source.pk), _standing(source, state)
        due = {
            (citation.key, cause): (subject, citation.page)
            for citation, cause, subject in _due_tasks(standing, citations)
        }
        earlier = CitationTask.objects.filter(source=source.pk)
        settled: set[tuple[UUID, str, str]] = set()
        open_tasks: list[CitationTask] = []
        for task in earlier.filter(~Q(state=TaskState.LAPSED)):
            if task.state == TaskState.OPEN:
                open_tasks.append(task)
            elif task.state == TaskState.DISMISSED or task.cause == TaskCause.RETRACTED:
                settled.add((task.citation_id, task.cause, task.subject))
        changed: list[CitationTask] = []
        moot: list[CitationTask] = []
        for task in open_tasks:
            subject, page = due.pop((task.citation_id, TaskCause(task.cause)), ("", task.controversy_id))
            if not subject or (task.citation_id, task.cause, subject) in settled:
                moot.append(task)
            elif (task.subject, task.controversy_id) != (subject, page):
                task.subject, task.controversy_id = subject, page
                changed.append(task)
        _close(moot, {citation.key: citation for citation in citations}, standing, now)
        CitationTask.objects.bulk_update(
            changed + moot, ["subject", "controversy_id", "state", "closed_at", "revision"]
        )
        CitationTask.objects.bulk_create(
            CitationTask(
                citation_id=key,
                source=source,
                controversy_id=page,
                cause=cause,
                subject=subject,
                opened_at=now,
            )
            for (key, cause), (subject, page) in due.items()
            if (key, cause, subject) not in settled
        )


def _standing(source: Source, state: SourceState) -> _Standing:
    checks = SourceCheck.objects.filter(source=source.pk)
    agreeing = (TitleMatch.SAME, TitleMatch.PART, TitleMatch.LIKE)
    return _Standing(
        source,
        state,
        checks.exclude(title_match="").order_by("-last", "-pk").first(),
        checks.filter(title_match__in=agreeing).exists(),
        list(WorkNotice.objects.filter(doi__in=works_of(source)).order_by("pk")),
        {check.quote_sha256: check for check in QuoteCheck.objects.filter(source=source.pk)},
    )


def _due_tasks(
    standing: _Standing, citations: list[CitedQuote]
) -> Iterator[tuple[CitedQuote, TaskCause, str]]:
    """Yield each task that should be open: its citation, cause, and the digest of what it is about."""
    general = dict(_general_causes(standing))
    for citation in citations:
        causes = dict(general)
        check = standing.quotes.get(citation.quote_sha256)
        if check is not None and is_confirmed_absent(check):
            cause = TaskCause.ALTERED if check.last_found_at else TaskCause.QUOTE
            causes.setdefault(cause, citation.quote_sha256)
        for cause, subject in causes.items():
            yield citation, cause, subject


def _general_causes(standing: _Standing) -> Iterator[tuple[TaskCause, str]]:
    """Yield the causes that concern every citation of a source, each with the digest of its subject."""
    source, state = standing.source, standing.state
    if state.verdict == SourceVerdict.DEAD:
        yield TaskCause.DEAD, text_digest(source.url or source.doi)
    elif state.verdict == SourceVerdict.MOVED:
        yield TaskCause.MOVED, text_digest(state.moved_to)
    elif state.verdict == SourceVerdict.ALTERED and is_title_wrong(standing.latest, state):
        assert standing.latest is not None  # noqa: S101 - for the type checker
        title = text_digest(standing.latest.title)
        yield (TaskCause.ALTERED if standing.has_agreed else TaskCause.TITLE), title
    if standing.notices:
        names = sorted(f"{notice.kind} {notice.notice_doi}" for notice in standing.notices)
        yield TaskCause.RETRACTED, text_digest("\n".join(names))


def is_title_wrong(check: SourceCheck | None, state: SourceState) -> bool:
    """Tell whether the title seen is another work's, and no editor accepted it."""
    return (
        check is not None
        and check.title_match == TitleMatch.OTHER
        and text_digest(check.title) != state.accepted_title
    )


def is_confirmed_absent(check: QuoteCheck) -> bool:
    """Tell whether a quotation was not found twice, a day apart."""
    return (
        check.verdict == QuoteVerdict.ABSENT
        and check.strikes > 1
        and check.first_strike_at is not None
        and check.checked_at - check.first_strike_at >= CONFIRMED
    )


def _close(
    tasks: list[CitationTask],
    citations: dict[UUID, CitedQuote],
    standing: _Standing,
    now: datetime.datetime,
) -> None:
    """Close tasks that are moot, unsaved: done by the page's newest revision if an editor changed it, else lapsed."""
    pages = {task.controversy_id for task in tasks}
    heads = dict(
        Revision.objects.filter(controversy__in=pages)
        .order_by()
        .values_list("controversy")
        .annotate(newest=Max("number"))
        if pages
        else ()
    )
    for task in tasks:
        task.closed_at, task.state = now, TaskState.LAPSED
        if _is_changed(task, citations.get(task.citation_id), standing):
            task.state, task.revision = TaskState.DONE, heads.get(task.controversy_id)


def _is_changed(task: CitationTask, citation: CitedQuote | None, standing: _Standing) -> bool:
    """Tell whether an editor has changed what a task is about."""
    if citation is None:
        return True
    source = standing.source
    if task.cause == TaskCause.DEAD:
        return task.subject != text_digest(source.url or source.doi)
    if task.cause == TaskCause.MOVED:
        return task.subject == text_digest(source.url)
    if task.cause == TaskCause.TITLE:
        return task.subject == text_digest(source.title)
    is_of_quote = task.cause in (TaskCause.QUOTE, TaskCause.ALTERED) and task.subject in standing.quotes
    return is_of_quote and task.subject != citation.quote_sha256
