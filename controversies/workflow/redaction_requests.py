"""Removals that publishers ask for at the desk: by one where there is one, by two where there are two.

A request keeps the words while it waits, and for no longer. Nothing of them is in any address or log.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies.document.redact import RemovedWords
from controversies.history import public_name
from controversies.models import Controversy, RedactionOffice, RedactionRequest, RedactionState
from controversies.workflow import redaction
from controversies.workflow.redaction import NotPossible, Order, RemovalReport

PERMISSION = "controversies.publish_controversy"


class RequestDecided(Exception):
    """The request was decided already; the text says by whom."""


def may_redact(user: Any) -> bool:
    """Whether the user may ask for removals and confirm those of others."""
    return bool(user.is_active and user.is_staff and user.has_perm(PERMISSION))


def needs_second(user: Any) -> bool:
    """Whether somebody else has to confirm what this user asks for: another publisher who could."""
    if settings.ONE_PERSON_DESK:
        return False
    others = get_user_model().objects.with_perm(
        PERMISSION, backend="django.contrib.auth.backends.ModelBackend"
    )
    return others.filter(is_active=True, is_staff=True).exclude(pk=user.pk).exists()


def order_of(request: RedactionRequest, second: Any = None) -> Order:
    """Return the order that a request asks for; `second` is the account of who confirms it."""
    return Order(
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
    author: Any,
    words: str,
    ground: str,
    reason: str = "",
    everywhere: bool = False,
    ignore_case: bool = False,
    whole_field: bool = False,
) -> RedactionRequest:
    """A request that is not kept yet. Raises NotPossible for one that could not be carried out."""
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
        raise NotPossible(_("Give the words to remove.")) from error
    redaction.check(order)
    return request


def carry_out(request: RedactionRequest) -> RemovalReport:
    """Remove the words on one publisher's word. Raises NotPossible where a second has to confirm it."""
    if needs_second(request.author):
        raise NotPossible(_("Another publisher has to confirm this."))
    return redaction.apply(order_of(request), author=request.author)


def waiting(user: Any) -> QuerySet[RedactionRequest]:
    """The requests that wait for this user to confirm or refuse them."""
    if not may_redact(user):
        return RedactionRequest.objects.none()
    return RedactionRequest.objects.filter(state=RedactionState.WAITING).exclude(author=user.pk)


def confirm(request: RedactionRequest, *, second: Any) -> RemovalReport:
    """Remove the words on two publishers' word; the request keeps them no longer.

    Raises RequestDecided, and NotPossible where whoever confirms it is who asked for it.
    """
    with transaction.atomic():
        found = _reload(request)
        if found.author_id == second.pk or not may_redact(second):
            raise NotPossible(_("Another publisher has to confirm this."))
        order = order_of(found, second)
        _decide(found, RedactionState.DONE, second)
        return redaction.apply(order, author=found.author)


def refuse(request: RedactionRequest, *, second: Any, answer: str) -> None:
    """Remove nothing, and say why; whoever asked may take the request back so. Raises RequestDecided, NotPossible."""
    with transaction.atomic():
        found = _reload(request)
        if not may_redact(second):
            raise NotPossible(_("Another publisher has to confirm this."))
        answer = answer.strip()
        if not answer and found.author_id != second.pk:
            raise NotPossible(_("Say why you refuse: whoever asked reads it."))
        if order_of(found).words.are_in(answer):
            raise NotPossible(_("The reason and the names must not hold the words themselves."))
        _decide(found, RedactionState.REFUSED, second, answer)


def _reload(request: RedactionRequest) -> RedactionRequest:
    """The request as it is now, with a row lock, if it still waits. Raises RequestDecided."""
    found = RedactionRequest.objects.select_for_update().get(pk=request.pk)
    if not found.is_waiting:
        raise RequestDecided(_("%s has decided on this already.") % found.second_name)
    return found


def _decide(request: RedactionRequest, state: RedactionState, who: Any, answer: str = "") -> None:
    request.state, request.second_name, request.answer = state.value, public_name(who), answer
    request.decided_at, request.words = timezone.now(), ""
    request.save(update_fields=["state", "second_name", "answer", "decided_at", "words"])
