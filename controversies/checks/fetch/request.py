"""`fetch()`: an address, its redirects, its host's turn, its robots.txt, and what came of it."""

import datetime
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from email.utils import parsedate_to_datetime
from time import monotonic
from urllib.parse import urljoin

from django.conf import settings

from controversies.models import FetchHost
from controversies.models.choices import FetchResult

from .. import clock
from . import hosts, robots
from .addresses import LONGEST, AddressRefused, Target, parse_address, without_secrets
from .answer import FetchAnswer
from .classify import actual_type, classify, wanted_bytes
from .page_head import HTML, page_head, shown_words
from .transport import Reply, Resolver, TransportError, exchange, system_addresses

SECONDS = 30.0  # for all of a request, redirects included
MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
_ACCEPT = (
    "text/html,application/xhtml+xml,application/pdf,application/json,application/xml;q=0.9,text/*;q=0.8"
)
_FEW_WORDS = 40
_VALIDATOR = re.compile(r"[\x20-\x7e]{1,300}")
_NO_FAILURE = {
    FetchResult.NO_HOST,
    FetchResult.REFUSED,
    FetchResult.TOO_LARGE,
    FetchResult.UNREADABLE,
}  # the host itself is well


def user_agent() -> str:
    """Return the name under which we ask, with an address that explains it."""
    return f"{robots.AGENT}/1.0 (+{settings.CHECKS_CONTACT})"


def fetch(
    url: str,
    *,
    scheduled: bool,
    etag: str = "",
    last_modified: str = "",
    validated_url: str = "",
    resolver: Resolver = system_addresses,
) -> FetchAnswer:
    """Ask for an address and follow its redirects; never raises for what the network does.

    `scheduled` obeys robots.txt; somebody's click does not ask. `etag` and `last_modified` are sent only to the address
    that gave them (`validated_url`, the last of the hops then; `url` itself by default): an answer UNCHANGED says
    nothing about another page. Raises NotYet if it is not the host's turn: try again then. Outside of transactions.
    """
    conditions = _conditions(etag, last_modified)
    return _Visit(scheduled, resolver).get(url, conditions, validated_url or url)


def fetch_beside(answer: FetchAnswer, url: str, *, resolver: Resolver = system_addresses) -> FetchAnswer:
    """Ask for a second address of the host that has just answered, as part of the same visit."""
    visit = _Visit(scheduled=False, resolver=resolver)
    visit.taken.add(parse_address(answer.url, is_redirect=True).key)
    return visit.get(url, {}, "")


def _conditions(etag: str, last_modified: str) -> dict[str, str]:
    pairs = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in pairs.items() if _VALIDATOR.fullmatch(value)}


