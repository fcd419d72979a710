"""Passkeys in a browser, under the site's own content security policy, with an authenticator that is played."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.accessibility import axe_violations
from tests.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True)]


class Desk:
    """The desk in a browser that has a fingerprint reader."""

    def __init__(self, page: Page, live_server: Any) -> None:
        self.page, self.site = page, live_server.url.replace("127.0.0.1", "localhost")
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)
        self.devtools = page.context.new_cdp_session(page)
        self.devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        answer = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.authenticator = answer["authenticatorId"]

    def _listen(self, message: Any) -> None:
        if message.type == "error" and "favicon" not in (message.location or {}).get("url", ""):
            self.complaints.append(message.text)

    def go(self, path: str) -> None:
        self.page.goto(self.site + path)

    def log_in(self, user: Any) -> None:
        self.go("/admin/login/")
        self.page.fill("#id_username", user.username)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("input[type=submit]")

    def add_passkey(self) -> None:
        self.go("/admin/account/second-factor/webauthn/add/")
        self.page.fill("#id_password", PASSWORD)
        self.page.click("input[type=submit]")
        self.page.fill("#id_name", "This computer")
        self.page.get_by_role("button", name="Add a passkey").click()
        expect(self.page.locator(".recovery-codes li")).to_have_count(10)


@pytest.fixture
def desk(page: Page, live_server: Any) -> Any:
    desk = Desk(page, live_server)
    yield desk
    assert desk.complaints == []


def test_passkey_alone_logs_in(desk: Desk) -> None:
    desk.log_in(UserFactory(username="publisher", role="publisher"))
    desk.add_passkey()
    desk.go("/admin/account/second-factor/")
    expect(desk.page.locator(".factors")).to_contain_text("This computer")
    desk.page.get_by_role("button", name="Log out").click()

    desk.go("/admin/login/?next=/admin/controversies/backer/")
    desk.page.get_by_role("button", name="Log in with a passkey").click()

    desk.page.wait_for_url(f"{desk.site}/admin/controversies/backer/")


def test_passkey_completes_a_log_in_by_password(desk: Desk) -> None:
    user = UserFactory(username="publisher", role="publisher")
    desk.log_in(user)
    desk.add_passkey()
    desk.page.context.clear_cookies()
    desk.log_in(user)
    desk.page.wait_for_url(f"{desk.site}/admin/account/second-factor/authenticate/")

    desk.page.get_by_role("button", name="Use your passkey").click()

    desk.page.wait_for_url(f"{desk.site}/admin/")


def test_refused_passkey_says_what_to_do(desk: Desk) -> None:
    desk.devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": desk.authenticator})
    desk.devtools.send("WebAuthn.disable")
    desk.page.add_init_script("navigator.credentials.get = () => Promise.reject(new Error('no'));")
    desk.go("/admin/login/")

    desk.page.get_by_role("button", name="Log in with a passkey").click()

    expect(desk.page.get_by_role("alert")).to_have_text(
        "The passkey was not used. Try again, or use your password."
    )


def test_pages_of_accounts_can_be_used_by_everybody(desk: Desk) -> None:
    paths = ["/admin/login/", "/admin/account/password/reset/"]
    for path in paths:
        desk.go(path)
        assert axe_violations(desk.page) == [], path
    desk.log_in(UserFactory(username="editor", role="editor"))
    desk.add_passkey()
    for path in ("", "password/", "email/", "sessions/", "second-factor/", "second-factor/totp/activate/"):
        desk.go(f"/admin/account/{path}")
        assert axe_violations(desk.page) == [], path
