"""The role that the site runs as may remove words by the database's function, and write no redaction itself."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.cache import cache

from controversies import models as m
from controversies.history import verify
from controversies.history.privileges import excess
from controversies.workflow import redaction
from tests.factories import ControversyFactory
from tests.models.two_roles import TwoRoles, two_roles

from .test_erase import order


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[TwoRoles]:
    """A database as the README has it for others, with a page from which the site has removed words."""
    cache.clear()
    with django_db_blocker.unblock(), two_roles() as made:
        with made.django(made.app):
            page = ControversyFactory()
            page.edit(question="Is Zoë Qüxly right?")
            redaction.apply(order("Zoë Qüxly"))
        yield made


def test_site_removes_words_as_its_own_role(site):
    with site.django(site.app):
        assert not redaction.find(order("Zoë Qüxly"))
        [row] = m.Redaction.objects.all()
        assert (row.role, row.by_name) == (site.app, "Olga Operator")
        assert list(verify.faults(str(row.controversy_id))) == []


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO controversies_redaction SELECT * FROM controversies_redaction",
        "UPDATE controversies_redaction SET ground = 'law'",
        "DELETE FROM controversies_redaction",
        "UPDATE controversies_block SET body = NULL",
        "UPDATE controversies_revision SET summary = ''",
        "SELECT controversies_digest_now(NULL, 1, 'block', NULL)",
        "ALTER TABLE controversies_redaction DISABLE TRIGGER ALL",
    ],
)
def test_site_writes_no_redaction_and_no_record_itself(site, sql):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        site.connect(site.app).execute(sql)


def test_nobody_else_may_call_it(site):
    other = f"nobody_{site.app}"
    server = site.connect()
    server.execute(f"CREATE ROLE {other}")
    server.execute(f"GRANT USAGE ON SCHEMA public TO {other}")
    try:
        server.execute(f"SET ROLE {other}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="controversies_redact"):
            server.execute(
                "SELECT controversies_redact(NULL, '', '', '', '', '', '{}', '{}', '{}', '{}', '{}', '{}', '{}',"
                " '{}', false)"
            )
    finally:
        server.execute("RESET ROLE")
        server.execute(f"REVOKE ALL ON SCHEMA public FROM {other}")
        server.execute(f"DROP ROLE {other}")


def test_function_finds_nothing_of_the_callers_instead_of_ours(site):
    """What stands in `pg_temp`, or in a schema put first, is never looked at."""
    app = site.connect(site.app)
    app.execute("CREATE TEMP TABLE controversies_redaction (LIKE public.controversies_redaction)")
    app.execute("CREATE TEMP TABLE controversies_block (LIKE public.controversies_block)")
    app.execute("SET search_path = pg_temp, public")
    [(page, key)] = app.execute(
        "SELECT controversy_id, key FROM public.controversies_block WHERE digest IS NOT NULL LIMIT 1"
    ).fetchall()
    app.execute(
        "INSERT INTO pg_temp.controversies_block SELECT * FROM public.controversies_block WHERE key = %s",
        [key],
    )
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="does not read so"):
        app.execute(
            "SELECT public.controversies_redact(%s, 'law', '', 'x', '', 'operator', ARRAY[%s]::uuid[], '{1}', '{x}',"
            " '{y}', '{}', '{}', '{}', '{}', false)",
            [page, key],
        )


def test_files_are_rewritten_by_the_owner_and_what_cannot_be_is_said(site):
    with site.django(site.app):
        assert len(redaction.rewrite_tables()) == len(redaction.tables()) + 3
    with site.django(site.owner):
        [forgetting, last] = redaction.rewrite_tables()
        assert forgetting.startswith("DELETE FROM pg_catalog.pg_statistic")
        assert last == "CHECKPOINT"


def test_site_has_no_more_rights_than_it_needs(site):
    with site.django(site.app):
        assert not [line for line in excess() if "redaction" in line]
