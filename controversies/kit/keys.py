"""Keys and revision numbers as people and programs send them, in text, and anchors that are made of keys."""

import re
import uuid

MAX_NUMBER = 2**31 - 1  # of an integer column
ANCHOR = 8  # characters of a key
_KEY = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NIL = str(uuid.UUID(int=0))
_NUMBER = re.compile("[0-9]{1,9}")  # whatever fits here fits the column


def is_key(text: str) -> bool:
    """Whether this is the key of a block or page: a UUID in lower case, but not the one of zeros (`Block.OUTLINE`)."""
    return _KEY.fullmatch(text) is not None and text != _NIL


def anchor(kind: str, key: str) -> str:
    """Return the anchor of a block or citation: a permanent one, whatever is added or moved."""
    return f"{kind}-{key[:ANCHOR]}"


def revision_number(text: str | None) -> int | None:
    """Return the revision number that the text stands for, 0 included; None for any other text or none."""
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None
