"""One plain form for each kind of block or part of a document; a form's prefix is its block's key.

They draw and read, and know no rules: what a document may hold is decided in one place, `document.parse`.
Text is read in its canonical form, so that what the browser did to line breaks is no change.
"""

import json
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import BadRequest, ValidationError
from django.db import models
from django.forms.utils import flatatt
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from controversies import models as m
from controversies.document import parse, rows, text, types
from controversies.kit.keys import is_key

SHORT = 300  # characters; a line that may be longer gets a box that grows


class FormContext:
    """What the forms of one request share: the names of backers, sources and topics, and what the user may add."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.backers: dict[str, types.Backer] = {}
        self.sources: dict[str, types.Source] = {}
        self.topics: dict[str, types.Topic] = {}
        self.fresh: set[str] = set()  # keys of what no record has yet
        self._may_add: dict[type[models.Model], bool] = {}

    def know(self, document: types.Document) -> None:
        """Take the names that the document has: they cost no query."""
        self.backers |= {backer.key: backer for backer in document.backers}
        self.sources |= {source.key: source for source in document.sources}
        topic = document.head.topic
        if topic.key:
            self.topics[topic.key] = topic

    def know_new(self, sent: str) -> None:
        """Take what is on no record yet and was sent along as JSON, if this user may add such; the record comes first.

        Raises BadRequest for what no page of ours would send.
        """
        kinds: dict[str, tuple[type[types.Part], type[models.Model], dict[str, Any]]] = {
            "backers": (types.Backer, m.Backer, self.backers),
            "sources": (types.Source, m.Source, self.sources),
            "topics": (types.Topic, m.Topic, self.topics),
        }
        try:
            given = json.loads(sent)
            lists = {name: list(given.get(name, ())) for name in kinds}
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            raise BadRequest("This is not JSON of ours.") from error
        for name, (cls, model, known) in kinds.items():
            made, faults = [], []
            for each in lists[name]:
                part, wrong = parse.part(cls, each, name)
                made.append(part)
                faults += wrong
            if faults:
                raise BadRequest("This is nothing that could be put on record.")
            if made and self.may_add(model):
                found = rows.shared_blocks(cls, (part.key for part in made))
                known.update({part.key: part for part in made} | found)
                self.fresh |= {part.key for part in made} - found.keys()

    def look_up(self, *, backers: Iterable[str], sources: Iterable[str], topic: str) -> None:
        """Find those not known yet; one query for each kind that has any."""
        unknown = {key for key in backers if is_key(key)} - self.backers.keys()
        if unknown:
            self.backers |= rows.shared_blocks(types.Backer, unknown)
        unknown = {key for key in sources if is_key(key)} - self.sources.keys()
        if unknown:
            self.sources |= rows.shared_blocks(types.Source, unknown)
        if is_key(topic) and topic not in self.topics:
            self.topics |= rows.shared_blocks(types.Topic, [topic])

    def name(self, model: type[models.Model], key: str) -> str:
        if model is m.Backer:
            return self.backers[key].name if key in self.backers else ""
        found = (self.sources if model is m.Source else self.topics).get(key)
        return found.title if found else ""

    def may_add(self, model: type[models.Model]) -> bool:
        if model not in self._may_add:
            self._may_add[model] = self.user.has_perm(f"controversies.add_{model._meta.model_name}")
        return self._may_add[model]


class PlainTextarea(forms.Textarea):
    """A text area, drawn without a template: a page has hundreds."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        drawn = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html("<textarea{}>\n{}</textarea>", drawn, self.format_value(value) or "")


class PlainTextInput(forms.TextInput):
    """An input of one line, drawn without a template."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        value = self.format_value(value)
        attrs = {"type": "text", "name": name, **self.build_attrs(self.attrs, attrs)}
        return format_html("<input{}>", flatatt(attrs if value is None else {**attrs, "value": value}))


class PlainSelect(forms.Select):
    """A choice from a few, drawn without a template."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, flatatt({"selected": True}) if str(key) == chosen else "", label)
                for key, label in self.choices
            ),
        )
        return format_html(
            "<select{}>{}</select>", flatatt({"name": name, **self.build_attrs(self.attrs, attrs)}), options
        )


