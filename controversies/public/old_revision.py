"""The banner of pages that show an old revision (`controversy/old.html`)."""

from typing import Any

from django.http import HttpRequest

from controversies.history import Entry
from controversies.history.public import follows_public
from controversies.pages import access
from controversies.pages.access import PageState


def banner_context(request: HttpRequest, page: PageState, entry: Entry) -> dict[str, Any]:
    """Return what the banner is made of: the revision, those beside it, whether the one before may be seen."""
    return {
        "entry": entry,
        "old": entry.number != page.number,
        "previous": entry.number - 1,
        "next": entry.number + 1,
        "later": page.number - entry.number,
        "follows_public": follows_public(entry) or (entry.number > 1 and access.sees_hidden(request)),
    }
