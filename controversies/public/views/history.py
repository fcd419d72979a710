"""The history of one controversy: each revision's author, reason and changes, to filter and to compare."""

import datetime
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies import history as record
from controversies.document.types import BLOCK_TYPES, Document
from controversies.document.types import label as letter
from controversies.history import log, read, spans
from controversies.kit.keys import anchor, revision_number
from controversies.models import ChangeClass
from controversies.pages import access, cache, lines, metadata, versions
from controversies.pages.access import public_view
from controversies.pages.as_of import PARAMETER, RequestedTime, requested_time
from controversies.pages.language import text_attributes
from controversies.pages.policy import PAGE
from controversies.pages.timeline import timeline
from controversies.public import parts

_NAME = 150  # characters of an author's name
_READS = ("block", "by", "kind", "from", "to", "before", "after", "old", "new", "as_of")  # parameters


@dataclass
class HistoryQuery:
    """The query of a history's URL. Invalid values are left out, and `faults` says so."""

    filters: log.LogFilter
    before: int | None = None
    after: int | None = None
    faults: list[str] = field(default_factory=list)


@public_view(reads=_READS, versions=versions.of_page_in_log, subject=PAGE)
def history(request: HttpRequest, slug: str) -> HttpResponse:
    """List the revisions, newest first; those up to a time by the filters that there are."""
    page = access.page(request, slug)
    requested = requested_time(request)
    if requested is not None:
        return redirect(f"{request.path}?{_until(request.GET, page, requested)}")
    sides = _sides_to_compare(request.GET)
    query = parse(request.GET)
    if sides is not None and None not in sides:
        to = reverse("compare", args=[page.slug, sides[0], sides[1]])
        return redirect(f"{to}?part={query.filters.block}" if query.filters.block else to)
    if sides is not None:
        query.faults.append(_("Choose an old and a new revision to compare."))
    if not request.GET:  # what most readers ask for; the filters have too many variants to be cached
        return cache.respond(
            request, "history", (page.version, str(page.log).encode()), lambda: _html(request, page, query)
        )
    return HttpResponse(_html(request, page, query))


def _html(request: HttpRequest, page: access.PageState, query: HistoryQuery) -> str:
    head = record.at(page.key, page.number)
    if head is None:
        raise Http404
    every = access.sees_hidden(request)
    page_spans = spans.read_spans(page.key)
    part = query.filters.block
    log_page = log.page(
        page.key,
        query.filters,
        before=query.before,
        after=query.after,
        every=every,
        limit=parts.PAGE if part else log.PAGE,
    )
    marks = spans.read_marks(page.key, page_spans, every=every)
    people = spans.authors(page.key, page_spans, every=every)
    if part:
        rows, part_name = parts.rows(head.document, log_page.lines, part, every=every)
        count = spans.block_counts(page.key, [part], page_spans, every=every)[part]
    else:
        rows, part_name = [lines.row(line, every=every) for line in log_page.lines], ""
        count = page.number
    shown = [row for row in rows if row.shown]
    origin = cache.origin(request)
    context = {
        **text_attributes(head.document.head.language),
        "page": page,
        "section": "controversies",
        "origin": origin,
        "facts": metadata.of_page(origin, head.document.head, page.slug, _("History"), request.path),
        "topic": head.document.head.topic,
        "rows": rows,
        "part": part,
        "is_plain_part": query.filters == log.LogFilter(block=part),
        "part_name": part_name,
        "part_anchor": _anchor(head.document, part),
        "count": count,
        "is_count_exact": count <= spans.COUNTED,
        "may_restore": access.may_restore(request),
        "may_redact": access.may_redact(request),
        "log_page": log_page,
        "query": query,
        "people": len(people),
        "authors": _with(people, query.filters.author),
        "blocks": _blocks(head.document, query.filters.block),
        "kinds": ChangeClass.choices,
        "timeline": timeline(marks, page_spans, count=page.number),
        "old": shown[1].line.number if len(shown) > 1 else None,
        "new": shown[0].line.number if shown else None,
        "is_plain": not query.filters and query.before is None and query.after is None,
        "filters": _filters(request.GET),
    }
    return render_to_string("history/history.html", context)


