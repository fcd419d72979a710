"""Proposals: all of them for reviewers, one's own for everybody else.

The review queue (`queue`) shows those that wait for a decision.
"""

from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import CharField, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controversies import history
from controversies.admin.lists.columns import day_and_age, state_text
from controversies.admin.lists.filters import (
    PAGE_REFERENCE,
    TOPIC_REFERENCE,
    AgeFilter,
    Choices,
    ChosenRowFilter,
    OfferedFilter,
    StateFilter,
)
from controversies.admin.review import queue
from controversies.admin.review.decisions import DecisionAdmin, draw_privately
from controversies.checks.saving import follow_up
from controversies.document import compare, evidence_words, say
from controversies.document.parse import InvalidDocument
from controversies.document.types import Document
from controversies.kit.accounts import signed_in
from controversies.kit.keys import revision_number
from controversies.models import MailPace, Proposal, ProposalState, Publication
from controversies.pages import diff
from controversies.workflow import notify, proposals, redaction_requests
from controversies.workflow.proposals import ProposalMerge

TEMPLATE = "admin/controversies/proposal/proposal.html"
MAIL_TEMPLATE = "admin/controversies/proposal/mail.html"
REASON_WORDS = 20


class ProposalStateFilter(StateFilter):
    """Filters proposals by their state."""

    states = ProposalState


class ProposalTopicFilter(ChosenRowFilter):
    """Filters proposals by the topic of the page, or of the new page proposed."""

    title = gettext_lazy("topic")
    parameter_name = "topic"
    reference = TOPIC_REFERENCE
    field = "topic_key"


class ProposalPageFilter(ChosenRowFilter):
    """Filters proposals by the page that would change."""

    title = gettext_lazy("controversy")
    parameter_name = "page"
    reference = PAGE_REFERENCE
    field = "controversy"
    others = ((queue.NEW_PAGES, gettext_lazy("New pages")),)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == queue.NEW_PAGES:
            return queryset.filter(base=0)
        return super().queryset(request, queryset)


class ProposalAuthorFilter(OfferedFilter):
    """Filters proposals by their author, for reviewers."""

    title = gettext_lazy("author")
    parameter_name = "by"
    field = "author_name"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:
        if not queue.may_review(request.user):
            return []
        names = Proposal.objects.order_by("author_name").values_list("author_name", flat=True).distinct()
        return [(name, name) for name in names]


class MailForm(forms.Form):
    """A form to choose how often e-mail comes."""

    NEVER = "never"

    mail = forms.ChoiceField(
        label=gettext_lazy("How often"),
        choices=[
            (MailPace.AT_ONCE.value, gettext_lazy("At once: an e-mail for each, within a minute")),
            (
                MailPace.HOURLY.value,
                gettext_lazy("Hourly: all that is new in one e-mail, at most one an hour"),
            ),
            (MailPace.DAILY.value, gettext_lazy("Daily: at most one e-mail a day")),
            (NEVER, gettext_lazy("Never")),
        ],
        error_messages={
            "required": gettext_lazy("Choose how often."),
            "invalid_choice": gettext_lazy("Choose one of these."),
        },
        widget=forms.RadioSelect,
    )

    def choice(self, now: notify.MailChoice) -> notify.MailChoice:
        """Return what was chosen; who wants no e-mail keeps the pace of `now` for later."""
        chosen = self.cleaned_data["mail"]
        return notify.MailChoice(chosen != self.NEVER, now.pace if chosen == self.NEVER else chosen)


