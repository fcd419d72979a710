"""A whole page with ten sources written through the desk: how many clicks it takes, and that it takes no mouse.

Before there was a box for a source, the same page took 194 clicks and 11 pop-ups.
"""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from controversies import models as m
from tests.admin.edit.test_controversy_admin_browser import Desk, desk, document_of
from tests.admin.editing import ADD_URL
from tests.checks.conftest import clock, world
from tests.checks.metadata import answers
from tests.checks.world import Reply, html
from tests.factories import BackerFactory, SourceFactory, TopicFactory

__all__ = ["clock", "desk", "world"]
pytestmark = pytest.mark.django_db(transaction=True)

MAX_CLICKS = 70
BACKERS = (
    "Acme Inc.",
    "The Robot Union",
    "Ada Advocate",
    "The Institute of Voting",
)  # the first two are on record
REGISTERED = [answers.CROSSREF[0], answers.ARXIV[0], answers.PUBMED[0], answers.OPEN_LIBRARY[0]]
STORY = "https://news.example/2025/robots-vote"
RECORDED = [f"Report number {word} on votes" for word in ("one", "two", "three", "four", "five")]


@pytest.fixture
def registries(world: Any, clock: Any, settings: Any) -> Any:
    """Registries and a site on this machine, and tasks that run at once."""
    settings.CHECKS = True
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
    types = {"{": "application/json", "<": "text/xml"}
    for answer in REGISTERED:
        content = types[answer.body.decode().strip()[0]]
        world.handle(
            answer.host,
            answer.path,
            lambda _request, a=answer, c=content: Reply(200, a.body, {"Content-Type": c}),
        )
    head = '<meta property="og:site_name" content="The News"><meta name="author" content="Rita Reporter">'
    world.page(STORY, html("Robots vote for the first time", "<h1>Robots vote</h1>", head=head))
    return world


def record() -> None:
    TopicFactory(title="Robots")
    for name in BACKERS[:2]:
        BackerFactory(name=name)
    for number, title in enumerate(RECORDED):
        SourceFactory(title=title, doi=f"10.5555/report.{number}")


class Hand:
    """A mouse that counts its clicks."""

    def __init__(self, desk: Desk) -> None:
        self.page, self.clicks, self.pop_ups = desk.page, 0, 0
        self.page.context.on("page", self._count)

    def _count(self, _page: object) -> None:
        self.pop_ups += 1

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def write(self, target: Locator, text: str) -> None:
        self.click(target)
        self.page.keyboard.insert_text(text)

    def add(self, button: Locator, text: str, option: str) -> None:
        """Add a row, paste a text into its box and click what it offers."""
        self.click(button)
        self.page.keyboard.insert_text(text)
        self.click(self.page.locator("[role=option]", has_text=option).first)


def assert_written(key: str) -> None:
    document = document_of(key)
    assert [position.claim for position in document.positions] == ["Robots may vote.", "Robots may not vote."]
    assert [len(position.stances) for position in document.positions] == [2, 2]
    assert sorted(backer.name for backer in document.backers) == sorted(BACKERS)
    titles = {source.title for source in document.sources}
    new = {answer.wanted["title"] for answer in REGISTERED} | {"Robots vote for the first time"}
    assert titles == set(RECORDED) | new
    assert all(source.authors for source in document.sources if source.title in new)
    assert len(list(document.citations())) == 10
    assert m.Source.objects.count() == 10
    assert m.Backer.objects.count() == 4


def texts() -> list[tuple[str, str]]:
    """What is pasted for each source, and what the box then offers."""
    known = [
        (title[:19] if i % 2 else f"https://doi.org/10.5555/REPORT.{i}", title)
        for i, title in enumerate(RECORDED)
    ]
    new = [(each.pasted, "Add as a new source") for each in REGISTERED] + [(STORY, "Add as a new source")]
    return [*known, *new]


def is_filled(page: Any, count: int) -> None:
    """Wait until every new source has its title."""
    page.wait_for_function(
        """count => { const all = [...document.querySelectorAll('.new-part[data-kind=source]')];
          return all.length === count && all.every(part => part.querySelector('[name$="-title"]').value); }""",
        arg=count,
    )


