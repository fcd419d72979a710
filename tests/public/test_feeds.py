"""The Atom feeds: what they tell, to the letter of the standard, and of what is public only."""

import datetime
import re
from dataclasses import replace
from urllib.parse import urlsplit
from xml.etree import ElementTree

import feedparser
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from controversies import history
from controversies.history.log_lines import LogLine
from controversies.history.read import Entry
from controversies.models import Backer, ChangeClass, Confidence
from controversies.pages import atom
from tests import strategies
from tests.caching import PUBLIC
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    TopicFactory,
    UserFactory,
    backer_block,
    new_key,
)
from tests.markup import one_line

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = (
    "<script>alert(1)</script>]]>\"'&<!--&amp;&lt;%s{{ 7|add:7 }}\u202eesrever\u202c שלום \ufffe\U0001ffff"
)


def parsed(response):
    """The feed as a feed reader has it, which must have nothing to complain of."""
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    found = feedparser.parse(response.content, response_headers={"content-type": response["Content-Type"]})
    assert (found.bozo, found.version, found.encoding) == (False, "atom10", "utf-8")
    conforms(response.content)
    return found


def conforms(content: bytes) -> None:
    """Check what RFC 4287 asks of every feed and entry (sections 3 and 4)."""
    feed = ElementTree.fromstring(content)  # noqa: S314 - our own
    assert feed.tag == ATOM + "feed"
    entries = feed.findall(ATOM + "entry")
    for element in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1, name
            assert element.findtext(ATOM + name).strip(), name
        assert urlsplit(element.findtext(ATOM + "id")).scheme == "urn"
        updated = element.findtext(ATOM + "updated")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", updated)
        assert datetime.datetime.fromisoformat(updated).tzinfo
        links = element.findall(ATOM + "link")
        assert [link.get("rel") for link in links].count("alternate") == 1
        for link in links:
            assert urlsplit(link.get("href")).netloc, link.attrib
        for person in (*element.findall(ATOM + "author"), *element.findall(ATOM + "contributor")):
            assert person.findtext(ATOM + "name").strip()
            assert person.find(ATOM + "email") is None
        for category in element.findall(ATOM + "category"):
            assert category.get("term")
            assert category.get("label")
    assert len(feed.findall(ATOM + "author")) == 1
    assert [link.get("rel") for link in feed.findall(ATOM + "link")].count("self") == 1
    for entry in entries:
        assert len(entry.findall(ATOM + "author")) == 1
        assert len(entry.findall(ATOM + "summary")) == 1
    ids = [entry.findtext(ATOM + "id") for entry in entries]
    assert len(set(ids)) == len(ids)


def told(found):
    """Slug and revision of each entry, from where it links to."""
    places = [re.search(r"/controversies/([\w-]+)/\w+/(?:\d+/)?(\d+)/$", each.link) for each in found.entries]
    return [(place[1], int(place[2])) for place in places]


# -- what they tell --


