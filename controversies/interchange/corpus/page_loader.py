"""One page of a corpus as it is read, revision by revision: everything checked, ready to be written.

What changed, of which kind and how much is not in a corpus: it follows from the documents, and is found again here.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import canonical, compare, parse
from controversies.document.types import Block, Context, Document, Head, Kind, Spec
from controversies.history.record import AUTHOR_LIMIT, IMPORTED_SUMMARY_LIMIT
from controversies.history.revisions import revision_digest
from controversies.kit.keys import MAX_NUMBER
from controversies.models import Publication, RedactedPart, RedactionGround, RedactionOffice
from controversies.models.redaction import REASON

from .format import KINDS
from .line_reader import CorpusLine

LARGEST = 64 * 2**20  # bytes of a page at one revision; it is held in memory
_AUTHOR = Spec("author", Kind.LINE, "", required=True, limit=AUTHOR_LIMIT)
_SUMMARY = Spec("summary", Kind.PROSE, "", limit=IMPORTED_SUMMARY_LIMIT)
_SLUG = Head.SPECS[1]
_REQUIRED = {"revision", "time", "author", "summary", "document", "digest", "changed"}
_OPTIONAL = frozenset({"reviewer", "kind", "removed", "earlier", "order", "removals"})
_REMOVAL = {"time", "ground", "reason", "office", "now"}
_REASON = Spec("reason", Kind.LINE, "", limit=REASON)


@dataclass(slots=True)
class BlockVersion:
    """A block as it stands: since which revision, its digest, and itself; None where its words were erased."""

    since: int
    digest: bytes
    size: int
    block: Block | None


@dataclass(slots=True)
class PendingRevision:
    """A revision whose blocks are still to come."""

    line: CorpusLine
    number: int
    order: list[str]
    changed: set[str]
    waiting: list[str]  # keys, the next one last
    changes_order: bool
    digest: bytes = b""  # of the next block before words were removed from it
    removals: list[m.Redaction] = field(default_factory=list)  # …and those removals


@dataclass
class PageLoader:
    """A page from its first line to its last revision. Others take its `blocks` and `revisions`, and write them."""

    line: CorpusLine
    key: str
    slug: str
    count: int
    number: int = 0  # of the last line that told of a revision
    parent: bytes | None = None
    document: Document | None = None  # of the last public revision
    hidden: str = ""  # what the page was at the last revision, if it was not public
    order: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)  # the points and positions that the head lists
    live: dict[str, BlockVersion] = field(default_factory=dict)
    size: int = 0  # of all that lives, in bytes
    standing: dict[str, tuple[int, bytes]] = field(
        default_factory=dict
    )  # since when, and the text, to pack against
    pending: PendingRevision | None = None
    blocks: list[m.Block] = field(default_factory=list)
    revisions: list[m.Revision] = field(default_factory=list)
    redactions: list[m.Redaction] = field(default_factory=list)
    has_redactions: bool = False  # whether the corpus says that words were removed from it

    @classmethod
    def begin(cls, line: CorpusLine, after: str) -> "PageLoader":
        """The page that this line begins; its key must come after the last one's."""
        line.only({"page", "slug", "revisions"})
        key, slug = line.key("page"), line.words("slug", _SLUG)
        if key <= after:
            line.fault(_("Pages must be sorted by their keys, each there once."))
        count = line.count("revisions", MAX_NUMBER)
        if not count:
            line.fault(_("A page needs at least one revision."))
        return cls(line, key, slug, count)

    @property
    def is_whole(self) -> bool:
        """Whether all of it was read."""
        return self.number == self.count and self.pending is None

    # -- lines --

    def take(self, line: CorpusLine) -> None:
        """Go on by a line of this page. Raises Faulty."""
        if "redacted" in line:
            self._take_redacted(line)
        elif "block" in line or "erased" in line:
            if self.pending is None or not self.pending.waiting:
                line.fault(_("No block is expected here."))
            self._take_block(line, self.pending, self.pending.waiting.pop())
        elif "hidden" in line:
            self._take_hidden(line)
        elif "revision" in line:
            self._take_revision(line)
        else:
            line.fault(_("A line of this sort is not expected here."))
        if self.pending is not None and not self.pending.waiting:
            self._close(self.pending)

    def _next(self, line: CorpusLine, name: str) -> int:
        if self.pending is not None:
            line.fault(_("The block %s is expected here.") % self.pending.waiting[-1])
        number = line.count(name, MAX_NUMBER)
        if number != self.number + 1 or number > self.count:
            line.fault(
                _(
                    "Revision %(number)s follows revision %(last)s, and the page's first line announces %(count)s."
                )
                % {"number": number, "last": self.number, "count": self.count}
            )
        self.number = number
        return number

    def _take_hidden(self, line: CorpusLine) -> None:
        line.only({"hidden", "time", "publication", "digest"})
        number = self._next(line, "hidden")
        was = line.get("publication", str)
        if was not in (Publication.DRAFT, Publication.WITHDRAWN):
            line.fault(_("“publication” must be draft or withdrawn."))
        if number == self.count:
            line.fault(_("The newest revision of a public page must be public."))
        digest = line.digest("digest")
        self.revisions.append(
            m.Revision(
                controversy_id=self.key,
                number=number,
                time=line.time("time", "seconds"),
                author_name="",
                reviewer_name="",
                document=b"",
                digest=digest,
                changes=self._publication(was),
                withheld=was,
            )
        )
        self.parent, self.hidden = digest, was

    def _publication(self, now: str) -> list[Any]:
        """The change of the page's publication, in the form of `compare.outline()`; empty if there is none."""
        was = self.hidden or Publication.PUBLISHED.value
        return [] if self.number == 1 or was == now else [["head", "", "publication", was, now]]

    def _take_revision(self, line: CorpusLine) -> None:
        line.only(_REQUIRED, _OPTIONAL)
        number = self._next(line, "revision")
        changed, removed, earlier = (line.keys(name) for name in ("changed", "removed", "earlier"))
        order = line.keys("order") or self.order
        if "order" in line and order == self.order:
            line.fault(_("Leave “order” out where it has not changed."))
        if earlier and not self.hidden:
            line.fault(_("“earlier” lists changes of hidden revisions, and there are none before this one."))
        if order[:1] != [self.key]:
            line.fault(_("“order” must begin with the head, whose key is the page's."))
        written, kept = {*changed, *earlier}, set(order)
        if len(written) < len(changed) + len(earlier) or not written <= kept:
            line.fault(_("“changed” and “earlier” must list blocks of “order”, each once."))
        for name, keys in (("changed", changed), ("earlier", earlier)):
            named = set(keys)
            if keys != [key for key in order if key in named]:
                line.fault(_("“%s” must list blocks in the order of “order”.") % name)
        if removed != sorted(removed):
            line.fault(_("“removed” must be sorted."))
        unknown = kept - written - self.live.keys()
        if unknown:
            line.fault(_("The block %s has no line yet.") % min(unknown))
        dropped = self.live.keys() - kept
        if not dropped.issuperset(removed) or (len(removed) < len(dropped) and not self.hidden):
            line.fault(_("“removed” must list the blocks that “order” no longer lists."))
        for key in sorted(dropped):
            since = number if key in removed else number - 1
            self.blocks.append(m.Block(controversy_id=self.key, key=key, since=since))
            self.size -= self.live.pop(key).size
            self.standing.pop(key, None)
        waiting = [key for key in reversed(order) if key in written]
        self.pending = PendingRevision(line, number, order, set(changed), waiting, "order" in line)

    def _take_redacted(self, line: CorpusLine) -> None:
        """Remember what was removed from the block that follows."""
        line.only({"redacted", "digest", "removals"})
        pending = self.pending
        if pending is None or not pending.waiting or pending.removals:
            line.fault(_("No block is expected here."))
        if line.key("redacted") != pending.waiting[-1]:
            line.fault(_("The block %s is expected here.") % pending.waiting[-1])
        pending.digest = line.digest("digest")
        pending.removals = self._removals(line, RedactedPart.BLOCK.value, pending.waiting[-1], pending.digest)

    def _removals(self, line: CorpusLine, part: str, key: str | None, digest: bytes) -> list[m.Redaction]:
        """Read the removals of a line."""
        entries = line.get("removals", list)
        if not entries or not self.has_redactions:
            line.fault(_("Leave “%s” out where there are none.") % "removals")
        redactions = []
        for each in entries:
            if not isinstance(each, dict):
                line.fault(_("Each line is an object."))
            removal = CorpusLine(line.number, canonical.dumps(each))
            removal.only(_REMOVAL | (set() if part else {"part"}))
            of = part or removal.get("part", str)
            if of not in RedactedPart.values or (not part and of == RedactedPart.BLOCK):
                line.fault(_("“%s” is unknown here.") % "part")
            ground, office = removal.get("ground", str), removal.get("office", str)
            if ground not in RedactionGround.values or office not in RedactionOffice.values:
                line.fault(_("“%s” is unknown here.") % "ground")
            redactions.append(
                m.Redaction(
                    controversy_id=self.key,
                    key=key,
                    since=self.number,
                    part=of,
                    digest=digest,
                    now=removal.digest("now"),
                    time=removal.time("time"),
                    ground=ground,
                    reason=removal.words("reason", _REASON),
                    by_name="",
                    second_name="",
                    office=office,
                )
            )
        return redactions

    def _take_block(self, line: CorpusLine, pending: PendingRevision, key: str) -> None:
        since = pending.number if key in pending.changed else pending.number - 1
        if "erased" in line:
            if pending.removals:
                line.fault(_("The block %s is expected here.") % key)
            line.only({"erased", "digest"})
            block_key, digest, block = line.key("erased"), line.digest("digest"), None
            body, basis = None, None
            self.standing.pop(key, None)
        else:
            block = _block(line)
            block_key, digest = block.key, hashlib.sha256(line.text).digest()
            if pending.removals:
                if pending.removals[-1].now != digest:
                    line.fault(_("This does not match the digest after the removal."))
                digest, pending.digest = pending.digest, b""
                for each in pending.removals:
                    each.since = since
                self.redactions += pending.removals
                pending.removals = []
            start, text = self.standing.get(key, (None, None))
            body, is_delta = canonical.pack(line.text, text)
            basis = start if is_delta else None
            if not is_delta:
                self.standing[key] = (since, line.text)
        if block_key != key:
            line.fault(
                _("The block %(key)s is expected here, not %(found)s.") % {"key": key, "found": block_key}
            )
        if isinstance(block, Head):
            self.listed = [
                key for block_type in canonical.ORDERED for key in line.data.get(block_type.attribute, ())
            ]
        self.size += len(line.text) - (self.live[key].size if key in self.live else 0)
        self.live[key] = BlockVersion(since, digest, len(line.text), block)
        if self.size > LARGEST:
            line.fault(_("This page is larger than %s bytes.") % LARGEST)
        self.blocks.append(
            m.Block(controversy_id=self.key, key=key, since=since, digest=digest, body=body, basis=basis)
        )

    # -- a revision that is complete --

    def _close(self, pending: PendingRevision) -> None:
        """Check the document that the blocks make, and the digests; then the revision is ready."""
        line, number, order = pending.line, pending.number, pending.order
        whole = canonical.combine((key, self.live[key].digest) for key in order)
        if whole != line.digest("document"):
            line.fault(_("The digest of the document is not that of its blocks."))
        document = self._document(line, order)
        author, summary, time = (
            line.words("author", _AUTHOR),
            line.words("summary", _SUMMARY),
            line.time("time"),
        )
        reviewer = line.words("reviewer", _AUTHOR) if "reviewer" in line else ""
        digest = revision_digest(
            parent=self.parent, document=whole, author=author, time=time, summary=summary, reviewer=reviewer
        )
        if "removals" in line:  # the digest is that of the text before
            digest = line.digest("digest")
            now = {"summary": summary, "author": author, "reviewer": reviewer}
            removals = self._removals(line, "", None, digest)
            last = {each.part: each.now for each in removals}
            for part, stands in last.items():
                if hashlib.sha256(now[part].encode()).digest() != stands:
                    line.fault(_("“%s” does not match the digest after the removal.") % part)
            self.redactions += removals
        elif digest != line.digest("digest"):
            line.fault(_("The digest does not follow from the revision before, the author, time and reason."))
        kinds = [line.get("kind", str)] if "kind" in line else []
        if not set(kinds) <= set(KINDS):
            line.fault(_("“kind” must be one of: %s.") % ", ".join(KINDS))
        revision = m.Revision(
            controversy_id=self.key,
            number=number,
            time=time,
            author_name=author,
            reviewer_name=reviewer,
            summary=summary,
            document=whole,
            digest=digest,
            classes=kinds,
            withheld="",
            changes=self._publication(Publication.PUBLISHED.value),
        )
        if not self.hidden and document is not None and (number == 1 or self.document is not None):
            comparison = compare.compare(self.document, document)
            revision.classes = [*kinds, *(each.value for each in compare.classes(comparison))]
            revision.changes = compare.outline(comparison)
            revision.added, revision.removed = compare.size(comparison)
            for block in reversed(self.blocks):
                if block.since != number:
                    break
                block.renumbered = str(block.key) in comparison.renumbered or None
        self.revisions.append(revision)
        if pending.changes_order:
            self.blocks.append(
                m.Block(controversy_id=self.key, key=m.Block.OUTLINE, since=number, outline=order)
            )
        self.parent, self.document, self.order = digest, document, order
        self.hidden, self.pending = "", None
        if number == self.count:
            self._end(line)

    def _document(self, line: CorpusLine, order: list[str]) -> Document | None:
        """The document of the blocks that stand, by all rules; None where one of them was erased."""
        blocks = [self.live[key].block for key in order]
        known = [block for block in blocks if block is not None]
        if len(known) < len(blocks):
            return None
        sorts = [type(block) for block in known]
        if sorts.count(Head) != 1 or sorts.count(Context) != 1:
            line.fault(_("A document has one head and one context."))
        document = canonical.assemble(known)
        if [block.key for block in document.blocks()] != order:
            line.fault(
                _("“order” must name head, context, points, positions, backers and sources, in this order.")
            )
        if [
            block.key for block_type in canonical.ORDERED for block in block_type.blocks(document)
        ] != self.listed:
            line.fault(_("The head's “points” and “positions” are not those of “order”."))
        if document.head.publication != Publication.PUBLISHED:
            line.fault(_("This document was not public, so it cannot be in a corpus."))
        for fault in parse.check(document, known=document):
            line.fault(str(fault))
        if document.with_blocks() != document:
            line.fault(_("The backers and sources must be those referred to, in order of first mention."))
        return document

    def _end(self, line: CorpusLine) -> None:
        if self.document is None:
            line.fault(_("Today's page lacks a block that was erased."))
        if self.document.head.slug != self.slug:
            line.fault(_("The page's first line has another address: “%s”.") % self.slug)


def _block(line: CorpusLine) -> Any:
    """The block of a line, by all rules for its values, and in canonical form."""
    cls = canonical.TYPES.get(line.get("block", str))
    if cls is None:
        line.fault(_("“block” must be one of: %s.") % ", ".join(canonical.TYPES))
    lists: set[str] = set()
    if cls is Head:
        for name in sorted(canonical.ALWAYS_LISTED - line.data.keys()):
            line.fault(_("“%s” is missing.") % name)
        lists = {block_type.attribute for block_type in canonical.ORDERED} & line.data.keys()
    values = {name: value for name, value in line.data.items() if name not in {"block", *lists}}
    block, faults = parse.part(cls, values, "")
    if faults:
        line.fault(str(faults[0]))
    same = {
        **canonical.to_json(block),
        "block": line.data["block"],
        **{name: line.keys(name) for name in lists},
    }
    if same != line.data:
        line.fault(_("This block is not in canonical form: texts tidied, defaults left out."))
    return block
