"""Form fields that read text by the rules of a document's, in its canonical form.

So a form accepts exactly what can be recorded, and saving what nobody touched changes nothing: what a browser
does to line breaks, and NUL bytes, never arrive.
"""

import re
import unicodedata
from typing import Any

from django import forms
from django.contrib.admin import widgets
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controversies.document import parse, text
from controversies.document.types import Kind, Spec

MOST_LINES = 50  # other names of one backer

_DOI_PREFIX = re.compile(r"^(https?://)?(dx\.)?doi\.org/|^doi:\s*", re.IGNORECASE)
_WIDGETS: dict[Kind, type[forms.Widget]] = {
    Kind.PROSE: widgets.AdminTextareaWidget,
    Kind.URL: widgets.AdminURLFieldWidget,
}


class DocumentTextField(forms.Field):
    """One text of a document's: a line, prose, an address, a DOI or a date."""

    def __init__(self, *, spec: Spec, **options: Any) -> None:
        self.spec = spec
        options.setdefault("widget", _WIDGETS.get(spec.kind, widgets.AdminTextInputWidget))
        options.setdefault("required", spec.required)
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        given = "" if value is None else str(value)
        if self.spec.kind in (Kind.URL, Kind.DOI, Kind.DATE):
            # Pasted along unseen, and meaning nothing in an address: zero-width and direction marks.
            given = "".join(char for char in given if unicodedata.category(char) not in ("Cf", "Cc"))
        if self.spec.kind is Kind.DOI:
            given = _DOI_PREFIX.sub("", given.strip())
        return text.prose(given) if self.spec.kind is Kind.PROSE else text.line(given)

    def clean(self, value: Any) -> str:
        return _parsed(self.spec, self.to_python(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(initial) != self.to_python(data)


class LinesField(forms.Field):
    """A list of texts, one a line: a name may well hold a comma."""

    def __init__(self, *, spec: Spec, **options: Any) -> None:
        self.spec = Spec(spec.name, Kind.LINE, spec.label, limit=spec.limit)
        options.setdefault("widget", widgets.AdminTextareaWidget(attrs={"rows": 4}))
        options.setdefault("required", False)
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> list[str]:
        lines = text.prose("" if value is None else str(value)).split("\n")
        return list(dict.fromkeys(filter(None, map(text.line, lines))))

    def clean(self, value: Any) -> list[str]:
        lines = self.to_python(value)
        if len(lines) > MOST_LINES:
            raise ValidationError(_("At most %s names.") % MOST_LINES)
        return [_parsed(self.spec, line) for line in lines]


def _parsed(spec: Spec, value: str) -> str:
    try:
        return parse.value(spec, value)
    except parse.InvalidDocument as error:
        raise ValidationError([fault.message for fault in error.faults]) from error
