"""Measures what the public log costs: an entry at COMMIT, and tiles, roots and proofs of logs of several lengths.

    python -m tests.benchmarks.log [--leaves N N …] [--appends N] [--reads N]

An entry's cost is the difference between two loops in the server, each of transactions' worth of work without their
COMMIT: the arrival of a revision alone, and the arrival with its entry. They take turns; a figure is the median of ten
blocks. Reads are whole calls of `history.transparency.reader`, of random places of the log. A database is made for the
run and dropped after it.
"""

import argparse
import os
import random
import time
from collections.abc import Callable
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402 - needs the set-up above

from controversies.history.transparency import reader, tiles  # noqa: E402
from tests.benchmarks.cases import databases  # noqa: E402

BLOCKS = 10
_GENERATE = """
    SELECT controversies_load_leaves(
        %(first)s, array_agg(p.page ORDER BY n), array_agg(n::integer ORDER BY n), array_agg('revision'::text),
        array_agg('{"digest":"' || encode(sha256(n::text::bytea), 'hex') || '","number":' || n || ',"page":"' || p.page
            || '"}' ORDER BY n)
    )
    FROM generate_series(%(first)s + 1, %(last)s) n CROSS JOIN LATERAL (SELECT md5((n / 50)::text)::uuid) p (page)
"""
_ARRIVAL = """
    FOR n IN 1..{count} LOOP
        PERFORM pg_advisory_xact_lock('controversies_arrival'::regclass::oid::integer, 0);
        INSERT INTO controversies_arrival (controversy_id, number, withdrawn) VALUES (page, n, false);
        {entry}
    END LOOP;
"""
_ENTRY = """
        PERFORM controversies_append_entry(page, n, 'revision', convert_to(concat(
            '{"digest":"', encode('\\x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a', 'hex'),
            '","number":', n, ',"page":"', page, '"}'
        ), 'UTF8'));
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.log", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--leaves", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--appends", type=int, default=1_000, help="entries in a block")
    parser.add_argument("--reads", type=int, default=50)
    options = parser.parse_args()
    with databases():
        for size in sorted(options.leaves):
            generate(size)
            if size == min(options.leaves):
                print(
                    f"{'entries':>9}{'tile':>8}{'entries':>9}{'root':>8}{'inclusion':>11}{'consistency':>13}  ms"
                )
            show(size, options.reads)
        show_cost(options.appends)


def generate(size: int) -> None:
    """Bring the log to this length; as a corpus would bring them, 50,000 entries at a time."""
    start, first = time.perf_counter(), reader.size_of(1)
    with connection.cursor() as cursor:
        for begin in range(first, size, 50_000):
            cursor.execute(_GENERATE, {"first": begin, "last": min(begin + 50_000, size)})
        cursor.execute("VACUUM ANALYZE controversies_leaf, controversies_treehash")
    seconds = time.perf_counter() - start
    print(f"{size - first:,} entries were generated in {seconds:.1f} s.", flush=True)


def show(size: int, reads: int) -> None:
    """Print one line of reads from a log of this length, in milliseconds."""
    calls: list[Callable[[int], object]] = [
        lambda index: reader.tile_hashes(1, 0, index // 256 * 256, 256),
        lambda index: tiles.join_entries(reader.entries(1, index // 256 * 256, 256)),
        lambda _index: reader.root(1, size - 1),
        lambda index: reader.inclusion_proof(1, index, size - 1),
        lambda index: reader.consistency_proof(1, index, size - 1),
    ]
    times = [
        median(timed(lambda call=call: call(random.randrange(size - 256))) for _ in range(reads))  # type: ignore[misc]
        for call in calls
    ]
    print(
        f"{size:>9,}" + "".join(f"{1000 * t:>{w}.2f}" for t, w in zip(times, (8, 9, 8, 11, 13), strict=True))
    )


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def show_cost(count: int) -> None:
    """Print what an entry costs at COMMIT, in time and bytes, beside an arrival without one."""
    loops = {
        "arrival": _ARRIVAL.format(count=count, entry=""),
        "with entry": _ARRIVAL.format(count=count, entry=_ENTRY),
    }
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE controversies_arrival DISABLE TRIGGER keep")
        before, length = occupied(), reader.size_of(1)
        for _block in range(BLOCKS):
            for name, loop in random.sample(sorted(loops.items()), len(loops)):
                block = f"DO $$ DECLARE page uuid := gen_random_uuid(); BEGIN {loop} END $$"
                seconds[name].append(timed(lambda block=block: cursor.execute(block)) / count)  # type: ignore[misc]
        bytes_each = (occupied() - before) / (reader.size_of(1) - length)
    arrival, both = (median(seconds[name]) for name in ("arrival", "with entry"))
    print(f"\nAn arrival takes {1000 * arrival:.3f} ms, with its entry {1000 * both:.3f} ms: the entry takes")
    print(
        f"{1000 * (both - arrival):.3f} ms and {bytes_each:.0f} bytes, indexes and hashes of subtrees included."
    )


def occupied() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('controversies_leaf') + pg_total_relation_size('controversies_treehash')"
        )
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
