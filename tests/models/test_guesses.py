"""What earlier imports guessed is known as a guess after the migration."""

import importlib

import pytest
from django.apps import apps

from controversies import history
from controversies import models as m
from tests.interchange.folder.pages import WEIGHTS, take, write

pytestmark = pytest.mark.django_db


def test_backers_that_are_what_their_addresses_said_become_guesses(tmp_path):
    take(write(tmp_path, weights=WEIGHTS.replace("jane-doe, ", "jane-doe, some-lab, big-firm, ")))
    m.Guess.objects.all().delete()
    with history.act(author_name="Edith", summary="As it was guessed then."):
        m.Backer.objects.filter(slug="big-firm").update(name="Big firm")

    importlib.import_module("controversies.migrations.0021_guesses").guesses_of_earlier_imports(apps, None)

    slugs = dict(m.Backer.objects.values_list("pk", "slug")) | dict(m.Topic.objects.values_list("pk", "slug"))
    assert sorted((slugs[guess.key], guess.field) for guess in m.Guess.objects.all()) == [
        ("big-firm", "kind"),
        ("big-firm", "name"),
        ("open-models", "title"),
        ("open-source-community", "kind"),
        ("open-source-community", "name"),
        ("some-lab", "kind"),
        ("some-lab", "name"),
        ("some-lab-researchers", "kind"),
        ("some-lab-researchers", "name"),
    ]
