"""E-mail addresses of readers: their one spelling, and how the database keeps them.

The keys are made from `SECRET_KEY`, which is not in the database: a copy of it shows no address. Those made from
`SECRET_KEY_FALLBACKS` still read what was written before the key was changed.
"""

import base64
import hashlib
import hmac

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

LONGEST = 254  # characters; RFC 5321 allows no more


class LostAddress(Exception):
    """No key of today reads the address: `SECRET_KEY` was changed, and the old one is no fallback."""


def normalise(text: str) -> str:
    """Return the address with its domain in ASCII and small letters. Raises ValidationError.

    By IDNA 2008, as mail servers resolve it: Python's own codec has “ß” for “ss”, which is somebody else's domain.
    """
    address = text.strip()
    local, at, domain = address.rpartition("@")
    try:
        domain = domain.rstrip(".").lower()
        domain = domain if domain.isascii() else _ascii(domain)
    except UnicodeError:
        domain = ""
    address = f"{local}{at}{domain}"
    if not domain or len(address) > LONGEST or not address.isascii() or '"' in address:
        raise ValidationError(_("Enter an e-mail address, as in name@example.org."))
    validate_email(address)
    return address


def _ascii(domain: str) -> str:
    """Return the domain in ASCII. Raises UnicodeError."""
    import idna  # noqa: PLC0415 - few processes ever need it

    return idna.encode(domain, uts46=True).decode()


def mailbox(address: str) -> str:
    """Return the name under which e-mails to an address are counted: all spellings that reach one mailbox share it."""
    local, _at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def digests(address: str) -> list[bytes]:
    """Return the digests by which the rows of an address are found: that of today's key, then of earlier ones."""
    return [
        hmac.digest(_key(secret, "digest"), address.lower().encode(), hashlib.sha256) for secret in _secrets()
    ]


def encrypt(address: str) -> bytes:
    """Return the address encrypted with today's key."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - as above

    return Fernet(_fernet_key(settings.SECRET_KEY)).encrypt(address.encode())


def decrypt(encrypted: bytes | memoryview) -> str:
    """Return the address. Raises LostAddress."""
    from cryptography.fernet import Fernet, InvalidToken, MultiFernet  # noqa: PLC0415 - as above

    fernet = MultiFernet([Fernet(_fernet_key(secret)) for secret in _secrets()])
    try:
        return fernet.decrypt(bytes(encrypted)).decode()
    except InvalidToken:
        raise LostAddress from None


def is_readable(encrypted: bytes | memoryview) -> bool:
    """Whether a key of today reads the address."""
    try:
        decrypt(encrypted)
    except LostAddress:
        return False
    return True


def _secrets() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def _key(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"controversies.following {purpose}".encode(), hashlib.sha256)


def _fernet_key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(_key(secret, "address"))