class ReferenceSelect(AutocompleteSelect):
    """Django's autocompletion without a query for each label, and with a way to add what is missing."""

    desk: FormContext

    def __init__(self, field: Any) -> None:
        super().__init__(field, admin.site)
        self.is_required = True  # no empty choice and no "clear": a row that is not wanted is removed

    @cached_property
    def links(self) -> tuple[str, str, Promise | str]:
        """The address of the autocompletion, that of the pop-up which adds one, and its name."""
        model = self.field.remote_field.model._meta
        source = f"{self.field.model._meta.app_label}.{self.field.model._meta.model_name}"
        add = reverse(f"admin:{model.app_label}_{model.model_name}_add")
        return (
            self.get_url(),
            f"{add}?_to_field=id&_popup=1&_source_model={source}",
            _("New %s") % model.verbose_name,
        )

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
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
            "data-placeholder": capfirst(self.field.remote_field.model._meta.verbose_name) + "…",
        }

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        model = self.field.remote_field.model
        return [
            (
                None,
                [
                    self.create_option(name, key, self.desk.name(model, key) or key, True, i)
                    for i, key in enumerate(filter(None, value))
                ]
                or [self.create_option(name, "", "", False, 0)],
                0,
            )
        ]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        select = super().render(name, value, attrs, renderer)
        model = self.field.remote_field.model
        if not self.desk.may_add(model):
            return select
        _url, add, words = self.links
        return format_html(
            '<div class="related-widget-wrapper" data-model-ref="{}">{} '
            '<a class="related-widget-wrapper-link add-related" id="add_{}" data-popup="yes" href="{}">{}</a></div>',
            model._meta.model_name,
            select,
            (attrs or {}).get("id", ""),
            add,
            words,
        )


class CanonicalTextField(forms.Field):
    """A text in canonical form. Takes everything; the document's rules judge it."""

    def __init__(self, column: Any, *, lines: bool = False, **options: Any) -> None:
        self.is_prose = lines
        options.setdefault("label", capfirst(column.verbose_name))
        options.setdefault("help_text", column.help_text)
        super().__init__(required=False, **options)

    def to_python(self, value: Any) -> str:
        value = value if isinstance(value, str) else ""
        return text.prose(value) if self.is_prose else text.line(value)


class VocabularyField(CanonicalTextField):
    """One word of a closed vocabulary, offered with its meaning if `explained`."""

    def __init__(self, column: Any, *, explained: bool = False, **options: Any) -> None:
        offered = [
            (each.value, f"{each.label} – {each.meaning}" if explained else each.label)
            for each in _members(column)
        ]
        if column.blank:
            offered.insert(0, ("", _("Not assessed")))
        self.usual = column.get_default() or ""
        super().__init__(column, widget=PlainSelect(choices=offered), initial=self.usual, **options)

    def to_python(self, value: Any) -> str:
        return super().to_python(value) or self.usual


def _members(column: Any) -> Any:
    known: Any = (m.Status, m.Polarity, m.Publication, m.PointKind, m.Confidence, m.Relation)
    values = [value for value, _label in column.choices]
    return next(each for each in known if each.values == values)


class ReferenceField(CanonicalTextField):
    """The key of a backer, source or topic that is on record."""

    desk: FormContext

    def __init__(self, column: Any) -> None:
        self.model = column.remote_field.model
        super().__init__(column, widget=ReferenceSelect(column))

    def validate(self, value: str) -> None:
        if value and not self.desk.name(self.model, value):
            raise ValidationError(
                _("This %s is not on record any more. Choose another.") % self.model._meta.verbose_name
            )


def _line(model: type[models.Model], name: str, **attrs: Any) -> CanonicalTextField:
    column: Any = model._meta.get_field(name)
    widget = (
        PlainTextarea({"rows": 1, "class": "line", **attrs})
        if (column.max_length or 0) > SHORT
        else PlainTextInput(attrs)
    )
    return CanonicalTextField(column, widget=widget)


def _prose(model: type[models.Model], name: str, rows: int = 3, **attrs: Any) -> CanonicalTextField:
    return CanonicalTextField(
        model._meta.get_field(name), lines=True, widget=PlainTextarea({"rows": rows, **attrs})
    )


def _choice(model: type[models.Model], name: str, *, explained: bool = False) -> VocabularyField:
    return VocabularyField(model._meta.get_field(name), explained=explained)


def _date(model: type[models.Model], name: str) -> CanonicalTextField:
    field = _line(model, name, placeholder="2024-07", size="10")
    field.help_text = ""  # the placeholder says it, in less room
    return field


