"""What holds for every address: methods, errors, other sites' pages, and who has it already."""

import json

import pytest
from django.test import Client

from controversies.api import endpoints
from controversies.pages import access, cache
from tests.caching import PUBLIC
from tests.factories import ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = "/api/v1/controversies"


def problem(response, status):
    """What is wrong, as it is told."""
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    data = json.loads(response.content)
    assert data["status"] == status
    assert data["type"].startswith("/api/#problem-")
    assert data["title"]
    assert data["detail"]
    return data


@pytest.mark.parametrize(
    "path",
    ["/api/v2/", "/api/x", "/api/v1/controversies/", "/api/v1/nothing", "/api/%00", "/api/a%0Ab", "/api/%ff"],
)
def test_address_that_nothing_is_at_is_a_problem_404(client, path):
    problem(client.get(path), 404)


@pytest.mark.parametrize("path", ["/api/v1/backers/none", "/api/v1/sources/none", "/api/v1/topics/none"])
def test_what_there_is_not_is_404_and_asks_nothing_more(client, path):
    problem(client.get(path), 404)


@pytest.mark.parametrize("slug", ["Upper", "a_b", "%00", "a" * 101, "%F0%9F%98%80"])
@pytest.mark.parametrize("rest", ["", "/positions", "/revisions", "/revisions/1", "/compare/0/1"])
def test_slug_that_nothing_can_have_is_404_without_a_query(client, slug, rest, django_assert_num_queries):
    with django_assert_num_queries(0):
        problem(client.get(f"{LIST}/{slug}{rest}"), 404)


@pytest.mark.parametrize("number", ["0", "-1", "01", "1.0", "1e3", "9999999999", "9" * 400, "x", "%00", "١"])
def test_number_that_no_revision_can_have_is_404(client, number):
    made = ControversyFactory()

    problem(client.get(f"{LIST}/{made.slug}/revisions/{number}"), 404)
    problem(client.get(f"{LIST}/{made.slug}/compare/1/{number}"), 404)


def test_faults_are_all_told_each_with_its_parameter(client):
    response = client.get(f"{LIST}?status=open&limit=0&limit=5&colour=red&q=%00&topic=&updated_since=now")
    found = problem(response, 400)

    assert [each["parameter"] for each in found["faults"]] == [
        "status", "limit", "colour", "q", "topic", "updated_since",
    ]  # fmt: skip
    assert "emerging, active, dormant, resolved" in found["faults"][0]["detail"]
    assert all(each["detail"] in found["detail"] for each in found["faults"])


def test_query_that_is_no_utf8_or_too_long_is_400(client):
    problem(client.get(f"{LIST}?q=%ff"), 400)
    problem(client.get(f"{LIST}?{'&'.join('a=1' for _ in range(51))}"), 400)
    problem(client.get(f"{LIST}?%00=1"), 400)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("path", ["", "/openapi.json", "/controversies/any"])
