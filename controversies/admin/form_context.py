"""The state that the forms of one request share: known backers, sources and topics, and what the user may add."""

import json
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import BadRequest
from django.db import models

from controversies.document import parse, rows
from controversies.document.types import BLOCKS, SHARED, Document, Part
from controversies.kit.accounts import Account
from controversies.kit.keys import is_key

# The block types that pages share, by their models.
SHARED_TYPES = {block_type.model: block_type for block_type in SHARED}


def shared_parts(document: Document) -> list[Any]:
    """The topic, backers and sources of a document."""
    parts: list[Any] = [document.head.topic]
    for block_type in BLOCKS:
        if block_type.shared:
            parts += block_type.blocks(document)
    return parts


class FormContext:
    """The backers, sources and topics that the forms of one request may refer to, and the rights of its user.

    A form names a shared part by its key; looking each up by itself would cost a query a field. `unrecorded` holds the
    keys of parts that no row has yet: they were named in a text.
    """

    def __init__(self, user: Account) -> None:
        self.user = user
        self.parts: dict[type[models.Model], dict[str, Any]] = {model: {} for model in SHARED_TYPES}
        self.unrecorded: set[str] = set()
        self._may_add: dict[type[models.Model], bool] = {}

    def add_document(self, document: Document) -> None:
        """Take the shared parts that a document has; no query."""
        for part in shared_parts(document):
            if part.key:
                self.parts[part.MODEL][part.key] = part

    def add_unrecorded(self, text: str) -> None:
        """Take parts that no row has yet, sent along as JSON, if the user may add such; recorded ones come first.

        Raises BadRequest for JSON that no page of ours sends.
        """
        try:
            data = json.loads(text)
            lists = {model: list(data.get(type_.attribute, ())) for model, type_ in SHARED_TYPES.items()}
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            raise BadRequest("This is not JSON of ours.") from error
        for model, block_type in SHARED_TYPES.items():
            parts: list[Part] = []
            for value in lists[model]:
                part, faults = parse.part(block_type.part, value, block_type.attribute)
                if faults:
                    raise BadRequest("This is nothing that could be put on record.")
                parts.append(part)
            if parts and self.may_add(model):
                recorded = self._read_rows(model, [part.identity for part in parts])
                self.parts[model] |= {part.identity: part for part in parts} | recorded
                self.unrecorded |= {part.identity for part in parts} - recorded.keys()

    def look_up(self, model: type[models.Model], keys: Iterable[str]) -> None:
        """Read those of these parts that are not known yet; one query, or none."""
        unknown = {key for key in keys if is_key(key)} - self.parts[model].keys()
        if unknown:
            self.parts[model] |= self._read_rows(model, unknown)

    @staticmethod
    def _read_rows(model: type[models.Model], keys: Iterable[str]) -> dict[str, Any]:
        return rows.shared_blocks(SHARED_TYPES[model].part, keys)

    def name(self, model: type[models.Model], key: str) -> str:
        """The name of a shared part, or "" if there is none of this key."""
        part = self.parts[model].get(key)
        return part.display_name if part else ""

    def may_add(self, model: type[models.Model]) -> bool:
        """Whether the user may record a new one of these."""
        if model not in self._may_add:
            self._may_add[model] = self.user.has_perm(f"controversies.add_{model._meta.model_name}")
        return self._may_add[model]
