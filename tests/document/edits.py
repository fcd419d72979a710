"""A small page, and random edits of it that keep it valid. An edit is data, so that hypothesis can shrink it."""

import copy
import uuid
from typing import Any

from hypothesis import strategies as st

from controversies.document import canonical, parse
from controversies.document.types import Backer, Document, Source


def key(*names: object) -> str:
    """A key that is the same for the same names."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, names))))


BACKERS = tuple(
    Backer(key=key("backer", i), slug=f"backer-{i}", name=f"Backer {i}", kind="company") for i in range(9)
)
SOURCES = tuple(Source(key=key("source", i), slug=f"source-{i}", title=f"Source {i}") for i in range(9))


def _citation(name: str, source: int) -> dict[str, Any]:
    return {"key": key("citation", name), "source": key("source", source), "relation": "supports"}


def page() -> Document:
    """Three positions on three points; two backers each; a source for everything."""
    points = [
        {"key": key("point", i), "title": f"Point {i}", "citations": [_citation(f"point {i}", i)]}
        for i in range(3)
    ]
    positions = [
        {
            "key": key("position", i),
            "claim": f"Claim {i}",
            "argument": "First.\n\nSecond.\n\nThird.\n\nFourth.",
            "citations": [_citation(f"position {i} {j}", j) for j in range(3)],
            "stances": [
                {
                    "point": key("point", j),
                    "text": f"Stance {i} {j}",
                    "citations": [_citation(f"stance {i} {j}", j)],
                }
                for j in range(2)
            ],
            "backings": [
                {
                    "key": key("backing", i, j),
                    "backer": key("backer", i + j),
                    "since": "2020",
                    "citations": [_citation(f"backing {i} {j}", j)],
                }
                for j in range(2)
            ],
        }
        for i in range(3)
    ]
    data = {
        "key": key("controversy"),
        "slug": "weights",
        "title": "Weights",
        "topic": {"key": key("topic", 0), "slug": "topic-0", "title": "Topic 0"},
        "status": "active",
        "polarity": "multi-axis",
        "publication": "draft",
        "context": {"text": "One.\n\nTwo.\n\nThree.", "citations": [_citation("context", 4)]},
        "points": points,
        "positions": positions,
        "backers": [canonical.to_json(each) for each in BACKERS],
        "sources": [canonical.to_json(each) for each in SOURCES],
    }
    return parse.document(data)


PAGE = page()
_SHARED = {
    "backers": [canonical.to_json(each) for each in BACKERS],
    "sources": [canonical.to_json(each) for each in SOURCES],
}
_VALUES: dict[str, list[Any]] = {
    "title": ["One title", "Other title"],
    "question": ["", "Whether?", "Which?"],
    "status": ["active", "resolved", "dormant"],
    "publication": ["draft", "published", "withdrawn"],
    "slug": ["weights", "open-weights", "closed-weights"],
    "status_summary": ["", "Quiet.", "Quiet.\n\nStill."],
    "kind": ["", "legal", "empirical"],
    "body": ["", "Body.", "Body.\n\nMore."],
    "claim": ["One claim", "Other claim"],
    "confidence": ["high", "low"],
    "text": ["Said.", "Said.\n\nMore.", "Else."],
    "note": ["", "Noted.", "Noted.\n\nTwice."],
    "since": ["", "2019", "2021", "2024"],
    "until": ["", "2020", "2022", "2025"],
    "relation": ["supports", "contradicts"],
    "quote": ["", "Quoted.", "Quoted otherwise."],
    "locator": ["", "p. 1", "p. 2"],
    "backer": [key("backer", i) for i in range(8)],
    "source": [key("source", i) for i in range(8)],
}
_MEMBERS = ("points", "positions", "stances", "backings", "citations")

type Edit = tuple[str, int, int, int]

edits = st.lists(
    st.tuples(
        st.sampled_from(
            ["set", "set", "paragraph", "remove", "add", "add", "move", "reorder", "review", "topic"]
        ),
        st.integers(0, 60),
        st.integers(0, 60),
        st.integers(0, 6),
    ),
    max_size=6,
)


def _parts(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Every part that has fields of its own, the page's head first."""
    found = [data, data["context"], *data["context"]["citations"]]
    for part in (*data["points"], *data["positions"]):
        found.append(part)
        for name in _MEMBERS:
            for item in part.get(name, []):
                found += [item, *item.get("citations", [])]
    return found


def _lists(data: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    return [
        (name, part[name]) for part in _parts(data) for name in _MEMBERS if isinstance(part.get(name), list)
    ]


def _new(name: str, number: int, parent: int) -> dict[str, Any]:
    own = {"key": key("new", name, number, parent)}
    return {
        "points": {**own, "title": f"New point {number}"},
        "positions": {**own, "claim": f"New claim {number}"},
        "stances": {"point": key("point", number % 3), "text": f"New stance {number}"},
        "backings": {**own, "backer": key("backer", number)},
        "citations": {**own, "source": key("source", number % 4), "relation": "supports"},
    }[name]


def _apply(data: dict[str, Any], edit: Edit, salt: str) -> None:
    what, a, b, c = edit
    if what == "set":
        part = _parts(data)[a % len(_parts(data))]
        names = [name for name in part if name in _VALUES]
        name = names[b % len(names)]
        part[name] = _VALUES[name][c % len(_VALUES[name])]
    elif what == "paragraph":
        texts = [(part, n) for part in _parts(data) for n in ("text", "argument") if part.get(n)]
        part, name = texts[a % len(texts)]
        paragraphs = part[name].split("\n\n")
        at = b % len(paragraphs)
        paragraphs[at : at + c % 2] = [f"Paragraph {salt} {c}."] if c < 5 else []
        part[name] = "\n\n".join(paragraphs)
    elif what == "review":
        data["reviewed_on"], data["reviewed_by"] = (
            (f"2025-01-0{1 + a % 9}", f"Reviewer {b % 3}") if c else ("", "")
        )
    elif what == "topic":
        number = a % 3
        data["topic"] = {"key": key("topic", number), "slug": f"topic-{number}", "title": f"Topic {number}"}
    else:
        lists = [each for each in _lists(data) if each[1] or what == "add"]
        name, items = lists[a % len(lists)]
        if what == "add":
            items.insert(b % (len(items) + 1), _new(name, c, a if b % 2 else key(salt)))  # type: ignore[arg-type]
        elif what == "remove":
            gone = items.pop(b % len(items))
            if name == "points":
                for position in data["positions"]:
                    position["stances"] = [s for s in position["stances"] if s["point"] != gone["key"]]
        elif what == "reorder":
            items.insert(c % len(items), items.pop(b % len(items)))
        else:
            others = [each for each in _lists(data) if each[0] == name and each[1] is not items]
            if others and name in ("backings", "citations"):
                others[c % len(others)][1].append(items.pop(b % len(items)))


def edited(document: Document, made: list[Edit], salt: str) -> Document:
    """The document with these edits; those that would break it are left out. `salt` makes some of them a side's own."""
    for edit in made:
        data = canonical.document_json(document)
        given = copy.deepcopy(data)
        for name, more in _SHARED.items():
            have = {each["key"] for each in given[name]}
            given[name] += [each for each in more if each["key"] not in have]
        try:
            _apply(given, edit, salt)
            document = parse.document(given)
        except parse.InvalidDocument:
            continue
    return document
