"""Sets text on a canvas: in lines of a width, from right to left where it is so, with an ellipsis where it is cut.

Of Unicode's rules for direction as much as titles need: a paragraph goes the way of its first letter that has
one, runs the other way are turned within it, and numbers are read from left to right always.
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from PIL import ImageDraw

from . import fonts
from .fonts import Run

ELLIPSIS = "…"
# Where a line may end: after spaces, and on either side of a character of a script that is written without them,
# but not before what closes.
_DENSE = (
    "\u1100-\u11ff\u2e80-\u303f\u3041-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003ffff"
)
_CLOSING = "\u3001\u3002\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f"
_PIECE = re.compile(f"[{_DENSE}][{_CLOSING}]* *|[^ {_DENSE}]+ *| +")
_MOST = 600  # characters that are looked at: no more can be seen


@dataclass(frozen=True, slots=True)
class Style:
    """How text is set: size of letters in pixels, weight from 400 to 700, and its shade, from 0 (ink) to 255."""

    size: int
    weight: int = 400
    ink: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line, in the order in which it is drawn, from left to right."""

    runs: tuple[tuple[Run, bool], ...]  # …and whether each goes from right to left
    width: float
    is_rtl: bool


def lines(text: str, style: Style, width: int, most: int) -> list[Line]:
    """The text in at most so many lines, none wider than `width`."""
    shown = fonts.drawable(text)[:_MOST]
    language, is_rtl = fonts.language_of(shown), _goes_left(shown)
    found: list[str] = []
    line = ""
    pieces = _PIECE.findall(shown)
    while pieces:
        piece = pieces.pop(0)
        if _fits(line + piece.rstrip(), style, width, language):
            line += piece
        elif line:
            if len(found) == most - 1:
                found.append(_cut(line + piece, style, width, language))
                line = ""
                break
            found.append(line.rstrip())
            line = ""
            pieces.insert(0, piece)
        else:  # a word longer than a line
            clusters = _clusters(piece)
            fitting = (
                n
                for n in range(1, len(clusters))
                if not _fits("".join(clusters[: n + 1]), style, width, language)
            )
            n = next(fitting, len(clusters))
            line = "".join(clusters[:n])
            pieces[:0] = ["".join(clusters[n:])] if n < len(clusters) else []
    if line:
        found.append(line.rstrip())
    if len(fonts.drawable(text)) > _MOST and found and not found[-1].endswith(ELLIPSIS):
        found[-1] = _cut(found[-1], style, width, language)
    return [_line(each, style, language, is_rtl) for each in found]


def line(text: str, style: Style, width: int) -> Line | None:
    """The text in one line; None if there is nothing to draw."""
    found = lines(text, style, width, 1)
    return found[0] if found else None


def put(canvas: ImageDraw.ImageDraw, at: tuple[float, float], line: Line, ink: int) -> None:
    """Draw the line with its baseline's left end here."""
    x, y = at
    for run, is_rtl in line.runs:
        with suppress(OSError):  # what is too wide for FreeType is left out, and the rest is drawn
            canvas.text((x, y), run.text, font=run.font, fill=ink, anchor="ls", direction=_direction(is_rtl))
        x += _length(run, is_rtl)


def _direction(is_rtl: bool) -> str | None:
    return ("rtl" if is_rtl else "ltr") if fonts.MAY_SHAPE else None


def _length(run: Run, is_rtl: bool) -> float:
    return run.font.getlength(run.text, direction=_direction(is_rtl))


def _fits(text: str, style: Style, width: int, language: str) -> bool:
    return _width(text, style, language) <= width


def _width(text: str, style: Style, language: str) -> float:
    return sum(
        _length(run, _goes_left(run.text)) for run in fonts.runs(text, style.size, style.weight, language)
    )


def _clusters(text: str) -> list[str]:
    """The text in pieces that are never torn: a letter with its marks, an emoji with what it is joined to."""
    found: list[str] = []
    for char in text:
        if found and (
            unicodedata.category(char)[0] == "M"
            or char in fonts.JOINERS
            or found[-1][-1] == _ZWJ
            or "\U0001f3fb" <= char <= "\U0001f3ff"  # colours of skin
            or (_is_of_a_flag(char) and len(found[-1]) == 1 and _is_of_a_flag(found[-1]))
        ):
            found[-1] += char
        else:
            found.append(char)
    return found


