"""The migration that records topics' descriptions: pages of topics that have one get a revision, others none."""

import importlib
import io
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import IntegrityError

from controversies import history
from controversies import models as m
from controversies.history import verify
from tests.factories import ControversyFactory, TopicFactory, topic_block

migration = importlib.import_module("controversies.migrations.0017_topic_description")
pytestmark = pytest.mark.django_db(transaction=True)


def migrated(edit: Callable[[], None]) -> str:
    """What the migration says, of a database in which `edit` is done just before it."""
    [(_app, before)] = migration.Migration.dependencies
    call_command("migrate", "controversies", before, verbosity=0)
    out = io.StringIO()
    try:
        edit()
    finally:
        with redirect_stdout(out):
            call_command("migrate", "controversies", migration.__name__.rpartition(".")[2], verbosity=0)
        with redirect_stdout(io.StringIO()):  # later ones say other things
            call_command("migrate", "controversies", verbosity=0)
    return out.getvalue()


def test_pages_of_described_topics_get_a_revision_and_no_others(settings):
    settings.SITE_NAME = "The Site"
    described, plain = (topic_block(TopicFactory.build(description="")) for _ in range(2))
    shown = ControversyFactory(topic=described, revisions=3)
    draft = ControversyFactory(topic=described, publication="draft")
    other = ControversyFactory(topic=plain)

    def describe() -> None:
        m.Topic.objects.filter(pk=described.key).update(description="\r\nFor whom?\n")
        m.Topic.objects.filter(pk=plain.key).update(description=" \u200b ")

    said = migrated(describe)

    assert "2 pages have a revision with their topic's description (" in said
    assert sorted(m.Topic.objects.values_list("description", flat=True)) == ["", "For whom?"]
    for page, before in ((shown, 3), (draft, 1)):
        head = history.head(page.key)
        assert head.number == before + 1
        assert head.document == replace(
            page.document,
            head=replace(page.document.head, topic=replace(described, description="For whom?")),
        )
        assert head.entry.author_name == "The Site"
        assert head.entry.summary == (
            "The description of this page’s topic is part of the page’s record from now on."
        )
        assert head.entry.changes == [["head", "", "topic_description"]]
        assert (head.entry.added, head.entry.removed, head.entry.classes) == (9, 0, ())
    assert history.head(other.key).number == 1
    assert [list(verify.faults(key)) for key, _slug in verify.controversies()] == [[], [], []]
    assert m.Arrival.objects.filter(controversy_id=shown.key).count() == 4


def test_where_no_topic_has_a_description_nothing_is_recorded_or_said():
    page = ControversyFactory(topic=topic_block(TopicFactory.build(description="")), revisions=2)

    assert migrated(lambda: None) == ""
    assert history.head(page.key).number == 2


def test_page_that_has_the_description_on_record_gets_no_second_revision_of_it():
    described = topic_block(TopicFactory.build(description="For whom?"))
    page = ControversyFactory(topic=described, revisions=2)

    assert migrated(lambda: None) == ""
    assert history.head(page.key).number == 2
    assert list(verify.faults(page.key)) == []


def test_changed_description_needs_a_revision():
    page = ControversyFactory()

    with pytest.raises(IntegrityError, match="without a revision"):
        m.Topic.objects.update(description="Changed in passing.")

    with history.act(author_name="Edith Editor"):
        m.Topic.objects.update(description="Changed for a reason.")
    assert history.head(page.key).document.head.topic.description == "Changed for a reason."
