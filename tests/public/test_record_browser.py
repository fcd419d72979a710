"""History, comparisons, recent changes, backers and sources in a real browser."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from controversies.models import ChangeClass
from tests.accessibility import axe_violations
from tests.factories import BackerFactory, ControversyFactory, SourceFactory

pytestmark = [pytest.mark.django_db(transaction=True)]
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 2
PATHS = [
    "/controversies/open/history/",
    "/controversies/open/history/?kind=nonsense&by=Edith+Editor",
    "/controversies/long/history/",
    "/controversies/open/compare/1/8/",
    "/controversies/open/compare/0/1/",
    "/controversies/open/compare/8/2/",
    "/controversies/open/compare/3/3/",
    "/controversies/long/compare/1/2/",
    "/changes/",
    "/changes/?kind=typo&topic=none",
    "/backers/",
    "/backers/?q=nothing+like+it",
    "/backers/meta-ai/",
    "/sources/",
    "/sources/a-work/",
]


@pytest.fixture
def site(live_server) -> str:
    """A page with every kind of change in its history, one of very long words, and one that was a draft."""
    backers = [
        BackerFactory.build(slug="meta-ai", name="Meta AI", kind="company", aliases=["Meta", LONG]),
        BackerFactory.build(name="Academic researchers", kind="constituency"),
        BackerFactory.build(name="A laboratory", kind="research-lab"),
    ]
    sources = [
        SourceFactory.build(slug="a-work", title=f"A work on {LONG}", doi="10.1234/abc", authors=LONG),
        SourceFactory.build(url="", doi="", date="2024"),
    ]
    made = ControversyFactory(
        slug="open", positions=4, points=3, backings=8, citations=20, backers=backers, sources=sources,
        revisions=4, status="emerging",
    )  # fmt: skip
    points, positions = made.document.points, made.document.positions
    made.save(made.document.with_blocks(points=(points[2], *points[:2])), kind=ChangeClass.RESTORE)
    made.save(made.document.with_blocks(positions=positions[:3]))
    position = positions[0]
    backings = (replace(position.backings[0], since="2024-07", until="2025", note="Not any more."),)
    made.save(
        made.document.with_blocks(
            positions=(replace(position, backings=backings, citations=()), *made.document.positions[1:])
        )
    )
    made.edit(status="active", status_summary="A word.\n\nAnother.", summary="", author_name=LONG[:120])
    other = ControversyFactory(
        slug="long", title=LONG, positions=1, points=1, context=LONG, revisions=3, published_at=2
    )
    other.edit(question=LONG)
    return live_server.url


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]
)
def test_axe_finds_nothing(page: Page, site, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for path in PATHS:
        response = page.goto(site + path)
        assert response is not None
        assert response.status == (404 if "long/compare/1" in path else 200), path
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

        assert axe_violations(page) == [], path


def test_nothing_scrolls_sideways_at_320_px(page: Page, site):
    page.set_viewport_size({"width": 320, "height": 640})
    for path in PATHS:
        page.goto(site + path)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

        wide = page.evaluate(
            """() => [...document.querySelectorAll("main *")].filter(e => {
                const r = e.getBoundingClientRect();
                return r.width > 1 && r.right > 321 && !e.closest("svg, thead, .tabs");
            }).map(e => e.outerHTML.slice(0, 120))"""
        )
        assert wide == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path


def test_policy_has_nothing_to_object_to(page: Page, site):
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in PATHS:
        page.goto(site + path)

    assert [text for text in said if "status of 404" not in text] == []


def test_two_revisions_are_chosen_and_compared_without_scripts(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + "/controversies/open/history/")

    page.get_by_label("Old: revision 2").check()
    page.get_by_label("New: revision 8").check()
    page.get_by_role("button", name="Compare selected").first.click()

    assert page.url == site + "/controversies/open/compare/2/8/"
    expect(page.get_by_role("heading", level=1)).to_have_text("Revision 2 compared with 8")
    fold = page.locator("details.unchanged").first
    assert not fold.locator(".unchanged-text").is_visible()
    fold.locator("summary").click()
    assert fold.locator(".unchanged-text").is_visible()
    page.get_by_role("link", name="Swap sides").click()
    assert page.url == site + "/controversies/open/compare/8/2/"
    context.close()


def test_changes_are_told_by_more_than_colour(page: Page, site):
    page.goto(site + "/controversies/open/compare/1/8/")

    marks = page.evaluate(
        """() => ["ins", "del"].map(name => {
            const e = document.querySelector(`.change ${name}`), style = getComputedStyle(e);
            return [style.textDecorationLine, e.firstElementChild.textContent.trim()];
        })"""
    )

    assert marks == [["underline", "added:"], ["line-through", "removed:"]]


def test_history_stays_a_table_where_it_is_stacked(page: Page, site):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(site + "/controversies/open/history/")

    table = page.get_by_role("table", name="Revisions, newest first")

    assert table.get_by_role("columnheader").count() == 8
    assert table.get_by_role("row").count() == 9
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.revision-table tr + tr')).display") == "grid"
    )


def test_timeline_reflows_and_says_in_words_what_it_draws(page: Page, site):
    sizes = []
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 740})
        page.goto(site + "/controversies/open/history/")
        drawing = page.get_by_role("img", name="Eight revisions, 5 January 2026")
        sizes.append(
            drawing.evaluate(
                "e => [e.getBoundingClientRect().width, getComputedStyle(e.querySelector('text')).fontSize]"
            )
        )

    assert sizes == [[1120, "12px"], [328, "12px"]]


def test_paper_has_the_comparison_and_none_of_the_controls(page: Page, site):
    page.set_viewport_size({"width": 658, "height": 900})
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(site + "/controversies/open/compare/1/8/")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#change-1").is_visible()
    assert page.locator(".change ins").first.is_visible()
    for hidden in (".tabs", ".site-links", ".compare-links"):
        assert not page.locator(hidden).first.is_visible(), hidden


def test_paper_has_the_history_as_a_table(page: Page, site):
    page.set_viewport_size({"width": 658, "height": 900})
    page.emulate_media(media="print")
    page.goto(site + "/controversies/open/history/")

    assert page.evaluate("getComputedStyle(document.querySelector('.revision-table')).display") == "table"
    for hidden in (".filters", ".revision-table input", ".revisions-head .button"):
        assert not page.locator(hidden).first.is_visible(), hidden
