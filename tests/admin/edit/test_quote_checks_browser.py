"""Verdicts beside the fields of the edit page, in a real browser: asked for, waited for, taken over, read out."""

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from controversies import history
from controversies import models as m
from tests.accessibility import axe_violations
from tests.admin.edit.test_controversy_admin_browser import Desk
from tests.admin.editing import change_url
from tests.factories import (
    ControversyFactory,
    QuoteCheckFactory,
    Recorded,
    SourceCheckFactory,
    SourceFactory,
    SourceStateFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "Words that the source does not have."


@pytest.fixture
def desk(page: Page, live_server: Any) -> Any:
    made = Desk(page, live_server.url, UserFactory(role="editor"))
    page.set_default_timeout(15_000)
    made.log_in()
    yield made
    assert made.complaints == []


def quoted_page() -> tuple[Recorded, Any, m.Source]:
    page = ControversyFactory(positions=2, points=0, stances=0, backings=0, citations=4)
    citation = next(each for each in page.document.citations() if each.quote)
    return page, citation, m.Source.objects.get(pk=citation.source)


def answer(source: m.Source, quote: str, **values: Any) -> None:
    """Do as the worker would: write down a verdict."""
    QuoteCheckFactory(source=source, quote=quote, **values)
    m.SourceState.objects.filter(source=source).update(is_urgent=False, checked_at=timezone.now())


def row(desk: Desk, citation: Any) -> Any:
    return desk.page.locator(f"#block-{citation.key}")


def test_changed_quotation_is_checked_as_the_field_is_left_and_read_out(desk: Desk) -> None:
    page, citation, source = quoted_page()
    desk.open(change_url(page.key))
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url) if "/quote/" in request.url else None)
    field = desk.page.locator(f"#id_{citation.key}-quote")
    assert asked == []  # nothing is asked of what nobody changes

    field.fill(OTHER)
    assert asked == []  # …nor while it is typed
    desk.page.keyboard.press("Tab")

    chips = row(desk, citation).locator("[data-chips]")
    expect(chips).to_contain_text("Being checked…")
    answer(source, OTHER, verdict="absent", nearest="Words that the source does have.")
    expect(chips).to_contain_text("Not found in the source")
    expect(desk.status).to_contain_text("Not found in the source")
    described = field.get_attribute("aria-describedby") or ""
    assert desk.page.locator(f"#{described.split()[-1]}").inner_text().startswith("Not found")
    count = len(asked)
    desk.page.wait_for_timeout(2_500)
    assert len(asked) == count  # it stops asking
    chips.get_by_text("Show the nearest passage").click()
    expect(chips.locator("del")).to_contain_text("not")
    assert desk.page.locator(f"#id_{citation.key}-quote").input_value() == OTHER


def test_the_sources_words_are_taken_over_with_one_click_and_given_back_with_another(desk: Desk) -> None:
    page, citation, source = quoted_page()
    exact = citation.quote.replace(".", "!")
    SourceStateFactory(source=source)
    answer(source, citation.quote, verdict="punctuation", selector={"exact": exact})
    answer(source, exact, verdict="found")
    desk.open(change_url(page.key))
    field = desk.page.locator(f"#id_{citation.key}-quote")
    button = row(desk, citation).get_by_role("button", name="Use the source’s words")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None

    desk.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    expect(field).to_have_value(exact)
    expect(row(desk, citation).locator("[data-chips]")).to_contain_text("Found in the source")
    undo = row(desk, citation).get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(field).to_have_value(citation.quote)
    expect(field).to_be_focused()
    expect(row(desk, citation).locator("[data-chips]")).to_contain_text("punctuation differs")
    row(desk, citation).get_by_role("button", name="Use the source’s words").focus()
    desk.page.keyboard.press("Enter")
    desk.page.get_by_label("Reason for the change").fill("As the source has it.")
    desk.save()
    desk.page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    head = history.head(page.key)
    assert head is not None
    assert {each.key: each.quote for each in head.document.citations()}[citation.key] == exact


def test_save_of_what_was_not_found_asks_once_and_the_second_press_saves(desk: Desk) -> None:
    page, citation, source = quoted_page()
    SourceStateFactory(source=source)
    answer(source, OTHER, verdict="absent")
    desk.open(change_url(page.key))
    desk.page.locator(f"#id_{citation.key}-quote").fill(OTHER)
    desk.page.keyboard.press("Tab")
    expect(row(desk, citation).locator("[data-chips]")).to_contain_text("Not found in the source")
    desk.page.get_by_label("Reason for the change").fill("Better words.")

    desk.save()

    question = desk.page.locator("#quote-question")
    expect(question).to_be_focused()
    expect(question).to_contain_text("Not saved yet: a quotation was not found in its source")
    assert desk.page.locator(f"#id_{citation.key}-quote").input_value() == OTHER
    desk.ready()
    question.get_by_role("link").click()
    expect(desk.page.locator(f"#id_{citation.key}-quote")).to_be_focused()
    assert axe_violations(desk.page) == []
    desk.save()
    desk.page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    assert history.head(page.key).number == 2  # type: ignore[union-attr]  # it is there
    expect(desk.page.locator(".messagelist")).to_contain_text("checked in the background")


