"""Errors to Sentry, if SENTRY_DSN names one: their types, the places in the code, and the id of the request.

An event is built anew from what is listed here, so that nothing else can be sent: no form data, cookies, addresses,
variables, or texts of exceptions, which may quote a draft. Those are in the site's own log, under the same id.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from controversies.kit.request_ids import current_request_id
from controversies.pages.release import release_id

_EVENT = ("event_id", "timestamp", "level", "logger", "platform", "release", "sdk")
_EXCEPTION = ("type", "module")
_FRAME = ("filename", "function", "module", "lineno", "pre_context", "context_line", "post_context", "in_app")
LEFT_OUT = "The text is in the site’s log."


def start(dsn: str) -> None:
    """Send every error that is logged from now on. Raises ImproperlyConfigured for a DSN that is none."""
    import sentry_sdk  # noqa: PLC0415  only a site that has a Sentry loads it
    from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415
    from sentry_sdk.utils import BadDsn  # noqa: PLC0415

    try:
        sentry_sdk.init(
            dsn,
            release=release_id()[:12],
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
            before_send=_scrub,
            max_breadcrumbs=0,
            include_local_variables=False,
            max_request_body_size="never",
            send_default_pii=False,
            auto_session_tracking=False,
            send_client_reports=False,
        )
    except BadDsn as error:
        raise ImproperlyConfigured(
            f"SENTRY_DSN cannot be used: {error}. It looks like https://key@sentry.example/1"
        ) from error


def _scrub(event: Mapping[str, Any], _hint: object) -> Any:
    """Return the event with what is listed above alone. A log line's own text is a constant in the code."""
    scrubbed = _only(event, _EVENT)
    scrubbed["tags"] = {"request_id": current_request_id()}
    if "logentry" in event:
        scrubbed["logentry"] = {"message": event["logentry"].get("message", "")}
    if "exception" in event:
        scrubbed["exception"] = {"values": [_exception(each) for each in event["exception"]["values"]]}
    return scrubbed


def _exception(value: Mapping[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames", ())
    return {
        **_only(value, _EXCEPTION),
        "value": LEFT_OUT,
        "stacktrace": {"frames": [_only(frame, _FRAME) for frame in frames]},
    }


def _only(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}
