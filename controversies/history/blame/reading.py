"""The blame of a revision: who first wrote each statement of its texts, who set each value, and what stood before.

Any revision is the same look-up, however long the history: the stored origins, and what the record says of the
revisions that they name.
"""

import datetime
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter

from django.db import DatabaseError

from controversies.document.blame import BlameSpan, FieldBlame, block_blame
from controversies.history import read
from controversies.history.log_lines import fetch
from controversies.history.public import is_origin_unknown, publication_changes
from controversies.history.read import ENTRY_COLUMNS, Entry, Reading, UnreadableRevision, entry_of
from controversies.models import ChangeClass

from . import storage
from .derive import PATIENCE, derive, replay_page
from .revisions import blamed_revisions
from .storage import Place

logger = logging.getLogger(__name__)

_ENTRIES = f"""
    SELECT {ENTRY_COLUMNS}, EXISTS (
        SELECT FROM controversies_revision b
        WHERE b.controversy_id = r.controversy_id AND b.number = r.number - 1 AND b.withheld <> ''
    ) FROM unnest(%s::uuid[], %s::integer[]) wanted (page, number)
    JOIN controversies_revision r ON r.controversy_id = wanted.page AND r.number = wanted.number
"""  # noqa: S608 - made of constants


class DamagedBlame(ValueError):
    """The stored origins are not of the revision; `checkhistory` names them."""


@dataclass(frozen=True, slots=True)
class BlameEntry:
    """The facts that the record has of a revision that blame names.

    Of one that follows revisions which are hidden, only number and time: what it brought may be older, and neither its
    author nor its reason is that of the words. `before_publication` says so.
    """

    number: int
    time: datetime.datetime
    author_name: str = ""
    reviewer_name: str = ""
    summary: str = ""
    before_publication: bool = False
    is_origin_unknown: bool = False  # the page was imported with it, and nobody has said who wrote it


type BlockBlames = Mapping[str, Mapping[str, FieldBlame]]  # by key of the block and path of the field


@dataclass(frozen=True, slots=True)
class PageBlame:
    """The blame of a revision: the fields of each block by key and path, and the revisions that are named by number.

    Paths are those of `document.blame.block_blame()`: `claim`, `topic.title`, `stances.<key>.text`.
    """

    reading: Reading
    every: bool
    blocks: BlockBlames
    entries: Mapping[int, BlameEntry]


def blame_of(reading: Reading, *, every: bool = False) -> PageBlame:
    """Return the blame of a revision: two queries, or three with `every`, however long the history.

    `every` is for those who may see hidden revisions; else the revision is a public one, and nothing of a hidden one
    is told. What is not derived yet is derived first, which may take many queries; where nothing can be written, in
    memory, and so where what is stored is damaged. Raises BlameUnderway, and UnreadableRevision.
    """
    uses_every = every and _has_hidden(reading.entry.controversy, reading.number)
    try:
        blocks = _blocks(reading, _origins(reading, every=uses_every))
    except DamagedBlame:
        logger.exception("The blame of %s is damaged: see checkhistory.", reading.entry.controversy)
        blocks = _blocks(reading, _replayed_origins(reading, every=uses_every))
    entries = _entries([(reading, blocks)], every=uses_every)[reading.entry.controversy]
    return PageBlame(reading, every, blocks, entries)


def blames_of(readings: Iterable[Reading]) -> dict[str, PageBlame]:
    """Return readers' blame of public revisions of several pages, by the page's key; two queries.

    Pages are left out whose blame is not derived yet, or damaged.
    """
    by_page = {reading.entry.controversy: reading for reading in readings}
    blocks: list[tuple[Reading, BlockBlames]] = []
    for page, origins in storage.stored_origins(map(_place, by_page.values()), every=False).items():
        with suppress(DamagedBlame):
            blocks.append((by_page[page], _blocks(by_page[page], origins)))
    entries = _entries(blocks, every=False)
    return {
        reading.entry.controversy: PageBlame(reading, False, fields, entries[reading.entry.controversy])
        for reading, fields in blocks
    }


def _place(reading: Reading) -> Place:
    return Place(reading.entry.controversy, reading.number, [*reading.stored])


def _blocks(reading: Reading, origins: Mapping[str, bytes]) -> BlockBlames:
    """Return the blame of the fields of each block of a revision. Raises DamagedBlame."""
    try:
        return {block.key: block_blame(block, origins[block.key]) for block in reading.document.blocks()}
    except (ValueError, LookupError) as error:
        raise DamagedBlame from error


def _has_hidden(page: str, number: int) -> bool:
    """Whether the page has hidden revisions up to this one, whose content is here; one query."""
    numbers = blamed_revisions(page)
    return any(each.start <= number for each in numbers.every) and _up_to(numbers.public, number) != _up_to(
        numbers.every, number
    )


def _up_to(ranges: Iterable[range], number: int) -> list[range]:
    return [range(each.start, min(each.stop, number + 1)) for each in ranges if each.start <= number]


