"""One part of a page by itself: its name, its comparison, its revisions."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from controversies.document import compare as documents
from controversies.document import labels, say
from controversies.document.compare import Action, BlockChange, Comparison
from controversies.document.present import PageNames
from controversies.document.types import BLOCK_TYPES, Document, Head
from controversies.history import Reading, read
from controversies.history.log_lines import LogLine
from controversies.pages import lines

PAGE = 25  # revisions of a part on one page: each is compared with the one before it


def only(comparison: Comparison, key: str) -> Comparison:
    """Return the comparison of the block with this key alone."""
    mine = tuple(change for change in comparison.blocks if change.key == key)
    return replace(comparison, blocks=mine, unchanged=())


def name(key: str, *documents: Document | None) -> str:
    """Return the name of a part within a sentence, from the first of these documents that has it; "" if none has."""
    for document in documents:
        block = document.by_key.get(key) if document is not None else None
        if document is None or block is None:
            continue
        block_type = BLOCK_TYPES[type(block)]
        if isinstance(block, Head):
            return _("status, title and order")
        if not block_type.many:
            return str(block_type.in_sentence)
        if block_type.numbering is None:
            return block.display_name
        return labels.lower(PageNames(document).block(block))
    return ""


def rows(
    today: Document, entries: Iterable[LogLine], key: str, *, every: bool
) -> tuple[list[lines.ListedRevision], str]:
    """Return a row for each revision, with its changes of the part with this key, and the part's name; one query.

    The name is today's, or the last one of a part that is gone.
    """
    whole = [lines.row(line, every=every) for line in entries]
    ours = {row.line.number for row in whole if row.shown and (row.line.follows_public or every)}
    ours |= {row.line.number for row in whole if row.shown and row.line.number == 1}
    numbers = sorted({each for number in ours for each in (number, number - 1) if each})
    readings = {each.number: each for each in read.several((today.key, number) for number in numbers)}
    older = (readings[number].document for number in sorted(readings, reverse=True))
    part_name = name(key, today, *older)
    return [
        _row(row, readings, key, part_name) if row.line.number in ours else row for row in whole
    ], part_name


def _row(
    row: lines.ListedRevision, readings: dict[int, Reading], key: str, part_name: str
) -> lines.ListedRevision:
    number = row.line.number
    new, old = readings.get(number), readings.get(number - 1)
    if new is None or (old is None and number > 1):  # the revision before was never imported
        return row
    comparison = only(documents.compare(old.document if old else None, new.document), key)
    added, removed = documents.size(
        replace(comparison, passages=())
    )  # what moved elsewhere counts as removed here
    classes = [*(each.value for each in documents.classes(comparison)), *lines.classes(row.line, whole=False)]
    words = _words(comparison, old is None)
    then = name(key, new.document, old.document if old else None)
    if words and then != part_name:
        words = _("%(name)s then: %(words)s") % {"name": labels.capital(then), "words": words}
    return replace(
        row,
        line=replace(row.line, entry=replace(row.line.entry, added=added, removed=removed)),
        words=words,
        tags=tuple(lines.tag(each) for each in classes),
    )


def _words(comparison: Comparison, is_first: bool) -> str:
    """Return the changes of the part in words."""
    [change, *_more] = [*comparison.blocks, None]
    if is_first:
        return _("First version")
    if not isinstance(change, BlockChange):
        return ""
    changes = say.changes(documents.outline(comparison), is_apart=True)
    if changes:
        return changes
    return {Action.ADDED: _("Added to the page"), Action.REMOVED: _("Removed from the page")}.get(
        change.action, ""
    )
