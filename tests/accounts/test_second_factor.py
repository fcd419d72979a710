"""Second factors: set up, used once, required, lost."""

import datetime
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from controversies.accounts import second_factor
from controversies.models import SecondFactorDeadline
from tests.factories import PASSWORD, ControversyFactory, UserFactory
from tests.markup import one_line

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"
START = 1_800_000_000  # seconds since 1970; a clock that stands still until a test moves it


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Seconds that pass when a test says so, for codes alone."""

    class Clock:
        now = START

        def time(self) -> int:
            return self.now

    clock = Clock()
    monkeypatch.setattr(totp, "time", clock)
    return clock


@pytest.fixture
def publisher() -> Any:
    return UserFactory(username="publisher", role="publisher")


def log_in(client: Client, user: Any) -> Any:
    return client.post(LOGIN, {"username": user.username, "password": PASSWORD})


def confirm(client: Client) -> None:
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def code_of(secret: str, steps: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, totp.time.time() // 30 + steps))


def set_up_app(client: Client, user: Any) -> tuple[str, list[str]]:
    """Set up an authenticator app; return its secret and the recovery codes."""
    log_in(client, user)
    confirm(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    with TestCase.captureOnCommitCallbacks(execute=True):
        response = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}, follow=True)
    return secret, re.findall(r"<code>(\d{8})</code>", response.content.decode())


def test_app_is_set_up_and_asked_for(publisher: Any, clock: Any) -> None:
    secret, codes = set_up_app(Client(), publisher)
    clock.now += 60
    client = Client()

    response = log_in(client, publisher)
    assert response.headers["Location"] == reverse("mfa_authenticate")
    assert client.get("/admin/").headers["Location"].startswith(LOGIN)

    response = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert response.headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert len(set(codes)) == 10
    assert "an authenticator app was set up" in " ".join(message.subject for message in mail.outbox)


def test_code_of_the_app_works_once(publisher: Any, clock: Any) -> None:
    secret, _codes = set_up_app(Client(), publisher)
    first, second = Client(), Client()
    for client in (first, second):
        log_in(client, publisher)

    # the code that proved the app, then a fresh one, twice
    assert first.post(reverse("mfa_authenticate"), {"code": code_of(secret)}).status_code == 200
    clock.now += 60
    assert first.post(reverse("mfa_authenticate"), {"code": code_of(secret)}).status_code == 302
    assert second.post(reverse("mfa_authenticate"), {"code": code_of(secret)}).status_code == 200
    # …nor does an older one that was never used
    assert second.post(reverse("mfa_authenticate"), {"code": code_of(secret, -1)}).status_code == 200


def test_code_is_spent_for_all_processes(publisher: Any, clock: Any, settings: Any) -> None:
    """allauth remembers codes in the cache, which each process may have for itself."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    secret, _codes = set_up_app(Client(), publisher)
    clock.now += 60
    first, second = Client(), Client()
    for client in (first, second):
        log_in(client, publisher)

    assert first.post(reverse("mfa_authenticate"), {"code": code_of(secret)}).status_code == 302
    assert second.post(reverse("mfa_authenticate"), {"code": code_of(secret)}).status_code == 200


def test_guesses_at_codes_have_to_wait(publisher: Any, clock: Any) -> None:
    secret, _codes = set_up_app(Client(), publisher)
    clock.now += 60
    client = Client()
    log_in(client, publisher)

    answers = [client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code for _each in range(6)]

    assert answers == [200] * 5 + [429]
    assert client.post(reverse("mfa_authenticate"), {"code": code_of(secret)}).status_code == 429


def test_recovery_code_lets_in_once(publisher: Any) -> None:
    _secret, codes = set_up_app(Client(), publisher)
    first, second = Client(), Client()
    for client in (first, second):
        log_in(client, publisher)

    assert first.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302
    assert second.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 200
    assert second.post(reverse("mfa_authenticate"), {"code": codes[1]}).status_code == 302


def test_recovery_codes_are_shown_once(publisher: Any) -> None:
    client = Client()
    _secret, codes = set_up_app(client, publisher)

    html = client.get(reverse("mfa_view_recovery_codes")).content.decode()

    assert not any(code in html for code in codes)
    assert "Your codes were shown once." in html


def test_secrets_are_not_readable_in_the_database(publisher: Any) -> None:
    secret, codes = set_up_app(Client(), publisher)

    stored = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert len(stored) > 100
    assert not any(word in stored for word in (secret, *codes))


def test_secrets_survive_a_new_key(publisher: Any, clock: Any, settings: Any) -> None:
    secret, _codes = set_up_app(Client(), publisher)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    clock.now += 60
    client = Client()
    log_in(client, publisher)

    assert client.post(reverse("mfa_authenticate"), {"code": code_of(secret)}).status_code == 302


