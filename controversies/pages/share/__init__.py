"""The share picture: what a link to a page shows where people pass it on, drawn from the page's own facts.

Every position has the same dress, or none is shown: where there are too many for their words, all of them are
shown by letter and confidence alone. The same document makes the same picture, byte for byte, on the same machine.
"""

from .picture import HEIGHT, WIDTH, draw

__all__ = ["HEIGHT", "WIDTH", "draw"]
