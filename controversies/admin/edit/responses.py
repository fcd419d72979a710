"""What becomes of a page as it was typed: previewed, recorded, proposed, or drawn again with what is wrong.

Whatever an editor types in, these are the only endings.
"""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin import presence as company
from controversies.admin.edit import conflicts as resolve
from controversies.admin.edit import preview, restore
from controversies.admin.edit import proposal_edit as propose
from controversies.admin.edit import request_params as sent
from controversies.admin.edit.convert import turned
from controversies.admin.edit.page_form import PageForm
from controversies.admin.edit.script_messages import words
from controversies.admin.review import queue
from controversies.admin.review import suggestions as suggestion
from controversies.document import compare, labels, parse, say, types
from controversies.document.merge import merge
from controversies.document.parse import InvalidDocument
from controversies.models import ChangeClass
from controversies.workflow import proposals

TEMPLATES = "admin/controversies/controversy"


@dataclass
class EditRequest:
    """A page as somebody has it before them, and the request that they made. `site` is the ModelAdmin.

    `base` is the revision that the change is measured against, `shown` names what was drawn: both are sent back.
    """

    site: Any
    request: HttpRequest
    current: history.Reading | None
    typed: PageForm
    base: int
    shown: int | str
    offer: propose.ProposalEdit | None = None

    # -- answers to what was sent --

    def answer(self) -> HttpResponse:
        """Do what the button says that was pressed."""
        if "_restore" in self.request.POST:
            return HttpResponse(status=HTTPStatus.NO_CONTENT) if self._is_kept() else self.draw(restored=True)
        if "reason" in self.request.GET:
            return JsonResponse({"reason": self._reason()})
        if "_turn" in self.request.POST:
            return self._turn()
        valid = self.typed.is_valid()
        if "_preview" in self.request.POST:
            if not valid:
                return preview.not_yet(self.request, self.typed.problems())
            today = self.current.document if self.current is not None else None
            return preview.preview(self.request, self.typed.document, self.base + 1, today)
        if self.offer is not None:
            return self._offer(self.offer, valid=valid)
        return self._save(valid=valid)

    def _turn(self) -> HttpResponse:
        """The same in the other way of typing; as it is, if something is wrong with it: nothing is dropped."""
        other = turned(self.typed)
        if other is None:
            return self.draw(turning=True)
        return replace(self, typed=other).draw(turned=True)

    def _is_kept(self) -> bool:
        """Whether all that was typed is on record or proposed already, be it because nothing was typed."""
        document, known = self.typed.document, self.typed.shown
        if self.typed.is_untouched:
            return True
        if (
            document is None
            or not self.typed.says_all
            or (self.typed.reason.value("summary") and "_sent" not in self.request.POST)
        ):
            return False
        if parse.check(document, known=known):
            return bool(document == known)
        document = document.with_blocks()
        if document == known or (self.offer is not None and self.offer.has(document)):
            return True
        if self.current is None:
            made = history.head(document.key)
            return made is not None and made.document == document
        base = sent.reading(self.current, self.base).document
        own = sent.own_since(self.request.user, document.key, self.base)
        answers = resolve.choices(self.request.POST, may_publish=self.typed.may_publish)
        for number in dict.fromkeys((self.current.number, own or self.current.number)):
            recorded = sent.reading(self.current, number).document
            merged = merge(base, recorded, document, answers)
            if not merged.conflicts and merged.document == recorded:
                return True
        return False

    def _reason(self) -> str:
        """A reason for the change, made from what changed."""
        if self.typed.document is None:
            return ""
        if self.offer is not None and self.offer.is_accepting:
            return say.reason(compare.compare(self.offer.outcome.result, self.typed.document))
        old = sent.reading(self.current, self.base).document if self.current is not None else None
        return say.reason(compare.compare(old, self.typed.document))

    def _save(self, *, valid: bool) -> HttpResponse:
        current, document = self.current, self.typed.document
        if valid and current is not None and document == current.document:
            return self._unchanged(current)
        if current is not None:
            sent.reading(current, self.base)
        summary = self.typed.reason.value("summary")
        if valid and not summary and self.typed.needs_reason:
            self._ask_why()
            valid = False
        if not valid:
            return self.draw()
        try:
            with transaction.atomic():
                saved = history.save(
                    document,
                    base=self.base,
                    choices=resolve.choices(self.request.POST, may_publish=self.typed.may_publish),
                    author=self.request.user,
                    summary=summary,
                    kind=ChangeClass.RESTORE if self.shown != self.base else None,
                )
                if saved.revision is not None:
                    log = self.site.log_addition if current is None else self.site.log_change
                    log(self.request, self.site.row(document), summary)
                    suggestion.use(self.request, saved.revision)
        except history.Stale as stale:
            raise BadRequest("This key belongs to another page.") from stale
        except InvalidDocument as invalid:
            self.typed.place(invalid.faults)
            return self.draw()
        if saved.conflicts:
            return self.draw(saved=saved)
        seen = current.number if current is not None and isinstance(self.shown, str) else self.base
        tell(self.site, self.request, saved, seen)
        if saved.revision is not None:
            self._tell_added(_("New on record: %s."))
        return self._after(document)

    def _offer(self, offer: propose.ProposalEdit, *, valid: bool) -> HttpResponse:
        """Propose, amend or accept what was typed; what cannot be done is said above it."""
        summary = self.typed.reason.value("summary")
        if valid and not summary and not offer.is_accepting:
            self._ask_why()
            valid = False
        if not valid:
            return self.draw()
        choices = resolve.choices(self.request.POST, may_publish=self.typed.may_publish)
        try:
            with transaction.atomic():
                proposal, saved = offer.save(
                    self.typed.document, base=self.base, reason=summary, choices=choices
                )
                if saved is None or not saved.conflicts:
                    log = self.site.log_addition if offer.proposal is None else self.site.log_change
                    log(self.request, proposal, summary or _("Accepted."))
        except proposals.ProposalRefused as refused:
            self.typed.general.append(str(refused))
            self.offer = offer.again()
            self.shown = self.offer.shown or self.shown
            return self.draw()
        except InvalidDocument as invalid:
            self.typed.place(invalid.faults)
            return self.draw()
        if saved is not None and saved.conflicts:
            return self.draw(saved=saved)
        if self.current is not None:
            company.leave(self.current.document.key, self.request.user)
        self.site.message_user(self.request, offer.outcome_message(saved, summary), messages.SUCCESS)
        self._tell_added(
            _("New on record: %s.") if offer.is_accepting else _("Put on record when this is accepted: %s.")
        )
        return HttpResponseRedirect(proposal.get_absolute_url())

    def _tell_added(self, words: str) -> None:
        """Say what was named that nobody had heard of: it may be a slip of the pen."""
        if added := self.typed.added():
            self.site.message_user(self.request, words % labels.conjunction(added), messages.INFO)

    def _ask_why(self) -> None:
        """Refuse a public page's change without a reason, and offer one made from what changed."""
        self.typed.offer_reason(
            self._reason(),
            _("Readers see why the page changed. Is this the reason? Keep it or better it, and save again."),
        )

    def _unchanged(self, head: history.Reading) -> HttpResponse:
        """Nothing to record; or this very text was recorded just now, as by a second click."""
        _say_unchanged(self.site, self.request, head, self.base)
        return self._after(head.document)

    def _after(self, document: types.Document) -> HttpResponse:
        if "_continue" in self.request.POST:
            url = reverse("admin:controversies_controversy_change", args=[document.key])
            return HttpResponseRedirect(f"{url}{self.typed.query}")
        company.leave(document.key, self.request.user)
        answer: HttpResponse = self.site.response_post_save_change(self.request, self.site.row(document))
        return answer

    # -- the page --

    def draw(self, *, saved: history.SaveResult | None = None, **more: Any) -> TemplateResponse:
        """The page with all that was typed, and with what is to say about it."""
        request, typed, offer = self.request, self.typed, self.offer
        document = typed.shown
        if not typed.is_new:
            company.touch(document.key, request.user)
        original = self.site.row(typed.current.document) if typed.current is not None else None
        is_fresh = (
            typed.data is None or "restored" in more or "turned" in more
        )  # nothing is held against it yet
        problems = [] if is_fresh else typed.problems()
        if offer is not None:
            offer.label_reason(typed.reason)
        beside = suggestion.beside(request, typed.current) if offer is None else None
        if beside is not None and typed.data is None:
            typed.reason.initial = {"summary": beside.reason}
        context = {
            **self.site.admin_site.each_context(request),
            "title": offer.title
            if offer is not None
            else (_("Add controversy") if typed.is_new else _("Edit controversy")),
            "subtitle": str(original) if original else None,
            "opts": self.site.opts,
            "add": typed.is_new,
            "change": not typed.is_new,
            "original": original,
            "is_nav_sidebar_enabled": False,  # the page needs the room; the breadcrumbs lead away
            "has_view_permission": True,
            "has_absolute_url": original is not None,
            "absolute_url": original.get_absolute_url() if original else None,
            "media": self.site.media + typed.media,
            "words": words(),
            "limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            "errors": problems,
            "form": typed,
            "document": document,
            "base": self.base,
            "shown": self.shown,
            "problems": problems,
            "draft_of": self._draft_of(),
            "unsaved": typed.data is not None and not (more.get("turned") and typed.is_unchanged),
            "ping": company.EVERY,
            "company": company.others(document.key, request.user) if not typed.is_new else [],
            # What is proposed meets what came in when somebody decides on it.
            "conflict": self._meanwhile(saved) if offer is None or offer.is_accepting else None,
            "beside": beside,
            "waiting": self._waiting(beside),
            "withdraw_url": reverse("admin:controversies_controversy_withdraw", args=[document.key]),
            "offer": offer,
            **more,
        }
        request.current_app = self.site.admin_site.name
        return TemplateResponse(request, f"{TEMPLATES}/{typed.template}", context)

    def _waiting(self, beside: suggestion.SuggestionNotice | None) -> list[queue.QueueItem]:
        """What else is proposed and suggested for this page."""
        if self.current is None:
            return []
        here = (self.offer and self.offer.proposal, beside and beside.suggestion)
        but = tuple(each.pk for each in here if each)
        return queue.of_page(self.request.user, self.current.document.key, but=but)

    def _draft_of(self) -> str:
        """What tells what is typed here, in the browser's store, from what is typed of today's page."""
        if self.shown == self.base:
            return ""
        proposal, _colon, _version = str(self.shown).partition(":")
        return f":{proposal if proposal.startswith('p') else self.shown}"

    def _meanwhile(self, saved: history.SaveResult | None) -> resolve.ConcurrentEdits | None:
        """What was recorded since the page was drawn, and what of it is in question; None if nothing was."""
        current = self.typed.current
        head = saved.head if saved is not None else current
        if current is None or head is None or head.number == self.base or self.typed.document is None:
            return None
        return resolve.meanwhile(
            sent.reading(current, self.base),
            head,
            self.typed.document,
            self.request.POST,
            user=self.request.user,
            found=saved.conflicts if saved is not None else None,
            lead=restore.lead(str(self.shown)),
        )