class _Visit:
    """One call of `fetch()`: its deadline, the hosts that it took, and the redirects so far."""

    def __init__(self, scheduled: bool, resolver: Resolver) -> None:
        self.scheduled = scheduled
        self.resolver = resolver
        self.deadline = monotonic() + SECONDS
        self.taken: set[str] = set()
        self.hops: list[tuple[int | None, str]] = []
        self.sets_cookies = False
        self.delay: float | None = None  # seconds that the latest host's robots.txt asks for

    def get(self, url: str, conditions: Mapping[str, str], validated_url: str) -> FetchAnswer:
        """Ask for an address and follow its redirects. Raises NotYet."""
        while True:
            try:
                target = parse_address(url, is_redirect=bool(self.hops))
            except AddressRefused as refused:
                shown = without_secrets(url[:LONGEST]) if self.hops else url
                self.hops.append((None, shown.replace("\0", "\ufffd")))
                return self._answer(FetchResult.REFUSED, detail=refused.refusal.value)
            shown = without_secrets(target.url)
            headers = {"User-Agent": user_agent(), "Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate"}
            is_conditional = bool(conditions) and _same(target, validated_url)
            if is_conditional:
                headers |= conditions
            try:
                host = self._take(target)
                if host is not None and not robots.allows(host, target.url):
                    self.hops.append((None, shown))
                    return self._answer(FetchResult.ROBOTS)
                reply = self._exchange(target, headers)
            except TransportError as error:
                self.hops.append((None, shown))
                return self._answer(error.seen, detail=error.detail)
            self.hops.append((reply.status, shown))
            if reply.status not in _REDIRECTS or not reply.headers.get("location"):
                seen, detail = classify(
                    reply, requested=self.hops[0][1], reached=target.url, was_conditional=is_conditional
                )
                self._settle(target, reply, is_failure=seen == FetchResult.SERVER_ERROR)
                onward = _refresh_address(target, reply) if seen == FetchResult.OK else ""
                if not onward:
                    return self._answer(seen, reply, detail)
                url = onward
            else:
                self._settle(target, reply)
                url = _location(target, reply.headers["location"])
            self.sets_cookies |= "set-cookie" in reply.headers
            if len(self.hops) > MAX_REDIRECTS:
                # Sites that send us round because we keep no cookies are there.
                seen = FetchResult.BLOCKED if self.sets_cookies else FetchResult.NO_ANSWER
                return self._answer(seen, reply, "redirects")

    def _take(self, target: Target) -> FetchHost | None:
        """Take the host's turn; return its row if its robots.txt is to be obeyed. Raises NotYet, TransportError."""
        host = robots.fresh_host(target.key) if self.scheduled else None
        if host is not None and not robots.allows(host, target.url):
            return host
        if target.key not in self.taken:
            hosts.reserve(target.key)
            self.taken.add(target.key)
        if self.scheduled and host is None:
            self._read_robots(target)
            raise hosts.NotYet(hosts.next_times([target.key]).get(target.key, clock.now()))
        self.delay = robots.crawl_delay(host)
        return host

    def _exchange(self, target: Target, headers: Mapping[str, str]) -> Reply:
        try:
            return exchange(target, headers, self.deadline, max_body=wanted_bytes, resolver=self.resolver)
        except TransportError as error:
            self._settle(target, None, is_failure=error.seen not in _NO_FAILURE)
            raise

    def _settle(self, target: Target, reply: Reply | None, *, is_failure: bool = False) -> None:
        wait = retry_after(reply.headers.get("retry-after", "")) if reply is not None else None
        is_throttled = reply is not None and reply.status == 429  # noqa: PLR2004
        hosts.settle(target.key, is_failure=is_failure or is_throttled, retry_after=wait, delay=self.delay)

    def _read_robots(self, target: Target) -> None:
        """Ask for the robots.txt of a host that is taken, and keep it. Raises TransportError if nobody answers."""
        headers = {
            "User-Agent": user_agent(),
            "Accept": "text/plain,*/*;q=0.5",
            "Accept-Encoding": "gzip, deflate",
        }
        at, status, body = Target(target.scheme, target.host, target.port, "/robots.txt"), None, b""
        is_failure = False
        try:
            for _hop in range(MAX_REDIRECTS + 1):
                reply = exchange(
                    at,
                    headers,
                    self.deadline,
                    max_body=lambda status, _: robots.MAX_BYTES if status in {200, 203} else 0,
                    resolver=self.resolver,
                )
                status, body = reply.status, reply.body
                if status not in _REDIRECTS or not reply.headers.get("location"):
                    break
                at = parse_address(_location(at, reply.headers["location"]), is_redirect=True)
            is_failure = status is not None and status >= 500  # noqa: PLR2004
        except AddressRefused:
            pass  # as a file that is not there
        except TransportError as error:
            is_failure = error.seen in robots.REACHED_NOBODY
            if is_failure:
                raise
        finally:
            hosts.settle(target.key, is_failure=is_failure)
        robots.keep(target.key, status, body)

    def _answer(self, seen: FetchResult, reply: Reply | None = None, detail: str = "") -> FetchAnswer:
        redirects = [status for status, _ in self.hops[:-1]]
        answer = FetchAnswer(
            seen,
            url=self.hops[-1][1],
            time=clock.now(),
            hops=tuple(self.hops),
            permanent=bool(redirects) and all(status in _PERMANENT for status in redirects),
            detail=detail,
        )
        if reply is None:
            return answer
        declared = reply.headers.get("content-type", "")
        is_read = seen == FetchResult.OK
        return replace(
            answer,
            status=reply.status,
            reason=reply.reason,
            headers=reply.headers,
            body=reply.body if is_read else b"",
            content_type=actual_type(reply.body, declared) if is_read else declared,
            retry_after=retry_after(reply.headers.get("retry-after", "")),
            request_headers=reply.request_headers,
        )


def _same(target: Target, url: str) -> bool:
    try:
        return parse_address(url, is_redirect=True).url == target.url
    except AddressRefused:
        return False


def _refresh_address(target: Target, reply: Reply) -> str:
    """Return where a page without words of its own leads by itself, as pages that moved do; "" if it leads nowhere."""
    if (
        actual_type(reply.body, reply.headers.get("content-type", "")).partition(";")[0].strip().lower()
        not in HTML
    ):
        return ""
    head = page_head(reply.body, reply.headers.get("content-type", ""))
    if not head.refresh or len(shown_words(head.text)) > _FEW_WORDS:
        return ""
    url = _location(target, head.refresh.encode("latin-1", "replace").decode("latin-1"))
    return "" if _same(target, url) else url


def _location(target: Target, location: str) -> str:
    """Return where a redirect leads, its raw bytes read as UTF-8 if they are."""
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode()
    try:
        return urljoin(target.url, location.strip().replace(" ", "%20"))
    except ValueError:
        return location


def retry_after(value: str) -> int | None:
    """Return the seconds of a Retry-After header (RFC 9110: seconds or a date), a day at most; None without one."""
    if re.fullmatch(r"\d{1,10}", value, re.ASCII):
        return min(int(value), hosts.LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return max(0, min(int((moment - clock.now()).total_seconds()), hosts.LONGEST_RETRY_AFTER))
