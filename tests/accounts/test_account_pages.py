"""One's own account: sessions, password, e-mail address, and what attackers try with them."""

import datetime
import re
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from controversies.accounts import sessions
from controversies.models import KnownDevice
from tests.factories import PASSWORD, ControversyFactory, UserFactory
from tests.markup import one_line

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"
NEW = "another long and plain password"


@pytest.fixture
def editor() -> Any:
    return UserFactory(username="editor", role="editor", email="editor@crux.example")


def log_in(user: Any, password: str = PASSWORD, **options: Any) -> Client:
    client = Client(**options)
    client.post(LOGIN, {"username": user.username, "password": password})
    return client


def link(message: Any) -> str:
    [path] = re.findall(r"^http://[^/\s]+(/admin/account/\S+)$", message.body, re.MULTILINE)
    return path


# -- log-in --


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
        "https:evil.example",
    ],
)
def test_log_in_leads_nowhere_else(editor: Any, target: str) -> None:
    response = Client().post(
        f"{LOGIN}?next={target}", {"username": "editor", "password": PASSWORD, "next": target}
    )
    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")

    client = log_in(editor)
    assert client.get(LOGIN, {"next": target}).headers["Location"] == "/admin/"


def test_log_in_leads_back_to_the_page_that_asked(editor: Any) -> None:
    path = "/admin/controversies/backer/"
    html = Client().get(f"{LOGIN}?next={path}").content.decode()
    assert f'name="next" value="{path}"' in html

    response = Client().post(LOGIN, {"username": "editor", "password": PASSWORD, "next": path})

    assert response.headers["Location"] == path


def test_log_in_makes_a_new_session(editor: Any) -> None:
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = "1"
    session.save()
    client.cookies["sessionid"] = planted = session.session_key

    client.post(LOGIN, {"username": "editor", "password": PASSWORD})

    assert client.cookies["sessionid"].value != planted
    assert not Session.objects.filter(session_key=planted).exists()


@pytest.mark.parametrize(
    "path", [LOGIN, "/admin/logout/", "/admin/account/password/", "/admin/account/sessions/"]
)
def test_forms_of_other_sites_are_refused(editor: Any, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)

    assert client.post(path, {"username": "editor", "password": PASSWORD, "others": "1"}).status_code == 403
    assert client.get("/admin/").status_code == 200


def test_log_out_is_no_link(editor: Any) -> None:
    client = log_in(editor)

    assert client.get("/admin/logout/").status_code == 405
    assert client.get("/admin/").status_code == 200


# -- sessions --


def test_sessions_are_listed_and_ended(editor: Any) -> None:
    first = log_in(editor, headers={"user-agent": "Firefox <b>"})
    second = log_in(editor, headers={"user-agent": "Chromium"})
    third = log_in(editor, headers={"user-agent": "Safari"})
    html = one_line(first.get(reverse("account_sessions")).content.decode())
    assert "Firefox &lt;b&gt;" in html
    assert html.count("This session<") == 1
    row = UserSession.objects.get(user_agent="Chromium")

    first.post(reverse("account_sessions"), {"session": row.pk})

    assert [client.get("/admin/").status_code for client in (first, second, third)] == [200, 302, 200]
    response = first.post(reverse("account_sessions"), {"others": "1"}, follow=True)
    assert "1 session was ended." in response.content.decode()
    assert [client.get("/admin/").status_code for client in (first, second, third)] == [200, 302, 302]


@pytest.mark.parametrize("key", ["", "x", "-1", "9" * 30, "0"])
def test_sessions_of_others_are_nobodys_business(editor: Any, key: str) -> None:
    other = log_in(UserFactory(username="other", role="editor"), headers={"user-agent": "Theirs"})
    client = log_in(editor)
    assert "Theirs" not in client.get(reverse("account_sessions")).content.decode()

    client.post(reverse("account_sessions"), {"session": key})
    client.post(reverse("account_sessions"), {"session": UserSession.objects.get(user_agent="Theirs").pk})

    assert other.get("/admin/").status_code == 200


def test_session_ends_after_fourteen_days_of_use(editor: Any) -> None:
    draft = ControversyFactory(publication="draft")
    client = log_in(editor)
    assert client.get(f"/controversies/{draft.row.slug}/").status_code == 200
    session = client.session
    session["crux_begun"] -= sessions.LONGEST + 1
    session.save()

    assert client.get(f"/controversies/{draft.row.slug}/").status_code == 404
    assert client.get("/admin/").headers["Location"].startswith(LOGIN)


