"""A change of one column of many rows at once: chosen in a list, confirmed on a page that says how many pages change.

The change is made within `history.act()`: one revision a page, with the reason. What is confirmed is what changes: the
page names the rows, so that a list filtered anew, or one that has grown meanwhile, adds none.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import Action, ActionLocation
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies import history
from controversies.document import parse
from controversies.document.parse import InvalidDocument
from controversies.document.types import BlockType, Kind, Spec
from controversies.history import merge, pending
from controversies.history.record import SUMMARY_LIMIT
from controversies.history.refusals import explain_refusal
from controversies.kit import retry
from controversies.kit.accounts import signed_in
from controversies.kit.keys import is_key

MAX_PAGES = 2000  # that one change records
MAX_ROWS = 5000  # that are chosen at once
MAX_LISTED = 50  # rows that are listed one by one
_REASON = Spec("summary", Kind.PROSE, "", limit=SUMMARY_LIMIT)

type PagesByValue = dict[str, set[str]]  # keys of pages, by the value that a row has which they show


@dataclass(frozen=True)
class BulkEdit:
    """A change of one column. `choices` has values and labels, `pages` says which pages show rows with which value.

    `permission` is that of the model admin that is asked for: "change", or "publish".
    """

    name: str  # in addresses
    column: str
    title: Promise
    question: Promise  # the label of the choice
    button: Promise
    choices: Callable[[], Sequence[tuple[str, Promise | str]]]
    pages: Callable[[QuerySet[Model]], PagesByValue]
    reasons: tuple[Promise, ...] = ()
    narrow: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda rows: rows  # to those that it is for
    note: Promise | str = ""  # what else an editor must know
    permission: str = "change"

    def is_allowed(self, request: HttpRequest, model_admin: ModelAdmin) -> bool:
        """Whether the user may make this change."""
        return bool(getattr(model_admin, f"has_{self.permission}_permission")(request))


@dataclass(frozen=True)
class BulkChoice:
    """A value that the rows may get, and the number of pages that change then."""

    value: str
    label: str
    pages: int

    @property
    def words(self) -> str:
        """The label with the number of pages."""
        pages = ngettext("%s page changes", "%s pages change", self.pages) % self.pages
        return _("%(label)s (%(pages)s)") % {"label": self.label, "pages": pages}


def pages_by_value(block_type: BlockType, column: str, rows: QuerySet[Model]) -> PagesByValue:
    """Return the pages that show some backers or sources, by the value that these have in a column; one query."""
    places = merge.places_of(block_type, rows).values_list(f"{block_type.name}__{column}", "page")
    by_value: PagesByValue = defaultdict(set)
    for value, page in places.distinct():
        by_value[value].add(str(page))
    return by_value


def page_keys_by_value(column: str, rows: QuerySet[Model]) -> PagesByValue:
    """Return the keys of these controversies, by the value that each has in a column; one query."""
    by_value: PagesByValue = defaultdict(set)
    for value, key in rows.order_by().values_list(column, "pk"):
        by_value[str(value)].add(str(key))
    return by_value


def bulk_page(
    request: HttpRequest, model_admin: ModelAdmin, edit: BulkEdit, keys: Iterable[str], **context: object
) -> HttpResponse:
    """Draw the page that asks for the value and the reason; a constant number of queries."""
    rows = edit.narrow(model_admin.model._default_manager.filter(pk__in=list(keys)))
    by_value = edit.pages(rows)
    choices = [
        BulkChoice(value, str(label), len(_pages_but(by_value, value))) for value, label in edit.choices()
    ]
    listed = list(rows[:MAX_LISTED])
    ids = [str(key) for key in rows.order_by("pk").values_list("pk", flat=True)]
    drawn: dict[str, object] = {
        **model_admin.admin_site.each_context(request),
        "title": edit.title,
        "opts": model_admin.opts,
        "media": model_admin.media,
        "edit": edit,
        "ids": ",".join(ids),
        "count": len(ids),
        "listed": listed,
        "rest": len(ids) - len(listed),
        "choices": choices,
        "limit": MAX_PAGES,
        "action_url": _url(model_admin, f"bulk_{edit.name}"),
        **context,
    }
    return TemplateResponse(request, "admin/controversies/bulk.html", drawn)


def bulk_actions(
    model_admin: ModelAdmin, request: HttpRequest, edits: Iterable[BulkEdit]
) -> dict[str, Action]:
    """Return the actions that the user may choose in a list, as Django's ModelAdmin has them."""

    def action(edit: BulkEdit) -> Any:
        def ask(_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Model]) -> HttpResponse | None:
            keys = [str(key) for key in queryset.values_list("pk", flat=True)[: MAX_ROWS + 1]]
            if len(keys) > MAX_ROWS:
                messages.warning(request, _("Choose at most %s at once.") % MAX_ROWS)
                return None
            return bulk_page(request, model_admin, edit, keys)

        return ask

    return {
        f"bulk_{edit.name}": Action(
            action(edit),
            f"bulk_{edit.name}",
            f"{edit.title}…",
            f"{edit.title}…",
            [ActionLocation.CHANGE_LIST],
        )
        for edit in edits
        if edit.is_allowed(request, model_admin)
    }


