"""A reader's suggestion beside the form of the edit page, and what becomes of it when that is saved."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from controversies.admin.review.queue import may_review
from controversies.document.types import Context, Document, Head
from controversies.history import Reading
from controversies.kit.accounts import signed_in
from controversies.models import Revision, Suggestion
from controversies.workflow import suggestions


@dataclass(frozen=True)
class SuggestionNotice:
    """A suggestion as the edit page shows it; `place` is the part of the form it is about, "" if that is gone."""

    suggestion: Suggestion
    place: str

    @property
    def is_open(self) -> bool:
        return self.suggestion.is_open

    @property
    def reason(self) -> str:
        """The reason to offer for the change; "" once the suggestion is decided."""
        return suggestions.change_reason(self.suggestion) if self.is_open else ""


def suggestion_notice(request: HttpRequest, current: Reading | None) -> SuggestionNotice | None:
    """Return the suggestion that the form was opened for, if this user may see it and it is about this page."""
    params = request.POST if request.method == "POST" else request.GET
    key = params.get("suggestion", "")
    if not key or current is None or not may_review(request.user):
        return None
    suggestion = find_suggestion(key)
    if suggestion is None or str(suggestion.controversy_id) != current.document.key:
        return None
    return SuggestionNotice(suggestion, place_in_form(current.document, suggestion))


def find_suggestion(key: str) -> Suggestion | None:
    """Return the suggestion of this key, with its controversy."""
    try:
        primary_key = uuid.UUID(key)
    except ValueError:
        return None
    return Suggestion.objects.select_related("controversy").filter(pk=primary_key).first()


def place_in_form(document: Document, suggestion: Suggestion) -> str:
    """Return the part of the edit page that a suggestion is about, "" if the document lost it."""
    part = suggestions.suggestion_block(document, str(suggestion.block) if suggestion.block else None)
    if isinstance(part, Head):
        return "head"
    if isinstance(part, Context):
        return "context"
    return part.key if part is not None else ""


def mark_suggestion_used(request: HttpRequest, revision: Revision) -> None:
    """Mark the suggestion that the form was opened for as used in this revision, and say so."""
    suggestion = find_suggestion(request.POST.get("suggestion", ""))
    if suggestion is None or str(suggestion.controversy_id) != str(revision.controversy_id):
        return
    if suggestion.revision == revision.number:  # a second click
        return
    try:
        suggestions.mark_used(suggestion, editor=signed_in(request), revision=revision)
    except suggestions.SuggestionDecided as decided:
        messages.warning(request, str(decided))
    else:
        messages.success(
            request, _("The reader’s suggestion is marked as used in revision %s.") % revision.number
        )
