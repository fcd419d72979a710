"""Controversies: the list, one as it is or was, its positions, and positions over all of them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import BooleanField, OuterRef, Q, QuerySet, Subquery, Value
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies import history
from controversies.api import checks, objects
from controversies.api.addresses import address, api, next_page_url
from controversies.api.endpoint import Answer, Params, ProblemResponse
from controversies.api.objects import ListedControversy, PositionOnPage
from controversies.api.problems import problem
from controversies.api.shape import ListPage
from controversies.checks import display
from controversies.history import Entry, Reading
from controversies.history.as_of import SLUG, PageAtTime, PageFilter, readings_of
from controversies.history.as_of import pages as pages_then
from controversies.history.public import json_twin
from controversies.history.public_revisions import nearest
from controversies.history.read import as_of
from controversies.kit.keyset import Keyset, KeysetPage, make_page
from controversies.models import Backing, Controversy, ListedPage, Position, Publication, PublicUse
from controversies.pages import access, public_rows
from controversies.pages.former_address import address_now
from controversies.pages.public_rows import listed_uses, shows
from controversies.search import pages

from .lists import corpus_versions, page_by_slug


def controversies(request: HttpRequest, params: Params) -> Answer:
    """Answer with the list, as it is or as it was at a time: rows match, and their documents are shown."""

    def draw() -> dict[str, object]:
        if params["as_of"]:
            then = _pages_then(params, _filter_then(params), params["cursor"] or "")
            items = [ListedControversy(request, reading) for reading in readings_of(then.rows)]
            return objects.CONTROVERSIES.values(
                ListPage(items, next_page_url(request, then.next.slug if then.next else ""))
            )
        page = page_by_slug(_matches(params).values_list("pk", "slug"), params)
        readings = heads(str(key) for key, _slug in page.rows)
        items = [
            ListedControversy(request, readings[str(key)]) for key, _slug in page.rows if str(key) in readings
        ]
        return objects.CONTROVERSIES.values(
            ListPage(items, next_page_url(request, page.next[1] if page.next else ""))
        )

    return Answer(corpus_versions(), draw)


def _pages_then(params: Params, filters: PageFilter, after: str) -> KeysetPage[PageAtTime]:
    """One page of the pages of a time, by address, after this one. One query."""
    limit = params["limit"]
    rows = pages_then(params["as_of"], SLUG, limit + 1, filters=filters, after=[after] if after else None)
    return make_page(rows, limit, is_first=not after)


def _filter_then(params: Params) -> PageFilter:
    """The filter of a request for the list; `q` looks at titles only."""
    return PageFilter(
        shows=tuple((name, params[name]) for name in ("topic", "backer", "source") if params[name]),
        labels=tuple(params[name] for name in ("status", "polarity") if params[name]),
        words=params["q"] or "",
        changed_since=params["updated_since"],
    )


def is_public(reading: Reading) -> bool:
    """Whether the page was public at this revision."""
    return reading.document.head.publication == Publication.PUBLISHED


def heads(keys: Iterable[str]) -> dict[str, Reading]:
    """The newest revisions of these pages, by key, but not of one that was withdrawn this moment. One query."""
    readings = history.heads(dict.fromkeys(keys))
    return {key: reading for key, reading in readings.items() if is_public(reading)}


def _matches(params: Params) -> QuerySet[Any]:
    rows = Controversy.objects.public()
    for name in ("status", "polarity"):
        if params[name]:
            rows = rows.filter(**{name: params[name]})
    for name in ("topic", "backer", "source"):
        if params[name]:
            use = _use_of(name, params)
            rows = rows.filter(_of_topic(use) if name == "topic" else shows(use)) if use else rows.none()
    if params["q"]:
        rows = rows.filter(pk__in=pages(params["q"], is_public=True))
    if params["updated_since"]:
        updated = ListedPage.objects.filter(
            publication=Publication.PUBLISHED, changed__gte=params["updated_since"]
        )
        rows = rows.filter(pk__in=updated.values("pk"))
    return rows


def controversy(request: HttpRequest, params: Params) -> Answer:
    """Answer with the whole document, as it is or as it was at a time."""
    page = access.page(request, params["slug"])
    if params["as_of"]:
        number = as_of(page.key, params["as_of"])
        try:
            return document(request, page, access.reading_at(request, page, number).entry)
        except Http404:
            raise ProblemResponse(problem(404, _not_public_then(page, number))) from None
    return document(request, page)


def _not_public_then(page: access.PageState, number: int) -> str:
    """Return the sentence that says when the page, hidden or not there at this revision, is public."""
    first, following = nearest(page.key, (1, True), (max(number, 1), True))
    sentences = [_("The page was not public then.")]
    if first is not None:
        sentences.append(_("Its first public version is dated %s.") % first.time.isoformat())
    if following is not None and following != first:
        sentences.append(_("It was public again from %s.") % following.time.isoformat())
    return " ".join(sentences)


def document(request: HttpRequest, page: access.PageState, entry: Entry | None = None) -> Answer:
    """Answer with the document of a public revision, or of the newest one: the same as the JSON twin.

    Links are by relations of RFC 8288 and 5829.
    """
    number, digest, time = (entry or page).number, (entry or page).digest, (entry or page).time
    here = f"/controversies/{page.slug}"
    return Answer(
        (digest, page.removals),
        lambda: json_twin(
            access.reading_at(request, page, number),
            imported=page.is_imported,
            epoch=page.epoch,
        ),
        name="json",
        modified=time,
        links=(
            ("alternate", address(request, reverse("revision", args=[page.slug, number]))),
            ("latest-version", api(request, here)),
            ("version-history", api(request, f"{here}/revisions")),
        ),
        location=api(request, f"{here}/revisions/{number}"),
    )


def positions_of(request: HttpRequest, params: Params) -> Answer:
    """Answer with all positions of one page, in its order."""
    page = access.page(request, params["slug"])

    def draw() -> dict[str, object]:
        document = access.reading_at(request, page).document
        known = checks.of_documents([document])
        items = [PositionOnPage(request, document, i, known) for i in range(len(document.positions))]
        return objects.POSITIONS.values(ListPage(items))

    return Answer((page.version, str(display.version()).encode()), draw)


PLACE = "^[a-z0-9]+(-[a-z0-9]+)*:[1-9][0-9]{0,3}$"  # a page's address and a place on it
_LAST_PLACE = 9999  # after every position of a page
_BY_PLACE = Keyset(("controversy__slug", "order"))


def positions(request: HttpRequest, params: Params) -> Answer:
    """Answer with positions over all pages, page by page, as they are or as they were at a time."""

    def draw() -> dict[str, object]:
        if params["as_of"]:
            then, cursor = _positions_then(request, params)
            return objects.POSITIONS.values(ListPage(then, next_page_url(request, cursor)))
        rows = _matching_positions(params).values_list("pk", "order", "controversy_id", "controversy__slug")
        page = _BY_PLACE.page(rows, params["limit"], after=_place(params["cursor"]))
        readings = heads(str(row[2]) for row in page.rows)
        known = checks.of_documents(reading.document for reading in readings.values())
        items = []
        for key, _order, page_key, _slug in page.rows:
            document = readings[str(page_key)].document if str(page_key) in readings else None
            keys = [position.key for position in document.positions] if document else []
            if document and str(key) in keys:
                items.append(PositionOnPage(request, document, keys.index(str(key)), known))
        cursor = f"{page.next[3]}:{page.next[1]}" if page.next else ""
        return objects.POSITIONS.values(ListPage(items, next_page_url(request, cursor)))

    return Answer(corpus_versions(), draw)


def _positions_then(request: HttpRequest, params: Params) -> tuple[list[PositionOnPage], str]:
    """The positions of a time, and the cursor to go on from, "" at the end. Two queries, three with a cursor.

    They are those on the next few pages, so there may be fewer than were asked for, though more follow.
    """
    filters = PageFilter(
        shows=tuple((name, params[name]) for name in ("topic", "backer") if params[name]),
        labels=(params["status"],) if params["status"] else (),
    )
    slug, place = _place(params["cursor"]) or ("", 0)
    started = pages_then(params["as_of"], SLUG, 1, filters=replace(filters, slug=slug)) if slug else []
    following = _pages_then(params, filters, slug)
    items: list[PositionOnPage] = []
    for reading in readings_of((*started, *following.rows)):
        document = reading.document
        for i in range(len(document.positions)):
            position = PositionOnPage(request, document, i)
            if (document.head.slug, i + 1) > (slug, place) and _matches_position(position, params):
                if len(items) == params["limit"]:
                    return items, f"{items[-1].slug}:{items[-1].index + 1}"
                items.append(position)
    return items, f"{following.next.slug}:{_LAST_PLACE}" if following.next else ""


def _matches_position(position: PositionOnPage, params: Params) -> bool:
    if params["confidence"] and position.position.confidence != params["confidence"]:
        return False
    return not params["backer"] or params["backer"] in (backer.slug for _backing, backer in position.backings)


def _place(cursor: str | None) -> tuple[str, int] | None:
    if not cursor:
        return None
    slug, _colon, order = cursor.rpartition(":")
    return slug, int(order)


def _use_of(type_name: str, params: Params) -> PublicUse | None:
    """The topic, backer or source at the address in a parameter, or at the one that it has now; None if none is public.

    One query; three for an address of nothing that is public.
    """
    slug = params[type_name]
    use = listed_uses(type_name).filter(slug=slug).first()
    if use is None:
        use = listed_uses(type_name).filter(slug=address_now(type_name, slug)).first()
    return use


def _of_topic(use: PublicUse) -> Q:
    """The condition that a page is of a topic, by its key: an index has the pages of each by address."""
    return Q(topic=use.key)


def _is_held(use: PublicUse) -> Subquery:
    """The condition that a backer holds or held a position, looked up position by position."""
    held = Backing.objects.filter(position=OuterRef("pk"), backer=use.key).order_by()
    return Subquery(held.values(is_held=Value(value=True))[:1], output_field=BooleanField())


def _matching_positions(params: Params) -> QuerySet[Any]:
    pages = Controversy.objects.public()
    held: Q | Subquery = Q()
    if params["topic"]:
        topic = _use_of("topic", params)
        pages = pages.filter(_of_topic(topic)) if topic else pages.none()
    if params["backer"]:
        backer = _use_of("backer", params)
        if backer is None:
            pages = pages.none()
        elif backer.pages > public_rows.MANY:
            pages, held = pages.filter(shows(backer)), _is_held(backer)
        else:
            held = Q(backings__backer=backer.key)
    rows = Position.objects.filter(held, controversy__in=pages)
    for name, lookup in (("confidence", "confidence"), ("status", "controversy__status")):
        if params[name]:
            rows = rows.filter(**{lookup: params[name]})
    return rows


__all__ = ["controversies", "controversy", "positions", "positions_of"]
