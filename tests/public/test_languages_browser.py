"""On a phone, pages in each language keep their words whole and do not scroll sideways."""

import pytest
from django.conf import settings
from playwright.sync_api import Page

from controversies.models import BackerKind
from tests.accessibility import axe_violations
from tests.factories import BackerFactory, ControversyFactory

pytestmark = [pytest.mark.django_db(transaction=True)]
# The words that go on in a second line without being hyphenated, but for code and addresses.
BROKEN_WORDS = """() => {
  const isHidden = (element) =>
    element !== null && (getComputedStyle(element).clipPath !== "none" || isHidden(element.parentElement));
  const broken = [];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const style = getComputedStyle(node.parentElement);
    if (style.hyphens === "auto" || style.fontFamily.includes("mono")) continue;
    if (node.parentElement.closest("svg, script, option, textarea") || isHidden(node.parentElement)) continue;
    for (const word of node.data.matchAll(/\\S+/g)) {
      if (word[0].includes("/")) continue;  // an address
      for (const letters of word[0].matchAll(/\\p{L}{3,}/gu)) {
        const range = document.createRange();
        range.setStart(node, word.index + letters.index);
        range.setEnd(node, word.index + letters.index + letters[0].length);
        const lines = [...range.getClientRects()].filter((each) => each.width > 0);
        if (new Set(lines.map((each) => Math.round(each.top))).size > 1) broken.push(letters[0]);
      }
    }
  }
  return broken;
}"""


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_words_stay_whole_on_a_phone(page: Page, live_server, language):
    backer = BackerFactory(name="Researchers of reasoning at answering time", kind=BackerKind.RESEARCH_LAB)
    controversy = ControversyFactory(
        positions=3, points=2, citations=3, revisions=3, backers=[backer], backings=1
    )
    source = controversy.document.sources[0]
    own = f"/controversies/{controversy.slug}"
    prefix = "" if language == settings.LANGUAGE_CODE else f"/{language}"
    page.set_viewport_size({"width": 360, "height": 740})

    for path in (
        *("/", "/backers/", "/sources/", "/about/", "/needs-help/", "/search/?q=why", "/follow/", "/data/"),
        "/authors/",
        *(f"{own}/", f"{own}/history/", f"{own}/compare/2/3/", f"{own}/cite/", f"{own}/pictures/"),
        *(f"/backers/{backer.slug}/", f"/sources/{source.slug}/"),
    ):
        page.goto(f"{live_server.url}{prefix}{path}")
        assert page.evaluate(BROKEN_WORDS) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        if prefix:  # English is tested page by page
            assert axe_violations(page) == [], path


@pytest.mark.parametrize("language", ["de", "es"])
def test_the_current_tab_is_on_show(page: Page, live_server, language):
    controversy = ControversyFactory(positions=2, revisions=2)
    page.set_viewport_size({"width": 360, "height": 740})

    page.goto(f"{live_server.url}/{language}/controversies/{controversy.slug}/cite/")

    box = page.locator(".tabs [aria-current]").bounding_box()
    assert box
    assert 0 <= box["x"] <= 360 - box["width"]
