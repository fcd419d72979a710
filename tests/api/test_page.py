"""The page to try the API at: a form for each address, an answer without any script."""

import json
import re
from contextlib import suppress
from html import unescape

import pytest
from playwright.sync_api import Error, Page, expect

from controversies.api import endpoints
from tests.accessibility import axe_violations
from tests.factories import ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_page_has_a_form_for_each_address_with_a_field_for_each_parameter(client):
    html = client.get("/api/").text

    for each in endpoints.ENDPOINTS:
        form = html.partition(f'<article class="call" id="{each.name}"')[2].partition("</article>")[0]
        assert f"GET /api/v1{each.path}" in form
        assert re.findall(r'<(?:input type="text"|select) id="[^"]+" name="([^"]+)"', form) == [
            parameter.name for parameter in each.parameters
        ]


def test_names_in_texts_are_set_as_code(client):
    html = client.get("/api/").text

    assert "texts word by word. <code>a</code> may be the later revision." in html
    assert "`" not in html


def test_every_form_can_be_sent_as_it_is_and_is_answered(client):
    ControversyFactory(revisions=2)
    html = client.get("/api/").text

    for each in endpoints.ENDPOINTS:
        form = html.partition(f'<article class="call" id="{each.name}"')[2].partition("</article>")[0]
        query = dict(re.findall(r'name="([^"]+)"[^>]* value="([^"]*)"', form))
        assert query["try"] == each.name
        assert "Response: 200 OK" in client.get("/api/", query).text, each.name


def test_answer_is_what_the_address_answers(client):
    ControversyFactory(slug="one", title="Tom & <Jerry>")

    html = client.get("/api/", {"try": "controversies", "status": "active", "topic": "", "limit": "1"}).text

    shown = unescape(html.partition('<pre class="body"')[2].partition("<code>")[2].partition("</code>")[0])
    where = "http://testserver/api/v1/controversies?status=active&limit=1"
    real = client.get(where)
    assert unescape(where) in unescape(html)
    assert json.loads(shown) == json.loads(real.content)
    assert real["ETag"] in unescape(html)
    assert "<Jerry>" not in html
    assert '<meta name="robots" content="noindex">' in html


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"try": "controversies", "limit": "0"}, "400 Bad Request"),
        ({"try": "controversy", "slug": "none"}, "404 Not Found"),
        ({"try": "controversy", "slug": "../../admin/"}, "404 Not Found"),
        ({"try": "controversy", "slug": ""}, "404 Not Found"),
        ({"try": "compare", "slug": "one", "a": "x", "b": "\u2028"}, "404 Not Found"),
    ],
    ids=["parameter", "unknown", "path", "empty", "number"],
)
def test_problem_is_shown_as_the_answer(client, query, status):
    response = client.get("/api/", query)

    assert response.status_code == 200
    assert f"Response: {status}" in response.text


def test_page_of_an_empty_site_and_of_nonsense(client):
    assert client.get("/api/").status_code == 200
    assert "Response:" not in client.get("/api/", {"try": "nonsense", "slug": "x"}).text
    assert client.get("/api/?try=%00").status_code == 400


def test_whoever_is_logged_in_is_nobody_to_what_is_tried(client):
    ControversyFactory(slug="secret-draft", publication="draft")
    client.force_login(UserFactory(is_superuser=True))

    assert "Response: 404" in client.get("/api/", {"try": "controversy", "slug": "secret-draft"}).text


def test_long_answer_is_cut_and_says_so(client, monkeypatch):
    ControversyFactory()
    monkeypatch.setattr("controversies.api.page.SHOWN", 100)

    html = client.get("/api/", {"try": "controversies"}).text

    assert "Only the beginning is shown." in html


TRIED = "/api/?try=controversies&limit=1#controversies"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_page_in_a_browser_is_accessible_and_within_policy(page: Page, live_server, scheme, width):
    ControversyFactory()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})

    page.goto(live_server.url + TRIED)

    assert axe_violations(page) == []
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_address_is_tried_without_script(browser, live_server):
    ControversyFactory(slug="one", title="The one that is tried")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + "/api/")

    form = page.locator("#controversy form")
    expect(form.get_by_label("slug")).to_have_value("one")
    form.get_by_role("button", name="Try it").click()

    assert page.url.endswith("/api/?try=controversy&slug=one&as_of=#controversy")
    answer = page.locator("#controversy .answered")
    expect(answer).to_contain_text("The one that is tried")
    expect(answer.get_by_role("heading")).to_be_in_viewport()
    context.close()


def test_page_of_another_site_may_ask_and_ask_whether_it_is_still_so(page: Page, live_server):
    ControversyFactory(slug="one")
    with suppress(Error):  # a browser that guards this machine's own addresses, which the test's site has
        page.context.grant_permissions(["local-network-access"])
    page.route("https://elsewhere.example/", lambda route: route.fulfill(body="Elsewhere"))
    page.goto("https://elsewhere.example/")

    told = page.evaluate(
        """async (address) => {
            const first = await fetch(address);
            const etag = first.headers.get("ETag");
            const again = await fetch(address, {headers: {"If-None-Match": etag}, cache: "no-store"});
            const gone = await fetch(address + "-none");
            return [first.status, (await first.json()).slug, first.headers.get("Link"), again.status, gone.status];
        }""",
        f"{live_server.url}/api/v1/controversies/one",
    )

    assert told[:2] == [200, "one"]
    assert 'rel="version-history"' in told[2]
    assert told[3:] == [304, 404]
