"""Backers, sources and topics: those that readers see, as they see them."""

import pytest
from django.db import connection

from controversies import history
from controversies.history import as_of
from controversies.models import Topic
from tests.factories import BackerFactory, ControversyFactory, SourceFactory, TopicFactory

pytestmark = pytest.mark.django_db


def test_backers_are_those_of_public_pages(api, slugs):
    lab = BackerFactory(slug="a-lab", name="A Lab", kind="research-lab", aliases=["The Labbers"])
    firm = BackerFactory(slug="firm", name="Firm 100%", kind="company")
    BackerFactory(slug="unused")
    ControversyFactory(slug="one", positions=2, backings=2, backers=[lab])
    ControversyFactory(positions=1, backers=[firm])

    [first, second] = api("/backers")["items"]

    assert (first["slug"], first["positions"], second["slug"], second["positions"]) == ("a-lab", 2, "firm", 1)
    assert first["aliases"] == ["The Labbers"]
    assert first["self"] == "http://testserver/api/v1/backers/a-lab"
    assert first["page"] == "http://testserver/backers/a-lab/"
    assert api("/backers/a-lab") == first
    assert len(api("/positions", backer="a-lab")["items"]) == 2
    assert slugs("/backers", kind="company") == ["firm"]
    assert slugs("/backers", q="labber") == ["a-lab"]
    assert slugs("/backers", q="100%") == ["firm"]
    assert slugs("/backers", q="0_%") == []


def test_sources_are_those_of_public_pages(api, slugs):
    book = SourceFactory(slug="book", title="A Book", kind="book", doi="10.1000/Xyz", authors="N. Obody")
    news = SourceFactory(slug="news", title="The News", kind="news")
    SourceFactory(slug="unused")
    ControversyFactory(slug="one", positions=1, points=1, citations=5, sources=[book])
    ControversyFactory(positions=1, sources=[news])

    [first, second] = api("/sources")["items"]

    assert (first["slug"], first["citations"], second["slug"], second["citations"]) == ("book", 5, "news", 1)
    assert api("/sources/book") == first
    assert slugs("/sources", kind="news") == ["news"]
    assert slugs("/sources", q="obody") == ["book"]
    assert slugs("/sources", doi="10.1000/Xyz") == ["book"]
    assert slugs("/sources", doi="10.1000/other") == []


def test_uses_of_a_source_say_for_what(follow):
    source = SourceFactory(slug="book")
    made = ControversyFactory(slug="one", positions=1, points=1, citations=5, sources=[source])
    [position], [point] = made.document.positions, made.document.points

    items, answers = follow("/sources/book/citations", limit=2)

    assert answers == 3
    assert {(each["serves"], each["position"], each["about"]) for each in items} == {
        ("context", None, ""),
        ("point", None, point.title),
        ("position", "A", position.claim),
        ("stance", "A", position.stances[0].text),
        ("backing", "A", position.backings[0].note),
    }
    cited = {citation.key: citation for citation in made.document.citations()}
    for each in items:
        citation = cited[each["key"]]
        assert (each["relation"], each["quote"], each["locator"]) == (
            citation.relation, citation.quote, citation.locator,
        )  # fmt: skip
        assert each["page"] == f"http://testserver/controversies/one/#source-{citation.key[:8]}"


@pytest.mark.parametrize("few", [0, 500])
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_uses_of_a_source_as_of_a_time_are_those_of_its_pages(follow, limit, few, monkeypatch):
    """However they fall on pages: a cursor may stand within a page, at its end, or on its last citation."""
    monkeypatch.setattr(as_of, "_FEW", few)  # so few are sorted, and more are walked
    sources = [SourceFactory.build(slug="book")]
    for citations in (3, 1, 5):
        made = ControversyFactory(positions=1, points=1, citations=citations, sources=sources)
        sources = made.document.sources

    today, _answers = follow("/sources/book/citations")
    then, answers = follow("/sources/book/citations", limit=limit, as_of="2030-01-01")

    assert sorted(each["key"] for each in then) == [each["key"] for each in today]
    assert (len(then), answers) == (9, -(-9 // limit))


@pytest.mark.parametrize("path", ["/backers", "/sources", "/topics"])
def test_list_goes_on_to_its_end(follow, slugs, path):
    ControversyFactory(positions=5, backings=5, citations=5)
    for _ in range(4):
        ControversyFactory(positions=0, points=0, citations=0)

    items, answers = follow(path, limit=2)

    assert [item["slug"] for item in items] == sorted(slugs(path))
    assert (len(items), answers) == (5, 3)


def test_topics_are_those_of_public_pages(api, client):
    topic = TopicFactory(slug="topic", title="Topic", description="About *it*.")
    TopicFactory(slug="unused")
    ControversyFactory(topic=topic)
    ControversyFactory(topic=topic)
    ControversyFactory(topic=topic, publication="draft")

    [item] = api("/topics")["items"]

    assert (item["slug"], item["title"], item["description"]) == ("topic", "Topic", "About *it*.")
    assert item["controversies"] == 2
    assert api("/topics/topic") == item


def test_new_description_of_a_topic_is_a_new_answer(client):
    ControversyFactory(topic=TopicFactory(slug="topic"))
    etag = client.get("/api/v1/topics/topic")["ETag"]

    with history.act(author_name="Edith Editor"):
        Topic.objects.update(description="Written anew.")
    connection.check_constraints()  # as COMMIT would
    again = client.get("/api/v1/topics/topic", headers={"if-none-match": etag})

    assert again.status_code == 200
    assert "Written anew." in again.text