_ZWJ = "\u200d"


def _is_of_a_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _cut(text: str, style: Style, width: int, language: str) -> str:
    """As much of the text as fits with an ellipsis after it; after a whole word, if that costs little."""
    clusters = _clusters(text)
    low, high = 0, len(clusters)
    while low < high:
        middle = (low + high + 1) // 2
        if _fits("".join(clusters[:middle]).rstrip() + ELLIPSIS, style, width, language):
            low = middle
        else:
            high = middle - 1
    kept = "".join(clusters[:low])
    words = kept.rsplit(" ", 1)[0]
    if low < len(clusters) and clusters[low] != " " and len(words) > len(kept) * 3 // 4:
        kept = words
    return kept.rstrip(" ,;:—–-") + ELLIPSIS


# -- direction --

_LEFT, _RIGHT, _NUMBER = "left", "right", "number"  # goes left, goes right, a number among what goes left
_KINDS = {"R": _LEFT, "AL": _LEFT, "L": _RIGHT, "EN": _NUMBER, "AN": _NUMBER}


def _goes_left(text: str) -> bool:
    """Whether the first letter that has a direction goes from right to left."""
    kinds = (_KINDS.get(unicodedata.bidirectional(char)) for char in text)
    return next((kind for kind in kinds if kind in (_LEFT, _RIGHT)), _RIGHT) == _LEFT


def _line(text: str, style: Style, language: str, is_rtl: bool) -> Line:
    made: list[tuple[Run, bool]] = []
    for part, level in _reordered(_levels(text, is_rtl)):
        goes_left = level % 2 == 1
        shown = part if fonts.MAY_SHAPE or not goes_left else part[::-1]
        runs = fonts.runs(shown, style.size, style.weight, language)
        made += [(run, goes_left) for run in (reversed(runs) if goes_left and fonts.MAY_SHAPE else runs)]
    width = sum(_length(run, goes_left) for run, goes_left in made)
    return Line(tuple(made), width, is_rtl)


def _levels(text: str, is_rtl: bool) -> list[tuple[str, int]]:
    """The text cut where its direction changes, each piece with its level: odd ones go from right to left."""
    base = _LEFT if is_rtl else _RIGHT
    kinds = _kinds(text, base)
    level = {_LEFT: 1, _RIGHT: 2 if is_rtl else 0, _NUMBER: 2}
    groups = groupby(zip(text, _settled(text, kinds, base), strict=True), key=lambda pair: level[pair[1]])
    return [("".join(char for char, _kind in group), found) for found, group in groups]


def _kinds(text: str, base: str) -> list[str]:
    """Which way each character goes of itself; "" for spaces and signs, which go with what is around them."""
    found: list[str] = []
    last = base
    for char in text:
        kind = _KINDS.get(unicodedata.bidirectional(char), "")
        if kind == _NUMBER and last == _RIGHT:
            kind = _RIGHT
        elif kind in (_LEFT, _RIGHT):
            last = kind
        elif unicodedata.bidirectional(char) == "NSM" and found:
            kind = found[-1]
        found.append(kind)
    return found


def _settled(text: str, kinds: list[str], base: str) -> list[str]:
    """The kinds, with one for each space and sign: that of what is on both sides of them, or else the paragraph's."""
    settled: list[str] = []
    while len(settled) < len(kinds):
        i = len(settled)
        if kinds[i]:
            settled.append(kinds[i])
            continue
        end = next((j for j in range(i, len(kinds)) if kinds[j]), len(kinds))
        before = settled[-1] if settled else base
        after = kinds[end] if end < len(kinds) else base
        if before == after == _NUMBER and text[i:end] in (".", ",", ":", "/", "-"):
            found = _NUMBER
        elif (before == _RIGHT) == (after == _RIGHT):
            found = _RIGHT if before == _RIGHT else _LEFT
        else:
            found = base
        settled += [found] * (end - i)
    return settled


def _reordered(pieces: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The pieces from left to right: at each level from the highest down, what is there is turned round."""
    for level in range(max((level for _text, level in pieces), default=0), 0, -1):
        turned: list[tuple[str, int]] = []
        for is_there, group in groupby(pieces, key=lambda piece: piece[1] >= level):
            together = list(group)
            turned += reversed(together) if is_there else together
        pieces = turned
    return pieces
