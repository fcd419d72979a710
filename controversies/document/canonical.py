"""The canonical JSON form of blocks, their digests, and how a block is stored.

Canonical JSON: UTF-8, object keys sorted, no white space, values equal to their field's default left out.
A block's digest is the SHA-256 of its canonical JSON with its type under "block"; a document's, of the canonical
JSON of the list of [key, hexadecimal digest of the block]; the head block also lists the keys of the points and
positions, so that their order is part of it. (Git's blobs and trees do the same.)
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from .types import (
    BLOCKS,
    Block,
    Document,
    Head,
    Kind,
    Part,
    Spec,
)

TYPES: dict[str, type[Part]] = {block_type.name: block_type.part for block_type in BLOCKS}
NAMES = {cls: name for name, cls in TYPES.items()}
ORDERED = tuple(block_type for block_type in BLOCKS if block_type.ordered)
ALWAYS_LISTED = {
    "points",
    "positions",
}  # in a head even if empty, as in the first digests; others only if not

# A preset dictionary for zlib (RFC 1950, 2.2): what most blocks have in common, the commonest last. Stored blocks
# name it by their first byte, so it is never changed; a better one gets a number of its own.
_DICTIONARY_1 = (
    b'{"archive_url":"https://web.archive.org/web/20","authors":" and others","block":"source","date":"20","doi":"10.'
    b'"kind":"article","kind":"preprint","kind":"report","kind":"legal","publisher":"arXiv:","slug":"","title":"'
    b'","url":"https://www.","url":"https://arxiv.org/abs/"}{"aliases":["block":"backer","description":"","kind":'
    b'"company","kind":"research-lab","kind":"government","kind":"organisation","kind":"person","kind":"constituency",'
    b'"name":"","slug":"","website":"https://{"attribution":"","block":"head","key":"","points":["","positions":["",'
    b'"publication":"published","publication":"draft","polarity":"multi-axis","polarity":"binary","question":"Does ",'
    b'"reviewed_by":"","reviewed_on":"20","slug":"","status":"active","status":"emerging","status":"resolved",'
    b'"status_summary":"The","title":"","topic":{"key":"","slug":"","title":""}}{"block":"context","citations":[],"text":"'
    b'{"block":"point","body":"","key":"","kind":"empirical","kind":"normative","kind":"predictive","title":"'
    b" of the and to in that is for it as was with be by on not this but from are or an they which have has been if"
    b" would when who will more no out so said what up its about into than them can only other new some could time"
    b" these two may then do first any my now such like our over me even most made after also did many before must"
    b' through evidence research public models policy argument","confidence":"not-rated","confidence":"disputed",'
    b'"confidence":"low","confidence":"high","confidence":"medium","confidence_reason":"","stances":[{"point":"","text":"'
    b'{"locator":"","quote":"","relation":"contradicts","relation":"context","note":"","since":"20","until":"20'
    b'{"argument":"","backings":[{"backer":"","key":""},{"backer":"","key":""}],"block":"position","citations":[{"key":"",'
    b'"relation":"supports","source":""},{"key":"","relation":"supports","source":""}],"claim":"'
)
_FULL, _DELTA = b"\x01", b"\x02"
PLAIN = b"\x03"  # as it is: so the database stores, and can check, a block from which words were removed
_WINDOW = 32 * 1024  # of deflate: no more of a dictionary is used


def to_json(part: Part, *, full: bool = False) -> dict[str, Any]:
    """The part as JSON values; values equal to their default only if `full`, and never those of optional fields."""
    data: dict[str, Any] = {}
    for spec in part.SPECS:
        value = getattr(part, spec.name)
        if spec.kind is Kind.ITEMS:
            if value or full:
                data[spec.name] = [to_json(item, full=full) for item in value]
        elif spec.kind is Kind.PART:
            data[spec.name] = to_json(value, full=full)
        elif value != spec.default or (full and not spec.is_optional):
            data[spec.name] = list(value) if spec.kind is Kind.LINES else value
    return data


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def dumps(data: object) -> bytes:
    """The one canonical text of JSON values."""
    return _ENCODER.encode(data).encode()


def block_json(document: Document, block: Block) -> dict[str, Any]:
    """A block of the document as JSON values: with its type, and for the head the order of what follows."""
    data = to_json(block)
    data["block"] = NAMES[type(block)]
    if isinstance(block, Head):
        for block_type in ORDERED:
            keys = [each.key for each in block_type.blocks(document)]
            if keys or block_type.attribute in ALWAYS_LISTED:
                data[block_type.attribute] = keys
    return data


def encode(document: Document, block: Block) -> bytes:
    """The block's canonical JSON."""
    return dumps(block_json(document, block))


def digests(document: Document) -> dict[str, bytes]:
    """The digest of each block by key, in the document's order."""
    return {block.key: hashlib.sha256(encode(document, block)).digest() for block in document.blocks()}


def combine(blocks: Iterable[tuple[str, bytes]]) -> bytes:
    """The digest of a document whose blocks have these keys and digests, in order."""
    return hashlib.sha256(dumps([[key, digest.hex()] for key, digest in blocks])).digest()


def digest(document: Document) -> bytes:
    """The document's digest: equal for two documents only if readers see the same in both."""
    return combine(digests(document).items())


