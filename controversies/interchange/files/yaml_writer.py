"""YAML as people like to read it, and as it compares line by line.

Short text is plain; long text of one line has one clause a line, text of several lines stands as it is, and what
plain YAML cannot hold, or what an eye cannot see, is in double quotes. No aliases, no tags.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from yaml import ScalarNode
from yaml.resolver import Resolver

_WIDTH = 96
_STRING = "tag:yaml.org,2002:str"
_PLAIN_START = re.compile(r"[^\W_]|[(“‘«$€£§/.+]", re.UNICODE)
_NOT_PLAIN = re.compile(r": |:$| #|\t|  ")
_CLAUSE = re.compile(r"(?<=[.?!;:…”])(?: )(?=[^\s])")
_WORD = re.compile(r"(?<=[^\s]) (?=[^\s])")
_COMMA = re.compile(r"(?<=[,–—]) (?=[^\s])")
_SHOWN = (
    "\n\t\u00ad\u200c\u200d\u200e\u200f"  # joiners and marks of direction: words of many languages need them
)
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}

_resolver = Resolver()


class Plain(str):
    """Text that is not to be quoted though YAML might take it for a date or number: it is meant as one."""

    __slots__ = ()


def dump(data: dict[str, Any]) -> str:
    """The lines of an object; its values are text, numbers, lists and objects."""
    return "".join(f"{line}\n" for line in _mapping(data, ""))


def _mapping(data: dict[str, Any], indent: str) -> Iterator[str]:
    for name, value in data.items():
        yield from _entry(f"{indent}{name}:", value, indent)


def _entry(start: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield start
        yield from _mapping(value, f"{indent}  ")
    elif isinstance(value, list):
        if not value:
            yield f"{start} []"
            return
        yield start
        for item in value:
            yield from _item(item, f"{indent}  ")
    else:
        yield from _scalar(f"{start} ", value, f"{indent}  ")


def _item(item: object, indent: str) -> Iterator[str]:
    if not isinstance(item, dict):
        yield from _scalar(f"{indent}- ", item, f"{indent}  ")
        return
    lines = _mapping(item, f"{indent}  ")
    first = next(lines)
    yield f"{indent}- {first[len(indent) + 2 :]}"
    yield from lines


def _scalar(start: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Plain | int):
        yield f"{start}{value}"
        return
    text = str(value)
    if "\n" in text:
        if is_visible(text):
            yield f"{start}|-"
            yield from (f"{indent}{line}" if line else "" for line in text.split("\n"))
        else:
            yield start + _double_quoted(text)
        return
    if not text or "\t" in text or not is_visible(text) or text != text.strip():
        yield start + _double_quoted(text)
    elif len(start) + len(text) > _WIDTH and len(pieces := clauses(text)) > 1:
        yield f"{start}>-"
        yield from (indent + piece for piece in pieces)
    elif _is_plain(text):
        yield start + text
    else:
        yield start + _double_quoted(text)


def is_visible(text: str) -> bool:
    """Whether every character can stand in a file as it is."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return True
    return all(char in _SHOWN or unicodedata.category(char) not in _HIDDEN for char in text)


def clauses(text: str) -> list[str]:
    """Text of one line in lines that a change of one clause changes one of; joined by spaces, it is what it was."""
    lines: list[str] = []
    for sentence in _CLAUSE.split(text):
        parts = _COMMA.split(sentence) if len(sentence) > _WIDTH else [sentence]
        for clause in _join_to_width(parts):
            lines += _join_to_width(_WORD.split(clause)) if len(clause) > _WIDTH else [clause]
    return lines


def _join_to_width(parts: list[str]) -> list[str]:
    """The parts, joined by spaces to lines as long as there is room for."""
    lines = parts[:1]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) < _WIDTH:
            lines[-1] = f"{lines[-1]} {part}"
        else:
            lines.append(part)
    return lines


def _is_plain(text: str) -> bool:
    if not _PLAIN_START.match(text) or _NOT_PLAIN.search(text) or text.startswith(("...", "---")):
        return False
    return _resolver.resolve(ScalarNode, text, (True, False)) == _STRING


def _double_quoted(text: str) -> str:
    return f'"{"".join(map(_escape, text))}"'


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if is_visible(char):
        return char
    number = ord(char)
    if number <= 0xFF:  # noqa: PLR2004 - as YAML writes them, by their size
        return f"\\x{number:02X}"
    return f"\\u{number:04X}" if number <= 0xFFFF else f"\\U{number:08X}"  # noqa: PLR2004
