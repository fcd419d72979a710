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
    seen = timezone.localtime(status.seen_at)
    values = {"day": date_format(seen, "DATE_FORMAT"), "time": date_format(seen, "H:i")}
    if not status.is_running:
        message = _("The worker has not run since %(day)s, %(time)s, so this may be out of date.")
        return f"{message % values} {_('Ask whoever runs this site to start it.')}"
    return _("The worker last ran on %(day)s at %(time)s.") % values