def test_another_source_is_asked_about_too(desk: Desk) -> None:
    page, citation, _source = quoted_page()
    other = SourceFactory(title="A Work of Its Own")
    SourceStateFactory(source=other, verdict="gone")
    answer(other, citation.quote, verdict="found")
    desk.open(change_url(page.key))

    box = row(desk, citation).locator("[data-reference]")
    box.fill("A Work of Its")
    expect(desk.page.locator("[role=option]").first).to_contain_text("A Work of Its Own")
    desk.page.keyboard.press("Enter")
    expect(box).to_have_value("A Work of Its Own")
    desk.page.keyboard.press("Tab")

    chips = row(desk, citation).locator("[data-chips]")
    expect(chips).to_contain_text("This source has been gone since")
    expect(chips).to_contain_text("Found in the source")


def test_page_that_was_saved_waits_for_its_verdict(desk: Desk) -> None:
    page, citation, source = quoted_page()
    SourceStateFactory(source=source, is_urgent=True, due_at=timezone.now())
    desk.open(change_url(page.key))
    chips = row(desk, citation).locator("[data-chips]")
    expect(chips).to_contain_text("Being checked…")

    answer(source, citation.quote, verdict="found", page=4)

    expect(chips).to_contain_text("Found in the source, on page 4")
    assert desk.page.evaluate("document.querySelector('.bar-status').textContent") == ""  # nobody changed it


def test_link_of_the_board_opens_a_shut_block_at_its_citation(desk: Desk) -> None:
    page = ControversyFactory(positions=9, points=0, stances=0, backings=0, citations=9)
    citation = page.document.positions[7].citations[0]

    desk.open(change_url(page.key, f"?open={citation.key}#block-{citation.key}"))

    expect(row(desk, citation)).to_be_in_viewport()
    expect(row(desk, citation)).to_be_focused()
    assert desk.page.locator("[data-shut]").count() == 8


def test_without_scripts_the_verdict_is_on_the_page_and_the_form_asks(browser: Any, live_server: Any) -> None:
    page, citation, source = quoted_page()
    SourceStateFactory(source=source)
    answer(source, OTHER, verdict="absent", nearest="Others.")
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    desk = Desk(tab, live_server.url, UserFactory(role="editor"))
    desk.log_in()
    tab.goto(live_server.url + change_url(page.key))
    tab.locator(f"#id_{citation.key}-quote").fill(OTHER)
    tab.get_by_label("Reason for the change").fill("Better words.")

    desk.save()
    expect(tab.locator("#quote-question")).to_contain_text("Not saved yet")
    expect(tab.locator(f"#checks-{citation.key}")).to_contain_text("Not found in the source")
    tab.locator(f"#checks-{citation.key} summary").click()
    expect(tab.locator(f"#checks-{citation.key} ins")).to_be_visible()
    desk.save()

    tab.wait_for_url(f"{desk.site}/admin/controversies/controversy/")
    assert history.head(page.key).number == 2  # type: ignore[union-attr]  # it is there
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_nothing_runs_over(desk: Desk, scheme: str, width: int) -> None:
    page = ControversyFactory(positions=2, points=1, citations=8, sources=[SourceFactory(doi="10.5555/x")])
    source = m.Source.objects.get(doi="10.5555/x")
    SourceStateFactory(source=source, verdict="moved", moved_to=f"https://elsewhere.example/{'long' * 40}")
    SourceCheckFactory(source=source, title="Another title", title_match="other")
    m.WorkNotice.objects.create(
        doi="10.5555/x", kind="retraction", notice_doi="10.5555/n", origin="Crossref", seen_at=timezone.now()
    )
    quotes = [each.quote for each in page.document.citations() if each.quote]
    for quote, verdict in zip(
        dict.fromkeys(quotes), ("absent", "punctuation", "doubt", "unread"), strict=False
    ):
        answer(source, quote, verdict=verdict, nearest=quote[5:], selector={"exact": f"{quote[:-1]};"})
    desk.page.set_viewport_size({"width": width, "height": 900})
    desk.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # the two of them

    desk.open(change_url(page.key))
    desk.page.evaluate(
        "document.querySelectorAll('.block > fieldset > details, .chip details').forEach(e => e.open = true)"
    )

    assert len(re.findall("chip-verdict", desk.page.content())) >= 3
    assert axe_violations(desk.page) == []
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
