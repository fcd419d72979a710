"""The state of the worker and of its work, for the desk and for monitoring."""

import datetime
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef

from controversies.models import (
    CheckWorker,
    CitationTask,
    Controversy,
    Publication,
    PublicUse,
    SourceState,
    TaskState,
)

from . import clock, is_on

SILENT = datetime.timedelta(minutes=5)  # without a sign of life for so long, the worker is not running


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """Whether checks are on, when the worker last ran, and how many sources wait for it."""

    is_on: bool
    seen_at: datetime.datetime | None
    due: int

    @property
    def age(self) -> float | None:
        """Seconds since the worker's last sign of life; None if there was none."""
        return max((clock.now() - self.seen_at).total_seconds(), 0.0) if self.seen_at is not None else None

    @property
    def is_running(self) -> bool:
        return self.age is not None and self.age < SILENT.total_seconds()


@dataclass(frozen=True, slots=True)
class CheckFigures:
    """Numbers of sources by verdict and of open tasks by cause."""

    sources: dict[str, int] = field(default_factory=dict)
    tasks: dict[str, int] = field(default_factory=dict)


def worker_status(*, public: bool = False) -> WorkerStatus:
    """Return how the worker is; `public` counts published sources alone. Two queries, none while checks are off."""
    if not is_on():
        return WorkerStatus(is_on=False, seen_at=None, due=0)
    seen_at = CheckWorker.objects.values_list("seen_at", flat=True).first()
    due = SourceState.objects.filter(due_at__lte=clock.now())
    if public:
        due = due.filter(_is_public())
    return WorkerStatus(is_on=True, seen_at=seen_at, due=due.count())


def public_figures() -> CheckFigures:
    """Count sources by verdict and open tasks by cause, of published pages. Two queries, none while checks are off."""
    if not is_on():
        return CheckFigures()
    used = PublicUse.objects.filter(type="source").exclude(verdict="")
    sources = used.values_list("verdict").annotate(count=Count("*"))
    published = Controversy.objects.filter(publication=Publication.PUBLISHED)
    open_tasks = CitationTask.objects.filter(state=TaskState.OPEN, controversy_id__in=published.values("pk"))
    tasks = open_tasks.values_list("cause").annotate(count=Count("*"))
    return CheckFigures(dict(sources.order_by("verdict")), dict(tasks.order_by("cause")))


def _is_public() -> Exists:
    """Return the condition that a published page cites the source of a verdict."""
    return Exists(PublicUse.objects.filter(type="source", key=OuterRef("source")))
