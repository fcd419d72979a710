"""Origins of a block's fields, and the bytes in which they are stored.

The bytes hold no names and no keys: they follow the block that they belong to, field by field in the order of the
names, those with their default left out. So they are read beside the block's version, and one new field in the
declaration changes nothing of what is stored.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from controversies.document.schema import Kind, Part, Spec

_ORDINALS = 24  # bits of an id that number what is new in one revision
_ORDINAL = (1 << _ORDINALS) - 1
_SEVEN_BITS = 0x7F
_PLAIN, _DEFLATED = b"\x00", b"\x01"
_FIELDS: dict[type[Part], tuple[Spec, ...]] = {}


def token_id(revision: int, ordinal: int) -> int:
    """The id of the token or statement that was the `ordinal`-th new one of a revision, from 0."""
    return revision << _ORDINALS | ordinal


def token_revision(number: int) -> int:
    """The revision that first wrote the token or statement with this id."""
    return number >> _ORDINALS


class TokenRun(NamedTuple):
    """Tokens in a row whose ids are in a row, too."""

    start: int  # id of the first token
    length: int  # tokens


class StatementOrigin(NamedTuple):
    """The origin of a statement: its id, the revision of its wording, the one since which it is here, its tokens."""

    id: int
    wording: int
    here: int
    runs: tuple[TokenRun, ...]

    @property
    def first(self) -> int:
        """The revision that first wrote it."""
        return token_revision(self.id)


@dataclass(slots=True)
class PartOrigins:
    """The origins of a part: the revision that added it, and by name those of its fields.

    `values` has the revision that set each value that is neither text nor list, those with their default only if
    another revision set them than `since`; `lines` has one for each line of a list of lines; `parts` holds a single
    part, `items` the members of a list, by identity and in the order of the list.
    """

    since: int
    values: dict[str, int] = field(default_factory=dict)
    texts: dict[str, list[StatementOrigin]] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    parts: dict[str, "PartOrigins"] = field(default_factory=dict)
    items: dict[str, dict[str, "PartOrigins"]] = field(default_factory=dict)

    def set_since(self, since: int) -> None:
        self.since = since


def _fields_of(cls: type[Part]) -> tuple[Spec, ...]:
    """The fields of a class of parts in the order of their names."""
    specs = _FIELDS.get(cls)
    if specs is None:
        specs = _FIELDS[cls] = tuple(sorted(cls.SPECS, key=lambda spec: spec.name))
    return specs


def pack(part: Part, origins: PartOrigins) -> bytes:
    """The origins of a part as bytes, to be read beside this part or one that is equal to it."""
    writer = _OriginWriter()
    writer.part(part, origins)
    return _deflated(bytes(writer.data))


def unpack(part: Part, data: bytes) -> PartOrigins:
    """The origins of a part that pack() wrote for one equal to it. Raises ValueError for other bytes."""
    return _read(_inflated(data), lambda reader: reader.part(part))


def pack_statements(statements: list[StatementOrigin]) -> bytes:
    """The origins of the statements of one field as bytes."""
    writer = _OriginWriter()
    writer.statements(statements)
    return _deflated(bytes(writer.data))


def unpack_statements(data: bytes) -> list[StatementOrigin]:
    """The origins that pack_statements() wrote. Raises ValueError for other bytes."""
    return _read(_inflated(data), _OriginReader.statements)


def pack_number(number: int) -> bytes:
    """One number from 0 as bytes."""
    writer = _OriginWriter()
    writer.varint(number)
    return bytes(writer.data)


def unpack_number(data: bytes) -> int:
    """The number that pack_number() wrote. Raises ValueError for other bytes."""
    return _read(data, _OriginReader.varint)


def pack_table(bodies: dict[int, bytes]) -> bytes:
    """Bytes by signed 64-bit hash as bytes."""
    writer = _OriginWriter()
    writer.varint(len(bodies))
    for key, body in bodies.items():
        writer.data += key.to_bytes(8, "big", signed=True)
        writer.varint(len(body))
        writer.data += body
    return _deflated(bytes(writer.data))


def unpack_table(data: bytes) -> dict[int, bytes]:
    """The table that pack_table() wrote. Raises ValueError for other bytes."""

    def read(reader: _OriginReader) -> dict[int, bytes]:
        return {
            int.from_bytes(reader.take(8), "big", signed=True): reader.take(reader.varint())
            for _ in range(reader.varint())
        }

    return _read(_inflated(data), read)


def pack_statement(origin: StatementOrigin, place: int, codes: list[int]) -> bytes:
    """A statement by itself as bytes: its origin, a 32-bit hash of its place, and its tokens' codes."""
    writer = _OriginWriter()
    writer.statements([origin])
    body = place.to_bytes(4, "big") + b"".join(code.to_bytes(3, "big") for code in codes)
    return bytes(writer.data) + body


