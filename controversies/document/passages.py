"""The passages of a block: its sentences, and its names and other lines whole."""

import re
from collections.abc import Iterator

from .schema import Kind, Part
from .types import Block, parts_of
from .words import MARK, sentences

_SPACES = re.compile(r"\s+")
_MARKS = re.compile(rf"\s*{MARK.pattern}")


def passages(block: Block) -> list[str]:
    """Return the passages of a block that search knows, in the order of the page, without marks of sources."""
    return [passage for part in parts_of(block) for passage in _passages_of_part(part)]


def _passages_of_part(part: Part) -> Iterator[str]:
    for spec in part.SPECS:
        value = getattr(part, spec.name)
        if spec.kind is Kind.PART:
            yield from _passages_of_part(value)
        elif spec.search is not None:
            texts = (
                value if spec.kind is Kind.LINES else sentences(value) if spec.kind is Kind.PROSE else [value]
            )
            yield from filter(None, map(_plain, texts))


def _plain(text: str) -> str:
    """The text of one line, without the numbers of sources, which change with the order of the page."""
    return _SPACES.sub(" ", _MARKS.sub("", text)).strip()
