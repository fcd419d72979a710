"""Backers and sources that move to another position or text: by the menu in their tools, and with a real mouse."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from controversies import history
from controversies.document import compare, say
from controversies.document.types import Document
from tests.accessibility import axe_violations
from tests.admin.edit.test_controversy_admin_browser import Desk, desk, document_of
from tests.admin.editing import change_url
from tests.factories import BackerFactory, ControversyFactory, SourceFactory, document_factory

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["desk"]

HEIGHT = 900  # pixels of the window


def made(positions: int = 2, **options: Any) -> Any:
    options = {"points": 1, "backings": positions, "citations": positions, **options}
    return ControversyFactory(document=document_factory(positions=positions, **options))


def block(page: Page, key: str) -> Locator:
    return page.locator(f"#block-{key}")


def own_list(page: Page, key: str, kind: str) -> Locator:
    return page.locator(f'[data-list="{key}-{kind}"]')


def move_by_menu(page: Page, key: str, place: str) -> None:
    block(page, key).locator(":scope > fieldset > .tools > [data-tool=move]").click()
    page.locator(".move-menu select").select_option(label=place)
    page.locator(".move-menu .move-go").click()


def drag(page: Page, key: str, target: Locator) -> None:
    """Drag a row by its handle to the target, as a hand does: to the window's edge until it is in view, then to it."""
    handle = block(page, key).locator(":scope > fieldset > .tools > .handle")
    handle.scroll_into_view_if_needed()
    start = handle.bounding_box()
    assert start is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    for _ in range(400):
        box = target.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 3, box["y"] + min(box["height"] / 2, 60)
        if 80 < y < HEIGHT - 140:
            break
        page.mouse.move(x, HEIGHT - 30 if y > HEIGHT / 2 else 30, steps=2)
        page.wait_for_timeout(40)
    page.mouse.move(x, y, steps=8)
    box = target.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + min(box["height"] / 2, 60), steps=3)
    page.mouse.up()


def save(desk: Desk, key: str, number: int = 2) -> Document:
    desk.page.get_by_label("Reason for the change").fill("It belongs there.")
    desk.save()
    desk.page.wait_for_url("**/controversy/")
    reading = history.head(key)
    assert reading is not None
    assert reading.number == number
    return reading.document


def words(key: str) -> str:
    before, after = history.at(key, 1), history.head(key)
    assert before is not None
    assert after is not None
    return say.changes(compare.outline(compare.compare(before.document, after.document)))


def test_a_backer_moves_by_keyboard_and_history_says_moved(desk: Desk) -> None:
    recorded = made(backers=[BackerFactory(name="Ada Union"), BackerFactory(name="Bob Union")])
    a, b = recorded.document.positions
    [backing] = a.backings
    page = desk.page
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    desk.open(change_url(recorded.key))

    block(page, backing.key).locator(":scope > fieldset > .tools > [data-tool=move]").focus()
    page.keyboard.press("Enter")
    menu = page.locator(".move-menu")
    expect(menu.locator("select")).to_be_focused()
    expect(menu.locator("option")).to_have_count(1)
    expect(menu.locator("option")).to_contain_text("Position B: Answer B")
    assert axe_violations(page) == []
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert own_list(page, b.key, "backings").locator("> li").count() == 2
    expect(desk.status).to_contain_text("Backer “Ada Union” moved to Position B")
    expect(block(page, backing.key).locator(":scope > fieldset > .tools > [data-tool=move]")).to_be_focused()
    document = save(desk, recorded.key)

    assert [each.key for each in document.positions[1].backings] == [b.backings[0].key, backing.key]
    assert document.positions[0].backings == ()
    assert document.positions[1].backings[1] == backing
    assert "moved" in words(recorded.key).lower()
    assert "removed" not in words(recorded.key).lower()


def test_a_backer_is_dragged_to_another_position_with_a_mouse(desk: Desk) -> None:
    recorded = made()
    a, b = recorded.document.positions
    page = desk.page
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    desk.open(change_url(recorded.key))

    drag(page, a.backings[0].key, own_list(page, b.key, "backings"))

    expect(own_list(page, b.key, "backings").locator("> li")).to_have_count(2)
    document = save(desk, recorded.key)
    assert [len(each.backings) for each in document.positions] == [0, 2]


def test_a_drop_on_the_title_of_a_shut_position_opens_it_and_moves_there(desk: Desk) -> None:
    recorded = made(8, citations=0)
    positions = recorded.document.positions
    page = desk.page
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    desk.open(change_url(recorded.key))
    block(page, positions[0].key).locator("summary").first.click()
    expect(own_list(page, positions[0].key, "backings")).to_be_visible()

    drag(page, positions[0].backings[0].key, block(page, positions[1].key).locator("summary").first)

    expect(own_list(page, positions[1].key, "backings").locator("> li")).to_have_count(2)
    document = save(desk, recorded.key)
    assert [len(each.backings) for each in document.positions] == [0, 2, 1, 1, 1, 1, 1, 1]


