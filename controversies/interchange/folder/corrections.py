"""Corrections of backers, sources and topics on record by the fields that files give of them.

What a file changed since its last import is taken, if nobody else changed the same; otherwise it is a conflict. Of
what it says for the first time, the record is right, and where they differ that is told.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import labels
from controversies.document.types import Backer, Document, Kind, Part, Source, Spec, Topic

from .. import word_diff

_LONG = 200  # characters of a value that are enough to recognise it by

MODELS: dict[type[Part], Any] = {Backer: m.Backer, Source: m.Source, Topic: m.Topic}


@dataclass(slots=True)
class Corrections:
    """Corrections of blocks on record: fields with their new values, and notes for the report."""

    fields: dict[tuple[type[Part], str], dict[str, Any]] = field(default_factory=dict)
    files: dict[tuple[type[Part], str], str] = field(default_factory=dict)  # where each was found
    notes: list[str] = field(default_factory=list)

    def weigh(
        self,
        in_file: Any,
        on_record: Any,
        before: Any | None,
        *,
        file: str,
        fill: bool = False,
        guessed: frozenset[str] = frozenset(),
        unsaid: frozenset[str] = frozenset(),
    ) -> Iterable[tuple[str, str]]:
        """Take up what a file says of one block, and said `before`; yields each conflict with its field.

        What it says for the first time only fills what is empty on record, and that only if asked to `fill`; but
        what is `guessed` on record gives way to it. Of the `unsaid` fields the file itself only guesses.
        """
        place = (type(on_record), on_record.key)
        pending = len(self.fields.get(place, ()))
        for spec in in_file.SPECS:
            if spec.name in ("key", "slug"):
                continue
            mine, theirs = getattr(in_file, spec.name), getattr(on_record, spec.name)
            theirs = self.fields.get(place, {}).get(spec.name, theirs)
            if mine == theirs:
                continue
            if spec.name in guessed and spec.name not in unsaid:
                self._set(place, spec, mine)
                continue
            if spec.name in unsaid and before is None:
                continue
            was = getattr(before, spec.name) if before is not None else None
            if before is None:
                if not mine or mine == spec.default:
                    continue
                if fill and spec.kind is Kind.LINES:
                    self._set(place, spec, tuple(dict.fromkeys([*theirs, *mine])))
                elif fill and theirs == spec.default:
                    self._set(place, spec, mine)
                else:
                    self.notes.append(_note(on_record, spec, theirs, mine))
            elif was == theirs:
                self._set(place, spec, mine)
            elif was != mine:
                yield spec.name, _conflict(on_record, spec, was, theirs, mine)
        if len(self.fields.get(place, ())) > pending:
            self.files.setdefault(place, file)

    def _set(self, place: tuple[type[Part], str], spec: Spec, value: object) -> None:
        self.fields.setdefault(place, {})[spec.name] = value

    def write(self) -> Iterable[tuple[str, str]]:
        """Write the corrections to the rows; yields for what cannot be the file that says it, and why."""
        for place in sorted(self.fields, key=lambda each: (each[0].__name__, each[1])):
            cls, key = place
            row = MODELS[cls].objects.select_for_update(no_key=True).get(pk=key)
            for name, value in self.fields[place].items():
                setattr(row, name, list(value) if isinstance(value, tuple) else value)
            try:
                row.full_clean()
                row.save(update_fields=self.fields[place])
            except ValidationError as error:
                messages = [f"{row}: {message}" for message in error.messages]
                yield self.files[place], " ".join(messages)


def shared_blocks(document: Document) -> tuple[Any, ...]:
    """Return the blocks of a document that other pages may show too."""
    return (document.head.topic, *document.backers, *document.sources)


def block_name(block: Any) -> str:
    """Return the name or title of a shared block."""
    return block.name if isinstance(block, Backer) else block.title


def quoted_value(spec: Spec, value: object) -> str:
    """A value in words, between quotes; nothing where it is empty."""
    text = _text(spec, value)
    return f"“{word_diff.shorten(text, _LONG)}”" if text else _("nothing")


def _text(spec: Spec, value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else labels.value(spec, value)


def _note(block: object, spec: Spec, theirs: object, mine: object) -> str:
    return _("%(name)s: %(field)s stays %(theirs)s, as on record; the file has %(mine)s.") % {
        "name": block_name(block),
        "field": labels.capital(str(spec.label)),
        "theirs": quoted_value(spec, theirs),
        "mine": quoted_value(spec, mine),
    }


def _conflict(block: object, spec: Spec, was: object, theirs: object, mine: object) -> str:
    texts = [_text(spec, value) for value in (was, theirs, mine)]
    if max(map(len, texts)) > _LONG:
        return _(
            "%(name)s: %(field)s was changed here and on the site. %(states)s Write the right value here; the one on "
            "record is accepted too."
        ) % {
            "name": block_name(block),
            "field": labels.capital(str(spec.label)),
            "states": word_diff.three_states(*texts),
        }
    return _(
        "%(name)s: %(field)s was %(was)s, is now %(theirs)s on record, and %(mine)s here. Write the right value "
        "here; the one on record is accepted too."
    ) % {
        "name": block_name(block),
        "field": labels.capital(str(spec.label)),
        "was": quoted_value(spec, was),
        "theirs": quoted_value(spec, theirs),
        "mine": quoted_value(spec, mine),
    }