def bulk_urls(model_admin: ModelAdmin, edits: Iterable[BulkEdit]) -> list[URLPattern]:
    """Return the addresses to which the confirmations are sent."""
    return [
        path(
            f"bulk/{edit.name}/",
            model_admin.admin_site.admin_view(partial(bulk_view, model_admin=model_admin, edit=edit)),
            name=f"{model_admin.opts.app_label}_{model_admin.opts.model_name}_bulk_{edit.name}",
        )
        for edit in edits
    ]


def _pages_but(by_value: PagesByValue, value: str) -> set[str]:
    """The pages that show a row which has another value."""
    return set().union(*(pages for other, pages in by_value.items() if other != value))


def _url(model_admin: ModelAdmin, view: str) -> str:
    return reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_{view}")


def _read_keys(data: QueryDict) -> list[str]:
    return list(dict.fromkeys(key for key in str(data.get("ids", "")).split(",") if is_key(key)))


def bulk_view(request: HttpRequest, *, model_admin: ModelAdmin, edit: BulkEdit) -> HttpResponse:
    """Make the change that was confirmed; draw the page again, if something is wrong with it."""
    if not edit.is_allowed(request, model_admin):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseRedirect(_url(model_admin, "changelist"))
    keys, value = _read_keys(request.POST), str(request.POST.get("value", ""))
    errors: dict[str, list[str]] = defaultdict(list)
    if value not in dict(edit.choices()):
        errors["value"].append(_("Choose one of the values offered."))
    reason = _read_reason(request.POST, errors["reason"])
    rows = edit.narrow(model_admin.model._default_manager.filter(pk__in=keys))
    if not errors["value"]:
        rows = rows.exclude(**{edit.column: value})
    if not any(errors.values()):
        pages = _pages_but(edit.pages(rows), value)
        if len(pages) > MAX_PAGES:
            errors["value"].append(
                _("This would change %(count)s pages. Choose fewer: at most %(limit)s are changed at once.")
                % {"count": len(pages), "limit": MAX_PAGES}
            )
        elif _apply(request, model_admin, edit, rows, value, reason, errors["value"]):
            return HttpResponseRedirect(_url(model_admin, "changelist"))
    context = {
        "value": value,
        "reason": reason,
        "value_errors": errors["value"],
        "reason_errors": errors["reason"],
    }
    return bulk_page(request, model_admin, edit, keys, **context)


def _read_reason(data: QueryDict, errors: list[str]) -> str:
    text = str(data.get("reason", ""))
    try:
        reason = parse.value(_REASON, text)
    except InvalidDocument as invalid:
        errors += [fault.message for fault in invalid.faults]
        return text
    if not reason:
        errors.append(_("Give a reason, so that readers know why their page changed."))
    return reason


def _apply(
    request: HttpRequest,
    model_admin: ModelAdmin,
    edit: BulkEdit,
    rows: QuerySet[Model],
    value: str,
    reason: str,
    errors: list[str],
) -> bool:
    """Change the rows and record the pages; return False with the errors, if that cannot be done."""
    user = signed_in(request)
    pending.record_all()

    def attempt() -> tuple[list[Model], list[str]]:
        with history.act(author=user, summary=reason, in_batches=True) as recorded:
            locked = list(rows.order_by("pk").select_for_update(of=("self",)))
            model_admin.model._default_manager.filter(pk__in=[row.pk for row in locked]).update(
                **{edit.column: value}
            )
            LogEntry.objects.log_actions(user.pk, locked, CHANGE, change_message=reason)
        return locked, recorded

    try:
        changed_rows, pages = retry.in_transaction(attempt)
    except InvalidDocument as invalid:
        errors += [str(fault) for fault in invalid.faults]
        return False
    except IntegrityError as error:
        refusal = explain_refusal(error)
        if not isinstance(refusal, InvalidDocument):
            raise
        errors += [fault.message for fault in refusal.faults]
        return False
    messages.success(
        request,
        _("%(rows)s %(pages)s")
        % {
            "rows": ngettext("%s was changed.", "%s were changed.", len(changed_rows)) % len(changed_rows),
            "pages": ngettext(
                "A new revision of %s page was recorded.",
                "A new revision of each of %s pages was recorded.",
                len(pages),
            )
            % len(pages),
        },
    )
    return True
