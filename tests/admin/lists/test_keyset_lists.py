"""The desk's lists, a page at a time: nothing left out or shown twice, no page dearer than the first."""

import re
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
BACKERS = reverse("admin:controversies_backer_changelist")


@pytest.fixture
def editor() -> Client:
    client = Client()
    client.force_login(UserFactory(role="editor"))
    return client


def backers(count: int) -> list[str]:
    """So many backers, two by two of one name; the names in order."""
    rows = [
        m.Backer(slug=f"b-{n}", name=f"Name {n // 2:03d}", kind=("company", "person")[n % 2])
        for n in range(count)
    ]
    m.Backer.objects.bulk_create(rows)
    return sorted(row.name for row in rows)


def get(client: Client, address: str) -> tuple[list[Any], dict[str, str]]:
    """The rows of a page, and its links to others by their relation."""
    response = client.get(address)
    assert response.status_code == 200
    links = re.findall(r'<a rel="(\w+)" href="(\?[^"]+)"', response.content.decode())
    return list(response.context["cl"].result_list), {
        rel: address.partition("?")[0] + url.replace("&amp;", "&") for rel, url in links
    }


def walk(client: Client, address: str, rel: str = "next") -> list[list[Any]]:
    """The pages of a list from an address on."""
    pages = []
    while address:
        rows, links = get(client, address)
        pages.append(rows)
        address = links.get(rel, "")
    return pages


@pytest.mark.parametrize(("query", "is_reversed"), [("", False), ("?o=-1", True)])
def test_pages_have_every_row_once_in_order(editor: Client, query: str, is_reversed: bool) -> None:
    names = backers(120)

    pages = walk(editor, BACKERS + query)

    assert [len(page) for page in pages] == [50, 50, 20]
    assert [row.name for page in pages for row in page] == sorted(names, reverse=is_reversed)
    assert len({row.pk for page in pages for row in page}) == 120


def test_way_back_shows_the_same_pages(editor: Client) -> None:
    backers(120)
    pages = walk(editor, BACKERS)
    last = f"{BACKERS}?after={pages[1][-1].pk}"

    assert walk(editor, last, "prev") == pages[::-1]
    assert 'href="?">First page' in editor.get(last).content.decode()


def test_filter_and_order_are_kept(editor: Client) -> None:
    backers(120)

    pages = walk(editor, f"{BACKERS}?kind__exact=company&o=-1&q=name")

    assert [len(page) for page in pages] == [50, 10]
    assert {row.kind for page in pages for row in page} == {"company"}


@pytest.mark.parametrize("place", ["00000000-0000-4000-8000-000000000000", "nonsense", "%00"])
def test_place_that_is_gone_shows_the_beginning_and_says_so(editor: Client, place: str) -> None:
    names = backers(3)

    response = editor.get(f"{BACKERS}?after={place}")

    assert [row.name for row in response.context["cl"].result_list] == names
    assert "That place in the list is no longer there. This is its beginning." in response.content.decode()


def test_later_pages_take_as_many_queries_as_the_first(editor: Client) -> None:
    backers(120)
    first, links = get(editor, BACKERS)
    with CaptureQueriesContext(connection) as on_first:
        editor.get(BACKERS)

    with CaptureQueriesContext(connection) as on_next:
        editor.get(links["next"])

    assert len(first) == 50
    assert len(on_next) == len(on_first) + 1  # the place
    assert not [query for query in on_next if "COUNT(" in query["sql"] or "OFFSET" in query["sql"]]


def test_list_by_use_begins_with_what_most_public_pages_use(editor: Client) -> None:
    often, once, hidden = (
        BackerFactory(name="Often"),
        BackerFactory(name="Once"),
        BackerFactory(name="Hidden"),
    )
    ControversyFactory(document=document_factory(positions=3, backings=3, backers=[often]))
    ControversyFactory(document=document_factory(positions=1, backings=1, backers=[once]))
    ControversyFactory(
        document=document_factory(positions=1, backings=1, backers=[hidden]), publication="draft"
    )

    response = editor.get(f"{BACKERS}?o=-3")

    assert [(row.name, row.uses) for row in response.context["cl"].result_list] == [("Often", 3), ("Once", 1)]
    assert "this list has only what public pages show" in response.content.decode()
    assert [row.name for row in editor.get(f"{BACKERS}?o=3").context["cl"].result_list] == ["Once", "Often"]


def test_controversies_are_listed_by_their_last_revision(editor: Client) -> None:
    first, second = ControversyFactory(revisions=3), ControversyFactory(revisions=1, publication="draft")
    address = reverse("admin:controversies_controversy_changelist")

    assert [str(row.pk) for row in get(editor, f"{address}?o=-6")[0]] == [first.key, second.key]
    assert [str(row.pk) for row in get(editor, f"{address}?o=6")[0]] == [second.key, first.key]


def test_topic_to_filter_by_is_looked_up(editor: Client) -> None:
    topic = TopicFactory(title="Chosen topic")
    page, other = ControversyFactory(topic=topic), ControversyFactory()
    address = reverse("admin:controversies_controversy_changelist")
    html = editor.get(address).content.decode()

    assert str(other.document.head.topic.key) not in html
    assert [str(row.pk) for row in get(editor, f"{address}?topic={topic.pk}")[0]] == [page.key]
    assert "Chosen topic</option>" in editor.get(f"{address}?topic={topic.pk}").content.decode()
    assert get(editor, f"{address}?topic=nonsense")[0] == []


def offered(client: Client, model: str, field: str, term: str, page: int = 1) -> tuple[list[str], bool]:
    """The names that autocompletion offers, and whether there are more."""
    query = {
        "app_label": "controversies",
        "model_name": model,
        "field_name": field,
        "term": term,
        "page": page,
    }
    answer = client.get(reverse("admin:autocomplete"), query).json()
    return [each["text"] for each in answer["results"]], answer["pagination"]["more"]


def test_autocompletion_offers_what_has_the_words(editor: Client) -> None:
    SourceFactory(title="On open weights", authors="Ada Writer")
    SourceFactory(title="On closed weights", authors="")
    ControversyFactory(title="Open or closed?")

    assert offered(editor, "citation", "source", "weights open") == (
        ["On open weights (Ada Writer, 2024-07)"],
        False,
    )
    assert offered(editor, "citation", "source", "nothing")[0] == []
    assert offered(editor, "suggestion", "controversy", "closed open") == (["Open or closed?"], False)
    assert offered(editor, "suggestion", "controversy", "weights")[0] == []


def test_autocompletion_counts_no_further_than_it_offers(editor: Client) -> None:
    backers(230)

    first, has_more = offered(editor, "backing", "backer", "name")
    last, has_more_after_last = offered(editor, "backing", "backer", "name", page=10)

    assert (len(first), has_more, len(last), has_more_after_last) == (20, True, 20, False)


@pytest.mark.parametrize("address", ["controversies_invitation", "controversies_rightschange", "auth_user"])
def test_lists_of_accounts_are_read_as_well(address: str) -> None:
    client = Client()
    client.force_login(UserFactory(is_superuser=True))

    assert client.get(reverse(f"admin:{address}_changelist")).status_code == 200
