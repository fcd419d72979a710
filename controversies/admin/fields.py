"""Form fields for the values of a document, made from their declaration (Spec) and their column.

Text is read in its canonical form, so that what a browser did to line breaks is no change. The fields of the edit page
accept any text, since a document's rules judge the whole; those of the shared forms (`DocumentTextField`) apply the
rules of the one value.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin import widgets
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.utils import flatatt
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.admin.form_context import FormContext
from controversies.document import parse, text
from controversies.document.types import Kind, Spec

SHORT_LINE = 300  # characters; a line that may be longer gets a box that grows
MAX_LINES = 50  # members of a list of lines, as other names of one backer
DATE_EXAMPLE = "2024-07"

_DOI_PREFIX = re.compile(r"^(https?://)?(dx\.)?doi\.org/|^doi:\s*", re.IGNORECASE)
_ADMIN_WIDGETS: dict[Kind, type[forms.Widget]] = {
    Kind.PROSE: widgets.AdminTextareaWidget,
    Kind.URL: widgets.AdminURLFieldWidget,
}

type Attributes = dict[str, Any]  # of an HTML element
type Column = (
    Any  # a model's field: Django's stubs know no common type with `max_length`, `choices` and `remote_field`
)


# -- widgets: drawn without a template, because a page has hundreds --


class PlainTextarea(forms.Textarea):
    """A text area."""

    def render(
        self, name: str, value: Any, attrs: Attributes | None = None, renderer: object = None
    ) -> SafeString:
        attributes = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html("<textarea{}>\n{}</textarea>", attributes, self.format_value(value) or "")


class PlainTextInput(forms.TextInput):
    """An input of one line."""

    def render(
        self, name: str, value: Any, attrs: Attributes | None = None, renderer: object = None
    ) -> SafeString:
        value = self.format_value(value)
        attributes = {"type": "text", "name": name, **self.build_attrs(self.attrs, attrs)}
        if value is not None:
            attributes["value"] = value
        return format_html("<input{}>", flatatt(attributes))


class PlainSelect(forms.Select):
    """A choice from a few."""

    def render(
        self, name: str, value: Any, attrs: Attributes | None = None, renderer: object = None
    ) -> SafeString:
        selected = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, flatatt({"selected": True}) if str(key) == selected else "", label)
                for key, label in self.choices
            ),
        )
        attributes = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html("<select{}>{}</select>", attributes, options)


class ReferenceSelect(widgets.AutocompleteSelect):
    """Django's autocompletion without a query for each label, and with a link to add what is missing."""

    context: FormContext  # set by the form

    def __init__(self, column: Column) -> None:
        super().__init__(column, admin.site)
        self.is_required = True  # no empty choice and no "clear": a row that is not wanted is removed

    @property
    def model(self) -> type[models.Model]:
        """The model referred to."""
        model: type[models.Model] = self.field.remote_field.model
        return model

    @cached_property
    def links(self) -> tuple[str, str, Promise | str]:
        """The URL of the autocompletion, that of the pop-up which adds a row, and the pop-up's name."""
        target, source = self.model._meta, self.field.model._meta
        add = reverse(f"admin:{target.app_label}_{target.model_name}_add")
        return (
            self.get_url(),
            f"{add}?_to_field=id&_popup=1&_source_model={source.app_label}.{source.model_name}",
            _("New %s") % target.verbose_name,
        )

    def build_attrs(self, base_attrs: Attributes, extra_attrs: Attributes | None = None) -> Attributes:
        return {
            **base_attrs,
            **(extra_attrs or {}),
            "class": "admin-autocomplete",
            "data-ajax--url": self.links[0],
            "data-ajax--delay": 200,
            "data-app-label": self.field.model._meta.app_label,
            "data-model-name": self.field.model._meta.model_name,
            "data-field-name": self.field.name,
            "data-theme": "admin-autocomplete",
            "data-placeholder": f"{capfirst(self.model._meta.verbose_name)}…",
        }

    def optgroups(self, name: str, value: Sequence[str], attr: Attributes | None = None) -> list[Any]:
        options = [
            self.create_option(name, key, self.context.name(self.model, key) or key, True, index)
            for index, key in enumerate(filter(None, value))
        ]
        return [(None, options or [self.create_option(name, "", "", False, 0)], 0)]

    def render(
        self, name: str, value: Any, attrs: Attributes | None = None, renderer: Any = None
    ) -> SafeString:
        select = super().render(name, value, attrs, renderer)
        if not self.context.may_add(self.model):
            return select
        _url, add, link_text = self.links
        return format_html(
            '<div class="related-widget-wrapper" data-model-ref="{}">{} '
            '<a class="related-widget-wrapper-link add-related" id="add_{}" data-popup="yes" href="{}">{}</a></div>',
            self.model._meta.model_name,
            select,
            (attrs or {}).get("id", ""),
            add,
            link_text,
        )


# -- fields --


class CanonicalTextField(forms.Field):
    """A text in canonical form. It accepts any text: the rules of a document judge the whole."""

    def __init__(self, spec: Spec, **options: Any) -> None:
        self.spec = spec
        super().__init__(**{"required": False, "label": spec.label, **options})

    def to_python(self, value: object) -> str:
        string = value if isinstance(value, str) else ""
        return text.prose(string) if self.spec.kind is Kind.PROSE else text.line(string)


