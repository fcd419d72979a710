"""The form of one block or part of a document, and the one that asks for the reason of a change.

A form draws and reads; it knows no rules. What a document may hold is decided in one place, `document.parse`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from controversies.admin.fields import (
    CanonicalTextField,
    LinesField,
    PlainTextarea,
    ReferenceField,
    VocabularyField,
    field_for,
)
from controversies.admin.form_context import FormContext
from controversies.document.types import Backing, Citation, Head, Kind, Part, Point, Position, Spec
from controversies.history.record import SUMMARY_LIMIT

type FormData = Mapping[str, Any] | None  # what a browser sent, None to draw the form

# The arrangement of fields where it is not the declaration's order: each member is a row. Fields that are not named
# here follow, one a row, so that a new one is drawn without a word here.
ROWS: dict[type[Part], tuple[tuple[str, ...], ...]] = {
    Head: (
        ("title",),
        ("question",),
        ("topic", "slug"),
        ("status", "polarity"),
        ("status_summary",),
        ("attribution",),
        ("language",),
        ("publication", "reviewed"),
    ),
    Point: (("title",), ("kind",)),
    Position: (("claim",), ("argument",), ("confidence", "confidence_reason")),
    Citation: (("source",), ("relation",), ("quote",)),
    Backing: (("backer",), ("since",), ("until",)),
}


@dataclass(frozen=True)
class FormCell:
    """A place for a field in a row; `field` is None where this user, or nobody, may change it here."""

    name: str
    field: BoundField | None


class PartForm(forms.Form):
    """The fields of one block or part. `part` is its class in a document; the prefix is the key of the part."""

    part: ClassVar[type[Part] | None] = None

    def __init__(self, data: FormData, key: str, drawn: Part | None, context: FormContext) -> None:
        """`drawn` is the part that the form is drawn from, None if it is new."""
        super().__init__(
            data,
            prefix=key,
            initial=self.initial_of(drawn) if drawn is not None else None,
            label_suffix="",
            use_required_attribute=False,
        )
        required = {spec.name for spec in self.part.SPECS if spec.required} - {"slug"} if self.part else set()
        for name, field in self.fields.items():
            field.is_needed = name in required  # type: ignore[attr-defined]  # templates mark the label
            if name in required:
                field.widget.attrs["aria-required"] = "true"
            if isinstance(field.widget, forms.TextInput | forms.Textarea):
                field.widget.attrs["dir"] = "auto"  # text may run either way
            if isinstance(field, ReferenceField):
                field.context = field.widget.context = context

    def initial_of(self, drawn: Part) -> dict[str, Any]:
        """The initial values of the fields."""
        return {name: getattr(drawn, name) for name in self.base_fields if hasattr(drawn, name)}

    def values(self) -> dict[str, Any]:
        """The values of the fields by name, valid or not."""
        self.errors  # noqa: B018 - cleans the fields
        return {name: self.value(name) for name in self.fields}

    def value(self, name: str) -> Any:
        """The value of one field, valid or not."""
        field = self.fields[name]
        if name in getattr(self, "cleaned_data", {}):
            value = self.cleaned_data[name]
        else:
            value = field.to_python(self[name].value())
        return tuple(value) if isinstance(field, LinesField) else value

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed or chosen; a choice from a closed vocabulary does not count."""
        return not any(
            self[name].value() if isinstance(self.fields[name], ReferenceField) else value
            for name, value in self.values().items()
            if not isinstance(self.fields[name], VocabularyField)
        )

    @property
    def rows(self) -> Iterator[list[FormCell]]:
        """The fields in rows, as they are drawn."""
        arranged = ROWS.get(self.part, ()) if self.part else ()
        names = {name for row in arranged for name in row}
        for row in (*arranged, *((name,) for name in self.base_fields if name not in names)):
            yield [FormCell(name, self[name] if name in self.fields else None) for name in row]


class HeadForm(PartForm):
    """The head. `reviewed` stands for the day and name of a review, which nobody types."""

    reviewed = forms.BooleanField(
        label=_("I have read the whole page against its sources today"), required=False
    )

    def initial_of(self, drawn: Part) -> dict[str, Any]:
        initial = super().initial_of(drawn)
        if isinstance(drawn, Head):
            initial["topic"] = drawn.topic.key
        return initial


_CLASSES: dict[type[Part], type[PartForm]] = {}


def form_class(part: type[Part]) -> type[PartForm]:
    """The form class of a kind of part: a field for each editable Spec."""
    if part not in _CLASSES:
        _CLASSES[part] = _make_class(part)
    return _CLASSES[part]


def _make_class(part: type[Part]) -> type[PartForm]:
    fields: dict[str, Any] = {
        spec.name: field_for(spec, part.MODEL._meta.get_field(spec.column))
        for spec in part.VALUES
        if spec.is_editable
    }
    first = [name for row in ROWS.get(part, ()) for name in row if name in fields]
    ordered = {name: fields[name] for name in dict.fromkeys((*first, *fields))}
    return type(f"{part.__name__}Form", (HeadForm if part is Head else PartForm,), {"part": part, **ordered})


class ReasonForm(PartForm):
    """The reason of a change; it stands beside Save."""

    summary = CanonicalTextField(
        Spec("summary", Kind.PROSE, _("Reason for the change"), limit=SUMMARY_LIMIT),
        help_text=_("Readers see it in the history."),
        widget=PlainTextarea({"rows": 1}),
    )
