"""The worker's tasks. One process, `manage.py ox_worker`, runs them and makes every request to other sites.

What is due stands in rows (`SourceState.due_at`), never in the queue: a task that is lost costs a minute, one too many
does nothing.
"""

import datetime
from dataclasses import dataclass

from django.tasks import task
from django.utils import timezone

from controversies.models import CheckWorker, SourceState

from . import is_on

SILENT = datetime.timedelta(minutes=5)  # without a sign of life for so long, the worker is not running


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """Whether checks are on, when the worker last ran, and how many sources wait for it."""

    is_on: bool
    seen_at: datetime.datetime | None
    due: int

    @property
    def is_running(self) -> bool:
        return self.seen_at is not None and timezone.now() - self.seen_at < SILENT


def worker_status() -> WorkerStatus:
    """Return how the worker is. Two queries; none while checks are off."""
    if not is_on():
        return WorkerStatus(is_on=False, seen_at=None, due=0)
    seen_at = CheckWorker.objects.values_list("seen_at", flat=True).first()
    due = SourceState.objects.filter(due_at__lte=timezone.now()).count()
    return WorkerStatus(is_on=True, seen_at=seen_at, due=due)


@task
def tick() -> None:
    """Check what is due, every minute."""
    if is_on():
        show_life()


@task(priority=10)
def check_urgent() -> None:
    """Check what an editor waits for."""
    if is_on():
        show_life()


@task
def tidy() -> None:
    """Delete what has had its time, every night."""


def show_life() -> None:
    """Write down that the worker runs."""
    CheckWorker.objects.update_or_create(pk=1, defaults={"seen_at": timezone.now()})
