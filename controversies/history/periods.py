"""Listed periods (`models.ListedPeriod`): derived from a page's revisions, written with each, and derived again.

A revision takes effect at its time. In records from before times were kept in order it may have been followed by one
of an earlier time: then both take effect at that time, so that at any time one revision is the newest.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from controversies import models as m
from controversies.document import canonical
from controversies.document.schema import Kind, Part
from controversies.document.types import (
    BLOCK_TYPES,
    BLOCKS,
    SHARED,
    Block,
    BlockType,
    Document,
    Head,
    parts_of,
)
from controversies.models import Publication

_HEAD = BLOCKS[0]
_EXACT = (Kind.CHOICE, Kind.DOI)  # values that lists are filtered by
_NAMES = (Kind.LINE, Kind.LINES)  # values that lists are searched by
_SHARED_NAMES = {block_type.name for block_type in SHARED}


@dataclass(frozen=True, slots=True)
class ListedBlock:
    """The values of a `ListedPeriod`: those of a page's head, topic, backer or source that lists show."""

    type: str
    slug: str
    title: str
    labels: tuple[str, ...]
    words: tuple[str, ...]
    uses: int


type ListedBlocks = dict[str, ListedBlock]  # by key
type Blocks = Mapping[str, Block]  # of a page, by key


def listed_blocks(blocks: Iterable[Block]) -> ListedBlocks:
    """Return what lists show of a page with these blocks; nothing of one that is not public."""
    blocks = list(blocks)
    head = next((block for block in blocks if isinstance(block, Head)), None)
    if head is None or head.publication != Publication.PUBLISHED:
        return {}
    uses = Counter(chain.from_iterable(map(_references, blocks)))
    listed = {head.key: _list_values(_HEAD, head, 1)}
    for block in (head.topic, *blocks):
        block_type = _SHARED_TYPES.get(type(block))
        if block_type is not None:
            listed[block.key] = _list_values(block_type, block, uses[block.key])
    return listed


_SHARED_TYPES: dict[type, BlockType] = {block_type.part: block_type for block_type in SHARED}


def _list_values(block_type: BlockType, block: Part, uses: int) -> ListedBlock:
    part = block_type.part
    labels: list[str] = []
    words: list[str] = []
    for spec in part.VALUES:
        value = getattr(block, spec.name)
        if spec.kind in _EXACT and spec.name != "publication":
            labels.append(value)
        elif block_type.shared and spec.kind in _NAMES and spec.name != part.TITLE:
            words += value if spec.kind is Kind.LINES else [value]
    return ListedBlock(
        block_type.name,
        block.slug,  # type: ignore[attr-defined]  # all that lists show has an address
        getattr(block, part.TITLE),
        _without_empty(labels),
        _without_empty(words),
        uses,
    )


def _without_empty(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(value for value in values if value)


def _references(block: Block | None) -> list[str]:
    """Return the keys of the shared blocks that a block refers to, once for each reference."""
    if block is None or BLOCK_TYPES[type(block)].shared:
        return []
    if isinstance(block, Head):
        return [block.topic.key]
    return [
        getattr(part, spec.name)
        for part in parts_of(block)
        for spec in part.VALUES
        if spec.refers_to in _SHARED_NAMES
    ]


def _is_listed_change(old: Block | None, new: Block | None) -> bool:
    """Whether lists may show something else once this version of a block follows that one."""
    block = old or new
    if isinstance(block, Head) or (block is not None and BLOCK_TYPES[type(block)].shared):
        return old != new
    return Counter(_references(old)) != Counter(_references(new))


# -- at each revision --


def write(pairs: Iterable[tuple[Document | None, m.Revision, Document]]) -> None:
    """End and begin periods for new revisions, given the document before each and its own; two queries at most."""
    ended: list[tuple[str, str, datetime.datetime]] = []
    begun: list[m.ListedPeriod] = []
    for before, revision, document in pairs:
        if before is not None and not _differ(before.by_key, document.by_key):
            continue
        old = listed_blocks(before.blocks()) if before is not None else {}
        new = listed_blocks(document.blocks())
        ended += [(document.key, key, revision.time) for key, value in old.items() if new.get(key) != value]
        begun += [
            _row(document.key, key, revision.number, revision.time, None, value)
            for key, value in new.items()
            if old.get(key) != value
        ]
    if ended:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE controversies_listedperiod p SET ends = e.time"
                " FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) e (page, key, time)"
                " WHERE p.controversy_id = e.page AND p.key = e.key AND p.ends IS NULL",
                list(map(list, zip(*ended, strict=True))),
            )
    if begun:  # a row that should not be there is found by checkhistory, and refuses no edit
        m.ListedPeriod.objects.bulk_create(begun, batch_size=1000, ignore_conflicts=True)


