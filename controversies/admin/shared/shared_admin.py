"""What the admin of backers, sources and topics has in common: each is shown by many pages.

Its page says where it is shown before it is changed, asks for the reason, and saves within `history.act()`,
which records a revision of each page that shows it. Nobody deletes one: pages and their history refer to it.
"""

import hashlib
import json
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import Count, F, Field, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.text import Truncator, capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controversies import history
from controversies.admin.fields import DocumentTextField, LinesField
from controversies.admin.shared import usage as used
from controversies.document import types
from controversies.document.parse import InvalidDocument
from controversies.document.types import Kind, Spec
from controversies.history.record import SUMMARY_LIMIT, check_summary
from controversies.interchange import guess_book
from controversies.models import Backer, Revision, Source, Topic

SPECS: dict[type[Model], dict[str, Spec]] = {
    Backer: {spec.name: spec for spec in types.Backer.SPECS},
    Source: {spec.name: spec for spec in types.Source.SPECS},
    Topic: {spec.name: spec for spec in types.Topic.SPECS},
}

# Two rows that agree in these are one thing recorded twice: the field that says so, the look-ups, the words.
SAME: dict[type[Model], dict[str, tuple[tuple[str, ...], Promise]]] = {
    Backer: {
        "name": (
            ("name__iexact", "kind"),
            gettext_lazy("There is a backer of this name and kind already: use that one."),
        )
    },
    Source: {
        "url": (("url",), gettext_lazy("There is a source with this link already: use that one.")),
        "doi": (("doi",), gettext_lazy("There is a source with this DOI already: use that one.")),
    },
    Topic: {
        "title": (("title__iexact",), gettext_lazy("There is a topic of this title already: use that one."))
    },
}
SLUG_LENGTH = 100
QUOTED = 200  # characters of a value that the log quotes
REASON = Spec("summary", Kind.PROSE, "", limit=SUMMARY_LIMIT)


def fingerprint(value: Any) -> str:
    """A short digest of one field's value, to tell later whether it is still that."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:20]


def free_slug(model: type[Model], wish: str) -> str:
    """The wish, or where it is taken the wish with the first free number."""
    taken = set(
        model._default_manager.filter(slug__startswith=wish[: SLUG_LENGTH - 5]).values_list("slug", flat=True)
    )
    found, number = wish, 1
    while found in taken:
        number += 1
        found = f"{wish[: SLUG_LENGTH - 5]}-{number}"
    return found


def change_link(thing: Model) -> str:
    """The address of its page in the admin."""
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])


class SharedForm(forms.ModelForm):
    """A new backer, source or topic; says which one to use where it is on record already."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self._same(data)
        if "slug" in self.fields and "slug" not in self.errors:
            self._slug(data)
        return data

    def _same(self, data: dict[str, Any]) -> None:
        model = type(self.instance)
        for name, (lookups, message) in SAME[model].items():
            given = {lookup: data.get(lookup.partition("__")[0]) for lookup in lookups}
            if not all(given.values()):
                continue
            other = model._default_manager.filter(**given).exclude(pk=self.instance.pk).first()
            if other is not None:
                self.add_error(
                    name,
                    format_html(
                        '{} <a href="{}" target="_blank">{}</a>', message, change_link(other), str(other)
                    ),
                )

    def _slug(self, data: dict[str, Any]) -> None:
        model = type(self.instance)
        given = slugify((data.get("slug") or "").replace("_", "-"))
        if not given:
            named = data.get("name") or data.get("title") or ""
            data["slug"] = free_slug(model, slugify(named.replace("_", "-"))[:80].strip("-"))
            if not data["slug"] and named:
                self.add_error("slug", _("Nothing in the name is fit for an address: write one here."))
            return
        data["slug"] = given
        free = free_slug(model, given)
        if free != given:
            self.add_error(
                "slug", _("“%(slug)s” is taken; “%(free)s” is free.") % {"slug": given, "free": free}
            )


