"""Migration 0023: what revisions recorded before it changed is told by today's rules, in bounded batches."""

import importlib
import json
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from controversies import history
from controversies import models as m
from controversies.history import verify
from controversies.models import ChangeClass
from tests.factories import cited_first, cited_page

retold = importlib.import_module("controversies.migrations.0023_retold")

pytestmark = pytest.mark.django_db


def change_record(sql: str, params: list[object]) -> None:
    """Do what the guards refuse, as the owner of the tables."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("revision", "block"):
            cursor.execute(f"ALTER TABLE controversies_{table} DISABLE TRIGGER append_only")
        cursor.execute(sql, params)
        for table in ("revision", "block"):
            cursor.execute(f"ALTER TABLE controversies_{table} ENABLE TRIGGER append_only")


def recorded() -> str:
    """A page of four revisions: the third only adds a source, which renumbers others; the fourth is a restoration."""
    first = cited_page()
    history.record(first, author_name="Ada", base=None, kind=ChangeClass.IMPORT)
    a, b = first.positions
    second = first.with_blocks(positions=(replace(a, argument=a.argument.replace("court", "cuort")), b))
    history.record(second, author_name="Ada", base=1)
    third = cited_first(second)
    history.record(third, author_name="Ada", base=2)
    history.record(
        replace(second, head=replace(second.head, status="dormant")),
        author_name="Ada",
        base=3,
        kind=ChangeClass.RESTORE,
    )
    return first.key


def columns(key: str) -> tuple[list[object], list[object]]:
    names = ("number", "classes", "changes", "added", "removed")
    return (
        list(m.Revision.objects.filter(controversy=key).order_by("number").values_list(*names)),
        list(
            m.Block.objects.filter(controversy=key)
            .order_by("since", "key")
            .values_list("key", "since", "renumbered")
        ),
    )


def test_revisions_of_old_are_told_by_todays_rules():
    key = recorded()
    right = columns(key)
    assert [row[1] for row in right[0]] == [["import"], ["typo"], ["source"], ["restore", "source", "status"]]
    change_record(
        "UPDATE controversies_revision SET changes = %s, added = 1129, removed = 1118,"
        " classes = CASE WHEN number IN (1, 4) THEN classes[:1] ELSE '{}' END || '{wording}'::varchar[]"
        " WHERE controversy_id = %s",
        [json.dumps([["position", "B", "argument"]]), key],
    )
    change_record("UPDATE controversies_block SET renumbered = NULL WHERE controversy_id = %s", [key])
    assert columns(key) != right

    said: list[str] = []
    assert retold.retell(connection, said.append) == 4

    assert columns(key) == right
    assert ["4 revisions" in said[0], "4 of them" in said[1]] == [True, True]
    assert list(verify.faults(key)) == []
    assert retold.retell(connection, said.append) == 0


def test_guards_stand_after_it():
    key = recorded()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    retold.retell(connection, lambda _words: None)

    for sql in (
        "UPDATE controversies_revision SET added = 7 WHERE controversy_id = %s",
        "UPDATE controversies_block SET renumbered = true WHERE controversy_id = %s",
    ):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, [key])


def test_what_is_withheld_or_erased_is_left_alone():
    key = recorded()
    position = str(m.Block.objects.filter(controversy=key, renumbered=True).first().key)
    change_record(
        "UPDATE controversies_block SET body = NULL, basis = NULL WHERE controversy_id = %s AND key = %s AND since = 3",
        [key, position],
    )
    change_record(
        "UPDATE controversies_revision SET classes = '{substantive}', added = 5"
        " WHERE controversy_id = %s AND number > 2",
        [key],
    )

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    retold.retell(connection, lambda _words: None)

    rows = columns(key)[0]
    assert [row[1] for row in rows[2:]] == [["substantive"], ["substantive"]]
    assert [row[3] for row in rows[2:]] == [5, 5]


def test_batches_make_no_difference(monkeypatch):
    key = recorded()
    right = columns(key)
    change_record("UPDATE controversies_revision SET added = 0, removed = 9 WHERE controversy_id = %s", [key])
    monkeypatch.setattr(retold, "_BATCH", 1)

    retold.retell(connection, lambda _words: None)

    assert columns(key) == right
