"""From fields to text and back, with all that was typed and not saved."""

import json
from dataclasses import replace
from typing import Any

from django.http import QueryDict

from controversies.admin.edit.fields_form import NEW_SHARED, FieldsForm
from controversies.admin.edit.page_form import NUMBERS, PageForm
from controversies.admin.edit.text_form import FIELD, TextForm
from controversies.document import canonical


def turned(typed: PageForm) -> PageForm | None:
    """The same in the other way of typing; None if it says something wrong, which then is told where it was typed."""
    if isinstance(typed, TextForm):
        return _as_fields(typed)
    return _as_text(typed) if isinstance(typed, FieldsForm) else None


def _as_text(form: FieldsForm) -> TextForm | None:
    drawn = TextForm(**_options(form))
    if not form.is_untouched:
        if not form.is_valid():
            return None
        start, head = form.start.head, form.document.head
        # A review stays ticked, beside the text.
        head = replace(head, reviewed_on=start.reviewed_on, reviewed_by=start.reviewed_by)
        drawn.text = drawn.write(replace(form.document, head=head))
    sent = {FIELD: drawn.text, NUMBERS: ",".join(source.key for source in form.document.sources)}
    text = TextForm(**_options(form), data=_along(form, sent))
    text.known = drawn.known
    return text


def _as_fields(text: TextForm) -> FieldsForm | None:
    options = _options(text)
    if text.is_untouched:
        return FieldsForm(**options)
    if not text.is_valid() or text.said is None:
        return None
    drawn = FieldsForm(**{**options, "shown": text.said, "open_all": text.is_new, "proposed": True})
    for node in (*drawn.points, *drawn.positions):
        if node.part != text.shown.by_key.get(node.key):  # or what is shut is carried over from there
            drawn.open_block(node.key)
    new = {
        name: [canonical.to_json(part) for part in parts if text.known.by_key(part.key) is None]
        for name, parts in (
            ("backers", text.said.backers),
            ("sources", text.said.sources),
            ("topics", [text.said.head.topic]),
        )
    }
    data = drawn.as_sent()
    data[NUMBERS] = ",".join(source.key for source in text.said.sources)
    if any(new.values()):
        data[NEW_SHARED] = json.dumps(new)
    return FieldsForm(**{**options, "data": _along(text, data)})


def _options(typed: PageForm) -> dict[str, Any]:
    names = ("shown", "current", "desk", "proposed", "brings_publication")
    return {name: getattr(typed, name) for name in names}


def _along(typed: PageForm, data: Any) -> QueryDict:
    """These fields, with the reason for the change and the review, which are beside either."""
    made = QueryDict(mutable=True)
    made.update(data)
    for name in ("reason-summary", "head-reviewed"):
        if typed.data is not None and name in typed.data:
            made[name] = str(typed.data[name])
    return made
