"""The timeline of a page's revisions and status, and the bar of a backer's tenure of a position.

This module computes places only, in percent of the width, so that the drawing reflows and its text keeps its size; the
templates `partials/timeline.html` and `partials/tenure.html` draw. Where revisions are close, they are spread apart and
the axis stretches with them, so that each mark can be told from its neighbour.
"""

import datetime
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from controversies.document import labels
from controversies.history.spans import RevisionMark, Span
from controversies.models import ChangeClass, Status

TALL, MIDDLE, SHORT, IMPORTED = "tall", "middle", "short", "imported"
_TALL = {ChangeClass.SUBSTANTIVE, ChangeClass.STATUS, ChangeClass.CONFIDENCE}
_MIDDLE = {ChangeClass.SOURCE, ChangeClass.ATTRIBUTION}
_START, _END = 2.0, 98.0  # places of the first mark and the last, at the outermost
_BREAK = 8.0  # between the first mark and the rest, if many between are not drawn
_MONTHS = 430  # days; a longer time has ticks for years instead of months
_SPANS_IN_WORDS = 6  # spans of status: the latest


def kind(classes: Iterable[str], *, opens: bool = False) -> str:
    """Return the kind of a revision's mark. `opens`: readers could not see the revision before it."""
    changes = set(classes)
    if ChangeClass.IMPORT in changes:
        return IMPORTED
    if opens or changes & _TALL:
        return TALL
    return MIDDLE if changes & _MIDDLE else SHORT


@dataclass(frozen=True, slots=True)
class Stem:
    """The mark of one revision."""

    x: str
    kind: str
    number: int
    is_numbered: bool  # whether there is room for its number
    last: bool


@dataclass(frozen=True, slots=True)
class Band:
    """A time of one status."""

    x: str
    end: str
    status: str
    words: str  # "" where there is no room
    anchor: str
    last: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """A drawing: its text for screen readers, and the places of its parts."""

    title: str
    heading: str
    stems: tuple[Stem, ...]
    bands: tuple[Band, ...]
    ticks: tuple[str, ...]
    gap: str  # place of the break of the axis; "" without one
    end: str  # the last revision's month; "" without room for it
    small: bool


def _percent(x: float) -> str:
    return f"{min(max(x, 0.0), 100.0):.2f}%"


def timeline(
    marks: Sequence[RevisionMark], spans: Iterable[Span], *, count: int, small: bool = False, limit: int = 40
) -> Timeline | None:
    """Return the drawing of these marks and spans (`history.spans`), of `count` revisions in all."""
    if not marks:
        return None
    skips = len(marks) > limit and marks[1].number > marks[0].number + 1
    # An import may carry times that go back: the order is that of the record.
    times = list(accumulate((mark.time for mark in marks), max))
    at = _places(times, gap=2.6 if small else 1.3, skips=skips)

    def place(time: datetime.datetime) -> float:
        return _interpolate(time, times, at)

    stems: list[Stem] = []
    free = -100.0
    for x, mark in zip(at, marks, strict=True):
        last = mark is marks[-1]
        room = x - free >= (0.9 + 0.55 * len(str(mark.number))) and (last or at[-1] - x >= 3)  # noqa: PLR2004 - of the width of its figures
        if room:
            free = x
        stems.append(Stem(_percent(x), kind(mark.classes, opens=mark.opens), mark.number, room or last, last))
    public = _merge_spans(span for span in spans if span.is_public)
    bands = _bands(public, place, small=small)
    first, newest = labels.day_of_time(marks[0].time), labels.day_of_time(marks[-1].time)
    counted = ngettext("%(n)s revision", "%(n)s revisions", count) % {"n": labels.number(count)}
    words = [_("%(count)s, %(first)s to %(last)s.") % {"count": counted, "first": first, "last": newest}]
    if first == newest:
        words = [_("%(count)s, %(day)s.") % {"count": counted, "day": first}]
    if skips:
        words.append(_("The first and the latest %d are shown.") % (len(marks) - 1))
    words.append(_status_sentence(public))
    return Timeline(
        title=labels.capital(" ".join(filter(None, words))),
        heading=labels.capital(_months(counted, marks[0].time, marks[-1].time)),
        stems=tuple(stems),
        bands=bands,
        ticks=tuple(_percent(place(time)) for time in time_ticks(times[0], times[-1])),
        gap=_percent(at[0] + _BREAK / 2) if skips else "",
        end="" if small or not _leaves_room(bands) else _short_month(marks[-1].time),
        small=small,
    )


