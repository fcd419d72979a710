"""The pages that are edited: the newest documents of the fixtures, and pages made at random from a seed."""

from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml
from django.conf import settings

from controversies.document import parse
from controversies.document.types import Document
from controversies.interchange.fixture.entries import read_pages
from controversies.interchange.fixture.revisions import read_revisions

from .editor import key

FIXTURES = ("open_weights", "scaling", "training_copyright")

_SUBJECTS = (
    "Independent auditors",
    "The three largest laboratories",
    "Smaller firms in Europe",
    "Most of the published surveys",
    "Some of the regulators concerned",
    "Courts in two countries",
    "The national statistics offices",
    "Engineers who left the field",
    "Several insurers",
    "The committee of 2021",
    "Long-term field trials",
    "Those who fund the research",
    "Early adopters of the method",
    "Patients' associations",
    "Many economists",
    "The authors of the second study",
    "Farmers near the test sites",
    "Critics of the first report",
    "Two of the former chairs",
    "Operators of older plants",
    "Public libraries",
    "The standards body",
    "Teachers in rural schools",
    "Observers from outside",
)
_PREDICATES = (
    "have found no effect in more than 40 of the cases examined",
    "may publish the results before the review is complete",
    "can show that costs fall once the equipment is shared",
    "reported a decline of 12 percent within the first year",
    "argue that the benefit is larger than the harm",
    "did not agree on which measurements count as evidence",
    "will often accept a delay in return for certainty",
    "know that some of the data were collected by hand",
    "must disclose every payment above the threshold",
    "have seen all of the instruments replaced since the spring",
    "think that a licence is needed for commercial use",
    "were never asked whether the change was welcome",
    "is said to have raised the question in an open letter",
    "expect the weaker rules to remain in force for a decade",
    "consider the older method safe enough for general use",
    "have shown that errors are rare and usually harmless",
    "could be mistaken about the size of the remaining risk",
    "recommend a slower introduction in densely settled areas",
    "treat the two questions as separate, and answer only one",
    "doubt that a single trial settles the matter",
    "point to the settlement, which left the question open",
    "would rather wait for results from colder regions",
    "admit that the sample was small and mostly urban",
    "support the proposal in its current form",
)
_POINTS = ("Who bears the cost", "What counts as proof", "How long it may take", "Whether rules can follow")
_CLAIMS = (
    "The method should be allowed everywhere without further conditions",
    "The method should be allowed where its effects are measured and published",
    "The method should wait until independent trials are complete",
    "The question matters less than who controls the equipment",
    "The decision belongs to those who live beside the sites",
    "A tax on each use would settle most of the dispute",
)
_KINDS = ("empirical", "definitional", "normative", "legal", "predictive")


@cache
def fixture_pages() -> dict[str, list[Document]]:
    """Every revision's document of each fixture, by the fixture's name."""
    found: dict[str, list[Document]] = {}
    for name in FIXTURES:
        path = Path(settings.BASE_DIR) / "fixtures" / f"{name}.yaml"
        pages, faults = read_pages(name, yaml.safe_load(path.read_text()))
        if faults:
            raise ValueError(faults)
        [page] = pages.values()
        made, _faults = read_revisions(page.entry, page.shared)
        found[name] = [each.document for each in made]
    return found


def newest(name: str) -> Document:
    """The newest document of a fixture."""
    return fixture_pages()[name][-1]


class _Writer:
    """Sentences that are never the same twice, each with a mark now and then."""

    def __init__(self, random: Random) -> None:
        pairs = [(s, p) for s in _SUBJECTS for p in _PREDICATES]
        random.shuffle(pairs)
        self.random, self.pairs = random, pairs

    def sentence(self, sources: list[int]) -> str:
        subject, predicate = self.pairs.pop()
        mark = f" [{self.random.choice(sources)}]" if sources and self.random.random() < 0.4 else ""
        return f"{subject} {predicate}{mark}."

    def paragraph(self, sources: list[int], most: int = 4) -> str:
        return " ".join(self.sentence(sources) for _ in range(self.random.randint(2, most)))

    def prose(self, paragraphs: int, sources: list[int]) -> str:
        return "\n\n".join(self.paragraph(sources) for _ in range(paragraphs))


