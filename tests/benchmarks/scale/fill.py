# ruff: noqa: S608 - statements are made of the names of tables and columns
"""Fills an empty, migrated database with any number of pages: the templates' rows with other values, in bulk.

    python -m tests.benchmarks.scale.fill --pages 20000

Of 20,000 pages: 194,000 revisions, 4,000 backers, 49,800 sources. Ten backers and four sources are on a tenth of all
pages each, one topic has half of them. One page in twenty is a draft, one is withdrawn. Triggers are off meanwhile,
and what they would write is written by the same functions for all pages at once; `checkhistory` has no fault to find.
"""

import argparse
import datetime
import hashlib
import logging
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from itertools import batched
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection

from controversies import models as m
from controversies.document import rows
from controversies.sql import pieces

from . import templates
from .templates import BACKERS, OWN_SOURCES, SOURCES, PageValues, SharedValues, TemplatePage
from .words import Vocabulary, word

END = datetime.datetime(2026, 10, 30, tzinfo=datetime.UTC)  # of the history; it lasts four years
DAYS = 1461
# Of the pages, those with the first backer or source of a place: at least as many as fill a page of a list.
HUB, FULL_LIST = 0.1, 60
OFFERED = 50  # one page in so many has a proposal, and one a suggestion; more on a small site
POOLED = SOURCES - OWN_SOURCES
_SPARSE = {"controversies_proposal": 0, "controversies_suggestion": 1}
_COMPUTED = tuple(
    f"controversies_{name}"
    for name in (
        "block",
        "revision",
        "arrival",
        "leaf",
        "pageuse",
        "listedpage",
        "publicchange",
        "searchindex",
    )
)


class NotEmptyDatabase(Exception):
    """The database has pages already."""


# -- values of pages and of what they share --


def _permuted(number: int) -> int:
    """Another number of 32 bits for each number of 32 bits, far from that of its neighbours."""
    return (number * 2_654_435_761 + 1) % 2**32


