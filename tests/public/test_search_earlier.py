"""Search in earlier revisions: old texts are found, what is hidden never is, and the cost stays the same."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from controversies import history
from controversies.document.types import Document
from controversies.history import earlier_texts
from controversies.models import (
    Backer,
    EarlierText,
    EarlierTextProgress,
    EarlierWord,
)
from controversies.search import earlier
from controversies.search.earlier import EarlierHit, EarlierResults, search_earlier
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    Recorded,
    SourceFactory,
    document_factory,
)

pytestmark = pytest.mark.django_db


def derive() -> None:
    """Let what was recorded arrive, as at COMMIT, and the worker derive it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert earlier_texts.catch_up()


def search(words: str, after: str = "") -> EarlierResults:
    derive()
    return search_earlier(words, after)


def hits(words: str) -> tuple[EarlierHit, ...]:
    return search(words).hits


def html(words: str, **params: str) -> str:
    derive()
    response = Client().get("/search/", {"q": words, "in": "earlier", **params})
    assert response.status_code == 200
    return response.content.decode()


def with_position(document: Document, **values: Any) -> Document:
    """The document with other values of its first position."""
    first, *others = document.positions
    return document.with_blocks(positions=(replace(first, **values), *others))


def reworded(*claims: str, **options: Any) -> Recorded:
    """A page whose first position has claimed one thing after another, a revision each."""
    page = ControversyFactory(
        document=with_position(document_factory(positions=2, points=1, **options), claim=claims[0])
    )
    for claim in claims[1:]:
        page.save(with_position(page.document, claim=claim))
    return page


def numbers(hit: EarlierHit) -> tuple[int | None, int, int]:
    return hit.first.number if hit.first else None, hit.last.number, hit.next.number


# -- what is found, and where --


def test_reworded_claim_leads_to_the_newest_revision_that_had_it():
    page = reworded("Zebras sleep", "Zebras sleep standing", "Horses doze")

    [hit] = hits("zebra sleeping standing")

    assert (hit.slug, *numbers(hit)) == (page.slug, 2, 2, 3)
    assert (hit.place.kind, hit.place.key, hit.place.place) == ("position", page.document.positions[0].key, 0)
    assert hit.place.snippet == "\x02Zebras\x03 \x02sleep\x03 \x02standing\x03"
    assert [numbers(each) for each in hits("zebras")] == [(2, 2, 3), (1, 1, 2)]


@pytest.mark.parametrize(
    "change",
    [
        lambda document, text: replace_head(document, title=text),
        lambda document, text: replace_head(document, question=text),
        lambda document, text: replace_head(document, status_summary=text),
        lambda document, text: document.with_blocks(context=replace(document.context, text=text)),
        lambda document, text: with_point(document, title=text),
        lambda document, text: with_point(document, body=text),
        lambda document, text: with_position(document, argument=text),
        lambda document, text: with_position(
            document, stances=(replace(document.positions[0].stances[0], text=text),)
        ),
        lambda document, text: with_position(
            document, citations=(replace(document.positions[0].citations[0], quote=text),)
        ),
        lambda document, text: with_position(
            document, backings=(replace(document.positions[0].backings[0], note=text),)
        ),
    ],
    ids=[
        "title",
        "question",
        "status",
        "context",
        "point",
        "body",
        "argument",
        "stance",
        "quotation",
        "note",
    ],
)
def test_every_kind_of_text_is_found_once_it_is_gone(change: Callable[[Document, str], Document]):
    before = document_factory(positions=2, points=1)
    page = ControversyFactory(document=change(before, "Giraffes hum at night."))
    page.save(change(page.document, "Nothing is known."))

    [hit] = hits("giraffe humming night")

    assert (hit.slug, *numbers(hit)) == (page.slug, 1, 1, 2)
    assert not hits("nothing is known")


def replace_head(document: Document, **values: Any) -> Document:
    return replace(document, head=replace(document.head, **values))


def with_point(document: Document, **values: Any) -> Document:
    first, *others = document.points
    return document.with_blocks(points=(replace(first, **values), *others))


def test_deleted_position_is_found():
    page = reworded("Okapis are shy", backings=0, citations=0)
    page.save(page.document.with_blocks(positions=page.document.positions[1:]))

    [hit] = hits("okapis")

    assert hit.place.place == 0
    text = html("okapis")
    assert f'<a href="/controversies/{page.slug}/revisions/1/#position-{hit.place.key[:8]}">' in text


