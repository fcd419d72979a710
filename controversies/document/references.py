"""Marks in prose that refer to a source by its number on the page, as `[3]`.

A page numbers its sources in the order in which they are first cited. So a source cited further up, or a position
moved, gives others new numbers, and each mark is written anew then: it follows its source, not its number. Whoever
writes means the numbers of the page before them; sources that they add are the next ones. A mark whose source is no
longer cited becomes the source's title, so that it never points to another. Quotes are left alone: they are kept word
for word.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from .types import FIELDS_WITH_MARKS, Document, Kind, Part
from .words import MARK, with_source_keys

_NAMED = re.compile(r"\[source:([0-9a-f-]{36})\]")


def numbering(document: Document, before: Document | None = None) -> list[str]:
    """The keys of the sources that the marks in a document mean, in order; it was written with `before` in view."""
    first = [source.key for source in before.sources] if before is not None else []
    known = set(first)
    return [*first, *(source.key for source in document.sources if source.key not in known)]


def renumber_marks(document: Document, numbers: list[str], titles: Mapping[str, str]) -> Document:
    """The document with its marks as it numbers its sources itself; they are written with `numbers`, keys in order."""
    now = document.source_numbers
    if all(now.get(key) == number for number, key in enumerate(numbers, 1)):
        return document

    def write(text: str) -> str:
        return _marks_by_number(with_source_keys(text, numbers), now, titles)

    return rewrite_texts(document, write)


def has_marks(document: Document) -> bool:
    """Whether its prose refers to a source by number."""
    has_one = False

    def look(text: str) -> str:
        nonlocal has_one
        has_one = has_one or ("[" in text and MARK.search(text) is not None)
        return text

    rewrite_texts(document, look)
    return has_one


def titles(documents: Iterable[Document]) -> dict[str, str]:
    """The titles of all their sources, the first to have one says it."""
    by_key: dict[str, str] = {}
    for document in documents:
        for source in document.sources:
            by_key.setdefault(source.key, source.title)
    return by_key


def to_key_marks(document: Document) -> Document:
    """The document with its marks by the source's key, which is the same in every version."""
    numbers = numbering(document)
    return rewrite_texts(document, lambda text: with_source_keys(text, numbers))


def text_to_key_marks(text: str, document: Document) -> str:
    """A text written with the numbers of this document, its marks by key."""
    return with_source_keys(text, numbering(document))


def to_number_marks(document: Document, titles: Mapping[str, str]) -> Document:
    """The document with the marks that are by key as it numbers its sources."""
    now = document.source_numbers
    return rewrite_texts(document, lambda text: _marks_by_number(text, now, titles))


def text_to_number_marks(text: str, document: Document, titles: Mapping[str, str]) -> str:
    """A text whose marks are by key, with the numbers of this document."""
    return _marks_by_number(text, document.source_numbers, titles)


def _marks_by_number(text: str, numbers: Mapping[str, int], titles: Mapping[str, str]) -> str:
    def by_number(match: re.Match[str]) -> str:
        key = match[1]
        if key in numbers:
            return f"[{numbers[key]}]"
        return f"(“{titles[key]}”)" if key in titles else match[0]

    return _NAMED.sub(by_number, text) if "[source:" in text else text


def rewrite_texts(document: Document, write: Callable[[str], str]) -> Document:
    """The document with each of its own texts written so; parts in which nothing changes stay the same objects."""

    def part(old: Any) -> Any:
        changed: dict[str, Any] = {}
        for spec in FIELDS_WITH_MARKS[type(old)]:
            value = getattr(old, spec.name)
            new = parts(value) if spec.kind is Kind.ITEMS else write(value)
            if new is not value and new != value:
                changed[spec.name] = new
        return replace(old, **changed) if changed else old

    def parts[P: Part](old: tuple[P, ...]) -> tuple[P, ...]:
        new = tuple(map(part, old))
        return new if any(a is not b for a, b in zip(old, new, strict=True)) else old

    return document.mapped(part, shared=False)
