"""The public log, held against the record, against what was signed of it, and against what LOG_DIR keeps.

Entries are read once, in order: each against its hash, its columns and the revision that it names; together against the
hashes of the tree, against the root of each checkpoint at its size, and against the last checkpoint in LOG_DIR. What
should have an entry and has none is looked for after. Run it within `replay.snapshot()`. Memory does not grow with the
log. Only commands import this: signatures need `cryptography`.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies import models as m
from controversies.document import canonical
from controversies.history.transparency import keys, merkle, signing
from controversies.history.transparency.folder import LogFolder
from controversies.history.transparency.notes import (
    InvalidSignature,
    MalformedNote,
    TreeHead,
    VerifierKey,
    parse_checkpoint,
    parse_key,
    parse_note,
    verify_note,
)
from controversies.history.transparency.policy import InvalidPolicy, parse_policy
from controversies.history.transparency.tiles import TILE_HEIGHT
from controversies.sql import pieces

from .chain_rows import rows

MOST_OF_A_KIND = 20  # faults of one kind that are described; more are counted
PROGRESS_STEP = 1000  # entries
_REVISIONS = {m.LeafKind.REVISION.value, m.LeafKind.WITHDRAWAL.value}

type Progress = Callable[[int], None]


class LeafRow(NamedTuple):
    """An entry's columns, the revision that it names, and when followers were first told of that."""

    place: int
    page: str | None
    number: int | None
    kind: str
    entry: bytes
    hash: bytes
    slug: str | None  # None if the page is not here
    digest: bytes | None  # the revision's
    position: int | None  # of its first arrival


class CheckpointRow(NamedTuple):
    """A checkpoint's columns."""

    number: int
    size: int
    root: bytes
    note: str
    is_witnessed: bool


_LEAVES = """
    SELECT f.index, f.controversy_id::text, f.number, f.kind, f.entry, f.hash, c.slug, r.digest, a.position
    FROM controversies_leaf f
    LEFT JOIN controversies_controversy c ON c.id = f.controversy_id
    LEFT JOIN controversies_revision r ON r.controversy_id = f.controversy_id AND r.number = f.number
    LEFT JOIN (
        SELECT controversy_id, number, withdrawn, min(position) AS position FROM controversies_arrival
        GROUP BY controversy_id, number, withdrawn
    ) a ON a.controversy_id = f.controversy_id AND a.number = f.number AND a.withdrawn = (f.kind = 'withdrawal')
    WHERE f.log_id = %s ORDER BY f.index
"""
_HASHES = "SELECT index, hash FROM controversies_treehash WHERE log_id = %s AND level = %s ORDER BY index"
_LEVELS = "SELECT DISTINCT level FROM controversies_treehash WHERE log_id = %s ORDER BY level"
_CHECKPOINTS = """
    SELECT id, size, root, note, is_witnessed FROM controversies_checkpoint WHERE log_id = %s ORDER BY size, id
"""
_REPLACED = """
    SELECT controversy_id::text, number, entry FROM controversies_leaf
    WHERE log_id = %s AND kind = 'replacement' ORDER BY index
"""
_COPIED = """
    SELECT count(*) FILTER (WHERE n.hash IS DISTINCT FROM o.hash), min(o.index) FILTER (
        WHERE n.hash IS DISTINCT FROM o.hash
    ) FROM controversies_leaf o
    LEFT JOIN controversies_leaf n ON n.log_id = o.log_id + 1 AND n.index = o.index + 1
    WHERE o.log_id = %s
"""
# What readers could see and the newest log has no entry of.
_MISSING = """
    SELECT DISTINCT c.slug, a.number, a.withdrawn FROM controversies_arrival a
    JOIN controversies_controversy c ON c.id = a.controversy_id
    WHERE NOT EXISTS (
        SELECT FROM controversies_leaf f WHERE f.log_id = %s AND f.controversy_id = a.controversy_id
            AND f.number = a.number AND f.kind = CASE WHEN a.withdrawn THEN 'withdrawal' ELSE 'revision' END
    ) ORDER BY c.slug, a.number
"""
# Removals from what readers had seen by then, as they are counted: page, revision, part and block.
_REMOVALS = f"""
    SELECT d.controversy_id::text, d.since, d.part, coalesce(d.key::text, ''), c.slug, EXISTS (
        SELECT FROM controversies_arrival a
        JOIN controversies_revision r ON r.controversy_id = a.controversy_id AND r.number = a.number
        WHERE a.controversy_id = d.controversy_id AND NOT a.withdrawn AND r.recorded_at <= d.time
            AND a.number >= d.since AND a.number < {pieces.redaction_end("d").replace("§.", "")}
    )
    FROM controversies_redaction d JOIN controversies_controversy c ON c.id = d.controversy_id ORDER BY d.id
"""  # noqa: S608 - made of constants


