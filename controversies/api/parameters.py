"""The parameters of requests: each has its name, its JSON Schema, and a parser of its text.

The two agree: the parser takes what the schema allows, and refuses all else with a sentence that says what to write.
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

from controversies.kit import times
from controversies.models.fields import SLUG

from .schemas import Schema

MOST, USUAL = 100, 20  # of a list, in one answer
_FIELDS = 50  # of a query: more than any address has
_QUOTED = 80  # characters of an invalid value
_CONTROL = "\\u0000-\\u001f\\u007f"
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # as the API gives it


class InvalidValue(ValueError):
    """A value that cannot be used; its text says what to write instead."""


@dataclass(frozen=True, slots=True)
class ParameterFault:
    """A fault of one parameter, with its name and a sentence."""

    parameter: str
    detail: str


class InvalidRequest(Exception):
    """A request with all its faults; `detail` tells one that is not of a parameter."""

    def __init__(self, faults: Iterable[ParameterFault] = (), detail: str = "") -> None:
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

    def schema(self) -> Schema:
        """The JSON Schema of the value that the text stands for."""
        raise NotImplementedError

    def read(self, text: str) -> Any:
        """The value that the text stands for. Raises InvalidValue."""
        raise NotImplementedError


@dataclass(frozen=True)
class Slug(Parameter):
    """The last part of a page's address."""

    def schema(self) -> Schema:
        return {"type": "string", "pattern": SLUG, "maxLength": 100}

    def read(self, text: str) -> str:
        if len(text) > 100 or not re.fullmatch(SLUG, text):  # noqa: PLR2004 - as above
            raise InvalidValue(_("Use small letters, digits and single hyphens, as in “open-weights”."))
        return text


@dataclass(frozen=True)
class Choice(Parameter):
    """A word of a closed vocabulary."""

    choices: type[models.TextChoices]

    def schema(self) -> Schema:
        return {"type": "string", "enum": self.choices.values}

    def read(self, text: str) -> str:
        if text not in self.choices.values:
            raise InvalidValue(_("Use one of %s.") % ", ".join(self.choices.values))
        return text


@dataclass(frozen=True)
class Text(Parameter):
    """Words in one line."""

    most: int

    def schema(self) -> Schema:
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": self.most,
            "pattern": f"^[^{_CONTROL}]+$",
        }

    def read(self, text: str) -> str:
        if not text or len(text) > self.most or re.search(f"[{_CONTROL}]", text):
            raise InvalidValue(_("Use 1 to %d characters in one line.") % self.most)
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

    def schema(self) -> Schema:
        schema: Schema = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return schema if self.usual is None else {**schema, "default": self.usual}

    def read(self, text: str) -> int:
        plain = re.fullmatch("0|[1-9][0-9]{0,9}", text)
        if plain is None or not self.least <= int(text) <= self.most:
            raise InvalidValue(
                _("Use a whole number from %(least)d to %(most)d.") % {"least": self.least, "most": self.most}
            )
        return int(text)


@dataclass(frozen=True)
class Flag(Parameter):
    """Yes or no; no by default."""

    @property
    def default(self) -> bool:
        return False

    def schema(self) -> Schema:
        return {"type": "boolean", "default": False}

    def read(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise InvalidValue(_("Use true or false."))
        return text == "true"


@dataclass(frozen=True)
class Time(Parameter):
    """A moment, as RFC 3339 writes it; a day stands for its beginning in UTC."""

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "string", "format": each} for each in ("date-time", "date")]}

    def read(self, text: str) -> datetime.datetime:
        try:
            return self.moment(text)
        except ValueError:
            raise InvalidValue(
                _("Use a day or a time with its zone, as in 2026-03-08 or 2026-03-08T12:00:00Z.")
                + (" " + _("In an address, + is written %2B.") if " " in text else "")
            ) from None

    def moment(self, text: str) -> datetime.datetime:
        """Return the moment that the text stands for. Raises ValueError."""
        return times.first_moment(text)


@dataclass(frozen=True)
class AsOf(Time):
    """A day or time in the past that is asked about: it stands for its end in UTC."""

    def moment(self, text: str) -> datetime.datetime:
        return times.last_moment(text)


@dataclass(frozen=True)
class Key(Parameter):
    """The key of a block, a page or a record, which never changes."""

    def schema(self) -> Schema:
        return {"type": "string", "format": "uuid"}

    def read(self, text: str) -> str:
        if not re.fullmatch(UUID, text, re.IGNORECASE):
            raise InvalidValue(
                _("Use a key as the API gives it, as in 4f5a1f3e-7c0b-4d7e-9a51-2f0f5f6a7b8c.")
            )
        return text.lower()


@dataclass(frozen=True)
class Cursor(Parameter):
    """The place in a list from which an answer goes on."""

    pattern: str
    most: int

    def schema(self) -> Schema:
        return {"type": "string", "pattern": self.pattern, "maxLength": self.most}

    def read(self, text: str) -> str:
        if len(text) > self.most or not re.fullmatch(self.pattern.strip("^$"), text):
            raise InvalidValue(
                _(
                    "Use the cursor that the previous answer gave, or leave it out to start from the beginning."
                )
            )
        return text


def limit(usual: int = USUAL) -> Number:
    """The parameter for the number of items in one answer."""
    return Number("limit", gettext_lazy("The largest number of items in one answer."), 1, MOST, usual)


def cursor(pattern: str, most: int) -> Cursor:
    """The parameter for the place in a list; clients must not read anything into it."""
    return Cursor(
        "cursor",
        gettext_lazy("Where to continue: the cursor of the previous answer. Its format may change."),
        pattern,
        most,
    )


BY_SLUG = cursor(SLUG, 100)


def read(path: dict[str, str], query: str, parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """The values of all parameters by name, defaults included; `path` has the texts of those in the path.

    Raises InvalidRequest with all parameters that are unknown, repeated or invalid.
    """
    texts = {name: [text] for name, text in path.items()}
    for name, text in _pairs(query):
        texts.setdefault(name, []).append(text)
    known = {parameter.name: parameter for parameter in parameters}
    params = {name: parameter.default for name, parameter in known.items()}
    faults = []
    for name, values in texts.items():
        if name not in known:
            faults.append(ParameterFault(_shorten(name), _unknown([key for key in known if key not in path])))
        elif len(values) > 1:
            faults.append(ParameterFault(name, _("This is given %d times. Give it once.") % len(values)))
        else:
            try:
                params[name] = known[name].read(values[0])
            except InvalidValue as error:
                problem = (
                    _("“%s” cannot be used here.") % _shorten(values[0]) if values[0] else _("This is empty.")
                )
                faults.append(ParameterFault(name, f"{problem} {error}"))
    if faults:
        raise InvalidRequest(faults)
    return params


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except UnicodeDecodeError:
        raise InvalidRequest(detail=_("The query is not UTF-8.")) from None
    except ValueError:
        raise InvalidRequest(detail=_("The query has more than %d parameters.") % _FIELDS) from None
    return pairs


def _unknown(names: list[str]) -> str:
    if not names:
        return _("This address takes no parameters.")
    return _("There is no such parameter here. Use one of %s.") % ", ".join(names)


def _shorten(text: str) -> str:
    """A text from the request, fit to be quoted in one short line."""
    plain = "".join(char if char.isprintable() else "�" for char in text)
    return plain if len(plain) <= _QUOTED else plain[: _QUOTED - 1] + "…"
