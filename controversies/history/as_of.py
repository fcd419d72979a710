# ruff: noqa: S608 - made of constants
"""Lists as they were at a time: which pages were public, what they were called, and what they shared.

A page is as its newest revision at the time, if it was public then and is today. What pages share is as the page says
that was the last to change it. Everything is found by `models.ListedPeriod`, and read from the blocks of the record.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from controversies.document import canonical
from controversies.document.types import TOPIC, BlockType, Head
from controversies.models import PublicChange

from . import read
from .log_lines import fetch
from .read import Reading

CHANGED, TITLE, SLUG, KEY = "changed", "title", "slug", "key"


def _holds(row: str) -> str:
    """The condition that a period covers the time."""
    return f"{row}.begins <= %(time)s AND ({row}.ends IS NULL OR {row}.ends > %(time)s)"


def _of_public(row: str) -> str:
    """The join that leaves out rows of pages that are not public today."""
    return f"JOIN controversies_controversy {row}_page ON {row}_page.id = {row}.controversy_id" + (
        f" AND {row}_page.publication = 'published'"
    )


def _newest(row: str) -> str:
    """The newest revision of the row's page at the time; the same as `read.as_of()` returns."""
    return f"""(
        SELECT v.number, v.time, v.recorded_at FROM controversies_revision v
        WHERE v.controversy_id = {row}.controversy_id AND v.time <= %(time)s
        ORDER BY v.time DESC, v.number DESC LIMIT 1
    )"""


# -- pages --


@dataclass(frozen=True, slots=True)
class PageAtTime:
    """A public page at a time: its newest revision then, and what it is sorted by."""

    key: str
    number: int
    changed: datetime.datetime
    slug: str
    sorted_title: str
    recorded: datetime.datetime | None  # when that revision was written here, if that is known

    @property
    def is_older_than_here(self) -> bool:
        """Whether the revision came here later than its time says: it was imported, or loaded from a copy."""
        return _is_older_than_here(self.changed, self.recorded)

    def place(self, order: str) -> tuple[object, ...]:
        """Return its place in a list of this order, to go on from."""
        if order == CHANGED:
            return (self.changed, self.key)
        return (self.sorted_title, self.key) if order == TITLE else (self.slug,)


@dataclass(frozen=True, slots=True)
class PageFilter:
    """The pages to list: those that show what has these addresses, with these labels and words in their title."""

    shows: tuple[tuple[str, str], ...] = ()  # block types with addresses, as they were at the time
    labels: tuple[str, ...] = ()  # status and polarity
    words: str = ""  # as `websearch_to_tsquery` takes them
    slug: str = ""
    changed_since: datetime.datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.shows or self.labels or self.words or self.slug or self.changed_since)


def _is_older_than_here(time: datetime.datetime, recorded: datetime.datetime | None) -> bool:
    return recorded is not None and recorded - time > _LATER


