"""Search: what is found, what is not, and that no input is too odd."""

import itertools
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.templatetags.static import static
from hypothesis import given, settings
from hypothesis import strategies as st

from controversies.history.verify import present
from controversies.models import SearchBlock, SearchIndex, SearchTerm, SearchWord
from controversies.search import LIMIT, SearchFilter, pages, search
from controversies.search.names import words_of as words_of_row
from controversies.search.query import _TERM, WordQuery, parse
from controversies.search.suggestions import SearchSuggestion, suggest
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    backer_block,
    citation,
    document_factory,
    prose,
    source_block,
)

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
    [hit] = results.controversies
    assert "\x02zebras\x03" in "".join((hit.title, *(place.snippet for place in hit.places)))


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

    assert slugs(results.of_type("backer")) == [who.slug]
    assert slugs(results.of_type("source")) == [work.slug]
    assert slugs(search("stripes").best) == [who.slug]
    assert slugs(search("lion").of_type("source")) == [work.slug]


@pytest.mark.parametrize("target", range(5))
def test_search_finds_a_source_whatever_it_is_cited_for(target):
    """The factory's citations go to a position, the context, a stance, a backing and a point in turn."""
    sources = [SourceFactory(title=f"Work {'abcde'[i] * 3}") for i in range(5)]
    ControversyFactory(positions=1, points=1, citations=5, sources=sources)

    assert slugs(search("abcde"[target] * 3).of_type("source")) == [sources[target].slug]


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
    assert re.findall("<script[^>]*>", response.content.decode()) == [
        f'<script src="{static("crux/suggest.js")}" defer>'
    ]


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
    assert results.pages == LIMIT + 1


def test_search_takes_a_constant_number_of_queries(django_assert_num_queries):
    """The query is read by 2, pages are ranked by 1 and shown by 2, facets counted by 2, names looked up by 5."""
    ControversyFactory(context=prose(4))

    with django_assert_num_queries(12):
        assert search("weights")
    ControversyFactory(context=prose(4), positions=6, citations=12)
    with django_assert_num_queries(12):
        assert search("weights")
    with django_assert_num_queries(12):
        assert search("publish weights or okapi -zebra")
    with django_assert_num_queries(13):  # the phrase, word for word
        assert search('"weights cannot take"')


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


WORD_LISTS = ["a", "a b", "b a c", "a -b", "a or b", "a b or c", "-a", "-a -b", '"a b"', '"b a"', 'c "a b"', '-"a b"',
              'a -"a b"', '"a b" or c', "a or -b", "d", "a d", "a or d", "-d", '"a b c"', "a a", "a -a"]  # fmt: skip


def test_page_is_found_by_words_of_different_blocks_as_if_it_were_one_text():
    """All pages with some of three words in two blocks: what PostgreSQL finds in the page as one text is found."""
    names = {"a": "zebra", "b": "okapi", "c": "tapir", "d": "gnu"}
    texts = ["", "a", "b", "c", "a b", "b a", "a c", "c b a", "a b c"]
    keys: dict[str, str] = {}
    for first, second in itertools.product(texts, texts[:6]):
        blocks = [" ".join(names[each] for each in text.split()) for text in (first, second)]
        document = document_factory(positions=2, points=0, citations=0)
        positions = tuple(
            replace(position, argument=text)
            for position, text in zip(document.positions, blocks, strict=True)
        )
        page = ControversyFactory(document=document.with_blocks(positions=positions))
        keys[page.key] = " x ".join(blocks)  # a phrase does not begin in one block and end in the next

    for words in WORD_LISTS:
        query = re.sub(r"\b[abcd]\b", lambda name: names[name[0]], words)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT key FROM unnest(%s::text[], %s::text[]) t (key, text)"
                " WHERE to_tsvector('english', text) @@ websearch_to_tsquery('english', %s)",
                [list(keys), list(keys.values()), query],
            )
            expected = {key for (key,) in cursor.fetchall()}
        assert set(pages(query, limit=100)) == expected, query


def test_search_is_told_of_the_newest_pages_and_of_those_whose_titles_match(monkeypatch):
    monkeypatch.setattr("controversies.search.ranking.RANKED", 2)
    old = ControversyFactory(title="Zebras", positions=1, points=0)
    made = [ControversyFactory(context="About zebras", positions=1, points=0) for _ in range(3)]

    assert slugs(search("zebras").controversies)[0] == old.slug
    assert set(slugs(search("zebras").controversies)) == {old.slug, made[1].slug, made[2].slug}


