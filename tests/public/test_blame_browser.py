"""Who wrote what, and authors' pages, in a real browser."""

from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Page, expect

from tests.accessibility import axe_violations
from tests.factories import BackerFactory, ControversyFactory, SourceFactory
from tests.public.test_record_browser import LONG

pytestmark = [pytest.mark.django_db(transaction=True)]

HEBREW = "משפט ראשון. משפט שני."
TEXT = f"""\
# A heading

One **bold** sentence of more than a few words, so that it is known again. Another, *with
emphasis. And over* two sentences.

- a member of a list
- another. With two sentences.

> A quotation of {LONG}.

| a | b |
|---|---|
| 1 | {LONG} |

{HEBREW}"""


@dataclass
class BlamedSite:
    """A site with a page that several people wrote, and its addresses."""

    url: str
    key: str
    position: str

    @property
    def statement(self) -> str:
        return f"{self.position}.argument.1"

    @property
    def paths(self) -> list[str]:
        return [
            "/controversies/open/blame/",
            "/controversies/open/revisions/3/blame/",
            "/controversies/open/blame/?author=Ann",
            "/controversies/open/blame/?author=Nobody",
            f"/controversies/open/blame/?statement={self.statement}",
            "/controversies/late/blame/",
            "/authors/",
            "/authors/?name=Ann",
            f"/authors/?name={LONG[:120]}",
        ]


@pytest.fixture
def site(live_server) -> BlamedSite:
    backers = [
        BackerFactory.build(name="Meta AI", kind="company", aliases=["Meta", LONG]),
        BackerFactory.build(name="Academic researchers", kind="constituency"),
    ]
    sources = [SourceFactory.build(title=f"A work on {LONG}", authors=LONG, doi="10.1234/abc")]
    made = ControversyFactory(
        slug="open", positions=3, points=2, backings=4, citations=9, backers=backers, sources=sources,
        revisions=4, attribution="The Ledger, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/)",
    )  # fmt: skip
    for words, name in (
        (TEXT, "Ann"),
        (TEXT.replace("bold", "bolder"), LONG[:120]),
        (TEXT.replace("One ", "The "), "Ann"),
    ):
        first, *rest = made.document.positions
        made.save(
            made.document.with_blocks(
                positions=(replace(first, argument=words, claim=f"A claim of {name[:9]}"), *rest)
            ),
            author_name=name,
            reviewer_name="Rita",
            summary=f"Because of {LONG}.",
        )
    ControversyFactory(slug="late", positions=1, points=1, revisions=4, published_at=3, title=LONG)
    return BlamedSite(live_server.url, made.key, made.document.positions[0].key)


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]
)
def test_axe_finds_nothing(page: Page, site, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for path in site.paths:
        response = page.goto(site.url + path)
        assert response is not None
        assert response.status == 200, path
        open_all(page)

        assert axe_violations(page) == [], path


def test_nothing_scrolls_sideways_at_320_px(page: Page, site):
    page.set_viewport_size({"width": 320, "height": 640})
    for path in site.paths:
        page.goto(site.url + path)
        open_all(page)

        wide = page.evaluate(
            """() => [...document.querySelectorAll("main *")].filter(e => {
                const r = e.getBoundingClientRect();
                return r.width > 1 && r.right > 321 && !e.closest("svg, .tabs");
            }).map(e => e.outerHTML.slice(0, 120))"""
        )
        assert wide == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path


def test_policy_has_nothing_to_object_to(page: Page, site):
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in site.paths:
        page.goto(site.url + path)

    assert said == []


def test_a_reader_finds_who_wrote_a_sentence_and_what_it_said_before_without_scripts(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + "/controversies/open/")

    page.get_by_role("link", name="Who wrote this? (position A)").click()
    assert page.url.startswith(f"{site.url}/controversies/open/blame/#position-")
    field = page.locator(f'[id="{site.position}.argument"]')
    more = field.locator("details", has_text="Sentence 2 has changed")
    assert not more.get_by_role("link", name="Earlier wordings of sentence 2").is_visible()
    more.locator("summary").click()
    more.get_by_role("link", name="Earlier wordings of sentence 2").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Earlier wordings of a sentence")
    assert page.locator("ins").first.inner_text().startswith("added:")
    page.get_by_role("link", name="Ann").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ann")
    context.close()


def test_ages_differ_by_width_and_are_named(page: Page, site):
    page.goto(site.url + "/controversies/open/blame/")

    widths = page.evaluate(
        """() => [...document.querySelectorAll(".blame-ages li")].map(e =>
            [e.textContent, parseFloat(getComputedStyle(e).borderInlineStartWidth)])"""
    )

    assert [name for name, _width in widths] == ["oldest", "older", "in between", "newer", "newest"]
    assert [width for _name, width in widths] == sorted({width for _name, width in widths})
    assert len({width for _name, width in widths}) == 5


def test_authors_stand_beside_the_text_or_above_it(page: Page, site):
    boxes = []
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(site.url + "/controversies/open/blame/")
        row = page.locator(".blame-row").first
        boxes.append([row.locator(css).first.bounding_box() for css in (".blame-by", ".blame-text")])

    (wide_by, wide_text), (narrow_by, narrow_text) = boxes
    assert wide_by["x"] + wide_by["width"] < wide_text["x"]
    assert wide_by["y"] == wide_text["y"]
    assert narrow_by["y"] + narrow_by["height"] <= narrow_text["y"]
    assert narrow_text["width"] > 300


def test_text_that_runs_from_right_to_left_does_so(page: Page, site):
    page.goto(site.url + "/controversies/open/blame/")

    paragraph = page.locator(".blame-text p", has_text="משפט ראשון").first

    assert paragraph.evaluate("e => getComputedStyle(e).direction") == "rtl"


def test_paper_has_the_authors_and_none_of_the_controls(page: Page, site):
    page.set_viewport_size({"width": 658, "height": 900})
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(site.url + "/controversies/open/blame/")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".blame-author").first.is_visible()
    for hidden in (".tabs", ".blame-authors", ".blame-more", ".blame-links"):
        assert not page.locator(hidden).first.is_visible(), hidden
    by, text = (page.locator(css).first.bounding_box() for css in (".blame-by", ".blame-text"))
    assert by["x"] + by["width"] <= text["x"]
