"""Removal of words from everything that the site keeps: find every place that holds them, and erase them from all.

Today's page first, as a revision like any other, without the words. Then every older version in the record, through
the database's own function (`sql/redactions.sql`), which leaves their digests and writes down who did it and on which
ground. Then rows beside the record: proposals, suggestions, imported files, the desk's log. One transaction: all of it
or nothing. The old bytes in the tables' files go with `rewrite_tables()`, for the tables' owner only.
"""

from .order import (
    EVERYWHERE,
    KIND_NAMES,
    PARTS,
    Finding,
    PlaceKind,
    RedactionOrder,
    RedactionRefused,
    RemovalReport,
    check,
)
from .removal import apply, clear_caches, find
from .storage import OpenTransactions, rewrite_tables, tables

__all__ = [
    "EVERYWHERE",
    "KIND_NAMES",
    "PARTS",
    "Finding",
    "OpenTransactions",
    "PlaceKind",
    "RedactionOrder",
    "RedactionRefused",
    "RemovalReport",
    "apply",
    "check",
    "clear_caches",
    "find",
    "rewrite_tables",
    "tables",
]
