"""Typesetting of text on a canvas: line breaks, direction, an ellipsis where it is cut.

Unicode's bidirectional rules as far as titles need them: a paragraph takes the direction of its first strong letter,
runs of the other direction are reversed within it, and numbers always read from left to right.
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from PIL import ImageDraw

from . import fonts
from .fonts import FontRun

ELLIPSIS = "…"
# A line may end after spaces, and on either side of a character of a script written without spaces, but not before
# closing punctuation.
_DENSE = (
    "\u1100-\u11ff\u2e80-\u303f\u3041-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003ffff"
)
_CLOSING = "\u3001\u3002\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f"
_PIECE = re.compile(f"[{_DENSE}][{_CLOSING}]* *|[^ {_DENSE}]+ *| +")
_MAX_LENGTH = 600  # characters; more would not fit


@dataclass(frozen=True, slots=True)
class Style:
    """The style of text: size in pixels, weight from 400 to 700, shade from 0 (ink) to 255."""

    size: int
    weight: int = 400
    ink: int = 0


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line, in the order of drawing, from left to right."""

    runs: tuple[tuple[FontRun, bool], ...]  # with whether each reads from right to left
    width: float
    is_rtl: bool


def lines(text: str, style: Style, width: int, most: int) -> list[TextLine]:
    """Break the text into at most `most` lines, none wider than `width`."""
    shown = fonts.drawable(text)[:_MAX_LENGTH]
    language, is_rtl = fonts.language_of(shown), _is_rtl(shown)
    texts: list[str] = []
    line = ""
    pieces = _PIECE.findall(shown)
    while pieces:
        piece = pieces.pop(0)
        if _fits(line + piece.rstrip(), style, width, language):
            line += piece
        elif line:
            if len(texts) == most - 1:
                texts.append(_truncate(line + piece, style, width, language))
                line = ""
                break
            texts.append(line.rstrip())
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
        texts.append(line.rstrip())
    if len(fonts.drawable(text)) > _MAX_LENGTH and texts and not texts[-1].endswith(ELLIPSIS):
        texts[-1] = _truncate(texts[-1], style, width, language)
    return [_line(each, style, language, is_rtl) for each in texts]


def line(text: str, style: Style, width: int) -> TextLine | None:
    """Return the text in one line; None if there is nothing to draw."""
    return next(iter(lines(text, style, width, 1)), None)


def draw_line(canvas: ImageDraw.ImageDraw, at: tuple[float, float], line: TextLine, ink: int) -> None:
    """Draw the line with the left end of its baseline at this place."""
    x, y = at
    for run, is_rtl in line.runs:
        with suppress(OSError):  # text too wide for FreeType is left out
            canvas.text((x, y), run.text, font=run.font, fill=ink, anchor="ls", direction=_direction(is_rtl))
        x += _length(run, is_rtl)


def _direction(is_rtl: bool) -> str | None:
    return ("rtl" if is_rtl else "ltr") if fonts.MAY_SHAPE else None


def _length(run: FontRun, is_rtl: bool) -> float:
    return run.font.getlength(run.text, direction=_direction(is_rtl))


def _fits(text: str, style: Style, width: int, language: str) -> bool:
    return _width(text, style, language) <= width


def _width(text: str, style: Style, language: str) -> float:
    return sum(
        _length(run, _is_rtl(run.text)) for run in fonts.runs(text, style.size, style.weight, language)
    )


def _clusters(text: str) -> list[str]:
    """Split the text into clusters, which are never broken: a letter with its marks, a sequence of joined emoji."""
    clusters: list[str] = []
    for char in text:
        if clusters and (
            unicodedata.category(char)[0] == "M"
            or char in fonts.JOINERS
            or clusters[-1][-1] == _ZWJ
            or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
            or (_is_of_a_flag(char) and len(clusters[-1]) == 1 and _is_of_a_flag(clusters[-1]))
        ):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters


_ZWJ = "\u200d"


def _is_of_a_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _truncate(text: str, style: Style, width: int, language: str) -> str:
    """Cut the text to fit with an ellipsis after it; after a whole word, if that loses little."""
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

_RTL, _LTR, _NUMBER = "rtl", "ltr", "number"  # a number is one within text from right to left
_KINDS = {"R": _RTL, "AL": _RTL, "L": _LTR, "EN": _NUMBER, "AN": _NUMBER}


def _is_rtl(text: str) -> bool:
    """Whether the first letter with a direction reads from right to left."""
    kinds = (_KINDS.get(unicodedata.bidirectional(char)) for char in text)
    return next((kind for kind in kinds if kind in (_RTL, _LTR)), _LTR) == _RTL


def _line(text: str, style: Style, language: str, is_rtl: bool) -> TextLine:
    line: list[tuple[FontRun, bool]] = []
    for part, level in _reorder(_levels(text, is_rtl)):
        is_reversed = level % 2 == 1
        shown = part if fonts.MAY_SHAPE or not is_reversed else part[::-1]
        runs = fonts.runs(shown, style.size, style.weight, language)
        line += [(run, is_reversed) for run in (reversed(runs) if is_reversed and fonts.MAY_SHAPE else runs)]
    width = sum(_length(run, is_reversed) for run, is_reversed in line)
    return TextLine(tuple(line), width, is_rtl)


def _levels(text: str, is_rtl: bool) -> list[tuple[str, int]]:
    """Split the text where its direction changes, each piece with its level: odd levels read from right to left."""
    base = _RTL if is_rtl else _LTR
    kinds = _kinds(text, base)
    level = {_RTL: 1, _LTR: 2 if is_rtl else 0, _NUMBER: 2}
    groups = groupby(zip(text, _resolve(text, kinds, base), strict=True), key=lambda pair: level[pair[1]])
    return [("".join(char for char, _kind in group), number) for number, group in groups]


def _kinds(text: str, base: str) -> list[str]:
    """Return the direction of each character itself; "" for spaces and signs, which take that of their neighbours."""
    kinds: list[str] = []
    last = base
    for char in text:
        kind = _KINDS.get(unicodedata.bidirectional(char), "")
        if kind == _NUMBER and last == _LTR:
            kind = _LTR
        elif kind in (_RTL, _LTR):
            last = kind
        elif unicodedata.bidirectional(char) == "NSM" and kinds:
            kind = kinds[-1]
        kinds.append(kind)
    return kinds


def _resolve(text: str, kinds: list[str], base: str) -> list[str]:
    """Give each space and sign a direction: that of both its neighbours, or else the paragraph's."""
    resolved: list[str] = []
    while len(resolved) < len(kinds):
        i = len(resolved)
        if kinds[i]:
            resolved.append(kinds[i])
            continue
        end = next((j for j in range(i, len(kinds)) if kinds[j]), len(kinds))
        before = resolved[-1] if resolved else base
        after = kinds[end] if end < len(kinds) else base
        if before == after == _NUMBER and text[i:end] in (".", ",", ":", "/", "-"):
            kind = _NUMBER
        elif (before == _LTR) == (after == _LTR):
            kind = _LTR if before == _LTR else _RTL
        else:
            kind = base
        resolved += [kind] * (end - i)
    return resolved


def _reorder(pieces: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Order the pieces from left to right: at each level, from the highest down, their order is reversed."""
    for level in range(max((level for _text, level in pieces), default=0), 0, -1):
        reordered: list[tuple[str, int]] = []
        for is_there, group in groupby(pieces, key=lambda piece: piece[1] >= level):
            together = list(group)
            reordered += reversed(together) if is_there else together
        pieces = reordered
    return pieces
