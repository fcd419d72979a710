"""The format of a corpus, shared by writer and reader: names, the longest line, the footer."""

import datetime
import hashlib
from typing import Any

from controversies.models import ChangeClass

FORMAT, VERSION = "crux-corpus", 1
REDACTIONS = "redactions"  # what a corpus has besides, if words were removed from it
LOG = "log"  # …and if its site has a public log: its entries in order
LONGEST = 16 * 2**20  # bytes of a line; no block comes near that
RIGHTS = (
    "All of it was public on this site. Where a page's text is not the editors' own, the field “attribution” of its "
    "head says where it comes from and under which licence; keep it with the text. "
    "A page that began with a revision of the kind “import” and has none was not written here: its origin is unknown."
)
KINDS = (ChangeClass.IMPORT.value, ChangeClass.RESTORE.value)  # of a revision, that its author gave it
SORTS = ("topics", "backers", "sources", "pages", "revisions", "hidden", "blocks", "erased")


class Tally:
    """Counts the lines of a corpus by their sort, and digests them for its footer."""

    def __init__(self) -> None:
        self.lines = 0
        self.of: dict[str, int] = dict.fromkeys(SORTS, 0)
        self._digest = hashlib.sha256()

    def add(self, line: bytes, sort: str = "") -> None:
        """Count a line, given without its line feed."""
        self.lines += 1
        if sort:
            self.of[sort] = self.of.get(sort, 0) + 1
        self._digest.update(line)
        self._digest.update(b"\n")

    def footer(self) -> dict[str, Any]:
        """The footer of the lines counted so far."""
        return {"end": {"lines": self.lines, **self.of}, "sha256": self._digest.hexdigest()}


def moment(time: datetime.datetime, precision: str = "microseconds") -> str:
    """A time in a line: UTC, to the given precision. Digests of revisions cover microseconds."""
    return time.astimezone(datetime.UTC).isoformat(timespec=precision)
