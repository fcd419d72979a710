"""Earlier texts (`models.EarlierText`): the passages that pages had and have no longer, derived from public revisions.

Nothing of it is done when a page is saved. The worker follows the arrivals, in which every revision stands that readers
could see, and compares each public revision with the public one before it. A passage that moved within the page has not
left it, and one that is back on it is taken out of what is kept. How far a page is derived is kept with it, so that a
long past is derived in batches, each a transaction, and goes on where it was interrupted.

Who derives a page holds its lock of earlier texts until COMMIT. A removal of words and a withdrawal wait for that lock
and empty what is kept of the page (`sql/earlier.sql`); it is derived anew from what is on record, once it is public.
"""

import datetime
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice, pairwise
from time import monotonic
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models.functions import Now
from django.tasks import task

from controversies.document.passages import passages
from controversies.document.types import BLOCK_TYPES, Block, Document, citations_of
from controversies.models import (
    Arrival,
    EarlierText,
    EarlierTextCursor,
    EarlierTextProgress,
    EarlierWord,
)

from . import read
from .blame.revisions import blamed_revisions, readings
from .log_lines import fetch
from .read import Reading, UnreadableRevision

logger = logging.getLogger(__name__)

SECONDS = 50  # of one run of the worker's task: the next one begins after 60
BATCH = 100  # revisions of a page in one transaction
_ARRIVALS = 500  # that are looked through together
_COUNTED = 10_000  # arrivals at most
_STALE = 100  # pages that are derived anew, at a time


class BlockPlace(NamedTuple):
    """The block with which something stands on a page; `number` counts the blocks of its kind, from 0."""

    kind: str
    key: str
    number: int


@dataclass(slots=True)
class _Removal:
    """The passages of one block that one revision took off the page."""

    key: str
    kind: str
    place: BlockPlace
    last: int
    next: int
    time: datetime.datetime
    passages: list[str]


@dataclass(frozen=True, slots=True)
class Backlog:
    """The rest to derive: a number of arrivals, `_COUNTED` at most, and whether pages that were emptied wait."""

    arrivals: int
    has_stale_pages: bool

    def __bool__(self) -> bool:
        return self.arrivals > 0 or self.has_stale_pages


def passage_hash(passage: str) -> int:
    """Return the hash by which a passage is known again: the first 64 bits of its BLAKE2b, signed."""
    return int.from_bytes(blake2b(passage.encode(), digest_size=8).digest(), signed=True)


# -- the worker's task --


@task
def derive_earlier_texts() -> None:
    """Derive what arrived since the last time: the worker's task, once a minute."""
    catch_up(seconds=SECONDS)


def catch_up(seconds: float = float("inf")) -> bool:
    """Derive the earlier texts of all that arrived; return whether that is all, or the time was over before."""
    end = monotonic() + seconds
    EarlierTextCursor.objects.bulk_create(
        [EarlierTextCursor(arrival=0, changed=Now())], ignore_conflicts=True
    )
    while monotonic() < end:
        start = EarlierTextCursor.objects.values_list("arrival", flat=True).get()
        arrivals = list(
            Arrival.objects.filter(position__gt=start)
            .order_by("position")
            .values_list("position", "controversy_id")[:_ARRIVALS]
        )
        stale = _stale_pages()
        if not arrivals and not stale:
            return True
        arrived = [str(key) for _position, key in arrivals]
        for key in (*stale, *_pages_behind(list(dict.fromkeys(arrived)))):
            if not _derive_page(key, end):
                return False
        if arrivals:
            EarlierTextCursor.objects.filter(arrival__lt=arrivals[-1][0]).update(
                arrival=arrivals[-1][0], changed=Now()
            )
    return False


def backlog() -> Backlog:
    """Return how much is not derived yet; one query."""
    [(arrivals, has_stale_pages)] = fetch(_BACKLOG, [])
    return Backlog(arrivals, has_stale_pages)


def version() -> bytes:
    """Return the version of all earlier texts: another one if anything was derived or is to be derived; one query."""
    [row] = fetch(_VERSION, [])
    return repr(row).encode()


