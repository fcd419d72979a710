"""Record, read, revert, verify: what was said when, by whom and why. Import from here."""

from .read import Entry, Reading, at, head, heads
from .record import Stale, act, public_name, record, unrecorded

__all__ = ["Entry", "Reading", "Stale", "act", "at", "head", "heads", "public_name", "record", "unrecorded"]
