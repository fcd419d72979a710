"""Home, the list of controversies, a topic's page."""

import datetime
import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from controversies.public.views import lists
from tests.factories import START, ControversyFactory, TopicFactory, UserFactory, topic_block
from tests.markup import one_line

pytestmark = pytest.mark.django_db
HIDDEN = ("draft", "withdrawn")


def titles(html: str) -> list[str]:
    return re.findall(r'<h3 dir="auto"><a class="plain-link" href="[^"]*">([^<]*)</a>', html)


def get(client, path: str, **query: str) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return response.content.decode()


def test_home_tells_what_is_in_dispute_and_what_changed_last(client):
    controversy = ControversyFactory(
        title="Is it so?", question="Really?", status="emerging", positions=2, points=1
    )
    controversy.edit(status="active", summary="It is argued about by now.")

    html = one_line(get(client, "/"))

    assert titles(html) == ["Is it so?"]
    assert '<p class="entry-question" dir="auto">Really?</p>' in html
    assert '<p><span class="badge active">Active</span></p>' in html
    assert "2 positions</p>" in html
    assert "1 contested point</p>" in html
    for position in controversy.document.positions:
        assert f"<bdi>{position.claim}</bdi>" in html
    assert "<bdi>It is argued about by now.</bdi>" in html
    assert f'<a href="/controversies/{controversy.slug}/compare/1/2/">Compare' in html
    assert '<p class="what"><bdi>Status: emerging → active</bdi></p>' in html


def test_home_of_an_empty_site_says_so(client):
    html = get(client, "/")

    assert "No controversies have been published yet." in html
    assert "No changes yet." in html


@pytest.mark.parametrize("publication", HIDDEN)
@pytest.mark.parametrize("path", ["/", "/controversies/"])
@pytest.mark.parametrize("logged_in", [False, True])
def test_lists_show_nothing_that_is_not_public(client, publication, path, logged_in):
    ControversyFactory(title="Seen")
    ControversyFactory(
        title="Hidden", publication=publication, topic=topic_block(TopicFactory.build(title="Hidden topic"))
    )
    if logged_in:
        client.force_login(UserFactory(role="publisher"))

    html = get(client, path)

    assert titles(html) == ["Seen"]
    assert "Hidden" not in html


def test_lists_filter_by_topic_and_status(client):
    topic = topic_block(TopicFactory.build(slug="one", title="One"))
    ControversyFactory(title="A", topic=topic, status="active")
    ControversyFactory(title="B", topic=topic, status="resolved")
    ControversyFactory(title="C", status="active")

    assert titles(get(client, "/controversies/", topic="one", order="title")) == ["A", "B"]
    assert titles(get(client, "/controversies/", status="active", order="title")) == ["A", "C"]
    html = get(client, "/controversies/", topic="one", status="active")
    assert titles(html) == ["A"]
    assert '<option value="one" selected>One</option>' in html
    assert '<option value="active" selected>Active</option>' in html
    assert "No controversies match these filters." in get(client, "/", topic="one", status="dormant")


def test_lists_order_by_last_change_or_by_title(client):
    day = datetime.timedelta(days=1)
    for number, title in enumerate(["b", "C", "a"]):
        ControversyFactory(title=title, start=START + number * day)

    assert titles(get(client, "/")) == ["a", "C", "b"]
    assert titles(get(client, "/", order="title")) == ["a", "b", "C"]


@pytest.mark.parametrize("order", ["changed", "title", "oldest", "unreviewed"])
def test_lists_are_paged_by_key(client, monkeypatch, order):
    monkeypatch.setattr(lists, "PAGE", 2)
    day = datetime.timedelta(days=1)
    for number, title in enumerate(["Same", "Same", "Other", "Another", "Last"]):
        ControversyFactory(title=title, start=START + (number // 2) * day)
    found: list[str] = []
    query = f"?order={order}"

    for _page in range(3):
        html = one_line(client.get(f"/controversies/{query}").content.decode())
        found += re.findall(r'<h3 dir="auto"><a class="plain-link" href="/controversies/([^"]*)/"', html)
        following = re.search(r'<a rel="next" href="([^"]*)"', html)
        query = following[1].replace("&amp;", "&") if following else ""

    assert len(found) == len(set(found)) == 5
    assert query == ""


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"status": "<b>"}, "There is no status “&lt;b&gt;”."),
        ({"order": "size"}, "We can’t sort by “size”."),
        ({"topic": "nowhere"}, "There is no topic “nowhere”."),
        ({"after": "nowhere"}, "“nowhere” is not in this list, so this is its first page."),
    ],
)
def test_lists_say_what_they_could_not_make_sense_of(client, query, fault):
    ControversyFactory(title="Seen")

    html = get(client, "/controversies/", **query)

    assert fault in html
    assert titles(html) == ["Seen"]


def test_topic_shows_its_description_and_its_controversies(client):
    topic = TopicFactory(slug="one", title="One", description="What *it* is about.")
    ControversyFactory(title="A", topic=topic)
    ControversyFactory(title="B")

    html = get(client, "/topics/one/")

    assert '<h1 dir="auto">One</h1>' in html
    assert "What <em>it</em> is about." in html
    assert titles(html) == ["A"]
    assert '<link rel="canonical" href="http://testserver/topics/one/">' in html


@pytest.mark.parametrize("publication", HIDDEN)
def test_topic_without_a_public_controversy_is_not_found(client, publication):
    topic = TopicFactory(slug="one")
    ControversyFactory(topic=topic, publication=publication)

    assert client.get("/topics/one/").status_code == 404
    assert client.get("/topics/nowhere/").status_code == 404


@pytest.mark.parametrize("path", ["/", "/controversies/", "/topics/one/"])
def test_lists_take_as_many_queries_however_much_they_show(client, django_assert_num_queries, path):
    topic = TopicFactory(slug="one")
    ControversyFactory(topic=topic)
    expected = {"/": 15, "/controversies/": 5, "/topics/one/": 5}[path]

    with django_assert_num_queries(expected):
        client.get(path)
    for _number in range(4):
        ControversyFactory(topic=topic, positions=5, points=5, citations=10, revisions=5)
    cache.clear()
    with django_assert_num_queries(expected):
        client.get(path)


def test_lists_answer_safe_methods_only(client):
    for name in ("home", "controversies", "about", "search"):
        assert client.post(reverse(name)).status_code == 405
        assert client.head(reverse(name)).status_code == 200
