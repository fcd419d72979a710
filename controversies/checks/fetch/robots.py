"""robots.txt of a host (RFC 9309), asked for once a day, before checks that nobody waits for.

4xx allows all. After a server error the rules read before hold for a week, without any nothing is asked for a week, and
then all is allowed. A file is cut at 500 kB and stripped to the rules for us before it is kept or parsed.
"""

import datetime

from protego import Protego

from controversies.models import FetchHost
from controversies.models.choices import FetchResult

from .. import clock

AGENT = "CruxChecks"
MAX_BYTES = 500 * 1024
_FRESH = datetime.timedelta(days=1)
_FRESH_FAILURE = datetime.timedelta(hours=1)
_PATIENCE = datetime.timedelta(days=7)
_MAX_RULES = 2_000
_MAX_LINE = 2_000  # characters
_RULES = ("allow", "disallow", "crawl-delay")


def rules_for_us(text: str) -> str:
    """Return the lines of a robots.txt that bind this fetcher: of groups for it by name, else of those for all."""
    groups: dict[str, list[str]] = {"*": [], AGENT.lower(): []}
    current: set[str] = set()
    was_agent = False
    for raw in text.splitlines():
        field, colon, value = raw.partition("#")[0].partition(":")
        field, value = field.strip().lower(), value.strip()
        if not colon or len(raw) > _MAX_LINE:
            continue
        if field == "user-agent":
            current = (current if was_agent else set()) | ({value.lower()} & groups.keys())
            was_agent = True
        elif field in _RULES:
            was_agent = False
            for agent in current:
                if value and len(groups[agent]) < _MAX_RULES:
                    groups[agent].append(f"{field}: {value}")
        elif field != "sitemap":
            was_agent = False
    agent = AGENT.lower() if groups[AGENT.lower()] else "*"
    return "\n".join([f"user-agent: {agent}", *groups[agent]]) if groups[agent] else ""


def fresh_host(name: str) -> FetchHost | None:
    """Return the host's row if its robots.txt was read lately."""
    host = FetchHost.objects.filter(name=name).first()
    if host is None or host.robots_at is None:
        return None
    fresh = _FRESH_FAILURE if host.robots_failed_at else _FRESH
    return host if host.robots_at > clock.now() - fresh else None


def allows(host: FetchHost, url: str) -> bool:
    """Whether the host's robots.txt lets us ask for an address."""
    if host.robots_failed_at is not None:
        if clock.now() - host.robots_failed_at >= _PATIENCE:
            return True
        if not host.robots:
            return False
    return not host.robots or Protego.parse(host.robots).can_fetch(url, AGENT)


def crawl_delay(host: FetchHost | None) -> float | None:
    """Return the seconds between two requests that a robots.txt asks for; None if it does not."""
    return Protego.parse(host.robots).crawl_delay(AGENT) if host is not None and host.robots else None


def keep(name: str, status: int | None, body: bytes) -> None:
    """Keep what a host answered for its robots.txt; the host's row is there."""
    now = clock.now()
    host = FetchHost.objects.get(name=name)
    host.robots_at = now
    if status is not None and (status >= 500 or status == 429):  # noqa: PLR2004
        host.robots_failed_at = host.robots_failed_at or now
    else:
        host.robots_failed_at = None
        is_there = status is not None and 200 <= status < 300  # noqa: PLR2004
        text = body[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff").replace("\0", "")
        host.robots = rules_for_us(text) if is_there else ""
    host.save(update_fields=["robots", "robots_at", "robots_failed_at"])


REACHED_NOBODY = {FetchResult.NO_HOST, FetchResult.NO_ANSWER}  # the page would not answer either
