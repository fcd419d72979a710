"""Measures what searches cost on a generated site, by kind of query: milliseconds of CPU of the web and the database.

    python -m tests.benchmarks.scale.searches DATABASE [--each N] [--seed N]

The database is one that `fill` made and that is migrated. Queries are made of the words of its public pages, drawn at
random, so many of each kind; the judged queries of `tests.benchmarks.search`, most of which no page answers, are asked,
too. Each is asked once, with every cache empty. Exits with 1 if a kind's 95th percentile is over 60 ms.
"""

import argparse
import os
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from controversies import models as m  # noqa: E402 - it needs the set-up above
from tests.benchmarks.search.queries import QUERIES  # noqa: E402

from .probe import Probe  # noqa: E402
from .words import word  # noqa: E402

GOAL = 60.0  # ms
_INVENTED = re.compile(r"\b[bdfgklmnprtvz][aeiou][bdfgklmnprtvz][aeiou][bdfgklmnprtvz][aeiou][bkpxz]\b")
_ENGLISH = re.compile(r"\b[a-z]{5,}\b")


@dataclass(frozen=True, slots=True)
class TimedQuery:
    """A query of a kind with its cost."""

    kind: str
    text: str
    web: float
    database: float

    @property
    def cpu(self) -> float:
        """Milliseconds of both processes together."""
        return self.web + self.database


def generated_queries(each: int, draw: random.Random) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield so many queries of each kind, as parameters of `/search/`, with the name of the kind."""
    newest = m.SearchIndex.objects.latest("id").id
    topics = list(m.PublicUse.objects.filter(type="topic").values_list("slug", flat=True))
    for number in draw.choices(range(1, newest + 1), k=each):
        index = m.SearchIndex.objects.filter(id__gte=number, controversy__publication="published").earliest(
            "id"
        )
        page = index.controversy
        position = draw.choice(list(page.positions.all()))
        citation = m.Citation.objects.filter(controversy=page).exclude(quote="").order_by("id").first()
        backing = m.Backing.objects.filter(position__controversy=page).select_related("backer").first()
        invented = sorted(set(_INVENTED.findall(position.argument))) or [page.slug.split("-")[0]]
        english = sorted(set(_ENGLISH.findall(position.argument)) - set(invented))
        common, rare = word(draw.randrange(20)), draw.choice(invented)
        yield "words", {"q": f"{rare} {draw.choice(invented)}"}
        yield "words", {"q": f"{draw.choice(english)} {rare}"}
        yield "common words", {"q": common}
        yield "common words", {"q": f"{common} {word(draw.randrange(20))}"}
        yield "common words", {"q": " ".join(draw.sample(english, 2))}
        yield "words to leave out", {"q": f"{common} -{word(draw.randrange(20))}"}
        yield "either word", {"q": f"{common} OR {rare}"}
        yield "stems", {"q": f"{draw.choice(english)}s {draw.choice(english)}ing"}
        yield "typos", {"q": f"{rare[:3]}{rare[4]}{rare[3]}{rare[5:]} {draw.choice(english)}"}
        yield "typos", {"q": f"{common[:-1]}t"}
        words = position.argument.split()
        start = draw.randrange(max(1, len(words) - 6))
        yield "quotations", {"q": f'"{" ".join(words[start : start + 5])}"'}
        if citation is not None:
            yield "quotations", {"q": f'"{" ".join(citation.quote.split()[:7])}"'}
            yield "identifiers", {"q": citation.source.doi or citation.source.url}
            yield "backers and authors", {"q": citation.source.title.split(":")[0]}
        yield "questions", {"q": page.question}
        yield "questions", {"q": f"Is it true that {common} and {rare} agree?"}
        if backing is not None:
            yield "backers and authors", {"q": backing.backer.name}
        yield "backers and authors", {"q": f"{common.capitalize()} Editor"}
        yield "facets", {"q": common, "status": "active"}
        yield "facets", {"q": common, "topic": draw.choice(topics)}
        yield "facets", {"q": common, "confidence": "high", "year": "2024"}
        yield "facets", {"q": f"{common} {draw.choice(english)}", "contested": "1", "backer": "company"}


def timed_queries(probe: Probe, each: int, seed: int) -> list[TimedQuery]:
    """Ask all queries and return their costs."""
    asked = [(query.kind, {"q": query.text}) for query in QUERIES]
    asked += generated_queries(each, random.Random(seed))
    for _kind, params in asked[:3]:  # loads templates and modules
        probe.measure(f"/search/?{urlencode(params)}", is_of_the_desk=False)
    timed = []
    for kind, params in asked:
        costs: dict[str, Any] = probe.measure(f"/search/?{urlencode(params)}", is_of_the_desk=False)
        assert costs["status"] == 200, (params, costs)
        timed.append(TimedQuery(kind, urlencode(params), costs["web"], costs["database"]))
    return timed


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(timed: list[TimedQuery]) -> bool:
    """Print the table; return whether every kind reaches the goal."""
    by_kind: dict[str, list[TimedQuery]] = defaultdict(list)
    for query in timed:
        by_kind[query.kind].append(query)
    by_kind["all"] = timed
    print(f"{'kind':<22}{'queries':>8}{'p50':>8}{'p95':>8}{'max':>8}{'database p95':>14}   the dearest")
    for kind, queries in by_kind.items():
        costs = [query.cpu for query in queries]
        dearest = max(queries, key=lambda query: query.cpu)
        of_database = percentile([query.database for query in queries], 0.95)
        print(
            f"{kind:<22}{len(queries):>8}{percentile(costs, 0.5):>8.1f}{percentile(costs, 0.95):>8.1f}"
            f"{max(costs):>8.1f}{of_database:>14.1f}   {dearest.text[:70]}"
        )
    return all(percentile([query.cpu for query in queries], 0.95) <= GOAL for queries in by_kind.values())


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.scale.searches", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("database", metavar="DATABASE")
    parser.add_argument("--each", type=int, default=10, help="pages of whose words queries are made")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.exit(0 if report(timed_queries(Probe(options.database), options.each, options.seed)) else 1)


if __name__ == "__main__":
    main()
