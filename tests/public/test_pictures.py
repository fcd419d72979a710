"""Pictures as readers get them: from public revisions alone, at a flat cost, and with files that say the same."""

import csv
import io
import re
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controversies import history
from controversies import models as m
from controversies.history.confidence import read_confidence
from controversies.history.spans import read_spans
from controversies.pages import shared_uses
from tests.factories import BackerFactory, ControversyFactory, SourceFactory, TopicFactory, UserFactory

pytestmark = pytest.mark.django_db


def rate(page, *values):
    """Record each of these confidences of the first position, one after the other."""
    for value in values:
        first, *rest = page.document.positions
        page.save(replace(page.document, positions=(replace(first, confidence=value), *rest)))


def rows(client, address, **query):
    response = client.get(address, query)
    assert response.status_code == 200, address
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))[1:]


def confidences(client, page, number=0):
    args = [page.slug, number, "confidence", "csv"] if number else [page.slug, "confidence", "csv"]
    name = "revision_picture_file" if number else "picture_file"
    return [(row[2], int(row[3])) for row in rows(client, reverse(name, args=args)) if row[0] == "A"]


def read(page, limit=200):
    head = history.head(page.key)
    keys = [position.key for position in head.document.positions]
    return read_confidence(
        page.key, keys, read_spans(page.key), number=head.number, time=head.entry.time, limit=limit
    )


# -- confidence over time --


def test_confidence_is_told_from_the_first_revision_to_the_newest(client):
    page = ControversyFactory(positions=2)
    first = page.document.positions[0].confidence
    rate(page, "low", "low", "disputed")
    page.edit(status_summary="Something else.")

    assert confidences(client, page) == [(first, 1), ("low", 2), ("disputed", 3)]
    assert confidences(client, page, number=2) == [(first, 1), ("low", 2)]


def test_position_that_was_removed_and_restored_has_a_break(client):
    page = ControversyFactory(positions=2)
    rate(page, "low")
    whole = page.document
    page.save(whole.with_blocks(positions=whole.positions[1:]))
    first, *rest = whole.positions
    page.save(whole.with_blocks(positions=(replace(first, confidence="high"), *rest)))

    *_before, low, high = confidences(client, page)
    assert (low, high) == (("low", 2), ("high", 4))
    [_first, _low, gone, _high] = read(page).changes[first.key]
    assert (gone.value, gone.number) == ("", 3)


def test_what_was_made_while_the_page_was_hidden_is_not_drawn(client):
    page = ControversyFactory(positions=1, publication="draft")
    rate(page, "medium", "low")
    page.edit(publication="published")
    rate(page, "disputed")
    page.edit(publication="withdrawn")
    rate(page, "medium", "high")
    page.edit(publication="published")

    assert confidences(client, page) == [("low", 4), ("disputed", 5), ("high", 9)]
    html = client.get(reverse("pictures", args=[page.slug])).content.decode()
    assert "(revision 2)" not in html
    assert "medium" not in html.lower().partition("<main")[2].replace("high, medium or low", "")


def test_confidence_of_a_page_is_read_flat(client):
    page = ControversyFactory(positions=3)
    rate(page, "low")
    for number in range(30):
        page.edit(status_summary=f"Version {number}.")
    rate(page, "high")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        record = read(page)
    assert len(queries) == 3  # the head, the spans, the confidences
    assert [change.number for change in record.changes[page.document.positions[0].key]] == [1, 2, 33]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT number FROM controversies_revision WHERE controversy_id = %s AND changes @? %s::jsonpath"
            " ORDER BY number DESC LIMIT 10".replace("%s::jsonpath", f"'{m.Revision.CONFIDENCE_CHANGED}'"),
            [page.key],
        )
        assert "revision_of_confidence" in str(cursor.fetchall())


def test_of_very_many_changes_the_latest_are_read_and_begin_with_what_stood(client):
    page = ControversyFactory(positions=2)
    rate(page, *("low", "high") * 4)
    record = read(page, limit=3)
    first, other = (record.changes[position.key] for position in page.document.positions)

    assert record.since == 7
    assert [(change.number, change.value) for change in first] == [(7, "high"), (8, "low"), (9, "high")]
    assert [(change.number, change.value) for change in other] == [(7, page.document.positions[1].confidence)]


# -- pages and files --


@pytest.mark.parametrize("size", [1, 4])
def test_pictures_take_as_many_queries_however_much_they_show(client, django_assert_num_queries, size):
    page = ControversyFactory(positions=size, points=size, citations=6 * size, revisions=size)

    with django_assert_num_queries(4):  # page, document, spans, confidences
        client.get(reverse("pictures", args=[page.slug]))
    with django_assert_num_queries(4):
        client.get(reverse("picture_file", args=[page.slug, "evidence", "svg"]))
    with django_assert_num_queries(2):  # kept
        client.get(reverse("picture_file", args=[page.slug, "evidence", "svg"]))