_IS_STALE = """
    SELECT p.controversy_id::text FROM controversies_earliertextprogress p
    JOIN controversies_controversy c ON c.id = p.controversy_id AND c.publication = 'published'
    WHERE p.number = 0
"""
_BACKLOG = f"""
    SELECT (
        SELECT count(*) FROM (
            SELECT FROM controversies_arrival a WHERE a.position > coalesce(
                (SELECT c.arrival FROM controversies_earliertextcursor c), 0
            ) LIMIT {_COUNTED}
        ) a
    ), EXISTS ({_IS_STALE})
"""  # noqa: S608 - made of constants
_VERSION = f"""
    SELECT (SELECT concat(c.arrival, ' ', c.changed) FROM controversies_earliertextcursor c), EXISTS ({_IS_STALE})
"""  # noqa: S608 - made of constants
_BEHIND = """
    SELECT asked.key::text FROM unnest(%s::uuid[]) WITH ORDINALITY asked (key, place)
    JOIN controversies_listedpage l ON l.controversy_id = asked.key AND l.publication = 'published'
    LEFT JOIN controversies_earliertextprogress p ON p.controversy_id = asked.key
    WHERE p.number IS NULL OR p.number < l.number ORDER BY asked.place
"""


def _stale_pages() -> list[str]:
    return [key for (key,) in fetch(f"{_IS_STALE} LIMIT {_STALE}", [])]


def _pages_behind(keys: list[str]) -> list[str]:
    """Return those of these pages that are public and have revisions that are not derived."""
    return [key for (key,) in fetch(_BEHIND, [keys])] if keys else []


# -- one page --


def _derive_page(key: str, end: float) -> bool:
    """Derive a page; return whether all of it, or the time was over before."""
    try:
        while _derive_batch(key):
            if monotonic() >= end:
                return False
    except UnreadableRevision as error:
        logger.warning("The earlier texts of page %s cannot be derived: %s", key, error)
        EarlierTextProgress.objects.filter(controversy_id=key, number=0).delete()  # until its next revision
    return True


def _derive_batch(key: str) -> bool:
    """Derive the next revisions of a page, in one transaction; return whether there may be more.

    Raises UnreadableRevision.
    """
    with transaction.atomic():
        fetch(
            "SELECT pg_advisory_xact_lock('controversies_earliertext'::regclass::oid::integer, hashtext(%s) & 511)",
            [key],
        )
        config = _config(key)
        if config is None:
            return False
        progress = EarlierTextProgress.objects.filter(controversy_id=key).first()
        if progress is not None and progress.config != config:  # its words have other stems now
            _forget(key)
            progress = None
        after = read.at(key, progress.number) if progress is not None and progress.number else None
        revisions = readings(key, blamed_revisions(key).public, after)
        first = after or next(revisions, None)
        if first is None:
            return False
        chosen = list(islice(revisions, BATCH))
        removals, returned = _removals([first, *chosen])
        _take_out(key, returned, config)
        _store(key, removals, config)
        EarlierTextProgress.objects.update_or_create(
            controversy_id=key, defaults={"number": (chosen or [first])[-1].number, "config": config}
        )
        EarlierTextCursor.objects.update(changed=Now())
        return len(chosen) == BATCH


def _config(key: str) -> str | None:
    """Return the text search configuration of a page; None unless the page is public."""
    rows = fetch(
        "SELECT i.config FROM controversies_searchindex i JOIN controversies_controversy c ON c.id = i.controversy_id"
        " WHERE c.id = %s AND c.publication = 'published'",
        [key],
    )
    return str(rows[0][0]) if rows else None


def _removals(revisions: Sequence[Reading]) -> tuple[list[_Removal], set[int]]:
    """Compare each revision with the one before it.

    Return what each took off the page and is not on it again with a later one of these, and the hashes of all passages
    that came to the page meanwhile.
    """
    standing = Counter(each for block in revisions[0].document.blocks() for each in _by_hash(block))
    removals: list[_Removal] = []
    returned: set[int] = set()
    for before, after in pairwise(revisions):
        old = _passages_of_others(before, after)
        new = _passages_of_others(after, before)
        new_hashes = {each for hashes in new.values() for each in hashes if not standing[each]}
        for hashes in old.values():
            standing.subtract(hashes.keys())
        for hashes in new.values():
            standing.update(hashes.keys())
        if new_hashes:
            returned |= new_hashes
            for removal in removals:
                removal.passages = [each for each in removal.passages if passage_hash(each) not in new_hashes]
        for key, hashes in old.items():
            if removed := [passage for each, passage in hashes.items() if not standing[each]]:
                block = before.document.by_key[key]
                kind = BLOCK_TYPES[type(block)].name
                place = _place(before.document, block)
                removals.append(
                    _Removal(key, kind, place, before.number, after.number, after.entry.time, removed)
                )
    return [removal for removal in removals if removal.passages], returned


