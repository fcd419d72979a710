"""Measures what history costs, as ratios to plain rows without history, side by side in one run.

    python -m tests.benchmarks [--edits N] [--revisions N] [--reads N]

The floor is the same models in a second database that has neither guards nor history: rows loaded with prefetch, the
changed row and the page's saved, in one transaction. Contestants take turns in random order; a figure is the median of
ten blocks' medians, with the least and the greatest. Merged
edits are compared with a plain save instead. Both databases are made for the run and dropped after it.
"""

import argparse
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.benchmarks import cases  # noqa: E402 - its models need the set-up above


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--revisions", type=int, default=10_000, help="length of the long history")
    parser.add_argument("--reads", type=int, default=200)
    parser.add_argument("--pages", type=int, default=200, help="pages that show the renamed backer")
    options = parser.parse_args()
    with cases.databases():
        cases.run(options)


if __name__ == "__main__":
    main()