def words_of(page) -> dict[tuple[str, bool], int]:
    rows = SearchWord.objects.filter(page=SearchIndex.objects.get(controversy=page.key).pk)
    return {(row.word, row.is_title): row.blocks for row in rows}


def test_edit_writes_the_words_of_the_block_that_it_changes_and_no_others():
    page = ControversyFactory(title="Zebras", context="About zebras", positions=2, points=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key::text, xmin::text, ctid::text FROM controversies_searchblock")
        before = {key: rest for key, *rest in cursor.fetchall()}
    assert (words_of(page)["zebra", False], words_of(page)["zebra", True]) == (2, 1)
    changed = page.document.positions[0]

    changed = replace(changed, claim="Okapis, not zebras")
    page.save(page.document.with_blocks(positions=(changed, page.document.positions[1])))

    with connection.cursor() as cursor:
        cursor.execute("SELECT key::text, xmin::text, ctid::text FROM controversies_searchblock")
        after = {key: rest for key, *rest in cursor.fetchall()}
    assert {key for key in after if after[key] != before.get(key)} == {changed.key}
    words = words_of(page)
    assert (words["zebra", False], words["zebra", True], words["okapi", False]) == (3, 1, 1)
    assert ("okapi", True) not in words


ANIMALS = ["zebra", "okapi", "gnu", "tapir"]
EDITS = ["claim", "context", "title", "add", "remove", "stance", "swap", "withdraw"]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_words_of_a_page_are_those_of_its_blocks_whatever_was_done_to_it(data):
    page = ControversyFactory(positions=2, points=2)
    for _ in range(data.draw(st.integers(1, 4))):
        document = page.document
        edit = data.draw(st.sampled_from(EDITS))
        text = " ".join(data.draw(st.lists(st.sampled_from(ANIMALS), min_size=1, max_size=6)))
        first, *others = document.positions
        if edit == "claim":
            document = document.with_blocks(positions=(replace(first, claim=text), *others))
        elif edit == "context":
            document = replace(document, context=replace(document.context, text=text))
        elif edit == "title":
            document = replace(document, head=replace(document.head, title=text))
        elif edit == "add":
            extra = document_factory(positions=1, points=0, citations=0, backings=0).positions[0]
            document = document.with_blocks(positions=(*document.positions, extra))
        elif edit == "remove" and others:
            document = document.with_blocks(positions=tuple(others))
        elif edit == "stance" and first.stances:
            stance, *rest = first.stances
            document = document.with_blocks(
                positions=(replace(first, stances=(replace(stance, text=text), *rest)), *others)
            )
        elif edit == "swap":
            document = document.with_blocks(positions=(*others, first))
        elif edit == "withdraw":
            document = replace(document, head=replace(document.head, publication="withdrawn"))
        page.save(document)

    assert list(present.word_faults(page.key)) == []
    assert list(present.surplus_words()) == []
    wanted = page.document
    blocks = SearchBlock.objects.filter(page=SearchIndex.objects.get(controversy=page.key).pk)
    assert {str(each.key) for each in blocks} == {block.key for block in wanted.blocks()}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ("'a'", [WordQuery(words=["a"])]),
        ("!!'a' & !!!'b'", [WordQuery(words=["a"], excluded_words=["b"])]),
        ("'it''s' & !'b\\\\c'", [WordQuery(words=["it's"], excluded_words=["b\\c"])]),
        (
            "'a' <-> 'b' & !( 'c' <2> 'd' ) | 'e'",
            [
                WordQuery(words=["a", "b"], phrases=["'a' <-> 'b'"], excluded_phrases=["'c' <2> 'd'"]),
                WordQuery(words=["e"]),
            ],
        ),
    ],
)
def test_query_is_read(query, expected):
    assert parse(query) == expected


@given(st.text(alphabet="ab'\\\"- :|&!()<>*or\u0301é", max_size=40))
def test_whatever_postgresql_makes_of_words_is_read_whole(words):
    with connection.cursor() as cursor:
        cursor.execute("SELECT websearch_to_tsquery('english', %s)::text", [words])
        query = cursor.fetchone()[0]
    rest = _TERM.sub("", query)

    assert set(rest) <= set(" &"), query


def test_words_are_looked_up_by_their_indexes():
    for query, index in (
        (
            "SELECT page FROM controversies_searchword WHERE word = 'x' AND is_title = false",
            "searchword_pkey",
        ),
        (
            f"SELECT 1 FROM controversies_source s WHERE {words_of_row('source', 's')} @@ 'x'",  # noqa: S608
            "source_by_word",
        ),
        (
            f"SELECT 1 FROM controversies_backer b WHERE {words_of_row('backer', 'b')} @@ 'x'",  # noqa: S608
            "backer_by_word",
        ),
    ):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {query}")
            plan = "\n".join(row[0] for row in cursor.fetchall())

        assert index in plan, query