def _differ(old: Blocks, new: Blocks) -> bool:
    """Whether lists may show something else after an edit; no more than the changed blocks is looked at."""
    return any(
        _is_listed_change(old.get(key), new.get(key))
        for key in {**old, **new}
        if old.get(key) is not new.get(key)
    )


def _row(
    page: str,
    key: str,
    since: int,
    begins: datetime.datetime,
    ends: datetime.datetime | None,
    value: ListedBlock,
) -> m.ListedPeriod:
    return m.ListedPeriod(
        controversy_id=page,
        key=key,
        since=since,
        begins=begins,
        ends=ends,
        type=value.type,
        slug=value.slug,
        title=value.title,
        labels=list(value.labels),
        words=list(value.words),
        uses=value.uses,
    )


# -- from the whole record --


@dataclass(slots=True)
class PeriodBuilder:
    """The periods of one page, from its revisions in order."""

    page: str
    times: list[datetime.datetime] = field(default_factory=list)  # of the revisions, in order
    _blocks: Blocks = field(default_factory=dict)  # of the newest revision
    _open: dict[str, tuple[int, ListedBlock]] = field(default_factory=dict)
    _ended: list[tuple[str, int, int, ListedBlock]] = field(default_factory=list)  # key, first, end

    def add(self, time: datetime.datetime, blocks: Blocks) -> None:
        """Add the next revision with its blocks, none of one whose content is not here."""
        self.times.append(time)
        before, self._blocks = self._blocks, blocks
        if not _differ(before, blocks):
            return
        listed = listed_blocks(blocks.values()) if blocks else {}
        number = len(self.times)
        for key, (since, value) in list(self._open.items()):
            if listed.get(key) != value:
                self._ended.append((key, since, number, value))
                del self._open[key]
        for key, value in listed.items():
            self._open.setdefault(key, (number, value))

    def rows(self) -> list[m.ListedPeriod]:
        """Return the periods as rows that are not written yet."""
        effective = list(self.times)
        for i in range(len(effective) - 2, -1, -1):
            effective[i] = min(effective[i], effective[i + 1])
        ended = [
            _row(self.page, key, since, effective[since - 1], effective[end - 1], value)
            for key, since, end, value in self._ended
        ]
        lasting = [
            _row(self.page, key, since, effective[since - 1], None, value)
            for key, (since, value) in self._open.items()
        ]
        return ended + lasting


_VERSIONS = """
    SELECT b.key::text, b.since, b.digest IS NULL, b.body, basis.body FROM controversies_block b
    LEFT JOIN controversies_block basis ON basis.controversy_id = b.controversy_id AND basis.key = b.key
        AND basis.since = b.basis
    WHERE b.controversy_id = %s AND b.outline IS NULL ORDER BY b.since
"""
_REVISIONS = """
    SELECT number, time, withheld <> '' FROM controversies_revision WHERE controversy_id = %s ORDER BY number
"""


def derive(page: str) -> list[m.ListedPeriod]:
    """Return a page's periods as they follow from its record, as rows that are not written; two queries.

    Reads only columns that the first migration made, so that later migrations can call it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [page])
        versions = _changes(cursor.fetchall())
        cursor.execute(_REVISIONS, [page])
        revisions = cursor.fetchall()
    builder = PeriodBuilder(page)
    live: dict[str, Block] = {}
    for number, time, is_withheld in revisions:
        for key, block in versions.get(number, {}).items():
            if block is None:
                live.pop(key, None)
            else:
                live[key] = block
        builder.add(time, {} if is_withheld else dict(live))
    return builder.rows()


def _changes(rows: Iterable[tuple[Any, ...]]) -> dict[int, dict[str, Block | None]]:
    """Return the blocks that each revision changed, by key; None for those that it removed.

    A version that was lost or damaged is left out, as if the block had stayed as it was.
    """
    changes: dict[int, dict[str, Block | None]] = {}
    for key, since, is_removed, body, basis in rows:
        block: Block | None = None
        if not is_removed:
            try:
                block = canonical.decode(bytes(body or b""), bytes(basis) if basis is not None else None)
            except (TypeError, ValueError, KeyError):
                continue
        changes.setdefault(since, {})[key] = block
    return changes


def rebuild(pages: Iterable[str]) -> None:
    """Derive the periods of these pages again, a page at a time."""
    for page in pages:
        rows = derive(page)
        m.ListedPeriod.objects.filter(controversy_id=page).delete()
        m.ListedPeriod.objects.bulk_create(rows, batch_size=1000)


def missing() -> list[str]:
    """Return the keys of the pages that were public and have no periods: recorded before there were any."""
    pages = m.Controversy.objects.filter(
        Exists(m.Arrival.objects.filter(controversy=OuterRef("pk"))),
        ~Exists(m.ListedPeriod.objects.filter(controversy=OuterRef("pk"))),
    )
    return [str(key) for key in pages.order_by("pk").values_list("pk", flat=True)]
