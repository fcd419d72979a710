"""Document from JSON values that nobody vouches for: every fault is found and named by its path."""

import datetime
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.kit.keys import is_key
from controversies.models.fields import (
    DATE_MESSAGE,
    SLUG,
    SLUG_MESSAGE,
    URL_MESSAGE,
    is_partial_date,
    is_web_url,
)
from controversies.models.source import DOI

from . import text
from .types import (
    Backer,
    Context,
    Document,
    Head,
    Kind,
    Part,
    Point,
    Position,
    Source,
    Spec,
    context_key,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value of a document, and where: `positions[1].confidence`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidDocument(ValueError):
    """A document that cannot be recorded; `faults` says why, one by one."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def document(data: object) -> Document:
    """The document of these JSON values, in canonical form.

    Takes what `document_json()` makes. Raises InvalidDocument with every fault.
    """
    found = _Parser()
    doc = found.document(data)
    if found.faults or doc is None:
        raise InvalidDocument(found.faults)
    return doc


def check(doc: Document, *, known: Document | None = None) -> list[Fault]:
    """What forbids to record this document; an empty list if nothing does.

    Blocks that are the very blocks of `known`, a document checked before, are not looked at again.
    """
    found = _Parser()
    found.values(doc, {id(block) for block in known.blocks()} if known else set())
    if not found.faults:
        found.rules(doc)
    return found.faults


def value(spec: Spec, given: object) -> str:
    """One text by itself, by the rules of a document's, in canonical form. Raises InvalidDocument."""
    found = _Parser()
    made = found.text(spec, given, spec.name)
    if found.faults:
        raise InvalidDocument(found.faults)
    return made


def part(cls: type[Part], data: object, path: str) -> tuple[Any, list[Fault]]:
    """One block of this class by itself, or None, and every fault; `path` says where it stands."""
    found = _Parser()
    made = found.part(cls, data, path)
    return made, found.faults


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
        lists: dict[str, type[Part]] = {
            "points": Point,
            "positions": Position,
            "backers": Backer,
            "sources": Source,
        }
        beside = {"context", "revision", "redactions", *lists}
        known = {spec.name for spec in Head.SPECS} | beside
        head = self.part(Head, {k: v for k, v in data.items() if k not in beside}, "", known)
        given = data.get("context")
        given = {} if given is None else given
        if isinstance(given, dict) and head is not None:
            given = {**given, "key": context_key(head.key)}
        elif isinstance(given, dict):
            given = {**given, "key": _ANY_KEY}
        context = self.part(Context, given, "context")
        parts = {
            name: self.items(cls, [] if data.get(name) is None else data[name], name)
            for name, cls in lists.items()
        }
        if self.faults or head is None or context is None:
            return None
        doc = Document(head=head, context=context, **parts)
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
        if spec.kind is Kind.ITEMS:
            assert spec.part is not None  # noqa: S101 - for the type checker: ITEMS have a part
            return self.items(spec.part, value, path)
        if spec.kind is Kind.PART:
            assert spec.part is not None  # noqa: S101 - as above
            return self.part(spec.part, value, path)
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
        problem = self.problem(spec, value)
        if problem:
            self.fault(path, problem)
        return value.lower() if spec.kind is Kind.KEY else value

    def problem(self, spec: Spec, value: str) -> Promise | str | None:
        """What is wrong with a value of text, or None."""
        if not value or (spec.kind in (Kind.LINE, Kind.PROSE) and not text.is_visible(value)):
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
        head = doc.head
        if bool(head.reviewed_on) != bool(head.reviewed_by):
            self.fault(
                "reviewed_by" if head.reviewed_on else "reviewed_on",
                _("Give both the day of the review and who reviewed, or neither."),
            )
        if doc.context.key != context_key(head.key):
            self.fault("context.key", _("This is not in canonical form."))
        self.seen: dict[str, str] = {head.key: "key", doc.context.key: "context.key"}
        points = {point.key for point in doc.points}
        self.backers = {backer.key for backer in doc.backers}
        self.sources = {source.key for source in doc.sources}
        self.citations(doc.context.citations, "context")
        for i, point in enumerate(doc.points):
            self.unique(point.key, f"points[{i}]")
            self.citations(point.citations, f"points[{i}]")
        for i, position in enumerate(doc.positions):
            path = f"positions[{i}]"
            self.unique(position.key, path)
            self.citations(position.citations, path)
            self.stances(position, points, path)
            self.backings(position, path)
        for name in ("backers", "sources"):
            slugs: dict[str, str] = {}
            for i, shared in enumerate(getattr(doc, name)):
                self.unique(shared.key, f"{name}[{i}]")
                if shared.slug in slugs:
                    self.fault(f"{name}[{i}].slug", _("Also used by %s.") % slugs[shared.slug])
                slugs[shared.slug] = f"{name}[{i}]"
        self.once(
            "backers",
            [("name", (backer.name.lower(), backer.kind)) for backer in doc.backers],
            _("%s has this name and kind already: use that one."),
        )
        for field in ("url", "doi"):
            links = [(field, getattr(source, field)) for source in doc.sources]
            self.once("sources", links, _("Also used by %s."))

    def once(self, name: str, given: list[tuple[str, Any]], message: str) -> None:
        """Find values that two of a list have, though only one may; empty ones do not count."""
        seen: dict[Any, str] = {}
        for i, (field, value) in enumerate(given):
            if value in seen:
                self.fault(f"{name}[{i}].{field}", message % seen[value])
            elif value:
                seen[value] = f"{name}[{i}]"

    def values(self, doc: Document, known: set[int]) -> None:
        """Check the values of a document that was made in code."""
        for path, part in _parts(doc, known):
            for spec in part.SPECS:
                value = getattr(part, spec.name)
                if spec.kind in (Kind.ITEMS, Kind.PART):
                    continue
                single = _single(spec)
                for each in value if spec.kind is Kind.LINES else [value]:
                    before = len(self.faults)
                    if self.text(single, each, _join(path, spec.name)) != each and len(self.faults) == before:
                        self.fault(_join(path, spec.name), _("This is not in canonical form."))

    def unique(self, key: str, path: str) -> None:
        if key in self.seen:
            self.fault(
                f"{path}.key", _("This key is also used by %s; every part has its own.") % self.seen[key]
            )
        self.seen[key] = path

    def citations(self, citations: tuple[Any, ...], path: str) -> None:
        for i, citation in enumerate(citations):
            self.unique(citation.key, f"{path}.citations[{i}]")
            if citation.source not in self.sources:
                self.fault(f"{path}.citations[{i}].source", _("No source of this key is in the document."))

    def stances(self, position: Position, points: set[str], path: str) -> None:
        said: set[str] = set()
        for i, stance in enumerate(position.stances):
            if stance.point not in points:
                self.fault(
                    f"{path}.stances[{i}].point", _("No contested point of this key is in the document.")
                )
            if stance.point in said:
                self.fault(
                    f"{path}.stances[{i}].point", _("This position already says something on that point.")
                )
            said.add(stance.point)
            self.citations(stance.citations, f"{path}.stances[{i}]")

    def backings(self, position: Position, path: str) -> None:
        held: set[str] = set()
        for i, backing in enumerate(position.backings):
            self.unique(backing.key, f"{path}.backings[{i}]")
            if backing.backer not in self.backers:
                self.fault(f"{path}.backings[{i}].backer", _("No backer of this key is in the document."))
            if backing.backer in held:
                self.fault(
                    f"{path}.backings[{i}].backer", _("This backer is already listed for the position.")
                )
            held.add(backing.backer)
            # As far as both are known: from July 2024 until some time in 2024 is in order.
            if backing.until and backing.since[: len(backing.until)] > backing.until:
                self.fault(f"{path}.backings[{i}].until", _("“Until” is before “since”."))
            self.citations(backing.citations, f"{path}.backings[{i}]")


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
    blocks: list[tuple[str, Part]] = [("", doc.head), ("context", doc.context)]
    for name in ("points", "positions", "backers", "sources"):
        blocks += [(f"{name}[{i}]", block) for i, block in enumerate(getattr(doc, name))]
    for path, block in blocks:
        if id(block) not in known:
            yield from _walk(block, path)


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
    Kind.DAY: (_is_day, gettext_lazy("Write the day as 2024-07-23.")),
    Kind.DATE: (is_partial_date, DATE_MESSAGE),
}
