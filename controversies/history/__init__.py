"""The history of pages: record, read, save, revert and verify revisions. Import from here."""

from .locks import unrecorded
from .read import Entry, Reading, UnreadableRevision, at, head, heads
from .record import Stale, act, public_name, record
from .redactions import words_removed
from .revisions import revisions_recorded
from .save import (
    AcceptedProposal,
    SaveResult,
    UnknownRevision,
    restored_document,
    revert,
    save,
    save_accepted,
    undo,
)

__all__ = [
    "AcceptedProposal",
    "Entry",
    "Reading",
    "SaveResult",
    "Stale",
    "UnknownRevision",
    "UnreadableRevision",
    "act",
    "at",
    "head",
    "heads",
    "public_name",
    "record",
    "restored_document",
    "revert",
    "revisions_recorded",
    "save",
    "save_accepted",
    "undo",
    "unrecorded",
    "words_removed",
]
