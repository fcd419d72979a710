"""What is known of sources, in a real browser: accessibility, narrow screens, the evidence's fold, paper."""

import pytest
from playwright.sync_api import Page

from controversies import models as m
from controversies.checks import display
from tests.accessibility import axe_violations
from tests.checks.test_display import DAY, QUOTE, cited_page, quote_check, state

pytestmark = [pytest.mark.django_db(transaction=True)]
PATHS = [
    "{page}",
    "{page}revisions/1/",
    "{source}",
    "{source}?as_of=2026-01-07",
    "/about/checks/",
    "/sources/",
]


@pytest.fixture
def site(live_server) -> tuple[str, dict[str, str]]:
    """A site with a source of which everything that can be said is said."""
    page, source = cited_page()
    page.edit(title="A page with a checked source")
    m.SourceCopy.objects.create(source=source, time=DAY, snapshot_url="https://archive.example/1")
    for kind in ("retraction", "concern"):
        m.WorkNotice.objects.create(
            doi=source.doi,
            kind=kind,
            date="2026-03",
            notice_doi=f"10.5555/{kind}",
            origin="Crossref",
            seen_at=DAY,
        )
    quote_check(source, "absent", last_found_at=DAY, selector={"exact": QUOTE})
    state(source, "gone")
    display.bump(source)
    names = {"page": f"/controversies/{page.slug}/", "source": source.get_absolute_url()}
    return live_server.url, names


def visit(page: Page, site: tuple[str, dict[str, str]], path: str) -> None:
    page.goto(site[0] + path.format(**site[1]))
    for fold in page.query_selector_all("details.trace"):
        fold.evaluate("fold => fold.open = true")


@pytest.mark.parametrize("path", PATHS)
def test_page_is_accessible_at_every_size(page: Page, site, path):
    visit(page, site, path)

    for scheme, width in (("light", 1280), ("dark", 1280), ("dark", 360), ("light", 360)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        assert axe_violations(page) == [], (scheme, width)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_fold_is_opened_by_keyboard_and_leads_to_the_citation(page: Page, site):
    page.goto(site[0] + site[1]["page"])
    fold = page.locator("details.trace").first
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    fold.get_by_role("link", name="[1]").first.click()

    assert page.locator(":target > a").count() == 1


def test_retraction_stays_on_paper(page: Page, site):
    page.emulate_media(media="print")
    page.goto(site[0] + site[1]["page"])
    loud = page.locator(".taken-back strong").first

    assert loud.is_visible()
    colours = loud.evaluate("e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]")
    assert colours[0] != colours[1]