@pytest.mark.django_db
def test_entry_says_what_changed_in_words_who_why_and_links_to_the_comparison(client):
    page = ControversyFactory(positions=1, revisions=2, title="A question")
    first = page.document.positions[0]
    was = Confidence(first.confidence).label
    changed = replace(first, confidence=Confidence.LOW.value, claim="Another claim")
    page.save(
        page.document.with_blocks(positions=(changed,)),
        author_name="Ada Author",
        reviewer=UserFactory(first_name="Rita", last_name="Reviewer"),
        summary="A better source.",
        time=datetime.datetime(2026, 3, 4, 5, 6, 7, tzinfo=datetime.UTC),
    )

    found = parsed(client.get(reverse("changes_feed")))

    entry = found.entries[0]
    assert entry.title == f"A question: A’s claim changed. A’s confidence: {was.lower()} → low"
    assert entry.link == f"http://testserver/controversies/{page.slug}/compare/2/3/"
    assert entry.author == "Ada Author"
    assert entry.contributors == [{"name": "Rita Reviewer"}]
    assert entry.updated == entry.published == "2026-03-04T05:06:07+00:00"
    assert [(tag.term, tag.label) for tag in entry.tags] == [
        (name, str(ChangeClass(name).label)) for name in page.head.entry.classes
    ]
    assert set(page.head.entry.classes) == {"substantive", "confidence"}
    assert '<p dir="auto">A better source.</p>' in entry.summary
    assert '<p dir="auto">Changes: A' in entry.summary
    assert f"confidence: {was.lower()} → low</p>" in entry.summary
    assert re.findall(r'href="http://testserver/controversies/[\w-]+/([^"]+)"', entry.summary) == [
        "compare/2/3/",
        "revisions/3/",
        "history/",
    ]
    assert [each.title.partition(": ")[2] for each in found.entries[1:]] == [
        "A’s argument changed",
        "First revision: 1 position, 2 contested points",
    ]
    assert found.entries[2].link == f"http://testserver/controversies/{page.slug}/revisions/1/"
    assert found.feed.title == "Crux: recent changes"
    assert found.feed.link == "http://testserver/changes/"
    assert found.feed.updated == entry.updated
    assert found.feed.language == "en"
    assert found.feed.links[1] == {
        "rel": "self",
        "href": "http://testserver/changes.atom",
        "type": "application/atom+xml",
    }


@pytest.mark.django_db
def test_feeds_tell_of_all_of_one_page_of_a_topic_and_of_a_backer(client):
    topic, who = TopicFactory.create(title="A topic"), BackerFactory.create(name="A backer")
    one = ControversyFactory(positions=2, backers=[who], backings=1, revisions=3, topic=topic)
    two = ControversyFactory(positions=1, topic=topic)
    three = ControversyFactory(positions=1)
    # Revisions 2 and 3 of `one` changed its positions A and B, of which the backer holds the first.

    over_all = parsed(client.get("/changes.atom"))
    of_page = parsed(client.get(f"/controversies/{one.slug}.atom"))
    of_topic = parsed(client.get(f"/topics/{topic.slug}.atom"))
    of_backer = parsed(client.get(f"/backers/{who.slug}.atom"))

    mine = [(one.slug, 3), (one.slug, 2), (one.slug, 1)]
    assert sorted(told(over_all)) == sorted([*mine, (two.slug, 1), (three.slug, 1)])
    assert told(of_page) == mine
    assert sorted(told(of_topic)) == sorted([*mine, (two.slug, 1)])
    assert told(of_backer) == [(one.slug, 2), (one.slug, 1)]
    assert [found.feed.title for found in (of_page, of_topic, of_backer)] == [
        f"{one.document.head.title}: changes",
        "A topic: changes",
        "A backer: changes",
    ]
    # An entry is the same in every feed that has it.
    assert of_page.entries[1] == of_backer.entries[0]
    assert [entry.id for entry in of_page.entries] == [
        entry.id for entry in over_all.entries if one.slug in entry.link
    ]


@pytest.mark.django_db
def test_backers_feed_tells_of_its_own_record_and_of_what_it_came_to_hold(client):
    page = ControversyFactory(positions=2, backings=0, revisions=2)
    who = backer_block(BackerFactory.create())
    other = ControversyFactory(positions=1, backers=[who], backings=1)
    held = (replace(other.document.positions[0].backings[0], key=new_key()),)
    a, b = page.document.positions
    page.save(page.document.with_blocks(positions=(a, replace(b, backings=held)), backers=(who,)))
    page.edit(title="Another title")  # is nothing to the backer
    with history.act(author_name="Edith Editor", summary="It has a new name."):
        Backer.objects.filter(pk=who.key).update(name="A new name")

    found = parsed(client.get(f"/backers/{who.slug}.atom"))

    assert [place for place in told(found) if place[0] == page.slug] == [(page.slug, 5), (page.slug, 3)]


