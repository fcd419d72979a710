"""The lists of backers, sources and topics: columns, search, filters, and how much they ask the database."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controversies import models as m
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    UserFactory,
    document_factory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> Client:
    client = Client()
    client.force_login(UserFactory(role="editor"))
    return client


def listed(client: Client, model: str, **query: str) -> list[str]:
    page = client.get(reverse(f"admin:controversies_{model}_changelist"), query)
    assert page.status_code == 200
    return [str(row) for row in page.context["cl"].result_list]


def columns(client: Client, model: str, thing: Any) -> dict[str, str]:
    """What the list says of this row, by column."""
    page = client.get(reverse(f"admin:controversies_{model}_changelist"))
    cl = page.context["cl"]
    row = next(row for row in cl.result_list if row.pk == thing.pk)
    return {
        name: str(getattr(cl.model_admin, name)(row))
        for name in cl.list_display
        if hasattr(cl.model_admin, name) and name != "action_checkbox"
    }


@pytest.mark.parametrize(
    ("model", "title"),
    [("controversy", "Controversies"), ("backer", "Backers"), ("source", "Sources"), ("topic", "Topics")],
)
def test_list_is_called_after_its_rows(editor: Client, model: str, title: str) -> None:
    page = editor.get(reverse(f"admin:controversies_{model}_changelist"))

    assert page.context["title"] == title


def test_list_counts_what_it_found_only_for_a_search_or_a_filter(editor: Client) -> None:
    BackerFactory()
    address = reverse("admin:controversies_backer_changelist")

    assert "Show all" not in editor.get(address).content.decode()
    assert "Show all" in editor.get(address, {"q": "somebody"}).content.decode()
    assert "Show all" in editor.get(address, {"kind__exact": "company"}).content.decode()


def test_backer_list_counts_positions_and_pages(editor: Client) -> None:
    backer, unused = BackerFactory(), BackerFactory()
    ControversyFactory(
        document=document_factory(positions=2, backings=2, citations=6, backers=[backer]), revisions=3
    )
    ControversyFactory(document=document_factory(positions=2, backings=1, backers=[backer]))

    assert columns(editor, "backer", backer) == {
        "positions_held": "3 positions",
        "shown_on": "2 public pages",
    }
    assert columns(editor, "backer", unused) == {
        "positions_held": "nothing",
        "shown_on": "no public page",
    }


def test_source_list_counts_citations_wherever_they_are(editor: Client) -> None:
    source = SourceFactory()
    ControversyFactory(
        document=document_factory(positions=1, points=1, backings=1, citations=5, sources=[source])
    )
    ControversyFactory(document=document_factory(positions=1, points=1, citations=1, sources=[source]))

    assert columns(editor, "source", source) == {
        "times_cited": "6 times",
        "shown_on": "2 public pages",
        "verdict": "not checked",
    }


def test_topic_list_counts_controversies(editor: Client) -> None:
    topic, empty = TopicFactory(), TopicFactory()
    ControversyFactory(topic=topic)

    assert columns(editor, "topic", topic)["shown_on"] == "1 public page"
    assert columns(editor, "topic", empty)["shown_on"] == "no public page"


@pytest.mark.parametrize(
    ("needs", "found"),
    [
        ("place", ["Bare", "Crowd"]),
        ("website", ["Bare"]),
        ("description", ["Crowd"]),
    ],
)
def test_backers_are_filtered_by_what_is_missing(needs: str, found: list[str], editor: Client) -> None:
    whole = BackerFactory(name="Whole")
    ControversyFactory(backers=[whole])
    BackerFactory(name="Bare", website="")
    BackerFactory(name="Crowd", kind=m.BackerKind.CONSTITUENCY, website="", description="")

    assert listed(editor, "backer", needs=needs) == found


@pytest.mark.parametrize(
    ("needs", "found"),
    [
        ("place", ["Authorless", "Bare", "Undated"]),
        ("archive", ["Authorless", "Bare"]),
        ("date", ["Undated"]),
        ("authors", ["Authorless"]),
        ("link", ["Bare"]),
    ],
)
def test_sources_are_filtered_by_what_is_missing(needs: str, found: list[str], editor: Client) -> None:
    whole = SourceFactory(title="Whole", archive_url="https://archive.example/whole")
    ControversyFactory(sources=[whole])
    SourceFactory(title="Bare", url="", doi="")
    SourceFactory(title="Undated", date="", archive_url="https://archive.example/undated")
    SourceFactory(title="Authorless", authors="")

    assert listed(editor, "source", needs=needs) == found


def test_topics_are_filtered_by_what_is_missing(editor: Client) -> None:
    used = TopicFactory(title="Used", description="")
    TopicFactory(title="Empty")
    ControversyFactory(topic=used)

    assert listed(editor, "topic", needs="place") == ["Empty"]
    assert listed(editor, "topic", needs="description") == ["Used"]


def test_lists_are_filtered_by_kind(editor: Client) -> None:
    BackerFactory(name="Firm", kind=m.BackerKind.COMPANY)
    BackerFactory(name="Ann", kind=m.BackerKind.PERSON)
    SourceFactory(title="A book", kind=m.SourceKind.BOOK)
    SourceFactory(title="A post", kind=m.SourceKind.BLOG)

    assert listed(editor, "backer", kind__exact="person") == ["Ann"]
    assert listed(editor, "source", kind__exact="book") == ["A book"]


@pytest.mark.parametrize(
    ("model", "words", "found"),
    [
        ("backer", "facebook, inc", ["Meta"]),
        ("backer", "META", ["Meta"]),
        ("backer", "nothing like it", []),
        ("source", "10.1126/x", ["On weights"]),
        ("source", "writer weights", ["On weights"]),
        ("source", "100%_", []),
        ("source", "\u200b", []),
        ("topic", "open", ["Open weights"]),
    ],
)
def test_lists_are_searched(model: str, words: str, found: list[str], editor: Client) -> None:
    BackerFactory(name="Meta", aliases=["Facebook, Inc."])
    BackerFactory(name="Other")
    SourceFactory(title="On weights", authors="A. Writer", publisher="Journal 1", doi="10.1126/x")
    SourceFactory(title="Other", authors="", publisher="", url="https://x.example/")
    TopicFactory(title="Open weights")
    TopicFactory(title="Other")

    assert listed(editor, model, q=words) == found


@pytest.mark.parametrize("model", ["backer", "source", "topic"])
@pytest.mark.parametrize("column", range(1, 7))
@pytest.mark.parametrize("way", ["", "-"])
def test_lists_are_sorted_by_every_column(model: str, column: int, way: str, editor: Client) -> None:
    for _ in range(2):
        ControversyFactory()

    there = editor.get(reverse(f"admin:controversies_{model}_changelist")).context["cl"]
    page = editor.get(reverse(f"admin:controversies_{model}_changelist"), {"o": f"{way}{column}"})

    if column <= len(there.list_display):
        assert page.status_code == 200
        assert len(page.context["cl"].result_list) == len(there.result_list)


@pytest.mark.parametrize(
    "query",
    [{"needs": "nonsense"}, {"kind__exact": "nonsense"}, {"o": "x"}, {"p": "-1"}, {"_facets": "True"}],
)
def test_nonsense_in_a_lists_address_is_no_fault(query: dict[str, str], editor: Client) -> None:
    BackerFactory()

    page = editor.get(reverse("admin:controversies_backer_changelist"), query, follow=True)

    assert page.status_code == 200


@pytest.mark.parametrize("model", ["backer", "source", "topic"])
def test_lists_ask_as_many_queries_however_long(model: str, editor: Client) -> None:
    address = reverse(f"admin:controversies_{model}_changelist")
    ControversyFactory(positions=2, citations=2)
    editor.get(address)
    with CaptureQueriesContext(connection) as few:
        editor.get(address)
    for _ in range(3):
        ControversyFactory(positions=4, points=3, backings=8, citations=12)

    with CaptureQueriesContext(connection) as many:
        page = editor.get(address)

    assert page.context["cl"].result_count >= 4
    assert len(many) == len(few) == 5  # session, user, two for rights, rows


def test_lists_have_no_action_that_deletes_what_is_shown(editor: Client) -> None:
    BackerFactory()

    html = editor.get(reverse("admin:controversies_backer_changelist")).content.decode()

    assert "delete_selected" not in html
    assert "delete_unused_selected" in html


def test_search_keeps_the_filter(editor: Client) -> None:
    html = editor.get(
        reverse("admin:controversies_source_changelist"), {"needs": "archive", "q": "<weights>", "o": "2"}
    ).content.decode()

    assert '<input type="hidden" name="needs" value="archive">' in html
    assert '<input type="hidden" name="o" value="2">' in html
    assert 'name="q" value="&lt;weights&gt;"' in html
    assert html.count('name="q"') == 1
