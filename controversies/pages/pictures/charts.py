"""All charts have these in common: a credit, a drawing, a text alternative, a table and the rows of a CSV file."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import typst
from django.utils import formats
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from controversies.kit.csv_lines import BOM, csv_line
from controversies.pages.share import families, fonts

from .canvas import FILE, FULL, LARGE, LINE, NARROW, USUAL, WIDE, Canvas
from .layout import LAYOUT

FORMS = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}  # of files
_RESOLUTION = 144.0  # of PNG files: two of their pixels are one of the drawing


@dataclass(frozen=True, slots=True)
class ChartCredit:
    """The source of a chart: the site, what the chart is about, its state in the record, and its address."""

    site: str
    subject: str
    record: str  # "Revision 12, 8 March 2026"
    address: str


@dataclass(frozen=True, slots=True)
class TableLink:
    """A few words of a table, and their address or ""."""

    words: str
    href: str = ""
    label: str = ""  # a position's letter before the words


@dataclass(frozen=True, slots=True)
class ChartTable:
    """A chart as a table: the heading of each column, and the rows, whose first cell is their heading."""

    headings: tuple[str, ...]
    rows: tuple[tuple[tuple[TableLink, ...], ...], ...]


class Chart(ABC):
    """A picture as a value: all that its drawing, its table and its CSV file are made of."""

    title: str
    credit: ChartCredit

    @property
    @abstractmethod
    def alternative(self) -> str:
        """The picture in words, for those who do not see it."""

    @property
    @abstractmethod
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""

    @property
    @abstractmethod
    def table(self) -> ChartTable:
        """The chart as a table, of as much as is drawn."""

    @abstractmethod
    def csv_rows(self) -> Iterator[Sequence[str | int]]:
        """Yield the rows of all its data, the names of the columns first."""

    @abstractmethod
    def draw(self, canvas: Canvas) -> None:
        """Draw what is between the title and the credit."""

    def width(self) -> int:
        """Return the width in pixels that a drawing within a page needs, 0 where it takes any."""
        return 0

    # -- its forms --

    @property
    def inline_svg(self) -> SafeString:
        """The drawing as a part of a page, whose own headings give its title."""
        width = self.width()
        canvas = self._canvas((width,) if width else (NARROW, WIDE, FULL), titled=False)
        return mark_safe(canvas.inline(self._label, width=width))  # noqa: S308 - its words are escaped

    def svg_file(self) -> bytes:
        """Return the drawing as an SVG file."""
        return self._canvas((FILE,)).file(self.title, self._label).encode()

    def png_file(self) -> bytes:
        """Return the drawing as a PNG file, of twice its size in pixels."""
        layout = self._canvas((FILE,)).layout()
        for words in layout["words"]:
            words["fonts"] = families(words["text"])
        inputs = {"data": json.dumps({**layout, "fonts": families("")})}
        return typst.compile(LAYOUT, font_paths=fonts(), format="png", ppi=_RESOLUTION, sys_inputs=inputs)

    def csv_file(self) -> bytes:
        """Return all its data as CSV, UTF-8 with a byte order mark, by which spreadsheets know it."""
        return (BOM + "".join(map(csv_line, self.csv_rows()))).encode()

    def file(self, form: str) -> bytes:
        """Return the file of a form: a key of FORMS."""
        return {"svg": self.svg_file, "png": self.png_file, "csv": self.csv_file}[form]()

    @property
    def _label(self) -> str:
        return f"{self.title}. {self.alternative}"

    def _canvas(self, widths: tuple[int, ...], *, titled: bool = True) -> Canvas:
        canvas = Canvas(widths)
        if titled:
            canvas.write(self.title, y=18, size=LARGE, style="bold")
            canvas.write(self.credit.subject, y=26 + USUAL, size=USUAL, style="soft")
            canvas.y = 56
        if self.is_empty:
            canvas.write(_("Nothing to draw yet."), y=canvas.y + USUAL, size=USUAL)
            canvas.y += 24
        else:
            self.draw(canvas)
        canvas.y += 8
        canvas.shape(
            f'<svg width="100%" height="{canvas.y + 1}"><path class="hair" d="M0 {canvas.y + 0.5:.1f}H4000"/></svg>'
        )
        canvas.write(f"{self.credit.site} · {self.credit.record}", y=canvas.y + LINE, style="soft")
        canvas.write(self.credit.address, y=canvas.y + 2 * LINE, style="soft", whole=not titled)
        canvas.y += 2 * LINE
        return canvas


def digits(number: int) -> str:
    """Return a count or a revision's number in figures."""
    return formats.number_format(number, use_l10n=True)
