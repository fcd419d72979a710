"""Answers for readers: the fields of one stored block with who wrote what, from the block and its origins."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from controversies.document.schema import Kind, Part

from .origins import PartOrigins, StatementOrigin, token_revision, unpack
from .tokens import split_statements, split_tokens


class BlameSpan(NamedTuple):
    """Words in a row of one statement that one revision wrote. The texts of a field's spans joined are the field.

    `revision` first wrote the words, `wording` is the one that first had the statement read exactly so, `here` the
    one since which it stands in this field. `statement` is the statement's id, the same in all of its wordings (see
    `token_revision`), `place` its place in the field, from 0.
    """

    text: str
    revision: int
    wording: int
    here: int
    statement: int
    place: int


class BlameValue(NamedTuple):
    """A value, or a line of a list of lines, and the revision that set it."""

    value: str
    revision: int


type FieldBlame = list[BlameSpan] | BlameValue | list[BlameValue]


def block_blame(block: Part, data: bytes) -> dict[str, FieldBlame]:
    """The fields of a block by path, from its stored origins: those in force at its version.

    Texts are lists of spans, lists of lines lists of values, all others one value. The path of a field in a part is
    that of the canonical JSON with the member's identity for its index: `stances.<key>.text`, `topic.title`. Raises
    ValueError for bytes that are not of this block.
    """
    return dict(_part(block, unpack(block, data), ""))


def _part(part: Part, origins: PartOrigins, prefix: str) -> Iterator[tuple[str, FieldBlame]]:
    for spec in part.SPECS:
        value, path = getattr(part, spec.name), prefix + spec.name
        if spec.kind is Kind.ITEMS:
            for item in value:
                inner = origins.items[spec.name][item.identity]
                yield from _part(item, inner, f"{path}.{item.identity}.")
        elif spec.kind is Kind.PART:
            yield from _part(value, origins.parts[spec.name], f"{path}.")
        elif spec.kind is Kind.LINES:
            owners = origins.lines.get(spec.name, [])
            yield path, [BlameValue(line, owner) for line, owner in zip(value, owners, strict=True)]
        elif spec.is_text:
            yield path, list(_spans(value, origins.texts.get(spec.name, [])))
        else:
            yield path, BlameValue(value, origins.values.get(spec.name, origins.since))


def _spans(text: str, statements: list[StatementOrigin]) -> Iterator[BlameSpan]:
    for place, (statement, origin) in enumerate(zip(split_statements(text), statements, strict=True)):
        tokens = split_tokens(statement)
        start = end = 0
        for revision, runs in groupby(origin.runs, key=lambda run: token_revision(run.start)):
            end += sum(run.length for run in runs)
            words = "".join(tokens[start:end])
            yield BlameSpan(words, revision, origin.wording, origin.here, origin.id, place)
            start = end
        if end != len(tokens):
            raise ValueError("A statement has not as many tokens as origins.")
