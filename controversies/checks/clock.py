"""The time as all checks take it, in one place, so that tests can live through weeks."""

import datetime

from django.utils import timezone


def now() -> datetime.datetime:
    """Return the present time. Call it as `clock.now()`, so that a test's clock is everybody's."""
    return timezone.now()
