"""The views, by page."""