class ChangeForm(SharedForm):
    """A backer, source or topic that is on record, with the reason for changing it.

    `drawn` holds a fingerprint of each field as it was when the form was drawn. If somebody saved meanwhile,
    nothing is saved: a field that both changed says what it holds now, one that only they changed is brought up
    to date, and the form, sent again, is measured against what it has then shown.
    """

    reason = DocumentTextField(
        REASON,
        required=False,
        label=gettext_lazy("Reason for the change"),
        help_text=gettext_lazy("Everybody reads it in the history of each page that shows this."),
        widget=forms.TextInput(attrs={"class": "vTextField", "list": "reasons", "maxlength": SUMMARY_LIMIT}),
    )
    drawn = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.now: dict[str, Any] = {
            name: self.instance._meta.get_field(name).value_from_object(self.instance)
            for name in self.fields
            if name not in ("reason", "drawn")
        }
        self.initial["drawn"] = json.dumps({name: fingerprint(value) for name, value in self.now.items()})
        self.changed: dict[str, tuple[Any, Any]] = {}  # by field: as it is, as it shall be

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self._compare(data)
        if self.changed and not data.get("reason") and "reason" not in self.errors:
            self._ask()
        return data

    def _was(self) -> dict[str, str]:
        try:
            was = json.loads(self.cleaned_data.get("drawn") or "{}")
        except ValueError:
            return {}
        return was if isinstance(was, dict) else {}

    def _compare(self, data: dict[str, Any]) -> None:
        was = self._was()
        shown = dict(was)
        theirs: list[str] = []
        conflicts: list[str] = []
        for name, now in self.now.items():
            if name not in data:
                continue  # it has a fault of its own, and stays measured against what was drawn
            mine, shown[name] = fingerprint(data[name]), fingerprint(now)
            if mine == shown[name]:
                continue
            if was.get(name) == shown[name]:
                self.changed[name] = (now, data[name])
            elif was.get(name) == mine:
                theirs.append(name)
            else:
                conflicts.append(name)
        if not (theirs or conflicts):
            return
        self._retype("drawn", json.dumps(shown))
        lines = [_("Somebody else saved this while you had it open, so nothing was saved.")]
        if conflicts:
            lines.append(
                _("What both of you changed says below what it holds now; saving again replaces it.")
            )
        for name in conflicts:
            self.add_error(name, _("It now reads: %s") % self._quoted(name, self.now[name], limit=5000))
        if theirs:
            labels = ", ".join(str(self.fields[name].label) for name in theirs)
            lines.append(_("Brought up to date below: %s.") % labels)
            for name in theirs:
                self._retype(name, self.fields[name].prepare_value(self.now[name]))
        self.add_error(None, ValidationError(" ".join(lines), code="stale"))

    def _retype(self, name: str, value: str) -> None:
        """Draw the form, when it comes back, with this instead of what was typed."""
        self.data = {**dict(self.data.items()), name: value}

    def _ask(self) -> None:
        if not used.pages(self.instance).exists():
            return
        self._retype("reason", self._offer())
        self.add_error("reason", _("Say why. If this says it, save again."))

    def _offer(self) -> str:
        labels = [str(self.fields[name].label).lower() for name in self.changed]
        return _("%(kind)s “%(name)s”: %(fields)s corrected.") % {
            "kind": capfirst(str(self.instance._meta.verbose_name)),
            "name": Truncator(self.now.get("name") or self.now.get("title") or "").chars(80),
            "fields": ", ".join(labels),
        }

    def _quoted(self, name: str, value: Any, *, limit: int = QUOTED) -> str:
        choices = dict(getattr(self.instance._meta.get_field(name), "flatchoices", []))
        shown = ", ".join(value) if isinstance(value, list) else str(choices.get(value, value))
        return f"“{Truncator(shown).chars(limit)}”" if shown else _("nothing")

    def told(self) -> str:
        """What changed, for the admin's log."""
        lines = [
            _("%(field)s: %(old)s became %(new)s.")
            % {
                "field": self.fields[name].label,
                "old": self._quoted(name, old),
                "new": self._quoted(name, new),
            }
            for name, (old, new) in self.changed.items()
        ]
        reason = self.cleaned_data.get("reason")
        return " ".join([*lines, _("Reason: %s") % reason] if reason else lines)