def test_page_shows_its_pictures_once_they_tell_something(client):
    page = ControversyFactory(positions=2, citations=20)
    address = reverse("controversy", args=[page.slug])
    before = client.get(address).content.decode()
    rate(page, "low")
    after = client.get(address).content.decode()

    assert "Confidence over time" not in before
    assert "Evidence by position" in before
    assert "Confidence over time" in after
    assert f'href="/controversies/{page.slug}/pictures/"' in after


def test_old_revision_has_its_own_pictures(client):
    page = ControversyFactory(positions=2, citations=20)
    rate(page, "low", "medium")
    old = client.get(reverse("revision", args=[page.slug, 2])).content.decode()
    pictures = client.get(reverse("revision_pictures", args=[page.slug, 2])).content.decode()

    assert f'href="/controversies/{page.slug}/revisions/2/pictures/"' in old
    assert "Revision 2, " in old[old.index('id="pictures"') :]
    assert f"/controversies/{page.slug}/revisions/2/#position-" in pictures
    assert f"/controversies/{page.slug}/revisions/2/pictures/confidence.png" in pictures
    assert '<meta name="robots" content="noindex">' in pictures
    assert "(revision 3)" not in pictures


def test_pictures_as_of_a_day_are_of_that_day(client):
    page = ControversyFactory(positions=2, revisions=3)
    day = "2026-01-05"  # of the first revision
    html = client.get(reverse("pictures", args=[page.slug]), {"as_of": day}).content.decode()

    assert "Revision 1, " in html
    assert f"/controversies/{page.slug}/?as_of={day}#position-" in html


@pytest.mark.parametrize("publication", ["draft", "withdrawn"])
def test_no_picture_of_a_hidden_page_leaves_the_desk(client, publication):
    page = ControversyFactory(slug="hidden", positions=2, publication=publication)
    code = 404 if publication == "draft" else 410
    addresses = [
        reverse("pictures", args=["hidden"]),
        *(
            reverse("picture_file", args=["hidden", chart, form])
            for chart in ("confidence", "evidence", "stances")
            for form in ("svg", "png", "csv")
        ),
    ]
    assert {client.get(address).status_code for address in addresses} == {code}

    client.force_login(UserFactory(role="editor"))
    html = client.get(addresses[0])
    assert html.status_code == 200
    assert ".png" not in html.content.decode().partition("<main")[2]
    assert {client.get(address).status_code for address in addresses[1:]} == {code}
    assert page.slug == "hidden"


def test_hidden_revision_has_no_picture_even_for_an_editor(client):
    page = ControversyFactory(positions=1, publication="draft")
    page.edit(publication="published")
    client.force_login(UserFactory(role="editor"))

    assert (
        client.get(reverse("revision_picture_file", args=[page.slug, 1, "confidence", "svg"])).status_code
        == 404
    )
    assert (
        client.get(reverse("revision_picture_file", args=[page.slug, 2, "confidence", "svg"])).status_code
        == 200
    )


def test_files_have_their_type_name_and_tag(client):
    page = ControversyFactory(positions=2, citations=4)

    for form, kind in (("svg", "image/svg+xml"), ("png", "image/png"), ("csv", "text/csv; charset=utf-8")):
        response = client.get(reverse("picture_file", args=[page.slug, "evidence", form]))
        assert response["Content-Type"] == kind
        assert f'filename="{page.slug}-evidence-revision-1.{form}"' in response["Content-Disposition"]
        again = client.get(
            reverse("picture_file", args=[page.slug, "evidence", form]),
            headers={"if-none-match": response["ETag"]},
        )
        assert again.status_code == 304


def test_drawing_has_no_script_and_no_style(client):
    page = ControversyFactory(positions=2, citations=4)
    svg = client.get(reverse("picture_file", args=[page.slug, "evidence", "svg"])).content.decode()

    assert not re.search(r"<script|<style|style=|onload|href=", svg)


# -- backers --


@pytest.fixture
def two_pages():
    """Two backers who hold one position together on a page, and one of them another elsewhere; a draft beside."""
    one, two, three = (BackerFactory.build(slug=slug, name=slug.title()) for slug in ("ann", "ben", "cat"))
    page = ControversyFactory(slug="first", title="First", positions=1, backings=2, backers=[one, two])
    ControversyFactory(
        slug="second", title="Second", positions=2, backings=2, backers=[page.document.backers[0], three]
    )
    ControversyFactory(
        slug="draft",
        title="Draft",
        positions=1,
        backings=2,
        backers=list(page.document.backers),
        publication="draft",
    )
    return page


