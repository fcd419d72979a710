"""Removing words in a real browser: two publishers, from the history to the tombstone that readers see."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from controversies import models as m
from tests.admin.review.test_proposals_browser import PHONE, Person

from .test_erase import said

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "Zoë Qüxly"


@pytest.fixture
def publishers(browser: Browser, live_server: Any) -> Iterator[tuple[Person, Person]]:
    made = (
        Person(browser, live_server.url, "publisher", first_name="Paula", last_name="Publisher"),
        Person(browser, live_server.url, "publisher", first_name="Peter", last_name="Publisher"),
    )
    yield made
    for person in made:
        person.context.close()
        assert person.complaints == []


def test_two_publishers_remove_words_and_readers_see_where(
    publishers: tuple[Person, Person], browser: Browser, live_server: Any
) -> None:
    paula, peter = publishers
    page = said()
    here = f"/controversies/{page.document.head.slug}"

    paula.go(f"{here}/history/")
    paula.page.get_by_text("Remove words from every version…").click()
    paula.check(at="form")
    paula.page.get_by_label("Words to remove").fill(WORDS)
    paula.page.get_by_label("Ground").select_option("privacy")
    paula.press("Show every place")
    expect(paula.page.get_by_role("heading", name="One place holds the words")).to_be_visible()
    expect(paula.page.locator("mark")).to_have_text(WORDS)
    paula.check(at="preview")
    paula.press("Ask another publisher to confirm")
    expect(
        paula.page.get_by_text("Another publisher must confirm this removal. The words are kept")
    ).to_be_visible()
    paula.check(at="own request")
    assert WORDS not in paula.page.url

    peter.go("/admin/")
    expect(peter.page.get_by_text("1 request is waiting for your decision.")).to_be_visible()
    peter.check(at="first page")
    peter.page.get_by_role("link", name="Words to remove").click()
    expect(peter.page.locator("mark")).to_have_text(WORDS)
    peter.check(at="request")
    peter.press("Confirm: remove the words permanently")
    expect(peter.page.get_by_text("The words were removed from 1 place.")).to_be_visible()
    peter.check(at="decided")

    assert m.RedactionRequest.objects.get().words == ""
    reader = browser.new_context().new_page()
    for path, heading in (
        (f"{here}/revisions/2/", "Words were removed here"),
        (f"{here}/compare/1/2/", "Words were removed here"),
        (f"{here}/", "Words were removed here"),
        ("/redactions/", "Words removed"),
    ):
        for scheme in ("light", "dark"):
            reader.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
            reader.goto(live_server.url + path)
            expect(reader.get_by_text(heading).first).to_be_visible()
            assert WORDS not in reader.content()
            paula.page.goto(live_server.url + path)
            paula.check(at=path)
        reader.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a size
        assert reader.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    reader.context.close()
