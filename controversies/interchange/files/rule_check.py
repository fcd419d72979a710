"""Faults that span fields, looked for where single values are wrong too, so that a writer sees all of them at once."""

import re
from collections.abc import Iterable
from typing import Any

from controversies.document import parse
from controversies.document.parse import Fault, InvalidDocument
from controversies.document.schema import Kind, Part, Spec
from controversies.document.types import BLOCKS, Head

_STEP = re.compile(r"\w+")


def further_faults(data: dict[str, Any], faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults of a document's data besides these, once a harmless value stands for each wrong one.

    None where a key, a reference or a whole part is wrong: whatever refers to it would be called wrong too. Changes
    `data`.
    """
    for number, fault in enumerate(faults):
        owner, part, spec = _field_at(data, fault.path)
        if spec is None or spec.kind in (Kind.KEY, Kind.LINES):
            return []
        owner[spec.name] = _harmless(spec, number)
        for pair in part.PAIRS:
            if spec.name in pair:
                owner |= dict.fromkeys(pair, "")
    try:
        parse.document(data)
    except InvalidDocument as error:
        return error.faults
    return []


def _field_at(data: dict[str, Any], path: str) -> tuple[Any, type[Part], Spec | None]:
    """The object that holds the field at this path, its class, and the field; None for what is no single field."""
    owner: Any = data
    part: type[Part] = Head
    spec: Spec | None = None
    for step in _STEP.findall(path):
        if spec is not None:  # a step into a list or part
            owner = owner[spec.name]
            part, spec = spec.part or part, None
        if step.isdigit():
            owner = owner[int(step)]
            continue
        block_type = (
            next((each for each in BLOCKS if each.attribute == step), None) if owner is data else None
        )
        if block_type is not None:
            owner, part = owner[step], block_type.part
        else:
            spec = next((each for each in part.SPECS if each.name == step), None)
    return owner, part, spec


def _harmless(spec: Spec, number: int) -> str:
    if spec.kind is Kind.SLUG:
        return f"faulty-{number}"
    return "?" if spec.required and spec.is_text else ""
