"""The declaration of an object of the API: one, from which come its JSON Schema and its JSON values.

    TOPIC = Shape[Topic](
        "Topic",
        "A topic that pages are about.",
        {"slug": (ADDRESS, lambda topic: topic.slug), "title": (TEXT, lambda topic: topic.title)},
    )

The function beside each schema takes the subject, whatever the object is made of. `Fields` are properties whose values
come from one function, as all fields of a part of a document do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from controversies.document import canonical
from controversies.document.rows import value_of
from controversies.document.schema import Part, Spec

from . import schemas
from .schemas import URL, Schema, array, nullable, ref, with_description

type Property[Subject] = tuple[Schema, Callable[[Subject], object]]


@dataclass(frozen=True)
class Fields[Subject]:
    """Properties by name, and the function that gives their values; those that are optional may be missing there."""

    properties: Mapping[str, Schema]
    values: Callable[[Subject], Mapping[str, object]]
    optional: tuple[str, ...] = ()


class Shape[Subject]:
    """An object of the API, in the order of its properties.

    `name` is that of its component in the description, "" for one that is written out where it stands.
    """

    def __init__(
        self, name: str, description: str, *groups: Fields[Subject] | dict[str, Property[Subject]]
    ) -> None:
        self.name = name
        self.description = description
        self.groups = [group if isinstance(group, Fields) else _fields(group) for group in groups]

    @property
    def schema(self) -> Schema:
        """The JSON Schema of the object."""
        properties: dict[str, Schema] = {}
        for group in self.groups:
            properties |= group.properties
        optional = tuple(name for group in self.groups for name in group.optional)
        return schemas.of_object(properties, self.description, optional=optional)

    @property
    def reference(self) -> Schema:
        """The schema by which others refer to it."""
        return ref(self.name) if self.name else self.schema

    def values(self, subject: Subject) -> dict[str, object]:
        """The JSON values of the subject."""
        values: dict[str, object] = {}
        for group in self.groups:
            values |= group.values(subject)
        return values


def _fields[Subject](properties: dict[str, Property[Subject]]) -> Fields[Subject]:
    return Fields(
        {name: schema for name, (schema, _value) in properties.items()},
        lambda subject: {name: value(subject) for name, (_schema, value) in properties.items()},
    )


# -- properties that are objects themselves --


def nested[Subject, Inner](shape: Shape[Inner], of: Callable[[Subject], Inner]) -> Property[Subject]:
    """One object of this shape."""
    return shape.reference, lambda subject: shape.values(of(subject))


def nested_or_null[Subject, Inner](
    shape: Shape[Inner], of: Callable[[Subject], Inner | None]
) -> Property[Subject]:
    """One object of this shape, null where there is none."""

    def value(subject: Subject) -> object:
        inner = of(subject)
        return None if inner is None else shape.values(inner)

    return nullable(shape.reference), value


def list_of[Subject, Inner](
    shape: Shape[Inner], of: Callable[[Subject], Iterable[Inner]], description: str = ""
) -> Property[Subject]:
    """A list of objects of this shape."""
    return array(shape.reference, description), lambda subject: [shape.values(each) for each in of(subject)]


# -- the declared fields of a part of a document --


def fields_of_part[Subject](
    part: type[Part], of: Callable[[Subject], Part], *, but: tuple[str, ...] = ()
) -> Fields[Subject]:
    """The values that a part has itself, from the part, in the declared order, but for these names."""
    specs = [spec for spec in part.VALUES if spec.name not in but]

    def values(subject: Subject) -> dict[str, object]:
        pairs = ((spec, getattr(of(subject), spec.name)) for spec in specs)
        return {spec.name: _json(value) for spec, value in pairs if value or not spec.is_optional}

    return Fields(
        {spec.name: schemas.of_field(spec) for spec in specs},
        values,
        optional=tuple(spec.name for spec in specs if spec.is_optional),
    )


def _json(value: object) -> object:
    return canonical.to_json(value, full=True) if isinstance(value, Part) else value


def row_values(row: object, specs: Iterable[Spec]) -> dict[str, object]:
    """The values of these fields from the row of a part."""
    return {spec.name: value_of(row, spec) for spec in specs}


# -- lists --


@dataclass(frozen=True)
class ListPage[Item]:
    """One page of a list, and the address of the next one, None at the end."""

    items: Sequence[Item]
    next: str | None = None


def next_page[Page: ListPage]() -> Property[Page]:
    """The address of the next page of a list, null at the end."""
    return nullable(
        with_description(URL, "The address of the next page, null at the end.")
    ), lambda page: page.next


def list_shape[Item](name: str, item: Shape[Item]) -> Shape[ListPage[Item]]:
    """A page of a list of such objects."""
    return Shape(
        name,
        "",
        {
            "items": list_of(item, lambda page: page.items),
            "next": next_page(),
        },
    )
