"""Ask several servers at once over HTTP, and wait no longer than agreed for any of them.

Knows nothing of logs. Redirects are not followed, answers are cut at `LARGEST_ANSWER`, and proxies of the environment
(`HTTPS_PROXY`, `NO_PROXY`) are used.
"""

import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from django.utils.translation import gettext as _

LARGEST_ANSWER = 64 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request: GET without a body, POST with one."""

    url: str
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The status and the text of an answer; or status 0, and in a sentence why there is none."""

    status: int
    text: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **options: object) -> None:
        """Follow nothing: the answer is the redirect itself."""


def ask_all(requests: Mapping[str, HttpRequest], *, seconds: float) -> dict[str, HttpAnswer]:
    """Return the answer to each request, by its name, after at most so many seconds."""
    answers: queue.SimpleQueue[tuple[str, HttpAnswer]] = queue.SimpleQueue()
    for name, request in requests.items():
        # A daemon: one that hangs must not keep the command from ending.
        threading.Thread(target=_answer_into, args=[answers, name, request, seconds], daemon=True).start()
    end = time.monotonic() + seconds
    by_name: dict[str, HttpAnswer] = {}
    while len(by_name) < len(requests):
        try:
            name, answer = answers.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        by_name[name] = answer
    late = HttpAnswer(0, _("It did not answer within %s seconds.") % round(seconds, 1))
    return {name: by_name.get(name, late) for name in requests}


def _answer_into(
    answers: "queue.SimpleQueue[tuple[str, HttpAnswer]]", name: str, request: HttpRequest, seconds: float
) -> None:
    answers.put((name, _ask(request, seconds)))


def _ask(request: HttpRequest, seconds: float) -> HttpAnswer:
    if not request.url.startswith(("http://", "https://")):
        return HttpAnswer(0, _("Its address does not begin with https:// or http://."))
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "crux"}
        prepared = urllib.request.Request(request.url, request.body, headers)  # noqa: S310 - the line above
        try:
            with opener.open(prepared, timeout=seconds) as response:
                return _read(response.status, response.read(LARGEST_ANSWER + 1))
        except urllib.error.HTTPError as error:
            with error:
                return _read(error.code, error.read(LARGEST_ANSWER + 1))
    except Exception as error:
        reason = getattr(error, "reason", None) or error
        return HttpAnswer(0, _("It cannot be reached: %s.") % str(reason).rstrip("."))


def _read(status: int, body: bytes) -> HttpAnswer:
    if len(body) > LARGEST_ANSWER:
        return HttpAnswer(0, _("Its answer is longer than %s bytes.") % LARGEST_ANSWER)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return HttpAnswer(0, _("It redirects to another address: put that one into the policy."))
    return HttpAnswer(status, body.decode("utf-8", "replace"))
