"""The sources board in a real browser: by mouse and by keyboard, with a check under way, without scripts."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from controversies import history
from controversies import models as m
from tests.accessibility import axe_violations
from tests.admin.board.test_board import BOARD, cited, quoted, source_of
from tests.admin.edit.test_controversy_admin_browser import Desk
from tests.factories import (
    CitationTaskFactory,
    ControversyFactory,
    QuoteCheckFactory,
    Recorded,
    SourceCheckFactory,
    SourceStateFactory,
    UserFactory,
    text_digest,
)

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "https://elsewhere.example/new"


@pytest.fixture
def desk(page: Page, live_server: Any) -> Any:
    made = Desk(page, live_server.url, UserFactory(role="editor", first_name="Edith", last_name=""))
    page.set_default_timeout(15_000)
    made.log_in()
    yield made
    assert made.complaints == []


@pytest.fixture
def moved() -> tuple[Recorded, m.Source]:
    page = ControversyFactory(
        title="May robots vote?", positions=9, points=0, stances=0, backings=0, citations=9
    )
    citation = page.document.positions[7].citations[0]
    source = source_of(citation)
    SourceStateFactory(source=source, verdict="moved", moved_to=NEW)
    CitationTaskFactory(page=page, citation=citation, cause="moved", subject=text_digest(NEW))
    return page, source


def open_board(desk: Desk, query: str = "") -> None:
    desk.page.goto(f"{desk.site}{BOARD}?{query}")


def test_new_address_is_used_by_mouse(desk: Desk, moved: tuple[Recorded, m.Source]) -> None:
    page, source = moved
    desk.page.goto(f"{desk.site}/admin/")
    desk.page.get_by_role("link", name="Sources board").click()
    expect(desk.page.locator(".board-item")).to_contain_text(NEW)

    desk.page.get_by_role("button", name="Use the new address").dblclick()

    expect(desk.page.locator(".messagelist")).to_contain_text("is brought up to date")
    expect(desk.page.locator(".board-count")).to_contain_text("Nothing needs a decision.")
    source.refresh_from_db()
    assert source.url == NEW
    assert history.head(page.key).number == 2  # type: ignore[union-attr]  # it is there


def test_dismissal_by_keyboard_needs_a_reason(desk: Desk, moved: tuple[Recorded, m.Source]) -> None:
    open_board(desk)
    desk.page.get_by_text("Dismiss…").focus()
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Enter")  # without a reason the browser keeps it
    expect(desk.page.get_by_label("Why nothing needs to be done")).to_be_focused()
    assert m.CitationTask.objects.get().state == "open"

    desk.page.keyboard.type("It is the same work.")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Enter")

    expect(desk.page.locator(".messagelist")).to_contain_text("will not come back")
    open_board(desk, "state=dismissed")
    expect(desk.page.locator(".board-outcome")).to_contain_text("It is the same work.")


def test_place_leads_to_the_citation_in_the_form(desk: Desk, moved: tuple[Recorded, m.Source]) -> None:
    page, source = moved
    open_board(desk)

    desk.page.get_by_role("link", name="Position H, source [").click()

    desk.ready()
    citation = page.document.positions[7].citations[0]
    expect(desk.page.locator(f"#block-{citation.key}")).to_be_in_viewport()
    expect(desk.page.locator(f"#block-{citation.key}")).to_contain_text("has moved to another address")
    assert str(source.pk) in desk.page.locator(f"[name='{citation.key}-source']").first.input_value()


def test_item_under_check_is_drawn_again_once_the_check_is_done(
    desk: Desk, moved: tuple[Recorded, m.Source]
) -> None:
    _page, source = moved
    open_board(desk)
    desk.page.get_by_role("button", name="Check now").click()
    expect(desk.page.locator(".board-under-way")).to_contain_text("Being checked…")

    m.SourceState.objects.update(is_urgent=False, moved_to=f"{NEW}/further")

    expect(desk.page.locator(".board-item")).to_contain_text(f"{NEW}/further")
    expect(desk.page.locator(".board-news")).to_contain_text(f"The check of “{source.title}” is done.")
    assert desk.page.get_by_role("button", name="Check now").count() == 1


def test_item_that_somebody_works_on_stays_as_it_is(desk: Desk, moved: tuple[Recorded, m.Source]) -> None:
    m.SourceState.objects.update(is_urgent=True)
    open_board(desk)
    desk.page.get_by_text("Dismiss…").click()
    desk.page.get_by_label("Why nothing needs to be done").fill("Half a reas")

    m.SourceState.objects.update(is_urgent=False)
    desk.page.wait_for_timeout(5_000)

    expect(desk.page.get_by_label("Why nothing needs to be done")).to_have_value("Half a reas")


def test_without_scripts_check_now_says_that_it_is_under_way(
    browser: Any, live_server: Any, moved: tuple[Recorded, m.Source]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    desk = Desk(tab, live_server.url, UserFactory(role="editor"))
    desk.log_in()
    open_board(desk)
    tab.get_by_role("button", name="Check now").click()
    expect(tab.locator(".messagelist")).to_contain_text("is under way")
    m.SourceState.objects.update(is_urgent=False)
    tab.get_by_role("link", name="Load again").click()
    expect(tab.get_by_role("button", name="Check now")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_nothing_runs_over(desk: Desk, scheme: str, width: int) -> None:
    page = ControversyFactory(title=f"A page with a long {'title' * 20}", positions=4, citations=12)
    citations = sorted(page.document.citations(), key=lambda each: not each.quote)
    for citation, cause in zip(citations, m.TaskCause, strict=False):
        source = source_of(citation)
        SourceStateFactory(source=source, verdict="moved", moved_to=f"https://x.example/{'long' * 60}")
        SourceCheckFactory(source=source, title="Another of four", title_match="other")
        if citation.quote:
            QuoteCheckFactory(
                source=source, quote=citation.quote, verdict="absent", nearest=citation.quote[9:]
            )
        CitationTaskFactory(page=page, citation=citation, cause=cause)
    quote = quoted(page)
    CitationTaskFactory(
        page=page,
        citation=cited(page),
        cause="quote",
        state="dismissed",
        closed_at=timezone.now(),
        reason="x",
    )
    desk.page.set_viewport_size({"width": width, "height": 900})
    desk.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # the two of them

    for url in (
        BOARD,
        f"{BOARD}?state=dismissed",
        f"/admin/controversies/source/{quote.source}/change/",
        "/admin/",
    ):
        desk.page.goto(desk.site + url)
        desk.page.evaluate("document.querySelectorAll('.board details').forEach(e => e.open = true)")
        assert axe_violations(desk.page) == [], url
        assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), url
