"""The list of topics, and orders of the lists of pages."""

import datetime
import re

import pytest
from django.core.cache import cache

from controversies.pages import alphabetical
from tests.factories import START, ControversyFactory, TopicFactory
from tests.markup import one_line
from tests.public.test_lists import titles

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def get(client, path: str = "/topics/", **query: str) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return one_line(response.content.decode())


def names(html: str) -> list[str]:
    return re.findall(r'<h3 dir="auto"><a class="plain-link" href="/topics/[^"]*">([^<]*)</a>', html)


def test_topics_are_listed_with_what_they_are_about(client):
    topic = TopicFactory(slug="one", title="One", description="What *it* is about.")
    for title in ("C", "A", "D", "B"):
        ControversyFactory(title=title, topic=topic)
    ControversyFactory(title="Alone", topic=TopicFactory(title="Another", description=""))

    html = get(client)

    assert names(html) == ["Another", "One"]
    assert "What it is about." in html
    assert re.findall(r"<li><a class=\"name\" href=[^>]*><bdi>(\w+)</bdi></a></li>", html) == [
        "Alone", "A", "B", "C",
    ]  # fmt: skip
    assert "4 controversies" in html
    assert '<a href="/topics/" aria-current="true">Topics</a>' in html
    assert '<a href="/api/v1/topics">' in html


@pytest.mark.parametrize("publication", ["draft", "withdrawn"])
def test_topics_without_a_public_page_are_not_listed_or_named(client, publication):
    topic = TopicFactory(title="One", slug="one")
    ControversyFactory(title="Seen", topic=topic)
    ControversyFactory(title="Hidden", topic=topic, publication=publication)
    ControversyFactory(topic=TopicFactory(title="Hidden topic"), publication=publication)

    html = get(client)

    assert names(html) == ["One"]
    assert "Hidden" not in html
    assert "1 controversy" in html


def test_topics_are_paged_by_key(client, monkeypatch):
    monkeypatch.setattr(alphabetical, "SIZE", 2)
    for title in "EBDAC":
        ControversyFactory(topic=TopicFactory(title=title))

    first = get(client)
    following = re.search(r'<a rel="next" href="\?after=([^"]*)"', first)
    assert following
    second = get(client, after=following[1])

    assert names(first) == ["A", "B"]
    assert names(second) == ["C", "D"]
    assert "We can’t find that place" in get(client, after="nowhere")


def test_topics_of_an_earlier_time(client):
    ControversyFactory(topic=TopicFactory(title="Old"), start=START)
    ControversyFactory(topic=TopicFactory(title="New"), start=START + 300 * DAY)

    assert names(get(client, as_of="2026-03-01")) == ["Old"]


def test_topics_ask_as_many_queries_however_many_there_are(client, django_assert_num_queries):
    ControversyFactory()
    with django_assert_num_queries(4):
        client.get("/topics/")
    for _number in range(4):
        topic = TopicFactory()
        for _page in range(3):
            ControversyFactory(topic=topic)
    cache.clear()
    with django_assert_num_queries(4):
        client.get("/topics/")


def test_topic_says_if_nobody_has_described_it(client):
    ControversyFactory(topic=TopicFactory(slug="bare", description=""))

    assert "Nobody has described this topic yet." in get(client, "/topics/bare/")


@pytest.mark.parametrize("path", ["/", "/controversies/", "/topics/one/"])
def test_pages_are_sorted_by_age_and_by_review(client, path):
    topic = TopicFactory(slug="one")
    pages = {
        title: ControversyFactory(title=title, topic=topic, start=START + number * DAY)
        for number, title in enumerate(["Oldest", "Older", "New"])
    }
    pages["Oldest"].edit(reviewed_on="2026-05-01", reviewed_by="Rae", time=START + 50 * DAY)
    pages["New"].edit(reviewed_on="2026-04-01", reviewed_by="Rae", time=START + 60 * DAY)

    assert titles(get(client, path, order="oldest")) == ["Older", "Oldest", "New"]
    assert titles(get(client, path, order="unreviewed")) == ["Older", "New", "Oldest"]
    assert '<option value="unreviewed" selected>' in get(client, path, order="unreviewed")


def test_orders_of_today_are_not_those_of_an_earlier_time(client):
    ControversyFactory(title="One", start=START)

    html = get(client, "/controversies/", order="unreviewed", as_of="2026-06-01")

    assert "can’t be sorted by “Never reviewed first”" in html
    assert titles(html) == ["One"]
