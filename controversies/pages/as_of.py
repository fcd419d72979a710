"""The site at an earlier time: the parameter `as_of` of readers' pages, and links that stay in that time.

A day stands for its end in UTC, a time for the end of its second (`kit.times`). A page that takes the parameter is
drawn as it is without it; then `keep_time()` adds the parameter to its links, so that cached pieces are shared.
"""

import datetime
import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.urls import Resolver404, get_script_prefix, resolve
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from controversies.document import labels
from controversies.kit import times

PARAMETER = "as_of"
# The names of the pages that take the parameter, and that links to therefore keep it.
TAKEN_BY = frozenset(
    {
        "home",
        "controversies",
        "controversy",
        "topics",
        "topic",
        "backers",
        "backer",
        "sources",
        "source",
        "search",
        "history",
        "blame",
        "cite",
        "pictures",
        "cite_part",
    }
)
_SHOWN = 80  # characters of an invalid value
_LINK = re.compile(r'<a\b(?P<attributes>(?:[^">]|"[^"]*")*)>')
_FORM = re.compile(r'<form\b(?P<attributes>(?:[^">]|"[^"]*")*)>(?P<content>.*?)</form>', re.DOTALL)
_ADDRESS = re.compile(r'(?P<name>\s(?:href|action)=")(?P<address>[^"]*)"')
_DATE_FIELD = '<input type="date" name="as_of"'


@dataclass(frozen=True, slots=True)
class RequestedTime:
    """The day or time that a page is asked about: `time` is its last moment, `text` the parameter's value in UTC."""

    time: datetime.datetime
    text: str
    is_day: bool
    is_future: bool  # it has not begun: only what is there today can be shown

    @property
    def day(self) -> str:
        """The day, as a date field takes it."""
        return self.text[: len("2026-03-08")]

    @property
    def words(self) -> str:
        """The day or time for people: “8 March 2026”, or “8 March 2026, 12:00:00 UTC”."""
        day = labels.day_of_time(self.time)
        if self.is_day:
            return day
        return _("%(day)s, %(time)s UTC") % {"day": day, "time": self.time.strftime("%H:%M:%S")}

    @property
    def version(self) -> bytes:
        """Return the part of a page's ETag that depends on the parameter."""
        return f"{self.text} {self.is_future}".encode()


def requested_time(request: HttpRequest) -> RequestedTime | None:
    """Return the day or time that the page is asked about, None without one. Raises BadRequest."""
    values = request.GET.getlist(PARAMETER)
    if len(values) > 1:
        raise BadRequest(_("The address has the parameter “as_of” more than once. Keep one of them."))
    text = values[0].strip() if values else ""
    if not text:
        return None
    try:
        first, last = times.first_moment(text), times.last_moment(text)
    except ValueError:
        raise BadRequest(
            _(
                "“%s” is not a day or time. Write a day like 2026-03-08, or a time with its zone like "
                "2026-03-08T12:00:00Z."
            )
            % "".join(char if char.isprintable() else "�" for char in text[:_SHOWN])
            + (" " + _("In an address, + is written %2B.") if " " in text else "")
        ) from None
    is_day = times.is_day(text)
    if not is_day:  # in UTC, so that an address takes it as it is
        precision = "microseconds" if "." in text else "seconds"
        text = first.isoformat(timespec=precision).replace("+00:00", "Z")
    return RequestedTime(last, text, is_day, first > timezone.now())


def versions(requested: RequestedTime | None) -> tuple[bytes, ...]:
    """Return the part of a page's ETag that depends on the parameter, as `cache.respond()` takes it."""
    return (requested.version,) if requested else ()


def keep_time(html: str, requested: RequestedTime | None) -> str:
    """Add the requested time to a page's links and forms that lead to pages which take it, and fill in its date field.

    Links to fragments, other sites, the desk, feeds, files and fixed revisions stay as they are. So do a link with
    `rel="latest-version"` or `data-today`, which leaves the past, and a form that has a field of this name.
    """
    if requested is None:
        return html
    html = _LINK.sub(lambda link: _with_time(link["attributes"], link[0], requested.text), html)
    html = _FORM.sub(lambda form: _form_with_time(form, requested.text), html)
    return html.replace(_DATE_FIELD, f'{_DATE_FIELD} value="{requested.day}"')


def address_at(address: str, text: str) -> str:
    """Return the address with the parameter, before its fragment."""
    page, mark, fragment = address.partition("#")
    return f"{page}{'&' if '?' in page else '?'}{PARAMETER}={text}{mark}{fragment}"


def _with_time(attributes: str, link: str, text: str) -> str:
    """Return the element with the parameter in its address, or as it is."""
    match = _ADDRESS.search(attributes)
    if match is None or 'rel="latest-version"' in attributes or " data-today" in attributes:
        return link
    address = unescape(match["address"])
    if not _takes_time(address):
        return link
    return link.replace(match[0], f'{match["name"]}{escape(address_at(address, text))}"', 1)


def _form_with_time(form: re.Match[str], text: str) -> str:
    """Return the form with a hidden field for the time, or as it is."""
    match = _ADDRESS.search(form["attributes"])
    address = unescape(match["address"]) if match else "?"
    if 'method="post"' in form["attributes"] or f'name="{PARAMETER}"' in form["content"]:
        return form[0]
    if not _takes_time(address):
        return form[0]
    field = f'<input type="hidden" name="{PARAMETER}" value="{text}">'
    return f"<form{form['attributes']}>{field}{form['content']}</form>"


def _takes_time(address: str) -> bool:
    """Whether the address is of a page of this site that takes the parameter, and does not have it."""
    path, _mark, query = address.partition("#")[0].partition("?")
    if f"{PARAMETER}=" in query:
        return False
    if not path:
        return address.startswith("?")  # of the same page
    return path.startswith("/") and _leads_to_page(
        path.removeprefix(get_script_prefix()[:-1]), get_language()
    )


@lru_cache(maxsize=4096)
def _leads_to_page(path: str, language: str) -> bool:
    """Whether the path is, in the active language, of a page that takes the parameter."""
    try:
        return resolve(path).view_name in TAKEN_BY
    except Resolver404:
        return False
