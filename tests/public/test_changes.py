import re
from dataclasses import replace

import pytest
from django.urls import reverse

from controversies import history
from tests.factories import ControversyFactory, TopicFactory, UserFactory
from tests.markup import one_line

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>%s{{ 7|add:7 }}"


def url(**query):
    return reverse("changes", query=query)


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def entries(response):
    """What is listed, as (slug, a, b) of its comparison."""
    found = re.findall(r'href="/controversies/([\w-]+)/compare/(\d+)/(\d+)/"', response.content.decode())
    return [(slug, int(a), int(b)) for slug, a, b in found]


def test_changes_lists_what_changed_everywhere_day_by_day(client):
    one = ControversyFactory(positions=1, revisions=2, title="First page")
    two = ControversyFactory(positions=1, revisions=1, title="Second page")

    response = client.get(url())

    assert response.status_code == 200
    assert set(entries(response)) == {(one.slug, 1, 2), (one.slug, 0, 1), (two.slug, 0, 1)}
    assert entries(response)[0] == (one.slug, 1, 2)
    assert re.findall(r'<h2 id="day-[\d-]+">([^<]+)</h2>', response.content.decode()) == [
        "6 January 2026",
        "5 January 2026",
    ]
    words = text(response)
    assert "First page Change number 2. A’s argument changed" in words
    assert "Second page First version. First revision: 1 position, 2 contested points" in words


def test_changes_tells_nothing_that_is_not_public(client):
    ControversyFactory(positions=1, publication="draft", title="A draft")
    ControversyFactory(positions=1, publication="withdrawn", title="A withdrawn page")
    shown = ControversyFactory(positions=1, revisions=3, published_at=3, title="A shown page")

    response = client.get(url())

    assert entries(response) == [(shown.slug, 0, 3)]
    words = text(response)
    assert "A draft" not in words
    assert "A withdrawn page" not in words
    assert "Change number 3. Published" in words
    assert "Change number 2" not in words
    assert "confidence" not in words[words.index("Change number 3") :]
    [topics] = re.findall(r'<select id="filter-topic".*?</select>', response.content.decode(), re.DOTALL)
    assert re.findall(r'<option value="([^"]*)"', topics) == ["", shown.document.head.topic.slug]


def test_changes_filters_by_topic_and_kind(client):
    topic = TopicFactory.create(title="Only this one")
    here = ControversyFactory(positions=1, revisions=4, topic=topic)
    ControversyFactory(positions=1, revisions=4)

    by_topic = client.get(url(topic=topic.slug))
    by_kind = client.get(url(kind="confidence", topic=topic.slug))

    assert [(slug, b) for slug, _a, b in entries(by_topic)] == [(here.slug, n) for n in (4, 3, 2, 1)]
    assert [(slug, b) for slug, _a, b in entries(by_kind)] == [(here.slug, 4), (here.slug, 3)]
    assert f'<option value="{topic.slug}" selected>Only this one</option>' in by_topic.content.decode()
    assert '<meta name="robots" content="noindex">' in by_topic.content.decode()


def test_no_filter_by_kind_tells_what_differs_from_a_revision_that_is_not_public(client):
    page = ControversyFactory(positions=1, revisions=4, published_at=3)
    history_of = reverse("history", args=[page.slug])
    kinds = [set(each.classes) for each in (history.at(page.key, n).entry for n in (3, 4))]

    of_all = entries(client.get(url(kind="confidence")))
    of_page = client.get(history_of, {"kind": "confidence"}).content.decode()

    assert "confidence" in kinds[0] & kinds[1]
    assert [(slug, b) for slug, _a, b in of_all] == [(page.slug, 4)]
    assert "Change number 4" in of_page
    assert "Change number 3" not in of_page
    client.force_login(UserFactory(role="editor"))
    assert "Change number 3" in client.get(history_of, {"kind": "confidence"}).content.decode()


def test_changes_pages_by_key_and_keeps_its_filter(client):
    made = ControversyFactory(positions=1, revisions=70)
    topic = made.document.head.topic.slug

    first = client.get(url(topic=topic))
    older = re.search(r'rel="next" href="([^"]+)"', one_line(first.content.decode()))[1].replace("&amp;", "&")
    second = client.get(reverse("changes") + older)
    newer = re.search(r'rel="prev" href="([^"]+)"', one_line(second.content.decode()))[1].replace(
        "&amp;", "&"
    )

    assert [b for _slug, _a, b in entries(first)] == list(range(70, 20, -1))
    assert older == f"?topic={topic}&before={made.slug}%3A21"
    assert [b for _slug, _a, b in entries(second)] == list(range(20, 0, -1))
    assert entries(client.get(reverse("changes") + newer)) == entries(first)


@pytest.mark.parametrize(
    "query",
    [
        {"topic": "none"},
        {"kind": "none"},
        {"before": "none"},
        {"before": "none:1"},
        {"after": "none:99999999999999999999"},
        {"topic": HOSTILE, "kind": HOSTILE, "before": HOSTILE, "after": HOSTILE},
        {"topic": "x" * 10_000},
    ],
)
def test_changes_leaves_out_what_makes_no_sense_and_says_so(client, query):
    made = ControversyFactory(positions=1, revisions=2)

    response = client.get(url(**query))

    assert response.status_code == 200
    assert entries(response) == [(made.slug, 1, 2), (made.slug, 0, 1)]
    assert 'class="fault"' in response.content.decode()
    assert "<script>alert" not in response.content.decode()


def test_changes_does_not_tell_which_places_are_hidden(client):
    """A place on a hidden page is answered as one that does not exist."""
    draft = ControversyFactory(positions=1, publication="draft")
    ControversyFactory(positions=1)

    hidden, none = client.get(url(before=f"{draft.slug}:1")), client.get(url(before="none:1"))

    # Links to the other languages repeat what was asked for.
    assert hidden.content.replace(f"{draft.slug}%3A1".encode(), b"none%3A1") == none.content


def test_changes_of_nothing_says_so(client):
    assert "No changes yet." in text(client.get(url()))
    ControversyFactory(positions=1)
    assert "No changes match these filters." in text(client.get(url(kind="typo")))


def test_changes_escapes_what_people_wrote(client):
    made = ControversyFactory(positions=1)
    made.save(
        replace(made.document, head=replace(made.document.head, title=HOSTILE)),
        summary=HOSTILE,
        author_name=HOSTILE[:140],
    )

    html = client.get(url()).content.decode()

    assert "<script>alert" not in html
    assert "<img" not in html
    assert html.count("&lt;script&gt;alert(1)") >= 3


def test_changes_answers_only_to_get_and_head_and_refuses_nul(client):
    assert client.post(url()).status_code == 405
    assert client.head(url()).status_code == 200
    assert client.get("/changes/?topic=%00").status_code == 400


@pytest.mark.parametrize(("pages", "revisions"), [(1, 1), (3, 20)])
def test_changes_asks_a_constant_number_of_queries(client, django_assert_num_queries, pages, revisions):
    made = [ControversyFactory(positions=pages, revisions=revisions) for _ in range(pages)]

    with django_assert_num_queries(3):
        client.get(url())
    with django_assert_num_queries(4):
        client.get(url(topic=made[0].document.head.topic.slug, before=f"{made[0].slug}:1"))
