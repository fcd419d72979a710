"""Keys that sign and verify notes. Only commands import this: no web worker loads `cryptography`, or the log's key.

A private key is a line `PRIVATE+KEY+<origin>+<identifier>+<base64 of 01 and the seed>`, as Go's package
golang.org/x/mod/sumdb/note and the tools of transparency logs write it; a public one is a vkey (c2sp.org/signed-note).
"""

import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from django.utils.translation import gettext as _

from controversies.kit import durable

from .notes import (
    Algorithm,
    Signature,
    VerifierKey,
    decode_base64,
    encode_base64,
    is_key_name,
    signed_message,
)

_MARK = "PRIVATE+KEY+"
_ED25519_SIZE = 32  # bytes of a public key


class BadKeyFile(ValueError):
    """The file of a private key cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private key of a log, and the log's name (origin)."""

    origin: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> VerifierKey:
        return VerifierKey(self.origin, Algorithm.ED25519, self.private.public_key().public_bytes_raw())

    @property
    def text(self) -> str:
        """The line in its file."""
        material = encode_base64(bytes([Algorithm.ED25519]) + self.private.private_bytes_raw())
        return f"{_MARK}{self.origin}+{self.public.id.hex()}+{material}\n"

    def sign(self, text: str) -> Signature:
        """Sign the text of a note, which ends in a line feed."""
        public = self.public
        return Signature(public.name, public.id, self.private.sign(signed_message(text, public)))


def generate(origin: str) -> SigningKey:
    """Return a new key for a log of this name."""
    return SigningKey(origin, Ed25519PrivateKey.generate())


def write(key: SigningKey, path: Path) -> None:
    """Keep a private key in a file that only its owner can read. Raises OSError."""
    with durable.replacing(path, mode=0o600) as file:
        file.write(key.text.encode())


def read(path: Path) -> SigningKey:
    """Read a private key from its file. Raises BadKeyFile and OSError."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise BadKeyFile(_("Others may read %(file)s. Run: chmod 600 %(file)s") % {"file": path})
    try:
        text = path.read_text(encoding="utf-8")
        origin, _identifier, material = text.removeprefix(_MARK).rstrip("\n").split("+", 2)
        seed = decode_base64(material).removeprefix(bytes([Algorithm.ED25519]))
        key = SigningKey(origin, Ed25519PrivateKey.from_private_bytes(seed))
        if not is_key_name(origin) or key.text != text:
            raise ValueError
    except ValueError as error:  # a UnicodeDecodeError and a MalformedNote as well
        raise BadKeyFile(
            _("%s is damaged, or is not the key of a log. Restore it from its copy.") % path
        ) from error
    return key


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether a signature is this key's over a message (`notes.Verify`)."""
    try:
        if len(public) == _ED25519_SIZE:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        else:
            MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