# -- what else is on a page, and where --


def cited(**values):
    """A page whose second position cites a source with these values, with one quotation."""
    document = document_factory(positions=2, points=0, citations=0, title="T")
    source = source_block(SourceFactory.build(**values))
    first, second = document.positions
    quoted = replace(citation(source), quote="Stripes confuse the flies.", locator="chapter nineteen")
    second = replace(second, citations=(quoted,))
    return ControversyFactory(document=document.with_blocks(positions=(first, second), sources=(source,)))


@pytest.mark.parametrize(
    "words", ["confuse flies", '"stripes confuse"', "chapter nineteen", "Baboon", "10.1234/x"]
)
def test_search_leads_to_the_position_that_quotes_or_cites(client, words):
    page = cited(authors="Ann Baboon", doi="10.1234/x")
    position = page.document.positions[1]

    html = client.get("/search/", {"q": words}).content.decode()

    assert f'href="/controversies/{page.slug}/"' in html
    if words != "10.1234/x":
        anchor = f"/controversies/{page.slug}/#position-{position.key[:8]}"
        assert anchor in html
        assert "Position B" in html


def test_identifiers_name_a_source_however_they_are_written():
    page = cited(doi="10.1234/x", url="https://papers.example/x")

    for words in ("10.1234/X", "https://doi.org/10.1234/x", "doi:10.1234/x", "http://www.papers.example/x/"):
        results = search(words)
        assert slugs(results.best) == [page.document.sources[0].slug], words
        assert slugs(results.controversies) == [page.slug], words


def test_search_finds_a_backer_by_the_page_and_by_another_name():
    who = BackerFactory(name="Zebra Inc.", aliases=["Stripes"])
    page = ControversyFactory(backers=[who])

    results = search("stripes")

    assert slugs(results.best) == [who.slug]
    [hit] = results.controversies
    assert hit.slug == page.slug
    assert {place.shared for place in hit.places} == {"backer"}


def test_search_finds_topics_and_authors():
    topic = TopicFactory(title="Striped animals")
    page = ControversyFactory(document=document_factory(topic=topic))
    page.save(
        replace(page.document, head=replace(page.document.head, question="Why stripes?")),
        author_name="Ann Okapi",
    )

    assert slugs(search("striped animals").best) == [topic.slug]
    assert [each.title for each in search("okapi").of_type("author")] == ["Ann Okapi"]


# -- phrases, spelling, some of the words --


def test_exact_phrase_is_exact():
    ControversyFactory(title="T", context="The zebras run.")
    other = ControversyFactory(title="U", context="A zebra runs.")

    assert slugs(search('"zebra runs"').controversies) == [other.slug]
    results = search('"zebra running"')
    assert not results.is_exact
    assert results.controversies == ()
    assert len(search("zebra running").controversies) == 2


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("democratise", "democratization"),
        ("democrtization", "democratization"),
        ("proliferatoin", "proliferation"),
        ("the proliferaton of weights", "the proliferation of weights"),
    ],
)
def test_words_that_no_page_has_are_corrected(client, typed, corrected):
    page = ControversyFactory(title="T", context="Democratization or proliferation of weights?")

    results = search(typed)
    html = client.get("/search/", {"q": typed}).content.decode()

    assert (slugs(results.controversies), results.corrected) == ([page.slug], corrected)
    assert f"These are the results for <b><bdi>{corrected}</bdi></b>." in html


@pytest.mark.parametrize("publication", ["draft", "withdrawn"])
def test_words_of_hidden_pages_correct_and_suggest_nothing(publication):
    ControversyFactory(title="Proliferation", publication=publication)
    ControversyFactory()

    assert not search("proliferaton")
    assert suggest("prolif") == []


def test_page_with_the_weightiest_words_is_found_if_none_has_all(client):
    page = ControversyFactory(title="T", context="Training on books")
    for _ in range(4):
        ControversyFactory(title="Legal matters", context="About something else")

    results = search("Is it legal to train models on books?")

    assert not results.has_all
    assert slugs(results.controversies)[0] == page.slug
    html = client.get("/search/", {"q": "Is it legal to train models on books?"}).content.decode()
    assert "No public page has all of these words." in html
    assert not search("wedding photographer")


def test_word_is_taken_away_from_those_that_correct_with_the_last_page_that_has_it():
    page = ControversyFactory(title="T", context="Proliferation")
    other = ControversyFactory(title="U", context="Proliferation")

    page.save(replace(page.document, context=replace(page.document.context, text="Nothing")))
    assert search("proliferaton").corrected == "proliferation"
    other.save(replace(other.document, context=replace(other.document.context, text="Nothing")))
    assert not SearchTerm.objects.filter(word="prolifer").exists()
    assert not search("proliferaton")


