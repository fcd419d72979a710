"""The editors' desk: its name, its first page, its log-in, its autocompletion."""

import re

import pytest
from django.contrib import admin
from django.test import Client, override_settings
from django.urls import reverse

from controversies import models as m
from tests.factories import PASSWORD, BackerFactory, SourceFactory, UserFactory
from tests.markup import one_line

pytestmark = pytest.mark.django_db


def staff(role: str = "", **options: object) -> Client:
    client = Client()
    client.force_login(UserFactory(role=role, is_staff=True, **options))
    return client


def test_desk_has_the_sites_name() -> None:
    with override_settings(SITE_NAME="The <Ledger>"):
        html = staff("editor").get(reverse("admin:index")).content.decode()

    assert "<title>Editors’ desk | The &lt;Ledger&gt;: editors’ desk</title>" in html


def test_first_page_lists_what_is_worked_on_in_order() -> None:
    page = staff("editor").get(reverse("admin:index"))

    html = page.content.decode()
    assert [app["app_label"] for app in page.context["app_list"]] == ["controversies"]
    assert re.findall(r"<dt><a[^>]*>([^<]+)</a>", html) == [
        "Controversies",
        "Proposals",
        "Readers&#x27; suggestions",
        "Backers",
        "Sources",
        "Topics",
    ]
    assert "Published works that are cited as evidence, each under its own title." in html
    assert "Add a new backer" in html


def test_every_model_of_ours_says_what_it_is() -> None:
    ours = [mine for model, mine in admin.site._registry.items() if model._meta.app_label == "controversies"]

    assert len(ours) >= 4
    assert all(str(getattr(mine, "about", "")) for mine in ours)


def test_superuser_sees_accounts_last() -> None:
    page = staff(is_superuser=True).get(reverse("admin:index"))

    assert [app["app_label"] for app in page.context["app_list"]] == ["controversies", "auth"]


def test_staff_without_a_role_are_told_so() -> None:
    page = staff().get(reverse("admin:index"))

    assert page.status_code == 200
    assert page.context["app_list"] == []
    assert "This account may not see or change anything here yet." in page.content.decode()


def test_first_page_says_what_the_user_did_last() -> None:
    editor = staff("editor")
    editor.post(reverse("admin:controversies_topic_add"), {"title": "Weights", "slug": "weights"})

    html = one_line(editor.get(reverse("admin:index")).content.decode())

    assert re.search(r"Added topic</span>\s*<a href=[^>]+>Weights</a>", html)


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/controversies/", "/admin/controversies/backer/", "/admin/account/password/"]
)
def test_desk_pages_have_no_inline_style_or_handler(path: str) -> None:
    response = staff("editor").get(path)

    html = response.content.decode()
    nonce = re.search(r"'nonce-([^']+)'", response.headers["Content-Security-Policy"])
    assert response.status_code == 200
    assert not re.search(r"<[^>]+\s(style|on\w+)=", html)
    assert all(nonce and f'nonce="{nonce[1]}"' in tag for tag in re.findall(r"<(?:script|style)[^>]*>", html))


def test_login_tells_nobody_who_has_an_account() -> None:
    UserFactory(username="reader", is_staff=False)
    UserFactory(username="editor", role="editor")
    UserFactory(username="gone", role="editor", is_active=False)
    answers = set()

    for name, password in [
        ("nobody", PASSWORD),
        ("reader", PASSWORD),
        ("editor", "wrong"),
        ("gone", PASSWORD),
    ]:
        response = Client().post(reverse("admin:login"), {"username": name, "password": password})
        assert response.status_code == 200
        html = response.content.decode().replace(f'value="{name}"', "")
        answers.add(re.sub(r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"', "", html))

    assert len(answers) == 1
    assert "Please enter the correct username and password for a staff account." in answers.pop()


def test_login_does_not_lead_elsewhere() -> None:
    UserFactory(username="editor", role="editor")

    response = Client().post(
        reverse("admin:login") + "?next=https://elsewhere.example/",
        {"username": "editor", "password": PASSWORD, "next": "https://elsewhere.example/"},
    )

    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")


def offered(client: Client, model: str, field: str, term: str) -> list[str]:
    answer = client.get(
        reverse("admin:autocomplete"),
        {"app_label": "controversies", "model_name": model, "field_name": field, "term": term},
    )
    return [each["text"] for each in answer.json()["results"]]


def test_autocompletion_tells_two_of_one_name_apart() -> None:
    BackerFactory(name="Meta", kind=m.BackerKind.COMPANY, aliases=["Facebook, Inc."])
    BackerFactory(name="Meta", kind=m.BackerKind.PERSON)
    SourceFactory(title="On weights", authors="A. Author", date="2024")
    SourceFactory(title="On weights, again", authors="", date="")
    editor = staff("editor")

    assert sorted(offered(editor, "backing", "backer", "met")) == ["Meta (Company)", "Meta (Person)"]
    assert offered(editor, "backing", "backer", "facebook") == ["Meta (Company)"]
    assert offered(editor, "citation", "source", "weights") == [
        "On weights (A. Author, 2024)",
        "On weights, again",
    ]


def test_autocompletion_finds_what_has_only_letters_of_another_script() -> None:
    BackerFactory(name="開放模型", slug="open")

    assert offered(staff("contributor"), "backing", "backer", "模型") == ["開放模型 (Organisation)"]
