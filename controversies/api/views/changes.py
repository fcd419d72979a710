"""Changes since a cursor: for clients that keep a copy of public pages."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from controversies.api import objects
from controversies.api.addresses import next_page_url
from controversies.api.endpoint import Answer, Params, ProblemResponse
from controversies.api.objects import Change, ChangesPage
from controversies.api.problems import problem
from controversies.history import arrivals, read, redactions
from controversies.history.public import reading_json
from controversies.models import ChangeClass, Controversy, Redaction, Revision

from .controversies import is_public
from .lists import corpus_versions


def changes(request: HttpRequest, params: Params) -> Answer:
    """Answer with revisions in the order in which they became public, and with withdrawn pages, after the cursor."""

    def draw() -> dict[str, object]:
        try:
            page = arrivals.since(params["cursor"] or "", limit=params["limit"])
        except arrivals.UnknownCursor:
            raise ProblemResponse(problem(409)) from None
        places = [(each.controversy, each.line.number if each.line else 0) for each in page.items]
        documents = _documents(places) if params["documents"] else {}
        notices = redactions.of_entries(each.line.entry for each in page.items if each.line)
        items = [
            Change(request, each, notices, documents.get(place))
            for each, place in zip(page.items, places, strict=True)
        ]
        url = next_page_url(request, page.cursor if page.more else "")
        return objects.CHANGES.values(ChangesPage(items, url, page.cursor, page.more))

    return Answer(corpus_versions(), draw)


def _documents(places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], dict[str, object]]:
    """The JSON twins of those revisions that are still public, by page and number.

    Two queries, four where words were removed.
    """
    wanted = [(key, number) for key, number in places if number]
    first = Revision.objects.filter(
        controversy=OuterRef("pk"), number=1, classes__contains=[ChangeClass.IMPORT]
    )
    rows = Controversy.objects.public().filter(pk__in={key for key, _number in wanted})
    redacted = Redaction.objects.filter(controversy=OuterRef("pk"))
    facts = {
        str(key): (is_imported, is_redacted)
        for key, is_imported, is_redacted in rows.values_list("pk", Exists(first), Exists(redacted))
    }
    readings = list(filter(is_public, read.several((key, number) for key, number in wanted if key in facts)))
    redacted_readings = [reading for reading in readings if facts[reading.document.key][1]]
    notices = redactions.of_readings(redacted_readings)
    replaced = (
        redactions.replaced_digests(each.entry for each in redacted_readings) if redacted_readings else {}
    )
    documents = {}
    for reading in readings:
        place = (reading.document.key, reading.number)
        documents[place] = reading_json(
            reading, notices.get(place, ()), replaced.get(place, ()), imported=facts[place[0]][0]
        )
    return documents
