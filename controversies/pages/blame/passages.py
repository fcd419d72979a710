"""Draw a text whose spans are known: in passages, each a paragraph, heading, list item or other block of Markdown.

Spans are of the source, and Markdown may begin in one and end in another. So a piece of a paragraph has as many spans
as it takes to give, by themselves, the HTML that the paragraph has there; all of them if no fewer do.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it.token import Token

from controversies.pages.markdown import PARSER, clean

_PLAIN = re.compile(r"[^*_`\\<>&\[\]!~:\n]*")  # text without Markdown


class SourceSpan(NamedTuple):
    """A span of a text, and the place of its statement in the text, from 0."""

    text: str
    statement: int


class PassagePiece(NamedTuple):
    """HTML of a passage, and the places of the spans that it draws."""

    html: SafeString
    spans: range


class TextPassage(NamedTuple):
    """A block of a text. `tag` is the element to draw around its pieces, "" if its one piece brings its own."""

    tag: str
    pieces: tuple[PassagePiece, ...]


type Refs = tuple[tuple[int, str], ...]  # anchors of sources by number


def markdown_passages(spans: Sequence[SourceSpan], refs: Refs = (), under: int = 4) -> list[TextPassage]:
    """Return the passages of Markdown; `refs` and `under` are as for `markdown.render()`."""
    return list(_MarkdownText(spans, refs, under).passages())


def plain_passages(spans: Sequence[SourceSpan]) -> list[TextPassage]:
    """Return the passages of a text without Markdown: one, if there are any words."""
    pieces = tuple(PassagePiece(_escape(span.text), range(i, i + 1)) for i, span in enumerate(spans))
    return [TextPassage("p", pieces)] if any(span.text.strip() for span in spans) else []


class _MarkdownText:
    """A text in Markdown, with the places of its spans and lines."""

    def __init__(self, spans: Sequence[SourceSpan], refs: Refs, under: int) -> None:
        self.spans = spans
        self.text = "".join(span.text for span in spans)
        self.bounds = [0, *accumulate(len(span.text) for span in spans)]
        self.lines = [0, *(match.end() for match in re.finditer("\n", self.text)), len(self.text)]
        self.env: dict[str, Any] = {"refs": dict(refs), "under": under}

    def passages(self) -> Iterator[TextPassage]:
        if _PLAIN.fullmatch(self.text) and not re.match(r"\s|[-+#=|\d]|$", self.text):  # one paragraph
            yield TextPassage("p", self._plain_pieces(0, len(self.text.rstrip())))
            return
        tokens = PARSER.parse(self.text, self.env)
        line = 0
        for first, last in _blocks(tokens, 0, len(tokens), level=0):
            start, end = tokens[first].map or (line, line)
            yield from self._undrawn(line, start)
            line = max(line, end)
            yield from self._block(tokens, first, last)
        yield from self._undrawn(line, len(self.lines) - 1)

    def _block(self, tokens: list[Token], first: int, last: int) -> Iterator[TextPassage]:
        """Yield the passages of the block between these places: of a list, one for each member."""
        opening = tokens[first]
        if opening.type in ("paragraph_open", "heading_open"):
            yield self._paragraph(opening, tokens[first + 1])
        elif opening.type in ("bullet_list_open", "ordered_list_open"):
            for begin, end in _blocks(tokens, first + 1, last, level=opening.level + 1):
                member = tokens[begin]
                frame = Token(opening.type, opening.tag, 1, attrs=dict(opening.attrs))
                if member.info.isdigit():
                    frame.attrSet("start", member.info)
                yield self._whole([frame, *tokens[begin : end + 1], tokens[last]], member)
        else:
            yield self._whole(tokens[first : last + 1], opening)

    def _paragraph(self, opening: Token, inline: Token) -> TextPassage:
        start, end = self._place(opening)
        source = self.text[start:end]
        end = start + len(source.rstrip())
        start += len(source) - len(source.lstrip())
        if opening.type == "paragraph_open" and _PLAIN.fullmatch(self.text, start, end):
            return TextPassage(opening.tag, self._plain_pieces(start, end))
        whole = PARSER.renderer.render([inline], PARSER.options, self.env)
        pieces = []
        rest, first = whole, (spans := self._spans_at(start, end)).start
        for last in spans:
            html = self._inline(range(first, last + 1), start, end)
            if rest.startswith(html) and (last + 1 < spans.stop or rest == html):
                pieces.append(PassagePiece(_clean_piece(html), range(first, last + 1)))
                rest, first = rest[len(html) :], last + 1
        return TextPassage(
            opening.tag, (PassagePiece(_clean_piece(whole), spans),) if rest else tuple(pieces)
        )

    def _inline(self, group: range, start: int, end: int) -> str:
        """Draw the part of a paragraph that these spans have."""
        source = self.text[max(start, self.bounds[group[0]]) : min(end, self.bounds[group[-1] + 1])]
        return PARSER.renderInline(source, self.env)

    def _whole(self, tokens: list[Token], opening: Token) -> TextPassage:
        html = clean(PARSER.renderer.render(tokens, PARSER.options, self.env))
        return TextPassage("", (PassagePiece(html, self._spans_at(*self._place(opening))),))

    def _undrawn(self, first: int, last: int) -> Iterator[TextPassage]:
        """Yield the lines between two blocks that Markdown draws nothing for, such as the address of a link."""
        start, end = self.lines[first], self.lines[last]
        if words := self.text[start:end].strip():
            start = self.text.index(words, start)
            yield TextPassage("p", self._plain_pieces(start, start + len(words)))

    def _plain_pieces(self, start: int, end: int) -> tuple[PassagePiece, ...]:
        return tuple(
            PassagePiece(
                _escape(self.text[max(start, self.bounds[place]) : min(end, self.bounds[place + 1])]),
                range(place, place + 1),
            )
            for place in self._spans_at(start, end)
        )

    def _place(self, opening: Token) -> tuple[int, int]:
        first, last = opening.map or (0, 0)
        return self.lines[first], self.lines[last]

    def _spans_at(self, start: int, end: int) -> range:
        """Return the places of the spans with characters between these two, but for white space at the end."""
        end = start + len(self.text[start:end].rstrip())
        return range(bisect_right(self.bounds, start) - 1, max(bisect_left(self.bounds, end), 1))


def _blocks(tokens: list[Token], first: int, last: int, *, level: int) -> Iterator[tuple[int, int]]:
    """Yield where each block at this level begins and ends."""
    ends = [i for i in range(first, last) if tokens[i].level == level and tokens[i].nesting < 1]
    for before, end in pairwise([first - 1, *ends]):
        yield before + 1, end


def _escape(text: str) -> SafeString:
    return mark_safe(escape(text))  # noqa: S308 - escaped just now


def _clean_piece(html: str) -> SafeString:
    """Clean HTML of a paragraph, whose white space at either end parts it from the next piece."""
    inner = clean(html)
    return mark_safe(html[: len(html) - len(html.lstrip())] + inner + html[len(html.rstrip()) :])  # noqa: S308 - white space beside cleaned HTML
