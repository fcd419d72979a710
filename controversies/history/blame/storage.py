"""The tables of blame: what attribution asks of them, what a reading needs, and how they are written.

Who writes holds the page's lock of blame until COMMIT, so that two who derive the same never meet. It is not the lock
under which pages are recorded: nobody who saves waits for those who read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection

from controversies.document.blame import ALGORITHM, Attribution, FormerText
from controversies.document.blame.archive import MOST_SIMILAR
from controversies.history.log_lines import fetch

_LOCK = "pg_try_advisory_xact_lock('controversies_blame'::regclass::oid::integer, hashtext({0}::text))"

# -- reading --

_NEWEST = """
    LEFT JOIN LATERAL (
        SELECT o.runs FROM controversies_origin o
        WHERE o.controversy_id = asked.page AND o.every = %s AND o.key = asked.key AND o.since <= asked.number
        ORDER BY o.since DESC LIMIT 1
    ) o ON true
"""
_ORIGINS = f"""
    SELECT asked.page::text, asked.key::text, o.runs
    FROM unnest(%s::uuid[], %s::uuid[], %s::integer[]) asked (page, key, number) {_NEWEST}
    WHERE EXISTS (
        SELECT FROM controversies_blame s
        WHERE s.controversy_id = asked.page AND s.every = %s AND s.number >= asked.number AND s.algorithm = %s
    )
"""  # noqa: S608 - made of constants


class Place(NamedTuple):
    """A revision of a page and the keys of its blocks."""

    page: str
    number: int
    keys: Collection[str]


def stored_origins(places: Iterable[Place], *, every: bool) -> dict[str, dict[str, bytes]]:
    """Return the stored origins of the blocks of these revisions, by page and key; one query.

    Pages whose blame is not derived as far are left out.
    """
    wanted = [(place.page, key, place.number) for place in places for key in place.keys]
    if not wanted:
        return {}
    origins: dict[str, dict[str, bytes]] = {}
    for page, key, runs in fetch(_ORIGINS, [*map(list, zip(*wanted, strict=True)), every, every, ALGORITHM]):
        of_page = origins.setdefault(page, {})
        if runs is not None:
            of_page[key] = bytes(runs)
    return origins


def derived_number(page: str, *, every: bool) -> int:
    """Return the revision up to which the page's blame is derived, 0 if it is not; one query."""
    rows = fetch(
        "SELECT number FROM controversies_blame WHERE controversy_id = %s AND every = %s AND algorithm = %s",
        [page, every, ALGORITHM],
    )
    return int(rows[0][0]) if rows else 0


# -- attribution --

_BEGIN = f"""
    SELECT locked.page::text, s.number, s.algorithm, asked.key::text, o.runs FROM (
        SELECT p.page, {_LOCK.format("p.page")} AS is_ours FROM unnest(%s::uuid[]) p (page)
    ) locked
    LEFT JOIN controversies_blame s ON s.controversy_id = locked.page AND s.every = %s
    LEFT JOIN unnest(%s::uuid[], %s::uuid[], %s::integer[]) asked (page, key, number) ON asked.page = locked.page
    {_NEWEST}
    WHERE locked.is_ours
"""  # noqa: S608 - made of constants
_EQUAL = """
    SELECT hash, key::text, since, grams, body FROM controversies_gone
    WHERE controversy_id = %s AND every = %s AND hash = ANY(%s::bigint[])
"""
_SIMILAR = f"""
    SELECT g.hash, g.key::text, g.since, g.grams, g.body FROM controversies_gone g
    CROSS JOIN LATERAL (SELECT count(*) FROM unnest(g.grams) gram WHERE gram = ANY(%s::integer[])) shared (count)
    WHERE g.controversy_id = %s AND g.every = %s AND g.since >= %s AND g.grams && %s::integer[]
    ORDER BY shared.count DESC, g.since DESC, g.hash, g.key LIMIT {MOST_SIMILAR}
"""  # noqa: S608 - a number of ours


@dataclass(slots=True)
class LockedBlame:
    """The blame of a page that this transaction has locked: how far it is derived, and origins that are at hand.

    It is the `document.blame.Archive` of the next revision.
    """

    page: str
    every: bool
    number: int = 0
    is_outdated: bool = False  # derived by another algorithm
    known: dict[str, bytes] = field(default_factory=dict)  # newest origins by key

    def origins(self, keys: Collection[str]) -> dict[str, bytes]:
        """The newest stored origins of these blocks, by key; a query for those that are not at hand."""
        missing = [key for key in keys if key not in self.known]
        if missing:
            place = Place(self.page, self.number, missing)
            self.known |= stored_origins([place], every=self.every).get(self.page, {})
        return {key: self.known[key] for key in keys if key in self.known}

    def equal(self, hashes: Collection[int]) -> list[FormerText]:
        """The former texts with one of these hashes; one query."""
        return [former_text(row) for row in fetch(_EQUAL, [self.page, self.every, list(hashes)])]

    def similar(self, grams: Collection[int], since: int) -> list[FormerText]:
        """The former texts since that revision with some of these grams, the most alike first; one query."""
        wanted = list(grams)
        return [
            former_text(row)
            for row in fetch(_SIMILAR, [wanted, self.page, self.every, max(since, 0), wanted])
        ]


