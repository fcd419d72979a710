"""The revisions of one page and their blocks, read once from the first to the newest, each held against the rest."""

import hashlib
import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from controversies.document import canonical
from controversies.document.redact import MARKED
from controversies.document.types import BLOCK_TYPES, Document
from controversies.history.change_columns import ChangeColumns, change_columns
from controversies.history.periods import PeriodBuilder
from controversies.history.public import publication_outline
from controversies.history.revisions import revision_digest
from controversies.models import Publication

from .chain_rows import (
    BLOCKS,
    KINDS,
    OUTLINE,
    REVISIONS,
    BlockRow,
    BlockState,
    PageRemovals,
    RevisionRow,
    WithheldRevision,
    day,
    rows,
    seal,
)
from .running import Running


class Chain:
    """One page's record, revision by revision. `faults()` reads all of it, and leaves what others need to know."""

    def __init__(self, key: str, removals: PageRemovals | None = None, *, watch: int = 0) -> None:
        self.key = key
        self.removals = removals or PageRemovals()
        self.watch = watch  # a revision whose digests are kept
        self.watched_digests = ("", "")
        self.accounts = Running()  # of what the revisions' digests do not cover
        self.number = 0  # of the newest revision
        self.digest: bytes | None = None  # of the newest revision
        self.publications: list[tuple[int, str]] = []  # since which revision the page was what
        self.withheld: list[WithheldRevision] = []
        self.is_readable = True  # whether all that is here could be read
        self.periods = PeriodBuilder(key)  # that follow from the revisions
        self._before: Document | None = None
        self._is_derivable = True  # whether the document before is known, or there is none
        self._live: dict[str, BlockState] = {}
        self._standing: dict[
            str, tuple[int, bytes]
        ] = {}  # the newest version of each that stands by itself, as text
        self._order: list[str] = []
        self._digest_entries: list[str] = []  # the order's blocks as the document's digest has them
        self._places: dict[str, int] = {}
        self._changed: list[BlockRow] = []  # by the revision at hand
        self._is_reordered = self._is_forged = False
        self._had_redacted = self._has_redacted = (
            False  # whether words were taken out of the one before, of this one
        )

    # -- reading --

    def faults(self) -> Iterator[str]:
        """Yield each fault in a sentence; nothing if all is well."""
        blocks: Iterator[BlockRow] = rows(BLOCKS, [self.key], BlockRow._make)
        pending = next(blocks, None)
        for revision in rows(REVISIONS, [self.key], RevisionRow._make):
            if revision.number != self.number + 1:
                yield _("Revision %(number)s follows revision %(last)s.") % {
                    "number": revision.number,
                    "last": self.number,
                }
            self._changed, self._is_reordered, self._is_forged = [], False, False
            while pending is not None and pending.since <= revision.number:
                yield from self._apply_block(pending)
                pending = next(blocks, None)
            if revision.withheld:
                yield from self._apply_withheld(revision)
            else:
                yield from self._apply_recorded(revision)
            self.number, self.digest = revision.number, revision.digest
            if not self._is_forged:
                yield from self._seal_faults(revision)
            self.accounts.add((revision.seal or b"").hex())
            if revision.number == self.watch:
                self.watched_digests = (revision.digest.hex(), self.accounts.state[1])
        if pending is not None:
            yield _("There are blocks of revision %s, which does not exist.") % pending.since

    # -- blocks --

    def _apply_block(self, row: BlockRow) -> Iterator[str]:
        """Apply the next version of a block; yield its faults."""
        if row.key == OUTLINE:
            order = row.outline or []
            if order == self._order:
                yield _("Revision %s: the list of its blocks is stored again, but is as before.") % row.since
            self._order, self._is_reordered = order, True
            return
        before = self._live.get(row.key)
        self._changed.append(row)
        if row.digest is None:
            if before is None:
                yield self._block_fault(row, _("is removed, but was not there."))
            self._live.pop(row.key, None)
            self._is_reordered = True
            return
        version, fault = self._version(row)
        # Two versions that differed by words that were removed may be the same without them.
        if (
            before is not None
            and before.digest == row.digest
            and not (before.is_redacted or version.is_redacted)
        ):
            yield self._block_fault(row, _("is recorded as changed, but is as before."))
        if fault:
            yield self._block_fault(row, fault)
        self._live[row.key] = version
        if not self._is_reordered:
            place = self._places.get(row.key)
            if place is None:
                self._is_reordered = True
            else:
                self._digest_entries[place] = _digest_entry(row.key, version.digest)

    def _block_fault(self, row: BlockRow, fault: str) -> str:
        return _("Revision %(number)s: block %(key)s %(fault)s") % {
            "number": row.since,
            "key": row.key,
            "fault": fault,
        }

    def _version(self, row: BlockRow) -> tuple[BlockState, str]:
        """Return the version that a row holds, and its fault, "" if it has none."""
        digest = bytes(row.digest or b"")
        removal = self.removals.blocks.get((row.key, row.since))
        version = BlockState(row.since, digest, None, removal is not None)
        if removal is not None:
            removal.is_found = removal.digest == digest
        if row.body is None:
            return version, _("has no body, and nothing says why.")
        body = bytes(row.body)
        since, basis = self._standing.get(row.key, (None, None)) if row.basis is not None else (None, None)
        if row.basis != since:
            return version, _("is packed against the wrong version.")
        try:
            text = canonical.unpack_after(body, basis)
            if canonical.is_basis(body, row.basis):
                self._standing[row.key] = (row.since, text)
            if hashlib.sha256(text).digest() != (removal.now if removal else digest):
                return version, _("is not what its digest says.")
            if removal and not MARKED.search(text.decode()):
                return version, _("is redacted, but has no marker where words were.")
            block = canonical.parse_block(text)
        except (ValueError, TypeError, KeyError):
            return version, _("is not what its digest says.")
        if block.key != row.key:
            return version, _("holds another block.")
        version.block = block
        return version, ""

    # -- revisions --

    def _apply_withheld(self, revision: RevisionRow) -> Iterator[str]:
        """Apply a revision whose content never came here: its digest stands for it in the chain."""
        self.withheld.append(
            WithheldRevision(
                revision.number,
                revision.withheld,
                revision.recorded_by,
                day(revision.recorded_at),
            )
        )
        before = self.publications[-1][1] if self.publications else ""
        expected = publication_outline(before, revision.withheld)
        if revision.classes or revision.document or json.loads(revision.changes) != expected:
            yield _("Revision %s came without its content, but says more than such a revision can.") % (
                revision.number
            )
        self._publish(revision.number, revision.withheld)
        self.periods.add(revision.time, {})
        self._before, self._is_derivable = None, False

    def _apply_recorded(self, revision: RevisionRow) -> Iterator[str]:
        """Apply a revision that is here."""
        yield from self._document_faults(revision)
        yield from self._digest_faults(revision)
        document = self._assemble()
        if self.removals.blocks:
            self._had_redacted = self._has_redacted
            self._has_redacted = any(version.is_redacted for version in self._live.values())
        if not self._changed:
            yield _("Revision %s changed nothing.") % revision.number
        if document is not None:
            yield from self._derived_faults(revision, document)
            self._publish(revision.number, document.head.publication)
            self.periods.add(revision.time, document.by_key)
        else:
            self.is_readable = False
        self._before = document
        self._is_derivable = document is not None

    def _document_faults(self, revision: RevisionRow) -> Iterator[str]:
        """Check that the document's digest is that of the blocks that stand."""
        if self._is_reordered:
            self._places = {name: place for place, name in enumerate(self._order)}
            if len(self._places) != len(self._live) or self._places.keys() != self._live.keys():
                yield _("Revision %s: the list of its blocks does not name the blocks that it has.") % (
                    revision.number
                )
                self._places = {}
                self._digest_entries = []
                return
            self._digest_entries = [_digest_entry(name, self._live[name].digest) for name in self._order]
        elif not self._places:
            return  # found at an earlier revision
        text = f"[{','.join(self._digest_entries)}]".encode()
        if hashlib.sha256(text).digest() != revision.document:
            yield _("Revision %s: its document's digest is not that of its blocks.") % revision.number

    def _digest_faults(self, revision: RevisionRow) -> Iterator[str]:
        """Check that the revision's own digest follows from what it says."""
        if self.removals.texts:
            redacted, faults = self._redacted_texts(revision)
            yield from faults
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
        """Return whether texts of the revision were redacted, so that its digest cannot be checked; and faults."""
        texts = {
            "summary": revision.summary,
            "author": revision.author_name,
            "reviewer": revision.reviewer_name,
        }
        removals = {part: self.removals.texts.get((revision.number, part)) for part in texts}
        if not any(removals.values()):
            return False, []
        faults: list[str] = []
        for part, text in texts.items():
            removal, is_marked = removals[part], MARKED.search(text) is not None
            if removal is not None:
                removal.is_found = removal.digest == revision.digest
                is_right = is_marked and hashlib.sha256(text.encode()).digest() == removal.now
            else:
                is_right = not is_marked
            if not is_right:
                faults.append(
                    _("Revision %s: what stands for a redacted text is not what a redaction says.")
                    % revision.number
                )
        return True, faults

    def _seal_faults(self, revision: RevisionRow) -> Iterator[str]:
        """Check that what the digest does not cover is as the database sealed it when it wrote the revision."""
        if revision.seal is None:
            yield _("Revision %s was written past the database's triggers: it has no seal.") % revision.number
        elif revision.seal != seal(revision) and not self._is_name_redacted(revision.number):
            yield (
                _("Revision %s: its seal is broken: the account, role, time or origin was changed.")
                % revision.number
            )

    def _is_name_redacted(self, number: int) -> bool:
        """Whether the account went with the author's or reviewer's name."""
        texts = self.removals.texts
        return bool(texts) and ((number, "author") in texts or (number, "reviewer") in texts)

    def _publish(self, number: int, publication: str) -> None:
        if not self.publications or self.publications[-1][1] != publication:
            self.publications.append((number, publication))

    def withheld_ranges(self) -> Iterator[tuple[WithheldRevision, WithheldRevision]]:
        """Yield the first and last of revisions in a row that came without their content in the same way."""
        for _way, group in groupby(
            enumerate(self.withheld), lambda each: (each[1].number - each[0], each[1][1:])
        ):
            members = [each for _place, each in group]
            yield members[0], members[-1]

    # -- documents --

    def _assemble(self) -> Document | None:
        """Return the document that stands, with the very blocks and lists of the one before where they are equal."""
        before = self._before
        if before is None or self._is_reordered:
            blocks = [self._live[name].block for name in self._order if name in self._live]
            if None in blocks or len(blocks) < len(self._order):
                return None
            return _assemble(blocks)
        parts: dict[str, Any] = {
            each.attribute: getattr(before, each.attribute) for each in BLOCK_TYPES.values()
        }
        for row in self._changed:
            block = self._live[row.key].block
            if block is None:
                return None
            block_type = BLOCK_TYPES[type(block)]
            if block_type.many:
                others = parts[block_type.attribute]
                parts[block_type.attribute] = tuple(block if each.key == row.key else each for each in others)
            else:
                parts[block_type.attribute] = block
        return Document(**parts)

    def _derived_faults(self, revision: RevisionRow, document: Document) -> Iterator[str]:
        """Check that the changes that the revision tells follow from its document and the one before."""
        number = revision.number
        classes = (
            revision.classes[1:]
            if revision.classes[:1] and revision.classes[0] in KINDS
            else revision.classes
        )
        if not self._is_derivable or (self._before is None and number != 1):
            before = self.publications[-1][1] if self.publications else ""
            derived = ChangeColumns([], publication_outline(before, Publication.PUBLISHED.value), 0, 0)
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

    def _derived_fault(self, number: int, columns: str, recorded: list[Any], expected: list[Any]) -> str:
        return _("Revision %(number)s: its %(columns)s are %(recorded)s, but should be %(expected)s.") % {
            "number": number,
            "columns": columns,
            "recorded": json.dumps(recorded, ensure_ascii=False),
            "expected": json.dumps(expected, ensure_ascii=False),
        }


def _digest_entry(key: str, digest: bytes) -> str:
    """Return the entry of a block in the text that a document's digest is of (`canonical.combine`)."""
    return f'["{key}","{digest.hex()}"]'


def _assemble(blocks: list[Any]) -> Document | None:
    try:
        return canonical.assemble(blocks)
    except (IndexError, KeyError):
        return None
