import re
from dataclasses import replace
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.editing import ADD_URL, change_url
from tests.factories import BIG, ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db

FOLD = re.compile(r'<details class="wrote" data-blame="([^"]+)">')


def url(made, path, number=None):
    """The address that the script fetches."""
    address = reverse("admin:controversies_controversy_blame", args=[made.key])
    return f"{address}?path={path}&number={made.head.number if number is None else number}"


def text(response):
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())
    return re.sub(r" ([,.:;])", r"\1", words)


@pytest.fixture
def argued():
    made = ControversyFactory(positions=2, points=1, authors=["Edith"])
    first, second = made.document.positions
    made.save(
        made.document.with_blocks(positions=(replace(first, argument="One by Ann. Two."), second)),
        author_name="Ann",
        summary="An argument.",
    )
    return made


@pytest.fixture
def editor(client):
    client.force_login(user := UserFactory(role="editor"))
    return user


def test_a_field_says_who_wrote_it(client, editor, argued):
    first = argued.document.positions[0]

    argument = text(client.get(url(argued, f"{first.key}.argument")))
    confidence = text(client.get(url(argued, f"{first.key}.confidence")))

    assert re.search(r"Argument Ann .* An argument\. Revision 2 .* 1 One by Ann\. 2 Two\.", argument)
    assert re.search(r"Confidence High since 5 January 2026, by Edith: “ First version\. ”", confidence)
    assert "One by Ann" not in confidence


def test_a_member_of_a_list_says_who_added_it(client, editor, argued):
    first = argued.document.positions[0]
    backing = first.backings[0]
    [name] = [each.name for each in argued.document.backers if each.key == backing.backer]

    words = text(client.get(url(argued, f"{first.key}.backings.{backing.key}")))
    stance = text(client.get(url(argued, f"{first.key}.stances.{first.stances[0].point}")))

    assert re.search(rf"{name} organisation since 5 January 2026, by Edith", words)
    assert first.stances[0].text in stance


def test_an_earlier_revision_is_told_as_it_was(client, editor, argued):
    first = argued.document.positions[0]

    words = text(client.get(url(argued, f"{first.key}.argument", number=1)))

    assert "Ann" not in words
    assert "Edith" in words


def test_drafts_name_their_authors(client, editor):
    made = ControversyFactory(publication="draft", authors=["Dora Draft"])

    assert "Dora Draft" in text(client.get(url(made, f"{made.key}.title")))


@pytest.mark.parametrize(
    "path", ["{key}.nothing", "{key}.argument.7", "6a5b0b4e-0000-4000-8000-000000000000", "{key}.attribution"]
)
def test_what_is_not_recorded_has_no_author(client, editor, argued, path):
    path = path.format(key=argued.document.positions[0].key)

    assert "No author is recorded for this yet." in text(client.get(url(argued, path)))


@pytest.mark.parametrize(
    ("path", "number", "status"),
    [("", 2, 400), ("x.y", 2, 400), ("{key}.title", "x", 400), ("{key}.title", 9, 404)],
)
def test_nonsense_is_refused(client, editor, argued, path, number, status):
    assert client.get(url(argued, path.format(key=argued.key), number)).status_code == status


def test_only_those_who_see_the_desk_are_answered(client, argued):
    address = url(argued, f"{argued.key}.title")

    assert client.get(address).status_code == 302
    client.force_login(UserFactory())
    assert client.get(address).status_code == 302
    client.force_login(UserFactory(is_staff=True))
    assert client.get(address).status_code == 403
    client.force_login(UserFactory(role="contributor"))
    assert client.get(address).status_code == 200


def test_each_field_has_a_fold_with_a_link_for_people_without_scripts(client, editor, argued):
    html = client.get(change_url(argued.key)).content.decode()
    blame = client.get(reverse("blame", args=[argued.slug])).content.decode()
    first = argued.document.positions[0]
    [point] = argued.document.points
    folds = FOLD.findall(html)

    for path in (
        f"{argued.key}.title",
        f"{argued.document.context.key}.text",
        f"{point.key}.body",
        f"{first.key}.argument",
        f"{first.key}.confidence",
        f"{first.key}.stances.{point.key}",
        f"{first.key}.backings.{first.backings[0].key}",
        f"{first.key}.citations.{first.citations[0].key}",
    ):
        assert folds.count(path) == 1, path
        assert f'href="{reverse("blame", args=[argued.slug])}#{path}" target="_blank"' in html
        assert f'id="{path}"' in blame, path


def test_a_new_page_and_new_parts_have_none(client, editor):
    html = client.get(ADD_URL).content.decode()

    assert not FOLD.search(html)
    assert "data-blame-url" not in html


def test_the_form_asks_nothing_of_it(client, editor):
    made = ControversyFactory(revisions=3, **BIG)

    with CaptureQueriesContext(connection) as captured:
        assert client.get(change_url(made.key)).status_code == 200

    assert [
        each["sql"] for each in captured if "origin" in each["sql"] or "controversies_blame" in each["sql"]
    ] == []


def test_a_block_that_is_fetched_has_them_too(client, editor):
    made = ControversyFactory(positions=8, points=1)
    key = made.document.positions[7].key
    shut = client.get(change_url(made.key)).content.decode()

    fetched = client.get(change_url(made.key, f"?block={key}&shown={made.head.number}")).content.decode()

    assert f"{key}.argument" not in FOLD.findall(shut)
    assert f"{key}.argument" in FOLD.findall(fetched)
