"""The base of the pages on which somebody decides on a proposal, a suggestion or a removal."""

import uuid
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise

from controversies.admin.lists.change_list import KeysetAdmin
from controversies.admin.not_found import redirect_to_list
from controversies.document.parse import InvalidDocument


def draw_privately(
    request: HttpRequest, model_admin: admin.ModelAdmin, template: str, context: dict[str, Any]
) -> HttpResponse:
    """Draw a page that no cache may keep."""
    request.current_app = model_admin.admin_site.name
    response = TemplateResponse(request, template, context)
    response["Cache-Control"] = "private, no-store"
    return response


class DecisionAdmin(KeysetAdmin):
    """A list, newest first, and a page for each row, with its decision. Nothing else adds, changes or deletes rows.

    Subclasses say who may see a row (`has_view_permission`), decide (`decide`) and draw (`draw`). `refusals` are the
    exceptions by which a decision is refused; their text is for the user.
    """

    actions = None
    ordering = ["-created", "-id"]
    orders: ClassVar[dict[str, tuple[str, ...]]] = {"age": ("created", "id")}
    is_newest_first = True
    refusals: ClassVar[tuple[type[Exception], ...]]
    not_found: ClassVar[Promise]

    # -- rights --

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    # -- the page of a row --

    def find(self, key: str) -> Any:
        """Return the row of this key, with its controversy; None if there is none."""
        try:
            primary_key = uuid.UUID(key)
        except ValueError:
            return None
        return self.model._default_manager.select_related("controversy").filter(pk=primary_key).first()

    def decide(self, request: HttpRequest, obj: Any) -> HttpResponse | None:
        """Do what was decided; None if the page is to be drawn again."""
        raise NotImplementedError

    def draw(self, request: HttpRequest, obj: Any, error: str) -> HttpResponse:
        """Draw the page of a row."""
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Draw the page of a row, and take the decision."""
        if object_id is None or not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.find(object_id)
        if obj is None:
            return redirect_to_list(request, str(self.opts.model_name), messages.WARNING, str(self.not_found))
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        error = ""
        if request.method == "POST":
            try:
                response = self.decide(request, obj)
            except self.refusals as refusal:
                error = str(refusal)
            except InvalidDocument as invalid:
                error = " ".join(fault.message for fault in invalid.faults)
            else:
                if response is not None:
                    return response
            obj = self.find(object_id) or obj
        return self.draw(request, obj, error)

    def may_see_any(self, request: HttpRequest) -> bool:
        """Whether the user may see rows of this kind at all."""
        return self.has_view_permission(request)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the page of the row, which tells what was decided."""
        if not self.may_see_any(request):
            raise PermissionDenied
        return HttpResponseRedirect(
            reverse(f"admin:controversies_{self.opts.model_name}_change", args=[object_id])
        )
