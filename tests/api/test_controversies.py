"""Controversies and positions: what is found, in which order, in how many queries."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controversies import history
from controversies.pages import public_rows
from tests.factories import (
    START,
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    backer_block,
    document_factory,
    source_block,
)

pytestmark = pytest.mark.django_db


def arrive():
    """Let what was recorded in this test's transaction arrive, as its COMMIT would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture(params=[0, public_rows.MANY])
def many(request, monkeypatch):
    """The number of pages up to which those that show something are sorted, and not walked in order."""
    monkeypatch.setattr(public_rows, "MANY", request.param)


def test_list_shows_what_the_newest_revision_has(api):
    made = ControversyFactory(slug="one", positions=2, points=1, revisions=3)

    [item] = api("/controversies")["items"]

    document, entry = made.document, made.head.entry
    assert item["title"] == document.head.title
    assert item["key"] == made.key
    assert item["topic"]["slug"] == document.head.topic.slug
    assert item["status_summary"] == document.head.status_summary
    assert [(each["label"], each["claim"]) for each in item["positions"]] == [
        ("A", document.positions[0].claim), ("B", document.positions[1].claim),
    ]  # fmt: skip
    assert item["counts"] == {"points": 1, "positions": 2, "backers": 2, "sources": 2}
    assert item["revision"]["number"] == 3
    assert item["revision"]["digest"] == entry.digest.hex()
    assert item["self"] == "http://testserver/api/v1/controversies/one"
    assert item["page"] == "http://testserver/controversies/one/"


@pytest.mark.usefixtures("many")
def test_list_is_filtered_by_each_and_all(slugs):
    topic, backer, source = TopicFactory(), BackerFactory(), SourceFactory()
    ControversyFactory(slug="a", topic=topic, status="active", context="Zebras and gnus.")
    ControversyFactory(slug="b", status="dormant", backers=[backer], polarity="binary")
    ControversyFactory(slug="c", topic=topic, status="dormant", sources=[source])

    assert slugs("/controversies") == ["a", "b", "c"]
    assert slugs("/controversies", topic=topic.slug) == ["a", "c"]
    assert slugs("/controversies", status="dormant") == ["b", "c"]
    assert slugs("/controversies", polarity="binary") == ["b"]
    assert slugs("/controversies", backer=backer.slug) == ["b"]
    assert slugs("/controversies", source=source.slug) == ["c"]
    assert slugs("/controversies", q="zebra gnus") == ["a"]
    assert slugs("/controversies", q='"gnus zebras"') == []
    assert slugs("/controversies", topic=topic.slug, status="dormant", source=source.slug) == ["c"]
    assert slugs("/controversies", topic="no-such") == []


@pytest.mark.usefixtures("many")
def test_source_cited_anywhere_on_a_page_is_found(slugs):
    source = SourceFactory()
    for i in range(5):  # cited for the context, a point, a position, a backing, a stance
        document = document_factory(positions=1, points=1, citations=5, slug=f"page-{i}", sources=5)
        old = list(document.citations())[i].source
        history.record(citing(document, old, source_block(source)), author_name="A", base=None)

    assert slugs("/controversies", source=source.slug) == [f"page-{i}" for i in range(5)]


def citing(document, old, new):
    """The document citing another source in place of one."""

    def cited(part):
        citations = tuple(
            replace(each, source=new.key) if each.source == old else each for each in part.citations
        )
        return replace(part, citations=citations)

    positions = tuple(
        replace(
            cited(each),
            stances=tuple(map(cited, each.stances)),
            backings=tuple(map(cited, each.backings)),
        )
        for each in document.positions
    )
    return document.with_blocks(
        context=cited(document.context),
        points=tuple(map(cited, document.points)),
        positions=positions,
        sources=(*document.sources, new),
    )


def test_list_of_what_was_updated_since(slugs):
    ControversyFactory(slug="old")  # on 5 January 2026 at 9
    ControversyFactory(slug="new", revisions=3)

    assert slugs("/controversies", updated_since="2026-01-05") == ["new", "old"]
    assert slugs("/controversies", updated_since="2026-01-05T09:00:00Z") == ["new", "old"]
    assert slugs("/controversies", updated_since="2026-01-05T09:00:00.000001Z") == ["new"]
    assert slugs("/controversies", updated_since="2026-01-07T10:00:00+01:00") == ["new"]
    assert slugs("/controversies", updated_since="2026-01-08") == []


