"""Who wrote a field, beside it on the edit page, in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.accessibility import axe_violations
from tests.admin.edit.test_controversy_admin_browser import Desk
from tests.admin.editing import change_url
from tests.factories import ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(page: Page, live_server: Any) -> Desk:
    desk = Desk(page, live_server.url, UserFactory(role="editor"))
    page.set_default_timeout(15_000)
    desk.log_in()
    return desk


def fold(page: Page, path: str) -> Any:
    return page.locator(f'details[data-blame="{path}"]')


def test_an_editor_sees_who_wrote_a_field_without_leaving_it(desk: Desk) -> None:
    made = ControversyFactory(positions=2, points=1, authors=["Ann"])
    desk.open(change_url(made.key))
    page = desk.page
    field = fold(page, f"{made.key}.status_summary")
    page.locator("#id_head-status_summary").fill("Typed and not saved.")

    field.locator("summary").focus()
    page.keyboard.press("Enter")

    expect(field).to_contain_text("Ann")
    expect(field).to_contain_text("First version.")
    assert page.locator("#id_head-status_summary").input_value() == "Typed and not saved."
    assert field.get_by_role("link", name="Ann").first.get_attribute("target") == "_blank"
    page.keyboard.press("Enter")
    expect(field.get_by_text("First version.")).not_to_be_visible()
    assert desk.complaints == []


def test_it_is_fetched_once_and_only_when_opened(desk: Desk) -> None:
    made = ControversyFactory(positions=8, points=1)
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url) if "/blame/" in request.url else None)
    desk.open(change_url(made.key))
    field = fold(desk.page, f"{made.key}.title")

    assert asked == []
    for _time in range(3):
        field.locator("summary").click()
        expect(field).to_contain_text("Edith Editor")
    assert len(asked) == 1
    block = desk.page.locator(f'[data-key="{made.document.positions[7].key}"] > fieldset > details')
    block.locator("summary").first.click()
    inner = fold(desk.page, f"{made.document.positions[7].key}.claim")
    inner.locator("summary").click()
    expect(inner).to_contain_text("Edith Editor")
    assert desk.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(desk: Desk, scheme: str) -> None:
    made = ControversyFactory(positions=2, points=1, revisions=3)
    desk.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # the two of them
    desk.open(change_url(made.key))
    for path in (f"{made.key}.title", f"{made.document.positions[0].key}.argument"):
        desk.page.evaluate(
            "document.querySelectorAll('.block > fieldset > details').forEach(e => e.open = true)"
        )
        fold(desk.page, path).locator("summary").click()
        expect(fold(desk.page, path)).to_contain_text("Edith Editor")

    assert axe_violations(desk.page) == []


def test_without_scripts_a_link_leads_to_the_page(browser: Any, live_server: Any) -> None:
    made = ControversyFactory(positions=1, points=1)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    desk = Desk(page, live_server.url, UserFactory(role="editor"))
    desk.log_in()
    page.goto(live_server.url + change_url(made.key))
    field = fold(page, f"{made.key}.title")

    field.locator("summary").click()
    with context.expect_page() as opened:
        field.get_by_role("link", name="See the page with its authors").click()

    opened.value.wait_for_load_state()
    assert opened.value.url.endswith(f"/blame/#{made.key}.title")
    context.close()
