"""The revisions of one page and their blocks, read once from the first to the newest, each held against the rest."""

import datetime
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import canonical
from controversies.document.redact import MARKED
from controversies.document.types import Backer, Block, Document, Head, Point, Position, Source
from controversies.history.change_columns import ChangeColumns, change_columns
from controversies.history.public import publication_outline
from controversies.history.revisions import revision_digest
from controversies.models import ChangeClass, Publication

from .running import Running

CHUNK = 1000  # rows a fetch
OUTLINE = str(m.Block.OUTLINE)
KINDS = {ChangeClass.IMPORT.value, ChangeClass.RESTORE.value}  # which no document tells
_LISTS = {Point: "points", Position: "positions", Backer: "backers", Source: "sources"}


class RevisionRow(NamedTuple):
    """The columns of a revision."""

    number: int
    time: datetime.datetime
    author_id: int | None
    author_name: str
    reviewer_id: int | None
    reviewer_name: str
    summary: str
    document: bytes
    digest: bytes
    classes: list[str]
    changes: str  # JSON
    added: int
    removed: int
    withheld: str
    recorded_by: str
    recorded_at: int | None  # in microseconds since 1970
    seal: bytes | None


class Withheld(NamedTuple):
    """A revision that came without its content: what the page was, and by which role and when it was loaded."""

    number: int
    state: str
    role: str
    day: str


class BlockRow(NamedTuple):
    """The columns of a version of a block."""

    since: int
    key: str
    digest: bytes | None
    body: bytes | None
    basis: int | None
    outline: list[str] | None
    renumbered: bool | None


_COLUMNS = {
    "changes": "changes::text",
    "recorded_at": "(extract(epoch FROM recorded_at) * 1000000)::bigint",
    "key": "key::text",
    "outline": "outline::text[]",
}
_REVISIONS = f"""
    SELECT {", ".join(_COLUMNS.get(name, name) for name in RevisionRow._fields)} FROM controversies_revision
    WHERE controversy_id = %s ORDER BY number
"""  # noqa: S608 - made of constants
_BLOCKS = f"""
    SELECT {", ".join(_COLUMNS.get(name, name) for name in BlockRow._fields)}
    FROM controversies_block WHERE controversy_id = %s ORDER BY since, key
"""  # noqa: S608 - made of constants


