"""The admin of controversies: one page edits the whole document, and saving hands it to `history.record()`."""

import datetime
import uuid
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies import history, proposals
from controversies.admin import company, preview, propose, resolve, restore, suggestion
from controversies.admin.blocks import Desk, ReasonForm
from controversies.admin.edit import EditForm, blank_document
from controversies.document import compare, say, types
from controversies.document.parse import InvalidDocument
from controversies.models import (
    ChangeClass,
    Citation,
    Confidence,
    Controversy,
    Position,
    Publication,
    Revision,
)

TEMPLATES = "admin/controversies/controversy"
EDITING = forms.Media(css={"all": ["crux/admin/edit.css"]}, js=["crux/admin/edit.js"])


def _words() -> dict[str, str]:
    """What the page's script says; values come in at the braces."""
    return {
        "position": _("Position {label}"),
        "point": _("Contested point {label}"),
        "backing": _("Backer {label}"),
        "backing_named": _("Backer “{name}”"),
        "citation": _("Source {label}"),
        "citation_named": _("Source “{name}”"),
        "unnamed": _("(nothing written yet)"),
        "counts_position": _("backers {backers} · sources {sources}"),
        "counts_point": _("sources {sources}"),
        "add_position": _("Add a position"),
        "add_point": _("Add a contested point"),
        "add_backing": _("Add a backer"),
        "add_citation": _("Add a source"),
        "up": _("Move up: {name}"),
        "down": _("Move down: {name}"),
        "remove": _("Remove: {name}"),
        "title_up": _("Move up"),
        "title_down": _("Move down"),
        "title_remove": _("Remove"),
        "drag": _("Drag to move"),
        "added": _("Added: {name}"),
        "moved": _("{name} is now number {place} of {of}."),
        "is_first": _("{name} is the first already."),
        "is_last": _("{name} is the last already."),
        "removed": _("Removed: {name}."),
        "restored": _("Back again: {name}."),
        "undo": _("Undo"),
        "undo_of": _("Undo: bring {name} back"),
        "no_block": _("This part could not be fetched. Try again in a moment."),
        "draft": _("On {when} you typed something here that was not saved."),
        "draft_back": _("Bring it back"),
        "draft_away": _("Throw it away"),
        "saving": _("Saving…"),
        "too_much": _(
            "This is more than can be sent at once. Shorten the longest texts; nothing is lost meanwhile."
        ),
        "unreachable": _(
            "The server cannot be reached. Nothing is lost: your text is still here. Try again in a moment."
        ),
        "signed_out": _("You have been logged out, so nothing was saved yet. Your text is still here."),
        "login": _("Log in in a new tab, then save again."),
        "signed_in": _("You are logged in again. Now save."),
        "login_url": f"{reverse('admin:login')}?{urlencode({'next': reverse('admin:index')})}",
        "compare": _("Compare"),
        "use": _("Use: “{text}”"),
    }


YEAR = datetime.timedelta(days=365)


class Needs(admin.SimpleListFilter):
    """What is left to do for a page."""

    title = gettext_lazy("work to do")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("source", _("Needs a source")),
            ("review", _("Not reviewed for a year")),
            ("draft", _("Draft")),
            ("reason", _("No reason for a confidence")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Controversy]) -> QuerySet[Controversy]:
        positions = Position.objects.filter(controversy=OuterRef("pk"))
        if self.value() == "source":
            cited = [
                Exists(Citation.objects.filter(**{name: OuterRef("pk")}))
                for name in ("position", "backing__position", "stance__position")
            ]
            return queryset.filter(Exists(positions.exclude(cited[0] | cited[1] | cited[2])))
        if self.value() == "review":
            since = timezone.localdate() - YEAR
            return queryset.filter(Q(reviewed_on=None) | Q(reviewed_on__lt=since))
        if self.value() == "draft":
            return queryset.filter(publication=Publication.DRAFT)
        if self.value() == "reason":
            rated = positions.exclude(confidence=Confidence.NOT_RATED)
            return queryset.filter(Exists(rated.filter(confidence_reason="")))
        return queryset


