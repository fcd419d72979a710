"""The page that deletes those backers, sources or topics that nothing shows, and says why the others stay."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import DELETION, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.admin.form_context import SHARED_TYPES
from controversies.admin.shared.merge import TEMPLATES, list_url, read_keys
from controversies.document import rows
from controversies.document.types import BlockType, SharedBlock
from controversies.history import merge
from controversies.history.merge import PageSample
from controversies.kit.accounts import signed_in

MAX_ROWS = 5000  # that are deleted at once
MAX_LISTED = 100  # of either kind, that are listed one by one


@dataclass(frozen=True)
class StayingRow:
    """A row that something shows, with the pages; none if only open proposals do."""

    block: SharedBlock
    pages: PageSample

    @property
    def reason(self) -> str:
        """The reason why it stays."""
        count = self.pages.count
        if not count:
            return _("an open proposal mentions it")
        if not self.pages.is_whole:
            return ngettext("%s public page shows it", "%s public pages show it", count) % count
        return ngettext("%s page shows it", "%s pages show it", count) % count


def delete_unused_view(request: HttpRequest, *, model_admin: ModelAdmin) -> HttpResponse:
    """Ask which of these rows are deleted, and delete those that nothing shows when that is sent."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    block_type = SHARED_TYPES[model_admin.model]
    data = request.POST if request.method == "POST" else request.GET
    keys = read_keys(data)
    if len(keys) > MAX_ROWS:
        messages.warning(request, _("Choose at most %s at once.") % MAX_ROWS)
        return HttpResponseRedirect(list_url(model_admin))
    if request.method == "POST" and "_delete" in request.POST:
        return _delete(request, model_admin, block_type, keys)
    return deletion_page(request, model_admin, keys)


def deletion_page(request: HttpRequest, model_admin: ModelAdmin, keys: list[str]) -> HttpResponse:
    """Draw the page that asks; a constant number of queries."""
    block_type = SHARED_TYPES[model_admin.model]
    blocks = sorted(
        rows.shared_blocks(block_type.part, keys).values(), key=lambda each: each.display_name.lower()
    )
    shown = merge.shown_keys(block_type, [each.key for each in blocks])
    used = [each for each in blocks if each.key in shown]
    pages = merge.sample_pages(block_type, [each.key for each in used[:MAX_LISTED]])
    staying = [StayingRow(each, pages[each.key]) for each in used[:MAX_LISTED]]
    unused = [each for each in blocks if each.key not in shown]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Delete unused %s") % model_admin.opts.verbose_name_plural,
        "opts": model_admin.opts,
        "media": model_admin.media,
        "ids": ",".join(each.key for each in unused),
        "unused": unused[:MAX_LISTED],
        "unused_count": len(unused),
        "unused_rest": len(unused[MAX_LISTED:]),
        "staying": staying,
        "staying_count": len(used),
        "staying_rest": len(used[MAX_LISTED:]),
    }
    return TemplateResponse(request, f"{TEMPLATES}/delete_unused.html", context)


def _delete(
    request: HttpRequest, model_admin: ModelAdmin, block_type: BlockType, keys: list[str]
) -> HttpResponse:
    try:
        deleted = merge.delete_unused(block_type, keys)
    except merge.MergeRefused as refused:
        messages.warning(request, str(refused))
        return HttpResponseRedirect(list_url(model_admin))
    user = signed_in(request)
    LogEntry.objects.log_actions(
        user.pk, [block_type.model(pk=each.key, **rows.row_of(each)) for each in deleted], DELETION
    )
    if deleted:
        messages.success(
            request,
            ngettext("Deleted: “%(name)s”.", "%(count)s were deleted.", len(deleted))
            % {"count": len(deleted), "name": deleted[0].display_name},
        )
    if stayed := len(keys) - len(deleted):
        messages.warning(
            request,
            ngettext(
                "%s stayed: something shows it by now, or it is gone already.",
                "%s stayed: something shows them by now, or they are gone already.",
                stayed,
            )
            % stayed,
        )
    return HttpResponseRedirect(list_url(model_admin))
