"""The site's icon at the address that browsers and readers of feeds ask without being told of it."""

from functools import cache
from importlib.resources import files

from django.http import HttpRequest, HttpResponse

from controversies.pages import versions
from controversies.pages.access import public_view
from controversies.pages.policy import RELEASE


@public_view(reads=(), versions=versions.of_release, subject=RELEASE, is_for_all=True)
def favicon(request: HttpRequest) -> HttpResponse:
    """Return the icon in three sizes. Pages name the drawing, which is sharp in all."""
    return HttpResponse(_icon(), content_type="image/x-icon")


@cache
def _icon() -> bytes:
    return files("controversies").joinpath("static/crux/favicon.ico").read_bytes()
