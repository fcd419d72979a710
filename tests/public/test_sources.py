import re
from dataclasses import replace
from itertools import chain

import pytest
from django.urls import reverse

from controversies.document.types import Citation
from tests import factories
from tests.factories import ControversyFactory, SourceFactory

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>%s{{ 7|add:7 }}"


def text(response):
    html = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<main") :]).split())


def listed(client, **query):
    response = client.get(reverse("sources", query=query))
    assert response.status_code == 200
    return re.findall(
        r'<a class="name" href="/sources/[\w-]+/"><bdi>([^<]*)</bdi></a>', response.content.decode()
    )


def cited_everywhere(source):
    """A page that cites the source for each thing that can be cited."""
    made = factories.document_factory(
        positions=1, points=1, backings=1, citations=1, sources=[source], title="A page"
    )
    [block] = made.sources

    def use(relation="supports", **fields):
        return Citation(key=factories.new_key(), source=block.key, relation=relation, **fields)

    position = made.positions[0]
    return ControversyFactory(
        document=replace(made, context=replace(made.context, citations=(use("context"),))).with_blocks(
            points=(replace(made.points[0], citations=(use(),)),),
            positions=(
                replace(
                    position,
                    citations=(use("contradicts", quote="Not so.", locator="p. 7"),),
                    stances=(replace(position.stances[0], citations=(use(),)),),
                    backings=(replace(position.backings[0], citations=(use(),)),),
                ),
            ),
        )
    )


def test_source_shows_what_it_is_and_everything_it_is_cited_for(client):
    source = SourceFactory.build(
        slug="a-work",
        title="A work",
        authors="A. Author",
        publisher="Journal 12",
        date="2024-07",
        kind="article",
        doi="10.1234/x.y",
        archive_url="https://archive.example/1",
    )
    made = cited_everywhere(source)
    position, point = made.document.positions[0], made.document.points[0]

    response = client.get(reverse("source", args=["a-work"]))
    words = text(response)

    assert response.status_code == 200
    assert "A work A. Author Kind Journal article : in a journal or proceedings" in words
    assert "Published July 2024, Journal 12 Link https://journal.example/a-work DOI 10.1234/x.y" in words
    assert "Archived archived copy Cited 5 times Pages 1" in words
    found = re.findall(r'<h3><a href="([^"]+)"><bdi>([^<]+)</bdi>', response.content.decode())
    assert [what for _href, what in found] == [
        "Cited in the context",
        "Cited on contested point 1",
        "Cited on position A",
        f"Evidence that {made.document.backers[0].name} holds position A",
        "Cited on position A, point 1",
    ]
    keys = [
        made.document.context.citations[0].key,
        point.citations[0].key,
        position.citations[0].key,
        position.backings[0].citations[0].key,
        position.stances[0].citations[0].key,
    ]
    page = reverse("controversy", args=[made.slug])
    assert [href for href, _what in found] == [f"{page}#source-{key[:8]}" for key in keys]
    shown = client.get(page).content.decode()
    assert [f'id="source-{key[:8]}"' in shown for key in keys] == [True] * 5
    assert "Contradicts evidence against the statement “Not so.” p. 7" in words
    assert (
        f'<link rel="canonical" href="http://testserver{reverse("source", args=["a-work"])}">'
        in response.content.decode()
    )


def test_source_without_a_link_is_reached_by_its_doi(client):
    ControversyFactory(positions=1, sources=[SourceFactory.build(slug="by-doi", url="", doi="10.1234/abc")])

    html = client.get(reverse("source", args=["by-doi"])).content.decode()

    assert html.count('href="https://doi.org/10.1234/abc"') == 2
    assert "no copy recorded" in html


def test_source_tells_nothing_of_pages_that_are_not_public(client):
    source = SourceFactory.build(slug="a-work")
    shown = ControversyFactory(positions=1, citations=1, sources=[source], title="A shown page")
    for publication in ("draft", "withdrawn"):
        ControversyFactory(
            positions=1,
            citations=5,
            sources=shown.document.sources,
            title=f"A {publication} page",
            publication=publication,
        )

    words = text(client.get(reverse("source", args=["a-work"])))

    assert "Cited once Pages 1" in words
    assert "A shown page" in words
    assert "A draft page" not in words
    assert "A withdrawn page" not in words
    assert re.search(r"On a work .* once", text(client.get(reverse("sources"))))


@pytest.mark.parametrize("publication", ["draft", "withdrawn"])
def test_source_that_no_public_page_cites_is_not_found(client, publication):
    source = SourceFactory.build(slug="a-work")
    ControversyFactory(positions=1, sources=[source], publication=publication)
    unused = SourceFactory.create()

    assert client.get(reverse("source", args=["a-work"])).status_code == 404
    assert client.get(reverse("source", args=[unused.slug])).status_code == 404
    assert client.get(reverse("source", args=["none"])).status_code == 404
    assert listed(client) == []


