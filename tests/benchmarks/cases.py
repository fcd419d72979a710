# ruff: noqa: B023 - every function is called within the turn of the loop that defines it
"""What is measured, and against what (see __main__)."""

import argparse
import itertools
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import Any

from django.core.management import call_command
from django.db import connections, transaction

from controversies import history, models
from controversies.document import merge, parse, rows
from controversies.document.canonical import document_json
from controversies.document.types import Document
from controversies.history import read
from tests.factories import BIG, document_factory

BLOCKS = 10
SMALL = {"positions": 4, "points": 3, "backings": 10, "citations": 5}
MERGED = {"positions": 50, "points": 10, "backings": 100, "citations": 200}

type Work = Callable[[int], Any]


@contextmanager
def databases() -> Iterator[None]:
    """Two new databases: `default`, whole, and `floor`, with the same tables and nothing else."""

    main = connections["default"]
    connections.settings["floor"] = {**main.settings_dict, "NAME": f"{main.settings_dict['NAME']}_floor"}
    made = []
    for alias in ("default", "floor"):
        connection = connections[alias]
        name = connection.settings_dict["NAME"]
        connection.settings_dict["TEST"] = {
            **connection.settings_dict["TEST"],
            "NAME": f"test_bench_{alias}_{os.getpid()}",
        }
        connection.creation._create_test_db(verbosity=0, autoclobber=True)  # the public one also migrates
        connection.close()
        connection.settings_dict["NAME"] = connection.settings_dict["TEST"]["NAME"]
        made.append((connection, name))
    try:
        call_command("migrate", verbosity=0)
        call_command("migrate", "controversies", "0001", database="floor", verbosity=0)
        yield
    finally:
        for connection, name in made:
            connection.close()
            connection.creation._destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
            connection.settings_dict["NAME"] = name


def measured(
    rounds: int, works: dict[str, Work], before: Callable[[], object] = lambda: None
) -> dict[str, list[float]]:
    """The seconds of each piece of work in each round, after `before`, the pieces in random order in every round."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for i in range(rounds):
        before()
        for name in random.sample(list(works), len(works)):
            start = time.perf_counter()
            works[name](i)
            seconds[name].append(time.perf_counter() - start)
    return seconds


def show(label: str, seconds: dict[str, list[float]]) -> None:
    """Print the ratios to the floor, which is the first."""
    floor = next(iter(seconds))
    size = max(1, len(seconds[floor]) // BLOCKS)

    def blocks(name: str) -> list[float]:
        every = seconds[name]
        return [median(every[i : i + size]) for i in range(0, len(every) - size + 1, size)]

    print(f"\n{label}")
    for name, every in seconds.items():
        ratios = [a / b for a, b in zip(blocks(name), blocks(floor), strict=True)]
        spread = f"({min(ratios):.2f} - {max(ratios):.2f})" if name != floor else ""
        print(f"  {name:<44} {median(ratios):>6.2f} {spread:<16} {median(every) * 1000:8.2f} ms")


class Floor:
    """The page as plain rows: what a Django programmer writes who keeps no history."""

    PREFETCH = (
        "citations__source",
        "points__citations__source",
        "positions__citations__source",
        "positions__backings__backer",
        "positions__backings__citations__source",
        "positions__stances__citations__source",
    )

    def __init__(self, document: Any) -> None:

        self.key = document.key
        topic = document.head.topic
        models.Topic.objects.using("floor").create(id=topic.key, slug=topic.slug, title=topic.title)
        for model, blocks in ((models.Backer, document.backers), (models.Source, document.sources)):
            model.objects.using("floor").bulk_create([model(id=b.key, **rows.row_of(b)) for b in blocks])
        for table, made in rows.rows_of(document).items():
            table._default_manager.using("floor").bulk_create(
                [table(id=key, **row) for key, row in made.items()]
            )

    def load(self) -> Any:
        pages = models.Controversy.objects.using("floor").select_related("topic")
        return pages.prefetch_related(*self.PREFETCH).get(pk=self.key)

    def rows(self, page: Any) -> list[Any]:
        positions = list(page.positions.all())
        owners = [page, *page.points.all(), *positions]
        for position in positions:
            owners += [*position.backings.all(), *position.stances.all()]
        return owners + [citation for owner in owners for citation in owner.citations.all()]

    def edit(self, n: int, all_rows: bool = False) -> None:

        with transaction.atomic(using="floor"):
            page = self.load()
            positions = list(page.positions.all())
            position = positions[n % len(positions)]
            position.claim = claim(n)
            for row in self.rows(page) if all_rows else [position, page]:
                row.save(using="floor")


def claim(n: int) -> str:
    """Another claim each time, about as long as claims are."""
    return f"Answer {n}: " + " ".join(random.Random(n).choices(WORDS, k=18))


WORDS = (
    "open",
    "weights",
    "release",
    "risk",
    "research",
    "model",
    "power",
    "evidence",
    "public",
    "policy",
    "court",
)


def with_claim(document: Document, n: int) -> Document:
    """The document with another claim in one position."""
    i = n % len(document.positions)
    positions = list(document.positions)
    positions[i] = replace(positions[i], claim=claim(n))
    return document.with_blocks(positions=tuple(positions))


class Ours:
    """The page as this project keeps it."""

    def __init__(self, document: Document) -> None:
        self.key = document.key
        history.record(document, author_name="editor", summary="first", base=None)

    def edit(self, n: int, from_json: bool = False) -> None:
        base = history.head(self.key)
        assert base is not None
        document = with_claim(base.document, n)
        if from_json:  # nothing of what was loaded is reused, as when a form or a file hands over everything
            document = parse.document(document_json(document))
        history.record(document, author_name="editor", summary=f"edit {n}", base=base)


def history_bytes() -> int:
    """What the tables of history take, indexes included."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname IN"
            " ('controversies_revision', 'controversies_block', 'controversies_unrecordedchange') AND relkind = 'r'"
        )
        return int(cursor.fetchone()[0])


