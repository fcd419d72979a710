"""Ed25519 keys that sign and verify. Only commands import this: no web worker loads `cryptography`, or the log's key.

A private key is a line `PRIVATE+KEY+<origin>+<identifier>+<base64 of 01 and the seed>`, as Go's package
golang.org/x/mod/sumdb/note and the tools of transparency logs write it; a public one is a vkey (c2sp.org/signed-note).
"""

import base64
import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.utils.translation import gettext as _

from controversies.kit import durable

_KIND = b"\x01"  # Ed25519 (c2sp.org/signed-note)
_MARK = "PRIVATE+KEY+"


class BadKeyFile(ValueError):
    """The file of a private key cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private key of a log, and the log's name (origin)."""

    origin: str
    private: Ed25519PrivateKey

    @property
    def vkey(self) -> str:
        """The public key, as c2sp.org/signed-note writes it."""
        return _line(self.origin, self.private.public_key().public_bytes_raw(), self._public)

    @property
    def _public(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    def signature_line(self, text: str) -> str:
        """Return the line that signs a note's text, which ends in a line feed."""
        data = _identifier(self.origin, self._public) + self.private.sign(text.encode())
        return f"— {self.origin} {base64.b64encode(data).decode()}\n"


def generate(origin: str) -> SigningKey:
    return SigningKey(origin, Ed25519PrivateKey.generate())


def write(key: SigningKey, path: Path) -> None:
    """Keep a private key in a file that only its owner can read. Raises OSError."""
    line = _MARK + _line(key.origin, key.private.private_bytes_raw(), key._public)
    with durable.replacing(path, mode=0o600) as file:
        file.write(f"{line}\n".encode())


def read(path: Path) -> SigningKey:
    """Read a private key from its file. Raises BadKeyFile and OSError."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise BadKeyFile(_("Others may read %(file)s. Run: chmod 600 %(file)s") % {"file": path})
    try:
        text = path.read_text(encoding="utf-8").removesuffix("\n")
        origin, _identifier_text, material = text.removeprefix(_MARK).split("+", 2)
        data = base64.b64decode(material, validate=True)
        if data[:1] != _KIND:
            raise ValueError
        key = SigningKey(origin, Ed25519PrivateKey.from_private_bytes(data[1:]))
        if text != _MARK + _line(origin, data[1:], key._public):
            raise ValueError
    except ValueError as error:  # a UnicodeDecodeError and a binascii.Error as well
        raise BadKeyFile(
            _("%s is damaged, or is not the key of a log. Restore it from its copy.") % path
        ) from error
    return key


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether an Ed25519 signature is of this message by this key, each as bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _identifier(origin: str, public: bytes) -> bytes:
    return hashlib.sha256(origin.encode() + b"\n" + _KIND + public).digest()[:4]


def _line(origin: str, material: bytes, public: bytes) -> str:
    """Return name, identifier and key, as vkeys have them and private keys do."""
    encoded = base64.b64encode(_KIND + material).decode()
    return f"{origin}+{_identifier(origin, public).hex()}+{encoded}"
