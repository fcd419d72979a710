"""CSV that programs read and spreadsheets show without running any of it (RFC 4180, UTF-8 with a byte order mark).

A spreadsheet takes a cell for a formula that begins with a sign such as "=", also within quotation marks, and one that
takes semicolons or line ends for separators finds such cells within texts. So each text is on one line, and a sign that
could begin a cell has an apostrophe before it, which spreadsheets take for the mark of a text.
"""

import re
from collections.abc import Iterable

BOM = "\ufeff"  # by which spreadsheets know that it is UTF-8
_FORMULA = re.compile(r"(^\s*|[;|]\s*)([=+\-@'＝＋－＠])")


def csv_line(cells: Iterable[str | int]) -> str:
    """Return a line with its line end, each cell in quotation marks; numbers stay as they are."""
    return ",".join(_cell(cell) for cell in cells) + "\r\n"


def safe_text(text: str) -> str:
    """Return a text on one line, in which no spreadsheet finds a formula."""
    return _FORMULA.sub(r"\1'\2", " ".join(text.split()))


def _cell(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return '"' + safe_text(value).replace('"', '""') + '"'
