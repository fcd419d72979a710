"""Controversies: the list, one as it is or was, its positions, and positions over all of them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse

from controversies import history
from controversies.api import values
from controversies.api.endpoint import Answer, Asked, address, api, following
from controversies.history import Entry, Reading, arrivals
from controversies.history.public import json_twin
from controversies.history.read import as_of
from controversies.models import Backing, Controversy, Position, Revision
from controversies.pages import access, shelf
from controversies.search import pages


def corpus() -> tuple[bytes, ...]:
    """What every list over all pages depends on: the newest arrival stands for all that readers see. One query."""
    return (arrivals.newest().encode(),)


def controversies(request: HttpRequest, asked: Asked) -> Answer:
    """The list: rows find, and what is shown of those found is their documents'."""

    def draw() -> dict[str, Any]:
        found, cursor = cut(_found(asked).values_list("pk", "slug"), asked, by=lambda row: row[1])
        readings = heads(str(key) for key, _slug in found)
        items = [
            values.controversy(request, readings[str(key)]) for key, _slug in found if str(key) in readings
        ]
        return {"items": items, "next": following(request, cursor)}

    return Answer(corpus(), draw)


def heads(keys: Iterable[str]) -> dict[str, Reading]:
    """The newest revisions of these pages, by key, but not of one that was withdrawn this moment. One query."""
    return {
        key: reading
        for key, reading in history.heads(dict.fromkeys(keys)).items()
        if values.is_public(reading)
    }


def cut(found: Any, asked: Asked, *, by: Any) -> tuple[list[Any], str]:
    """As many of them as are asked for, and the cursor to go on from, "" at the end. One query."""
    rows = list(found[: asked["limit"] + 1])
    more = len(rows) > asked["limit"]
    rows = rows[: asked["limit"]]
    return rows, by(rows[-1]) if more else ""


def _found(asked: Asked) -> QuerySet[Any]:
    found = Controversy.objects.public().order_by("slug")
    if asked["topic"]:
        found = found.filter(topic__slug=asked["topic"])
    for name in ("status", "polarity"):
        if asked[name]:
            found = found.filter(**{name: asked[name]})
    if asked["backer"]:
        held = Backing.objects.filter(position__controversy=OuterRef("pk"), backer__slug=asked["backer"])
        found = found.filter(Exists(held))
    if asked["source"]:
        cited: QuerySet[Any] = shelf.public_citations().filter(source__slug=asked["source"])
        found = found.filter(pk__in=cited.values("page"))
    if asked["q"]:
        found = found.filter(pk__in=pages(asked["q"]))
    if asked["updated_since"]:
        newest = Revision.objects.filter(controversy=OuterRef("pk")).order_by("-number").values("time")[:1]
        found = found.annotate(updated=Subquery(newest)).filter(updated__gte=asked["updated_since"])
    if asked["cursor"]:
        found = found.filter(slug__gt=asked["cursor"])
    return found


def controversy(request: HttpRequest, asked: Asked) -> Answer:
    """The whole document, as it is, or as it was at a time."""
    page = access.page(request, asked["slug"])
    if asked["as_of"]:
        then = history.at(page.key, as_of(page.key, asked["as_of"]))
        return document(request, page, access.may_read(request, then).entry)
    return document(request, page)


def document(request: HttpRequest, page: access.PageState, entry: Entry | None = None) -> Answer:
    """The whole document of one revision that readers see, or of the newest one: the same as the JSON twin.

    Links are by relations of RFC 8288 and 5829.
    """
    number, digest, time = (entry or page).number, (entry or page).digest, (entry or page).time
    here = f"/controversies/{page.slug}"
    return Answer(
        (digest, page.removals),
        lambda: json_twin(
            access.may_read(request, history.at(page.key, number)),
            imported=page.is_imported,
            epoch=page.epoch,
        ),
        kept=True,
        name="json",
        modified=time,
        links=(
            ("alternate", address(request, reverse("revision", args=[page.slug, number]))),
            ("latest-version", api(request, here)),
            ("version-history", api(request, f"{here}/revisions")),
        ),
        location=api(request, f"{here}/revisions/{number}"),
    )


def positions_of(request: HttpRequest, asked: Asked) -> Answer:
    """All positions of one page, in its order."""
    page = access.page(request, asked["slug"])

    def draw() -> dict[str, Any]:
        reading = access.may_read(request, history.at(page.key, page.number))
        items = [
            values.position(request, reading.document, i) for i in range(len(reading.document.positions))
        ]
        return {"items": items, "next": None}

    return Answer((page.version,), draw, modified=page.time)


PLACE = "^[a-z0-9]+(-[a-z0-9]+)*:[1-9][0-9]{0,3}$"  # a page's address and a place on it


def positions(request: HttpRequest, asked: Asked) -> Answer:
    """Positions over all pages, page by page."""

    def draw() -> dict[str, Any]:
        rows = _positions(asked).values_list("pk", "order", "controversy_id", "controversy__slug")
        found, cursor = cut(rows, asked, by=lambda row: f"{row[3]}:{row[1]}")
        readings = heads(str(row[2]) for row in found)
        items = []
        for key, _order, of, _slug in found:
            reading = readings.get(str(of))
            places = [each.key for each in reading.document.positions] if reading else []
            if reading and str(key) in places:
                items.append(values.position(request, reading.document, places.index(str(key))))
        return {"items": items, "next": following(request, cursor)}

    return Answer(corpus(), draw)


def _positions(asked: Asked) -> QuerySet[Any]:
    found = Position.objects.filter(controversy__in=Controversy.objects.public())
    if asked["confidence"]:
        found = found.filter(confidence=asked["confidence"])
    if asked["backer"]:
        found = found.filter(backings__backer__slug=asked["backer"])
    if asked["topic"]:
        found = found.filter(controversy__topic__slug=asked["topic"])
    if asked["status"]:
        found = found.filter(controversy__status=asked["status"])
    if asked["cursor"]:
        slug, _colon, place = asked["cursor"].rpartition(":")
        found = found.filter(controversy__slug__gte=slug).exclude(
            controversy__slug=slug, order__lte=int(place)
        )
    return found.order_by("controversy__slug", "order")


__all__ = ["controversies", "controversy", "positions", "positions_of"]
