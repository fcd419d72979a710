"""Measures what it costs to read the site as of a past day, as ratios to today's answers, side by side in one run.

    python -m tests.benchmarks.as_of [--sizes N N …] [--revisions N] [--rounds N]

For each size a site of so many pages is written into a database of its own, which is dropped afterwards. Each address
is asked for today and as of an early, a middle and a late day, in turns; a figure is the median of all rounds, over
the median of today's. The last columns compare the largest size with the smallest: 1.0 is flat.
"""

import argparse
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - needs the set-up above
from django.core.management import call_command  # noqa: E402 - as above
from django.db import connection  # noqa: E402 - as above
from django.test import Client  # noqa: E402 - as above

from controversies import models as m  # noqa: E402 - as above
from tests.benchmarks.as_of import site  # noqa: E402 - as above

DAYS = {"early": "2021-03-01", "middle": "2023-07-01", "late": "2025-11-01"}
TODAY = "today"
WIDTH = 44

type Medians = dict[str, dict[str, float]]  # seconds by address and day


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.as_of", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 20_000], help="pages of each site")
    parser.add_argument("--revisions", type=int, default=4, help="of each page")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    results: dict[int, Medians] = {}
    for size in options.sizes:
        with database(size):
            start = time.perf_counter()
            site.write(size, options.revisions)
            taken = time.perf_counter() - start
            print(f"{size:,} pages, {size * options.revisions:,} revisions; written in {taken:.0f} s")
            print(f"  tables and their indexes: {table_sizes()}")
            results[size] = measure(addresses(), options.rounds)
            show(results[size])
    if len(results) > 1:
        show_growth(results[min(results)], results[max(results)])


@contextmanager
def database(size: int) -> Iterator[None]:
    """A new database, in place of the project's."""
    name = connection.settings_dict["NAME"]
    ours = f"bench_as_of_{size}_{os.getpid()}"
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {ours}")
    connection.close()
    connection.settings_dict["NAME"] = ours
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
        with connection.creation._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {ours} WITH (FORCE)")


def table_sizes() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_size_pretty(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname"
            " IN ('controversies_listedperiod', 'controversies_block', 'controversies_revision') ORDER BY relname"
        )
        return ", ".join(f"{name.partition('_')[2]} {size}" for name, size in cursor.fetchall())


def addresses() -> dict[str, str]:
    """Each address by what it is called: of what few pages show, so that its size is the same on each site."""
    names = {
        model._meta.model_name: model.objects.filter(pk__in=rare(model)).values_list("slug", flat=True)[0]  # type: ignore[attr-defined]
        for model in (m.Topic, m.Backer, m.Source)
    }
    topic, backer, source = names["topic"], names["backer"], names["source"]
    paths = ["/", "/controversies/", "/controversies/?order=title", "/controversies/?status=active"]
    paths += [f"/controversies/?topic={topic}", f"/topics/{topic}/"]
    paths += ["/backers/", "/backers/?kind=organisation", f"/backers/?q={backer}", f"/backers/{backer}/"]
    paths += ["/sources/", f"/sources/?q={source}", f"/sources/{source}/", "/search/?q=controversy+1000"]
    api = "/api/v1"
    paths += [
        f"{api}/controversies",
        f"{api}/controversies?topic={topic}",
        f"{api}/controversies?backer={backer}",
    ]
    paths += [
        f"{api}/positions",
        f"{api}/positions?backer={backer}",
        f"{api}/topics",
        f"{api}/topics/{topic}",
    ]
    paths += [f"{api}/backers", f"{api}/backers/{backer}", f"{api}/sources", f"{api}/sources/{source}"]
    paths += [f"{api}/sources/{source}/citations"]
    return {path.replace(topic, "…").replace(backer, "…").replace(source, "…"): path for path in paths}


def rare(model: type[m.Topic] | type[m.Backer] | type[m.Source]) -> list[str]:
    """The key of one that was there early, and that few pages show."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key FROM controversies_listedperiod WHERE type = %s GROUP BY key"
            " HAVING bool_or(begins < %s AND (ends IS NULL OR ends > %s)) AND bool_or(ends IS NULL)"
            " ORDER BY count(*), key LIMIT 1",
            [model._meta.model_name, DAYS["early"], DAYS["early"]],
        )
        return [str(key) for (key,) in cursor.fetchall()]


def measure(paths: dict[str, str], rounds: int) -> Medians:
    """The median seconds of each address for each day, asked for in random order."""
    client, seconds = Client(), {name: {day: [] for day in (TODAY, *DAYS)} for name in paths}  # type: ignore[var-annotated]
    for number in range(rounds + 1):  # the first is not counted
        for name in random.sample(list(paths), len(paths)):
            for day in random.sample([TODAY, *DAYS], len(DAYS) + 1):
                path = paths[name]
                # One day in each round, another second: nothing comes from a cache.
                mark = f"{'&' if '?' in path else '?'}as_of={DAYS.get(day, '')}T12:00:{number:02}Z"
                start = time.perf_counter()
                response = client.get(
                    path if day == TODAY else path + mark, headers={"host": f"h{number}.example"}
                )
                taken = time.perf_counter() - start
                assert response.status_code in (200, 404), (path, response.status_code)
                if number:
                    seconds[name][day].append(taken)
    return {name: {day: median(each) for day, each in days.items()} for name, days in seconds.items()}


def show(medians: Medians) -> None:
    """Print today's time of each address, and the ratio of each day's to it."""
    print(f"  {'':<{WIDTH}}{'today, ms':>11}" + "".join(f"{day:>9}" for day in DAYS))
    for name, days in medians.items():
        ratios = "".join(f"{days[day] / days[TODAY]:>9.2f}" for day in DAYS)
        print(f"  {name:<{WIDTH}}{days[TODAY] * 1000:>11.1f}{ratios}")


def show_growth(small: Medians, large: Medians) -> None:
    """Print how much longer each takes on the largest site than on the smallest."""
    print("The largest site to the smallest")
    print(f"  {'':<{WIDTH}}{TODAY:>11}" + "".join(f"{day:>9}" for day in DAYS))
    for name in small:
        ratios = [large[name][day] / small[name][day] for day in (TODAY, *DAYS)]
        print(f"  {name:<{WIDTH}}{ratios[0]:>11.2f}" + "".join(f"{ratio:>9.2f}" for ratio in ratios[1:]))


if __name__ == "__main__":
    main()
