"""What registries say of a work, asked in the loopback world."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.checks.fetch import NotYet
from controversies.checks.metadata import (
    Proposals,
    ValueOrigin,
    arxiv,
    crossref,
    datacite,
    look_up,
    open_library,
    pubmed,
)
from controversies.document import parse
from controversies.document.parts import Source
from controversies.kit.identifiers import identify
from tests.checks.world import Reply

from . import answers
from .pages import names, page

pytestmark = pytest.mark.django_db(transaction=True)
ORIGINS = {
    "api.crossref.org": ValueOrigin.CROSSREF,
    "api.datacite.org": ValueOrigin.DATACITE,
    "export.arxiv.org": ValueOrigin.ARXIV,
    "eutils.ncbi.nlm.nih.gov": ValueOrigin.PUBMED,
    "openlibrary.org": ValueOrigin.OPEN_LIBRARY,
}


def values(proposals: Proposals) -> dict[str, str]:
    return {name: each.value for name, each in proposals.values.items()}


def look(pasted: str) -> Proposals:
    return look_up(identify(pasted), address=pasted if pasted.startswith("https://") else "")


def answer_with(world, host, path, reply):
    """Let a registry answer, and every other say that it knows nothing."""
    for each in ORIGINS:
        world.host(each)
    world.handle(host, path, lambda request: reply)


@pytest.mark.parametrize("answer", answers.ANSWERS, ids=lambda answer: f"{answer.host}-{answer.name}")
def test_work_is_proposed_as_its_registry_has_it(world, clock, answer):
    content_type = "application/atom+xml" if answer.host == "export.arxiv.org" else "application/json"
    content_type = "text/xml" if answer.host == "eutils.ncbi.nlm.nih.gov" else content_type
    answer_with(world, answer.host, answer.path, Reply(200, answer.body, {"Content-Type": content_type}))

    proposals = look(answer.pasted)

    assert values(proposals) == answer.wanted
    assert proposals.failure == ""
    origins = {name: each.origin for name, each in proposals.values.items()}
    assert {name for name, origin in origins.items() if origin == ValueOrigin.PASTED} <= {"url"}
    assert {origins[name] for name in ("title", "kind")} == {ORIGINS[answer.host]}


def test_figures_over_all_answers():
    """The table of the report: answers by registry."""
    counts = {host: sum(each.host == host for each in answers.ANSWERS) for host in ORIGINS}
    print(counts)

    assert min(counts.values()) >= 6


# -- one registry after another, and pages --

ARTICLE = answers.CROSSREF[0]
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


def test_datacite_is_asked_only_where_crossref_knows_nothing(world, clock):
    answer_with(world, ARTICLE.host, ARTICLE.path, Reply(200, ARTICLE.body, JSON))
    look(ARTICLE.pasted)
    assert {each.host for each in world.requests} == {"api.crossref.org"}


def test_registry_that_answers_for_another_work_is_not_believed(world, clock):
    answer_with(world, ARTICLE.host, "/works", Reply(200, ARTICLE.body, JSON))
    world.host("doi.org")

    assert values(look("10.1126/science.another")) == {
        "url": "https://doi.org/10.1126/science.another",
        "doi": "10.1126/science.another",
    }


def test_page_behind_a_doi_is_read_where_no_registry_knows_it(world, clock):
    answer_with(world, ARTICLE.host, ARTICLE.path, Reply(404))
    world.handle(
        "doi.org", "/10.1000", lambda request: Reply(302, b"", {"Location": "https://press.example/a"})
    )
    shown = page(names(citation_title="A Work of a Small Press", citation_date="2011"))
    world.page("https://press.example/a", Reply(200, shown.encode(), HTML))

    proposals = look("10.1000/small")

    assert values(proposals) == {
        "title": "A Work of a Small Press",
        "date": "2011",
        "url": "https://press.example/a",
        "doi": "10.1000/small",
    }
    assert proposals.values["title"].origin == ValueOrigin.PAGE


def test_page_that_names_its_doi_is_completed_by_the_registry(world, clock):
    answer_with(world, ARTICLE.host, ARTICLE.path, Reply(200, ARTICLE.body, JSON))
    title = "Considerations for governing open foundation models"
    shown = page(names(citation_title=title, citation_doi=ARTICLE.wanted["doi"]))
    world.page("https://lab.example/papers/7", Reply(200, shown.encode(), HTML))

    proposals = look("https://lab.example/papers/7?utm_source=feed")

    assert proposals.get("authors") == "Rishi Bommasani, Sayash Kapoor, Kevin Klyman and others"
    assert proposals.get("url") == "https://lab.example/papers/7"
    assert proposals.values["authors"].origin == ValueOrigin.CROSSREF
    assert proposals.values["url"].origin == ValueOrigin.PAGE


def test_page_that_names_the_doi_of_another_work_keeps_its_own_values(world, clock):
    answer_with(world, ARTICLE.host, ARTICLE.path, Reply(200, ARTICLE.body, JSON))
    html = page(names(citation_title="My Thoughts on Gardening", citation_doi=ARTICLE.wanted["doi"]))
    world.page("https://hostile.example/a", Reply(200, html.encode(), HTML))

    assert values(look("https://hostile.example/a")) == {
        "title": "My Thoughts on Gardening",
        "url": "https://hostile.example/a",
    }


def test_title_that_is_typed_finds_the_work_of_exactly_that_title(world, clock):
    works = [
        {"DOI": "10.1/other", "title": ["Correction: The Bitter Lesson"], "type": "journal-article"},
        {
            "DOI": "10.1234/bitter",
            "title": ["The bitter lesson"],
            "type": "journal-article",
            "issued": {"date-parts": [[2019]]},
        },
    ]
    body = json.dumps({"message": {"items": works}}).encode()
    world.handle("api.crossref.org", "/works", lambda request: Reply(200, body, JSON))

    assert look("The Bitter Lesson").get("doi") == "10.1234/bitter"
    assert world.requests[0].query == {"query.bibliographic": "The Bitter Lesson", "rows": "5"}


def test_title_that_nobody_has_is_unknown(world, clock):
    body = json.dumps(
        {"message": {"items": [{"DOI": "10.1/x", "title": ["Something Else"]}, 5, None]}}
    ).encode()
    world.handle("api.crossref.org", "/works", lambda request: Reply(200, body, JSON))

    proposals = look("The Bitter Lesson")

    assert (values(proposals), proposals.failure) == ({"title": "The Bitter Lesson"}, "unknown")


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (Reply(404), "gone"),
        (Reply(403), "blocked"),
        (Reply(500), "no-answer"),
        (Reply(200, b"%PDF-1.7", {"Content-Type": "application/pdf"}), "unreadable"),
        (Reply(200, b"<title>Just a moment...</title>", HTML), "blocked"),
        (Reply(200, b"<html><body>Hello</body></html>", HTML), "no-metadata"),
    ],
)
def test_address_that_tells_nothing_is_proposed_all_the_same(world, clock, reply, failure):
    world.page("https://site.example/a/b", reply)

    proposals = look("https://site.example/a/b")

    assert values(proposals) == {"url": "https://site.example/a/b"}
    assert proposals.failure == failure


def test_private_address_is_refused_and_not_proposed_silently(world, clock):
    assert look("https://127.0.0.1/a") == Proposals(failure="refused")
    assert world.requests == []


def test_host_whose_turn_has_not_come_is_told_to_the_caller(world, clock):
    answer_with(world, ARTICLE.host, ARTICLE.path, Reply(200, ARTICLE.body, JSON))
    look(ARTICLE.pasted)

    with pytest.raises(NotYet):
        look(ARTICLE.pasted)


def test_arxiv_that_knows_no_such_number_says_so_in_a_feed(world, clock):
    feed = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry>
        <id>http://arxiv.org/api/errors#incorrect_id_format_for_9999.99999</id><title>Error</title>
        <summary>incorrect id format for 9999.99999</summary></entry></feed>"""
    world.handle(
        "export.arxiv.org", "/api", lambda request: Reply(200, feed, {"Content-Type": "application/atom+xml"})
    )

    assert look("2412.99999").failure == "unknown"


