"""Form fields for the values of a document, made from their declaration (Spec) and their column.

Text is read in its canonical form, so that what a browser did to line breaks is no change. The fields of the edit page
accept any text, since a document's rules judge the whole; those of the shared forms (`DocumentTextField`) apply the
rules of the one value.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.admin import widgets
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.admin.form_context import SHARED_NAMES, SHARED_TYPES, FormContext
from controversies.document import parse, text
from controversies.document.types import Kind, Spec
from controversies.kit.identifiers import canonical_doi
from controversies.kit.keys import is_key
from controversies.kit.languages import language_tag

SHORT_LINE = 300  # characters; a line that may be longer gets a box that grows
MAX_LINES = 50  # members of a list of lines, as other names of one backer
DATE_EXAMPLE = "2024-07"
TEXT_SUFFIX, ANSWER_SUFFIX = (
    "-text",
    "-use",
)  # beside the name of a reference: what is typed, and which of several is meant

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


class ReferenceInput(forms.TextInput):
    """A line for a backer, source or topic: the text that is seen, and beside it, hidden, the key that it stands for.

    The hidden value is the key, a space, and the name that it was chosen by. While the text is that name, it means that
    key; any other text is looked up when the form is sent. So it works without scripts, too. Without a text beside it
    (in drafts of old, and from programs) the key counts. `<name>-use` is the answer to the question which one is meant.
    """

    context: FormContext  # set by the form

    def __init__(self, kind: str) -> None:
        self.kind = kind  # the name of the type of blocks
        super().__init__()

    def value_from_datadict(self, data: Mapping[str, Any], files: object, name: str) -> str:
        """Return the key that was chosen, or the text that was typed instead."""
        key, _space, drawn = str(data.get(name) or "").partition(" ")
        if f"{name}{TEXT_SUFFIX}" not in data:
            return key
        string = text.line(str(data[f"{name}{TEXT_SUFFIX}"]))
        if string != text.line(drawn) and (drawn or not key):
            return string
        answer = str(data.get(f"{name}{ANSWER_SUFFIX}") or "")
        return answer if is_key(answer) else key or string

    def value_omitted_from_data(self, data: Mapping[str, Any], files: object, name: str) -> bool:
        return name not in data and f"{name}{TEXT_SUFFIX}" not in data

    def render(
        self, name: str, value: Any, attrs: Attributes | None = None, renderer: object = None
    ) -> SafeString:
        value = str(value or "")
        is_chosen = is_key(value)
        string = self.context.name(SHARED_NAMES[self.kind], value) if is_chosen else value
        held = f"{value} {string}" if is_chosen else f" {string}" if string else ""
        attributes = {
            "type": "text",
            "name": f"{name}{TEXT_SUFFIX}",
            "autocomplete": "off",
            "data-reference": self.kind,
            **self.build_attrs(self.attrs, attrs),
        }
        if string:
            attributes["value"] = string
        return format_html(
            '<input type="hidden" name="{}" value="{}"><input{}>', name, held, flatatt(attributes)
        )


# -- fields --


class CanonicalTextField(forms.Field):
    """A text in canonical form. It accepts any text: the rules of a document judge the whole."""

    def __init__(self, spec: Spec, **options: Any) -> None:
        self.spec = spec
        super().__init__(**{"required": False, "label": spec.label, **options})

    def to_python(self, value: object) -> str:
        string = value if isinstance(value, str) else ""
        if self.spec.kind is Kind.PROSE:
            return text.prose(string)
        if self.spec.kind is Kind.DOI:
            # Capitals stay: they mean nothing, and to change them would be a change of the page.
            doi = canonical_doi(string)
            return text.line(string) if not doi or doi == string.lower() else doi
        if self.spec.kind is Kind.LANGUAGE:
            return language_tag(string) or text.line(string)
        return text.line(string)


class DocumentTextField(CanonicalTextField):
    """One text by the rules of a document: a line, prose, a web address, a DOI or a date.

    A form accepts exactly what can be recorded.
    """

    def __init__(self, spec: Spec, **options: Any) -> None:
        widget = _ADMIN_WIDGETS.get(spec.kind, widgets.AdminTextInputWidget)
        super().__init__(spec, **{"widget": widget, "required": spec.required, **options})

    def to_python(self, value: object) -> str:
        string = "" if value is None else str(value)
        if self.spec.kind in (Kind.URL, Kind.DOI, Kind.ISBN, Kind.LANGUAGE, Kind.DAY, Kind.DATE):
            # Zero-width and direction marks come along with what is pasted and mean nothing here.
            string = "".join(char for char in string if unicodedata.category(char) not in ("Cf", "Cc"))
        if self.spec.kind is Kind.DOI:
            string = string.strip()
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
    """A backer, source or topic, chosen by its key or named by a text that only one of them fits."""

    context: FormContext  # set by the form

    def __init__(self, spec: Spec, column: Column, **options: Any) -> None:
        self.model: type[models.Model] = column.remote_field.model
        kind = SHARED_TYPES[self.model].name
        super().__init__(spec, widget=ReferenceInput(kind), **options)

    def to_python(self, value: object) -> str:
        """Return the key, "" for a text that does not say which one is meant."""
        return self.context.key_of(self.model, str(value or ""))

    def clean(self, value: object) -> str:
        key = self.to_python(value)
        if value and (not key or not self.context.is_known(self.model, key)):
            raise ValidationError(self.context.question(self.model, str(value)))
        return key


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
