"""Presence: who else is editing the page, and whether somebody has saved it meanwhile.

An open page asks again every half minute, which is also how the server knows that it is still open.
"""

import datetime
import uuid

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from controversies import history
from controversies.document.text import headline
from controversies.kit.accounts import Visitor
from controversies.kit.keys import revision_number
from controversies.kit.outages import is_read_only
from controversies.models import Presence

PING_SECONDS = 30  # between two requests of an open page
TIMEOUT = datetime.timedelta(minutes=2)  # after which a silent page counts as closed

_TOUCH = """
    INSERT INTO controversies_presence (controversy_id, user_id, opened_at, seen_at)
    VALUES (%(key)s, %(user)s, %(now)s, %(now)s)
    ON CONFLICT (controversy_id, user_id) DO UPDATE SET seen_at = excluded.seen_at, opened_at = CASE
        WHEN controversies_presence.seen_at < %(silent)s THEN excluded.opened_at ELSE controversies_presence.opened_at
    END
"""


def touch(key: str, user: Visitor) -> None:
    """Record that the user has the page of this controversy open now, if anything can be recorded."""
    if is_read_only():
        return
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH, {"key": key, "user": user.pk, "now": now, "silent": now - TIMEOUT})


def leave(key: str, user: Visitor) -> None:
    """Forget that the user has it open, and everybody whose page has been silent too long."""
    if is_read_only():
        return
    Presence.objects.filter(controversy_id=uuid.UUID(key), user=user.pk).delete()
    Presence.objects.filter(seen_at__lt=timezone.now() - TIMEOUT).delete()


def other_editors(key: str, user: Visitor) -> list[str]:
    """Return a sentence on each other person who has the page open, in the order in which they opened it."""
    since = timezone.now() - TIMEOUT
    present = Presence.objects.filter(controversy_id=uuid.UUID(key), seen_at__gte=since).exclude(user=user.pk)
    return [
        _("%(who)s has this page open too, since %(time)s.")
        % {"who": history.public_name(each.user), "time": _clock(each.opened_at)}
        for each in present.select_related("user").order_by("opened_at", "pk")
    ]


def ping_response(request: HttpRequest, current: history.Reading | None) -> HttpResponse:
    """Answer an open page that asks: a new CSRF token, who else is there, and who has saved since its base."""
    answer: dict[str, object] = {"token": get_token(request)}
    if current is not None:
        key = current.document.key
        touch(key, request.user)
        answer |= {"others": other_editors(key, request.user), "moved": _newer_revision(request, current)}
    return JsonResponse(answer)


def _newer_revision(request: HttpRequest, current: history.Reading) -> dict[str, str] | None:
    base = revision_number(request.GET.get("base"))
    if base is None or not 0 < base < current.number:
        return None
    return {
        "words": _saved_message(current.entry, is_own=current.entry.author == request.user.pk),
        "url": reverse("compare", args=[current.document.head.slug, base, current.number]),
    }


def _saved_message(entry: history.Entry, *, is_own: bool) -> str:
    values = {
        "who": entry.author_name,
        "time": _clock(entry.time),
        "reason": headline(entry.summary) or _("no reason given"),
    }
    if is_own:
        return _("You saved this page in another tab at %(time)s (“%(reason)s”).") % values
    message = _(
        "%(who)s saved this page at %(time)s (“%(reason)s”). When you save, your changes are merged with theirs."
    )
    return message % values


def _clock(time: datetime.datetime) -> str:
    """The time of day, with the date if that is not today."""
    local = timezone.localtime(time)
    clock = date_format(local, "H:i")
    return clock if local.date() == timezone.localdate() else f"{date_format(local, 'DATE_FORMAT')}, {clock}"
