"""The editors' desk. Importing this package registers what they open; modules are split by that."""

from . import backer, source, topic

__all__ = ["backer", "source", "topic"]
