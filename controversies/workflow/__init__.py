"""Proposals, suggestions, removals and their notices, from first word to decision. No request or page belongs here."""
