"""Signed notes, checkpoints, cosignatures and proofs: texts that are read, written and verified here.

Formats: c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof. The arithmetic of signatures is the
caller's (`Verify`), and so are the keys that it trusts.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

from .merkle import HASH_SIZE

MAX_NOTE = 1 << 20  # bytes
MAX_SIGNATURES = 64
MAX_PROOF = 63  # hashes
_DASH = "— "
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_TOO_LARGE = 1 << 63
_KEY_ID_SIZE = 4
_LONGEST_NAME = 255  # bytes, in cosignatures of ML-DSA-44
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_COSIGNATURE_HEADER = "cosignature/v1"
_SUBTREE_LABEL = b"subtree/v1\n\0"


class MalformedNote(ValueError):
    """A text that is no signed note, key, checkpoint or proof."""


class InvalidSignature(ValueError):
    """A signature of a known key that does not verify: the note is to be refused whole."""


class Algorithm(IntEnum):
    """The kinds of signatures, by the byte that names them in keys."""

    ED25519 = 0x01  # over the text
    COSIGNATURE = 0x04  # Ed25519 over a time and the text
    ML_DSA_44 = 0x06  # ML-DSA-44 over a time and the tree


_KEY_SIZES = {Algorithm.ED25519: 32, Algorithm.COSIGNATURE: 32, Algorithm.ML_DSA_44: 1312}
_SIGNATURE_SIZES = {
    Algorithm.ED25519: 64,
    Algorithm.COSIGNATURE: 72,
    Algorithm.ML_DSA_44: 2428,
}  # time included

# Whether a signature is this key's over a message: public key, signature, message. Keys of Ed25519 have 32 bytes, those
# of ML-DSA-44 1,312.
type Verify = Callable[[bytes, bytes, bytes], bool]


def decode_base64(text: str) -> bytes:
    """Return the bytes of standard base64, with its padding and no spare bits. Raises MalformedNote."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedNote(f"This is not base64: {text[:80]!r}.") from error
    if encode_base64(data) != text:
        raise MalformedNote(f"This is not base64 in its one form: {text[:80]!r}.")
    return data


def encode_base64(data: bytes) -> str:
    """Return standard base64 with padding."""
    return base64.b64encode(data).decode()


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text) or int(text) >= _TOO_LARGE:
        raise MalformedNote(f"This is not a decimal number without leading zeros: {text[:80]!r}.")
    return int(text)


def _hash(text: str) -> bytes:
    value = decode_base64(text)
    if len(value) != HASH_SIZE:
        raise MalformedNote(f"A hash has 32 bytes: {text[:80]!r}.")
    return value


def is_key_name(name: str) -> bool:
    """Whether the text can name a key: not empty, without spaces, plus signs and control characters."""
    return bool(name) and not re.search(r"[\s+\x00-\x1f]", name)


# -- keys --


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key that notes are verified with: its name, kind and bytes."""

    name: str
    algorithm: Algorithm
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that name the key in signatures, with its name."""
        text = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return hashlib.sha256(text).digest()[:_KEY_ID_SIZE]

    def __str__(self) -> str:
        """The key as text, a vkey."""
        return f"{self.name}+{self.id.hex()}+{encode_base64(bytes([self.algorithm]) + self.public)}"


def parse_key(text: str) -> VerifierKey:
    """Return the key that a vkey names. Raises MalformedNote, also where its ID is not that of name and key."""
    name, separator, rest = text.partition("+")
    key_id, plus, encoded = rest.partition("+")
    if not separator or not plus or not is_key_name(name) or not re.fullmatch(r"[0-9a-f]{8}", key_id):
        raise MalformedNote(f"This is not a key, <name>+<8 hex digits>+<base64>: {text[:80]!r}.")
    data = decode_base64(encoded)
    if not data or data[0] not in list(Algorithm) or len(data) - 1 != _KEY_SIZES[Algorithm(data[0])]:
        raise MalformedNote(
            f"This key is of an unknown kind, or not of the length of its kind: {text[:80]!r}."
        )
    key = VerifierKey(name, Algorithm(data[0]), data[1:])
    if key.id.hex() != key_id:
        raise MalformedNote(f"The ID of this key should be {key.id.hex()}: {text[:80]!r}.")
    return key


