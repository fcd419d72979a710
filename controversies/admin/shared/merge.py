"""The pages that merge backers, sources or topics, and undo a merge."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin, site
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import PermissionDenied
from django.db.models import Field, Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies import models as m
from controversies.admin.form_context import SHARED_TYPES
from controversies.admin.shared.merge_form import MAX_ROWS, MergeCandidate, MergeForm, expected_blocks
from controversies.admin.shared.merge_preview import preview_merge
from controversies.admin.shared.shared_form import REASON, change_url
from controversies.checks import requests
from controversies.document import parse, rows
from controversies.document.parse import InvalidDocument
from controversies.document.types import BY_NAME, BlockType
from controversies.history import merge
from controversies.interchange import guess_book
from controversies.kit.accounts import signed_in
from controversies.kit.keys import is_key

TEMPLATES = "admin/controversies/shared"
# A foreign key to each model, by which the admin's autocompletion finds its rows.
_REFERENCES: dict[type[Model], Field] = {
    m.Backer: m.Backing._meta.get_field("backer"),
    m.Source: m.Citation._meta.get_field("source"),
    m.Topic: m.Controversy._meta.get_field("topic"),
}


def read_keys(data: QueryDict) -> list[str]:
    """Return the keys of rows that a request names in `ids` and `other`; anything else is left out."""
    texts = [text for name in ("ids", "other") for value in data.getlist(name) for text in value.split(",")]
    return list(dict.fromkeys(text for text in texts if is_key(text)))


def list_url(model_admin: ModelAdmin) -> str:
    """Return the URL of the list of rows."""
    return reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist")


def merge_view(request: HttpRequest, *, model_admin: ModelAdmin) -> HttpResponse:
    """Let an editor choose what stays of several rows, say what will happen on which pages, and merge them."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    block_type = SHARED_TYPES[model_admin.model]
    data = request.POST if request.method == "POST" else None
    keys = read_keys(request.POST if data is not None else request.GET)
    on_record = rows.shared_blocks(block_type.part, keys)
    blocks = {key: on_record[key] for key in keys if key in on_record}
    if data is not None and len(blocks) < len(keys):
        messages.warning(
            request, _("Somebody else has merged or deleted one of these meanwhile. Nothing was changed.")
        )
        return HttpResponseRedirect(_first_living_url(model_admin, keys, blocks))
    if len(blocks) > MAX_ROWS:
        messages.warning(request, _("Merge at most %s at once.") % MAX_ROWS)
        return HttpResponseRedirect(list_url(model_admin))
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Merge %s") % model_admin.opts.verbose_name_plural,
        "opts": model_admin.opts,
        "media": model_admin.media,
        "ids": ",".join(blocks),
    }
    if len(blocks) < 2:  # noqa: PLR2004 - a merge needs two
        context |= {"start": next(iter(blocks.values()), None), "chooser": _chooser(model_admin)}
        context["media"] += context["chooser"].media
        return TemplateResponse(request, f"{TEMPLATES}/merge_choose.html", context)
    pages = merge.sample_pages(block_type, blocks)
    candidates = sorted(
        (MergeCandidate(block, pages[key]) for key, block in blocks.items()),
        key=lambda each: -each.pages.count,
    )
    form = MergeForm(block_type, candidates, data)
    if data is not None and (url := _merge(request, model_admin, block_type, form)):
        return HttpResponseRedirect(url)
    after, into = form.result(), dict.fromkeys((each.key for each in form.other_rows), form.staying_row.key)
    context |= {
        "form": form,
        "candidates": candidates,
        "preview": preview_merge(block_type, into, blocks, after, request.user, pages),
        "after": after,
        "reasons": [_("Recorded twice under different names."), _("One and the same.")],
    }
    return TemplateResponse(request, f"{TEMPLATES}/merge.html", context)


def _first_living_url(model_admin: ModelAdmin, keys: Iterable[str], blocks: dict[str, Any]) -> str:
    """The page of one of the rows that is still there, the list without one."""
    for key in keys:
        if key in blocks:
            return change_url(model_admin.model(pk=key))
    return list_url(model_admin)


def _chooser(model_admin: ModelAdmin) -> forms.Form:
    """The field in which the other rows are chosen, by the admin's autocompletion."""

    class OtherRows(forms.Form):
        other = forms.ModelMultipleChoiceField(
            model_admin.model._default_manager.none(),
            label=_("Merge it with"),
            widget=AutocompleteSelectMultiple(_REFERENCES[model_admin.model], site),
        )

    return OtherRows(label_suffix="")


