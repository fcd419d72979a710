"""Guesses are slowed down before anything is hashed, and nobody is locked out by what strangers do."""

import datetime
import re
import threading
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from controversies.accounts import hashing, throttle
from controversies.models import KnownDevice, LoginThrottle
from tests.factories import PASSWORD, UserFactory
from tests.markup import one_line

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"


def attempt(
    name: str, password: str = "wrong", network: str = "192.0.2.1", client: Client | None = None
) -> Any:
    return (client or Client()).post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=network)


def attempts(count: int, name: str = "editor", **options: Any) -> list[int]:
    return [attempt(name, **options).status_code for _each in range(count)]


def close_session(client: Client) -> None:
    """End the session as a closed browser does: other cookies stay."""
    del client.cookies["sessionid"]


def pass_time(**options: float) -> None:
    """Let the time pass, for the counts."""
    delta = datetime.timedelta(**options)
    for row in LoginThrottle.objects.all():
        row.time -= delta
        row.blocked_until -= delta
        row.save()


@pytest.fixture
def editor() -> Any:
    return UserFactory(username="editor", role="editor")


def test_right_password_leads_to_the_desk(editor: Any) -> None:
    response = attempt("editor", PASSWORD)

    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")
    assert LoginThrottle.objects.filter(attempts__gt=0).count() == 0


def test_sixth_guess_has_to_wait_and_the_right_password_too(editor: Any) -> None:
    assert attempts(5) == [200] * 5

    response = attempt("editor", PASSWORD)

    assert response.status_code == 429
    assert 25 <= int(response.headers["Retry-After"]) <= 30
    assert re.search(r"There were too many attempts\. Try again in \d+ seconds\.", response.content.decode())
    assert "no-store" in response.headers["Cache-Control"]
    assert "_auth_user_id" not in response.client.session


def test_wait_grows_and_ends(editor: Any) -> None:
    attempts(5)
    waits = []
    for _each in range(7):
        pass_time(seconds=1 + int(attempt("editor").headers["Retry-After"]))
        assert attempt("editor").status_code == 200
        waits.append(int(attempt("editor").headers["Retry-After"]))

    assert [round(wait / 10) * 10 for wait in waits] == [60, 120, 240, 480, 900, 900, 900]
    pass_time(minutes=16)
    assert attempt("editor", PASSWORD).status_code == 302
    assert attempts(4) == [200] * 4  # the right password has wiped the count


def test_wait_is_forgotten_after_a_quiet_day(editor: Any) -> None:
    attempts(5)
    pass_time(hours=25)

    assert attempts(5) == [200] * 5


def test_nothing_is_hashed_for_a_refused_attempt(editor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts(5)
    hashed: list[str] = []
    monkeypatch.setattr(MD5PasswordHasher, "verify", lambda self, password, encoded: hashed.append(password))

    assert attempt("editor", PASSWORD).status_code == 429
    assert hashed == []
    assert attempt("nobody", "x").status_code == 200


def test_names_that_nobody_has_are_counted_alike(editor: Any) -> None:
    pages = {}
    for name in ("editor", "nobody"):
        assert attempts(5, name) == [200] * 5
        response = attempt(name, PASSWORD)
        html = re.sub(r'nonce="[^"]*"|\d+ seconds|value="[^"]*"', "", response.content.decode())
        pages[name] = (response.status_code, html)

    assert pages["editor"] == pages["nobody"]
    assert pages["editor"][0] == 429


def test_spelling_of_a_name_makes_no_other_count(editor: Any) -> None:
    assert [attempt(name).status_code for name in ("editor", "EDITOR", " editor", "Editor ", "eDiTor")] == [
        200
    ] * 5

    assert attempt("editor").status_code == 429


def test_stranger_elsewhere_does_not_lock_an_editor_out(editor: Any) -> None:
    attempts(30, network="198.51.100.7")

    assert attempt("editor", PASSWORD, network="192.0.2.1").status_code == 302


def test_known_browser_is_not_slowed_down_by_anybody_else(editor: Any) -> None:
    own = Client()
    assert attempt("editor", PASSWORD, client=own).status_code == 302
    close_session(own)
    for number in range(80):
        attempt("editor", network=f"198.51.100.{number}")
    attempts(30)  # …nor by a guesser in the same network

    assert attempt("editor", PASSWORD, network="203.0.113.9").status_code == 429
    assert attempt("editor", PASSWORD, client=own).status_code == 302


def test_many_networks_at_one_name_leave_a_minute_at_most_to_wait(editor: Any) -> None:
    for number in range(60):
        attempt("editor", network=f"198.51.100.{number}")

    response = attempt("editor", PASSWORD, network="203.0.113.9")

    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) <= 60
    pass_time(minutes=1)
    assert attempt("editor", PASSWORD, network="203.0.113.9").status_code == 302


def test_known_browser_guesses_no_faster_for_ever(editor: Any) -> None:
    own = Client()
    attempt("editor", PASSWORD, client=own)
    close_session(own)

    assert attempts(10, client=own) == [200] * 10
    assert attempt("editor", PASSWORD, client=own).status_code == 429


def test_known_browser_of_one_account_is_none_of_another(editor: Any) -> None:
    UserFactory(username="other", role="publisher")
    own = Client()
    attempt("editor", PASSWORD, client=own)
    close_session(own)

    assert attempts(5, "other", client=own) == [200] * 5
    assert attempt("other", client=own).status_code == 429


