"""JSON Schema: the values that objects of the API are made of, and the fields and parts of a document."""

from typing import Any

from django.db import models

from controversies.document.schema import Kind, Part, Spec
from controversies.document.types import BLOCK_TYPES, BLOCKS, part_classes
from controversies.kit.languages import TAG
from controversies.models.fields import PARTIAL_DATE, SLUG

type Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
KEY: Schema = {"type": "string", "format": "uuid"}
ADDRESS: Schema = {"type": "string", "pattern": SLUG, "maxLength": 100}
URL: Schema = {"type": "string", "format": "uri"}
TIME: Schema = {"type": "string", "format": "date-time"}
DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256, hexadecimal."}
DATE: Schema = {
    "type": "string",
    "pattern": f"^$|{PARTIAL_DATE}",
    "description": "As far as it is known: 2024, 2024-07 or 2024-07-23; empty where it is not.",
}
LANGUAGE: Schema = {
    "type": "string",
    "pattern": TAG,
    "description": "A tag of BCP 47, as zh-Hans. A page that names none is in English.",
}
YES: Schema = {"type": "boolean"}

_BY_KIND = {Kind.KEY: KEY, Kind.SLUG: ADDRESS, Kind.LANGUAGE: LANGUAGE, Kind.DAY: DATE, Kind.DATE: DATE}


def ref(name: str) -> Schema:
    """The component of this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def with_description(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def array(items: Schema, description: str = "") -> Schema:
    schema = {"type": "array", "items": items}
    return with_description(schema, description) if description else schema


def nullable(schema: Schema) -> Schema:
    """The schema or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def word(choices: type[models.TextChoices]) -> Schema:
    """A word of a closed vocabulary."""
    return one_of(*choices.values)


def of_field(spec: Spec) -> Schema:
    """The values of a field of a document."""
    if spec.part is not None:
        return array(ref(spec.part.__name__)) if spec.kind is Kind.ITEMS else ref(spec.part.__name__)
    if spec.kind is Kind.LINES:
        return array(TEXT)
    if spec.choices is not None:
        may_be_empty = not spec.required and spec.default == ""
        return one_of(*([""] if may_be_empty else []), *spec.choices.values)
    return _BY_KIND.get(spec.kind, TEXT)


def of_titled_field(spec: Spec) -> Schema:
    """The same with the field's name in words, its longest value, and its media type."""
    schema = of_field(spec)
    if spec.kind is Kind.PART:
        return schema
    if spec.kind is Kind.LINES:
        schema = array({**TEXT, "maxLength": spec.limit})
    elif schema is TEXT:
        schema = {**TEXT, "maxLength": spec.limit}
        if spec.kind is Kind.PROSE:
            schema["contentMediaType"] = "text/markdown"
    return {"title": str(spec.label), **schema}


def of_part(part: type[Part]) -> dict[str, Schema]:
    """The fields of a part of a document, by name."""
    return {spec.name: of_titled_field(spec) for spec in part.SPECS}


def optional_fields(part: type[Part]) -> tuple[str, ...]:
    """The names of the fields that JSON leaves out where they are empty."""
    return tuple(spec.name for spec in part.SPECS if spec.is_optional)


def of_object(
    properties: dict[str, Schema], description: str = "", *, optional: tuple[str, ...] = ()
) -> Schema:
    """An object that has all of these properties but the optional ones, which are listed last."""
    names = [name for name in properties if name not in optional]
    ordered = {name: properties[name] for name in (*names, *optional)}
    schema: Schema = {"type": "object", "properties": ordered, "required": names}
    return {"description": description, **schema} if description else schema


NESTED_PARTS = [part for part in part_classes() if part not in BLOCK_TYPES]  # a topic, and members of lists
_LISTED = {spec.part for part in part_classes() for spec in part.LISTS}
ANY_ITEM: Schema = {"anyOf": [ref(part.__name__) for part in NESTED_PARTS if part in _LISTED]}
ANY_BLOCK: Schema = {"anyOf": [ref(block_type.part.__name__) for block_type in BLOCKS]}
BLOCK_NAME = one_of(*(block_type.name for block_type in BLOCKS))
