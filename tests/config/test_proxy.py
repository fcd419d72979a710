"""A site and a proxy that misunderstand each other: one line of log, and of the page, says what to set."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from config import proxy
from tests.models.two_roles import PASSWORD, two_roles

from .instances import database_url, environment

BASE = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def nothing_logged_yet(settings):
    proxy._logged_at.clear()
    settings.SECURE_SSL_REDIRECT = True


def messages(lines: list[dict[str, object]], logger: str) -> list[object]:
    return [line["event"] for line in lines if line["logger"] == logger]


@pytest.mark.parametrize(
    ("trusts", "headers", "named"),
    [
        (False, {"X-Forwarded-Proto": "https"}, "set TRUST_PROXY=1"),
        (True, {}, "Let it set X-Forwarded-Proto to the scheme"),
    ],
)
def test_redirect_without_end_is_a_page_that_says_what_to_set(
    client, settings, json_log, trusts, headers, named
):
    settings.TRUST_PROXY = trusts

    responses = [client.get("/about/", headers=headers) for _ in range(3)]

    for response in responses:
        assert (response.status_code, response["Cache-Control"]) == (500, "no-store")
        assert named in response.content.decode()
    lines = json_log()
    [line] = messages(lines, "config.proxy")
    assert named in line
    assert client.get("/api/v1/controversies", headers=headers).json()["detail"].endswith(".")


@pytest.mark.parametrize(
    ("trusts", "headers", "status"),
    [
        (False, {}, 301),
        (False, {"X-Forwarded-Proto": "http"}, 301),
        (True, {"X-Forwarded-Proto": "http"}, 301),
    ],
)
def test_request_without_https_is_redirected_as_ever(client, settings, trusts, headers, status):
    settings.TRUST_PROXY = trusts

    response = client.get("/about/", headers=headers)

    assert (response.status_code, response["Location"]) == (status, "https://testserver/about/")


def test_health_checks_come_from_inside_without_https(client, settings):
    settings.TRUST_PROXY = True

    assert client.get("/livez").status_code == 200


def test_request_by_https_through_a_trusted_proxy_is_answered(client, settings, db):
    settings.TRUST_PROXY = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    assert client.get("/about/", headers={"X-Forwarded-Proto": "https"}).status_code == 200


def test_unknown_host_is_one_line_and_a_page_that_names_the_setting(client, settings, json_log):
    settings.ALLOWED_HOSTS = ["crux.example"]

    response = client.get("/about/", headers={"Host": "other.example"})

    assert response.status_code == 400
    assert "add the name to ALLOWED_HOSTS" in response.content.decode()
    assert "other.example" not in response.content.decode()
    [line] = [line for line in json_log() if "add 'other.example' to ALLOWED_HOSTS" in str(line["event"])]
    assert "exception" not in line


def test_form_from_another_origin_is_one_line_that_says_what_to_set(settings, json_log):
    settings.SECURE_SSL_REDIRECT = False
    strict = Client(enforce_csrf_checks=True)

    response = strict.post("/admin/login/", {}, headers={"Origin": "https://testserver"})

    text = response.content.decode()
    assert response.status_code == 403
    assert "This form came from another address than this site’s" in text
    [line] = messages(json_log(), "config.proxy")
    assert "A form from https://testserver was refused" in line
    assert "takes its own address to be http://testserver" in line
    assert "CSRF_TRUSTED_ORIGINS" in line
    assert "Allow cookies" in strict.post("/admin/login/", {}).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("before", [["controversies", "zero"], ["controversies", "0021"]])
def test_migrate_as_the_site_s_role_says_who_must(before):
    with two_roles(*before) as site:
        url = database_url(site.name).split("@", 1)[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate"],
            cwd=BASE,
            env=environment(DATABASE_URL=f"postgres://{site.app}:{PASSWORD.replace(' ', '%20')}@{url}"),
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.startswith(f"The role “{site.app}”, which DATABASE_URL names, may not do this (")
    assert done.stderr.endswith(" Let it name the owner of the tables to migrate.\n")
    assert done.stderr.count("\n") == 1
