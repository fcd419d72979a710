"""The pages that need help: the board of all needs, and the list of each."""

import datetime
import re

import pytest
from django.core.cache import cache
from django.utils import timezone

from controversies.pages.upkeep import Need
from controversies.public.views import upkeep
from tests.factories import ControversyFactory, SourceFactory, TopicFactory, UserFactory
from tests.markup import one_line

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()


def get(client, **query: str) -> str:
    response = client.get("/needs-help/", query)
    assert response.status_code == 200
    return one_line(response.content.decode())


def titles(html: str) -> list[str]:
    return re.findall(r'<p class="needy-title"><a class="name" href="[^"]*"><bdi>([^<]*)</bdi>', html)


def test_each_need_lists_the_pages_that_have_it(client):
    study, news = SourceFactory(kind="article"), SourceFactory(kind="news")
    good = ControversyFactory(title="Good", sources=[study], citations=1, positions=1, points=1, stances=1)
    good.edit(reviewed_on=str(TODAY), reviewed_by="Rae", author_name="Another")
    rumour = ControversyFactory(
        title="Rumour", sources=[news], citations=1, authors=["Ann", "Bo"], revisions=2
    )
    alone = ControversyFactory(title="Alone", sources=[study], citations=1, authors=["Ann"])
    silent = ControversyFactory(
        title="Silent", sources=[study], citations=1, positions=2, points=2, stances=1
    )
    silent.edit(reviewed_on=str(TODAY - datetime.timedelta(days=400)), reviewed_by="Rae", author_name="Cy")

    assert titles(get(client, need="sources")) == ["Rumour"]
    assert titles(get(client, need="cells")) == ["Silent"]
    assert "3 stances not recorded" in get(client, need="cells")
    assert "Alone" in titles(get(client, need="editors"))
    assert "Rumour" not in titles(get(client, need="editors"))
    assert "Good" not in titles(get(client, need="editors"))
    unreviewed = titles(get(client, need="review"))
    assert unreviewed[-1] == "Silent"  # the others never were
    assert set(unreviewed) == {"Rumour", "Alone", "Silent"}
    assert "Last reviewed on" in get(client, need="review")
    board = get(client)
    assert "Good" not in board
    assert all(page.slug in board for page in (rumour, alone, silent))


def test_a_review_of_just_a_year_ago_is_enough(client):
    leap = TODAY.replace(year=TODAY.year - 1, day=min(TODAY.day, 28))
    page = ControversyFactory(title="Just enough")
    page.edit(reviewed_on=str(leap), reviewed_by="Rae")
    other = ControversyFactory(title="Too long ago")
    other.edit(reviewed_on=str(leap - datetime.timedelta(days=7)), reviewed_by="Rae")

    assert titles(get(client, need="review")) == ["Too long ago"]


@pytest.mark.parametrize("publication", ["draft", "withdrawn"])
@pytest.mark.parametrize("role", ["", "publisher"])
def test_nothing_hidden_is_listed_or_counted(client, publication, role):
    hidden = TopicFactory(title="Hidden topic", slug="hidden")
    ControversyFactory(
        title="Hidden", publication=publication, topic=hidden, points=1, positions=1, stances=0
    )
    if role:
        client.force_login(UserFactory(role=role))

    for query in ({}, {"topic": "hidden"}, *({"need": need.value} for need in Need)):
        html = get(client, **query)
        assert "Hidden" not in html
        assert not titles(html)
        assert '<p class="aside">1 page</p>' not in html
        assert '<p class="aside">0 pages</p>' in html


def test_one_editor_is_told_and_not_named(client):
    ControversyFactory(title="Alone", authors=["Nora Nobody"])

    html = get(client)

    assert "One editor only" in html
    assert "Nora" not in html


def test_what_was_written_while_the_page_was_hidden_does_not_count(client):
    page = ControversyFactory(title="Alone", publication="draft", authors=["Ann"])
    page.edit(publication="published", author_name="Bo")

    assert titles(get(client, need="editors")) == ["Alone"]
    page.edit(status="dormant", author_name="Ann")
    cache.clear()
    assert titles(get(client, need="editors")) == []


def test_lists_are_paged_by_key_and_filtered_by_topic(client, monkeypatch):
    monkeypatch.setattr(upkeep, "PAGE", 2)
    one = TopicFactory(slug="one", title="One")
    pages = {ControversyFactory(title=f"Page {n}", topic=one).slug for n in range(5)}
    ControversyFactory(title="Elsewhere")
    listed: list[str] = []
    query = "?need=review&topic=one"

    for _page in range(3):
        html = one_line(client.get(f"/needs-help/{query}").content.decode())
        listed += re.findall(r'<p class="needy-title"><a class="name" href="/controversies/([^"]*)/"', html)
        following = re.search(r'<a rel="next" href="([^"]*)"', html)
        query = following[1].replace("&amp;", "&") if following else ""

    assert len(listed) == 5
    assert set(listed) == pages
    assert query == ""


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"need": "<b>"}, "We can’t filter by “&lt;b&gt;”."),
        ({"topic": "nowhere"}, "There is no topic “nowhere”."),
        ({"need": "review", "after": "nowhere"}, "We can’t find that place in the list"),
    ],
)
def test_board_says_what_it_could_not_make_sense_of(client, query, fault):
    ControversyFactory(title="Seen")

    html = get(client, **query)

    assert fault in html
    assert "Seen" in titles(html)


@pytest.mark.parametrize("query", ["", "?need=review", "?need=cells&topic=one"])
def test_board_asks_as_many_queries_however_much_there_is(client, django_assert_num_queries, query):
    topic = TopicFactory(slug="one")
    ControversyFactory(topic=topic, points=1, positions=1, stances=0)
    expected = {"": 10, "?need=review": 7, "?need=cells&topic=one": 7}[query]
    with django_assert_num_queries(expected):
        client.get(f"/needs-help/{query}")
    for _number in range(9):
        ControversyFactory(topic=topic, points=2, positions=3, stances=0)
    cache.clear()
    with django_assert_num_queries(expected):
        client.get(f"/needs-help/{query}")
