"""Rows of an earlier time, as models that are not saved: so pages that are drawn from rows can show what is no row now.

They are made of the documents that were public at the time, by the declaration, and refer to one another.
"""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import ForeignKey, Model

from controversies.document import rows
from controversies.document.types import SHARED, BlockType, Document, Part
from controversies.history import as_of
from controversies.history.as_of import SharedFilter

_SHARED_MODELS = {block_type.model for block_type in SHARED}


def row_of(block: Part, **counts: int) -> Any:
    """Return the row of a topic, backer or source, with counts as a query would annotate it."""
    row = type(block).MODEL(id=block.key, **rows.row_of(block))  # type: ignore[attr-defined]  # shared blocks have keys
    for name, value in counts.items():
        setattr(row, name, value)
    return row


def shared_row(block_type: BlockType, key: str, time: datetime.datetime) -> Any:
    """Return the row of the topic, backer or source with this key as public pages showed it at the time, or None.

    One query.
    """
    shown = as_of.shared_blocks(block_type, time, filters=SharedFilter(key=key), counted=False)
    return row_of(shown[0].block) if shown else None


def rows_of[M: Model](documents: Iterable[Document], model: type[M]) -> list[M]:
    """Return the rows of one model on these pages, in their order, with all that they refer to."""
    wanted: list[M] = []
    for document in documents:
        tables: dict[type[Model], dict[str, Any]] = {
            table: {key: table(id=key, **values) for key, values in by_key.items()}
            for table, by_key in rows.rows_of(document).items()
        }
        for block in document.shared_blocks():
            tables.setdefault(type(block).MODEL, {})[block.key] = row_of(block)
        for table, by_key in tables.items():
            if table not in _SHARED_MODELS:
                for row in by_key.values():
                    _link(row, tables)
        wanted += tables[model].values()
    return wanted


def _link(row: Model, tables: dict[type[Model], dict[str, Any]]) -> None:
    """Set the rows that a row refers to."""
    for field in row._meta.concrete_fields:
        key = getattr(row, field.attname)
        if isinstance(field, ForeignKey) and key is not None:
            target: Any = field.related_model
            setattr(row, field.name, tables[target][key])
