"""The desk's form of the texts about the site, and an account's public name."""

import pytest

from controversies.models import EditorListing, SiteText, SiteTextName
from controversies.workflow import site_texts
from tests.factories import ControversyFactory, UserFactory
from tests.markup import one_line

pytestmark = pytest.mark.django_db
URL = "/admin/site-texts/operator/"


@pytest.fixture
def publisher(client):
    user = UserFactory(role="publisher", first_name="Paula", last_name="P.")
    client.force_login(user)
    return user


def test_publisher_writes_a_text(client, publisher):
    assert "/admin/site-texts/" in client.get("/admin/").text
    assert "Not written yet" in client.get("/admin/site-texts/").text

    response = client.post(URL, {"body": "We are Crux.", "summary": "First.", "base": "0"}, follow=True)

    assert "Version 1 was saved. Readers see it now." in response.text
    row = SiteText.objects.get()
    assert (row.name, row.body, row.summary, row.author_name) == (
        "operator",
        "We are Crux.",
        "First.",
        "Paula P.",
    )
    assert row.author == publisher
    assert "We are Crux." in client.get(URL).text


def test_preview_saves_nothing(client, publisher):
    html = client.post(URL, {"body": "We are *Crux*.", "summary": "", "base": "0", "preview": "1"}).text

    assert "We are <em>Crux</em>." in html
    assert "We are *Crux*." in html  # what was typed is still there
    assert not SiteText.objects.exists()


def test_two_who_write_at_once_lose_nothing(client, publisher):
    site_texts.save(
        SiteTextName.OPERATOR, "Theirs.", "They were first.", author=UserFactory(role="publisher"), base=0
    )

    html = one_line(client.post(URL, {"body": "Mine.", "summary": "Me, too.", "base": "0"}).content.decode())

    assert "Somebody else has saved this text meanwhile." in html
    assert "Mine.</textarea>" in html
    assert "Theirs." in html
    assert 'name="base" value="1"' in html
    response = client.post(URL, {"body": "Both.", "summary": "Me, too.", "base": "1"}, follow=True)
    assert "Version 2 was saved." in response.text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"body": "Text.", "summary": "", "base": "0"}, "Give a reason"),
        ({"body": "Text.", "summary": "So.", "base": "x"}, "The form is damaged."),
        ({"body": "Text.", "summary": "So."}, "The form is damaged."),
        ({"body": "", "summary": "So.", "base": "0"}, "The text is as it was"),
        ({"body": "a\0b", "summary": "So.", "base": "0"}, "Null characters"),
    ],
)
def test_form_says_what_is_wrong_and_keeps_what_was_typed(client, publisher, data, words):
    html = client.post(URL, data).text

    assert words in html
    assert not SiteText.objects.exists()
    if "\0" not in data["body"]:
        assert f"{data['body']}</textarea>" in html


@pytest.mark.parametrize("role", ["contributor", "editor"])
def test_others_may_not(client, role):
    client.force_login(UserFactory(role=role))

    assert "/admin/site-texts/" not in client.get("/admin/").text
    for path in ("/admin/site-texts/", URL):
        assert client.get(path).status_code == 403
    assert client.post(URL, {"body": "Mine.", "summary": "So.", "base": "0"}).status_code == 403
    assert not SiteText.objects.exists()


def test_no_other_text_than_there_are(client, publisher):
    assert client.get("/admin/site-texts/nothing/").status_code == 404


# -- public names --


def name(client, text: str, **data: str) -> str:
    return client.post("/admin/account/name/", {"name": text, **data}, follow=True).text


def test_editor_chooses_a_public_name_and_to_be_named(client):
    user = UserFactory(role="editor")
    client.force_login(user)

    html = name(client, "  Nora   Neumann ", is_listed="on")

    assert "Your public name was saved." in html
    assert "under the name Nora Neumann" in html
    assert "You are named among the editors." in html
    user.refresh_from_db()
    assert user.get_full_name() == "Nora Neumann"
    assert EditorListing.objects.filter(user=user).exists()
    name(client, "Nora Neumann")
    assert not EditorListing.objects.exists()
    page = ControversyFactory()
    page.edit(status="dormant", author=user)
    assert page.row.revisions.get(number=2).author_name == "Nora Neumann"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ann@example.org", "not an e-mail address"),
        ("\u200b", "Give a name"),
        ("!!", "Give a name that readers can see"),
        ("A; B", "without a semicolon"),
        ("login-1", "This is your log-in name"),
        ("other one", "Somebody else writes here"),
        ("LOGIN-2", "Somebody else writes here"),
        ("Former Editor", "Somebody else writes here"),
        ("x" * 151, "at most 150"),
    ],
)
def test_public_name_is_a_name_and_nobody_elses(client, text, words):
    user = UserFactory(role="editor", username="login-1", first_name="Mine", last_name="")
    UserFactory(username="login-2", first_name="Other", last_name="One")
    former = UserFactory(first_name="Former", last_name="Editor")
    ControversyFactory().edit(status="dormant", author=former)
    former.first_name = "Renamed"
    former.save()
    client.force_login(user)

    html = name(client, text)

    assert words in html
    user.refresh_from_db()
    assert user.get_full_name() == "Mine"
