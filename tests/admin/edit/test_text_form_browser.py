"""The edit page as text in a real browser: a fault at its line, drafts, conflicts, and no scripts at all."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from controversies import history
from tests.accessibility import axe_violations
from tests.admin.edit.test_controversy_admin_browser import Desk, document_of
from tests.admin.editing import change_url
from tests.factories import ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "?text=1"
LIST = re.compile("/admin/controversies/controversy/(#.*)?$")


@pytest.fixture
def desk(page: Page, live_server: Any) -> Any:
    made = Desk(page, live_server.url, UserFactory(role="publisher"))
    page.set_default_timeout(15_000)
    made.log_in()
    yield made
    assert made.complaints == []


def rewrite(page: Page, old: str, new: str) -> None:
    """Put the cursor on what is there, and type over it."""
    area = page.locator("#id_text")
    start = area.input_value().index(old)
    area.evaluate(
        "(area, [from, to]) => { area.focus(); area.setSelectionRange(from, to); }", [start, start + len(old)]
    )
    page.keyboard.insert_text(new)


def numbers(page: Page) -> list[str]:
    """The lines as they are drawn under the text."""
    return page.locator(".lines > li > span").all_text_contents()


def set_alike(page: Page, what: str) -> str:
    """How its text is set: where lines begin, how high they are, in what type."""
    return page.locator(what).evaluate(
        "each => { const s = getComputedStyle(each); return [s.padding, s.lineHeight, s.font, s.width].join(' / '); }"
    )


def test_fault_is_shown_at_its_line_mended_previewed_and_saved(desk: Desk) -> None:
    made = ControversyFactory(positions=2, points=1, question="May they?")
    desk.open(change_url(made.key))
    page = desk.page
    page.get_by_role("button", name="Edit as text").click()
    page.wait_for_selector("#id_text")
    desk.ready()
    assert set_alike(page, "#id_text") == set_alike(page, ".lines")  # or the numbers stand beside other lines
    rewrite(page, "question: May they?", "question: May they ever?")
    rewrite(page, "status: active", "status: actve")
    page.get_by_label("Reason for the change").fill("It was too narrow.")

    desk.save()
    page.wait_for_selector("#problems")
    desk.ready()
    assert axe_violations(page) == []
    link = page.locator("#problems").get_by_role("link")
    line = page.locator("#id_text").input_value().split("\n").index("status: actve") + 1
    expect(link).to_have_text(f"Line {line}")
    expect(page.locator("li.fault > span")).to_have_text("status: actve")
    link.click()
    selected = "area => area.value.slice(area.selectionStart, area.selectionEnd)"
    assert page.locator("#id_text").evaluate(selected) == "status: actve"
    expect(page.locator(".at-line")).to_contain_text("active")
    assert desk.focused == "id_text"
    page.keyboard.insert_text("status: dormant")
    expect(page.locator("li.fault")).to_have_count(0)
    expect(page.locator(".at-line")).to_have_text("")

    with page.expect_popup() as shown:
        page.get_by_role("button", name="Preview").click()
    expect(shown.value.locator("h1").first).to_have_text(made.document.head.title)
    expect(shown.value.locator(".question")).to_have_text("May they ever?")
    shown.value.close()
    desk.save()
    page.wait_for_url(LIST)

    head = document_of(made.key).head
    assert (head.question, head.status) == ("May they ever?", "dormant")
    reading = history.head(made.key)
    assert reading is not None
    assert (reading.number, reading.entry.summary) == (2, "It was too narrow.")


def test_a_long_text_is_drawn_where_the_editor_is_and_is_as_high_as_its_box(desk: Desk) -> None:
    made = ControversyFactory(positions=60, points=4, citations=240)
    page = desk.page
    desk.open(change_url(made.key, TEXT))
    count = len(page.locator("#id_text").input_value().split("\n"))
    assert count > 1000
    assert page.locator(".lines > li").count() < count / 2

    page.locator(".lines > li").last.scroll_into_view_if_needed()
    expect(page.locator(".lines > li").last).not_to_have_class("shut")
    rewrite(page, "## Context", "## Context\n\nOne more line, " + "long " * 60 + "\n\nand another")

    area, lines = (
        page.locator(each).evaluate("each => each.scrollHeight") for each in ("#id_text", ".lines")
    )
    assert abs(area - lines) <= 2
    shown = page.locator(".lines > li").evaluate_all(
        "each => each.map(li => li.firstElementChild.textContent)"
    )
    assert "\n".join(shown) == page.locator("#id_text").input_value()


def test_numbers_follow_what_is_typed_and_stand_where_the_lines_are(desk: Desk) -> None:
    made = ControversyFactory(positions=2, points=2)
    page = desk.page
    desk.open(change_url(made.key, TEXT))
    page.on("dialog", lambda dialog: dialog.accept())
    rewrite(page, "## Context", "## Context\n\nOne more line, " + "long " * 60 + "\n\nand another")
    rewrite(page, "title: ", "title:  ")

    assert numbers(page) == page.locator("#id_text").input_value().split("\n")
    area, lines = (
        page.locator(each).evaluate("each => each.scrollHeight") for each in ("#id_text", ".lines")
    )
    assert abs(area - lines) <= 2
    page.locator("#id_text").fill("")
    assert numbers(page) == [""]


def test_conflict_is_asked_beside_the_text_and_nothing_is_lost(desk: Desk) -> None:
    made = ControversyFactory(title="As it was")
    desk.open(change_url(made.key, TEXT))
    page = desk.page
    rewrite(page, "title: As it was", "title: Mine")
    made.edit(title="Theirs")
    page.get_by_label("Reason for the change").fill("Why not.")

    desk.save()
    page.wait_for_selector("#conflict")
    desk.ready()
    assert axe_violations(page) == []
    assert "title: Mine" in page.locator("#id_text").input_value()
    page.get_by_label("Keep mine").check()
    desk.save()
    page.wait_for_url(LIST)

    assert document_of(made.key).head.title == "Mine"


def test_text_is_there_again_after_a_crash_whichever_way_the_page_is_opened(desk: Desk) -> None:
    made = ControversyFactory(question="May they?")
    desk.open(change_url(made.key, TEXT))
    page = desk.page
    rewrite(page, "question: May they?", "question: Half typed")
    page.wait_for_timeout(900)
    page.on("dialog", lambda dialog: dialog.accept())
    crashed = page.context.new_page()
    crashed.goto(desk.site + change_url(made.key))
    crashed.wait_for_selector("#controversy_form[data-unsaved][data-ready]")

    assert "question: Half typed" in crashed.locator("#id_text").input_value()
    rewrite(crashed, "question: Half typed", "question:\n  Wholly typed")
    assert numbers(crashed) == crashed.locator("#id_text").input_value().split("\n")
    crashed.get_by_role("button", name="Edit in fields").click()
    crashed.wait_for_selector("#id_head-question")
    assert crashed.get_by_label("Question").input_value() == "Wholly typed"
    assert document_of(made.key) == made.document


def test_double_click_on_save_is_one_revision(desk: Desk) -> None:
    made = ControversyFactory(question="May they?")
    desk.open(change_url(made.key, TEXT))
    rewrite(desk.page, "question: May they?", "question: Once?")
    desk.page.get_by_label("Reason for the change").fill("Twice.")

    desk.page.get_by_role("button", name="Save", exact=True).dblclick()
    desk.page.wait_for_url(LIST)

    reading = history.head(made.key)
    assert reading is not None
    assert reading.number == 2


def test_turning_there_and_back_makes_no_draft(desk: Desk) -> None:
    made = ControversyFactory()
    desk.open(change_url(made.key))
    page = desk.page

    for name in ("Edit as text", "Edit in fields"):
        page.get_by_role("button", name=name).click()
        page.wait_for_selector(f"#controversy_form:not(:has(input[value='{name}']))")
        desk.ready()
        expect(page.locator("#restored")).to_have_count(0)
        expect(page.locator("#controversy_form[data-unsaved]")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(desk: Desk, width: int, scheme: Any) -> None:
    made = ControversyFactory(positions=3, points=3, backings=6, citations=12)
    page = desk.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.on("dialog", lambda dialog: dialog.accept())
    desk.open(change_url(made.key, TEXT))
    page.get_by_text("How it is written").click()
    assert axe_violations(page) == []
    rewrite(page, "status: active", "status: " + "x" * 300)
    rewrite(page, "polarity: multi-axis", "polarity: many")
    desk.save()
    page.wait_for_selector("#problems")
    desk.ready()

    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{desk.site}/admin/controversies/controversy/add/{TEXT}")
    desk.ready()
    assert axe_violations(page) == []


def test_all_of_it_works_without_scripts(browser: Any, live_server: Any) -> None:
    made = ControversyFactory(positions=2, question="May they?")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    desk = Desk(page, live_server.url, UserFactory(role="editor"))
    desk.log_in()
    page.goto(live_server.url + change_url(made.key))
    page.get_by_role("button", name="Edit as text").click()
    text = page.locator("#id_text").input_value()
    page.locator("#id_text").fill(
        text.replace("question: May they?", "question: Might they?").replace(
            "status: active", "status: actve"
        )
    )
    page.get_by_label("Reason for the change").fill("Why.")
    desk.save()
    line = text.split("\n").index("status: active") + 1
    expect(page.locator("#problems a")).to_have_attribute("href", f"#line-{line}")
    expect(page.locator("li.fault")).to_have_id(f"line-{line}")
    area = page.locator("#id_text")
    area.fill(area.input_value().replace("status: actve", "status: active"))
    desk.save()
    page.wait_for_url(LIST)
    context.close()

    assert document_of(made.key).head.question == "Might they?"
