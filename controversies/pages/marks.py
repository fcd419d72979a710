"""The glyphs that stand before words: their shapes, as the inside of an SVG. None is ever shown without its word.

Pages draw them by the style sheet `site/parts/glyphs.css`, which has the same shapes as masks.
"""

from controversies.models import BackerKind, Confidence, Status

_RING = '<circle cx="8" cy="8" r="5.6" class="line" stroke-width="1.7"/>'
_DASHED = '<circle cx="{c}" cy="{c}" r="{r}" class="line" stroke-width="{w}" stroke-dasharray="{d}"/>'

STATUS = {
    Status.EMERGING: _DASHED.format(c=8, r=5.6, w=1.7, d="2.1 1.42"),
    Status.ACTIVE: f'{_RING}<circle cx="8" cy="8" r="2.6"/>',
    Status.DORMANT: f'{_RING}<path d="M5.2 7.2h5.6v1.6H5.2z"/>',
    Status.RESOLVED: (
        '<circle cx="8" cy="8" r="6.4"/><path d="M5.1 8.2 7.2 10.3 11 6.1" class="cut" stroke-width="1.7"/>'
    ),
}

_FULL = ("M1 9.5h4V14H1z", "M6.75 6h4v8h-4z", "M12.5 2h4v12h-4z")
_EMPTY = ("M1.6 10.1h2.8v3.3H1.6z", "M7.35 6.6h2.8v6.8h-2.8z", "M13.1 2.6h2.8v10.8h-2.8z")


def _bars(filled: int) -> str:
    full = "".join(_FULL[:filled])
    empty = "".join(_EMPTY[filled:])
    return (f'<path d="{full}"/>' if full else "") + (
        f'<path d="{empty}" class="line" stroke-width="1.2"/>' if empty else ""
    )


CONFIDENCE = {
    Confidence.HIGH: _bars(3),
    Confidence.MEDIUM: _bars(2),
    Confidence.LOW: _bars(1),
    Confidence.DISPUTED: _bars(0) + '<path d="M.5 14.5 17 1.5" class="line" stroke-width="1.6"/>',
    Confidence.NOT_RATED: '<path d="M1 12.4h4M6.75 12.4h4M12.5 12.4h4" class="line" stroke-width="1.6"/>',
}

BACKER = {
    BackerKind.COMPANY: '<path d="M1.5 1.5h9v9h-9z"/>',
    BackerKind.RESEARCH_LAB: '<path d="M6 .2 11.8 6 6 11.8.2 6z"/>',
    BackerKind.GOVERNMENT: '<path d="M6 1 11.6 11H.4z"/>',
    BackerKind.ORGANISATION: '<path d="M3.2 1.2h5.6L11.6 6l-2.8 4.8H3.2L.4 6z"/>',
    BackerKind.PERSON: '<circle cx="6" cy="6" r="5"/>',
    BackerKind.CONSTITUENCY: _DASHED.format(c=6, r=4.8, w=1.5, d="1.8 1.22"),
}
