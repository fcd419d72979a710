"""The addresses of what was merged: readers and programs are sent on, in every form of the page."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from controversies.document.types import BY_NAME, TOPIC
from controversies.history import merge as merging
from tests.caching import REMOVED
from tests.factories import BackerFactory, SourceFactory, TopicFactory, UserFactory
from tests.history.test_merge import block_of, page

pytestmark = pytest.mark.django_db

FACTORIES = {"backer": BackerFactory, "source": SourceFactory, "topic": TopicFactory}
TYPES = {**BY_NAME, "topic": TOPIC}
ADDRESSES = [
    ("backer", "/backers/{}/"),
    ("backer", "/backers/{}.atom"),
    ("backer", "/api/v1/backers/{}"),
    ("source", "/sources/{}/"),
    ("source", "/sources/{}.bib"),
    ("source", "/api/v1/sources/{}"),
    ("source", "/api/v1/sources/{}/citations"),
    ("topic", "/topics/{}/"),
    ("topic", "/topics/{}.atom"),
    ("topic", "/api/v1/topics/{}"),
]


def shown(kind: str, row: Any, **options: Any) -> Any:
    return page(**({"topic": row} if kind == "topic" else {f"{kind}s": [row]}), **options)


def merged(kind: str, *, publication: str = "published") -> tuple[Any, Any, Any]:
    """What stays, what went, and the page that showed it."""
    kept, gone = FACTORIES[kind](), FACTORIES[kind]()
    recorded = shown(kind, gone, publication=publication)
    merging.merge(
        TYPES[kind],
        str(kept.pk),
        [str(gone.pk)],
        block_of(TYPES[kind], kept),
        author=UserFactory(),
        summary="The same.",
    )
    return kept, gone, recorded


@pytest.mark.parametrize(("kind", "address"), ADDRESSES)
def test_a_former_address_redirects_for_good(client: Client, kind: str, address: str) -> None:
    kept, gone, _recorded = merged(kind)

    has_query = address.endswith("/") and "/api/" not in address
    response = client.get(address.format(gone.slug), {"after": "b c", "unread": "x"} if has_query else {})

    assert response.status_code == 301
    query = "?after=b+c" if has_query else ""
    assert response["Location"] == address.format(kept.slug) + query
    assert response["Cache-Control"] == REMOVED  # an undone merge is seen
    assert client.get(response["Location"]).status_code == 200
    assert client.get(address.format("never-was")).status_code == 404


@pytest.mark.parametrize(("kind", "address"), ADDRESSES)
def test_a_former_address_of_what_no_public_page_shows_is_not_found(
    client: Client, kind: str, address: str
) -> None:
    _kept, gone, _recorded = merged(kind, publication="draft")

    assert client.get(address.format(gone.slug)).status_code == 404


def test_chains_end_at_what_stays_and_a_new_row_has_its_own_address(client: Client) -> None:
    kept, gone, _recorded = merged("backer")
    last = BackerFactory()
    result = merging.merge(
        BY_NAME["backer"],
        str(last.pk),
        [str(kept.pk)],
        block_of(BY_NAME["backer"], last),
        author=UserFactory(),
        summary="x",
    )

    assert client.get(f"/backers/{gone.slug}/")["Location"] == f"/backers/{last.slug}/"

    merging.undo_merge(result.merger.pk, author=UserFactory(), summary="x")
    assert client.get(f"/backers/{gone.slug}/")["Location"] == f"/backers/{kept.slug}/"
    fresh = BackerFactory(slug=gone.slug)
    page(backers=[fresh])
    assert client.get(f"/backers/{gone.slug}/").status_code == 200


@pytest.mark.parametrize(("kind", "address"), [each for each in ADDRESSES if each[1][-1] in "/s}"])
def test_a_page_of_before_is_shown_under_its_address_of_then(client: Client, kind: str, address: str) -> None:
    kept, gone, recorded = merged(kind)
    before = recorded.head.entry.time + datetime.timedelta(hours=1)
    moment = before.isoformat().replace("+00:00", "Z")

    assert client.get(address.format(gone.slug), {"as_of": moment}).status_code == 200
    later = client.get(address.format(gone.slug), {"as_of": "2999-01-01"})
    assert (later.status_code, later["Location"]) == (301, f"{address.format(kept.slug)}?as_of=2999-01-01")
    early = client.get(address.format(gone.slug), {"as_of": "2001-01-01"})
    assert early.status_code == 404
    assert client.get(address.format(kept.slug), {"as_of": "2999-01-01"}).status_code == 200


def test_filters_take_a_former_address(client: Client) -> None:
    for kind in ("backer", "source", "topic"):
        _kept, gone, recorded = merged(kind)
        found = client.get("/api/v1/controversies", {kind: gone.slug}).json()
        assert [each["slug"] for each in found["items"]] == [recorded.slug]
    html = client.get("/controversies/", {"topic": gone.slug}).content.decode()
    assert recorded.document.head.title in html
    assert "There is no topic" not in html
    assert "We can’t filter" not in client.get("/changes/", {"topic": gone.slug}).content.decode()
    _kept, gone, recorded = merged("backer")
    positions = client.get("/api/v1/positions", {"backer": gone.slug}).json()["items"]
    assert len(positions) == 2


def test_pages_that_are_there_cost_no_query_more(client: Client) -> None:
    backer = BackerFactory()
    page(backers=[backer])

    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/backers/{backer.slug}/").status_code == 200

    assert not [each["sql"] for each in captured if "formeraddress" in each["sql"]]
