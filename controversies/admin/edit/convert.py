"""The two kinds of form of a page: which one a request is about, and from one to the other with all that was typed."""

from dataclasses import replace

from django.http import QueryDict

from controversies.admin.edit.fields_form import FieldsForm
from controversies.admin.edit.page_form import NUMBERS, REASON, REVIEWED, FormSource, PageForm
from controversies.admin.edit.request import EditRequest
from controversies.admin.edit.text_form import FIELD, TextForm


def make_form(edit: EditRequest) -> PageForm:
    """Return the form that a request sent, or the one to draw."""
    source = FormSource.of(edit)
    if edit.http.method == "POST":
        kind: type[PageForm] = TextForm if FIELD in edit.data else FieldsForm
        return kind(source, edit.data)
    if FIELD in edit.http.GET:
        return TextForm(source)
    open_all = "all" in edit.http.GET or edit.current is None
    return FieldsForm(source, open_all=open_all, open_at=edit.http.GET.get("open", ""))


def convert_form(form: PageForm) -> PageForm | None:
    """Return the same page in the other kind of form; None if an error must be corrected first."""
    if isinstance(form, TextForm):
        return convert_text_to_form(form)
    return convert_form_to_text(form) if isinstance(form, FieldsForm) else None


def convert_form_to_text(form: FieldsForm) -> TextForm | None:
    """Return the text of a page in fields; None if that is not valid."""
    drawn = TextForm(form.source)
    if not form.is_untouched:
        if not form.is_valid():
            return None
        start, head = form.start.head, form.document.head
        # A review stays ticked, beside the text.
        head = replace(head, reviewed_on=start.reviewed_on, reviewed_by=start.reviewed_by)
        drawn.text = drawn.write(replace(form.document, head=head))
    numbers = ",".join(source.key for source in form.document.sources)
    return TextForm(form.source, _with_fields_beside(form, {FIELD: drawn.text, NUMBERS: numbers}))


def convert_text_to_form(text: TextForm) -> FieldsForm | None:
    """Return the fields of a page as text; None if that is not valid."""
    if text.is_untouched:
        return FieldsForm(text.source)
    if not text.is_valid() or text.unreviewed is None:
        return None
    document, source = text.unreviewed, text.source
    drawn = FieldsForm(replace(source, shown=document, is_proposed=True), open_all=text.is_new)
    for _block_type, nodes in drawn.sections:
        for node in nodes:
            if node.part != text.shown.by_key.get(node.key):  # a closed block is carried over from there
                drawn.open_block(node.key)
    data = drawn.as_submitted()
    data[NUMBERS] = ",".join(each.key for each in document.sources)
    return FieldsForm(source, _with_fields_beside(text, data))


def _with_fields_beside(form: PageForm, fields: QueryDict | dict[str, str]) -> QueryDict:
    """Return these fields with the reason for the change and the review, which stand beside either kind of form."""
    data = QueryDict(mutable=True)
    for name in fields:
        data.setlist(name, fields.getlist(name) if isinstance(fields, QueryDict) else [fields[name]])
    for name in (REASON, REVIEWED):
        if form.data is not None and name in form.data:
            data[name] = str(form.data[name])
    return data