def pack(text: bytes, basis: bytes | None = None) -> tuple[bytes, bool]:
    """Canonical JSON as it is stored: the format's byte, then raw deflate with a preset dictionary.

    The dictionary is `basis`, an earlier version of the same block, if that spares a third or more; whether
    it was is told too. So what is stored grows with the edit, not with the block.
    """
    full = _FULL + _deflate(text, _DICTIONARY_1)
    if basis is not None:
        delta = _DELTA + _deflate(text, basis[-_WINDOW:])
        if len(delta) * 3 <= len(full) * 2:
            return delta, True
    return full, False


def _deflate(text: bytes, dictionary: bytes) -> bytes:
    deflate = zlib.compressobj(9, wbits=-15, memLevel=9, zdict=dictionary)
    return deflate.compress(text) + deflate.flush()


def unpack(body: bytes, basis: bytes | None = None) -> bytes:
    """The canonical JSON of a stored block; `basis` is the stored body that it was packed against, if any.

    Raises ValueError for what pack() did not write.
    """
    return unpack_after(body, None if basis is None else unpack(basis))


def unpack_after(body: bytes, text: bytes | None) -> bytes:
    """The canonical JSON of a stored block, given that of the version that it was packed against, if any.

    Raises ValueError for what pack() did not write.
    """
    if body[:1] == PLAIN and text is None:
        return body[1:]
    if body[:1] == _FULL and text is None:
        dictionary = _DICTIONARY_1
    elif body[:1] == _DELTA and text is not None:
        dictionary = text[-_WINDOW:]
    else:
        raise ValueError("A stored block is of an unknown format.")
    inflate = zlib.decompressobj(wbits=-15, zdict=dictionary)
    try:
        text = inflate.decompress(body[1:])
    except zlib.error as error:
        raise ValueError("A stored block cannot be read.") from error
    if not inflate.eof or inflate.unused_data:
        raise ValueError("A stored block is cut short or followed by something.")
    return text


def is_basis(body: bytes, basis: int | None) -> bool:
    """Whether later versions may be packed against this stored body: it stands by itself, and is not plain."""
    return basis is None and body[:1] != PLAIN


def decode(body: bytes, basis: bytes | None = None) -> Block:
    """The block of a stored body and of the one it was packed against.

    The order of points and positions, which a head lists too, is the outline's. Remembered by its bytes, if they
    are few enough to keep: most blocks of a page are those of the revision before.
    """
    if len(body) + len(basis or b"") > _REMEMBERED:
        return _decode(body, basis)
    return _remembered(body, basis)


def _decode(body: bytes, basis: bytes | None) -> Block:
    return parse_block(unpack(body, basis))


def parse_block(text: bytes) -> Block:
    """The block of a canonical JSON text."""
    data = json.loads(text)
    cls = TYPES[data.pop("block")]
    if cls is Head:
        for block_type in ORDERED:
            data.pop(block_type.attribute, None)
    return _part(cls, data)


def _part(cls: type[Part], data: dict[str, Any]) -> Any:
    """The part of its JSON values, which become its own."""
    for name, convert in _NESTED[cls]:
        if name in data:
            data[name] = convert(data[name])
    return cls(**data)


def _converter(spec: Spec) -> Callable[[Any], Any]:
    """A function that makes the value of a field of its JSON values."""
    inner = spec.part
    if inner is None:
        return tuple
    if spec.kind is Kind.PART:
        return lambda value: _part(inner, value)
    if not _NESTED[inner]:
        return lambda items: tuple([inner(**item) for item in items])
    return lambda items: tuple([_part(inner, item) for item in items])


# The fields of each class whose JSON values are no values of the part, inner classes first.
_NESTED: dict[type[Part], tuple[tuple[str, Callable[[Any], Any]], ...]] = {}


def _add_nested(cls: type[Part]) -> None:
    nested = [spec for spec in cls.SPECS if spec.kind in (Kind.ITEMS, Kind.PART, Kind.LINES)]
    for spec in nested:
        if spec.part is not None:
            _add_nested(spec.part)
    _NESTED[cls] = tuple((spec.name, _converter(spec)) for spec in nested)


for _block_type in BLOCKS:
    _add_nested(_block_type.part)

_REMEMBERED = 4096  # bytes as stored, about three times as many as text
_remembered = lru_cache(maxsize=4096)(_decode)


def assemble(blocks: Iterable[Block]) -> Document:
    """The document of its blocks, given in the document's order."""
    by_class: dict[type[Part], list[Any]] = {block_type.part: [] for block_type in BLOCKS}
    for block in blocks:
        by_class[type(block)].append(block)
    blocks_by_attribute: dict[str, Any] = {}
    for block_type in BLOCKS:
        own = by_class[block_type.part]
        blocks_by_attribute[block_type.attribute] = tuple(own) if block_type.many else own[0]
    return Document(**blocks_by_attribute)


def document_json(document: Document, *, full: bool = True) -> dict[str, Any]:
    """The whole document as JSON values: the head's fields, then the other blocks by their attribute."""
    data = to_json(document.head, full=full)
    for block_type in BLOCKS[1:]:
        blocks = [to_json(block, full=full) for block in block_type.blocks(document)]
        data[block_type.attribute] = blocks if block_type.many else blocks[0]
    return data
