"""The comparison of any two revisions, block by block, in one column."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from controversies.document import compare as documents
from controversies.document import say
from controversies.history import Entry, Reading, redactions, spans
from controversies.history.read import pair
from controversies.kit.keys import MAX_NUMBER
from controversies.pages import access, cache, diff, metadata, tombstones, versions
from controversies.pages.access import public_view
from controversies.pages.language import text_attributes
from controversies.pages.policy import PAGE
from controversies.public import parts


@dataclass(frozen=True, slots=True)
class SkippedRevisions:
    """The revisions between the two compared ones, which are not shown."""

    count: int
    people: int
    after: int
    before: int


@public_view(reads=("part",), versions=versions.of_page, subject=PAGE, is_old=True)
def compare(request: HttpRequest, slug: str, a: int, b: int) -> HttpResponse:
    """Show the changes from revision `a`, or from nothing if that is 0, to revision `b`; `a` may be the later one."""
    page = access.page(request, slug)
    if b == 0 or max(a, b) > MAX_NUMBER:
        raise Http404
    readings = {reading.number: reading for reading in pair(page.key, (a, b))}
    new = access.may_read(request, readings.get(b))
    old = access.may_read(request, readings.get(a)) if a else None
    every = access.sees_hidden(request)
    part = _part(request.GET.get("part", ""), old, new)
    digests = (page.version, old.entry.digest if old else b"", new.entry.digest, part.encode())
    return cache.respond(
        request,
        "compare",
        digests,
        lambda: _html(request, page, old, new, a, b, every=every, part=part),
    )


def _part(key: str, old: Reading | None, new: Reading) -> str:
    """Return the key of the part to compare, "" for the whole page. Raise Http404 for an unknown one."""
    if not key:
        return ""
    try:
        key = str(uuid.UUID(key))
    except ValueError as error:
        raise Http404 from error
    if not parts.name(key, new.document, old.document if old else None):
        raise Http404
    return key


def _html(
    request: HttpRequest,
    page: access.PageState,
    old: Reading | None,
    new: Reading,
    a: int,
    b: int,
    *,
    every: bool,
    part: str,
) -> str:
    page_spans = spans.read_spans(page.key)
    low, high = min(a, b), max(a, b)
    between = None
    if low and high - low > 1:
        people = spans.people_between(page.key, page_spans, low, high, every=every)
        between = SkippedRevisions(high - low - 1, people, low, high)

    def is_shown(number: int) -> bool:
        return 1 <= number <= page.number and spans.is_shown(page_spans, number, every=every)

    origin = cache.origin(request)
    context: dict[str, Any] = {
        **text_attributes(new.document.head.language),
        "page": page,
        "section": "controversies",
        "origin": origin,
        "facts": metadata.of_page(origin, new.document.head, page.slug, _("Compare"), request.path),
        "topic": new.document.head.topic,
        "a": a,
        "b": b,
        "sides": _sides(old, new, page.number),
        "between": between,
        "previous": (low - 1, low) if is_shown(low - 1) or low == 1 else None,
        "next": (high, high + 1) if is_shown(high + 1) else None,
        "low": low,
        "high": high,
        "part": part,
        "same": a == b,
        "may_restore": access.may_restore(request),
    }
    if a != b:
        comparison = documents.compare(old.document if old else None, new.document)
        context["diff"] = diff.diff_view(comparison, part=part)
        context["summary"] = say.summary(parts.only(comparison, part) if part else comparison)
    if part:
        context["part_name"] = parts.name(part, new.document, old.document if old else None)
        before, after = spans.revisions_around(page.key, part, low, high)
        context["previous"] = (
            (before - 1, before) if before and (before == 1 or is_shown(before - 1)) else None
        )
        context["next"] = (after - 1, after) if after and is_shown(after) and is_shown(after - 1) else None
    context["tombstones"] = _tombstones(page, [each for each in (old, new) if each])
    return render_to_string("compare/compare.html", context)


def _tombstones(page: access.PageState, sides: list[Reading]) -> list[tombstones.Tombstone]:
    """List the tombstones of both sides, each removal once."""
    if not page.epoch:
        return []
    notices = redactions.of_readings(sides)
    by_removal: dict[tuple[str, str, str], tombstones.Tombstone] = {}
    for reading in sides:
        for each in tombstones.of_reading(reading, notices.get((page.key, reading.number), [])):
            by_removal.setdefault((each.where, each.notice.ground, each.notice.time.isoformat()), each)
    return list(by_removal.values())


def _sides(old: Reading | None, new: Reading, newest: int) -> list[tuple[Entry | None, bool]]:
    """Return the two revisions, each with whether it is today's."""
    entries = [old.entry if old else None, new.entry]
    return [(entry, entry is not None and entry.number == newest) for entry in entries]
