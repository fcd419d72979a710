"""Backers, sources and topics in the admin in a real browser: renaming, a session that ends, accessibility."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from controversies import history
from controversies import models as m
from tests.accessibility import axe_violations
from tests.factories import (
    PASSWORD,
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    UserFactory,
    document_factory,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Desk:
    """A browser in which an editor is logged in; whatever it complains of is kept."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site
        self.user = UserFactory(role="editor", first_name="Edith", last_name="Editor")
        self.complaints: list[str] = []
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def log_in(self, page: Page | None = None) -> None:
        page = page or self.page
        page.goto(f"{self.site}/admin/login/")
        page.fill("#id_username", self.user.username)
        page.fill("#id_password", PASSWORD)
        page.click("input[type=submit]")
        page.wait_for_url(f"{self.site}/admin/")

    def open(self, path: str) -> None:
        self.page.goto(self.site + path)

    def save(self) -> None:
        self.page.get_by_role("button", name="Save", exact=True).click()


@pytest.fixture
def desk(page: Page, live_server: Any) -> Any:
    made = Desk(page, live_server.url)
    made.log_in()
    yield made
    assert made.complaints == []


def change_path(thing: Any) -> str:
    return f"/admin/controversies/{thing._meta.model_name}/{thing.pk}/change/"


def test_backer_is_renamed_and_found_so_on_the_public_page(desk: Desk) -> None:
    backer = BackerFactory(name="Facebook")
    shown = ControversyFactory(document=document_factory(backers=[backer], title="Which weights?"))
    page = desk.page

    desk.open("/admin/controversies/backer/")
    page.get_by_role("link", name="Facebook").click()
    expect(page.get_by_role("region", name="Pages that show it")).to_contain_text("Which weights?")
    page.get_by_label("Name").fill("Meta Platforms")
    desk.save()
    expect(page.get_by_text("Give a reason. To use this one, save again.")).to_be_visible()
    expect(page.locator(".errornote")).to_be_focused()
    page.get_by_label("Reason for the change").fill("The company changed its name.")
    desk.save()
    expect(
        page.get_by_text("A new revision of 1 page was recorded: The company changed its name.")
    ).to_be_visible()

    desk.open(f"/controversies/{shown.slug}/history/")
    expect(page.get_by_text("The company changed its name.")).to_be_visible()
    desk.open(f"/controversies/{shown.slug}/")
    expect(page.get_by_text("Meta Platforms").first).to_be_visible()
    assert page.get_by_text("Facebook").count() == 0


def test_typed_text_survives_a_session_that_ended(desk: Desk) -> None:
    backer = BackerFactory(name="Facebook")
    recorded = ControversyFactory(backers=[backer])
    page = desk.page
    desk.open(change_path(backer))
    page.get_by_label("Description").fill("Typed for an hour.")
    page.get_by_label("Reason for the change").fill("Written anew.")
    page.context.clear_cookies()

    desk.save()

    expect(page.get_by_role("status")).to_contain_text("You have been logged out, so nothing was saved yet.")
    assert page.get_by_label("Description").input_value() == "Typed for an hour."
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Log in in a new tab, then save again.").click()
    other = opened.value
    other.fill("#id_username", desk.user.username)
    other.fill("#id_password", PASSWORD)
    other.click("input[type=submit]")
    other.wait_for_url(f"{desk.site}/admin/")
    desk.save()
    expect(page.get_by_text("A new revision of 1 page was recorded: Written anew.")).to_be_visible()
    head = history.head(recorded.key)
    assert head is not None
    assert head.document.backers[0].description == "Typed for an hour."


def test_two_clicks_on_save_record_one_revision(desk: Desk) -> None:
    backer = BackerFactory(name="Facebook")
    recorded = ControversyFactory(backers=[backer])
    page = desk.page
    desk.open(change_path(backer))
    page.get_by_label("Name").fill("Meta")
    page.get_by_label("Reason for the change").fill("Renamed.")

    page.get_by_role("button", name="Save", exact=True).dblclick()

    expect(page.get_by_text("A new revision of 1 page was recorded: Renamed.")).to_be_visible()
    assert m.Revision.objects.filter(controversy=recorded.key).count() == 2


def test_leaving_with_text_typed_asks_first(desk: Desk) -> None:
    backer = BackerFactory()
    asked: list[str] = []
    page = desk.page
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    desk.open(change_path(backer))
    page.get_by_role("link", name="Backers").click()
    page.wait_for_url(re.compile("/backer/$"))
    assert asked == []
    desk.open(change_path(backer))
    page.get_by_label("Name").fill("Half a na")

    page.get_by_role("link", name="Backers").click()

    page.wait_for_url(re.compile("/backer/$"))
    assert asked == ["beforeunload"]


def test_address_follows_the_name_as_it_is_typed(desk: Desk) -> None:
    page = desk.page
    desk.open("/admin/controversies/backer/add/")

    page.get_by_label("Name").press_sequentially("Électricité & Co")
    expect(page.get_by_label("Address")).to_have_value("electricite-co")
    page.get_by_label("Kind").select_option("company")
    desk.save()

    expect(page.get_by_text("The backer “Électricité & Co” was added successfully.")).to_be_visible()
    assert m.Backer.objects.get().slug == "electricite-co"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_runs_past_the_edge(width: int, scheme: Any, desk: Desk) -> None:
    word = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 3
    backer, source, topic = BackerFactory(name=word), SourceFactory(title=word), TopicFactory(title=word)
    for title in ("Plain", word[:190]):
        document = document_factory(backers=[backer], sources=[source], topic=topic, title=title)
        ControversyFactory(document=document)
    SourceFactory(title="Bare", date="", authors="", url="")
    page = desk.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    paths = [
        "/admin/",
        "/admin/controversies/backer/",
        "/admin/controversies/source/?needs=archive&q=a",
        "/admin/controversies/topic/",
        "/admin/controversies/source/add/",
        change_path(backer),
        change_path(source),
        change_path(topic),
        f"/admin/controversies/backer/{backer.pk}/history/",
    ]
    found: dict[str, Any] = {}

    for path in paths:
        desk.open(path)
        found[path] = axe_violations(page)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found[path].append("runs past the edge")
    desk.open(change_path(backer))
    page.get_by_label("Name").fill("")
    page.get_by_label("Website").fill("javascript:alert(1)")
    desk.save()
    expect(page.get_by_text("This cannot be left empty.")).to_be_visible()
    found["with faults"] = axe_violations(page)

    assert {path: faults for path, faults in found.items() if faults} == {}


def test_axe_finds_nothing_at_the_log_in(page: Page, live_server: Any) -> None:
    page.goto(f"{live_server.url}/admin/login/")

    assert axe_violations(page) == []
