"""The body of a file: prose under `## Context`, `## Key Tensions` and `## Status`.

Whatever else it holds belongs to the context: text before the first heading, sections of other names, and what
stands under Key Tensions before the first `**Name:**`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from controversies.document import text as texts

CONTEXT, POINTS, STATUS = "Context", "Key Tensions", "Status"
_NAMES = {name.lower(): name for name in (CONTEXT, POINTS, STATUS)}

_HEADING = re.compile(r" {0,3}##[ \t]+(.*?)[ \t]*#*[ \t]*")
_POINT = re.compile(r"\*\*([^*]+?)(?::\*\*|\*\*:)(?:[ \t]+(.*))?")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_BLOCK = re.compile(
    r"\d+[.)]|[-+*#>|`~=<_ ]"
)  # what begins a list, fence, quote, table … and so a line of its own


@dataclass(frozen=True, slots=True)
class PointText:
    """A contested point as the body has it; its line is counted from 1."""

    title: str
    body: str
    line: int


@dataclass(slots=True)
class Body:
    """What a body says; `lines` has the line of each section by its name, `twice` those given again."""

    context: str = ""
    points: list[PointText] = field(default_factory=list)
    status: str = ""
    lines: dict[str, int] = field(default_factory=dict)
    twice: list[tuple[str, int]] = field(default_factory=list)


def compose(context: str, points: Sequence[tuple[str, str]], status: str) -> str:
    """The body that says this, or "" for nothing."""
    parts = []
    if context:
        parts.append(f"## {CONTEXT}\n\n{context}")
    if points:
        parts.append(f"## {POINTS}")
        parts += [_point(title, body) for title, body in points]
    if status:
        parts.append(f"## {STATUS}\n\n{status}")
    return "\n\n".join(parts)


def _point(title: str, body: str) -> str:
    if not body:
        return f"**{title}:**"
    return f"**{title}:**{'\n\n' if _BLOCK.match(body) else ' '}{body}"


def read(text: str, first: int = 1) -> Body:
    """What this body says; it begins on line `first` of its file. Never fails."""
    made = Body()
    context: list[str] = []
    for name, lines, start in _sections(text, first):
        if name in made.lines and name:
            made.twice.append((name, start))
        made.lines.setdefault(name, start)
        if name == POINTS:
            before, points = _points(lines, start + 1)
            made.points += points
            context.append(before)
        elif name == STATUS:
            made.status = "\n\n".join(filter(None, (made.status, texts.prose("\n".join(lines)))))
        else:
            context.append(texts.prose("\n".join(lines)))
    made.context = "\n\n".join(filter(None, context))
    return made


def _sections(text: str, first: int) -> Iterator[tuple[str, list[str], int]]:
    """Each section: which of the three it is or "", its lines, and the line of its heading.

    A heading of another name stays with what is under it, in the section before if that is the context.
    """
    name, start = "", first
    lines: list[str] = []
    for number, line, is_open in _fenced(text.split("\n"), first):
        heading = None if is_open else _HEADING.fullmatch(line)
        known = _NAMES.get(heading[1].lower()) if heading else None
        if known or (heading and name in (POINTS, STATUS)):
            yield name, lines, start
            name, lines, start = known or "", [] if known else [line], number
        else:
            lines.append(line)
    yield name, lines, start


def _points(lines: list[str], first: int) -> tuple[str, list[PointText]]:
    """What stands before the first point, and the points."""
    before: list[str] = []
    found: list[tuple[str, list[str], int]] = []
    is_start = True  # of a paragraph
    for number, line, is_open in _fenced(lines, first):
        named = _POINT.fullmatch(line) if is_start and not is_open else None
        if named:
            found.append((named[1], [named[2] or ""], number))
        else:
            (found[-1][1] if found else before).append(line)
        is_start = not line.strip()
    made = [PointText(texts.line(title), texts.prose("\n".join(body)), line) for title, body, line in found]
    return texts.prose("\n".join(before)), made


def _fenced(lines: list[str], first: int) -> Iterator[tuple[int, str, bool]]:
    """Each line with its number and whether it is within a block of code."""
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


# -- what a body can hold: tried, with something after it --

_AFTER = ("Name", "text")


def holds_context(context: str) -> bool:
    """Whether a context comes back from a body as it was."""
    found = read(compose(context, [_AFTER], "text"))
    return (found.context, len(found.points), found.status) == (context, 1, "text")


def holds_point(title: str, body: str) -> bool:
    """Whether a contested point comes back from a body as it was."""
    found = read(compose("", [(title, body), _AFTER], "text"))
    points = [(point.title, point.body) for point in found.points]
    return (points, found.context, found.status) == ([(title, body), _AFTER], "", "text")


def holds_status(status: str) -> bool:
    """Whether a status in words comes back from a body as it was."""
    found = read(compose("", [], status))
    return (found.status, found.context, found.points) == (status, "", [])
