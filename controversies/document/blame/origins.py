"""Origins of a block's fields, and the bytes in which they are stored.

The bytes hold no names and no keys: they follow the block that they belong to, field by field in the order of the
names, those with their default left out. So they are read beside the block's version, and one new field in the
declaration changes nothing of what is stored.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from controversies.document.schema import Kind, Part, Spec

_ORDINALS = 24  # bits of an id that number what is new in one revision
_MORE = 0x80  # the bit of a varint's byte that another follows
_ENTRY = struct.Struct(">qI")  # of a table: hash, and length of what follows
_STATEMENT = struct.Struct(">II")  # of a statement: place, and length of its origin
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
    return _deflated(_encode(writer.numbers))


def unpack(part: Part, data: bytes) -> PartOrigins:
    """The origins of a part that pack() wrote for one equal to it. Raises ValueError for other bytes."""
    return _read(_inflated(data), lambda reader: reader.part(part))


def pack_statements(statements: list[StatementOrigin]) -> bytes:
    """The origins of the statements of one field as bytes."""
    writer = _OriginWriter()
    writer.statements(statements)
    return _deflated(_encode(writer.numbers))


def unpack_statements(data: bytes) -> list[StatementOrigin]:
    """The origins that pack_statements() wrote. Raises ValueError for other bytes."""
    return _read(_inflated(data), _OriginReader.statements)


def pack_number(number: int) -> bytes:
    """One number from 0 as bytes."""
    return _encode([number])


def unpack_number(data: bytes) -> int:
    """The number that pack_number() wrote. Raises ValueError for other bytes."""
    return _read(data, lambda reader: reader.next())


def pack_table(bodies: dict[int, bytes]) -> bytes:
    """Bytes by signed 64-bit hash as bytes."""
    return _deflated(b"".join(_ENTRY.pack(key, len(body)) + body for key, body in bodies.items()))


def unpack_table(data: bytes) -> dict[int, bytes]:
    """The table that pack_table() wrote. Raises ValueError for other bytes."""
    rest, bodies = _inflated(data), {}
    at = 0
    while at < len(rest):
        if len(rest) < at + _ENTRY.size:
            raise ValueError("Stored origins are cut short.")
        key, length = _ENTRY.unpack_from(rest, at)
        at += _ENTRY.size + length
        bodies[key] = rest[at - length : at]
    if at != len(rest):
        raise ValueError("Stored origins are cut short.")
    return bodies


def pack_statement(origin: StatementOrigin, place: int, codes: list[int]) -> bytes:
    """A statement by itself as bytes: a 32-bit hash of its place, its origin, and its tokens' codes of 24 bits."""
    writer = _OriginWriter()
    writer.statements([origin])
    numbers = _encode(writer.numbers)
    return (
        _STATEMENT.pack(place, len(numbers)) + numbers + b"".join([code.to_bytes(3, "big") for code in codes])
    )


def unpack_statement(data: bytes) -> tuple[StatementOrigin, int, list[int]]:
    """The origin, place and codes that pack_statement() wrote. Raises ValueError for other bytes."""
    if len(data) < _STATEMENT.size:
        raise ValueError("A stored statement is cut short.")
    place, length = _STATEMENT.unpack_from(data)
    end = _STATEMENT.size + length
    [origin] = _read(data[_STATEMENT.size : end], _OriginReader.statements)
    codes = [int.from_bytes(data[i : i + 3], "big") for i in range(end, len(data), 3)]
    if len(codes) != sum([run.length for run in origin.runs]):
        raise ValueError("A stored statement has not as many tokens as origins.")
    return origin, place, codes


# -- bytes --


def _encode(numbers: list[int]) -> bytes:
    """Numbers from 0 as varints: seven bits a byte, the lowest first, the eighth bit set but in the last (LEB128)."""
    if max(numbers) < _MORE:
        return bytes(numbers)
    data = bytearray()
    for number in numbers:
        while number >= _MORE:
            data.append(number & 0x7F | _MORE)
            number >>= 7  # noqa: PLW2901 - the rest of it
        data.append(number)
    return bytes(data)


