"""Checks of sources by machines: fetching, reading, comparing, verdicts and tasks for editors.

It reads the record and writes none of it: no check makes a revision or moves a digest. Nothing here draws a page.
"""

from django.conf import settings


def is_on() -> bool:
    """Tell whether sources are checked on this site (the setting `CHECKS`)."""
    return bool(settings.CHECKS)
