"""The picture of a page in link previews."""

from django.http import Http404, HttpRequest, HttpResponse

from controversies import history
from controversies.pages import access, cache
from controversies.pages import share as pictures
from controversies.pages.access import PageState, public_view
from controversies.pages.policy import PAGE


@public_view(reads=(), subject=PAGE, is_for_all=True)
def share(request: HttpRequest, slug: str) -> HttpResponse:
    """Return today's picture of a public page; other pages and old revisions have none."""
    page = access.public_page(request, slug)
    return cache.respond_to_all(request, "share", (page.version,), lambda: _draw(page), "image/png")


def _draw(page: PageState) -> bytes:
    reading = history.at(page.key, page.number)
    if reading is None:
        raise Http404
    return pictures.draw(reading)
