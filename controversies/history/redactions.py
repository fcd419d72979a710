"""Redactions as readers are told of them: the words that were removed from the record, when and why.

A page without redactions costs nothing here: `epoch` says so, and no query follows.
"""

import datetime
import gc
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.dispatch import Signal
from django.utils.translation import gettext as _

from controversies.document.parse import Fault
from controversies.document.redact import MARKED, marked_fields, missing_markers
from controversies.document.types import Document
from controversies.models import RedactedPart, Redaction
from controversies.sql import pieces

from .read import Entry, Reading

# Sent once words were removed, for what remembers texts that were read or drawn before.
words_removed = Signal()

PAGE = 50
_known: list[int] = []  # the epoch that this process has seen last
_COLUMNS = "id, controversy_id, key, since, part, digest, now, time, ground, reason, office, by_name, second_name, role"


@dataclass(frozen=True, slots=True)
class Notice:
    """One redaction. `key` is a block's, "" of what a revision says of itself. Readers are told no names."""

    id: int
    controversy: str
    key: str
    since: int
    part: str
    digest: bytes
    now: bytes
    time: datetime.datetime
    ground: str
    reason: str
    office: str
    by_name: str
    second_name: str
    role: str


def _notice(row: tuple[Any, ...]) -> Notice:
    number, controversy, key, since, part, digest, now, *rest = row
    return Notice(number, str(controversy), str(key or ""), since, part, bytes(digest), bytes(now), *rest)


def _fetch(sql: str, params: list[Any]) -> list[Notice]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM controversies_redaction d {sql}", params)  # noqa: S608 - this module's
        return [_notice(row) for row in cursor.fetchall()]


def epoch() -> int:
    """Return the number of the newest redaction over all pages, 0 if there is none: what is drawn depends on it."""
    return Redaction.objects.order_by("-id").values_list("id", flat=True).first() or 0


def notice_epoch(current: int) -> None:
    """Have this process forget the texts that it remembers, if words were removed since it looked last."""
    if _known != [current]:
        known, _known[:] = list(_known), [current]
        if known:
            words_removed.send(Redaction)


def _forget(**_named: object) -> None:
    """Clear every cache of this program that a decorator made: no list of them could be forgotten to be kept."""
    kind = type(_fetch_nothing)
    is_started = gc.get_freeze_count() > 0  # by `config.startup`: what is frozen is not listed
    gc.unfreeze()
    for each in gc.get_objects():
        if type(each) is kind and (each.__module__ or "").startswith("controversies."):
            each.cache_clear()
    if is_started:
        gc.collect()  # else the texts that are forgotten would be kept among what is frozen
        gc.freeze()


@lru_cache
def _fetch_nothing() -> None:
    """Be of the type that every cache is of."""


words_removed.connect(_forget)


def of_page(controversy: str) -> list[Notice]:
    """Return all redactions of a page, oldest first; one query."""
    return _fetch("WHERE controversy_id = %s ORDER BY id", [controversy])


def of_readings(readings: Iterable[Reading]) -> dict[tuple[str, int], list[Notice]]:
    """Return the redactions of what each of these revisions shows, by page's key and number; one query, or none.

    A block that shows a marker and was recorded after the removal has the newest notice of an earlier version of it.
    """
    wanted: list[tuple[str, int, str, int]] = []
    for reading in readings:
        page, number = reading.entry.controversy, reading.number
        wanted += [
            (page, number, block.key, reading.stored[block.key].since)
            for block in reading.document.blocks()
            if marked_fields(block)
        ]
        wanted += _of_entry(reading.entry)
    return _of(wanted)


def notices(reading: Reading) -> list[Notice]:
    """Return the redactions of what a revision shows and says of itself; one query, none if there are none."""
    return of_readings([reading]).get((reading.entry.controversy, reading.number), [])


def of_entries(entries: Iterable[Entry]) -> dict[tuple[str, int], list[Notice]]:
    """Return the redactions of what the record says of each of these revisions; one query, none if there are none."""
    return _of([each for entry in entries for each in _of_entry(entry)])


def _of_entry(entry: Entry) -> list[tuple[str, int, str, int]]:
    texts = (entry.summary, entry.author_name, entry.reviewer_name)
    if any(map(MARKED.search, texts)):
        return [(entry.controversy, entry.number, "", entry.number)]
    return []


