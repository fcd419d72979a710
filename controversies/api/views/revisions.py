"""Revisions of one page: the list, one, what changed between two."""

from django.http import HttpRequest

from controversies.api import objects
from controversies.api.addresses import next_page_url
from controversies.api.comparison import COMPARISON, RevisionComparison
from controversies.api.endpoint import Answer, Params
from controversies.api.objects import PublicRevision
from controversies.api.shape import ListPage
from controversies.document.compare import compare as compare_documents
from controversies.history import log, redactions
from controversies.history.log_lines import LogLine
from controversies.history.read import pair
from controversies.pages import access

from .controversies import document


def revisions(request: HttpRequest, params: Params) -> Answer:
    """Answer with those that are public, newest first, and with no sign of others."""
    page = access.page(request, params["slug"])
    filters = log.LogFilter(
        block=params["block"] or "", author=params["author"] or "", kind=params["class"] or ""
    )
    before = int(params["cursor"]) if params["cursor"] else None

    def draw() -> dict[str, object]:
        part = log.page(page.key, filters, before=before, public=True, limit=params["limit"])
        notices = redactions.of_entries(line.entry for line in part.lines)
        items = [PublicRevision.of(request, page.slug, line, notices) for line in part.lines]
        return objects.REVISIONS.values(ListPage(items, next_page_url(request, str(part.older or ""))))

    return Answer((page.version, str(page.log).encode()), draw, modified=page.time)


def revision(request: HttpRequest, params: Params) -> Answer:
    """Answer with the whole document of one revision."""
    page = access.page(request, params["slug"])
    reading = access.reading_at(request, page, params["number"])
    return document(request, page, reading.entry)


def compare(request: HttpRequest, params: Params) -> Answer:
    """Answer with what changed from one revision, or from nothing, to another, which may be the earlier one."""
    page = access.page(request, params["slug"])
    a, b = params["a"], params["b"]
    readings = {reading.number: reading for reading in pair(page.key, (a, b))}
    new = access.may_read(request, readings.get(b))
    old = access.may_read(request, readings.get(a)) if a else None

    def draw() -> dict[str, object]:
        lines: dict[int, LogLine] = {}
        for number in {a, b} - {0}:
            [lines[number]] = log.page(page.key, before=number + 1, limit=1).lines
        of_entries = redactions.of_entries(line.entry for line in lines.values())
        sides = [reading for reading in (old, new) if reading] if page.epoch else []
        of_readings = redactions.of_readings(sides)
        notices = {
            id(each): each for reading in sides for each in of_readings.get((page.key, reading.number), ())
        }
        return COMPARISON.values(
            RevisionComparison(
                request,
                page.slug,
                PublicRevision.of(request, page.slug, lines[a], of_entries) if a else None,
                PublicRevision.of(request, page.slug, lines[b], of_entries),
                compare_documents(old.document if old else None, new.document),
                redactions.values(notices.values(), new),
            )
        )

    versions = (old.entry.digest if old else b"", new.entry.digest, page.removals, str(page.log).encode())
    return Answer(versions, draw)