def test_password_is_asked_for_again_before_factors_change(publisher: Any) -> None:
    client = Client()
    log_in(client, publisher)

    for name in ("mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes", "account_email"):
        response = client.post(reverse(name), {"action_add": "1", "email": "new@crux.example"})
        assert response.headers["Location"].startswith(reverse("account_reauthenticate")), name


def test_new_factor_ends_sessions_that_began_without_it(publisher: Any) -> None:
    other = Client()
    log_in(other, publisher)
    assert other.get("/admin/").status_code == 200

    set_up_app(Client(), publisher)

    assert other.get("/admin/").status_code == 302


# -- required --


def pass_days(days: int) -> None:
    for row in SecondFactorDeadline.objects.all():
        row.time -= datetime.timedelta(days=days)
        row.save()


def test_nothing_is_required_by_default(publisher: Any) -> None:
    client = Client()
    log_in(client, publisher)

    assert "second factor" not in client.get("/admin/").content.decode()
    assert not SecondFactorDeadline.objects.exists()


@pytest.mark.parametrize(
    ("setting", "required"),
    [
        ("off", set()),
        ("publishers", {"publisher", "root"}),
        ("everybody", {"contributor", "editor", "publisher", "root"}),
    ],
)
def test_setting_says_of_whom_a_factor_is_required(settings: Any, setting: str, required: set[str]) -> None:
    settings.REQUIRE_SECOND_FACTOR = setting
    people = [UserFactory(username=role, role=role) for role in ("contributor", "editor", "publisher")]
    people += [UserFactory(username="root", is_superuser=True), UserFactory(username="reader")]

    assert {user.username for user in people if second_factor.is_required(user)} == required


def test_desk_says_until_when_and_stays_open_for_a_week(publisher: Any, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = "publishers"
    client = Client()
    log_in(client, publisher)

    html = one_line(client.get("/admin/").content.decode())

    assert "Set up a second factor" in html
    assert client.get("/admin/controversies/controversy/").status_code == 200
    [deadline] = SecondFactorDeadline.objects.all()
    assert datetime.timedelta(days=6.9) < deadline.time - timezone.now() <= second_factor.GRACE


def test_after_the_week_every_path_is_shut_but_the_one_to_a_factor(
    publisher: Any, settings: Any, clock: Any
) -> None:
    settings.REQUIRE_SECOND_FACTOR = "publishers"
    draft = ControversyFactory(publication="draft", positions=2)
    edit = f"/admin/controversies/controversy/{draft.row.pk}/change/"
    client = Client()
    log_in(client, publisher)
    assert client.get(f"/controversies/{draft.row.slug}/").status_code == 200
    pass_days(8)

    for path in (
        "/admin/",
        edit,
        f"{edit}?text=1",
        "/admin/controversies/proposal/queue/",
        "/admin/auth/user/",
    ):
        assert client.get(path).headers["Location"] == reverse("mfa_index"), path
        assert client.post(path, {"_save": "1"}).status_code == 403, path
    # outside the desk the account is nobody
    for path in (f"/controversies/{draft.row.slug}/", f"/controversies/{draft.row.slug}.json"):
        assert client.get(path).status_code == 404, path
    assert client.get(f"/api/v1/controversies/{draft.row.slug}").status_code == 404
    # a new log-in, a new browser and a visit elsewhere give no new week
    again = Client()
    log_in(again, publisher)
    assert again.get("/admin/").headers["Location"] == reverse("mfa_index")
    assert "then the desk opens again" in again.get(reverse("mfa_index")).content.decode()
    # …and with a factor the desk is open
    set_up_app(again, publisher)
    assert again.get("/admin/").status_code == 200


def test_factor_that_is_removed_again_brings_no_new_week(publisher: Any, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = "publishers"
    client = Client()
    log_in(client, publisher)
    client.get("/admin/")
    set_up_app(client, publisher)
    pass_days(8)
    assert client.get("/admin/").status_code == 200

    client.post(reverse("mfa_deactivate_totp"))

    assert client.get("/admin/").headers["Location"] == reverse("mfa_index")


def test_recovery_codes_alone_are_no_factor(publisher: Any, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = "publishers"
    Authenticator.objects.create(user=publisher, type="recovery_codes", data={"seed": "", "used_mask": 0})

    assert second_factor.open_deadline(publisher) is not None


# -- lost --


def test_operator_takes_away_what_was_lost(
    publisher: Any, clock: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    client = Client()
    set_up_app(client, publisher)

    call_command("resetsecondfactor", "publisher")

    assert capsys.readouterr().out == (
        "publisher: 2 removed (passkeys, app, recovery codes); all sessions have ended.\n"
    )
    assert client.get("/admin/").status_code == 302
    assert log_in(Client(), publisher).headers["Location"] == "/admin/"
    with pytest.raises(CommandError, match=r"There is no account “nobody”\."):
        call_command("resetsecondfactor", "nobody")