@admin.register(Proposal)
class ProposalAdmin(DecisionAdmin):
    """Reviewers see all proposals, other people their own. The edit page of a controversy makes and amends them."""

    about = gettext_lazy("Proposed changes and new pages, for another person to decide on.")
    list_display = ["page_title", "proposal_kind", "proposed_by", "age", "reason_start", "decision_state"]
    list_display_links = ["page_title"]
    list_filter = [
        ProposalStateFilter,
        ProposalTopicFilter,
        ProposalPageFilter,
        ProposalAuthorFilter,
        AgeFilter,
    ]
    refusals = (proposals.ProposalRefused,)
    not_found = gettext_lazy("Proposal not found.")

    # -- rights --

    def has_view_permission(self, request: HttpRequest, obj: Proposal | None = None) -> bool:
        if obj is not None:
            return Proposal.objects.visible_to(request.user).filter(pk=obj.pk).exists()
        return queue.may_review(request.user) or request.user.has_perm("controversies.propose_controversy")

    def may_see_any(self, request: HttpRequest) -> bool:
        """True: the page of each proposal itself says who may see it."""
        return True

    # -- the list, and the desk's first page --

    def news(self, request: HttpRequest) -> str:
        """The line beside the list's name on the desk's first page."""
        own = Proposal.objects.filter(author=request.user.pk, state=ProposalState.OPEN).count()
        if not own or settings.ONE_PERSON_DESK:
            return ""
        return (
            ngettext(
                "%d of your proposals is waiting for a decision.",
                "%d of your proposals are waiting for a decision.",
                own,
            )
            % own
        )

    def waits(self, request: HttpRequest) -> dict[str, Any] | None:
        """The section at the top of the desk's first page."""
        return queue.first_page_section(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:
        text = CharField()
        return (
            Proposal.objects.visible_to(request.user)
            .defer("document")
            .annotate(
                title=Coalesce("controversy__title", KT("document__title"), output_field=text),
                page_key=Coalesce(Cast("controversy_id", text), KT("document__key"), output_field=text),
                topic_key=Coalesce(queue.page_topic(), KT("document__topic__key"), output_field=text),
            )
            .order_by(*self.get_ordering(request))
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        is_reviewer = queue.may_review(request.user)
        context = {
            "title": _("Proposals, newest first") if is_reviewer else _("My proposals"),
            "queue_url": reverse("admin:controversies_proposal_queue") if is_reviewer else "",
            "mail_url": reverse("admin:controversies_proposal_mail"),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    @admin.display(description=gettext_lazy("page"), ordering="title")
    def page_title(self, obj: Proposal) -> str:
        title: str = obj.title  # type: ignore[attr-defined]  # annotated
        return title

    @admin.display(description=gettext_lazy("what"), ordering="base")
    def proposal_kind(self, obj: Proposal) -> str:
        return _("New page") if obj.is_new else _("Change of revision %s") % obj.base

    @admin.display(description=gettext_lazy("proposed by"), ordering="author_name")
    def proposed_by(self, obj: Proposal) -> str:
        return obj.author_name

    @admin.display(description=gettext_lazy("proposed"), ordering="created")
    def age(self, obj: Proposal) -> str:
        return day_and_age(obj.created, is_open=obj.is_open)

    @admin.display(description=gettext_lazy("why"))
    def reason_start(self, obj: Proposal) -> str:
        return Truncator(obj.reason).words(REASON_WORDS)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def decision_state(self, obj: Proposal) -> str:
        reason = obj.decision if obj.state == ProposalState.DECLINED else ""
        return state_text(str(ProposalState(obj.state).label), obj.revision, reason)

    # -- one proposal --

    def get_urls(self) -> list[URLPattern]:
        mail = self.admin_site.admin_view(self.mail_view)
        review = self.admin_site.admin_view(partial(queue.queue_view, model_admin=self))
        return [
            path("mail/", mail, name="controversies_proposal_mail"),
            path("queue/", review, name="controversies_proposal_queue"),
            *super().get_urls(),
        ]

    def decide(self, request: HttpRequest, obj: Proposal) -> HttpResponse | None:
        with transaction.atomic():  # the decision, and the desk's log of it
            message = self._decide(request, obj)
        if not message:
            return None
        messages.success(request, message)
        return HttpResponseRedirect(obj.get_absolute_url())

    def _decide(self, request: HttpRequest, proposal: Proposal) -> str:
        """Withdraw, decline or accept; return the message, "" if there are conflicts to be shown."""
        data, user = request.POST, signed_in(request)
        if "_withdraw" in data:
            proposals.withdraw(proposal, author=user)
            self.log_change(request, proposal, _("Withdrawn."))
            return _("You have withdrawn your proposal.")
        if not queue.may_review(user):
            raise PermissionDenied
        version = revision_number(data.get("version")) or 0
        if "_decline" in data:
            reason = data.get("reason", "")
            proposals.decline(proposal, reviewer=user, reason=reason, version=version)
            self.log_change(request, proposal, _("Declined: %s") % reason)
            return _("Declined. %s will see your reason.") % proposal.author_name
        if not {"_accept", "_publish"} & data.keys():
            raise proposals.ProposalRefused(_("Choose what to do with the proposal."))
        self._ask_for_confidence_reasons(proposal)
        saved = proposals.accept(
            proposal,
            reviewer=user,
            version=version,
            head=revision_number(data.get("head")) or 0,
            publish="_publish" in data,
        )
        if saved.conflicts or saved.revision is None:
            return ""
        head = history.head(str(saved.revision.controversy_id))
        if head is not None:
            follow_up(saved, head.document, user=user)
        self.log_change(request, proposal, _("Accepted as revision %s.") % saved.revision.number)
        return _("Accepted: it is revision %s of the page.") % saved.revision.number

    @staticmethod
    def _ask_for_confidence_reasons(proposal: Proposal) -> None:
        """Refuse a proposal with high confidence on thin evidence and no reason, which the reviewer can add."""
        if not proposal.is_open:
            return
        outcome = proposals.merge_with_page(proposal)
        known = [reading.document for reading in (outcome.base, outcome.head) if reading is not None]
        if warnings := evidence_words.reason_warnings(outcome.result, *known):
            ask = _("Edit the proposal before you accept it: add the reason, or choose another confidence.")
            raise proposals.ProposalRefused(" ".join((*warnings, ask)))

    def draw(self, request: HttpRequest, obj: Proposal, error: str) -> HttpResponse:
        user = request.user
        outcome: ProposalMerge | None = None
        faults: list[str] = []
        try:
            outcome = proposals.merge_with_page(obj)
        except InvalidDocument as invalid:
            faults = [str(fault) for fault in invalid.faults]
        may_decide = proposals.may_decide(obj, user)
        may_amend = obj.is_open and obj.author_id == user.pk
        is_reviewer = queue.may_review(user)
        conflicts = outcome.conflicts if outcome else ()
        list_view = "queue" if is_reviewer else "changelist"
        context: dict[str, Any] = {
            "proposal": obj,
            "title": str(obj),
            "section": "",
            "state": ProposalState(obj.state),
            "error": error,
            "faults": faults,
            "reason": request.POST.get("reason", ""),
            "draft_name": f"{user.pk}:{request.path}",
            "outcome": outcome,
            "conflicts": [(conflict.label, *conflict.side_runs) for conflict in conflicts],
            "page_has_moved": outcome is not None and obj.is_open and outcome.merged is not None,
            "may_decide": may_decide,
            "may_accept": may_decide and outcome is not None and not conflicts,
            "may_publish": may_decide and obj.is_new and user.has_perm("controversies.publish_controversy"),
            "may_amend": may_amend,
            "needs_another_reviewer": obj.is_open and may_amend and is_reviewer and not may_decide,
            "form_url": _form_url(obj),
            "list_name": _("Review queue") if is_reviewer else _("My proposals"),
            "list_url": reverse(f"admin:controversies_proposal_{list_view}"),
            "revisions": proposals.revisions(obj),
        }
        if outcome is not None:
            base = outcome.base.document if outcome.base else None
            context["proposed"] = _comparison(base, outcome.proposed)
            if context["page_has_moved"] and outcome.head is not None:
                context["merged"] = _comparison(outcome.head.document, outcome.result)
        if obj.controversy is not None:
            context["page"] = obj.controversy
            context["page_is_public"] = obj.controversy.publication != Publication.DRAFT
        return draw_privately(request, self, TEMPLATE, context)

    # -- e-mail --

    def mail_view(self, request: HttpRequest) -> HttpResponse:
        """Let each person choose how often to get e-mail."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        user = signed_in(request)
        choice = notify.mail_choice(user)
        initial = {"mail": choice.pace if choice.is_wanted else MailForm.NEVER}
        form = MailForm(request.POST if request.method == "POST" else None, initial=initial)
        if form.is_valid():
            notify.choose_mail(user, form.choice(choice))
            messages.success(request, _("Your choice is saved."))
            return HttpResponseRedirect(reverse("admin:controversies_proposal_changelist"))
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": _("E-mail"),
            "opts": self.opts,
            "form": form,
            "is_reviewer": queue.may_review(user),
            "is_publisher": redaction_requests.may_redact(user),
        }
        return TemplateResponse(request, MAIL_TEMPLATE, context)


def _form_url(proposal: Proposal) -> str:
    """The edit page with the proposal in it."""
    if proposal.controversy_id is None:
        url = reverse("admin:controversies_controversy_add")
    else:
        url = reverse("admin:controversies_controversy_change", args=[proposal.controversy_id])
    return f"{url}?shown=p{proposal.pk}"


def _comparison(old: Document | None, new: Document) -> dict[str, Any]:
    """A comparison as the public page shows it: what readers would see, drawn by the readers' code."""
    comparison = compare.compare(old, new)
    return {"diff": diff.diff_view(comparison), "summary": say.summary(comparison)}