def test_list_goes_on_to_its_end_though_pages_come_and_go(client, follow):
    topic = TopicFactory()
    made = [ControversyFactory(slug=f"page-{i}", topic=topic) for i in range(5)]
    first = json.loads(client.get("/api/v1/controversies", {"limit": 2, "topic": topic.slug}).content)

    made[1].edit(publication="withdrawn")  # the one that it goes on from
    ControversyFactory(slug="page-00", topic=topic)  # before
    response = client.get(first["next"])

    assert [item["slug"] for item in json.loads(response.content)["items"]] == ["page-2", "page-3"]
    assert response["Link"] == f'<{json.loads(response.content)["next"]}>; rel="next"'
    items, answers = follow("/controversies", limit=2, topic=topic.slug)
    assert [item["slug"] for item in items] == ["page-0", "page-00", "page-2", "page-3", "page-4"]
    assert answers == 3


@pytest.mark.parametrize(
    "path",
    [
        "/controversies?q=weights&topic=topic&backer=backer&source=source&updated_since=2020-01-01",
        "/controversies/page-0",
        "/controversies/page-0?as_of=2030-01-01",
        "/controversies/page-0/positions",
        "/controversies/page-0/revisions?class=wording",
        "/controversies/page-0/revisions/1",
        "/controversies/page-0/compare/1/2",
        "/positions?backer=backer&status=active",
        "/backers?q=backer",
        "/backers/backer",
        "/sources?q=on",
        "/sources/source",
        "/sources/source/citations",
        "/topics",
        "/topics/topic",
        "/changes",
        "/changes?documents=true",
        "/openapi.json",
    ],
)
def test_queries_are_as_many_for_one_as_for_many(client, path):
    shared = {
        "topic": TopicFactory(slug="topic"),
        "backers": [BackerFactory(slug="backer"), *BackerFactory.create_batch(5)],
        "sources": [SourceFactory(slug="source"), *SourceFactory.create_batch(5)],
    }
    ControversyFactory(slug="page-0", revisions=2, positions=1, points=1, **shared)
    arrive()

    few = _count(client, path)
    for i in range(1, 4):
        ControversyFactory(slug=f"page-{i}", revisions=4, positions=6, points=4, citations=24, **shared)
    arrive()

    assert _count(client, path) == few <= 9


def _count(client, path):
    cache.clear()
    with CaptureQueriesContext(connection) as found:
        assert client.get(f"/api/v1{path}").status_code == 200
    return len(found)


def test_document_is_the_json_twin(client):
    made = ControversyFactory(slug="one", revisions=3)
    head, old = client.get("/api/v1/controversies/one"), client.get("/api/v1/controversies/one/revisions/2")

    assert head.content == client.get("/controversies/one.json").content
    assert head["ETag"] == client.get("/controversies/one.json")["ETag"]
    assert old.content == client.get("/controversies/one/revisions/2.json").content
    assert head["Content-Location"] == "http://testserver/api/v1/controversies/one/revisions/3"
    assert head["Last-Modified"] == "Wed, 07 Jan 2026 09:00:00 GMT"
    assert old["Last-Modified"] == "Tue, 06 Jan 2026 09:00:00 GMT"
    assert '<http://testserver/controversies/one/revisions/2/>; rel="alternate"' in old["Link"]
    assert '<http://testserver/api/v1/controversies/one>; rel="latest-version"' in old["Link"]
    assert '<http://testserver/api/v1/controversies/one/revisions>; rel="version-history"' in old["Link"]
    assert json.loads(head.content)["revision"]["digest"] == made.head.entry.digest.hex()


def test_document_as_of_a_time(client):
    ControversyFactory(
        slug="one", revisions=4, published_at=2
    )  # a day each, from 5 January at 9; first a draft

    def number(time):
        response = client.get("/api/v1/controversies/one", {"as_of": time})
        return json.loads(response.content)["revision"]["number"] if response.status_code == 200 else 404

    assert number("2026-01-01") == 404
    assert number("2026-01-05T12:00:00Z") == 404  # a draft then
    assert number("2026-01-06T08:59:59Z") == 404
    assert number("2026-01-06T09:00:00Z") == 2
    assert number("2026-01-05") == 404
    assert number("2026-01-06") == 2  # at the end of that day
    assert number("2026-01-07T12:00:00Z") == 3
    assert number("2030-01-01") == 4
    assert number("9999-12-31T23:59:59-23:59") == 4


