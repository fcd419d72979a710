import re
from dataclasses import replace
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controversies import history
from controversies import models as m
from controversies.document.redact import RemovedWords
from controversies.history.blame import derive
from controversies.workflow import redaction
from tests.factories import (
    BIG,
    ControversyFactory,
    UserFactory,
    citation,
    cited_first,
    cited_page,
    source_block,
)
from tests.markup import one_line

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>{{ 7|add:7 }}%s"


def url(made, number=None, **query):
    """The address of the blame of today's page, or of a revision's."""
    if number is None:
        return reverse("blame", args=[made.slug], query=query)
    return reverse("revision_blame", args=[made.slug, number], query=query)


def text(html):
    """The words of a page or of a part of it."""
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
    return re.sub(r" ([,.:;])", r"\1", words)


def part(html, anchor):
    """The part of a page from the element with this id to the next one that is a field, a member or a block."""
    start = html.index(f'id="{anchor}"')
    end = re.compile(r'<(?:div|p|li) class="blame-(?:field|value|list|member|block)').search(html, start)
    return html[start : end.start() if end else None]


def argue(made, argument, **options):
    """Record another argument of the first position."""
    first, *rest = made.document.positions
    document = made.document.with_blocks(positions=(replace(first, argument=argument), *rest))
    return made.save(document, **options)


@pytest.fixture
def argued():
    """A position whose argument three people wrote."""
    made = ControversyFactory(positions=2, points=1)
    argue(made, "Weights stay out. Nobody takes them back.", author_name="Ann", summary="An argument.")
    argue(
        made,
        "Weights stay out. Nobody ever takes them back. A third thing.",
        author_name="Bob",
        reviewer_name="Rita",
        summary="More of it.",
    )
    return made


def argument_of(made, html):
    return part(html, f"{made.document.positions[0].key}.argument")


def test_each_passage_says_who_wrote_it_when_and_why(client, argued):
    response = client.get(url(argued))
    argument = argument_of(argued, response.content.decode())
    words = text(argument)

    assert response.status_code == 200
    assert words.startswith("Argument Ann") or " Ann " in words
    assert "An argument. Revision 2 · Before this 1 Weights stay out." in words
    assert "accepted by Rita · newest More of it. Revision 3 · Before this 3 A third thing." in words
    for number in (2, 3):
        assert f'href="{reverse("compare", args=[argued.slug, number - 1, number])}"' in argument
        assert f'href="{url(argued, number - 1)}"' in argument
    assert f'<a class="name" href="{reverse("authors")}?name=Ann"><bdi>Ann</bdi></a>' in argument


def test_a_sentence_that_was_changed_says_since_when_it_reads_so(client, argued):
    argument = argument_of(argued, client.get(url(argued)).content.decode())
    words = text(argument)
    anchor = f"{argued.document.positions[0].key}.argument.2"

    assert '<span class="by-other">ever </span>' in argument
    assert "With words by Bob" in words
    assert re.search(
        r"Sentence 2 has changed “ ever ” since .* by Bob, accepted by Rita: “ More of it. ” revision 3",
        words,
    )
    assert f'href="{url(argued, 3, statement=anchor)}"' in argument
    assert "Sentence 1 has changed" not in words


def test_a_word_that_was_dropped_is_told_by_since_when_the_sentence_reads_so(client):
    made = ControversyFactory(positions=1)
    argue(made, "It is not safe. It is cheap.", author_name="Ann")
    argue(made, "It is safe. It is cheap.", author_name="Bob", summary="Dropped a word.")

    argument = argument_of(made, client.get(url(made)).content.decode())

    assert "by-other" not in argument
    assert re.search(r"Ann .* In these words since .* 1 It is safe\.", text(argument))
    assert re.search(r"In these words since .*, by Bob: “ Dropped a word\. ”", text(argument))


