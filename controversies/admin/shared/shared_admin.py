"""The base of the admin of backers, sources and topics, each of which many pages show.

The page of a row says where it is shown before it is changed, asks for the reason, and saves within `history.act()`,
which records a revision of each page that shows it. Several that are one are merged, and what nothing shows is deleted,
on pages of their own; nothing else is ever deleted: pages refer to it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR, ActionLocation
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Field, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise, cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controversies import history, rights
from controversies.admin.fields import DocumentTextField, LinesField
from controversies.admin.form_context import SHARED_TYPES
from controversies.admin.lists.bulk import BulkEdit, bulk_actions, bulk_urls
from controversies.admin.lists.change_list import KeysetAdmin, KeysetList
from controversies.admin.shared import usage
from controversies.admin.shared.delete_unused import MAX_ROWS as MAX_DELETED
from controversies.admin.shared.delete_unused import delete_unused_view, deletion_page
from controversies.admin.shared.matches import matches_response
from controversies.admin.shared.merge import merge_view, mergers_of, undo_view
from controversies.admin.shared.merge_form import MAX_ROWS as MAX_MERGED
from controversies.admin.shared.shared_form import ChangeForm, SharedForm
from controversies.document.parse import InvalidDocument
from controversies.document.schema import Part
from controversies.document.types import Kind, Spec
from controversies.history import pending
from controversies.history.merge import pages_showing
from controversies.history.record import check_summary
from controversies.interchange import guess_book
from controversies.kit.accounts import signed_in
from controversies.likeness import is_called
from controversies.models import PublicUse

_UNCHANGED = "is_unchanged"  # attribute of a row whose form changed nothing
_CHANGED = "changed_row"  # attribute of a request: the row that it changed, and the fields


def declared_fields(part: type[Part]) -> tuple[str, ...]:
    """Return the columns of a shared block's form: its name, then the others in the order of the declaration."""
    columns = [spec.column for spec in part.VALUES if spec.is_editable]
    return tuple(sorted(columns, key=lambda column: column != part.TITLE))


