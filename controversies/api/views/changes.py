"""What changed since: for whoever keeps a copy of what readers see, or of a part."""

from typing import Any

from django.http import HttpRequest

from controversies.api import values
from controversies.api.endpoint import Answer, Asked, Problem, following
from controversies.api.problems import problem
from controversies.history import Reading, arrivals
from controversies.history.arrivals import Arrived
from controversies.history.read import several
from controversies.models import Controversy
from controversies.public.views.controversy import twin_values

from .controversies import corpus


def changes(request: HttpRequest, asked: Asked) -> Answer:
    """Revisions in the order in which they became public, and pages that ceased to be, after the cursor."""

    def draw() -> dict[str, Any]:
        try:
            found = arrivals.since(asked["cursor"] or "", limit=asked["limit"])
        except arrivals.UnknownCursor:
            raise Problem(problem(409)) from None
        documents = _documents(found.items) if asked["documents"] else {}
        return {
            "items": [_value(request, each, documents) for each in found.items],
            "cursor": found.cursor,
            "more": found.more,
            "next": following(request, found.cursor if found.more else ""),
        }

    return Answer(corpus(), draw)


def _documents(items: tuple[Arrived, ...]) -> dict[tuple[str, int], Reading]:
    """The documents of what arrived and is still public; two queries."""
    asked = [(each.controversy, each.line.number) for each in items if each.line]
    rows = Controversy.objects.public().filter(pk__in={key for key, _number in asked})
    public = {str(key) for key in rows.values_list("pk", flat=True)}
    found = several((key, number) for key, number in asked if key in public)
    return {(reading.document.key, reading.number): reading for reading in found if values.is_public(reading)}


def _value(
    request: HttpRequest, arrived: Arrived, documents: dict[tuple[str, int], Reading]
) -> dict[str, Any]:
    line = arrived.line
    reading = documents.get((arrived.controversy, line.number)) if line else None
    return {
        "cursor": arrived.cursor,
        "type": "revision" if line else "withdrawn",
        "key": arrived.controversy,
        "controversy": {"key": arrived.controversy, "slug": line.slug, "title": line.title} if line else None,
        "revision": values.revision(request, line.slug, line) if line else None,
        "document": twin_values(reading) if reading else None,
    }
