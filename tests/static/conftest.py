"""For tests of the desk's scripts: each module alone, in Chromium, over a page that the test writes."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route

STATIC = Path(__file__).parents[2] / "controversies" / "static"
ORIGIN = "http://modules.test"


class Modules:
    """A page at an address of its own, whose modules are the files and whose other answers are the test's."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.html = ""
        self.answers: dict[str, tuple[int, str]] = {}
        self.requests: list[tuple[str, str, str]] = []  # method, path with query, body
        page.set_default_timeout(10_000)
        page.route(f"{ORIGIN}/**", self._answer)

    def open(self, html: str, path: str = "/") -> None:
        self.html = html
        self.page.goto(ORIGIN + path)

    def run(self, module: str, script: str) -> Any:
        """Import `module` from crux/admin as `m` and return what the script returns."""
        return self.page.evaluate(
            f'async () => {{ const m = await import("/static/crux/admin/{module}"); {script} }}'
        )

    def answer(self, path: str, value: Any, status: int = 200) -> None:
        """Answer requests for a path, whatever their query; anything but text as JSON."""
        self.answers[path] = (status, value if isinstance(value, str) else json.dumps(value))

    def _answer(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.path.startswith("/static/"):
            route.fulfill(path=STATIC / parts.path.removeprefix("/static/"), content_type="text/javascript")
            return
        if route.request.is_navigation_request() and route.request.method == "GET":
            route.fulfill(
                body=f"<!doctype html><html lang=en><body>{self.html}</body>", content_type="text/html"
            )
            return
        address = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self.requests.append((route.request.method, address, route.request.post_data or ""))
        if parts.path not in self.answers:
            route.abort()
            return
        status, body = self.answers[parts.path]
        route.fulfill(status=status, body=body, content_type="text/html")


@pytest.fixture
def modules(page: Page) -> Modules:
    return Modules(page)