@pytest.mark.django_db
def test_backers_feed_tells_of_pages_that_it_was_taken_off_but_not_of_what_nobody_could_see(client):
    who = backer_block(BackerFactory.create())
    ControversyFactory(positions=1, backers=[who], backings=1, slug="still")
    left = ControversyFactory(positions=2, backers=[who], backings=1, slug="left")
    secret = ControversyFactory(positions=1, backers=[who], backings=1, publication="draft", slug="secret")
    for page in (left, secret):
        bare = tuple(replace(each, backings=()) for each in page.document.positions)
        head = replace(page.document.head, publication="published")
        page.save(page.document.with_blocks(head=head, positions=bare, backers=()))
        page.edit(title="Another title")  # is nothing to the backer

    found = told(parsed(client.get(f"/backers/{who.slug}.atom")))

    assert sorted(found) == [("left", 2), ("still", 1)]
    assert "secret" in client.get("/changes.atom").content.decode()


@pytest.mark.django_db
def test_ids_are_the_same_whatever_the_site_and_the_page_are_called(client, settings):
    page = ControversyFactory(positions=1)
    before = parsed(client.get(f"/controversies/{page.slug}.atom"))

    page.edit(title="Another title")
    settings.SITE_NAME, settings.ALLOWED_HOSTS = "Other", ["other.example"]
    after = parsed(client.get(f"/controversies/{page.slug}.atom", headers={"host": "other.example"}))

    assert after.feed.id == before.feed.id
    assert after.entries[1].id == before.entries[0].id == atom.revision_id(page.key, 1)
    assert after.entries[1].link.startswith("http://other.example/")
    assert after.entries[0].id != after.entries[1].id


@pytest.mark.django_db
def test_feeds_hold_the_latest_entries_up_to_their_limit(client):
    page = ControversyFactory(positions=1, revisions=atom.LIMIT + 2)

    for address in ("/changes.atom", f"/controversies/{page.slug}.atom"):
        assert [n for _slug, n in told(parsed(client.get(address)))] == list(range(atom.LIMIT + 2, 2, -1))


@pytest.mark.django_db
def test_feed_of_nothing_is_a_feed(client):
    found = parsed(client.get("/changes.atom"))

    assert found.entries == []
    assert found.feed.updated == "1970-01-01T00:00:00+00:00"