def _decode(data: bytes) -> list[int]:
    """The numbers that _encode() wrote. Raises ValueError if the last one is cut short."""
    if data.isascii():
        return list(data)
    numbers = []
    number = shift = 0
    for byte in data:
        if byte < _MORE:
            numbers.append(byte << shift | number)
            number = shift = 0
        else:
            number |= (byte & 0x7F) << shift
            shift += 7
    if shift:
        raise ValueError("Stored origins are cut short.")
    return numbers


def _read[T](data: bytes, read: "Callable[[_OriginReader], T]") -> T:
    """Read all these bytes with `read`. Raises ValueError if they end too early or too late."""
    reader = _OriginReader(_decode(data))
    try:
        value = read(reader)
    except (StopIteration, RuntimeError) as error:  # the latter if it was in a generator
        raise ValueError("Stored origins are cut short.") from error
    if next(reader.rest, None) is not None:
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


# -- numbers --


def _values_of(part: Part) -> Iterator[tuple[Spec, bool]]:
    """The fields that hold neither text nor parts nor lines, and whether each has its default."""
    for spec in _fields_of(type(part)):
        if not spec.is_text and spec.kind not in (Kind.ITEMS, Kind.PART, Kind.LINES):
            yield spec, getattr(part, spec.name) == spec.default


class _OriginWriter:
    """Tells origins as numbers, most of them 0: each id is told by what differs from the one to be expected.

    Of signed numbers, those from 0 are doubled and those below get the odd numbers (zigzag, as Protocol Buffers).
    """

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.since = 0
        self.statement = self.token = 0  # revision of the last id
        self.next_statement: dict[int, int] = {}  # the id to be expected by revision
        self.next_token: dict[int, int] = {}

    def zigzag(self, number: int) -> None:
        self.numbers.append(number << 1 if number >= 0 else (-number << 1) - 1)

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
        self.numbers.append(len(exceptions))
        for name, delta in exceptions:
            self.numbers += [len(name), *name]
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
        zigzag, numbers = self.zigzag, self.numbers
        numbers.append(len(statements))
        for number, wording, here, runs in statements:
            first = number >> _ORDINALS
            zigzag(first - self.statement)
            zigzag(number - self.next_statement.get(first, first << _ORDINALS))
            self.statement, self.next_statement[first] = first, number + 1
            zigzag(wording - first)
            zigzag(here - first)
            numbers.append(len(runs))
            for start, length in runs:
                revision = start >> _ORDINALS
                zigzag(revision - self.token)
                zigzag(start - self.next_token.get(revision, revision << _ORDINALS))
                numbers.append(length)
                self.token, self.next_token[revision] = revision, start + length


class _OriginReader:
    """Reads what _OriginWriter tells. Raises StopIteration where the numbers end too early."""

    def __init__(self, numbers: list[int]) -> None:
        self.rest = iter(numbers)
        self.next = self.rest.__next__
        self.since = 0
        self.statement = self.token = 0
        self.next_statement: dict[int, int] = {}
        self.next_token: dict[int, int] = {}

    def zigzag(self) -> int:
        number = self.next()
        return -(number + 1 >> 1) if number & 1 else number >> 1

    def part(self, part: Part) -> PartOrigins:
        since = self.since = self.since + self.zigzag()
        origins = PartOrigins(since)
        for spec, is_default in _values_of(part):
            if not is_default:
                origins.values[spec.name] = since + self.zigzag()
        for _ in range(self.next()):
            name = "".join([chr(self.next()) for _ in range(self.next())])
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
        zigzag, next_number = self.zigzag, self.next
        statements = []
        for _ in range(next_number()):
            first = self.statement = self.statement + zigzag()
            number = self.next_statement.get(first, first << _ORDINALS) + zigzag()
            self.next_statement[first] = number + 1
            wording, here = first + zigzag(), first + zigzag()
            runs = []
            for _run in range(next_number()):
                revision = self.token = self.token + zigzag()
                start = self.next_token.get(revision, revision << _ORDINALS) + zigzag()
                length = next_number()
                self.next_token[revision] = start + length
                runs.append(TokenRun(start, length))
            statements.append(StatementOrigin(number, wording, here, tuple(runs)))
        return statements