def _origins(reading: Reading, *, every: bool) -> Mapping[str, bytes]:
    """Return the origins of the revision's blocks by key, stored or else derived."""
    place = _place(reading)
    look_up = partial(storage.stored_origins, [place], every=every)
    origins = look_up().get(place.page)
    if origins is None:
        try:
            derive(place.page, place.number, every=every)
        except (DatabaseError, storage.BlameFailed, UnreadableRevision):
            # A replica, a role that may only read, or what is stored is damaged.
            logger.info("The blame of %s could not be stored.", place.page)
        origins = look_up().get(place.page)
    return _replayed_origins(reading, every=every) if origins is None else origins


def _replayed_origins(reading: Reading, *, every: bool) -> Mapping[str, bytes]:
    """Return the origins of the revision's blocks by key, derived from the first revision in memory."""
    revisions = replay_page(reading.entry.controversy, reading.number, every=every, patience=PATIENCE)
    [*last] = deque(revisions, maxlen=1)
    return last[0].origins if last else {}


def _numbers(blocks: BlockBlames) -> set[int]:
    """Return the revisions that the fields name."""
    numbers: set[int] = set()
    for fields in blocks.values():
        for field in fields.values():
            for each in field if isinstance(field, list) else [field]:
                numbers.add(each.revision)
                if isinstance(each, BlameSpan):
                    numbers |= {each.wording, each.here}
    return numbers


def _entries(
    blames: Sequence[tuple[Reading, BlockBlames]], *, every: bool
) -> dict[str, dict[int, BlameEntry]]:
    """Return what the record says of the revisions that are named, by page's key and number; one query."""
    readings = {reading.entry.controversy: reading for reading, _blocks in blames}
    wanted = [
        (reading.entry.controversy, number) for reading, blocks in blames for number in _numbers(blocks)
    ]
    entries: dict[str, dict[int, BlameEntry]] = {page: {} for page in readings}
    for *row, follows_withheld in (
        fetch(_ENTRIES, list(map(list, zip(*wanted, strict=True)))) if wanted else ()
    ):
        entry = entry_of(tuple(row))
        opens = _opens(entry, follows_withheld, every=every)
        entries[entry.controversy][entry.number] = _entry(readings[entry.controversy], entry, opens=opens)
    return entries


def _opens(entry: Entry, follows_withheld: bool, *, every: bool) -> bool:
    """Whether the revision before is one of those that the blame does not go over."""
    if entry.number == 1:
        return False
    return follows_withheld or (not every and bool(publication_changes(entry)))


def _entry(reading: Reading, entry: Entry, *, opens: bool) -> BlameEntry:
    if opens:
        return BlameEntry(entry.number, entry.time, before_publication=True)
    imported = entry.number == 1 and ChangeClass.IMPORT.value in entry.classes
    return BlameEntry(
        entry.number,
        entry.time,
        entry.author_name,
        entry.reviewer_name,
        entry.summary,
        is_origin_unknown=is_origin_unknown(reading.document, imported=imported),
    )


# -- what stood before --


@dataclass(frozen=True, slots=True)
class EarlierWording:
    """A statement as it read from one revision on, and the block and the path of the field where it stood last.

    `sources` are the keys of the sources that its marks mean, by number.
    """

    text: str
    entry: BlameEntry
    key: str
    path: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement of a field: its spans, of which there is at least one."""

    key: str
    path: str
    spans: tuple[BlameSpan, ...]

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


def earlier_wordings(
    blame: PageBlame, key: str, path: str, place: int, *, limit: int = 20
) -> list[EarlierWording]:
    """Return how a statement read before, the newest first, wherever on the page it stood then.

    It is the one at this `place` in the field, counted from 0. Three queries for each wording, `limit` at most. Raises
    LookupError without such a statement.
    """
    spans = blame.blocks[key][path]
    if not isinstance(spans, list):
        raise LookupError(path)
    statement = {each.spans[0].place: each for each in _statements(key, {path: spans})}[place]
    page = blame.reading.entry.controversy
    numbers = blamed_revisions(page)
    wordings: list[EarlierWording] = []
    while len(wordings) < limit:
        since = statement.spans[0].wording
        reading = read.at(page, numbers.before(since, every=blame.every)) if since > 1 else None
        earlier = _find(blame_of(reading, every=blame.every), statement) if reading else None
        if reading is None or earlier is None:
            break
        statement, entry = earlier
        sources = tuple(reading.document.source_numbers)
        wordings.append(EarlierWording(statement.text.strip(), entry, statement.key, statement.path, sources))
    return wordings


def _statements(key: str, fields: Mapping[str, FieldBlame]) -> Iterator[_Statement]:
    """Yield the statements of a block's texts."""
    for path, field in fields.items():
        if isinstance(field, list) and field and isinstance(field[0], BlameSpan):
            for _place, spans in groupby(field, key=attrgetter("place")):
                yield _Statement(key, path, tuple(spans))


def _find(blame: PageBlame, statement: _Statement) -> tuple[_Statement, BlameEntry] | None:
    """Return the same statement in another revision, rather where it stands now, and since when it read so there."""
    same = [
        each
        for key, fields in blame.blocks.items()
        for each in _statements(key, fields)
        if each.spans[0].statement == statement.spans[0].statement
    ]
    nearest = max(
        same, key=lambda each: (each.key == statement.key, each.path == statement.path), default=None
    )
    return (nearest, blame.entries[nearest.spans[0].wording]) if nearest else None
