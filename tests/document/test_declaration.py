"""The declaration against itself and against the models: what a Spec says is what its column holds."""

import dataclasses
import itertools

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models

from controversies import models as m
from controversies.document import parse
from controversies.document.types import (
    BLOCKS,
    BY_NAME,
    SHARED,
    Document,
    Kind,
    part_classes,
)
from controversies.models.owners import OWNERS

PARTS = part_classes()
FIELDS = [
    pytest.param(cls, spec, id=f"{cls.__name__}.{spec.name}")
    for cls in PARTS
    for spec in cls.VALUES
    if not (spec.name == "key" and cls.MODEL is m.Controversy)
]
COLUMNS: dict[Kind, type[models.Field]] = {
    Kind.LINE: models.CharField,
    Kind.PROSE: models.TextField,
    Kind.CHOICE: models.CharField,
    Kind.SLUG: models.SlugField,
    Kind.URL: models.URLField,
    Kind.DOI: models.CharField,
    Kind.ISBN: models.CharField,
    Kind.LANGUAGE: models.CharField,
    Kind.DAY: models.DateField,
    Kind.DATE: m.fields.PartialDateField,
    Kind.LINES: ArrayField,
    Kind.PART: models.ForeignKey,
}


@pytest.mark.parametrize(("cls", "spec"), FIELDS)
def test_a_column_holds_what_its_field_is_declared_to_hold(cls, spec):
    column = cls.MODEL._meta.get_field(spec.column)

    if spec.kind is Kind.KEY:
        expected = models.ForeignKey if spec.refers_to else models.UUIDField
        assert isinstance(column, expected)
        if spec.refers_to:
            assert column.related_model is BY_NAME[spec.refers_to].model
        else:
            assert column.primary_key
        return
    assert isinstance(column, COLUMNS[spec.kind])
    if spec.kind is Kind.PART:
        assert column.related_model is spec.part.MODEL
        return
    assert column.blank is not (spec.required or bool(spec.default))
    assert column.null is (spec.kind is Kind.DAY)
    if spec.choices is not None:
        assert column.choices == spec.choices.choices
        assert column.max_length >= max(map(len, spec.choices.values))
    elif spec.kind is Kind.LINES:
        assert column.base_field.max_length == spec.limit
    elif spec.kind not in (Kind.PROSE, Kind.DAY, Kind.DATE):
        assert column.max_length == spec.limit


@pytest.mark.parametrize("model", dict.fromkeys(cls.MODEL for cls in PARTS))
def test_each_column_is_declared(model):
    """A column that no Spec names would be kept by no document, and lost at the next edit."""
    declared = {spec.column for cls in PARTS if cls.MODEL is model for spec in cls.VALUES}
    besides = {"id", "order", *OWNERS.get(model, ())}

    assert {column.name for column in model._meta.concrete_fields} - besides == declared - {"id"}


def test_a_document_has_the_blocks_of_the_registry_in_its_order():
    assert [block_type.attribute for block_type in BLOCKS] == [
        each.name for each in dataclasses.fields(Document)
    ]
    assert [block_type.many for block_type in BLOCKS] == sorted(block_type.many for block_type in BLOCKS)
    assert len({block_type.name for block_type in (*BLOCKS, *SHARED)}) == len(BY_NAME)
    for block_type in BLOCKS:
        assert bool(block_type.order_label) is block_type.ordered, block_type.name


@pytest.mark.parametrize("cls", PARTS)
def test_names_in_the_declaration_are_names_of_fields(cls):
    names = {spec.name for spec in cls.SPECS}

    assert cls.IDENTITY in names
    assert {cls.TITLE, cls.ONCE} - {""} <= names
    assert set(itertools.chain(*cls.PAIRS, *cls.TWINS, *cls.UNIQUE)) <= names
    assert set(cls.MENTIONS) <= {spec.name for spec in cls.LISTS}
    for spec in cls.SPECS:
        assert spec.goes_with in names | {""}
        assert (spec.part is not None) is (spec.kind in (Kind.ITEMS, Kind.PART))
        assert not spec.refers_to or spec.refers_to in BY_NAME
        assert not spec.has_marks or spec.kind is Kind.PROSE


@pytest.mark.parametrize("cls", [block_type.part for block_type in SHARED])
def test_what_no_two_may_share_is_refused_by_the_database(cls):
    columns = cls.MODEL._meta.concrete_fields
    unique = {(column.name,) for column in columns if column.unique and not column.primary_key}
    for constraint in cls.MODEL._meta.total_unique_constraints:
        unique.add(tuple(constraint.fields))
    for constraint in cls.MODEL._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            names = [
                each.name
                for expression in constraint.expressions
                for each in (expression, *getattr(expression, "source_expressions", ()))
                if isinstance(each, models.F)
            ]
            unique.add(tuple(constraint.fields or names))

    assert set(cls.UNIQUE) == unique - {()}


def test_each_reference_has_a_message_for_a_key_that_is_not_there():
    for cls in PARTS:
        for spec in cls.VALUES:
            assert not spec.refers_to or spec.refers_to in parse._MISSING
        assert not cls.ONCE or cls.ONCE in parse._TWICE