def _of(wanted: list[tuple[str, int, str, int]]) -> dict[tuple[str, int], list[Notice]]:
    if not wanted:
        return {}
    pages, numbers, keys, sinces = (list(each) for each in zip(*wanted, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT asked.number, {", ".join(f"d.{name}" for name in _COLUMNS.split(", "))}
            FROM unnest(%s::uuid[], %s::integer[], %s::text[], %s::integer[]) WITH ORDINALITY
                asked (page, number, key, since, place)
            CROSS JOIN LATERAL (
                (
                    SELECT * FROM controversies_redaction
                    WHERE controversy_id = asked.page AND asked.key <> '' AND part = 'block'
                        AND key = nullif(asked.key, '')::uuid AND since <= asked.since
                    ORDER BY since = asked.since DESC, id DESC LIMIT 1
                ) UNION ALL (
                    SELECT DISTINCT ON (part) * FROM controversies_redaction
                    WHERE controversy_id = asked.page AND asked.key = '' AND part <> 'block' AND since = asked.since
                    ORDER BY part, id DESC
                )
            ) d ORDER BY asked.place, d.part
            """,  # noqa: S608 - made of constants
            [pages, numbers, keys, sinces],
        )
        rows = cursor.fetchall()
    notices: dict[tuple[str, int], list[Notice]] = {}
    for number, *row in rows:
        notice = _notice(tuple(row))
        notices.setdefault((notice.controversy, number), []).append(notice)
    return notices


def brought_back(start: Reading, document: Document) -> list[Fault]:
    """List the texts in which an edit that began before a removal would bring words back; no query without a marker.

    A form that was open then still holds them: of a text that lost words since, all markers must be kept.
    """
    marked = [block.key for block in start.document.blocks() if marked_fields(block)]
    if not marked:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT given.key FROM unnest(%s::uuid[], %s::integer[]) given (key, since)"
            " JOIN controversies_redaction d ON d.controversy_id = %s AND d.part = 'block'"
            " AND d.key = given.key AND d.since = given.since",
            [marked, [start.stored[key].since for key in marked], start.document.key],
        )
        keys = {str(key) for (key,) in cursor.fetchall()}
    return [
        Fault(
            path,
            _("Words were removed from this text while you were editing. Reload the page before you save."),
        )
        for key in sorted(keys)
        for path in missing_markers(start.document, document, key)
    ]


def values(notices: Iterable[Notice], reading: Reading | None = None) -> list[dict[str, Any]]:
    """Return the notices as JSON values; of blocks of a reading, with the fields in which words were removed."""
    notices_json = []
    for each in notices:
        block = reading.document.by_key.get(each.key) if reading and each.key else None
        fields = marked_fields(block) if block is not None else []
        notices_json.append(
            {
                "part": each.part,
                "block": each.key or None,
                "fields": fields if each.part == RedactedPart.BLOCK else [each.part],
                "on": each.time.isoformat(),
                "ground": each.ground,
                "reason": each.reason,
                "by": each.office,
            }
        )
    return notices_json


@dataclass(frozen=True, slots=True)
class ReplacedDigest:
    """A digest that a revision had until a removal replaced it."""

    digest: bytes
    until: datetime.datetime


def replaced_digests(entries: Iterable[Entry]) -> dict[tuple[str, int], list[ReplacedDigest]]:
    """Return the digests that these revisions had before removals, oldest first, by page and number; one query."""
    places = [(entry.controversy, entry.number) for entry in entries]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.controversy_id, d.number, d.digest, d.time FROM controversies_digestreplacement d"
            " JOIN unnest(%s::uuid[], %s::integer[]) shown (page, number)"
            " ON d.controversy_id = shown.page AND d.number = shown.number ORDER BY d.id",
            [[page for page, _number in places], [number for _page, number in places]],
        )
        rows = cursor.fetchall()
    replaced: dict[tuple[str, int], list[ReplacedDigest]] = {}
    for page, number, digest, time in rows:
        replaced.setdefault((str(page), number), []).append(ReplacedDigest(bytes(digest), time))
    return replaced


def replaced_of(entry: Entry) -> list[ReplacedDigest]:
    """Return the digests that this revision had before removals, oldest first; one query."""
    return replaced_digests([entry]).get((entry.controversy, entry.number), [])


@dataclass(frozen=True, slots=True)
class Removal:
    """One removal from one page, as everybody is told of it: how many versions of which parts of the record."""

    id: int
    slug: str
    title: str
    time: datetime.datetime
    ground: str
    reason: str
    office: str
    parts: tuple[str, ...]
    count: int
    replaced_from: int | None  # the first revision whose digest the removal replaced


# Only of what readers saw: a removal from a draft's history would tell that there was one.
_PUBLIC = f"""
    SELECT max(d.id), c.slug, c.title, d.time, d.ground, d.reason, d.office,
        array_agg(DISTINCT d.part ORDER BY d.part), count(*), (
            SELECT min(x.number) FROM controversies_digestreplacement x
            WHERE x.controversy_id = c.id AND x.time = d.time
        )
    FROM controversies_redaction d
    JOIN controversies_controversy c ON c.id = d.controversy_id AND c.publication = 'published'
    WHERE EXISTS (
        SELECT FROM controversies_arrival a
        WHERE a.controversy_id = d.controversy_id AND NOT a.withdrawn AND a.number >= d.since
            AND a.number < {pieces.redaction_end("d").replace("§.", "")}
    )
    GROUP BY c.id, d.time, d.ground, d.reason, d.office
    HAVING %s::bigint IS NULL OR max(d.id) < %s
    ORDER BY max(d.id) DESC LIMIT {PAGE + 1}
"""  # noqa: S608 - made of constants


def public(*, before: int | None = None) -> tuple[list[Removal], bool]:
    """Return removals from pages that readers see, newest first, and whether there are older ones; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_PUBLIC, [before, before])
        rows = cursor.fetchall()
    removals = [
        Removal(number, slug, title, time, ground, reason, office, tuple(parts), count, first)
        for number, slug, title, time, ground, reason, office, parts, count, first in rows[:PAGE]
    ]
    return removals, len(rows) > PAGE
