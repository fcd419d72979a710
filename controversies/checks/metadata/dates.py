"""Dates as publishers write them, made partial dates of ISO 8601."""

import datetime
import re
from collections.abc import Iterable

from controversies.models.fields import is_partial_date

from .. import clock

_EARLIEST_YEAR = 1450  # printing; anything before is a slip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero gennaio janeiro januari",
            "feb february februar février fevrier febrero febbraio fevereiro februari",
            "mar march märz marz mars marzo março maart",
            "apr april avril abril aprile",
            "may mai mayo maggio maio mei",
            "jun june juni juin junio giugno junho",
            "jul july juli juillet julio luglio julho",
            "aug august août aout agosto augustus",
            "sep sept september septembre septiembre settembre setembro",
            "oct october okt oktober octobre octubre ottobre outubro",
            "nov november novembre noviembre novembro",
            "dec december dez dezember décembre decembre diciembre dicembre dezembro",
        ),
        1,
    )
    for name in names.split()
}
_ISO = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})(?:[-/.]([0-9]{1,2}))?)?(?![0-9])")
_COMPACT = re.compile(r"([0-9]{4})([01][0-9])([0-3][0-9])(?:T.*)?$")
_NUMERIC = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})[/.-]([0-9]{4})(?![0-9])")
_YEAR = re.compile(r"(?<![0-9])(1[4-9][0-9]{2}|20[0-9]{2})(?![0-9])")
_DAY = re.compile(r"(?<![0-9:])([0-3]?[0-9])(?:st|nd|rd|th|er|º|\.)?(?![0-9:])")
_WORD = re.compile(r"[^\W\d_]+")
_LARGEST_MONTH = 12
_LONGEST = 100  # characters of a date


def parse_date(text: object) -> str:
    """Return the day, month or year that a text names, as "2024-07-23", "2024-07" or "2024"; "" if it names none.

    Days and months written in figures only, in an order that cannot be told, leave the year.
    """
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or len(text) > _LONGEST:
        return ""
    text = " ".join(text.split())
    month = next((_MONTHS[word.lower()] for word in _WORD.findall(text) if word.lower() in _MONTHS), 0)
    match = _COMPACT.match(text) or _ISO.match(text)
    if match and (match[2] or not month):
        return _partial(*match.groups())
    if match := _NUMERIC.match(text):
        return _of_numeric(*match.groups())
    if not (year := _YEAR.search(text)):
        return ""
    rest = text[: year.start()] + " " + text[year.end() :]
    day = _DAY.search(rest) if month else None
    return _partial(year[0], str(month) if month else None, day[1] if day else None)


def date_of_parts(parts: object) -> str:
    """Return the date of Crossref's `date-parts`, as [[2024, 10, 10]]; "" if they are none."""
    if isinstance(parts, dict):
        parts = parts.get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts else None
    if not isinstance(first, list) or not first or not all(isinstance(each, int | str) for each in first[:3]):
        return ""
    values = [str(each) for each in first[:3]]
    return _partial(*values, *[None] * (3 - len(values)))


def earliest(dates: Iterable[str]) -> str:
    """Return the earliest of several dates, as precisely as one of them says it; "" if there is none.

    Of "2024" and "2024-07-23" it is the latter. Days that have not come yet, but for those of the next months, are
    passed over: journals print ahead, and nothing else is published in the future.
    """
    limit = (clock.now() + datetime.timedelta(days=366)).date().isoformat()
    known = sorted({each for each in dates if each and each <= limit})
    if not known:
        return ""
    date = known[0]
    while longer := [each for each in known if each.startswith(f"{date}-")]:
        date = longer[0]
    return date


def _of_numeric(one: str, separator: str, two: str, year: str) -> str:
    first, second = int(one), int(two)
    if separator == "." or first > _LARGEST_MONTH:
        return _partial(year, two, one)
    if second > _LARGEST_MONTH or first == second:
        return _partial(year, one, two)
    return _partial(year, None, None)


def _partial(year: str, month: str | None, day: str | None) -> str:
    """The date of these figures, without a month or day that there cannot be; "" for a year that is a slip."""
    if not year.isdecimal() or int(year) < _EARLIEST_YEAR:
        return ""
    text = f"{int(year):04}"
    for part in (month, day):
        if part is None or not part.isdecimal() or not is_partial_date(f"{text}-{int(part):02}"):
            break
        text += f"-{int(part):02}"
    return "" if text == "1970-01-01" else text
