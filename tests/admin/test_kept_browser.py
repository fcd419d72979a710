"""The short forms of the desk in a real browser: what was typed there is no more lost than at the edit page."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from controversies import history
from tests.accessibility import axe_violations
from tests.admin.edit.test_controversy_admin_browser import Desk, desk  # noqa: F401 - the fixture
from tests.factories import ControversyFactory
from tests.workflow.test_suggestions import suggested

pytestmark = pytest.mark.django_db(transaction=True)


def test_reason_and_tick_survive_leaving_and_the_end_of_the_session(desk: Desk) -> None:  # noqa: F811 - the fixture
    made = ControversyFactory(question="Was it one?")
    made.edit(question="Is it two?", publication="withdrawn")
    url = reverse("admin:controversies_controversy_undo", args=[made.key, 2])
    page = desk.page

    def goto() -> None:
        page.goto(desk.site + url)
        page.wait_for_selector("form[data-ready]")

    goto()
    reason, tick = page.get_by_label("Reason for the change"), page.get_by_label("Also make the page")
    reason.fill("It was better so.")
    tick.check()
    goto()
    expect(reason).to_have_value("It was better so.")
    expect(tick).to_be_checked()
    assert axe_violations(page) == []
    page.get_by_role("button", name="Discard it").click()
    expect(reason).to_have_value("")
    goto()
    expect(reason).to_have_value("")
    expect(tick).not_to_be_checked()

    reason.fill("It was better so.")
    tick.check()
    cookies = [each for each in page.context.cookies() if each["name"] == "sessionid"]
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Undo revision 2").click()
    expect(page.locator(".kept-status")).to_contain_text("You have been logged out, so nothing was sent yet.")
    page.context.add_cookies(cookies)
    page.get_by_role("button", name="Undo revision 2").click()
    page.wait_for_selector("#controversy_form[data-ready]")
    head = history.head(made.key)
    assert head is not None
    assert (head.document.head.question, head.document.head.publication) == ("Was it one?", "published")
    page.goto(desk.site + url)
    expect(page.get_by_text("Nothing would change. The page already says all this.")).to_be_visible()


def test_answer_to_a_reader_survives_leaving(desk: Desk) -> None:  # noqa: F811 - the fixture
    suggestion: Any = suggested(ControversyFactory(positions=2))
    url = f"{desk.site}/admin/controversies/suggestion/{suggestion.pk}/change/"
    desk.page.goto(url)
    answer = desk.page.get_by_label("Or decline, with a reason")
    answer.fill("The source says so on page 3.")
    desk.page.goto(url)

    expect(answer).to_have_value("The source says so on page 3.")
    desk.page.get_by_role("button", name="Decline").click()
    expect(desk.page.get_by_role("heading", name="Review queue")).to_be_visible()
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.answer) == ("declined", "The source says so on page 3.")
