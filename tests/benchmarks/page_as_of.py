"""Measures a page as of a time in a short and in a long history, side by side in one run.

    python -m tests.benchmarks.page_as_of [--revisions N] [--rounds N]

Ratios to the same work on a page with 10 revisions; contestants take turns in random order. Each asks for the time in
the middle of its history. The last query is the one that was there before the index.
"""

import argparse
import datetime
import os
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402 - its models need the set-up above
from django.test import Client  # noqa: E402

from controversies import models as m  # noqa: E402
from controversies.history import read  # noqa: E402
from tests.factories import START, ControversyFactory, Recorded  # noqa: E402

from . import cases  # noqa: E402

HOUR = datetime.timedelta(hours=1)
SHORT = 10
_WALK = """
    SELECT number FROM controversies_revision WHERE controversy_id = %s AND time <= %s ORDER BY number DESC LIMIT 1
"""


def page(slug: str, revisions: int) -> Recorded:
    """A page with this many revisions, an hour apart, of which all but the first hold the same document."""
    made = ControversyFactory(slug=slug, positions=4, points=3)
    entry = made.head.entry
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        m.Revision.objects.bulk_create(
            (
                m.Revision(
                    controversy_id=made.key, number=number, time=START + number * HOUR, author_name="A",
                    document=entry.document, digest=number.to_bytes(32),
                )
                for number in range(2, revisions + 1)
            ),
            batch_size=1000,
        )  # fmt: skip
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE controversies_revision")
    return made


def walk(key: str, time: datetime.datetime) -> int:
    """Return the number of the newest revision at a time, by walking back from the newest."""
    with connection.cursor() as cursor:
        cursor.execute(_WALK, [key, time])
        return int(cursor.fetchone()[0])


def middle(revisions: int) -> datetime.datetime:
    """Return a time between the two revisions in the middle of a history."""
    return START + (revisions // 2) * HOUR + HOUR / 2


def run(revisions: int, rounds: int) -> None:
    client = Client(headers={"host": "localhost"})
    pages = {count: page(f"page-{count}", count) for count in (SHORT, revisions)}
    for count, made in pages.items():
        assert read.as_of(made.key, middle(count)) == walk(made.key, middle(count)) == count // 2

    def look_up(count: int) -> None:
        read.as_of(pages[count].key, middle(count))

    def page_then(count: int) -> None:
        get(count, f"?as_of={middle(count):%Y-%m-%dT%H:%M:%SZ}", 200)

    def timegate(count: int) -> None:
        get(count, "timegate/", 302)

    def get(count: int, path: str, status: int) -> None:
        header = f"{middle(count):%a, %d %b %Y %H:%M:%S GMT}"
        response = client.get(
            f"/controversies/page-{count}/{path}", headers={"accept-datetime": header}, secure=True
        )
        assert response.status_code == status, response.status_code

    def walk_back(count: int) -> None:
        walk(pages[count].key, middle(count))

    def compare(label: str, work: Callable[[int], None]) -> None:
        for count in pages:
            work(count)
        turns = {f"{count:,} revisions": lambda _i, count=count: work(count) for count in pages}
        cases.show(label, cases.measured(rounds, turns))

    compare("the look-up", look_up)
    compare("the page as of a time, whole request", page_then)
    compare("the TimeGate, whole request", timegate)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX revision_as_of")
    compare("walking back from the newest, without the index", walk_back)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.page_as_of", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--revisions", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    with cases.databases():
        run(options.revisions, options.rounds)


if __name__ == "__main__":
    main()
