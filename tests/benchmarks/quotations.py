"""Measures what the matcher of quotations accepts and refuses, beside simpler ways, and what it takes.

python -m tests.benchmarks.quotations [--each N] [--seed N] [--faults]
"""

import argparse
import os
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from time import perf_counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from rapidfuzz import fuzz  # noqa: E402

from controversies.checks.quotations import match, matcher  # noqa: E402 - its modules need the set-up above
from controversies.models.choices import QuoteVerdict  # noqa: E402
from tests.checks.quotations.holdout import Sample, copies, falsifications, texts  # noqa: E402
from tests.checks.quotations.test_cases import CASES  # noqa: E402

MARK = re.compile(r"\s*(?:\[[^\]]*\]|…|\.\.\.)\s*")


def normal(text: str) -> str:
    """The text as many tools compare it: one kind of quotation marks, dashes and spaces, no capitals."""
    text = unicodedata.normalize("NFKC", text.replace("\u00ad", ""))
    text = re.sub("[“”„«»]", '"', re.sub("[‘’‚]", "'", re.sub("[–—−‑]", "-", text)))
    return " ".join(text.split()).casefold().strip(' ".')


def is_confirmed(sample: Sample) -> bool:
    return match(sample.quote, sample.text).verdict == QuoteVerdict.CONFIRMED


def is_substring(sample: Sample) -> bool:
    return normal(sample.quote) in normal(sample.text)


def has_parts(sample: Sample) -> bool:
    text = normal(sample.text)
    return all(normal(part) in text for part in MARK.split(sample.quote))


def is_like(least: int) -> Callable[[Sample], bool]:
    return lambda sample: fuzz.partial_ratio(normal(sample.quote), normal(sample.text)) >= least


WAYS: dict[str, Callable[[Sample], bool]] = {
    "ours": is_confirmed,
    "substring": is_substring,
    "fuzz ≥ 90": is_like(90),
    "fuzz ≥ 95": is_like(95),
    "parts anywhere": has_parts,
}


def judge(title: str, samples: Iterable[Sample], show_faults: bool = False) -> None:
    """Print for each kind how many samples each way judges wrongly, and the sums."""
    counts: Counter[str] = Counter()
    wrong: dict[str, Counter[str]] = {way: Counter() for way in WAYS}
    honest: dict[str, bool] = {}
    for sample in samples:
        honest[sample.kind] = sample.is_honest
        counts[sample.kind] += 1
        for way, accepts in WAYS.items():
            if accepts(sample) != sample.is_honest:
                wrong[way][sample.kind] += 1
                if show_faults and way == "ours":
                    print("!", sample)
    print(f"\n{title:34}{'n':>6}" + "".join(f"{way:>16}" for way in WAYS))
    for is_honest, name in ((True, "false refusals"), (False, "false accepts")):
        kinds = [kind for kind in counts if honest[kind] == is_honest]
        rows = [*((kind, [kind]) for kind in kinds), (f"= {name}", kinds)]
        for label, each in rows if len(kinds) > 1 else rows[-1:]:
            total = sum(counts[kind] for kind in each)
            cells = "".join(f"{sum(wrong[way][kind] for kind in each):>16}" for way in WAYS)
            print(f"{label:34}{total:>6}{cells}")


def measure_speed() -> None:
    """Print the time for one quotation in a long text, as a ratio to a normalised search for a substring."""
    text = " ".join(texts())[:600_000]
    middle = text[300_000:300_300].split(" ")
    quote = " ".join(middle[1:-1])

    def seconds(act: Callable[[], object]) -> float:
        times = []
        for _turn in range(7):
            start = perf_counter()
            act()
            times.append(perf_counter() - start)
        return statistics.median(times)

    def first() -> None:
        matcher._index.cache_clear()
        match(quote, text)

    base = seconds(lambda: is_substring(Sample("", True, quote, text)))
    print(f"\nOne quotation in {len(text):,} characters, as a ratio to a normalised substring ({base:.3f} s)")
    absent = quote.replace(" ", " zebra ", 3)
    for name, act in (
        ("first quotation of a source", first),
        ("each further one", lambda: match(quote, text)),
        ("one that is absent, with its nearest passage", lambda: match(absent, text)),
        ("rapidfuzz", lambda: is_like(90)(Sample("", True, quote, text))),
        ("a text that repeats itself", lambda: match("the " * 25_000 + "end", "the " * 150_000)),
        (
            "omissions in a text that repeats itself",
            lambda: match(" … ".join(["a b c"] * 500) + " … d e", "a b c " * 100_000),
        ),
    ):
        print(f"{name:50}{seconds(act) / base:8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.quotations", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--each", type=int, default=100, help="samples of each kind")
    parser.add_argument("--seed", type=int, default=3, help="another seed makes another hold-out")
    parser.add_argument("--faults", action="store_true", help="print each sample that ours judges wrongly")
    options = parser.parse_args()
    written = (
        Sample(
            "honest" if case["verdict"] == "found" else "falsified",
            case["verdict"] == "found",
            case["quote"],
            case["text"],
        )
        for case in CASES
    )
    judge("Cases that tuned it", written, options.faults)
    generated = [*copies(options.each, options.seed), *falsifications(options.each, options.seed)]
    print(f"\n{len(texts())} texts, {sum(map(len, texts())):,} characters; seed {options.seed}", end="")
    judge("Hold-out", generated, options.faults)
    measure_speed()


if __name__ == "__main__":
    main()