def _shared(kind: str, number: int) -> SharedValues:
    key = uuid.UUID(bytes=hashlib.md5(f"{kind} {number}".encode(), usedforsecurity=False).digest(), version=4)
    own = word(number * 3 + ("topic", "backer", "source").index(kind))
    return SharedValues(str(key), f"{own}-{number:06d}", own, word(number // 7))


class SiteValues:
    """What a site of so many pages has: its topics, backers and sources, and the values of each page."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self.chance = random.Random(pages)
        self.vocabulary = Vocabulary(30_000, seed=pages)
        self.authors = Vocabulary(20 + pages // 50, seed=pages)
        self.hub = min(max(HUB, FULL_LIST / pages), 1.0)
        self.offered = min(OFFERED, max(1, pages // FULL_LIST))
        self.topics = [_shared("topic", n) for n in range(max(30, 8 + pages // 250))]
        # One place on pages has backer 0, 10, 20, …, the next one 1, 11, 21, …; so has a source that pages share.
        self.backers = [_shared("backer", n) for n in range(BACKERS * max(12, 1 + pages // 50))]
        self.sources = [_shared("source", n) for n in range(POOLED * (1 + pages * 49 // 100 // POOLED))]
        self.sources += [_shared("source", n + len(self.sources)) for n in range(OWN_SOURCES * pages)]
        self._pool = len(self.sources) - OWN_SOURCES * pages

    def source_place(self, number: int) -> int:
        """Return the place that a source has on pages."""
        own = number - self._pool
        return own % OWN_SOURCES if own >= 0 else OWN_SOURCES + number % POOLED

    def page(self, number: int, revisions: int) -> PageValues:
        """Return the values of a page with so many revisions."""
        longest = max(templates.REVISIONS)
        first = END - datetime.timedelta(days=1 + self.chance.random() * (DAYS - 1), microseconds=-number)
        step = min(datetime.timedelta(days=self.chance.random() * 40), (END - first) / (revisions + 1))
        words = self.vocabulary.draw(templates.WORDS)
        own = self._pool + OWN_SOURCES * number
        return PageValues(
            prefix=f"{_permuted(number):08x}",
            slug=f"{words[0]}-{words[1]}-{number:06d}",
            words=tuple(words),
            authors=tuple(self.authors.draw(templates.AUTHORS)),
            times=tuple(first + step * k for k in range(longest)),
            topic=self.topics[self._pick(len(self.topics), 0.5)],
            backers=tuple(
                self.backers[place + BACKERS * self._pick(len(self.backers) // BACKERS, self.hub)]
                for place in range(BACKERS)
            ),
            sources=(
                *self.sources[own : own + OWN_SOURCES],
                *(
                    self.sources[place + POOLED * self._pick(self._pool // POOLED, self.hub)]
                    for place in range(POOLED)
                ),
            ),
        )

    def _pick(self, count: int, first: float) -> int:
        """Pick one of so many: the first with that probability, of the others earlier ones more often."""
        if count == 1 or self.chance.random() < first:
            return 0
        return 1 + int((count - 1) * self.chance.random() ** 1.5)


# -- statements --


class Filler:
    """Fills the database; `report` is told each step."""

    def __init__(self, pages: int, report: Callable[[str], object]) -> None:
        self.values = SiteValues(pages)
        self.report = report
        self.templates: list[TemplatePage] = []

    def fill(self) -> None:
        """Fill the empty database. Raises NotEmptyDatabase."""
        if any(model.objects.exists() for model in (m.Controversy, m.Topic, m.Backer, m.Source)):
            raise NotEmptyDatabase
        author = self._write_accounts()
        self._write_forms(author)
        self._execute(
            "SET session_replication_role = replica", "SET synchronous_commit = off", "SET work_mem = '256MB'"
        )
        try:
            self._write_shared()
            self._write_pages()
            for table in templates.page_tables():
                if table not in _COMPUTED:
                    self.report(table)
                    self._clone(table)
            self._write_record()
            self._write_checks()
            for name in self._rebuilding():
                self.report(name)
                self._execute(f"SELECT {name}()")
        finally:
            self._execute("RESET session_replication_role", "RESET synchronous_commit", "RESET work_mem")
        self.report("VACUUM")
        self._execute("VACUUM (ANALYZE)")

    def _rebuilding(self) -> list[str]:
        """The functions of the database that make indexes over all pages anew."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND pronargs = 0"
                " AND starts_with(proname, 'controversies_rebuild_') ORDER BY proname"
            )
            return [name for (name,) in cursor.fetchall()]

    def _execute(self, *statements: str) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def _copy(self, table: str, names: Sequence[str], values: Iterator[Sequence[Any]]) -> None:
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy,
        ):
            for row in values:
                copy.write_row(row)

    def _write_accounts(self) -> Any:
        """An account of each role, and one that may do everything; without passwords. Return a contributor."""
        call_command("loaddata", "roles", verbosity=0)
        users = get_user_model().objects
        for role in ("contributor", "editor", "publisher"):
            user, _is_new = users.get_or_create(
                username=role, defaults={"is_staff": True, "first_name": role.title()}
            )
            user.groups.add(Group.objects.get(name=role.title()))
        users.get_or_create(username="operator", defaults={"is_staff": True, "is_superuser": True})
        return users.get(username="contributor")

    def _write_forms(self, author: Any) -> None:
        """Record the templates and write the forms of their rows into temporary tables."""
        self.report("templates")
        formed: dict[str, list[tuple[int, templates.FormRow]]] = {}
        for number in range(len(templates.REVISIONS)):
            page, of_page = templates.forms(number, author)
            self.templates.append(page)
            for table, form_rows in of_page.items():
                formed.setdefault(table, []).extend((number, row) for row in form_rows)
        self.cells: dict[str, dict[str, str]] = {}
        for table, numbered in formed.items():
            types = templates.columns(table)
            self._execute(
                f"CREATE TEMPORARY TABLE form_{table}"
                f" (template integer, {', '.join(f'"{name}" text' for name in types)})"
            )
            self.cells[table] = {
                name: _cell(name, type_name, [row[name] for _number, row in numbered])
                for name, type_name in types.items()
            }
            plain = {name for name, cell in self.cells[table].items() if "format(" not in cell}
            self._copy(
                f"form_{table}",
                ["template", *(f'"{name}"' for name in types)],
                (
                    (number, *(_unformatted(row[name], name in plain) for name in types))
                    for number, row in numbered
                ),
            )

    def _write_shared(self) -> None:
        self.report("topics, backers, sources")
        values = self.values
        blocks = (
            (m.Topic, (templates.topic(each) for each in values.topics)),
            (m.Backer, (templates.backer(each, n % BACKERS) for n, each in enumerate(values.backers))),
            (
                m.Source,
                (templates.source(each, values.source_place(n)) for n, each in enumerate(values.sources)),
            ),
        )
        for model, made in blocks:
            for some in batched(made, 5000):
                model._default_manager.bulk_create(
                    [model(id=block.key, **rows.row_of(block)) for block in some]
                )

    def _write_pages(self) -> None:
        self.report("values of pages")
        self._execute(
            "CREATE TEMPORARY TABLE page (number integer, template integer, prefix text, args text[])"
        )
        self._copy("page", ("number", "template", "prefix", "args"), self._page_rows())
        self._execute("ANALYZE page")

    def _page_rows(self) -> Iterator[tuple[int, int, str, list[str]]]:
        for number in range(self.values.pages):
            chosen = number % len(self.templates)
            template = self.templates[chosen]
            page = self.values.page(number, template.revisions)
            yield number, chosen, page.prefix, page.texts(template.derived(page.prefix))

    def _clone(self, table: str) -> None:
        cells = self.cells[table]
        where = ""
        if table in _SPARSE:  # not only of one template
            offered = self.values.offered
            turn = f"(p.number / {len(self.templates)} + p.template) % {offered}"
            where = f"WHERE {turn} = {_SPARSE[table] % offered}"
        self._execute(
            f"INSERT INTO {table} ({', '.join(f'"{name}"' for name in cells)}) SELECT {', '.join(cells.values())}"
            f" FROM page p JOIN form_{table} x USING (template) {where}"
        )

    # -- the record: digests, and the order in which revisions arrived --

    def _write_record(self) -> None:
        self.report("blocks")
        block = self.cells["controversies_block"]
        rest = {name: cell for name, cell in block.items() if name not in ("digest", "body")}
        text = "convert_to(format(x.body, VARIADIC p.args), 'UTF8') AS text"
        self._execute(
            f"""INSERT INTO controversies_block (digest, body, {", ".join(rest)})
            SELECT sha256(text), {_STORED}, {", ".join(rest)} FROM (
                SELECT {", ".join(f"{cell} AS {name}" for name, cell in rest.items())}, {text}
                FROM page p JOIN form_controversies_block x USING (template) OFFSET 0
            ) b"""
        )
        self._execute("ANALYZE controversies_block")
        for number in range(1, max(templates.REVISIONS) + 1):
            self.report(f"revisions {number}")
            self._write_revisions(number)
        self._execute("ANALYZE controversies_revision")
        self.report("log")
        self._write_log()

    def _write_revisions(self, number: int) -> None:
        cells = self.cells["controversies_revision"]
        rest = {name: cell for name, cell in cells.items() if name not in ("document", "digest", "seal")}
        given = ", ".join(f"{cell} AS {name}" for name, cell in rest.items())
        document = pieces.document_digest("r.controversy_id", "r.number").replace("§", "public")
        digest = pieces.revision_digest("r", "r.document", "r.parent")
        row = ", ".join(
            f"r.{name}" if name != "seal" else "NULL" for name in templates.columns("controversies_revision")
        )
        names = ", ".join(templates.columns("controversies_revision"))
        self._execute(
            f"""INSERT INTO controversies_revision ({names})
            SELECT {
                ", ".join(
                    f"r.{name}"
                    if name != "seal"
                    else f"controversies_seal_of_revision(ROW({row})::controversies_revision)"
                    for name in templates.columns("controversies_revision")
                )
            }
            FROM (
                SELECT r.*, {digest} AS digest FROM (
                    SELECT r.*, {document} AS document, b.digest AS parent FROM (
                        SELECT {given} FROM page p JOIN form_controversies_revision x USING (template)
                        WHERE x.number::integer = {number} OFFSET 0
                    ) r
                    LEFT JOIN controversies_revision b ON b.controversy_id = r.controversy_id AND b.number = {
                number - 1
            }
                    OFFSET 0
                ) r OFFSET 0
            ) r"""
        )

    def _write_log(self) -> None:
        """Write arrivals and the public log, in the order of time."""
        arrival = self.cells["controversies_arrival"]
        row = ", ".join(
            "NULL" if name == "seal" else name
            for name in templates.columns("controversies_arrival", numbered=True)
        )
        self._execute(
            f"""CREATE TEMPORARY TABLE event AS
            SELECT row_number() OVER (ORDER BY r.time, a.controversy_id, a.number) AS position,
                a.controversy_id, a.number, a.withdrawn, r.digest
            FROM (
                SELECT {arrival["controversy_id"]} AS controversy_id, {arrival["number"]} AS number,
                    {arrival["withdrawn"]} AS withdrawn
                FROM page p JOIN form_controversies_arrival x USING (template)
            ) a JOIN controversies_revision r USING (controversy_id, number)""",
            """SELECT controversies_load_leaves(0, array_agg(controversy_id ORDER BY position),
                array_agg(number ORDER BY position),
                array_agg(CASE WHEN withdrawn THEN 'withdrawal' ELSE 'revision' END ORDER BY position),
                array_agg((jsonb_build_object('digest', encode(digest, 'hex'), 'number', number, 'page', controversy_id)
                    || CASE WHEN withdrawn THEN '{"withdrawn": true}' ELSE '{}' END::jsonb)::text ORDER BY position))
            FROM event""",
            """CREATE FUNCTION pg_temp.next_seal(before bytea, a controversies_arrival) RETURNS bytea
            LANGUAGE sql STABLE AS 'SELECT public.controversies_seal_of_arrival(a, before)'""",
            """CREATE AGGREGATE pg_temp.seal_after(controversies_arrival) (SFUNC = pg_temp.next_seal, STYPE = bytea)""",
            f"""INSERT INTO controversies_arrival (position, controversy_id, number, withdrawn, seal)
            SELECT position, controversy_id, number, withdrawn, pg_temp.seal_after(
                ROW({row})::controversies_arrival
            ) OVER (ORDER BY position ROWS UNBOUNDED PRECEDING) FROM event""",
            """SELECT setval('controversies_arrival_position_seq', (SELECT max(position) FROM event))""",
        )

    def _write_checks(self) -> None:
        """Write what the worker would have seen of each source, and what editors are asked about it."""
        self.report("checks")
        self._execute(
            f"""INSERT INTO controversies_sourcestate (source_id, verdict, since, held_by, strike, strikes, steps,
                moved_to, accepted_title, checked_at, due_at, is_urgent, claims, engine)
            SELECT s.id, (ARRAY['verified', 'verified', 'verified', 'verified', 'verified', 'verified', 'unchecked',
                'moved', 'altered', 'gone'])[1 + n % 10],
                now() - interval '90 days', '{m.HeldBy.NOTHING}', '', 0, 3, '', '',
                now() - interval '9 days', now() + interval '20 days',
                false, 0, 1
            FROM (SELECT id, row_number() OVER (ORDER BY slug) AS n FROM controversies_source) s""",
            f"""INSERT INTO controversies_citationtask (citation_id, source_id, controversy_id, cause, subject, state,
                opened_at, reason)
            SELECT id, source_id, controversy_id, cause, '', 'open',
                now() - interval '3 days' - n * interval '1 minute', ''
            FROM (
                SELECT c.id, c.source_id, c.controversy_id, row_number() OVER (ORDER BY c.id) AS n,
                    (ARRAY['{"', '".join(m.TaskCause.values)}'])[1 + (hashtext(c.id::text) & 1023) % {len(m.TaskCause)}]
                        AS cause
                FROM controversies_citation c WHERE c.controversy_id IS NOT NULL
            ) c WHERE n % {self.values.offered} = 0""",
        )


