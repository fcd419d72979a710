# ruff: noqa: S608 - the tests' own SQL, made of names of our tables
"""The database's own guards: nothing that readers see changes without a revision, whoever asks and however.

These tests really COMMIT. What each tries is refused or changes nothing, so they share one page.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F

from controversies import history
from controversies import models as m
from controversies.document import rows
from tests.factories import ControversyFactory, Recorded

UNRECORDED = "was changed without a revision"
TEXT = {  # a column of each table that readers see
    m.Topic: "title",
    m.Backer: "name",
    m.Source: "publisher",
    m.Controversy: "context",
    m.ContestedPoint: "body",
    m.Position: "argument",
    m.Backing: "note",
    m.Stance: "text",
    m.Citation: "locator",
}
OWN = [m.Controversy, m.ContestedPoint, m.Position, m.Backing, m.Stance, m.Citation]


@pytest.fixture(scope="module")
def shown(django_db_setup: None, django_db_blocker: Any) -> Iterator[Recorded]:
    """A page with a row in every table, and a stance to spare; one for all tests, since all leave it as it is."""
    with django_db_blocker.unblock():
        yield ControversyFactory(positions=2, points=2, stances=3, citations=9)
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def unharmed(shown: Recorded) -> Iterator[None]:
    """After the test the page is as it was, and nothing is left unrecorded."""
    yield
    assert rows.from_rows([shown.key]) == {shown.key: shown.document}
    assert history.head(shown.key) == shown.head
    assert m.Revision.objects.count() == 1
    assert m.UnrecordedChange.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM controversies_ledger")
        assert cursor.fetchone() == (0,)


def sql(statement: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def refused(action: Callable[[], Any], message: str = UNRECORDED) -> None:
    """The action alone in a transaction, and that COMMIT refuses it."""
    with pytest.raises(IntegrityError, match=message), transaction.atomic():
        action()


def table(model: type[models.Model]) -> str:
    return model._meta.db_table


def row_to_add(model: type[models.Model], shown: Recorded) -> dict[str, Any]:
    """Values of a row that would fit the shown."""
    position, point = shown.document.positions[0].key, shown.document.points[0].key
    said = {(str(p), str(q)) for p, q in m.Stance.objects.values_list("position_id", "point_id")}
    free = [(p.key, q.key) for p in shown.document.positions for q in shown.document.points]
    [(speaker, spoken)] = [pair for pair in free if pair not in said]
    source = shown.document.sources[0].key
    values: dict[type[models.Model], dict[str, Any]] = {
        m.Controversy: {"slug": "added", "title": "Added", "topic_id": shown.document.head.topic.key},
        m.ContestedPoint: {"controversy_id": shown.key, "order": 9, "title": "Added"},
        m.Position: {"controversy_id": shown.key, "order": 9, "claim": "Added."},
        m.Backing: {"position_id": position, "order": 9, "backer_id": shown.document.backers[1].key},
        m.Stance: {"position_id": speaker, "point_id": spoken, "text": "Added."},
        m.Citation: {"point_id": point, "order": 9, "source_id": source},
    }
    return {"id": uuid.uuid4(), **values[model]}


def insert(instance: models.Model) -> None:
    """Insert by plain SQL."""
    fields = instance._meta.local_concrete_fields
    names = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    values = [field.get_db_prep_save(getattr(instance, field.attname), connection) for field in fields]
    sql(f"INSERT INTO {table(type(instance))} ({names}) VALUES ({marks})", *values)


# -- every table, every way --


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("model", TEXT, ids=lambda model: model.__name__)
def test_update_without_a_revision_is_refused(model):
    name = TEXT[model]
    manager = model._default_manager
    first = manager.order_by("pk").first()

    def save():
        setattr(first, name, "Changed.")
        first.save()

    def bulk_update():
        setattr(first, name, "Changed.")
        manager.bulk_update([first], [name])

    refused(save)
    refused(lambda: manager.filter(pk=first.pk).update(**{name: "Changed."}))
    refused(bulk_update)
    refused(lambda: sql(f'UPDATE {table(model)} SET "{name}" = %s WHERE id = %s', "Changed.", first.pk))
    with pytest.raises(IntegrityError, match=UNRECORDED):  # no transaction but the statement's own
        sql(f'UPDATE {table(model)} SET "{name}" = %s WHERE id = %s', "Changed.", first.pk)
    refused(
        lambda: sql(
            f"INSERT INTO {table(model)} SELECT * FROM {table(model)} WHERE id = %s"
            f' ON CONFLICT (id) DO UPDATE SET "{name}" = %s',
            first.pk,
            "Changed.",
        )
    )
    refused(
        lambda: sql(
            f"MERGE INTO {table(model)} t USING (SELECT %s::uuid AS id) s ON t.id = s.id"
            f' WHEN MATCHED THEN UPDATE SET "{name}" = %s',
            first.pk,
            "Changed.",
        )
    )


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)
def test_insert_without_a_revision_is_refused(model, shown):
    manager = model._default_manager

    refused(lambda: model(**row_to_add(model, shown)).save(force_insert=True))
    refused(lambda: manager.create(**row_to_add(model, shown)))
    refused(lambda: manager.bulk_create([model(**row_to_add(model, shown))]))
    refused(lambda: insert(model(**row_to_add(model, shown))))


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)
def test_delete_without_a_revision_is_refused(model):
    manager = model._default_manager
    first = manager.order_by("pk").first()
    # The revisions hold the controversy, and rows below hold a point or position, before the guard is asked.
    held = rf"{UNRECORDED}|protected foreign keys|violates foreign key constraint"

    refused(lambda: model.objects.get(pk=first.pk).delete(), held)
    refused(lambda: manager.filter(pk=first.pk).delete(), held)
    refused(lambda: manager.filter(pk=first.pk)._raw_delete("default"), held)
    refused(lambda: sql(f"DELETE FROM {table(model)} WHERE id = %s", first.pk), held)
    refused(lambda: sql(f"DELETE FROM {table(model)}"), held)


@pytest.mark.usefixtures("unharmed")
def test_deleting_every_row_of_a_page_is_refused():
    def delete():
        for model in reversed(OWN):
            sql(f"DELETE FROM {table(model)}")

    refused(delete, f"{UNRECORDED}|violates foreign key constraint")


@pytest.mark.usefixtures("unharmed")
def test_copy_without_a_revision_is_refused(shown):
    values = row_to_add(m.Stance, shown)

    def copy():
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY controversies_stance (id, position_id, point_id, text) FROM STDIN") as to,
        ):
            to.write_row((values["id"], values["position_id"], values["point_id"], values["text"]))

    refused(copy)


@pytest.mark.usefixtures("unharmed")
def test_moving_a_row_to_another_page_touches_both(shown):
    def move():
        other = ControversyFactory(positions=0, points=0)
        m.Citation.objects.filter(position__isnull=False).update(position=None, controversy=other.key)
        with history.act(author_name="Edith") as recorded:
            pass
        assert sorted(recorded) == sorted([shown.key, other.key])
        m.Position.objects.update(controversy=other.key, order=F("order") + 5)
        history.record(other.document, author_name="Edith", base=2)

    refused(move, f"{shown.key} {UNRECORDED}")


# -- what is no change, or is recorded --


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("model", TEXT, ids=lambda model: model.__name__)
def test_update_that_changes_nothing_is_allowed(model):
    model._default_manager.update(**{TEXT[model]: F(TEXT[model])})
    for row in model._default_manager.all():
        row.save()


@pytest.mark.usefixtures("unharmed")
def test_savepoint_rolled_back_leaves_nothing_touched():
    with transaction.atomic():
        with transaction.atomic():
            m.Position.objects.update(argument="Changed.")
            assert m.UnrecordedChange.objects.count() == 1
            transaction.set_rollback(True)
        assert m.UnrecordedChange.objects.count() == 0


@pytest.mark.usefixtures("unharmed")
def test_revision_rolled_back_to_a_savepoint_leaves_the_change_unrecorded(shown):
    def change():
        m.Controversy.objects.update(title="Changed")
        with transaction.atomic():
            history.record(shown.document, author_name="Edith", base=shown.head)
            transaction.set_rollback(True)

    refused(change)


@pytest.mark.usefixtures("unharmed")
def test_change_after_its_revision_is_refused(shown):
    def change():
        head = replace(shown.document.head, title="Recorded")
        history.record(replace(shown.document, head=head), author_name="Edith", base=shown.head)
        m.Position.objects.update(claim="Not recorded.")

    refused(change)


@pytest.mark.usefixtures("unharmed")
def test_revision_of_another_page_does_not_stand_for_a_change(shown):
    def change():
        m.Position.objects.update(claim="Not recorded.")
        ControversyFactory()

    refused(change)


# -- getting round it --


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM controversies_unrecordedchange",
        "UPDATE controversies_unrecordedchange SET transaction = 0",
        "INSERT INTO controversies_unrecordedchange VALUES (0, gen_random_uuid())",
        "DELETE FROM controversies_ledger",
        "UPDATE controversies_ledger SET image = NULL",
        "INSERT INTO controversies_ledger (transaction, source, key) VALUES (0, 0, gen_random_uuid())",
        "UPDATE controversies_unrecordedchange SET controversy_id = gen_random_uuid()",
    ],
)
def test_mark_of_a_change_cannot_be_taken_away(statement):
    def change():
        m.Position.objects.update(claim="Not recorded.")
        sql(statement)

    refused(change, "An unrecorded change cannot be declared recorded")


@pytest.mark.usefixtures("unharmed")
def test_mark_of_a_change_cannot_be_truncated():
    def change():
        m.Position.objects.update(claim="Not recorded.")
        sql("TRUNCATE controversies_unrecordedchange")

    with pytest.raises(Exception, match="pending trigger events"), transaction.atomic():
        change()


@pytest.mark.usefixtures("unharmed")
def test_constraints_made_immediate_refuse_at_once():
    def change():
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        m.Position.objects.update(claim="Not recorded.")
        raise AssertionError("It was not refused.")

    refused(change)


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("model", [m.Revision, m.Block], ids=lambda model: model.__name__)
def test_record_is_append_only(model):
    name = "summary" if model is m.Revision else "since"
    value = "Rewritten." if model is m.Revision else 7
    first = model.objects.first()

    refused(lambda: model.objects.update(**{name: value}), "append-only")
    refused(lambda: model.objects.all().delete(), "append-only|protected")
    refused(lambda: model.objects.all()._raw_delete("default"), "append-only")
    refused(lambda: sql(f"UPDATE {table(model)} SET {name} = %s", value), "append-only")
    refused(lambda: sql(f"UPDATE {table(model)} SET {name} = {name}"), "append-only")
    refused(lambda: sql(f"DELETE FROM {table(model)}"), "append-only")
    refused(first.save, "append-only")


def copied(model: type[models.Model], **values: Any) -> None:
    """Insert a copy of a row of the record with other values."""
    first = model._default_manager.first()
    for name, value in values.items():
        setattr(first, name, value)
    insert(first)


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("number", [0, 3, 7])
def test_revision_with_a_gap_before_it_is_refused(number):
    refused(lambda: copied(m.Revision, number=number), "would follow none|violates check constraint")


@pytest.mark.usefixtures("unharmed")
def test_second_revision_of_one_number_is_refused():
    refused(lambda: copied(m.Revision, number=1), "duplicate key value")


@pytest.mark.usefixtures("unharmed")
def test_block_of_a_recorded_revision_is_refused():
    refused(lambda: copied(m.Block, since=1, key=uuid.uuid4()), "recorded already cannot be added")


@pytest.mark.usefixtures("unharmed")
def test_block_without_its_revision_is_refused():
    refused(lambda: copied(m.Block, since=2), "controversies_block_is_of_a_revision")


# -- fixtures --


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("model", TEXT, ids=lambda model: model.__name__)
def test_fixture_that_changes_a_row_is_refused(model, tmp_path):
    first = model._default_manager.order_by("pk").first()
    setattr(first, TEXT[model], "Changed by a fixture.")
    file = tmp_path / "change.json"
    file.write_text(serializers.serialize("json", [first]))

    with pytest.raises((IntegrityError, CommandError), match=UNRECORDED):
        call_command("loaddata", file, verbosity=0)


@pytest.mark.usefixtures("unharmed")
def test_fixture_that_changes_nothing_is_loaded(tmp_path):
    file = tmp_path / "same.json"
    every = [row for model in TEXT for row in model._default_manager.all()]
    file.write_text(serializers.serialize("json", every, use_natural_foreign_keys=True))

    call_command("loaddata", file, verbosity=0)

    assert len(json.loads(file.read_text())) == len(every) > len(TEXT)


# -- the whole database --


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("model", [*TEXT, m.Revision, m.Block, m.Arrival], ids=lambda model: model.__name__)
def test_truncate_is_guarded_on_every_table(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE tgrelid = %s::regclass AND proname = 'controversies_refuse_truncate' AND tgenabled = 'O'",
            [table(model)],
        )
        assert cursor.fetchone() == (1,)
