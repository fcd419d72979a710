"""The edit page in a real browser: by keyboard and pointer, with a session that ends, with a browser that crashes."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from controversies import history
from tests.accessibility import axe_violations
from tests.admin.editing import change_url
from tests.factories import PASSWORD, BackerFactory, ControversyFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


class Desk:
    """An editor at the edit page of a controversy."""

    def __init__(self, page: Page, site: str, user: Any) -> None:
        self.page, self.site, self.user = page, site, user
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)

    def _listen(self, message: Any) -> None:
        # The content security policy's refusals come this way; a missing icon is no concern of this page.
        if message.type == "error" and "favicon" not in (message.location or {}).get("url", ""):
            self.complaints.append(message.text)

    def log_in(self, page: Page | None = None) -> None:
        page = page or self.page
        page.goto(f"{self.site}/admin/login/")
        page.fill("#id_username", self.user.username)
        page.fill("#id_password", PASSWORD)
        page.click("input[type=submit]")
        page.wait_for_url(f"{self.site}/admin/")

    def open(self, url: str) -> None:
        self.page.goto(self.site + url)
        self.ready()

    def ready(self) -> None:
        self.page.wait_for_selector("#controversy_form[data-ready]")

    def choose(self, box: Any, text: str) -> None:
        """Pick what is on record by typing."""
        box.focus()
        self.page.keyboard.insert_text(text)
        expect(self.page.locator("[role=option][aria-selected=true]")).to_contain_text(text)
        self.page.keyboard.press("Enter")

    def claims(self) -> list[str]:
        return self.page.locator(
            "[data-list=positions] > li:not(.removed) > fieldset > details > summary > .name"
        ).all_inner_texts()

    @property
    def focused(self) -> str:
        return self.page.evaluate(
            "document.activeElement.getAttribute('aria-label') || document.activeElement.id"
        )

    @property
    def status(self) -> Any:
        return self.page.locator(".bar-status")

    def save(self) -> None:
        self.page.get_by_role("button", name="Save", exact=True).click()


@pytest.fixture
def desk(page: Page, live_server: Any) -> Any:
    made = Desk(page, live_server.url, UserFactory(role="publisher"))
    page.set_default_timeout(15_000)
    made.log_in()
    yield made
    assert made.complaints == []


def document_of(key: str) -> Any:
    reading = history.head(key)
    assert reading is not None
    return reading.document


def test_editor_adds_a_position_with_a_backer_and_a_source_and_finds_it_in_the_history(desk: Desk) -> None:
    BackerFactory(name="The Backers' Union")
    SourceFactory(title="A Work of Its Own")
    made = ControversyFactory(positions=2, points=1, title="May robots vote?")
    desk.open(change_url(made.key))
    page = desk.page

    page.get_by_role("button", name="Add a position").click()
    page.keyboard.type("They may on Sundays")
    block = page.locator("[data-list=positions] > li").last
    block.get_by_role("button", name="Add a backer").click()
    backing = block.locator("[data-item=backing]")
    desk.choose(backing.locator("[data-reference=backer]"), "The Backers' Union")
    backing.get_by_role("button", name="Add a source").click()
    desk.choose(backing.locator("[data-reference=source]"), "A Work of Its Own")
    backing.get_by_placeholder("Quote, word for word").fill("On Sundays only.")
    block.get_by_label("1 Point of contention 1", exact=True).fill("It is a matter of the day.")
    page.get_by_label("Reason for the change").focus()
    page.get_by_role("button", name="Use: “Position C added").click()
    desk.save()
    page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    document = document_of(made.key)
    position = document.positions[2]
    assert position.claim == "They may on Sundays"
    assert [document.by_key[b.backer].name for b in position.backings] == ["The Backers' Union"]
    [citation] = position.backings[0].citations
    assert document.by_key[citation.source].title == "A Work of Its Own"
    assert citation.quote == "On Sundays only."
    assert [s.text for s in position.stances] == ["It is a matter of the day."]
    page.get_by_role("link", name="See it in the history").click()
    expect(page.locator("main")).to_contain_text("Position C added")
    page.goto(f"{desk.site}/controversies/{made.slug}/compare/1/2/")
    expect(page.locator("main")).to_contain_text("They may on Sundays")


def test_order_by_keyboard_keeps_the_focus_and_is_announced(desk: Desk) -> None:
    made = ControversyFactory(positions=3)
    desk.open(change_url(made.key))
    page = desk.page
    first, second, third = desk.claims()

    page.get_by_role("button", name=re.compile(f"Move up: Position C: {third[:10]}")).focus()
    page.keyboard.press("Enter")
    assert desk.claims() == [first, third, second]
    assert desk.focused.startswith("Move up: Position B: ")
    expect(desk.status).to_contain_text("is now number 2 of 3")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(desk.status).to_contain_text("is the first already")
    assert desk.claims() == [third, first, second]
    page.get_by_label("Reason for the change").fill("Order.")
    desk.save()
    page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    assert [p.claim for p in document_of(made.key).positions] == [third, first, second]


def test_order_by_pointer(desk: Desk) -> None:
    made = ControversyFactory(positions=1, points=3)
    page = desk.page
    page.set_viewport_size({"width": 1280, "height": 2400})  # near its edges the page would scroll
    desk.open(change_url(made.key))
    items = page.locator("[data-list=points] > li")
    handle = items.nth(2).locator(".handle").first
    handle.scroll_into_view_if_needed()
    start, goal = handle.bounding_box(), items.nth(0).bounding_box()
    assert start is not None
    assert goal is not None

    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(start["x"] + 5, goal["y"] + 40, steps=8)
    page.mouse.move(start["x"] + 5, goal["y"] + 5, steps=4)
    page.mouse.up()

    expect(desk.status).to_contain_text("is now number 1 of 3")
    keys = items.evaluate_all("all => all.map(item => item.dataset.key)")
    assert keys == [made.document.points[i].key for i in (2, 0, 1)]


def test_removal_can_be_undone(desk: Desk) -> None:
    made = ControversyFactory(positions=2, points=2)
    desk.open(change_url(made.key))
    page = desk.page

    page.get_by_role("button", name=re.compile("Remove: Contested point 1")).click()
    assert desk.focused.startswith("Undo: bring Contested point 1")
    expect(desk.status).to_contain_text("Removed: Contested point 1")
    expect(page.locator(".stance:visible")).to_have_count(2)
    page.keyboard.press("Enter")

    assert desk.focused.startswith("Remove: Contested point 1")
    expect(page.locator(".stance:visible")).to_have_count(4)
    page.get_by_role("button", name=re.compile("Remove: Position A")).click()
    page.get_by_label("Reason for the change").fill("Nobody holds it.")
    desk.save()
    page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")
    document = document_of(made.key)
    assert [p.key for p in document.positions] == [made.document.positions[1].key]
    assert document.points == made.document.points


def test_shut_position_is_fetched_when_opened(desk: Desk) -> None:
    made = ControversyFactory(positions=8, points=2)
    desk.open(change_url(made.key))
    page = desk.page
    page.get_by_role("button", name="Add a contested point").click()
    page.keyboard.type("A new point")
    block = page.locator("[data-list=positions] > li").nth(4)

    block.locator("summary").click()
    block.get_by_label("3 A new point", exact=True).fill("It has a view on that, too.")
    page.get_by_label("Reason for the change").fill("One more point.")
    desk.save()
    page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    document = document_of(made.key)
    assert [p.title for p in document.points][2] == "A new point"
    said = {s.point: s.text for s in document.positions[4].stances}
    assert said[document.points[2].key] == "It has a view on that, too."
    assert len(document.positions) == 8
    assert document.positions[:4] == made.document.positions[:4]


def test_session_that_ended_loses_no_text(desk: Desk) -> None:
    made = ControversyFactory()
    desk.open(change_url(made.key))
    page = desk.page
    page.get_by_label("Question").fill("Is it still here?")
    page.get_by_label("Reason for the change").fill("Why not.")
    page.context.clear_cookies()

    desk.save()
    expect(desk.status).to_contain_text("You have been logged out, so nothing was saved yet.")
    assert document_of(made.key) == made.document
    other = page.context.new_page()
    desk.log_in(other)
    other.close()
    desk.save()
    page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    assert document_of(made.key).head.question == "Is it still here?"


def test_text_is_there_at_once_after_a_crash_and_can_be_thrown_away(desk: Desk) -> None:
    made = ControversyFactory(positions=1, points=1)
    url = change_url(made.key)
    desk.open(url)
    page = desk.page
    page.get_by_label("Question").fill("Half typed")
    page.get_by_role("button", name="Add a position").click()
    page.keyboard.type("Half a position")
    page.wait_for_timeout(900)
    page.on("dialog", lambda dialog: dialog.accept())
    crashed = page.context.new_page()
    crashed.goto(desk.site + url)
    crashed.wait_for_selector("#controversy_form[data-ready]")

    assert crashed.get_by_label("Question").input_value() == "Half typed"
    expect(crashed.locator("[data-list=positions] > li").last.locator("summary")).to_contain_text(
        "Half a position"
    )
    expect(crashed.locator("#restored")).to_contain_text("It is not saved yet.")
    assert axe_violations(crashed) == []
    assert document_of(made.key) == made.document
    crashed.get_by_label("Reason for the change").fill("Whole now.")
    crashed.get_by_role("button", name="Save", exact=True).click()
    crashed.wait_for_url(f"{desk.site}/admin/controversies/controversy/")
    assert document_of(made.key).positions[1].claim == "Half a position"
    crashed.goto(desk.site + url)
    crashed.wait_for_selector("#controversy_form[data-ready]")
    expect(crashed.locator("#restored")).to_have_count(0)
    crashed.get_by_label("Question").fill("Not meant")
    crashed.wait_for_timeout(900)
    crashed.on("dialog", lambda dialog: dialog.accept())
    crashed.reload()
    crashed.get_by_role("button", name="Discard it").click()
    expect(crashed.get_by_label("Question")).to_have_value("Half typed")
    crashed.reload()
    expect(crashed.get_by_label("Question")).to_have_value("Half typed")
    expect(crashed.locator("#restored")).to_have_count(0)


def test_text_that_does_not_fit_any_more_is_shown_as_text(desk: Desk) -> None:
    made = ControversyFactory(positions=1, points=1)
    desk.page.on("dialog", lambda dialog: dialog.accept())
    desk.open(change_url(made.key))
    desk.page.get_by_label("Question").fill("A long question of mine")
    desk.page.wait_for_timeout(900)
    desk.page.goto(f"{desk.site}/admin/")
    desk.page.evaluate(
        """() => {
            const name = Object.keys(localStorage).find((each) => each.startsWith("crux-draft:"));
            const found = JSON.parse(localStorage.getItem(name));
            found.entries.push(["positions", "nonsense"]);
            localStorage.setItem(name, JSON.stringify(found));
        }"""
    )
    desk.open(change_url(made.key))

    expect(desk.page.get_by_label("Question")).to_have_value(made.document.head.question)
    before = desk.page.locator("#typed-before")
    expect(before).to_contain_text("A long question of mine")
    assert axe_violations(desk.page) == []
    desk.page.get_by_label("Question").fill("Another question of mine")
    desk.page.wait_for_timeout(900)
    desk.page.reload()
    desk.ready()
    expect(desk.page.get_by_label("Question")).to_have_value("Another question of mine")
    expect(before).to_contain_text("A long question of mine")
    before.get_by_role("button", name="Discard it").click()
    expect(before).to_have_count(0)
    desk.complaints.clear()  # the browser logs the refusal


def test_leaving_with_unsaved_text_is_asked_about(desk: Desk) -> None:
    made = ControversyFactory()
    desk.open(change_url(made.key))
    asked: list[str] = []
    desk.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    desk.page.get_by_label("Question").fill("Half typed")
    desk.page.get_by_role("link", name="Home", exact=True).click()
    desk.page.wait_for_url(f"{desk.site}/admin/")

    assert asked == ["beforeunload"]


def test_more_than_can_be_sent_stays_on_the_page(desk: Desk) -> None:
    made = ControversyFactory()
    desk.open(change_url(made.key))
    page = desk.page
    form = page.locator("#controversy_form")
    assert (
        form.get_attribute("data-limit") == "2621440"
    )  # what Django takes; so much text takes a browser minutes
    form.evaluate("form => { form.dataset.limit = '5000'; }")
    page.get_by_label("Question").fill("я" * 2501)

    desk.save()

    expect(desk.status).to_contain_text("This is too long to send at once.")
    assert page.get_by_label("Question").input_value() == "я" * 2501
    page.on("dialog", lambda dialog: dialog.accept())


def test_double_click_on_save_is_one_revision(desk: Desk) -> None:
    made = ControversyFactory()
    desk.open(change_url(made.key))
    desk.page.get_by_label("Question").fill("Once?")
    desk.page.get_by_label("Reason for the change").fill("Twice.")

    desk.page.get_by_role("button", name="Save", exact=True).dblclick()
    desk.page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    reading = history.head(made.key)
    assert reading is not None
    assert reading.number == 2


def test_fault_gets_the_focus_and_its_block_is_opened(desk: Desk) -> None:
    made = ControversyFactory(positions=1, points=2)
    desk.open(change_url(made.key))
    page = desk.page
    point = made.document.points[1]
    page.locator(f"#block-{point.key} > fieldset > details > summary").click()
    page.locator(f"#id_{point.key}-title").fill("")
    page.get_by_label("Reason for the change").fill("Why.")

    desk.save()
    page.wait_for_selector("#problems")
    desk.ready()

    assert desk.focused == f"id_{point.key}-title"
    expect(page.locator(f"#id_{point.key}-title")).to_be_visible()
    assert axe_violations(page) == []
    page.get_by_role("link", name="Contested point 2 › Title").click()
    assert desk.focused == f"id_{point.key}-title"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(desk: Desk, width: int, scheme: Any) -> None:
    made = ControversyFactory(positions=3, points=3, backings=6, citations=12)
    page = desk.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    desk.open(change_url(made.key))
    for summary in page.locator("[data-list=points] summary").all():
        summary.click()
    page.get_by_role("button", name="Add a position").click()
    block = page.locator("[data-list=positions] > li").last
    block.get_by_role("button", name="Add a backer").click()
    page.get_by_role("button", name=re.compile("Remove: Position B")).click()

    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    block.locator("[data-item=backing] [data-reference=backer]").focus()
    page.keyboard.insert_text("Backer")
    page.wait_for_selector("[role=option]")
    assert axe_violations(page) == []
    page.locator("[role=option]").last.click()
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    names = page.locator(".crux-edit button:visible").evaluate_all(
        "all => all.map(each => each.getAttribute('aria-label') || each.textContent)"
    )
    assert len(names) == len(set(names))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{desk.site}/admin/controversies/controversy/add/")
    desk.ready()
    assert axe_violations(page) == []


def test_fields_can_be_changed_without_scripts(browser: Any, live_server: Any) -> None:
    made = ControversyFactory(positions=8, points=1)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    desk = Desk(page, live_server.url, UserFactory(role="editor"))
    desk.log_in()
    page.goto(live_server.url + change_url(made.key))

    page.locator("[data-list=positions] summary").nth(6).click()
    page.locator("[data-list=positions] > li").nth(6).get_by_role("link", name="Open every block").click()
    key = made.document.positions[6].key
    page.locator(f"#id_{key}-claim").fill("Changed without a script")
    page.get_by_label("Reason for the change").fill("Why.")
    desk.save()
    page.wait_for_url(re.compile("/admin/controversies/controversy/(#.*)?$"))
    context.close()

    assert document_of(made.key).positions[6].claim == "Changed without a script"
