"""One line of a list of revisions: what the record says of it, and whether its document was public then.

What was made while a page was not public is not shown to readers. Whether it was stands in the head block as it was
at the time, so each query for lines joins that block (HEAD_JOIN).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from controversies.document import canonical
from controversies.document.types import Head
from controversies.models import Publication

from .public import CHANGES_PUBLICATION, follows_public
from .read import ENTRY_COLUMNS, Entry, entry_of

# SQL that joins the head block as it was at the revision `r`, and what it was packed against: two descents of the
# primary key.
HEAD_JOIN = """
    LEFT JOIN LATERAL (
        SELECT b.body, b.basis FROM controversies_block b
        WHERE b.controversy_id = r.controversy_id AND b.key = r.controversy_id AND b.since <= r.number
        ORDER BY b.since DESC LIMIT 1
    ) head ON r.withheld = ''
    LEFT JOIN controversies_block basis ON basis.controversy_id = r.controversy_id
        AND basis.key = r.controversy_id AND basis.since = head.basis
"""
LINE_COLUMNS = f"{ENTRY_COLUMNS}, head.body, basis.body"
# SQL column after those: the index of the newest entry for the revision `r` in the public log; NULL while the site has
# no key for it. Two descents of an index.
LOG_INDEX = """
    greatest((
        SELECT f.index FROM controversies_leaf f
        WHERE f.controversy_id = r.controversy_id AND f.number = r.number AND f.kind = 'revision'
            AND f.log_id = (SELECT max(id) FROM controversies_log WHERE vkey <> '')
    ), (
        SELECT max(f.index) FROM controversies_leaf f
        WHERE f.controversy_id = r.controversy_id AND f.number = r.number AND f.kind = 'replacement'
            AND f.log_id = (SELECT max(id) FROM controversies_log WHERE vkey <> '')
    )) AS log_index
"""
# SQL condition: readers could not see the revision before `r`, which they can.
OPENS = f"(r.number = 1 OR {CHANGES_PUBLICATION})"
# SQL condition: more of the block `b` differs from the version before than the numbers of sources in its texts.
IS_EDITED = "b.renumbered IS NOT TRUE"
UNREADABLE = "unreadable"  # the publication of a revision whose head was lost: nothing of it is shown


@dataclass(frozen=True, slots=True)
class LogLine:
    """One revision in a list, and the page's publication at the time."""

    entry: Entry
    publication: str
    follows_public: bool  # whether the revision before was public too
    slug: str = ""  # of the controversy today, in lists over all
    title: str = ""
    log_index: int | None = None  # of its entry in the public log, in lists that tell it

    @property
    def number(self) -> int:
        return self.entry.number

    @property
    def is_public(self) -> bool:
        return self.publication == Publication.PUBLISHED

    @property
    def before(self) -> int:
        """The revision to compare this one with: the one before it, or 0, nothing."""
        return self.number - 1 if self.follows_public else 0

    @property
    def cursor(self) -> str:
        """The place of this line in a list over all controversies, in text."""
        return f"{self.slug}:{self.number}"


def decode_head(body: bytes, basis: bytes | None) -> Head:
    """Return the head that is stored in a block. Raises TypeError for another block, ValueError for a damaged one."""
    block = canonical.decode(bytes(body), bytes(basis) if basis is not None else None)
    if not isinstance(block, Head):
        raise TypeError("The block with the controversy's key is not its head.")
    return block


def publication_of(body: bytes, basis: bytes | None) -> str:
    """Return the publication that a stored head says, or UNREADABLE."""
    try:
        return decode_head(body, basis).publication
    except (TypeError, ValueError):
        return UNREADABLE


def line_of(row: tuple[Any, ...]) -> LogLine:
    """Make a line of a row of LINE_COLUMNS."""
    *columns, body, basis = row
    entry = entry_of(tuple(columns))
    publication = entry.withheld or publication_of(body, basis)
    return LogLine(entry, publication, follows_public(entry, publication))


def titled_line_of(row: tuple[Any, ...]) -> LogLine:
    """Make a line of a row of LINE_COLUMNS, and the address and title of its page today."""
    *columns, slug, title = row
    return replace(line_of(tuple(columns)), slug=slug, title=title)


def indexed_line_of(
    row: tuple[Any, ...], make_line: Callable[[tuple[Any, ...]], LogLine] = line_of
) -> LogLine:
    """Make a line of a row that ends with LOG_INDEX, by what makes one of the columns before it."""
    *columns, index = row
    line = make_line(tuple(columns))
    return replace(line, log_index=index) if line.is_public else line


def public_line_of(row: tuple[Any, ...]) -> LogLine:
    """Make a line of a row of ENTRY_COLUMNS, address, title and LOG_INDEX, of a revision that is known to be public."""
    *columns, slug, title, index = row
    entry = entry_of(tuple(columns))
    return LogLine(entry, Publication.PUBLISHED, follows_public(entry), slug, title, index)


def fetch(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