class PartForm(forms.Form):
    """The fields of one block or part. `part` is its class in a document."""

    part: ClassVar[type[types.Part] | None] = None

    def __init__(self, data: Any, key: str, shown: Any, desk: FormContext) -> None:
        super().__init__(
            data,
            prefix=key,
            initial=self.initial_of(shown) if shown is not None else None,
            label_suffix="",
            use_required_attribute=False,
        )
        needed = {spec.name for spec in self.part.SPECS if spec.required} - {"slug"} if self.part else set()
        for name, field in self.fields.items():
            field.needed = name in needed  # type: ignore[attr-defined]  # for the templates: marks the label
            if field.needed:  # type: ignore[attr-defined]
                field.widget.attrs["aria-required"] = "true"
            if isinstance(field.widget, forms.TextInput | forms.Textarea):
                field.widget.attrs["dir"] = "auto"  # words may run either way
            if isinstance(field, ReferenceField):
                field.desk = field.widget.desk = desk

    def initial_of(self, shown: Any) -> dict[str, Any]:
        return {name: getattr(shown, name) for name in self.base_fields if hasattr(shown, name)}

    def values(self) -> dict[str, Any]:
        """What the fields say, whether it will do or not."""
        self.errors  # noqa: B018 - cleans the fields
        return {name: self.value(name) for name in self.fields}

    def value(self, name: str) -> Any:
        if name in getattr(self, "cleaned_data", {}):
            return self.cleaned_data[name]
        field = self.fields[name]
        return field.to_python(self[name].value())

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed or chosen; a choice from a closed list does not count."""
        return not any(
            value
            for name, value in self.values().items()
            if not isinstance(self.fields[name], VocabularyField)
        )


class CitationForm(PartForm):
    part = types.Citation
    relation = _choice(m.Citation, "relation")
    source = ReferenceField(m.Citation._meta.get_field("source"))
    locator = _line(m.Citation, "locator", placeholder=_("Page, section…"))
    quote = _prose(m.Citation, "quote", rows=1, placeholder=_("Quote, word for word"))


class BackingForm(PartForm):
    part = types.Backing
    backer = ReferenceField(m.Backing._meta.get_field("backer"))
    since = _date(m.Backing, "since")
    until = _date(m.Backing, "until")
    note = _prose(m.Backing, "note", rows=1)


class StanceForm(PartForm):
    part = types.Stance
    text = _prose(m.Stance, "text", rows=1)


class PointForm(PartForm):
    part = types.Point
    title = _line(m.ContestedPoint, "title")
    kind = _choice(m.ContestedPoint, "kind", explained=True)
    body = _prose(m.ContestedPoint, "body")


class PositionForm(PartForm):
    part = types.Position
    claim = _line(m.Position, "claim")
    argument = _prose(m.Position, "argument", rows=4)
    confidence = _choice(m.Position, "confidence", explained=True)
    confidence_reason = _prose(m.Position, "confidence_reason", rows=2)


class ContextForm(PartForm):
    part = types.Context
    text = CanonicalTextField(
        m.Controversy._meta.get_field("context"),
        lines=True,
        label=_("Text"),
        widget=PlainTextarea({"rows": 4}),
    )


class HeadForm(PartForm):
    """The head. `reviewed` stands for the day and name of the review, which nobody types."""

    part = types.Head
    title = _line(m.Controversy, "title")
    slug = CanonicalTextField(
        m.Controversy._meta.get_field("slug"),
        widget=PlainTextInput(),
        help_text=_(
            "The last part of the page's address; made of the title if left empty. "
            "It cannot change once readers have seen it."
        ),
    )
    topic = ReferenceField(m.Controversy._meta.get_field("topic"))
    question = _line(m.Controversy, "question")
    status = _choice(m.Controversy, "status", explained=True)
    status_summary = _prose(m.Controversy, "status_summary", rows=2)
    polarity = _choice(m.Controversy, "polarity", explained=True)
    publication = _choice(m.Controversy, "publication", explained=True)
    attribution = _prose(m.Controversy, "attribution", rows=1)
    reviewed = forms.BooleanField(
        label=_("I have read the whole page against its sources today"), required=False
    )

    def initial_of(self, shown: types.Head) -> dict[str, Any]:
        return {**super().initial_of(shown), "topic": shown.topic.key}


class ReasonForm(PartForm):
    """Why the page is changed; it goes beside Save."""

    summary = CanonicalTextField(
        m.Revision._meta.get_field("summary"),
        lines=True,
        help_text=_("Readers see it in the history."),
        widget=PlainTextarea({"rows": 1}),
    )
