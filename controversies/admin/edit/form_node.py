"""The parts of the edit page: each with its form and the lists of its own parts; and those that no row has yet."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from controversies.admin.form_context import FormContext
from controversies.admin.part_form import FormCell, PartForm, form_class
from controversies.document.types import (
    BLOCK_TYPES,
    BY_NAME,
    Backer,
    Backing,
    BlockType,
    Citation,
    Kind,
    Part,
    Source,
    Spec,
    Topic,
)
from controversies.likeness import Match

ASKED_FIELD = "asked"  # field: the editor was shown what on record is like it
NEW_PART_KEY = "__new__"  # stands for the key of a part that a script adds
# The fields that are drawn at once, in rows; the others are folded.
_ROWS: dict[type[Part], tuple[tuple[str, ...], ...]] = {
    Source: (("title",), ("authors", "publisher"), ("date", "kind")),
    Backer: (("name", "kind"),),
    Topic: (("title",),),
}


@dataclass(eq=False)
class FormNode:
    """A block or part on the page: its form, and the lists of its parts in the order of the page.

    `form` is None while a block is closed, `part` None while it is new. `about` is the block that a cell is for. `path`
    begins with the block's key and leads to the part by names of lists and keys, as blame names it.
    """

    cls: type[Part]
    key: str  # the prefix of its fields
    form: PartForm | None = None
    part: Any = None
    index: int = 0
    path: str = ""
    lists: list["FormList"] = field(default_factory=list)
    name: str = ""
    is_open: bool = False  # whether it is unfolded at first
    about: "FormNode | None" = None
    source_number: int | None = None  # of a citation: the number of its source on the page
    new_part: "NewPart | None" = None  # what it refers to, if that is new here; drawn with it
    matches: list[Match] = field(default_factory=list)  # what its reference may mean: a question
    problems: list[str] = field(default_factory=list)  # about no field in particular
    chips: Any = None  # of a citation: what checks saw (`quote_checks.CitationChips`)

    @property
    def kind(self) -> str:
        """The name of the kind of part, as "position"."""
        block_type = BLOCK_TYPES.get(self.cls)
        return block_type.name if block_type else self.cls.__name__.lower()

    @property
    def is_block(self) -> bool:
        return self.cls in BLOCK_TYPES

    @property
    def list_name(self) -> str:
        """The name of the hidden inputs that list blocks of this type."""
        return BLOCK_TYPES[self.cls].attribute

    @property
    def label(self) -> str:
        """The letter or number of the block on the page."""
        block_type = BLOCK_TYPES.get(self.cls)
        return (block_type.number(self.index) if block_type else "") or str(self.index + 1)

    @property
    def kind_label(self) -> str:
        """The name of the kind of part for people, as "Backer"."""
        if block_type := BLOCK_TYPES.get(self.cls):
            return str(block_type.label)
        reference = reference_spec(self.cls)
        return str(reference.label) if reference else ""

    @property
    def has_errors(self) -> bool:
        parts = [*self.children(), *([self.new_part] if self.new_part else [])]
        return bool(self.problems or (self.form is not None and self.form.errors)) or any(
            part.has_errors for part in parts
        )

    @property
    def reference(self) -> BoundField | None:
        """The field by which it refers to a shared block; None if it has none."""
        spec = reference_field(self.cls)
        return self.form[spec.name] if spec is not None and self.form is not None else None

    @property
    def has_question(self) -> bool:
        """Whether something new, or the question what is meant, stands below its reference."""
        return self.new_part is not None or bool(self.matches)

    def children(self) -> Iterator["FormNode"]:
        for each in self.lists:
            yield from each.nodes

    def count(self, cls: type[Part]) -> int:
        """The number of parts of this class anywhere in it."""
        if self.form is None:
            return sum(isinstance(part, cls) for part in parts_within(self.part))
        return sum((child.cls is cls) + child.count(cls) for child in self.children())

    @property
    def backing_count(self) -> int:
        return self.count(Backing)

    @property
    def citation_count(self) -> int:
        return self.count(Citation)


@dataclass
class FormList:
    """A list of parts on the page."""

    spec: Spec
    owner: str  # the prefix of the part that has it
    nodes: list[FormNode] = field(default_factory=list)

    @property
    def field_name(self) -> str:
        """The name of the hidden inputs that hold the keys."""
        return f"{self.owner}-{self.spec.name}"

    @property
    def kind(self) -> str:
        return FormNode(part_class(self.spec), "").kind

    @property
    def has_cells(self) -> bool:
        """Whether it has one cell for each block of a type, rather than parts with keys of their own."""
        return cell_type(part_class(self.spec)) is not None


def part_class(spec: Spec) -> type[Part]:
    """The class of the parts of a list."""
    if spec.part is None:
        raise TypeError(f"{spec.name} is no list of parts.")
    return spec.part


def reference_spec(cls: type[Part]) -> Spec | None:
    """The field by which a part refers to a shared block, as a backing to its backer."""
    return next((spec for spec in cls.VALUES if spec.refers_to and spec.is_editable), None)


def reference_field(cls: type[Part]) -> Spec | None:
    """The field that refers to a shared block, the topic of a head included; None without one."""
    return next((spec for spec in cls.VALUES if spec.kind is Kind.PART), None) or reference_spec(cls)


def reference_kind(cls: type[Part]) -> str:
    """The name of the type of shared blocks that parts of this class refer to, "" if they do not."""
    spec = reference_field(cls)
    return (spec.refers_to or spec.name) if spec else ""


def cell_type(cls: type[Part]) -> BlockType | None:
    """The type of the blocks that parts of this class are cells for, as stances for points; None for other parts."""
    refers_to = cls.spec(cls.IDENTITY).refers_to
    return BY_NAME[refers_to] if refers_to else None


def parts_within(part: Part) -> Iterator[Part]:
    for spec in part.LISTS:
        for member in getattr(part, spec.name):
            yield member
            yield from parts_within(member)


def list_classes(cls: type[Part]) -> Iterator[type[Part]]:
    for spec in cls.SHOWN_LISTS:
        yield part_class(spec)
        yield from list_classes(part_class(spec))


@dataclass(eq=False)
class NewPart(FormNode):
    """A topic, backer or source that no row has yet, with its fields."""

    block_type: BlockType = None  # type: ignore[assignment]  # the fields before it have defaults
    is_asked: bool = False

    @classmethod
    def submitted(
        cls, block_type: BlockType, key: str, drawn: Part | None, data: QueryDict, context: FormContext
    ) -> "NewPart":
        """The new part whose fields were sent. `drawn` is what they were drawn from, None if it is new."""
        form = _form(block_type, data, key, drawn, context)
        values = {name: value for name, value in form.values().items() if name != "slug"}
        slug = str(form["slug"].value() or "")
        part = block_type.part(key=key, slug=slug, **values)  # type: ignore[call-arg]  # every shared block has both
        is_asked = bool(data.get(f"{key}-{ASKED_FIELD}"))
        return cls(block_type.part, key, form, part, block_type=block_type, is_asked=is_asked)

    @classmethod
    def from_part(cls, block_type: BlockType, part: Part, context: FormContext) -> "NewPart":
        """A new part that is drawn with these values."""
        return cls(
            block_type.part,
            part.identity,
            _form(block_type, None, part.identity, part, context),
            part,
            block_type=block_type,
        )

    @classmethod
    def template(cls, block_type: BlockType, context: FormContext) -> "NewPart":
        """A new part without values, for a script to copy."""
        return cls(
            block_type.part,
            NEW_PART_KEY,
            _form(block_type, None, NEW_PART_KEY, None, context),
            None,
            block_type=block_type,
        )

    @property
    def kind(self) -> str:
        return self.block_type.name

    @property
    def list_name(self) -> str:
        return self.block_type.attribute

    @property
    def kind_label(self) -> str:
        return str(self.block_type.label)

    @property
    def rows(self) -> list[list[FormCell]]:
        """The fields that are drawn at once."""
        form = self._bound_form
        return [[FormCell(name, form[name]) for name in row] for row in _ROWS[self.cls]]

    @property
    def optional_fields(self) -> list[FormCell]:
        """The other fields."""
        form = self._bound_form
        first = {name for row in _ROWS[self.cls] for name in row} | {"slug"}
        return [FormCell(name, form[name]) for name in form.fields if name not in first]

    @property
    def slug_field(self) -> forms.BoundField:
        """The address, hidden: a text may have named it."""
        return self._bound_form["slug"]

    @property
    def has_optional_values(self) -> bool:
        """Whether a folded field has a value or an error."""
        return any(cell.field and (cell.field.value() or cell.field.errors) for cell in self.optional_fields)

    @property
    def _bound_form(self) -> PartForm:
        if self.form is None:
            raise TypeError("A new part always has its form.")
        return self.form


def _form(
    block_type: BlockType, data: QueryDict | None, key: str, drawn: Part | None, context: FormContext
) -> PartForm:
    form = form_class(block_type.part)(data, key, drawn, context)
    form.fields["slug"].widget = forms.HiddenInput()
    return form
