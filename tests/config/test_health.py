"""`/healthz`"""

import pytest
from django.db import OperationalError, connection


@pytest.mark.django_db
def test_healthz_is_ok_while_the_database_answers(client):
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response["Cache-Control"]


def test_healthz_is_503_without_secrets_when_the_database_does_not_answer(client, monkeypatch):
    def refuse():
        raise OperationalError("connection to u:password@h failed")

    monkeypatch.setattr(connection, "cursor", refuse)

    response = client.get("/healthz")

    assert (response.status_code, response.content) == (503, b"the database does not answer")


def test_healthz_refuses_to_be_written_to(client):
    assert client.post("/healthz").status_code == 405


def test_healthz_needs_no_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.post("/healthz").status_code == 405
    assert client.get("/admin/").status_code == 301