class SharedAdmin(KeysetAdmin):
    """Edits a row that many pages show."""

    change_form_template = "admin/controversies/shared/change_form.html"
    actions = ["merge_selected", "delete_unused_selected"]  # and those of `bulk_edits`
    bulk_edits: ClassVar[tuple[BulkEdit, ...]] = ()
    view_on_site = True
    about: ClassVar[Promise]  # a line on the desk's first page
    reasons: ClassVar[tuple[Promise, ...]]  # that the form offers

    class Media:
        js = [Script("crux/admin/shared-form.js", type="module")]

    @cached_property
    def _specs(self) -> dict[str, Spec]:
        """The declaration of the row's columns."""
        return {spec.column: spec for spec in SHARED_TYPES[self.model].part.SPECS}

    # -- rights --

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the user may change rows, or this row: their role reaches every page that shows it."""
        if not super().has_change_permission(request, obj):
            return False
        if obj is None or rights.allowed_topics(request.user) is None:
            return True
        return rights.may_work_on_pages(request.user, pages_showing(SHARED_TYPES[self.model], [str(obj.pk)]))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        raise NotImplementedError("What nothing shows is deleted by history.merge.delete_unused().")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        raise NotImplementedError("What nothing shows is deleted by history.merge.delete_unused().")

    # -- several at once --

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        actions = super().get_actions(request, action_location)
        actions.pop("delete_selected", None)  # Django's own
        if IS_POPUP_VAR not in request.GET and action_location is ActionLocation.CHANGE_LIST:
            actions |= bulk_actions(self, request, self.bulk_edits)
        return actions

    @admin.action(permissions=["change"], description=gettext_lazy("Merge…"))
    def merge_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Go on to the page that merges the chosen rows."""
        keys = [str(key) for key in queryset.values_list("pk", flat=True)[: MAX_MERGED + 1]]
        if len(keys) > MAX_MERGED:
            self.message_user(request, _("Merge at most %s at once.") % MAX_MERGED, messages.WARNING)
            return None
        return HttpResponseRedirect(f"{self._url('merge')}?ids={','.join(keys)}")

    @admin.action(permissions=["change"], description=gettext_lazy("Delete those that are unused…"))
    def delete_unused_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Ask which of the chosen rows are deleted."""
        keys = [str(key) for key in queryset.values_list("pk", flat=True)[: MAX_DELETED + 1]]
        if len(keys) > MAX_DELETED:
            self.message_user(request, _("Choose at most %s at once.") % MAX_DELETED, messages.WARNING)
            return None
        return deletion_page(request, self, keys)

    def _url(self, view: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{view}")

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "merge": ("merge/", partial(merge_view, model_admin=self)),
            "merge_undo": ("merges/<int:number>/undo/", partial(undo_view, model_admin=self)),
            "delete_unused": ("delete-unused/", partial(delete_unused_view, model_admin=self)),
            "matches": ("matches/", self.matches_view),
        }
        own = [
            path(
                route,
                self.admin_site.admin_view(view),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{name}",
            )
            for name, (route, view) in views.items()
        ]
        return [*own, *bulk_urls(self, self.bulk_edits), *super().get_urls()]

    # -- the form --

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        # The address of a public page does not change.
        return super().get_readonly_fields(request, obj) if obj is None else ("slug",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Model | None = None) -> dict[str, Any]:
        return {} if obj is not None else super().get_prepopulated_fields(request, obj)

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **options: Any
    ) -> Any:
        may_change = change and self.has_change_permission(request, obj)
        return super().get_form(
            request, obj, change=change, form=ChangeForm if may_change else SharedForm, **options
        )

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> Any:
        spec = self._specs.get(db_field.name)
        if spec is None or spec.kind in (Kind.CHOICE, Kind.KEY):
            return super().formfield_for_dbfield(db_field, request, **options)
        if spec.kind is Kind.SLUG:
            options.update(
                required=False,
                help_text=_("The last part of its page's address. It cannot change later."),
            )
            return super().formfield_for_dbfield(db_field, request, **options)
        cls = LinesField if spec.kind is Kind.LINES else DocumentTextField
        help_text = _("Other names, one a line.") if spec.kind is Kind.LINES else db_field.help_text
        return cls(spec, label=capfirst(db_field.verbose_name), help_text=help_text)

    # -- saving --

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row, with a lock until COMMIT if it is about to be saved."""
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
            return self._ping_response(request, object_id)
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            summary = check_summary(request.POST.get("reason", ""))
        except InvalidDocument:
            summary = ""  # the form has the error too, and nothing is saved
        try:
            return self._save_in_act(request, object_id, form_url, extra_context, summary)
        except IntegrityError:
            # Somebody recorded the same thing a moment ago. Now the form finds it, and says which one to use.
            return self._save_in_act(request, object_id, form_url, extra_context, summary)

    def _ping_response(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        """Tell the form, before it is sent, whether this user may still send it; with a new CSRF token."""
        has_permission = self.has_add_permission if object_id is None else self.has_change_permission
        if not has_permission(request):
            raise PermissionDenied
        return JsonResponse({"token": get_token(request)})

    def _save_in_act(
        self,
        request: HttpRequest,
        object_id: str | None,
        form_url: str,
        extra_context: dict[str, Any] | None,
        summary: str,
    ) -> HttpResponse:
        pending.record_all()  # not within this transaction: others would wait for all of them
        with transaction.atomic():
            with history.act(author=signed_in(request), summary=summary, in_batches=True) as recorded:
                response = super().changeform_view(request, object_id, form_url, extra_context)
            if changed := getattr(request, _CHANGED, None):
                self.follow_up(request, *changed)
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
            if waiting := pending.count(object_id):
                self.message_user(
                    request,
                    ngettext(
                        "%(count)s page of them follows within minutes. Until then it shows what it showed before.",
                        "%(count)s pages of them follow within minutes. Until then they show what they showed before.",
                        waiting,
                    )
                    % {"count": waiting},
                    messages.WARNING,
                )
        return response

    def follow_up(self, request: HttpRequest, obj: Model, fields: tuple[str, ...]) -> None:
        """Do what follows from a recorded change of these fields, in its transaction."""

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        guess_book.settle(obj.pk)
        if not change:
            super().save_model(request, obj, form, change)
        elif form.changed:
            obj.save(update_fields=list(form.changed))
            setattr(request, _CHANGED, (obj, tuple(form.changed)))
        else:
            setattr(obj, _UNCHANGED, True)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return super().construct_change_message(request, form, formsets, add) if add else form.log_message()

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        return None if getattr(obj, _UNCHANGED, False) else super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        if not getattr(obj, _UNCHANGED, False) or IS_POPUP_VAR in request.POST:
            return super().response_change(request, obj)
        self.message_user(
            request,
            _("“%s” was like this already, so nothing was recorded.") % obj,
            messages.INFO,
        )
        return self.response_post_save_change(request, obj)

    # -- the list --

    def get_changelist(self, request: HttpRequest, **options: object) -> "type[UsageList]":
        return UsageList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find rows by words of their names, in any spelling, and by what identifies them."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(is_called(SHARED_TYPES[self.model].part, search_term)), False

    def with_usage(self, queryset: QuerySet) -> QuerySet:
        """Annotate `pages` and `uses`, the numbers of public pages that show each row and of its uses there."""
        kept = PublicUse.objects.filter(type=self.opts.model_name, key=OuterRef("pk"))
        return queryset.annotate(
            **{name: Coalesce(Subquery(kept.values(name)), 0) for name in ("pages", "uses")}
        )

    @admin.display(description=gettext_lazy("shown on"), ordering="pages")
    def shown_on(self, obj: Model) -> str:
        pages: int = obj.pages  # type: ignore[attr-defined]  # annotated
        return ngettext("%s public page", "%s public pages", pages) % pages if pages else _("no public page")

    # -- the box of the edit page --

    def matches_view(self, request: HttpRequest) -> HttpResponse:
        """Answer what on record a typed text may mean."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return matches_response(request, self.model)

    # -- what is shown --

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> Any:
        obj = options.get("obj")
        if obj is not None:
            obj.usage = usage.usage_of(obj, request.user)
            context.update(
                usage=obj.usage,
                reasons=self.reasons,
                mergers=mergers_of(obj),
                show_save_and_add_another=False,  # a reason is for one change
                **self.more_context(request, obj),
            )
        return super().render_change_form(request, context, *args, **options)

    def more_context(self, request: HttpRequest, obj: Model) -> dict[str, object]:
        """Return what the page of a row shows besides its form and its usage."""
        return {}

    def get_view_on_site_url(self, obj: Model | None = None) -> str | None:
        """Return the URL of its public page; it has one if a published page shows it."""
        row: Any = obj  # with the usage that the form shows
        shown_on: usage.Usage | None = getattr(row, "usage", None)
        return row.get_absolute_url() if shown_on and shown_on.public else None


class UsageList(KeysetList):
    """A list with the usage of each row, which autocompletion and forms do without."""

    model_admin: "SharedAdmin"

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        if "pages" not in self.root_queryset.query.annotations:
            self.root_queryset = self.model_admin.with_usage(self.root_queryset)
        return super().get_queryset(request, exclude_parameters)
