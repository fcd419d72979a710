"""The first middleware: gives each request its id, measures it, and logs a line where that tells something."""

import logging
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import Histogram

from controversies.kit.metrics import REFUSALS, REQUESTS
from controversies.kit.networks import client_address, network_of
from controversies.kit.request_ids import HEADER, begin_request, current_account, end_request, shown_path

SLOW = 2.0  # seconds
REFUSED: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.TOO_MANY_REQUESTS: "throttled",
}

access_log = logging.getLogger("crux.access")
request_log = logging.getLogger("crux.request")


class RequestMiddleware:
    """Middleware around all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        start = perf_counter()
        request_id = begin_request(
            request, request.META.get("HTTP_X_REQUEST_ID", "") if settings.TRUST_PROXY else ""
        )
        response = self.get_response(request)
        response.headers[HEADER] = request_id
        seconds = perf_counter() - start
        status = response.status_code
        # 501 tells who asks for a format that there is not, and is no failure of the site.
        status_class = 4 if status == HTTPStatus.NOT_IMPLEMENTED else status // 100
        _histogram(route_name(request, status), status_class).observe(seconds)
        if status >= HTTPStatus.BAD_REQUEST or seconds > SLOW or access_log.isEnabledFor(logging.INFO):
            _log(request, response, seconds)
        end_request()
        return response


@cache
def _histogram(route: str, status_class: int) -> Histogram:
    """Return the histogram with these labels, which prometheus_client would look up with a lock each time."""
    return REQUESTS.labels(route, f"{status_class}xx")


def refusal_reason(request: HttpRequest, status: int) -> str:
    """Return the reason of a refusal: the one that a view set as `request.refusal`, or the status's; else ""."""
    return str(getattr(request, "refusal", "") or REFUSED.get(status, ""))


def route_name(request: HttpRequest, status: int) -> str:
    """Return the name of the request's route: one of a fixed set, whatever address was asked for."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or "unnamed"
    if status >= HTTPStatus.BAD_REQUEST:
        return "unmatched"
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "page_cache"


def _log(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    status = response.status_code
    reason = refusal_reason(request, status)
    if reason:
        REFUSALS.labels(reason).inc()
    fields = {
        "method": request.method,
        "path": shown_path(request),
        "route": route_name(request, status),
        "status": status,
        "ms": round(seconds * 1000),
        "account": current_account(),
        "network": network_of(client_address(request)),
    }
    shown = {key: value for key, value in fields.items() if value not in (None, "")}
    if reason and status != HTTPStatus.BAD_REQUEST:
        request_log.warning("refused", extra={"fields": {"reason": reason, **shown}})
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR and not getattr(response, "_has_been_logged", False):
        request_log.error("failed", extra={"fields": shown})
    elif seconds > SLOW:
        request_log.warning("slow", extra={"fields": shown})
    else:
        access_log.info("request", extra={"fields": shown})
