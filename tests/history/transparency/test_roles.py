"""The log is begun, signed and checked by the role that the site runs as, which cannot change what was signed."""

from collections.abc import Iterator

import psycopg
import pytest

from controversies import models as m
from tests.factories import ControversyFactory
from tests.models.two_roles import TwoRoles, two_roles

from .signing import ORIGIN, newest, run


@pytest.fixture(scope="module")
def database(django_db_setup, django_db_blocker) -> Iterator[TwoRoles]:
    with django_db_blocker.unblock(), two_roles() as made:
        yield made


def test_role_of_the_site_signs_and_rewrites_nothing(database, settings, tmp_path):
    settings.LOG_DIR = tmp_path / "log"
    with database.django(database.app):
        ControversyFactory(revisions=2)
        run("logkey", ORIGIN)
        assert "Signed 2 entries" in run("checkpoint")
        run("logkey", rotate=True)
        assert "Signed 3 entries" in run("checkpoint")
        assert newest(2).size == 3
        assert "3 entries of the public log, 3 of them signed: it agrees with the record." in run(
            "checkhistory", log=True
        )
        assert m.Log.objects.count() == 2

    app = database.connect(database.app)
    for statement in (
        "UPDATE controversies_leaf SET hash = sha256('x')",
        "DELETE FROM controversies_leaf",
        "DELETE FROM controversies_checkpoint",
        "UPDATE controversies_checkpoint SET size = 1",
        "DELETE FROM controversies_treehash",
        "UPDATE controversies_log SET vkey = 'x'",
        "SELECT controversies_append_leaf(NULL, NULL, 'revision', '{}')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(statement)