def test_page_with_ten_sources_takes_few_clicks(desk: Desk, registries: Any) -> None:
    record()
    desk.open(ADD_URL)
    page, hand = desk.page, Hand(desk)
    label = page.get_by_label
    hand.write(label("Title", exact=True).first, "May robots vote?")
    hand.write(label("Question"), "Should robots have a vote?")
    hand.write(page.locator("#id_head-topic"), "Robots")
    hand.click(page.locator("[role=option]").first)
    hand.write(page.locator("#id_context-text"), "Robots have asked for it.")
    point = page.locator("[data-list=points] > li").first
    hand.write(point.get_by_label("Title"), "Personhood")
    hand.click(page.get_by_role("button", name="Add a contested point"))
    page.keyboard.insert_text("Copies")
    blocks = page.locator("[data-list=positions] > li")
    pasted = iter(texts())
    people = iter(BACKERS)
    new = 0
    for place, claim in enumerate(("Robots may vote.", "Robots may not vote.")):
        block = blocks.nth(place)
        hand.write(block.locator("textarea[name$='-claim']"), claim)
        hand.write(block.locator("textarea[name$='-argument']"), "Because.")
        for cell in block.locator(".stance > .field > textarea").all():
            hand.write(cell, "It follows.")
        add_backer = block.locator(".list > .add").get_by_text("Add a backer")
        for _each in range(2):
            name = next(people)
            hand.add(add_backer, name, "Add as a new backer" if name in BACKERS[2:] else name)
        add_source = block.locator(".body > .list > .add").get_by_text("Add a source")
        for _each in range(5):
            text, option = next(pasted)
            hand.add(add_source, text, option)
            new += option.startswith("Add")
            is_filled(page, new)
            row = block.locator(".body > .list > ol > .citation").last
            hand.write(row.get_by_placeholder("Quote, word for word"), f"Words of {text}")
    hand.write(page.get_by_label("Reason for the change"), "A first version.")
    hand.click(page.get_by_role("button", name="Save", exact=True))
    page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    assert_written(str(m.Controversy.objects.get(title="May robots vote?").pk))
    print(f"clicks: {hand.clicks}, pop-ups: {hand.pop_ups}")
    assert hand.clicks <= MAX_CLICKS
    assert hand.pop_ups == 0


class Keys:
    """A keyboard that counts how often Tab is pressed."""

    def __init__(self, page: Any) -> None:
        self.page, self.presses = page, 0

    def go(self, is_there: str, key: str = "Tab") -> None:
        """Press Tab until the element with the focus is the one wanted, a function in JavaScript."""
        for _each in range(400):
            if self.page.evaluate(f"() => ({is_there})(document.activeElement)"):
                return
            self.page.keyboard.press(key)
            self.presses += 1
        raise AssertionError(f"The focus never came to {is_there}.")

    def write(self, is_there: str, text: str) -> None:
        self.go(is_there)
        self.page.keyboard.insert_text(text)

    def choose(self, text: str, option: str) -> None:
        self.page.keyboard.insert_text(text)
        expect(self.page.locator("[role=option][aria-selected=true]")).to_contain_text(option)
        self.page.keyboard.press("Enter")


def named(end: str) -> str:
    return f"(e) => (e.name || '').endsWith('{end}')"


ADD_POINT = "(e) => e.matches('.add') && e.textContent === 'Add a contested point'"
POINT_TITLE = "(e) => (e.name || '').endsWith('-title') && e.closest('[data-list=points]')"
EMPTY_CLAIM = "(e) => (e.name || '').endsWith('-claim') && !e.value"
EMPTY_STANCE = "(e) => e.matches('.stance > .field > textarea') && !e.value"


def adds(what: str) -> str:
    """The button that adds this to the position itself."""
    return (
        "(e) => e.matches('.add') && !e.closest('.row, .stance') &&"
        f" (e.getAttribute('aria-label') || '').startsWith('{what}')"
    )


def test_page_with_ten_sources_is_written_by_keyboard_alone(desk: Desk, registries: Any) -> None:
    record()
    desk.open(ADD_URL)
    page, keys = desk.page, Keys(desk.page)
    hand = Hand(desk)
    keys.write(named("head-title"), "May robots vote?")
    keys.write(named("head-question"), "Should robots have a vote?")
    keys.go(named("head-topic-text"))
    keys.choose("Robots", "Robots")
    keys.write(named("context-text"), "Robots have asked for it.")
    keys.write(POINT_TITLE, "Personhood")
    keys.go(ADD_POINT)
    page.keyboard.press("Enter")
    page.keyboard.insert_text("Copies")
    pasted, people, new = iter(texts()), iter(BACKERS), 0
    for claim in ("Robots may vote.", "Robots may not vote."):
        keys.write(EMPTY_CLAIM, claim)
        keys.write(named("-argument"), "Because.")
        for _each in range(5):
            keys.go(adds("Add a source"))
            page.keyboard.press("Enter")
            text, option = next(pasted)
            keys.choose(text, option)
            new += option.startswith("Add")
            is_filled(page, new)
            back = (
                "Shift+Tab" if option.startswith("Add") else "Tab"
            )  # from the new title to the quotation above it
            keys.go(named("-quote"), back)
            page.keyboard.insert_text(f"Words of {text}")
        for _each in range(2):
            keys.go(adds("Add a backer"))
            page.keyboard.press("Enter")
            name = next(people)
            keys.choose(name, "Add as a new backer" if name in BACKERS[2:] else name)
        for _each in range(2):
            keys.write(EMPTY_STANCE, "It follows.")
    keys.write(named("reason-summary"), "A first version.")
    keys.go(named("_save"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk.site}/admin/controversies/controversy/")

    assert_written(str(m.Controversy.objects.get(title="May robots vote?").pk))
    print(f"presses of Tab: {keys.presses}")
    assert (hand.clicks, hand.pop_ups) == (0, 0)
