"""Measures the pages that tell who wrote what, as ratios to the page itself, for short and long histories of one page.

    python -m tests.benchmarks.blame_pages [--revisions 10 1000] [--reads N]

Each history is of the same document. Answers are drawn each time: nothing is kept of them. Figures are medians.
"""

import argparse
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from statistics import median  # noqa: E402

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.db import connection, reset_queries  # noqa: E402
from django.test import Client  # noqa: E402

from controversies.pages import draw, markdown  # noqa: E402
from tests.benchmarks import cases  # noqa: E402
from tests.factories import ControversyFactory  # noqa: E402

SIZE = {"positions": 10, "points": 6, "backings": 30, "citations": 60, "backers": 20, "sources": 30}


def forget() -> None:
    """Forget every answer, and every piece of one."""
    cache.clear()
    draw.forget()
    markdown._render.cache_clear()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.blame_pages", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--revisions", type=int, nargs="+", default=[10, 1000])
    parser.add_argument("--reads", type=int, default=30)
    options = parser.parse_args()
    settings.ALLOWED_HOSTS = ["*"]
    with cases.databases():
        run(options)


def run(options: argparse.Namespace) -> None:
    client = Client()
    addresses: dict[str, str] = {}
    for count in options.revisions:
        slug = f"page-{count}"
        ControversyFactory(slug=slug, revisions=count, authors=[f"Author {n}" for n in range(9)], **SIZE)
        addresses |= {
            f"page, {count} revisions": f"/controversies/{slug}/revisions/{count}/",
            f"blame, {count} revisions": f"/controversies/{slug}/blame/",
            f"blame of revision {count // 2} of {count}": f"/controversies/{slug}/revisions/{count // 2}/blame/",
            f"one author's, {count} revisions": f"/controversies/{slug}/blame/?author=Author+1",
        }
    addresses["author's page"] = "/authors/?name=Author+1"
    works = {name: (lambda _i, address=address: client.get(address)) for name, address in addresses.items()}
    seconds = cases.measured(options.reads, works, forget)
    first = median(seconds[next(iter(seconds))])
    connection.force_debug_cursor = True
    print(f"\n  {'':<40} {'ratio':>6} {'':>11} {'queries':>8} {'bytes':>9}")
    for name, address in addresses.items():
        forget()
        reset_queries()
        size = len(client.get(address).content)
        taken = median(seconds[name])
        print(
            f"  {name:<40} {taken / first:>6.2f} {taken * 1000:>8.1f} ms {len(connection.queries):>8} {size:>9,}"
        )


if __name__ == "__main__":
    main()
