"""Buttons that add a row stay where they are while somebody presses them: a real mouse at a real speed."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.admin.edit.test_controversy_admin_browser import Desk, desk
from tests.admin.editing import change_url
from tests.factories import BackerFactory, ControversyFactory, SourceFactory

__all__ = ["desk"]
pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("alpha", "beta", "gamma", "delta", "epsilon")


def press(page: Page, button: Locator) -> None:
    """Move to where the button is, press, wait as long as a hand does, and let go."""
    button.evaluate("button => button.scrollIntoView({ block: 'center' })")
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(60)
    page.mouse.up()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_each_click_adds_a_row(desk: Desk, width: int) -> None:
    made = ControversyFactory(positions=1, points=1, backings=1, citations=1)
    for name in NAMES:
        BackerFactory(name=f"The backing {name}")
        SourceFactory(title=f"The citation {name}")
    page: Any = desk.page
    page.set_viewport_size({"width": width, "height": 900})
    desk.open(change_url(made.key))
    block = page.locator("[data-list=positions] > li")
    for kind, name in (("backing", "Add a backer"), ("citation", "Add a source")):
        rows = block.locator(f"> fieldset > details > .body > .list > ol > [data-item={kind}]")
        before = rows.count()
        for number, chosen in enumerate(NAMES, 1):
            button = block.locator("> fieldset > details > .body > .list > .add").get_by_text(
                re.compile(name)
            )
            press(page, button)
            page.wait_for_timeout(200)
            assert rows.count() == before + number, (kind, number)
            desk.choose(rows.last.locator("[data-reference]"), f"The {kind} {chosen}")
    page.on("dialog", lambda dialog: dialog.accept())