_LATER = datetime.timedelta(
    minutes=1
)  # between a revision's own time and its writing, where the clocks agree
_PLACES = {
    CHANGED: ("(n.time, p.controversy_id) <", "n.time DESC, p.controversy_id DESC"),
    TITLE: ("(lower(p.title), p.key) >", "lower(p.title), p.key"),
    SLUG: ("(p.slug) >", "p.slug"),
}
_TITLE_WORDS = (
    "to_tsvector('english'::regconfig, coalesce(p.title, '')) @@ websearch_to_tsquery('english', %(words)s)"
)
# What is read of a place in a list, `w`: the page's newest revision at the time, and its head's period.
_PLACES_READ = f"""
    SELECT w.controversy_id::text, n.number, n.time, p.slug, lower(p.title), n.recorded_at
    FROM ({{chosen}}) w
    CROSS JOIN LATERAL {_newest("w")} n
    JOIN controversies_listedperiod p ON p.controversy_id = w.controversy_id AND p.key = w.controversy_id
        AND {_holds("p")}
    ORDER BY {{order}} LIMIT %(limit)s
"""
# A list is walked in its order, and each page looked at on the way (by scalar subqueries: joined, all are looked at).
_WALK_TITLES = f"""
    SELECT p.controversy_id FROM controversies_listedperiod p WHERE p.type = 'head' AND {_holds("p")} {{conditions}}
        AND (SELECT c.publication = 'published' FROM controversies_controversy c WHERE c.id = p.controversy_id)
    ORDER BY {{order}} LIMIT %(limit)s
"""
_WALK_CHANGES = f"""
    SELECT w.controversy_id FROM controversies_publicchange w
    WHERE w.subject = '{PublicChange.ALL}' AND w.kind = '' AND w.time <= %(time)s {{place}}
        AND w.number = (SELECT n.number FROM {_newest("w")} n) AND (
            SELECT true FROM controversies_listedperiod p
            WHERE p.controversy_id = w.controversy_id AND p.key = w.controversy_id AND {_holds("p")} {{conditions}}
            LIMIT 1
        )
    ORDER BY w.time DESC, w.controversy_id DESC, w.number DESC LIMIT %(limit)s
"""
# Of what few pages showed, these are read and sorted instead.
_FEW = 500
_SHOWED = "x.type = %(type0)s AND x.slug = %(slug0)s"
_ARE_FEW = f"""(
    SELECT count(*) < {_FEW} FROM (
        SELECT FROM controversies_listedperiod x WHERE {_SHOWED} LIMIT {_FEW}
    ) few
)"""
_OF_FEW = f"""
    SELECT p.controversy_id FROM (
        SELECT DISTINCT x.controversy_id FROM controversies_listedperiod x WHERE {_SHOWED} AND {_holds("x")}
    ) x
    JOIN controversies_listedperiod p ON p.controversy_id = x.controversy_id AND p.key = x.controversy_id
    {_of_public("p")}
    CROSS JOIN LATERAL {_newest("p")} n
    WHERE {_ARE_FEW} AND p.type = 'head' AND {_holds("p")} {{conditions}} {{place}}
"""


def pages(
    time: datetime.datetime,
    order: str,
    limit: int,
    *,
    filters: PageFilter | None = None,
    after: Sequence[object] | None = None,
) -> list[PageAtTime]:
    """Return the public pages at the time in this order, after a place (`PageAtTime.place`); one query.

    Depends on the newest arrival and on redactions.
    """
    filters = filters or PageFilter()
    params: dict[str, Any] = {
        "time": time,
        "limit": limit,
        "words": filters.words,
        "slug": filters.slug,
        "labels": list(filters.labels),
        "since": filters.changed_since,
    }
    params |= {f"place{i}": value for i, value in enumerate(after or ())}
    values = ", ".join(f"%(place{i})s{'::uuid' if i else ''}" for i in range(len(after or ())))
    conditions = ""
    for i, (block_type, slug) in enumerate(filters.shows):
        conditions += (
            " AND (SELECT true FROM controversies_listedperiod x WHERE x.controversy_id = p.controversy_id"
            f" AND x.type = %(type{i})s AND x.slug = %(slug{i})s AND {_holds('x')} LIMIT 1)"
        )
        params |= {f"type{i}": block_type, f"slug{i}": slug}
    if filters.labels:
        conditions += " AND p.labels @> %(labels)s::varchar[]"
    if filters.words:
        conditions += f" AND {_TITLE_WORDS}"
    if filters.slug:
        conditions += " AND p.slug = %(slug)s"
    if filters.changed_since:
        conditions += f" AND (SELECT n.time FROM {_newest('p')} n) >= %(since)s"
    beyond, by = _PLACES[order]
    place = f" AND {beyond} ({values})" if after is not None else ""
    if order == CHANGED:
        place_of_change = place.replace("n.time", "w.time").replace("p.controversy_id", "w.controversy_id")
        chosen = _WALK_CHANGES.format(conditions=conditions, place=place_of_change)
    else:
        chosen = _WALK_TITLES.format(conditions=conditions + place, order=by)
    if filters.shows:
        chosen = chosen.replace("WHERE ", f"WHERE NOT {_ARE_FEW} AND ", 1)
        few = _OF_FEW.format(conditions=conditions, place=place)
        chosen = f"({chosen}) UNION ALL ({few} ORDER BY {by} LIMIT %(limit)s)"
    return [PageAtTime(*row) for row in fetch(_PLACES_READ.format(chosen=chosen, order=by), params)]


