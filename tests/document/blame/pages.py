"""A small page whose texts tests choose, and short ways to ask for its blame."""

from dataclasses import replace

from controversies.document.blame import replay
from controversies.document.types import (
    Citation,
    Context,
    Document,
    Head,
    Point,
    Position,
    Source,
    Stance,
    Topic,
    context_key,
)
from tests.document.edits import key

PAGE = key("blame")
CONTEXT = context_key(PAGE)
POINTS = (key("blame point 0"), key("blame point 1"))
POSITIONS = (key("blame position 0"), key("blame position 1"))
SOURCES = tuple(Source(key=key("blame source", i), slug=f"s{i}", title=f"Source {i}") for i in range(4))


def citation(source: int, **values: str) -> Citation:
    """A citation of a source, with the same key wherever it is."""
    values = {"key": key("blame citation", source), "relation": "supports", **values}
    return Citation(source=SOURCES[source].key, **values)


def page(
    argument: str = "First.",
    other: str = "Second.",
    context: str = "Context.",
    stance: str = "Stance.",
    sources: tuple[int, ...] = (),
    **values: str,
) -> Document:
    """A page with two positions; `values` are of the first."""
    first = Position(
        key=POSITIONS[0],
        claim="One claim",
        argument=argument,
        stances=(Stance(point=POINTS[0], text=stance),),
    )
    second = Position(key=POSITIONS[1], claim="Another claim", argument=other)
    return Document(
        head=Head(
            key=PAGE,
            slug="page",
            title="Page",
            topic=Topic(key=key("topic"), slug="topic", title="Topic"),
            status="active",
            polarity="binary",
            publication="published",
        ),
        context=Context(key=CONTEXT, text=context, citations=tuple(map(citation, sources))),
        points=tuple(Point(key=each, title="Point") for each in POINTS),
        positions=(replace(first, **values), second),
        sources=tuple(SOURCES[source] for source in sources),
    )


def blames(*documents: Document, restores: tuple[int, ...] = ()) -> list:
    """The blame of each revision; those with these numbers restore."""
    steps = replay((number, each, number in restores) for number, each in enumerate(documents, 1))
    return [step.blame() for step in steps]


def words_of(spans) -> list[tuple[str, int]]:
    """Words and who wrote them, neighbours of one revision as one."""
    return [(span.text, span.revision) for span in spans]


def argument(blame, position: int = 0) -> list[tuple[str, int]]:
    return words_of(blame[POSITIONS[position]]["argument"])
