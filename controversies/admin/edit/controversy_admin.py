"""The admin of controversies: one page edits the whole document, and saving hands it to `history.record()`."""

import uuid
from functools import partial
from typing import Any, NoReturn

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from controversies import history
from controversies.admin import presence as company
from controversies.admin.edit import proposal_edit as propose
from controversies.admin.edit import request_params as sent
from controversies.admin.edit import restore
from controversies.admin.edit.fields_form import FieldsForm
from controversies.admin.edit.page_form import PageForm, blank_document
from controversies.admin.edit.part_forms import FormContext
from controversies.admin.edit.responses import TEMPLATES, EditRequest, tell
from controversies.admin.edit.text_form import FIELD, TextForm
from controversies.admin.lists.filters import WorkToDoFilter
from controversies.admin.review import redaction as redact
from controversies.admin.review import withdraw
from controversies.document import types
from controversies.kit.keys import is_key
from controversies.models import Controversy, Position, Revision
from controversies.workflow import proposals


@admin.register(Controversy)
class ControversyAdmin(admin.ModelAdmin):
    """Edits documents, never rows. Nothing is deleted here: a page is withdrawn, and its history stays."""

    about = gettext_lazy("Questions on which informed people disagree. One page edits all there is to one.")
    list_display = ["title", "topic", "status", "publication", "position_count", "revised", "reviewed"]
    list_filter = [WorkToDoFilter, "status", "publication", ("topic", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["topic"]
    list_per_page = 50
    search_fields = ["title", "question", "slug"]
    search_help_text = gettext_lazy("Title, question or address")

    # -- the list --

    def get_queryset(self, request: HttpRequest) -> QuerySet[Controversy]:
        newest = Revision.objects.filter(controversy=OuterRef("pk")).order_by("-number")
        positions = Position.objects.filter(controversy=OuterRef("pk")).order_by().values("controversy")
        return (
            super()
            .get_queryset(request)
            .annotate(
                positions_held=Coalesce(Subquery(positions.annotate(n=Count("*")).values("n")), 0),
                revised_at=Subquery(newest.values("time")[:1]),
                revised_by=Subquery(newest.values("author_name")[:1]),
            )
        )

    @admin.display(description=gettext_lazy("positions"), ordering="positions_held")
    def position_count(self, obj: Any) -> int:
        return obj.positions_held

    @admin.display(description=gettext_lazy("last revised"), ordering="revised_at")
    def revised(self, obj: Any) -> str:
        if obj.revised_at is None:
            return "–"
        day = date_format(timezone.localtime(obj.revised_at), "DATE_FORMAT")
        return _("%(day)s by %(who)s") % {"day": day, "who": obj.revised_by}

    @admin.display(description=gettext_lazy("last reviewed"), ordering="reviewed_on")
    def reviewed(self, obj: Controversy) -> str:
        return date_format(obj.reviewed_on, "DATE_FORMAT") if obj.reviewed_on else _("not yet")

    # -- rights --

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may_save(request, None) or request.user.has_perm("controversies.propose_controversy")

    def _may_save(self, request: HttpRequest, current: history.Reading | None) -> bool:
        """Whether what this user saves is recorded; those who may not can propose it."""
        return super().has_add_permission(request) if current is None else self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, *_args: Any) -> NoReturn:
        raise NotImplementedError("Controversies are saved by history.record().")

    def delete_model(self, *_args: Any) -> NoReturn:
        raise NotImplementedError("Controversies are withdrawn, not deleted.")

    def delete_queryset(self, *_args: Any) -> NoReturn:
        raise NotImplementedError("Controversies are withdrawn, not deleted.")

    # -- the page --

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Draw the form, or read it and save, preview or draw it again."""
        current = None
        if object_id is not None:
            try:
                current = history.head(object_id) if is_key(object_id) else None
            except history.UnreadableRevision as unreadable:
                self.message_user(request, str(unreadable), messages.ERROR)
                return HttpResponseRedirect(reverse("admin:controversies_controversy_changelist"))
            if current is None:
                return self.missing(request)
        may_save = self._may_save(request, current)
        offer = propose.find(request, current, may_save=may_save)
        if offer is None and not may_save:
            if current is not None and self.has_view_permission(request):
                return HttpResponseRedirect(reverse("controversy", args=[current.document.head.slug]))
            raise PermissionDenied
        if "ping" in request.GET:
            told = company.news(request, current) if current is not None else {}
            return JsonResponse({"token": get_token(request), **told})
        if request.method == "POST":
            return self._read(request, current, offer).answer()
        return self._open(request, current, offer)

    def _open(
        self, request: HttpRequest, current: history.Reading | None, offer: propose.ProposalEdit | None
    ) -> HttpResponse:
        """The page as it is drawn at first."""
        if offer is not None and offer.proposal is not None:
            return self._open_proposal(request, current, offer)
        if current is None:
            typed = _drawn(request, shown=blank_document(str(uuid.uuid4())), current=None)
            return EditRequest(self, request, None, typed, 0, 0, offer).draw()
        base = sent.number(request.GET.get("base", str(current.number)))
        shown, document = sent.shown(current, request.GET.get("shown", str(current.number)))
        typed = _drawn(
            request,
            shown=document,
            current=current,
            brings_publication=restore.brings_publication(str(shown)),
        )
        if "block" in request.GET:
            return self._block(request, typed)
        if "why" in request.GET:
            typed.reason.initial = {"summary": request.GET["why"]}
        if base > current.number:
            raise BadRequest("There is no such revision.")
        older = shown not in (base, current.number) and isinstance(shown, int)
        return EditRequest(self, request, current, typed, base, shown, offer).draw(older=older)

    def _open_proposal(
        self, request: HttpRequest, current: history.Reading | None, offer: propose.ProposalEdit
    ) -> HttpResponse:
        assert offer.proposal is not None  # noqa: S101 - for the type checker: asked by whoever calls
        if not offer.proposal.is_open or (
            offer.is_accepting and not proposals.may_decide(offer.proposal, request.user)
        ):
            return HttpResponseRedirect(offer.proposal.get_absolute_url())
        typed = _drawn(request, shown=offer.outcome.result, current=current, proposed=True)
        if "block" in request.GET:
            return self._block(request, typed)
        if not offer.is_accepting:
            typed.reason.initial = {"summary": offer.proposal.reason}
        return EditRequest(self, request, current, typed, offer.base, offer.shown, offer).draw()

    def _block(self, request: HttpRequest, form: PageForm) -> HttpResponse:
        node = form.open_block(request.GET["block"]) if isinstance(form, FieldsForm) else None
        if node is None:
            return HttpResponse(_("This part is no longer there."), status=410)
        return TemplateResponse(request, f"{TEMPLATES}/{node.kind}.html", {"node": node, "form": form})

    def _read(
        self, request: HttpRequest, current: history.Reading | None, offer: propose.ProposalEdit | None
    ) -> EditRequest:
        """The page as it was sent."""
        data = request.POST
        base = sent.number(data.get("base"))
        shown: int | str = data.get("shown", "")
        if offer is not None and offer.proposal is not None:
            document = offer.outcome.result
            if base > offer.base:
                raise BadRequest("There is no such revision.")
        elif current is None:
            key = data.get("key", "")
            if not is_key(key):
                raise BadRequest("The page's key is not a UUID.")
            document = blank_document(key)
            if base or shown != "0":
                raise BadRequest("A new page follows no revision.")
            shown = 0
        else:
            if base > current.number:
                raise BadRequest("There is no such revision.")
            shown, document = sent.shown(current, str(shown))
        kind: type[PageForm] = TextForm if FIELD in data else FieldsForm
        typed = kind(
            shown=document,
            current=current,
            desk=FormContext(request.user),
            data=data,
            proposed=offer is not None and offer.proposal is not None,
            brings_publication=restore.brings_publication(str(shown)),
        )
        return EditRequest(self, request, current, typed, base, shown, offer)

    def tell(self, request: HttpRequest, saved: history.SaveResult, base: int) -> None:
        """Say what was recorded, and what had come in since revision `base`."""
        tell(self, request, saved, base)

    def row(self, document: types.Document) -> Controversy:
        """A row that knows its name and address, for the admin's own functions; it is never saved."""
        return Controversy(pk=uuid.UUID(document.key), slug=document.head.slug, title=document.head.title)

    def missing(self, request: HttpRequest) -> HttpResponse:
        """There is no such controversy: say so on the list."""
        self.message_user(request, _("There is no such controversy."), messages.WARNING)
        return HttpResponseRedirect(reverse("admin:controversies_controversy_changelist"))

    # -- the rest --

    def get_urls(self) -> list[Any]:
        return [
            path(
                "<uuid:key>/withdraw/",
                self.admin_site.admin_view(partial(withdraw.view, self)),
                name="controversies_controversy_withdraw",
            ),
            path(
                "<uuid:key>/redact/",
                self.admin_site.admin_view(sensitive_post_parameters("words")(partial(redact.view, self))),
                name="controversies_controversy_redact",
            ),
            *(
                path(
                    f"<uuid:key>/revisions/<int:number>/{act}/",
                    self.admin_site.admin_view(partial(restore.view, self, act=act)),
                    name=f"controversies_controversy_{act}",
                )
                for act in restore.RestoreAction
            ),
            *super().get_urls(),
        ]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history is the public one, which says more; staff see it for drafts too."""
        obj = self.get_object(request, object_id)
        if obj is None:
            return self.missing(request)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("history", args=[obj.slug]))


def _drawn(request: HttpRequest, **options: Any) -> PageForm:
    """The page to type in: its fields, or its text if that is asked for."""
    options["desk"] = FormContext(request.user)
    if FIELD in request.GET:
        return TextForm(**options)
    everything = "all" in request.GET or options["current"] is None
    return FieldsForm(**options, open_all=everything)
