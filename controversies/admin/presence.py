"""Company at the edit page: who else has it open, and whether somebody has saved meanwhile.

The page asks again every half minute, and that is also how it is known to be open still.
"""

import datetime
import uuid
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from controversies import history
from controversies.document.text import headline
from controversies.kit.keys import revision_number
from controversies.models import Presence

EVERY = 30  # seconds between two questions of a page that is open
FORGOTTEN = datetime.timedelta(minutes=2)  # …and how long one is remembered that has fallen silent

_TOUCH = """
    INSERT INTO controversies_presence (controversy_id, user_id, opened_at, seen_at)
    VALUES (%(key)s, %(user)s, %(now)s, %(now)s)
    ON CONFLICT (controversy_id, user_id) DO UPDATE SET seen_at = excluded.seen_at, opened_at = CASE
        WHEN controversies_presence.seen_at < %(silent)s THEN excluded.opened_at ELSE controversies_presence.opened_at
    END
"""


def touch(key: str, user: Any) -> None:
    """This user has the page of this controversy open now."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH, {"key": key, "user": user.pk, "now": now, "silent": now - FORGOTTEN})


def leave(key: str, user: Any) -> None:
    """This user is done with it; and forget, everywhere, who has fallen silent."""
    Presence.objects.filter(controversy_id=uuid.UUID(key), user=user.pk).delete()
    Presence.objects.filter(seen_at__lt=timezone.now() - FORGOTTEN).delete()


def others(key: str, user: Any) -> list[str]:
    """Who else has it open, in words, who came first first."""
    since = timezone.now() - FORGOTTEN
    found = Presence.objects.filter(controversy_id=uuid.UUID(key), seen_at__gte=since).exclude(user=user.pk)
    return [
        _("%(who)s has this page open too, since %(time)s.")
        % {"who": history.public_name(each.user), "time": _time(each.opened_at)}
        for each in found.select_related("user").order_by("opened_at", "pk")
    ]


def news(request: HttpRequest, current: history.Reading) -> dict[str, Any]:
    """What a page that was drawn at some revision is told when it asks: who is there, and who has saved since."""
    user, key = request.user, current.document.key
    touch(key, user)
    asked = request.GET.get("base", "")
    base = revision_number(asked) or current.number
    told: dict[str, Any] = {"others": others(key, user), "moved": None}
    if 0 < base < current.number:
        told["moved"] = {
            "words": _moved(current.entry, is_own=current.entry.author == user.pk),
            "url": reverse("compare", args=[current.document.head.slug, base, current.number]),
        }
    return told


def _moved(entry: history.Entry, *, is_own: bool) -> str:
    values = {
        "who": entry.author_name,
        "time": _time(entry.time),
        "reason": headline(entry.summary) or _("no reason given"),
    }
    if is_own:
        return _("You saved this page in another tab at %(time)s (“%(reason)s”).") % values
    return (
        _(
            "%(who)s saved this page at %(time)s (“%(reason)s”). When you save, your changes are merged with theirs."
        )
        % values
    )


def _time(time: datetime.datetime) -> str:
    """The time of the day, with the day if that is not today."""
    local = timezone.localtime(time)
    clock = date_format(local, "H:i")
    return clock if local.date() == timezone.localdate() else f"{date_format(local, 'DATE_FORMAT')}, {clock}"