@admin.register(Controversy)
class ControversyAdmin(admin.ModelAdmin):
    """Edits documents, never rows. Nothing is deleted here: a page is withdrawn, and its history stays."""

    about = gettext_lazy("Questions on which informed people disagree. One page edits all there is to one.")
    list_display = ["title", "topic", "status", "publication", "position_count", "revised", "reviewed"]
    list_filter = [Needs, "status", "publication", ("topic", admin.RelatedOnlyFieldListFilter)]
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
            current = history.head(object_id) if _is_uuid(object_id) else None
            if current is None:
                return self._missing(request)
        may_save = self._may_save(request, current)
        offer = propose.find(request, current, may_save=may_save)
        if offer is None and not may_save:
            if current is not None and self.has_view_permission(request):
                return HttpResponseRedirect(reverse("controversy", args=[current.document.head.slug]))
            raise PermissionDenied
        if "ping" in request.GET:
            told = company.news(request, current) if current is not None else {}
            return JsonResponse({"token": get_token(request), **told})
        if "saved" in request.GET:
            done = offer.is_done(request) if offer is not None else _is_saved(request, current)
            return JsonResponse({"saved": done})
        if request.method == "POST":
            return self._post(request, current, offer)
        return self._get(request, current, offer)

    def _get(
        self, request: HttpRequest, current: history.Reading | None, offer: propose.Offer | None
    ) -> HttpResponse:
        desk = Desk(request.user)
        if offer is not None and offer.proposal is not None:
            return self._get_proposal(request, current, offer, desk)
        if current is None:
            form = EditForm(shown=blank_document(str(uuid.uuid4())), current=None, desk=desk)
            return self._draw(request, form, 0, 0, offer=offer)
        base = _number(request.GET.get("base", str(current.number)))
        number, shown = _shown(current, request.GET.get("shown", str(current.number)))
        form = EditForm(shown=shown, current=current, desk=desk, open_all="all" in request.GET)
        if "block" in request.GET:
            return self._block(request, form)
        if "why" in request.GET:
            form.reason.initial = {"summary": request.GET["why"]}
        if base > current.number:
            raise BadRequest("There is no such revision.")
        return self._draw(
            request,
            form,
            base,
            number,
            offer=offer,
            older=number not in (base, current.number) and isinstance(number, int),
        )

    def _get_proposal(
        self, request: HttpRequest, current: history.Reading | None, offer: propose.Offer, desk: Desk
    ) -> HttpResponse:
        assert offer.proposal is not None  # noqa: S101 - for the type checker: asked by whoever calls
        if not offer.proposal.is_open or (
            offer.is_accepting and not proposals.may_decide(offer.proposal, desk.user)
        ):
            return HttpResponseRedirect(offer.proposal.get_absolute_url())
        form = EditForm(
            shown=offer.outcome.result,
            current=current,
            desk=desk,
            open_all="all" in request.GET or current is None,
            proposed=True,
        )
        if "block" in request.GET:
            return self._block(request, form)
        form.reason.initial = {"summary": offer.proposal.reason}
        return self._draw(request, form, offer.base, offer.shown, offer=offer)

    def _block(self, request: HttpRequest, form: EditForm) -> HttpResponse:
        node = form.open_block(request.GET["block"])
        if node is None:
            raise BadRequest("There is no such block.")
        return TemplateResponse(request, f"{TEMPLATES}/{node.kind}.html", {"node": node, "form": form})

    def _post(
        self, request: HttpRequest, current: history.Reading | None, offer: propose.Offer | None
    ) -> HttpResponse:
        data = request.POST
        proposal = offer.proposal if offer is not None else None
        base = _number(data.get("base"))
        number: int | str = data.get("shown", "")
        if offer is not None and proposal is not None:
            shown_document = offer.outcome.result
            if base > offer.base:
                raise BadRequest("There is no such revision.")
        elif current is None:
            key = data.get("key", "")
            if not _is_uuid(key):
                raise BadRequest("The page's key is not a UUID.")
            shown_document = blank_document(key)
            if base or number != "0":
                raise BadRequest("A new page follows no revision.")
        else:
            if base > current.number:
                raise BadRequest("There is no such revision.")
            number, shown_document = _shown(current, str(number))
        form = EditForm(
            shown=shown_document,
            current=current,
            desk=Desk(request.user),
            data=data,
            proposed=proposal is not None,
        )
        if "_restore" in data:
            return self._draw(request, form, base, number, restored=True, offer=offer)
        if "reason" in request.GET:
            old = _reading(current, base).document if current is not None else None
            return JsonResponse({"reason": say.reason(compare.compare(old, form.document))})
        valid = form.is_valid()
        if "_preview" in data:
            if not valid:
                return preview.not_yet(request, form.problems())
            today = current.document if current is not None else None
            return preview.preview(request, form.document, base + 1, today)
        if offer is not None:
            return self._offer(request, form, offer, current, base, number, valid=valid)
        if valid and current is not None and form.document == current.document:
            return self._unchanged(request, current, base)
        before = _reading(current, base) if current is not None else None
        summary = form.reason.value("summary")
        if valid and not summary and form.needs_reason:
            self._ask_why(form, before)
            valid = False
        if not valid:
            return self._draw(request, form, base, number)
        try:
            with transaction.atomic():
                saved = history.save(
                    form.document,
                    base=base,
                    choices=resolve.choices(data, may_publish=form.may_publish),
                    author=request.user,
                    summary=summary,
                    kind=ChangeClass.RESTORE if number != base else None,
                )
                if saved.revision is not None:
                    log = self.log_addition if current is None else self.log_change
                    log(request, _row(form.document), summary)
                    suggestion.use(request, saved.revision)
        except history.Stale as stale:
            raise BadRequest("This key belongs to another page.") from stale
        except InvalidDocument as invalid:
            form.place(invalid.faults)
            return self._draw(request, form, base, number)
        if saved.conflicts:
            assert saved.head is not None  # noqa: S101 - for the type checker: a new page has no conflicts
            return self._draw(request, form, base, number, saved=saved)
        seen = current.number if current is not None and isinstance(number, str) else base
        self.tell(request, saved, seen)
        return self._after(request, form.document)

    def _offer(
        self,
        request: HttpRequest,
        form: EditForm,
        offer: propose.Offer,
        current: history.Reading | None,
        base: int,
        shown: int | str,
        *,
        valid: bool,
    ) -> HttpResponse:
        """Propose, amend or accept what was typed; what cannot be done is said above it."""
        summary = form.reason.value("summary")
        if valid and not summary:
            self._ask_why(form, _reading(current, base) if current is not None else None)
            valid = False
        if not valid:
            return self._draw(request, form, base, shown, offer=offer)
        choices = resolve.choices(request.POST, may_publish=form.may_publish)
        try:
            with transaction.atomic():
                proposal, saved = offer.save(form.document, base=base, reason=summary, choices=choices)
                if saved is None or not saved.conflicts:
                    log = self.log_addition if offer.proposal is None else self.log_change
                    log(request, proposal, summary)
        except proposals.Refused as refused:
            form.general.append(str(refused))
            offer = offer.again()
            return self._draw(request, form, base, offer.shown or shown, offer=offer)
        except InvalidDocument as invalid:
            form.place(invalid.faults)
            return self._draw(request, form, base, shown, offer=offer)
        if saved is not None and saved.conflicts:
            return self._draw(request, form, base, shown, saved=saved, offer=offer)
        self.message_user(request, offer.told, messages.SUCCESS)
        return HttpResponseRedirect(proposal.get_absolute_url())

    # -- answers --

    def _draw(
        self,
        request: HttpRequest,
        form: EditForm,
        base: int,
        shown: int | str,
        *,
        saved: history.Saved | None = None,
        offer: propose.Offer | None = None,
        **more: Any,
    ) -> TemplateResponse:
        document = form.shown
        if not form.is_new:
            company.touch(document.key, request.user)
        original = None if form.is_new else _row(form.current.document)  # type: ignore[union-attr]  # not new
        problems = form.problems() if form.data is not None and not more.get("restored") else []
        beside = suggestion.beside(request, form.current) if offer is None else None
        if beside is not None and form.data is None:
            form.reason.initial = {"summary": beside.reason}
        context = {
            **self.admin_site.each_context(request),
            "title": offer.title
            if offer is not None
            else (_("Add controversy") if form.is_new else _("Edit controversy")),
            "subtitle": str(original) if original else None,
            "opts": self.opts,
            "add": form.is_new,
            "change": not form.is_new,
            "original": original,
            "is_nav_sidebar_enabled": False,  # the page needs the room; the breadcrumbs lead away
            "has_view_permission": True,
            "has_absolute_url": original is not None,
            "absolute_url": original.get_absolute_url() if original else None,
            "media": self.media + form.head.form.media + EDITING,  # type: ignore[union-attr]  # never shut
            "words": _words(),
            "limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            "errors": problems,
            "form": form,
            "document": document,
            "base": base,
            "shown": shown,
            "problems": problems,
            "ping": company.EVERY,
            "company": company.others(document.key, request.user) if not form.is_new else [],
            # What is proposed meets what came in when somebody decides on it.
            "conflict": self._meanwhile(request, form, base, shown, saved)
            if offer is None or offer.is_accepting
            else None,
            "beside": beside,
            "withdraw_url": reverse("admin:controversies_controversy_withdraw", args=[document.key]),
            "offer": offer,
            **more,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"{TEMPLATES}/change_form.html", context)

    def _ask_why(self, form: EditForm, before: history.Reading | None) -> None:
        """Refuse a public page's change without a reason, and offer one made from what changed."""
        old = before.document if before is not None else None
        form.offer_reason(
            say.reason(compare.compare(old, form.document)),
            _("Readers see why the page changed. Is this the reason? Keep it or better it, and save again."),
        )

    def _meanwhile(
        self, request: HttpRequest, form: EditForm, base: int, shown: int | str, saved: history.Saved | None
    ) -> resolve.Meanwhile | None:
        """What was recorded since the form was drawn, and what of it is in question; None if nothing was."""
        head = saved.head if saved is not None else form.current
        if form.current is None or head is None or head.number == base:
            return None
        return resolve.meanwhile(
            _reading(form.current, base),
            head,
            form.document,
            request.POST,
            user=request.user,
            found=saved.conflicts if saved is not None else None,
            lead=restore.lead(str(shown)),
        )

    def tell(self, request: HttpRequest, saved: history.Saved, base: int) -> None:
        """Say what was recorded, and what had come in since revision `base`."""
        if saved.revision is None:
            if saved.head is not None:
                self._say_unchanged(request, saved.head, base)
            return
        key, number = str(saved.revision.controversy_id), saved.revision.number
        head = history.head(key)
        assert head is not None  # noqa: S101 - for the type checker: it was recorded just now
        self.message_user(request, self._saved(head.document, number), messages.SUCCESS)
        if saved.merged is not None and saved.head is not None and saved.head.number > base:
            told = resolve.told(
                key, base, head.document.head.slug, saved.head.number, saved.merged, request.user
            )
            self.message_user(request, told, messages.INFO)

    def row(self, document: types.Document) -> Controversy:
        """A row for the admin's own functions; it is never saved."""
        return _row(document)

    def _unchanged(self, request: HttpRequest, head: history.Reading, base: int) -> HttpResponse:
        """Nothing to record; or this very text was recorded just now, as by a second click."""
        self._say_unchanged(request, head, base)
        return self._after(request, head.document)

    def _say_unchanged(self, request: HttpRequest, head: history.Reading, base: int) -> None:
        mine = _own_since(request.user, head.document.key, base)
        if mine is not None:
            self.message_user(request, self._saved(head.document, mine), messages.SUCCESS)
        else:
            self.message_user(request, _("Nothing had changed, so nothing was recorded."), messages.INFO)

    def _saved(self, document: types.Document, number: int) -> str:
        return format_html(
            _("Revision {number} of “{title}” is recorded. {link}"),
            number=number,
            title=document.head.title,
            link=format_html(
                '<a href="{}">{}</a>',
                reverse("history", args=[document.head.slug]),
                _("See it in the history"),
            ),
        )

    def _after(self, request: HttpRequest, document: types.Document) -> HttpResponse:
        if "_continue" in request.POST:
            return HttpResponseRedirect(
                reverse("admin:controversies_controversy_change", args=[document.key])
            )
        company.leave(document.key, request.user)
        return self.response_post_save_change(request, _row(document))

    def _missing(self, request: HttpRequest) -> HttpResponse:
        """There is no such controversy: say so on the list."""
        self.message_user(request, _("There is no such controversy."), messages.WARNING)
        return HttpResponseRedirect(reverse("admin:controversies_controversy_changelist"))

    # -- withdrawing --

    def get_urls(self) -> list[Any]:
        withdraw = self.admin_site.admin_view(self.withdraw_view)
        return [
            path("<uuid:key>/withdraw/", withdraw, name="controversies_controversy_withdraw"),
            *(
                path(
                    f"<uuid:key>/revisions/<int:number>/{act}/",
                    self.admin_site.admin_view(partial(restore.view, self, act=act)),
                    name=f"controversies_controversy_{act}",
                )
                for act in restore.Act
            ),
            *super().get_urls(),
        ]

    def withdraw_view(self, request: HttpRequest, key: uuid.UUID) -> HttpResponse:
        """Take a published page off the public site, with a reason. Its history stays."""
        if not (
            self.has_change_permission(request) and request.user.has_perm("controversies.publish_controversy")
        ):
            raise PermissionDenied
        current = history.head(str(key))
        if current is None:
            return self._missing(request)
        if current.document.head.publication != Publication.PUBLISHED:
            self.message_user(
                request, _("The page is not public, so there is nothing to withdraw."), messages.INFO
            )
            return HttpResponseRedirect(reverse("admin:controversies_controversy_change", args=[key]))
        form = ReasonForm(
            request.POST if request.method == "POST" else None, "reason", None, Desk(request.user)
        )
        moved = None
        if request.method == "POST":
            summary = form.value("summary")
            if not summary:
                form.add_error("summary", _("Say in a few words why the page is withdrawn: readers see it."))
            else:
                moved = self._withdraw(request, form, current, _number(request.POST.get("base")), summary)
                if moved is None and form.is_valid():
                    self.message_user(
                        request,
                        _("“%s” is withdrawn: readers see it no longer.") % current.document.head.title,
                        messages.SUCCESS,
                    )
                    return HttpResponseRedirect(reverse("admin:controversies_controversy_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Withdraw this page"),
            "subtitle": current.document.head.title,
            "opts": self.opts,
            "original": _row(current.document),
            "base": (moved or current).number,
            "moved": moved.entry if moved else None,
            "reason": form,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"{TEMPLATES}/withdraw.html", context)

    def _withdraw(
        self, request: HttpRequest, form: ReasonForm, current: history.Reading, base: int, summary: str
    ) -> history.Reading | None:
        """Record the withdrawal; gives the newest revision instead if it is not the one that was looked at."""
        if base != current.number:
            return current
        head = replace(current.document.head, publication=Publication.WITHDRAWN.value)
        document = replace(current.document, head=head)
        try:
            with transaction.atomic():
                history.record(document, author=request.user, summary=summary, base=current)
                self.log_change(request, _row(document), summary)
        except history.Stale as stale:
            return stale.head
        except InvalidDocument as invalid:
            form.add_error("summary", [fault.message for fault in invalid.faults])
        return None

    # -- the rest --

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history is the public one, which says more; staff see it for drafts too."""
        obj = self.get_object(request, object_id)
        if obj is None:
            return self._missing(request)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("history", args=[obj.slug]))


def _is_saved(request: HttpRequest, current: history.Reading | None) -> bool:
    """Whether what this user sent from the page with this key, drawn at this revision, was recorded."""
    key, base = request.GET.get("key", ""), _number(request.GET["saved"] or "0")
    if current is not None:
        key = current.document.key
    return _is_uuid(key) and _own_since(request.user, key, base) is not None


def _own_since(user: Any, key: str, base: int) -> int | None:
    """The newest revision after this one that the user made."""
    where = "r.controversy_id = %s AND r.number > %s AND r.author_id = %s"
    return next((entry.number for entry in history.read.entries(where, [key, base, user.pk], limit=1)), None)


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _number(text: str | None) -> int:
    """A revision's number as it was sent; 0 stands for none."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 9:  # noqa: PLR2004 - fits the column
        raise BadRequest("This is not a revision's number.")
    return int(text)


def _reading(current: history.Reading, number: int) -> history.Reading:
    if number == current.number:
        return current
    found = history.at(current.document.key, number)
    if found is None:
        raise BadRequest("There is no such revision.")
    return found


def _shown(current: history.Reading, text: str) -> tuple[int | str, types.Document]:
    """The revision that a form was drawn from, or the documents merged for it, as `shown` names them."""
    merged = restore.shown(current, text)
    if merged is not None:
        return text, merged
    number = _number(text)
    return number, _reading(current, number).document


def _row(document: types.Document) -> Controversy:
    """A row that knows its name and address, for the admin's own functions; it is never saved."""
    return Controversy(pk=uuid.UUID(document.key), slug=document.head.slug, title=document.head.title)
