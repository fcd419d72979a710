"""What a request can ask for: each parameter knows its name, its JSON Schema, and how its text is read.

The two agree: what the schema allows is read, and all else refused, with a sentence that says what to write instead.
"""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.models.fields import SLUG

MOST, USUAL = 100, 20  # of a list, in one answer
_FIELDS = 50  # of a query: more than any address has
_SHOWN = 80  # characters of what was wrong, said again
_CONTROL = "\\u0000-\\u001f\\u007f"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = re.compile(
    rf"({_DAY})[Tt]([0-9]{{2}}:[0-9]{{2}}):([0-9]{{2}})(\.[0-9]+)?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})"
)
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # as the API gives it
_FIRST = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)  # of the times that a computer knows
_LAST = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)


class Wrong(ValueError):
    """A value that cannot be used; its text says what to write instead."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one parameter."""

    parameter: str
    detail: str


class Unreadable(Exception):
    """A request that cannot be made sense of, with all its faults; `detail` where it is none of a parameter."""

    def __init__(self, faults: Iterable[Fault] = (), detail: str = "") -> None:
        super().__init__(detail)
        self.faults = tuple(faults)
        self.detail = detail


@dataclass(frozen=True)
class Parameter:
    """One parameter: of the path if the address has its name in braces, else of the query. Takes any text."""

    name: str
    about: Promise | str

    @property
    def default(self) -> Any:
        return None

    def schema(self) -> dict[str, Any]:
        """What it may be, as JSON Schema of the value that the text stands for."""
        raise NotImplementedError

    def read(self, text: str) -> Any:
        """The value that the text stands for. Raises Wrong."""
        raise NotImplementedError


@dataclass(frozen=True)
class Slug(Parameter):
    """The last part of a page's address."""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": SLUG, "maxLength": 100}

    def read(self, text: str) -> str:
        if len(text) > 100 or not re.fullmatch(SLUG, text):  # noqa: PLR2004 - as above
            raise Wrong(_("Use small letters, digits and single hyphens, as in “open-weights”."))
        return text


@dataclass(frozen=True)
class Choice(Parameter):
    """A word of a closed vocabulary."""

    choices: type[models.TextChoices]

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": self.choices.values}

    def read(self, text: str) -> str:
        if text not in self.choices.values:
            raise Wrong(_("Use one of %s.") % ", ".join(self.choices.values))
        return text


@dataclass(frozen=True)
class Text(Parameter):
    """Words in one line."""

    most: int

    def schema(self) -> dict[str, Any]:
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": self.most,
            "pattern": f"^[^{_CONTROL}]+$",
        }

    def read(self, text: str) -> str:
        if not text or len(text) > self.most or re.search(f"[{_CONTROL}]", text):
            raise Wrong(_("Use 1 to %d characters in one line.") % self.most)
        return text


@dataclass(frozen=True)
class Number(Parameter):
    """A whole number within limits, in digits and written in one way only."""

    least: int
    most: int
    usual: int | None = None

    @property
    def default(self) -> int | None:
        return self.usual

    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return found if self.usual is None else {**found, "default": self.usual}

    def read(self, text: str) -> int:
        plain = re.fullmatch("0|[1-9][0-9]{0,9}", text)
        if plain is None or not self.least <= int(text) <= self.most:
            raise Wrong(
                _("Use a whole number from %(least)d to %(most)d.") % {"least": self.least, "most": self.most}
            )
        return int(text)


@dataclass(frozen=True)
class Flag(Parameter):
    """Yes or no; no unless given."""

    @property
    def default(self) -> bool:
        return False

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean", "default": False}

    def read(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise Wrong(_("Use true or false."))
        return text == "true"


@dataclass(frozen=True)
class Time(Parameter):
    """A moment, as RFC 3339 writes it; a day stands for its beginning in UTC."""

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "format": each} for each in ("date-time", "date")]}

    def read(self, text: str) -> datetime.datetime:
        try:
            return _moment(text)
        except ValueError:
            raise Wrong(
                _("Use a day or a time with its zone, as in 2026-03-08 or 2026-03-08T12:00:00Z.")
                + (" " + _("In an address, + is written %2B.") if " " in text else "")
            ) from None


