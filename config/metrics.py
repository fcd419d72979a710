"""`/metrics`: figures for Prometheus. Everybody may read those of what is public anyway; operators read all.

Who sends METRICS_TOKEN as a bearer token is an operator, and so is a superuser who is logged in. The others would learn
how many proposals and suggestions wait, and what is done at the desk.
"""

import datetime
import hmac
import platform
from typing import Any

import django
from django.conf import settings
from django.db import Error
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_ox.models import OxTask

from controversies.checks.status import CheckFigures, WorkerStatus, public_figures, worker_status
from controversies.history.transparency.state import LogState, log_state
from controversies.kit.metrics import DATABASE_ERRORS, exposition
from controversies.models import (
    Arrival,
    CheckWorker,
    CitationTask,
    MailNotice,
    Proposal,
    ProposalState,
    PutOffRevision,
    RedactionRequest,
    RedactionState,
    Revision,
    Suggestion,
    TaskState,
)
from controversies.pages.access import has_session
from controversies.pages.release import release_id

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BEARER = "Bearer "


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with the figures that the client may read; 401 for a wrong token, 503 without the database.

    Without the database, operators still get what the processes counted.
    """
    token = request.headers.get("Authorization", "").removeprefix(_BEARER)
    if token and not _is_token(token):
        text = "This is not the site's METRICS_TOKEN. Leave the token out for the public figures."
        return HttpResponse(
            text, status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"}
        )
    try:
        is_operator = bool(token) or (has_session(request) and request.user.is_superuser)
        figures = _public_figures() + (_operators_figures() if is_operator else "")
    except Error as error:
        DATABASE_ERRORS.labels(type(error).__name__).inc()
        if not token:
            return HttpResponse("the database does not answer", status=503, content_type="text/plain")
        is_operator, figures = True, _gauge("crux_database_up", "Whether the database answers.", {"": 0})
    return HttpResponse(
        figures + (_build_info() + exposition() if is_operator else ""),
        content_type=CONTENT_TYPE,
    )


def _is_token(token: str) -> bool:
    known = settings.METRICS_TOKEN
    return bool(known) and hmac.compare_digest(token.encode(), known.encode())


def _public_figures() -> str:
    state, status, checks = log_state(), worker_status(public=True), public_figures()
    return _figures(state) + _check_figures(status, checks)


def _arrival_figures() -> str:
    arrival = Arrival.objects.order_by("-position").first()
    if arrival is None:
        return ""
    revision = Revision.objects.filter(controversy=arrival.controversy_id, number=arrival.number)
    time = revision.values_list("time", flat=True).first()
    return _gauge(
        "crux_newest_arrival_age_seconds",
        "Time since readers could first see something new.",
        {"": _age(time)},
    )


def _operators_figures() -> str:
    return _queue_figures() + _arrival_figures()


def _queue_figures() -> str:
    """Return how much waits for people and for the worker, and for how long the oldest of it has waited."""
    queues: dict[str, tuple[QuerySet[Any], str]] = {
        "proposals": (Proposal.objects.filter(state=ProposalState.OPEN), "created"),
        "suggestions": (Suggestion.objects.waiting(), "created"),
        "redaction_requests": (RedactionRequest.objects.filter(state=RedactionState.WAITING), "created"),
        "source_checks": (CitationTask.objects.filter(state=TaskState.OPEN), "opened_at"),
        "put_off_revisions": (PutOffRevision.objects.all(), "time"),
        "mail_notices": (MailNotice.objects.all(), "created"),
        "worker_tasks": (OxTask.objects.filter(status=OxTask.Status.READY), "enqueued_at"),
    }
    lengths: dict[str, float | None] = {}
    ages: dict[str, float | None] = {}
    for name, (rows, since) in queues.items():
        figures = rows.order_by().aggregate(length=Count("*"), oldest=Min(since))
        lengths[name], ages[name] = figures["length"], _age(figures["oldest"])
    seen_at = CheckWorker.objects.values_list("seen_at", flat=True).first()
    return "".join(
        (
            _gauge("crux_database_up", "Whether the database answers.", {"": 1}),
            _gauge("crux_queue_length", "What waits for editors or the worker, by queue.", lengths, "queue"),
            _gauge(
                "crux_queue_oldest_age_seconds", "Time that the oldest has waited, by queue.", ages, "queue"
            ),
            _gauge(
                "crux_worker_age_seconds", "Time since the worker's last sign of life.", {"": _age(seen_at)}
            ),
        )
    )


def _build_info() -> str:
    labels = (
        f'release="{release_id()[:12]}",python="{platform.python_version()}",django="{django.__version__}"'
    )
    return (
        "# HELP crux_build_info The code that answers.\n# TYPE crux_build_info gauge\n"
        f"crux_build_info{{{labels}}} 1\n"
    )


def _age(time: datetime.datetime | None) -> float | None:
    return None if time is None else max((timezone.now() - time).total_seconds(), 0.0)


def _gauge(name: str, text: str, values: dict[str, float | None], label: str = "") -> str:
    """Return one metric, by the values of a label if it has one; without those that have no value yet."""
    lines = [
        f"{name}{f'{{{label}="{key}"}}' if label else ''} {value:.15g}"
        for key, value in values.items()
        if value is not None
    ]
    return "\n".join([f"# HELP {name} {text}", f"# TYPE {name} gauge", *lines, ""]) if lines else ""


def _check_figures(status: WorkerStatus, checks: CheckFigures) -> str:
    if not status.is_on:
        return ""
    return "".join(
        (
            _gauge(
                "crux_checks_worker_age_seconds",
                "Time since the worker's last sign of life.",
                {"": status.age},
            ),
            _gauge(
                "crux_checks_due", "Sources of published pages that wait for the worker.", {"": status.due}
            ),
            _gauge(
                "crux_checks_sources", "Sources of published pages by verdict.", {**checks.sources}, "verdict"
            ),
            _gauge(
                "crux_checks_open_tasks", "Open tasks on published pages by cause.", {**checks.tasks}, "cause"
            ),
        )
    )


def _figures(state: LogState | None) -> str:
    """Return the metrics; those that have no value yet are left out."""
    lines: list[str] = []

    def gauge(name: str, text: str, value: float | None) -> None:
        lines.append(_gauge(name, text, {"": value}))

    if state is not None:
        gauge("crux_log_entries", "Entries of the public log.", state.entries)
        gauge("crux_log_unsigned_entries", "Entries that no checkpoint covers yet.", state.unsigned)
        gauge(
            "crux_log_unwitnessed_entries",
            "Entries that no checkpoint covers that enough witnesses have cosigned.",
            state.unwitnessed if state.has_witnesses else None,
        )
        gauge(
            "crux_log_checkpoint_age_seconds",
            "Time since the newest checkpoint was signed.",
            state.age(timezone.now()),
        )
    return "".join(lines)
