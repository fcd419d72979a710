"""Digests by which checks know what they are about."""

import hashlib


def quote_digest(quote: str) -> str:
    """Return the SHA-256 of a quotation as the document has it, in hexadecimal; "" of none."""
    return hashlib.sha256(quote.encode()).hexdigest() if quote else ""
