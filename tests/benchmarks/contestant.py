"""This project as a contestant of a benchmark that measures history tools side by side (README.md here).

The harness hands over one page as plain values (`harness.content`) and asks to set up, edit, read and list it.
"""

import uuid
from dataclasses import replace
from typing import Any

from django.core.management import call_command
from harness import content
from harness.base import Contestant as Base

from controversies import history
from controversies.document import parse
from controversies.document.canonical import document_json
from controversies.document.types import Document, Point, Position
from controversies.history import read

STATUS = {"open": "active"}  # the harness's word, and ours
SPACE = uuid.UUID("5b0b1b56-6c4c-4b43-9d6c-5d4b61d3a6a1")


def key(*names: object) -> str:
    return str(uuid.uuid5(SPACE, "/".join(map(str, names))))


def as_document(state: dict[str, Any]) -> Document:
    """The harness's page as a document. Its list of sources is cited as context, in its order."""
    sources = [{"key": key("source", i), "slug": f"source-{i}", **s} for i, s in enumerate(state["sources"])]
    names = sorted({name for position in state["positions"] for name in position["backers"]})

    def citations(owner: str, numbers: list[int]) -> list[dict[str, str]]:
        return [
            {"key": key(owner, "citation", j), "source": sources[j]["key"], "relation": "supports"}
            for j in numbers
        ]

    return parse.document(
        {
            "key": key("page"),
            "slug": "it",
            "title": state["title"],
            "topic": {"key": key("topic"), "slug": "topic", "title": "Topic"},
            "status": STATUS[state["status"]],
            "polarity": "multi-axis",
            "publication": "published",
            "context": {
                "text": state["context"],
                "citations": citations("context", list(range(len(sources)))),
            },
            "points": [{"key": key("point", i), **point} for i, point in enumerate(state["points"])],
            "positions": [
                {
                    "key": key("position", i),
                    "claim": position["claim"],
                    "confidence": position["confidence"],
                    "backings": [
                        {"key": key("backing", i, name), "backer": key("backer", name)}
                        for name in position["backers"]
                    ],
                    "citations": citations(f"position {i}", position["sources"]),
                }
                for i, position in enumerate(state["positions"])
            ],
            "backers": [
                {"key": key("backer", name), "slug": f"backer-{i}", "name": name, "kind": "organisation"}
                for i, name in enumerate(names)
            ],
            "sources": sources,
        }
    )


def as_state(document: Document) -> dict[str, Any]:
    """The document as the harness's page."""
    names = {backer.key: backer.name for backer in document.backers}
    order = {citation.source: i for i, citation in enumerate(document.context.citations)}
    sources = {source.key: source for source in document.sources}
    positions: tuple[Position, ...] = document.positions
    points: tuple[Point, ...] = document.points
    return {
        "title": document.head.title,
        "context": document.context.text,
        "status": {ours: theirs for theirs, ours in STATUS.items()}[document.head.status],
        "positions": [
            {
                "claim": p.claim,
                "confidence": p.confidence,
                "backers": [names[b.backer] for b in p.backings],
                "sources": [order[c.source] for c in p.citations],
            }
            for p in positions
        ],
        "points": [{"title": p.title, "body": p.body} for p in points],
        "sources": [{"url": sources[k].url, "title": sources[k].title} for k in order],
    }


class Contestant(Base):
    history_tables = ["controversies_revision", "controversies_block", "controversies_unrecordedchange"]

    def setup(self) -> None:
        from django.contrib.auth import get_user_model  # noqa: PLC0415 - before setup() there are no models

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self.user = get_user_model().objects.create_superuser(content.AUTHOR)
        document = as_document(content.seed())
        self.key = document.key
        history.record(document, author=self.user, summary=content.comment(0), base=None)

    def path(self) -> str:
        return "/controversies/it/"

    def edit(self, n: int, all_rows: bool = False) -> None:
        """Load the page, set one claim, record.

        A form always hands over the whole document; so with `all_rows` it is made anew from JSON values, as an
        import would, and nothing of what was loaded is reused.
        """
        base = history.head(self.key)
        document = base.document
        i = n % content.POSITIONS
        positions = list(document.positions)
        positions[i] = replace(positions[i], claim=content.claim(n))
        document = document.with_blocks(positions=tuple(positions))
        if all_rows:
            document = parse.document(document_json(document))
        history.record(document, author=self.user, summary=content.comment(n), base=base)

    def prepare_reads(self) -> None:
        self.handles = range(1, history.head(self.key).number + 1)

    def current(self) -> dict[str, Any]:
        return as_state(history.head(self.key).document)

    def read(self, k: int) -> dict[str, Any]:
        return as_state(history.at(self.key, self.handles[k]).document)

    def history(self, number: int, size: int = 50) -> list[tuple[Any, str, str]]:
        last = read.newest_number(self.key) - (number - 1) * size
        page = read.entries("r.controversy_id = %s AND r.number <= %s", [self.key, last], limit=size)
        return [(entry.time, entry.author_name, entry.summary) for entry in page]
