"""The parts of a page that are cited and shown elsewhere alone: a position, a contested point.

The address of a part is its anchor on the page, "position-1a2b3c4d", which it keeps whatever is added or moved.
"""

import re
from typing import NamedTuple

from django.utils.translation import gettext as _

from controversies.document.types import Document, Point, Position, label
from controversies.kit.keys import ANCHOR, anchor

PATTERN = rf"(?:position|point)-[0-9a-f]{{{ANCHOR}}}"
_PART = re.compile(PATTERN)


class CitedPart(NamedTuple):
    """A part of a document: its anchor, what the page calls it ("Position B"), its words in one line, and its place.

    `place` is that among the blocks of its kind, from 0.
    """

    anchor: str
    name: str
    text: str
    place: int
    block: Position | Point

    @property
    def is_position(self) -> bool:
        return isinstance(self.block, Position)


def is_part(text: str) -> bool:
    """Whether a text is the address of a part."""
    return _PART.fullmatch(text) is not None


def every(document: Document) -> list[CitedPart]:
    """Return the parts of a document, in the order of the page."""
    points = [
        CitedPart(anchor("point", each.key), _("Contested point %d") % (i + 1), each.title, i, each)
        for i, each in enumerate(document.points)
    ]
    positions = [
        CitedPart(anchor("position", each.key), _("Position %s") % label(i), each.claim, i, each)
        for i, each in enumerate(document.positions)
    ]
    return points + positions


def find(document: Document, address: str) -> CitedPart | None:
    """Return the part at this address, None if the document has none there."""
    return next((each for each in every(document) if each.anchor == address), None)
