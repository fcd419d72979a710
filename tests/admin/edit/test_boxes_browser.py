"""The boxes for sources, backers and topics in a browser: by keyboard and mouse, with what is new, without scripts."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from controversies import models as m
from tests.accessibility import axe_violations
from tests.admin.edit.test_controversy_admin_browser import Desk, desk, document_of
from tests.admin.editing import change_url
from tests.factories import BackerFactory, ControversyFactory, SourceFactory, UserFactory

__all__ = ["desk"]
pytestmark = pytest.mark.django_db(transaction=True)


def add_source(desk: Desk) -> Any:
    """Add a row for a source to the first position. Return its box, which has the focus."""
    block = desk.page.locator("[data-list=positions] > li").first
    block.get_by_role(
        "button", name=re.compile("Add a source: Position A$|Add a source: Position A:")
    ).last.click()
    return desk.page.locator(":focus")


def test_what_is_on_record_is_offered_first_and_taken_by_keyboard(desk: Desk) -> None:
    SourceFactory(title="On Gene Drives", doi="10.1126/science.ADP1848", authors="Kevin Esvelt", date="2024")
    made = ControversyFactory(positions=1, points=0, backings=0, citations=0)
    desk.open(change_url(made.key))
    page = desk.page
    box = add_source(desk)

    page.keyboard.insert_text("https://doi.org/10.1126/SCIENCE.adp1848")
    option = page.locator("[role=option]").first
    expect(option).to_contain_text("On Gene Drives")
    expect(option).to_contain_text("Kevin Esvelt · 2024")
    expect(option).to_contain_text("Use it")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-expanded", "true")
    assert axe_violations(page) == []
    page.keyboard.press("Enter")
    expect(box).to_have_value("On Gene Drives")
    expect(page.get_by_role("listbox")).to_have_count(0)
    page.get_by_label("Reason for the change").fill("A source.")
    desk.save()
    page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    assert [source.title for source in document_of(made.key).sources] == ["On Gene Drives"]
    assert m.Source.objects.count() == 1


def test_new_source_and_backer_are_part_of_the_form(desk: Desk) -> None:
    made = ControversyFactory(positions=1, points=0, backings=0, citations=0)
    desk.open(change_url(made.key))
    page = desk.page
    before = m.Source.objects.count(), m.Backer.objects.count()

    add_source(desk)
    page.keyboard.insert_text("A work that nobody has recorded")
    expect(page.locator("[role=option]")).to_contain_text(
        "Add as a new source: A work that nobody has recorded"
    )
    page.keyboard.press("Enter")
    new = page.get_by_role("group", name="New source")
    expect(new.get_by_label("Title")).to_have_value("A work that nobody has recorded")
    new.get_by_label("Authors").fill("Ada Author")
    new.get_by_label("Date").fill("2025-03")
    new.get_by_label("Kind").select_option("report")
    page.get_by_role("button", name=re.compile("Add a backer: Position A")).click()
    page.keyboard.insert_text("The Institute of New Things")
    page.locator("[role=option]", has_text="Add as a new backer").click()
    expect(page.get_by_role("group", name="New backer").get_by_label("Kind")).to_have_value("research-lab")
    assert (m.Source.objects.count(), m.Backer.objects.count()) == before
    assert axe_violations(page) == []
    page.get_by_label("Reason for the change").fill("Both new.")
    desk.save()
    page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    document = document_of(made.key)
    [source], [backer] = document.sources, document.backers
    assert (source.title, source.authors, source.date, source.kind, source.slug) == (
        "A work that nobody has recorded",
        "Ada Author",
        "2025-03",
        "report",
        "a-work-that-nobody-has-recorded",
    )
    assert (backer.name, backer.kind) == ("The Institute of New Things", "research-lab")
    assert m.Source.objects.get(pk=source.key).title == source.title


def test_new_source_is_offered_to_other_rows_and_stays_when_its_row_goes(desk: Desk) -> None:
    made = ControversyFactory(positions=1, points=0, backings=0, citations=0)
    desk.open(change_url(made.key))
    page = desk.page
    add_source(desk)
    page.keyboard.insert_text("Cited twice")
    page.locator("[role=option]", has_text="Add as a new").click()
    add_source(desk)
    page.keyboard.insert_text("cited tw")
    expect(page.locator("[role=option]").first).to_contain_text("New on this page: use it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="New source")).to_have_count(1)

    page.get_by_role("button", name="Remove: Source “Cited twice”").first.click()
    expect(page.locator(".citation:not(.removed) .new-part")).to_be_visible()
    page.get_by_label("Reason for the change").fill("Once.")
    desk.save()
    page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    document = document_of(made.key)
    assert [source.title for source in document.sources] == ["Cited twice"]
    assert len(list(document.citations())) == 1


def test_name_in_another_spelling_is_offered(desk: Desk) -> None:
    BackerFactory(name="Hugging Face")
    made = ControversyFactory(positions=1, points=0, backings=0, citations=0)
    desk.open(change_url(made.key))
    page = desk.page
    page.get_by_role("button", name=re.compile("Add a backer: Position A")).click()

    page.keyboard.type("Huggingface")
    expect(page.locator("[role=option]").first).to_contain_text("Hugging Face")
    page.keyboard.press("Enter")

    expect(page.locator("[data-item=backing] [role=combobox]")).to_have_value("Hugging Face")
    page.on("dialog", lambda dialog: dialog.accept())


def test_enter_before_the_answer_takes_it_once_it_is_here(desk: Desk) -> None:
    BackerFactory(name="Hugging Face")
    made = ControversyFactory(positions=1, points=0, backings=0, citations=0)
    desk.open(change_url(made.key))
    page = desk.page
    page.get_by_role("button", name=re.compile("Add a backer: Position A")).click()

    page.keyboard.insert_text("Hugging Face")
    page.keyboard.press("Enter")

    expect(page.locator("[data-item=backing] input[type=hidden][name$=-backer]")).to_have_value(
        re.compile("^[0-9a-f-]{36} Hugging Face$")
    )
    page.on("dialog", lambda dialog: dialog.accept())


def test_text_that_says_nothing_certain_comes_back_as_a_question(desk: Desk) -> None:
    backer = BackerFactory(name="Kevin Esvelt", kind="person")
    made = ControversyFactory(positions=1, points=0, backings=0, citations=0)
    desk.open(change_url(made.key))
    page = desk.page
    page.get_by_role("button", name=re.compile("Add a backer: Position A")).click()
    page.keyboard.insert_text("Kevin Eswelt")
    page.keyboard.press("Tab")
    page.get_by_label("Reason for the change").fill("He holds it.")
    desk.save()
    page.wait_for_selector("#problems")
    desk.ready()

    expect(page.locator("#problems")).to_contain_text("Did you mean “Kevin Esvelt”?")
    expect(page.get_by_role("group", name="New backer").get_by_label("Name")).to_have_value("Kevin Eswelt")
    assert axe_violations(page) == []
    page.get_by_label("Use “Kevin Esvelt”").check()
    desk.save()
    page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    assert [each.key for each in document_of(made.key).backers] == [str(backer.pk)]
    assert m.Backer.objects.count() == 1


def test_boxes_work_without_scripts(browser: Any, live_server: Any) -> None:
    first = SourceFactory(title="The First Report", doi="10.1234/first")
    made = ControversyFactory(positions=1, points=0, backings=1, citations=1)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    desk = Desk(page, live_server.url, UserFactory(role="editor"))
    desk.log_in()
    page.goto(live_server.url + change_url(made.key))
    [citation] = made.document.citations()
    [backing] = made.document.positions[0].backings

    page.locator(f"#id_{citation.key}-source").fill("doi:10.1234/FIRST")
    page.locator(f"#id_{backing.key}-backer").fill("People without a record")
    page.get_by_label("Reason for the change").fill("Why.")
    desk.save()
    expect(page.locator("#problems")).to_contain_text("This backer is not on record yet.")
    page.get_by_role("group", name="New backer").get_by_label("Kind").select_option("constituency")
    desk.save()
    page.wait_for_url(re.compile("/admin/controversies/controversy/(#.*)?$"))
    context.close()

    document = document_of(made.key)
    assert [source.key for source in document.sources] == [str(first.pk)]
    assert [(each.name, each.kind) for each in document.backers] == [
        ("People without a record", "constituency")
    ]
