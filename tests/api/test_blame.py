"""Who wrote what, as JSON: spans that join to each text, values, and the revisions that they name."""

from dataclasses import replace

import pytest
from django.core.cache import cache

from controversies import history
from controversies import models as m
from controversies.document.types import BLOCK_TYPES, Kind
from controversies.history.blame import derive
from tests.factories import BackerFactory, ControversyFactory, Recorded, document_factory

pytestmark = pytest.mark.django_db


def with_argument(document, text):
    position, *others = document.positions
    return document.with_blocks(positions=(replace(position, argument=text), *others))


@pytest.fixture
def page():
    page = ControversyFactory(slug="one", authors=("Ada",), positions=1, citations=1)
    page.save(
        with_argument(page.document, "Rivers flood in spring. Dams hold."), author_name="Bea", summary="Dams."
    )
    page.save(
        with_argument(page.document, "Rivers flood in spring. Most dams hold."),
        author_name="Cora",
        reviewer_name="Edith Editor",
        summary="Not all do.",
    )
    return page


def test_text_is_given_as_spans(api, page):
    answer = api("/controversies/one/blame")

    key = page.document.positions[0].key
    assert answer["blocks"][key]["argument"] == [
        {"text": "Rivers flood in spring. ", "revision": 2, "wording": 2, "here": 2},
        {"text": "Most ", "revision": 3, "wording": 3, "here": 2},
        {"text": "dams hold.", "revision": 2, "wording": 3, "here": 2},
    ]
    assert (answer["revision"], answer["algorithm"]) == (3, 1)
    assert answer["controversy"] == {"key": page.key, "slug": "one", "title": page.document.head.title}


def test_revisions_that_are_named_are_told(api, page):
    revisions = api("/controversies/one/blame")["revisions"]

    assert list(revisions) == ["1", "2", "3"]
    assert revisions["2"] == {
        "time": history.at(page.key, 2).entry.time.isoformat(),
        "author": "Bea",
        "summary": "Dams.",
    }
    assert (revisions["3"]["author"], revisions["3"]["reviewer"]) == ("Cora", "Edith Editor")


def value_of(answer, part):
    """The text or value that the blame of a field gives."""
    if isinstance(answer, dict):
        return answer["value"]
    return "".join(span["text"] for span in answer) if part.is_text else [each["value"] for each in answer]


def assert_same(fields, part):
    """Hold the blame of a part against it: every field, and nothing else."""
    names = {spec.name for spec in part.SPECS if spec.kind is not Kind.ITEMS or getattr(part, spec.name)}
    assert set(fields) == names
    for spec in part.SPECS:
        value = getattr(part, spec.name)
        if spec.kind is Kind.ITEMS:
            for item in value:
                assert_same(fields[spec.name][item.identity], item)
            assert len(fields.get(spec.name, ())) == len(value)
        elif spec.kind is Kind.PART:
            assert_same(fields[spec.name], value)
        else:
            assert value_of(fields[spec.name], spec) == (list(value) if spec.kind is Kind.LINES else value)


def test_every_field_of_every_block_is_given_as_it_reads(api):
    backers = [BackerFactory(aliases=["One", "Two"]), BackerFactory()]
    page = ControversyFactory(
        slug="one", revisions=5, positions=3, points=2, backings=6, citations=14, backers=backers
    )

    for number in (1, 3, 5):
        answer = api(f"/controversies/one/revisions/{number}/blame")
        document = history.at(page.key, number).document
        assert list(answer["blocks"]) == [block.key for block in document.blocks()]
        for block in document.blocks():
            assert_same(answer["blocks"][block.key], block)
    assert len({type(block) for block in document.blocks()}) == len(BLOCK_TYPES)


def test_value_is_given_with_its_revision(api, page):
    page.edit(status="resolved", author_name="Dan")

    head = api("/controversies/one/blame")["blocks"][page.key]

    assert head["status"] == {"value": "resolved", "revision": 4}
    assert head["topic"]["slug"]["revision"] == 1


