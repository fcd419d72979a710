"""The share picture of a page, for link previews, drawn from the page's own facts.

Every position is presented the same way: with its claim if there is room for all claims, else by letter and confidence
alone. The same document makes the same picture, byte for byte, on the same machine.
"""

from .picture import HEIGHT, WIDTH, draw

__all__ = ["HEIGHT", "WIDTH", "draw"]
