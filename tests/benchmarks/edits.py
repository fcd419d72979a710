"""Measures one edit through `history.save()` beside a bare INSERT and COMMIT of what it stores: CPU, and bytes of WAL.

    python -m tests.benchmarks.edits [--edits N] [--here]

The bare row holds the canonical JSON of the changed block, author and reason, as an append-only log would. Both take
turns, on pages of 4 and of 100 positions. CPU is this process's and that of PostgreSQL's process for this connection,
as Linux counts them. WAL is this connection's between checkpoints: images of whole pages, which the first change of
each page after a checkpoint adds, are told apart. Without `--here` a database is made for the run and dropped after
it; with it, pages are added to the site's own database, however large that is: for copies only.
"""

import argparse
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import time  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Callable  # noqa: E402
from contextlib import nullcontext  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from pathlib import Path  # noqa: E402

from django.db import connection, transaction  # noqa: E402

from config.startup import freeze  # noqa: E402
from controversies import history  # noqa: E402
from controversies.document import canonical  # noqa: E402
from controversies.document.types import Document  # noqa: E402
from tests.benchmarks import cases  # noqa: E402
from tests.benchmarks.blame_saves import with_word  # noqa: E402
from tests.factories import document_factory  # noqa: E402

LARGE = {"positions": 100, "points": 5, "backings": 100, "citations": 1000}
WARM_UP = 30
_KINDS: dict[str, Callable[[Document, int], Document]] = {
    "another claim": cases.with_claim,
    "a word of an argument": with_word,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.edits", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--edits", type=int, default=300)
    parser.add_argument(
        "--here", action="store_true", help="measure in the site's own database: for copies only"
    )
    options = parser.parse_args()
    with nullcontext() if options.here else cases.databases():
        run(options.edits)


@dataclass
class EditCost:
    """Sums over edits: seconds of CPU of this process and of PostgreSQL's, and the WAL of the connection."""

    web: float = 0
    database: float = 0
    wal: int = 0
    images: int = 0
    edits: int = 0

    def measure(self, edit: Callable[[], object]) -> None:
        """Add one edit."""
        wal, images = _wal()
        database, web = _database_seconds(), time.process_time()
        edit()
        self.web += time.process_time() - web
        self.database += _database_seconds() - database
        now = _wal()
        self.wal, self.images = self.wal + now[0] - wal, self.images + now[1] - images
        self.edits += 1

    def line(self, floor: "EditCost") -> str:
        """Return the means, and the ratio of all CPU to that of the floor."""
        n = self.edits
        ratio = (self.web + self.database) / (floor.web + floor.database)
        return (
            f"{(self.web + self.database) / n * 1000:8.2f} ms CPU ({self.web / n * 1000:.2f} web,"
            f" {self.database / n * 1000:.2f} database) ×{ratio:5.1f}"
            f"  {self.wal / n / 1024:6.2f} KB WAL, and {self.images / n:.2f} images of whole pages"
        )


def run(edits: int) -> None:
    """Measure both sizes of pages, and print them."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
        cursor.execute("SELECT count(*) FROM controversies_controversy")
        print(f"pages in the database: {cursor.fetchone()[0]:,}")
        cursor.execute(
            "CREATE TABLE bare_log (page uuid, number integer, payload text, body bytea, PRIMARY KEY (page, number))"
        )
    try:
        for name, size in (("4 positions", cases.SMALL), ("100 positions", LARGE)):
            for kind, change in _KINDS.items():
                measure_page(f"{name}, {kind}", cases.Ours(document_factory(**size)).key, change, edits)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bare_log")


def measure_page(label: str, key: str, change: Callable[[Document, int], Document], edits: int) -> None:
    """Edit one page, taking turns with bare rows, and print the costs."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    ours, floor, records = EditCost(), EditCost(), Counter[str]()
    for n in range(WARM_UP + edits):
        if n == WARM_UP:
            freeze()  # as a site does that has started
        head = history.head(key)
        assert head is not None
        document = change(head.document, n)
        block = next((b for b in document.blocks() if head.document.by_key[b.key] != b), document.head)
        body = canonical.encode(document, block)

        def save(n: int = n, document: Document = document, base: int = head.number) -> None:
            history.save(document, base=base, author_name="editor", summary=f"edit {n}")

        def insert(n: int = n, body: bytes = body) -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO bare_log VALUES (%s, %s, %s, %s)", [key, n, f"editor: edit {n}", body]
                )

        if n < WARM_UP:
            save()
            insert()
            continue
        before = _position()
        for cost, act in ((floor, insert), (ours, save)) if n % 2 else ((ours, save), (floor, insert)):
            cost.measure(act)
        records.update(_wal_by_manager(before))
    print(label)
    print("  bare INSERT  ", floor.line(floor))
    print("  save()       ", ours.line(floor))
    total = ", ".join(f"{name} {size / edits:.0f}" for name, size in records.most_common(8))
    if total:
        print(f"  bytes of WAL by kind, both together: {total}")


def _database_seconds() -> float:
    """The CPU time of PostgreSQL's process for this connection."""
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def _wal() -> tuple[int, int]:
    """Bytes of WAL without images of whole pages, and the number of those images, that this connection has written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT wal_bytes - wal_fpi * 8192, wal_fpi FROM pg_stat_get_backend_wal(pg_backend_pid())"
        )
        row = cursor.fetchone()
        return int(row[0]), int(row[1])


def _position() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
        return str(cursor.fetchone()[0])


def _wal_by_manager(start: str) -> dict[str, int]:
    """Bytes of WAL records since a position by resource manager and type; nothing without pg_walinspect."""
    if not _has_walinspect():
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT resource_manager || ' ' || record_type, sum(record_length - fpi_length)"
            " FROM pg_get_wal_records_info(%s, pg_current_wal_flush_lsn()) GROUP BY 1",
            [start],
        )
        return {name: int(size) for name, size in cursor.fetchall()}


def _has_walinspect() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_walinspect')")
        return bool(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
