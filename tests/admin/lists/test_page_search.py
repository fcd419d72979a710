"""The search of the list of controversies: every text of a page is found, with the place where the words are."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controversies.admin.lists.page_search import find_places
from controversies.document.types import Document
from tests.factories import ControversyFactory, UserFactory, citation, document_factory

pytestmark = pytest.mark.django_db
LIST = "/admin/controversies/controversy/"


def document() -> Document:
    """A page with a word of its own in each of its texts."""
    made = document_factory(
        positions=2,
        points=1,
        citations=5,
        title="Titleword",
        question="Questionword?",
        status_summary="Statusword.",
        context="Contextword here.",
    )
    a, b = made.positions
    [point] = made.points
    source = made.sources[0]
    quoted = (replace(citation(source), quote="The <b>quoteword</b>.", locator="locatorword"),)
    return made.with_blocks(
        points=(replace(point, title="Pointword", body="Bodyword."),),
        positions=(
            replace(a, claim="Claimword.", argument="Argumentword, twice argumentword."),
            replace(
                b,
                confidence_reason="Reasonword.",
                stances=tuple(replace(each, text="Stanceword.") for each in b.stances),
                backings=tuple(replace(each, note="Noteword.") for each in b.backings),
                citations=quoted,
            ),
        ),
    )


def editor() -> Client:
    client = Client()
    client.force_login(UserFactory(role="editor"))
    return client


def search(client: Client, words: str, **more: str) -> Any:
    response = client.get(LIST, {"q": words, **more})
    assert response.status_code == 200
    return response


def shown(response: Any) -> list[str]:
    return [str(row.pk) for row in response.context["cl"].result_list]


def places(response: Any) -> list[tuple[str, str]]:
    return re.findall(
        r'<li><a href="/admin/controversies/controversy/[^#]+#([^"]+)">([^<]+)</a>',
        response.content.decode(),
    )


def test_each_text_is_found_and_leads_to_its_place() -> None:
    recorded = ControversyFactory(document=document())
    ControversyFactory()
    client = editor()
    a, b = recorded.document.positions
    [point] = recorded.document.points
    stance, backing, cited = b.stances[0], b.backings[0], b.citations[0]
    expected = {
        "titleword": ("id_head-title", "Title"),
        "questionword": ("id_head-question", "Question"),
        "statusword": ("id_head-status_summary", "Status in words"),
        "contextword": ("id_context-text", "Context"),
        "pointword": (f"in-{point.key}/id_{point.key}-title", "Contested point 1 › Title"),
        "bodyword": (f"in-{point.key}/id_{point.key}-body", "Contested point 1 › Text"),
        "claimword": (f"in-{a.key}/id_{a.key}-claim", "Position A › Claim"),
        "argumentword": (f"in-{a.key}/id_{a.key}-argument", "Position A › Argument"),
        "reasonword": (
            f"in-{b.key}/id_{b.key}-confidence_reason",
            "Position B › Reason for the confidence",
        ),
        "stanceword": (
            f"in-{b.key}/id_{b.key}-stances-{stance.point}-text",
            "Position B › On a contested point",
        ),
        "noteword": (f"in-{b.key}/id_{backing.key}-note", "Position B › Note on a backer"),
        "quoteword": (f"in-{b.key}/id_{cited.key}-quote", "Position B › Quote"),
        "locatorword": (f"in-{b.key}/id_{cited.key}-locator", "Position B › Where in the source"),
    }
    form = client.get(f"{LIST}{recorded.key}/change/?all=1").content.decode()

    for word, place in expected.items():
        response = search(client, word)
        assert shown(response) == [recorded.key], word
        assert places(response)[0] == place, word
        element = place[0].rpartition("/")[2]
        assert f'id="{element}"' in form, element


def test_words_are_marked_and_text_stays_text() -> None:
    ControversyFactory(document=document())

    html = search(editor(), "quoteword").content.decode()

    assert "<mark>quoteword</mark>" in html
    assert "<b>quoteword" not in html


def test_words_in_different_texts_find_the_page_and_show_each() -> None:
    recorded = ControversyFactory(document=document())
    client = editor()

    response = search(client, "claimword noteword")

    assert shown(response) == [recorded.key]
    response = search(client, "claimword argumentword")
    assert shown(response) == [recorded.key]
    assert {name for _anchor, name in places(response)} == {"Position A › Claim", "Position A › Argument"}
    assert shown(search(client, '"twice argumentword"')) == [recorded.key]
    assert shown(search(client, "claimword -argumentword")) == []


def test_drafts_are_found_by_those_who_may_see_them_and_by_nobody_else() -> None:
    made = document()
    recorded = ControversyFactory(document=replace(made, head=replace(made.head, publication="draft")))
    contributor, staff, reader = Client(), Client(), Client()
    contributor.force_login(UserFactory(role="contributor"))
    staff.force_login(UserFactory(is_staff=True))

    assert shown(search(contributor, "claimword")) == [recorded.key]
    assert staff.get(LIST, {"q": "claimword"}).status_code == 403
    assert reader.get(LIST, {"q": "claimword"}).status_code == 302
    assert recorded.key not in reader.get("/search/", {"q": "claimword"}).content.decode()
    assert "Search all pages" in contributor.get(reverse("admin:index")).content.decode()
    assert "Search all pages" not in staff.get(reverse("admin:index")).content.decode()


def test_queries_do_not_depend_on_pages_and_texts() -> None:
    client = editor()

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            search(client, "claimword")
        return len(captured)

    ControversyFactory(document=document())
    few = count()
    for _ in range(6):
        ControversyFactory(document=document())
    assert count() == few


@pytest.mark.parametrize(
    "words", ["'", '"', "\\", "%", "a" * 3000, "!", "-", "the", "<->", "&", ":*", "x\x00y", "'); --", "or or"]
)
def test_odd_words_are_searched_for_like_others(words: str) -> None:
    recorded = ControversyFactory(document=document())

    assert editor().get(LIST, {"q": words}).status_code == 200
    assert find_places([recorded.key], words.replace("\0", "")) is not None
    assert find_places([], words) == {}


@pytest.mark.parametrize(
    ("need", "anchor"),
    [
        ("source", "in-{a}/add-source"),
        ("reason", "in-{a}/id_{a}-confidence_reason"),
        ("review", "id_head-reviewed"),
    ],
)
def test_a_row_leads_to_the_place_of_its_work(need: str, anchor: str) -> None:
    made = document_factory(citations=0)
    a, b = made.positions
    recorded = ControversyFactory(
        document=made.with_blocks(positions=(replace(a, confidence="high", confidence_reason=""), b))
    )

    html = editor().get(LIST, {"needs": need}).content.decode()

    assert f"#{anchor.format(a=a.key)}" in html
    assert recorded.document.head.title in html
