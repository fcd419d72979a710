"""What changed since: for whoever keeps a copy of what readers see, or of a part."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from controversies.api import values
from controversies.api.endpoint import Answer, Asked, Problem, following
from controversies.api.problems import problem
from controversies.history import arrivals, read, redactions
from controversies.history.arrivals import Arrived
from controversies.history.public import reading_json
from controversies.history.redactions import Notice
from controversies.models import ChangeClass, Controversy, Redaction, Revision

from .controversies import corpus


def changes(request: HttpRequest, asked: Asked) -> Answer:
    """Revisions in the order in which they became public, and pages that ceased to be, after the cursor."""

    def draw() -> dict[str, Any]:
        try:
            found = arrivals.since(asked["cursor"] or "", limit=asked["limit"])
        except arrivals.UnknownCursor:
            raise Problem(problem(409)) from None
        documents = _documents(found.items) if asked["documents"] else {}
        removed = redactions.of_entries(each.line.entry for each in found.items if each.line)
        return {
            "items": [_value(request, each, documents, removed) for each in found.items],
            "cursor": found.cursor,
            "more": found.more,
            "next": following(request, found.cursor if found.more else ""),
        }

    return Answer(corpus(), draw)


def _documents(items: tuple[Arrived, ...]) -> dict[tuple[str, int], dict[str, Any]]:
    """The JSON twins of what arrived and is still public; two queries, three where words were removed."""
    asked = [(each.controversy, each.line.number) for each in items if each.line]
    first = Revision.objects.filter(
        controversy=OuterRef("pk"), number=1, classes__contains=[ChangeClass.IMPORT]
    )
    rows = Controversy.objects.public().filter(pk__in={key for key, _number in asked})
    redacted = Redaction.objects.filter(controversy=OuterRef("pk"))
    facts = {
        str(key): (is_imported, is_redacted)
        for key, is_imported, is_redacted in rows.values_list("pk", Exists(first), Exists(redacted))
    }
    found = read.several((key, number) for key, number in asked if key in facts)
    shown = [reading for reading in found if values.is_public(reading)]
    removed = redactions.of_readings(reading for reading in shown if facts[reading.document.key][1])
    return {
        place: reading_json(reading, removed.get(place, ()), imported=facts[place[0]][0])
        for reading in shown
        for place in [(reading.document.key, reading.number)]
    }


def _value(
    request: HttpRequest,
    arrived: Arrived,
    documents: dict[tuple[str, int], dict[str, Any]],
    removed: dict[tuple[str, int], list[Notice]],
) -> dict[str, Any]:
    line = arrived.line
    return {
        "cursor": arrived.cursor,
        "type": "revision" if line else "withdrawn",
        "key": arrived.controversy,
        "controversy": {"key": arrived.controversy, "slug": line.slug, "title": line.title} if line else None,
        "revision": values.revision(request, line.slug, line, removed) if line else None,
        "document": documents.get((arrived.controversy, line.number)) if line else None,
    }
