"""The form in fields follows the declaration, and keeps of each part what it has no field for."""

from typing import Any

import pytest
from django.test import Client

from controversies import history
from controversies.admin.edit.fields_form import FieldsForm
from controversies.admin.edit.page_form import FormSource
from controversies.admin.form_context import FormContext
from controversies.admin.part_form import ROWS, form_class
from controversies.document import types
from controversies.document.types import Kind
from tests.admin.editing import change_url, opened
from tests.factories import ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db
SHARED = {block_type.part for block_type in types.SHARED}
EDITED = [cls for cls in types.part_classes() if cls not in SHARED]


def editable(cls: type[types.Part]) -> set[str]:
    return {spec.name for spec in cls.VALUES if spec.is_editable}


@pytest.mark.parametrize("cls", EDITED, ids=lambda cls: cls.__name__)
def test_form_has_a_field_for_every_editable_spec_and_draws_each_once(cls):
    form = form_class(cls)(None, "x", None, FormContext(UserFactory()))

    assert set(form.fields) - {"reviewed"} == editable(cls)
    drawn = [cell.name for row in form.rows for cell in row]
    assert sorted(drawn) == sorted(form.fields)
    assert {name for row in ROWS.get(cls, ()) for name in row} - {"reviewed"} <= editable(cls)


def test_page_has_an_input_for_every_editable_spec():
    client = Client()
    client.force_login(UserFactory(role="publisher"))
    made = ControversyFactory(publication="draft", points=1, positions=1, backings=1, stances=1, citations=1)
    document = made.document
    names = {name for name, _value in opened(client, change_url(made.key, "?all=1"))}

    prefixes: dict[type[types.Part], list[str]] = {types.Head: ["head"], types.Context: ["context"]}
    for position in document.positions:
        prefixes.setdefault(types.Position, []).append(position.key)
        for backing in position.backings:
            prefixes.setdefault(types.Backing, []).append(backing.key)
        for point in document.points:
            prefixes.setdefault(types.Stance, []).append(f"{position.key}-stances-{point.key}")
    prefixes[types.Point] = [point.key for point in document.points]
    prefixes[types.Citation] = [citation.key for citation in document.citations()]
    assert set(prefixes) == set(EDITED)
    for cls, keys in prefixes.items():
        for key in keys:
            for name in editable(cls):
                assert f"{key}-{name}" in names, (cls, name)


def optional(cls: type[types.Part]) -> list[str]:
    """Fields that a form may lack: texts and choices that need not be there."""
    return [
        spec.name
        for spec in cls.VALUES
        if spec.is_editable
        and not spec.required
        and spec.kind in (Kind.PROSE, Kind.LINE, Kind.CHOICE, Kind.DATE)
    ]


@pytest.mark.parametrize(("cls", "name"), [(cls, name) for cls in EDITED for name in optional(cls)], ids=str)
def test_part_keeps_a_field_that_the_form_lacks(cls: type[types.Part], name: str, monkeypatch: Any):
    made = ControversyFactory(points=1, positions=1, backings=1, stances=1, citations=1)
    current = history.head(made.key)
    assert current is not None
    document = current.document
    monkeypatch.delitem(form_class(cls).base_fields, name)
    source = FormSource(document, current, FormContext(UserFactory(role="editor")))

    form = FieldsForm(source, open_all=True)
    again = FieldsForm(source, form.as_submitted())

    assert again.is_valid(), again.problems()
    assert again.document == document
