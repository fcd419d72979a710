"""Revisions of one page: the list, one, what changed between two."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from controversies import history
from controversies.api import compared, values
from controversies.api.endpoint import Answer, Asked, address, following
from controversies.history import log, redactions
from controversies.history.read import pair
from controversies.pages import access

from .controversies import document


def revisions(request: HttpRequest, asked: Asked) -> Answer:
    """Those that readers see, newest first. Of others not even that they are there is told."""
    page = access.page(request, asked["slug"])
    filters = log.Filter(block=asked["block"] or "", author=asked["author"] or "", kind=asked["class"] or "")
    before = int(asked["cursor"]) if asked["cursor"] else None

    def draw() -> dict[str, Any]:
        found = log.page(page.key, filters, before=before, public=True, limit=asked["limit"])
        removed = redactions.of_entries(line.entry for line in found.lines)
        items = [values.revision(request, page.slug, line, removed) for line in found.lines]
        return {"items": items, "next": following(request, str(found.older or ""))}

    return Answer((page.version,), draw, modified=page.time)


def revision(request: HttpRequest, asked: Asked) -> Answer:
    """The whole document of one revision."""
    page = access.page(request, asked["slug"])
    reading = access.may_read(request, history.at(page.key, asked["number"]))
    return document(request, page, reading.entry)


def compare(request: HttpRequest, asked: Asked) -> Answer:
    """What changed from one revision, or from nothing, to another, which may be the earlier one."""
    page = access.page(request, asked["slug"])
    a, b = asked["a"], asked["b"]
    found = {reading.number: reading for reading in pair(page.key, (a, b))}
    new = access.may_read(request, found.get(b))
    old = access.may_read(request, found.get(a)) if a else None
    lines: dict[int, log.Line] = {}

    def draw() -> dict[str, Any]:
        for number in {a, b} - {0}:
            [lines[number]] = log.page(page.key, before=number + 1, limit=1).lines
        removed = redactions.of_entries(line.entry for line in lines.values())
        sides = [reading for reading in (old, new) if reading] if page.epoch else []
        shown = redactions.of_readings(sides)
        notices = {id(each): each for reading in sides for each in shown.get((page.key, reading.number), ())}
        return {
            "from": values.revision(request, page.slug, lines[a], removed) if a else None,
            "to": values.revision(request, page.slug, lines[b], removed),
            **({"redactions": redactions.values(notices.values(), new)} if notices else {}),
            **compared.comparison(old.document if old else None, new.document),
            "page": address(request, reverse("compare", args=[page.slug, a, b])),
        }

    return Answer((old.entry.digest if old else b"", new.entry.digest, page.removals), draw, kept=True)
