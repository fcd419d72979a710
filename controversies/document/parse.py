"""Parsing of documents from untrusted JSON values: every fault is named by its path."""

import datetime
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.kit.isbn import isbn13
from controversies.kit.keys import is_key
from controversies.kit.languages import language_tag
from controversies.models.fields import (
    DATE_MESSAGE,
    LANGUAGE_MESSAGE,
    SLUG,
    SLUG_MESSAGE,
    URL_MESSAGE,
    is_partial_date,
    is_web_url,
)
from controversies.models.source import DOI, ISBN_MESSAGE

from . import text
from .types import BLOCKS, Backing, BlockType, Document, Head, Kind, Part, Spec, single_key


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one value of a document; `path` is where it stands, as in `positions[1].confidence`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidDocument(ValueError):
    """A document that cannot be recorded; `faults` has the reasons, one by one."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def document(data: object) -> Document:
    """The document of these JSON values, in canonical form.

    Takes what `document_json()` returns. Raises InvalidDocument with every fault.
    """
    parser = _Parser()
    doc = parser.document(data)
    if parser.faults or doc is None:
        raise InvalidDocument(parser.faults)
    return doc


def check(doc: Document, *, known: Document | None = None) -> list[Fault]:
    """Return the faults that forbid to record this document; an empty list if there are none.

    Blocks that are the very blocks of `known`, a document checked before, are not looked at again.
    """
    parser = _Parser()
    parser.values(doc, {id(block) for block in known.blocks()} if known else set())
    if not parser.faults:
        parser.rules(doc)
    return parser.faults


def value(spec: Spec, raw: object) -> str:
    """One text by itself, by the rules of a document's, in canonical form. Raises InvalidDocument."""
    parser = _Parser()
    canonical = parser.text(spec, raw, spec.name)
    if parser.faults:
        raise InvalidDocument(parser.faults)
    return canonical


def part(cls: type[Part], data: object, path: str) -> tuple[Any, list[Fault]]:
    """One block of this class by itself, or None, and every fault; `path` says where it stands."""
    parser = _Parser()
    return parser.part(cls, data, path), parser.faults


def block_path(block_type: BlockType, index: int) -> str:
    """The path of a block in a document's JSON; of the head, whose fields are the document's own, ""."""
    if block_type.many:
        return f"{block_type.attribute}[{index}]"
    return "" if block_type.part is Head else block_type.attribute


