"""Measures one run of the worker's e-mails to readers, with 1,000 and 100,000 subscribers: CPU, queries and memory.

    python -m tests.benchmarks.digests [--subscribers 1000 100000] [--seconds N]

Digests are due to all of them. The run takes so many seconds at most, as the worker's does; a mail server in a process
of its own takes everything. CPU is this process's and that of PostgreSQL's process for this connection, as Linux counts
them, an e-mail (an address where nothing changed); memory is what this process grew by at most. The ratio is that of
all CPU to the one with the first number of subscribers. A database is made for the run and dropped after it.
"""

import argparse
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import multiprocessing  # noqa: E402
import re  # noqa: E402
import secrets  # noqa: E402
import time  # noqa: E402
import uuid  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from multiprocessing.connection import Connection  # noqa: E402
from pathlib import Path  # noqa: E402

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from controversies.following import addresses, delivery, subscriptions  # noqa: E402
from controversies.kit.metrics import FOLLOW_MAILS  # noqa: E402
from controversies.models import DigestPace, SubjectType, Subscription  # noqa: E402
from tests.benchmarks import cases  # noqa: E402
from tests.benchmarks.blame_saves import Meter  # noqa: E402
from tests.factories import BackerFactory, ControversyFactory, TopicFactory  # noqa: E402
from tests.following.mail_server import MailServer  # noqa: E402

PAGES, CHANGED = 200, 20
SUBJECTS = 500  # of an address that follows many
_COLUMNS = (
    "type, key, address, digest, handle, secret, pace, language, confirmed_at, arrival, due_at, asked_pace,"
    " asked_language"
)

type SubjectKey = tuple[str, uuid.UUID]


@dataclass(frozen=True)
class DigestCase:
    """Subscribers who are alike. `subjects` gives what the one of a number follows."""

    name: str
    subjects: Callable[[int], list[SubjectKey]]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.digests", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--subscribers", type=int, nargs="+", default=[1000, 100_000])
    parser.add_argument(
        "--seconds", type=float, default=delivery.SECONDS, help="the longest that a run takes"
    )
    options = parser.parse_args()
    spawned = multiprocessing.get_context("spawn")
    receiver, sender = spawned.Pipe(duplex=False)
    server = spawned.Process(target=serve, args=[sender], daemon=True)
    server.start()
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": receiver.recv(), "timeout": 10},
        }
    }
    try:
        with cases.databases():
            compare(options.subscribers, options.seconds)
    finally:
        server.terminate()


def serve(sender: Connection) -> None:
    """Take all e-mails until this process is ended."""
    server = MailServer()
    server.on_message = lambda: server.messages.clear() is None
    sender.send(server.port)
    while True:
        time.sleep(60)


def compare(subscribers: list[int], seconds: float) -> None:
    """Print a line for each case and each number of subscribers."""
    arrival, digest_cases = make_site()
    print(
        f"{'':18}{'addresses':>10}{'e-mails':>9}{'due after':>10}{'seconds':>9}{'web':>10}{'database':>10}"
        f"{'queries':>9}{'memory':>9}{'ratio':>7}"
    )
    for case in digest_cases:
        floor = 0.0
        for number in subscribers:
            fill(number, case, arrival)
            floor = measure(case.name, number, seconds, floor)


def make_site() -> tuple[int, list[DigestCase]]:
    """Make pages, of which some change twice; return the arrival before these changes, and the cases."""
    topics = [TopicFactory() for _number in range(20)]
    backers = [BackerFactory() for _number in range(300)]
    pages = [
        ControversyFactory(
            positions=2,
            citations=2,
            backings=2,
            backers=[backers[(2 * number + each) % len(backers)] for each in range(2)],
            topic=topics[number % len(topics)],
        )
        for number in range(PAGES)
    ]
    arrival = subscriptions.newest_arrival()
    for number in (1, 2):
        for page in pages[:CHANGED]:
            page.save(
                cases.with_claim(page.document, number), summary="The claim was too narrow for its evidence."
            )
    keys = [(SubjectType.PAGE.value, page.row.pk) for page in pages]
    subjects = [
        *keys,
        *((SubjectType.TOPIC.value, topic.pk) for topic in topics),
        *((SubjectType.BACKER.value, backer.pk) for backer in backers),
        (SubjectType.SITE.value, Subscription.SITE),
    ]
    return arrival, [
        DigestCase("nothing changed", lambda _number: keys[-1:]),
        DigestCase("one page", lambda _number: keys[:1]),
        DigestCase("a subject each", lambda number: [subjects[number % len(subjects)]]),
        DigestCase("500 of one in 100", lambda number: [] if number % 100 else subjects[:SUBJECTS]),
    ]


def fill(addresses_wanted: int, case: DigestCase, arrival: int) -> None:
    """Have so many addresses, to all of which a digest is due that tells what came after `arrival`."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE controversies_subscription")
        with cursor.copy(f"COPY controversies_subscription ({_COLUMNS}) FROM STDIN") as copy:
            for number in range(addresses_wanted):
                for row in rows_of(number, case.subjects(number), arrival):
                    copy.write_row(row)
        cursor.execute("ANALYZE controversies_subscription")


def rows_of(number: int, subjects: list[SubjectKey], arrival: int) -> Iterator[tuple[object, ...]]:
    """Return the rows of one subscriber, in the order of _COLUMNS."""
    address, now = f"reader-{number}@reader.example", timezone.now()
    encrypted, digest = addresses.encrypt(address), addresses.digests(address)[0]
    handle, secret = secrets.token_urlsafe(9), secrets.token_urlsafe(24)
    for subject_type, key in subjects:
        yield (
            *(subject_type, key, encrypted, digest, handle, secret),
            *(DigestPace.DAILY.value, ("en", "de", "es")[number % 3], now, arrival, now, "", ""),
        )


def measure(name: str, number: int, seconds: float, floor: float) -> float:
    """Print one run; return `floor`, or the run's CPU an e-mail where that is 0."""
    queries, delivered, began = 0, _delivered(), timezone.now()

    def count(execute: Callable[..., object], *arguments: object) -> object:
        nonlocal queries
        queries += 1
        return execute(*arguments)

    meter, memory, start = Meter(), reset_memory(), time.monotonic()
    with connection.execute_wrapper(count), meter:
        delivery.deliver(seconds)
    elapsed, memory = time.monotonic() - start, _status("VmHWM") - memory
    left = Subscription.objects.filter(due_at__lte=began).values("digest").distinct().count()
    mails = _delivered() - delivered
    handled = mails or number - left
    cpu = (meter.here + meter.there) / handled
    floor = floor or cpu
    print(
        f"{name:18}{number:>10,}{mails:>9,}{left:>10,}{elapsed:>9.1f}"
        f"{meter.here / handled * 1000:>7.2f} ms{meter.there / handled * 1000:>7.2f} ms{queries / handled:>9.2f}"
        f"{memory / 1024:>6.1f} MB{cpu / floor:>7.2f}",
        flush=True,
    )
    return floor


def _delivered() -> int:
    return int(FOLLOW_MAILS.labels(delivery.MailOutcome.DELIVERED.value)._value.get())


def reset_memory() -> int:
    """Have the kernel forget the peak of this process's memory; return what it is now, in KB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _status(name: str) -> int:
    match = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert match is not None
    return int(match[1])


if __name__ == "__main__":
    main()