def _until(query: QueryDict, page: access.PageState, requested: RequestedTime) -> str:
    """Return the query of a history's URL with the day or time as a filter."""
    filters = query.copy()
    del filters[PARAMETER]
    if requested.is_day:
        filters["to"] = requested.text
    else:
        filters["before"] = str(read.as_of(page.key, requested.time) + 1)
    return filters.urlencode()


def _sides_to_compare(query: QueryDict) -> tuple[int | None, int | None] | None:
    """Return the revisions chosen to compare, None for a missing one; None unless the form asks to compare."""
    if "old" not in query and "new" not in query:
        return None
    return revision_number(query.get("old", "")), revision_number(query.get("new", ""))


def parse(query: QueryDict) -> HistoryQuery:
    """Read the query of a history's URL."""
    faults: list[str] = []

    def refuse(text: str) -> None:
        faults.append(_("We can’t filter by “%s”.") % text[:80])

    block = query.get("block", "")
    try:
        block = str(uuid.UUID(block)) if block else ""
    except ValueError:
        refuse(block)
        block = ""
    kind = query.get("kind", "")
    if kind and kind not in ChangeClass.values:
        refuse(kind)
        kind = ""
    days: dict[str, datetime.date | None] = {}
    for name in ("from", "to"):
        text = query.get(name, "").strip()
        days[name] = None
        if text:
            try:
                days[name] = datetime.date.fromisoformat(text)
            except ValueError:
                faults.append(_("“%s” is not a date. Write it like 2026-03-08.") % text[:80])
    places: dict[str, int | None] = {}
    for name in ("before", "after"):
        places[name] = revision_number(query.get(name, ""))
        if query.get(name) and places[name] is None:
            faults.append(_("“%s” is not a revision number.") % query[name][:80])
    filters = log.LogFilter(
        block=block, author=query.get("by", "")[:_NAME], kind=kind, since=days["from"], until=days["to"]
    )
    return HistoryQuery(filters, places["before"], places["after"], faults)


def _filters(query: QueryDict) -> str:
    """Return the filters as a query string, for the links to older and newer revisions."""
    filters = QueryDict(mutable=True)
    for name in ("block", "by", "kind", "from", "to"):
        value = query.get(name)
        if value:
            filters[name] = str(value)
    return filters.urlencode()


def _anchor(document: Document, key: str) -> str:
    """Return the anchor of a part of today's page; "" if it is not there."""
    block = document.by_key.get(key)
    return anchor(BLOCK_TYPES[type(block)].name, key) if block is not None else ""


def _with(names: list[str], chosen: str) -> list[str]:
    return names if not chosen or chosen in names else [chosen, *names]


def _blocks(document: Document, chosen: str) -> list[dict[str, Any]]:
    """Return the parts of the page to filter by, in groups, by the names that readers know."""
    offered = [
        (_("Status, title and order"), [(document.head.key, _("Status, title and order"))]),
        (_("Context"), [(document.context.key, _("Context"))]),
        (
            _("Contested points"),
            [(point.key, f"{i}. {_short(point.title)}") for i, point in enumerate(document.points, 1)],
        ),
        (
            _("Positions"),
            [(each.key, f"{letter(i)}. {_short(each.claim)}") for i, each in enumerate(document.positions)],
        ),
        (_("Backers"), [(each.key, _short(each.name)) for each in document.backers]),
        (
            _("Sources"),
            [(each.key, f"{i}. {_short(each.title)}") for i, each in enumerate(document.sources, 1)],
        ),
    ]
    groups = [{"name": name, "blocks": blocks} for name, blocks in offered if blocks]
    if chosen and chosen not in document.by_key:
        groups.insert(0, {"name": "", "blocks": [(chosen, _("A part that is not on today’s page"))]})
    return groups


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59].rstrip() + "…"  # noqa: PLR2004 - characters in a menu


__all__ = ["HistoryQuery", "history", "parse"]
