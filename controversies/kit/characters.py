"""Characters that no text of the record has."""

import re

# Control characters other than line feed, carriage return and tab: they carry no meaning in prose, and PostgreSQL
# refuses NUL.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def without_controls(text: str) -> str:
    """Return the text without control characters; line breaks and tabs stay."""
    return CONTROL.sub("", text)
