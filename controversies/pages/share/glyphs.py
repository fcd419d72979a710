"""Draw the site's glyphs (`marks`) on a canvas: the subset of SVG that they use."""

import math
import re
from collections.abc import Iterator
from functools import lru_cache

from PIL import Image, ImageDraw

_ELEMENT = re.compile(r"<(circle|path) ([^>]*?)/>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_COMMAND = re.compile(r"([MLHVZmlhvz])|(-?(?:\d*\.\d+|\d+))")
_FINE = 8  # drawn larger by this factor, then reduced, for smooth edges

type Point = tuple[float, float]


@lru_cache(maxsize=256)
def mask(svg: str, width: float, height: float, size: int) -> Image.Image:
    """Return the glyph's coverage of each pixel as an image `size` pixels high; `width` × `height` is its view box."""
    scale = size / height * _FINE
    image = Image.new("L", (round(width * scale), round(height * scale)), 0)
    canvas = ImageDraw.Draw(image)
    for name, text in _ELEMENT.findall(svg):
        attributes = dict(_ATTRIBUTE.findall(text))
        ink = 0 if attributes.get("class") == "cut" else 255
        stroke = float(attributes.get("stroke-width", 0)) * scale
        if name == "circle":
            _circle(canvas, attributes, scale, stroke, ink)
        else:
            for points, closed in _outlines(attributes["d"]):
                _outline(canvas, [(x * scale, y * scale) for x, y in points], closed, stroke, ink)
    return image.resize((round(width * size / height), size), Image.Resampling.LANCZOS)


def _circle(
    canvas: ImageDraw.ImageDraw, attributes: dict[str, str], scale: float, stroke: float, ink: int
) -> None:
    x, y, radius = (float(attributes[name]) * scale for name in ("cx", "cy", "r"))
    outer = radius + stroke / 2
    box = (x - outer, y - outer, x + outer, y + outer)
    if not stroke:
        canvas.ellipse(box, fill=ink)
    elif "stroke-dasharray" not in attributes:
        canvas.ellipse(box, outline=ink, width=round(stroke))
    else:
        dash, gap = (float(part) * scale / radius for part in attributes["stroke-dasharray"].split())
        angle = 0.0
        while angle < 2 * math.pi:
            end = min(angle + dash, 2 * math.pi)
            canvas.arc(box, math.degrees(angle), math.degrees(end), fill=ink, width=round(stroke))
            angle += dash + gap


def _outline(canvas: ImageDraw.ImageDraw, points: list[Point], closed: bool, stroke: float, ink: int) -> None:
    if not stroke:
        canvas.polygon(points, fill=ink)
        return
    ends = [*points, points[0]] if closed else points
    canvas.line(ends, fill=ink, width=round(stroke), joint="curve")
    if closed:  # its corners, squared
        half = stroke / 2
        for x, y in points:
            canvas.rectangle((x - half, y - half, x + half, y + half), fill=ink)


def _outlines(path: str) -> Iterator[tuple[list[Point], bool]]:
    """Yield the lines of the path, and whether each is closed."""
    tokens = [letter or float(number) for letter, number in _COMMAND.findall(path)]
    points: list[Point] = []
    x = y = 0.0
    command, i = "", 0
    while i < len(tokens):
        if isinstance(tokens[i], str):
            command = str(tokens[i])
            i += 1
        if command in "Zz":
            yield points, True
            points = []
            continue
        relative = command.islower()
        if command in "Hh":
            x, i = (x if relative else 0) + float(tokens[i]), i + 1
        elif command in "Vv":
            y, i = (y if relative else 0) + float(tokens[i]), i + 1
        else:
            if command in "Mm" and points:
                yield points, False
                points = []
            x = (x if relative else 0) + float(tokens[i])
            y = (y if relative else 0) + float(tokens[i + 1])
            i += 2
            command = {"M": "L", "m": "l"}.get(command, command)
        points.append((x, y))
    if points:
        yield points, False