def _moment(text: str) -> datetime.datetime:
    """The time in UTC; what lies beyond what a computer knows is its first or last. Raises ValueError."""
    if re.fullmatch(_DAY, text):
        return datetime.datetime.fromisoformat(f"{text}T00:00:00+00:00")
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day, minute, second, fraction, zone = found.groups()
    leap = second == "60"  # the last second of a minute that has one more
    fraction = "." + fraction[1:7] if fraction else ""
    time = datetime.datetime.fromisoformat(
        f"{day}T{minute}:{'59' if leap else second}{fraction}{zone.upper().replace('Z', '+00:00')}"
    )
    try:
        return time.astimezone(datetime.UTC)
    except OverflowError:
        return _FIRST if time.year == 1 else _LAST


@dataclass(frozen=True)
class Key(Parameter):
    """What a block, a page or a record is known by for ever."""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}

    def read(self, text: str) -> str:
        if not re.fullmatch(UUID, text, re.IGNORECASE):
            raise Wrong(_("Use a key as the API gives it, as in 4f5a1f3e-7c0b-4d7e-9a51-2f0f5f6a7b8c."))
        return text.lower()


@dataclass(frozen=True)
class Cursor(Parameter):
    """Where a list goes on."""

    pattern: str
    most: int

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": self.pattern, "maxLength": self.most}

    def read(self, text: str) -> str:
        if len(text) > self.most or not re.fullmatch(self.pattern.strip("^$"), text):
            raise Wrong(_("Use what the answer before gave as its cursor, or leave it out to begin."))
        return text


def limit(usual: int = USUAL) -> Number:
    """How many items of a list to give in one answer."""
    return Number("limit", gettext_lazy("How many to give in one answer, at most."), 1, MOST, usual)


def cursor(pattern: str, most: int) -> Cursor:
    """Where to go on; what it is made of is nobody's business but ours."""
    return Cursor(
        "cursor",
        gettext_lazy("Where to go on, as the answer before has it. What is in it may change."),
        pattern,
        most,
    )


BY_SLUG = cursor(SLUG, 100)


def read(given: dict[str, str], query: str, parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """The values of all parameters by name, defaults included; `given` are those of the path.

    Raises Unreadable for what is unknown, given twice or wrong, all of it.
    """
    texts = {name: [text] for name, text in given.items()}
    for name, text in _pairs(query):
        texts.setdefault(name, []).append(text)
    known = {parameter.name: parameter for parameter in parameters}
    asked = {name: parameter.default for name, parameter in known.items()}
    faults = []
    for name, values in texts.items():
        if name not in known:
            faults.append(Fault(_shown(name), _unknown(name, [key for key in known if key not in given])))
        elif len(values) > 1:
            faults.append(Fault(name, _("This is given %d times. Give it once.") % len(values)))
        else:
            try:
                asked[name] = known[name].read(values[0])
            except Wrong as wrong:
                said = (
                    _("“%s” cannot be used here.") % _shown(values[0]) if values[0] else _("This is empty.")
                )
                faults.append(Fault(name, f"{said} {wrong}"))
    if faults:
        raise Unreadable(faults)
    return asked


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except UnicodeDecodeError:
        raise Unreadable(detail=_("The query is not UTF-8.")) from None
    except ValueError:
        raise Unreadable(detail=_("The query has more than %d parameters.") % _FIELDS) from None
    return pairs


def _unknown(name: str, names: list[str]) -> str:
    if not names:
        return _("There are no parameters here.")
    return _("There is no such parameter here. There are %s.") % ", ".join(names)


def _shown(text: str) -> str:
    """What was given, fit to be said again in one short line."""
    plain = "".join(char if char.isprintable() else "�" for char in text)
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"
