"""Request ids, and the log's line of a request."""

import json
import logging
import re

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from config import middleware
from config.urls import urlpatterns as site_patterns
from controversies.kit import metrics
from controversies.kit.request_ids import current_request_id
from tests.factories import ControversyFactory, UserFactory

WORDS = "words-of-a-draft"


def _fail(request, **_kwargs):
    logging.getLogger("controversies.test").warning("while answering")
    raise RuntimeError(WORDS)


def _forbid(request, **_kwargs):
    raise PermissionDenied


urlpatterns = [
    path("test/fail/", _fail),
    path("api/v1/test/fail", _fail),
    path("api/v1/test/forbid", _forbid),
    path("test/forbid/", _forbid, name="forbid"),
    path("test/reset/<uidb64>/<token>/", _forbid),
    path("test/fail/<uidb64>/<token>/", _fail),
    path("test/throttle/", lambda request: HttpResponse(status=429)),
    *site_patterns,
]
handler403, handler500 = "config.errors.permission_denied", "config.errors.server_error"


@pytest.fixture
def failing(settings):
    """Return a client of a site with views that fail, which answers 500 as a browser gets it."""
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


@pytest.mark.django_db
def test_each_answer_has_an_id_of_its_own(client):
    ControversyFactory(slug="page")
    ids = [client.get(address)["X-Request-ID"] for address in ("/controversies/page/", "/livez", "/nothing/")]

    assert len(set(ids)) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in ids)


@pytest.mark.parametrize(
    "proposed", ["short", "a" * 65, "../../etc/passwd", "a b c d e f", "x" * 20 + "\n", ""]
)
def test_malformed_id_is_replaced(client, settings, proposed):
    settings.TRUST_PROXY = True

    assert re.fullmatch(
        "[0-9a-f]{16}", client.get("/livez", headers={"x-request-id": proposed})["X-Request-ID"]
    )


def test_id_comes_from_a_trusted_proxy_alone(client, settings):
    proposed = "7f3d0c1f9a5b4e6d8c7b6a5948372615"
    assert client.get("/livez", headers={"x-request-id": proposed})["X-Request-ID"] != proposed

    settings.TRUST_PROXY = True
    assert client.get("/livez", headers={"x-request-id": proposed})["X-Request-ID"] == proposed
    assert current_request_id() == proposed


@pytest.mark.django_db
def test_error_tells_the_id_to_readers_programs_and_the_log(failing, json_log):
    page = failing.get("/test/fail/?q=typed")
    request_id = page["X-Request-ID"]

    assert page.status_code == 500
    assert f"tell us this number: <code>{request_id}</code>" in page.content.decode()
    lines = json_log()
    assert [line["request_id"] for line in lines] == [request_id] * 2
    assert lines[0]["event"] == "while answering"
    assert "RuntimeError" in lines[1]["exception"]
    assert "typed" not in json.dumps(lines)

    answer = failing.get("/api/v1/test/fail")
    assert answer.json()["request_id"] == answer["X-Request-ID"]
    answer = failing.get("/api/v1/test/forbid")
    assert (answer.status_code, answer.json()["request_id"]) == (403, answer["X-Request-ID"])
    assert answer["Content-Type"] == "application/problem+json"
    assert "request_id" not in failing.get("/api/v1/nothing").json()


@pytest.mark.django_db
def test_refusals_are_one_line_each(failing, json_log):
    for address in ("/test/forbid/", "/test/throttle/"):
        response = failing.get(address, REMOTE_ADDR="192.0.2.77")
        [line] = json_log()
        assert (line["logger"], line["event"], line["network"]) == ("crux.request", "refused", "192.0.2.0/24")
        assert (line["path"], line["status"]) == (address, response.status_code)
    assert line["reason"] == "throttled"
    assert failing.get("/nothing/").status_code == 404
    assert failing.get("/livez").status_code == 200
    assert json_log() == []


@pytest.mark.django_db
def test_form_without_its_token_is_refused_with_an_id(json_log):
    publisher = UserFactory(is_staff=True)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(publisher)

    response = browser.post("/admin/logout/")

    assert response.status_code == 403
    html = response.content.decode()
    assert "Nothing was saved." in html
    assert response["X-Request-ID"] in html
    [line] = [line for line in json_log() if line["event"] == "refused"]
    assert line["reason"] == "csrf"


def test_address_with_a_secret_is_logged_as_its_pattern(failing, json_log):
    failing.get("/test/reset/MQ/c0ffee-secret/")
    failing.get("/test/fail/MQ/c0ffee-secret/")

    refused, _warning, failed = json_log()
    assert refused["path"] == "/test/reset/<uidb64>/<token>/"
    assert failed["event"] == "Internal Server Error: /test/fail/<uidb64>/<token>/"


def test_slow_requests_and_asked_for_ones_are_logged(client, json_log, monkeypatch):
    client.get("/livez")
    assert json_log() == []

    monkeypatch.setattr(middleware, "SLOW", 0.0)
    client.get("/livez")
    assert [line["event"] for line in json_log()] == ["slow"]

    monkeypatch.setattr(middleware, "SLOW", 60.0)
    monkeypatch.setattr(middleware.access_log, "level", logging.INFO)
    middleware.access_log.manager._clear_cache()
    client.get("/livez")
    [line] = json_log()
    assert (line["logger"], line["route"], line["status"]) == ("crux.access", "livez", 200)


@pytest.mark.django_db
def test_routes_of_metrics_are_names_from_the_code(client):
    ControversyFactory(slug="measured")
    for address in ("/controversies/measured/", "/a-secret-of-somebody/", "/controversies/nothing/", "/"):
        client.get(address)

    text = metrics.exposition()
    assert 'crux_request_seconds_count{route="controversy",status="2xx"}' in text
    assert 'route="unmatched",status="4xx"' in text
    assert "measured" not in text
    assert "secret" not in text


def test_livez_needs_no_database(client):
    response = client.get("/livez")

    assert (response.status_code, response.content) == (200, b"alive")
    assert "no-store" in response["Cache-Control"]