def test_source_escapes_what_people_wrote(client):
    source = SourceFactory.build(slug="evil", title=HOSTILE, authors=HOSTILE, publisher=HOSTILE)
    made = ControversyFactory(positions=1, sources=[source], title=HOSTILE)
    position = made.document.positions[0]
    use = replace(position.citations[0], quote=HOSTILE, locator=HOSTILE)
    made.save(made.document.with_blocks(positions=(replace(position, claim=HOSTILE, citations=(use,)),)))

    for address in (
        reverse("source", args=["evil"]),
        reverse("sources"),
        reverse("sources", query={"q": HOSTILE}),
    ):
        html = client.get(address).content.decode()
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize("size", [1, 4])
def test_source_asks_a_constant_number_of_queries(client, django_assert_num_queries, size):
    source = SourceFactory.build(slug="a-work")
    made = ControversyFactory(
        positions=size, points=size, backings=size, citations=size * 8, sources=[source]
    )
    ControversyFactory(positions=size, citations=size * 3, sources=made.document.sources)

    with django_assert_num_queries(6):
        assert client.get(reverse("source", args=["a-work"])).status_code == 200


@pytest.mark.parametrize("query", ["", "?as_of=2030-01-01"])
def test_source_of_many_pages_is_shown_some_pages_at_a_time(client, monkeypatch, query):
    monkeypatch.setattr("controversies.pages.uses_by_page.PAGES", 2)
    sources = [SourceFactory.build(slug="a-work")]
    pages = []
    for number in range(5):
        made = ControversyFactory(
            slug=f"p-{number}", title=f"Title {number % 3}", positions=1, citations=3, sources=sources
        )
        sources = made.document.sources
        pages.append(made)
    ControversyFactory(slug="draft", positions=1, citations=3, sources=sources, publication="draft")

    answers, path = [], f"/sources/a-work/{query}"
    while path:
        answers.append(client.get(path))
        match = re.search(r'<a rel="next"[^>]* href="([^"]*)"', answers[-1].text)
        path = "/sources/a-work/" + match[1].replace("&amp;", "&") if match else ""

    slugs = [
        re.findall(r'<h2 id="page-\d"><a class="name" href="/controversies/([\w-]+)/', each.text)
        for each in answers
    ]
    assert [len(each) for each in slugs] == [2, 2, 1]
    in_order = sorted(pages, key=lambda made: (made.document.head.title, made.key))
    assert list(chain(*slugs)) == [made.slug for made in in_order]
    assert sum(each.text.count('<article class="row use">') for each in answers) == 15
    for answer in answers:
        assert "Cited 15 times Pages 5" in " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
    gone = client.get(f"/sources/a-work/?after=draft{query.replace('?', '&')}")
    assert "We can’t find that place in the list" in gone.text
    assert gone.text.count('<article class="row use">') == 6


@pytest.mark.parametrize("size", [1, 5])
def test_sources_asks_a_constant_number_of_queries(client, django_assert_num_queries, size):
    ControversyFactory(positions=size, citations=size)

    with django_assert_num_queries(3):
        client.get(reverse("sources"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Alpha", "Beta"]),
        ({"q": "bet"}, ["Beta"]),
        ({"q": "writer of beta"}, ["Beta"]),
        ({"q": "hidden"}, []),
        ({"kind": "news"}, ["Alpha"]),
        ({"kind": "book"}, []),
        ({"kind": "<b>"}, ["Alpha", "Beta"]),
        ({"after": "alpha"}, ["Beta"]),
        ({"before": "beta"}, ["Alpha"]),
        ({"after": "hidden"}, ["Alpha", "Beta"]),
    ],
)
def test_sources_are_searched_filtered_and_paged(client, query, found):
    sources = [
        SourceFactory.build(slug="beta", title="Beta", authors="Writer of Beta", kind="report"),
        SourceFactory.build(slug="alpha", title="Alpha", kind="news"),
    ]
    ControversyFactory(positions=2, points=0, citations=2, sources=sources)
    ControversyFactory(
        positions=1, sources=[SourceFactory.build(slug="hidden", title="Hidden")], publication="draft"
    )

    assert listed(client, **query) == found


def test_sources_answers_only_to_get_and_head_and_refuses_nul(client):
    assert client.post(reverse("sources")).status_code == 405
    assert client.get("/sources/?q=%00").status_code == 400
    assert client.get("/sources/a%00b/").status_code == 404