class _Parser:
    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, path: str, message: Promise | str) -> None:
        self.faults.append(Fault(path, str(message)))

    # -- shapes --

    def document(self, data: object) -> Document | None:
        if not isinstance(data, dict):
            self.fault("", _("A document is an object with a title, a status, positions and so on."))
            return None
        beside = {"revision", "redactions", *(block_type.attribute for block_type in BLOCKS[1:])}
        names = {spec.name for spec in Head.SPECS} | beside
        head = self.part(Head, {k: v for k, v in data.items() if k not in beside}, "", names)
        blocks: dict[str, Any] = {}
        for block_type in BLOCKS[1:]:
            name, values = block_type.attribute, data.get(block_type.attribute)
            if block_type.many:
                blocks[name] = self.items(block_type.part, [] if values is None else values, name)
                continue
            values = {} if values is None else values
            if isinstance(values, dict):
                key = _ANY_KEY if head is None else single_key(head.key, block_type.name)
                values = {**values, "key": key}
            blocks[name] = self.part(block_type.part, values, name)
        if self.faults or head is None:
            return None
        doc = Document(head=head, **blocks)
        self.rules(doc)
        return None if self.faults else doc.with_blocks()

    def part(self, cls: type[Part], data: object, path: str, known: set[str] | None = None) -> Any:
        if not isinstance(data, dict):
            self.fault(path, _("This must be an object with named values."))
            return None
        before = len(self.faults)
        names = {spec.name for spec in cls.SPECS}
        for name in data:
            if name not in names:
                offered = ", ".join(sorted(known or names))
                self.fault(_join(path, _printable(name)), _("There is no such field. Known: %s.") % offered)
        values = {spec.name: self.value(spec, data, _join(path, spec.name)) for spec in cls.SPECS}
        return cls(**values) if len(self.faults) == before else None

    def items(self, cls: type[Part], data: object, path: str) -> tuple[Any, ...]:
        if not isinstance(data, list | tuple):
            self.fault(path, _("This must be a list."))
            return ()
        return tuple(self.part(cls, item, f"{path}[{i}]") for i, item in enumerate(data))

    def value(self, spec: Spec, data: dict[str, Any], path: str) -> Any:
        value = data.get(spec.name)
        if value is None:
            if spec.required and not spec.default:
                self.fault(path, _("This is required."))
            return spec.default
        if spec.part is not None:
            return (self.items if spec.kind is Kind.ITEMS else self.part)(spec.part, value, path)
        if spec.kind is Kind.LINES:
            if not isinstance(value, list | tuple):
                self.fault(path, _("This must be a list."))
                return ()
            return tuple(self.text(_single(spec), item, f"{path}[{i}]") for i, item in enumerate(value))
        return self.text(spec, value, path)

    def text(self, spec: Spec, value: object, path: str) -> str:
        if isinstance(value, datetime.date) and spec.kind in (Kind.DAY, Kind.DATE):
            value = value.isoformat()[:10]  # YAML reads dates as such
        elif isinstance(value, int) and not isinstance(value, bool) and spec.kind is Kind.DATE:
            value = str(value) if 0 <= value <= datetime.MAXYEAR else "?"  # … and years as numbers
        if not isinstance(value, str):
            self.fault(path, _("This must be text."))
            return ""
        if not text.is_storable(value):
            self.fault(path, _("This holds half a character (a lone surrogate), which cannot be stored."))
            return ""
        value = text.prose(value) if spec.kind is Kind.PROSE else text.line(value)
        if spec.kind is Kind.ISBN:
            value = isbn13(value) or value
        elif spec.kind is Kind.LANGUAGE:
            value = language_tag(value) or value
        problem = self.problem(spec, value)
        if problem:
            self.fault(path, problem)
        return value.lower() if spec.kind is Kind.KEY else value

    def problem(self, spec: Spec, value: str) -> Promise | str | None:
        """Return the fault of a value of text, or None."""
        if not value or (spec.is_text and not text.is_visible(value)):
            if spec.required:
                return _("This cannot be left empty.")
            return _("There is nothing to see in this text.") if value else None
        if len(value) > spec.limit:
            return _("At most %(limit)s characters; this has %(size)s.") % {
                "limit": spec.limit,
                "size": len(value),
            }
        if spec.choices is not None and value not in spec.choices.values:
            return _("“%(value)s” is not one of: %(choices)s.") % {
                "value": value,
                "choices": ", ".join(spec.choices.values),
            }
        test = _SHAPES.get(spec.kind)
        return None if test is None or test[0](value) else test[1]

    # -- rules that span fields --

    def rules(self, doc: Document) -> None:
        self.keys = {
            block_type.name: {block.key for block in block_type.blocks(doc)} for block_type in BLOCKS
        }
        self.paths: dict[str, str] = {  # by key
            block_type.blocks(doc)[0].key: _join(block_path(block_type, 0), "key")
            for block_type in BLOCKS
            if not block_type.many
        }
        for block_type in BLOCKS:
            for i, block in enumerate(block_type.blocks(doc)):
                path = block_path(block_type, i)
                if block_type.many:
                    self.unique(block.key, path)
                elif path and block.key != single_key(doc.key, block_type.name):
                    self.fault(_join(path, "key"), _("This is not in canonical form."))
                self.part_rules(block, path)
            if block_type.shared:
                self.shared_rules(block_type.attribute, block_type.blocks(doc))

    def part_rules(self, part: Part, path: str) -> None:
        """Check what a part refers to, the fields that belong together, and the members of its lists."""
        for spec in part.VALUES:
            if spec.refers_to and getattr(part, spec.name) not in self.keys[spec.refers_to]:
                self.fault(_join(path, spec.name), _MISSING[spec.refers_to])
        rule = _RULES.get(type(part))
        if rule is not None and (problem := rule(part)):
            self.fault(_join(path, problem[0]), problem[1])
        for spec in part.SHOWN_LISTS:
            values: set[str] = set()  # of the field that no two members share
            for i, item in enumerate(getattr(part, spec.name)):
                at = f"{_join(path, spec.name)}[{i}]"
                if item.IDENTITY == "key":
                    self.unique(item.key, at)
                if item.ONCE:
                    value = getattr(item, item.ONCE)
                    if value in values:
                        self.fault(_join(at, item.ONCE), _TWICE[item.ONCE])
                    values.add(value)
                self.part_rules(item, at)

    def shared_rules(self, name: str, blocks: tuple[Any, ...]) -> None:
        """Check that no two blocks of a list say the same where only one may."""
        for fields in blocks[0].UNIQUE if blocks else ():
            paths: dict[tuple[str, ...], str] = {}
            for i, block in enumerate(blocks):
                value = unique_value(block, fields)
                if value in paths:
                    message = _NOT_UNIQUE if len(fields) == 1 else _NOT_UNIQUE_TOGETHER
                    self.fault(f"{name}[{i}].{fields[0]}", message % paths[value])
                elif value[0]:
                    paths[value] = f"{name}[{i}]"

    def values(self, doc: Document, known: set[int]) -> None:
        """Check the values of a document that was made in code."""
        for path, part in _parts(doc, known):
            for spec in part.VALUES:
                if spec.kind is Kind.PART:
                    continue
                value, single = getattr(part, spec.name), _single(spec)
                for each in value if spec.kind is Kind.LINES else [value]:
                    before = len(self.faults)
                    if self.text(single, each, _join(path, spec.name)) != each and len(self.faults) == before:
                        self.fault(_join(path, spec.name), _("This is not in canonical form."))

    def unique(self, key: str, path: str) -> None:
        if key in self.paths:
            self.fault(
                f"{path}.key", _("This key is also used by %s; every part has its own.") % self.paths[key]
            )
        self.paths[key] = path


