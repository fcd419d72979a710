"""Measures what checks make of sources whose fate is known, and how a long queue is worked off.

    python -m tests.benchmarks.checks [--sources N] [--days N] [--due N]

A site cites N sources of 23 kinds in the loopback world; the worker lives through the days. Printed are the verdicts
beside the right ones, precision and recall per verdict, tasks, and requests per host and day. Then N sources are due at
once: ratios of the time and memory of claiming the last tenth to the first.
"""

import argparse
import os
import random
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - its models need the set-up above
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from controversies import models as m  # noqa: E402
from controversies.checks import clock, worker  # noqa: E402
from tests.checks.clock import MovingClock  # noqa: E402
from tests.checks.simulation import Outcomes, live, outcomes, populate  # noqa: E402
from tests.checks.world import World, write_authority  # noqa: E402
from tests.factories import ControversyFactory  # noqa: E402


def simulate(sources: int, days: float) -> None:
    """Run the simulation and print what came of it."""
    moving = MovingClock(timezone.now().replace(microsecond=0))
    world = World()
    with tempfile.TemporaryDirectory() as folder:
        settings.CHECKS_ALLOWED, settings.CHECKS_DIR = world.allowed, Path(folder) / "checks"
        os.environ["SSL_CERT_FILE"] = str(write_authority(Path(folder)))
        real, clock.now = clock.now, moving.now  # type: ignore[assignment]
        try:
            sim = populate(world, moving, sources)
            began = time.monotonic()
            live(sim, days)
            took = time.monotonic() - began
            report(outcomes(sim), len(sim.expected), sim.checks, days, took)
        finally:
            clock.now = real
            world.close()


def report(result: Outcomes, sources: int, checks: int, days: float, took: float) -> None:
    """Print the tables."""
    hosts = {host for host, _day in result.requests}
    print(
        f"{sources} sources on {len(hosts)} hosts that answered, {days:.0f} days, {checks} checks, {took:.0f} s\n"
    )
    names = sorted({name for pair in result.verdicts for name in pair})
    print(f"{'right, given':<14}" + "".join(f"{name:>11}" for name in names))
    for right in names:
        print(f"{right:<14}" + "".join(f"{result.verdicts[right, given]:>11}" for given in names))
    print(f"\n{'verdict':<14}{'precision':>11}{'recall':>11}")
    for name in names:
        print(f"{name:<14}{result.precision(name):>11.4f}{result.recall(name):>11.4f}")
    print(
        f"\ntasks: {result.right_tasks} right, {result.false_tasks} false, {result.missing_tasks} missing,"
        f" {result.repeated_tasks} opened twice"
    )
    counts = sorted(result.requests.values())
    average = sum(counts) / len(hosts) / days
    print(f"requests: {sum(counts)}; per host and day {average:.2f} on average, {counts[-1]} at most")
    print(f"closest two requests of one host: {result.closest:.0f} s apart")
    for mistake, count in sorted(Counter(result.mistakes).items()):
        print(f"  {count} × {mistake}")


def queue(due: int) -> None:
    """Let so many sources be due at once, a tenth of them on one host, and claim all; nothing is asked."""
    page = ControversyFactory(positions=1)
    position = m.Position.objects.filter(controversy=page.key).first()
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        rng = random.Random(1)
        rows = [
            m.Source(
                slug=f"s{number}",
                title=f"Source {number}",
                url=f"https://{'one' if number % 10 == 0 else rng.randrange(due)}.example/{number}",
            )
            for number in range(due)
        ]
        m.Source.objects.bulk_create(rows, batch_size=2000)
        m.SourceState.objects.bulk_create(
            [m.SourceState(source=row, due_at=now) for row in rows], batch_size=2000
        )
        m.FetchHost.objects.create(name="one.example", next_at=now + worker.OVERDUE)  # asked just now
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    assert position is not None
    waiting = due - due // 10
    tenth, times = waiting // 10, []
    memory = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]
    for _part in range(10):
        began = time.perf_counter()
        for _number in range(tenth):
            assert worker.claim() is not None
        times.append(time.perf_counter() - began)
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    leftover = 0
    while worker.claim() is not None:
        leftover += 1
    print(
        f"\n{due} due at once: {10 * tenth + leftover} claimed one by one, {due // 10} of one busy host wait"
    )
    print(f"time of the last tenth to the first: {times[-1] / times[0]:.2f}")
    print(f"peak memory after to before: {memory[-1] / memory[0]:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sources", type=int, default=1000, metavar="N")
    parser.add_argument("--days", type=float, default=40, metavar="N")
    parser.add_argument("--due", type=int, default=10_000, metavar="N")
    options = parser.parse_args()
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        if options.sources:
            simulate(options.sources, options.days)
        if options.due:
            queue(options.due)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
