"""A reader's suggestion from the page to the revision, in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from controversies import history
from controversies.models import Suggestion
from controversies.public.views import suggest
from tests.accessibility import axe_violations
from tests.factories import PASSWORD, ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
WIDTHS = (390, 1280)


def looked_at(page: Page) -> None:
    """Nothing that axe finds and nothing that scrolls sideways, on a phone and on a screen, light and dark."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the words it takes
            page.wait_for_timeout(300)  # the admin's links fade from colour to colour
            assert axe_violations(page) == [], (page.url, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def test_suggestion_goes_from_a_reader_without_scripts_to_a_revision(
    browser: Browser, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggest, "MIN_AGE", 0)
    made = ControversyFactory(slug="robots", title="May robots vote?", positions=8, points=2, citations=9)
    edith = UserFactory(role="editor", first_name="Edith")
    third = made.document.positions[2]

    # a reader, without scripts: from the block to the thanks, once with a fault on the way
    reading = browser.new_context(java_script_enabled=False)
    page = reading.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{live_server.url}/controversies/robots/")
    page.get_by_role("link", name="Suggest a correction of position C").click()
    expect(page.get_by_role("heading", name=third.claim)).to_be_visible()
    page.get_by_role("button", name="Send to the editors").click()
    expect(page.get_by_role("alert")).to_contain_text("Tell us what is wrong.")
    page.get_by_label("What is wrong?").fill("They vote in no country.")
    page.get_by_label("What would be right, and why?").fill("No robot votes anywhere.")
    page.get_by_label("Where can we check it?").fill("https://example.org/votes")
    page.get_by_label("Your name").fill("Rea Reader")
    page.get_by_label("If you change the page, name me in its history").check()
    page.get_by_role("button", name="Send to the editors").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    reading.close()

    # the reader's pages, looked at with scripts, which axe is
    suggestion = Suggestion.objects.get()
    watching = browser.new_context()
    page = watching.new_page()
    page.set_default_timeout(20_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    form = f"{live_server.url}/controversies/robots/suggest/?block={third.key}"
    for address in (form, f"{live_server.url}/controversies/robots/suggest/thanks/"):
        page.goto(address)
        looked_at(page)
    page.goto(form)
    page.get_by_role("button", name="Send to the editors").click()
    looked_at(page)
    complaints = [
        each for each in complaints if "400" not in each
    ]  # what the browser says of any such answer

    # the editor: from the desk to the block, with the suggestion beside it
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("#id_username", edith.username)
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")
    expect(page.get_by_text("1 item is waiting for your decision.")).to_be_visible()
    page.get_by_role("link", name="Review queue").click()
    expect(page.locator(".queue-items")).to_contain_text("Position C")
    looked_at(page)
    page.locator(".queue-items").get_by_role("link").click()
    expect(page.get_by_text("They vote in no country.")).to_be_visible()
    looked_at(page)
    page.get_by_role("link", name="Open the edit form at this block").click()
    page.wait_for_selector("#controversy_form[data-ready]")
    beside = page.locator(".reader")
    expect(beside).to_contain_text("No robot votes anywhere.")
    expect(beside).to_be_in_viewport()
    claim = page.locator(f"[name='{third.key}-claim']")
    expect(claim).to_be_in_viewport()
    covered = claim.evaluate(
        """box => {
            const at = box.getBoundingClientRect();
            return document.elementFromPoint(at.x + 5, at.y + 5) !== box;
        }"""
    )
    assert not covered
    looked_at(page)
    claim.fill("Robots vote nowhere.")
    expect(page.get_by_label("Reason for the change")).to_have_value(
        "Position C corrected after a suggestion by Rea Reader, a reader."
    )
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("marked as used in revision 2")).to_be_visible()

    # what became of it
    page.goto(f"{live_server.url}/controversies/robots/history/")
    expect(page.locator("main")).to_contain_text("after a suggestion by Rea Reader, a reader")
    page.goto(live_server.url + suggestion.get_absolute_url())
    expect(page.get_by_role("link", name="in revision 2")).to_be_visible()
    head = history.head(made.key)
    assert head is not None
    assert head.document.positions[2].claim == "Robots vote nowhere."
    assert complaints == []
    watching.close()
