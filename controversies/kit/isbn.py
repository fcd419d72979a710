"""International Standard Book Numbers (ISO 2108): their one form, and their check digits."""

import re

ISBN13 = r"^97[89][0-9]{10}$"
_TEN, _THIRTEEN = re.compile(r"[0-9]{9}[0-9X]"), re.compile(ISBN13)
_PREFIX = re.compile(r"^(?:urn:)?isbn(?:-1[03])?[:\s]*", re.IGNORECASE)


def isbn13(text: str) -> str:
    """Return an ISBN of 10 or 13 digits, however it is spaced, as 13 digits; "" if it is none or its check fails."""
    digits = re.sub(r"[\s‐-―−-]", "", _PREFIX.sub("", text.strip())).upper()
    if _TEN.fullmatch(digits):
        total = sum((10 - place) * (10 if digit == "X" else int(digit)) for place, digit in enumerate(digits))
        return _with_check_digit("978" + digits[:9]) if total % 11 == 0 else ""
    if _THIRTEEN.fullmatch(digits) and _with_check_digit(digits[:12]) == digits:
        return digits
    return ""


def _with_check_digit(digits: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