# -- notes --


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name and ID, and the signature's bytes (for cosignatures, the time first)."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        """The signature's line, with its line feed."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.value)}\n"

    def is_of(self, key: VerifierKey) -> bool:
        """Whether it claims to be this key's."""
        return (self.name, self.key_id) == (key.name, key.id)


def parse_signature(line: str) -> Signature:
    """Return the signature of a line, given without its line feed. Raises MalformedNote."""
    name, _space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not is_key_name(name):
        raise MalformedNote(f"This is not a signature line, — <name> <base64>: {line[:80]!r}.")
    data = decode_base64(encoded)
    if len(data) <= _KEY_ID_SIZE:
        raise MalformedNote(f"This signature has no bytes: {line[:80]!r}.")
    return Signature(name, data[:_KEY_ID_SIZE], data[_KEY_ID_SIZE:])


def parse_signatures(text: str) -> tuple[Signature, ...]:
    """Return the signatures of lines, as a witness answers them. Raises MalformedNote."""
    if not text.endswith("\n") or len(text) > MAX_NOTE:
        raise MalformedNote("Each signature is a line that ends with a line feed.")
    lines = text[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedNote(f"There are more than {MAX_SIGNATURES} signatures.")
    return tuple(parse_signature(line) for line in lines)


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text that ends with a line feed, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """The whole note: text, empty line, signature lines."""
        return self.text + "\n" + "".join(map(str, self.signatures))

    def with_signatures(self, added: Iterable[Signature]) -> "SignedNote":
        """Return the note with these signatures too; one of a key that has signed already takes the older's place."""
        added = list(added)
        replaced = {(each.name, each.key_id) for each in added}
        kept = [each for each in self.signatures if (each.name, each.key_id) not in replaced]
        return SignedNote(self.text, (*kept, *added))


def parse_note(note: str | bytes) -> SignedNote:
    """Return the text and signatures of a note. Raises MalformedNote."""
    if len(note) > MAX_NOTE:
        raise MalformedNote(f"A note of more than {MAX_NOTE} bytes is not read.")
    if isinstance(note, bytes):
        try:
            note = note.decode()
        except UnicodeDecodeError as error:
            raise MalformedNote("A note is UTF-8.") from error
    if _CONTROL.search(note):
        raise MalformedNote("A note has no control characters but line feeds.")
    text, separator, signatures = note.rpartition("\n\n")
    if not separator:
        raise MalformedNote("A note has an empty line between its text and its signatures.")
    return SignedNote(text + "\n", parse_signatures(signatures))


@dataclass(frozen=True, slots=True)
class VerifiedSignature:
    """A signature that verified: whose it is and, of a cosignature, when it was made, in seconds since 1970."""

    key: VerifierKey
    time: int | None


def verify_note(note: SignedNote, keys: Iterable[VerifierKey], verify: Verify) -> list[VerifiedSignature]:
    """Return the signatures of these keys, each key's first; those of other keys are ignored.

    Raises InvalidSignature if one of a known key does not verify, MalformedNote if one is over a checkpoint and the
    text is none. An empty list means that no known key has signed: such a note is not to be trusted.
    """
    verified: dict[VerifierKey, VerifiedSignature] = {}
    known = list(keys)
    for signature in note.signatures:
        for key in known:
            if signature.is_of(key) and key not in verified:
                verified[key] = _verify(note, signature, key, verify)
    return list(verified.values())


def _verify(note: SignedNote, signature: Signature, key: VerifierKey, verify: Verify) -> VerifiedSignature:
    value, time = signature.value, None
    is_whole = len(value) == _SIGNATURE_SIZES[key.algorithm]
    if key.algorithm != Algorithm.ED25519:
        time, value = int.from_bytes(value[:8], "big"), value[8:]
        is_whole = is_whole and time < _TOO_LARGE
    if not is_whole or not verify(key.public, value, signed_message(note.text, key, time or 0)):
        raise InvalidSignature(f"A signature of {key.name} does not verify.")
    return VerifiedSignature(key, time)


def signed_message(text: str, key: VerifierKey, time: int = 0) -> bytes:
    """Return the bytes that a key signs for a note of this text; `time` in seconds since 1970, for cosignatures.

    Raises MalformedNote if cosignatures of this kind are over a checkpoint and the text is none.
    """
    if key.algorithm == Algorithm.ED25519:
        return text.encode()
    checkpoint = parse_checkpoint(text)
    if key.algorithm == Algorithm.COSIGNATURE:
        return f"{_COSIGNATURE_HEADER}\ntime {time}\n{text}".encode()
    name, origin = key.name.encode(), checkpoint.origin.encode()
    if max(len(name), len(origin)) > _LONGEST_NAME:
        raise MalformedNote("A name in this kind of cosignature has at most 255 bytes.")
    start, end = (number.to_bytes(8, "big") for number in (0, checkpoint.size))
    names = (bytes([len(name)]) + name, bytes([len(origin)]) + origin)
    return b"".join(
        [_SUBTREE_LABEL, names[0], time.to_bytes(8, "big"), names[1], start, end, checkpoint.root]
    )


def cosignature(key: VerifierKey, time: int, value: bytes) -> Signature:
    """Return the signature line of a cosignature: of the bytes that sign `signed_message()` at this time."""
    return Signature(key.name, key.id, time.to_bytes(8, "big") + value)


# -- checkpoints and proofs --


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The text of a checkpoint: a log's name, how many entries it has, and their root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The text that the log signs."""
        lines = (self.origin, str(self.size), encode_base64(self.root), *self.extensions)
        return "\n".join(lines) + "\n"


def parse_checkpoint(text: str) -> TreeHead:
    """Return what the text of a checkpoint says, given without its signatures. Raises MalformedNote."""
    *lines, last = text.split("\n")
    if not lines[2:] or last or not all(lines):
        raise MalformedNote(
            "A checkpoint has three lines or more, none empty: its log's name, size and root."
        )
    return TreeHead(lines[0], _number(lines[1]), _hash(lines[2]), tuple(lines[3:]))


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """The proof that an entry is in a log, as it is kept in a file `.tlog-proof`."""

    index: int
    hashes: tuple[bytes, ...]  # from the leaf up
    checkpoint: SignedNote
    extra: bytes | None = None

    def __str__(self) -> str:
        """The whole file."""
        lines = [PROOF_HEADER]
        if self.extra is not None:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines += [f"index {self.index}", *map(encode_base64, self.hashes), "", str(self.checkpoint)]
        return "\n".join(lines)


def parse_proof(text: str | bytes) -> InclusionProof:
    """Return the proof that a file holds. Raises MalformedNote."""
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            raise MalformedNote("A proof is UTF-8.") from error
    head, separator, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines[0] != PROOF_HEADER:
        raise MalformedNote(
            f"A proof begins with the line {PROOF_HEADER}, and has an empty line before the checkpoint."
        )
    extra = None
    if lines[1:] and lines[1].startswith("extra "):
        extra = decode_base64(lines.pop(1).removeprefix("extra "))
    if not lines[1:] or not lines[1].startswith("index ") or len(lines[2:]) > MAX_PROOF:
        raise MalformedNote("A proof says the index of its entry, then at most 63 hashes.")
    note = parse_note(checkpoint)
    parse_checkpoint(note.text)
    return InclusionProof(_number(lines[1].removeprefix("index ")), tuple(map(_hash, lines[2:])), note, extra)