def test_each_sentence_has_a_permanent_address(client, argued):
    html = client.get(url(argued)).content.decode()
    key = argued.document.positions[0].key

    for number in (1, 2, 3):
        assert f'id="{key}.argument.{number}" href="{url(argued, 3)}#{key}.argument.{number}"' in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_values_are_told_in_words(client):
    made = ControversyFactory(positions=2, points=1)
    first, *rest = made.document.positions
    made.save(
        made.document.with_blocks(positions=(replace(first, confidence="disputed"), *rest)),
        author_name="Cora",
        reviewer_name="Rita",
        summary="The trial was retracted.\n\nAll of it.",
    )

    html = client.get(url(made)).content.decode()
    confidence = text(part(html, f"{first.key}.confidence"))

    assert re.search(
        r"Confidence Disputed since \d+ \w+ 2026, by Cora, accepted by Rita: “ The trial was retracted\. ” revision 2",
        confidence,
    )
    values = text(html[html.index('id="head"') : html.index('id="context"')])
    assert re.search(
        r"Topic .* since 5 January 2026, by Edith Editor: “ First version\. ” revision 1", values
    )
    assert (
        "Status Active since 5 January 2026, by Edith Editor revision 1" in values
    )  # the reason is told once


def test_members_of_lists_say_who_added_them(client):
    made = ControversyFactory(positions=1, points=1, citations=0, backings=1)
    [position] = made.document.positions
    source = source_block()
    cited = citation(source)
    made.save(
        made.document.with_blocks(
            positions=(replace(position, citations=(cited,)),), sources=(*made.document.sources, source)
        ),
        author_name="Cora",
        summary="A source.",
    )

    html = client.get(url(made)).content.decode()

    member = text(part(html, f"{position.key}.citations.{cited.key}"))
    assert re.search(rf"\[1\] {source.title} since .*, by Cora: “ A source\. ” revision 2", member)
    assert re.search(
        r"since 5 January 2026, by Edith Editor",
        text(part(html, f"{position.key}.backings.{position.backings[0].key}")),
    )


def test_words_from_before_publication_name_nobody(client):
    made = ControversyFactory(
        positions=1, revisions=3, published_at=3, authors=["Dora Draft", "Dan Draft", "Paul Publisher"]
    )
    argue(made, f"{made.document.positions[0].argument} A new one.", author_name="Ann")

    words = text(client.get(url(made)).content.decode())

    assert "Written before this page was public. Shown since 7 January 2026." in words
    assert "from before this page was public, shown since 7 January 2026" in words
    assert "A new one." in words
    for name in ("Draft", "Paul Publisher"):
        assert name not in words
    assert "Ann" in words


def test_editors_see_who_wrote_a_draft(client):
    made = ControversyFactory(
        positions=1, revisions=2, published_at=2, authors=["Dora Draft", "Paul Publisher"]
    )
    client.force_login(UserFactory(role="editor"))

    response = client.get(url(made))

    assert "Dora Draft" in text(response.content.decode())
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("publication", "status"), [("draft", 404), ("withdrawn", 410)])
def test_pages_that_are_not_public_are_not_shown(client, publication, status):
    made = ControversyFactory(publication=publication, title="Hidden title", revisions=2)

    for address in (url(made), url(made, 1)):
        response = client.get(address)
        assert response.status_code == status
        assert "Hidden title" not in response.content.decode()


