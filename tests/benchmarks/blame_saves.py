"""Measures what blame adds to a save: CPU of this process and of PostgreSQL's, with it and without, and bytes an edit.

    python -m tests.benchmarks.blame_saves [--edits N] [--posts N]

Two pages of the same document take turns in random order, one of them saved without the step that derives blame.
Figures are means over all edits; PostgreSQL's CPU is that of this connection's process, as Linux counts it.
"""

import argparse
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import random  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import replace  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from controversies import history  # noqa: E402
from controversies.document.types import Document  # noqa: E402
from controversies.history import revisions  # noqa: E402
from tests.admin.editing import change_url, opened  # noqa: E402
from tests.benchmarks import cases  # noqa: E402
from tests.factories import BIG, PASSWORD, ControversyFactory, UserFactory, document_factory  # noqa: E402

_TABLES = ("blame", "origin", "gone")
_STEP = revisions.attribute_recorded
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.blame_saves", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--edits", type=int, default=500)
    parser.add_argument("--posts", type=int, default=60)
    options = parser.parse_args()
    settings.ALLOWED_HOSTS = ["*"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    with cases.databases():
        run(options)


def run(options: argparse.Namespace) -> None:
    for name, size in (("small", cases.SMALL), ("big", BIG)):
        for kind, edit in (("another claim", cases.with_claim), ("a word of an argument", with_word)):
            pages = cases.Ours(document_factory(**size)).key, cases.Ours(document_factory(**size)).key
            before = blame_bytes()
            show(f"record(), {name} page, {kind}", options.edits, partial(_record, edit), pages)
            print(
                f"  bytes of blame an edit, indexes included: {(blame_bytes() - before) / options.edits:.0f}"
            )
        desk = Client()
        desk.login(username=UserFactory(role="publisher").username, password=PASSWORD)
        pages = ControversyFactory(**size).key, ControversyFactory(**size).key
        show(f"the desk's form, {name} page, a word more", options.posts, partial(_post, desk), pages)


def with_word(document: Document, n: int) -> Document:
    """The document with another word in an argument, and every tenth time a sentence more or less."""
    i = n % len(document.positions)
    position = document.positions[i]
    words = position.argument.split(" ")
    words[(n * 7) % len(words)] = random.Random(n).choice(cases.WORDS)
    argument = " ".join(words)
    if n % 10 == 0:
        argument += f" And {cases.claim(n)}."
    changed = replace(position, argument=argument)
    return document.with_blocks(positions=(*document.positions[:i], changed, *document.positions[i + 1 :]))


class Meter:
    """CPU seconds of this process, and of the connection's, while something is measured."""

    def __init__(self) -> None:
        self.here = self.there = 0.0

    def __enter__(self) -> None:
        connection.ensure_connection()
        self._start = time.process_time(), backend_seconds()

    def __exit__(self, *_error: object) -> None:
        self.here += time.process_time() - self._start[0]
        self.there += backend_seconds() - self._start[1]


def backend_seconds() -> float:
    """CPU seconds that PostgreSQL's process of this connection has used."""
    status = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text()
    user, system = status.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS


def _record(edit: Callable[[Document, int], Document], key: str, n: int, meter: Meter) -> None:
    """Record an edit of the page; reading it first counts, as it is part of every save."""
    with meter:
        head = history.head(key)
        assert head is not None
        history.record(edit(head.document, n), author_name="editor", summary=f"edit {n}", base=head)


def _post(desk: Client, key: str, n: int, meter: Meter) -> None:
    """Send the desk's form with a word more; the form itself is not measured."""
    form = opened(desk, change_url(key))
    form["head-status_summary"] += f" {cases.WORDS[n % len(cases.WORDS)]}"
    form["reason-summary"] = f"edit {n}"
    with meter:
        response = desk.post(change_url(key), form.data())
    assert response.status_code == 302, response.content


def show(label: str, rounds: int, act: Callable[[str, int, Meter], None], pages: tuple[str, str]) -> None:
    """Print the CPU of both pages' edits, which take turns."""
    meters = {True: Meter(), False: Meter()}
    for n in range(rounds):
        for has_blame in random.sample([True, False], 2):
            revisions.attribute_recorded = _STEP if has_blame else _no_step  # type: ignore[assignment]
            act(pages[not has_blame], n, meters[has_blame])
    revisions.attribute_recorded = _STEP
    print(f"\n{label}: ms of CPU an edit")
    for name, meter in (("without blame", meters[False]), ("with blame", meters[True])):
        here, there = meter.here / rounds * 1000, meter.there / rounds * 1000
        print(f"  {name:<16} here {here:7.2f}   PostgreSQL {there:6.2f}   both {here + there:7.2f}")
    here, there = (getattr(meters[True], each) / getattr(meters[False], each) for each in ("here", "there"))
    both = (meters[True].here + meters[True].there) / (meters[False].here + meters[False].there)
    print(f"  {'ratio':<16} here {here:7.3f}   PostgreSQL {there:6.3f}   both {both:7.3f}", flush=True)


def _no_step(_recorded: object) -> None:
    """Derive nothing."""


def blame_bytes() -> int:
    """Bytes of the tables of blame, indexes included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(to_regclass('controversies_' || name))) FROM unnest(%s::text[]) name",
            [list(_TABLES)],
        )
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
