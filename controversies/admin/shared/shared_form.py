"""The forms of backers, sources and topics: new ones, and changes of those that many pages show."""

import datetime
import hashlib
import json
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator, capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies import likeness
from controversies.admin.fields import DocumentTextField
from controversies.admin.form_context import SHARED_TYPES
from controversies.admin.shared import usage
from controversies.document.types import Kind, Spec
from controversies.history import pending
from controversies.history.record import SUMMARY_LIMIT
from controversies.history.refusals import still_recorded
from controversies.models import Backer, Source, Topic

# Two rows that agree in these are one thing recorded twice: by field, the look-ups and the message.
DUPLICATES: dict[type[Model], dict[str, tuple[tuple[str, ...], Promise]]] = {
    Backer: {
        "name": (
            ("name__iexact", "kind"),
            gettext_lazy("There is already a backer of this name and kind. Use that one:"),
        )
    },
    Source: {
        "url": (("url",), gettext_lazy("There is already a source with this link. Use that one:")),
        "doi": (("doi",), gettext_lazy("There is already a source with this DOI. Use that one:")),
    },
    Topic: {
        "title": (("title__iexact",), gettext_lazy("There is already a topic of this title. Use that one:"))
    },
}
SLUG_LENGTH = 100
TITLE_SLUG_LENGTH = 80  # of a slug made from a name
NUMBER_ROOM = 5  # characters for "-123" at the end of a slug
QUOTED = 200  # characters of a value that the log quotes
QUOTED_IN_CONFLICT = 5000
REASON = Spec("summary", Kind.PROSE, "", limit=SUMMARY_LIMIT)
BESIDE = ("reason", "drawn")  # fields that are no columns


def fingerprint(value: object) -> str:
    """Return a short digest of one field's value, to tell later whether it is still the same."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:20]


def _recorded_value(row: Model, name: str) -> Any:
    """Return a column's value as the form holds it."""
    value = getattr(row, name)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return "" if value is None else value


def free_slug(model: type[Model], wish: str) -> str:
    """Return the wish or, if it is in use, the wish with the first free number."""
    beginning = wish[: SLUG_LENGTH - NUMBER_ROOM]
    rows = model._default_manager.filter(slug__startswith=beginning)
    in_use = set(rows.values_list("slug", flat=True))
    slug, number = wish, 1
    while slug in in_use:
        number += 1
        slug = f"{beginning}-{number}"
    return slug


