"""Frames by which other sites show a page or a part of it: their addresses, their sizes, and the HTML to paste."""

from typing import NamedTuple

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

WIDTH = 640  # pixels
HEIGHT = 480
HEIGHT_OF_PART = 400


class Frame(NamedTuple):
    """A frame: the address of what it shows, what it is called for screen readers, and its size in pixels."""

    src: str
    title: str
    width: int
    height: int

    @property
    def html(self) -> SafeString:
        return format_html(
            '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy" style="border: 0; max-width: 100%">'
            "</iframe>",
            *self,
        )


def path(slug: str, number: int = 0, part: str = "") -> str:
    """Return the path of what a frame shows: the newest revision, or with a number that one; a part of it, or all."""
    return address("embed", slug, number, part)


def address(name: str, slug: str, number: int = 0, part: str = "") -> str:
    """Return the address of one of four URL patterns: `name`, `revision_name`, `name_part`, `revision_name_part`."""
    pattern = ("revision_" if number else "") + name + ("_part" if part else "")
    return reverse(pattern, args=[slug, *([number] if number else []), *([part] if part else [])])


def frame(origin: str, title: str, slug: str, number: int = 0, part: str = "") -> Frame:
    """Return the frame of a page or a part of it, in the usual size."""
    return Frame(origin + path(slug, number, part), title, WIDTH, HEIGHT_OF_PART if part else HEIGHT)
