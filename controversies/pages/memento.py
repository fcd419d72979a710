"""Memento (RFC 7089, pattern 2.1): how programs find a page as it was at a time, by headers alone.

The original is a controversy's page, its mementos are its public revisions, and a TimeGate of its own negotiates: so
no page varies with a header of the request. Times have whole seconds, and of a second the last revision counts.
"""

import datetime
import re
from collections.abc import Iterable, Sequence
from email.utils import format_datetime
from functools import lru_cache
from typing import NamedTuple

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from controversies.history import public_revisions, read
from controversies.history.public_revisions import DatedRevision

from . import cache, metadata
from .access import PageState

LINK_FORMAT = "application/link-format"
PART = 1000  # revisions that one part of a timemap covers
_UP, _DOWN = True, False
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# The one form that RFC 7089 (2.1) takes: RFC 1123's, in GMT.
_DATE = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{{2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)


class WebLink(NamedTuple):
    """A link of RFC 8288: the address that it leads to, its relations, and its other attributes."""

    address: str
    relations: str
    attributes: tuple[tuple[str, str], ...] = ()

    def text(self, gap: str) -> str:
        """Return the link as headers and link-format write it, with `gap` after each semicolon."""
        pairs = (("rel", self.relations), *self.attributes)
        return f"<{self.address}>" + "".join(f';{gap}{name}="{value}"' for name, value in pairs)


def http_time(time: datetime.datetime) -> str:
    """Return the time as headers write it: GMT, in whole seconds."""
    return format_datetime(time.astimezone(datetime.UTC), usegmt=True)


# -- headers --


def link_original(request: HttpRequest, page: PageState, response: HttpResponse) -> HttpResponse:
    """Add the links of a public page to its TimeGate and timemap."""
    if page.is_public:
        _add(response, _gate_and_map(request, page))
    return response


def link_beside(request: HttpRequest, page: PageState, response: HttpResponse) -> HttpResponse:
    """Add the links of an answer that is neither the original nor a memento: to both, and so of a 404."""
    if page.is_public:
        _add(response, (_original(request, page), *_gate_and_map(request, page)))
    return response


def mark_memento(request: HttpRequest, page: PageState, number: int, response: HttpResponse) -> HttpResponse:
    """Add a revision's time and its links to the original and to other mementos, unless it is not public."""
    mementos = _mementos(page, number) if page.is_public else ()
    times = [revision.time for revision, _relations in mementos if revision.number == number]
    if times:
        response["Memento-Datetime"] = http_time(times[0])
        links = (_original(request, page), *_gate_and_map(request, page))
        _add(response, (*links, *_memento_links(request, page, mementos)))
    return response


def redirect_to_memento(request: HttpRequest, page: PageState) -> HttpResponse:
    """Return the TimeGate's answer: a redirect to the revision at the time asked for. Raises BadRequest."""
    time = _accepted_time(request)
    number = page.number if time is None else _number_near(page, time)
    response = HttpResponse(status=302, headers={"Location": _address(request, page, number)})
    response["Vary"] = "accept-datetime"
    mementos = _memento_links(request, page, _mementos(page, number))
    _add(response, (_original(request, page), _map(request, page), *mementos))
    return response


def _add(response: HttpResponse, links: Iterable[WebLink]) -> None:
    response["Link"] = ", ".join(link.text(" ") for link in links)


def _original(request: HttpRequest, page: PageState) -> WebLink:
    return WebLink(cache.origin(request) + metadata.at("controversy", page.slug), "original")


def _gate(request: HttpRequest, page: PageState) -> WebLink:
    return WebLink(cache.origin(request) + metadata.at("timegate", page.slug), "timegate")


def _map(request: HttpRequest, page: PageState) -> WebLink:
    return WebLink(_map_address(request, page, 1), "timemap", (("type", LINK_FORMAT),))


def _gate_and_map(request: HttpRequest, page: PageState) -> tuple[WebLink, WebLink]:
    return _gate(request, page), _map(request, page)


def _address(request: HttpRequest, page: PageState, number: int) -> str:
    return cache.origin(request) + metadata.at("revision", page.slug, number)


type _Memento = tuple[DatedRevision, str]  # with its relations


@lru_cache(maxsize=1024)
def _mementos(page: PageState, number: int) -> tuple[_Memento, ...]:
    """Return a public revision of a public page with its neighbours, the first and the last, in order.

    Cached by the newest revision's digest, which covers all before it: never stale.
    """
    revisions = public_revisions.nearest(
        page.key, (1, _UP), (number - 1, _DOWN), (number, _UP), (number + 1, _UP), (page.number, _DOWN)
    )
    relations: dict[DatedRevision, list[str]] = {}
    for name, revision in zip(("first", "prev", "", "next", "last"), revisions, strict=True):
        if revision is not None:
            relations.setdefault(revision, []).extend(filter(None, [name]))
    return tuple((revision, " ".join((*names, "memento"))) for revision, names in sorted(relations.items()))


def _memento_links(request: HttpRequest, page: PageState, mementos: Iterable[_Memento]) -> Iterable[WebLink]:
    for revision, relations in mementos:
        attributes = (("datetime", http_time(revision.time)),)
        yield WebLink(_address(request, page, revision.number), relations, attributes)


# -- negotiation --


def _accepted_time(request: HttpRequest) -> datetime.datetime | None:
    """Return the end of the second that `Accept-Datetime` asks for, None without one. Raises BadRequest."""
    text = request.headers.get("accept-datetime")
    if text is None:
        return None
    match = _DATE.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        day, month, year, hour, minute, second = match.groups()
        second = "59" if second == "60" else second  # the last second of a minute that has one more
        date = datetime.date(int(year), _MONTHS.index(month) + 1, int(day))
        clock = datetime.time(int(hour), int(minute), int(second), 999_999, tzinfo=datetime.UTC)
        return datetime.datetime.combine(date, clock)
    except ValueError:
        raise BadRequest(
            _("The header Accept-Datetime must be a time like “Thu, 12 Mar 2026 09:30:00 GMT”.")
        ) from None


def _number_near(page: PageState, time: datetime.datetime) -> int:
    """Return the number of the newest public revision at a time, or of the first one if there was none yet."""
    number = read.as_of(page.key, time)
    then, first = public_revisions.nearest(page.key, (number, _DOWN), (1, _UP))
    revision = then or first
    return revision.number if revision else page.number


# -- timemaps --


def count_parts(page: PageState) -> int:
    """Return the number of parts of a page's timemap."""
    return (page.number - 1) // PART + 1


def timemap(request: HttpRequest, page: PageState, part: int) -> str:
    """Return the public revisions of a public page in link-format: those of a part, which links to its neighbours."""
    low, high = (part - 1) * PART + 1, min(part * PART, page.number)
    revisions = public_revisions.in_range(page.key, low, high)
    first, before, after = public_revisions.nearest(page.key, (1, _UP), (low - 1, _DOWN), (high + 1, _UP))
    links = [
        _original(request, page),
        _part_link(request, page, part, "self", revisions),
        _gate(request, page),
    ]
    for neighbour in filter(None, (before, after)):
        other = (neighbour.number - 1) // PART + 1
        ends = public_revisions.nearest(
            page.key, ((other - 1) * PART + 1, _UP), (min(other * PART, page.number), _DOWN)
        )
        links.append(_part_link(request, page, other, "timemap", ends))
    mementos = []
    for revision in revisions:
        names = [
            name for name, end in (("first", first), ("last", page)) if end and end.number == revision.number
        ]
        mementos.append((revision, " ".join((*names, "memento"))))
    return ",\n".join(link.text("") for link in (*links, *_memento_links(request, page, mementos)))


def _map_address(request: HttpRequest, page: PageState, part: int) -> str:
    path = metadata.at("timemap_part", page.slug, part) if part > 1 else metadata.at("timemap", page.slug)
    return cache.origin(request) + path


def _part_link(
    request: HttpRequest,
    page: PageState,
    part: int,
    relation: str,
    revisions: Sequence[DatedRevision | None],
) -> WebLink:
    """Return the link to a part of the timemap, with the times of the first and the last of its revisions."""
    times = [http_time(each.time) for each in revisions if each is not None]
    period = (("from", times[0]), ("until", times[-1])) if times else ()
    return WebLink(_map_address(request, page, part), relation, (("type", LINK_FORMAT), *period))