def change_url(row: Model) -> str:
    """Return the URL of the row's page in the admin."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


class SharedForm(forms.ModelForm):
    """A new backer, source or topic. If it is recorded already, the error says which one to use."""

    def _post_clean(self) -> None:
        for name, value in self.cleaned_data.items():
            if value == "" and name not in BESIDE and self.instance._meta.get_field(name).null:
                self.cleaned_data[name] = None  # a day that is not known
        super()._post_clean()  # type: ignore[misc]  # the stubs lack it

    is_asked = False  # whether the form asked about something on record that is like the new row

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self._check_duplicates(data)
        if "slug" in self.fields and "slug" not in self.errors:
            self._complete_slug(data)
        if self.instance._state.adding and not self.errors:
            self._ask_about_likeness(data)
        return data

    def _ask_about_likeness(self, data: dict[str, Any]) -> None:
        """Ask, once, about what on record is like the new row."""
        if self.data.get("asked"):
            return
        block_type = SHARED_TYPES[type(self.instance)]
        values = {
            spec.name: tuple(data[spec.column]) if spec.kind is Kind.LINES else data[spec.column]
            for spec in block_type.part.SPECS
            if spec.column in data
        }
        part = block_type.part(key=str(uuid.uuid4()), **values)  # type: ignore[call-arg]  # as every shared part has it
        for alike in likeness.same_or_alike(block_type.part, [part]).values():
            self.is_asked = True
            rows = [block_type.model(pk=match.part.identity) for match in alike]
            links = format_html_join(
                " ",
                '<a href="{}" target="_blank">{}</a>',
                ((change_url(row), match.part.display_name) for row, match in zip(rows, alike, strict=True)),
            )
            question = likeness.did_you_mean(match.part for match in alike)
            self.add_error(
                block_type.part.TITLE, format_html("{} {} {}", question, _("If not, save again."), links)
            )

    def _check_duplicates(self, data: dict[str, Any]) -> None:
        model = type(self.instance)
        for name, (lookups, message) in DUPLICATES[model].items():
            values = {lookup: data.get(lookup.partition("__")[0]) for lookup in lookups}
            if not all(values.values()):
                continue
            other = model._default_manager.filter(**values).exclude(pk=self.instance.pk).first()
            if other is not None:
                self.add_error(
                    name,
                    format_html(
                        '{} <a href="{}" target="_blank">{}</a>', message, change_url(other), str(other)
                    ),
                )

    def _complete_slug(self, data: dict[str, Any]) -> None:
        model = type(self.instance)
        slug = slugify((data.get("slug") or "").replace("_", "-"))
        if not slug:
            name = data.get("name") or data.get("title") or ""
            wish = slugify(name.replace("_", "-"))[:TITLE_SLUG_LENGTH].strip("-")
            data["slug"] = free_slug(model, wish)
            if not data["slug"] and name:
                self.add_error("slug", _("No address can be made from the name. Write one here."))
            return
        data["slug"] = slug
        free = free_slug(model, slug)
        if free != slug:
            self.add_error(
                "slug", _("“%(slug)s” is in use. “%(free)s” is free.") % {"slug": slug, "free": free}
            )


class ChangeForm(SharedForm):
    """A recorded backer, source or topic, with the reason for changing it.

    `drawn` has a fingerprint of each field as it was when the form was drawn. If somebody saved meanwhile, nothing is
    saved: a field that both changed has an error with its current value, one that only they changed is updated, and
    the form, sent again, is compared with what it has shown then. `changed` has old and new values by field.
    """

    reason = DocumentTextField(
        REASON,
        required=False,
        label=gettext_lazy("Reason for the change"),
        help_text=gettext_lazy("Readers see it in the history of each page that shows this."),
        widget=forms.TextInput(attrs={"class": "vTextField", "list": "reasons", "maxlength": SUMMARY_LIMIT}),
    )
    drawn = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None = None, files: MultiValueDict | None = None, **options: Any
    ) -> None:
        super().__init__(data, files, **options)
        self.recorded: dict[str, Any] = {
            name: _recorded_value(self.instance, name) for name in self.fields if name not in BESIDE
        }
        self.initial["drawn"] = json.dumps(
            {name: fingerprint(value) for name, value in self.recorded.items()}
        )
        self.changed: dict[str, tuple[Any, Any]] = {}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self._compare(data)
        if self.changed and pending.count(str(self.instance.pk)):
            self.add_error(None, still_recorded())
        if self.changed and not data.get("reason") and "reason" not in self.errors:
            self._ask_for_reason()
        return data

    def _drawn_fingerprints(self) -> dict[str, str]:
        try:
            was = json.loads(self.cleaned_data.get("drawn") or "{}")
        except ValueError:
            return {}
        return was if isinstance(was, dict) else {}

    def _compare(self, data: dict[str, Any]) -> None:
        drawn = self._drawn_fingerprints()
        current = dict(drawn)
        theirs: list[str] = []
        conflicts: list[str] = []
        for name, value in self.recorded.items():
            if name not in data:
                continue  # it has an error of its own, and stays compared with what was drawn
            mine, current[name] = fingerprint(data[name]), fingerprint(value)
            if mine == current[name]:
                continue
            if drawn.get(name) == current[name]:
                self.changed[name] = (value, data[name])
            elif drawn.get(name) == mine:
                theirs.append(name)
            else:
                conflicts.append(name)
        if not (theirs or conflicts):
            return
        self._refill("drawn", json.dumps(current))
        lines = [_("Somebody else saved this while you had it open, so nothing was saved.")]
        if conflicts:
            lines.append(
                _("Fields that you both changed have their current value below. Saving again replaces it.")
            )
        for name in conflicts:
            self.add_error(
                name, _("It now reads: %s") % self._quote(name, self.recorded[name], limit=QUOTED_IN_CONFLICT)
            )
        if theirs:
            labels = ", ".join(str(self.fields[name].label) for name in theirs)
            lines.append(_("Updated below: %s.") % labels)
            for name in theirs:
                self._refill(name, self.fields[name].prepare_value(self.recorded[name]))
        self.add_error(None, ValidationError(" ".join(lines), code="stale"))

    def _refill(self, name: str, value: str) -> None:
        """Draw the form, when it comes back, with this value instead of the typed one."""
        self.data = {**dict(self.data.items()), name: value}

    def _ask_for_reason(self) -> None:
        if not usage.is_shown(self.instance):
            return
        self._refill("reason", self._suggested_reason())
        self.add_error("reason", _("Give a reason. To use this one, save again."))

    def _suggested_reason(self) -> str:
        labels = [str(self.fields[name].label).lower() for name in self.changed]
        return _("%(kind)s “%(name)s”: %(fields)s corrected.") % {
            "kind": capfirst(str(self.instance._meta.verbose_name)),
            "name": Truncator(self.recorded.get("name") or self.recorded.get("title") or "").chars(80),
            "fields": ", ".join(labels),
        }

    def _quote(self, name: str, value: object, *, limit: int = QUOTED) -> str:
        choices = dict(getattr(self.instance._meta.get_field(name), "flatchoices", []))
        string = ", ".join(value) if isinstance(value, list) else str(choices.get(value, value))
        return f"“{Truncator(string).chars(limit)}”" if string else _("nothing")

    def log_message(self) -> str:
        """The changes, for the admin's log."""
        lines = [
            _("%(field)s: %(old)s became %(new)s.")
            % {
                "field": self.fields[name].label,
                "old": self._quote(name, old),
                "new": self._quote(name, new),
            }
            for name, (old, new) in self.changed.items()
        ]
        reason = self.cleaned_data.get("reason")
        return " ".join([*lines, _("Reason: %s") % reason] if reason else lines)
