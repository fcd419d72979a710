"""Values of the lists' columns."""

import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

REASON_WORDS = 12


def day_and_age(created: datetime.datetime, *, is_open: bool) -> str:
    """Return the day, and how long ago it was while a decision is waited for."""
    day = date_format(timezone.localtime(created), "DATE_FORMAT")
    if not is_open:
        return day
    return _("%(day)s (%(ago)s ago)") % {"day": day, "ago": timesince(created, depth=1)}


def state_text(label: str, revision: int | None, reason: str) -> str:
    """Return the state of a proposal or suggestion, with its revision or the reason of the decision."""
    if revision:
        return _("%(label)s, revision %(number)s") % {"label": label, "number": revision}
    return f"{label}: {Truncator(reason).words(REASON_WORDS)}" if reason else label
