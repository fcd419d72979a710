"""One part of a page by itself: its history, and comparisons of it alone."""

import re
from dataclasses import replace
from html import unescape

import pytest
from django.urls import reverse

from controversies import history as record
from controversies.models import Backer, Publication
from controversies.public import parts
from tests.factories import ControversyFactory, cited_first, cited_page, document_factory
from tests.markup import one_line

pytestmark = pytest.mark.django_db


def history(client, made, **query):
    return client.get(reverse("history", args=[made.slug]), query)


def compare(client, made, a, b, part=""):
    return client.get(reverse("compare", args=[made.slug, a, b]), {"part": part} if part else {})


def words(response):
    html = response.content.decode()
    html = html[html.index('<header class="band') : html.index("</main")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def told(response):
    """What each row says was changed, with the number of its revision."""
    rows = re.findall(r'<tr role="row" id="revision-(\d+)".*?</tr>', response.content.decode(), re.DOTALL)
    texts = re.findall(r'<p class="what"><bdi>(.*?)</bdi>', response.content.decode())
    return list(zip(map(int, rows), map(unescape, texts), strict=True))


def changed(document, index, **fields):
    positions = list(document.positions)
    positions[index] = replace(positions[index], **fields)
    return document.with_blocks(positions=tuple(positions))


@pytest.fixture
def made():
    """A page whose position B changed in revisions 2 and 4, and A in 2, 3 and 4."""
    made = ControversyFactory(positions=3, points=1, backings=3, citations=0)
    both = changed(changed(made.document, 0, confidence="disputed"), 1, confidence="disputed")
    made.save(both, summary="Both.")
    made.save(changed(made.document, 0, claim="Quite another answer is given here."), summary="A.")
    made.save(changed(changed(made.document, 0, argument=""), 1, backings=()), summary="Again both.")
    return made


def test_history_of_a_part_speaks_of_that_part_alone(client, made):
    b = made.document.positions[1].key

    response = history(client, made, block=b)

    rows = told(response)
    assert [number for number, _text in rows] == [4, 2, 1]
    assert rows[2][1] == "First version"
    assert "History of position B" in words(response)
    assert "Three of the page’s four revisions changed this part" in words(response)
    for _number, text in rows[:2]:
        assert "A" not in re.findall(r"\b[A-Z]\b", text)
    assert "attribution" in re.findall(r'<li class="tag"[^>]*>(\w+)</li>', response.content.decode())
    assert "wording" not in re.findall(r'<li class="tag"[^>]*>(\w+)</li>', response.content.decode())


def test_links_of_a_parts_history_stay_with_the_part(client, made):
    b = made.document.positions[1].key

    html = history(client, made, block=b).content.decode()

    links = re.findall(r'href="([^"]*/compare/[^"]*)"[^>]*>(?:today|previous|first)<', html)
    assert links == [
        reverse("compare", args=[made.slug, x, y]) + f"?part={b}"
        for x, y in ((3, 4), (2, 4), (1, 2), (1, 4), (0, 1))
    ]
    assert f'<input type="hidden" name="block" value="{b}">' in html
    chosen = history(client, made, block=b, old="1", new="4")
    assert chosen["Location"] == reverse("compare", args=[made.slug, 1, 4]) + f"?part={b}"


def test_history_of_a_part_leaves_out_what_only_renumbered_it(client):
    made = ControversyFactory(document=cited_page())
    made.save(cited_first(made.document), summary="A source first in A.")
    a, b = (position.key for position in made.document.positions)

    assert [number for number, _text in told(history(client, made, block=b))] == [1]
    assert [number for number, _text in told(history(client, made, block=a))] == [2, 1]
    assert "One of the page’s two revisions changed this part" in words(history(client, made, block=b))


def test_history_of_a_part_that_is_gone_has_its_last_name(client, made):
    gone = made.document.positions[1]
    made.save(made.document.with_blocks(positions=(made.document.positions[0], made.document.positions[2])))

    response = history(client, made, block=gone.key)

    assert "History of position B" in words(response)
    assert told(response)[0] == (5, "Position B removed")


def test_history_of_a_part_says_what_it_was_called_then(client, made):
    a, b, c = made.document.positions
    made.save(made.document.with_blocks(positions=(b, a, c)), summary="B first.")
    made.save(changed(made.document, 0, confidence="low"), summary="Now A.")

    rows = told(history(client, made, block=b.key))

    assert [number for number, _text in rows] == [6, 4, 2, 1]
    assert not rows[0][1].startswith("Position")
    assert [text.partition(" then: ")[0] for _number, text in rows[1:]] == ["Position B"] * 3


def test_history_of_a_backer_says_when_it_came_and_what_was_corrected(client):
    made = ControversyFactory(positions=1, points=0, backings=1)
    [backer] = made.document.backers
    with record.act(author_name="Edith Editor", summary="Its name."):
        Backer.objects.filter(pk=backer.key).update(name="Called otherwise")
    made.head = record.head(made.key)

    rows = told(history(client, made, block=backer.key))

    assert [number for number, _text in rows] == [2, 1]
    assert "name" in rows[0][1].lower()


def test_what_follows_a_hidden_revision_is_not_told_in_a_parts_history(client):
    made = ControversyFactory(positions=1, points=0, publication=Publication.DRAFT)
    document = changed(made.document, 0, claim="Not for everybody to read, this claim.")
    made.save(replace(document, head=replace(document.head, publication=Publication.PUBLISHED.value)))

    response = history(client, made, block=made.document.positions[0].key)

    assert "Words" not in words(response)
    assert all("claim" not in text for _number, text in told(response))


def test_comparison_of_a_part_shows_it_alone_and_counts_the_rest(client, made):
    b = made.document.positions[1].key

    response = compare(client, made, 3, 4, b)

    text = words(response)
    assert "Position B of “" in text
    assert "One change" in text
    assert "Only position B is shown. There is one other change on the page. Show all changes" in text
    html = one_line(response.content.decode())
    assert 'id="change-1"' in html
    assert 'id="change-2"' not in html
    assert f'href="{reverse("compare", args=[made.slug, 3, 4])}"' in html
    assert f'href="{reverse("history", args=[made.slug])}?block={b}"' in html
    assert f'rel="prev" href="{reverse("compare", args=[made.slug, 1, 2])}?part={b}"' in html
    assert 'rel="next"' not in html


def test_comparison_of_a_part_that_did_not_change_says_so(client, made):
    text = words(compare(client, made, 2, 3, made.document.positions[1].key))

    assert "No visible changes" in text
    assert "Only position B is shown. There is one other change on the page." in text


@pytest.mark.parametrize("part", ["x", "../", "00000000-0000-4000-8000-000000000000"])
def test_a_part_that_there_is_not_is_not_found(client, made, part):
    assert compare(client, made, 1, 2, part).status_code == 404


def test_a_parts_comparison_is_not_mistaken_for_the_pages(client, made):
    whole, part = compare(client, made, 1, 2), compare(client, made, 1, 2, made.document.positions[1].key)

    assert whole["ETag"] != part["ETag"]


@pytest.mark.parametrize("revisions", [2, 30])
def test_comparison_of_a_part_asks_a_constant_number_of_queries(client, django_assert_num_queries, revisions):
    made = ControversyFactory(positions=2, revisions=revisions)
    address = reverse("compare", args=[made.slug, 1, 2])

    with django_assert_num_queries(4):
        client.get(address, {"part": made.document.positions[0].key})


def test_a_document_has_the_names_of_its_parts():
    document = document_factory(positions=2, points=2, citations=2)
    names = [parts.name(block.key, document) for block in document.blocks()]

    assert names[:2] == ["status, title and order", "the context"]
    assert names[2:6] == ["contested point 1", "contested point 2", "position A", "position B"]
    assert names[-2:] == ["source 1", "source 2"]
    assert parts.name("nothing", document, None) == ""
