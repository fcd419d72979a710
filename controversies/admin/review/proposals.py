"""The desk's pages of proposals: all of them for those who decide on them, one's own for everybody else.

What waits for a decision is in the review queue (`queue`).
"""

import datetime
import uuid
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import CharField, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controversies.admin.edit import conflicts as resolve
from controversies.admin.review import queue
from controversies.document import compare, say
from controversies.document.parse import InvalidDocument
from controversies.document.types import Document
from controversies.kit.accounts import signed_in
from controversies.kit.keys import revision_number
from controversies.models import Proposal, ProposalState, Topic
from controversies.pages import diff  # a reviewer sees what readers would see, so readers' code draws it
from controversies.workflow import notify, proposals
from controversies.workflow.proposals import ProposalMerge

TEMPLATE = "admin/controversies/proposal/proposal.html"
ALL = "all"


def _chosen(of: admin.SimpleListFilter, queryset: QuerySet[Proposal], field: str) -> QuerySet[Proposal]:
    """Those that have what is chosen; none if it is not offered, be it a name or nonsense."""
    if not of.value():
        return queryset
    offered = [str(value) for value, _label in of.lookup_choices]
    return queryset.filter(**{field: of.value()}) if of.value() in offered else queryset.none()


class State(admin.SimpleListFilter):
    """What has become of it."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*ProposalState.choices, (ALL, _("All"))]

    def choices(self, changelist: Any) -> Any:
        chosen = self.value() or ALL
        for value, words in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": value == chosen, "query_string": query, "display": words}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> QuerySet[Proposal]:
        chosen = self.value() or ALL
        return queryset if chosen not in ProposalState.values else queryset.filter(state=chosen)


class ByTopic(admin.SimpleListFilter):
    """The topic of the page, or that of the new page proposed."""

    title = gettext_lazy("topic")
    parameter_name = "topic"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(key), title) for key, title in Topic.objects.values_list("id", "title")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return _chosen(self, queryset, "topic_key")


class ByPage(admin.SimpleListFilter):
    """The controversy that would change."""

    title = gettext_lazy("controversy")
    parameter_name = "page"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        seen = (
            Proposal.objects.visible_to(request.user).exclude(controversy=None).order_by("controversy__title")
        )
        found = seen.values_list("controversy_id", "controversy__title").distinct()
        return [("new", _("New pages")), *((str(key), title) for key, title in found)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "new":
            return queryset.filter(base=0)
        return _chosen(self, queryset, "page_key")


class ByAuthor(admin.SimpleListFilter):
    """Who proposed it."""

    title = gettext_lazy("author")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        if not queue.reviews(request.user):
            return []
        names = Proposal.objects.order_by("author_name").values_list("author_name", flat=True).distinct()
        return [(name, name) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> QuerySet[Proposal]:
        return _chosen(self, queryset, "author_name")


class ByAge(admin.SimpleListFilter):
    """How long ago it was proposed."""

    title = gettext_lazy("age")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("day", _("More than a day")),
            ("week", _("More than a week")),
            ("month", _("More than a month")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> QuerySet[Proposal]:
        days = queue.AGES.get(self.value() or "")
        if days is None:
            return queryset
        return queryset.filter(created__lt=timezone.now() - datetime.timedelta(days=days))


@admin.register(Proposal)
class ProposalAdmin(admin.ModelAdmin):
    """Whose a proposal is, and who may change pages, says who sees it. Nothing is added, changed or deleted here."""

    about = gettext_lazy("Changes and new pages that somebody proposed and somebody else decides on.")
    list_display = ["title", "what", "proposed_by", "age", "why", "became"]
    list_display_links = ["title"]
    list_filter = [State, ByTopic, ByPage, ByAuthor, ByAge]
    list_per_page = 50
    ordering = ["-created", "id"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None

    # -- rights --

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Proposal | None = None) -> bool:
        if obj is not None:
            return Proposal.objects.visible_to(request.user).filter(pk=obj.pk).exists()
        return queue.reviews(request.user) or request.user.has_perm("controversies.propose_controversy")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # the edit page of a controversy does

    def has_change_permission(self, request: HttpRequest, obj: Proposal | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Proposal | None = None) -> bool:
        return False

    # -- the list --

    def news(self, request: HttpRequest) -> str:
        """What the desk's first page says beside the name."""
        own = Proposal.objects.filter(author=request.user.pk, state=ProposalState.OPEN).count()
        if not own or settings.ONE_PERSON_DESK:
            return ""
        return ngettext("%d of yours waits for a decision.", "%d of yours wait for a decision.", own) % own

    def waits(self, request: HttpRequest) -> dict[str, Any] | None:
        """What stands above all else on the desk's first page."""
        return queue.on_first_page(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:
        return (
            Proposal.objects.visible_to(request.user)
            .defer("document")
            .annotate(
                page_title=Coalesce("controversy__title", KT("document__title"), output_field=CharField()),
                page_key=Coalesce(
                    Cast("controversy_id", CharField()), KT("document__key"), output_field=CharField()
                ),
                topic_key=Coalesce(
                    Cast("controversy__topic_id", CharField()),
                    KT("document__topic__key"),
                    output_field=CharField(),
                ),
            )
            .order_by(*self.get_ordering(request))
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        decides = queue.reviews(request.user)
        return super().changelist_view(
            request,
            {
                "title": _("Proposals, newest first") if decides else _("My proposals"),
                "queue_url": reverse("admin:controversies_proposal_queue") if decides else "",
                "mail_url": reverse("admin:controversies_proposal_mail"),
                **(extra_context or {}),
            },
        )

    @admin.display(description=gettext_lazy("page"), ordering="page_title")
    def title(self, obj: Any) -> str:
        return obj.page_title

    @admin.display(description=gettext_lazy("what"), ordering="base")
    def what(self, obj: Proposal) -> str:
        return _("new page") if obj.is_new else _("change of revision %s") % obj.base

    @admin.display(description=gettext_lazy("proposed by"), ordering="author_name")
    def proposed_by(self, obj: Proposal) -> str:
        return obj.author_name

    @admin.display(description=gettext_lazy("proposed"), ordering="created")
    def age(self, obj: Proposal) -> str:
        day = date_format(timezone.localtime(obj.created), "DATE_FORMAT")
        if not obj.is_open:
            return day
        return _("%(day)s (%(ago)s ago)") % {"day": day, "ago": timesince(obj.created, depth=1)}

    @admin.display(description=gettext_lazy("why"))
    def why(self, obj: Proposal) -> str:
        return Truncator(obj.reason).words(20)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def became(self, obj: Proposal) -> str:
        label = ProposalState(obj.state).label
        if obj.revision:
            return _("%(label)s, revision %(number)s") % {"label": label, "number": obj.revision}
        if obj.state == ProposalState.DECLINED:
            return f"{label}: {Truncator(obj.decision).words(12)}"
        return str(label)

    # -- one proposal --

    def get_urls(self) -> list[Any]:
        mail = self.admin_site.admin_view(self.mail_view)
        review = self.admin_site.admin_view(partial(queue.view, self))
        return [
            path("mail/", mail, name="controversies_proposal_mail"),
            path("queue/", review, name="controversies_proposal_queue"),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What is proposed, and what may be done with it."""
        if object_id is None or not self.has_view_permission(request):
            raise PermissionDenied
        proposal = self._proposal(object_id)
        if proposal is None:
            self.message_user(request, _("There is no such proposal."), messages.WARNING)
            return HttpResponseRedirect(reverse("admin:controversies_proposal_changelist"))
        if not self.has_view_permission(request, proposal):
            raise PermissionDenied
        fault, declining = "", ""
        if request.method == "POST":
            declining = request.POST.get("reason", "")
            try:
                with transaction.atomic():  # what was done, and the desk's log of it
                    told = self._act(request, proposal, declining)
            except proposals.ProposalRefused as refused:
                fault = str(refused)
            except InvalidDocument as invalid:
                fault = " ".join(each.message for each in invalid.faults)
            else:
                if told:
                    self.message_user(request, told, messages.SUCCESS)
                    return HttpResponseRedirect(proposal.get_absolute_url())
            proposal = self._proposal(object_id) or proposal
        return self._draw(request, proposal, fault, declining)

    @staticmethod
    def _proposal(key: str) -> Proposal | None:
        try:
            found = uuid.UUID(key)
        except ValueError:
            return None
        return Proposal.objects.select_related("controversy").filter(pk=found).first()

    def _act(self, request: HttpRequest, proposal: Proposal, reason: str) -> str:
        """Do what was asked; gives what to say about it, or nothing if there are conflicts to be shown."""
        data, user = request.POST, signed_in(request)
        if "_withdraw" in data:
            proposals.withdraw(proposal, author=user)
            self.log_change(request, proposal, _("Taken back."))
            return _("You have taken your proposal back.")
        if not queue.reviews(user):
            raise PermissionDenied
        version = revision_number(data.get("version")) or 0
        if "_decline" in data:
            proposals.decline(proposal, reviewer=user, reason=reason, version=version)
            self.log_change(request, proposal, _("Declined: %s") % reason)
            return _("Declined. %s is told why.") % proposal.author_name
        if not {"_accept", "_publish"} & data.keys():
            raise proposals.ProposalRefused(_("Nothing was chosen."))
        saved = proposals.accept(
            proposal,
            reviewer=user,
            version=version,
            head=revision_number(data.get("head")) or 0,
            publish="_publish" in data,
        )
        if saved.conflicts or saved.revision is None:
            return ""
        self.log_change(request, proposal, _("Accepted as revision %s.") % saved.revision.number)
        return _("Accepted: it is revision %s of the page.") % saved.revision.number

    def _draw(self, request: HttpRequest, proposal: Proposal, fault: str, declining: str) -> HttpResponse:
        user: Any = request.user
        out: ProposalMerge | None = None
        broken: list[str] = []
        try:
            out = proposals.merge_with_page(proposal)
        except InvalidDocument as invalid:
            broken = [str(each) for each in invalid.faults]
        may_decide = proposals.may_decide(proposal, user)
        may_amend = proposal.is_open and proposal.author_id == user.pk
        decides = queue.reviews(user)
        context: dict[str, Any] = {
            "proposal": proposal,
            "title": str(proposal),
            "section": "",
            "state": ProposalState(proposal.state),
            "fault": fault,
            "broken": broken,
            "declining": declining,
            "kept": f"{user.pk}:{request.path}",
            "out": out,
            "conflicts": [(each.label, *resolve.marked(each)) for each in out.conflicts] if out else [],
            "moved": out is not None and proposal.is_open and out.merged is not None,
            "may_decide": may_decide,
            "may_accept": may_decide and out is not None and not out.conflicts,
            "may_publish": may_decide
            and proposal.is_new
            and user.has_perm("controversies.publish_controversy"),
            "may_amend": may_amend,
            "waits_for_another": proposal.is_open and may_amend and decides and not may_decide,
            "form_url": self._form_url(proposal),
            "list_name": _("Review queue") if decides else _("My proposals"),
            "list_url": reverse(
                "admin:controversies_proposal_queue" if decides else "admin:controversies_proposal_changelist"
            ),
        }
        if out is not None:
            context["proposed"] = _compared(out.base.document if out.base else None, out.proposed)
            if context["moved"] and out.head is not None:
                context["merged"] = _compared(out.head.document, out.result)
        context["revisions"] = proposals.revisions(proposal)
        if proposal.controversy is not None:
            context["page"] = proposal.controversy
            context["page_is_public"] = proposal.controversy.publication != "draft"
        request.current_app = self.admin_site.name
        response = TemplateResponse(request, TEMPLATE, context)
        response["Cache-Control"] = "private, no-store"
        return response

    @staticmethod
    def _form_url(proposal: Proposal) -> str:
        """The edit page with the proposal in it."""
        if proposal.controversy_id is None:
            at = reverse("admin:controversies_controversy_add")
        else:
            at = reverse("admin:controversies_controversy_change", args=[proposal.controversy_id])
        return f"{at}?shown=p{proposal.pk}"

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Its own page says what became of it."""
        return HttpResponseRedirect(reverse("admin:controversies_proposal_change", args=[object_id]))

    # -- e-mail --

    def mail_view(self, request: HttpRequest) -> HttpResponse:
        """Whether to be told of proposals and decisions by e-mail: for each person to say."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            wanted = request.POST.get("mail") == "1"
            notify.set_mail(signed_in(request), wanted)
            self.message_user(
                request,
                _("You will be told by e-mail.") if wanted else _("You get no more e-mails about proposals."),
                messages.SUCCESS,
            )
            return HttpResponseRedirect(reverse("admin:controversies_proposal_changelist"))
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            "admin/controversies/proposal/mail.html",
            {
                **self.admin_site.each_context(request),
                "title": _("E-mail about proposals"),
                "opts": self.opts,
                "wanted": notify.wants_mail(request.user),
                "reviews": queue.reviews(request.user),
            },
        )


def _compared(old: Document | None, new: Document) -> dict[str, Any]:
    """A comparison as the public page shows it."""
    comparison = compare.compare(old, new)
    return {"diff": diff.diff_view(comparison), "summary": say.summary(comparison)}