@pytest.mark.django_db
def test_pages_say_where_their_feed_is(client):
    page = ControversyFactory(positions=1, backings=1, revisions=2)
    topic, who = page.document.head.topic.slug, page.document.backers[0].slug
    of_page = f"/controversies/{page.slug}.atom"

    for address, feed in (
        ("/", "/changes.atom"),
        ("/changes/", "/changes.atom"),
        (f"/changes/?topic={topic}", f"/topics/{topic}.atom"),
        (f"/topics/{topic}/", f"/topics/{topic}.atom"),
        (f"/backers/{who}/", f"/backers/{who}.atom"),
        (f"/controversies/{page.slug}/", of_page),
        (f"/controversies/{page.slug}/history/", of_page),
        (f"/controversies/{page.slug}/revisions/1/", of_page),
        (f"/controversies/{page.slug}/compare/1/2/", of_page),
    ):
        html = one_line(client.get(address).content.decode())
        declared = re.findall(
            r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" href="([^"]+)">', html
        )
        assert declared[-1] == "/changes.atom", address
        assert declared[0] == (feed if "?" not in address else "/changes.atom"), address
        follow = "/follow/" if feed == "/changes.atom" else feed.replace(".atom", "/follow/")
        assert f'<a href="{follow}">' in html, address
        assert f'<a href="{feed}">' in client.get(follow).content.decode()
        assert client.get(feed).status_code == 200


@pytest.mark.django_db
def test_feed_that_is_opened_in_a_browser_is_xml_with_a_stylesheet_and_links_that_work(client):
    ControversyFactory(positions=1, revisions=2)

    opened = client.get("/changes.atom", headers={"sec-fetch-dest": "document"})
    read = client.get("/changes.atom")

    assert opened["Content-Type"] == "application/xml; charset=utf-8"
    assert read["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert opened.content == read.content
    assert all("Sec-Fetch-Dest" in each["Vary"] for each in (opened, read))
    assert b'?><?xml-stylesheet href="/static/crux/feed.css" media="all" type="text/css"?>' in (
        read.content.replace(b"\n", b"")
    )
    feed = ElementTree.fromstring(read.content)  # noqa: S314 - our own
    html = "{http://www.w3.org/1999/xhtml}"
    links = [link.get("href") for link in feed.findall(f"{html}div/{html}p/{html}a")]
    assert links == ["http://testserver/changes/", "http://testserver/follow/"]
    for entry in feed.findall(ATOM + "entry"):
        assert entry.find(ATOM + "summary").get("type") == "xhtml"
        assert len(entry.findall(f"{ATOM}summary/{html}div/{html}p/{html}a")) >= 2


@pytest.mark.django_db
def test_browser_that_asks_again_for_a_feed_is_told_that_nothing_changed(client):
    ControversyFactory(positions=1)
    opened = client.get("/changes.atom", headers={"sec-fetch-dest": "document"})

    again = client.get(
        "/changes.atom", headers={"sec-fetch-dest": "document", "if-none-match": opened["ETag"]}
    )

    assert again.status_code == 304
    assert "Sec-Fetch-Dest" in again["Vary"]


@pytest.mark.django_db
def test_a_page_that_has_no_feed_names_none(client):
    draft = ControversyFactory(positions=1, publication="draft")
    client.force_login(UserFactory(role="editor"))

    html = client.get(f"/controversies/{draft.slug}/").content.decode()

    assert "Draft, not public" in html
    assert f"{draft.slug}.atom" not in html


# -- what they do not tell --


@pytest.mark.django_db
def test_feeds_tell_nothing_that_is_not_public(client):
    editor = UserFactory(role="editor")
    topic, who = TopicFactory.create(), BackerFactory.create()
    about = {"positions": 1, "backings": 1, "topic": topic, "backers": [who]}
    ControversyFactory(publication="draft", title="A draft", **about)
    gone = ControversyFactory(publication="withdrawn", title="A withdrawn page", **about)
    shown = ControversyFactory(revisions=3, published_at=3, title="A shown page", **about)
    shown.edit(publication="withdrawn")
    shown.edit(publication="published", summary="Again.")
    client.force_login(editor)  # who sees the others, but not here

    for address in (
        "/changes.atom",
        f"/controversies/{shown.slug}.atom",
        f"/topics/{topic.slug}.atom",
        f"/backers/{who.slug}.atom",
    ):
        response = client.get(address)
        found = parsed(response)
        # Of what a revision differed in from one that is not public, nothing is told.
        assert [(entry.title, entry.link.rpartition("controversies/")[2]) for entry in found.entries] == [
            ("A shown page: Published", f"{shown.slug}/revisions/{n}/")
            for n in ((5, 3) if "backers" not in address else (3,))
        ]
        assert all(not entry.get("tags") for entry in found.entries)
        assert b"A draft" not in response.content
        assert b"withdrawn page" not in response.content
    assert client.get(f"/controversies/{gone.slug}.atom").status_code == 410


@pytest.mark.django_db
def test_feeds_of_what_readers_do_not_see_are_not_there(client):
    draft = ControversyFactory(positions=1, backings=1, publication="draft")
    gone = ControversyFactory(positions=1, backings=1, publication="withdrawn")

    for page, status in ((draft, 404), (gone, 410)):
        assert client.get(f"/controversies/{page.slug}.atom").status_code == status
        assert client.get(f"/topics/{page.document.head.topic.slug}.atom").status_code == 404
        assert client.get(f"/backers/{page.document.backers[0].slug}.atom").status_code == 404
    for address in ("/controversies/none.atom", "/topics/none.atom", "/backers/none.atom"):
        assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_an_authors_address_is_nowhere(client):
    author = UserFactory(first_name="", last_name="", username="ada@secret.example", role="editor")
    ControversyFactory(positions=1, author=author)

    response = client.get("/changes.atom")

    assert parsed(response).entries[0].author == "ada"
    assert b"secret.example" not in response.content
    assert author.email.encode() not in response.content


# -- hostile text --


@pytest.mark.django_db
def test_feeds_escape_what_people_wrote(client, settings):
    settings.SITE_NAME = HOSTILE
    topic, who = TopicFactory.create(title=HOSTILE), BackerFactory.create(name=HOSTILE)
    page = ControversyFactory(positions=1, topic=topic, backers=[who], backings=1, title=HOSTILE)
    [position] = page.document.positions
    changed = page.document.with_blocks(positions=(replace(position, claim="Another."),))
    page.save(changed, summary=HOSTILE, author_name=HOSTILE[:140])

    for address in (
        "/changes.atom",
        f"/controversies/{page.slug}.atom",
        f"/topics/{topic.slug}.atom",
        f"/backers/{who.slug}.atom",
    ):
        response = client.get(address)
        found = parsed(response)
        assert b"<script" not in response.content
        assert b"]]>" not in response.content
        shown = HOSTILE.replace("\ufffe", "\ufffd")
        assert b"&lt;script&gt;alert(1)" in response.content
        assert found.entries[0].title.startswith(f"\u2068{shown}\u2069: ")


def _line(**texts):
    time = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    entry = Entry(
        "00000000-0000-4000-8000-000000000000", 2, time, None, texts["author"], texts["summary"], b"", b"",
        ("wording",), [["head", "", "title", texts["title"], "new"]], 0, 0, texts["author"],
    )  # fmt: skip
    return LogLine(entry, "published", follows_public=True, slug="slug", title=texts["title"])


@given(st.data())
def test_any_text_that_can_be_stored_makes_a_feed(data):
    text = strategies.lines(required=True)
    texts = {name: data.draw(text) for name in ("author", "summary", "title")}
    feed = atom.Feed(atom.site_id(), texts["title"], texts["summary"], "/changes/", "/changes.atom")

    drawn = atom.draw(feed, [_line(**texts)], "https://crux.example").encode()

    conforms(drawn)
    found = feedparser.parse(drawn, response_headers={"content-type": "application/atom+xml; charset=utf-8"})
    assert not found.bozo
    assert len(found.entries) == 1


# -- how they are asked for --


@pytest.mark.django_db
def test_feed_is_not_sent_again_to_who_has_it(client):
    page = ControversyFactory(positions=1)
    first = client.get("/changes.atom")

    again = client.get("/changes.atom", headers={"if-none-match": first["ETag"]})
    page.edit(title="Another title")
    changed = client.get("/changes.atom", headers={"if-none-match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == PUBLIC
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    assert len(parsed(changed).entries) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("pages", "revisions"), [(1, 1), (3, 9)])
def test_feeds_ask_a_constant_number_of_queries(client, django_assert_num_queries, pages, revisions):
    topic, who = TopicFactory.create(), BackerFactory.create()
    for number in range(pages):
        ControversyFactory(
            slug=f"page-{number}", positions=2, backers=[who], revisions=revisions, topic=topic
        )

    for address, queries in (
        ("/changes.atom", 3),
        ("/controversies/page-0.atom", 4),
        (f"/topics/{topic.slug}.atom", 4),
        (f"/backers/{who.slug}.atom", 4),
    ):
        with django_assert_num_queries(queries):
            assert client.get(address).status_code == 200


@pytest.mark.django_db
def test_feeds_answer_only_to_get_and_head(client):
    assert client.post("/changes.atom").status_code == 405
    assert client.head("/changes.atom").status_code == 200
    assert client.get("/controversies/%00.atom").status_code == 404
