"""What is new since the last visit: kept in the browser alone, told on the home page and in the list of changes."""

import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from tests.factories import START, ControversyFactory

pytestmark = [pytest.mark.django_db(transaction=True)]
KEY = "crux-last-visit"
DAY = timedelta(days=1)


def visit(page: Page) -> dict[str, int] | None:
    kept = page.evaluate(f'localStorage.getItem("{KEY}")')
    return json.loads(kept) if kept else None


def leave(page: Page) -> None:
    """Have it that the last page was seen an hour ago, so that the next one is another visit."""
    page.evaluate(
        f"""() => {{
            const visit = JSON.parse(localStorage["{KEY}"]);
            visit.seen -= 3600000;
            localStorage["{KEY}"] = JSON.stringify(visit);
        }}"""
    )


def test_changes_since_the_last_visit_are_counted_and_marked(page: Page, live_server):
    made = ControversyFactory(title="One", start=START)
    page.goto(f"{live_server.url}/")
    assert not page.locator(".last-visit").is_visible()  # the first visit

    leave(page)
    page.goto(f"{live_server.url}/")
    assert page.locator(".last-visit-words").inner_text() == "Nothing has changed since your last visit."
    assert not page.locator(".last-visit-link").is_visible()

    made.edit(status="dormant", summary="It rests.", time=START + DAY)
    leave(page)
    page.goto(f"{live_server.url}/")
    assert page.locator(".last-visit-words").inner_text() == "1 change since your last visit."
    assert (
        page.locator("[data-visit-entries] > li:has(.new-mark)").all_inner_texts()[0].count("It rests.") == 1
    )
    assert page.locator(".new-mark").count() == 1

    page.goto(f"{live_server.url}/")  # still the same visit
    assert page.locator(".new-mark").count() == 1

    made.edit(status="active", summary="It goes on.", time=START + 2 * DAY)
    leave(page)
    page.goto(f"{live_server.url}/changes/")
    assert page.locator(".new-mark").count() == 1
    page.click(".last-visit-link")
    assert "/changes/?since=" in page.url
    assert page.locator(".day-row").count() == 1
    assert "It goes on." in page.locator(".day-row").inner_text()


def test_nothing_is_sent_and_no_cookie_set(page: Page, live_server):
    ControversyFactory(title="One")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url + (request.post_data or "")))
    page.goto(f"{live_server.url}/")
    leave(page)
    page.goto(f"{live_server.url}/")

    assert visit(page)
    assert page.context.cookies() == []
    assert {re.sub(r"[.?].*", "", url.removeprefix(live_server.url)) for url in sent} <= {
        "/", "/static/crux/site", "/static/crux/site/last-visit", "/static/crux/mark",
    }  # fmt: skip


@pytest.mark.parametrize(
    "kept",
    [
        *("", "no JSON", "[]", "{}", '{"known": "x", "newest": 1, "seen": 1}', '{"known": 1}', "null", "1"),
        *('{"known": -1e300, "newest": 1, "seen": 1}', '{"known": 1, "newest": 8.64e15, "seen": 1e300}'),
    ],
)
def test_what_the_browser_kept_may_be_anything(page: Page, live_server, kept):
    ControversyFactory(title="One")
    page.goto(f"{live_server.url}/about/")
    page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [KEY, kept])
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{live_server.url}/")

    assert errors == []
    assert not page.locator(".last-visit").is_visible()
    assert set(visit(page) or ()) == {"known", "newest", "seen"}


def test_page_works_where_nothing_may_be_kept(page: Page, live_server):
    ControversyFactory(title="One")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } })"
    )
    page.goto(f"{live_server.url}/")

    assert errors == []
    assert not page.locator(".last-visit").is_visible()
    assert page.locator("#recent-head").is_visible()


def test_page_works_without_scripts(browser, live_server):
    ControversyFactory(title="One")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}/")

    assert not page.locator(".last-visit").is_visible()
    assert page.locator(".recent > li").count() >= 1
    page.context.close()