@dataclass(slots=True)
class LogCheck:
    """The check of all logs of the site. `faults()` first, then there are `notices` and `entries`."""

    folder: LogFolder
    notices: list[str] = field(default_factory=list)
    entries: int = 0
    signed: int = 0

    @property
    def logs(self) -> list[m.Log]:
        return list(m.Log.objects.order_by("id"))

    def total(self) -> int:
        """Return the number of entries that will be read."""
        return m.Leaf.objects.count()

    def faults(self, progress: Progress = lambda done: None) -> Iterator[tuple[str, str]]:
        """Yield the names of logs with their faults, a sentence each; `progress` is told of entries read since."""
        logs = self.logs
        for log in logs:
            name = _("Public log") if len(logs) == 1 else _("Public log %s") % log.pk
            is_newest = log is logs[-1]
            check = _OneLog(log, self.folder if is_newest else None, is_newest, progress, self.notices)
            for fault in _limited(check.faults()):
                yield name, fault
            if is_newest:
                self.entries, self.signed = check.count, check.signed
        if not logs:
            yield from ((_("Public log"), fault) for fault in _limited(_missing_faults(0)))


def _limited(faults: Iterator[tuple[str, str]]) -> Iterator[str]:
    """Yield the first faults of each kind, and at the end how many more there are: a rewritten log has thousands."""
    seen: Counter[str] = Counter()
    for kind, fault in faults:
        seen[kind] += 1
        if seen[kind] <= MOST_OF_A_KIND:
            yield fault
    more = sum(count - MOST_OF_A_KIND for count in seen.values() if count > MOST_OF_A_KIND)
    if more:
        yield ngettext("%s more fault of these kinds.", "%s more faults of these kinds.", more) % more


