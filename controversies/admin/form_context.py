"""The state that the forms of one request share: known backers, sources and topics, and what the user may add."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from controversies import likeness
from controversies.document import rows
from controversies.document.types import BLOCKS, SHARED, Document, Part
from controversies.history.former import former_blocks
from controversies.kit.accounts import Account
from controversies.kit.keys import is_key
from controversies.likeness import Match

# The block types that pages share, by their models.
SHARED_TYPES = {block_type.model: block_type for block_type in SHARED}
SHARED_NAMES = {block_type.name: block_type.model for block_type in SHARED}
# Messages about a reference, by the name of the block type, so that each is a whole sentence.
NO_LONGER_RECORDED = {
    "topic": _("This topic is not on record any more. Choose another."),
    "backer": _("This backer is not on record any more. Choose another."),
    "source": _("This source is not on record any more. Choose another."),
}
AMBIGUOUS = {
    "topic": _("Several topics fit this. Choose one."),
    "backer": _("Several backers fit this. Choose one."),
    "source": _("Several sources fit this. Choose one."),
}
NOT_RECORDED = {
    "topic": _("This topic is not on record yet. Complete the new topic below, or name another."),
    "backer": _("This backer is not on record yet. Complete the new backer below, or name another."),
    "source": _("This source is not on record yet. Complete the new source below, or name another."),
}
NO_MATCH = {
    "topic": _("No topic fits this. Choose one that is on record."),
    "backer": _("No backer fits this. Choose one that is on record."),
    "source": _("No source fits this. Choose one that is on record."),
}


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
    keys of parts that no row has yet: they are new in the form. `matches` has, for each text that was typed instead of
    a choice, what it may mean.
    """

    def __init__(self, user: Account) -> None:
        self.user = user
        self.parts: dict[type[models.Model], dict[str, Any]] = {model: {} for model in SHARED_TYPES}
        self.unrecorded: set[str] = set()
        self.recorded: set[str] = set()
        self.matches: dict[type[models.Model], dict[str, list[Match]]] = {model: {} for model in SHARED_TYPES}
        self._may_add: dict[type[models.Model], bool] = {}

    def add_document(self, document: Document) -> None:
        """Take the shared parts that a document has; no query."""
        for part in shared_parts(document):
            if part.key:
                self.parts[part.MODEL][part.key] = part

    def add_new(self, part: Part) -> None:
        """Take a part that no row has yet."""
        self.parts[part.MODEL][part.identity] = part
        self.unrecorded.add(part.identity)

    def look_up(self, model: type[models.Model], keys: Iterable[str]) -> None:
        """Read those of these parts that are not known yet; one query, or none."""
        unknown = {key for key in keys if is_key(key)} - self.parts[model].keys()
        if unknown:
            self.parts[model] |= self._read_rows(model, unknown)
            # What was merged since it was chosen: saving puts what stands for it in its place.
            if missing := unknown - self.parts[model].keys():
                self.parts[model] |= former_blocks(SHARED_TYPES[model].part, missing)

    def add_recorded(self, model: type[models.Model], keys: Iterable[str]) -> None:
        """Read which of these keys are on record, whatever is known of them; one query."""
        recorded = self._read_rows(model, keys)
        self.parts[model] |= recorded
        self.recorded |= recorded.keys()

    def is_recorded(self, model: type[models.Model], key: str) -> bool:
        """Whether a key that was looked for with `add_recorded()` is on record."""
        return key in self.recorded and key in self.parts[model]

    def look_up_texts(self, model: type[models.Model], texts: Iterable[str]) -> None:
        """Find what each typed text may mean, on record or new in this form; three queries, or none."""
        wanted = [text for text in dict.fromkeys(texts) if text]
        if not wanted:
            return
        recorded = likeness.matches(SHARED_TYPES[model].part, wanted)
        new = [part for key, part in self.parts[model].items() if key in self.unrecorded]
        for text in wanted:
            here = [Match(part, True) for part in new if likeness.means(part, text)]
            self.matches[model][text] = here + recorded.get(text, [])
            for match in recorded.get(text, ()):
                self.parts[model].setdefault(match.part.identity, match.part)

    def key_of(self, model: type[models.Model], value: str) -> str:
        """The key that a submitted value stands for: itself, or that of the only part that a text fits; else ""."""
        if is_key(value):
            return value
        same = [match.part.identity for match in self.matches[model].get(value, ()) if match.is_same]
        return same[0] if len(same) == 1 else ""

    def is_known(self, model: type[models.Model], key: str) -> bool:
        """Whether a part of this key is on record or new in this form."""
        return key in self.parts[model]

    def question(self, model: type[models.Model], value: str) -> str:
        """The message about a submitted value that stands for no one part."""
        kind = SHARED_TYPES[model].name
        if is_key(value):
            return str(NO_LONGER_RECORDED[kind])
        matches = self.matches[model].get(value, ())
        if sum(match.is_same for match in matches) > 1:
            return str(AMBIGUOUS[kind])
        if not self.may_add(model):
            return str(NO_MATCH[kind])
        if matches:
            return likeness.did_you_mean([match.part for match in matches[: likeness.MAX_ALTERNATIVES]])
        return str(NOT_RECORDED[kind])

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
