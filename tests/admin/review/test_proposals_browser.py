"""Proposing and deciding in a real browser: two people, from the edit page to the public history."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accessibility import axe_violations
from tests.admin.editing import change_url
from tests.factories import PASSWORD, ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/controversies/proposal/"
PHONE = {"width": 390, "height": 844}


class Person:
    """Somebody logged in at a browser of their own; what its console complains of is kept."""

    def __init__(self, browser: Browser, site: str, role: str, **options: Any) -> None:
        self.site, self.user = site, UserFactory(role=role, **options)
        self.context = browser.new_context()
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._listen)
        self.go("/admin/login/")
        self.page.fill("#id_username", self.user.username)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("input[type=submit]")
        self.page.wait_for_url(f"{site}/admin/")

    def _listen(self, message: Any) -> None:
        if message.type == "error" and "favicon" not in (message.location or {}).get("url", ""):
            self.complaints.append(message.text)

    def go(self, address: str) -> None:
        self.page.goto(self.site + address)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def check(self, *, at: str) -> None:
        """Nothing in the way of anybody, on a desk's screen and on a phone, where nothing scrolls sideways."""
        self.page.wait_for_load_state()
        for size in ({"width": 1280, "height": 900}, PHONE):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]  # a size
            width = self.page.evaluate("document.documentElement.scrollWidth")
            assert width <= size["width"], (at, size, width)
            assert (at, axe_violations(self.page)) == (at, [])


@pytest.fixture
def people(browser: Browser, live_server: Any) -> Iterator[tuple[Person, Person]]:
    made = (
        Person(browser, live_server.url, "contributor", first_name="Cora", last_name="Contributor"),
        Person(browser, live_server.url, "editor", first_name="Edith", last_name="Editor"),
    )
    yield made
    for person in made:
        person.context.close()
        assert person.complaints == []


def test_a_proposal_from_the_form_to_the_public_history(people: tuple[Person, Person]) -> None:
    cora, edith = people
    page = ControversyFactory()

    cora.go(change_url(page.key))
    cora.page.wait_for_selector("#controversy_form[data-ready]")
    cora.page.get_by_label("Status in words").fill("A court has ruled on it.")
    cora.page.get_by_label("Reason for the change").fill("The ruling of May.")
    cora.press("Propose")
    cora.page.wait_for_url("**/proposal/*/change/")
    expect(cora.page.get_by_role("status")).to_contain_text("Another editor will decide on it")
    cora.check(at="one's own")
    cora.go(LIST)
    expect(cora.page.locator("#result_list tbody tr")).to_have_count(1)

    edith.go("/admin/")
    expect(edith.page.get_by_text("1 item is waiting for your decision.")).to_be_visible()
    edith.check(at="desk")
    edith.page.get_by_role("link", name="Review queue").click()
    expect(edith.page.get_by_role("heading", name="Review queue")).to_be_visible()
    edith.check(at="queue")
    edith.page.get_by_role("link", name=page.document.head.title).click()
    expect(edith.page.get_by_role("heading", name="If accepted: One change")).to_be_visible()
    assert "A court has ruled on it" in "".join(edith.page.locator(".change ins").all_inner_texts())
    edith.check(at="review")
    edith.press("Accept")
    expect(edith.page.get_by_role("status")).to_have_text("Accepted: it is revision 2 of the page.")
    edith.check(at="accepted")

    cora.go(f"/controversies/{page.slug}/history/")
    row = cora.page.locator("#revision-2")
    expect(row).to_contain_text("The ruling of May.")
    expect(row.locator(".by")).to_have_text("Cora Contributor accepted by Edith Editor")