# A raw deflate stream of one stored block (RFC 1951, 3.2.4), after the byte that `document.canonical` puts before it.
_STORED = (
    r"'\x0101'::bytea || set_byte(set_byte(set_byte(set_byte('\x00000000'::bytea, 0, length(text) & 255), 1,"
    " length(text) >> 8), 2, 255 - (length(text) & 255)), 3, 255 - (length(text) >> 8)) || text"
)


def _cell(name: str, type_name: str, texts: list[str | None]) -> str:
    """The expression for a column of a page's row, from its form in all templates."""
    present = [text for text in texts if text is not None]
    if all("%" not in text.replace("%%", "") for text in present):
        return f'x."{name}"::{type_name}'
    if type_name == "uuid" and all(text.startswith("%1$s") and "%" not in text[4:] for text in present):
        return f'(p.prefix || substr(x."{name}", 5))::uuid'
    return f'format(x."{name}", VARIADIC p.args)::{type_name}'


def _unformatted(text: str | None, is_plain: bool) -> str | None:
    return text.replace("%%", "%") if is_plain and text is not None else text


def create(name: str) -> None:
    """Create a migrated database on the same server, and use it from now on."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")
    use(name)
    call_command("migrate", verbosity=0)


def use(name: str) -> None:
    """Use a database of the same server from now on."""
    connection.close()
    connection.settings_dict["NAME"] = name


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.scale.fill", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--pages", type=int, required=True)
    parser.add_argument(
        "--create", metavar="NAME", help="create this database first, instead of the site's own"
    )
    options = parser.parse_args()
    logging.disable()  # of the accounts that are made
    start = time.monotonic()
    if options.create:
        create(options.create)
    try:
        Filler(
            options.pages, lambda step: print(f"{time.monotonic() - start:7.1f} s  {step}", flush=True)
        ).fill()
    except NotEmptyDatabase:
        sys.exit("This database has pages already. Fill an empty one.")
    print(f"{time.monotonic() - start:7.1f} s  done")


if __name__ == "__main__":
    main()
