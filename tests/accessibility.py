"""What axe finds wrong on a page in a real browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Off unless asked for: WCAG 2.2's targets of 24 px (AA), and visible words that the accessible name lacks (2.5.3, A).
_MORE = {"target-size": {"enabled": True}, "label-content-name-mismatch": {"enabled": True}}


def axe_violations(page: Page) -> list[tuple[str, list[str]]]:
    """Return each rule that the page breaks, with the first elements that break it."""
    violations = (
        Axe().run(page, options={"rules": _MORE, "resultTypes": ["violations"]}).response["violations"]
    )
    return [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in violations]
