"""What changed since: whoever follows the cursor has what readers see, whatever happens meanwhile."""

import json

import pytest

from controversies import history
from tests.factories import ControversyFactory
from tests.history.test_concurrency import Actor, with_head

pytestmark = pytest.mark.django_db(transaction=True)


def copy(client, kept, cursor=None, limit=2):
    """Bring a copy of the documents up to date; the cursor to come back with."""
    query = {"limit": limit, "documents": "true", **({"cursor": cursor} if cursor else {})}
    where = "/api/v1/changes"
    while where:
        found = json.loads(client.get(where, query).content)
        for item in found["items"]:
            if item["type"] == "withdrawn":
                kept.pop(item["key"], None)
            else:
                kept[item["key"]] = item["document"]
        cursor, where, query = found["cursor"], found["next"], None
        assert found["more"] is (where is not None)
    return cursor


def seen(client):
    """What readers see, by key."""
    found = json.loads(client.get("/api/v1/controversies", {"limit": 100}).content)["items"]
    documents = [json.loads(client.get(item["self"]).content) for item in found]
    return {document["key"]: document for document in documents}


def test_copy_that_follows_is_what_readers_see(client):
    one, two = ControversyFactory(revisions=3), ControversyFactory(revisions=2, published_at=2)
    draft = ControversyFactory(publication="draft")
    kept = {}
    cursor = copy(client, kept)
    assert kept == seen(client)

    one.edit(title="Another")
    two.edit(publication="withdrawn")
    draft.edit(publication="published")
    cursor = copy(client, kept, cursor)
    assert kept == seen(client)
    assert set(kept) == {one.key, draft.key}

    two.edit(publication="published")
    draft.edit(publication="withdrawn", title="Nobody sees it")
    cursor = copy(client, kept, cursor)
    assert kept == seen(client)
    assert copy(client, kept, cursor) == cursor


def test_transaction_that_began_first_and_ended_last_is_not_missed(client):
    slow, quick = ControversyFactory(), ControversyFactory()
    kept = {}
    cursor = copy(client, kept)
    with Actor() as first, Actor() as second:
        first.begin()
        first.do(
            lambda: history.record(with_head(slow.document, title="Slow"), author_name="A", base=slow.head)
        )
        second.do(
            lambda: history.record(with_head(quick.document, title="Quick"), author_name="B", base=quick.head)
        )
        cursor = copy(client, kept, cursor)
        first.commit()
    copy(client, kept, cursor)

    assert kept == seen(client)
    assert {document["title"] for document in kept.values()} == {"Slow", "Quick"}


def test_item_says_what_it_is(api):
    made = ControversyFactory(slug="one", title="Title", revisions=2)
    made.edit(publication="withdrawn")
    [gone] = api("/changes")["items"]
    made.edit(publication="published")

    items = api("/changes")["items"]

    assert (gone["type"], gone["key"]) == ("withdrawn", made.key)
    assert [gone[name] for name in ("controversy", "revision", "document")] == [None] * 3
    assert [each["type"] for each in items].count("revision") == 5  # all that was public is so again
    last = items[-1]
    assert last["controversy"] == {"key": made.key, "slug": "one", "title": "Title"}
    assert last["revision"]["number"] == 4
    assert last["document"] is None


def test_whoever_is_up_to_date_is_told_so_by_304(client):
    made = ControversyFactory()
    cursor = json.loads(client.get("/api/v1/changes").content)["cursor"]
    first = client.get("/api/v1/changes", {"cursor": cursor})
    assert json.loads(first.content) == {"items": [], "cursor": cursor, "more": False, "next": None}

    again = client.get("/api/v1/changes", {"cursor": cursor}, headers={"if-none-match": first["ETag"]})
    made.edit(title="Another")
    changed = client.get("/api/v1/changes", {"cursor": cursor}, headers={"if-none-match": first["ETag"]})

    assert again.status_code == 304
    assert changed.status_code == 200
    assert len(json.loads(changed.content)["items"]) == 1


def test_empty_record_can_be_followed(client):
    kept = {}

    cursor = copy(client, kept)

    assert cursor == ""
    ControversyFactory()
    assert copy(client, kept, cursor)
    assert kept == seen(client)


@pytest.mark.parametrize("cursor", ["1-000000000000", "999999999999999999-aaaaaaaaaaaa"])
def test_cursor_of_another_record_is_409(client, cursor):
    ControversyFactory()

    response = client.get("/api/v1/changes", {"cursor": cursor})

    assert response.status_code == 409
    assert json.loads(response.content)["type"] == "/api/#problem-stale-cursor"


@pytest.mark.parametrize(
    "cursor", ["0", "1", "1-", "-1-aaaaaaaaaaaa", "1-AAAAAAAAAAAA", "9" * 30 + "-aaaaaaaaaaaa"]
)
def test_cursor_that_is_none_is_400(client, cursor):
    assert client.get("/api/v1/changes", {"cursor": cursor}).status_code == 400