def test_the_menu_moves_to_a_shut_position_too(desk: Desk) -> None:
    recorded = made(8, citations=8)
    positions = recorded.document.positions
    page = desk.page
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    desk.open(change_url(recorded.key))
    block(page, positions[0].key).locator("summary").first.click()
    [cited] = positions[0].citations
    expect(block(page, cited.key)).to_be_visible()

    block(page, cited.key).locator(":scope > fieldset > .tools > [data-tool=move]").click()
    options = page.locator(".move-menu option").all_inner_texts()
    [place] = [each for each in options if each.startswith("Position H")]
    page.locator(".move-menu select").select_option(label=place)
    page.locator(".move-menu .move-go").click()

    expect(own_list(page, positions[7].key, "citations").locator(f"> #block-{cited.key}")).to_be_visible()
    document = save(desk, recorded.key)
    assert document.positions[7].citations[-1] == cited
    assert document.positions[0].citations == ()


def test_a_source_moves_to_context_stance_and_backer_and_back(desk: Desk) -> None:
    recorded = made(sources=[SourceFactory(title="A Work")], citations=1, positions=1)
    [a] = recorded.document.positions
    [cited] = a.citations
    page = desk.page
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    desk.open(change_url(recorded.key))

    for end in ("Context", "Point of contention 1", "Backer"):
        block(page, cited.key).locator(":scope > fieldset > .tools > [data-tool=move]").click()
        [place] = [
            each
            for each in page.locator(".move-menu option").all_inner_texts()
            if end in each.split(" › ")[-1]
        ][:1]
        page.locator(".move-menu select").select_option(label=place)
        page.locator(".move-menu .move-go").click()
    assert block(page, cited.key).locator("xpath=..").get_attribute("data-list") == (
        f"{a.backings[0].key}-citations"
    )
    page.get_by_role("button", name="Undo: bring Source “A Work” back").click()
    document = save(desk, recorded.key)

    places = {
        "context": document.context.citations,
        "point": document.points[0].citations,
        "stance": document.positions[0].stances[0].citations,
        "backing": document.positions[0].backings[0].citations,
        "position": document.positions[0].citations,
    }
    assert [name for name, citations in places.items() if citations] in (["point"], ["stance"])
    assert document_of(recorded.key) == document


def test_what_cannot_go_there_says_so(desk: Desk) -> None:
    backer = BackerFactory(name="Only One")
    recorded = made(backers=[backer])
    a, b = recorded.document.positions
    page = desk.page
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    desk.open(change_url(recorded.key))

    block(page, a.backings[0].key).locator(":scope > fieldset > .tools > [data-tool=move]").click()
    option = page.locator(".move-menu option")
    expect(option).to_have_count(1)
    expect(option).to_contain_text("this backer is already there")
    assert option.is_disabled()
    assert page.locator(".move-menu .move-go").is_disabled()
    page.keyboard.press("Escape")
    drag(page, a.backings[0].key, own_list(page, b.key, "backings"))

    expect(desk.status).to_contain_text("was not moved")
    assert own_list(page, a.key, "backings").locator("> li").count() == 1


def test_undo_puts_a_moved_row_back_where_it_was(desk: Desk) -> None:
    backers = [BackerFactory(), BackerFactory(), BackerFactory()]
    document = document_factory(positions=2, backings=0, citations=0)
    blocks = document_factory(positions=1, backings=3, citations=0, backers=backers)
    a, b = document.positions
    recorded = ControversyFactory(
        document=document.with_blocks(
            positions=(replace(a, backings=blocks.positions[0].backings), b), backers=blocks.backers
        )
    )
    keys = [each.key for each in blocks.positions[0].backings]
    page = desk.page
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    desk.open(change_url(recorded.key))

    drag(page, keys[1], own_list(page, b.key, "backings").locator("xpath=.."))
    expect(own_list(page, b.key, "backings").locator("> li")).to_have_count(1)
    page.locator(".moved-line .undo").click()

    rows = own_list(page, a.key, "backings").locator("> li")
    assert rows.evaluate_all("rows => rows.map((row) => row.dataset.key)") == keys
    expect(page.locator(".moved-line")).to_have_count(0)


def test_the_list_leads_to_the_position_that_needs_a_source(desk: Desk) -> None:
    recorded = made(8, citations=0)
    last = recorded.document.positions[0]
    page = desk.page
    page.goto(f"{desk.site}/admin/controversies/controversy/?needs=source")

    page.locator("#result_list tbody th a").first.click()
    desk.ready()

    button = own_list(page, last.key, "citations").locator("xpath=following-sibling::button[1]")
    expect(button).to_be_focused()
    assert page.locator(f"#block-{last.key} details").first.get_attribute("open") is not None