class DocumentTextField(CanonicalTextField):
    """One text by the rules of a document: a line, prose, a web address, a DOI or a date.

    A form accepts exactly what can be recorded.
    """

    def __init__(self, spec: Spec, **options: Any) -> None:
        widget = _ADMIN_WIDGETS.get(spec.kind, widgets.AdminTextInputWidget)
        super().__init__(spec, **{"widget": widget, "required": spec.required, **options})

    def to_python(self, value: object) -> str:
        string = "" if value is None else str(value)
        if self.spec.kind in (Kind.URL, Kind.DOI, Kind.ISBN, Kind.DAY, Kind.DATE):
            # Zero-width and direction marks come along with what is pasted and mean nothing here.
            string = "".join(char for char in string if unicodedata.category(char) not in ("Cf", "Cc"))
        if self.spec.kind is Kind.DOI:
            string = _DOI_PREFIX.sub("", string.strip())
        return super().to_python(string)

    def clean(self, value: object) -> str:
        return _parse(self.spec, self.to_python(value))

    def has_changed(self, initial: object, data: object) -> bool:
        return self.to_python(initial) != self.to_python(data)


class LinesField(forms.Field):
    """A list of texts, one a line, because a name may contain a comma. The form's value is a list."""

    def __init__(self, spec: Spec, **options: Any) -> None:
        self.spec = Spec(spec.name, Kind.LINE, spec.label, limit=spec.limit)
        widget = widgets.AdminTextareaWidget(attrs={"rows": 4})
        super().__init__(**{"widget": widget, "required": False, "label": spec.label, **options})

    def prepare_value(self, value: object) -> object:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: object) -> list[str]:
        lines = text.prose("" if value is None else str(self.prepare_value(value))).split("\n")
        return list(dict.fromkeys(filter(None, map(text.line, lines))))

    def clean(self, value: object) -> list[str]:
        lines = self.to_python(value)
        if len(lines) > MAX_LINES:
            raise ValidationError(_("At most %s names.") % MAX_LINES)
        return [_parse(self.spec, line) for line in lines]


class VocabularyField(CanonicalTextField):
    """One word of a closed vocabulary; with its meaning if the declaration wants it explained.

    `default` is the column's: an empty value stands for it.
    """

    def __init__(self, spec: Spec, default: str, **options: Any) -> None:
        vocabulary: Any = spec.choices
        offered = [
            (each.value, f"{each.label} – {each.meaning}" if spec.widget.explained else each.label)
            for each in vocabulary
        ]
        if not (spec.required or spec.default):
            offered.insert(0, ("", gettext_lazy("Not assessed")))
        self.default = default
        super().__init__(spec, widget=PlainSelect(choices=offered), initial=default, **options)

    def to_python(self, value: object) -> str:
        return super().to_python(value) or self.default


class ReferenceField(CanonicalTextField):
    """The key of a backer, source or topic that is recorded."""

    context: FormContext  # set by the form

    def __init__(self, spec: Spec, column: Column, **options: Any) -> None:
        self.model: type[models.Model] = column.remote_field.model
        super().__init__(spec, widget=ReferenceSelect(column), **options)

    def validate(self, value: str) -> None:
        if value and not self.context.name(self.model, value):
            message = _("This %s is not on record any more. Choose another.")
            raise ValidationError(message % self.model._meta.verbose_name)


def field_for(spec: Spec, column: Column) -> forms.Field:
    """The field of the edit page for what a Spec declares."""
    options = {"help_text": spec.help or column.help_text}
    if spec.kind is Kind.CHOICE:
        return VocabularyField(spec, column.get_default() or "", **options)
    if spec.refers_to or spec.kind is Kind.PART:
        return ReferenceField(spec, column, **options)
    if spec.kind is Kind.LINES:
        return LinesField(spec, widget=PlainTextarea({"rows": spec.widget.rows}), **options)
    attributes: Attributes = {}
    if spec.widget.placeholder:
        attributes["placeholder"] = spec.widget.placeholder
    if spec.kind is Kind.PROSE:
        return CanonicalTextField(
            spec, widget=PlainTextarea({"rows": spec.widget.rows, **attributes}), **options
        )
    if spec.kind in (Kind.DATE, Kind.DAY):
        # The placeholder says it in less room than a help text.
        attributes = {"placeholder": DATE_EXAMPLE, "size": "10"}
        return CanonicalTextField(spec, widget=PlainTextInput(attributes))
    if spec.limit > SHORT_LINE and spec.kind is Kind.LINE:
        growing = PlainTextarea({"rows": 1, "class": "line", **attributes})
        return CanonicalTextField(spec, widget=growing, **options)
    return CanonicalTextField(spec, widget=PlainTextInput(attributes), **options)


def _parse(spec: Spec, value: str) -> str:
    try:
        return parse.value(spec, value)
    except parse.InvalidDocument as error:
        raise ValidationError([fault.message for fault in error.faults]) from error


__all__ = [
    "CanonicalTextField",
    "DocumentTextField",
    "LinesField",
    "PlainTextarea",
    "ReferenceField",
    "VocabularyField",
    "field_for",
]
