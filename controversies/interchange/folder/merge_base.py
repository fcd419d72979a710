"""Merges a file's edit into the record, from the document that its text was made from."""

from django.utils.translation import gettext as _

from controversies import history
from controversies import models as m
from controversies.document.merge import MergeResult, merge
from controversies.document.types import Document
from controversies.history import Reading

from ..files import PageFile
from .import_log import document_of


class Ambiguous(ValueError):
    """A file that was exported before its last import, and would undo some of that."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This text was made from a revision before the last import, and would undo some of its changes. If you "
                "mean that, leave out the line “revision”. If not, export the page and edit that file."
            )
        )


def possible_bases(
    opened: PageFile, head: Reading, imported: m.ImportedFile | None, *, is_own: bool
) -> tuple[Document, ...]:
    """Return the documents that the file may have been made from: none, one or two; at most one query.

    That is what its last import said, or a later revision that the text itself names, as an export does. Where it
    names an earlier one, either may be meant: the last import comes first. That import is this file's `own` or that
    of another, which a text that names a revision did not come from.
    """
    marked = _named_revision(opened, head)
    if imported is None or (marked and not is_own):
        return (marked.document,) if marked else ()
    if marked and marked.number >= imported.number:
        return (marked.document,)
    last_import = document_of(imported)
    return (last_import, marked.document) if marked else (last_import,)


def _named_revision(opened: PageFile, head: Reading) -> Reading | None:
    """The revision that the text names, if it is one that this page has here."""
    if opened.revision is None or opened.revision[0] > head.number:
        return None
    number, digest = opened.revision
    reading = head if number == head.number else history.at(head.document.key, number)
    return reading if reading and reading.entry.document.hex().startswith(digest) else None


def merge_edit(made_from: tuple[Document, ...], head: Document, mine: Document) -> MergeResult:
    """The file's edit, merged with what is on record; raises Ambiguous where it matters which it was made from."""
    first, *others = (merge(document, head, mine) for document in made_from)
    for other in others:
        if (first.document, bool(first.conflicts)) != (other.document, bool(other.conflicts)):
            raise Ambiguous
    return first
