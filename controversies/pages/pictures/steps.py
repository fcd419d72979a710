"""Confidence over time: one stepped line for each position, all on one axis of time."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, zip_longest

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.document import labels
from controversies.models import Confidence
from controversies.pages.timeline import time_ticks

from .canvas import FULL, LINE, NARROW, SMALL, USUAL, WIDE, Canvas, number, text_width
from .charts import Chart, ChartCredit, ChartTable, TableLink, digits

MOST_POSITIONS = 26  # drawn
MOST_STEPS = 40  # of one line drawn: the latest
_WORDS_FOR = 8  # positions in the text alternative
_HEIGHT = 112  # of a position: its claim, and the room of its line
_LEVELS = {  # of a line, from the upper edge
    Confidence.HIGH: 42,
    Confidence.MEDIUM: 57,
    Confidence.LOW: 72,
    Confidence.DISPUTED: 87,
    Confidence.NOT_RATED: 87,
}
_STYLES = {Confidence.DISPUTED: "disputed", Confidence.NOT_RATED: "unrated"}
_SCALE = 1000  # units of the width within the room of a line


@dataclass(frozen=True, slots=True)
class ConfidenceStep:
    """A confidence from one revision on; "" while readers did not see the position."""

    number: int
    time: datetime.datetime
    value: str

    @property
    def word(self) -> str:
        return str(Confidence(self.value).label)


@dataclass(frozen=True, slots=True)
class PositionLine:
    """A position with its confidence over time, oldest first."""

    label: str
    claim: str
    href: str
    steps: tuple[ConfidenceStep, ...]


@dataclass(frozen=True, slots=True)
class StepChart(Chart):
    """The confidence of each position over time, until the time of the revision that is shown.

    `since` is the revision that the lines begin with, if there were more changes before it than are shown, else 0.
    """

    title: str
    credit: ChartCredit
    lines: tuple[PositionLine, ...]
    until: datetime.datetime
    since: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.lines

    @property
    def alternative(self) -> str:
        sentences = [
            _("Position %(label)s: %(history)s.") % {"label": line.label, "history": _in_words(line)}
            for line in self.lines[:_WORDS_FOR]
            if line.steps
        ]
        return " ".join((*sentences, *self._notes(_WORDS_FOR)))

    @property
    def table(self) -> ChartTable:
        rows = [
            (
                (TableLink(line.claim, line.href, line.label),),
                tuple(TableLink(_step_in_words(step)) for step in reversed(_shown_steps(line)) if step.value),
            )
            for line in self.lines[:MOST_POSITIONS]
        ]
        return ChartTable((_("Position"), _("Confidence in the evidence, newest first")), tuple(rows))

    def csv_rows(self) -> Iterator[Sequence[str | int]]:
        yield ("position", "claim", "confidence", "revision", "from", "until")
        for line in self.lines:
            for step, following in zip_longest(line.steps, line.steps[1:]):
                if step.value:
                    end = following.time.isoformat() if following else ""
                    yield (line.label, line.claim, step.value, step.number, step.time.isoformat(), end)

    def draw(self, canvas: Canvas) -> None:
        lines = self.lines[:MOST_POSITIONS]
        shown = {line.label: _shown_steps(line) for line in lines}
        first = min((steps[0].time for steps in shown.values() if steps), default=self.until)
        last = max((step.time for steps in shown.values() for step in steps), default=self.until)
        axis = _Axis(first, max(last, self.until))
        for line in lines:
            _draw_line(canvas, line, shown[line.label], axis)
            canvas.y += _HEIGHT
        _draw_axis(canvas, axis)
        _draw_legend(canvas)
        for note in self._notes(MOST_POSITIONS):
            canvas.write_note(note)

    def _notes(self, most: int) -> list[str]:
        """Return what is left out, in words."""
        notes = []
        more = len(self.lines) - most
        if more > 0:
            notes.append(
                ngettext(
                    "%(n)s further position is in the CSV file.",
                    "%(n)s further positions are in the CSV file.",
                    more,
                )
                % {"n": digits(more)}
            )
        if self.since:
            notes.append(
                _("Changes before revision %(number)s are not drawn.") % {"number": digits(self.since)}
            )
        return notes


def _shown_steps(line: PositionLine) -> tuple[ConfidenceStep, ...]:
    return line.steps[-MOST_STEPS:]


def _in_words(line: PositionLine) -> str:
    """Return the latest steps of a line in words."""
    steps = [step for step in line.steps if step.value][-3:]
    return ", ".join(_step_in_words(step) for step in steps)


def _step_in_words(step: ConfidenceStep) -> str:
    return _("%(confidence)s since %(day)s (revision %(number)s)") % {
        "confidence": step.word,
        "day": labels.day_of_time(step.time),
        "number": digits(step.number),
    }


@dataclass(frozen=True, slots=True)
class _Axis:
    """The axis of time, from a first time to the last."""

    first: datetime.datetime
    last: datetime.datetime

    def place(self, time: datetime.datetime) -> float:
        """Return the place of a time in percent of the width."""
        whole = (self.last - self.first).total_seconds()
        share = (time - self.first).total_seconds() / whole if whole > 0 else 0.0
        return 100 * min(max(share, 0.0), 1.0)


def _draw_line(canvas: Canvas, line: PositionLine, steps: Sequence[ConfidenceStep], axis: _Axis) -> None:
    top = canvas.y
    _draw_tile(canvas, line.label, top)
    canvas.write(line.claim, y=top + 15, x=_tile_width(line.label) + 8, size=USUAL, style="bold")
    if not steps:
        canvas.write(_("No confidence recorded."), y=top + 50, style="soft")
        return
    # An import may carry times that go back: the order is that of the record.
    times = list(accumulate((step.time for step in steps), max))
    places = [axis.place(time) for time in times]
    ends = [*places[1:], 100.0]
    paths: dict[str, list[str]] = {"hair": [f"M0 {level}H{_SCALE}" for level in sorted({*_LEVELS.values()})]}
    before: Confidence | None = None
    for step, x, end in zip(steps, places, ends, strict=True):
        value = Confidence(step.value) if step.value else None
        if value is not None:
            level = _LEVELS[value]
            paths.setdefault(_STYLES.get(value, "step"), []).append(
                f"M{number(10 * x)} {level}H{number(10 * end)}"
            )
            if before is not None and before != value:
                start = _LEVELS[before]
                low, high = (start - 3, level + 3) if start == level else (start, level)
                paths.setdefault("change", []).append(f"M{number(10 * x)} {low}V{high}")
        before = value
    content = "".join(f'<path class="{style}" d="{"".join(lines)}"/>' for style, lines in paths.items())
    canvas.shape(
        f'<svg y="{number(top)}" width="100%" height="{_HEIGHT}" viewBox="0 0 {_SCALE} {_HEIGHT}"'
        f' preserveAspectRatio="none" overflow="visible">{content}</svg>'
    )
    _write_values(canvas, steps, places, top)


def _write_values(
    canvas: Canvas, steps: Sequence[ConfidenceStep], places: Sequence[float], top: float
) -> None:
    """Write the word of each value over its line, where there is room: the last in any case."""
    until, last = 100.0, True
    narrowest = canvas.widths[0]
    for i in reversed(range(len(steps))):
        if not steps[i].value:
            until = places[i]
            continue
        word = steps[i].word
        y = top + _LEVELS[Confidence(steps[i].value)] - 4
        needed = 100 * (text_width(word, SMALL) + 10) / narrowest
        if last and places[i] + needed > 100:  # noqa: PLR2004 - percent
            canvas.write(word, y=y, at=100, anchor="end")
            until = 100 - needed
        elif places[i] + 100 * (text_width(word, SMALL) + 10) / canvas.widths[-1] <= until:
            canvas.write(word, y=y, at=places[i], x=4, until=until, margin=4, whole=True)
            until = places[i]
        last = False


def _tile_width(label: str) -> int:
    return 22 + 8 * (len(label) - 1)


def _draw_tile(canvas: Canvas, label: str, y: float) -> None:
    width = _tile_width(label)
    canvas.shape(f'<rect y="{number(y)}" width="{width}" height="20" rx="2"/>')
    canvas.write(label, x=width / 2, y=y + 15, style="paper", size=USUAL, anchor="middle")


def _draw_axis(canvas: Canvas, axis: _Axis) -> None:
    y = canvas.y + 2
    ticks = [axis.place(time) for time in time_ticks(axis.first, axis.last)] if axis.first < axis.last else []
    marks = "".join(f"M{number(10 * x)} {y}v5" for x in (0, *ticks, 100))
    canvas.shape(
        f'<svg width="100%" height="{number(y + 6)}" viewBox="0 0 {_SCALE} {number(y + 6)}"'
        f' preserveAspectRatio="none" overflow="visible"><path class="line" d="M0 {y}H{_SCALE}{marks}"/></svg>'
    )
    first, last = labels.day_of_time(axis.first), labels.day_of_time(axis.last)
    canvas.write(last, y=y + 18, at=100, anchor="end")
    if first != last and text_width(first, SMALL) + text_width(last, SMALL) + 12 < NARROW:
        canvas.write(first, y=y + 18)
    _write_years(canvas, axis, y + 18, text_width(first, SMALL), text_width(last, SMALL))
    canvas.y = y + 22


def _write_years(canvas: Canvas, axis: _Axis, y: float, before: float, after: float) -> None:
    """Write the years between the ends of the axis, where a wide drawing has room for them."""
    width, year_width = max(WIDE, canvas.widths[0]), text_width("2000", SMALL) + 16
    free = before + year_width / 2
    for year in range(axis.first.year + 1, axis.last.year + 1):
        at = axis.place(axis.first.replace(year=year, month=1, day=1, hour=0, minute=0, second=0))
        x = width * at / 100
        if free <= x <= width - after - year_width / 2:
            canvas.write(str(year), y=y, at=at, style="soft", anchor="middle", only=(WIDE, FULL))
            free = x + year_width


def _draw_legend(canvas: Canvas) -> None:
    for style, words in (
        ("step", _("High, medium or low, by height")),
        ("disputed", str(Confidence.DISPUTED.label)),
        ("unrated", str(Confidence.NOT_RATED.label)),
    ):
        canvas.y += LINE
        canvas.shape(f'<path class="{style}" d="M0 {number(canvas.y - 4)}H32"/>')
        canvas.write(words, y=canvas.y, x=42, style="soft")
