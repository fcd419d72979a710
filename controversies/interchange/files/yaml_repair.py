"""Repairs of the commonest slips in YAML that people typed by hand."""

import re
from collections.abc import Iterator

_TABS = re.compile(r"[ ]*\t[ \t]*")
_VALUE = re.compile(r"(\s*(?:- +)?[\w-]+:[ \t]+)(\S.*?)[ \t]*")
_ITEM = re.compile(r"(\s*- +)(\S.*?)[ \t]*")


def yaml_repairs(front: str) -> Iterator[tuple[str, list[int]]]:
    """YAML with the commonest slips put right, one way after another, and the lines concerned, counted from 1.

    Tabs that indent become spaces, and a value of one line that holds what YAML reads as its own gets quotes.
    """
    lines = front.split("\n")
    for spaces in (2, 4, 8, 0) if any(_TABS.match(line) for line in lines) else (2,):
        repaired, before = [], ""
        for line in lines:
            indent = _TABS.match(line)
            width = f"{before}" if not spaces else ""
            fixed = line
            if indent:
                fixed = (indent[0].expandtabs(spaces) if spaces else width) + line[indent.end() :]
            elif line.strip():
                before = re.sub(r"- ", "  ", re.match(r"[ ]*(?:- +)?", line)[0])  # type: ignore[index]  # always found
            repaired.append(_with_quotes(fixed))
        yield (
            "\n".join(repaired),
            [i for i, (old, new) in enumerate(zip(lines, repaired, strict=True), 1) if old != new],
        )


def _with_quotes(line: str) -> str:
    """The line with quotes around its value, if that needs them."""
    match = _VALUE.fullmatch(line) or _ITEM.fullmatch(line)
    if not match or not _needs_quotes(match[2]):
        return line
    return match[1] + '"' + match[2].replace("\\", "\\\\").replace('"', '\\"') + '"'


def _needs_quotes(value: str) -> bool:
    first, inner = value[0], value[1:-1]
    if first in "\"'":
        is_closed = len(value) > 1 and value[-1] == first
        return not is_closed or first in inner.replace('\\"', "").replace("''", "")
    if first in "*!&":
        return " " in value
    if first in "|>[{":
        return False
    return first in "@`%" or ": " in value or value.endswith(":") or " #" in value