def _passages_of_others(reading: Reading, other: Reading) -> dict[str, dict[int, str]]:
    """Return the passages by their hashes of those blocks that the other revision does not have in the same version."""
    return {
        key: _by_hash(reading.document.by_key[key])
        for key, stored in reading.stored.items()
        if key not in other.stored or other.stored[key].since != stored.since
    }


def _by_hash(block: Block) -> dict[int, str]:
    return {passage_hash(passage): passage for passage in passages(block)}


def _place(document: Document, block: Block) -> BlockPlace:
    """Return where a block stands: itself, or of a backer or source the first block that refers to it."""
    block_type = BLOCK_TYPES[type(block)]
    if not block_type.shared:
        return BlockPlace(block_type.name, block.key, block_type.blocks(document).index(block))
    for number, position in enumerate(document.positions):
        backers = {each.backer for each in position.backings}
        if block.key in backers | {each.source for each in citations_of(position)}:
            return BlockPlace("position", position.key, number)
    for number, point in enumerate(document.points):
        if block.key in {each.source for each in citations_of(point)}:
            return BlockPlace("point", point.key, number)
    return BlockPlace("context", document.context.key, 0)


# -- the tables --


def _forget(key: str) -> None:
    texts = EarlierText.objects.filter(controversy_id=key)
    EarlierWord.objects.filter(text__in=texts.values("id")).delete()
    texts.delete()
    EarlierTextProgress.objects.filter(controversy_id=key).update(number=0)


def _store(key: str, removals: Iterable[_Removal], config: str) -> None:
    rows = [
        EarlierText(
            controversy_id=key,
            key=each.key,
            kind=each.kind,
            place_kind=each.place.kind,
            place_key=each.place.key,
            place=each.place.number,
            last=each.last,
            next=each.next,
            time=each.time,
            hashes=[passage_hash(passage) for passage in each.passages],
        )
        for each in removals
    ]
    stored = EarlierText.objects.bulk_create(rows)
    _store_words([(row, each.passages) for row, each in zip(stored, removals, strict=True)], config)


_STORE_WORDS = """
    INSERT INTO controversies_earlierword (word, time, text)
    SELECT v.lexeme, t.time, t.id FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) t (id, time, passages)
    CROSS JOIN LATERAL unnest(controversies_words_of(%s::regconfig, '', '', '', t.passages, '{}')) v (lexeme)
    ORDER BY v.lexeme COLLATE "C", t.time, t.id
"""


def _store_words(texts: Sequence[tuple[EarlierText, Sequence[str]]], config: str) -> None:
    if texts:
        ids, times = [row.pk for row, _of_row in texts], [row.time for row, _of_row in texts]
        joined = ["\n".join(of_row) for _row, of_row in texts]
        with connection.cursor() as cursor:
            cursor.execute(_STORE_WORDS, [ids, times, joined, config])


def _take_out(key: str, returned: set[int], config: str) -> None:
    """Take passages that are on the page again out of its earlier texts, by their hashes."""
    if not returned:
        return
    kept: list[tuple[EarlierText, list[str]]] = []
    for row in EarlierText.objects.filter(controversy_id=key, hashes__overlap=sorted(returned)):
        EarlierWord.objects.filter(text=row.pk).delete()
        row.hashes = [each for each in row.hashes if each not in returned]
        if not row.hashes:
            row.delete()
            continue
        row.save(update_fields=["hashes"])
        kept.append((row, _passages_at(key, row)))
    _store_words(kept, config)


def _passages_at(key: str, row: EarlierText) -> list[str]:
    reading = read.at(key, row.last)
    block = reading.document.by_key.get(str(row.key)) if reading is not None else None
    if block is None:
        raise UnreadableRevision(row.last)
    return kept_passages(block, row.hashes)


def kept_passages(block: Block, hashes: Iterable[int]) -> list[str]:
    """Return the passages of a block that have one of these hashes, each once, in the order of the page."""
    wanted = set(hashes)
    return [passage for each, passage in _by_hash(block).items() if each in wanted]