def rows(sql: str, params: list[Any], shape: Any = tuple) -> Iterator[Any]:
    """The rows of a query, a chunk at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while found := cursor.fetchmany(CHUNK):
            yield from map(shape, found)


@dataclass(slots=True)
class RemovedText:
    """Words taken out of one place: the digest that its block or revision has, and that of what stands there now."""

    digest: bytes
    now: bytes
    is_found: bool = False


@dataclass(slots=True)
class Redacted:
    """What was taken out of one page, by where it stood."""

    blocks: dict[tuple[str, int], RemovedText] = field(default_factory=dict)  # by key and first revision
    texts: dict[tuple[int, str], RemovedText] = field(default_factory=dict)  # by revision and part


@dataclass(slots=True)
class BlockState:
    """A block as it stands at a revision; without what it says where that cannot be read."""

    since: int
    digest: bytes
    block: Block | None
    is_redacted: bool = False


class Chain:
    """One page's record, revision by revision. `faults()` reads all of it, and leaves what others need to know."""

    def __init__(self, key: str, redacted: Redacted | None = None, *, watch: int = 0) -> None:
        self.key = key
        self.redacted = redacted or Redacted()
        self.watch = watch  # a revision whose digests are kept
        self.watched_digests = ("", "")
        self.accounts = Running()  # of what the revisions' digests do not cover
        self.number = 0  # of the newest revision
        self.digest: bytes | None = None  # of the newest revision
        self.publications: list[tuple[int, str]] = []  # since which revision the page was what
        self.withheld: list[Withheld] = []
        self.is_readable = True  # whether all that is here could be read
        self._before: Document | None = None
        self._is_derivable = True  # whether the document before is known, or there is none
        self._live: dict[str, BlockState] = {}
        self._standing: dict[
            str, tuple[int, bytes]
        ] = {}  # the newest version of each that stands by itself, as text
        self._order: list[str] = []
        self._written: list[str] = []  # the order's blocks as the document's digest has them
        self._places: dict[str, int] = {}
        self._changed: list[BlockRow] = []  # by the revision at hand
        self._is_reordered = self._is_forged = False
        self._had_redacted = self._has_redacted = (
            False  # whether words were taken out of the one before, of this one
        )

    # -- reading --

    def faults(self) -> Iterator[str]:
        """What is wrong, a line each; nothing if all is well."""
        blocks: Iterator[BlockRow] = rows(_BLOCKS, [self.key], BlockRow._make)
        pending = next(blocks, None)
        for revision in rows(_REVISIONS, [self.key], RevisionRow._make):
            if revision.number != self.number + 1:
                yield _("Revision %(number)s follows revision %(last)s.") % {
                    "number": revision.number,
                    "last": self.number,
                }
            self._changed, self._is_reordered, self._is_forged = [], False, False
            while pending is not None and pending.since <= revision.number:
                yield from self._take(pending)
                pending = next(blocks, None)
            if revision.withheld:
                yield from self._withheld(revision)
            else:
                yield from self._recorded(revision)
            self.number, self.digest = revision.number, revision.digest
            if not self._is_forged:
                yield from self._seal_faults(revision)
            self.accounts.add((revision.seal or b"").hex())
            if revision.number == self.watch:
                self.watched_digests = (revision.digest.hex(), self.accounts.state[1])
        if pending is not None:
            yield _("There are blocks of revision %s, which does not exist.") % pending.since

    # -- blocks --

    def _take(self, row: BlockRow) -> Iterator[str]:
        """Go on by a version of a block."""
        if row.key == OUTLINE:
            order = row.outline or []
            if order == self._order:
                yield _("Revision %s: the list of its blocks is noted again, and is as before.") % row.since
            self._order, self._is_reordered = order, True
            return
        before = self._live.get(row.key)
        self._changed.append(row)
        if row.digest is None:
            if before is None:
                yield self._block_fault(row, _("is said to be removed, and was not there."))
            self._live.pop(row.key, None)
            self._is_reordered = True
            return
        if before is not None and before.digest == row.digest:
            yield self._block_fault(row, _("is said to have changed, and is as before."))
        version, fault = self._version(row)
        if fault:
            yield self._block_fault(row, fault)
        self._live[row.key] = version
        if not self._is_reordered:
            place = self._places.get(row.key)
            if place is None:
                self._is_reordered = True
            else:
                self._written[place] = _written(row.key, version.digest)

    def _block_fault(self, row: BlockRow, fault: str) -> str:
        return _("Revision %(number)s: block %(key)s %(fault)s") % {
            "number": row.since,
            "key": row.key,
            "fault": fault,
        }

    def _version(self, row: BlockRow) -> tuple[BlockState, str]:
        """The version that a row holds, and what is wrong with it."""
        digest = bytes(row.digest or b"")
        removal = self.redacted.blocks.get((row.key, row.since))
        version = BlockState(row.since, digest, None, removal is not None)
        if removal is not None:
            removal.is_found = removal.digest == digest
        if row.body is None:
            return version, _("has no body, and nothing says why.")
        body = bytes(row.body)
        since, basis = self._standing.get(row.key, (None, None)) if row.basis is not None else (None, None)
        if row.basis != since:
            return version, _("is packed against a version that is not the one to pack it against.")
        try:
            text = canonical.unpack_after(body, basis)
            if canonical.is_basis(body, row.basis):
                self._standing[row.key] = (row.since, text)
            if hashlib.sha256(text).digest() != (removal.now if removal else digest):
                return version, _("is not what its digest says.")
            if removal and not MARKED.search(text.decode()):
                return version, _("is said to be redacted, and no marker stands where words were.")
            block = canonical.parse_block(text)
        except (ValueError, TypeError, KeyError):
            return version, _("is not what its digest says.")
        if block.key != row.key:
            return version, _("holds another block.")
        version.block = block
        return version, ""

    # -- revisions --

    def _withheld(self, revision: RevisionRow) -> Iterator[str]:
        """Go on by a revision whose content never came here: its digest stands for it in the chain."""
        self.withheld.append(
            Withheld(
                revision.number,
                revision.withheld,
                revision.recorded_by,
                _day(revision.recorded_at),
            )
        )
        was = self.publications[-1][1] if self.publications else ""
        expected = publication_outline(was, revision.withheld)
        if revision.classes or revision.document or json.loads(revision.changes) != expected:
            yield _(
                "Revision %s is said to have come without its content, and says more than one that did."
            ) % (revision.number)
        self._publish(revision.number, revision.withheld)
        self._before, self._is_derivable = None, False

    def _recorded(self, revision: RevisionRow) -> Iterator[str]:
        """Go on by a revision that is here."""
        yield from self._document_faults(revision)
        yield from self._digest_faults(revision)
        document = self._assembled()
        if self.redacted.blocks:
            self._had_redacted = self._has_redacted
            self._has_redacted = any(version.is_redacted for version in self._live.values())
        if not self._changed:
            yield _("Revision %s changed nothing.") % revision.number
        if document is not None:
            yield from self._derived_faults(revision, document)
            self._publish(revision.number, document.head.publication)
        else:
            self.is_readable = False
        self._before = document
        self._is_derivable = document is not None

    def _document_faults(self, revision: RevisionRow) -> Iterator[str]:
        """Whether the document's digest is that of the blocks that stand."""
        if self._is_reordered:
            self._places = {name: place for place, name in enumerate(self._order)}
            if len(self._places) != len(self._live) or self._places.keys() != self._live.keys():
                yield _("Revision %s: the list of its blocks does not name the blocks that it has.") % (
                    revision.number
                )
                self._places = {}
                self._written = []
                return
            self._written = [_written(name, self._live[name].digest) for name in self._order]
        elif not self._places:
            return  # found at an earlier revision
        text = f"[{','.join(self._written)}]".encode()
        if hashlib.sha256(text).digest() != revision.document:
            yield _("Revision %s: its document's digest is not that of its blocks.") % revision.number

    def _digest_faults(self, revision: RevisionRow) -> Iterator[str]:
        """Whether the revision's own digest follows from what it says."""
        if self.redacted.texts:
            redacted, wrong = self._redacted_texts(revision)
            yield from wrong
            if redacted:
                return
        expected = revision_digest(
            parent=self.digest,
            document=revision.document,
            author=revision.author_name,
            time=revision.time,
            summary=revision.summary,
            reviewer=revision.reviewer_name,
        )
        if expected != revision.digest:
            self._is_forged = True
            yield (
                _(
                    "Revision %s: its digest does not follow from the revision before, its author, time and reason."
                )
                % revision.number
            )

    def _redacted_texts(self, revision: RevisionRow) -> tuple[bool, list[str]]:
        """Whether texts of the revision itself were redacted, so that its digest cannot be had; and what is wrong."""
        texts = {
            "summary": revision.summary,
            "author": revision.author_name,
            "reviewer": revision.reviewer_name,
        }
        removals = {part: self.redacted.texts.get((revision.number, part)) for part in texts}
        if not any(removals.values()):
            return False, []
        wrong: list[str] = []
        for part, text in texts.items():
            removal, is_marked = removals[part], MARKED.search(text) is not None
            if removal is not None:
                removal.is_found = removal.digest == revision.digest
                is_right = is_marked and hashlib.sha256(text.encode()).digest() == removal.now
            else:
                is_right = not is_marked
            if not is_right:
                wrong.append(
                    _("Revision %s: what stands for a redacted text is not what a redaction says.")
                    % revision.number
                )
        return True, wrong

    def _seal_faults(self, revision: RevisionRow) -> Iterator[str]:
        """Whether what the digest does not cover is as the database sealed it when it wrote the revision."""
        if revision.seal is None:
            yield _("Revision %s was written past the database's triggers: it has no seal.") % revision.number
        elif revision.seal != seal(revision) and not self._is_name_redacted(revision.number):
            what = _("whose account or role wrote it, when, or how it came about was altered.")
            yield _("Revision %(number)s: its seal is broken: %(what)s") % {
                "number": revision.number,
                "what": what,
            }

    def _is_name_redacted(self, number: int) -> bool:
        """Whether the account went with the author's or reviewer's name."""
        texts = self.redacted.texts
        return bool(texts) and ((number, "author") in texts or (number, "reviewer") in texts)

    def _publish(self, number: int, publication: str) -> None:
        if not self.publications or self.publications[-1][1] != publication:
            self.publications.append((number, publication))

    def withheld_ranges(self) -> Iterator[tuple[Withheld, Withheld]]:
        """The first and last of revisions in a row that came without their content in the same way."""
        for _way, group in groupby(
            enumerate(self.withheld), lambda each: (each[1].number - each[0], each[1][1:])
        ):
            members = [each for _place, each in group]
            yield members[0], members[-1]

    # -- documents --

    def _assembled(self) -> Document | None:
        """The document that stands, with the very blocks and lists of the one before where they are as they were."""
        before = self._before
        if before is None or self._is_reordered:
            blocks = [self._live[name].block for name in self._order if name in self._live]
            if None in blocks or len(blocks) < len(self._order):
                return None
            return _assembled(blocks)
        parts: dict[str, Any] = {
            "head": before.head,
            "context": before.context,
            **{name: getattr(before, name) for name in _LISTS.values()},
        }
        for row in self._changed:
            block = self._live[row.key].block
            if block is None:
                return None
            name = _LISTS.get(type(block))
            if name:
                parts[name] = tuple(block if each.key == row.key else each for each in parts[name])
            else:
                parts["head" if isinstance(block, Head) else "context"] = block
        return Document(**parts)

    def _derived_faults(self, revision: RevisionRow, document: Document) -> Iterator[str]:
        """Whether what the revision keeps of its comparison with the one before follows from the two documents."""
        number = revision.number
        classes = (
            revision.classes[1:]
            if revision.classes[:1] and revision.classes[0] in KINDS
            else revision.classes
        )
        if not self._is_derivable or (self._before is None and number != 1):
            was = self.publications[-1][1] if self.publications else ""
            derived = ChangeColumns([], publication_outline(was, Publication.PUBLISHED.value), 0, 0)
            if not self.withheld or self.withheld[-1].number != number - 1:
                return  # the one before could not be read
        elif self._is_redacted():
            return
        else:
            derived = change_columns(self._before, document)
        if classes != derived.classes:
            yield self._derived_fault(number, _("kinds of change"), classes, derived.classes)
        changes = json.loads(revision.changes)
        if changes != derived.changes:
            yield self._derived_fault(number, _("changes"), changes, derived.changes)
        if (revision.added, revision.removed) != (derived.added, derived.removed):
            yield self._derived_fault(
                number,
                _("counts of characters"),
                [revision.added, revision.removed],
                [derived.added, derived.removed],
            )
        for row in self._changed:
            if row.since == number and row.renumbered != ((row.key in derived.renumbered) or None):
                yield self._block_fault(
                    row,
                    _("is marked as if only numbers of sources differed, and more does.")
                    if row.renumbered
                    else _("is not marked though only numbers of sources differ."),
                )

    def _is_redacted(self) -> bool:
        """Whether words were taken out of the document at hand or of the one before."""
        return self._had_redacted or self._has_redacted

    def _derived_fault(self, number: int, what: str, recorded: list[Any], expected: list[Any]) -> str:
        return _("Revision %(number)s: its %(what)s are %(recorded)s, and follow to be %(expected)s.") % {
            "number": number,
            "what": what,
            "recorded": json.dumps(recorded, ensure_ascii=False),
            "expected": json.dumps(expected, ensure_ascii=False),
        }


def _day(microseconds: int | None) -> str:
    if microseconds is None:
        return ""
    return datetime.datetime.fromtimestamp(microseconds / 1_000_000, datetime.UTC).date().isoformat()


def seal(revision: RevisionRow) -> bytes:
    """The seal of a revision, as the database makes it (`sql/seals.sql`)."""
    kind = revision.classes[0] if revision.classes and revision.classes[0] in KINDS else ""
    parts = (
        revision.number,
        revision.digest.hex(),
        revision.withheld,
        kind,
        revision.author_id,
        revision.reviewer_id,
        revision.recorded_by,
        revision.recorded_at,
    )
    text = "|".join(["" if part is None else str(part) for part in parts])
    return hashlib.sha256(text.encode()).digest()[:8]


def _written(key: str, digest: bytes) -> str:
    """A block as the text that a document's digest is of has it (`canonical.combine`)."""
    return f'["{key}","{digest.hex()}"]'


def _assembled(blocks: list[Any]) -> Document | None:
    try:
        return canonical.assemble(blocks)
    except (IndexError, KeyError):
        return None
