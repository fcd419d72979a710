"""Pages that are not there and answer 200 are known as such; pages that only speak of it, or look alike, are not."""

import pytest

from controversies.checks.fetch import fetch, missing_sign
from controversies.checks.fetch.soft404 import sibling_address
from tests.checks.kinds import ARTICLE
from tests.checks.world import html, redirect, typed

pytestmark = pytest.mark.django_db
SHELL = "<nav>" + " ".join(f"<a>Section {number}</a>" for number in range(40)) + "</nav>"


def sign(clock, url: str, *, agrees: bool = False) -> str:
    """Return the sign by which the answer of an address is none."""
    answer = clock.wait_for(fetch, url, scheduled=False)
    return missing_sign(answer, address=url, title_agrees=agrees)


@pytest.mark.parametrize(
    "title",
    [
        *(
            "404",
            "404 Not Found",
            "Error 404 (Not Found)!!1",
            "404 - File or directory not found.",
            "Page not found",
        ),
        *(
            "Page Not Found | Nature",
            "Nature – Page not found",
            "Not Found",
            "Oops! Page not found",
            "Error: 404",
        ),
        *(
            "The page you are looking for could not be found",
            "This page doesn’t exist",
            "Seite nicht gefunden",
        ),
        *(
            "Page introuvable - Le Journal",
            "Página no encontrada",
            "ページが見つかりません",
            "404: Page not found",
        ),
        *("Sorry, this page is not available", "HTTP 404", "404 error", "Article no longer available"),
    ],
)
def test_title_says_that_nothing_is_there(world, clock, title):
    world.page("https://a.example/x/1", html(title, ARTICLE))

    assert sign(clock, "https://a.example/x/1") == "title"
    assert sign(clock, "https://a.example/x/1", agrees=True) == ""


@pytest.mark.parametrize(
    "title",
    [
        *(
            "Lost and not found",
            "The 404 House of Commons",
            "Area code 404",
            "Peugeot 404",
            "How to write a 404 page",
        ),
        *(
            "Errors in nature",
            "Why so many pages are not found",
            "Not found in translation: a study",
            "",
            "Home",
        ),
    ],
)
def test_title_about_something_is_no_sign(world, clock, title):
    world.page("https://a.example/x/error-404-not-found", html(title, ARTICLE + "Page not found. Error 404."))

    assert sign(clock, "https://a.example/x/error-404-not-found") == ""


@pytest.mark.parametrize("home", ["/", "/index.html", "/home", "/en/", "/en-US/", "/de/index.php"])
def test_page_that_leads_home_is_missing(world, clock, home):
    world.page("https://a.example/x/1", redirect(home, 301))
    world.page(f"https://a.example{home}", html("The Journal", ARTICLE))

    assert sign(clock, "https://a.example/x/1") == "home"
    assert sign(clock, "https://a.example/x/1", agrees=True) == ""


def test_page_that_leads_elsewhere_is_not_missing(world, clock):
    world.page("https://a.example/x/1", redirect("/archive/1"))
    world.page("https://a.example/archive/1", html("Another title", ARTICLE))
    world.page("https://bit.ly/abc", redirect("https://a.example/"))
    world.page("https://a.example/", html("The Journal", ARTICLE))
    world.page("https://a.example/?p=5", html("Post", ARTICLE))
    world.page("https://a.example/y/2", redirect("/?p=5"))

    assert sign(clock, "https://a.example/x/1") == ""
    assert sign(clock, "https://bit.ly/abc") == ""
    assert sign(clock, "https://a.example/y/2") == ""


@pytest.mark.parametrize(
    "tag", ['<link rel="canonical" href="/">', "<LINK href='https://a.example' rel='canonical'>"]
)
def test_page_whose_canonical_address_is_home_is_missing(world, clock, tag):
    world.page("https://a.example/x/1", html("The Journal", ARTICLE, head=tag))

    assert sign(clock, "https://a.example/x/1") == "canonical"
    assert sign(clock, "https://a.example/x/1", agrees=True) == ""


def test_page_that_any_address_gives_is_missing(world, clock):
    world.handle("a.example", "/", lambda request: html("The Journal", SHELL + f"<p>{request.path}</p>"))

    assert sign(clock, "https://a.example/x/some-article") == "sibling"
    assert len(world.asked("a.example")) == 2
    assert sign(clock, "https://a.example/x/some-article", agrees=True) == ""
    assert sign(clock, "https://a.example/") == ""


def test_page_that_has_words_of_its_own_is_not_missing(world, clock):
    world.handle("a.example", "/", lambda request: html("The Journal", SHELL))
    world.page("https://a.example/x/1", html("The Journal", SHELL + ARTICLE))
    world.handle("b.example", "/", lambda request: html("Nothing here", SHELL))
    world.page("https://b.example/x/1", html("The Journal", SHELL))
    world.page("https://c.example/x/1", html("The Journal", SHELL))

    assert [sign(clock, f"https://{host}.example/x/1") for host in "abc"] == ["", "", ""]


def test_sibling_that_leads_to_a_busy_host_says_nothing(world, clock):
    world.handle("a.example", "/x/", lambda request: redirect("https://b.example/"))
    world.page("https://a.example/x/1", html("The Journal", SHELL))
    world.page("https://b.example/", html("The Journal", SHELL))
    fetch("https://b.example/", scheduled=False)

    answer = fetch("https://a.example/x/1", scheduled=False)

    assert missing_sign(answer, address="https://a.example/x/1", title_agrees=False) == ""


@pytest.mark.parametrize(
    "body", ['<div id="root"></div>', '<div class="a" id="app"> </div>', "<app-root></app-root>", ""]
)
def test_page_that_scripts_fill_says_nothing(world, clock, body):
    world.handle("a.example", "/", lambda request: html("App", (SHELL if body else "") + body))

    assert sign(clock, "https://a.example/x/1") == ""


def test_only_pages_are_judged(world, clock):
    world.handle("a.example", "/", lambda request: typed("text/plain", b"404 not found " * 50))

    assert sign(clock, "https://a.example/x/1") == ""
    assert len(world.asked("a.example")) == 1


@pytest.mark.parametrize(
    ("url", "start", "end"),
    [
        ("https://a.example/x/some-article", "https://a.example/x/", ""),
        ("https://a.example/x/y/page.html?id=3", "https://a.example/x/y/", ".html"),
        ("https://a.example/x/y/", "https://a.example/x/", "/"),
    ],
)
def test_sibling_is_a_random_address_beside_it(url, start, end):
    first, second = sibling_address(url), sibling_address(url)

    assert first != second
    for each in (first, second):
        assert each.startswith(start)
        assert each.endswith(end)
        assert each.count("/") == url.count("/")
