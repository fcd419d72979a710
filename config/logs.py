"""Logs: a readable line, or a JSON object a line (LOG_JSON); each with the id of its request.

Words that a database error quotes from rows are left out, and no text can begin a line of its own.
"""

import logging
import re
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest

from controversies.kit.outages import outage_of
from controversies.kit.request_ids import current_request_id, shown_path

type EventDict = MutableMapping[str, Any]
type ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DETAIL_LEFT_OUT = "(left out)"


def logging_config(*, as_json: bool, access: bool) -> dict[str, Any]:
    """Return Django's LOGGING: everything to standard error; a line a request only with `access`."""
    shared = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_fields,
    ]
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else render_line
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    format_exception,
                    renderer,
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            # Django's own handlers would mail administrators, and print nothing when DEBUG is off.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # Somebody's mistyped address is no event: errors only.
            "django.request": {"level": "ERROR"},
            # `config.middleware` logs what was refused, with the reason.
            "django.security": {"level": "ERROR"},
            # Nor is another site's broken answer, which the checks of sources write down.
            "urllib3": {"level": "ERROR"},
            # Each task's beginning and end is no event either.
            "django_ox": {"level": "WARNING"},
            "django.tasks": {"level": "WARNING"},
            "crux.access": {"level": "INFO" if access else "WARNING"},
        },
    }


def add_fields(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Add the request's id and the fields of a named event, and take secrets out of the path in Django's lines."""
    record: logging.LogRecord | None = event.get("_record")
    event.update(getattr(record, "fields", {}))
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        event["event"] = event["event"].replace(request.path, shown_path(request))
    request_id = current_request_id()
    if request_id:
        event["request_id"] = request_id
    return event


def format_exception(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace the exception by its traceback, without what a database error quotes from rows.

    A database that is down has no traceback: all requests that need it fail alike, and one line is enough for each.
    """
    exc_info: ExcInfo | None = event.pop("exc_info", None)
    if exc_info and outage_of(exc_info[1]):
        event["reason"] = " ".join(str(exc_info[1]).split())
    elif exc_info and isinstance(exc_info[1], DisallowedHost):
        pass  # its message says what to set
    elif exc_info and exc_info[1] is not None:
        event["exception"] = "".join(without_details(exc_info[1], traceback.format_exception(exc_info[1])))
    return event


def without_details(error: BaseException, lines: list[str]) -> list[str]:
    """Return the lines of a traceback without the values that PostgreSQL quotes in the details of its errors."""
    details: list[str] = []
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        each = pending.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        pending += [each.__cause__, each.__context__]
        detail = getattr(getattr(each, "diag", None), "message_detail", None)
        if detail:
            details.append(str(detail))
    for detail in details:
        lines = [line.replace(detail, _DETAIL_LEFT_OUT) for line in lines]
    return lines


def render_line(_logger: object, _method: str, event: EventDict) -> str:
    """Return "time LEVEL logger message key=value …", then the traceback."""
    time, level, name = event.pop("timestamp"), event.pop("level"), event.pop("logger")
    message, exception, stack = event.pop("event"), event.pop("exception", ""), event.pop("stack", "")
    pairs = (f"{key}={_value(value)}" for key, value in event.items())
    line = _CONTROL.sub(_escape, " ".join([time, level.upper(), name, str(message), *pairs]))
    return "\n".join(part for part in (line, exception.rstrip("\n"), stack) if part)


def _value(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(_value, value))
    text = str(value)
    return f'"{text}"' if " " in text or not text else text


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