def test_hidden_and_unknown_revisions_are_not_found(client):
    made = ControversyFactory(revisions=3, published_at=2)

    assert [client.get(url(made, number)).status_code for number in (1, 2, 3, 4)] == [404, 200, 200, 404]
    assert client.get("/controversies/none/blame/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_only_get_and_head_are_answered(client, method):
    assert getattr(client, method)(url(ControversyFactory())).status_code == 405


def test_an_old_revision_tells_who_had_written_it_then(client, argued):
    html = client.get(url(argued, 2)).content.decode()

    assert "Who wrote revision 2?" in text(html)
    assert "This is revision 2 of 3, not today’s page" in text(html)
    assert f'href="{url(argued)}"' in html
    assert "Bob" not in html
    assert "Weights stay out." in text(argument_of(argued, html))
    assert "not today’s page" not in client.get(url(argued, 3)).content.decode()


def test_one_persons_words_are_shown_alone(client, argued):
    html = client.get(url(argued, author="Bob")).content.decode()
    words = text(html)

    assert '<a href="?author=Bob" aria-current="true"><bdi>Bob</bdi></a>' in html
    assert "You see only what Bob wrote or set." in words
    assert "A third thing." in words
    assert "Nobody ever takes them back." in words
    assert "Weights stay out." not in words
    assert argued.document.positions[1].argument[:40] not in words
    for name in ("Ann", "Bob", "Edith+Editor"):
        assert f'<a href="?author={name.replace("+", "%20")}"' in html


def test_a_person_who_wrote_nothing_that_stands_is_said_so(client, argued):
    words = text(client.get(url(argued, author="Nobody <b>")).content.decode())

    assert "Nothing by Nobody <b> stands on this page." in words
    assert "Weights stay out." not in words


def test_earlier_wordings_of_a_sentence_are_compared_by_words(client, argued):
    argue(argued, "Weights stay out. Nobody ever takes all of them back. A third thing.", author_name="Cora")
    anchor = f"{argued.document.positions[0].key}.argument.2"

    html = client.get(url(argued, statement=anchor)).content.decode()
    words = text(html)

    assert "Position A › Argument, sentence 2" in words
    for change in ("added: all of", "added: ever"):
        assert change in words
    assert re.search(r"Cora .* Bob .* Ann .* added: Nobody takes them back\.", words)
    assert f'href="{url(argued)}#{anchor}"' in html


def test_other_numbers_of_sources_are_no_other_words(client):
    made = ControversyFactory(document=cited_page())
    renumbered = cited_first(made.document)
    first, second = renumbered.positions
    assert "One court said so [2]." in first.argument
    argument = first.argument.replace("One court", "A court in one country")
    made.save(
        renumbered.with_blocks(positions=(replace(first, argument=argument), second)), author_name="Bob"
    )

    html = client.get(url(made, statement=f"{first.key}.argument.1")).content.decode()

    changed, written = html.split('<div class="blame-row">')[1:]
    assert "removed: One added: A court added: in one country said so [2]." in text(changed)
    assert "One court said so [1]." in text(written)


def test_a_sentence_in_another_place_says_where_it_stood(client):
    made = ControversyFactory(positions=2)
    a, b = made.document.positions
    sentence = "A sentence of some length went from one position to the other."
    argue(made, f"{a.argument} {sentence}", author_name="Ann")
    a, b = made.document.positions
    moved = made.document.with_blocks(
        positions=(
            replace(a, argument=a.argument.replace(f" {sentence}", "")),
            replace(b, argument=f"{b.argument} {sentence}"),
        )
    )
    made.save(moved, author_name="Bob", summary="It fits there.")

    html = client.get(url(made)).content.decode()
    argument = text(part(html, f"{b.key}.argument"))

    assert re.search(rf"Ann .* In this place since .* {re.escape(sentence)}", argument)


@pytest.mark.parametrize(
    "statement",
    [
        "x",
        "x.y.1",
        "{key}.argument",
        "{key}.argument.0",
        "{key}.argument.99",
        "{key}.confidence.1",
        "{key}.nothing.1",
    ],
)
def test_a_sentence_that_is_not_there_is_not_found(client, argued, statement):
    key = argued.document.positions[0].key

    assert client.get(url(argued, statement=statement.format(key=key))).status_code == 404


def test_hostile_words_are_escaped(client):
    made = ControversyFactory(positions=1, points=1, title="A title")
    first = replace(made.document.positions[0], argument=f"{HOSTILE}. {HOSTILE}.", claim=HOSTILE)
    made.save(
        made.document.with_blocks(positions=(first,)), author_name=f"Eve {HOSTILE}"[:150], summary=HOSTILE
    )

    for address in (
        url(made),
        url(made, author=f"Eve {HOSTILE}"[:150]),
        url(made, statement=f"{first.key}.claim.1"),
    ):
        html = client.get(address).content.decode()
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "Eve &lt;script&gt;" in html


def test_every_block_of_the_page_asks_who_wrote_it(client):
    made = ControversyFactory(positions=2, points=2)
    html = one_line(client.get(reverse("controversy", args=[made.slug])).content.decode())
    blame = client.get(url(made)).content.decode()

    links = re.findall(
        rf'href="{url(made)}#([^"]+)"> ?Who wrote this\?<span class="hidden-text"> \(([^)]+)\)', html
    )

    assert [name for _anchor, name in links] == [
        "the status of the dispute", "the context", "point 1", "point 2", "position A", "position B",
    ]  # fmt: skip
    for anchor, _name in links:
        assert f'id="{anchor}"' in blame


def test_history_comparisons_and_old_revisions_lead_there(client):
    made = ControversyFactory(positions=2, revisions=3)
    point = made.document.points[0]

    old = client.get(reverse("revision", args=[made.slug, 2])).content.decode()
    listed = client.get(reverse("history", args=[made.slug])).content.decode()
    of_part = client.get(reverse("history", args=[made.slug], query={"block": point.key})).content.decode()
    compared = client.get(reverse("compare", args=[made.slug, 1, 2])).content.decode()

    assert f'href="{url(made, 2)}"' in old
    assert f'href="{url(made)}"' in listed
    assert f'href="{url(made)}#point-{point.key[:8]}"' in of_part
    assert f'href="{url(made, 2)}"' in compared
    for html in (listed, compared):
        assert f'href="{reverse("authors")}?name=Paul+Publisher"' in html


def test_search_engines_are_asked_not_to_index_it(client, argued):
    assert '<meta name="robots" content="noindex">' in client.get(url(argued)).content.decode()
    assert "/blame/" not in client.get("/sitemap.xml").content.decode()


def test_it_is_cached_until_the_page_changes(client, argued):
    first = client.get(url(argued))
    again = client.get(url(argued), headers={"if-none-match": first["ETag"]})
    argue(argued, "Other words.", author_name="Cora")
    changed = client.get(url(argued), headers={"if-none-match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200
    assert "Other words." in changed.content.decode()


def test_a_name_that_was_removed_is_nowhere(client):
    made = ControversyFactory(positions=1, authors=["Zoë Qüxly"])
    argue(made, "What Zoë Qüxly wrote. And more.", author_name="Ann")
    before = client.get(url(made))
    assert "Zoë" in before.content.decode()

    redaction.apply(
        redaction.RedactionOrder(RemovedWords("Zoë Qüxly"), ground="privacy", by_name="Olga Operator")
    )

    for response in (client.get(url(made)), client.get(url(made, 1)), client.get(reverse("authors"))):
        html = response.content.decode()
        assert "Zoë" not in html
        assert "%C3%AB" not in html
        assert "name=%E2%9F%A6" not in html  # a mark of it has no page
    assert client.get(url(made), headers={"if-none-match": before["ETag"]}).status_code == 200
    assert "Words were removed here" in text(client.get(url(made)).content.decode())
    assert client.get(reverse("authors"), {"name": "Zoë Qüxly"}).status_code == 404


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_queries_are_the_same_however_much_there_is(client):
    small = ControversyFactory(positions=1, points=1)
    large = ControversyFactory(revisions=9, **BIG)

    assert queries(client, url(small)) == queries(client, url(large)) == queries(client, url(large, 4))
    assert queries(client, url(small, author="Edith Editor")) <= 5


def test_a_long_history_is_worked_out_in_several_requests(client, monkeypatch):
    made = ControversyFactory(positions=2, revisions=6)
    m.Origin.objects.all().delete()
    m.Blame.objects.all().delete()
    monkeypatch.setattr(derive, "PATIENCE", -1.0)
    monkeypatch.setattr(derive, "BATCH_SECONDS", -1.0)

    waiting = client.get(url(made))
    monkeypatch.undo()

    assert waiting.status_code == 503
    assert int(waiting["Retry-After"]) > 0
    assert "still being worked out" in text(waiting.content.decode())
    assert client.get(url(made)).status_code == 200
    assert history.at(made.key, 6) is not None
