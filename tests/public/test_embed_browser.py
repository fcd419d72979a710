"""A frame in a page of another site, in a real browser: no scripts, no cookies, any width; nothing else is shown."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.factories import BackerFactory, ControversyFactory, SourceFactory

pytestmark = [pytest.mark.django_db(transaction=True)]


class OtherSite(BaseHTTPRequestHandler):
    """A page with a frame of whatever address it is asked for."""

    def do_GET(self) -> None:
        address = parse_qs(urlsplit(self.path).query).get("frame", [""])[0]
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(
            f'<!doctype html><title>x</title><iframe src="{address}" width="340" height="300"></iframe>'.encode()
        )

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of another site."""
    with HTTPServer(("127.0.0.1", 0), OtherSite) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def show(page: Page, elsewhere: str) -> Callable[[str], list[str]]:
    """Open a page of another site with a frame, and return the addresses that were asked of this site."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def open_page(address: str) -> list[str]:
        asked.clear()
        page.goto(f"{elsewhere}?frame={quote(address, safe='')}")
        page.wait_for_load_state("networkidle")
        return [each for each in asked if not each.startswith(elsewhere)]

    return open_page


@pytest.fixture
def site(live_server) -> tuple[str, str]:
    """The address of a page, and that of its first position."""
    page = ControversyFactory(
        slug="open", positions=3, points=1, citations=3, backings=2, attribution="[CC](https://cc.example/)",
        backers=[BackerFactory(name="A Backer", slug="who")], sources=[SourceFactory(title="The Work", slug="work")],
    )  # fmt: skip
    return f"{live_server.url}/controversies/open/", f"position-{page.document.positions[0].key[:8]}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["embed/", "embed/{part}/", "revisions/1/embed/"])
def test_another_site_shows_a_frame(page: Page, site, show, path, scheme):
    base, part = site
    page.emulate_media(color_scheme=scheme)

    asked = show(base + path.format(part=part))

    frame = page.frames[1]
    assert "Read it on Crux" in frame.inner_text("body")
    assert len(asked) == 2
    assert asked[1].endswith(".css")
    assert page.context.cookies() == []
    assert frame.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    line = frame.locator(".from").bounding_box()
    assert line
    assert line["y"] + line["height"] <= 320, "the revision is in sight without scrolling"


def test_links_of_a_frame_open_a_page_of_their_own(page: Page, site, show, elsewhere):
    base, part = site
    show(f"{base}embed/{part}/")

    with page.context.expect_page() as opened:
        page.frames[1].click("h1 a")

    assert opened.value.url == f"{base}#{part}"
    assert page.url.startswith(elsewhere)


def test_another_site_shows_no_other_page(page: Page, site, show):
    base, part = site
    for path in ("", f"cite/{part}/", "history/"):
        show(base + path)
        assert page.frames[1].url.startswith("chrome-error:")


@pytest.mark.parametrize("path", ["embed/", "embed/{part}/", "cite/{part}/", "cite/"])
def test_pages_are_accessible(page: Page, site, path):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(site[0] + path.format(part=site[1]))

    faults = Axe().run(page).response["violations"]

    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in faults] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_page_with_downloads_is_accessible(page: Page, live_server):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{live_server.url}/data/")

    assert [fault["id"] for fault in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