# -- facets --


def test_search_is_narrowed_by_facets(client):
    topic = TopicFactory()
    lab = BackerFactory(kind="research-lab")
    old = SourceFactory(date="1999-03")
    page = ControversyFactory(
        document=document_factory(
            title="Zebras of one kind", topic=topic, status="dormant", positions=1, points=1, stances=0,
            backings=1, backers=[lab], citations=1, sources=[old],
        )
    )  # fmt: skip
    other = ControversyFactory(title="Zebras of another kind", positions=1, points=1, citations=0)
    confidence = page.document.positions[0].confidence
    assert {page.slug, other.slug} == set(slugs(search("zebras").controversies))

    for query in (
        {"topic": topic.slug},
        {"status": "dormant"},
        {"backer": "research-lab"},
        {"year": "1999"},
        {"topic": topic.slug, "confidence": confidence, "year": "1999"},
    ):
        html = client.get("/search/", {"q": "zebras", **query}).content.decode()
        assert f'href="/controversies/{page.slug}/"' in html, query
        assert f'href="/controversies/{other.slug}/"' not in html, query
        assert "1 controversy" in html
    html = client.get("/search/", {"q": "zebras", "contested": "1"}).content.decode()
    assert "No public page with these filters contains" in html
    assert search("zebras").facets.numbers["status", "dormant"] == 1


def test_page_has_contested_evidence_where_a_source_contradicts_a_position():
    page = cited()
    position = page.document.positions[1]
    [quoted] = position.citations
    page.save(
        page.document.with_blocks(
            positions=(
                page.document.positions[0],
                replace(position, citations=(replace(quoted, relation="contradicts"),)),
            )
        )
    )

    assert slugs(search("stripes", SearchFilter(contested="1")).controversies) == [page.slug]


@pytest.mark.parametrize(
    "query", ["status=none", "topic=none", "year=then", "contested=2", "backer=x", "confidence=x"]
)
def test_facet_that_there_is_not_is_named_and_left_out(client, query):
    page = ControversyFactory(title="Zebras")

    html = client.get(f"/search/?q=zebras&{query}").content.decode()

    assert 'class="fault"' in html
    assert f'href="/controversies/{page.slug}/"' in html


# -- languages --


def test_page_is_indexed_in_its_own_language():
    document = document_factory(title="T")
    german = ControversyFactory(
        document=replace(
            document,
            head=replace(document.head, language="de"),
            context=replace(document.context, text="Die Häuser und Bäume der Nachbarn"),
        )
    )
    ControversyFactory()

    assert slugs(search("Nachbar").controversies) == [german.slug]
    assert list(present.word_faults(german.key)) == []


# -- suggestions --


def test_suggestions_are_titles_and_names_that_begin_so(client):
    topic = TopicFactory(title="Striped animals")
    page = ControversyFactory(
        document=document_factory(title="Do stripes confuse flies?", topic=topic, backers=[
            backer_block(BackerFactory.build(name="Stripe Society", slug="stripe-society"))
        ])
    )  # fmt: skip

    assert {(each.type, each.slug) for each in suggest("strip")} == {
        ("controversy", page.slug),
        ("topic", topic.slug),
        ("backer", "stripe-society"),
    }
    assert suggest("do stripes conf") == [
        SearchSuggestion("controversy", page.slug, "Do stripes confuse flies?")
    ]
    assert suggest("s") == suggest("") == suggest("zzz") == []
    response = client.get("/search/suggestions.json?q=do stripes conf")
    assert response["Content-Type"] == "application/x-suggestions+json"
    assert response.json() == [
        "do stripes conf",
        ["Do stripes confuse flies?"],
        ["Controversy"],
        [f"http://testserver/controversies/{page.slug}/"],
    ]


def test_browsers_are_told_how_to_search(client):
    description = client.get("/opensearch.xml")

    assert description["Content-Type"] == "application/opensearchdescription+xml; charset=utf-8"
    root = ElementTree.fromstring(description.content)  # noqa: S314 - our own
    addresses = {url.get("type"): url.get("template") for url in root if url.tag.endswith("}Url")}
    assert addresses["text/html"].endswith("/search/?q={searchTerms}")
    assert addresses["application/x-suggestions+json"].endswith("/search/suggestions.json?q={searchTerms}")
    assert 'type="application/opensearchdescription+xml"' in client.get("/").content.decode()