def test_time_at_which_the_page_was_not_public_is_answered_with_those_at_which_it_is(client):
    made = ControversyFactory(slug="one", revisions=2, published_at=2)
    made.edit(publication="withdrawn", time=START + timedelta(days=2))
    made.edit(publication="published", time=START + timedelta(days=3))

    def detail(time):
        response = client.get("/api/v1/controversies/one", {"as_of": time})
        assert response.status_code == 404
        return json.loads(response.content)["detail"]

    first = "The page was not public then. Its first public version is dated 2026-01-06T09:00:00+00:00."
    assert detail("2025-01-01") == detail("2026-01-05") == first
    assert detail("2026-01-07") == f"{first} It was public again from 2026-01-08T09:00:00+00:00."


def test_etag_of_a_document_is_another_after_an_edit(client):
    made = ControversyFactory(slug="one")
    etag = client.get("/api/v1/controversies/one")["ETag"]

    made.edit(title="Another")
    again = client.get("/api/v1/controversies/one", headers={"if-none-match": etag})

    assert again.status_code == 200
    assert json.loads(again.content)["title"] == "Another"


def test_etag_of_a_list_is_another_after_any_public_change_and_only_then(client):
    made = ControversyFactory(slug="one")
    draft = ControversyFactory(publication="draft")
    arrive()
    etags = [client.get("/api/v1/backers")["ETag"]]

    def change(do):
        do()
        arrive()
        etags.append(client.get("/api/v1/backers")["ETag"])

    change(lambda: draft.edit(title="Nobody sees it"))
    change(lambda: made.edit(title="All see it"))
    change(lambda: made.edit(publication="withdrawn"))

    assert etags[0] == etags[1]
    assert len(set(etags)) == 3


def test_withdrawn_page_is_410_at_every_address(client):
    ControversyFactory(slug="gone", publication="withdrawn")

    for rest in (
        "",
        "/positions",
        "/revisions",
        "/revisions/1",
        "/compare/0/1",
        "?as_of=2026-01-05T10:00:00Z",
    ):
        response = client.get(f"/api/v1/controversies/gone{rest}")
        assert response.status_code == 410
        assert json.loads(response.content)["type"] == "/api/#problem-withdrawn"


@pytest.mark.usefixtures("many")
def test_positions_over_all_pages(api, slugs, follow):
    backer = BackerFactory()
    block = backer_block(backer)
    ControversyFactory(slug="one", positions=2, backings=2, backers=[block], status="dormant")
    ControversyFactory(slug="two", positions=3)

    found = api("/positions")["items"]

    assert [(each["controversy"]["slug"], each["label"], each["confidence"]) for each in found] == [
        ("one", "A", "high"), ("one", "B", "medium"), ("two", "A", "high"), ("two", "B", "medium"), ("two", "C", "low"),
    ]  # fmt: skip
    assert slugs("/positions", "label", confidence="low") == ["C"]
    assert slugs("/positions", "label", status="dormant") == ["A", "B"]
    assert slugs("/positions", "label", backer=backer.slug) == ["A", "B"]
    assert slugs("/positions", "label", backer=backer.slug, confidence="medium") == ["B"]
    assert follow("/positions", limit=2) == (found, 3)
    assert found[0]["backers"] == [
        {"key": block.key, "slug": backer.slug, "name": backer.name, "kind": "organisation", "note": "",
         "since": "2015", "until": ""}
    ]  # fmt: skip
    assert found[:2] == api("/controversies/one/positions")["items"]


def test_position_has_its_stances_in_the_order_of_points_and_all_it_cites(api):
    made = ControversyFactory(slug="one", positions=1, points=3, stances=3, citations=9)

    [item] = api("/controversies/one/positions")["items"]

    [position] = made.document.positions
    assert [each["title"] for each in item["stances"]] == [point.title for point in made.document.points]
    keys = {citation.key for citation in position.citations}
    keys |= {c.key for b in position.backings for c in b.citations} | {
        c.key for s in position.stances for c in s.citations
    }
    assert {each["key"] for each in item["citations"]} == keys
    assert {each["serves"] for each in item["citations"]} == {"position", "backing", "stance"}
    assert item["page"].endswith(f"/controversies/one/#position-{position.key[:8]}")