def test_source_and_backer_lead_to_what_they_stood_with():
    source, backer = SourceFactory(title="On the quagga"), BackerFactory(name="Quagga Society")
    page = ControversyFactory(
        document=document_factory(positions=1, points=1, sources=[source], backers=[backer], citations=1)
    )
    page.save(with_position(page.document, citations=(), backings=()))

    found = hits("quagga")

    key = page.document.positions[0].key
    assert sorted((hit.place.shared, hit.place.kind, hit.place.key) for hit in found) == [
        ("backer", "position", key), ("source", "position", key),
    ]  # fmt: skip
    assert "A source of Position A" in html("quagga")


def test_renamed_backer_is_found_by_its_old_name():
    backer = BackerFactory(name="Quagga Society")
    page = ControversyFactory(document=document_factory(positions=1, points=1, backers=[backer]))
    with history.act(author_name="Edith Editor", summary="Renamed."):
        Backer.objects.filter(pk=backer.pk).update(name="Zebra Society")

    [hit] = hits("quagga")

    assert (hit.slug, hit.last.number) == (page.slug, 1)


def test_text_that_is_on_the_page_again_is_no_earlier_text():
    page = reworded("Zebras sleep", "Horses doze", "Zebras sleep")
    assert not hits("zebras")

    page.save(with_position(page.document, claim="Horses doze"))

    assert [numbers(hit) for hit in hits("zebras")] == [(3, 3, 4)]
    page.save(with_position(page.document, claim="Zebras sleep"))
    assert not hits("zebras")
    assert [numbers(hit) for hit in hits("horses")] == [(4, 4, 5)]


def test_other_sentences_of_a_text_that_came_back_in_part_are_still_found():
    page = ControversyFactory(
        document=with_position(document_factory(positions=2, points=1), argument="Okapis hide. Zebras run.")
    )
    page.save(with_position(page.document, argument="Horses doze."))
    assert [hit.last.number for hit in hits("okapis")] == [1]
    page.save(with_position(page.document, argument="Horses doze. Zebras run."))

    assert [hit.last.number for hit in hits("okapis")] == [1]
    assert not hits("zebras")


def test_sentence_that_moved_within_the_page_has_not_left_it():
    document = with_position(document_factory(positions=2, points=1), argument="Zebras run. Horses doze.")
    page = ControversyFactory(document=document)
    first, second = page.document.positions
    moved = (replace(first, argument="Horses doze."), replace(second, argument="Zebras run."))
    page.save(page.document.with_blocks(positions=moved))

    assert not hits("zebras")


def test_sentence_tells_since_when_it_stood_whatever_else_was_edited():
    page = ControversyFactory(
        document=with_position(document_factory(positions=2, points=1), argument="Horses doze.")
    )
    page.save(with_position(page.document, argument="Horses doze. Zebras run."))
    for claim in ("One", "Two", "Three"):
        page.save(with_position(page.document, claim=claim))
    page.save(with_position(page.document, argument="Horses doze."))

    [hit] = hits("zebras")

    assert numbers(hit) == (2, 5, 6)
    assert "In revisions 2 to 5, on" in html("zebras")


def test_beginning_that_is_too_far_back_is_left_open(monkeypatch):
    monkeypatch.setattr(earlier, "VERSIONS", 3)
    page = ControversyFactory(document=with_position(document_factory(), argument="Zebras run."))
    for claim in ("One", "Two", "Three"):
        page.save(with_position(page.document, claim=claim))
    page.save(with_position(page.document, argument="Horses doze."))

    [hit] = hits("zebras")

    assert numbers(hit) == (None, 4, 5)
    assert "In revision 4 and before, until" in html("zebras")


def test_marks_of_sources_are_no_part_of_a_text():
    document = with_position(document_factory(positions=1, points=1, citations=1), argument="Zebras run [1].")
    page = ControversyFactory(document=document)
    page.save(with_position(page.document, argument="Zebras run."))

    assert not hits("zebras")


def test_phrase_is_found_word_for_word_only():
    reworded("The zebra is not striped", "Nothing is known")
    reworded("Not the zebra, it is striped", "Nothing is known")

    assert len(hits("zebra striped")) == 2
    assert len(hits('"zebra is not striped"')) == 1
    results = search('"zebra was not striped"')
    assert (results.hits, results.is_exact) == ((), False)
    assert "/search/?q=zebra%20was%20not%20striped&amp;in=earlier" in html('"zebra was not striped"')


def test_words_and_phrases_are_excluded():
    reworded("Zebras sleep", "Nothing is known")
    page = reworded("Zebras run far", "Nothing is known")

    assert [hit.slug for hit in hits("zebras -sleep")] == [page.slug]
    assert [hit.slug for hit in hits('zebras -"zebras sleep"')] == [page.slug]