class _Frontier:
    """The full subtrees of a growing tree, from left to right: its root at any size, in O(log n) memory."""

    def __init__(self) -> None:
        self.size = 0
        self.stack: list[tuple[int, bytes]] = []  # heights and hashes

    def add(self, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Add a leaf; yield the hashes of tiles above it that are full now, with their level and index."""
        height, value, index = 0, leaf, self.size
        self.size += 1
        while self.stack and self.stack[-1][0] == height:
            value = merkle.node_hash(self.stack.pop()[1], value)
            height, index = height + 1, index >> 1
            if height % TILE_HEIGHT == 0:
                yield height // TILE_HEIGHT, index, value
        self.stack.append((height, value))

    def root(self) -> bytes:
        if not self.stack:
            return merkle.EMPTY_ROOT
        value = self.stack[-1][1]
        for _height, before in reversed(self.stack[:-1]):
            value = merkle.node_hash(before, value)
        return value


class _OneLog:
    """The check of one log. Faults come with their kind, of which only the first ones are shown."""

    def __init__(
        self, log: m.Log, folder: LogFolder | None, is_newest: bool, progress: Progress, notices: list[str]
    ) -> None:
        self.log, self.folder, self.is_newest, self.progress = log, folder, is_newest, progress
        self.notices = notices
        self.tree = _Frontier()
        self.count = 0
        self.signed = 0
        self.absent: dict[
            str, tuple[int, str]
        ] = {}  # pages that are not here: their last entry's index and kind
        self.declared: Counter[tuple[str, int, str, str]] = Counter()  # removals

    def faults(self) -> Iterator[tuple[str, str]]:
        levels = {
            level: rows(_HASHES, [self.log.pk, level], tuple)
            for (level,) in rows(_LEVELS, [self.log.pk], tuple)
        }
        content = _Content(self) if self.is_newest else None
        signatures = _Signatures(self)
        yield from signatures.faults_at(0, self.tree)
        followed = _Followed(self) if self.log.pk > 1 else None
        for row in rows(_LEAVES, [self.log.pk], LeafRow._make):
            yield from self._place_faults(row)
            yield from self._tree_faults(bytes(row.hash), levels)
            if content:
                yield from content.faults(row)
            if followed:
                followed.add(row)
            yield from signatures.faults_at(self.tree.size, self.tree)
            if self.count % PROGRESS_STEP == 0:
                self.progress(PROGRESS_STEP)
        self.progress(self.count % PROGRESS_STEP)
        for level, stored in levels.items():
            if next(iter(stored), None) is not None:
                yield "hash", _("Level %s of the tree has hashes of more entries than there are.") % level
        yield from signatures.faults_at_end()
        if followed:
            yield from followed.faults()
        if content:
            yield from content.faults_at_end()

    def _place_faults(self, row: LeafRow) -> Iterator[tuple[str, str]]:
        if row.place != self.count:
            yield (
                "gap",
                _("Entries %(first)s to %(last)s are missing.")
                % {"first": self.count, "last": row.place - 1},
            )
            self.count = row.place
        self.count += 1
        if merkle.leaf_hash(bytes(row.entry)) != bytes(row.hash):
            yield "entry", _("Entry %s was altered: it does not have its hash.") % row.place

    def _tree_faults(
        self, leaf: bytes, levels: dict[int, Iterator[tuple[int, bytes]]]
    ) -> Iterator[tuple[str, str]]:
        for level, index, value in self.tree.add(leaf):
            stored = next(levels.get(level, iter(())), None)
            if stored is None or stored[0] != index or bytes(stored[1]) != value:
                fault = _(
                    "Hash %(index)s at level %(level)s of the tree is not that of the entries below it."
                )
                yield "hash", fault % {"index": index, "level": level}


class _Signatures:
    """The checkpoints of one log: each signed by its key, with the root that its first entries have."""

    def __init__(self, check: _OneLog) -> None:
        self.check = check
        self.key: VerifierKey | None = None
        self.witnesses: list[VerifierKey] = []
        self.pending = rows(_CHECKPOINTS, [check.log.pk], CheckpointRow._make)
        self.next = next(self.pending, None)
        self.kept: signing.SignedState | None = None
        self.early: list[tuple[str, str]] = []
        try:
            self.key = parse_key(check.log.vkey) if check.log.vkey else None
            self.witnesses = parse_policy(check.log.policy).witness_keys if check.log.policy else []
        except (MalformedNote, InvalidPolicy) as error:
            self.early.append(("key", _("Its key or policy cannot be read: %s") % error))
        if check.folder and self.key:
            self._read_folder(check.folder, self.key)

    def _read_folder(self, folder: LogFolder, key: VerifierKey) -> None:
        try:
            self.kept = signing.kept_state(folder, key)
        except signing.CannotSign as error:
            self.early.append(("kept", str(error)))
        except OSError as error:
            notice = _("%(file)s cannot be read (%(reason)s), so the log was not held against it.")
            self.check.notices.append(notice % {"file": folder.last, "reason": error.strerror})
        else:
            if self.kept is None:
                notice = _("%s is not here, so the log was not held against it.")
                self.check.notices.append(notice % folder.last)

    def faults_at(self, size: int, tree: _Frontier) -> Iterator[tuple[str, str]]:
        """Yield the faults of checkpoints of this size."""
        yield from self.early
        self.early = []
        while self.next is not None and self.next.size <= size:
            if self.next.size == size:
                yield from self._row_faults(self.next, tree.root())
                self.check.signed = size
            self.next = next(self.pending, None)
        if self.kept and self.kept.head.size == size and self.kept.head.root != tree.root():
            fault = _("The first %(size)s entries are not those that were signed, as %(place)s has it.")
            yield "kept", fault % {"size": size, "place": self.kept.place}

    def faults_at_end(self) -> Iterator[tuple[str, str]]:
        """Yield the faults of checkpoints of more entries than there are."""
        while self.next is not None:
            fault = _("The log was cut off: %(size)s entries were signed, and %(here)s are here.")
            yield "cut", fault % {"size": self.next.size, "here": self.check.count}
            self.next = next(self.pending, None)
        if self.kept:
            names = {
                "place": self.kept.place,
                "size": self.kept.head.size,
                "here": self.check.count,
                "newest": self.check.signed,
            }
            if self.kept.head.size > self.check.count:
                fault = _(
                    "The log was cut off: %(size)s entries were signed (%(place)s), and %(here)s are here."
                )
                yield "cut", fault % names
            elif self.kept.head.size < self.check.signed:
                notice = _(
                    "%(place)s has %(size)s entries, and %(newest)s are signed: run manage.py checkpoint."
                )
                self.check.notices.append(notice % names)
        if self.check.folder and self.check.folder.contradiction.exists():
            fault = _("A witness has shown a checkpoint that this log contradicts: %s")
            yield "cut", fault % self.check.folder.contradiction

    def _row_faults(self, row: CheckpointRow, computed: bytes) -> Iterator[tuple[str, str]]:
        number, size, root, text, is_witnessed = row
        names: dict[str, object] = {"number": number, "size": size}
        try:
            note = parse_note(text)
            head = parse_checkpoint(note.text)
            keys_of_note = [self.key, *self.witnesses] if self.key else self.witnesses
            signers = [each.key for each in verify_note(note, keys_of_note, keys.verify)]
        except (MalformedNote, InvalidSignature) as error:
            yield "signature", _("Checkpoint %(number)s was altered: %(reason)s") % {**names, "reason": error}
            return
        if self.key not in signers or head.origin != self.check.log.origin:
            yield "signature", _("Checkpoint %(number)s is not signed by this log's key.") % names
        elif (head.size, head.root) != (size, bytes(root)):
            yield "signature", _("Checkpoint %(number)s is stored as another than its note says.") % names
        if is_witnessed and len(note.signatures) == 1:
            yield "signature", _("Checkpoint %(number)s is called witnessed, and nobody cosigned it.") % names
        if head.root != computed:
            fault = _(
                "The first %(size)s entries are not those that checkpoint %(number)s signed: one was rewritten."
            )
            yield "root", fault % names


class _Content:
    """The entries of the newest log, held against what readers could see."""

    def __init__(self, check: _OneLog) -> None:
        self.check = check
        self.replaced = _replacements(check.log.pk)
        self.seen_last: int | None = None  # the arrival of the entry before
        first = (
            m.Checkpoint.objects.filter(log=check.log).order_by("size").values_list("size", flat=True).first()
        )
        copied = m.Leaf.objects.filter(log=check.log.pk - 1).count()
        # Below, the order is that of a corpus or of the log before, which signatures cover.
        self.ordered_from = first if first is not None else copied + 1 if copied else None
        self.is_out_of_order = False
        self.is_at_beginning = True

    def faults(self, row: LeafRow) -> Iterator[tuple[str, str]]:
        entry = _parse(bytes(row.entry))
        if (
            entry is None
            or _kind(entry) != row.kind
            or (entry.get("page"), entry.get("number")) != (row.page, row.number)
        ):
            yield "form", _("Entry %s is not what its row says.") % row.place
            return
        if row.kind == m.LeafKind.REDACTION:
            self.check.declared[_place(entry)] += 1
        if row.kind != m.LeafKind.CHECKPOINT:
            self.is_at_beginning = False
        elif not self.is_at_beginning:
            yield "nothing", _("Entry %s is a checkpoint, which only begins a log.") % row.place
        if row.page is None:
            return
        if row.slug is None and (row.kind in _REVISIONS or row.page not in self.check.absent):
            self.check.absent[row.page] = (row.place, row.kind)
        elif row.slug is not None and row.kind in _REVISIONS:
            yield from self._revision_faults(row, str(entry["digest"]))

    def _revision_faults(self, row: LeafRow, digest: str) -> Iterator[tuple[str, str]]:
        names = {"index": row.place, "page": row.slug, "number": row.number}
        if row.digest is None:
            yield (
                "nothing",
                _("Entry %(index)s is of revision %(number)s of %(page)s, which does not exist.") % names,
            )
            return
        if row.position is None:
            fault = _("Entry %(index)s is of revision %(number)s of %(page)s, which readers never saw so.")
            yield "nothing", fault % names
        following = self.replaced.get((row.page or "", row.number or 0), {})
        for _step in range(len(following)):
            digest = following.get(digest, digest)
        if digest != bytes(row.digest).hex():
            fault = _(
                "Entry %(index)s has another digest than revision %(number)s of %(page)s: one was rewritten."
            )
            yield "digest", fault % names
        if row.position is not None:
            if self.seen_last is not None and row.position < self.seen_last:
                if self.ordered_from is not None and row.place >= self.ordered_from:
                    yield (
                        "order",
                        _("Entry %(index)s (revision %(number)s of %(page)s) is out of order.") % names,
                    )
                self.is_out_of_order = True
            self.seen_last = row.position

    def faults_at_end(self) -> Iterator[tuple[str, str]]:
        if self.is_out_of_order and self.ordered_from is None:
            self.check.notices.append(
                _(
                    "The log is in another order than followers were told, as after a corpus was loaded. "
                    "Nothing of it is signed yet."
                )
            )
        yield from _missing_faults(self.check.log.pk)
        yield from self._removal_faults()
        withdrawn_pages = 0
        for page, (index, kind) in self.check.absent.items():
            if kind == m.LeafKind.REVISION:
                fault = _(
                    "Entry %(index)s is of the page %(page)s, which is not here, and no entry withdraws it."
                )
                yield "nothing", fault % {"index": index, "page": page}
            else:
                withdrawn_pages += 1
        if withdrawn_pages:
            notice = ngettext(
                "The log has entries of %s page that is not here: it was withdrawn where the corpus came from.",
                "The log has entries of %s pages that are not here: they were withdrawn where the corpus came from.",
                withdrawn_pages,
            )
            self.check.notices.append(notice % withdrawn_pages)

    def _removal_faults(self) -> Iterator[tuple[str, str]]:
        """Yield the removals without an entry, and entries without a removal."""
        here: set[str] = set()
        unmatched = self.check.declared.copy()
        for page, number, part, key, slug, was_seen in rows(_REMOVALS, [], tuple):
            here.add(page)
            place = page, number, part, key
            if unmatched[place] > 0:
                unmatched[place] -= 1
            elif was_seen:
                fault = _("Words were removed from revision %(number)s of %(page)s, and no entry says so.")
                yield "missing", fault % {"number": number, "page": slug}
        for (page, number, _part, _key), count in unmatched.items():
            if count and (page in here or page not in self.check.absent):
                fault = _(
                    "An entry says that words were removed from revision %(number)s of page %(page)s; none were."
                )
                yield "nothing", fault % {"number": number, "page": page}


class _Followed:
    """A log that follows another: its first entry is the other's last checkpoint, and then come its entries."""

    def __init__(self, check: _OneLog) -> None:
        self.check = check
        self.before = m.Log.objects.filter(pk=check.log.pk - 1).first()
        self.tree = _Frontier()
        self.head: TreeHead | None = None
        self.problem = ""
        self.root: bytes | None = None

    def add(self, row: LeafRow) -> None:
        if row.place == 0:
            self._read(bytes(row.entry))
            return
        for _full in self.tree.add(bytes(row.hash)):
            pass
        if self.head and self.tree.size == self.head.size:
            self.root = self.tree.root()

    def _read(self, content: bytes) -> None:
        try:
            note = parse_note(str((_parse(content) or {})["checkpoint"]))
            self.head = parse_checkpoint(note.text)
            key = parse_key(self.before.vkey) if self.before else None
            if key and not verify_note(note, [key], keys.verify):
                self.problem = _("its first entry is not signed by the log before")
        except (KeyError, MalformedNote, InvalidSignature) as error:
            self.problem = _("its first entry is not a checkpoint: %s") % error

    def faults(self) -> Iterator[tuple[str, str]]:
        names: dict[str, object] = {"before": self.check.log.pk - 1, "problem": self.problem}
        if self.problem or self.head is None:
            yield "followed", _("It does not follow log %(before)s: %(problem)s.") % names
        elif self.root != self.head.root:
            names |= {"number": self.check.log.pk, "size": self.head.size}
            notice = _(
                "Log %(number)s says that it follows %(size)s signed entries of log %(before)s, and does not have all "
                "of them: they were lost or rewritten before it began. Everybody who verifies it sees that."
            )
            self.check.notices.append(notice % names)
        [(count, first)] = rows(_COPIED, [self.check.log.pk - 1], tuple)
        if count:
            fault = _(
                "%(count)s entries of log %(before)s, from entry %(first)s on, are not those that follow here."
            )
            yield "followed", fault % {**names, "count": count, "first": first}


def _missing_faults(log: int) -> Iterator[tuple[str, str]]:
    for slug, number, withdrawn in rows(_MISSING, [log], tuple):
        if withdrawn:
            fault = _("The log has no entry of the withdrawal of %(page)s with revision %(number)s.")
        else:
            fault = _("The log has no entry of revision %(number)s of %(page)s, which readers could see.")
        yield "missing", fault % {"page": slug, "number": number}


def _replacements(log: int) -> dict[tuple[str, int], dict[str, str]]:
    """Return by page and revision which digests came for which, as the log declares it."""
    replaced: dict[tuple[str, int], dict[str, str]] = {}
    for page, number, content in rows(_REPLACED, [log], tuple):
        entry = _parse(bytes(content)) or {}
        replaced.setdefault((page, number), {})[str(entry.get("replaces"))] = str(entry.get("digest"))
    return replaced


def _parse(content: bytes) -> dict[str, object] | None:
    """Return an entry; None if it is not canonical JSON of an object."""
    try:
        entry = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and canonical.dumps(entry) == content else None


def _kind(entry: dict[str, object]) -> str:
    """Return the kind that the members of an entry tell (`models.LeafKind`), "" for none."""
    for member, kind in (
        ("checkpoint", m.LeafKind.CHECKPOINT),
        ("part", m.LeafKind.REDACTION),
        ("replaces", m.LeafKind.REPLACEMENT),
        ("withdrawn", m.LeafKind.WITHDRAWAL),
        ("digest", m.LeafKind.REVISION),
    ):
        if member in entry:
            return kind.value
    return ""


def _place(entry: dict[str, object]) -> tuple[str, int, str, str]:
    number = entry.get("number")
    return (
        str(entry.get("page")),
        number if isinstance(number, int) else 0,
        str(entry.get("part")),
        str(entry.get("key") or ""),
    )
