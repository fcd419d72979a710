"""Today's page answered from what was drawn before: as fast as can be, and never stale."""

import psycopg
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from controversies.pages import versions as remembered
from controversies.public.views import controversy as view
from tests.factories import ControversyFactory, UserFactory


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    remembered.forget()


@pytest.fixture
def believing(monkeypatch):
    """What is known of the newest revision is believed for a minute."""
    monkeypatch.setattr(remembered, "HEAD_TTL", 60.0)


@pytest.mark.django_db
def test_page_drawn_before_takes_one_query_and_is_the_same(client, django_assert_num_queries):
    made = ControversyFactory()
    first = client.get(f"/controversies/{made.slug}/")

    with django_assert_num_queries(1):
        second = client.get(f"/controversies/{made.slug}/")

    assert second.content == first.content
    ids = {second.headers.pop("X-Request-ID"), first.headers.pop("X-Request-ID")}
    assert len(ids) == 2
    assert dict(second.items()) == dict(first.items())


@pytest.mark.django_db
def test_page_shows_an_edit_with_the_next_request(client):
    made = ControversyFactory()
    client.get(f"/controversies/{made.slug}/")

    made.edit(title="Quite another title")

    assert "Quite another title" in client.get(f"/controversies/{made.slug}/").text


@pytest.mark.django_db
def test_page_withdrawn_is_gone_with_the_next_request(client):
    made = ControversyFactory()
    assert client.get(f"/controversies/{made.slug}/").status_code == 200

    made.edit(publication="withdrawn")

    assert client.get(f"/controversies/{made.slug}/").status_code == 410


@pytest.mark.django_db
def test_page_of_somebody_logged_in_is_neither_kept_nor_served_from_what_is(client):
    made = ControversyFactory()
    client.force_login(UserFactory(role="editor"))

    theirs = client.get(f"/controversies/{made.slug}/")

    assert "no-store" in theirs["Cache-Control"]
    assert "no-store" not in Client().get(f"/controversies/{made.slug}/")["Cache-Control"]


@pytest.mark.django_db
def test_page_that_the_reader_has_is_answered_304(client):
    made = ControversyFactory()
    first = client.get(f"/controversies/{made.slug}/")

    for _ in range(2):  # drawn before, and not
        again = client.get(f"/controversies/{made.slug}/", headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        cache.clear()


@pytest.mark.django_db
def test_page_at_another_host_is_another_page(client, settings):
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    made = ControversyFactory()

    pages = [
        client.get(f"/controversies/{made.slug}/", headers={"host": host}).text
        for host in ("one.example", "two.example")
    ]

    assert "http://one.example/" in pages[0]
    assert "http://one.example/" not in pages[1]


@pytest.mark.django_db
@pytest.mark.usefixtures("believing")
def test_crowd_of_readers_costs_no_query(client, django_assert_num_queries):
    made = ControversyFactory()
    first = client.get(f"/controversies/{made.slug}/")

    with django_assert_num_queries(0):
        second = client.get(f"/controversies/{made.slug}/")

    assert second.content == first.content


@pytest.mark.django_db
@pytest.mark.usefixtures("believing")
def test_page_drawn_anew_asks_no_more_than_one_that_is_remembered(client, django_assert_num_queries):
    made = ControversyFactory()
    first = client.get(f"/controversies/{made.slug}/")
    cache.clear()

    with django_assert_num_queries(0):
        second = client.get(f"/controversies/{made.slug}/")

    assert second.content == first.content


@pytest.mark.django_db
@pytest.mark.usefixtures("believing")
def test_what_this_process_records_is_seen_at_once(client):
    made = ControversyFactory()
    client.get(f"/controversies/{made.slug}/")

    made.edit(title="Quite another title")
    assert "Quite another title" in client.get(f"/controversies/{made.slug}/").text
    made.edit(publication="withdrawn")
    assert client.get(f"/controversies/{made.slug}/").status_code == 410


@pytest.mark.django_db
def test_what_another_process_records_is_seen_when_belief_ends(client, monkeypatch):
    made = ControversyFactory()
    monkeypatch.setattr(remembered, "HEAD_TTL", 60.0)
    client.get(f"/controversies/{made.slug}/")
    remembered.revisions_recorded.disconnect(remembered.forget)
    try:
        made.edit(publication="withdrawn")
    finally:
        remembered.revisions_recorded.connect(remembered.forget)

    assert client.get(f"/controversies/{made.slug}/").status_code == 200
    monkeypatch.setattr(remembered, "HEAD_TTL", 0.0)
    assert client.get(f"/controversies/{made.slug}/").status_code == 410


@pytest.mark.django_db
def test_no_more_pages_are_known_than_memory_is_meant_for(client, monkeypatch):
    monkeypatch.setattr(remembered, "_MAX_HEADS", 2)
    slugs = [ControversyFactory().slug for _ in range(4)]

    for slug in slugs:
        assert client.get(f"/controversies/{slug}/").status_code == 200

    assert len(remembered._heads) <= 2


@pytest.mark.django_db
@pytest.mark.parametrize("parts", [{}, {"points": 0}, {"positions": 0, "points": 0, "citations": 0}])
def test_page_put_together_is_the_page_that_its_template_draws(client, monkeypatch, parts):
    made = ControversyFactory(title="Tom & <Jerry>", **parts)
    together = client.get(f"/controversies/{made.slug}/").text

    monkeypatch.setattr(view.access, "has_session", lambda request: True)
    cache.clear()
    drawn = client.get(f"/controversies/{made.slug}/").text

    assert "Tom &amp; &lt;Jerry&gt;" in together
    assert together == drawn


@pytest.mark.django_db(transaction=True)
def test_page_survives_a_restart_of_the_database(client):
    made = ControversyFactory()
    assert client.get(f"/controversies/{made.slug}/").status_code == 200
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    given = connection.get_connection_params()
    server = {name: given[name] for name in ("host", "port", "user", "password", "dbname") if given.get(name)}
    with psycopg.connect(**server, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])

    assert client.get(f"/controversies/{made.slug}/").status_code == 200