def test_either_word_is_found():
    pages = [
        reworded(claim, "Nothing is known").slug for claim in ("Zebras sleep", "Okapis hide", "Horses doze")
    ]

    assert [hit.slug for hit in hits("zebras OR okapis")] == [pages[1], pages[0]]


def test_some_of_the_words_are_found_where_no_text_has_all():
    page = reworded("Zebras sleep standing in the savannah", "Nothing is known")

    results = search("zebras sleep standing in water")

    assert ([hit.slug for hit in results.hits], results.has_all) == ([page.slug], False)
    assert "No earlier text has all of these words." in html("zebras sleep standing in water")
    assert not search("unicorns sleep under water in summer")


def test_words_are_stemmed_by_the_language_of_the_page():
    page = reworded("Die Häuser wurden verkauft", "Nichts ist bekannt", language="de")

    assert [hit.slug for hit in hits("Haus verkaufen")] == [page.slug]
    page.edit(language="")
    derive()
    assert not search_earlier("verkaufen")
    assert [hit.slug for hit in search_earlier("verkauft").hits] == [page.slug]


@pytest.mark.parametrize(
    "words", ["", "the", '"', "-zebras", "'", "\\", "a" * 300, "%", "<b>", "OR", '"the of"']
)
def test_no_query_is_too_odd(words):
    reworded("Zebras sleep", "Nothing is known")

    assert "<h1>Search</h1>" in html(words)


# -- what is hidden --


@pytest.mark.parametrize("publication", ["draft", "withdrawn"])
def test_page_that_is_not_public_is_never_found(publication):
    reworded("Zebras sleep", "Nothing is known", publication=publication)

    assert not hits("zebras")
    assert not EarlierText.objects.exists()


def test_withdrawn_page_is_gone_at_once_and_back_when_it_is_shown_again():
    page = reworded("Zebras sleep", "Nothing is known")
    assert len(hits("zebras")) == 1

    page.edit(publication="withdrawn")
    assert not search_earlier("zebras")
    assert not search("zebras")
    assert page.slug not in html("zebras")
    assert not EarlierText.objects.exists()
    assert not EarlierWord.objects.exists()
    page.edit(publication="published")
    assert [numbers(hit) for hit in hits("zebras")] == [(1, 1, 2)]


def test_words_of_a_draft_stay_hidden_when_it_is_published():
    page = reworded("Zebras sleep", "Okapis hide", publication="draft")
    page.edit(publication="published")
    page.save(with_position(page.document, claim="Horses doze"))

    assert not hits("zebras")
    assert [numbers(hit) for hit in hits("okapis")] == [(3, 3, 4)]


def test_words_of_hidden_revisions_stay_hidden_between_public_ones():
    page = reworded("Zebras sleep")
    page.edit(publication="withdrawn")
    page.save(with_position(page.document, claim="Okapis hide"))
    page.save(with_position(page.document, claim="Horses doze"))
    page.edit(publication="published")
    page.save(with_position(page.document, claim="Nothing is known"))

    assert not hits("okapis")
    assert [numbers(hit) for hit in hits("zebras")] == [(1, 1, 5)]
    assert [numbers(hit) for hit in hits("horses")] == [(5, 5, 6)]


def test_row_of_a_hidden_revision_is_not_shown_however_it_came_there():
    page = reworded("Zebras sleep")
    page.edit(publication="withdrawn")
    page.save(with_position(page.document, claim="Okapis hide"))
    page.save(with_position(page.document, claim="Horses doze"))
    page.edit(publication="published")
    derive()
    hidden = history.at(page.key, 3).document.positions[0]
    row = EarlierText.objects.get()
    EarlierText.objects.update(last=3, next=4, hashes=[earlier_texts.passage_hash("Okapis hide")])
    EarlierWord.objects.create(word="okapi", time=row.time, text=row.pk)

    assert hidden.claim == "Okapis hide"
    assert not search_earlier("okapis")


def test_nothing_is_shown_that_is_not_on_record():
    reworded("Zebras sleep", "Nothing is known")
    derive()
    row = EarlierText.objects.get()
    EarlierWord.objects.create(word="okapi", time=row.time, text=row.pk)

    assert not search_earlier("okapis")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_shown_still", [False, True])
