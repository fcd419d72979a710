"""Search: what is found, what is not, and that no input is too odd."""

from dataclasses import replace

import pytest
from django.db import connection

from controversies.search import LIMIT, search
from tests.factories import BackerFactory, ControversyFactory, SourceFactory, document_factory, prose

pytestmark = pytest.mark.django_db


def slugs(found) -> list[str]:
    return [each.slug for each in found]


@pytest.mark.parametrize(
    "where", ["title", "question", "status_summary", "context", "claim", "argument", "point", "stance"]
)
def test_search_finds_what_a_page_says(where):
    document = document_factory()
    if where in ("title", "question", "status_summary"):
        document = replace(document, head=replace(document.head, **{where: "About zebras"}))
    elif where == "context":
        document = replace(document, context=replace(document.context, text="About zebras"))
    elif where == "point":
        document = replace(
            document, points=(replace(document.points[0], body="About zebras"), document.points[1])
        )
    else:
        position = document.positions[0]
        if where == "stance":
            stances = (replace(position.stances[0], text="About zebras"), *position.stances[1:])
            position = replace(position, stances=stances)
        else:
            position = replace(position, **{where: "About zebras"})
        document = replace(document, positions=(position, document.positions[1]))
    controversy = ControversyFactory(document=document)
    ControversyFactory()

    results = search("zebra")

    assert slugs(results.controversies) == [controversy.slug]
    assert "\x02zebras\x03" in results.controversies[0].snippet or where == "title"


def test_search_puts_a_word_of_the_title_first():
    by_context = ControversyFactory(context="About zebras")
    by_title = ControversyFactory(title="Zebras")

    assert slugs(search("zebras").controversies) == [by_title.slug, by_context.slug]


@pytest.mark.parametrize("publication", ["draft", "withdrawn"])
def test_search_finds_nothing_that_is_not_public(publication):
    ControversyFactory(
        title="Zebras", publication=publication, backers=[BackerFactory(name="Zebra Inc.")],
        sources=[SourceFactory(title="Zebras at work")],
    )  # fmt: skip
    BackerFactory(name="Zebra that holds nothing")
    SourceFactory(title="Zebras that nothing cites")

    assert not search("zebras")


def test_search_finds_backers_and_sources_that_public_pages_show():
    who = BackerFactory(name="Zebra Inc.", aliases=["Stripes"])
    work = SourceFactory(title="Zebras at work", authors="A. Lion")
    ControversyFactory(backers=[who], sources=[work], citations=1)

    results = search("zebra")

    assert slugs(results.backers) == [who.slug]
    assert slugs(results.sources) == [work.slug]
    assert slugs(search("stripes").backers) == [who.slug]
    assert slugs(search("lion").sources) == [work.slug]


@pytest.mark.parametrize("target", range(5))
def test_search_finds_a_source_whatever_it_is_cited_for(target):
    """The factory's citations go to a position, the context, a stance, a backing and a point in turn."""
    sources = [SourceFactory(title=f"Work {'abcde'[i] * 3}") for i in range(5)]
    ControversyFactory(positions=1, points=1, citations=5, sources=sources)

    assert slugs(search("abcde"[target] * 3).sources) == [sources[target].slug]


def test_search_page_shows_where_words_were_found(client):
    controversy = ControversyFactory(title="T", context="Some zebras & more < less")

    html = client.get("/search/", {"q": "zebras"}).content.decode()

    assert f'<a href="/controversies/{controversy.slug}/"><bdi>T</bdi></a>' in html
    assert "Some <mark>zebras</mark> &amp; more &lt; less" in html
    assert '<input type="search" id="q" name="q" value="zebras"' in html


@pytest.mark.parametrize(
    "words",
    [
        *("'", '"', "a & b", "!", "(", ")", ":*", "a:b:*", "\\", "%", "_", "-", "or", "-a or -b", "<->", "'' ''"),
        *("\u202eabc", "\u200b", "🦓", "عربي", "a" * 5000, "<script>alert(1)</script>", "{{ 7 * 7 }}", "%(words)s"),
        *("the", "  ", "\x02\x03", "'; DROP TABLE controversies_source; --"),
    ],
)  # fmt: skip
def test_search_page_takes_any_words(client, words):
    ControversyFactory()

    response = client.get("/search/", {"q": words})

    assert response.status_code == 200
    assert "<script" not in response.content.decode()


def test_search_page_with_nul_is_a_bad_request(client):
    assert client.get("/search/?q=a%00b").status_code == 400


def test_search_page_says_that_nothing_was_found(client):
    html = client.get("/search/", {"q": "<i>zebras"}).content.decode()

    assert "Nothing found" in html
    assert "No public page contains <bdi>&lt;i&gt;zebras</bdi>." in html


def test_search_page_without_words_asks_for_some(client, django_assert_num_queries):
    with django_assert_num_queries(1):  # the version of all pages
        html = client.get("/search/").content.decode()

    assert "Enter the words to search for." in html


def test_search_gives_the_first_of_many():
    for number in range(LIMIT + 1):
        ControversyFactory(title=f"Zebras {number}", positions=1, points=0)

    results = search("zebras")

    assert len(results.controversies) == LIMIT
    assert results.more


def test_search_takes_three_queries(django_assert_num_queries):
    ControversyFactory(context=prose(4))

    with django_assert_num_queries(3):
        assert search("weights")


def test_search_follows_an_edit():
    controversy = ControversyFactory(context="About zebras")

    controversy.save(
        replace(controversy.document, context=replace(controversy.document.context, text="About okapis"))
    )

    assert slugs(search("okapi").controversies) == [controversy.slug]
    assert slugs(search("zebra").controversies) == []


def test_search_finds_a_page_by_its_title_that_says_more_than_can_be_indexed():
    text = " ".join(f"ж{n:x}ж" for n in range(12_000))  # 12,000 different words
    document = document_factory(title="Zebras", positions=20, points=1, citations=0)
    positions = tuple(
        replace(p, argument=text.replace("ж", chr(0x436 + i))) for i, p in enumerate(document.positions)
    )

    controversy = ControversyFactory(document=document.with_blocks(positions=positions))

    assert slugs(search("zebras").controversies) == [controversy.slug]


def test_search_reads_only_what_it_shows(django_assert_num_queries):
    ControversyFactory(title="Zebras")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT * FROM controversies_searchindex WHERE vector @@ websearch_to_tsquery('english', 'x')"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "words_of_pages" in plan
    with django_assert_num_queries(3):
        search("zebras")
