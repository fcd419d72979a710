"""Measures how much of what blame says is true, beside WikiWho's algorithm and the previous revision alone.

    python -m tests.benchmarks.blame [--lengths N …] [--seeds N …] [--mixes NAME …] [--wikiwho FOLDER]

Histories are random, and it is known which revision wrote each word. The algorithms take the same revisions in turn, in
one process. WikiWho is no dependency of this project: `--wikiwho` names the folder into which it was installed
(`pip install --target FOLDER wikiwho==1.0.3`). The last line of each pair of mix and length is the mean of its seeds.
"""

import argparse
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.benchmarks.blame import contest  # noqa: E402 - its modules need the set-up above


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.blame", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--lengths", type=int, nargs="+", default=[100, 1_000, 10_000], help="revisions")
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    parser.add_argument(
        "--mixes", nargs="+", default=["moderate", "hostile"], choices=["moderate", "hostile"]
    )
    parser.add_argument("--wikiwho", help="the folder into which WikiWho was installed")
    options = parser.parse_args()
    if options.wikiwho:
        sys.path.append(options.wikiwho)
    contest.run(options.mixes, options.lengths, options.seeds, with_wikiwho=bool(options.wikiwho))


if __name__ == "__main__":
    main()
