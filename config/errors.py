"""Responses to errors outside of views: problem+json for programs, pages for people."""

import sys
from http import HTTPStatus

from django.core.exceptions import BadRequest, DisallowedHost, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults

from config.proxy import log_now_and_then, origin_fault
from controversies.api.problems import problem
from controversies.kit.outages import Outage, outage_of
from controversies.pages import access

_API = "/api/"
_ORIGIN_REFUSED = REASON_BAD_ORIGIN.partition("%s")[0]
RETRY_SECONDS = {Outage.UNREACHABLE: 10, Outage.READ_ONLY: 60}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(_API):
        return problem(400)
    # At the desk, what is typed is kept in the browser until it has arrived.
    kept = request.method == "POST" and request.path.startswith("/admin/")
    context = {
        "why": _reason(exception),
        "kept": kept,
        "is_unknown_host": isinstance(exception, DisallowedHost),
    }
    return HttpResponseBadRequest(render_to_string("400.html", context))


def _reason(exception: Exception) -> str:
    """The reason in a sentence of our own, "" for any other exception: its text may not be safe to show."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return _("This form has more content than can be sent at once.")
    return str(exception) if isinstance(exception, BadRequest) else ""


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(_API):
        return problem(403)
    return defaults.permission_denied(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page for a form whose CSRF token or origin is wrong; `reason` is Django's, in English."""
    is_from_elsewhere = reason.startswith(_ORIGIN_REFUSED)
    request.refusal = "csrf_origin" if is_from_elsewhere else "csrf"  # type: ignore[attr-defined]  # for the log
    if is_from_elsewhere:
        log_now_and_then(origin_fault(request))
    if request.path.startswith(_API):
        return problem(403)
    kept = request.path.startswith("/admin/")
    context = {"kept": kept, "is_from_elsewhere": is_from_elsewhere}
    return HttpResponseForbidden(render_to_string("403_csrf.html", context))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(404) if request.path.startswith(_API) else access.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    outage = outage_of(sys.exception())
    if outage is not None:
        return _unavailable(request, outage)
    return problem(500) if request.path.startswith(_API) else defaults.server_error(request)


def _unavailable(request: HttpRequest, outage: Outage) -> HttpResponse:
    """Return the answer to a request for which the database is not there, or cannot be written to."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    if request.path.startswith(_API):
        response = problem(
            status, _("The database does not answer. Try again after the seconds that `Retry-After` says.")
        )
    else:
        context = {
            "is_read_only": outage == Outage.READ_ONLY,
            "kept": request.method == "POST" and request.path.startswith("/admin/"),
        }
        response = HttpResponse(render_to_string("503.html", context), status=status)
    response["Retry-After"] = str(RETRY_SECONDS[outage])
    response["Cache-Control"] = "no-store"
    return response
