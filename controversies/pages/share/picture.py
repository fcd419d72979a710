"""The layout of the share picture: site, title, question, positions with their confidence, facts of the revision."""

import io
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from PIL import Image, ImageDraw

from controversies.document.types import Document, Head, Position, label
from controversies.history import Reading
from controversies.models import Confidence, Status
from controversies.pages import marks
from controversies.pages.tags import day

from . import glyphs, text
from .text import Style, TextLine, draw_line

WIDTH, HEIGHT = 1200, 630
_SIDE = 64
_INNER = WIDTH - 2 * _SIDE
# Shades from the site's ink to its paper, as indexes of the palette.
INK, SOFT, RULE, PAPER = 0, 59, 217, 255
_DARK, _LIGHT = (0x1C, 0x1B, 0x19), (0xFD, 0xFC, 0xFA)
_PALETTE = [
    round(dark + (light - dark) * shade / 255)
    for shade in range(256)
    for dark, light in zip(_DARK, _LIGHT, strict=True)
]

_SITE = Style(26, 700, INK)
_BADGE = Style(26, 600, INK)
_TITLES = (Style(56, 700, INK), Style(46, 700, INK))  # the first that fits in two lines; the last is cut
_QUESTION = Style(30, 400, SOFT)
_CLAIM = Style(25, 400, INK)
_LETTER = Style(22, 700, PAPER)
_WORD = Style(22, 600, SOFT)
_FACTS = Style(24, 400, SOFT)

_HEAD_LINE = 76  # baseline of the site's name
_FOOT_LINE = HEIGHT - 40
_FOOT = _FOOT_LINE - 50  # what is above the foot ends here
_LEADING, _GAP = 1.4, 22  # of the question; below it
_ROWS = (44, 54)  # from one position to the next: at least, at most
_LINE = 32  # each further line of a claim
_TILE = 36
_CELLS, _CELL = 5, (214, 46)  # positions without their claims: how many in a row, and how large each
_CONFIDENCE = 150  # pixels for its glyph and word
# Lines of the question and of each claim: the first pair that leaves room for every position is used.
_LINE_COUNTS = ((2, 2), (2, 1), (1, 2), (1, 1))
_MARK = "".join(
    f'<path d="{path}"/>'
    for path in (
        "M2 2H11V6.6L6.6 11H2Z",
        "M22 2V11H17.4L13 6.6V2Z",
        "M22 22H13V17.4L17.4 13H22Z",
        "M2 22V13H6.6L11 17.4V22Z",
        "M12 8.7L15.3 12L12 15.3L8.7 12Z",
    )
)  # static/crux/mark.svg, its four corners written out


@dataclass
class _Canvas:
    """A picture being drawn."""

    image: Image.Image
    canvas: ImageDraw.ImageDraw

    def glyph(self, svg: str, size: tuple[int, int], at: tuple[float, float], height: int, ink: int) -> int:
        """Draw a glyph of these units with its top left here; its width in pixels."""
        shape = glyphs.mask(svg, *size, height)
        self.image.paste(ink, (round(at[0]), round(at[1])), shape)
        return shape.width

    def text(self, at: tuple[float, float], line: TextLine | None, ink: int) -> None:
        if line:
            draw_line(self.canvas, at, line, ink)

    def text_between(
        self, start: float, end: float, baseline: float, line: TextLine | None, ink: int
    ) -> None:
        """Draw the line from its start: the right end if it reads from right to left, else the left end."""
        if line:
            self.text((end - line.width if line.is_rtl else start, baseline), line, ink)


def draw(reading: Reading) -> bytes:
    """Draw the picture of a revision's page, a PNG of WIDTH × HEIGHT pixels."""
    document = reading.document
    image = Image.new("L", (WIDTH, HEIGHT), PAPER)
    on = _Canvas(image, ImageDraw.Draw(image))
    _top(on, document)
    y = _title(on, document.head)
    question_lines, claim_lines = _line_counts(document, _FOOT - y)
    y = _question(on, document.head.question, question_lines, y)
    _positions(on, document.positions, claim_lines, y, _FOOT)
    _foot(on, reading)
    with io.BytesIO() as file:
        image.putpalette(_PALETTE)
        image.save(file, "PNG")
        return file.getvalue()


def _top(on: _Canvas, document: Document) -> None:
    """Draw the site at the left, the status of the dispute at the right."""
    on.canvas.rectangle((0, 0, WIDTH, 9), fill=INK)
    x = _SIDE + on.glyph(_MARK, (24, 24), (_SIDE, _HEAD_LINE - 26), 32, INK) + 12
    status = Status(document.head.status)
    word = text.line(str(status.label), _BADGE, 400)
    right = float(WIDTH - _SIDE)
    if word:
        right -= word.width
        on.text((right, _HEAD_LINE), word, _BADGE.ink)
        right -= 36
        on.glyph(marks.STATUS[status], (16, 16), (right, _HEAD_LINE - 23), 28, INK)
    on.text((x, _HEAD_LINE), text.line(settings.SITE_NAME, _SITE, int(right - x - 40)), _SITE.ink)


