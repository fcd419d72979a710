"""Days and times in requests, as RFC 3339 writes them: “2026-03-08”, or “2026-03-08T12:00:00Z” with its zone.

What is written stands for a stretch of time: a day, a second, or a moment if it has a fraction of a second.
"""

import datetime
import re

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_TIME = re.compile(rf"({_DAY.pattern})[Tt]({_CLOCK}):([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]{_CLOCK})")
_FIRST = datetime.datetime.min.replace(tzinfo=datetime.UTC)  # of the times that `datetime` has
_LAST = datetime.datetime.max.replace(tzinfo=datetime.UTC)


def first_moment(text: str) -> datetime.datetime:
    """Return the beginning in UTC of the day or time that the text stands for. Raises ValueError."""
    if _DAY.fullmatch(text):
        return datetime.datetime.fromisoformat(f"{text}T00:00:00+00:00")
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(text)
    day, minute, second, fraction, zone = match.groups()
    second = "59" if second == "60" else second  # the last second of a minute that has one more
    fraction = "." + fraction[1:7] if fraction else ""
    time = datetime.datetime.fromisoformat(
        f"{day}T{minute}:{second}{fraction}{zone.upper().replace('Z', '+00:00')}"
    )
    try:
        return time.astimezone(datetime.UTC)
    except OverflowError:
        return _FIRST if time.year == 1 else _LAST.replace(microsecond=time.microsecond)


def last_moment(text: str) -> datetime.datetime:
    """Return the end in UTC, to the microsecond, of the day or time that the text stands for. Raises ValueError."""
    time = first_moment(text)
    if is_day(text):
        return time.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return time if "." in text else time.replace(microsecond=999_999)


def is_day(text: str) -> bool:
    """Whether the text has the form of a day."""
    return _DAY.fullmatch(text) is not None
