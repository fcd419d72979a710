"""The role that the site runs as may remove words by the database's function, and write no redaction itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.db import ProgrammingError, connection, transaction
from django.db.utils import Error

from controversies import models as m
from controversies import redaction
from tests.factories import ControversyFactory

from .test_erase import order
from .test_guarded import block, call, changed

pytestmark = pytest.mark.django_db

ROLE = "crux_app_of_a_test"


@contextmanager
def as_the_site() -> Iterator[None]:
    """Run as a role with the README's privileges, that of calling the function included."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
        cursor.execute(f"GRANT EXECUTE ON FUNCTION controversies_redact TO {ROLE}")
        for table in ("block", "revision", "redaction"):
            cursor.execute(f"REVOKE UPDATE, DELETE ON controversies_{table} FROM {ROLE}")
        for table in ("touched", "ledger", "words", "arrival"):
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON controversies_{table} FROM {ROLE}")
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        yield
        cursor.execute("RESET ROLE")


def test_site_removes_words_as_its_own_role():
    cache.clear()
    page = ControversyFactory()
    page.edit(question="Is Zoë Qüxly right?")

    with as_the_site():
        redaction.apply(order("Zoë Qüxly"))

    assert not redaction.find(order("Zoë Qüxly"))
    assert m.Redaction.objects.count() == 1


def test_site_writes_no_redaction_of_a_page_that_is_here_and_no_record():
    page = ControversyFactory()
    before, data = block(page)
    call(page, keys=[data["key"]], sinces=[1], befores=[before], afters=[changed(data, claim="⟦removed⟧")])
    forged = (
        "INSERT INTO controversies_redaction (controversy_id, since, part, digest, now, time, ground, by_name, office,"
        " role) SELECT id, 1, 'summary', '', sha256('x'), now(), 'law', 'x', 'operator', 'x'"
        " FROM controversies_controversy"
    )
    with as_the_site():
        for sql in (
            forged,
            "UPDATE controversies_redaction SET ground = 'law'",
            "DELETE FROM controversies_redaction",
            "UPDATE controversies_block SET body = NULL",
            "UPDATE controversies_revision SET summary = ''",
        ):
            with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)


def test_nobody_else_may_call_it():
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE}")
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname LIKE '%redact%' OR proname LIKE '%only_removes%'"
        )
        assert len(cursor.fetchall()) == 6
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute(
                "SELECT controversies_redact(NULL, '', '', '', '', '', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')"
            )