def _months(counted: str, first: datetime.datetime, last: datetime.datetime) -> str:
    a, b = (labels.month_words(time) for time in (first, last))
    if a == b:
        return _("%(count)s, %(month)s") % {"count": counted, "month": a}
    return _("%(count)s, %(first)s to %(last)s") % {"count": counted, "first": a, "last": b}


def _places(times: list[datetime.datetime], *, gap: float, skips: bool) -> list[float]:
    """Return the place of each mark: by its time, but at least `gap` after the one before."""
    if len(times) == 1:
        return [_START]
    if skips:
        return [_START, *_spread(times[1:], _START + _BREAK, _END, gap)]
    return _spread(times, _START, _END, gap)


def _spread(times: list[datetime.datetime], low: float, high: float, gap: float) -> list[float]:
    whole = (times[-1] - times[0]).total_seconds()
    gap = min(gap, (high - low) / len(times))
    at = [low + (high - low) * ((t - times[0]).total_seconds() / whole if whole > 0 else 0) for t in times]
    for i in range(1, len(at)):
        at[i] = max(at[i], at[i - 1] + gap)
    at[-1] = min(at[-1], high)
    for i in reversed(range(len(at) - 1)):
        at[i] = min(at[i], at[i + 1] - gap)
    return at


def _interpolate(time: datetime.datetime, times: list[datetime.datetime], at: list[float]) -> float:
    """Return the place of a time among the marks."""
    i = bisect_right(times, time)
    if i == 0:
        return at[0]
    if i == len(times):
        return at[-1] if time <= times[-1] else 100.0
    whole = (times[i] - times[i - 1]).total_seconds()
    share = (time - times[i - 1]).total_seconds() / whole if whole > 0 else 0
    return at[i - 1] + (at[i] - at[i - 1]) * share


def _merge_spans(spans: Iterable[Span]) -> list[tuple[Span, Span]]:
    """Return the first and the last span of each run of one status."""
    merged: list[tuple[Span, Span]] = []
    for span in spans:
        if merged and merged[-1][1].end == span.first and merged[-1][1].status == span.status:
            merged[-1] = (merged[-1][0], span)
        else:
            merged.append((span, span))
    return merged


def _bands(
    merged: list[tuple[Span, Span]], place: Callable[[datetime.datetime], float], *, small: bool
) -> tuple[Band, ...]:
    ends = [place(last.until) if last.until else 100.0 for _first, last in merged]
    letter = 2.0 if small else 0.6  # percent of the width
    bands: list[Band] = []
    used = 101.0  # place from which the line of words is full
    for i in reversed(range(len(merged))):
        first, last = merged[i]
        x = place(first.time)
        lasts = last.until is None
        words = labels.status(first.status)
        if lasts:
            words = _("%(status)s since %(day)s") % {
                "status": words,
                "day": formats.date_format(first.time, pgettext("format of a date", "j M Y")),
            }
        anchor = "end" if lasts and x > 45 else "start"  # noqa: PLR2004 - percent; leaves room on a phone
        width = len(words) * letter
        if anchor == "end":
            used = min(used, 100 - width)
        elif x + width + 1 <= used:
            used = x
        else:
            words = ""
        bands.append(Band(_percent(x), _percent(ends[i]), first.status, words, anchor, lasts))
    return tuple(reversed(bands))


def _short_month(time: datetime.datetime) -> str:
    # Translators: a month, cut short, in the codes of Django's `date` filter.
    return formats.date_format(time, pgettext("format of a date", "M Y"))


