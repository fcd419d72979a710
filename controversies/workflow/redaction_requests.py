"""Removals that publishers ask for at the desk: by one where there is one, by two where there are two.

A request keeps the words while it waits, and for no longer. Nothing of them is in any address or log.
"""

import uuid

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies import rights
from controversies.document.redact import RemovedWords
from controversies.history import public_name
from controversies.kit.accounts import Account, Visitor
from controversies.models import Controversy, RedactionOffice, RedactionRequest, RedactionState
from controversies.workflow import notify, redaction
from controversies.workflow.redaction import RedactionOrder, RedactionRefused, RemovalReport

PERMISSION = "controversies.publish_controversy"


class RequestDecided(Exception):
    """The request is decided already; the text names the decider."""


def may_redact(user: Visitor) -> bool:
    """Whether the user may request removals and confirm those of others."""
    return bool(user.is_active and user.is_staff and user.has_perm(PERMISSION))


def needs_second(user: Visitor) -> bool:
    """Whether another publisher has to confirm the requests of this user, and there is one."""
    if settings.ONE_PERSON_DESK:
        return False
    others = get_user_model().objects.with_perm(
        PERMISSION, backend="django.contrib.auth.backends.ModelBackend"
    )
    return others.filter(is_active=True, is_staff=True).exclude(pk=user.pk or 0).exists()


def order_of(request: RedactionRequest, second: Account | None = None) -> RedactionOrder:
    """Return the order of a request; `second` is the account that confirms it."""
    return RedactionOrder(
        RemovedWords(request.words, ignore_case=request.ignore_case, whole_field=request.whole_field),
        ground=request.ground,
        reason=request.reason,
        by_name=request.author_name,
        second_name=public_name(second) if second is not None else "",
        office=RedactionOffice.PUBLISHERS.value if second is not None else RedactionOffice.PUBLISHER.value,
        pages=None if request.everywhere else (str(request.controversy_id),),
    )


def new_request(
    controversy: Controversy,
    *,
    author: Account,
    words: str,
    ground: str,
    reason: str = "",
    everywhere: bool = False,
    ignore_case: bool = False,
    whole_field: bool = False,
) -> RedactionRequest:
    """Build a request, without saving it. Raises RedactionRefused for one that could not be carried out."""
    _check_scope(author, controversy.pk, everywhere=everywhere)
    request = RedactionRequest(
        controversy=controversy,
        author=author,
        author_name=public_name(author),
        words=words.strip(),
        ground=ground,
        reason=reason.strip(),
        everywhere=everywhere,
        ignore_case=ignore_case,
        whole_field=whole_field,
        created=timezone.now(),
    )
    try:
        order = order_of(request)
    except ValueError as error:
        raise RedactionRefused(_("Enter the words to remove.")) from error
    redaction.check(order)
    return request


def submit(request: RedactionRequest) -> None:
    """Store a request, and notify the publishers who can confirm it."""
    with transaction.atomic():
        request.save(force_insert=True)
        notify.send_redaction_request(request)


def carry_out(request: RedactionRequest) -> RemovalReport:
    """Remove the words on the word of one publisher. Raises RedactionRefused if a second has to confirm it."""
    if request.author is None or needs_second(request.author):
        raise RedactionRefused(_("Another publisher has to confirm this removal."))
    return redaction.apply(order_of(request), author=request.author)


def waiting(user: Visitor) -> QuerySet[RedactionRequest]:
    """The requests that this user can confirm or refuse."""
    if not may_redact(user):
        return RedactionRequest.objects.none()
    return RedactionRequest.objects.filter(state=RedactionState.WAITING).exclude(author=user.pk)


def confirm(request: RedactionRequest, *, second: Account) -> RemovalReport:
    """Remove the words on the word of two publishers, and delete them from the request.

    Raises RequestDecided, and RedactionRefused if both are the same person.
    """
    with transaction.atomic():
        current = _reload(request)
        if current.author_id == second.pk or not may_redact(second):
            raise RedactionRefused(_("Another publisher has to confirm this removal."))
        _check_scope(second, current.controversy_id, everywhere=current.everywhere)
        order = order_of(current, second)
        _decide(current, RedactionState.DONE, second)
        return redaction.apply(order, author=current.author)


def refuse(request: RedactionRequest, *, second: Account, answer: str) -> None:
    """Refuse a request for the reason `answer`; its author withdraws it without one.

    Raises RequestDecided and RedactionRefused.
    """
    with transaction.atomic():
        current = _reload(request)
        if not may_redact(second):
            raise RedactionRefused(_("Another publisher has to confirm this removal."))
        _check_scope(second, current.controversy_id, everywhere=current.everywhere)
        answer = answer.strip()
        if not answer and current.author_id != second.pk:
            raise RedactionRefused(_("Give a reason. The author of the request will read it."))
        if order_of(current).words.are_in(answer):
            raise RedactionRefused(_("The reason must not contain the words themselves."))
        _decide(current, RedactionState.REFUSED, second, answer)


def _check_scope(user: Account, page: uuid.UUID, *, everywhere: bool) -> None:
    """Raise TopicRefused for a request about pages that the user's role does not reach."""
    rights.check_pages(user, [page])
    if everywhere:
        rights.check_everywhere(user)


def _reload(request: RedactionRequest) -> RedactionRequest:
    """Reload the request with a row lock. Raises RequestDecided if it no longer waits."""
    current = RedactionRequest.objects.select_for_update().get(pk=request.pk)
    if not current.is_waiting:
        raise RequestDecided(_("%s has already decided on this request.") % current.second_name)
    return current


def _decide(request: RedactionRequest, state: RedactionState, decider: Account, answer: str = "") -> None:
    request.state, request.second_name, request.answer = state.value, public_name(decider), answer
    request.decided_at, request.words = timezone.now(), ""
    request.save(update_fields=["state", "second_name", "answer", "decided_at", "words"])
