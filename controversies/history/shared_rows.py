"""The rows that several pages show, backers, sources and topics, when a page that refers to them is recorded.

Whoever changes a shared row holds its lock and then waits for the pages that show it (`act()`). So whoever
records a page takes the locks of what it newly refers to before the page's own: neither waits for the other
in a circle, and no page is recorded with a name that is being changed.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from controversies.document import rows
from controversies.document.parse import Fault, InvalidDocument, unique_value
from controversies.document.types import SHARED, TOPIC, BlockType, Document, parts_of

type SharedBlocks = dict[str, Any]  # by key, as they are on record

_NAMES = {block_type.name for block_type in SHARED}


def lock(document: Document, base: Document | None) -> SharedBlocks:
    """Lock the rows that the document refers to and `base` does not until COMMIT, and return their blocks.

    No query if there are none.
    """
    old, new = set(_references(base, document)), set(_references(document, base))
    keys = {key for _holder, key in new - old}
    blocks: SharedBlocks = {}
    for block_type in SHARED:
        known = {block.key for block in block_type.blocks(base)} if base else set()
        wanted = [
            block.key for block in block_type.blocks(document) if block.key in keys or block.key not in known
        ]
        if wanted:
            blocks |= rows.shared_blocks(block_type.part, wanted, lock=True)
    return blocks


def are_known(document: Document, base: Document | None, locked: SharedBlocks) -> bool:
    """Whether every backer, source and topic of the document is one of `base` or among the locked ones."""
    known = locked.keys() | ({block.key for block in base.shared_blocks()} if base else set())
    return all(block.key in known for block in document.shared_blocks())


def _references(document: Document | None, other: Document | None) -> Iterator[tuple[str, str]]:
    """The keys of parts and of the shared blocks that they refer to, but in blocks that are the other document's."""
    if document is None:
        return
    known = other.by_key if other else {}
    for block in document.own_blocks():
        if known.get(block.key) is not block:
            for part in parts_of(block):
                yield from (
                    (part.identity, getattr(part, spec.name))
                    for spec in part.VALUES
                    if spec.refers_to in _NAMES
                )


def resolve(document: Document, base: Document | None, locked: SharedBlocks, *, reread: bool) -> Document:
    """The document with its backers, sources and topic as they are on record; new ones are inserted.

    `base` is the newest revision's document, which has them as they are: a change would have been recorded.
    Not so in a transaction that has changed rows itself: then `reread` them. Raises InvalidDocument.
    """
    blocks = locked
    if reread:
        blocks = _on_record(document)
    elif base is not None:
        blocks = {block.key: block for block in base.shared_blocks()} | locked
    _insert(document, blocks)
    return document.with_shared(blocks)


def _on_record(document: Document) -> SharedBlocks:
    """The shared blocks of the document that are on record; a query for each type."""
    blocks: SharedBlocks = {}
    for block_type in SHARED:
        blocks |= rows.shared_blocks(block_type.part, [block.key for block in block_type.blocks(document)])
    return blocks


def _insert(document: Document, recorded: SharedBlocks) -> None:
    """Insert the rows of shared blocks that are not on record. Raises InvalidDocument."""
    missing = {
        block_type: {i: b for i, b in enumerate(block_type.blocks(document)) if b.key not in recorded}
        for block_type in SHARED
    }
    faults = [
        fault
        for block_type, blocks in missing.items()
        for fields in block_type.part.UNIQUE
        for fault in _not_unique(block_type, blocks, fields)
    ]
    if faults:
        raise InvalidDocument(faults)
    for block_type, blocks in missing.items():
        if blocks:
            new_rows = [block_type.model(id=block.key, **rows.row_of(block)) for block in blocks.values()]
            block_type.model._default_manager.bulk_create(new_rows)


def _not_unique(block_type: BlockType, blocks: dict[int, Any], fields: tuple[str, ...]) -> Iterator[Fault]:
    """Faults of new shared blocks whose address, name or link another row has; one query if any has one."""
    first, *others = fields
    values = {i: unique_value(block, fields) for i, block in blocks.items()}
    wanted = [value[0] for value in values.values() if value[0]]
    if not wanted:
        return
    name = "lower_name" if others else first
    queryset = block_type.model._default_manager.all()
    if others:
        queryset = queryset.annotate(lower_name=Lower(first))
    existing = set(queryset.filter(**{f"{name}__in": wanted}).values_list(name, *others))
    for i, block in blocks.items():
        if values[i] in existing:
            if block_type is TOPIC:
                path, message = "topic", _("Another topic has this: “%s”.")
            else:
                path = f"{block_type.attribute}[{i}]"
                message = _("On record under another key already: “%s”. Use that one.")
            yield Fault(f"{path}.{first}", message % getattr(block, first))


def unrecorded_keys(document: Document) -> set[str]:
    """The keys of the document's backers, sources and topic that are not on record yet."""
    return {block.key for block in document.shared_blocks()} - _on_record(document).keys()


def find_twins(document: Document, keys: set[str]) -> dict[str, str]:
    """Return, for those of these keys whose block is on record under another key, that key.

    A block is the same if it has what can be on record only once: an address, a link, a DOI, a backer's name and
    kind, a topic's title.
    """
    twins: dict[str, str] = {}
    for block_type in SHARED:
        for block in block_type.blocks(document):
            if block.key in keys:
                same = Q()
                for first, *others in block_type.part.UNIQUE:
                    if value := getattr(block, first):
                        lookup = f"{first}__iexact" if others else first
                        same |= Q(**{lookup: value}, **{name: getattr(block, name) for name in others})
                matches = block_type.model._default_manager.filter(same).exclude(pk=block.key)
                if key := matches.values_list("pk", flat=True).first():
                    twins[block.key] = str(key)
    return twins


def update_rows(keys: set[str], document: Document) -> None:
    """Bring the rows with these keys, which this transaction inserted, into agreement with the document."""
    for block_type in SHARED:
        for block in block_type.blocks(document):
            if block.key in keys:
                values = rows.row_of(block)
                queryset = block_type.model._default_manager.filter(pk=block.key)
                # An update that changes nothing would mark the pages that show the row as changed.
                if not queryset.filter(**values).exists():
                    queryset.update(**values)
