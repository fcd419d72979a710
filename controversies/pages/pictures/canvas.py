"""A drawing surface of flexible width: shapes as SVG, and words that are cut to fit each of a few widths.

Places across are a share of the width in percent and a number of pixels after it; places down are pixels. So a drawing
within a page reflows and its words keep their size. Words that differ between the widths are drawn once for each, and
the style sheet shows those that fit. A file has one width.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from controversies.pages.share import drawable, is_rtl

NARROW, WIDE, FULL = (
    288,
    640,
    1088,
)  # pixels: from where the words of each width fit; the style sheet has these, too
FILE = 960
_NAMES = {NARROW: "narrow", WIDE: "wide", FULL: "full"}
INK, INK_2, RULE, RULE_2, PAPER, CHANGE = "#1c1b19", "#504d46", "#dcd8cf", "#8a867d", "#fdfcfa", "#1b4a8c"
SMALL, USUAL, LARGE = 12, 14, 18  # pixels of letters
LINE = 18  # pixels from one line of notes to the next
_FILLED = f'fill="none" stroke="{INK}"'
# The style of each class in a file; within a page the style sheet has it (`site/pages/pictures.css`).
FILE_STYLES = {
    "line": f'{_FILLED} stroke-width="1.5"',
    "step": f'{_FILLED} stroke-width="2.5"',
    "unrated": f'{_FILLED} stroke-width="2" stroke-dasharray="3 4"',
    "disputed": f'{_FILLED} stroke-width="2.5" stroke-dasharray="10 3 2 3"',
    "change": f'fill="none" stroke="{CHANGE}" stroke-width="2.5"',
    "hair": f'fill="none" stroke="{RULE}"',
    "cut": f'fill="none" stroke="{PAPER}" stroke-width="1.75"',
    "hollow": f'fill="{PAPER}" stroke="{RULE_2}"',
    "silent": f'fill="none" stroke="{RULE_2}" stroke-dasharray="3 2"',
}
_CLASS = re.compile(r' class="([a-z-]+)"')


@dataclass(frozen=True, slots=True)
class Words:
    """Words at a place: their baseline, size in pixels, and the widths that they are for (none: all)."""

    text: str
    at: float
    x: float
    y: float
    size: int = SMALL
    style: str = ""  # "bold", "soft" or "paper"
    anchor: str = "start"
    widths: tuple[str, ...] = ()  # names in _NAMES


class Canvas:
    """A drawing of growing height, `y` its lower edge so far."""

    def __init__(self, widths: Sequence[int]) -> None:
        self.widths = tuple(widths)
        self.y = 0.0
        self.shapes: list[str] = []
        self.words: list[Words] = []

    @property
    def height(self) -> int:
        return round(self.y) + 8

    @property
    def is_narrow(self) -> bool:
        """Whether it is to be read on a phone, too."""
        return self.widths[0] < WIDE

    def shape(self, svg: str) -> None:
        """Add a shape: an SVG element without words, styled by one of the classes of FILE_STYLES or filled with ink."""
        self.shapes.append(svg)

    def path(self, style: str, lines: Sequence[str]) -> None:
        """Add one path of many lines; nothing without any. Without a style it is filled with ink."""
        if lines:
            self.shape(f'<path{f' class="{style}"' if style else ""} d="{"".join(lines)}"/>')

    def write(
        self,
        text: str,
        *,
        y: float,
        at: float = 0,
        x: float = 0,
        until: float = 100,
        margin: float = 0,
        size: int = SMALL,
        style: str = "",
        anchor: str = "start",
        whole: bool = False,
        only: Sequence[int] = (),
    ) -> bool:
        """Write one line of text from a place (`at` percent and `x` pixels) and return whether it shows at all widths.

        It is cut where it would pass `until` percent less `margin` pixels; with `whole`, left out instead. The room of
        text that is anchored at its end or middle is not checked. `only` are the widths to show it at, of several.
        """
        text = drawable(text)
        fitting: dict[str, list[int]] = {}
        for width in self.widths:
            room = width * (until - at) / 100 - x - margin if anchor == "start" else width
            is_shown = not only or len(self.widths) == 1 or width in only
            words = fit(text, room, size, bold=style == "bold", whole=whole) if is_shown else ""
            fitting.setdefault(words, []).append(width)
        for words, widths in fitting.items():
            if words:
                names = () if len(widths) == len(self.widths) else tuple(_NAMES[width] for width in widths)
                self.words.append(Words(words, at, x, y, size, style, anchor, names))
        return "" not in fitting

    def write_note(self, text: str) -> None:
        """Write a sentence below the drawing, on as many lines as it needs at the narrowest width."""
        line = ""
        for word in drawable(text).split():
            longer = f"{line} {word}".strip()
            if line and text_width(longer, SMALL) > self.widths[0]:
                self._add_note_line(line)
                longer = word
            line = longer
        self._add_note_line(line)

    def _add_note_line(self, text: str) -> None:
        self.y += LINE
        self.write(text, y=self.y, style="soft")

    # -- its forms --

    def inline(self, label: str, *, width: int = 0) -> str:
        """Return it as an SVG element of a page, as wide as its place or `width` pixels, with its text alternative."""
        return (
            f'<svg class="picture" role="img" width="{width or "100%"}" height="{self.height}"'
            f' aria-label="{escape(drawable(label))}">{self._content()}</svg>'
        )

    def file(self, title: str, label: str) -> str:
        """Return it as an SVG file."""
        width, height = self.widths[0], self.height
        content = _CLASS.sub(lambda match: f" {FILE_STYLES[match[1]]}", "".join(self.shapes))
        words = "".join(_text_element(each, _file_style(each)) for each in self.words)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width + 48}" height="{height + 48}"'
            f" fill=\"{INK}\" font-family=\"'Noto Sans', 'Liberation Sans', Arial, sans-serif\">"
            f"<title>{escape(drawable(title))}</title><desc>{escape(drawable(label))}</desc>"
            f'<rect width="100%" height="100%" fill="{PAPER}"/>'
            f'<svg x="24" y="24" width="{width}" height="{height}" overflow="visible">{content}{words}</svg></svg>\n'
        )

    def layout(self) -> dict[str, Any]:
        """Return what `picture.typ` draws: the shapes as an SVG file, and the words for its own fonts."""
        width, height = self.widths[0], self.height
        content = _CLASS.sub(lambda match: f" {FILE_STYLES[match[1]]}", "".join(self.shapes))
        return {
            "width": width,
            "height": height,
            "shapes": (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" fill="{INK}">'
                f"{content}</svg>"
            ),
            "words": [
                {
                    "text": each.text,
                    "x": width * each.at / 100 + each.x,
                    "y": each.y,
                    "size": each.size,
                    "bold": each.style in ("bold", "paper"),
                    "color": {"soft": INK_2, "paper": PAPER}.get(each.style, INK),
                    "anchor": each.anchor,
                    "rtl": is_rtl(each.text),
                }
                for each in self.words
            ],
        }

    def _content(self) -> str:
        words = []
        for each in self.words:
            sized = ("sized", *each.widths) if each.widths else ()
            classes = " ".join(filter(None, (each.style, _SIZES[each.size], *sized)))
            words.append(_text_element(each, f' class="{classes}"' if classes else ""))
        return "".join((*self.shapes, *words))


_SIZES = {SMALL: "", USUAL: "usual", LARGE: "large"}


def _file_style(words: Words) -> str:
    color = {"soft": f' fill="{INK_2}"', "paper": f' fill="{PAPER}"'}.get(words.style, "")
    weight = ' font-weight="600"' if words.style in ("bold", "paper") else ""
    return f' font-size="{words.size}"{color}{weight}'


def _text_element(words: Words, style: str) -> str:
    """Return words as an SVG element. What reads from right to left still stands to the right of its place."""
    anchor, direction = words.anchor, ""
    if is_rtl(words.text):
        anchor = {"start": "end", "end": "start"}.get(anchor, anchor)
        direction = ' direction="rtl"'
    place = f'x="{number(words.at)}%" dx="{number(words.x)}"' if words.at else f'x="{number(words.x)}"'
    end = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return (
        f'<text{style} {place} y="{number(words.y)}"{end}{direction}>{escape(words.text, quote=False)}</text>'
    )


def number(value: float) -> str:
    """Return a coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def text_width(text: str, size: int, *, bold: bool = False) -> float:
    """Estimate the width of a text in pixels, rather too wide: every reader's browser has fonts of its own."""
    units = 0.0
    for char in text:
        if unicodedata.combining(char):
            continue
        if unicodedata.east_asian_width(char) in "WF":
            units += 1.0
        elif char in "iljtfrI.,:;'’|!()[] ":
            units += 0.36
        elif char.isupper() or char in "mwMW%@—…":
            units += 0.8
        else:
            units += 0.59
    return units * size * (1.06 if bold else 1)


def fit(text: str, room: float, size: int, *, bold: bool = False, whole: bool = False) -> str:
    """Cut a text to a width in pixels, after a word if that loses little, with an ellipsis; "" if nothing fits."""
    if text_width(text, size, bold=bold) <= room:
        return text
    if whole:
        return ""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(text[:middle] + "…", size, bold=bold) <= room:
            low = middle
        else:
            high = middle - 1
    while low and low < len(text) and unicodedata.combining(text[low]):
        low -= 1
    if low < 3:  # noqa: PLR2004 - fewer letters say nothing
        return ""
    space = text.rfind(" ", 0, low + 1)
    return text[: space if space > 0.7 * low else low].rstrip(" ,;:—–-") + "…"