def unpack_statement(data: bytes) -> tuple[StatementOrigin, int, list[int]]:
    """The origin, place and codes that pack_statement() wrote. Raises ValueError for other bytes."""
    reader = _OriginReader(data)
    try:
        [origin] = reader.statements()
    except IndexError as error:
        raise ValueError("A stored statement is cut short.") from error
    at = reader.at
    place = int.from_bytes(data[at : at + 4], "big")
    codes = [int.from_bytes(data[i : i + 3], "big") for i in range(at + 4, len(data), 3)]
    if len(codes) != sum(run.length for run in origin.runs):
        raise ValueError("A stored statement has not as many tokens as origins.")
    return origin, place, codes


def _read[T](data: bytes, read: "Callable[[_OriginReader], T]") -> T:
    """Read all these bytes with `read`. Raises ValueError if they end too early or too late."""
    reader = _OriginReader(data)
    try:
        value = read(reader)
    except (IndexError, UnicodeDecodeError) as error:
        raise ValueError("Stored origins are cut short.") from error
    if reader.at != len(data):
        raise ValueError("Stored origins are followed by something.")
    return value


def _deflated(data: bytes) -> bytes:
    deflate = zlib.compressobj(9, wbits=-15)
    short = deflate.compress(data) + deflate.flush()
    return _DEFLATED + short if len(short) < len(data) else _PLAIN + data


def _inflated(data: bytes) -> bytes:
    if data[:1] == _PLAIN:
        return data[1:]
    if data[:1] != _DEFLATED:
        raise ValueError("Stored origins are of an unknown format.")
    inflate = zlib.decompressobj(wbits=-15)
    try:
        text = inflate.decompress(data[1:])
    except zlib.error as error:
        raise ValueError("Stored origins cannot be read.") from error
    if not inflate.eof or inflate.unused_data:
        raise ValueError("Stored origins are cut short or followed by something.")
    return text


def _values_of(part: Part) -> Iterator[tuple[Spec, bool]]:
    """The fields that hold neither text nor parts nor lines, and whether each has its default."""
    for spec in _fields_of(type(part)):
        if not spec.is_text and spec.kind not in (Kind.ITEMS, Kind.PART, Kind.LINES):
            yield spec, getattr(part, spec.name) == spec.default


class _Expectations:
    """The next ids to expect: what is stored is the difference, and mostly 0."""

    def __init__(self) -> None:
        self.since = 0
        self.last = {"statement": 0, "token": 0}  # revision of the last id
        self.next: dict[tuple[str, int], int] = {}  # ordinal of the next id of a revision

    def ordinal(self, kind: str, revision: int) -> int:
        return self.next.get((kind, revision), 0)

    def advance(self, kind: str, revision: int, ordinal: int) -> None:
        self.last[kind] = revision
        self.next[kind, revision] = ordinal