@cache
def generated_page(seed: int) -> Document:
    """A page of four to six positions on three or four points, with marks all over its prose."""
    random = Random(seed)
    positions, points = random.randint(4, 6), random.randint(3, 4)
    sources = [f"study-{seed}-{i}" for i in range(random.randint(9, 14))]
    backers = [f"group-{seed}-{i}" for i in range(random.randint(6, 9))]

    def citation(where: str, slug: str) -> dict[str, Any]:
        made = {"key": key(seed, "citation", where, slug), "source": key(seed, slug)}
        made["relation"] = random.choice(("supports", "supports", "contradicts", "context"))
        if random.random() < 0.4:
            made |= {
                "quote": f"as reported in {slug.replace('-', ' ')}",
                "locator": f"p. {random.randint(2, 90)}",
            }
        return made

    def cited(where: str, count: int) -> list[dict[str, Any]]:
        return [citation(where, slug) for slug in random.sample(sources, count)]

    point_keys = [key(seed, "point", i) for i in range(points)]
    data: dict[str, Any] = {
        "key": key(seed, "controversy"),
        "slug": f"generated-{seed}",
        "title": f"A method under dispute, number {seed}",
        "question": "Should the method be allowed, and on what conditions?",
        "topic": {"key": key(seed, "topic"), "slug": f"topic-{seed}", "title": f"Methods {seed}"},
        "status": "active",
        "status_summary": "Trials are under way in several places; none has been repeated elsewhere.",
        "polarity": "multi-axis",
        "publication": "published",
        "context": {"citations": cited("context", 1)},
        "points": [
            {
                "key": point_keys[i],
                "title": _POINTS[i],
                "kind": random.choice(_KINDS),
                "citations": cited(f"point {i}", random.randint(0, 1)),
            }
            for i in range(points)
        ],
        "positions": [
            {
                "key": key(seed, "position", i),
                "claim": _CLAIMS[i],
                "confidence": random.choice(("high", "medium", "low")),
                "citations": cited(f"position {i}", random.randint(2, 4)),
                "backings": [
                    {
                        "key": key(seed, "backing", i, slug),
                        "backer": key(seed, slug),
                        "since": str(random.randint(2008, 2024)),
                        "citations": cited(f"backing {i} {slug}", random.randint(0, 1)),
                    }
                    for slug in random.sample(backers, random.randint(2, 3))
                ],
                "stances": [
                    {"point": point_keys[n], "citations": cited(f"stance {i} {n}", random.randint(0, 1))}
                    for n in sorted(random.sample(range(points), random.randint(1, points - 1)))
                ],
            }
            for i in range(positions)
        ],
        "backers": [
            {
                "key": key(seed, slug),
                "slug": slug,
                "name": slug.replace("-", " ").title(),
                "kind": "organisation",
            }
            for slug in backers
        ],
        "sources": [
            {
                "key": key(seed, slug),
                "slug": slug,
                "title": f"{slug.replace('-', ' ').capitalize()}: a report on the method",
                "authors": "A. Author and others",
                "date": str(random.randint(2010, 2025)),
                "kind": random.choice(("article", "report", "preprint")),
            }
            for slug in sources
        ],
    }
    _write(data, random)
    return parse.document(data)


def _write(data: dict[str, Any], random: Random) -> None:
    """Write the prose of a page, now that it is known how its sources are numbered."""
    for point in data["points"]:
        point["body"] = ""
    for position in data["positions"]:
        for stance in position["stances"]:
            stance["text"] = "-"
    numbers = parse.document(data).source_numbers
    writer = _Writer(random)

    def own(*parts: dict[str, Any]) -> list[int]:
        return sorted({numbers[each["source"]] for part in parts for each in part.get("citations", ())})

    data["context"]["text"] = writer.prose(2, own(data["context"]))
    for point in data["points"]:
        point["body"] = writer.paragraph(own(point), 3)
    for position in data["positions"]:
        sources = own(position)
        position["argument"] = writer.prose(random.randint(2, 4), sources)
        position["confidence_reason"] = writer.sentence(sources)
        for stance in position["stances"]:
            stance["text"] = writer.sentence(own(stance) or sources)