def _title(on: _Canvas, head: Head) -> float:
    """Draw the title in the largest style that fits in two lines; return the first free pixel below it."""
    for style in _TITLES:
        shown = text.lines(head.title, style, _INNER, 2)
        if len(text.lines(head.title, style, _INNER, 3)) <= len(shown):
            break
    if not shown:  # nothing of it can be drawn; its address can
        shown = text.lines(head.slug, style, _INNER, 2)
    y = float(_HEAD_LINE + 24)
    for line in shown:
        y += style.size * 1.22
        on.text_between(_SIDE, WIDTH - _SIDE, y, line, style.ink)
    return y + 16


def _line_counts(document: Document, room: float) -> tuple[int, int]:
    """Return the lines of the question and of each claim that there is room for; 0 if not every claim has room."""
    lines = len(text.lines(document.head.question, _QUESTION, _INNER, 2))
    for question_lines, claim_lines in _LINE_COUNTS:
        rows = len(document.positions) * (_ROWS[0] + (claim_lines - 1) * _LINE)
        if rows + min(question_lines, lines) * _QUESTION.size * _LEADING + _GAP <= room:
            return question_lines, claim_lines
    cells = _height_of_cells(len(document.positions))
    one = cells + _QUESTION.size * _LEADING + _GAP
    return (1 if one <= room < one + _QUESTION.size * _LEADING else 2), 0


def _height_of_cells(count: int) -> float:
    return -(-count // _CELLS) * _CELL[1]


def _question(on: _Canvas, question: str, most: int, y: float) -> float:
    """Draw the question; return the first free pixel below it."""
    for line in text.lines(question, _QUESTION, _INNER, most):
        y += _QUESTION.size * _LEADING
        on.text_between(_SIDE, WIDTH - _SIDE, y, line, _QUESTION.ink)
    return y + _GAP


def _positions(
    on: _Canvas, positions: tuple[Position, ...], claim_lines: int, top: float, bottom: float
) -> None:
    """Draw each with so many lines of its claim; with 0, each without; none, if there are too many even for that.

    The foot has their number in any case.
    """
    if claim_lines and positions:
        height = min(_ROWS[1] + (claim_lines - 1) * _LINE, (bottom - top) / len(positions))
        for i, position in enumerate(positions):
            _row(on, i, position, claim_lines, top + i * height, height)
    elif _height_of_cells(len(positions)) <= bottom - top:
        for i, position in enumerate(positions):
            row, column = divmod(i, _CELLS)
            x, y = _SIDE + column * _CELL[0], top + row * _CELL[1] + _CELL[1] / 2
            _tile(on, i, x, y)
            _confidence(on, position, x + _TILE + 14, y)


def _row(on: _Canvas, i: int, position: Position, claim_lines: int, top: float, height: float) -> None:
    """Draw letter, claim and confidence, the same way for every position."""
    on.canvas.line((_SIDE, top, WIDTH - _SIDE, top), fill=RULE, width=2)
    middle = top + 1 + height / 2
    _tile(on, i, _SIDE, middle)
    right = WIDTH - _SIDE - _CONFIDENCE
    _confidence(on, position, right, middle)
    start, end = _SIDE + _TILE + 20, right - 28
    lines = text.lines(position.claim, _CLAIM, end - start, claim_lines)
    for n, line in enumerate(lines):
        on.text_between(start, end, middle + 9 + (n - (len(lines) - 1) / 2) * _LINE, line, _CLAIM.ink)


def _confidence(on: _Canvas, position: Position, x: float, middle: float) -> None:
    """Draw the glyph and its word."""
    confidence = Confidence(position.confidence)
    on.glyph(marks.CONFIDENCE[confidence], (18, 16), (x, middle - 13), 26, INK)
    on.text((x + 40, middle + 8), text.line(str(confidence.label), _WORD, _CONFIDENCE), _WORD.ink)


def _tile(on: _Canvas, i: int, x: float, middle: float) -> None:
    """Draw a position's letter."""
    top = round(middle - _TILE / 2)
    on.canvas.rounded_rectangle((x, top, x + _TILE, top + _TILE), 3, fill=INK)
    letter = text.line(label(i), _LETTER, _TILE * 2)
    if letter:
        on.text((x + (_TILE - letter.width) / 2, middle + 8), letter, _LETTER.ink)


def _foot(on: _Canvas, reading: Reading) -> None:
    """Draw the numbers of positions, backers and sources, and the revision."""
    document, entry = reading.document, reading.entry
    on.canvas.line((_SIDE, _FOOT_LINE - 44, WIDTH - _SIDE, _FOOT_LINE - 44), fill=INK, width=2)
    counted = [
        ngettext("%d position", "%d positions", len(document.positions)) % len(document.positions),
        ngettext("%d backer", "%d backers", len(document.backers)) % len(document.backers),
        ngettext("%d source", "%d sources", len(document.sources)) % len(document.sources),
    ]
    revision = _("Revision %(number)d, %(day)s") % {"number": entry.number, "day": day(entry.time)}
    right = text.line(revision, _FACTS, _INNER // 2)
    on.text((_SIDE, _FOOT_LINE), text.line(" · ".join(counted), _FACTS, _INNER // 2), _FACTS.ink)
    if right:
        on.text((WIDTH - _SIDE - right.width, _FOOT_LINE), right, _FACTS.ink)
