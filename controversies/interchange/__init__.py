"""Between controversies and files."""
