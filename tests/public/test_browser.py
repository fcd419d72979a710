"""The public pages in a real browser: accessibility, narrow screens, keyboard, policy, paper."""

import pytest
from playwright.sync_api import Page

from controversies.models import SiteTextName
from controversies.workflow import site_texts
from tests.accessibility import axe_violations
from tests.factories import ControversyFactory, TopicFactory, UserFactory
from tests.history.transparency import logs

pytestmark = [pytest.mark.django_db(transaction=True)]
PATHS = [
    "/",
    "/controversies/",
    "/controversies/open/",
    "/controversies/open/revisions/2/",
    "/controversies/open/?as_of=2026-01-07",
    "/controversies/open/?as_of=2026-01-01",
    "/controversies/open/cite/",
    "/controversies/open/revisions/2/cite/",
    "/controversies/bare/cite/",
    "/controversies/bare/",
    "/topics/topic/",
    "/topics/",
    "/needs-help/",
    "/needs-help/?need=review",
    "/search/?q=weights",
    "/search/?q=publication&in=earlier",
    "/?as_of=2026-01-07",
    "/topics/topic/?as_of=2025-01-01",
    "/search/?q=controversy&as_of=2026-01-07",
    "/about/",
    "/about/texts/operator/",
    "/about/texts/operator/1/",
    "/about/texts/operator/compare/1/2/",
    "/about/record/",
    "/verify/",
    "/verify/?page=open&revision=2",
    "/verify/formats/",
    "/nowhere/",
    "/controversies/gone/",
]
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 2


@pytest.fixture
def site(live_server) -> str:
    """A site with a whole controversy, one with next to nothing, one that is gone."""
    topic = TopicFactory(slug="topic")
    ControversyFactory(
        slug="open", positions=4, points=5, stances=12, citations=20, backings=8, revisions=5, topic=topic,
        attribution="The Ledger, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/)",
    )  # fmt: skip
    ControversyFactory(
        slug="bare", title=LONG, question=LONG, positions=0, points=0, context=LONG, status_summary=""
    )
    ControversyFactory(slug="gone", publication="withdrawn")
    for number in range(2):
        site_texts.save(
            SiteTextName.OPERATOR,
            f"{LONG} {number}.",
            LONG,
            author=UserFactory(role="publisher"),
            base=number,
        )
    logs.sign()
    return live_server.url


# Answers of another status, of which the console tells.
REFUSED = {
    *("/nowhere/", "/controversies/gone/"),
    *("/controversies/open/?as_of=2026-01-01", "/topics/topic/?as_of=2025-01-01"),
}


@pytest.mark.parametrize("path", PATHS)
def test_page_is_accessible_at_every_size_and_keeps_the_policy(page: Page, site, path):
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_viewport_size({"width": 1280, "height": 900})

    page.goto(site + path)

    assert [text for text in said if not (path in REFUSED and "status of 4" in text)] == []
    for scheme, width in (("dark", 1280), ("light", 1280), ("light", 360)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert axe_violations(page) == [], (scheme, width)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    wide = page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter(e => {
            const r = e.getBoundingClientRect();
            return r.width > 1 && r.right > 321 && !e.closest(".table-frame, .tabs, .contents, svg");
        }).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert wide == []


def test_data_for_machines_is_there_and_the_policy_does_not_mind(page: Page, site):
    page.add_init_script(
        "window.refused = []; addEventListener('securitypolicyviolation', e => refused.push(e.blockedURI))"
    )

    page.goto(site + "/controversies/open/")

    assert page.evaluate("refused") == []
    data = page.evaluate("JSON.parse(document.querySelector('script[type$=json]').textContent)")
    assert data["mainEntity"]["answerCount"] == 4
    policy = page.request.get(site + "/controversies/open/").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    # …which does mind a script.
    page.evaluate("document.head.append(Object.assign(document.createElement('script'), {text: '1'}))")
    assert page.evaluate("refused") == ["inline"]


def test_every_link_can_be_reached_and_seen_by_keyboard(page: Page, site):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(site + "/controversies/open/revisions/2/")
    wanted = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, select, summary")]
            .filter(e => e.checkVisibility()).length"""
    )
    reached = set()

    for _number in range(wanted + 5):
        page.keyboard.press("Tab")
        state = page.evaluate(
            """() => {
                const e = document.activeElement;
                if (e === document.body) return null;
                const style = getComputedStyle(e);
                const all = [...document.querySelectorAll("*")];
                return [all.indexOf(e), style.outlineStyle, parseFloat(style.outlineWidth), e.outerHTML.slice(0, 80)];
            }"""
        )
        if state is None:
            break
        index, style, width, html = state
        assert (style, width) == ("solid", 3), html
        reached.add(index)

    assert len(reached) >= wanted


def test_skip_link_comes_first_and_leads_to_the_content(page: Page, site):
    page.goto(site + "/controversies/open/")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")

    assert page.evaluate("location.hash") == "#main"


def test_tables_stay_tables_on_a_phone(page: Page, site):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(site + "/controversies/open/")

    index, stances = page.get_by_role("table", name="").nth(0), page.get_by_role("table", name="").nth(1)

    assert (index.get_by_role("columnheader").count(), index.get_by_role("row").count()) == (4, 5)
    assert page.evaluate("getComputedStyle(document.querySelector('.index td')).display") == "block"
    assert page.evaluate("document.querySelector('.index .claim').getBoundingClientRect().width") > 280
    assert (stances.get_by_role("columnheader").count(), stances.get_by_role("row").count()) == (6, 5)
    assert page.evaluate("getComputedStyle(document.querySelector('.stances td')).display") == "table-cell"
    assert page.evaluate("document.querySelector('.stances td').getBoundingClientRect().width") > 200


def test_filters_work_without_scripts(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + "/")

    page.get_by_label("Status").select_option("resolved")
    page.get_by_role("button", name="Show").click()

    assert "status=resolved" in page.url
    assert page.get_by_text("No controversies match these filters.").is_visible()
    context.close()


def test_paper_has_the_content_and_none_of_the_controls(page: Page, site):
    page.set_viewport_size({"width": 658, "height": 900})
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(site + "/controversies/open/")

    for hidden in (".site-links", ".tabs", ".site-search", ".footer"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.stances')).display") == "table"
    address = "getComputedStyle(document.querySelector('.citations > li > a:not(.for)'), '::after').content"
    assert page.evaluate(address).startswith('" <" attr(href)') or "https://" in page.evaluate(address)
    assert page.locator(".tile").first.is_visible()
    assert page.locator("#about-this-page").is_visible()
