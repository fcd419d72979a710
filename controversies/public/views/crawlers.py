"""Files for crawlers: the list of pages (`/sitemap.xml`), and the pages to leave alone (`/robots.txt`).

Addresses begin with SITE_URL, whatever host the request names. Pages of backers and sources have no time of their last
change, because they show parts of several pages.
"""

import datetime
import hashlib
import uuid
from collections.abc import Iterator
from html import escape
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import DateTimeField, F, OuterRef, QuerySet, Subquery, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from controversies.history import log
from controversies.models import ListedPage, Publication, PublicUse
from controversies.pages import cache, versions
from controversies.pages.access import public_view
from controversies.pages.as_of import PARAMETER
from controversies.pages.language import translations
from controversies.pages.policy import RELEASE

PART = 500  # addresses in one part, about: each is read as quickly as a list
MOST = 49_000  # of them in a part in any case: the protocol allows 50,000
_LISTS = ("home", "controversies", "changes", "topics")  # change with every revision
_FIXED = (
    *_LISTS,
    "needs_help",
    "backers",
    "sources",
    "about",
    "follow",
    "record",
    "verify",
    "verify_formats",
    "api",
    "downloads",
)
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@public_view(reads=(), versions=versions.of_release, subject=RELEASE, is_for_all=True)
def robots(request: HttpRequest) -> HttpResponse:
    """Exclude the desk (with previews and drafts), searches, forms, pages as of each time, and drawings of old ones."""
    closed = [reverse("admin:index"), f"/*{reverse('follow')}"]
    suggest = reverse("suggest", args=["SLUG"]).replace("SLUG", "*")
    old_pictures = reverse("revision_pictures", args=["SLUG", 1]).replace("SLUG", "*").replace("/1/", "/*/")
    for path in (reverse("search"), suggest, old_pictures, f"{reverse('follow')}yours/"):
        closed += [each.address for each in translations(path)]
    closed.append(f"/*?*{PARAMETER}=")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines += ["", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@public_view(reads=(), versions=versions.of_corpus, is_for_all=True)
def sitemap(request: HttpRequest) -> HttpResponse:
    """List every public page; an index of parts, if they are too many for one.

    Depends on the newest arrival and on nothing else.
    """
    parts = _count_parts()
    if parts == 1:
        return _part(request, 1)
    addresses = [f"{settings.SITE_URL}{reverse('sitemap_part', args=[n])}" for n in range(parts, 2 * parts)]

    def draw() -> str:
        inside = "".join(f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses)
        return f"{_HEAD}<sitemapindex {_NAMESPACE}>\n{inside}</sitemapindex>\n"

    return cache.respond(request, "sitemap", (_digest(addresses),), draw, cache.XML)


@public_view(reads=(), versions=versions.of_corpus, is_for_all=True)
def sitemap_part(request: HttpRequest, number: int) -> HttpResponse:
    """Return a part of the sitemap: what has its key in one range.

    Part 1 is the whole range, parts 2 and 3 are its halves, parts 4 to 7 its quarters, and so on: an address has the
    same range for ever, and a page stays in its part while others come and go. Twice as many parts as the index names,
    or half as many, are there, too: the number of pages is an estimate, and whoever reads an index may be late.
    """
    parts = _count_parts()
    if not max(parts // 2, 1) <= number < 4 * parts:
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


# A few are counted. Of many, the planner's estimate is near enough, and costs the same however many they are.
_COUNT = """
    SELECT (
        SELECT count(*) FROM (
            SELECT FROM controversies_listedpage WHERE publication = 'published' LIMIT %(limit)s
        ) few
    ) + (SELECT count(*) FROM (SELECT FROM controversies_publicuse LIMIT %(limit)s) few),
    (
        SELECT sum(reltuples)::bigint FROM pg_class
        WHERE oid IN ('controversies_listedpage'::regclass, 'controversies_publicuse'::regclass)
    )
"""


def _count_parts() -> int:
    """Return the number of parts, a power of two; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"limit": 4 * PART})
        few, estimate = cursor.fetchone()
    if few <= PART:
        return 1
    pages = max(few, estimate)
    return 1 << ((pages - 1) // PART).bit_length()


def _addresses(number: int) -> Iterator[tuple[str, str]]:
    """Yield each page of a part, and the time of its last change or ""; two queries for a first part, else one."""
    parts = 1 << (number.bit_length() - 1)
    if number == parts:
        newest = [line.entry.time for line in log.latest_changes(1)]
        for name in _FIXED:
            yield settings.SITE_URL + reverse(name), _timestamp(*newest) if name in _LISTS else ""
    patterns = {name: settings.SITE_URL + reverse(name, args=["SLUG"]) for name in _NAMES}
    size = 2**128 // parts
    first = (number - parts) * size
    for rank, slug, changed in _pages(uuid.UUID(int=first), uuid.UUID(int=first + size - 1))[:MOST]:
        yield patterns[_NAMES[rank]].replace("SLUG", slug), _timestamp(changed)


def _timestamp(time: datetime.datetime | None = None) -> str:
    return time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else ""


_NAMES = ("controversy", "topic", "backer", "source")


def _pages(first: uuid.UUID, last: uuid.UUID) -> QuerySet[Any]:
    """Return every public page with a key from `first` to `last`: index of its kind in `_NAMES`, slug, last change."""
    public = ListedPage.objects.filter(publication=Publication.PUBLISHED)
    of_topic = public.filter(topic=OuterRef("key")).order_by("-changed").values("changed")[:1]
    unknown = Value(None, output_field=DateTimeField())
    pages = public.filter(controversy__gte=first, controversy__lte=last).annotate(
        rank=Value(0), slug=F("controversy__slug")
    )
    shared = [
        PublicUse.objects.filter(type=name, key__range=(first, last)).annotate(
            rank=Value(rank), changed=Subquery(of_topic) if name == "topic" else unknown
        )
        for rank, name in enumerate(_NAMES)
        if rank
    ]
    rows = pages.values_list("rank", "slug", "changed")
    return rows.union(*(each.values_list("rank", "slug", "changed") for each in shared), all=True).order_by(
        "rank", "slug"
    )
