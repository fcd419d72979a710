"""Quotations against the text of their sources. Pure: no database, no network."""

from .matcher import QuoteMatch, match
from .notes import Note

__all__ = ["Note", "QuoteMatch", "match"]
