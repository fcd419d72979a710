"""A document in which every field of every part has a value of its own, made by the declaration alone.

A face that forgets a field loses its value, and a test that pushes this document through the face finds it.
"""

import datetime
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from controversies.document import labels
from controversies.document.types import (
    BLOCKS,
    BY_NAME,
    SHARED,
    TOPIC,
    Document,
    Kind,
    Part,
    Spec,
    single_key,
)
from tests.factories import new_key

# Fields whose value decides what happens to the document: these are set as for a page that readers see.
_FIXED = {"publication": "published"}


def word(cls: type[Part], spec: Spec, suffix: str = "") -> str:
    """A word that nothing but this field has."""
    return f"zq{cls.__name__}{spec.name}{suffix}".replace("_", "").lower()


class _Maker:
    def __init__(self, suffix: str) -> None:
        self.suffix = suffix
        self.days = itertools.count(1)
        self.shared: dict[str, Any] = {}  # by the name of the type
        self.keys: dict[str, str] = {}  # of blocks, by the name of the type

    def value(self, cls: type[Part], spec: Spec) -> Any:
        own = word(cls, spec, self.suffix)
        days = 11 * next(self.days) + (3 if self.suffix else 0)  # the order of fields is that of their days
        day = datetime.date(2011, 1, 1) + datetime.timedelta(days=days)
        if spec.name in _FIXED:
            return _FIXED[spec.name]
        if spec.choices is not None:
            return [each for each in spec.choices.values if each != spec.default][-1 if self.suffix else 0]
        return {
            Kind.LINE: f"Marked {own}",
            Kind.PROSE: f"Marked {own}.",
            Kind.SLUG: own,
            Kind.URL: f"https://{own}.example/",
            Kind.DOI: f"10.1234/{own}",
            Kind.ISBN: "9780201633610" if self.suffix else "9780140177398",
            Kind.LANGUAGE: "haw" if self.suffix else "gsw",
            Kind.DAY: day.isoformat(),
            Kind.DATE: day.isoformat(),
            Kind.LINES: (f"Marked {own}",),
        }[spec.kind]

    def part(self, cls: type[Part], **given: Any) -> Any:
        values = dict(given)
        for spec in cls.SPECS:
            if spec.name in values:
                continue
            if spec.refers_to:
                values[spec.name] = self.keys[spec.refers_to]
            elif spec.kind is Kind.KEY:
                values[spec.name] = new_key()
            elif spec.kind is Kind.ITEMS and spec.part is not None:
                values[spec.name] = (self.part(spec.part),)
            elif spec.kind is Kind.PART and spec.part is not None:
                values[spec.name] = self.part(spec.part)
            else:
                values[spec.name] = self.value(cls, spec)
        return cls(**values)

    def document(self) -> Document:
        self.keys = {block_type.name: new_key() for block_type in BLOCKS}
        blocks: dict[str, Any] = {}
        for block_type in BLOCKS:
            key = self.keys[block_type.name]
            if not block_type.many and block_type.name != "head":
                key = single_key(self.keys["head"], block_type.name)
            block = self.part(block_type.part, key=key)
            blocks[block_type.attribute] = (block,) if block_type.many else block
        return Document(**blocks).with_blocks()


def marked_document(suffix: str = "") -> Document:
    """A document with one block of each type, one member in each list, and every field marked."""
    return _Maker(suffix).document()


def places(document: Document) -> Iterator[tuple[Any, Spec, Any]]:
    """Each part of the document, each of its fields that is no list or key, and the field's value."""

    def visit(part: Any) -> Iterator[tuple[Any, Spec, Any]]:
        for spec in part.SPECS:
            value = getattr(part, spec.name)
            if spec.kind is Kind.ITEMS:
                for item in value:
                    yield from visit(item)
            elif spec.kind is Kind.PART:
                yield from visit(value)
            elif spec.kind is not Kind.KEY:
                yield part, spec, value

    for block in document.blocks():
        yield from visit(block)


def shown(spec: Spec, value: Any) -> str:
    """A field's value as pages show it."""
    if spec.kind is Kind.LINES:
        return value[0]
    if spec.kind in (Kind.DAY, Kind.DATE):
        return labels.day(value)
    return labels.value(spec, value)


def with_value(document: Document, part: Any, spec: Spec, value: Any) -> Document:
    """The document with another value in a field of one of its parts."""

    def visit(each: Any) -> Any:
        if each is part:
            return replace(each, **{spec.name: value})
        new: dict[str, Any] = {}
        for own in each.SPECS:
            old = getattr(each, own.name)
            if own.kind is Kind.ITEMS:
                new[own.name] = tuple(map(visit, old))
            elif own.kind is Kind.PART:
                new[own.name] = visit(old)
        return replace(each, **new) if any(new[name] != getattr(each, name) for name in new) else each

    return document.mapped(visit).with_blocks()


def shared_types() -> list[Any]:
    """The types of blocks that have pages of their own."""
    return [BY_NAME[block_type.name] for block_type in SHARED if block_type is not TOPIC]
