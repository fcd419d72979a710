"""The editors' desk. Importing this package registers what they open; modules are split by that."""

from . import backer, controversy, proposal, redact, source, suggestion, topic

__all__ = ["backer", "controversy", "proposal", "redact", "source", "suggestion", "topic"]