# -- what was recorded, in words --


def tell(site: Any, request: HttpRequest, saved: history.SaveResult, base: int) -> None:
    """Say what was recorded, and what had come in since revision `base`."""
    if saved.revision is None:
        if saved.head is not None:
            _say_unchanged(site, request, saved.head, base)
        return
    key, number = str(saved.revision.controversy_id), saved.revision.number
    head = history.head(key)
    assert head is not None  # noqa: S101 - for the type checker: it was recorded just now
    site.message_user(request, _saved(head.document, number), messages.SUCCESS)
    if saved.merged is not None and saved.head is not None and saved.head.number > base:
        decided = any(name.startswith(resolve.RESOLVE) for name in request.POST)
        slug, number = head.document.head.slug, saved.head.number
        told = resolve.told(key, base, slug, number, saved.merged, request.user, decided=decided)
        site.message_user(request, told, messages.INFO)


def _say_unchanged(site: Any, request: HttpRequest, head: history.Reading, base: int) -> None:
    mine = sent.own_since(request.user, head.document.key, base)
    if mine is not None:
        site.message_user(request, _saved(head.document, mine), messages.SUCCESS)
    else:
        site.message_user(request, _("Nothing had changed, so nothing was recorded."), messages.INFO)


def _saved(document: types.Document, number: int) -> str:
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
