"""Reads an untrusted corpus line by line: each is one object in canonical JSON, or a fault names its line."""

import datetime
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _

from controversies.document import canonical, parse
from controversies.document.parse import InvalidDocument
from controversies.document.types import Kind, Spec

from .format import LONGEST, moment

_GZIP = b"\x1f\x8b"
_DIGEST = re.compile("[0-9a-f]{64}")
_KEY = Spec("key", Kind.KEY, "", required=True)
_SHOWN = 60  # characters of what was given, in a message


class InvalidCorpus(ValueError):
    """A fault of a corpus, with its line, counted from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(_("line %(line)s: %(message)s") % {"line": line, "message": message})
        self.line = line


def lines(raw: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Every line with its number and without its line feed, of a plain or a compressed file. Raises InvalidCorpus.

    Reads no more than a line ahead, so nothing that is compressed is unfolded beyond that.
    """
    plain = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(raw)  # type: ignore[type-var]  # binary
    packed = plain.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
    stream: Any = gzip.GzipFile(fileobj=plain) if packed else plain
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline(LONGEST + 2)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InvalidCorpus(number, _("The compressed file is cut off or damaged here.")) from error
        if not line:
            return
        if not line.endswith(b"\n"):
            if len(line) > LONGEST:
                raise InvalidCorpus(number, _("This line is longer than %s bytes.") % LONGEST)
            raise InvalidCorpus(number, _("The file is cut off in this line."))
        yield number, line[:-1]


class CorpusLine:
    """A line and its members, each asked for by name and checked as it is. Every method raises InvalidCorpus."""

    def __init__(self, number: int, text: bytes) -> None:
        self.number, self.text = number, text
        try:
            self.data: dict[str, Any] = json.loads(
                text.decode(), object_pairs_hook=self._once, parse_float=self._no, parse_constant=self._no
            )
            same = isinstance(self.data, dict) and canonical.dumps(self.data) == text
        except UnicodeError:
            self.fault(_("This line is not valid UTF-8."))
        except RecursionError:
            self.fault(_("This is nested too deeply."))
        except InvalidCorpus:
            raise
        except ValueError as error:
            self.fault(_("This is not JSON: %s.") % error)
        if not isinstance(self.data, dict):
            self.fault(_("Each line is an object."))
        if not same:
            self.fault(
                _("This is not canonical JSON: keys sorted, no white space, nothing escaped needlessly.")
            )

    def fault(self, message: str) -> NoReturn:
        """Raise what is wrong with this line."""
        raise InvalidCorpus(self.number, message)

    def _once(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            self.fault(_("An object has the same key twice."))
        return members

    def _no(self, literal: str) -> NoReturn:
        self.fault(_("Numbers such as “%s” are not part of the format.") % literal[:_SHOWN])

    def __contains__(self, name: str) -> bool:
        return name in self.data

    def only(self, required: set[str], optional: frozenset[str] = frozenset()) -> None:
        """Refuse other members than these, and the lack of one."""
        for name in sorted(required - self.data.keys()):
            self.fault(_("“%s” is missing.") % name)
        for name in sorted(self.data.keys() - required - optional):
            self.fault(_("“%s” is unknown here.") % name[:_SHOWN])

    def get(self, name: str, kind: type) -> Any:
        """A member of exactly this type."""
        value = self.data[name]
        if type(value) is not kind:
            self.fault(_("“%(name)s” must be %(kind)s.") % {"name": name, "kind": _type_name(kind)})
        return value

    def count(self, name: str, most: int) -> int:
        """A number from 0 to this."""
        count: int = self.get(name, int)
        if not 0 <= count <= most:
            self.fault(_("“%s” is out of range.") % name)
        return count

    def words(self, name: str, spec: Spec) -> str:
        """A text by the rules of a document's."""
        return self.canonical_text(name, spec, self.get(name, str))

    def canonical_text(self, name: str, spec: Spec, value: object) -> str:
        """A text by the rules of a document's, in canonical form as given."""
        try:
            same = parse.value(spec, value) == value
        except InvalidDocument as error:
            self.fault(f"“{name}”: {error.faults[0].message}")
        if not same or not isinstance(value, str):
            self.fault(_("“%s” is not in canonical form.") % name)
        return value

    def key(self, name: str) -> str:
        """A key."""
        return self.words(name, _KEY)

    def keys(self, name: str) -> list[str]:
        """A list of different keys; empty where it is missing."""
        if name not in self.data:
            return []
        keys = [self.canonical_text(name, _KEY, each) for each in self.get(name, list)]
        if len(set(keys)) < len(keys):
            self.fault(_("“%s” names a key twice.") % name)
        return keys

    def digest(self, name: str) -> bytes:
        """A SHA-256 in hexadecimal."""
        digits = self.get(name, str)
        if not _DIGEST.fullmatch(digits):
            self.fault(_("“%s” must be a digest: 64 digits and letters from a to f.") % name)
        return bytes.fromhex(digits)

    def time(self, name: str, precision: str = "microseconds") -> datetime.datetime:
        """A time in UTC, written as `moment()` writes it."""
        value = self.get(name, str)
        try:
            time = datetime.datetime.fromisoformat(value)
            if time.tzinfo is not None and moment(time, precision) == value:
                return time
        except (ValueError, OverflowError):
            pass
        self.fault(_("“%s” must be a time in UTC, as in 2026-03-08T09:30:00.000000+00:00.") % name)


def _type_name(kind: type) -> str:
    return {str: _("text"), int: _("a whole number"), list: _("a list"), dict: _("an object")}[kind]
