"""Record, read, revert, verify: what was said when, by whom and why. Import from here."""

from .read import Entry, Reading, UnreadableRevision, at, head, heads
from .record import Stale, act, public_name, record, revisions_recorded, unrecorded
from .redactions import words_removed
from .save import Accepted, Saved, UnknownRevision, restored, revert, save, save_accepted, undo

__all__ = [
    "Accepted",
    "Entry",
    "Reading",
    "Saved",
    "Stale",
    "UnknownRevision",
    "UnreadableRevision",
    "act",
    "at",
    "head",
    "heads",
    "public_name",
    "record",
    "restored",
    "revert",
    "revisions_recorded",
    "save",
    "save_accepted",
    "undo",
    "unrecorded",
    "words_removed",
]