def run(options: argparse.Namespace) -> None:
    """Measure everything and print it."""
    numbers = iter(range(10**9))
    for name, size in (("small", SMALL), ("big", BIG)):
        document = document_factory(**size)
        ours, floor = Ours(document), Floor(document)
        parts = f"{len(document.positions)} positions, {sum(1 for _ in document.citations())} citations"
        before = history_bytes()
        show(
            f"an edit of one claim; {name} page: {parts}",
            measured(
                options.edits,
                {
                    "plain rows: load, save claim and page": lambda _: floor.edit(next(numbers)),
                    "record()": lambda _: ours.edit(next(numbers)),
                },
            ),
        )
        print(f"  bytes an edit, indexes included: {(history_bytes() - before) / options.edits:.0f}")
        show(
            f"the same, all of the page handed over; {name}",
            measured(
                max(20, options.edits // 5),
                {
                    "plain rows: load, save every row": lambda _: floor.edit(next(numbers), all_rows=True),
                    "record() of a parsed document": lambda _: ours.edit(next(numbers), from_json=True),
                },
            ),
        )
        if name == "small":
            read_long_history(options, ours, floor, numbers)
    rename(options)
    merged(options)


def merged(options: argparse.Namespace) -> None:
    """An edit that began with an older revision: merged, and saved, against the plain save of the same document."""
    base = document_factory(**MERGED)
    key, numbers = base.key, itertools.count(1)
    history.record(base, author_name="editor", summary="first", base=None)
    parts = f"{len(base.positions)} positions, {sum(1 for _ in base.citations())} citations"

    def head() -> Any:
        found = history.head(key)
        assert found is not None
        return found

    def plain(_: int) -> None:
        now = head()
        mine = with_claim(now.document, 2 * next(numbers))
        history.save(mine, base=now.number, author_name="editor", summary="plain")

    def meeting(_: int) -> None:
        began = edited.pop()
        # Another position each time: what came in since was in that of `theirs`, or of other rounds.
        mine = with_claim(began.document, 2 * next(numbers))
        saved = history.save(mine, base=began.number, author_name="editor", summary="merged")
        assert saved.revision is not None
        assert saved.merged is not None

    def prepare() -> None:
        """Somebody begins, and somebody else saves."""
        now = head()
        history.record(
            with_claim(now.document, 2 * next(numbers) + 1), author_name="other", summary="theirs", base=now
        )
        edited.append(now)

    edited: list[Any] = []
    was = head().document
    theirs, mine = with_claim(was, 1), with_claim(was, 2)
    rounds = max(20, options.edits // 2)
    works = {
        "save(), nothing came in": plain,
        "merge() of two edits": lambda _: merge.merge(was, theirs, mine),
        "save(), merged with what came in": meeting,
    }
    show(f"an edit of one claim that meets another; {parts}", measured(rounds, works, before=prepare))


def read_long_history(options: argparse.Namespace, ours: Ours, floor: Floor, numbers: Iterator[int]) -> None:
    """Old revisions and lists of revisions, after 1,000 and after all of them."""
    for length in (1_000, options.revisions):
        for _ in range(length - read.newest_number(ours.key)):
            ours.edit(next(numbers))
        for connection in connections.all():
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
        chosen = random.Random(length)
        today = {"plain rows: today's page, prefetched": lambda _: floor.rows(floor.load())}
        show(
            f"the whole page at revision k of {length:,}",
            measured(
                options.reads, today | {"at(k)": lambda _: history.at(ours.key, chosen.randint(1, length))}
            ),
        )

        def lines(page: int, last: int = length) -> list[read.Entry]:
            where = "r.controversy_id = %s AND r.number <= %s"
            return read.entries(where, [ours.key, last - 50 * (page - 1)], limit=50)

        late = min(100, length // 50)
        show(
            f"50 lines of {length:,} revisions",
            measured(
                options.reads,
                today | {"page 1": lambda _: lines(1), f"page {late}": lambda _: lines(late)},
            ),
        )


def rename(options: argparse.Namespace) -> None:
    """A backer renamed that many pages show, in one transaction, against recording one page."""
    backer = models.Backer.objects.create(slug="shared", name="Shared", kind="company")
    pages = [
        Ours(document_factory(positions=2, points=1, backers=[backer], backings=2))
        for _ in range(options.pages)
    ]

    def renamed(n: int) -> None:
        with history.act(author_name="editor", summary="renamed"):
            models.Backer.objects.filter(pk=backer.pk).update(name=f"Shared {n}")

    show(
        f"a backer renamed that {options.pages} pages show",
        measured(
            5,
            {
                "one page recorded": lambda n: pages[n].edit(n),
                f"all {options.pages} pages, in one act()": renamed,
            },
        ),
    )