# -- hostile answers --

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=600),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "message",
                        "items",
                        "DOI",
                        "title",
                        "author",
                        "given",
                        "family",
                        "issued",
                        "date-parts",
                        "type",
                        "ISBN",
                    ),
                    *(
                        "data",
                        "attributes",
                        "doi",
                        "titles",
                        "creators",
                        "name",
                        "dates",
                        "date",
                        "dateType",
                        "types",
                        "url",
                    ),
                    *(
                        "ISBN:9780306406157",
                        "publishers",
                        "publish_date",
                        "container",
                        "volume",
                        "resource",
                        "primary",
                        "URL",
                    ),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(JSON_VALUES)
def test_any_json_is_read_and_what_comes_of_it_the_document_takes(data):
    for proposals in (
        crossref.read_work(data),
        crossref.read_message(
            {"DOI": "10.1234/x", "title": data, "author": data, "issued": data, "volume": data}
        ),
        datacite.read_work(data),
        datacite.read_work(
            {"data": {"attributes": {"doi": "10.1234/x", "titles": data, "creators": data, "dates": data}}}
        ),
        open_library.read_book(data, "9780306406157"),
        open_library.read_book({"ISBN:9780306406157": {"title": data, "authors": data}}, "9780306406157"),
    ):
        for name, each in proposals.values.items():
            assert parse.value(Source.spec(name), each.value) == each.value


@given(st.binary(max_size=500))
def test_other_bytes_are_no_feed_and_no_set_of_articles(body):
    for read in (arxiv.read_work, pubmed.read_work):
        with pytest.raises(ValueError, match="no "):
            read(body)


BOMB = (
    b'<!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/2401.00001v1</id><title>T &c;</title>'
    b"</entry></feed>"
)
OUTSIDE = (
    b'<!DOCTYPE feed [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/2401.00001v1</id><title>T &f;</title>'
    b"</entry></feed>"
)


@pytest.mark.parametrize("body", [BOMB, OUTSIDE])
def test_entities_are_left_out(body):
    assert arxiv.read_work(body).get("title") == "T"
