"""The admin of controversies: one page edits the whole document, and saving hands it to `history.save()`."""

from functools import partial
from typing import Any, ClassVar, NoReturn

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR, ActionLocation
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from controversies import rights, search
from controversies.admin import presence
from controversies.admin.board.filters import PageTaskFilter
from controversies.admin.edit.blame import blame_view
from controversies.admin.edit.convert import make_form
from controversies.admin.edit.quote_checks import quote_check_view
from controversies.admin.edit.request import read_edit_request
from controversies.admin.edit.responses import respond
from controversies.admin.edit.restoration import RestoreAction
from controversies.admin.edit.restore import restore_view
from controversies.admin.lists.bulk import BulkEdit, bulk_actions, bulk_urls, page_keys_by_value
from controversies.admin.lists.change_list import KeysetAdmin, KeysetList
from controversies.admin.lists.filters import TopicFilter, WorkToDoFilter
from controversies.admin.lists.page_search import WordPlace, find_places, has_words
from controversies.admin.not_found import controversy_not_found
from controversies.admin.review.redaction import redact_view
from controversies.admin.review.withdraw import withdraw_view
from controversies.kit.accounts import signed_in
from controversies.kit.keys import is_key
from controversies.models import Controversy, Position, Publication, Revision, Topic


@admin.register(Controversy)
class ControversyAdmin(KeysetAdmin):
    """Edits documents, never rows. Nothing is deleted here: a page is withdrawn, and its history stays."""

    about = gettext_lazy("Questions on which informed people disagree. Each is edited on one page.")
    list_display = [
        "title",
        "topic",
        "status",
        "publication",
        "position_count",
        "last_revised",
        "last_reviewed",
    ]
    list_filter = [
        WorkToDoFilter,
        PageTaskFilter,
        "status",
        "publication",
        TopicFilter,
    ]
    list_select_related = ["topic"]
    orders: ClassVar[dict[str, tuple[str, ...]]] = {
        "title": ("title", "id"),
        "last_revised": ("listed__changed", "listed__controversy_id"),
    }
    search_fields = ["title", "question", "slug"]
    search_help_text = gettext_lazy(
        "Looks in all texts of a page: claims, arguments, quotations, notes… Drafts are searched too."
    )

    actions = []  # but those of `bulk_edits`
    bulk_edits = (
        BulkEdit(
            name="topic",
            column="topic",
            title=gettext_lazy("Set the topic"),
            question=gettext_lazy("New topic"),
            button=gettext_lazy("Set the topic"),
            choices=lambda: [(str(key), title) for key, title in Topic.objects.values_list("pk", "title")],
            pages=partial(page_keys_by_value, "topic_id"),
            reasons=(gettext_lazy("Moved to the topic that it belongs to."),),
        ),
        BulkEdit(
            name="publish",
            column="publication",
            title=gettext_lazy("Publish"),
            question=gettext_lazy("New state"),
            button=gettext_lazy("Publish"),
            choices=lambda: [(Publication.PUBLISHED.value, Publication.PUBLISHED.label)],
            pages=partial(page_keys_by_value, "publication"),
            narrow=lambda rows: rows.filter(publication=Publication.DRAFT),
            reasons=(gettext_lazy("Ready for readers."),),
            note=gettext_lazy(
                "Only drafts are published. Readers see them at once, and they cannot become drafts again."
            ),
            permission="publish",
        ),
    )

    # -- the list --

    def get_changelist(self, request: HttpRequest, **options: object) -> "type[ControversyList]":
        return ControversyList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Controversy]:
        newest = Revision.objects.filter(controversy=OuterRef("pk")).order_by("-number")
        positions = Position.objects.filter(controversy=OuterRef("pk")).order_by().values("controversy")
        return (
            super()
            .get_queryset(request)
            .filter(listed__isnull=False)
            .annotate(
                positions_held=Coalesce(Subquery(positions.annotate(n=Count("*")).values("n")), 0),
                revised_at=F("listed__changed"),
                revised_by=Subquery(newest.values("author_name")[:1]),
            )
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            for word in search_term.split():
                queryset = queryset.filter(title__icontains=word)
            return queryset, False
        by_title, _may_repeat = super().get_search_results(request, queryset, search_term)
        if not search_term.strip():
            return by_title, False
        titled = by_title.order_by("title", "pk").values_list("pk", flat=True)[: search.LISTED]
        return queryset.filter(Q(pk__in=list(titled)) | has_words(search_term)), False

    def get_list_display(self, request: HttpRequest) -> Any:
        title, *others = super().get_list_display(request)
        is_search = bool(request.GET.get(SEARCH_VAR, "").strip())
        return [title, "where_found", *others[:3]] if is_search else [title, *others]

    @admin.display(description=gettext_lazy("where the words are"))
    def where_found(self, obj: Controversy) -> str:
        places: list[WordPlace] = getattr(obj, "word_places", [])
        links = format_html_join("", "<li>{}</li>", ((place.link(str(obj.pk)),) for place in places))
        return format_html('<ul class="word-places">{}</ul>', links) if places else "–"

    @admin.display(description=gettext_lazy("positions"))
    def position_count(self, obj: Controversy) -> int:
        count: int = obj.positions_held  # type: ignore[attr-defined]  # annotated
        return count

    @admin.display(description=gettext_lazy("last revised"), ordering="revised_at")
    def last_revised(self, obj: Controversy) -> str:
        row: Any = obj  # with annotations
        if row.revised_at is None:
            return "–"
        day = date_format(timezone.localtime(row.revised_at), "DATE_FORMAT")
        return _("%(day)s by %(who)s") % {"day": day, "who": row.revised_by}

    @admin.display(description=gettext_lazy("last reviewed"))
    def last_reviewed(self, obj: Controversy) -> str:
        return date_format(obj.reviewed_on, "DATE_FORMAT") if obj.reviewed_on else _("not yet")

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        is_list = action_location is ActionLocation.CHANGE_LIST and IS_POPUP_VAR not in request.GET
        return {**bulk_actions(self, request, self.bulk_edits)} if is_list else {}

    # -- rights --

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Whether the user may publish pages."""
        may_publish = request.user.has_perm("controversies.publish_controversy")
        return may_publish and self.has_change_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Controversy | None = None) -> bool:
        """Whether the user may change pages, or this page: their role reaches its topic."""
        may_change = super().has_change_permission(request, obj)
        return may_change and (obj is None or rights.may_work_on(request.user, [obj.topic_id]))

    def has_add_permission(self, request: HttpRequest) -> bool:
        may_propose: bool = request.user.has_perm("controversies.propose_controversy")
        return super().has_add_permission(request) or may_propose

    def has_delete_permission(self, request: HttpRequest, obj: Controversy | None = None) -> bool:
        return False

    def save_model(self, *_args: object) -> NoReturn:
        raise NotImplementedError("Controversies are saved by history.save().")

    def delete_model(self, *_args: object) -> NoReturn:
        raise NotImplementedError("Controversies are withdrawn, not deleted.")

    def delete_queryset(self, *_args: object) -> NoReturn:
        raise NotImplementedError("Controversies are withdrawn, not deleted.")

    # -- the page --

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Read the request into a form, and respond: draw it, preview, record or propose it."""
        is_new = object_id is None
        if (
            object_id is not None
            and is_key(object_id)
            and not rights.may_work_on_pages(request.user, [object_id])
        ):
            if request.method == "POST":
                rights.check_pages(request.user, [object_id])
            slug = Controversy.objects.values_list("slug", flat=True).get(pk=object_id)
            messages.info(
                request, _("Your role does not reach the topic of this page, so you can only read it.")
            )
            return HttpResponseRedirect(reverse("controversy", args=[slug]))
        may_save = super().has_add_permission(request) if is_new else self.has_change_permission(request)
        may_view = self.has_view_permission(request)
        user = signed_in(request)
        edit = read_edit_request(request, user, object_id, may_save=may_save, may_view=may_view)
        if isinstance(edit, HttpResponse):
            return edit
        if "ping" in request.GET:
            return presence.ping_response(request, edit.current)
        return respond(edit, make_form(edit), self)

    # -- the rest --

    def get_urls(self) -> list[URLPattern]:
        redact = sensitive_post_parameters("words")(partial(redact_view, model_admin=self))
        views = {
            "withdraw": ("withdraw/", partial(withdraw_view, model_admin=self)),
            "blame": ("blame/", partial(blame_view, model_admin=self)),
            "redact": ("redact/", redact),
        }
        for action in RestoreAction:
            view = partial(restore_view, model_admin=self, action=action)
            views[action] = (f"revisions/<int:number>/{action}/", view)
        return [
            *(
                path(
                    f"<uuid:key>/{route}",
                    self.admin_site.admin_view(view),
                    name=f"controversies_controversy_{name}",
                )
                for name, (route, view) in views.items()
            ),
            path(
                "quote/",
                self.admin_site.admin_view(partial(quote_check_view, model_admin=self)),
                name="controversies_controversy_quote",
            ),
            *bulk_urls(self, self.bulk_edits),
            *super().get_urls(),
        ]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the public history, which says more; staff see it for drafts too."""
        obj = self.get_object(request, object_id)
        if obj is None:
            return controversy_not_found(request)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("history", args=[obj.slug]))


class ControversyList(KeysetList):
    """The list of controversies: with the places of the words that were searched for, of the rows that are shown."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if self.query.strip():
            places = find_places([str(row.pk) for row in self.result_list], self.query)
            for row in self.result_list:
                row.word_places = places.get(str(row.pk), [])
