"""oEmbed (https://oembed.com, version 1.0): the frame that shows the page at an address, for sites that take a link."""

import json
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from controversies.kit.languages import ENGLISH
from controversies.pages import access, cache, cited_parts, embed, refusals
from controversies.pages.access import PageState, public_view
from controversies.pages.language import in_language, language_of
from controversies.pages.policy import Versions
from controversies.pages.share import HEIGHT, WIDTH
from controversies.pages.versions import of_page

_EMBEDDED = {
    prefix + name + suffix
    for prefix in ("", "revision_")
    for name in ("embed", "cite")
    for suffix in ("", "_part")
} | {"controversy", "revision"}
_MOST_DIGITS = 6


class EmbedTarget(NamedTuple):
    """A page, revision or part of one, as an address names it; number 0 and part "" for today's whole page."""

    slug: str
    number: int
    part: str
    language: str


def _versions(request: HttpRequest, **_arguments: object) -> Versions | None:
    """Return the version of the page that the request asks about; None unless it is public."""
    target = _target(request)
    return of_page(request, target.slug) if target else None


@public_view(reads=("url", "format", "maxwidth", "maxheight"), versions=_versions, is_for_all=True)
def oembed(request: HttpRequest, form: str = "json") -> HttpResponse:
    """Return how to embed the page at the address `url`: 404 where there is none, 501 for any format but JSON."""
    if form != "json" or request.GET.get("format", "json") != "json":
        return refusals.problem(HTTPStatus.NOT_IMPLEMENTED, _("The only format is JSON: leave out `format`."))
    try:
        most_wide, most_high = (_most(request, name) for name in ("maxwidth", "maxheight"))
    except BadRequest as error:
        return refusals.problem(HTTPStatus.BAD_REQUEST, str(error))
    target = _target(request)
    if target is None:
        return refusals.problem(
            HTTPStatus.NOT_FOUND,
            _(
                "`url` must be the address of a controversy’s page on this site, of a revision, or of a part of one."
            ),
        )
    page = access.public_page(request, target.slug)
    with override(target.language):
        answer = _answer(request, page, target, most_wide, most_high)
    response = cache.respond(
        request,
        f"oembed {target} {most_wide} {most_high}",
        (page.version,),
        lambda: json.dumps(answer, ensure_ascii=False, indent=1) + "\n",
        cache.JSON,
    )
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _answer(
    request: HttpRequest, page: PageState, target: EmbedTarget, most_wide: int, most_high: int
) -> dict[str, object]:
    reading = access.reading_at(request, page, target.number or None)
    cited = cited_parts.find(reading.document, target.part)
    if target.part and cited is None:
        raise Http404
    origin, title = cache.origin(request), reading.document.head.title
    if cited is not None:
        title = _("%(part)s of “%(page)s”") % {"part": cited.name, "page": title}
    frame = embed.frame(origin, title, target.slug, target.number, target.part)
    frame = frame._replace(
        width=min(frame.width, most_wide or frame.width), height=min(frame.height, most_high or frame.height)
    )
    answer: dict[str, object] = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": settings.SITE_NAME,
        "provider_url": f"{origin}/",
        "cache_age": settings.CACHE_SECONDS,  # then it may be withdrawn
        "html": frame.html,
        "width": frame.width,
        "height": frame.height,
    }
    is_whole = not target.number and not target.part
    if is_whole and (most_wide or WIDTH) >= WIDTH and (most_high or HEIGHT) >= HEIGHT:
        picture = origin + reverse("share", args=[target.slug])
        answer |= {"thumbnail_url": picture, "thumbnail_width": WIDTH, "thumbnail_height": HEIGHT}
    return answer


def _target(request: HttpRequest) -> EmbedTarget | None:
    """Return the page that the parameter `url` names, None if it is none of this site that can be embedded."""
    try:
        address = urlsplit(request.GET.get("url", ""))
        match = resolve(in_language(address.path, ENGLISH))
    except (ValueError, Resolver404):
        return None
    hosts = {request.get_host(), urlsplit(settings.SITE_URL).netloc}
    if address.scheme not in ("http", "https") or address.netloc not in hosts:
        return None
    if match.view_name not in _EMBEDDED or "as_of=" in address.query:
        return None
    part = match.kwargs.get("part", "")
    if not part and cited_parts.is_part(address.fragment):
        part = address.fragment
    return EmbedTarget(match.kwargs["slug"], match.kwargs.get("number", 0), part, language_of(address.path))


def _most(request: HttpRequest, name: str) -> int:
    """Return a limit in pixels, 0 without one. Raise BadRequest."""
    text = request.GET.get(name, "")
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS or int(text) == 0:
        raise BadRequest(_("`%s` must be a number of pixels, from 1 on.") % name)
    return int(text)