def unique_value(part: Part, fields: tuple[str, ...]) -> tuple[str, ...]:
    """The values of fields that are unique together, as they are compared: a name without regard to capitals."""
    first, *others = (getattr(part, name) for name in fields)
    return (first.lower() if others else first, *others)


def _review_fault(head: Head) -> tuple[str, str] | None:
    if bool(head.reviewed_on) == bool(head.reviewed_by):
        return None
    name = "reviewed_by" if head.reviewed_on else "reviewed_on"
    return name, _("Give both the day of the review and the reviewer, or neither.")


def _period_fault(backing: Backing) -> tuple[str, str] | None:
    # As far as both are known: from July 2024 until some time in 2024 is in order.
    if backing.until and backing.since[: len(backing.until)] > backing.until:
        return "until", _("“Until” is before “since”.")
    return None


# Rules that no Spec can say: each gives the name of the field at fault and a message, or None.
_RULES: dict[type[Part], Callable[[Any], tuple[str, str] | None]] = {
    Head: _review_fault,
    Backing: _period_fault,
}
_MISSING = {  # by the type of the block referred to
    "source": gettext_lazy("No source of this key is in the document."),
    "backer": gettext_lazy("No backer of this key is in the document."),
    "point": gettext_lazy("No contested point of this key is in the document."),
}
_TWICE = {  # by the field that no two members of a list share
    "backer": gettext_lazy("This backer is already listed for the position."),
    "point": gettext_lazy("This position already has a stance on that point."),
}
_NOT_UNIQUE = gettext_lazy("Also used by %s.")
_NOT_UNIQUE_TOGETHER = gettext_lazy("%s has this name and kind already: use that one.")


def _single(spec: Spec) -> Spec:
    """The spec of one member of a list of lines; of any other field, its own."""
    if spec.kind is not Kind.LINES:
        return spec
    return Spec(spec.name, Kind.LINE, spec.label, limit=spec.limit, required=True)


def _walk(part: Part, path: str) -> Iterator[tuple[str, Part]]:
    yield path, part
    for spec in part.SPECS:
        value = getattr(part, spec.name)
        if spec.kind is Kind.PART:
            yield from _walk(value, _join(path, spec.name))
        elif spec.kind is Kind.ITEMS:
            for i, item in enumerate(value):
                yield from _walk(item, f"{_join(path, spec.name)}[{i}]")


def _parts(doc: Document, known: set[int]) -> Iterator[tuple[str, Part]]:
    """Every part of the document with its path, but for those of known blocks."""
    for block_type in BLOCKS:
        for i, block in enumerate(block_type.blocks(doc)):
            if id(block) not in known:
                yield from _walk(block, block_path(block_type, i))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _printable(name: object) -> str:
    """A field's name as it can be shown, whatever it is."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(name)[:60])


_ANY_KEY = str(uuid.UUID(int=1))  # of a context whose page's own key has a fault


def _is_day(value: str) -> bool:
    return len(value) == len("2024-07-23") and is_partial_date(value)


_SHAPES: dict[Kind, tuple[Callable[[str], bool], Promise | str]] = {
    Kind.KEY: (
        lambda value: is_key(value.lower()),
        gettext_lazy("A key is a UUID, as in 6f8f57e0-6b0c-4e5e-8e55-3c4a1f0f7f0e."),
    ),
    Kind.SLUG: (lambda value: re.fullmatch(SLUG, value) is not None, SLUG_MESSAGE),
    Kind.URL: (is_web_url, URL_MESSAGE),
    Kind.DOI: (
        lambda value: re.fullmatch(DOI, value) is not None,
        gettext_lazy("A DOI begins with 10. and a number, as in 10.1126/science.adp1848."),
    ),
    Kind.ISBN: (lambda value: isbn13(value) == value, ISBN_MESSAGE),
    Kind.LANGUAGE: (lambda value: language_tag(value) == value, LANGUAGE_MESSAGE),
    Kind.DAY: (_is_day, gettext_lazy("Write the day as 2024-07-23.")),
    Kind.DATE: (is_partial_date, DATE_MESSAGE),
}
