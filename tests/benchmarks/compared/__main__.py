"""Measures how well comparisons say what a person says: precision and recall per kind of edit.

python -m tests.benchmarks.compared [--faults] [--kind KIND]
"""

import argparse
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.benchmarks.compared import score  # noqa: E402 - its modules need the set-up above
from tests.benchmarks.compared.edits import labelled_edits  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.compared", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--faults", action="store_true", help="list what is wrong, edit by edit")
    parser.add_argument("--kind", help="only edits of this kind")
    options = parser.parse_args()
    edits = [each for each in labelled_edits() if options.kind in (None, each.kind)]
    found = score.scores(edits)
    if options.faults:
        print("\n".join(found["all"].faults), end="\n\n")
    print(score.table(found))


if __name__ == "__main__":
    main()
