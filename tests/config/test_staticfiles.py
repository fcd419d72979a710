"""Stylesheets put together from their parts; static files under hashed names."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from playwright.sync_api import Page
from pytest_django.fixtures import Settings

from config.staticfiles import StylesheetFinder, whole_stylesheet
from tests.factories import ControversyFactory

SHEETS = ["crux/admin/desk.css", "crux/admin/edit.css", "crux/site.css"]


def test_imports_stand_in_their_place_and_comments_go(tmp_path: Path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "index.css").write_text(
        '/* Head. */\n@layer base;\n@import url("parts/a.css") layer(base);\n@import url("parts/b.css");\n'
    )
    (tmp_path / "parts" / "a.css").write_text('a {\n  content: "/* text */"; /* note */\n}\n')
    (tmp_path / "parts" / "b.css").write_text('@import url("a.css");\nb {\n  top: 0;\n}\n')

    a = 'a {\ncontent: "/* text */";\n}'
    assert (
        whole_stylesheet(tmp_path / "index.css")
        == f"@layer base;\n@layer base {{\n{a}\n}}\n{a}\nb {{\ntop: 0;\n}}\n"
    )


def test_part_that_is_missing_is_named(tmp_path: Path):
    (tmp_path / "index.css").write_text('@import url("none.css");')

    with pytest.raises(FileNotFoundError, match=r"none\.css"):
        whole_stylesheet(tmp_path / "index.css")


def test_stylesheets_are_found_whole():
    for name in SHEETS:
        path = finders.find(name)
        assert path
        text = Path(path).read_text()
        assert "@import" not in text
        assert text.count("{") == text.count("}") > 50

    assert finders.find("crux/none.css") is None


def test_change_of_a_part_is_seen_at_once(tmp_path: Path):
    finder = StylesheetFinder()
    (tmp_path / "index.css").write_text('@import url("a.css");')
    (tmp_path / "a.css").write_text("a { top: 0 }")
    finder._indexes = {"crux/new.css": tmp_path / "index.css"}

    assert Path(finder.find("crux/new.css")).read_text() == "a { top: 0 }\n"
    (tmp_path / "a.css").write_text("a { top: 1px }")
    assert Path(finder.find("crux/new.css")).read_text() == "a { top: 1px }\n"
    assert finder.find("crux/other.css") == []
    assert finder.find("crux/new.css", find_all=True) == [finder.find("crux/new.css")]


@pytest.fixture
def collected(tmp_path: Path, settings: Settings) -> Path:
    """Static files as a released site serves them."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "config.staticfiles.HashedStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_collected_modules_import_each_other_by_hashed_names(collected: Path):
    [entry] = collected.glob("crux/admin/edit.????????????.js")
    seen, todo = set(), [entry]
    while todo:
        module = todo.pop()
        seen.add(module)
        for address in re.findall(r'from "([^"]+)"', module.read_text()):
            target = (module.parent / address).resolve()
            assert re.search(r"\.[0-9a-f]{12}\.js$", target.name), address
            assert target.is_file()
            if target not in seen:
                todo.append(target)

    assert len(seen) > 12
    for name in SHEETS:
        assert "@import" not in (collected / name).read_text()


@pytest.mark.django_db(transaction=True)
def test_readers_page_makes_two_requests_and_has_no_script(page: Page, live_server: Any):
    slug = ControversyFactory(publication="published").slug
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.resource_type))

    page.goto(f"{live_server.url}/controversies/{slug}/")

    assert requests == ["document", "stylesheet"]
    assert page.locator("script:not([type='application/ld+json'])").count() == 0
