"""Quotations against the text of their sources. Pure: no database, no network."""

from .matcher import QuoteMatch, match, quote_digest
from .notes import Note

__all__ = ["Note", "QuoteMatch", "match", "quote_digest"]
