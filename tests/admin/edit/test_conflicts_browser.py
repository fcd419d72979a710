"""Two editors at one page in two browsers: what they write meets, and nothing of it is lost."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.accessibility import axe_violations
from tests.admin.edit.test_controversy_admin_browser import Desk, document_of
from tests.admin.editing import change_url
from tests.factories import ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desks(browser: Browser, live_server: Any) -> Iterator[tuple[Desk, Desk]]:
    """Two editors, each in a browser of their own."""
    made = []
    for name in ("Ada First", "Ben Second"):
        page = browser.new_context().new_page()
        page.set_default_timeout(15_000)
        page.on("dialog", lambda dialog: dialog.accept())
        first, last = name.split()
        made.append(Desk(page, live_server.url, UserFactory(role="editor", first_name=first, last_name=last)))
        made[-1].log_in()
    yield made[0], made[1]
    for desk in made:
        desk.page.context.close()
        assert desk.complaints == []


def saved(desk: Desk) -> None:
    desk.save()
    desk.page.wait_for_url(re.compile("/admin/controversies/controversy/(#.*)?$"))


def test_two_editors_meet_and_nothing_is_lost(desks: tuple[Desk, Desk]) -> None:
    ada, ben = desks
    made = ControversyFactory(positions=2, points=1, backings=2, citations=2)
    key = made.document.positions[1].key
    for desk in desks:
        desk.open(change_url(made.key))
        desk.page.get_by_label("Reason for the change").fill("My reason.")

    # Different fields: merged, and told.
    ada.page.get_by_label("Question").fill("Ada's question?")
    saved(ada)
    ben.page.locator(f"#id_{key}-claim").fill("Ben's claim")
    saved(ben)
    expect(ben.page.locator(".messagelist")).to_contain_text(
        "Ada First saved this page while you were editing: The question changed."
    )
    assert document_of(made.key).head.question == "Ada's question?"
    assert document_of(made.key).positions[1].claim == "Ben's claim"

    # The same field: asked.
    for desk in desks:
        desk.open(change_url(made.key))
        desk.page.get_by_label("Reason for the change").fill("My reason.")
    ada.page.locator(f"#id_{key}-claim").fill("Ada's claim of it")
    saved(ada)
    ben.page.locator(f"#id_{key}-claim").fill("Ben's claim again")
    ben.page.get_by_label("Title", exact=True).first.fill("Ben's title")
    ben.save()
    ben.page.wait_for_selector("#conflict")
    ben.ready()
    assert ben.focused == "conflict"
    conflict = ben.page.locator("#conflict")
    expect(conflict).to_contain_text("Ada First saved this page while you were editing it.")
    expect(conflict.locator(".side.theirs ins").first).to_contain_text("Ada's")
    assert ben.page.locator(f"#id_{key}-claim").input_value() == "Ben's claim again"
    assert ben.page.get_by_label("Title", exact=True).first.input_value() == "Ben's title"

    # Left open, it is asked again; who types an answer means it.
    ben.save()
    expect(conflict).to_contain_text("Not answered yet.")
    ben.ready()
    conflict.locator("textarea").fill("A claim of both")
    expect(conflict.get_by_label("Something else:")).to_be_checked()

    # It survives a reload, the back button, leaving the page and coming back,
    def all_is_there() -> None:
        ben.ready()
        expect(conflict).to_contain_text("Position B: Claim")
        expect(ben.page.locator(f"#id_{key}-claim")).to_have_value("Ben's claim again")
        expect(conflict.locator("textarea")).to_have_value("A claim of both")
        expect(conflict.get_by_label("Something else:")).to_be_checked()
        expect(ben.page.get_by_label("Reason for the change")).to_have_value("My reason.")

    ben.page.reload()
    all_is_there()
    ben.page.go_back()
    all_is_there()
    ben.page.goto(ben.site + "/admin/")
    ben.page.go_back()
    all_is_there()
    ben.open(change_url(made.key))
    all_is_there()

    # …a log-in in between
    cookies = [each for each in ben.page.context.cookies() if each["name"] == "sessionid"]
    ben.page.context.clear_cookies(name="sessionid")
    ben.page.reload()
    expect(ben.page.get_by_label("Username")).to_be_visible()
    ben.page.context.add_cookies(cookies)
    ben.open(change_url(made.key))
    all_is_there()

    # …and the end of the session.
    cookies = [each for each in ben.page.context.cookies() if each["name"] == "sessionid"]
    ben.page.context.clear_cookies(name="sessionid")
    ben.save()
    expect(ben.status).to_contain_text("You have been logged out, so nothing was saved yet.")
    ben.page.context.add_cookies(cookies)
    saved(ben)

    document = document_of(made.key)
    assert (document.head.title, document.positions[1].claim) == ("Ben's title", "A claim of both")
    ben.open(change_url(made.key))
    expect(ben.page.locator(f"#id_{key}-claim")).to_have_value("A claim of both")
    expect(ben.page.locator("#restored")).to_have_count(0)
    assert made.row.revisions.count() == 5
    ada.complaints.clear()
    ben.complaints.clear()  # a request refused for want of a session is logged by the browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_on_the_page_that_asks(desks: tuple[Desk, Desk], width: int, scheme: Any) -> None:
    desk, _other = desks
    made = ControversyFactory(positions=3, points=2, backings=3, citations=3)
    page = desk.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    desk.open(change_url(made.key))
    position = made.document.positions[0]
    page.get_by_label("Question").fill("Mine, a question that is quite a bit longer than a line of it?")
    page.locator(f"#id_{position.key}-argument").fill("Mine.")
    page.get_by_label("Reason for the change").fill("Why.")
    document = made.document
    theirs = replace(document.positions[0], argument=document.positions[0].argument + " Theirs.")
    made.save(
        document.with_blocks(positions=(theirs, *document.positions[1:])),
        author_name="Otto Other",
        summary="They knew better.",
    )
    made.edit(question="Theirs?", author_name="Otto Other", summary="They knew better.")
    desk.save()
    page.wait_for_selector("#conflict")
    desk.ready()

    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    desk.save()
    page.wait_for_selector("#question-1-complaint")
    desk.ready()
    assert axe_violations(page) == []


def test_company_is_told_and_so_is_a_save(desks: tuple[Desk, Desk]) -> None:
    ada, ben = desks
    made = ControversyFactory()
    ben.page.clock.install()
    ben.open(change_url(made.key))
    company = ben.page.locator(".bar-company")
    expect(company).to_have_text("")
    ada.open(change_url(made.key))
    expect(ada.page.locator(".bar-company")).to_contain_text("Ben Second has this page open too, since ")

    ben.page.clock.fast_forward(31_000)
    expect(company).to_contain_text("Ada First has this page open too, since ")

    ada.page.get_by_label("Question").fill("Ada's question?")
    ada.page.get_by_label("Reason for the change").fill("My reason.")
    saved(ada)
    ben.page.clock.fast_forward(31_000)
    expect(company).to_contain_text("Ada First saved this page at ")
    expect(company).not_to_contain_text("has this page open too")
    expect(company.get_by_role("link", name="Compare")).to_have_attribute(
        "href", f"/controversies/{made.slug}/compare/1/2/"
    )
    assert axe_violations(ben.page) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_revision_is_undone_from_the_history(desks: tuple[Desk, Desk], width: int) -> None:
    desk, _other = desks
    made = ControversyFactory(question="Was it one?")
    made.edit(question="Is it two?")
    made.edit(question="Is it three?", title="Another title")
    page = desk.page
    page.set_viewport_size({"width": width, "height": 900})
    desk.open(change_url(made.key))
    page.get_by_role("link", name="Earlier revisions").click()
    page.get_by_role("link", name="Undo revision 2").click()
    expect(page.get_by_role("heading", name="One thing was changed again since")).to_be_visible()
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Reason for the change").fill("It was better so.")
    page.get_by_role("button", name="Undo revision 2").click()

    desk.ready()
    conflict = page.locator("#conflict")
    expect(conflict).to_contain_text("Something here has changed since then. Choose what to keep.")
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    conflict.get_by_label("As it was in revision 1").check()
    saved(desk)

    head = document_of(made.key).head
    assert (head.question, head.title) == ("Was it one?", "Another title")
