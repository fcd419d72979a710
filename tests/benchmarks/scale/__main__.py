"""Measures every address of the site at two sizes, and what it costs more at the greater one.

    python -m tests.benchmarks.scale [--pages SMALL GREAT] [--only TEXT …] [--without TEXT …] [--keep]
        [--use DATABASE DATABASE] [--rounds N]

Two databases are made (`fill`), 100 pages and 100,000 unless others are asked for, and a process each asks for every
route of the site in turn, drawn cold: public pages and the API as a reader without a session, the desk as an operator
who may do everything. A figure is the median CPU time of the web process and the database's process together, in
milliseconds. Where the greater site's answer is longer (a list that few pages do not fill), the small site is charged
for as much more, at the lowest price of a KB among its answers of the same route; `alike` is the ratio to that. The
table has the worst first by that; with one over 1.3 times, the exit code is 1.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - they need the set-up above
from django.db import connection  # noqa: E402

from . import fill  # noqa: E402
from .addresses import Address, addresses  # noqa: E402

GOAL = 1.3
MORE = 3  # times as many rounds for those near the goal or over it


class ProbeProcess:
    """A process over one database (`probe`)."""

    def __init__(self, database: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.scale.probe", database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.values: dict[str, str] = self._answer()

    def ask(self, act: str, **request: object) -> Any:
        """Return what the process answers."""
        assert self._process.stdin
        print(json.dumps({"act": act, **request}), file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            sys.exit("A measuring process has ended; see above.")
        return json.loads(line)

    def end(self) -> None:
        """Let it end, and wait for that."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


@dataclass
class Costs:
    """The costs of an address at one size, one of each round."""

    figures: list[dict[str, Any]] = field(default_factory=list)

    def median(self, name: str) -> float:
        """Return the median of a figure."""
        return median(figure[name] for figure in self.figures)

    @property
    def cpu(self) -> float:
        """Milliseconds of the web process and the database together."""
        return median(figure["web"] + figure["database"] for figure in self.figures)


@dataclass
class AddressCosts:
    """The costs of an address at both sizes."""

    address: Address
    small: Costs
    great: Costs

    @property
    def ratio(self) -> float:
        """By how much the greater site's costs more."""
        return self.great.cpu / self.small.cpu

    def alike(self, price: float) -> float:
        """By how much the greater site's costs more than an answer of its length, at a price of a KB, in ms."""
        longer = max(self.great.median("bytes") - self.small.median("bytes"), 0) / 1000
        return self.great.cpu / (self.small.cpu + longer * price)


def prices(every: list[AddressCosts]) -> dict[str, float]:
    """Return the lowest cost of a KB among the small site's answers of each route, in milliseconds."""
    lowest: dict[str, float] = {}
    for costs in every:
        if size := costs.small.median("bytes"):
            price = costs.small.cpu / size * 1000
            lowest[costs.address.route] = min(price, lowest.get(costs.address.route, price))
    return lowest


def measure(address: Address, small: ProbeProcess, great: ProbeProcess, rounds: int) -> AddressCosts:
    """Measure an address at both sizes in turn, more often where it is near the goal."""
    costs = AddressCosts(address, Costs(), Costs())
    urls = {}
    for probe in (small, great):
        request = {"url": address.url(probe.values), "follows": address.follows}
        urls[probe] = probe.ask("prepare", **request, is_of_the_desk=address.is_of_the_desk)
        probe.ask(
            "measure", url=urls[probe], is_of_the_desk=address.is_of_the_desk
        )  # loads templates and modules
    done = 0
    while done < rounds or (done < rounds * MORE and costs.ratio > 1 + (GOAL - 1) / 2):
        for probe, each in ((small, costs.small), (great, costs.great)):
            each.figures.append(probe.ask("measure", url=urls[probe], is_of_the_desk=address.is_of_the_desk))
        done += 1
    return costs


HEADING = (
    f"{'alike':>6} {'ratio':>6} {'small: web + db':>17} {'great: web + db':>17} {'queries':>9} {'KB':>13}"
    "  address"
)


def line(costs: AddressCosts, price: float = 0.0) -> str:
    """Return the line of the table for an address."""
    small, great = costs.small, costs.great
    times = (f"{each.median('web'):7.1f} +{each.median('database'):8.1f}" for each in (small, great))
    statuses = sorted({int(each.median("status")) for each in (small, great)} - {200})
    return (
        f"{costs.alike(price):6.2f} {costs.ratio:6.2f} {' '.join(times)}"
        f" {small.median('queries'):4.0f} {great.median('queries'):4.0f}"
        f" {small.median('bytes') / 1000:6.1f} {great.median('bytes') / 1000:6.1f}  {costs.address.name}"
        f"{f'  (answers {", ".join(map(str, statuses))})' if statuses else ''}"
    )


@contextmanager
def databases(pages: list[int], ready: list[str], *, keep: bool) -> Iterator[list[str]]:
    """Give two databases of these sizes: those that are ready, or new ones, which are dropped unless they are kept."""
    names = ready or [f"scale_{number}" for number in pages]
    made: list[str] = []
    own = connection.settings_dict["NAME"]
    try:
        for name, number in zip(names, pages, strict=True):
            if _exists(name):
                fill.use(name)
                call_command("migrate", verbosity=0)
                fill.use(own)
            elif ready:
                sys.exit(f"There is no database {name}.")
            else:
                made.append(name)
                command = ["-m", "tests.benchmarks.scale.fill", "--pages", str(number), "--create", name]
                subprocess.run([sys.executable, *command], check=True)
        yield names
    finally:
        fill.use(own)
        for name in made if not keep else ():
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")


def _exists(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", [name])
        return bool(cursor.fetchone()[0])


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.scale", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--pages", type=int, nargs=2, default=[100, 100_000], metavar=("SMALL", "GREAT"))
    parser.add_argument(
        "--only",
        nargs="+",
        default=[""],
        metavar="TEXT",
        help="only addresses that contain one of these texts",
    )
    parser.add_argument(
        "--without", nargs="+", default=[], metavar="TEXT", help="none that contains one of these texts"
    )
    parser.add_argument("--keep", action="store_true", help="keep the databases, scale_SMALL and scale_GREAT")
    parser.add_argument("--use", nargs=2, default=[], metavar="DATABASE", help="databases that are ready")
    parser.add_argument(
        "--rounds", type=int, default=5, help="measurements of each address, thrice near the goal"
    )
    options = parser.parse_args()
    chosen = [
        address
        for address in addresses()
        if any(text in address.name for text in options.only)
        and not any(text in address.name for text in options.without)
    ]
    with databases(options.pages, options.use, keep=options.keep) as names:
        small, great = map(ProbeProcess, names)
        every = []
        for number, address in enumerate(chosen, 1):
            every.append(measure(address, small, great, options.rounds))
            print(f"{number:4} of {len(chosen)} {line(every[-1])}", file=sys.stderr, flush=True)
        small.end()
        great.end()
    lowest = prices(every)
    alike = {id(costs): costs.alike(lowest.get(costs.address.route, 0.0)) for costs in every}
    print(HEADING)
    for costs in sorted(every, key=lambda costs: -alike[id(costs)]):
        print(line(costs, lowest.get(costs.address.route, 0.0)))
    over = sum(ratio > GOAL for ratio in alike.values())
    longer = sum(costs.ratio > GOAL for costs in every) - over
    print(
        f"\n{len(every)} addresses, {over} over {GOAL} times, {longer} more only as their answers are longer."
    )
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
