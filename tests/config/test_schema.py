"""Which tables the code works with, and what the site loads before its first request."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.template import engines

from config import startup
from config.schema import SchemaState, schema_state
from tests.config.instances import database_url

pytestmark = pytest.mark.django_db


def record(*names: str) -> None:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('controversies', %s, now())",
                [name],
            )


def forget(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE name = %s", [name])
        assert cursor.rowcount == 1


def test_own_tables_are_right():
    assert schema_state() == SchemaState(missing=(), unknown=())
    startup.refuse_foreign_schema()


def test_tables_of_an_older_release_are_refused(client):
    forget("0021_desk_search")

    assert schema_state().missing == ("controversies.0021_desk_search",)
    with pytest.raises(
        SystemExit, match=r"^The site does not start: .* run manage\.py migrate \(1 migrations"
    ):
        startup.refuse_foreign_schema()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert b"run manage.py migrate" in response.content


def test_tables_of_the_next_release_are_fine(client):
    record("0990_release_99", "0991_more_columns")

    assert (schema_state().fault, schema_state().newer_releases) == ("", 1)
    startup.refuse_foreign_schema()
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.content.startswith(b"ready\ndatabase: has the tables of the next release\n")


def test_tables_of_the_release_after_the_next_are_refused(client):
    record("0990_release_99", "0991_more_columns", "0992_release_100")

    sentence = "the database has the tables of a release that is 2 releases newer than this code"
    with pytest.raises(SystemExit, match=sentence):
        startup.refuse_foreign_schema()
    response = client.get("/readyz")
    assert (response.status_code, response.content.decode()) == (503, f"{sentence}: start the newest release")


def test_migrations_of_other_apps_that_are_newer_are_theirs():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0099_new', now())"
        )

    assert schema_state() == SchemaState(missing=(), unknown=())


def test_folded_migration_counts_as_done_when_its_parts_are():
    """A database of the last release has the parts; the first migrate afterwards records the whole."""
    forget("0001_tables")
    assert schema_state() == SchemaState(missing=(), unknown=())

    forget("0023_retold")
    assert schema_state().missing == ("controversies.0001_tables",)


def test_templates_are_loaded_once_and_before_they_are_asked_for(settings, monkeypatch):
    assert startup.load_templates() > 150

    def read_no_file(self, origin):
        raise AssertionError(origin)

    monkeypatch.setattr("django.template.loaders.filesystem.Loader.get_contents", read_no_file)
    for name in ("controversy/controversy.html", "503.html", "admin/desk.html", "admin/change_form.html"):
        assert engines["django"].get_template(name)

    settings.DEBUG = True
    assert startup.load_templates() == 0


def test_garbage_collection_leaves_out_what_is_loaded_at_the_start():
    program = "import gc, config.wsgi; print(gc.get_freeze_count(), len(gc.get_objects()))"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": database_url()},
        capture_output=True,
        text=True,
        check=True,
    )
    frozen, collected = map(int, answer.stdout.split())
    assert frozen > 10 * collected
