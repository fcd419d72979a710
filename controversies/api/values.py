"""What is answered, as JSON values; `shapes` says the same as schemas."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from controversies.document import canonical, types
from controversies.document.types import Document, label
from controversies.history import Reading, redactions
from controversies.history.log import Line
from controversies.history.public import entry_json
from controversies.history.redactions import Notice
from controversies.models import Publication
from controversies.pages import lines
from controversies.pages.draw import anchor

from .endpoint import address, api


def is_public(reading: Reading) -> bool:
    """Whether readers saw this when it was made."""
    return reading.document.head.publication == Publication.PUBLISHED


def revision(
    request: HttpRequest, slug: str, line: Line, removed: Mapping[tuple[str, int], list[Notice]] | None = None
) -> dict[str, Any]:
    """A revision that readers see. Of what differs from one that they may not see, nothing is told.

    `removed` are the redactions of what revisions say of themselves (`redactions.of_entries()`).
    """
    every = (removed or {}).get((line.entry.controversy, line.number), [])
    notices = [each for each in every if not each.key]
    entry, told = line.entry, line.follows_public or line.number == 1
    return {
        **entry_json(entry),
        "reviewer": entry.reviewer_name,
        "classes": lines.classes(line, told=told),
        "changed": lines.words(line),
        "added": entry.added if told else 0,
        "removed": entry.removed if told else 0,
        "previous": line.before,
        "self": api(request, f"/controversies/{slug}/revisions/{line.number}"),
        "compare": api(request, f"/controversies/{slug}/compare/{line.before}/{line.number}"),
        "page": address(request, reverse("revision", args=[slug, line.number])),
        **({"redactions": redactions.values(notices)} if notices else {}),
    }


def page(document: Document) -> dict[str, Any]:
    """A controversy, in short."""
    return {"key": document.key, "slug": document.head.slug, "title": document.head.title}


def controversy(request: HttpRequest, reading: Reading) -> dict[str, Any]:
    """A controversy in a list."""
    document = reading.document
    head = document.head
    return {
        **page(document),
        "question": head.question,
        "topic": canonical.to_json(head.topic, full=True),
        "status": head.status,
        "status_summary": head.status_summary,
        "polarity": head.polarity,
        "reviewed_on": head.reviewed_on,
        "positions": [
            {"key": each.key, "label": label(i), "claim": each.claim, "confidence": each.confidence}
            for i, each in enumerate(document.positions)
        ],
        "counts": {
            "points": len(document.points),
            "positions": len(document.positions),
            "backers": len(document.backers),
            "sources": len(document.sources),
        },
        "revision": entry_json(reading.entry),
        "self": api(request, f"/controversies/{head.slug}"),
        "page": address(request, reverse("controversy", args=[head.slug])),
    }


def position(request: HttpRequest, document: Document, index: int) -> dict[str, Any]:
    """A position, with all that its page says of it."""
    found, slug = document.positions[index], document.head.slug
    titles = {point.key: point.title for point in document.points}
    place = {point.key: i for i, point in enumerate(document.points)}
    said = sorted(found.stances, key=lambda stance: place[stance.point])
    citations = [
        *_citations(document, found.citations, "position"),
        *(each for b in found.backings for each in _citations(document, b.citations, "backing")),
        *(each for s in said for each in _citations(document, s.citations, "stance")),
    ]
    return {
        "key": found.key,
        "label": label(index),
        "controversy": page(document),
        "claim": found.claim,
        "argument": found.argument,
        "confidence": found.confidence,
        "confidence_reason": found.confidence_reason,
        "backers": [_backer(document, backing) for backing in found.backings],
        "stances": [{"point": each.point, "title": titles[each.point], "text": each.text} for each in said],
        "citations": citations,
        "document": api(request, f"/controversies/{slug}"),
        "page": address(request, reverse("controversy", args=[slug])) + "#" + anchor("position", found.key),
    }


def _backer(document: Document, backing: types.Backing) -> dict[str, Any]:
    who: Any = document.by_key[backing.backer]
    named = {name: getattr(who, name) for name in ("key", "slug", "name", "kind")}
    return named | {name: getattr(backing, name) for name in ("note", "since", "until")}


def _citations(document: Document, cited: Iterable[types.Citation], serves: str) -> list[dict[str, Any]]:
    found = []
    for each in cited:
        source: Any = document.by_key[each.source]
        found.append(
            {
                "key": each.key,
                "slug": source.slug,
                "title": source.title,
                "relation": each.relation,
                "quote": each.quote,
                "locator": each.locator,
                "serves": serves,
            }
        )
    return found