def test_words_from_before_publication_say_so(api):
    page = ControversyFactory(slug="one", revisions=2, published_at=3)
    page.edit(publication="published", author_name="Paul Publisher", summary="Now.")
    page.edit(question="What else?", author_name="Bea")

    answer = api("/controversies/one/blame")
    head = answer["blocks"][page.key]

    assert head["title"][0]["before_publication"] is True
    assert head["status"] == {"value": "active", "revision": 3, "before_publication": True}
    assert head["question"] == [{"text": "What else?", "revision": 4, "wording": 4, "here": 4}]
    assert answer["revisions"]["3"] == {
        "time": history.at(page.key, 3).entry.time.isoformat(),
        "before_publication": True,
    }
    assert set(answer["revisions"]) == {"3", "4"}


def test_old_revision_stays_as_it_was(api, page):
    before = api("/controversies/one/revisions/2/blame")
    page.save(with_argument(page.document, "All is lost."))

    assert api("/controversies/one/revisions/2/blame") == before
    assert api("/controversies/one/revisions/3/blame") != api("/controversies/one/blame")


def test_newest_revision_answers_the_same_at_both_addresses(client, page):
    here, there = (client.get(f"/api/v1/controversies/one/{path}") for path in ("blame", "revisions/3/blame"))

    assert here.content == there.content
    assert here["ETag"] == there["ETag"]
    assert here["Content-Location"].endswith("/api/v1/controversies/one/revisions/3/blame")


def test_client_that_has_it_is_told_so(client, page, django_assert_num_queries):
    etag = client.get("/api/v1/controversies/one/blame")["ETag"]

    with django_assert_num_queries(1):
        answer = client.get("/api/v1/controversies/one/blame", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    page.edit(question="And now?")
    answer = client.get("/api/v1/controversies/one/blame", headers={"If-None-Match": etag})
    assert answer.status_code == 200


@pytest.mark.parametrize("length", [2, 30])
def test_answer_takes_four_queries_however_long_the_history(client, django_assert_num_queries, length):
    ControversyFactory(slug="one", revisions=length)

    for path in ("blame", "revisions/1/blame", f"revisions/{length}/blame"):
        with django_assert_num_queries(4):
            assert client.get(f"/api/v1/controversies/one/{path}").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("draft/blame", 404),
        ("draft/revisions/1/blame", 404),
        ("gone/blame", 410),
        ("gone/revisions/1/blame", 410),
        ("one/revisions/1/blame", 404),  # the page was a draft then
        ("one/revisions/9/blame", 404),
        ("one/revisions/0/blame", 404),
        ("nothing/blame", 404),
    ],
)
def test_hidden_and_unknown_pages_are_not_there(client, path, status):
    ControversyFactory(slug="draft", publication="draft")
    ControversyFactory(slug="gone", publication="withdrawn", revisions=3)
    ControversyFactory(slug="one", revisions=3, published_at=2)

    assert client.get(f"/api/v1/controversies/{path}").status_code == status


def test_imported_page_says_that_nobody_has_said_who_wrote_it(api):
    history.record(
        document_factory(slug="one"), author_name="Ivy Importer", base=None, kind=m.ChangeClass.IMPORT
    )
    [row] = m.Controversy.objects.all()
    page = Recorded(history.head(str(row.pk)))

    assert api("/controversies/one/blame")["revisions"]["1"]["origin"] == "not recorded"
    page.edit(attribution="By Carla Copyright.", author_name="Bea")
    assert "origin" not in api("/controversies/one/blame")["revisions"]["1"]


def test_blame_of_a_long_history_is_worked_out_in_several_requests(client, api, page, monkeypatch):
    whole = api("/controversies/one/blame")
    cache.clear()
    for model in (m.Blame, m.Origin, m.GoneText):
        model.objects.all().delete()
    monkeypatch.setattr(derive, "PATIENCE", 0.0)
    monkeypatch.setattr(derive, "BATCH_SECONDS", 0.0)

    answers = [client.get("/api/v1/controversies/one/blame") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0]["Retry-After"] == "5"
    assert answers[0].json()["title"] == "Not ready yet"
    assert answers[2].json() == whole