def test_backers_by_page_and_together(client, two_pages):
    held = rows(client, "/backers/holdings.csv")
    together = rows(client, "/backers/together.csv")

    assert sorted((row[1], row[3], row[5]) for row in held) == [
        ("Ann", "First", "A"),
        ("Ann", "Second", "A"),
        ("Ben", "First", "A"),
        ("Cat", "Second", "B"),
    ]
    assert sorted((row[1], row[3], row[4], row[5]) for row in together) == [
        ("Ann", "Ben", "tile", "1"),
        ("Ann", "Cat", "hollow", ""),
        ("Ben", "Ann", "tile", "1"),
        ("Cat", "Ann", "hollow", ""),
    ]
    html = client.get("/backers/").content.decode()
    assert "Who holds what" in html
    assert "Draft" not in html


def test_backers_of_a_filter_have_the_pictures_of_that_filter(client, two_pages):
    html = client.get("/backers/", {"q": "ben"}).content.decode()

    assert "/backers/holdings.svg?q=ben" in html
    assert [row[1] for row in rows(client, "/backers/holdings.csv", q="ben")] == ["Ben"]
    assert "holdings.svg" not in client.get("/backers/", {"as_of": "2026-06-01"}).content.decode()


def test_backer_says_who_stands_with_it(client, two_pages):
    assert sorted((row[1], row[4], row[5]) for row in rows(client, "/backers/ann/together.csv")) == [
        ("Ben", "tile", "A"),
        ("Cat", "hollow", "B"),
    ]
    html = client.get("/backers/ann/").content.decode()
    assert "Who stands with Ann" in html
    assert client.get("/backers/nobody/together.svg").status_code == 404


def test_former_position_is_not_one_that_is_held(client, two_pages):
    position = two_pages.document.positions[0]
    ended = replace(position.backings[1], until="2025")
    two_pages.save(
        two_pages.document.with_blocks(positions=(replace(position, backings=(position.backings[0], ended)),))
    )

    assert [row[1] for row in rows(client, "/backers/ann/together.csv")] == ["Cat"]


# -- topics --


def test_map_of_a_topic_relates_its_pages_by_what_they_share(client, monkeypatch):
    monkeypatch.setattr(shared_uses, "SIZE", 2)
    topic, who, what = (
        TopicFactory(slug="weights"),
        BackerFactory(name="Shared"),
        SourceFactory(title="A source"),
    )
    for number in range(3):
        ControversyFactory(
            slug=f"p-{number}",
            title=f"Page {number}",
            positions=1,
            topic=topic,
            backers=[who],
            sources=[what] if number else None,
        )
    ControversyFactory(
        slug="draft", title="Draft", positions=1, topic=topic, backers=[who], publication="draft"
    )

    first = client.get("/topics/weights/map/").content.decode()
    assert "Shared (3 pages)" in first
    assert "A source (2 pages)" in first
    assert "Draft" not in first
    assert 'href="?after=p-1"' in first
    assert [row[1] for row in rows(client, "/topics/weights/map.csv", after="p-1")] == ["Page 2", "Page 2"]
    back = client.get("/topics/weights/map/", {"before": "p-2"}).content.decode()
    assert "Page 0" in back
    assert (
        "We can’t find that place" in client.get("/topics/weights/map/", {"after": "none"}).content.decode()
    )


def test_pages_of_a_topic_are_walked_in_an_index_by_title():
    """However many it has, no more are read than are shown."""
    topic = TopicFactory()
    ControversyFactory.create_batch(3, topic=topic, positions=0, points=0, citations=0)
    plans = []

    def explain(execute, sql, params, many, context):
        with connection.cursor() as cursor:
            cursor.cursor.execute("SET LOCAL enable_seqscan = off")  # as on a table too large for it
            cursor.cursor.execute(f"EXPLAIN {sql}", params)
            plans.append("\n".join(row[0] for row in cursor.cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        shared_uses.pages_of_topic(topic.pk)

    [plan] = plans
    assert "Index Scan using lasting_use" in plan
    assert "Sort" not in plan


def test_topic_without_public_pages_has_no_map(client):
    ControversyFactory(topic=TopicFactory(slug="secret"), publication="draft")

    assert client.get("/topics/secret/map/").status_code == 404
    assert client.get("/topics/secret/map.svg").status_code == 404


@pytest.mark.parametrize("size", [1, 5])
def test_lists_are_drawn_with_a_constant_number_of_queries(client, django_assert_num_queries, size):
    topic = TopicFactory()
    for _ in range(size):
        ControversyFactory(topic=topic, positions=size, backings=2 * size, citations=2 * size)
    slug = m.Backer.objects.order_by("name").first().slug
    cache.clear()

    with django_assert_num_queries(4):  # the version, the list, its rows, what they hold
        client.get("/backers/holdings.csv")
    with django_assert_num_queries(5):  # the version, the backer, its uses, its pages, who is on them
        client.get(f"/backers/{slug}/together.csv")
    with django_assert_num_queries(4):  # the version, the topic, its pages, what they share
        client.get(f"/topics/{topic.slug}/map/")
