"""The form of a merge: which of several backers, sources or topics stays, and which values it has then."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _

from controversies.admin.fields import DocumentTextField, LinesField
from controversies.admin.shared.shared_form import REASON, fingerprint
from controversies.document import canonical
from controversies.document.types import BlockType, Kind, SharedBlock, Spec
from controversies.history.merge import PageSample

VALUE = "value-"  # beginning of the names of the fields for values
MAX_ROWS = 10  # that are merged at once


@dataclass(frozen=True)
class MergeCandidate:
    """One of the rows to be merged, and the pages that show it."""

    block: SharedBlock
    pages: PageSample

    @property
    def key(self) -> str:
        return self.block.key

    @property
    def name(self) -> str:
        return self.block.display_name


@dataclass(frozen=True)
class ValueField:
    """A field of the row that stays: its declaration, and what is offered; one value that all have is not asked for."""

    spec: Spec
    bound: BoundField | None
    same: str = ""  # the value of all of them, in words


class MergeForm(forms.Form):
    """Choices of the row that stays and, field by field, of its values. `candidates` are those on most pages first."""

    def __init__(
        self, block_type: BlockType, candidates: Sequence[MergeCandidate], data: QueryDict | None
    ) -> None:
        super().__init__(data, label_suffix="", use_required_attribute=False)
        self.block_type = block_type
        self.candidates = list(candidates)
        self.by_key = {each.key: each for each in candidates}
        self.fields["kept"] = forms.ChoiceField(
            label=_("Which one stays"),
            choices=[(each.key, each.name) for each in candidates],
            widget=forms.RadioSelect,
            initial=candidates[0].key,
            help_text=_("It keeps its address. The addresses of the others lead to it."),
        )
        self._specs = [spec for spec in block_type.part.VALUES if spec.name not in ("key", "slug")]
        for spec in self._specs:
            if spec.kind is Kind.LINES:
                self.fields[VALUE + spec.name] = self._lines_field(spec)
            elif len(self._values(spec)) > 1:
                self.fields[VALUE + spec.name] = self._choice_field(spec)
        self.fields["reason"] = DocumentTextField(
            REASON,
            required=False,
            label=_("Reason for the merge"),
            help_text=_("Readers see it in the history of each page that changes."),
            widget=forms.TextInput(attrs={"class": "vTextField", "dir": "auto"}),
        )
        self.fields["drawn"] = forms.CharField(
            required=False,
            widget=forms.HiddenInput,
            initial=json.dumps({each.key: _fingerprint(each.block) for each in candidates}),
        )

    def _values(self, spec: Spec) -> dict[Any, list[MergeCandidate]]:
        """The different values of a field, each with the rows that have it."""
        values: dict[Any, list[MergeCandidate]] = {}
        for each in self.candidates:
            values.setdefault(getattr(each.block, spec.name), []).append(each)
        return values

    def _choice_field(self, spec: Spec) -> forms.ChoiceField:
        values = self._values(spec)
        return forms.ChoiceField(
            label=str(spec.label),
            choices=[(owners[0].key, self._in_words(spec, value)) for value, owners in values.items()],
            widget=forms.RadioSelect,
            initial=values[max(values, key=lambda value: _fullness(spec, value))][0].key,
        )

    def _lines_field(self, spec: Spec) -> LinesField:
        """All other names of the rows, and their names: what goes is found by its old name, too."""
        lines = [line for each in self.candidates for line in getattr(each.block, spec.name)]
        names = [each.name for each in self.candidates]
        field = LinesField(spec, help_text=_("Other names, one a line. The name chosen above is left out."))
        field.initial = list(dict.fromkeys([*lines, *names]))
        return field

    @staticmethod
    def _in_words(spec: Spec, value: object) -> str:
        if spec.choices is not None and value:
            return str(spec.choices(str(value)).label)
        return str(value) or _("(nothing)")

    @property
    def value_fields(self) -> list[ValueField]:
        """The fields in the order of the declaration."""
        fields = []
        for spec in self._specs:
            name = VALUE + spec.name
            if name in self.fields:
                fields.append(ValueField(spec, self[name]))
            else:
                [value] = self._values(spec)
                fields.append(ValueField(spec, None, self._in_words(spec, value)))
        return fields

    @property
    def has_changed_rows(self) -> bool:
        """Whether somebody changed one of the rows since the form was drawn."""
        try:
            drawn = json.loads(self.data.get("drawn", "") or "{}")
        except ValueError:
            drawn = {}
        return drawn != {each.key: _fingerprint(each.block) for each in self.candidates}

    def _choice(self, name: str) -> str:
        """The key of a row that is chosen in a field; the one offered first where none is."""
        field: Any = self.fields[name]
        value = str(self.data.get(name, "")) if self.is_bound else ""
        return value if value in dict(field.choices) else str(field.initial)

    @property
    def staying_row(self) -> MergeCandidate:
        """The row that stays."""
        return self.by_key[self._choice("kept")]

    @property
    def other_rows(self) -> list[MergeCandidate]:
        """The rows that are merged into it."""
        return [each for each in self.candidates if each.key != self.staying_row.key]

    def result(self) -> SharedBlock:
        """The row that stays as it will be. The values are as chosen or, before that, as offered."""
        values: dict[str, Any] = {}
        for spec in self._specs:
            name = VALUE + spec.name
            if spec.kind is Kind.LINES:
                field: Any = self.fields[name]
                raw = self.data.get(name, "") if self.is_bound else field.initial
                values[spec.name] = tuple(field.to_python(raw))
            elif name in self.fields:
                values[spec.name] = getattr(self.by_key[self._choice(name)].block, spec.name)
        title = values.get(self.block_type.part.TITLE, self.staying_row.name)
        for spec in self._specs:
            if spec.kind is Kind.LINES:
                values[spec.name] = tuple(
                    line for line in values[spec.name] if line.casefold() != title.casefold()
                )
        return replace(self.staying_row.block, **values)


def _fullness(spec: Spec, value: str) -> tuple[bool, int]:
    """The rank of a value when one is proposed: something before nothing, of texts and dates the longer one."""
    counts_length = spec.kind is Kind.DATE or (spec.is_text and not spec.required)
    return bool(value) and value != spec.default, len(value) if counts_length else 0


def _fingerprint(block: SharedBlock) -> str:
    return fingerprint(canonical.to_json(block))


def expected_blocks(form: MergeForm) -> Mapping[str, SharedBlock]:
    """The rows as the editor has seen them, by key."""
    return {each.key: each.block for each in form.candidates}
