"""The tables of blame: what attribution asks of them, what a reading needs, and how they are written.

Who writes holds the page's lock of blame until COMMIT, so that two who derive the same never meet. It is not the lock
under which pages are recorded: nobody who saves waits for those who read.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection

from controversies.document.blame import ALGORITHM, Attribution, FormerText
from controversies.document.blame.archive import MOST_SIMILAR
from controversies.history.log_lines import fetch

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

_BEGIN = "SELECT * FROM controversies_begin_blame(%s::uuid[], %s, %s::uuid[], %s::uuid[], %s::integer[])"
_GONE_TEXTS = """
    SELECT t.*, request.place FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::integer[], %s::integer[])
        WITH ORDINALITY request (page, hashes, grams, first, most, place)
    CROSS JOIN LATERAL controversies_gone_texts(
        request.page, %s, request.hashes::bigint[], request.grams::integer[], request.first, request.most
    ) t
"""
_STORE = (
    "SELECT controversies_store_blame(%s, %s, %s::uuid[], %s::integer[], %s::uuid[], %s::uuid[], %s::integer[],"
    " %s::bytea[], %s::uuid[], %s::bigint[], %s::uuid[], %s::integer[], %s::text[], %s::bytea[])"
)


class BlameFailed(Exception):
    """The database could not read or store blame; it has undone what it did, and its log says why."""


class GoneRequest(NamedTuple):
    """A question for texts that left a page: those with one of these hashes, or those with some of these grams.

    Of the latter, those that left in revision `first` or later, `most` at most.
    """

    page: str
    hashes: tuple[int, ...] | None
    grams: tuple[int, ...] | None = None
    first: int = 0
    most: int = 0


class LookUpDeferred(Exception):
    """Attribution goes on once this request is answered, together with those of other pages."""

    def __init__(self, request: GoneRequest) -> None:
        super().__init__()
        self.request = request


@dataclass(slots=True)
class LockedBlame:
    """The blame of a page that this transaction has locked: how far it is derived, and what of it is at hand.

    It is the `document.blame.Archive` of the next revision. With `defers` it raises LookUpDeferred for what is not
    among its answers.
    """

    page: str
    every: bool
    number: int = 0  # of the newest revision that is derived
    is_outdated: bool = False  # derived by another algorithm
    known: dict[str, bytes] = field(default_factory=dict)  # newest origins by key
    answers: dict[GoneRequest, list[FormerText]] = field(default_factory=dict)
    defers: bool = False

    def origins(self, keys: Collection[str]) -> dict[str, bytes]:
        """The newest stored origins of these blocks, by key; a query for those that are not at hand.

        Raises BlameFailed.
        """
        missing = [key for key in keys if key not in self.known]
        if missing and self.number:
            [blame] = lock([Place(self.page, self.number, missing)], every=self.every).values()
            self.known |= blame.known
        return {key: self.known[key] for key in keys if key in self.known}

    def equal(self, hashes: Collection[int]) -> list[FormerText]:
        """The former texts with one of these hashes; one query. Raises BlameFailed."""
        return self._former(GoneRequest(self.page, tuple(sorted(hashes))))

    def similar(self, grams: Collection[int], since: int) -> list[FormerText]:
        """The former texts since that revision with some of these grams; one query. Raises BlameFailed."""
        return self._former(GoneRequest(self.page, None, tuple(sorted(grams)), max(since, 0), MOST_SIMILAR))

    def _former(self, request: GoneRequest) -> list[FormerText]:
        if request in self.answers:
            return self.answers[request]
        if self.defers:
            raise LookUpDeferred(request)
        return gone_texts([request], every=self.every)[request]


def gone_texts(requests: Sequence[GoneRequest], *, every: bool) -> dict[GoneRequest, list[FormerText]]:
    """Return the texts that left the pages, for each request; one query. Raises BlameFailed."""
    columns = [
        [request.page for request in requests],
        [_array(request.hashes) for request in requests],
        [_array(request.grams) for request in requests],
        [request.first for request in requests],
        [request.most for request in requests],
    ]
    answers: dict[GoneRequest, list[FormerText]] = {request: [] for request in requests}
    for *row, place in _fetch(_GONE_TEXTS, [*columns, every]):
        answers[requests[place - 1]].append(former_text(tuple(row)))
    return answers


def _array(numbers: Iterable[int] | None) -> str | None:
    """Write numbers as PostgreSQL's arrays are written."""
    return None if numbers is None else f"{{{','.join(map(str, numbers))}}}"


def _fetch(sql: str, params: list[object]) -> list[tuple[Any, ...]]:
    """Return the rows of a function of the database. Raises BlameFailed."""
    rows = fetch(sql, params)
    if any(row[0] is None for row in rows):
        raise BlameFailed
    return rows


def former_text(row: tuple[Any, ...]) -> FormerText:
    """Make a former text of its row: hash, block, since, grams, body."""
    number, key, since, grams, body = row
    return FormerText(number, key, since, tuple(grams), bytes(body))


def lock(places: Sequence[Place], *, every: bool) -> dict[str, LockedBlame]:
    """Lock the blame of these pages until COMMIT, without waiting; one query.

    Return it by page, with the origins of the given blocks as they were at the given revisions. Pages that others have
    locked are left out. Raises BlameFailed.
    """
    wanted = [(place.page, key, place.number) for place in places for key in place.keys]
    columns = _columns(wanted, 3)
    locked: dict[str, LockedBlame] = {}
    for page, number, algorithm, key, runs in _fetch(
        _BEGIN, [[place.page for place in places], every, *columns]
    ):
        blame = locked.get(page)
        if blame is None:
            is_outdated = algorithm not in (None, ALGORITHM)
            blame = locked[page] = LockedBlame(page, every, 0 if is_outdated else number or 0, is_outdated)
        if key is not None and runs is not None and blame.number:
            blame.known[key] = bytes(runs)
    return locked


# -- writing --

type Derived = tuple[LockedBlame, int, Attribution]  # of which page, which revision, and what came of it


def write(derived: Sequence[Derived], *, every: bool) -> None:
    """Store the attribution of the next revision of each of these pages, which are locked; one query.

    Raises BlameFailed.
    """
    origins = [
        (blame.page, key, number, runs)
        for blame, number, outcome in derived
        for key, runs in outcome.origins.items()
    ]
    former = [
        (blame.page, text.hash, text.key, text.since, _array(text.grams), text.body)
        for blame, _number, outcome in derived
        for text in outcome.former
    ]
    pages = [(blame.page, number) for blame, number, _outcome in derived]
    columns = [*_columns(pages, 2), *_columns(origins, 4), *_columns(former, 6)]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [every, ALGORITHM, *columns])
        [is_stored] = cursor.fetchone()
    if not is_stored:
        raise BlameFailed
    for blame, number, outcome in derived:
        blame.number = number
        blame.known |= outcome.origins


def _columns(rows: Sequence[tuple[object, ...]], count: int) -> list[list[object]]:
    """Return so many columns of these rows."""
    return [[row[i] for row in rows] for i in range(count)]


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
