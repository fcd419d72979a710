"""The health checks, for load balancers and people. Figures for monitoring are in `config/metrics.py`."""

import logging

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.schema import schema_state
from controversies.checks.status import WorkerStatus, worker_status
from controversies.history.transparency.state import LogState, log_state

logger = logging.getLogger(__name__)
_UNREACHABLE = "the database does not answer"


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 "ok" if the database answers, else 503; the reason goes to the log, not into the answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        logger.exception("healthz: %s", _UNREACHABLE)
        return _plain(_UNREACHABLE, status=503)
    return _plain("ok")


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Answer 200 "alive" while this process answers at all, whether the database does or not."""
    return _plain("alive")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 "ready" if this code works with the database's tables (`config/schema.py`), else 503.

    An old checkpoint or a worker that stands still makes no site unready: readers are served, and monitoring has the
    figures (`metrics`).
    """
    try:
        schema = schema_state()
        state = None if schema.fault else log_state()
        status = None if schema.fault else worker_status(public=True)
    except Error:
        logger.exception("readyz: %s", _UNREACHABLE)
        return _plain(_UNREACHABLE, status=503)
    if schema.fault:
        return _plain(schema.fault, status=503)
    newer = ["database: has the tables of the next release"] if schema.newer_releases else []
    worker = [_worker_sentence(status)] if status else []
    return _plain("\n".join(["ready", *newer, _sentence(state), *worker]))


def _plain(text: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain", status=status)


def _sentence(state: LogState | None) -> str:
    """Tell operators in a line how far the log is signed."""
    if state is None or not state.origin:
        return "public log: no key yet; run manage.py logkey"
    if state.signed_at is None:
        return f"public log: {state.entries} entries, nothing signed yet; run manage.py checkpoint"
    age = int(state.age(timezone.now()) or 0)
    if state.is_witnessed:
        witnessed = "cosigned by witnesses"
    elif state.has_witnesses:
        witnessed = f"not cosigned by enough witnesses since entry {state.witnessed}"
    else:
        witnessed = "no witnesses"
    return f"public log: {state.entries} entries, {state.unsigned} not signed; signed {age} seconds ago; {witnessed}"


def _worker_sentence(status: WorkerStatus) -> str:
    """Tell operators in a line whether sources are checked."""
    if not status.is_on:
        return "checks of sources: off"
    waiting = f"{status.due} sources due"
    if status.age is None:
        return f"checks of sources: no worker yet, {waiting}; run manage.py ox_worker"
    ran = f"the worker last ran {int(status.age)} seconds ago, {waiting}"
    return f"checks of sources: {ran}" + ("" if status.is_running else "; run manage.py ox_worker")
