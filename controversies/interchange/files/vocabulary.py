"""Names and words of files, derived from the declaration of fields (`document.types`).

A field that is added there is read and written without a line here. Where files differ from the declaration is said
in the tables at the top, and nowhere else.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import cast

from django.db import models

from controversies.document.schema import Kind, Part, Spec
from controversies.document.types import (
    BLOCKS,
    Backer,
    Backing,
    BlockType,
    Citation,
    Context,
    Head,
    Point,
    Position,
    Source,
    Stance,
    Topic,
)
from controversies.models import BackerKind, Polarity, Relation

# -- where files differ from the declaration --

# The order of fields, where it is not the declaration's; the fields that are not named follow in its order.
_ORDER: dict[type[Part], tuple[str, ...]] = {
    Head: (
        "slug",
        "title",
        "question",
        "topic",
        "status",
        "polarity",
        "publication",
        "reviewed_on",
        "reviewed_by",
    ),
    Position: ("claim", "backings", "citations", "confidence", "confidence_reason", "argument", "stances"),
    Source: ("slug", "url"),
}
ACTOR_ORDER = ("slug", "name", "kind", "website", "aliases")  # in a backer's own file
# Values that a missing field stands for, where the declaration has none.
_DEFAULTS = {
    (Citation, "relation"): Relation.SUPPORTS.value,
    (Head, "polarity"): Polarity.MULTI_AXIS.value,
}
_ALWAYS_WRITTEN = {(Head, "polarity")}
# The files of editors who kept such pages before have other words for two kinds of backers.
_OTHER_WORDS: dict[object, dict[str, str]] = {
    BackerKind: {"individual": BackerKind.PERSON.value, "organization": BackerKind.ORGANISATION.value}
}
JOINED = {"authors"}  # fields of one line that may be given as a list
MEMBERS = {"aliases": "alias"}  # the name of one member of a list of lines
_PAGE_ONLY = ("last_updated", "revision", "keys")  # fields of a page's file that no block has
_ACTOR_ONLY = ("founded", "guessed", "key")


def _memoized[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """`functools.cache` for functions of classes, which its types do not take for hashable."""
    return cast(Callable[P, R], cache(function))


# -- names --


@_memoized
def file_specs(part: type[Part], order: tuple[str, ...] | None = None) -> tuple[Spec, ...]:
    """Return the fields of a part in the order in which files have them, without its own key."""
    first = [part.spec(name) for name in (_ORDER.get(part, ()) if order is None else order)]
    return (*first, *(spec for spec in part.SPECS if spec not in first and not is_own_key(spec)))


def is_own_key(spec: Spec) -> bool:
    """Whether the field is the key of the part itself, which files have under `keys`."""
    return spec.kind is Kind.KEY and not spec.refers_to


@_memoized
def plain_specs(part: type[Part], order: tuple[str, ...] | None = None) -> tuple[Spec, ...]:
    """Return the fields whose values a file gives as text, a word or a list of lines: no keys, addresses or parts."""
    return tuple(
        spec
        for spec in file_specs(part, order)
        if spec.kind not in (Kind.KEY, Kind.SLUG, Kind.PART, Kind.ITEMS)
    )


def topic_fields(spec: Spec) -> Iterator[tuple[str, Spec]]:
    """Yield the names under which a page's file has the fields of its topic, as in `thread_title`."""
    for inner in plain_specs(Topic):
        yield f"{spec.file}_{inner.file}", inner


@_memoized
def field_names(*parts: type[Part]) -> dict[str, str]:
    """Return every name that a file may use for the fields of these parts, with the one it goes by."""
    specs = [spec for part in parts for spec in file_specs(part)]
    names: dict[str, str] = {}
    for spec in specs:
        names[spec.file] = spec.file
        if spec.kind is Kind.PART:
            names |= {name: name for name, _inner in topic_fields(spec)}
    return names | {alias: spec.file for spec in specs for alias in spec.file_aliases}


SINGLE_BLOCKS = tuple(
    block_type for block_type in BLOCKS if not block_type.many
)  # one front matter for all of them
# Lists of blocks in the front matter, positions first.
LISTED_BLOCKS: tuple[BlockType, ...] = tuple(
    sorted(
        (each for each in BLOCKS if each.many and not each.shared), key=lambda each: each.part is not Position
    )
)
OTHER_BLOCKS = tuple(each for each in LISTED_BLOCKS if each.part not in (Point, Position))

PAGE = field_names(*(block_type.part for block_type in SINGLE_BLOCKS))
PAGE = PAGE | {name: name for name in (*(each.attribute for each in LISTED_BLOCKS), *_PAGE_ONLY)}
POSITION, POINT, STANCE = field_names(Position), field_names(Point), field_names(Stance)
PROPONENT, SOURCE = field_names(Backer, Backing), field_names(Source, Citation)
ACTOR = field_names(Backer) | {name: name for name in _ACTOR_ONLY}
TOPIC = field_names(Topic)


def file_name(path: str) -> str:
    """Return the name in files of the field at a path of the document, such as `positions[0].citations[1].source`."""
    part: type[Part] | None = None
    name = ""
    for step in re.findall(r"[a-z_]+", path):
        if part is None:
            block_type = next((each for each in BLOCKS if each.attribute == step), None)
            if block_type is not None:
                part, name = block_type.part, step
                continue
            part = Head
        spec = next((each for each in part.SPECS if each.name == step), None)
        if spec is None:
            return step
        name, part = spec.file, spec.part or part
    return name


# -- values --


def choices(spec: Spec) -> Mapping[str, str]:
    """Return each word that files may have for a choice, with the value of documents."""
    return _words(spec.choices) if spec.choices is not None else {}


@_memoized
def _words(choices: type[models.TextChoices]) -> Mapping[str, str]:
    return _OTHER_WORDS.get(choices, {}) | {value: value for value in choices.values}


def word(spec: Spec, value: str) -> str:
    """Return the word that files have for a choice."""
    return next(word for word, meaning in choices(spec).items() if meaning == value)


def default(part: type[Part], spec: Spec) -> object:
    """Return the value that a file means by saying nothing of a field."""
    return _DEFAULTS.get((part, spec.name), spec.default)


def is_written(part: type[Part], spec: Spec, value: object) -> bool:
    """Whether a file has to say this value."""
    return (part, spec.name) in _ALWAYS_WRITTEN or value != default(part, spec)


# -- the body --

DEFAULT_HEADING = Context.spec(
    "text"
).file_heading  # whose text takes whatever has no other place in the body
POINTS_HEADING = Point.spec("body").file_heading


@_memoized
def headed_specs() -> Sequence[tuple[BlockType, Spec]]:
    """Return the fields that have a heading of their own in the body, the one that takes all other text first."""
    headed = [(each, spec) for each in SINGLE_BLOCKS for spec in each.part.VALUES if spec.file_heading]
    return sorted(headed, key=lambda each: each[1].file_heading != DEFAULT_HEADING)
