"""What the database's guards let through, and the guards as a whole. These tests really COMMIT."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from controversies import history
from controversies import models as m
from controversies.document import rows
from controversies.history.revisions import revision_digest
from controversies.history.verify import faults
from tests.factories import BackerFactory, ControversyFactory, SourceFactory, TopicFactory

from .test_guards import TEXT

pytestmark = pytest.mark.django_db(transaction=True)


def test_changed_description_of_a_topic_needs_a_revision():
    page = ControversyFactory()
    topics = m.Topic.objects.filter(pk=page.document.head.topic.key)

    with pytest.raises(IntegrityError, match="without a revision"):
        topics.update(description="Changed in passing.")

    with history.act(author_name="Edith Editor"):
        topics.update(description="Changed for a reason.")
    assert history.head(page.key).document.head.topic.description == "Changed for a reason."


def test_shared_rows_that_no_page_shows_are_free():
    topic, backer, source = TopicFactory(), BackerFactory(), SourceFactory()

    m.Topic.objects.update(title="Other")
    m.Backer.objects.update(name="Other")
    m.Source.objects.update(title="Other")
    for row in (topic, backer, source):
        row.delete()

    assert (m.Topic.objects.count(), m.Backer.objects.count(), m.Source.objects.count()) == (0, 0, 0)


def test_change_within_act_is_recorded_once():
    controversy = ControversyFactory(positions=2, points=2, citations=9)

    for number, (model, name) in enumerate(TEXT.items(), 2):
        before = history.head(controversy.key)
        with history.act(author_name="Edith", summary="In bulk") as recorded:
            first = model._default_manager.order_by("pk").first()
            for text in ("One.", "Two."):
                model._default_manager.filter(pk=first.pk).update(**{name: text})
        head = history.head(controversy.key)
        assert recorded == [controversy.key]
        assert head.number == number
        assert head.document == rows.from_rows([controversy.key])[controversy.key] != before.document
        assert history.at(controversy.key, number - 1) == before


def test_change_in_a_released_savepoint_is_recorded():
    controversy = ControversyFactory()

    with history.act(author_name="Edith"), transaction.atomic():
        m.Position.objects.update(argument="Changed.")

    assert history.head(controversy.key).number == 2


def test_forged_revision_gets_by_and_is_found_out():
    """Whoever may write SQL may write a revision too; reading the record again tells that it is none."""
    controversy = ControversyFactory(positions=2)
    head = controversy.head.entry
    forged = m.Revision(
        controversy_id=controversy.key,
        number=2,
        time=head.time,
        author_name="Edith Editor",
        document=head.document,
        digest=revision_digest(
            parent=head.digest, document=head.document, author="Edith Editor", time=head.time, summary=""
        ),
    )

    with transaction.atomic():
        m.Position.objects.update(claim="Vandalised.")
        forged.save(force_insert=True)

    assert list(faults(controversy.key)) == [
        "Revision 2 changed nothing.",
        "Its rows are not what revision 2 recorded: "
        f"{', '.join(position.key for position in controversy.document.positions)}.",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("model", [*TEXT, m.Revision, m.Block], ids=lambda model: model.__name__)
def test_truncate_is_refused_but_in_a_test_database(model):
    """The guard itself, told that it is in another database: making one takes many seconds."""
    name = "controversies_refuse_truncate"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regproc), current_database()", [name])
        source, database = cursor.fetchone()
    assert source.count("current_database()") == 1
    assert database.startswith("test_")

    with pytest.raises(IntegrityError, match="holds recorded history"), transaction.atomic():
        truncate(model, source.replace("current_database()", "'crux'::text"))

    with transaction.atomic():
        truncate(model, source)
        transaction.set_rollback(True)


def truncate(model: type[models.Model], guard: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(guard)
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")


def triggers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'controversies_%'"
        )
        return {name for (name,) in cursor.fetchall()}


def functions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE proname LIKE 'controversies_%'")
        return {name for (name,) in cursor.fetchall()}


def test_migrations_go_backwards_and_forwards():
    before, called = triggers(), functions()
    assert "controversies_position.touch_by_change" in before
    assert "controversies_require_revision" in called

    call_command("migrate", "controversies", "0001", verbosity=0)
    without = triggers()
    call_command("migrate", "controversies", "zero", verbosity=0)
    tables, left = connection.introspection.table_names(), functions()
    call_command("migrate", "controversies", verbosity=0)

    assert without == set()
    assert not [name for name in tables if name.startswith("controversies_")]
    assert left == set()
    assert (triggers(), functions()) == (before, called)
    ControversyFactory()
