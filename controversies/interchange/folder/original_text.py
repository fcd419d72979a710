"""Files as they were imported, where what they say is still so: an export gives them back byte by byte."""

import re

from controversies.document.types import Backer, Document
from controversies.history import Reading
from controversies.models import ImportedFile, Publication

from .. import files
from ..files import ActorFacts, Catalogue, InvalidFile, PageFile, marks, yaml_writer

_NUMBERED = re.compile(r"\[\d")
_REVISION = re.compile(r"^revision:[^\n]*\n", re.MULTILINE)


def page(last_import: ImportedFile | None, reading: Reading) -> str:
    """Return the text that a page was imported as, "" if that does not say just what is on record now.

    It must do so by itself, beside the files of backers. Lines on whether the page is published and where it comes from
    are added where it says nothing of that, and the revision that it names is today's.
    """
    document = reading.document
    if last_import is None or not last_import.text or last_import.number != reading.number:
        return ""
    if _NUMBERED.search(last_import.text) and marks.name_sources(document) != document:
        return ""  # whose marks are to name sources, so that one can be put in front of others
    mark = files.mark(reading.entry.number, reading.entry.document)
    text = _REVISION.sub(
        lambda match: f"revision: {mark}{'\r' if '\r' in match[0] else ''}\n", last_import.text, count=1
    )
    known = Catalogue(backers=document.backers)
    head = document.head
    lines = [f"publication: {head.publication}"] if head.publication != Publication.DRAFT else []
    if head.attribution:
        lines.append(yaml_writer.dump({"attribution": head.attribution}).rstrip("\n"))
    front = files.front_matter(text)
    missing = [line for line in lines if not re.search(rf"^{line.partition(':')[0]}:", front, re.MULTILINE)]
    candidate = _with_lines(text, missing) if missing else text
    return candidate if _is_said(candidate, document, known) else ""


def actor(last_import: ImportedFile | None, backer: Backer, guessed: frozenset[str]) -> str:
    """Return the text that a backer was imported as, "" if that does not say just what is on record now."""
    if last_import is None or not last_import.text:
        return ""
    aside = ActorFacts()
    try:
        in_file = files.read_actor(last_import.text, name=last_import.file, aside=aside)
    except InvalidFile:
        return ""
    return last_import.text if in_file == backer and aside.guessed_facts == set(guessed) else ""


def _with_lines(text: str, more: list[str]) -> str:
    """Return the text with other lines at the end of its front matter, "" if it has none."""
    lines = text.split("\n")
    ends = [i for i, each in enumerate(lines) if each.lstrip("\ufeff").rstrip() in ("---", "...")]
    if len(ends) < 2:  # noqa: PLR2004 - it begins and ends
        return ""
    ending = "\r" if lines[ends[1]].endswith("\r") else ""
    added = [line + ending for each in more for line in each.split("\n")]
    return "\n".join([*lines[: ends[1]], *added, *lines[ends[1] :]])


def _is_said(text: str, document: Document, known: Catalogue) -> bool:
    try:
        opened = PageFile(text, name=f"{document.head.slug}.md", keeps=True)
        return files.document(opened, known=known) == document
    except InvalidFile:
        return False
