"""Measures what checks and evidence cost a page, as ratios to the same page without them, side by side in one run.

    python -m tests.benchmarks.page_checks [--rounds N]

All pieces of a large page are drawn again each time: with what is known of its sources and the evidence for its
positions, and without. The contestants take turns in random order. Printed are medians' ratios: drawing with checks to
drawing without; counting the evidence, and reading what is known (one query), to drawing the page without.
"""

import argparse
import os
import random
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - its models need the set-up above
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from controversies import models as m  # noqa: E402
from controversies.checks import display  # noqa: E402
from controversies.checks.digests import quote_digest  # noqa: E402
from controversies.document.evidence import evidence  # noqa: E402
from controversies.history import Reading  # noqa: E402
from controversies.pages import draw  # noqa: E402
from tests.factories import BIG, ControversyFactory  # noqa: E402


def check_all(reading: Reading) -> None:
    """Write a verdict on every source and every quotation of a page."""
    now = timezone.now()
    for source in reading.document.sources:
        m.SourceState.objects.update_or_create(
            source_id=source.key, defaults={"verdict": "verified", "since": now, "due_at": now}
        )
    for citation in reading.document.citations():
        if citation.quote:
            m.QuoteCheck.objects.update_or_create(
                source_id=citation.source,
                quote_sha256=quote_digest(citation.quote),
                defaults={
                    "verdict": "found",
                    "since": now,
                    "checked_at": now,
                    "engine": 1,
                    "selector": {"exact": citation.quote},
                },
            )


def draw_page(reading: Reading, checks: Mapping[Any, Any] | None) -> None:
    """Draw every piece of the page, whatever was drawn before."""
    draw.forget()
    draw.Drawing(reading, reading.document.head.slug, {}, checks=checks).pieces()


def run(rounds: int) -> None:
    """Draw, and print the ratios."""
    reading = ControversyFactory(**BIG).head
    check_all(reading)
    known = display.shown_checks(reading.document)
    contestants: dict[str, Callable[[], Any]] = {
        "without": lambda: draw_page(reading, {}),
        "with checks": lambda: draw_page(reading, known),
        "evidence": lambda: evidence(reading.document),
        "reading checks": lambda: display.shown_checks(reading.document),
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for work in contestants.values():
        work()
    for _round in range(rounds):
        for name, work in random.sample(list(contestants.items()), len(contestants)):
            begun = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - begun)
    floor = median(times["without"])
    print(f"{len(reading.document.sources)} sources, {len(known)} shown checks, {rounds} rounds")
    for name in ("with checks", "evidence", "reading checks"):
        print(f"{name:15} {median(times[name]) / floor:6.3f} of drawing the page without checks")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.page_checks", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    settings.DEBUG = False
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        run(options.rounds)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
