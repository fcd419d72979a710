"""The TimeGate and the timemaps of a page, for programs that ask for a page as it was (`pages.memento`)."""

from django.http import Http404, HttpRequest, HttpResponse

from controversies.pages import access, cache, memento, versions
from controversies.pages.access import public_view
from controversies.pages.policy import PAGE


@public_view(reads=(), subject=PAGE)
def timegate(request: HttpRequest, slug: str) -> HttpResponse:
    """Redirect to the revision at the time that the header Accept-Datetime asks for, or to the newest."""
    return memento.redirect_to_memento(request, access.public_page(request, slug))


@public_view(reads=(), versions=versions.of_page, subject=PAGE, is_for_all=True)
def timemap(request: HttpRequest, slug: str, number: int = 1) -> HttpResponse:
    """List the public revisions with their times, in parts; `number` is the part's."""
    page = access.public_page(request, slug)
    if number > memento.count_parts(page):
        raise Http404
    return cache.respond(
        request,
        f"timemap {number}",
        (page.version,),
        lambda: memento.timemap(request, page, number),
        memento.LINK_FORMAT,
    )