class _OriginWriter(_Expectations):
    """Writes origins as varints (LEB128), signed ones in zigzag (as Protocol Buffers do)."""

    def __init__(self) -> None:
        super().__init__()
        self.data = bytearray()

    def varint(self, number: int) -> None:
        while number > _SEVEN_BITS:
            self.data.append(number & _SEVEN_BITS | 0x80)
            number >>= 7
        self.data.append(number)

    def zigzag(self, number: int) -> None:
        self.varint(number << 1 if number >= 0 else (-number << 1) - 1)

    def id(self, kind: str, number: int, count: int) -> int:
        """Write the first of `count` ids in a row; return its revision."""
        revision, ordinal = token_revision(number), number & _ORDINAL
        self.zigzag(revision - self.last[kind])
        self.zigzag(ordinal - self.ordinal(kind, revision))
        self.advance(kind, revision, ordinal + count)
        return revision

    def part(self, part: Part, origins: PartOrigins) -> None:
        self.zigzag(origins.since - self.since)
        self.since = since = origins.since
        exceptions = []
        for spec, is_default in _values_of(part):
            owner = origins.values.get(spec.name, since)
            if not is_default:
                self.zigzag(owner - since)
            elif owner != since:
                exceptions.append((spec.name.encode(), owner - since))
        self.varint(len(exceptions))
        for name, delta in exceptions:
            self.varint(len(name))
            self.data += name
            self.zigzag(delta)
        for spec in _fields_of(type(part)):
            value = getattr(part, spec.name)
            if spec.kind is Kind.PART:
                self.part(value, origins.parts[spec.name])
            elif not value:
                continue
            elif spec.is_text:
                self.statements(origins.texts[spec.name])
            elif spec.kind is Kind.LINES:
                for owner in origins.lines[spec.name]:
                    self.zigzag(owner - since)
            elif spec.kind is Kind.ITEMS:
                for item in value:
                    self.part(item, origins.items[spec.name][item.identity])

    def statements(self, statements: list[StatementOrigin]) -> None:
        self.varint(len(statements))
        for statement in statements:
            first = self.id("statement", statement.id, 1)
            self.zigzag(statement.wording - first)
            self.zigzag(statement.here - first)
            self.varint(len(statement.runs))
            for run in statement.runs:
                self.id("token", run.start, run.length)
                self.varint(run.length)


class _OriginReader(_Expectations):
    """Reads what _OriginWriter wrote. Raises ValueError where the bytes end too early."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data, self.at = data, 0

    def varint(self) -> int:
        number = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            number |= (byte & _SEVEN_BITS) << shift
            if byte <= _SEVEN_BITS:
                return number
            shift += 7

    def zigzag(self) -> int:
        number = self.varint()
        return -(number + 1 >> 1) if number & 1 else number >> 1

    def take(self, length: int) -> bytes:
        """Read so many bytes."""
        self.at += length
        return self.data[self.at - length : self.at]

    def id(self, kind: str) -> tuple[int, int]:
        """Read an id; return its revision and ordinal."""
        revision = self.last[kind] + self.zigzag()
        return revision, self.ordinal(kind, revision) + self.zigzag()

    def part(self, part: Part) -> PartOrigins:
        since = self.since = self.since + self.zigzag()
        origins = PartOrigins(since)
        for spec, is_default in _values_of(part):
            if not is_default:
                origins.values[spec.name] = since + self.zigzag()
        for _ in range(self.varint()):
            name = self.take(self.varint()).decode()
            origins.values[name] = since + self.zigzag()
        for spec in _fields_of(type(part)):
            value = getattr(part, spec.name)
            if spec.kind is Kind.PART:
                origins.parts[spec.name] = self.part(value)
            elif not value:
                continue
            elif spec.is_text:
                origins.texts[spec.name] = self.statements()
            elif spec.kind is Kind.LINES:
                origins.lines[spec.name] = [since + self.zigzag() for _line in value]
            elif spec.kind is Kind.ITEMS:
                origins.items[spec.name] = {item.identity: self.part(item) for item in value}
        return origins

    def statements(self) -> list[StatementOrigin]:
        statements = []
        for _ in range(self.varint()):
            first, ordinal = self.id("statement")
            self.advance("statement", first, ordinal + 1)
            wording, here = first + self.zigzag(), first + self.zigzag()
            runs = []
            for _run in range(self.varint()):
                revision, start = self.id("token")
                length = self.varint()
                self.advance("token", revision, start + length)
                runs.append(TokenRun(token_id(revision, start), length))
            statements.append(StatementOrigin(token_id(first, ordinal), wording, here, tuple(runs)))
        return statements
