"""The history of one controversy: every revision, who, why, what changed; to filter and to compare."""

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
from controversies.document.types import Document
from controversies.document.types import label as letter
from controversies.history import log
from controversies.kit.keys import revision_number
from controversies.models import ChangeClass
from controversies.pages import access, cache, lines, linked
from controversies.pages.access import public_view
from controversies.pages.timeline import timeline
from controversies.public import parts

_NAME = 150  # characters of an author's name


@dataclass
class Asked:
    """What the address asks for. What cannot be made sense of is left out, and `faults` says so."""

    filters: log.Filter
    before: int | None = None
    after: int | None = None
    faults: list[str] = field(default_factory=list)


@public_view
def history(request: HttpRequest, slug: str) -> HttpResponse:
    """The list of revisions, newest first."""
    page = access.page(request, slug)
    chosen = _chosen(request.GET)
    asked = ask(request.GET)
    if chosen is not None and None not in chosen:
        to = reverse("compare", args=[page.slug, chosen[0], chosen[1]])
        return redirect(f"{to}?part={asked.filters.block}" if asked.filters.block else to)
    if chosen is not None:
        asked.faults.append(_("To compare, choose an old and a new revision."))
    if not request.GET:  # what most readers ask for; the rest is too various to be kept
        return cache.respond(request, "history", (page.version,), lambda: _html(request, page, asked))
    return HttpResponse(_html(request, page, asked))


def _html(request: HttpRequest, page: access.PageState, asked: Asked) -> str:
    head = record.at(page.key, page.number)
    if head is None:
        raise Http404
    every = access.sees_hidden(request)
    spans = log.spans(page.key)
    part = asked.filters.block
    found = log.page(
        page.key,
        asked.filters,
        before=asked.before,
        after=asked.after,
        every=every,
        limit=parts.PAGE if part else log.PAGE,
    )
    marks = log.marks(page.key, spans, every=every)
    people = log.authors(page.key, spans, every=every)
    if part:
        rows, part_name = parts.rows(head.document, found.lines, part, every=every)
        count = log.block_counts(page.key, [part], spans, every=every)[part]
    else:
        rows, part_name = [lines.row(line, every=every) for line in found.lines], ""
        count = page.number
    shown = [row for row in rows if row.shown]
    origin = cache.origin(request)
    context = {
        "page": page,
        "section": "controversies",
        "origin": origin,
        "facts": linked.of_page(origin, head.document.head, page.slug, _("History"), request.path),
        "topic": head.document.head.topic,
        "rows": rows,
        "part": part,
        "plain_part": asked.filters == log.Filter(block=part),
        "part_name": part_name,
        "count": count,
        "counted_all": count <= log.COUNTED,
        "may_restore": access.may_restore(request),
        "may_redact": access.may_redact(request),
        "found": found,
        "asked": asked,
        "people": len(people),
        "authors": _with(people, asked.filters.author),
        "blocks": _blocks(head.document, asked.filters.block),
        "kinds": ChangeClass.choices,
        "timeline": timeline(marks, spans, count=page.number),
        "old": shown[1].line.number if len(shown) > 1 else None,
        "new": shown[0].line.number if shown else None,
        "plain": not asked.filters and asked.before is None and asked.after is None,
        "kept": _kept(request.GET),
    }
    return render_to_string("history/history.html", context)


def _chosen(query: QueryDict) -> tuple[int | None, int | None] | None:
    """The two revisions that the form asks to compare, None for one that is not chosen; None if it asks not."""
    if "old" not in query and "new" not in query:
        return None
    return revision_number(query.get("old", "")), revision_number(query.get("new", ""))


def ask(query: QueryDict) -> Asked:
    """What the address asks for."""
    faults: list[str] = []

    def left_out(text: str) -> None:
        faults.append(_("“%s” is not something to filter by here, and was left out.") % text[:80])

    block = query.get("block", "")
    try:
        block = str(uuid.UUID(block)) if block else ""
    except ValueError:
        left_out(block)
        block = ""
    kind = query.get("kind", "")
    if kind and kind not in ChangeClass.values:
        left_out(kind)
        kind = ""
    days: dict[str, datetime.date | None] = {}
    for name in ("from", "to"):
        text = query.get(name, "").strip()
        days[name] = None
        if text:
            try:
                days[name] = datetime.date.fromisoformat(text)
            except ValueError:
                faults.append(_("“%s” is not a day as in 2026-03-08, and was left out.") % text[:80])
    places: dict[str, int | None] = {}
    for name in ("before", "after"):
        places[name] = revision_number(query.get(name, ""))
        if query.get(name) and places[name] is None:
            faults.append(_("“%s” is not the number of a revision, and was left out.") % query[name][:80])
    filters = log.Filter(
        block=block, author=query.get("by", "")[:_NAME], kind=kind, since=days["from"], until=days["to"]
    )
    return Asked(filters, places["before"], places["after"], faults)


def _kept(query: QueryDict) -> str:
    """The filters as a query, to which the links to older and newer revisions add their place."""
    kept = QueryDict(mutable=True)
    for name in ("block", "by", "kind", "from", "to"):
        value = query.get(name)
        if value:
            kept[name] = str(value)
    return kept.urlencode()


def _with(names: list[str], chosen: str) -> list[str]:
    return names if not chosen or chosen in names else [chosen, *names]


def _blocks(document: Document, chosen: str) -> list[dict[str, Any]]:
    """What the history can be asked of: the page's blocks under the names by which readers know them."""
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


__all__ = ["Asked", "ask", "history"]