def test_nothing_can_be_changed(method, path):
    client = Client(enforce_csrf_checks=True)

    response = getattr(client, method)(f"/api/v1{path or '/'}")

    problem(response, 405)
    assert response["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "path", [LIST, f"{LIST}/none", f"{LIST}?x=1", "/api/v1/openapi.json", "/api/nowhere"]
)
def test_pages_of_other_sites_may_read_every_answer(client, path):
    response = client.get(path, headers={"origin": "https://elsewhere.example"})

    assert response["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in response["Access-Control-Expose-Headers"]
    assert "Link" in response["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in response


@pytest.mark.parametrize("path", [LIST, f"{LIST}/any", "/api/v1/openapi.json"])
def test_browsers_that_ask_first_are_told_what_they_may(client, path, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.options(
            path,
            headers={
                "origin": "https://elsewhere.example",
                "access-control-request-method": "GET",
                "access-control-request-headers": "if-none-match",
            },
        )

    assert (response.status_code, response.content) == (200, b"")
    assert response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "If-None-Match" in response["Access-Control-Allow-Headers"]
    assert response["Access-Control-Allow-Origin"] == "*"


def addresses():
    """Every address of the API that there is something at, for a page with two revisions."""
    made = ControversyFactory(revisions=2)
    of = {
        "controversies": made.slug,
        "topics": made.document.head.topic.slug,
        "backers": made.document.backers[0].slug,
        "sources": made.document.sources[0].slug,
    }
    for each in endpoints.ENDPOINTS:
        values = {"slug": of.get(each.path.split("/")[1], ""), "number": 1, "a": 1, "b": 2}
        yield each.name, "/api/v1" + each.path.format(**values)


def test_head_is_get_without_its_body(client):
    for _name, path in addresses():
        got, head = client.get(path), client.head(path)

        assert (head.status_code, head.content) == (200, b"")
        assert head.headers.pop("X-Request-ID") != got.headers.pop("X-Request-ID")
        assert dict(head.items()) == dict(got.items())
        assert int(head["Content-Length"]) == len(got.content) > 0


def test_whoever_has_it_is_told_so_before_anything_is_drawn(
    client, monkeypatch, django_assert_max_num_queries
):
    found = [(path, client.get(path)["ETag"]) for _name, path in addresses()]
    respond = cache.respond
    monkeypatch.setattr(
        cache,
        "respond",
        lambda request, what, versions, draw, *rest, **options: respond(request, what, versions, None),
    )

    for path, etag in found:
        # Whether it may be seen, and which revision is the newest; both revisions, where two are compared; which log.
        with django_assert_max_num_queries(3):
            again = client.get(path, headers={"if-none-match": f'"other", {etag}'})

        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
        assert again["Cache-Control"] == PUBLIC
        assert again["Access-Control-Allow-Origin"] == "*"


def test_nobody_is_known_whatever_cookies_are_sent(client, monkeypatch):
    made, draft = ControversyFactory(), ControversyFactory(publication="draft")
    user = UserFactory(is_superuser=True)
    client.force_login(user)
    theirs = client.get(LIST)

    assert theirs.content == Client().get(LIST).content
    assert client.get(f"{LIST}/{made.slug}").content == Client().get(f"{LIST}/{made.slug}").content
    problem(client.get(f"{LIST}/{draft.slug}"), 404)
    assert "Cookie" not in theirs.get("Vary", "")
    assert theirs["Cache-Control"] == PUBLIC
    assert not theirs.cookies


def test_no_session_is_read(client, django_assert_num_queries):
    made = ControversyFactory()
    client.force_login(UserFactory(role="editor"))
    client.get(f"{LIST}/{made.slug}")

    with django_assert_num_queries(1) as found:
        client.get(f"{LIST}/{made.slug}")

    assert "session" not in found.captured_queries[0]["sql"]


def test_failure_of_ours_is_a_problem_and_is_noted(monkeypatch, caplog):
    def fail(*_args: object) -> None:
        raise RuntimeError("secret of ours")

    monkeypatch.setattr(access, "find", fail)

    response = Client(raise_request_exception=False).get(f"{LIST}/any")

    assert "secret" not in problem(response, 500)["detail"]
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "secret of ours" in caplog.text


def test_host_that_is_not_ours_is_a_problem(client):
    problem(client.get(LIST, headers={"host": "evil.example"}), 400)


def test_index_is_there_as_people_type_it(api):
    found = api("")

    assert found == api("/")
    assert found["addresses"]["compare"] == f"http://testserver{LIST}/{{slug}}/compare/{{a}}/{{b}}"
    assert found["openapi"] == "http://testserver/api/v1/openapi.json"


def test_addresses_in_answers_lead_somewhere(client, api):
    """Every address that any answer gives, of the API or of pages, is there."""
    seen = set()
    for _name, path in addresses():
        pending = [json.loads(client.get(path).content)]
        while pending:
            value = pending.pop()
            if isinstance(value, dict):
                pending += value.values()
            elif isinstance(value, list):
                pending += value
            elif isinstance(value, str) and value.startswith("http://testserver/") and "{" not in value:
                seen.add(value)

    assert len(seen) > 20
    assert {where: client.get(where).status_code for where in seen} == dict.fromkeys(seen, 200)
