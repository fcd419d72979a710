"""Ids of requests, for logs, error pages and the tasks of a request; and their paths without secrets."""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps

from django.http import HttpRequest

HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SECRET = re.compile(r"token|secret|uidb|^key$")  # arguments of addresses that only their recipient may know
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
_current: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Return the id of the request, or of the one that enqueued the running task; "" outside of both."""
    return _current.get()


def begin_request(request: HttpRequest, proposed: str = "") -> str:
    """Begin a request under the proposed id if it is well-formed, else under a new one; return it.

    The id holds until this thread begins another request, so that a streamed answer still has it.
    """
    request_id = proposed if _WELL_FORMED.fullmatch(proposed) else secrets.token_hex(8)
    _current.set(request_id)
    _request.set(request)
    return request_id


def end_request() -> None:
    """Let the request go; its id stays until the next."""
    _request.set(None)


def current_account() -> int | None:
    """Return the id of the account that makes the request, if that is known: nothing is looked up."""
    user = getattr(_request.get(), "_cached_user", None)
    return user.pk if user is not None else None


@contextmanager
def use_request_id(request_id: str) -> Iterator[None]:
    """Run a block of code for the request with this id."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)


def keep_request_id[R](function: Callable[..., R]) -> Callable[..., R]:
    """Decorate the function of a task: it takes `request_id`, the id of the request that enqueues it."""

    @wraps(function)
    def function_with_request_id(*args: object, request_id: str = "", **kwargs: object) -> R:
        with use_request_id(request_id):
            return function(*args, **kwargs)

    return function_with_request_id


def shown_path(request: HttpRequest) -> str:
    """Return the path without the query; the route's pattern if the path has a secret, as a link to set a password."""
    match = request.resolver_match
    if match is not None and any(_SECRET.search(name) for name in match.kwargs):
        return f"/{match.route}"
    return request.path
