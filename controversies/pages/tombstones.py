"""Draw the markers in place of removed words, on every page that shows them, and say why they were removed."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.html import format_html
from django.utils.translation import gettext as _

from controversies.document.present import PageNames
from controversies.document.redact import MARKER, NAME, marked_fields
from controversies.document.types import Document, Kind, Part
from controversies.history import Reading
from controversies.history.redactions import Notice
from controversies.models import RedactedPart, RedactionGround, RedactionOffice

# Elements without markup inside, tags with their attributes, and markers anywhere else.
_END = MARKER[-8:]  # which both markers have
_PIECES = re.compile(
    rf"<(script|style|title|textarea|option)\b.*?</\1>|<[^>]*>|{MARKER}|{NAME}", re.DOTALL | re.IGNORECASE
)


def draw(html: str) -> str:
    """Draw the markers of a page; those in attributes, titles and data stay as they are."""
    if _END not in html:
        return html
    drawn = {
        marker: format_html('<span class="removed">{}</span>', words)
        for marker, words in ((MARKER, _("removed")), (NAME, _("name removed")))
    }
    return _PIECES.sub(lambda match: drawn.get(match[0], match[0]), html)


class Tombstone(NamedTuple):
    """A line about removed words: their place, when they were removed and why."""

    where: str
    notice: Notice
    ground: str
    why: str
    office: str


def tombstone(notice: Notice, where: str) -> Tombstone:
    """Make the line about one redaction."""
    ground = RedactionGround(notice.ground)
    return Tombstone(
        where, notice, str(ground.label), str(ground.meaning), str(RedactionOffice(notice.office).label)
    )


def of_reading(reading: Reading, notices: Iterable[Notice]) -> list[Tombstone]:
    """List the tombstones of a revision, in the order of the page."""
    document = reading.document
    places = {block.key: place for place, block in enumerate(document.blocks())}
    ordered = sorted(notices, key=lambda each: places.get(each.key, len(places)))
    return [tombstone(each, _place(document, each)) for each in ordered]


def _place(document: Document, notice: Notice) -> str:
    if notice.part != RedactedPart.BLOCK:
        return str(RedactedPart(notice.part).label)
    block: Any = document.by_key.get(notice.key)
    if block is None:
        return str(RedactedPart.BLOCK.label)
    fields = ", ".join(_labels(block))
    return _("%(part)s: %(fields)s") % {"part": PageNames(document).block(block), "fields": fields}


def _labels(part: Part) -> list[str]:
    names = marked_fields(part)
    return [str(spec.label) for spec in part.SPECS if spec.name in names and spec.kind is not Kind.KEY]