def former_text(row: tuple[int, str, int, list[int], bytes]) -> FormerText:
    """Make a former text of its row: hash, block, since, grams, body."""
    number, key, since, grams, body = row
    return FormerText(number, key, since, tuple(grams), bytes(body))


def lock(places: Sequence[Place], *, every: bool) -> dict[str, LockedBlame]:
    """Lock the blame of these pages until COMMIT, without waiting; one query.

    Return it by page, with the origins of the given blocks as they were at the given revisions, 0 for none. Pages that
    somebody else has locked are left out.
    """
    wanted = [(place.page, key, place.number) for place in places for key in place.keys]
    columns = [list(column) for column in zip(*wanted, strict=True)] if wanted else [[], [], []]
    locked: dict[str, LockedBlame] = {}
    for page, number, algorithm, key, runs in fetch(
        _BEGIN, [[place.page for place in places], every, *columns, every]
    ):
        blame = locked.get(page)
        if blame is None:
            is_outdated = algorithm not in (None, ALGORITHM)
            blame = locked[page] = LockedBlame(page, every, 0 if is_outdated else number or 0, is_outdated)
        if key is not None and runs is not None and blame.number:
            blame.known[key] = bytes(runs)
    return locked


# -- writing --

_WRITE = """
    WITH origin AS (
        INSERT INTO controversies_origin (controversy_id, every, key, since, runs)
        SELECT page, %(every)s, key, since, runs
        FROM unnest(%(page)s::uuid[], %(key)s::uuid[], %(since)s::integer[], %(runs)s::bytea[])
            o (page, key, since, runs)
    ), gone AS (
        INSERT INTO controversies_gone AS g (controversy_id, every, hash, key, since, grams, body)
        SELECT page, %(every)s, hash, key, since, grams::integer[], body
        FROM unnest(%(gone_page)s::uuid[], %(hash)s::bigint[], %(gone_key)s::uuid[], %(gone_since)s::integer[],
            %(grams)s::text[], %(body)s::bytea[]) n (page, hash, key, since, grams, body)
        ON CONFLICT (controversy_id, every, hash, key) DO UPDATE
            SET since = EXCLUDED.since, grams = EXCLUDED.grams, body = EXCLUDED.body
    )
    INSERT INTO controversies_blame AS s (controversy_id, every, number, algorithm)
    SELECT page, %(every)s, number, %(algorithm)s
    FROM unnest(%(pages)s::uuid[], %(numbers)s::integer[]) d (page, number)
    ON CONFLICT (controversy_id, every) DO UPDATE SET number = EXCLUDED.number, algorithm = EXCLUDED.algorithm
"""
type Derived = tuple[LockedBlame, int, Attribution]  # of which page, which revision, and what came of it


def write(derived: Sequence[Derived], *, every: bool) -> None:
    """Store the attribution of the next revision of each of these pages, which are locked; one query."""
    origins = [
        (blame.page, key, number, runs)
        for blame, number, outcome in derived
        for key, runs in outcome.origins.items()
    ]
    former = [
        (blame.page, text.hash, text.key, text.since, f"{{{','.join(map(str, text.grams))}}}", text.body)
        for blame, _number, outcome in derived
        for text in outcome.former
    ]
    names = ("page", "key", "since", "runs")
    gone_names = ("gone_page", "hash", "gone_key", "gone_since", "grams", "body")
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "every": every,
                "algorithm": ALGORITHM,
                "pages": [blame.page for blame, _number, _outcome in derived],
                "numbers": [number for _blame, number, _outcome in derived],
                **_columns(names, origins),
                **_columns(gone_names, former),
            },
        )
    for blame, number, outcome in derived:
        blame.number = number
        blame.known |= outcome.origins


def _columns(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> Mapping[str, list[object]]:
    """Return the columns of these rows by name."""
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


_FORGET = """
    WITH gone AS (DELETE FROM controversies_gone WHERE controversy_id = %s AND every = %s),
        origin AS (DELETE FROM controversies_origin WHERE controversy_id = %s AND every = %s)
    DELETE FROM controversies_blame WHERE controversy_id = %s AND every = %s
"""


def forget(blame: LockedBlame) -> None:
    """Delete all that is derived of a page, which is locked; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [blame.page, blame.every] * 3)
    blame.number, blame.is_outdated, blame.known = 0, False, {}
