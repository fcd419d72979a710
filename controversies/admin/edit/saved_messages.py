"""Messages about what was recorded."""

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin.edit.conflicts import RESOLVE, merge_message
from controversies.document.types import Document
from controversies.kit.accounts import Visitor
from controversies.kit.metrics import CONFLICTS


def own_revision_since(user: Visitor, key: str, base: int) -> int | None:
    """Return the newest revision after `base` that the user made, None if there is none."""
    where = "r.controversy_id = %s AND r.number > %s AND r.author_id = %s"
    return next((entry.number for entry in history.read.entries(where, [key, base, user.pk], limit=1)), None)


def report_saved(request: HttpRequest, saved: history.SaveResult, base: int) -> None:
    """Say what was recorded, and what others had recorded since revision `base`."""
    if saved.revision is None:
        if saved.head is not None:
            report_unchanged(request, saved.head, base)
        return
    head = history.head(str(saved.revision.controversy_id))
    if head is None:
        raise LookupError(saved.revision.controversy_id)
    messages.success(request, _recorded_message(head.document, saved.revision.number))
    if saved.merged is not None and saved.head is not None and saved.head.number > base:
        CONFLICTS.labels("merged").inc()
        is_resolved = any(name.startswith(RESOLVE) for name in request.POST)
        message = merge_message(
            head.document, base, saved.head.number, saved.merged, request.user, is_resolved=is_resolved
        )
        messages.info(request, message)


def report_unchanged(request: HttpRequest, head: history.Reading, base: int) -> None:
    """Say that nothing was recorded; or, after a second click, what the first one recorded."""
    own = own_revision_since(request.user, head.document.key, base)
    if own is not None:
        messages.success(request, _recorded_message(head.document, own))
    else:
        messages.info(request, _("Nothing had changed, so nothing was recorded."))


def _recorded_message(document: Document, number: int) -> str:
    url = reverse("history", args=[document.head.slug])
    return format_html(
        _("Revision {number} of “{title}” is recorded. {link}"),
        number=number,
        title=document.head.title,
        link=format_html('<a href="{}">{}</a>', url, _("See it in the history")),
    )
