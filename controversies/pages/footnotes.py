"""Footnotes of a page: the marks in its texts, the citations that they lead to, and the links back.

A mark, `[3]`, leads to a citation of that source by the same block, if there is one, and else to the page's first. The
citation links back to the marks of its own block, and to the other blocks that lead to it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from controversies.document.words import marked_numbers
from controversies.kit.languages import ENGLISH, is_right_to_left

from . import markdown
from .language import direction_attr

_LINK = re.compile(r'<a href="#(source-[0-9a-f]+)" class="ref">')  # only `markdown` draws links with a class


class BackLink(NamedTuple):
    """A link from a citation to a text that leads to it: the anchor, and the words of the link."""

    anchor: str
    words: str


class CitedSource(NamedTuple):
    """A citation that marks may lead to: the number of its source on the page, and its anchor."""

    number: int
    anchor: str


class Footnotes:
    """The texts of one block with their marks, drawn in the order of the page so that each mark has an anchor.

    `cited` are the block's own citations, those to prefer first; `elsewhere` has the first anchor of each source on
    the page, by its number, for sources that the block does not cite. `language` is that of the texts. `links` are
    those to other blocks that refer to a citation of this one, by its anchor.
    """

    def __init__(
        self,
        cited: Iterable[CitedSource],
        elsewhere: Mapping[int, str],
        language: str,
        links: Mapping[str, list[BackLink]] | None = None,
    ) -> None:
        cited = list(cited)
        self._anchors = {each.anchor for each in cited}
        self._own = {each.number: each.anchor for each in reversed(cited)}
        self._elsewhere = elsewhere
        self._is_rtl = is_right_to_left(language or ENGLISH)
        self._marks: dict[str, int] = {}
        self._others = {anchor: list(each) for anchor, each in (links or {}).items()}

    def draw(self, text: str, under: int = 3, cited: Iterable[CitedSource] = ()) -> SafeString:
        """Draw Markdown with its marks. `under` is the level of the heading above, `cited` what to prefer here."""
        if not text:
            return SafeString()
        here = {each.number: each.anchor for each in reversed(list(cited))}
        refs = []
        for number in sorted(marked_numbers(text)):
            if anchor := here.get(number) or self._own.get(number) or self._elsewhere.get(number):
                refs.append((number, anchor))
        direction = "auto" if direction_attr(text) and not self._is_rtl else ""
        html = markdown.render(text, tuple(refs), under, direction)
        return mark_safe(_LINK.sub(self._with_anchor, html)) if refs else html  # noqa: S308 - ids of our own

    def _with_anchor(self, link: re.Match[str]) -> str:
        anchor = link[1]
        if anchor not in self._anchors:
            return link[0]
        number = self._marks[anchor] = self._marks.get(anchor, 0) + 1
        return f'<a href="#{anchor}" class="ref" id="{_mark_anchor(anchor, number)}">'

    def add(self, text: str, link: BackLink) -> None:
        """Note a text of the block that is drawn elsewhere, and the link that leads there."""
        for number in marked_numbers(text):
            if anchor := self._own.get(number):
                self._others.setdefault(anchor, []).append(link)

    def links_back(self, anchor: str) -> list[BackLink]:
        """Return the links from a citation of the block to the texts noted so far that lead to it."""
        count = self._marks.get(anchor, 0)
        words = (
            [_("Back to the text")] if count == 1 else [_("Back to mark %d") % n for n in range(1, count + 1)]
        )
        links = [BackLink(_mark_anchor(anchor, number), each) for number, each in enumerate(words, 1)]
        return links + self._others.get(anchor, [])


def _mark_anchor(anchor: str, number: int) -> str:
    name = f"mark-{anchor.removeprefix('source-')}"
    return name if number == 1 else f"{name}-{number}"
