"""Titles of pages that stand outside their front matter: in the first heading of the body, or in an index of links."""

import re
from collections.abc import Iterator

from controversies.document import text

_HEADING = re.compile(r"#[ \t]+(.+?)[ \t]*#*[ \t]*")
_UNDERLINE = re.compile(r"=+[ \t]*")


def first_heading(prose: str) -> tuple[str, str]:
    """The title that a body begins with, and the body without it; "" where it begins otherwise."""
    lines = prose.split("\n")
    start = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    if start == len(lines):
        return "", prose
    heading, end = _HEADING.fullmatch(lines[start]), start + 1
    title = heading[1] if heading else ""
    if not title and end < len(lines) and _UNDERLINE.fullmatch(lines[end]) and lines[end].count("=") > 1:
        title, end = lines[start], end + 1
    if not title:
        return "", prose
    return text.line(title), "\n".join([*lines[:start], *[""] * (end - start), *lines[end:]])


def index_titles(index: str) -> Iterator[tuple[str, str]]:
    """File names and titles that a list of links in Markdown gives: `[Title](folder/page.md)`."""
    for link in re.finditer(r"\[([^\]\n]+)\]\(([^)\s]+?\.md)(?:#[^)]*)?\)", index):
        yield link[2].rpartition("/")[2], text.line(link[1])