def test_a_proposal_that_meets_another_edit_is_decided_in_the_form(people: tuple[Person, Person]) -> None:
    cora, edith = people
    page = ControversyFactory()
    cora.go(change_url(page.key))
    cora.page.wait_for_selector("#controversy_form[data-ready]")
    cora.page.get_by_label("Status in words").fill("As Cora has it.")
    cora.page.get_by_label("Reason for the change").fill("It is known now.")
    cora.press("Propose")
    cora.page.wait_for_url("**/proposal/*/change/")
    address = cora.page.url
    page.edit(status_summary="As somebody else has it.")

    edith.page.goto(address)
    expect(edith.page.get_by_role("heading", name="One part was changed both here")).to_be_visible()
    expect(edith.page.get_by_role("button", name="Accept", exact=True)).to_have_count(0)
    edith.check(at="conflict")
    edith.page.get_by_role("link", name="Edit and accept").click()
    edith.page.wait_for_selector("#controversy_form[data-ready]")
    expect(edith.page.locator(".three")).to_contain_text("As somebody else has it.")
    edith.check(at="form of a proposal")
    edith.page.get_by_label("Status in words").fill("As both have it.")
    edith.press("Accept and save")
    edith.page.wait_for_url("**/proposal/*/change/")
    expect(edith.page.get_by_role("status")).to_have_text(
        "Accepted. The page contradicts what Cora Contributor proposed, so revision 3 is your own edit."
    )

    cora.page.goto(address)
    expect(cora.page.get_by_role("link", name="as revision 3")).to_be_visible()


def test_a_proposal_that_the_reviewer_edits_is_two_revisions(people: tuple[Person, Person]) -> None:
    cora, edith = people
    page = ControversyFactory()
    cora.go(change_url(page.key))
    cora.page.wait_for_selector("#controversy_form[data-ready]")
    cora.page.get_by_label("Status in words").fill("Words of Cora.")
    cora.page.get_by_label("Reason for the change").fill("It is known now.")
    cora.press("Propose")
    cora.page.wait_for_url("**/proposal/*/change/")
    address = cora.page.url

    edith.page.goto(address)
    edith.page.get_by_role("link", name="Edit and accept").click()
    edith.page.wait_for_selector("#controversy_form[data-ready]")
    expect(edith.page.get_by_role("note")).to_contain_text("two revisions are recorded")
    edith.check(at="form of a proposal")
    edith.page.get_by_label("Status in words").fill("Words of Edith.")
    edith.page.get_by_label("Reason for your own changes").fill("Clearer.")
    edith.press("Accept and save")
    edith.page.wait_for_url("**/proposal/*/change/")
    expect(edith.page.get_by_role("status")).to_have_text(
        "Accepted. Revision 2 is what Cora Contributor proposed; revision 3 is your own edit."
    )
    edith.check(at="accepted")

    cora.go(f"/controversies/{page.slug}/history/")
    expect(cora.page.locator("#revision-2 .by")).to_have_text("Cora Contributor accepted by Edith Editor")
    expect(cora.page.locator("#revision-3 .by")).to_have_text("Edith Editor")
    expect(cora.page.locator("#revision-3")).to_contain_text("Clearer.")


def test_a_declined_proposal_says_why_and_what_was_sent_is_not_offered_again(
    people: tuple[Person, Person],
) -> None:
    cora, edith = people
    page = ControversyFactory()
    cora.go(change_url(page.key))
    cora.page.wait_for_selector("#controversy_form[data-ready]")
    cora.page.get_by_label("Status in words").fill("As Cora has it.")
    cora.page.get_by_label("Reason for the change").fill("It is known now.")
    cora.press("Propose")
    cora.page.wait_for_url("**/proposal/*/change/")
    address = cora.page.url

    edith.page.goto(address)
    edith.press("Decline")
    expect(edith.page.get_by_role("alert")).to_have_text(
        "Give a reason. The author of the proposal will read it."
    )
    edith.page.get_by_label("Reason for declining").fill("No source says so.")
    edith.press("Decline")
    expect(edith.page.get_by_role("status")).to_have_text("Declined. Cora Contributor will see your reason.")

    cora.page.goto(address)
    expect(cora.page.get_by_text("No source says so.")).to_be_visible()
    cora.check(at="declined")
    cora.go(change_url(page.key))
    cora.page.wait_for_selector("#controversy_form[data-ready]")
    expect(cora.page.get_by_label("Status in words")).to_have_value(page.document.head.status_summary)
    expect(cora.page.get_by_role("button", name="Discard it")).to_have_count(0)
