"""The entries of a public log as a corpus brings them: written before any page is, then held against the pages."""

from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from controversies.document import canonical
from controversies.history.transparency import merkle, notes, reader
from controversies.kit.keys import MAX_NUMBER
from controversies.models import LeafKind, RedactedPart, RedactionGround

from .line_reader import CorpusLine

_BATCH = 5000  # entries written at once
_LOAD = "SELECT controversies_load_leaves(%s, %s::uuid[], %s::integer[], %s::text[], %s::text[])"
_OF_REVISION = {"digest", "number", "page"}
# Members of an entry that it must have, and those that it may have, by the member that tells its kind.
_MEMBERS: list[tuple[str, LeafKind, set[str], frozenset[str]]] = [
    ("checkpoint", LeafKind.CHECKPOINT, {"checkpoint"}, frozenset()),
    (
        "part",
        LeafKind.REDACTION,
        {"ground", "now", "number", "page", "part"},
        frozenset({"erased", "key", "revision_now"}),
    ),
    ("replaces", LeafKind.REPLACEMENT, {*_OF_REVISION, "replaces"}, frozenset({"withdrawn"})),
    ("withdrawn", LeafKind.WITHDRAWAL, {*_OF_REVISION, "withdrawn"}, frozenset()),
    ("", LeafKind.REVISION, _OF_REVISION, frozenset()),
]

# The first entry of a page of the corpus that is none of its revisions, or of a page that is not there though public.
_UNKNOWN = """
    SELECT min(f.index) FROM controversies_leaf f
    WHERE f.kind IN ('revision', 'withdrawal')
        AND EXISTS (SELECT FROM controversies_controversy c WHERE c.id = f.controversy_id)
        AND NOT EXISTS (
            SELECT FROM controversies_arrival a WHERE a.controversy_id = f.controversy_id AND a.number = f.number
                AND a.withdrawn = (f.kind = 'withdrawal')
        )
"""
_LACKING = """
    SELECT min(last.index) FROM (
        SELECT DISTINCT ON (f.controversy_id) f.index, f.kind, f.controversy_id FROM controversies_leaf f
        WHERE f.kind IN ('revision', 'withdrawal') ORDER BY f.controversy_id, f.index DESC
    ) last
    WHERE last.kind = 'revision'
        AND NOT EXISTS (SELECT FROM controversies_controversy c WHERE c.id = last.controversy_id)
"""
_ADDED = "SELECT controversy_id, number FROM controversies_leaf WHERE index = %s"


class LogLoader:
    """The log of a corpus: its entries in order, and the checkpoint that was signed of them."""

    def __init__(self) -> None:
        self.first = 0  # line of the first entry
        self.last = 0  # …and of the last one
        self.count = 0
        self.checkpoint: CorpusLine | None = None
        self.head: notes.TreeHead | None = None
        self.batch: list[tuple[str | None, int | None, str, str]] = []

    @property
    def has_begun(self) -> bool:
        """Whether a line of it was taken."""
        return self.checkpoint is not None or self.count > 0

    def take(self, line: CorpusLine) -> None:
        """Take a line of the log. Raises InvalidCorpus."""
        if "checkpoint" in line:
            self._take_checkpoint(line)
        else:
            self._take_entry(line)

    def _take_checkpoint(self, line: CorpusLine) -> None:
        line.only({"checkpoint"})
        if self.has_begun:
            line.fault(_("One checkpoint comes before the entries of the log."))
        self.checkpoint = line
        try:
            self.head = notes.parse_checkpoint(notes.parse_note(line.get("checkpoint", str)).text)
        except notes.MalformedNote as error:
            line.fault(str(error))

    def _take_entry(self, line: CorpusLine) -> None:
        line.only({"entry"})
        self.first = self.first or line.number
        self.last = line.number
        text = canonical.dumps(line.get("entry", dict))
        entry = CorpusLine(line.number, text)
        kind = _check_entry(entry)
        number = entry.data.get("number")
        self.batch.append((entry.data.get("page"), number, kind.value, text.decode()))
        self.count += 1
        if len(self.batch) >= _BATCH:
            self.write()

    def write(self) -> None:
        """Write the entries that were taken since."""
        if not self.batch:
            return
        columns: list[Any] = [list(column) for column in zip(*self.batch, strict=True)]
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_LOAD, [self.count - len(self.batch), *columns])
        except IntegrityError as error:
            CorpusLine(self.first, b"{}").fault(str(error).strip().splitlines()[0])
        self.batch = []

    def check_root(self) -> None:
        """Refuse entries that are not those that were signed. Raises InvalidCorpus with the checkpoint's line."""
        if self.checkpoint is None or self.head is None:
            return
        if self.head.size > self.count:
            self.checkpoint.fault(_("The checkpoint has more entries than follow."))
        root = reader.root(1, self.head.size) if self.head.size else merkle.EMPTY_ROOT
        if root != self.head.root:
            self.checkpoint.fault(_("The entries that follow are not those that were signed."))

    def check_pages(self) -> None:
        """Refuse a log that is not that of the pages, which are recorded now. Raises InvalidCorpus with the line."""
        with connection.cursor() as cursor:
            try:
                cursor.execute(
                    "SET CONSTRAINTS ALL IMMEDIATE"
                )  # each revision looks for its entry, as at COMMIT
            except IntegrityError as error:
                self._fault(self.last, str(error).strip().splitlines()[0])
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(_ADDED, [self.count])
            added = cursor.fetchone()
            if added is not None:
                page, number = added
                self._fault(
                    self.last,
                    _("The log has no entry of revision %(number)s of the page %(page)s.")
                    % {"number": number, "page": page},
                )
            for query, message in (
                (_UNKNOWN, _("No revision of a page matches this entry of the log.")),
                (_LACKING, _("This entry of the log is of a public page that is not in the corpus.")),
            ):
                cursor.execute(query)
                [index] = cursor.fetchone()
                if index is not None:
                    self._fault(self.first + index, message)

    def _fault(self, line: int, message: str) -> None:
        CorpusLine(line, b"{}").fault(message)


def look_up_entries() -> None:
    """Let each revision look for its entry in the log now, and append it if there is none, as it would at COMMIT."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _check_entry(entry: CorpusLine) -> LeafKind:
    """Return the kind of an entry whose members are what they must be. Raises InvalidCorpus."""
    [(kind, required, optional), *_rest] = [
        (kind, required, optional)
        for name, kind, required, optional in _MEMBERS
        if not name or name in entry.data
    ]
    entry.only(required, optional)
    for name in ("digest", "replaces", "now", "erased", "revision_now"):
        if name in entry:
            entry.digest(name)
    for name in ("page", "key"):
        if name in entry:
            entry.key(name)
    if "number" in entry and not entry.count("number", MAX_NUMBER):
        entry.fault(_("“%s” is out of range.") % "number")
    if entry.data.get("withdrawn", True) is not True:
        entry.fault(_("“%s” is unknown here.") % "withdrawn")
    if "checkpoint" in entry:
        entry.get("checkpoint", str)
    for name, values in (("part", RedactedPart.values), ("ground", RedactionGround.values)):
        if name in entry and entry.get(name, str) not in values:
            entry.fault(_("“%s” is unknown here.") % name)
    return kind