def test_removed_words_are_gone_at_once(is_shown_still, tmp_path):
    words = "Zebras sleep standing"
    page = reworded(words, "Nothing is known", *([words] if is_shown_still else []))
    if is_shown_still:
        page.save(with_position(page.document, claim="Nothing is known"))
    other = reworded("Okapis hide", "Nothing is known")
    assert len(hits("zebras")) == 1
    (tmp_path / "words").write_text("Zebras")

    call_command(
        "redact",
        text=str(tmp_path / "words"),
        ground="privacy",
        by="Operator",
        reason="Asked for.",
        no_rewrite=True,
    )

    assert not search_earlier("zebras")
    assert not EarlierWord.objects.filter(word="zebra").exists()
    assert "Some pages are not searched yet" in Client().get("/search/?q=sleep&in=earlier").content.decode()
    assert not hits("zebras")
    assert [hit.slug for hit in hits("sleep standing")] == [page.slug]
    assert [hit.slug for hit in hits("okapis")] == [other.slug]
    assert not EarlierTextProgress.objects.filter(number=0).exists()


# -- the page --


def test_results_are_paged_by_key(monkeypatch):
    monkeypatch.setattr(earlier, "PAGE", 2)
    pages = [reworded("Zebras sleep", "Nothing is known").slug for _number in range(5)]

    first = search("zebras")
    second = search("zebras", first.next)
    third = search("zebras", second.next)

    found = [hit.slug for results in (first, second, third) for hit in results.hits]
    assert found == pages[::-1]
    assert (len(first.hits), len(second.hits), third.next) == (2, 2, "")
    assert f"after={first.next}" in html("zebras")
    assert [hit.slug for hit in search("zebras", "nonsense").hits] == found[:2]


@pytest.mark.parametrize("words", ["zebras sleep", '"zebras sleep"', "zebras in water"])
def test_queries_are_as_many_whatever_there_is(words):
    def count() -> int:
        derive()
        with CaptureQueriesContext(connection) as queries:
            assert search_earlier(words)
        return len(queries)

    page = reworded("Zebras sleep", "Nothing is known")
    few = count()
    for number in range(12):
        page.save(with_position(page.document, claim=f"Zebras sleep {number} hours"))
    reworded("Zebras sleep at night", "Nothing is known")

    assert count() <= few
    assert few <= 9


def test_old_markup_is_shown_as_text():
    reworded("<img src=x onerror=alert(1)> zebras & <b>horses</b>", "Nothing is known")

    text = html("zebras")

    assert "<mark>zebras</mark> &amp;" in text
    assert "<img" not in text.partition("<main")[2]


def test_search_of_today_offers_earlier_revisions(client):
    reworded("Zebras sleep", "Nothing is known")

    for words in ("known", "zebras"):
        text = client.get("/search/", {"q": words}).content.decode()
        assert f'<a href="/search/?q={words}&amp;in=earlier">Search in earlier revisions</a>' in text


def test_other_values_and_a_day_besides_are_refused(client):
    ControversyFactory()

    assert "“later” is no value of “in”." in client.get("/search/?q=zebras&in=later").content.decode()
    text = client.get("/search/?q=zebras&in=earlier&as_of=2026-01-06").content.decode()
    assert "Search as of a day or in earlier revisions, not both at once." in text


def test_page_says_what_it_does_not_have_yet(client):
    reworded("Zebras sleep", "Nothing is known")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    before = client.get("/search/?q=zebras&in=earlier")
    assert "The latest 2 changes are not searched yet." in before.content.decode()
    assert earlier_texts.catch_up()
    after = client.get("/search/?q=zebras&in=earlier", headers={"if-none-match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "not searched yet" not in after.content.decode()


def test_interrupted_past_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(earlier_texts, "BATCH", 2)
    page = reworded(*(f"Zebras sleep {number} hours" for number in range(9)))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    assert earlier_texts._derive_batch(page.key)
    assert EarlierTextProgress.objects.get().number == 3
    assert EarlierText.objects.count() == 2
    call_command("indexearlier", stdout=io.StringIO())

    assert EarlierTextProgress.objects.get().number == 9
    assert sorted(EarlierText.objects.values_list("last", flat=True)) == list(range(1, 9))


def test_statistics_of_the_database_keep_no_words():
    reworded("Zebras sleep", "Nothing is known")
    derive()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE controversies_earlierword, controversies_earliertext")
        cursor.execute(
            "SELECT tablename, attname FROM pg_stats WHERE tablename LIKE 'controversies_earlier%'"
            " AND attname IN ('word', 'hashes', 'time') ORDER BY 1, 2"
        )
        analysed = cursor.fetchall()

    assert analysed == [("controversies_earliertext", "time"), ("controversies_earlierword", "time")]
