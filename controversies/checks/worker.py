"""The worker's tasks. One process, `manage.py ox_worker`, runs them and makes every request to other sites.

What is due stands in rows (`SourceState.due_at`), never in the queue: a task that is lost costs a minute, one too many
does nothing.
"""

from django.tasks import task
from django.utils import timezone

from controversies.models import CheckWorker

from . import is_on


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