def _merge(
    request: HttpRequest, model_admin: ModelAdmin, block_type: BlockType, form: MergeForm
) -> str | None:
    """Merge as the form says and return where to go on; None if the form has errors now."""
    form.full_clean()
    reason = form.cleaned_data.get("reason", "")
    if form.has_changed_rows:
        form.add_error(None, _("Somebody else has changed one of these meanwhile. Look at the values again."))
        form.data = {**dict(form.data.items()), "drawn": str(form.fields["drawn"].initial)}
    elif not reason:
        form.add_error("reason", _("Give a reason, so that readers know why their page changed."))
    if form.errors:
        return None
    kept, others = form.staying_row, form.other_rows
    try:
        merger = merge.merge(
            block_type,
            kept.key,
            [each.key for each in others],
            form.result(),
            author=signed_in(request),
            summary=reason,
            expected=dict(expected_blocks(form)),
        )
    except merge.MergeRefused as refused:
        form.add_error(None, str(refused))
        return None
    except InvalidDocument as invalid:
        form.add_error(None, [fault.message for fault in invalid.faults])
        return None
    for each in form.candidates:
        guess_book.settle(each.key)
    if block_type.model is m.Source:
        requests.request_check([kept.key], urgent=False)
    row = model_admin.model._default_manager.get(pk=kept.key)
    names = ", ".join(f"“{Truncator(each.name).chars(80)}”" for each in others)
    model_admin.log_change(
        request, row, _("Merged %(names)s into it. Reason: %(reason)s") % {"names": names, "reason": reason}
    )
    model_admin.message_user(
        request,
        ngettext(
            "Merged into “%(name)s”. A new revision of %(count)s page was recorded.",
            "Merged into “%(name)s”. A new revision of each of %(count)s pages was recorded.",
            len(merger.pages),
        )
        % {"name": row, "count": len(merger.pages)},
        messages.SUCCESS,
    )
    return change_url(row)


def undo_view(request: HttpRequest, *, model_admin: ModelAdmin, number: int) -> HttpResponse:
    """Say what undoing a merge does, or why it cannot be undone, and undo it."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    name = SHARED_TYPES[model_admin.model].name
    merger = m.Merger.objects.filter(pk=number, type=name).first()
    if merger is None:
        messages.info(request, _("This merge has been undone already."))
        return HttpResponseRedirect(list_url(model_admin))
    reason = ""
    errors: list[str] = []
    if request.method == "POST":
        reason, errors = _read_reason(request.POST)
        if not errors and (url := _undo(request, model_admin, merger, reason, errors)):
            return HttpResponseRedirect(url)
    described = MergerDescription(merger)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Undo a merge"),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "merger": described,
        "refusal": merge.undo_refusal(merger),
        "errors_of_reason": errors,
        "reason": reason,
    }
    return TemplateResponse(request, f"{TEMPLATES}/merge_undo.html", context)


def _read_reason(data: QueryDict) -> tuple[str, list[str]]:
    """The reason that was typed, and what is wrong with it."""
    text = str(data.get("reason", ""))
    try:
        reason = parse.value(REASON, text)
    except InvalidDocument as invalid:
        return text, [fault.message for fault in invalid.faults]
    return reason, [] if reason else [_("Give a reason, so that readers know why their page changed.")]


def _undo(
    request: HttpRequest, model_admin: ModelAdmin, merger: m.Merger, reason: str, errors: list[str]
) -> str | None:
    try:
        pages = merge.undo_merge(merger.pk, author=signed_in(request), summary=reason)
    except merge.MergeRefused as refused:
        errors.append(str(refused))
        return None
    except InvalidDocument as invalid:
        errors += [fault.message for fault in invalid.faults]
        return None
    if merger.type == "source":
        requests.request_check(merger.before, urgent=False)
    row = model_admin.model._default_manager.get(pk=merger.kept)
    model_admin.log_change(request, row, _("Merge undone. Reason: %s") % reason)
    model_admin.message_user(
        request,
        ngettext(
            "The merge is undone. A new revision of %(count)s page was recorded.",
            "The merge is undone. A new revision of each of %(count)s pages was recorded.",
            len(pages),
        )
        % {"count": len(pages)},
        messages.SUCCESS,
    )
    return change_url(row)


class MergerDescription:
    """A merge for people: what was merged, when, by whom, and how many pages changed."""

    def __init__(self, merger: m.Merger) -> None:
        part = BY_NAME[merger.type].part
        blocks = {key: parse.part(part, data, "")[0] for key, data in merger.before.items()}
        kept = str(merger.kept)
        self.number = merger.pk
        self.kept = blocks[kept]
        self.others = [block for key, block in blocks.items() if key != kept and block is not None]
        self.time = merger.time
        self.author_name = merger.author_name
        self.pages = len(merger.pages)


def mergers_of(row: Model) -> list[MergerDescription]:
    """The merges into this row that can be seen on its page, newest first; one query."""
    mergers = m.Merger.objects.filter(kept=row.pk).order_by("-pk")[:20]
    return [MergerDescription(merger) for merger in mergers]