def test_session_ends_three_days_after_its_last_use(editor: Any) -> None:
    client = log_in(editor)
    [row] = Session.objects.all()
    assert row.expire_date - timezone.now() <= datetime.timedelta(days=3)
    session = client.session
    session["crux_used"] -= sessions.NOTED_EVERY + 1
    session.save()
    Session.objects.update(expire_date=timezone.now() + datetime.timedelta(hours=1))

    client.get("/admin/")

    [row] = Session.objects.all()
    assert row.expire_date - timezone.now() > datetime.timedelta(days=2.9)
    Session.objects.update(expire_date=timezone.now() - datetime.timedelta(seconds=1))
    assert client.get("/admin/").status_code == 302


def test_account_that_is_closed_is_out_at_once(editor: Any) -> None:
    client = log_in(editor)

    editor.is_active = False
    editor.save()

    assert client.get("/admin/").status_code == 302


# -- password --


def test_new_password_ends_all_other_sessions(editor: Any) -> None:
    own, other = log_in(editor), log_in(editor)
    mail.outbox.clear()

    response = own.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )

    assert response.headers["Location"] == reverse("account_overview")
    assert own.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 302
    assert UserSession.objects.count() == 1
    assert KnownDevice.objects.count() == 0
    [message] = mail.outbox
    assert message.subject == "Crux: your password was changed"


def test_guesses_at_the_present_password_have_to_wait(editor: Any) -> None:
    client = Client()
    client.force_login(editor)
    sent = {"oldpassword": "wrong", "password1": NEW, "password2": NEW}

    answers = [client.post(reverse("account_change_password"), sent).status_code for _each in range(6)]

    assert answers == [200] * 5 + [429]


@pytest.mark.parametrize("password", ["short", "password1234", "editor@crux.example", "1234567890123"])
def test_weak_passwords_are_refused(editor: Any, password: str) -> None:
    client = log_in(editor)

    response = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": password, "password2": password},
    )

    assert response.status_code == 200
    assert response.context["form"].errors["password1"]


def ask_for_link(email: str, **options: Any) -> Any:
    return Client().post(reverse("account_reset_password"), {"email": email}, **options)


def test_reset_link_works_once_and_ends_all_sessions(editor: Any) -> None:
    session = log_in(editor)
    mail.outbox.clear()
    ask_for_link("editor@crux.example")
    [message] = mail.outbox
    assert "account “editor”" in message.body
    path, client = link(message), Client()

    form = client.get(path, follow=True)
    address = form.redirect_chain[-1][0]
    assert link(message) not in address  # the key does not stay in the address, which others may see
    response = client.post(address, {"password1": NEW, "password2": NEW}, follow=True)

    assert "All sessions of your account have ended." in response.content.decode()
    assert session.get("/admin/").status_code == 302
    assert log_in(editor, NEW).get("/admin/").status_code == 200
    assert "This link does not work any more." in Client().get(path, follow=True).content.decode()


def test_reset_link_works_for_an_hour(editor: Any, settings: Any) -> None:
    ask_for_link("editor@crux.example")
    assert settings.PASSWORD_RESET_TIMEOUT == 3600
    settings.PASSWORD_RESET_TIMEOUT = -1

    html = Client().get(link(mail.outbox[0]), follow=True).content.decode()

    assert "This link does not work any more." in html