def _leaves_room(bands: tuple[Band, ...]) -> bool:
    """Whether the last month can be written at the right end."""
    if not bands or not bands[-1].words:
        return True
    last = bands[-1]
    return last.anchor == "start" and float(last.x.rstrip("%")) + len(last.words) * 0.6 < 90  # noqa: PLR2004 - percent


def _status_sentence(merged: list[tuple[Span, Span]]) -> str:
    """Return the latest statuses in words."""
    parts = []
    for first, last in merged[-_SPANS_IN_WORDS:]:
        status = labels.in_small_letters(labels.status(first.status), Status)
        phrase = _("%(status)s since %(day)s") if last.until is None else _("%(status)s from %(day)s")
        parts.append(phrase % {"status": status, "day": labels.day_of_time(first.time)})
    return _("The dispute was %s.") % ", ".join(parts) if parts else ""


def time_ticks(first: datetime.datetime, last: datetime.datetime) -> list[datetime.datetime]:
    """Return the beginnings of the months between, or of the years if it is long."""
    by_month = (last - first).days <= _MONTHS
    step = 1 if by_month else 12
    ticks: list[datetime.datetime] = []
    month = first.year * 12 + (first.month if by_month else 12)
    years = max(1, (last.year - first.year) // 50)
    while True:
        year, rest = divmod(month, 12)
        if year > last.year:
            return ticks
        time = first.replace(year=year, month=rest + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
        if time > last:
            return ticks
        ticks.append(time)
        month += step * (1 if by_month else years)


# -- tenure of a position --


@dataclass(frozen=True, slots=True)
class Tenure:
    """The time for which a backer has held a position: in words, and as a bar if a date is known."""

    words: str
    x: str = ""  # of the beginning; "" if not recorded
    end: str = ""  # of the end; "" while it lasts
    ticks: tuple[tuple[str, str, str], ...] = ()  # place, year, text-anchor

    @property
    def is_drawn(self) -> bool:
        return bool(self.ticks)


def tenure(since: str, until: str, *, earliest: str = "", today: datetime.date | None = None) -> Tenure:
    """Return the tenure from one partial date to another; the axis begins with `earliest`, if given."""
    words = _tenure_words(since, until)
    start, stop = _first_day(since), _last_day(until)
    if start is None and stop is None:
        return Tenure(words)
    today = today or timezone.localdate()
    begin = min(filter(None, [_first_day(earliest), start, stop]))
    low = datetime.date(max(begin.year - 1, 1), 1, 1)
    high = max(filter(None, [today, start, stop]))
    whole = max((high - low).days, 1)

    def place(day: datetime.date) -> float:
        return (day - low).days / whole * 100

    years = list(range(low.year, high.year + 1))
    step = next((s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500) if len(years) / s <= 5), 1000)  # noqa: PLR2004 - labels that fit
    ticks = [(place(datetime.date(year, 1, 1)), str(year)) for year in years[::step]]
    return Tenure(
        words,
        _percent(place(start)) if start else "",
        _percent(place(stop)) if stop else "",
        tuple((_percent(x), year, "end" if x > 92 else "start") for x, year in ticks),  # noqa: PLR2004 - percent
    )


def _tenure_words(since: str, until: str) -> str:
    if since and until:
        return _("Held from %(since)s to %(until)s") % {
            "since": labels.day(since),
            "until": labels.day(until),
        }
    if until:
        return _("Held until %s; start date not recorded") % labels.day(until)
    if since:
        return _("Held since %s") % labels.day(since)
    return _("Start date not recorded")


def _first_day(date: str) -> datetime.date | None:
    if not date:
        return None
    return datetime.date.fromisoformat(date + "-01-01"[len(date) - 4 :])


def _last_day(date: str) -> datetime.date | None:
    """Return the last day of a partial date (a year, month or day)."""
    day = _first_day(date)
    if day is None or len(date) == len("2024-07-23"):
        return day
    year, month = (day.year, 12) if len(date) == len("2024") else (day.year, day.month)
    if (year, month) == (datetime.MAXYEAR, 12):
        return datetime.date.max
    return datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)
