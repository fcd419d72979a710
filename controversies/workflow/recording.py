"""The worker's task that records what was put off, should the process that was at it have been ended."""

from django.tasks import task

from controversies.history import pending

SECONDS = 50.0  # the task comes every minute


@task
def record_put_off() -> None:
    """Record pages with the changes that were put off."""
    pending.record_all(SECONDS)