def test_reset_does_not_go_round_the_second_factor(editor: Any) -> None:
    from allauth.mfa.totp.internal.auth import TOTP  # noqa: PLC0415

    TOTP.activate(editor, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    ask_for_link("editor@crux.example")
    client = Client()
    address = client.get(link(mail.outbox[0]), follow=True).redirect_chain[-1][0]
    client.post(address, {"password1": NEW, "password2": NEW})

    assert client.get("/admin/").status_code == 302
    response = client.post(LOGIN, {"username": "editor", "password": NEW})
    assert response.headers["Location"] == reverse("mfa_authenticate")


def test_reset_tells_nobody_who_has_an_account(editor: Any) -> None:
    UserFactory(email="gone@crux.example", is_active=False)
    answers = set()
    for email in ("editor@crux.example", "nobody@crux.example", "gone@crux.example"):
        response = ask_for_link(email)
        answers.add((response.status_code, response.headers["Location"]))

    assert answers == {(302, reverse("account_reset_password_done"))}
    assert [message.to[0] for message in mail.outbox] == [
        "editor@crux.example",
        "nobody@crux.example",
        "gone@crux.example",
    ]
    assert ["No account has it" in message.body for message in mail.outbox] == [False, True, True]


def test_reset_link_leads_to_the_site_whatever_host_was_asked(editor: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "http://crux.example"

    ask_for_link("editor@crux.example", headers={"host": "evil.example", "x-forwarded-host": "evil.example"})

    [message] = mail.outbox
    assert "evil.example" not in message.body + message.subject
    assert "http://crux.example/admin/account/password/reset/" in message.body


def test_mails_that_strangers_ask_for_are_few(editor: Any) -> None:
    statuses = [ask_for_link("editor@crux.example").status_code for _each in range(4)]

    assert statuses == [302, 302, 302, 429]
    assert len(mail.outbox) == 3


@pytest.mark.parametrize("email", ["a@b.example\r\nBcc: x@evil.example", "a@b.example,x@evil.example", "x"])
def test_address_cannot_carry_headers(email: str) -> None:
    assert ask_for_link(email).status_code == 200
    assert mail.outbox == []


def test_failing_mail_server_tells_nothing(editor: Any, settings: Any) -> None:
    settings.MAILERS = {"default": {"BACKEND": "tests.accounts.test_account_pages.Broken"}}

    assert ask_for_link("editor@crux.example").status_code == 302


class Broken:
    """A mail server that is down."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        raise OSError("refused")


# -- e-mail address --


def test_address_changes_by_a_link_to_the_new_one(editor: Any) -> None:
    client = log_in(editor)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    mail.outbox.clear()

    client.post(reverse("account_email"), {"action_add": "1", "email": "new@crux.example"})
    editor.refresh_from_db()
    assert editor.email == "editor@crux.example"
    [message] = mail.outbox
    assert message.to == ["new@crux.example"]
    path = link(message)
    assert "Press the button if new@crux.example is your address." in one_line(
        Client().get(path).content.decode()
    )
    client.post(path)

    editor.refresh_from_db()
    assert editor.email == "new@crux.example"
    assert {address for message in mail.outbox for address in message.to} >= {"editor@crux.example"}
    assert Client().post(path).status_code in (302, 404)
    editor.refresh_from_db()
    assert editor.email == "new@crux.example"


def test_address_of_another_account_is_not_taken_and_not_told(editor: Any) -> None:
    UserFactory(username="other", role="editor", email="taken@crux.example")
    client = log_in(editor)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    response = client.post(
        reverse("account_email"), {"action_add": "1", "email": "taken@crux.example"}, follow=True
    )

    assert "already" not in response.content.decode()
    editor.refresh_from_db()
    assert editor.email == "editor@crux.example"


def test_addresses_are_shown_to_no_reader(editor: Any) -> None:
    page = ControversyFactory(publication="published", author=editor)
    log_in(editor)

    for path in (
        f"/controversies/{page.row.slug}/",
        f"/controversies/{page.row.slug}/history/",
        "/authors/",
        LOGIN,
    ):
        assert "editor@crux.example" not in Client().get(path).content.decode()


def test_pages_of_accounts_are_never_cached_and_have_no_inline_code(editor: Any) -> None:
    client = log_in(editor)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    names = ["account_overview", "account_sessions", "account_change_password", "account_email", "mfa_index"]
    names += ["mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"]
    pages = [client.get(reverse(name)) for name in names]
    pages += [Client().get(path) for path in (LOGIN, reverse("account_reset_password"))]

    for page in pages:
        html = page.content.decode()
        nonce = re.search(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"])
        assert page.status_code == 200
        assert "no-store" in page.headers["Cache-Control"], page.request["PATH_INFO"]
        assert not re.search(r"<[^>]+\s(style|on\w+)=", html)
        scripts = [
            tag for tag in re.findall(r"<(?:script|style)[^>]*>", html) if "application/json" not in tag
        ]
        assert all(nonce and f'nonce="{nonce[1]}"' in tag for tag in scripts)


def test_what_is_over_is_forgotten(editor: Any) -> None:
    log_in(editor)
    log_in(editor)
    UserSession.objects.filter(pk=UserSession.objects.earliest("pk").pk).update(
        last_seen_at=timezone.now() - datetime.timedelta(days=3, hours=1)
    )
    KnownDevice.objects.filter(digest=KnownDevice.objects.first().digest).update(
        last_used_at=timezone.now() - datetime.timedelta(days=181)
    )

    call_command("forgetreaders")

    assert UserSession.objects.count() == 1
    assert KnownDevice.objects.count() == 1
