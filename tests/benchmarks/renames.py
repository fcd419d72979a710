"""Measures how long editors of other pages wait while a backer is renamed that all of these pages show.

    python -m tests.benchmarks.renames [--pages N]

One thread renames the backer, another edits one of its pages after another. The rename is recorded in one transaction,
in batches (`history.pending`), and again so. The longest wait of an edit counts, and how long the whole rename takes;
the first line is of edits while nothing else is done. A new database is made for it and dropped afterwards.
"""

import argparse
import os
import random
import threading
import time
from dataclasses import dataclass, field
from itertools import count
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402 - models need the set-up above

from controversies import history, models  # noqa: E402
from tests.benchmarks import cases  # noqa: E402
from tests.factories import document_factory  # noqa: E402


@dataclass
class Editor:
    """A person who saves one page after another until told to stop, and the seconds that each save took."""

    keys: list[str]
    seconds: list[float] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        chosen, numbers = random.Random(1), count()
        try:
            while not self.stopped.is_set():
                self.save(chosen.choice(self.keys), next(numbers))
        finally:
            connection.close()

    def save(self, key: str, number: int) -> None:
        head = history.head(key)
        assert head is not None
        changed = cases.with_claim(head.document, number)
        start = time.perf_counter()
        history.save(changed, base=head.number, author_name="editor", summary="An edit.")
        self.seconds.append(time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.renames", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--pages", type=int, default=2000, help="pages that show the backer")
    options = parser.parse_args()
    with cases.databases():
        backer = models.Backer.objects.create(slug="hub", name="Hub", kind="company")
        keys = []
        for _ in range(options.pages):
            document = document_factory(positions=2, points=1, backers=[backer], backings=2)
            history.record(document, author_name="editor", summary="first", base=None)
            keys.append(document.key)
        print(f"{'':24}{'rename':>10}{'edits':>8}{'median':>10}{'longest wait':>15}", flush=True)
        quiet = Editor(keys)
        for number in range(40):
            quiet.save(keys[number % len(keys)], number)
        show("no rename", 0, quiet)
        for number, in_batches in enumerate((False, True, False, True)):
            measure(backer, keys, f"Hub {number}", in_batches=in_batches)


def measure(backer: models.Backer, keys: list[str], name: str, *, in_batches: bool) -> None:
    """Rename the backer while somebody edits its pages."""
    editor = Editor(keys)
    thread = threading.Thread(target=editor.work)
    thread.start()
    start = time.perf_counter()
    with history.act(author_name="renamer", summary="Renamed.", in_batches=in_batches):
        models.Backer.objects.filter(pk=backer.pk).update(name=name)
    took = time.perf_counter() - start
    editor.stopped.set()
    thread.join()
    show("in batches" if in_batches else "in one transaction", took, editor)


def show(name: str, took: float, editor: Editor) -> None:
    waits = editor.seconds
    print(
        f"{name:24}{took:>8.1f} s{len(waits):>8}{median(waits) * 1000:>7.0f} ms{max(waits):>13.2f} s",
        flush=True,
    )


if __name__ == "__main__":
    main()