def readings_of(places: Iterable[PageAtTime]) -> list[Reading]:
    """Return the revisions of these pages that can be read, in this order; one query."""
    return read.several((each.key, each.number) for each in places)


# -- what pages share --


@dataclass(frozen=True, slots=True)
class SharedAtTime:
    """A topic, backer or source at a time, with the number of its uses on public pages then."""

    block: Any  # as the page has it that changed it last
    uses: int

    @property
    def slug(self) -> str:
        return str(self.block.slug)


@dataclass(frozen=True, slots=True)
class SharedFilter:
    """The topics, backers or sources to list: one key, or those of a kind with these labels and this text in a name."""

    key: str = ""
    kind: str = ""
    labels: tuple[str, ...] = ()  # DOIs
    text: str = ""


_LAST_CHANGED = f"""
    SELECT n.controversy_id, n.title, n.slug, n.labels, n.words FROM controversies_listedperiod n
    {_of_public("n")}
    WHERE n.type = %(type)s AND n.key = names.key AND {_holds("n")}
    ORDER BY n.begins DESC, n.controversy_id DESC LIMIT 1
"""


def _count_then(column: str, key: str) -> str:
    """The number of public pages that showed something at the time, or of its uses on them: a column of `UseChange`.

    It is summed over days, the last of which may have ended later than the time: of that, over its periods.
    """
    of_period = "u.uses" if column == "uses" else "1"
    of_last_day = f"""
        SELECT sum({of_period}) FROM controversies_listedperiod u {_of_public("u")}
        WHERE u.type = %(type)s AND u.key = {key}
    """
    return f"""(
        coalesce((
            SELECT sum(d.{column}) FROM controversies_usechange d
            WHERE d.type = %(type)s AND d.key = {key} AND d.day < %(last_day)s
        ), 0)
        + coalesce(({of_last_day} AND u.begins >= %(midnight)s AND u.begins <= %(time)s), 0)
        - coalesce(({of_last_day} AND u.ends >= %(midnight)s AND u.ends <= %(time)s), 0)
    )::integer"""


def _days(time: datetime.datetime) -> dict[str, object]:
    """The parameters of `_count_then`: the last day that had begun, but was not over, at the end of a moment."""
    midnight = (time.astimezone(datetime.UTC) + _MOMENT).replace(hour=0, minute=0, second=0, microsecond=0)
    return {"time": time, "last_day": midnight.date(), "midnight": midnight}


