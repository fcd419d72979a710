"""The decisions that the sources board takes, as its forms send them."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controversies import rights
from controversies.admin.board.groups import tasks_of_item
from controversies.admin.form_context import SHARED_TYPES
from controversies.checks import decisions, is_on
from controversies.checks.decisions import DecisionRefused
from controversies.checks.requests import request_check
from controversies.document.parse import InvalidDocument
from controversies.history.merge import pages_showing
from controversies.history.record import check_summary
from controversies.kit.accounts import Account, signed_in
from controversies.kit.keys import is_key
from controversies.models import CitationTask, Source, TaskCause, TaskState

MAX_FIELD = 5000  # characters of an address or a title that a form sends

# The reasons that are offered for revisions.
REASONS: dict[str, Promise] = {
    "use-address": gettext_lazy("The source has moved: link brought up to date."),
    "use-copy": gettext_lazy("Archived copy added."),
    "use-words": gettext_lazy("Quotation brought into agreement with the source."),
}


@dataclass(frozen=True, slots=True)
class ItemForm:
    """The values that a form of the board sends: action, item, what it expects to find, and a reason."""

    action: str
    source: Source
    cause: str
    about: uuid.UUID
    subject: str
    old: str
    new: str
    reason: str

    @property
    def tasks(self) -> QuerySet[CitationTask]:
        return tasks_of_item(self.cause, self.source.pk, self.about, self.subject)


def read_form(data: QueryDict) -> ItemForm:
    """Read a form of the board. Raises BadRequest for what no form of ours sends, and DecisionRefused."""
    keys = {name: data.get(name, "") for name in ("source", "about")}
    if not is_key(keys["source"]) or not is_key(keys["about"] or keys["source"]):
        raise BadRequest("A key is not a UUID.")
    texts = {name: data.get(name, "") for name in ("cause", "subject", "old", "new")}
    if any(len(text) > MAX_FIELD or "\0" in text for text in texts.values()):
        raise BadRequest("A field is too long.")
    source = Source.objects.filter(pk=keys["source"]).first()
    if source is None:
        raise DecisionRefused(_("This source is no longer on record."))
    return ItemForm(
        action=data.get("action", ""),
        source=source,
        cause=texts["cause"],
        about=uuid.UUID(keys["about"] or keys["source"]),
        subject=texts["subject"],
        old=texts["old"],
        new=texts["new"],
        reason=data.get("reason", ""),
    )


def take_decision(request: HttpRequest, form: ItemForm) -> str:
    """Carry out a decision; return what to tell the editor. Raises DecisionRefused and BadRequest."""
    action = _ACTIONS.get(form.action)
    if action is None:
        raise BadRequest("There is no such action.")
    rights.check_pages(signed_in(request), pages_showing(SHARED_TYPES[Source], [str(form.source.pk)]))
    try:
        return action(form, signed_in(request))
    except InvalidDocument as invalid:
        raise DecisionRefused(" ".join(fault.message for fault in invalid.faults)) from invalid


def _reason(form: ItemForm) -> str:
    """The reason of a revision: the editor's, else the one that is offered."""
    return check_summary(form.reason) or str(REASONS[form.action])


def _use_address(form: ItemForm, user: Account) -> str:
    pages = decisions.use_address(form.source.pk, old=form.old, new=form.new, user=user, reason=_reason(form))
    request_check([form.source.pk], urgent=False)
    return _message_of_change(form.source, pages)


def _use_copy(form: ItemForm, user: Account) -> str:
    pages = decisions.use_copy(form.source.pk, old=form.old, new=form.new, user=user, reason=_reason(form))
    request_check([form.source.pk], urgent=False)
    return _message_of_change(form.source, pages)


def _message_of_change(source: Source, pages: int) -> str:
    if not pages:
        return _("“%s” was like this already, so nothing was recorded.") % source
    message = ngettext(
        "“%(source)s” is brought up to date: a new revision of %(count)s page.",
        "“%(source)s” is brought up to date: a new revision of each of %(count)s pages.",
        pages,
    )
    return message % {"source": source, "count": pages}


def _use_words(form: ItemForm, user: Account) -> str:
    if form.cause != TaskCause.QUOTE:
        raise BadRequest("This item is not about a quotation.")
    number = decisions.use_words(form.about, digest=form.subject, user=user, reason=_reason(form))
    if number is None:
        return _("The quotation was like this already, so nothing was recorded.")
    request_check([form.source.pk], urgent=False)
    return _("The quotation now has the source’s own words: revision %s of the page.") % number


def _accept_title(form: ItemForm, user: Account) -> str:
    decisions.accept_title(form.source.pk, seen=form.new, user=user)
    request_check([form.source.pk], urgent=False)
    return _(
        "“%s” is remembered as the right title. You will be asked again if its page shows another one."
    ) % (form.source)


def _check_now(form: ItemForm, user: Account) -> str:
    if not is_on():
        raise DecisionRefused(_("Checks of sources are switched off on this site."))
    request_check([form.source.pk], urgent=True)
    return _("A check of “%s” is under way. This usually takes less than a minute.") % form.source


def _dismiss(form: ItemForm, user: Account) -> str:
    if decisions.dismiss(form.tasks, user=user, reason=form.reason):
        return _("Dismissed. This question about “%s” will not come back.") % form.source
    closed = form.tasks.filter(state__in=(TaskState.DISMISSED, TaskState.DONE)).exists()
    if closed:
        return _("This was decided already.")
    raise DecisionRefused(_("What the checks saw has changed since you opened the board. Look again."))


_ACTIONS: Mapping[str, Callable[[ItemForm, Account], str]] = {
    "use-address": _use_address,
    "use-copy": _use_copy,
    "use-words": _use_words,
    "accept-title": _accept_title,
    "check": _check_now,
    "dismiss": _dismiss,
}
