"""Misunderstandings between the site and the proxy before it, each told in a line that says what to set.

Without, they look like a site that redirects without end, or that refuses its own forms.
"""

import logging
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from controversies.api.problems import problem

SECONDS_BETWEEN_LINES = 60.0  # of the log about one misunderstanding

logger = logging.getLogger(__name__)
_logged_at: dict[str, float] = {}


class ProxyCheck:
    """Middleware: answer a request that SecurityMiddleware would redirect to its own address for ever."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        fault = redirect_fault(request)
        if not fault:
            return self.get_response(request)
        log_now_and_then(fault)
        if request.path.startswith("/api/"):
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR, fault)
        page = render_to_string("misconfigured.html", {"fault": fault})
        return HttpResponse(
            page, status=HTTPStatus.INTERNAL_SERVER_ERROR, headers={"Cache-Control": "no-store"}
        )


def redirect_fault(request: HttpRequest) -> str:
    """Return what to set if this request would be redirected without end, else ""."""
    if (
        not settings.SECURE_SSL_REDIRECT
        or request.is_secure()
        or request.path_info.startswith(settings.STATIC_URL)
    ):
        return ""
    protocol = request.headers.get("X-Forwarded-Proto")
    if protocol == "https" and not settings.TRUST_PROXY:
        return _(
            "A proxy says that this request came by https, but the site does not trust it. If the proxy sets "
            "X-Forwarded-Proto and X-Forwarded-For itself, set TRUST_PROXY=1."
        )
    is_exempt = request.path_info.lstrip("/") in settings.WITHOUT_HTTPS
    if protocol is None and settings.TRUST_PROXY and not is_exempt:
        return _(
            "TRUST_PROXY is on, but the proxy does not say how this request came. Let it set X-Forwarded-Proto to the "
            "scheme, and X-Forwarded-For to the reader’s address."
        )
    return ""


def origin_fault(request: HttpRequest) -> str:
    """Return what to set if the site takes this request's origin for another site's."""
    return _(
        "A form from %(origin)s was refused, because the site takes its own address to be %(own)s. If both are this "
        "site, let the proxy pass on Host and X-Forwarded-Proto, with TRUST_PROXY=1, or add the first to "
        "CSRF_TRUSTED_ORIGINS."
    ) % {
        "origin": request.headers.get("Origin", "-")[:200],
        "own": f"{request.scheme}://{request.get_host()}",
    }


def log_now_and_then(line: str) -> None:
    """Log this line unless that was done a moment ago: every request has the same fault."""
    now = monotonic()
    if now - _logged_at.get(line, -SECONDS_BETWEEN_LINES) >= SECONDS_BETWEEN_LINES:
        _logged_at.clear()  # lines may name what strangers send
        _logged_at[line] = now
        logger.error(line)
