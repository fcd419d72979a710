"""The state of the worker, in a sentence for editors."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from controversies.checks.status import WorkerStatus, worker_status


def worker_line(status: WorkerStatus | None = None) -> str:
    """Return a sentence on whether sources are being checked; two queries, none while checks are off."""
    status = status or worker_status()
    if not status.is_on:
        return _("Checks of sources are switched off on this site.")
    if status.seen_at is None:
        return _(
            "No source has been checked yet: the worker has never run. Ask whoever runs this site to start it."
        )
    time = date_format(timezone.localtime(status.seen_at), "DATETIME_FORMAT")
    if not status.is_running:
        return (
            _(
                "The worker has not run since %s, so this may be out of date. Ask whoever runs this site to start it."
            )
            % time
        )
    return _("The worker last ran on %s.") % time
