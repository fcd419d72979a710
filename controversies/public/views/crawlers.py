"""Files for crawlers: the list of pages (`/sitemap.xml`), and the pages to leave alone (`/robots.txt`).

Addresses begin with SITE_URL, whatever host the request names. Pages of backers and sources have no time of their last
change, because they show parts of several pages.
"""

import datetime
import hashlib
from collections.abc import Iterator
from html import escape
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, OuterRef, QuerySet, Subquery, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from controversies.history import log
from controversies.models import Controversy, Revision
from controversies.pages import cache, versions
from controversies.pages.access import public_view
from controversies.pages.as_of import PARAMETER
from controversies.pages.policy import RELEASE
from controversies.pages.public_rows import public_backers, public_sources, public_topics

MOST = 50_000  # addresses in one sitemap, by the protocol
_LISTS = ("home", "controversies", "changes")  # change with every revision
_FIXED = (*_LISTS, "backers", "sources", "about", "record", "verify", "verify_formats", "api")
_LEFT_ALONE = ("admin:index", "search")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@public_view(reads=(), versions=versions.of_release, subject=RELEASE, is_for_all=True)
def robots(request: HttpRequest) -> HttpResponse:
    """Exclude the desk (with previews and drafts), searches and forms, and pages as of each of endless times."""
    closed = [reverse(name) for name in _LEFT_ALONE]
    closed.append(reverse("suggest", args=["SLUG"]).replace("SLUG", "*"))
    closed.append(f"/*?*{PARAMETER}=")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines += ["", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@public_view(reads=(), versions=versions.of_corpus, is_for_all=True)
def sitemap(request: HttpRequest) -> HttpResponse:
    """List every public page; an index of parts, if they are too many for one sitemap."""
    parts = _parts()
    if parts == 1:
        return _part(request, 1)
    addresses = [f"{settings.SITE_URL}{reverse('sitemap_part', args=[n])}" for n in range(1, parts + 1)]

    def draw() -> str:
        inside = "".join(f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses)
        return f"{_HEAD}<sitemapindex {_NAMESPACE}>\n{inside}</sitemapindex>\n"

    return cache.respond(request, "sitemap", (_digest(addresses),), draw, cache.XML)


@public_view(reads=(), versions=versions.of_corpus, is_for_all=True)
def sitemap_part(request: HttpRequest, number: int) -> HttpResponse:
    """Return a part of the sitemap."""
    if number > _parts():
        raise Http404
    return _part(request, number)


def _part(request: HttpRequest, number: int) -> HttpResponse:
    addresses = list(_addresses(number))
    return cache.respond(request, "sitemap", (_digest(addresses),), lambda: _urlset(addresses), cache.XML)


def _urlset(addresses: list[tuple[str, str]]) -> str:
    lines = [
        f"<url><loc>{escape(address)}</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</url>\n"
        for address, changed in addresses
    ]
    return f"{_HEAD}<urlset {_NAMESPACE}>\n{''.join(lines)}</urlset>\n"


def _digest(addresses: object) -> bytes:
    return hashlib.sha256(repr(addresses).encode()).digest()


def _size() -> int:
    """Return the number of pages with a slug in a part; the first part also has the fixed pages."""
    return MOST - len(_FIXED)


def _parts() -> int:
    """Return the number of parts; one query."""
    return max(1, -(-_pages().count() // _size()))


def _addresses(number: int) -> Iterator[tuple[str, str]]:
    """Yield each page of a part, and the time of its last change or ""; two queries for the first part, else one."""
    if number == 1:
        newest = [line.entry.time for line in log.latest_changes(1)]
        for name in _FIXED:
            yield settings.SITE_URL + reverse(name), _timestamp(*newest) if name in _LISTS else ""
    patterns = {name: settings.SITE_URL + reverse(name, args=["SLUG"]) for name in _NAMES}
    for rank, slug, changed in _pages()[(number - 1) * _size() : number * _size()]:
        yield patterns[_NAMES[rank]].replace("SLUG", slug), _timestamp(changed)


def _timestamp(time: datetime.datetime | None = None) -> str:
    return time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else ""


_NAMES = ("controversy", "topic", "backer", "source")


def _pages() -> QuerySet[Any]:
    """Return every public page with a slug: the index of its kind in `_NAMES`, its slug, its last change."""
    newest = Revision.objects.filter(controversy=OuterRef("pk")).order_by("-number").values("time")[:1]
    pages = Controversy.objects.public().order_by().annotate(changed=Subquery(newest))
    of_topic = pages.filter(topic=OuterRef("pk")).order_by("-changed").values("changed")[:1]
    unknown = Value(None, output_field=DateTimeField())
    shown = (
        pages,
        public_topics().annotate(changed=Subquery(of_topic)),
        public_backers().annotate(changed=unknown),
        public_sources().annotate(changed=unknown),
    )
    first, *rest = (
        each.order_by().annotate(rank=Value(rank)).values_list("rank", "slug", "changed")
        for rank, each in enumerate(shown)
    )
    return first.union(*rest, all=True).order_by("rank", "slug")