_MOMENT = datetime.timedelta(microseconds=1)
_ONE_NAME = f"""
    WITH names AS (
        SELECT n.title, n.slug, n.key, NULL::uuid AS digest, n.labels, n.words FROM controversies_listedperiod n
        {_of_public("n")}
        WHERE n.type = %(type)s AND n.key = %(key)s AND {_holds("n")}
        ORDER BY n.begins DESC, n.controversy_id DESC LIMIT 1
    )
"""
# Some names that there were, in their order: fewer are had by something at the time, as names change.
_SOME_NAMES = """
    WITH names AS MATERIALIZED (
        SELECT p.title, p.slug, p.key, p.digest, p.labels, p.words FROM controversies_listedname p
        WHERE p.type = %(type)s AND p.begins <= %(time)s {conditions} {place}
        ORDER BY {by} LIMIT %(batch)s
    )
"""
# Names with a text: where they are few, an index has them, and they are sorted; where many are, those in their order
# are looked through until there are enough (without an operator class, so that the planner does not take the index).
_HAVE_TEXT_FEW = f"""(
    SELECT count(*) < {_FEW} FROM (
        SELECT FROM controversies_listedname x
        WHERE x.type = %(type)s AND x.names LIKE upper(%(text)s) LIMIT {_FEW}
    ) few
)"""
_NAMES_WITH_TEXT = f"""
    WITH names AS MATERIALIZED (
        (
            SELECT p.title, p.slug, p.key, p.digest, p.labels, p.words FROM controversies_listedname p
            WHERE {_HAVE_TEXT_FEW} AND p.type = %(type)s AND p.begins <= %(time)s
                AND p.names LIKE upper(%(text)s) {{conditions}} {{place}}
            ORDER BY {{by}} LIMIT %(batch)s
        ) UNION ALL (
            SELECT p.title, p.slug, p.key, p.digest, p.labels, p.words FROM controversies_listedname p
            WHERE NOT {_HAVE_TEXT_FEW} AND p.type = %(type)s AND p.begins <= %(time)s
                AND p.names || '' LIKE upper(%(text)s) {{conditions}} {{place}}
            ORDER BY {{by}} LIMIT %(batch)s
        )
    )
"""
# With the block that holds it: a topic's is the head of the page.
_SHARED = f"""
    {{names}}
    SELECT names.title, names.slug, names.key::text, names.digest::text, shown.body, shown.basis, shown.uses
    FROM names LEFT JOIN LATERAL (
        SELECT version.body, basis.body AS basis, {{uses}} AS uses
        FROM ({_LAST_CHANGED}) last
        CROSS JOIN LATERAL {_newest("last")} n
        CROSS JOIN LATERAL (
            SELECT b.body, b.basis, b.key FROM controversies_block b
            WHERE b.controversy_id = last.controversy_id AND b.key = {{block}} AND b.since <= n.number
            ORDER BY b.since DESC LIMIT 1
        ) version
        LEFT JOIN controversies_block basis ON basis.controversy_id = last.controversy_id
            AND basis.key = version.key AND basis.since = version.basis
        WHERE (last.title, last.slug, last.labels, last.words)
            = (names.title, names.slug, names.labels, names.words)
    ) shown ON true
    ORDER BY {{by}}
"""
_MORE_NAMES = 8  # read at first than are wanted: some are of another time


def shared_blocks(
    block_type: BlockType,
    time: datetime.datetime,
    *,
    order: str = TITLE,
    limit: int | None = None,
    filters: SharedFilter | None = None,
    after: Sequence[str] | None = None,
    backwards: bool = False,
    counted: bool = True,
) -> list[SharedAtTime]:
    """Return what public pages shared at the time, by title or address, after a place.

    One query, seldom more: where many names are not of the time. A place is the title and address, or the address, of
    one of them. `backwards` reads towards the beginning.
    """
    filters = filters or SharedFilter()
    columns = ("title", "slug", "key", "digest") if order == TITLE else ("slug", "key", "title", "digest")
    sign, way = ("<", "DESC") if backwards else (">", "ASC")
    params: dict[str, Any] = _days(time) | {
        "type": block_type.name,
        "key": filters.key or None,
        "kind": filters.kind,
        "labels": list(filters.labels),
        "text": f"%{_escape_like(filters.text)}%",
    }
    place, shared, batch = after, [], None if limit is None else limit + _MORE_NAMES
    while True:
        rows = fetch(
            _SHARED.format(
                names=_ONE_NAME if filters.key else _names(filters, columns, place, sign, way),
                uses=_count_then("uses", "names.key") if counted else "0",
                block="last.controversy_id" if block_type is TOPIC else "names.key",
                by=", ".join(f"names.{name} {way}" for name in columns),
            ),
            params | {"batch": batch} | {f"place{i}": value for i, value in enumerate(place or ())},
        )
        shared += [SharedAtTime(_block(block_type, *row[4:6]), row[6]) for row in rows if row[4] is not None]
        if batch is None or limit is None or len(rows) < batch or len(shared) >= limit:
            return shared[:limit]
        names = dict(zip(("title", "slug", "key", "digest"), rows[-1], strict=False))
        place, batch = [names[column] for column in columns], batch * 4


