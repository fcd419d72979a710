"""Judged queries: what people type into the search, and which pages answer it."""
