"""Copies of sources: the site's own, which no reader sees, and public snapshots that the Internet Archive keeps.

Own copies serve to verify what a source said. What is deleted leaves its digests behind.
"""

from .keeping import (
    allow_copies,
    delete_copies,
    delete_old_copies,
    delete_stray_files,
    forbid_copies,
    is_new,
    read_copy,
    write_copy,
)
from .snapshots import advance_snapshot, proposed_snapshots, request_snapshots
from .store import CopyDamaged
from .warc import CopiedPage

__all__ = [
    "CopiedPage",
    "CopyDamaged",
    "advance_snapshot",
    "allow_copies",
    "delete_copies",
    "delete_old_copies",
    "delete_stray_files",
    "forbid_copies",
    "is_new",
    "proposed_snapshots",
    "read_copy",
    "request_snapshots",
    "write_copy",
]