def test_one_network_with_many_names_has_to_wait() -> None:
    assert [attempt(f"name-{number}").status_code for number in range(20)] == [200] * 20

    assert attempt("another").status_code == 429
    assert attempt("another", network="192.0.2.2").status_code == 200


def test_network_of_an_ipv6_sender_is_its_prefix() -> None:
    for number in range(20):
        attempt(f"name-{number}", network=f"2001:db8::{number:x}")

    assert attempt("another", network="2001:db8::ffff").status_code == 429
    assert attempt("another", network="2001:db8:0:1::1").status_code == 200


def test_header_of_a_stranger_names_no_network(editor: Any) -> None:
    for number in range(5):
        Client().post(LOGIN, {"username": "editor"}, headers={"X-Forwarded-For": f"203.0.113.{number}"})
        attempt("editor")

    assert attempt("editor").status_code == 429


def test_table_shows_neither_names_nor_networks(editor: Any) -> None:
    attempt("editor")

    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM controversies_loginthrottle t")
        rows = [row[0] for row in cursor.fetchall()]
    assert len(rows) == 3
    assert not any(
        word.encode().hex() in row or word in row for row in rows for word in ("editor", "192.0.2.1")
    )


def test_operators_are_told_once_an_hour(editor: Any, caplog: pytest.LogCaptureFixture) -> None:
    UserFactory(username="root", email="root@crux.example", is_superuser=True)
    UserFactory(email="gone@crux.example", is_superuser=True, is_active=False)
    attempts(5)
    caplog.clear()

    attempts(3)

    assert [(record.message, record.fields) for record in caplog.records if record.message != "refused"] == [
        ("login-throttled", {"limit": "name-and-network", "network": "192.0.2.0/24", "seconds": 30})
    ] * 3
    assert "editor" not in caplog.text
    [message] = mail.outbox
    assert message.to == ["root@crux.example"]
    assert "Network: 192.0.2.1/32" in message.body
    pass_time(hours=1, seconds=1)
    attempt("editor")
    attempt("editor")
    assert len(mail.outbox) == 2


def test_wrong_password_is_logged_without_the_name(editor: Any, caplog: pytest.LogCaptureFixture) -> None:
    attempt("a password typed as a name")

    [record] = caplog.records
    assert (record.message, record.fields) == ("login_failed", {"network": "192.0.2.0/24"})


def test_old_counts_are_deleted(editor: Any) -> None:
    attempt("editor")

    assert throttle.forget_old(timezone.now()) == 0
    assert throttle.forget_old(timezone.now() + datetime.timedelta(days=2)) == 3


def test_mail_tells_of_a_new_browser_and_not_of_a_known_one(editor: Any) -> None:
    own = Client(headers={"user-agent": "Mozilla/5.0\r\nBcc: x@evil.example"})
    attempt("editor", PASSWORD, client=own)
    attempt("editor", PASSWORD, client=own)

    [message] = mail.outbox
    assert message.to == [editor.email]
    assert message.subject == "Crux: your account was used in a new browser"
    assert message.bcc == []
    assert "Browser: Mozilla/5.0" in message.body
    [device] = KnownDevice.objects.all()
    assert own.cookies["crux_device"]["path"] == "/admin/"
    assert own.cookies["crux_device"]["httponly"]
    assert own.cookies["crux_device"].value.encode() not in bytes(device.digest)


# -- hashing apart from readers --


@pytest.fixture
def slow_hash(settings: Any, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let each hash wait until the event is set."""
    settings.PASSWORD_HASHERS = ["controversies.accounts.hashing.BoundedPasswordHasher"]
    event = threading.Event()
    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", lambda *args: event.wait(30) and "x")
    monkeypatch.setattr(hashing, "_lane", hashing.cache(hashing._lane.__wrapped__))
    return event


def test_hashes_stand_in_a_short_queue_and_known_devices_in_one_of_their_own(
    slow_hash: threading.Event,
) -> None:
    hasher = hashing.BoundedPasswordHasher()
    outcomes: list[str] = []

    def run(is_known: bool) -> None:
        try:
            with hashing.known_lane(is_known):
                outcomes.append(hasher.encode("x", "salt"))
        except hashing.HashingBusy:
            outcomes.append("busy")

    threads = [threading.Thread(target=run, args=(is_known,)) for is_known in [False] * 5 + [True] * 2]
    for thread in threads:
        thread.start()
    for thread in threads[2:5]:
        thread.join(10)
    assert outcomes == ["busy"] * 3
    slow_hash.set()
    for thread in threads:
        thread.join(10)

    assert sorted(outcomes) == ["busy"] * 3 + ["x"] * 4


def test_hasher_is_djangos_own(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    encoded = PBKDF2PasswordHasher().encode("secret", "salt", 1000)

    assert hashing.BoundedPasswordHasher().encode("secret", "salt", 1000) == encoded
    assert hashing.BoundedPasswordHasher().verify("secret", encoded)
    assert not hashing.BoundedPasswordHasher().verify("wrong", encoded)
    assert hashing.BoundedPasswordHasher.algorithm == PBKDF2PasswordHasher.algorithm


def test_full_queue_answers_in_words_and_is_not_counted(editor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*args: object, **kwargs: object) -> None:
        raise hashing.HashingBusy

    monkeypatch.setattr(MD5PasswordHasher, "verify", busy)

    response = attempt("editor", PASSWORD)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "5"
    assert "The site is checking many log-ins at the moment." in one_line(response.content.decode())
    assert LoginThrottle.objects.filter(attempts__gt=0).count() == 0
