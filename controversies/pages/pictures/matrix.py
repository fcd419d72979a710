"""Charts of rows × columns, with marks where they meet: evidence, stances, who holds what, and who stands with whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from django.utils.translation import ngettext

from .canvas import FILE, LINE, NARROW, USUAL, Canvas, number, text_width
from .charts import Chart, ChartCredit, ChartTable, TableLink, digits

MOST_COLUMNS = 24  # drawn
MOST_ROWS = 40
_PITCH, _WIDE_PITCH = 26, 44  # from one column to the next; where one mark stands beside another
_ROW, _STACKED_ROW = 28, 46  # heights; where the name of a row stands over its marks
_TILE = 20
_BESIDE = 5  # columns that leave room for names beside them on a phone
_IN_WORDS = 8  # rows of the text alternative


class Mark(StrEnum):
    """The marks of a chart, told apart by shape alone."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    CONTEXT = "context"
    TILE = "tile"
    HOLLOW = "hollow"
    SILENT = "silent"


_WITH_WORDS = (Mark.TILE, Mark.HOLLOW)


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    """A column: the letter or number over it, and its name, which is listed under the chart if `is_named`."""

    label: str
    name: str
    href: str = ""
    is_named: bool = True
    is_tile: bool = False


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A row: a letter or number before its name ("" for none), and the heading of the rows that it is among."""

    name: str
    href: str = ""
    label: str = ""
    group: str = ""
    is_tile: bool = False


@dataclass(frozen=True, slots=True)
class MatrixMark:
    """A mark where a row meets a column; `text` is within it, `note` what a CSV file says besides."""

    mark: Mark
    text: str = ""
    note: str = ""


type MatrixMarks = Mapping[tuple[int, int], tuple[MatrixMark, ...]]  # by the places of row and column


@dataclass(frozen=True, slots=True)
class MatrixChart(Chart):
    """Rows × columns. `legend` has the words of each mark, `csv_names` the columns of the CSV file.

    `notes` are sentences under the drawing.
    """

    title: str
    credit: ChartCredit
    row_name: str
    columns: tuple[MatrixColumn, ...]
    rows: tuple[MatrixRow, ...]
    marks: MatrixMarks
    legend: Mapping[Mark, str]
    csv_names: tuple[str, str, str, str]  # row, column, mark and note
    notes: tuple[str, ...] = ()
    summary: str = ""  # the first sentence of the text alternative
    silent: bool = False  # whether a meeting without a mark is marked, too
    most_rows: int = MOST_ROWS  # drawn

    @property
    def is_empty(self) -> bool:
        return not self.rows or not self.columns

    @property
    def alternative(self) -> str:
        sentences = [self.summary] if self.summary else []
        for place in self._drawn_rows[:_IN_WORDS]:
            row = self.rows[place]
            marks = [f"{self.legend[mark]}: {names}" for mark, names in self._columns_by_mark(place).items()]
            if marks:
                sentences.append(f"{f'{row.label} ' if row.label else ''}{row.name} – {'; '.join(marks)}.")
        more = len(self._drawn_rows) - _IN_WORDS
        if more > 0:
            sentences.append(
                ngettext("%(n)s further row is in the table.", "%(n)s further rows are in the table.", more)
                % {"n": digits(more)}
            )
        return " ".join(sentences)

    @property
    def table(self) -> ChartTable:
        kinds = [mark for mark in self.legend if mark is not Mark.SILENT]
        rows = []
        for place in self._drawn_rows:
            row = self.rows[place]
            cells: list[tuple[TableLink, ...]] = [(TableLink(row.name, row.href, row.label),)]
            cells += [
                tuple(
                    TableLink(
                        f"{column.name} ({each.text})" if each.text and not column.is_tile else column.name,
                        column.href,
                        column.label if column.is_tile else "",
                    )
                    for at, column in enumerate(self._drawn_columns)
                    for each in self.marks.get((place, at), ())
                    if each.mark is kind
                )
                for kind in kinds
            ]
            rows.append(tuple(cells))
        return ChartTable((self.row_name, *(self.legend[kind] for kind in kinds)), tuple(rows))

    def csv_rows(self) -> Iterator[Sequence[str | int]]:
        row_name, column_name, mark_name, note_name = self.csv_names
        yield (f"{row_name}_label", row_name, f"{column_name}_label", column_name, mark_name, note_name)
        for (place, at), marks in sorted(self.marks.items()):
            row, column = self.rows[place], self.columns[at]
            for each in marks:
                yield (
                    row.label,
                    row.name,
                    column.label,
                    column.name,
                    each.mark.value,
                    each.note or each.text,
                )

    def width(self) -> int:
        return self._width if self._width > NARROW else 0

    # -- drawing --

    @property
    def _drawn_columns(self) -> tuple[MatrixColumn, ...]:
        return self.columns[:MOST_COLUMNS]

    @property
    def _drawn_rows(self) -> list[int]:
        """The places of the rows that are drawn: of each group some, by turns, if they have a mark that is drawn."""
        rows = list(range(len(self.rows)))
        if len(self.columns) > MOST_COLUMNS and not self.silent:
            marked = {row for row, column in self.marks if column < MOST_COLUMNS}
            rows = [row for row in rows if row in marked]
        groups = [list(places) for _group, places in groupby(rows, lambda row: self.rows[row].group)]
        chosen: list[int] = []
        for turn in range(self.most_rows):
            for places in groups:
                if turn < len(places) and len(chosen) < self.most_rows:
                    chosen.append(places[turn])
        return sorted(chosen)

    @property
    def _pitch(self) -> int:
        doubled = any(len(marks) > 1 for marks in self.marks.values())
        longest = max((len(each.text) for marks in self.marks.values() for each in marks), default=0)
        return _WIDE_PITCH if doubled or longest > 2 else _PITCH  # noqa: PLR2004 - letters that a tile has room for

    @property
    def _width(self) -> int:
        return len(self._drawn_columns) * self._pitch

    def draw(self, canvas: Canvas) -> None:
        columns, pitch = self._drawn_columns, self._pitch
        stacked = canvas.is_narrow and len(columns) > _BESIDE
        if canvas.widths[0] < FILE and self.width():
            stacked = True
        canvas.y += 4
        for at, column in enumerate(columns):
            _write_label(canvas, column.label, column.is_tile, at * pitch + pitch / 2, canvas.y)
        canvas.y += 26
        begin, paths = canvas.y, _Paths()
        columns_at = [] if stacked else [at * pitch + pitch / 2 for at in range(len(columns))]
        group = ""
        for place in self._drawn_rows:
            row = self.rows[place]
            if row.group != group:
                paths.close_columns(begin, canvas.y, columns_at)
                group = row.group
                canvas.y += 8
                canvas.write(group, y=canvas.y + 14, style="bold")
                canvas.y += 22
                begin = canvas.y
            paths.hairs.append(f"M0 {number(canvas.y)}H4000")
            self._draw_row(canvas, place, paths, stacked=stacked)
        paths.close_columns(begin, canvas.y, columns_at)
        canvas.shapes.insert(
            0,
            f'<svg width="100%" height="{number(canvas.y)}"><path class="hair" d="{"".join(paths.hairs)}"/></svg>',
        )
        paths.add_to(canvas)
        self._draw_legend(canvas)

    def _draw_row(self, canvas: Canvas, place: int, paths: "_Paths", *, stacked: bool) -> None:
        row, pitch, columns = self.rows[place], self._pitch, self._drawn_columns
        top = canvas.y
        x: float = 0 if stacked else len(columns) * pitch + 10
        if row.label and row.is_tile:
            _write_label(canvas, row.label, True, x + 11, top + 4)
            x += 22 + 8 * (len(row.label) - 1) + 6
        elif row.label:
            canvas.write(row.label, x=x, y=top + 19, style="soft")
            x += text_width(row.label, 12) + 6
        canvas.write(row.name, x=x, y=top + 19, size=USUAL)
        middle = top + (_STACKED_ROW - 12 if stacked else _ROW / 2)
        for at in range(len(columns)):
            marks = self.marks.get((place, at), ())
            if not marks and self.silent:
                marks = (MatrixMark(Mark.SILENT),)
            begin = at * pitch + pitch / 2 - 8 * (len(marks) - 1)
            for i, each in enumerate(marks[:2]):
                paths.mark(canvas, each, begin + 16 * i, middle)
        canvas.y += _STACKED_ROW if stacked else _ROW

    def _draw_legend(self, canvas: Canvas) -> None:
        canvas.y += 6
        named = [column for column in self._drawn_columns if column.is_named]
        for column in named:
            canvas.y += LINE + 2
            canvas.write(column.label, y=canvas.y, x=12, style="bold", anchor="middle")
            canvas.write(column.name, y=canvas.y, x=32)
        canvas.y += 8 if named else 0
        paths = _Paths()
        for mark, words in self.legend.items():
            canvas.y += LINE + 2
            paths.mark(canvas, MatrixMark(mark), 12, canvas.y - 4, small=True)
            canvas.write(words, y=canvas.y, x=32, style="soft")
        paths.add_to(canvas)
        notes = (*self._left_out(), *self.notes)
        canvas.y += 6 if notes else 0
        for note in notes:
            canvas.write_note(note)

    def _left_out(self) -> list[str]:
        notes = []
        rows, columns = len(self.rows) - len(self._drawn_rows), len(self.columns) - len(self._drawn_columns)
        if rows > 0:
            notes.append(
                ngettext(
                    "%(n)s further row is in the CSV file.", "%(n)s further rows are in the CSV file.", rows
                )
                % {"n": digits(rows)}
            )
        if columns > 0:
            notes.append(
                ngettext(
                    "%(n)s further column is in the CSV file.",
                    "%(n)s further columns are in the CSV file.",
                    columns,
                )
                % {"n": digits(columns)}
            )
        return notes

    def _columns_by_mark(self, place: int) -> dict[Mark, str]:
        """Return the columns that a row has marks in, in words, by mark."""
        names: dict[Mark, list[str]] = {}
        for at, column in enumerate(self._drawn_columns):
            for each in self.marks.get((place, at), ()):
                names.setdefault(each.mark, []).append(column.label if column.is_tile else column.name)
        return {mark: ", ".join(names[mark]) for mark in self.legend if mark in names}


class _Paths:
    """The marks of a chart, gathered in one path for each style."""

    def __init__(self) -> None:
        self.hairs: list[str] = []
        self._by_style: dict[str, list[str]] = {}

    def mark(self, canvas: Canvas, each: MatrixMark, x: float, y: float, *, small: bool = False) -> None:
        """Add a mark whose middle is at these pixels, and write the text in it."""
        if each.mark is Mark.SUPPORTS:
            self._add("", _square(x, y, 14))
            self._add("cut", f"M{number(x - 4)} {number(y - 2)}h8m-8 4h8")
        elif each.mark is Mark.CONTRADICTS:
            self._add("hollow", _square(x, y, 13))
            self._add(
                "line", f"M{number(x - 4)} {number(y - 2)}h8m-8 4h8M{number(x - 3)} {number(y + 5)}l6 -10"
            )
        elif each.mark is Mark.CONTEXT:
            self._add("", "".join(_square(x + 5 * i, y, 2.5) for i in (-1, 0, 1)))
        elif each.mark is Mark.SILENT:
            self._add("silent", f"M{number(x - 6)} {number(y)}h12")
        else:
            size = 14 if small else _TILE
            width = max(size, 8 * len(each.text) + 6)
            style = "" if each.mark is Mark.TILE else "hollow"
            self._add(style, f"M{number(x - width / 2)} {number(y - size / 2)}h{width}v{size}h-{width}z")
            if each.text:
                words = "paper" if each.mark is Mark.TILE else ""
                canvas.write(each.text, x=x, y=y + 4.5, style=words, anchor="middle")

    def close_columns(self, begin: float, end: float, columns: Sequence[float]) -> None:
        """Add a hairline through each column, from one row's upper edge to another's."""
        if begin < end:
            self.hairs += [f"M{number(x)} {number(begin)}V{number(end)}" for x in columns]

    def add_to(self, canvas: Canvas) -> None:
        for style in ("", "hollow", "line", "silent", "cut"):  # what is in a square is drawn over it
            canvas.path(style, self._by_style.get(style, []))

    def _add(self, style: str, line: str) -> None:
        self._by_style.setdefault(style, []).append(line)


def _square(x: float, y: float, size: float) -> str:
    return f"M{number(x - size / 2)} {number(y - size / 2)}h{number(size)}v{number(size)}h-{number(size)}z"


def _write_label(canvas: Canvas, label: str, is_tile: bool, x: float, y: float) -> None:
    """Write a letter or number around a middle, in a tile of its own if it is a position's."""
    if is_tile:
        width = _TILE + 8 * (len(label) - 1)
        canvas.shape(
            f'<rect x="{number(x - width / 2)}" y="{number(y)}" width="{width}" height="{_TILE}" rx="2"/>'
        )
    canvas.write(label, x=x, y=y + 14.5, style="paper" if is_tile else "bold", anchor="middle")
