"""Reading a controversy in a real browser: the answer first, footnotes and back, the table, paper."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from controversies.document import types
from controversies.models import Relation
from tests.factories import BackerFactory, ControversyFactory, SourceFactory, document_factory, new_key

pytestmark = [pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 740}
LONG_NAME = "Bundesarbeitsgemeinschaftsvorsitzendenstellvertreter" * 3
TITLE = "Open-Weight AI Models: Democratization vs. Proliferation Risk"
QUESTION = (
    "May AI models be trained on copyrighted works without the permission of those who hold the rights?"
)


def citation(source: types.Source, relation: Relation = Relation.SUPPORTS, **fields: str) -> types.Citation:
    return types.Citation(key=new_key(), source=source.key, relation=relation.value, **fields)


@pytest.fixture
def document() -> types.Document:
    """Positions that cite the same sources, each for itself; seven points; a backer with a very long name."""
    made = document_factory(
        slug="read", title=TITLE, question=QUESTION, positions=4, points=7, stances=21, backings=4, citations=0,
        backers=[BackerFactory.build(name=LONG_NAME)],
        sources=[SourceFactory.build(title=f"Work {number}") for number in range(1, 6)],
        status_summary="Courts have begun to decide [1].", context=" ".join(["It began with a suit."] * 20),
        attribution="The Ledger, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/)",
    )  # fmt: skip
    sources = [
        types.Source(key=new_key(), slug=f"work-{number}", title=f"Work {number}", kind="report")
        for number in range(1, 6)
    ]
    positions = []
    for position in made.positions:
        backing = replace(
            position.backings[0],
            note="It says so [5].",
            citations=(citation(sources[4], quote="We hold it."),),
        )
        own = tuple(
            citation(source, relation, quote=f"Quoted for {position.claim}")
            for source, relation in zip(
                sources[:4],
                (Relation.SUPPORTS, Relation.CONTRADICTS, Relation.CONTEXT, Relation.SUPPORTS),
                strict=True,
            )
        )
        stances = (
            replace(position.stances[0], text="So it is [1].", citations=(citation(sources[1]),)),
            *position.stances[1:],
        )
        positions.append(
            replace(
                position,
                argument="A court found so [2]. Another did not [3], and the first again [2].",
                confidence_reason="Two judges agree [1].",
                citations=own,
                backings=(backing,),
                stances=stances,
            )
        )
    return made.with_blocks(positions=tuple(positions), sources=tuple(sources))


@pytest.fixture
def address(live_server, document) -> str:
    ControversyFactory(document=document, revisions=2)
    return f"{live_server.url}/controversies/read/"


def test_first_position_is_on_the_first_screen_of_a_phone(page: Page, address: str):
    page.set_viewport_size(PHONE)
    page.goto(address)

    tops = page.evaluate(
        """() => [".index .claim", ".contents", "#status", ".timeline"].map(
            selector => document.querySelector(selector).getBoundingClientRect().top)"""
    )

    assert tops[0] < 690
    assert tops == sorted(tops)


def test_a_strip_of_links_that_goes_on_shows_it_at_its_edge(page: Page, address: str):
    page.set_viewport_size(PHONE)
    page.goto(address)

    assert page.evaluate(
        """() => [".tabs", ".contents"].map(selector => {
            const strip = document.querySelector(selector);
            return strip.scrollWidth > strip.clientWidth
                && getComputedStyle(strip).backgroundImage.includes("repeating-linear-gradient");
        })"""
    ) == [True, True]


def test_a_long_name_begins_beside_its_glyph(page: Page, address: str):
    page.set_viewport_size(PHONE)
    page.goto(address)

    assert (
        page.evaluate(
            """() => [...document.querySelectorAll("#positions .backers > li")].map(item =>
            item.querySelector(".name").getClientRects()[0].top - item.getBoundingClientRect().top < 8)"""
        )
        == [True] * 4
    )


def test_a_title_in_joined_letters_is_not_spaced(page: Page, address: str):
    page.goto(address)
    spacing = """tag => {
        const title = document.querySelector("h1");
        title.lang = tag;
        return getComputedStyle(title).letterSpacing;
    }"""

    assert [page.evaluate(spacing, tag) for tag in ("ar", "zh-Hans", "ja")] == ["normal"] * 3
    assert page.evaluate(spacing, "en").startswith("-")


@pytest.mark.parametrize("path", ["", "revisions/1/", "?as_of=2026-01-05"])
def test_nothing_scrolls_sideways_at_any_width(page: Page, address: str, path: str):
    widths = (320, 360, 700, 900, 1024, 1160, 1280)
    scrolled = []
    page.goto(address + path)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    for width in widths:
        page.set_viewport_size({"width": width, "height": 740})
        scrolled.append(page.evaluate("document.documentElement.scrollWidth"))

    assert scrolled == list(widths)


@pytest.mark.parametrize("path", ["/backers/", "/sources/"])
def test_lists_and_pages_of_backers_and_sources_do_not_scroll_sideways(page: Page, address: str, path: str):
    root = address.removesuffix("/controversies/read/")
    page.goto(root + path)
    target = page.locator(".shelf-table a.name").first.get_attribute("href")

    for each in (path, target):
        page.goto(f"{root}{each}")
        for width in (320, 360, 900, 1024):
            page.set_viewport_size({"width": width, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") == width, each


def test_every_mark_leads_to_its_own_position_and_back(page: Page, address: str, document: types.Document):
    page.set_viewport_size(PHONE)
    page.goto(address)
    marks = page.evaluate(
        """() => [...document.querySelectorAll("#positions a.ref")].map(each =>
            [each.closest("article").id, document.querySelector(each.hash)?.closest("article")?.id])"""
    )

    assert [target for _home, target in marks] == [home for home, _target in marks]
    assert len(marks) == 3 * 5 + 2  # the second revision has taken those of one argument out

    second = document.positions[1]
    row = f"#source-{second.citations[1].key[:8]}"
    article = page.locator(f"#position-{second.key[:8]}")
    assert not page.locator(row).is_visible()
    article.locator(f'a.ref[href="{row}"]').first.click()
    page.wait_for_timeout(100)

    assert page.locator(row).is_visible()
    assert page.evaluate("document.querySelector('.citations > li:target').id") == row[1:]
    assert page.evaluate("getComputedStyle(document.querySelector(':target')).outlineStyle") == "solid"
    top = page.locator(row).bounding_box()["y"]
    assert 40 < top < 740  # under the contents, which stay in sight
    words = page.locator(f"{row} .back").all_inner_texts()
    assert words == ["Back to mark 1", "Back to mark 2"]
    page.locator(f"{row} .back").nth(1).click()
    assert page.evaluate("document.querySelector(':target').textContent") == "[2]"
    assert (
        page.evaluate("document.querySelector(':target').closest('article').id")
        == f"position-{second.key[:8]}"
    )
    assert 0 <= page.locator(":target").bounding_box()["y"] < 740


def test_every_link_within_the_page_has_a_target(page: Page, address: str):
    page.goto(address)

    lost = page.evaluate(
        """() => [...document.querySelectorAll('a[href^="#"]')].map(each => each.hash)
            .filter(hash => !document.getElementById(hash.slice(1)))"""
    )

    assert lost == []
    # A mark of the status leads to another block, which leads back to the status.
    page.locator("#status a.ref").click()
    assert "Back to the status" in page.locator(":target").inner_text()


def test_evidence_that_somebody_holds_a_position_is_with_the_backer(page: Page, address: str):
    page.goto(address)

    first = page.locator("article.position").first
    held = first.locator(".backers .held .citations > li")
    assert held.count() == 1
    assert held.locator(".relation").count() == 0
    assert first.locator("details.evidence .citations > li").count() == 5
    summary = first.locator("details.evidence summary").inner_text()
    assert summary.split() == [
        "Sources",
        *["3", "support", "it", "1", "contradicts", "it", "1", "gives", "context"],
    ]


@pytest.mark.parametrize("width", [360, 1024])
def test_table_is_reached_from_its_overview(page: Page, address: str, document: types.Document, width: int):
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(address)
    frame = page.locator(".table-frame")
    assert frame.evaluate("each => each.scrollWidth > each.clientWidth")
    assert page.locator(".goes-on").is_visible()
    assert page.locator(".stance-overview li").count() == 4
    assert page.locator(".stance-overview .hollow").count() == 4 * 7 - 21

    page.get_by_role("link", name=re.compile(r"^D on point 7")).click()

    cell = f"stance-{document.positions[3].key[:8]}-{document.points[6].key[:8]}"
    assert page.evaluate("document.querySelector('td:target').id") == cell
    box, edge = page.locator(f"#{cell}").bounding_box(), frame.bounding_box()
    head = page.locator(".stances tbody th").last.bounding_box()
    assert box["x"] + box["width"] <= edge["x"] + edge["width"] + 1
    assert head["x"] == pytest.approx(edge["x"], abs=1)  # the first column stays
    assert box["x"] >= head["x"] + head["width"] - 1  # and the cell is not under it
    assert 0 < box["y"] < 740


@pytest.mark.parametrize("width", [360, 1280])
def test_contents_and_the_letter_stay_in_sight(
    page: Page, address: str, document: types.Document, width: int
):
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(address)
    third = f"#position-{document.positions[2].key[:8]}"
    page.evaluate(
        "anchor => document.querySelector(anchor + ' .links').scrollIntoView({block: 'center'})", third
    )

    assert page.locator(".contents").bounding_box()["y"] == 0
    letter = page.locator(f"{third} > .spine").bounding_box()
    assert 40 < letter["y"] < 740
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="Record").click()
    assert 0 < page.locator("#about-this-page").bounding_box()["y"] < 740


def test_paper_names_the_revision_and_has_all_that_is_shut(page: Page, address: str):
    page.goto(address)

    footer = (
        "Crux: “Open-Weight AI Models: Democratization vs. Proliferation Risk”, revision 2 of 6 January 2026."
    )
    assert page.locator("html").get_attribute("data-paper") == f"{footer} CC BY-SA 4.0"
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 658, "height": 900})
    shut = page.locator("details:not([open]) .citations > li")
    assert shut.count() > 20
    assert all(each.is_visible() for each in shut.all())
    assert not page.locator(".contents").is_visible()
    assert not page.locator(".stance-overview").is_visible()
    assert not page.locator(".back").first.is_visible()


def test_each_sheet_has_its_foot_and_no_heading_alone_at_its_end(page: Page, address: str, tmp_path: Path):
    page.goto(address)
    titles = {title.strip() for title in page.locator(".section-head h2").all_inner_texts()}
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)

    sheets = [sheet.extract_text() for sheet in PdfReader(tmp_path / "page.pdf").pages]

    assert len(sheets) > 3
    foot = "revision 2 of 6 January 2026. CC BY-SA 4.0"
    assert [foot in " ".join(sheet.split()) for sheet in sheets] == [True] * len(sheets)
    assert "Quoted for Answer D" in "".join(sheets)
    assert [last for sheet in sheets if (last := sheet.strip().splitlines()[-1].strip()) in titles] == []


def test_forced_colours_mark_the_current_tab_alone(page: Page, address: str):
    page.emulate_media(forced_colors="active")
    page.goto(address)

    marked = page.evaluate(
        """() => {
            const canvas = getComputedStyle(document.body).backgroundColor;
            return [...document.querySelectorAll(".tabs a")]
                .filter(each => getComputedStyle(each).borderBottomColor !== canvas).map(each => each.innerText);
        }"""
    )

    assert marked == ["Read"]
