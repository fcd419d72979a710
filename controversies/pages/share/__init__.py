"""The share picture of a page, for link previews, drawn by Typst from the page's own facts.

Every position is presented the same way: with its claim if there is room for all claims, else by letter and confidence
alone. The same document makes the same picture, byte for byte. The fonts are Noto, from packages, so that every machine
draws the same.
"""

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

import typst
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.document.types import label
from controversies.history import Reading
from controversies.models import Confidence, Status
from controversies.pages import marks
from controversies.pages.tags import day

WIDTH, HEIGHT = 1200, 630
_LAYOUT = files(__package__).joinpath("picture.typ").read_bytes()
_SCRIPTS = (
    *(
        "Arabic",
        "Armenian",
        "Bengali",
        "Devanagari",
        "Ethiopic",
        "Georgian",
        "Gujarati",
        "Gurmukhi",
        "Hebrew",
    ),
    *("Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thai"),
)
_HAN = {"ja": "JP", "ko": "KR", "zh": "SC"}  # the fonts that have the forms of Han characters of a language
_KANA, _HANGUL = re.compile("[\u3040-\u30ff]"), re.compile("[\u1100-\u11ff\uac00-\ud7af]")
_JOINERS = "\u200c\u200d"
_MAX_LENGTH = 600  # characters; more would not fit
_MARK = "".join(
    f'<path d="{path}"/>'
    for path in (
        "M2 2H11V6.6L6.6 11H2Z",
        "M22 2V11H17.4L13 6.6V2Z",
        "M22 22H13V17.4L17.4 13H22Z",
        "M2 22V13H6.6L11 17.4V22Z",
        "M12 8.7L15.3 12L12 15.3L8.7 12Z",
    )
)  # static/crux/mark.svg, its four corners written out


def draw(reading: Reading) -> bytes:
    """Draw the picture of a revision's page, a PNG of WIDTH × HEIGHT pixels."""
    inputs = {"data": json.dumps(_data(reading))}
    return typst.compile(_LAYOUT, font_paths=fonts(), format="png", ppi=72.0, sys_inputs=inputs)


@cache
def fonts() -> typst.Fonts:
    """Return the fonts of all pictures, from packages."""
    paths = [str(files(package)) for package in ("manimgx_fonts", "manimgx_fonts_cjk")]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)


def _data(reading: Reading) -> dict[str, Any]:
    """Return what `picture.typ` draws."""
    document, entry = reading.document, reading.entry
    head = document.head
    status = Status(head.status)
    counts = (
        ngettext("%d position", "%d positions", len(document.positions)) % len(document.positions),
        ngettext("%d backer", "%d backers", len(document.backers)) % len(document.backers),
        ngettext("%d source", "%d sources", len(document.sources)) % len(document.sources),
    )
    return {
        "fonts": families(""),
        "site": _words(settings.SITE_NAME),
        "mark": _svg(_MARK, 24, 24),
        "status": {"word": str(status.label), "glyph": _svg(marks.STATUS[status], 16, 16)},
        "title": _words(head.title if drawable(head.title) else head.slug),
        "question": _words(head.question),
        "positions": [
            {
                "letter": label(i),
                "claim": _words(position.claim),
                "confidence": str(Confidence(position.confidence).label),
                "glyph": _svg(marks.CONFIDENCE[Confidence(position.confidence)], 18, 16),
            }
            for i, position in enumerate(document.positions)
        ],
        "facts": " · ".join(counts),
        "revision": _("Revision %(number)d, %(day)s") % {"number": entry.number, "day": day(entry.time)},
    }


def _words(text: str) -> dict[str, Any]:
    text = drawable(text)[:_MAX_LENGTH]
    return {"text": text, "fonts": families(text), "rtl": is_rtl(text)}


def families(text: str) -> list[str]:
    """Return the fonts in order of preference; the text's own language chooses among the forms of Han characters."""
    language = "ja" if _KANA.search(text) else "ko" if _HANGUL.search(text) else "zh"
    families = ["Noto Sans", *(f"Noto Sans {script}" for script in _SCRIPTS)]
    return [*families, f"Noto Sans CJK {_HAN[language]}", "Noto Sans Symbols", "Noto Emoji"]


def is_rtl(text: str) -> bool:
    """Whether the first letter with a direction reads from right to left."""
    kinds = (unicodedata.bidirectional(char) for char in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def drawable(text: str) -> str:
    """Remove what is not seen: control characters, private and unassigned ones."""
    kept = []
    for char in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(char)
        if kind == "Cc" or kind[0] == "Z":
            kept.append(" ")
        elif kind[0] != "C" or char in _JOINERS:
            kept.append(char)
    return " ".join("".join(kept).split())


def _svg(shapes: str, width: int, height: int) -> str:
    """Return one of the site's glyphs as an SVG file; its classes as the site's style sheet draws them."""
    for name, color in (("line", "#1c1b19"), ("cut", "#fdfcfa")):
        shapes = shapes.replace(f'class="{name}"', f'fill="none" stroke="{color}"')
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" fill="#1c1b19">{shapes}</svg>'


__all__ = ["HEIGHT", "WIDTH", "draw", "drawable", "families", "fonts", "is_rtl"]
