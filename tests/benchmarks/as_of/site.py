"""Writes a large site with a past, straight into the tables, its triggers off: only for benchmarks.

Pages come one after the other over five years, and change at random times after that: words, titles, statuses, and
now and then whether they are public. They share topics, backers and sources, some of them widely.
"""

import datetime
import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import batched
from typing import Any

from django.db import connection

from controversies import models as m
from controversies.document import canonical, rows
from controversies.document.types import Document
from controversies.history import periods
from tests.factories import backer_block, document_factory, revise, source_block, topic_block

SIZE: dict[str, Any] = {"positions": 3, "points": 2, "backings": 5, "citations": 8}
FIRST = datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC)
DAYS = 5 * 365
_BATCH = 200


def write(pages: int, revisions: int, seed: int = 1) -> None:
    """Write so many pages with so many revisions each, and what is derived from them."""
    chosen = random.Random(seed)
    topics = [topic_block() for _ in range(max(4, pages // 200))]
    backers = [backer_block() for _ in range(max(10, pages // 2))]
    sources = [source_block() for _ in range(max(10, pages * 2))]
    for model, blocks in ((m.Topic, topics), (m.Backer, backers), (m.Source, sources)):
        new_rows: list[Any] = [model(id=block.key, **rows.row_of(block)) for block in blocks]
        model._default_manager.bulk_create(new_rows, batch_size=1000)  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for batch in batched(range(pages), _BATCH):
            written = []
            for number in batch:
                document = document_factory(
                    topic=topics[int(len(topics) * chosen.random() ** 2)],
                    backers=_drawn(chosen, backers, 4),
                    sources=_drawn(chosen, sources, 6),
                    **SIZE,
                )
                begins = FIRST + datetime.timedelta(days=DAYS * number / pages)
                written.append(list(_history(chosen, document, begins, revisions)))
            _insert(written)
        cursor.execute("SET session_replication_role = origin")
        keys = [str(key) for key in m.Controversy.objects.values_list("pk", flat=True)]
        periods.rebuild(keys)
        cursor.execute("SELECT controversies_rebuild_search()")
        cursor.execute("VACUUM ANALYZE")


def _drawn(chosen: random.Random, blocks: list[Any], count: int) -> list[Any]:
    """Draw different blocks, the first ones far more often."""
    places: dict[int, None] = {}
    while len(places) < count:
        places.setdefault(int(len(blocks) * chosen.random() ** 3))
    return [blocks[place] for place in places]


def _history(
    chosen: random.Random, document: Document, begins: datetime.datetime, revisions: int
) -> Iterator[tuple[datetime.datetime, Document]]:
    time = begins
    for number in range(1, revisions + 1):
        yield time, document
        time += datetime.timedelta(days=chosen.random() * 150, seconds=1)
        document = revise(document, number + 1)
        head = document.head
        turn = chosen.random()
        if turn < 0.1:
            head = replace(head, title=f"{head.title}, again")
        elif turn < 0.2:
            head = replace(head, status=chosen.choice(m.Status.values))
        elif turn < 0.22:
            hidden = head.publication == m.Publication.WITHDRAWN
            head = replace(head, publication="published" if hidden else "withdrawn")
        document = replace(document, head=head)


def _insert(written: list[list[tuple[datetime.datetime, Document]]]) -> None:
    tables: rows.Rows = {table: {} for table in rows.TABLES}
    revisions: list[m.Revision] = []
    blocks: list[m.Block] = []
    arrivals: list[m.Arrival] = []
    for history in written:
        newest = history[-1][1]
        for table, values in rows.rows_of(newest).items():
            tables[table].update(values)
        before: Document | None = None
        for number, (time, document) in enumerate(history, 1):
            was_public = before is not None and before.head.publication == "published"
            changes: list[Any] = []
            if before is not None and before.head.publication != document.head.publication:
                changes = [["head", "", "publication", before.head.publication, document.head.publication]]
            revisions.append(
                m.Revision(
                    controversy_id=document.key,
                    number=number,
                    time=time,
                    author_name=f"Editor {number % 7}",
                    summary=f"Change number {number}.",
                    document=hashlib.sha256(f"{document.key} {number}".encode()).digest(),
                    digest=hashlib.sha256(f"{number} {document.key}".encode()).digest(),
                    classes=["substantive"],
                    changes=changes,
                )
            )
            if was_public or document.head.publication == "published":
                withdrawn = document.head.publication != "published"
                arrivals.append(m.Arrival(controversy_id=document.key, number=number, withdrawn=withdrawn))
            blocks += _versions(document, before, number)
            before = document
    for table, values in tables.items():
        new_rows: list[Any] = [table(id=key, **row) for key, row in values.items()]
        table._default_manager.bulk_create(new_rows, batch_size=2000)
    m.Block.objects.bulk_create(blocks, batch_size=2000)
    m.Revision.objects.bulk_create(revisions, batch_size=2000)
    m.Arrival.objects.bulk_create(arrivals, batch_size=2000)


def _versions(document: Document, before: Document | None, number: int) -> Iterator[m.Block]:
    known = before.by_key if before else {}
    keys = [block.key for block in document.blocks()]
    for block in document.blocks():
        if known.get(block.key) != block:
            text = canonical.encode(document, block)
            body, _is_delta = canonical.pack(text)
            digest = hashlib.sha256(text).digest()
            yield m.Block(controversy_id=document.key, key=block.key, since=number, digest=digest, body=body)
    for key in known.keys() - set(keys):
        yield m.Block(controversy_id=document.key, key=key, since=number)
    if before is None or keys != list(known):
        yield m.Block(controversy_id=document.key, key=m.Block.OUTLINE, since=number, outline=keys)
