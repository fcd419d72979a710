"""The page of the sources board, and its section on the desk's first page."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from controversies.admin.board.actions import REASONS, read_form, take_decision
from controversies.admin.board.groups import BoardFilters, count_open, is_cursor, read_groups
from controversies.admin.board.items import read_items
from controversies.admin.board.worker_line import worker_line
from controversies.admin.lists.filters import PAGE_REFERENCE, row_chooser
from controversies.checks.decisions import AddressInUse, DecisionRefused
from controversies.checks.status import worker_status
from controversies.document import labels
from controversies.kit.accounts import Visitor
from controversies.kit.keys import is_key
from controversies.models import Source, TaskCause, TaskState

TEMPLATE = "admin/controversies/board/board.html"
MAX_QUOTED = 80  # characters of a wrong filter that the message quotes

_COUNTED: dict[str, Promise] = {
    TaskCause.RETRACTED: ngettext_lazy(
        "%(count)d citation rests on a work with a notice",
        "%(count)d citations rest on works with a notice",
        "count",
    ),
    TaskCause.DEAD: ngettext_lazy("%(count)d source is gone", "%(count)d sources are gone", "count"),
    TaskCause.ALTERED: ngettext_lazy(
        "%(count)d source was altered", "%(count)d sources were altered", "count"
    ),
    TaskCause.QUOTE: ngettext_lazy(
        "%(count)d quotation was not found", "%(count)d quotations were not found", "count"
    ),
    TaskCause.TITLE: ngettext_lazy(
        "%(count)d title is another work’s", "%(count)d titles are other works’", "count"
    ),
    TaskCause.MOVED: ngettext_lazy("%(count)d source has moved", "%(count)d sources have moved", "count"),
}


def may_decide(user: Visitor) -> bool:
    """Whether this user decides on what checks saw of sources."""
    return user.has_perm("controversies.change_source")


def board_url(query: str = "") -> str:
    """Return the address of the board, with filters."""
    url = reverse("admin:controversies_source_board")
    return f"{url}?{query}" if query else url


def board_view(request: HttpRequest, *, model_admin: ModelAdmin) -> HttpResponse:
    """Show the questions that checks raised, and take decisions on them."""
    user = request.user
    if not may_decide(user):
        raise PermissionDenied
    if request.method == "POST":
        return _decide(request, model_admin)
    filters = read_filters(request.GET)
    page = read_groups(user, filters)
    if not page.rows and (filters.before or filters.after):
        filters = read_filters(_without_cursor(request.GET))  # those items have been decided meanwhile
        page = read_groups(user, filters)
    counts = count_open(user)
    status = worker_status()
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Sources board"),
        "opts": model_admin.opts,
        "groups_page": page,
        "items": read_items(page.rows),
        "filters": filters,
        "causes": [(cause.value, str(cause.label)) for cause in TaskCause],
        "page_chooser": row_chooser(PAGE_REFERENCE, "page", _("Controversy"), filters.page),
        "media": model_admin.media,
        "states": [(state.value, str(state.label)) for state in TaskState],
        "counted": [(cause, str(TaskCause(cause).label), count) for cause, count in counts.items()],
        "counts_text": counts_text(counts),
        "filtered_source": Source.objects.filter(pk=filters.source).first() if filters.source else None,
        "worker_line": worker_line(status),
        "is_on": status.is_on,
        "reasons": {name.replace("-", "_"): reason for name, reason in REASONS.items()},
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, TEMPLATE, context)


def _decide(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    """Take a decision, and lead back to the board or to the page of the source."""
    try:
        form = read_form(request.POST)
        message = take_decision(request, form)
    except AddressInUse as refusal:
        messages.error(request, _with_link(refusal))
    except DecisionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, message)
        if form.action != "check":
            model_admin.log_change(request, form.source, message)
        if "from_source" in request.POST:
            url = reverse("admin:controversies_source_change", args=[form.source.pk])
            return HttpResponseRedirect(f"{url}#checks")
    return HttpResponseRedirect(board_url(request.GET.urlencode()))


def _with_link(refusal: AddressInUse) -> SafeString:
    """The message of a refusal with a link to the other source."""
    url = reverse("admin:controversies_source_change", args=[refusal.other.pk])
    return format_html('{} <a href="{}">{}</a>', str(refusal), url, _("Open the other source"))


def read_filters(query: QueryDict) -> BoardFilters:
    """Read the parameters of the address; what makes no sense is left out, and `problems` says so."""
    problems: list[str] = []
    values = {name: query.get(name, "") for name in ("cause", "page", "mine", "state", "source")}
    values["state"] = values["state"] or TaskState.OPEN.value
    valid = {
        "cause": values["cause"] in ("", *TaskCause.values),
        "page": not values["page"] or is_key(values["page"]),
        "mine": values["mine"] in ("", "1"),
        "state": values["state"] in TaskState.values,
        "source": not values["source"] or is_key(values["source"]),
    }
    for name, is_valid in valid.items():
        if not is_valid:
            message = _("We can’t filter by “%s”, so that filter was ignored.")
            problems.append(message % values[name][:MAX_QUOTED])
            values[name] = TaskState.OPEN.value if name == "state" else ""
    for name in ("before", "after"):
        values[name] = query.get(name, "")
        if values[name] and not is_cursor(values[name]):
            problems.append(_("There is no such place on the board. This is its beginning."))
            values[name] = ""
    return BoardFilters(**values, problems=tuple(problems))


def _without_cursor(query: QueryDict) -> QueryDict:
    """The parameters without a place on the board."""
    rest = query.copy()
    for name in ("before", "after"):
        rest.pop(name, None)
    return rest


def counts_text(counts: dict[str, int]) -> str:
    """Return a sentence on the open questions: “3 sources are gone and 2 quotations were not found.”"""
    if not counts:
        return _("Nothing needs a decision.")
    phrases = [str(_COUNTED[cause] % {"count": count}) for cause, count in counts.items()]
    return _("%s.") % labels.conjunction(phrases)


def first_page_section(user: Visitor) -> dict[str, Any] | None:
    """Return the board's section on the desk's first page; None for users who do not decide."""
    if not may_decide(user):
        return None
    text = counts_text(count_open(user))
    status = worker_status()
    if not status.is_running:
        text = f"{text} {worker_line(status)}"
    return {
        "name": _("Sources board"),
        "url": board_url(),
        "about": _("Sources that are gone, moved or changed, and quotations that were not found in them."),
        "words": text,
    }