def _names(
    filters: SharedFilter, columns: Sequence[str], place: Sequence[str] | None, sign: str, way: str
) -> str:
    """The query for the names after a place that the filter lets through."""
    conditions = ""
    if filters.kind:
        conditions += " AND p.label = %(kind)s"
    if filters.labels:
        conditions += " AND p.labels @> %(labels)s::varchar[]"
    beyond = ""
    if place is not None:
        values = ", ".join(
            f"%(place{i})s{'::uuid' if name in ('key', 'digest') else ''}"
            for i, name in zip(range(len(place)), columns, strict=False)
        )
        beyond = f"AND ({', '.join(f'p.{name}' for name in columns[: len(place)])}) {sign} ({values})"
    by = ", ".join(f"p.{name} {way}" for name in columns)
    if filters.text:
        return _NAMES_WITH_TEXT.format(conditions=conditions, place=beyond, by=by)
    return _SOME_NAMES.format(conditions=conditions, place=beyond, by=by)


def _escape_like(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _block(block_type: BlockType, body: bytes, basis: bytes | None) -> Any:
    block = canonical.decode(bytes(body), bytes(basis) if basis is not None else None)
    return block.topic if block_type is TOPIC and isinstance(block, Head) else block


@dataclass(frozen=True, slots=True)
class PagesShowing:
    """A part of the public pages that showed a backer or source at a time, and the number of all of them."""

    readings: tuple[Reading, ...]
    pages: int  # in all
    uses: int  # on all of them
    next: str  # the address of the last of these pages if more follow, else ""
    is_older_than_here: bool  # whether one of these came here later than its time says


# Where few pages showed it, these are read and sorted; else pages are walked in order until enough are there that did.
# (Each is looked at by scalar subqueries: joined, all are.)
_SHOWED_IT = f"""
    SELECT p.uses FROM controversies_listedperiod p
    WHERE p.controversy_id = {{page}} AND p.key = %(key)s AND p.type = %(type)s AND {_holds("p")} LIMIT 1
"""
_SHOWING = f"""
    WITH counted AS MATERIALIZED (
        SELECT {_count_then("pages", "%(key)s::uuid")} AS pages, {_count_then("uses", "%(key)s::uuid")} AS uses
    ), place AS MATERIALIZED (
        SELECT o.title, o.controversy_id FROM controversies_listedperiod o {_of_public("o")}
        WHERE o.type = 'head' AND o.slug = %(slug)s AND {_holds("o")}
            AND (SELECT true FROM ({_SHOWED_IT.format(page="o.controversy_id")}) shown)
    ), listed AS MATERIALIZED (
        (
            SELECT head.controversy_id, head.title, head.slug, p.uses FROM controversies_listedperiod p
            {_of_public("p")}
            JOIN controversies_listedperiod head ON head.controversy_id = p.controversy_id
                AND head.key = p.controversy_id AND {_holds("head")}
            WHERE (SELECT c.pages FROM counted c) <= %(few)s
                AND p.type = %(type)s AND p.key = %(key)s AND {_holds("p")} {{place}}
            ORDER BY {{by}} LIMIT %(limit)s
        ) UNION ALL (
            SELECT walk.*, ({_SHOWED_IT.format(page="walk.controversy_id")}) FROM ({{walk}}) walk
        )
    )
    SELECT listed.controversy_id::text, listed.slug, listed.uses, counted.pages, counted.uses,
        n.number, n.time, n.recorded_at
    FROM counted CROSS JOIN listed CROSS JOIN LATERAL {_newest("listed")} n
    ORDER BY {{order}}
"""
_WALK_SHOWING = f"""
    SELECT head.controversy_id, head.title, head.slug FROM controversies_listedperiod head
    WHERE (SELECT c.pages FROM counted c) > %(few)s AND head.type = 'head' AND {_holds("head")}
        AND (SELECT c.publication = 'published' FROM controversies_controversy c WHERE c.id = head.controversy_id)
        AND (SELECT true FROM ({_SHOWED_IT.format(page="head.controversy_id")}) shown) {{place}}
    ORDER BY head.title, head.controversy_id LIMIT %(limit)s
"""
_WALK_KEYS = f"""
    SELECT head.controversy_id, head.title, head.slug FROM (
        SELECT c.id FROM controversies_controversy c
        WHERE (SELECT c.pages FROM counted c) > %(few)s AND c.publication = 'published'
            AND (SELECT true FROM ({_SHOWED_IT.format(page="c.id")}) shown) {{place}}
        ORDER BY c.id LIMIT %(limit)s
    ) c
    JOIN controversies_listedperiod head ON head.controversy_id = c.id AND head.key = c.id AND {_holds("head")}
"""


def _showing(order: str, *, has_place: bool) -> str:
    """The query for the pages that showed something, by title or by key, from a place on."""
    if order == KEY:
        place = "AND {}.id >= %(after)s::uuid" if has_place else ""
        return _SHOWING.format(
            walk=_WALK_KEYS.format(place=place.format("c")),
            place=place.format("p_page"),
            by="head.controversy_id",
            order="listed.controversy_id",
        )
    place = (
        "AND (head.title, head.controversy_id)"
        " > ((SELECT o.title FROM place o), (SELECT o.controversy_id FROM place o))"
        if has_place
        else ""
    )
    return _SHOWING.format(
        walk=_WALK_SHOWING.format(place=place),
        place=place,
        by="head.title, head.controversy_id",
        order="listed.title, listed.controversy_id",
    )


def pages_showing(
    block_type: BlockType,
    key: str,
    time: datetime.datetime,
    *,
    pages: int,
    uses: int | None = None,
    order: str = TITLE,
    after: str = "",
) -> PagesShowing | None:
    """Return so many of the public pages that showed a backer or source at the time, with so many uses at most.

    One page at least. By title, after the page with an address of then; by KEY, from the page with a key on. None if no
    page is there. Two queries.
    """
    params = _days(time) | {"type": block_type.name, "key": key, "limit": pages + 1, "few": _FEW}
    params |= {"after": after, "slug": after if order == TITLE else ""}
    rows = fetch(_showing(order, has_place=bool(after)), params)
    counts = accumulate(row[2] for row in rows)
    fitting = [i == 0 or uses is None or count <= uses for i, count in enumerate(counts)]
    shown = [row for row, fits in zip(rows[:pages], fitting, strict=False) if fits]
    readings = tuple(
        read.several((page, number) for page, _slug, _uses, _pages, _all, number, *_times in shown)
    )
    if not readings:
        return None
    is_older = any(_is_older_than_here(time, recorded) for *_place, time, recorded in shown)
    following = shown[-1][1] if len(shown) < len(rows) else ""
    return PagesShowing(readings, rows[0][3], rows[0][4], following, is_older)


_RANKED = (
    200  # titles and names with the words searched for, of which the first that the index gives are ranked
)
_PAGES_SEARCHED = f"""
    SELECT p.title, p.slug, p.key FROM controversies_listedperiod p
    WHERE p.type = 'head' AND {_holds("p")} AND {_TITLE_WORDS}
        AND (SELECT c.publication = 'published' FROM controversies_controversy c WHERE c.id = p.controversy_id)
    LIMIT {_RANKED}
"""
_NAMES_SEARCHED = f"""
    SELECT p.title, p.slug, p.key FROM controversies_listedname p
    WHERE p.type = %(type)s AND p.begins <= %(time)s AND {_TITLE_WORDS} LIMIT {_RANKED}
"""
_SEARCH = f"""
    WITH searched AS MATERIALIZED ({{searched}}), names AS (SELECT DISTINCT title, slug, key FROM searched)
    SELECT names.slug, names.title, last.labels[1]
    FROM names CROSS JOIN LATERAL ({_LAST_CHANGED}) last
    WHERE last.title = names.title AND last.slug = names.slug
    ORDER BY ts_rank(to_tsvector('english', names.title), websearch_to_tsquery('english', %(words)s)) DESC,
        names.title, names.key
    LIMIT %(limit)s
"""


def search_titles(
    block_type: BlockType, words: str, time: datetime.datetime, limit: int
) -> list[tuple[str, str, str]]:
    """Find what public pages showed at the time by its title or name then, the best of `_RANKED`; one query.

    Return address, title, and status or kind of each, best first.
    """
    params = {"type": block_type.name, "words": words.replace("\0", ""), "time": time, "limit": limit}
    searched = _PAGES_SEARCHED if block_type.name == "head" else _NAMES_SEARCHED
    rows = fetch(_SEARCH.format(searched=searched), params)
    return [(slug, title, label) for slug, title, label in rows]


_FIRST = f"SELECT min(p.begins) FROM controversies_listedperiod p {_of_public('p')} WHERE p.type = 'head'"


def first_public_time() -> datetime.datetime | None:
    """Return when the first of the pages that are public today became so, None if there is none; one query."""
    [(time,)] = fetch(_FIRST, [])
    return time


@dataclass(frozen=True, slots=True)
class SlugMatch:
    """The page, topic, backer or source of an address: whether it was public at a time, and when it first was."""

    key: str
    title: str  # the last that it had in public
    is_public: bool
    first: datetime.datetime


# Each from its end of `period_by_key`, however many pages show it.
_SLUG_MATCH = f"""
    WITH keys AS (
        SELECT x.key FROM controversies_listedname x WHERE x.type = %(type)s AND x.slug = %(slug)s
        UNION SELECT %(today)s::uuid
    )
    SELECT keys.key::text, newest.title, now.is_shown IS NOT NULL, first.begins
    FROM keys CROSS JOIN LATERAL (
        SELECT p.begins FROM controversies_listedperiod p {_of_public("p")}
        WHERE p.type = %(type)s AND p.key = keys.key ORDER BY p.begins LIMIT 1
    ) first CROSS JOIN LATERAL (
        SELECT p.title FROM controversies_listedperiod p {_of_public("p")}
        WHERE p.type = %(type)s AND p.key = keys.key ORDER BY p.begins DESC LIMIT 1
    ) newest LEFT JOIN LATERAL (
        SELECT true AS is_shown FROM controversies_listedperiod p {_of_public("p")}
        WHERE p.type = %(type)s AND p.key = keys.key AND {_holds("p")} ORDER BY p.begins DESC LIMIT 1
    ) now ON true
    ORDER BY EXISTS (
        SELECT FROM controversies_listedperiod p {_of_public("p")}
        WHERE p.type = %(type)s AND p.key = keys.key AND p.slug = %(slug)s AND {_holds("p")}
    ) DESC, keys.key IS NOT DISTINCT FROM %(today)s::uuid DESC,
        first.begins DESC LIMIT 1
"""


def find_slug(
    block_type: str, slug: str, time: datetime.datetime, *, today: str | None = None
) -> SlugMatch | None:
    """Return what had this address at the time, else what has it `today` (a key) or had it at another; one query.

    None if nothing public ever had it.
    """
    params = {"type": block_type, "slug": slug, "time": time, "today": today}
    rows = fetch(_SLUG_MATCH, params)
    return SlugMatch(*rows[0][:4]) if rows else None