class SharedAdmin(admin.ModelAdmin):
    """Edits a row that many pages show."""

    change_form_template = "admin/controversies/shared/change_form.html"
    actions = None  # none of Django's own, which delete, fits here
    list_per_page = 50
    show_full_result_count = False
    view_on_site = True
    about: ClassVar[Promise]  # what the admin's first page says of these
    reasons: ClassVar[tuple[Promise, ...]]  # offered where the reason is asked

    class Media:
        js = [Script("crux/admin/shared-form.js", type="module")]

    # -- who may what --

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        raise NotImplementedError("What pages and their history refer to is not deleted.")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        raise NotImplementedError("What pages and their history refer to is not deleted.")

    # -- the form --

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # The address of a public page does not change.
        return super().get_readonly_fields(request, obj) if obj is None else ("slug",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj is not None else super().get_prepopulated_fields(request, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        may_change = change and self.has_change_permission(request, obj)
        return super().get_form(
            request, obj, change=change, form=ChangeForm if may_change else SharedForm, **options
        )

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> Any:
        spec = SPECS[self.model].get(db_field.name)
        if spec is None or spec.kind in (Kind.CHOICE, Kind.KEY):
            return super().formfield_for_dbfield(db_field, request, **options)
        if spec.kind is Kind.SLUG:
            options.update(
                required=False,
                help_text=_("The last part of its page's address; it cannot be changed afterwards."),
            )
            return super().formfield_for_dbfield(db_field, request, **options)
        cls = LinesField if spec.kind is Kind.LINES else DocumentTextField
        help_text = _("Other names, one a line.") if spec.kind is Kind.LINES else db_field.help_text
        return cls(spec, label=capfirst(db_field.verbose_name), help_text=help_text)

    # -- saving --

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row, kept from others until COMMIT when it is about to be saved."""
        if request.method != "POST":
            return super().get_object(request, object_id, from_field)
        field: Any = self.opts.pk if from_field is None else self.opts.get_field(from_field)
        rows = self.model._default_manager.select_for_update(no_key=True)
        try:
            return rows.filter(**{field.name: field.to_python(object_id)}).first()
        except (ValidationError, ValueError):
            return None

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if "ping" in request.GET and request.method == "GET":
            return self._pong(request, object_id)
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            summary = check_summary(request.POST.get("reason", ""))
        except InvalidDocument:
            summary = ""  # the form says so too, and nothing is saved
        try:
            return self._act(request, object_id, form_url, extra_context, summary)
        except IntegrityError:
            # Somebody recorded the same thing a moment ago: now the form finds it, and says which one to use.
            return self._act(request, object_id, form_url, extra_context, summary)

    def _pong(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        """Tell the form, before it is sent, that this user may still send it; with a fresh token."""
        may = self.has_add_permission if object_id is None else self.has_change_permission
        if not may(request):
            raise PermissionDenied
        return JsonResponse({"token": get_token(request)})

    def _act(
        self,
        request: HttpRequest,
        object_id: str | None,
        form_url: str,
        extra_context: dict[str, Any] | None,
        summary: str,
    ) -> HttpResponse:
        with history.act(author=request.user, summary=summary) as recorded:
            response = super().changeform_view(request, object_id, form_url, extra_context)
        if recorded and IS_POPUP_VAR not in request.POST:
            count = len(recorded)
            self.message_user(
                request,
                ngettext(
                    "A new revision of %(count)s page was recorded: %(reason)s",
                    "A new revision of each of %(count)s pages was recorded: %(reason)s",
                    count,
                )
                % {"count": count, "reason": summary},
                messages.SUCCESS,
            )
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        guess_book.settle(obj.pk)
        if not change:
            super().save_model(request, obj, form, change)
        elif form.changed:
            obj.save(update_fields=list(form.changed))
        else:
            obj.unchanged = True

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return super().construct_change_message(request, form, formsets, add) if add else form.told()

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None if getattr(obj, "unchanged", False) else super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        if not getattr(obj, "unchanged", False) or IS_POPUP_VAR in request.POST:
            return super().response_change(request, obj)
        self.message_user(
            request,
            _("“%s” was like this already: nothing changed, and nothing was recorded.") % obj,
            messages.INFO,
        )
        return self.response_post_save_change(request, obj)

    # -- the list --

    def get_changelist(self, request: HttpRequest, **options: Any) -> Any:
        return UsageList

    def counted(self, queryset: QuerySet) -> QuerySet:
        """The queryset with `pages`, how many show each row, and `last`, when the newest of these was revised."""
        raise NotImplementedError

    @admin.display(description=gettext_lazy("shown on"), ordering="pages")
    def shown_on(self, obj: Any) -> str:
        return ngettext("%s page", "%s pages", obj.pages) % obj.pages if obj.pages else _("nowhere")

    @admin.display(description=gettext_lazy("page last revised"), ordering="last")
    def last_revised(self, obj: Any) -> Any:
        return obj.last and localize(timezone.localdate(obj.last))

    # -- what is shown --

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> Any:
        obj = options.get("obj")
        if obj is not None:
            obj.usage = used.usage(obj, request.user)
            context.update(
                usage=obj.usage,
                reasons=self.reasons,
                show_save_and_add_another=False,  # a reason is for one change
            )
        return super().render_change_form(request, context, *args, **options)

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        """Its public page, where there is one: where a published page shows it."""
        found: used.Usage | None = getattr(obj, "usage", None)
        return obj.get_absolute_url() if found and found.public else None


class UsageList(ChangeList):
    """A list whose rows say how much each is used; the counting is no burden on autocompletion and forms."""

    model_admin: "SharedAdmin"

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        if "pages" not in self.root_queryset.query.annotations:
            self.root_queryset = self.model_admin.counted(self.root_queryset)
        return super().get_queryset(request, exclude_parameters)


def number_of(places: QuerySet, what: str, *, by: str) -> Coalesce:
    """How many different `what` these places have: for an annotation; the places are filtered by an OuterRef."""
    counted = places.order_by().values(by).annotate(n=Count(what, distinct=True)).values("n")
    return Coalesce(Subquery(counted), 0)


def newest(places: QuerySet, page: Any) -> Subquery:
    """When the page of these places that was revised last was; one look into the record a page."""
    last = Revision.objects.filter(controversy=OuterRef("page")).order_by("-number").values("time")[:1]
    times = places.order_by().annotate(page=page).annotate(time=Subquery(last)).values("time")
    return Subquery(times.order_by(F("time").desc())[:1])
