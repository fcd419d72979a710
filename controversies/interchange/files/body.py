"""The body of a file: prose under `## Context`, `## Key Tensions`, `## Status` and other headings of declared fields.

Other text belongs to the context: text before the first heading, sections of other names, and text under Key Tensions
before the first `**Name:**`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from controversies.document import text as texts

from .vocabulary import DEFAULT_HEADING, POINTS_HEADING, headed_specs

_HEADINGS = [spec.file_heading for _block_type, spec in headed_specs()]
_ORDER = [DEFAULT_HEADING, POINTS_HEADING, *(name for name in _HEADINGS if name != DEFAULT_HEADING)]
_NAMES = {name.lower(): name for name in _ORDER}

_HEADING = re.compile(r" {0,3}##[ \t]+(.*?)[ \t]*#*[ \t]*")
_POINT = re.compile(r"\*\*([^*]+?)(?::\*\*|\*\*:)(?:[ \t]+(.*))?")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_BLOCK = re.compile(r"\d+[.)]|[-+*#>|`~=<_ ]")  # begins a list, fence, quote, table: a line of its own


@dataclass(frozen=True, slots=True)
class PointText:
    """A contested point of the body; its line is counted from 1."""

    title: str
    body: str
    line: int


@dataclass(slots=True)
class Body:
    """The text under each heading, and the points; `lines` are those of the headings, `repeated` are second ones."""

    texts: dict[str, str] = field(default_factory=dict)
    points: list[PointText] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    repeated: list[tuple[str, int]] = field(default_factory=list)


def compose(sections: Mapping[str, str], points: Sequence[tuple[str, str]]) -> str:
    """Write the body with these texts by heading and these points, "" for nothing."""
    paragraphs = []
    for heading in _ORDER:
        if heading == POINTS_HEADING:
            paragraphs += [f"## {heading}"] if points else []
            paragraphs += [_point(title, body) for title, body in points]
        elif text := sections.get(heading):
            paragraphs.append(f"## {heading}\n\n{text}")
    return "\n\n".join(paragraphs)


def _point(title: str, body: str) -> str:
    if not body:
        return f"**{title}:**"
    return f"**{title}:**{'\n\n' if _BLOCK.match(body) else ' '}{body}"


def read(text: str, first: int = 1) -> Body:
    """Read a body, which begins on line `first` of its file. Never fails."""
    body = Body()
    parts: dict[str, list[str]] = {}
    for name, lines, start in _sections(text, first):
        if name in body.lines and name:
            body.repeated.append((name, start))
        body.lines.setdefault(name, start)
        if name == POINTS_HEADING:
            before, points = _points(lines, start + 1)
            body.points += points
            parts.setdefault(DEFAULT_HEADING, []).append(before)
        else:
            parts.setdefault(name or DEFAULT_HEADING, []).append(texts.prose("\n".join(lines)))
    body.texts = {name: "\n\n".join(filter(None, section)) for name, section in parts.items()}
    return body


def _sections(text: str, first: int) -> Iterator[tuple[str, list[str], int]]:
    """Yield the heading of each section ("" if it is not ours), its lines, and the line of its heading.

    A heading of another name stays with the text under it, in the section before if that is the context.
    """
    name, start = "", first
    lines: list[str] = []
    for number, line, is_open in _fenced(text.split("\n"), first):
        heading = None if is_open else _HEADING.fullmatch(line)
        known = _NAMES.get(heading[1].lower()) if heading else None
        if known or (heading and name not in ("", DEFAULT_HEADING)):
            yield name, lines, start
            name, lines, start = known or "", [] if known else [line], number
        else:
            lines.append(line)
    yield name, lines, start


def _points(lines: list[str], first: int) -> tuple[str, list[PointText]]:
    """Return the text before the first point, and the points."""
    before: list[str] = []
    drafts: list[tuple[str, list[str], int]] = []
    is_start = True  # of a paragraph
    for number, line, is_open in _fenced(lines, first):
        name = _POINT.fullmatch(line) if is_start and not is_open else None
        if name:
            drafts.append((name[1], [name[2] or ""], number))
        else:
            (drafts[-1][1] if drafts else before).append(line)
        is_start = not line.strip()
    points = [
        PointText(texts.line(title), texts.prose("\n".join(body)), line) for title, body, line in drafts
    ]
    return texts.prose("\n".join(before)), points


def _fenced(lines: list[str], first: int) -> Iterator[tuple[int, str, bool]]:
    """Yield each line with its number and whether it is within a block of code."""
    fence = ""
    for number, line in enumerate(lines, first):
        mark = _FENCE.fullmatch(line)
        if fence:
            yield number, line, True
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
        else:
            if mark and not (mark[1][0] == "`" and "`" in mark[2]):
                fence = mark[1]
            yield number, line, False


# -- whether a body can hold a text: tried, with something after it --

_AFTER = ("Name", "text")


def holds_text(heading: str, text: str) -> bool:
    """Whether the text under this heading comes back from a body unchanged."""
    if heading == DEFAULT_HEADING:
        body = read(compose({heading: text, _HEADINGS[-1]: "text"}, [_AFTER]))
        return body.texts == {heading: text, _HEADINGS[-1]: "text"} and len(body.points) == 1
    body = read(compose({heading: text}, []))
    return (body.texts.get(heading), _other_texts(body, heading), body.points) == (text, "", [])


def holds_point(title: str, body: str) -> bool:
    """Whether a contested point comes back from a body unchanged."""
    copy = read(compose({_HEADINGS[-1]: "text"}, [(title, body), _AFTER]))
    points = [(point.title, point.body) for point in copy.points]
    return (points, _other_texts(copy, _HEADINGS[-1]), copy.texts.get(_HEADINGS[-1])) == (
        [(title, body), _AFTER],
        "",
        "text",
    )


def _other_texts(body: Body, heading: str) -> str:
    return "".join(text for name, text in body.texts.items() if name != heading)
